-- A record that is there already, from a replay that ran ahead, is only entered in the live ledger.
insert into ingest.dead_letters as stored (
    consumer_group, topic, partition, record_offset, record_timestamp, record_key, record_value, record_headers,
    reason, detail, sqlstate, state, origin, in_ledger, kind, user_id, missing_user_id, missing_track_id,
    next_retry_at
)
select
    $1, letter.topic, letter.partition, letter.record_offset,
    'epoch'::timestamptz + letter.record_timestamp * interval '1 millisecond',
    letter.record_key, letter.record_value, letter.record_headers::jsonb,
    letter.reason, letter.detail, letter.sqlstate,
    case when letter.waits then 'waiting' else 'open' end,
    $2, $3, letter.kind, letter.user_id, letter.missing_user_id, letter.missing_track_id,
    case when letter.waits then now() + $4::double precision * interval '1 second' end
from unnest(
    $5::text[], $6::integer[], $7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::text[],
    $12::text[], $13::text[], $14::text[], $15::boolean[], $16::text[], $17::uuid[], $18::uuid[], $19::uuid[]
) as letter (
    topic, partition, record_offset, record_timestamp, record_key, record_value, record_headers,
    reason, detail, sqlstate, waits, kind, user_id, missing_user_id, missing_track_id
)
on conflict (consumer_group, topic, partition, record_offset) do update set in_ledger = true
where excluded.in_ledger and not stored.in_ledger
