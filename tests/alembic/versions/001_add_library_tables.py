"""The two library tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "001_add_library_tables"
down_revision = "000_base"

uuid = postgresql.UUID(as_uuid=True)


def key() -> sa.Column:
    return sa.Column(
        "id", uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")
    )


def parent(column: str, table: str) -> sa.Column:
    return sa.Column(
        column, uuid, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False
    )


def time(column: str) -> sa.Column:
    return sa.Column(
        column,
        sa.DateTime(),
        nullable=False,
        server_default=sa.text("CURRENT_TIMESTAMP"),
    )


def upgrade() -> None:
    op.create_table(
        "listening_history",
        key(),
        parent("user_id", "users"),
        parent("track_id", "tracks"),
        sa.Column("played_for", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("completed", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("source", sa.String(50), nullable=True),
        time("played_at"),
        time("created_at"),
    )
    op.create_table(
        "liked_tracks",
        key(),
        parent("user_id", "users"),
        parent("track_id", "tracks"),
        sa.Column("notes", sa.String(1000), nullable=True),
        time("created_at"),
        time("updated_at"),
        sa.UniqueConstraint("user_id", "track_id"),
    )
    for table, name, columns in INDEXES:
        op.create_index(f"ix_{table}_{name}", table, columns)


def downgrade() -> None:
    for table, name, _ in reversed(INDEXES):
        op.drop_index(f"ix_{table}_{name}", table_name=table)
    op.drop_table("liked_tracks")
    op.drop_table("listening_history")


INDEXES = [
    ("listening_history", "id", ["id"]),
    ("listening_history", "user_id", ["user_id"]),
    ("listening_history", "track_id", ["track_id"]),
    ("listening_history", "played_at", ["played_at"]),
    ("listening_history", "user_played", ["user_id", "played_at"]),
    ("listening_history", "user_track", ["user_id", "track_id"]),
    ("liked_tracks", "id", ["id"]),
    ("liked_tracks", "user_id", ["user_id"]),
    ("liked_tracks", "track_id", ["track_id"]),
    ("liked_tracks", "user_track", ["user_id", "track_id"]),
]
