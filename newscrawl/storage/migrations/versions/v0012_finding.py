"""What was proven of aggregators and publishers, the lists of publishers, and what was tried for each post."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proofs",
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("phrase", sa.String(length=60), nullable=False),
        sa.Column("proven", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("site", "domain", "phrase"),
    )
    op.create_table(
        "publisher_names",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("home", sa.String(length=500), nullable=False),
        sa.Column("count", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", "domain"),
    )
    op.create_table(
        "lookups",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("lists", sa.JSON(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("domain"),
    )
    op.create_table(
        "tried",
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("similarity", sa.Float(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("post_id", "place"),
    )


def downgrade() -> None:
    for name in ("tried", "lookups", "publisher_names", "proofs"):
        op.drop_table(name)
