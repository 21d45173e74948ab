-- Who may move the replay on, and whether anybody may.
select epoch, state from ingest.replays where name = $1
