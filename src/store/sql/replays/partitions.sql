-- The ranges and positions of replays.
select
    part.replay, part.topic, part.partition, part.from_offset, part.to_offset, part.next_offset, part.lost_offsets,
    replay.epoch
from ingest.replay_partitions as part
join ingest.replays as replay on replay.name = part.replay
where part.replay = any($1::text[])
order by part.replay, part.topic, part.partition
