select coalesce(array_agg(version_num::text order by version_num), '{}')
from public.alembic_version
