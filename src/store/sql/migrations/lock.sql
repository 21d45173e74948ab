-- One migration at a time: the others wait for up to half a minute.
set local lock_timeout = '30s';
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('audiohm-ingest migrate', 0))
