"""Records, their versions and their exact duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import (
    Select,
    bindparam,
    insert,
    or_,
    select,
)
from sqlalchemy.engine import Connection, Row

from newscrawl.clock import now_text
from newscrawl.items import Record, as_dict, from_dict
from newscrawl.ledger.window import Window
from newscrawl.outcomes import Outcome
from newscrawl.storage import forget
from newscrawl.storage.dialect import among, upsert
from newscrawl.storage.duplicates import Held, begin_settling, settle
from newscrawl.storage.naming import fill_naming
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import listed, posts, records, versions
from newscrawl.text import folded

__all__ = [
    "Stored",
    "load_record",
    "load_records",
    "older_versions",
    "store_copy",
    "store_record",
    "stored_before",
    "text_key",
]

_FIELDS = tuple(field.name for field in fields(Record))
#: A change in one of these makes a new version.
_VERSIONED = ("content_hash", "outcome", "text_source")
#: What the database says of a record's duplicates.
_MARKS = ("duplicate_of", "contained_in", "cluster_id")
#: What differs from run to run without the record having changed.
_VOLATILE = frozenset({"run_id", "crawled_at", "version", *_MARKS, "spider", "archive"})

# Within a field: when it was looked up.
_LOOKED_UP = frozenset({"at", "fetched_at"})

# Sorts behind every date.
_UNDATED = "9999"

# Built once: building a statement takes longer than running it.
_BEFORE = select(records).where(records.c.id == bindparam("own"))

#: How a record came out of :func:`store_record`.
Stored = str
NEW: Stored = "new"
CHANGED: Stored = "changed"
KNOWN: Stored = "known"


def text_key(text: str | None) -> str | None:
    """The key that exact duplicates share: SHA-256 of the casefolded, white-space-collapsed text; ``None`` without."""
    if not text:
        return None
    return hashlib.sha256(folded(text).encode("utf-8", "replace")).hexdigest()


def store_record(connection: Connection, record: Record, run_id: str) -> Stored:
    """Write *record*, keep what it replaces, and settle its duplicates; *record* gets its version and duplicate.

    Returns ``new``, ``changed`` (any field that a reader sees) or ``known``.
    """
    taken_down = forget.applies(connection, record)
    if taken_down:
        forget.strip(record)
    begin_settling(connection)
    before = execute(connection, _BEFORE, {"own": record.id}).first()
    record.version = 1 if before is None else before.version
    outcome = NEW
    if before is not None:
        was, now = _plain(before), as_dict(record)
        _forget_naming(was)
        _forget_naming(now)
        changed = [name for name in _FIELDS if name not in _VOLATILE and _seen(was[name]) != _seen(now[name])]
        outcome = CHANGED if changed else KNOWN
        if any(name in changed for name in _VERSIONED):
            record.version = before.version + 1
            connection.execute(
                insert(versions).values(
                    id=record.id,
                    version=before.version,
                    superseded_at=now_text(),
                    superseded_by=run_id,
                    changed=changed,
                    record=was,
                )
            )
    row = as_dict(record)
    _forget_naming(row)
    row["text_hash"] = key = text_key(record.text)
    row["changed_at"] = now_text() if before is None or outcome != KNOWN else before.changed_at
    row["stored_run"] = run_id if outcome != KNOWN else (before.stored_run if before is not None else run_id)
    held = None if before is None or before.text_hash is None else Held(before.text_hash, before.published_at)
    holds = None if key is None else Held(key, record.published_at)
    marks = settle(connection, record.id, held, holds, record.text, run_id)
    if before is not None and any(getattr(marks, name) != getattr(before, name) for name in _MARKS):
        row["changed_at"] = now_text()
    for name in _MARKS:
        row[name] = getattr(marks, name)
        setattr(record, name, row[name])
    upsert(connection, records, row)
    if taken_down:
        forget.clear(connection, [record.id])
    return outcome


def _seen(value: Any) -> Any:
    """*value* without when it was looked up: looking again and finding the same is no change."""
    if isinstance(value, dict):
        return {name: _seen(one) for name, one in value.items() if name not in _LOOKED_UP}
    return value


def store_copy(connection: Connection, record: Record, run_id: str, store: Any = store_record) -> tuple[Stored, Record]:
    """Store a copy of *record* by *store* and return what came of it, and the copy as it now stands.

    A job of the writer may be rolled back and called again, so *record* itself is left as it was. The copy has its
    version, its duplicate and who else names its original.
    """
    copy = replace(record, original=None if record.original is None else replace(record.original))
    outcome: Stored = store(connection, copy, run_id)
    fill_naming(connection, [copy])
    return outcome, copy


def _forget_naming(plain: dict[str, Any]) -> None:
    """Leave out of *plain* who names its original: that is asked of `posts` when a record is read, never stored."""
    if plain.get("original"):
        plain["original"] = {**plain["original"], "posts": [], "posts_total": None}


# --- reading -------------------------------------------------------------------------------------------------


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def load_record(connection: Connection, record_id: str) -> Record | None:
    """The record with this id, or ``None``."""
    return next(iter(load_records(connection, select(records).where(records.c.id == record_id))), None)


def load_records(connection: Connection, query: Select[Any]) -> list[Record]:
    """The records that *query* (of the table `records`) finds, in its order."""
    read = [from_dict(_plain(row)) for row in connection.execute(query)]
    fill_naming(connection, read)
    return read


def older_versions(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """By id, the versions that each of these records had before, as JSON types, oldest first."""
    query = select(versions.c.id, versions.c.record).where(among(connection, versions.c.id, ids))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query.order_by(versions.c.id, versions.c.version)):
        found.setdefault(row.id, []).append(row.record)
    return found


def stored_before(
    connection: Connection, run_id: str, window: Window, after: str | None = None, page: int = 200
) -> list[Record]:
    """The next records of *window* that *run_id* neither made nor changed (``deliver=all``), in order of id.

    Args:
        after: id of the last record of the page before. The order is that of the primary key of `listed`, so that a
            page costs what it holds however many records there are.
        page: records read at once.

    The window is about posts; an original may well be older than it. `failed` records are left out.
    """
    query = (
        select(records)
        .select_from(listed)
        .join(records, records.c.id == listed.c.post_id)
        .outerjoin(posts, posts.c.id == listed.c.post_id)
        .where(
            listed.c.scope_id == window.scope_id, records.c.stored_run != run_id, records.c.outcome != Outcome.FAILED
        )
        .order_by(listed.c.post_id)
        .limit(page)
    )
    if after is not None:
        query = query.where(listed.c.post_id > after)
    if window.since is not None:
        query = query.where(or_(posts.c.published_at.is_(None), posts.c.published_at >= window.since))
    if window.until is not None:
        query = query.where(or_(posts.c.published_at.is_(None), posts.c.published_at < window.until))
    return load_records(connection, query)
