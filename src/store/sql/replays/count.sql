-- Adds a batch to the ledger of the replay. Nothing if another process has taken it over, or somebody ended it: the
-- row stays locked until the batch is committed, so that a claim waits for it.
update ingest.replays set
    consumed = consumed + $3 + $4 + $5 + $6 + $7 + $8,
    inserted = inserted + $3,
    updated = updated + $4,
    removed = removed + $5,
    unchanged = unchanged + $6,
    dead_lettered = dead_lettered + $7,
    skipped = skipped + $8,
    updated_at = now()
where name = $1 and epoch = $2 and state = 'running'
