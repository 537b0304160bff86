"""How long a text takes to read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("records", sa.Column("reading_minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("records", "reading_minutes")
