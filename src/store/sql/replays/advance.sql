-- Moves the positions of the replay over the spans of a batch; fewer rows than spans means that they do not continue
-- what is stored.
update ingest.replay_partitions as part
set next_offset = span.next_offset
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[])
    as span (topic, partition, start_offset, next_offset)
where part.replay = $1
    and part.topic = span.topic
    and part.partition = span.partition
    and part.next_offset = span.start_offset
