-- The letters of a stretch of one partition, and whether each has become a row.
select record_offset, state = 'resolved' as "resolved!"
from ingest.dead_letters
where consumer_group = $1 and topic = $2 and partition = $3 and record_offset between $4 and $5
