drop function ingest.lock_tracks(uuid[]);
drop function ingest.lock_users(uuid[]);
