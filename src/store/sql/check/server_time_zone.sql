-- The time zone in the server's files; no row where they say nothing. This session's own setting would not
-- tell: the driver sets it.
select setting as "zone!"
from pg_catalog.pg_file_settings
where lower(name) = 'timezone' and applied
order by seqno desc
limit 1
