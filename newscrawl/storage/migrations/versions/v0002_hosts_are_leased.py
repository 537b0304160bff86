"""Hosts are leased, not requests: what is to be done for a post stands beside who listed it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PENDING = sa.text("host IS NOT NULL")


def upgrade() -> None:
    for table, column in (
        ("listed", sa.Column("host", sa.String(length=255), nullable=True)),
        ("listed", sa.Column("lane", sa.Integer(), server_default=sa.text("0"), nullable=False)),
        ("listed", sa.Column("rank", sa.String(length=32), server_default="9999", nullable=False)),
        ("listed", sa.Column("next_at", sa.Float(), server_default=sa.text("0"), nullable=False)),
        ("posts", sa.Column("rounds", sa.Integer(), server_default=sa.text("0"), nullable=False)),
        ("hosts", sa.Column("delays", sa.JSON(), nullable=True)),
        ("hosts", sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False)),
        ("hosts", sa.Column("gave_up", sa.Integer(), server_default=sa.text("0"), nullable=False)),
        ("hosts", sa.Column("held_until", sa.Float(), server_default=sa.text("0"), nullable=False)),
        ("hosts", sa.Column("lease_run", sa.String(length=32), nullable=True)),
        ("hosts", sa.Column("lease_until", sa.Float(), server_default=sa.text("0"), nullable=False)),
    ):
        op.add_column(table, column)
    # Until now a row in `hosts` said how long a host is left alone, and nothing else.
    op.execute("UPDATE hosts SET held_until = next_at, next_at = 0")
    _enter_work()
    op.create_index(
        "listed_work",
        "listed",
        ["scope_id", "host", "lane", "rank", "next_at"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "listed_window",
        "listed",
        ["scope_id", "lane", "rank", "host"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index("hosts_lease", "hosts", ["lease_run"])
    op.create_table(
        "run_hosts",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("next_at", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "host"),
        sqlite_with_rowid=False,
    )
    op.create_index("run_hosts_due", "run_hosts", ["run_id", "next_at", "host"])
    op.create_index("run_hosts_host", "run_hosts", ["host"])
    op.drop_index("originals_state", "originals")
    op.drop_index("originals_lease", "originals")
    op.create_index("originals_host", "originals", ["host", "state"])
    op.create_index("originals_again", "originals", ["state", "next_at"])
    for name in ("lease_run", "lease_until"):
        with op.batch_alter_table("originals") as originals:
            originals.drop_column(name)


def _enter_work() -> None:
    """What the posts' states say, entered beside who listed them."""
    # A sub-query for each row that is not done: there are few of these in an old collection.
    pending = "post_id IN (SELECT id FROM posts WHERE state <> 'done')"
    post = "FROM posts WHERE posts.id = listed.post_id"
    original = (
        "SELECT originals.host FROM originals JOIN posts ON posts.original_id = originals.id "
        "WHERE posts.id = listed.post_id"
    )
    op.execute(
        f"UPDATE listed SET host = (SELECT CASE posts.state WHEN 'ready' THEN '+' WHEN 'waiting' "  # noqa: S608
        f"THEN ({original}) ELSE posts.host END {post}), "
        f"rank = coalesce((SELECT published_at {post}), '9999'), "
        f"lane = (SELECT CASE WHEN changed_at IS NULL THEN 0 ELSE 1 END {post}) WHERE {pending}"
    )
