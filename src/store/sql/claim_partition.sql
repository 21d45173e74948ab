-- Takes the right to a partition: every owner before can store nothing any more. Tells which of the records just before
-- the position are faulty in themselves: letters that never waited for a parent.
update ingest.progress as progress
set epoch = epoch + 1, updated_at = now()
where consumer_group = $1 and topic = $2 and partition = $3
returning epoch, next_offset, halted, last_offset, last_timestamp, breaker_from, array(
    select letter.record_offset
    from ingest.dead_letters as letter
    where letter.consumer_group = $1 and letter.topic = $2 and letter.partition = $3
        and letter.record_offset >= progress.next_offset - $4::bigint
        and letter.record_offset < progress.next_offset
        and letter.reason not in ('unknown_user', 'unknown_track')
    order by letter.record_offset
) as "faulty!"
