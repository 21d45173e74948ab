alter table ingest.progress drop column breaker_from;
