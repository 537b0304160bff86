"""Views for readers, the same on both engines: what is nested in JSON stands in columns of its own.

A migration that changes a column of ``records`` that a view shows drops
the views before and makes them again after.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

__all__ = ["VIEWS", "create_views", "drop_views"]

#: Dotted fields of a record that are columns of `articles`.
_NESTED = (
    ("publisher", "name"),
    ("publisher", "domain"),
    ("post", "site"),
    ("post", "url"),
    ("post", "published_at"),
    ("original", "url"),
    ("original", "http_status"),
    ("original", "similarity"),
)
_PLAIN = (
    "id", "url", "title", "summary", "text", "text_source", "published_at", "published_precision", "modified_at",
    "section", "language", "word_count", "outcome", "reason", "duplicate_of", "cluster_id", "version", "gone_at",
    "crawled_at",
)  # fmt: skip
#: Name of each view, and what it shows.
VIEWS = {
    "articles": "records with an article, one row each; what is nested stands in columns",
    "latest": "the articles of the last seven days before the newest one, one of each cluster, newest first",
    "publishers": "one row for each publisher: how many articles, of which outcome, first and last",
}


def create_views(connection: Connection) -> None:
    """Make the views. Replaces none: drop them before."""
    postgres = connection.dialect.name == "postgresql"
    for name, statement in _statements(postgres).items():
        connection.execute(text(f"CREATE VIEW {name} AS {statement}"))


def drop_views(connection: Connection) -> None:
    """Drop the views, those that build on others first."""
    for name in reversed(list(VIEWS)):
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


def _statements(postgres: bool) -> dict[str, str]:
    columns = [_column(postgres, name, name) for name in _PLAIN]
    for part, name in _NESTED:
        value = f"{part} ->> '{name}'" if postgres else f"json_extract({part}, '$.{name}')"
        columns.append(_column(postgres, f"({value})", f"{part}_{name}"))
    week = (
        "max(published_at) - interval '7 days'"
        if postgres
        else "strftime('%Y-%m-%dT%H:%M:%SZ', max(published_at), '-7 days')"
    )
    # Names of columns and views are ours.
    return {
        "articles": f"SELECT {', '.join(columns)} FROM records WHERE outcome <> 'failed'",  # noqa: S608 - our own names
        "latest": (
            "SELECT * FROM articles WHERE (cluster_id IS NULL OR cluster_id = id)"  # noqa: S608
            f" AND published_at >= (SELECT {week} FROM articles) ORDER BY published_at DESC, id"
        ),
        "publishers": (
            "SELECT publisher_domain AS domain, max(publisher_name) AS name, count(*) AS articles,"
            " sum(CASE WHEN outcome = 'original' THEN 1 ELSE 0 END) AS originals,"
            " sum(CASE WHEN outcome = 'original_partial' THEN 1 ELSE 0 END) AS partial,"
            " sum(CASE WHEN outcome = 'post_only' THEN 1 ELSE 0 END) AS post_only,"
            " min(published_at) AS first_at, max(published_at) AS last_at"
            " FROM articles WHERE publisher_domain IS NOT NULL GROUP BY publisher_domain"
        ),
    }


def _column(postgres: bool, value: str, name: str) -> str:
    if not postgres:
        return f"{value} AS {name}"
    kinds = {"original_http_status": "integer", "original_similarity": "double precision"}
    kind = "timestamptz" if name.endswith("_at") else kinds.get(name)
    return f"{value}::{kind} AS {name}" if kind else f"{value} AS {name}"
