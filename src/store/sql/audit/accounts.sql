-- The books of a group, partition by partition: position, ledger, and the stored letters that the ledger counted. One
-- statement is one snapshot, so that a worker may go on meanwhile.
select
    coalesce(progress.topic, letters.topic) as "topic!",
    coalesce(progress.partition, letters.partition) as "partition!",
    progress.next_offset as "next_offset?",
    progress.halted as "halted?",
    progress.last_offset as "last_offset?",
    progress.last_timestamp as "last_timestamp?",
    coalesce(progress.consumed, 0) as "consumed!",
    coalesce(
        progress.inserted + progress.updated + progress.removed + progress.unchanged + progress.dead_lettered
        + progress.skipped, 0
    ) as "outcomes!",
    coalesce(progress.dead_lettered, 0) as "dead_lettered!",
    coalesce(letters.count, 0) as "letters!"
from (select * from ingest.progress where consumer_group = $1) as progress
full join (
    select topic, partition, count(*) as count
    from ingest.dead_letters
    where consumer_group = $1 and in_ledger
    group by topic, partition
) as letters on letters.topic = progress.topic and letters.partition = progress.partition
order by 1, 2
