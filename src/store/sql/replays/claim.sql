-- Takes the replay over from whoever worked on it: the epoch keeps the other from storing anything more.
update ingest.replays
set epoch = epoch + 1, state = 'running', detail = null, rate = coalesce($3, rate), updated_at = now()
where name = $1 and consumer_group = $2 and state in ('running', 'paused', 'failed')
returning epoch
