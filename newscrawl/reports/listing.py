"""Records that some options ask for, a line each, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection

from newscrawl.datasets.query import Query
from newscrawl.datasets.rights import judge
from newscrawl.storage.tables import records, versions
from newscrawl.text import clean_line, escape_controls

__all__ = ["collect_list", "render_list"]

_COLUMNS = ("id", "version", "published_at", "language", "outcome", "reason", "publisher", "title", "url", "changed_at")


def collect_list(connection: Connection, query: Query, most: int) -> tuple[list[dict[str, Any]], bool]:
    """At most *most* of the records of *query*, newest first, undated ones last; and whether there are more."""
    found = list(islice(_found(connection, query), most + 1))
    return found[:most], len(found) > most


def _found(connection: Connection, query: Query) -> Iterator[dict[str, Any]]:
    columns = records.c
    chosen = select(*(columns[name] for name in _COLUMNS), columns.rights, columns.text.is_not(None).label("has_text"))
    chosen = chosen.where(*query.where()).order_by(columns.published_at.desc().nulls_last(), columns.id)
    if query.since is not None:
        chosen = chosen.where(or_(columns.published_at.is_(None), columns.published_at >= query.since))
    if query.until is not None:
        chosen = chosen.where(or_(columns.published_at.is_(None), columns.published_at < query.until))
    for row in connection.execute(chosen):
        why = judge(row.rights["effective"], query.rights, row.has_text)
        if why is None:
            continue
        made = {name: getattr(row, name) for name in _COLUMNS} | {"text": row.has_text and not why}
        yield made
        if query.versions == "all":
            yield from _older(connection, made)


def _older(connection: Connection, newest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The versions that a record had before, newest first."""
    kept = select(versions.c.record, versions.c.superseded_at).where(versions.c.id == newest["id"])
    for row in connection.execute(kept.order_by(versions.c.version.desc())):
        made = {name: row.record.get(name) for name in _COLUMNS}
        yield made | {"text": newest["text"] and row.record.get("text") is not None, "changed_at": row.superseded_at}


def render_list(found: Sequence[dict[str, Any]], more: bool) -> str:
    """The list as lines: day, language, how the post ended, publisher, id, title."""
    lines = [_line(one) for one in found]
    if more:
        lines.append(f"... and more: --most {len(found) * 10} shows them")
    return "\n".join(lines or ["No record is asked for by these options."])


def _line(one: dict[str, Any]) -> str:
    ended = one["reason"] if one["outcome"] == "failed" else one["outcome"]
    publisher = (one["publisher"] or {}).get("domain") or (one["publisher"] or {}).get("name") or "-"
    marks = ("" if one["version"] == 1 else f" (version {one['version']})") + ("" if one["text"] else " (no text)")
    cells = [
        ((one["published_at"] or "undated")[:10]).ljust(10),
        (one["language"] or "-")[:8].ljust(8),
        str(ended)[:16].ljust(16),
        escape_controls(clean_line(publisher, limit=28) or "-").ljust(28),
        one["id"][:12],
        escape_controls(clean_line(one["title"], limit=100) or "(no title)") + marks,
    ]
    return "  ".join(cells)
