drop table ingest.dead_letters;
