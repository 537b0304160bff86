"""Records, their versions and their exact duplicates."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.engine import Connection, Row

from newscrawl.clock import now_text
from newscrawl.items import Record, as_dict, from_dict
from newscrawl.ledger.window import Window
from newscrawl.outcomes import Outcome
from newscrawl.storage import forget
from newscrawl.storage.dialect import among, among_bound, bound_values, upsert
from newscrawl.storage.duplicates import Held, begin_settling, settle
from newscrawl.storage.tables import STATE_DONE, listed, originals, posts, records, versions

__all__ = [
    "JSON_FIELDS",
    "MOST_NAMING",
    "Stored",
    "Written",
    "fill_naming",
    "iter_pages",
    "iter_plain",
    "iter_records",
    "load_record",
    "load_records",
    "older_versions",
    "store_copy",
    "store_record",
    "stored_before",
    "text_key",
]

#: Most ids in ``original.posts``. An address that thousands of posts name (a hub page) would make each record as long.
MOST_NAMING = 100

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
    return hashlib.sha256(" ".join(text.casefold().split()).encode("utf-8", "replace")).hexdigest()


def store_record(connection: Connection, record: Record, run_id: str) -> Stored:
    """Write *record*, keep what it replaces, and settle its duplicates; *record* gets its version and duplicate.

    Returns ``new``, ``changed`` (any field that a reader sees) or ``known``.
    """
    taken_down = forget.applies(connection, record)
    if taken_down:
        forget.strip(record)
    begin_settling(connection)
    before = connection.execute(_BEFORE, {"own": record.id}).first()
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


# --- who names an original -----------------------------------------------------------------------------------


def _forget_naming(plain: dict[str, Any]) -> None:
    """Leave out of *plain* who names its original: that is asked of `posts` when a record is read, never stored."""
    if plain.get("original"):
        plain["original"] = {**plain["original"], "posts": [], "posts_total": None}


def fill_naming(connection: Connection, read: Sequence[Record]) -> None:
    """Set ``original.posts`` and ``original.posts_total`` of each of the records *read*."""
    found = _naming(connection, [one.id for one in read if one.original is not None])
    for one in read:
        if one.original is not None:
            one.original.posts, one.original.posts_total = found[one.id]


def _naming(connection: Connection, wanted: Sequence[str]) -> dict[str, tuple[list[str], int]]:
    """Of each *wanted* record: the least `MOST_NAMING` ids of the records that name its original, and their number."""
    dialect = connection.dialect.name
    mine = connection.execute(_own_query(dialect), {"wanted": bound_values(dialect, wanted)}).all() if wanted else []
    named: dict[str, str] = {row.id: row.article for row in mine}
    # Most originals are named by one post, and need no further query.
    variants = _variants(connection, {row.article for row in mine if row.others})
    totals: Counter[str] = Counter()
    if variants:
        counted = select(posts.c.original_id, func.count().label("total"))
        done = [among(connection, posts.c.original_id, variants), posts.c.state == STATE_DONE]
        for row in connection.execute(counted.where(*done).group_by(posts.c.original_id)):
            totals[variants[row.original_id]] += row.total
    ids = {row.article: [row.id] for row in mine if row.state == STATE_DONE}
    several = {one for one, total in totals.items() if total > len(ids.get(one, ()))}
    ids |= _ids_naming(connection, {key: one for key, one in variants.items() if one in several})
    made: dict[str, tuple[list[str], int]] = {}
    for one in wanted:
        # A record without a post in the ledger, or whose post is just being made again, names its original too.
        naming = ids.get(named.get(one, ""), [])[:] or [one]
        made[one] = naming, max(totals.get(named.get(one, ""), 0), len(naming))
    return made


@cache
def _own_query(dialect: str) -> Select[Any]:
    """Posts with the article that each names, and whether others may name it, too. Parameter: ``wanted``."""
    known = originals.alias("known")
    article = func.coalesce(known.c.same_as, _OWN.c.original_id).label("article")
    return (
        select(_OWN.c.id, _OWN.c.state, article, _other_names_it().label("others"))
        .select_from(_OWN.outerjoin(known, known.c.id == _OWN.c.original_id))
        .where(among_bound(dialect, _OWN.c.id, "wanted"), _OWN.c.original_id.is_not(None))
    )


def _variants(connection: Connection, articles: set[str]) -> dict[str, str]:
    """The originals that are one of *articles*, under its own address or another one: id to article."""
    found = {one: one for one in articles}
    if articles:
        query = select(originals.c.id, originals.c.same_as).where(among(connection, originals.c.same_as, articles))
        found |= {row.id: row.same_as for row in connection.execute(query)}
    return found


def _ids_naming(connection: Connection, wanted: Mapping[str, str]) -> dict[str, list[str]]:
    """The least `MOST_NAMING` ids of the posts done that name each article; *wanted*: original to article."""
    ids: dict[str, list[str]] = {}
    if not wanted:
        return ids
    rank = func.row_number().over(partition_by=posts.c.original_id, order_by=posts.c.id)
    ranked = (
        select(posts.c.original_id, posts.c.id, rank.label("rank"))
        .where(among(connection, posts.c.original_id, wanted), posts.c.state == STATE_DONE)
        .subquery()
    )
    query = select(ranked.c.original_id, ranked.c.id).where(ranked.c.rank <= MOST_NAMING).order_by(ranked.c.id)
    for original_id, post_id in connection.execute(query):
        ids.setdefault(wanted[original_id], []).append(post_id)
    return {one: found[:MOST_NAMING] for one, found in ids.items()}


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


def iter_records(
    connection: Connection,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> Iterator[Record]:
    """All records in order of (``published_at``, ``id``), undated ones last; see :func:`iter_plain`."""
    for plain in iter_plain(connection, where=where, since=since, until=until, page=page):
        yield from_dict(plain)


def iter_plain(
    connection: Connection,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> Iterator[dict[str, Any]]:
    """All records as JSON types; see :func:`iter_pages`."""
    for found in iter_pages(connection, where=where, since=since, until=until, page=page):
        for one in found:
            yield one.plain()


class Written(NamedTuple):
    """A record as the database has it, but for who names its original, which is looked up."""

    #: In order of the record's fields; lists and objects as JSON text.
    values: tuple[Any, ...]
    posts: list[str]
    posts_total: int | None

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        made = dict(zip(_FIELDS, self.values, strict=True))
        for name in JSON_FIELDS:
            if made[name] is not None:
                made[name] = orjson.loads(made[name])
        if made["original"] is not None:
            made["original"]["posts"], made["original"]["posts_total"] = self.posts, self.posts_total
        return made

    def digest(self) -> str:
        """A hash of all of it, 32 hex digits: the same for as long as nothing of the record changes."""
        return hashlib.blake2b(orjson.dumps((*self,)), digest_size=16).hexdigest()


#: The fields that are lists or objects.
JSON_FIELDS = tuple(name for name in _FIELDS if isinstance(records.c[name].type, JSON))
_ORIGINAL = _FIELDS.index("original")
_AS_WRITTEN = tuple(
    cast(records.c[name], Text).label(name) if name in JSON_FIELDS else records.c[name] for name in _FIELDS
)


def iter_pages(
    connection: Connection,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> Iterator[list[Written]]:
    """All records in order of (``published_at``, ``id``), undated ones last. One pass: each page begins in the index
    where the last one ended.

    Args:
        where: further conditions on the columns of `records`.
        since, until: keep to those published in ``[since, until)`` (UTC); undated ones stay.
        page: records read at once, which bounds what is held in memory.
    """
    dated: list[ColumnElement[bool]] = [records.c.published_at.is_not(None)]
    if since is not None:
        dated.append(records.c.published_at >= since)
    if until is not None:
        dated.append(records.c.published_at < until)
    # Apart, since no one index serves "undated ones last" on both engines.
    yield from _paged(connection, (records.c.published_at, records.c.id), [*dated, *where], page)
    yield from _paged(connection, (records.c.id,), [records.c.published_at.is_(None), *where], page)


def _paged(
    connection: Connection, key: tuple[Any, ...], where: Sequence[ColumnElement[bool]], page: int
) -> Iterator[list[Written]]:
    """What is found by *where*, in order of *key*, a page at a time."""
    places = [_FIELDS.index(column.name) for column in key]
    first = _WITH_NAMING.where(*where).order_by(*key).limit(page)
    query = first
    while True:
        rows = [tuple(row) for row in connection.execute(query).fetchall()]
        several = _naming(connection, [row[0] for row in rows if row[-1] and row[_ORIGINAL] is not None])
        if rows:
            yield [_written(row, several) for row in rows]
        if len(rows) < page:
            return
        last = [literal(rows[-1][place], column.type) for place, column in zip(places, key, strict=True)]
        query = first.where(tuple_(*key) > tuple_(*last) if len(key) > 1 else key[0] > last[0])


def _other_names_it() -> ColumnElement[bool]:
    """Whether a second post names the original of the record's post, or it has variants that one might name.

    Few records have either, and the others need no further query.
    """
    mine = _OWN.c.original_id
    reasons = (
        select(literal(1)).where(posts.c.original_id == mine, posts.c.id != _OWN.c.id),
        select(literal(1)).where(originals.c.id == mine, originals.c.same_as.is_not(None)),
        select(literal(1)).where(originals.c.same_as == mine),
    )
    return func.coalesce(and_(mine.is_not(None), or_(*(exists(one) for one in reasons))), false())


_OWN = posts.alias("own")
_WITH_NAMING = select(*_AS_WRITTEN, _other_names_it().label("several")).select_from(
    records.outerjoin(_OWN, _OWN.c.id == records.c.id)
)


def _written(row: tuple[Any, ...], several: dict[str, tuple[list[str], int]]) -> Written:
    values = row[:-1]
    if values[_ORIGINAL] is None:
        return Written(values, *_UNNAMED)
    return Written(values, *several.get(values[0], ([values[0]], 1)))


#: Who names the original of a record that has none.
_UNNAMED: tuple[list[str], None] = ([], None)


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
