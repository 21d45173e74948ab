-- PostgreSQL owns the position: a row here moves in the same transaction as the rows of its batch.
create table ingest.progress (
    consumer_group text not null,
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    epoch bigint not null,
    updated_at timestamptz not null default current_timestamp,
    consumed bigint not null default 0,
    inserted bigint not null default 0,
    updated bigint not null default 0,
    removed bigint not null default 0,
    unchanged bigint not null default 0,
    dead_lettered bigint not null default 0,
    skipped bigint not null default 0,
    halted text,
    last_offset bigint,
    last_timestamp timestamptz,
    primary key (consumer_group, topic, partition),
    constraint progress_ledger_check check (
        consumed = inserted + updated + removed + unchanged + dead_lettered + skipped
    )
)
-- every batch updates its rows: room on the page keeps these updates out of the index
with (fillfactor = 50);

comment on table ingest.progress is
    'one row per consumer group and partition: how far it is stored, who owns it, and its ledger';
comment on column ingest.progress.consumer_group is
    'Kafka consumer group (setting kafka.group_id)';
comment on column ingest.progress.topic is
    'Kafka topic';
comment on column ingest.progress.partition is
    'partition of the topic';
comment on column ingest.progress.next_offset is
    'offset that is read next; everything below it is stored';
comment on column ingest.progress.epoch is
    'number of claims on this partition; only the owner of the latest claim may move the position';
comment on column ingest.progress.updated_at is
    'when this row was last changed';
comment on column ingest.progress.consumed is
    'records that got an outcome; always the sum of the six outcomes';
comment on column ingest.progress.inserted is
    'records that made a new row';
comment on column ingest.progress.updated is
    'records that changed a row';
comment on column ingest.progress.removed is
    'unlikes that took a row away';
comment on column ingest.progress.unchanged is
    'records that changed nothing: duplicate, stale, or folded into another record of their batch';
comment on column ingest.progress.dead_lettered is
    'records that went to ingest.dead_letters, the waiting ones included';
comment on column ingest.progress.skipped is
    'records without a value (tombstones)';
comment on column ingest.progress.halted is
    'why this partition stands still; null while it moves';
comment on column ingest.progress.last_offset is
    'offset of the last record stored; with its timestamp it tells whether the topic was made anew';
comment on column ingest.progress.last_timestamp is
    'Kafka timestamp of the last record stored; null where it had none';
