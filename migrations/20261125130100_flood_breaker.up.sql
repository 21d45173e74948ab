-- Whoever resumes a partition after a flood has accepted what its log holds by then: from this offset on faulty
-- records count again. Kept with the position, since another worker may go on.
alter table ingest.progress add column breaker_from bigint;

comment on column ingest.progress.breaker_from is
    'first offset that counts for the flood breaker, set when a flood was resumed; null where all count';
