"""The report's part on what changed: the last versions of records, and posts against their originals, in words."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from newscrawl.items import as_dict
from newscrawl.reports.differences import differences, post_difference, shortened
from newscrawl.storage.records import load_record
from newscrawl.storage.tables import post_texts, records, versions
from newscrawl.text import clean_line

__all__ = ["collect_changes", "render_changes"]

#: Versions, and posts, that are shown; changes of each.
MOST_VERSIONS = 10
MOST_POSTS = 10
MOST_CHANGES = 8
#: Posts that are looked at for some that differ from their original.
MOST_LOOKED_AT = 40


def collect_changes(connection: Connection) -> dict[str, Any]:
    """What changed last, as plain JSON types: ``versions`` and ``posts``, the newest first, and how many there are."""
    return {
        "versions": _last_versions(connection),
        "versions_known": int(connection.execute(select(func.count()).select_from(versions)).scalar() or 0),
        "posts": _last_posts(connection),
    }


def _last_versions(connection: Connection) -> list[dict[str, Any]]:
    last = connection.execute(
        select(versions.c.id, versions.c.version, versions.c.superseded_at, versions.c.changed, versions.c.record)
        .order_by(versions.c.superseded_at.desc(), versions.c.id, versions.c.version.desc())
        .limit(MOST_VERSIONS)
    ).all()
    found = []
    for row in last:
        newer = connection.execute(
            select(versions.c.record).where(versions.c.id == row.id, versions.c.version == row.version + 1)
        ).scalar() or _plain(connection, row.id)
        if newer is None:
            continue
        (told,) = differences(newer, [{"version": row.version, "record": row.record}])
        title = _line(newer.get("title") or "")
        entry = {"id": row.id, "title": title, "version": row.version, "until": row.superseded_at}
        found.append({**entry, "changed": list(row.changed), **_shown(told)})
    return found


def _last_posts(connection: Connection) -> list[dict[str, Any]]:
    ids = connection.execute(
        select(records.c.id)
        .join(post_texts, post_texts.c.id == records.c.id)
        .order_by(records.c.published_at.desc(), records.c.id)
        .limit(MOST_LOOKED_AT)
    ).scalars()
    found: list[dict[str, Any]] = []
    for record_id in list(ids):
        record = _plain(connection, record_id)
        told = post_difference(connection, record, _older(connection, record_id)) if record is not None else None
        if record is None or told is None:
            continue
        shown = _shown(told)
        if shown["parts"]:
            found.append({"id": record_id, "title": _line(record["title"] or ""), **shown})
        if len(found) == MOST_POSTS:
            break
    return found


def _older(connection: Connection, record_id: str) -> list[dict[str, Any]]:
    """The last versions of a record: beside one of their texts the post's was packed."""
    query = select(versions.c.record).where(versions.c.id == record_id).order_by(versions.c.version.desc())
    return [{"record": one} for one in connection.execute(query.limit(MOST_VERSIONS)).scalars()]


def _plain(connection: Connection, record_id: str) -> dict[str, Any] | None:
    record = load_record(connection, record_id)
    return None if record is None else as_dict(record)


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    """Title and text as the page shows them: each change cut, the rest counted."""
    parts = []
    for name in ("title", "text"):
        part = told[name]
        if part is None or not part["changes"]:
            continue
        kept = part["changes"][:MOST_CHANGES]
        parts.append(
            {
                "name": name,
                "words_gone": part["words_gone"],
                "words_new": part["words_new"],
                "changes": [{side: _line(change[side]) for side in ("before", "gone", "new")} for change in kept],
                "more": len(part["changes"]) + part["left_out"] - len(kept),
            }
        )
    return {"parts": parts}


def _line(words: str) -> str:
    return clean_line(shortened(words)) or ""


def render_changes(changes: dict[str, Any]) -> Markup:
    """The part of the page for what :func:`collect_changes` gave; empty where nothing changed. All is escaped."""
    return Markup(_template().render(c=changes))  # noqa: S704 - rendered with every value escaped


@cache
def _template() -> Template:
    environment = Environment(
        loader=BaseLoader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # Through the loader, not from a path: scrapyd runs a project out of a zipped egg.
    source = resources.files("newscrawl.reports").joinpath("changes.html").read_text(encoding="utf-8")
    return environment.from_string(source)
