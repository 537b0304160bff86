"""Records, their versions and their exact duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from newscrawl.clock import now_text
from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record, Rights, as_dict
from newscrawl.ledger.window import Window
from newscrawl.outcomes import Outcome
from newscrawl.storage.dialect import upsert
from newscrawl.storage.tables import listed, posts, records, versions

__all__ = ["Stored", "iter_records", "load_record", "page_of_records", "store_record", "stored_before", "text_key"]

_FIELDS = tuple(field.name for field in fields(Record))
_PARTS: dict[str, Any] = {
    "publisher": Publisher,
    "post": PostPart,
    "attribution": AttributionPart,
    "original": OriginalPart,
    "rights": Rights,
}
#: A change in one of these makes a new version.
_VERSIONED = ("content_hash", "outcome", "text_source")
#: What differs from run to run without the record having changed.
_VOLATILE = frozenset({"run_id", "crawled_at", "version", "duplicate_of", "cluster_id", "spider", "archive"})

# Within a field: when it was looked up.
_LOOKED_UP = frozenset({"at", "fetched_at"})

# Sorts behind every date.
_UNDATED = "9999"

# Built once: building a statement takes longer than running it.
_BEFORE = select(records).where(records.c.id == bindparam("own"))
_MARKS = select(records.c.duplicate_of, records.c.cluster_id).where(records.c.id == bindparam("own"))
_OTHERS = select(records.c.id).where(records.c.text_hash == bindparam("key"), records.c.id != bindparam("own")).limit(1)

#: How a record came out of :func:`store_record`.
Stored = str
NEW: Stored = "new"
CHANGED: Stored = "changed"
KNOWN: Stored = "known"


def text_key(text: str | None) -> str | None:
    """The key that exact duplicates share: SHA-256 of the casefolded, white-space-collapsed text; ``None`` without."""
    if not text:
        return None
    return hashlib.sha256(" ".join(text.casefold().split()).encode("utf-8", "replace")).hexdigest()


def store_record(connection: Connection, record: Record, run_id: str) -> Stored:
    """Write *record*, keep what it replaces, and settle its duplicates; *record* gets its version and duplicate.

    Returns ``new``, ``changed`` (any field that a reader sees) or ``known``.
    """
    before = connection.execute(_BEFORE, {"own": record.id}).first()
    record.version = 1 if before is None else before.version
    outcome = NEW
    if before is not None:
        was, now = _plain(before), as_dict(record)
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
    row["text_hash"] = key = text_key(record.text)
    row["stored_run"] = run_id if outcome != KNOWN else (before.stored_run if before is not None else run_id)
    keys = sorted(one for one in {key, before.text_hash if before is not None else None} if one is not None)
    for one in keys:
        _lock_text(connection, one)
    alone = key is None or connection.execute(_OTHERS, {"key": key, "own": record.id}).first() is None
    if alone:
        # As nearly every record: nothing to settle but what the record itself says.
        row["duplicate_of"], row["cluster_id"] = None, record.id
        keys = [one for one in keys if one != key]
    upsert(connection, records, row)
    for one in keys:
        _settle_duplicates(connection, one)
    marks = (None, record.id) if alone else connection.execute(_MARKS, {"own": record.id}).one()
    record.duplicate_of, record.cluster_id = marks
    return outcome


def _seen(value: Any) -> Any:
    """*value* without when it was looked up: looking again and finding the same is no change."""
    if isinstance(value, dict):
        return {name: _seen(one) for name, one in value.items() if name not in _LOOKED_UP}
    return value


def _lock_text(connection: Connection, key: str) -> None:
    """Keep out another worker that stores the same text: each must see the other's record."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(key[:15], 16))))


def _settle_duplicates(connection: Connection, key: str) -> None:
    """Mark the records with one text: all are duplicates of the least (``published_at``, ``id``)."""
    same = records.c.text_hash == key
    # Unknown dates come last: an undated copy is no evidence of being first.
    least = connection.execute(
        select(records.c.id)
        .where(same)
        .order_by(func.coalesce(records.c.published_at, _UNDATED), records.c.id)
        .limit(1)
    ).scalar()
    if least is None:
        return
    connection.execute(update(records).where(same, records.c.id == least).values(duplicate_of=None, cluster_id=least))
    connection.execute(
        update(records)
        .where(same, records.c.id != least)
        .where(or_(records.c.duplicate_of.is_(None), records.c.duplicate_of != least))
        .values(duplicate_of=least, cluster_id=least)
    )


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _record(row: Row[Any]) -> Record:
    values = _plain(row)
    for name, part in _PARTS.items():
        if values[name] is not None:
            values[name] = part(**values[name])
    return Record(**values)


def load_record(connection: Connection, record_id: str) -> Record | None:
    """The record with this id, or ``None``."""
    row = connection.execute(select(records).where(records.c.id == record_id)).first()
    return None if row is None else _record(row)


def iter_records(
    connection: Connection,
    *,
    ids: Any = None,
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> Iterator[Record]:
    """All records in order of (``published_at``, ``id``), undated ones last, a page at a time.

    Args:
        ids: a selectable of record ids to keep to.
        since, until: keep to those published in ``[since, until)``; undated ones stay.
    """
    last: tuple[str, str] | None = None
    while True:
        found = page_of_records(connection, after=last, ids=ids, since=since, until=until, page=page)
        yield from found
        if len(found) < page:
            return
        last = (found[-1].published_at or _UNDATED, found[-1].id)


def page_of_records(
    connection: Connection,
    *,
    after: tuple[str, str] | None,
    ids: Any = None,
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> list[Record]:
    """The next *page* records *after* a (``published_at``, ``id``); see :func:`iter_records`."""
    key = func.coalesce(records.c.published_at, _UNDATED)
    query = select(records).order_by(key, records.c.id).limit(page)
    if ids is not None:
        query = query.where(records.c.id.in_(ids))
    if since is not None:
        query = query.where(key >= since)
    if until is not None:
        query = query.where(or_(records.c.published_at.is_(None), records.c.published_at < until))
    if after is not None:
        query = query.where(or_(key > after[0], and_(key == after[0], records.c.id > after[1])))
    return [_record(row) for row in connection.execute(query)]


def stored_before(
    connection: Connection, run_id: str, window: Window, after: tuple[str, str] | None, page: int = 200
) -> list[Record]:
    """The next records of *window* that *run_id* neither made nor changed (``deliver=all``).

    The window is about posts; an original may well be older than it.
    """
    ids = (
        select(listed.c.post_id)
        .join(records, records.c.id == listed.c.post_id)
        .outerjoin(posts, posts.c.id == listed.c.post_id)
        .where(
            listed.c.scope_id == window.scope_id, records.c.stored_run != run_id, records.c.outcome != Outcome.FAILED
        )
    )
    if window.since is not None:
        ids = ids.where(or_(posts.c.published_at.is_(None), posts.c.published_at >= window.since))
    if window.until is not None:
        ids = ids.where(or_(posts.c.published_at.is_(None), posts.c.published_at < window.until))
    return page_of_records(connection, after=after, ids=ids, page=page)
