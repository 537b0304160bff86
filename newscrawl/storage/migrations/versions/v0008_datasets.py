"""When a record changed; what was taken down; JSON that PostgreSQL can search; views for readers."""

import sqlalchemy as sa
from alembic import op

from newscrawl.storage.views import create_views, drop_views

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Columns that readers search; those of the ledger stay `json`, which takes whatever a site sends.
_SEARCHED = {
    "records": (
        "authors", "tags", "publisher", "post", "attribution", "original", "rights", "sources", "archive",
    ),
    "versions": ("changed", "record"),
}  # fmt: skip


def upgrade() -> None:
    op.add_column("records", sa.Column("changed_at", sa.String(length=32), nullable=True))
    op.execute("UPDATE records SET changed_at = crawled_at")
    op.create_index("records_changed", "records", ["changed_at"], unique=False)
    op.create_table(
        "forgotten",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    _turn_to("jsonb")
    create_views(op.get_bind())


def downgrade() -> None:
    drop_views(op.get_bind())
    _turn_to("json")
    op.drop_table("forgotten")
    op.drop_index("records_changed", table_name="records")
    op.drop_column("records", "changed_at")


def _turn_to(kind: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in _SEARCHED.items():
        turned = ", ".join(f"ALTER COLUMN {name} TYPE {kind} USING {name}::{kind}" for name in columns)
        op.execute(f"ALTER TABLE {table} {turned}")
