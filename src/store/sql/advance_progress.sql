-- The last statement of every batch. A partition that another worker has claimed since, or whose position
-- is not the start of the span, is left alone: fewer rows than spans means that this worker lost one.
update ingest.progress as progress set
    next_offset = span.next_offset,
    last_offset = coalesce(span.last_offset, progress.last_offset),
    last_timestamp = case
        when span.last_offset is null then progress.last_timestamp
        else 'epoch'::timestamptz + span.last_timestamp * interval '1 millisecond'
    end,
    consumed = progress.consumed + span.inserted + span.updated + span.removed + span.unchanged
        + span.dead_lettered + span.skipped,
    inserted = progress.inserted + span.inserted,
    updated = progress.updated + span.updated,
    removed = progress.removed + span.removed,
    unchanged = progress.unchanged + span.unchanged,
    dead_lettered = progress.dead_lettered + span.dead_lettered,
    skipped = progress.skipped + span.skipped,
    updated_at = now()
from unnest(
    $2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[]
) as span (
    topic, partition, epoch, start_offset, next_offset, last_offset, last_timestamp,
    inserted, updated, removed, unchanged, dead_lettered, skipped
)
where progress.consumer_group = $1
    and progress.topic = span.topic
    and progress.partition = span.partition
    and progress.epoch = span.epoch
    and progress.next_offset = span.start_offset
    and progress.halted is null
