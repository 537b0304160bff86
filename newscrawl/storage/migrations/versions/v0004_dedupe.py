"""Near-duplicates: texts, what they are found by, how they are related.

Records that were stored before have exact duplicates alone until ``scrapy dedupe --rebuild``.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("records") as batch:
        batch.add_column(sa.Column("contained_in", sa.String(length=32), nullable=True))
        batch.create_index("records_cluster", ["cluster_id"], unique=False)
    op.create_table(
        "texts",
        sa.Column("ref", _number(), autoincrement=False, nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("shingles", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("minima", sa.LargeBinary(), nullable=True),
        sa.Column("passages", sa.LargeBinary(), nullable=True),
        sa.Column("first_at", sa.String(length=32), nullable=False),
        sa.Column("first_id", sa.String(length=32), nullable=False),
        sa.Column("component", _number(), nullable=False),
        sa.Column("lead_at", sa.String(length=32), nullable=True),
        sa.Column("lead_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("texts_component", "texts", ["component"], unique=False)
    op.create_table(
        "text_keys",
        sa.Column("key", _number(), autoincrement=False, nullable=False),
        sa.Column("ref", _number(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "ref"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "text_pairs",
        sa.Column("one", _number(), autoincrement=False, nullable=False),
        sa.Column("other", _number(), autoincrement=False, nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("near", sa.Boolean(), nullable=False),
        sa.Column("within", sa.Boolean(), nullable=False),
        sa.Column("why_not", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("one", "other"),
    )
    op.create_table(
        "cluster_joins",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("from_cluster", sa.String(length=32), nullable=False),
        sa.Column("into_cluster", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("cluster_joins_from", "cluster_joins", ["from_cluster"], unique=False)
    op.create_table(
        "dedupe_state",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("dedupe_state")
    op.drop_index("cluster_joins_from", table_name="cluster_joins")
    op.drop_table("cluster_joins")
    op.drop_table("text_pairs")
    op.drop_table("text_keys")
    op.drop_index("texts_component", table_name="texts")
    op.drop_table("texts")
    with op.batch_alter_table("records") as batch:
        batch.drop_index("records_cluster")
        batch.drop_column("contained_in")
