-- Moves the position forward over records that the log no longer holds.
update ingest.progress
set next_offset = $5, updated_at = now()
where consumer_group = $1 and topic = $2 and partition = $3 and epoch = $4 and next_offset < $5
