-- A replay is a job: a range of the log, frozen when it was planned, is read again beside the live group. Its position
-- moves in the same transaction as the rows of its batch, as in ingest.progress, which it never touches.
create table ingest.replays (
    name text primary key,
    consumer_group text not null,
    state text not null default 'running',
    detail text,
    epoch bigint not null default 0,
    client_group text not null,
    only_kinds text[] not null default '{}',
    only_users uuid[] not null default '{}',
    rate integer,
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz not null default current_timestamp,
    consumed bigint not null default 0,
    inserted bigint not null default 0,
    updated bigint not null default 0,
    removed bigint not null default 0,
    unchanged bigint not null default 0,
    dead_lettered bigint not null default 0,
    skipped bigint not null default 0,
    constraint replays_name_check check (name <> 'live'),
    constraint replays_state_check check (state in ('running', 'paused', 'done', 'failed', 'cancelled')),
    constraint replays_ledger_check check (
        consumed = inserted + updated + removed + unchanged + dead_lettered + skipped
    )
)
-- every batch updates its row: room on the page keeps these updates out of the index
with (fillfactor = 50);

create table ingest.replay_partitions (
    replay text not null,
    topic text not null,
    partition integer not null,
    from_offset bigint not null,
    to_offset bigint not null,
    next_offset bigint not null,
    lost_offsets bigint not null default 0,
    primary key (replay, topic, partition),
    constraint replay_partitions_range_check check (from_offset <= next_offset and next_offset <= to_offset)
)
with (fillfactor = 50);

comment on table ingest.replays is
    'one row per replay: what is read again, how far it is, and its ledger';
comment on column ingest.replays.name is
    'name of the replay; the origin of the dead letters that it found';
comment on column ingest.replays.consumer_group is
    'live consumer group (setting kafka.group_id) that it belongs to: its dead letters are entered there';
comment on column ingest.replays.state is
    'running, paused, done, failed or cancelled; one whose process was killed stays running until it is resumed';
comment on column ingest.replays.detail is
    'why it failed or was paused; null where there is nothing to say';
comment on column ingest.replays.epoch is
    'number of processes that took it up; only the latest may move it on';
comment on column ingest.replays.client_group is
    'group.id of the Kafka client; nothing is ever committed under it';
comment on column ingest.replays.only_kinds is
    'kinds of events that it takes; empty for all';
comment on column ingest.replays.only_users is
    'users whose events it takes; empty for all';
comment on column ingest.replays.rate is
    'records a second that it reads at most; null for as many as can be';
comment on column ingest.replays.created_at is
    'when it was planned and begun';
comment on column ingest.replays.updated_at is
    'when this row was last changed';
comment on column ingest.replays.consumed is
    'records that got an outcome; always the sum of the six outcomes. Those left out by kind or user are not in it';
comment on column ingest.replays.inserted is
    'records that made a new row';
comment on column ingest.replays.updated is
    'records that changed a row';
comment on column ingest.replays.removed is
    'unlikes that took a row away';
comment on column ingest.replays.unchanged is
    'records that changed nothing: there already, stale, or folded into another record of their batch';
comment on column ingest.replays.dead_lettered is
    'records that could not become rows; those that were dead letters before are not entered again';
comment on column ingest.replays.skipped is
    'records without a value (tombstones)';

comment on table ingest.replay_partitions is
    'the range of a replay in each partition, and how far it is there';
comment on column ingest.replay_partitions.replay is
    'name of the replay';
comment on column ingest.replay_partitions.topic is
    'Kafka topic';
comment on column ingest.replay_partitions.partition is
    'partition of the topic';
comment on column ingest.replay_partitions.from_offset is
    'first offset of the range';
comment on column ingest.replay_partitions.to_offset is
    'first offset behind the range, frozen when it was planned';
comment on column ingest.replay_partitions.next_offset is
    'offset that is read next; everything of the range below it is stored';
comment on column ingest.replay_partitions.lost_offsets is
    'offsets of the range that the log had deleted before they were read';
