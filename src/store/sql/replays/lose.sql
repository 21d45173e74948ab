-- Moves a position over offsets that the log has deleted, and counts them.
update ingest.replay_partitions as part
set next_offset = $5, lost_offsets = part.lost_offsets + $5 - part.next_offset
from ingest.replays as replay
where replay.name = $1
    and replay.epoch = $2
    and replay.state = 'running'
    and part.replay = replay.name
    and part.topic = $3
    and part.partition = $4
    and part.next_offset < $5
