"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("next_at", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_table(
        "listed",
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", "post_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("listed_post", "listed", ["post_id"], unique=False)
    op.create_table(
        "originals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("lease_run", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("rounds", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("final_url", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.String(length=32), nullable=True),
        sa.Column("rendered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("extraction", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("rights", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("originals_lease", "originals", ["lease_run"], unique=False)
    op.create_index("originals_state", "originals", ["state", "host", "next_at"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=500), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("published_at", sa.String(length=32), nullable=True),
        sa.Column("modified_at", sa.String(length=32), nullable=True),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("given", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("remote_id", sa.String(length=40), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=True),
        sa.Column("misses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("original_id", sa.String(length=32), nullable=True),
        sa.Column("host", sa.String(length=255), server_default="", nullable=False),
        sa.Column("lease_run", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("discovered_at", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("posts_lease", "posts", ["lease_run"], unique=False)
    op.create_index("posts_original", "posts", ["original_id"], unique=False)
    op.create_index("posts_remote", "posts", ["site", "remote_id"], unique=False)
    op.create_index("posts_state", "posts", ["state", "site", "published_at"], unique=False)
    op.create_table(
        "records",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_source", sa.String(length=10), nullable=True),
        sa.Column("authors", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("tags", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("published_at", sa.String(length=32), nullable=True),
        sa.Column("published_precision", sa.String(length=10), nullable=True),
        sa.Column("modified_at", sa.String(length=32), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("word_count", sa.Integer(), nullable=True),
        sa.Column("publisher", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("post", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attribution", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("original", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("duplicate_of", sa.String(length=32), nullable=True),
        sa.Column("cluster_id", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.String(length=32), nullable=True),
        sa.Column("rights", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sources", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("archive", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("spider", sa.String(length=100), nullable=True),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("crawled_at", sa.String(length=32), nullable=True),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column("stored_run", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("records_outcome", "records", ["outcome", "reason"], unique=False)
    op.create_index("records_published", "records", ["published_at"], unique=False)
    op.create_index("records_stored_run", "records", ["stored_run"], unique=False)
    op.create_index("records_text_hash", "records", ["text_hash"], unique=False)
    op.create_table(
        "requests",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("work_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("requests_work", "requests", ["work_id"], unique=False)
    op.create_table(
        "robots",
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("fetched_at", sa.Float(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("spider", sa.String(length=100), nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("arguments", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("runs_state", "runs", ["state"], unique=False)
    op.create_table(
        "scopes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("spider", sa.String(length=100), nullable=False),
        sa.Column("site", sa.String(length=500), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("follow", sa.Boolean(), nullable=False),
        sa.Column("high_water", sa.String(length=32), nullable=True),
        sa.Column("cursor", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("memory", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("superseded_at", sa.String(length=32), nullable=False),
        sa.Column("superseded_by", sa.String(length=32), nullable=False),
        sa.Column("changed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version"),
    )


def downgrade() -> None:
    op.drop_table("versions")
    op.drop_table("scopes")
    op.drop_index("runs_state", table_name="runs")
    op.drop_table("runs")
    op.drop_table("robots")
    op.drop_index("requests_work", table_name="requests")
    op.drop_table("requests")
    op.drop_index("records_text_hash", table_name="records")
    op.drop_index("records_stored_run", table_name="records")
    op.drop_index("records_published", table_name="records")
    op.drop_index("records_outcome", table_name="records")
    op.drop_table("records")
    op.drop_index("posts_state", table_name="posts")
    op.drop_index("posts_remote", table_name="posts")
    op.drop_index("posts_original", table_name="posts")
    op.drop_index("posts_lease", table_name="posts")
    op.drop_table("posts")
    op.drop_index("originals_state", table_name="originals")
    op.drop_index("originals_lease", table_name="originals")
    op.drop_table("originals")
    op.drop_index("listed_post", table_name="listed")
    op.drop_table("listed")
    op.drop_table("hosts")
