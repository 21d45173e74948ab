drop table ingest.like_state;
