-- The stored position of every partition of the topics, whoever owns it.
select topic, partition, next_offset, epoch, halted, last_offset, last_timestamp, breaker_from
from ingest.progress
where consumer_group = $1 and topic = any($2::text[])
order by topic, partition
