-- Ends a replay for good; a process that works on it cannot store anything more.
update ingest.replays
set state = 'cancelled', epoch = epoch + 1, updated_at = now()
where name = $1 and consumer_group = $2 and state in ('running', 'paused', 'failed')
