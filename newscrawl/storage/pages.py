"""All records, or those of a query, a page at a time: for what reads millions of them."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, Select, String, Text, cast, func, literal, select, tuple_
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from newscrawl.items import Record, from_dict
from newscrawl.storage.dialect import Moment
from newscrawl.storage.naming import Naming, Sharing
from newscrawl.storage.tables import records

__all__ = ["JSON_FIELDS", "REPEATED", "Written", "iter_pages", "iter_plain", "iter_records"]

#: A page ends early where its texts have more characters than this.
PAGE_CHARACTERS = 16 * 1024 * 1024
#: Rows that are fetched between two looks at how long their texts are.
_FETCHED = 100

_FIELDS = tuple(one.name for one in fields(Record))
#: The fields that are lists or objects.
JSON_FIELDS = tuple(name for name in _FIELDS if isinstance(records.c[name].type, JSON))
#: Of these many records have the very same: which way each field came, what a site allows. Each is read once.
REPEATED = frozenset({"authors", "tags", "publisher", "rights", "sources", "archive"})
_ORIGINAL = _FIELDS.index("original")
_TEXT = _FIELDS.index("text")


def iter_records(
    connection: Connection,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> Iterator[Record]:
    """All records in order of (``published_at``, ``id``), undated ones last; see :func:`iter_pages`."""
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
    """All records as JSON types; see :func:`iter_pages`. What two of them share is one object: not to be changed."""
    for found in iter_pages(connection, where=where, since=since, until=until, page=page):
        yield from found.plain()


@dataclass(slots=True)
class Written:
    """Some records as the database has them, and who names their originals, which is looked up.

    Attributes:
        rows: of each record the values in order of its fields; lists and objects as JSON text.
        shared: by id, who names the originals of those whose original others name too.
    """

    rows: list[tuple[Any, ...]]
    shared: dict[str, Naming]

    def __len__(self) -> int:
        return len(self.rows)

    def ids(self) -> list[str]:
        """The id of each record."""
        return [row[0] for row in self.rows]

    def columns(self, as_text: Container[str] = ()) -> dict[str, Sequence[Any]]:
        """The values of each field; lists and objects as JSON types, where the same text gives the same object.

        Args:
            as_text: fields that are left as JSON text.

        Raises:
            ValueError: one of them is no JSON.
        """
        read: dict[str, Sequence[Any]] = dict(zip(_FIELDS, zip(*self.rows, strict=True), strict=True))
        for name in JSON_FIELDS:
            if name in as_text:
                continue
            read[name] = _loaded_once(read[name]) if name in REPEATED else _loaded(read[name])
        for own, original in zip(read["id"], read["original"], strict=True):
            if original is not None:
                original["posts"], original["posts_total"] = self.shared.get(own) or ([own], 1)
        return read

    def plain(self) -> Iterator[dict[str, Any]]:
        """The records as JSON types. What two of them share is one object."""
        for values in zip(*self.columns().values(), strict=True) if self.rows else ():
            yield dict(zip(_FIELDS, values, strict=True))

    def digests(self) -> list[bytes]:
        """Of each record a hash of all of it, 16 bytes: the same for as long as nothing of the record changes."""
        # marshal, and not JSON: no quote in all the JSON text has to be escaped. Version 2 knows no references, by
        # which equal values would be written in two ways.
        shared = self.shared
        return [
            hashlib.sha256(marshal.dumps(row if row[0] not in shared else (row, *shared[row[0]]), 2)).digest()[:16]
            for row in self.rows
        ]


def _loaded(texts: Sequence[str | None]) -> list[Any]:
    loads = orjson.loads
    return [None if one is None else loads(one) for one in texts]


def _loaded_once(texts: Sequence[str | None]) -> list[Any]:
    known = dict.fromkeys(texts)
    known |= {one: orjson.loads(one) for one in known if one is not None}
    return list(map(known.__getitem__, texts))


def iter_pages(
    connection: Connection,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    since: str | None = None,
    until: str | None = None,
    page: int = 500,
) -> Iterator[Written]:
    """All records in order of (``published_at``, ``id``), undated ones last. One pass: each page begins in the index
    where the last one ended.

    Args:
        where: further conditions on the columns of `records`.
        since, until: keep to those published in ``[since, until)`` (UTC); undated ones stay.
        page: records read at once, fewer where they are long, which bounds what is held in memory.
    """
    dated: list[ColumnElement[bool]] = [records.c.published_at.is_not(None)]
    if since is not None:
        dated.append(records.c.published_at >= since)
    if until is not None:
        dated.append(records.c.published_at < until)
    sharing = Sharing(connection)
    # Apart, since no one index serves "undated ones last" on both engines.
    for key, wanted in (
        ((records.c.published_at, records.c.id), [*dated, *where]),
        ((records.c.id,), [records.c.published_at.is_(None), *where]),
    ):
        for rows in _paged(connection, key, wanted, page):
            naming = [row[0] for row in rows if row[_ORIGINAL] is not None]
            yield Written(rows, sharing.among(naming))


def _paged(
    connection: Connection, key: tuple[Any, ...], where: Sequence[ColumnElement[bool]], page: int
) -> Iterator[list[tuple[Any, ...]]]:
    """What is found by *where*, in order of *key*, a page at a time."""
    places = [_FIELDS.index(column.name) for column in key]
    first = _as_written(connection.dialect.name).where(*where).order_by(*key).limit(page)
    query = first
    while True:
        rows, ended = _fetched(connection, query, page)
        if rows:
            yield rows
        if ended:
            return
        last = [literal(rows[-1][place], column.type) for place, column in zip(places, key, strict=True)]
        query = first.where(tuple_(*key) > tuple_(*last) if len(key) > 1 else key[0] > last[0])


@cache
def _as_written(dialect: str) -> Select[Any]:
    """The fields of records as what the drivers give without a Python object between: text, numbers, truth."""
    columns: list[ColumnElement[Any]] = []
    for name in _FIELDS:
        column: ColumnElement[Any] = records.c[name]
        if name in JSON_FIELDS:
            column = cast(column, Text)
        elif dialect == "postgresql" and isinstance(column.type, Moment):
            column = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"', type_=String())
        columns.append(column.label(name))
    return select(*columns)


def _fetched(connection: Connection, query: Select[Any], page: int) -> tuple[list[tuple[Any, ...]], bool]:
    """The next rows that *query* (of at most *page*) finds, and whether these are the last.

    They are the driver's own rows: SQLAlchemy's take a third of the time that it takes to read them.
    """
    result = connection.execute(query)
    rows: list[tuple[Any, ...]] = []
    characters = 0
    cursor = result.cursor
    assert cursor is not None
    try:
        while characters < PAGE_CHARACTERS:
            found: Sequence[tuple[Any, ...]] = cursor.fetchmany(_FETCHED)
            rows.extend(found)
            characters += sum([len(row[_TEXT]) for row in found if row[_TEXT]])
            if len(found) < _FETCHED:
                return rows, len(rows) < page
    except connection.dialect.loaded_dbapi.Error as error:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(None, None, error, base, hide_parameters=True, dialect=connection.dialect) from error
    finally:
        result.close()
    return rows, False
