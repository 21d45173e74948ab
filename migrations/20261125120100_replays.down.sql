drop table ingest.replay_partitions;
drop table ingest.replays;
