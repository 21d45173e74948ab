select version, description, installed_on, checksum
from ingest._sqlx_migrations
where success
order by version
