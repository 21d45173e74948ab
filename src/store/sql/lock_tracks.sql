-- Those of the tracks that exist; they cannot be deleted before this transaction ends.
select coalesce(array_agg(id), '{}') as "ids!: Vec<uuid::Uuid>" from ingest.lock_tracks($1::uuid[]) as id
