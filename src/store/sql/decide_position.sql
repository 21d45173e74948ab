-- A person has decided where a partition goes on. The next epoch, so that nothing which an owner still has under way can
-- be stored. A position that was moved does not follow the last stored record any more. Letters of records that will be
-- read again leave the ledger, which counts them anew; with a log that was made anew ($7 is not null) all letters are of
-- other records than the offsets mean from now on, and go to a group of that name, and replays that have not read all of
-- the topic before end.
with mine as (
    select dead_lettered
    from ingest.progress
    where consumer_group = $1 and topic = $2 and partition = $3 and epoch = $4
    for update
),
counted as (
    select count(*) as letters
    from ingest.dead_letters, mine
    where consumer_group = $1 and topic = $2 and partition = $3 and in_ledger
        and (record_offset >= $5 or $7::text is not null)
),
uncounted as (
    update ingest.dead_letters
    set consumer_group = coalesce($7, consumer_group), in_ledger = false
    from mine
    where consumer_group = $1 and topic = $2 and partition = $3 and (record_offset >= $5 or $7 is not null)
),
ended as (
    update ingest.replays as replay
    set state = 'cancelled',
        epoch = replay.epoch + 1,
        detail = format('%s[%s] was made anew: what was left of its range is gone', part.topic, part.partition),
        updated_at = now()
    from mine, ingest.replay_partitions as part
    where $7 is not null
        and replay.consumer_group = $1
        and replay.state in ('running', 'paused', 'failed')
        and part.replay = replay.name
        and part.topic = $2
        and part.partition = $3
        and part.next_offset < part.to_offset
)
update ingest.progress as progress
set next_offset = $5,
    breaker_from = $6,
    halted = null,
    last_offset = case when progress.next_offset = $5 and $7 is null then progress.last_offset end,
    last_timestamp = case when progress.next_offset = $5 and $7 is null then progress.last_timestamp end,
    consumed = progress.consumed - counted.letters,
    dead_lettered = progress.dead_lettered - counted.letters,
    epoch = progress.epoch + 1,
    updated_at = now()
from mine, counted
where progress.consumer_group = $1 and progress.topic = $2 and progress.partition = $3
