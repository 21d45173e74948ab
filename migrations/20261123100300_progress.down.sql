drop table ingest.progress;
