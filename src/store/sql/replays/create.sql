-- Enters a replay that nobody works on yet; a name is given once.
insert into ingest.replays (name, consumer_group, state, client_group, only_kinds, only_users, rate)
values ($1, $2, 'paused', $3, $4, $5, $6)
on conflict (name) do nothing
