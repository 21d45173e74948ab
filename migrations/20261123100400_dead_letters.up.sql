-- A dead letter keeps a record that could not become a row, byte by byte, until a person or a parent that
-- appears decides about it. No foreign key into the backend's tables: its deletes must never wait for this.
create table ingest.dead_letters (
    id bigint generated always as identity primary key,
    consumer_group text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    record_timestamp timestamptz,
    record_key bytea,
    record_value bytea,
    record_headers jsonb not null default '[]',
    reason text not null,
    detail text not null,
    sqlstate text,
    state text not null,
    origin text not null default 'live',
    in_ledger boolean not null,
    attempts integer not null default 1,
    first_failed_at timestamptz not null default current_timestamp,
    last_failed_at timestamptz not null default current_timestamp,
    missing_user_id uuid,
    missing_track_id uuid,
    next_retry_at timestamptz,
    kind text not null default 'unknown',
    user_id uuid,
    unique (consumer_group, topic, partition, record_offset),
    constraint dead_letters_reason_check check (
        reason in (
            'invalid_json', 'missing_field', 'invalid_field', 'unknown_type', 'unsupported_version',
            'time_out_of_range', 'too_large', 'unknown_user', 'unknown_track', 'id_conflict',
            'rejected_by_database'
        )
    ),
    constraint dead_letters_state_check check (state in ('open', 'waiting', 'resolved', 'discarded')),
    constraint dead_letters_kind_check check (kind in ('play', 'like', 'unlike', 'unknown')),
    -- a letter that waits without a date or without a parent to wait for would wait for ever
    constraint dead_letters_waiting_check check (
        (state = 'waiting') = (next_retry_at is not null)
        and (state <> 'waiting' or missing_user_id is not null or missing_track_id is not null)
    )
);

-- list, redrive, discard and purge by state and reason, and the gauges that count them
create index dead_letters_state_reason on ingest.dead_letters (state, reason, id);
-- which waiting letters are due
create index dead_letters_due on ingest.dead_letters (next_retry_at) where state = 'waiting';
-- a retry is a join from the waiting letters to their parents
create index dead_letters_missing_user on ingest.dead_letters (missing_user_id)
where state = 'waiting' and missing_user_id is not null;
create index dead_letters_missing_track on ingest.dead_letters (missing_track_id)
where state = 'waiting' and missing_track_id is not null;
-- purge for a person who asks for erasure
create index dead_letters_user on ingest.dead_letters (user_id) where user_id is not null;

comment on table ingest.dead_letters is
    'records that could not become rows, with their exact bytes, and what became of them';
comment on column ingest.dead_letters.id is
    'number of the letter, for the command line';
comment on column ingest.dead_letters.consumer_group is
    'Kafka consumer group that read the record';
comment on column ingest.dead_letters.topic is
    'Kafka topic of the record';
comment on column ingest.dead_letters.partition is
    'partition of the record';
comment on column ingest.dead_letters.record_offset is
    'offset of the record';
comment on column ingest.dead_letters.record_timestamp is
    'Kafka timestamp of the record; null where it had none';
comment on column ingest.dead_letters.record_key is
    'key of the record, byte by byte; null where it had none or after a purge';
comment on column ingest.dead_letters.record_value is
    'value of the record, byte by byte; null after a purge';
comment on column ingest.dead_letters.record_headers is
    'headers of the record: a list of objects with name and either value or, where it is no clean text, value_base64; empty after a purge';
comment on column ingest.dead_letters.reason is
    'why the record became no row, from the closed set of reasons';
comment on column ingest.dead_letters.detail is
    'the reason in words, with the field or the database''s message';
comment on column ingest.dead_letters.sqlstate is
    'SQLSTATE of the refusal; null where the database did not refuse';
comment on column ingest.dead_letters.state is
    'open: needs a person; waiting: tried again until its parent appears; resolved: became a row; discarded: given up';
comment on column ingest.dead_letters.origin is
    'live, or the name of the replay that found the record';
comment on column ingest.dead_letters.in_ledger is
    'whether the live ledger in ingest.progress counted the record as dead_lettered';
comment on column ingest.dead_letters.attempts is
    'how many times the record was tried, the first time included';
comment on column ingest.dead_letters.first_failed_at is
    'when the record failed first';
comment on column ingest.dead_letters.last_failed_at is
    'when the record failed last';
comment on column ingest.dead_letters.missing_user_id is
    'user that did not exist at the last attempt; null where it did';
comment on column ingest.dead_letters.missing_track_id is
    'track that did not exist at the last attempt; null where it did';
comment on column ingest.dead_letters.next_retry_at is
    'when a waiting letter is due; null in every other state';
comment on column ingest.dead_letters.kind is
    'what the record was: play, like, unlike, or unknown where that could not be read';
comment on column ingest.dead_letters.user_id is
    'user the record speaks of, where that could be read: for requests of erasure';
