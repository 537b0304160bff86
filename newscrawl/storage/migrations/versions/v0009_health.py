"""What each run found, in figures, and what has been wrong since when.

Revision ID: 0009
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_figures",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("run_figures_scope", "run_figures", ["scope_id", "started_at"])
    op.create_table(
        "episodes",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("monitor", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("began_at", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("how", sa.String(length=10), nullable=True),
        sa.Column("finding", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("told", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("episodes_open", "episodes", ["ended_at", "scope_id"])


def downgrade() -> None:
    op.drop_table("episodes")
    op.drop_table("run_figures")
