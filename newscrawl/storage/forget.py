"""Take-down: what is forgotten loses its text everywhere, and stays forgotten.

The record stays as a stub, ``failed`` with reason ``taken_down``: its post keeps exactly one outcome, exports that were
made before can be told what to delete, and a later crawl that meets the article again stores no text of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, literal_column, or_, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.items import PostPart, Record, as_dict
from newscrawl.outcomes import Outcome, Reason
from newscrawl.storage.copies import drop_copies
from newscrawl.storage.dialect import among, among_bound, bound_values, insert_new
from newscrawl.storage.duplicates import Held, begin_settling, settle
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import STATE_DONE, forgotten, originals, posts, records, versions
from newscrawl.urls import canonical_url, record_id

__all__ = ["Forgotten", "applies", "clear", "note", "records_of", "strip", "take_down"]

#: What a stub keeps of its record.
_KEPT = frozenset({"id", "url", "publisher", "version", "spider", "run_id", "crawled_at"})


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One wish: *kind* is ``id``, ``url`` or ``publisher``; *given* is the id, address or domain as it was given."""

    kind: str
    given: str

    @property
    def keys(self) -> tuple[str, ...]:
        """What is compared: of an address the ids that a record of it, and an original of it, have."""
        if self.kind == "url":
            return tuple(sorted({record_id(self.given), record_id(canonical_url(self.given))}))
        return (self.given.lower(),)


def note(connection: Connection, wish: Forgotten) -> None:
    """Enter *wish*, so that what it names stays forgotten."""
    now = now_text()
    rows = [{"kind": wish.kind, "key": key, "given": wish.given[:8000], "at": now} for key in wish.keys]
    insert_new(connection, forgotten, rows)


def records_of(connection: Connection, wish: Forgotten) -> list[str]:
    """Ids of the records that *wish* is about: of an address those of its post, of its article, and of its original."""
    if wish.kind == "publisher":
        named: ColumnElement[bool] = records.c.publisher["domain"].as_string().in_(wish.keys)
    elif wish.kind == "id":
        named = records.c.id.in_(wish.keys)
    else:
        under_another = select(originals.c.id).where(originals.c.same_as.in_(wish.keys))
        of_original = select(posts.c.id).where(
            or_(posts.c.original_id.in_(wish.keys), posts.c.original_id.in_(under_another))
        )
        named = or_(records.c.id.in_(wish.keys), records.c.url == wish.given, records.c.id.in_(of_original))
    return list(connection.execute(select(records.c.id).where(named).order_by(records.c.id)).scalars())


@cache
def _named(dialect: str) -> Select[Any]:
    """Built once: it is asked for each record that is stored. Parameters: ``keys``, ``domain``."""
    kind, key = forgotten.c.kind, forgotten.c.key
    named = select(kind).where(
        or_(
            and_(kind.in_((literal_column("'id'"), literal_column("'url'"))), among_bound(dialect, key, "keys")),
            and_(kind == "publisher", key == bindparam("domain"), key != ""),
        )
    )
    return named.limit(1)


def applies(connection: Connection, record: Record) -> bool:
    """Whether *record* is one that was forgotten: it must not come back."""
    keys = {record.id, _id_of(record.url)}
    if record.original is not None:
        keys |= {_id_of(record.original.url), _id_of(record.original.canonical_url)}
    domain = record.publisher.domain if record.publisher is not None else None
    # An empty domain is nobody's.
    dialect = connection.dialect.name
    asked = {"keys": bound_values(dialect, {key for key in keys if key}), "domain": (domain or "").lower()}
    return execute(connection, _named(dialect), asked).first() is not None


def _id_of(url: str | None) -> str | None:
    try:
        return record_id(url) if url else None
    except ValueError:
        return None


def strip(record: Record) -> None:
    """Leave of *record* only that it was there: its id, addresses, publisher, and where its post stands."""
    bare = Record(id=record.id, url=record.url, outcome=Outcome.FAILED, reason=str(Reason.TAKEN_DOWN))
    if record.post is not None:
        bare.post = PostPart(site=record.post.site, url=record.post.url)
    for one in fields(Record):
        if one.name not in _KEPT:
            setattr(record, one.name, getattr(bare, one.name))


def take_down(connection: Connection, ids: Sequence[str]) -> int:
    """Remove the text of the records *ids* wherever it is kept; how many had not been taken down before."""
    down = str(Reason.TAKEN_DOWN)
    wanted = among(connection, records.c.id, ids)
    query = select(
        records.c.id, records.c.url, records.c.publisher, records.c.post, records.c.text_hash, records.c.published_at
    ).where(wanted, records.c.reason.is_distinct_from(down))
    rows = connection.execute(query).all()
    begin_settling(connection)
    for row in rows:
        stub = as_dict(Record(id=row.id, url=row.url, outcome=Outcome.FAILED, reason=down, cluster_id=row.id))
        values = {name: value for name, value in stub.items() if name not in _KEPT}
        if row.post is not None:
            values["post"] = as_dict(PostPart(site=row.post["site"], url=row.post["url"]))
        connection.execute(update(records).where(records.c.id == row.id).values(**values, text_hash=None))
        if row.text_hash is not None:
            settle(connection, row.id, Held(row.text_hash, row.published_at), None, None)
    clear(connection, [row.id for row in rows])
    return len(rows)


def clear(connection: Connection, ids: Sequence[str]) -> None:
    """Remove what is kept beside the records *ids*: versions, posts' texts, what surfaces gave, originals as read.

    Their work ends.
    """
    if not ids:
        return
    mine = among(connection, posts.c.id, ids)
    connection.execute(delete(versions).where(among(connection, versions.c.id, ids)))
    drop_copies(connection, ids)
    read = select(posts.c.original_id).where(mine, posts.c.original_id.is_not(None))
    connection.execute(update(originals).where(originals.c.id.in_(read)).values(extraction=None))
    connection.execute(
        update(posts)
        .where(mine)
        .values(given=None, state=STATE_DONE, lease_run=None, lease_until=None, changed_at=None)
    )
