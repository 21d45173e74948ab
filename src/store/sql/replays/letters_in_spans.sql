-- Letters that are not settled, of records in the spans of a batch. Whoever works on one settles it himself.
select letter.id, letter.topic, letter.partition, letter.record_offset
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[])
    as span (topic, partition, start_offset, next_offset)
join ingest.dead_letters as letter
    on letter.consumer_group = $1
    and letter.topic = span.topic
    and letter.partition = span.partition
    and letter.record_offset >= span.start_offset
    and letter.record_offset < span.next_offset
where letter.state in ('open', 'waiting')
for update of letter skip locked
