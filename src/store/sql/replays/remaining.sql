-- The replays of a group that are not over, for the gauges.
select replay.name, replay.state, coalesce(sum(part.to_offset - part.next_offset), 0)::bigint as "remaining!"
from ingest.replays as replay
left join ingest.replay_partitions as part on part.replay = replay.name
where replay.consumer_group = $1 and replay.state in ('running', 'paused', 'failed')
group by replay.name, replay.state
order by replay.name
