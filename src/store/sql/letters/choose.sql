-- Ids of chosen letters, in pages by id. A user is also looked for in key, value and headers, since a value that is no
-- event names its user nowhere else: without hyphens, case and the NULs of UTF-16, and with other bytes escaped.
select id
from ingest.dead_letters
where consumer_group = $1
    and id > $2
    and id <= $3
    and ($4::bigint is null or id = $4)
    and ($5::text is null or reason = $5)
    and state = any($6::text[])
    and ($7::timestamptz is null or first_failed_at >= $7)
    and (
        $8::uuid is null
        or user_id = $8
        or missing_user_id = $8
        or replace(replace(lower(concat_ws(
            ' ', encode(record_key, 'escape'), encode(record_value, 'escape'), record_headers::text, detail
        )), '-', ''), '\000', '') like '%' || replace($8::text, '-', '') || '%'
    )
    and (not $9 or record_key is not null or record_value is not null or record_headers <> '[]')
order by id
limit $10
