-- Notes why a partition stands still. A reason that is there already stays.
update ingest.progress
set halted = coalesce(halted, $5), updated_at = now()
where consumer_group = $1 and topic = $2 and partition = $3 and epoch = $4
