-- A person has decided where a partition goes on. The next epoch, so that nothing which an owner still has under way can
-- be stored. A position that was moved does not follow the last stored record any more. Letters of records that will be
-- read again leave the ledger, which counts them anew; with a log that was made anew ($7 is not null) all letters are of
-- other records than the offsets mean from now on, and go to a group of that name.
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
