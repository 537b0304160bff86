"""What is known of a feed belongs to the feed, not to the list that it was read by.

Revision ID: 0007
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("listed_since", sa.String(length=32), nullable=True),
        sa.Column("mark", sa.String(length=32), nullable=True),
        sa.Column("oldest", sa.String(length=32), nullable=True),
        sa.Column("read_at", sa.String(length=32), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_since", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "feed_entries",
        sa.Column("feed_id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "post_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("feed_entries_post", "feed_entries", ["post_id"])
    # Posts of feeds were filed under a digest of the list's addresses, and waited for that list for ever.
    op.execute("UPDATE posts SET site = 'feeds' WHERE site LIKE 'feeds:%'")


def downgrade() -> None:
    op.drop_index("feed_entries_post", table_name="feed_entries")
    op.drop_table("feed_entries")
    op.drop_table("feeds")
