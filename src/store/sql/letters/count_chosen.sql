-- How many letters are chosen, and the last of them; the choice is that of choose.sql.
select count(*) as "count!", coalesce(max(id), 0) as "last_id!"
from ingest.dead_letters
where consumer_group = $1
    and ($2::bigint is null or id = $2)
    and ($3::text is null or reason = $3)
    and state = any($4::text[])
    and ($5::timestamptz is null or first_failed_at >= $5)
    and (
        $6::uuid is null
        or user_id = $6
        or missing_user_id = $6
        or replace(replace(lower(concat_ws(
            ' ', encode(record_key, 'escape'), encode(record_value, 'escape'), record_headers::text, detail
        )), '-', ''), '\000', '') like '%' || replace($6::text, '-', '') || '%'
    )
    and (not $7 or record_key is not null or record_value is not null or record_headers <> '[]')
