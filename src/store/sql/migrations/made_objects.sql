select object, alembic_revisions
from ingest.made_objects
order by object
