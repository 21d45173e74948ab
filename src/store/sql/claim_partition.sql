-- Takes the right to write a partition's position from whoever had it.
update ingest.progress
set epoch = epoch + 1, updated_at = now()
where consumer_group = $1 and topic = $2 and partition = $3
returning epoch, next_offset, halted, last_offset, last_timestamp
