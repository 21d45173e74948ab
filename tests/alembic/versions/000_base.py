"""users and tracks, with what matters of them here."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "000_base"
down_revision = None


def upgrade() -> None:
    for table in ("users", "tracks"):
        op.create_table(
            table,
            sa.Column("id", postgresql.UUID(as_uuid=True), primary_key=True),
            sa.Column("name", sa.String(255), nullable=True),
        )


def downgrade() -> None:
    op.drop_table("tracks")
    op.drop_table("users")
