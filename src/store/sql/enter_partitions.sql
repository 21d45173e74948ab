-- Enters partitions that this group never read; whoever entered one first has said where it begins.
insert into ingest.progress (consumer_group, topic, partition, next_offset, epoch)
select $1, start.topic, start.partition, start.next_offset, 0
from unnest($2::text[], $3::integer[], $4::bigint[]) as start (topic, partition, next_offset)
on conflict (consumer_group, topic, partition) do nothing
