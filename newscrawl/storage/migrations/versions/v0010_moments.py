"""Times of the tables for readers are `timestamptz` on PostgreSQL; SQLite, which has no such type, keeps text."""

from alembic import op

from newscrawl.storage.views import create_views, drop_views

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: Those of the ledger (posts, originals, feeds) stay text: nobody reads them, and `9999` stands for "undated" there.
_MOMENTS = {
    "records": ("published_at", "modified_at", "gone_at", "crawled_at", "changed_at"),
    "versions": ("superseded_at",),
    "runs": ("started_at", "ended_at"),
    "scopes": ("high_water",),
    "requests": ("at",),
    "cluster_joins": ("at",),
    "forgotten": ("at",),
}
_AS_TEXT = """to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


def upgrade() -> None:
    _turn("timestamptz", "{name}::timestamptz")


def downgrade() -> None:
    _turn("varchar(32)", _AS_TEXT)


def _turn(kind: str, value: str) -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    drop_views(bind)  # they show the columns
    for table, columns in _MOMENTS.items():
        turned = ", ".join(f"ALTER COLUMN {name} TYPE {kind} USING {value.format(name=name)}" for name in columns)
        bind.exec_driver_sql(f"ALTER TABLE {table} {turned}")
    create_views(bind)
