"""Records in order without a sort; the last batch of each writer; who names an original is asked, not stored."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("records_published", table_name="records")
    op.create_index("records_published", "records", ["published_at", "id"], unique=False)
    op.create_table(
        "writers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    # `original.posts` was a list in each record that grew with every other one that named the same original.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE records SET original = json_set(original, '$.posts', json('[]')) WHERE original IS NOT NULL")
    else:
        op.execute(
            "UPDATE records SET original = jsonb_set(original::jsonb, '{posts}', '[]')::json WHERE original IS NOT NULL"
        )


def downgrade() -> None:
    op.drop_table("writers")
    op.drop_index("records_published", table_name="records")
    op.create_index("records_published", "records", ["published_at"], unique=False)
