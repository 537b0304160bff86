"""The text of posts whose record has its original's text; which originals are one article under several addresses.

Originals that were had before are not looked at again: they are one from the next time on that they are asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post_texts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    op.add_column("originals", sa.Column("same_as", sa.String(length=32), nullable=True))
    op.create_index("originals_same_as", "originals", ["same_as"], unique=False)


def downgrade() -> None:
    op.drop_index("originals_same_as", table_name="originals")
    with op.batch_alter_table("originals") as batch:
        batch.drop_column("same_as")
    op.drop_table("post_texts")
