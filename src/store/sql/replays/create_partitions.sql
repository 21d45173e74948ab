-- The frozen range of each partition.
insert into ingest.replay_partitions (replay, topic, partition, from_offset, to_offset, next_offset)
select $1, range.topic, range.partition, range.from_offset, range.to_offset, range.from_offset
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[]) as range (topic, partition, from_offset, to_offset)
