-- The end of a run, by the process that still has the replay.
update ingest.replays
set state = $3, detail = $4, updated_at = now()
where name = $1 and epoch = $2 and state = 'running'
