"""Who names an original: asked of the table `posts` when a record is read, and never stored with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select, union_all
from sqlalchemy.engine import Connection

from newscrawl.items import Record
from newscrawl.storage.dialect import among, among_bound, bound_values
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import STATE_DONE, originals, posts

__all__ = ["MOST_NAMING", "Naming", "Sharing", "fill_naming"]

#: Most ids in ``original.posts``. An address that thousands of posts name (a hub page) would make each record as long.
MOST_NAMING = 100

#: The least `MOST_NAMING` ids of the records that name an original, and how many name it.
Naming = tuple[list[str], int]


def fill_naming(connection: Connection, read: Sequence[Record]) -> None:
    """Set ``original.posts`` and ``original.posts_total`` of each of the records *read*."""
    found = _naming(connection, [one.id for one in read if one.original is not None])
    for one in read:
        if one.original is not None:
            one.original.posts, one.original.posts_total = found[one.id]


class Sharing:
    """Finds, among the records that pass by, those whose original other posts name as well.

    Few originals are named by several posts. To ask for each record is to look at five random places of the database,
    a tenth of an export. Whoever reads many records is served from a sieve instead, that one pass over the index of
    originals fills: it holds back every record that may be meant and a few others, which are then asked for.
    """

    #: Pages that are asked for record by record: a short list does not wait for the pass over all posts.
    PAGES = 8
    #: Places of the sieve, a byte each. With 300,000 records in it, one in fifty of the others is asked for in vain.
    PLACES = 2**24

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pages = 0
        self._sieve: bytearray | None = None

    def among(self, wanted: Sequence[str]) -> dict[str, Naming]:
        """By id, who names the originals of those of the *wanted* records whose original others name too.

        The original of every other record is named by that record alone.
        """
        if self._pages == self.PAGES:
            self._sieve = self._filled()
        self._pages += 1
        if self._sieve is not None:
            sieve, mask = self._sieve, self.PLACES - 1
            suspects = [one for one in wanted if sieve[hash(one) & mask]]
        else:
            dialect = self._connection.dialect.name
            asked = {"wanted": bound_values(dialect, wanted)}
            suspects = list(self._connection.execute(_shared_query(dialect), asked).scalars()) if wanted else []
        found = _naming(self._connection, suspects)
        return {one: named for one, named in found.items() if named != ([one], 1)}

    def _filled(self) -> bytearray:
        several = select(posts.c.original_id).group_by(posts.c.original_id).having(func.count() > 1)
        variants = select(originals.c.id).where(originals.c.same_as.is_not(None))
        articles = select(originals.c.same_as).where(originals.c.same_as.is_not(None))
        meant = union_all(several, variants, articles)
        sieve, mask = bytearray(self.PLACES), self.PLACES - 1
        for one in self._connection.execute(select(posts.c.id).where(posts.c.original_id.in_(meant))).scalars():
            sieve[hash(one) & mask] = 1
        return sieve


def _naming(connection: Connection, wanted: Sequence[str]) -> dict[str, Naming]:
    """Of each *wanted* record who names its original."""
    dialect = connection.dialect.name
    mine = execute(connection, _own_query(dialect), {"wanted": bound_values(dialect, wanted)}).all() if wanted else []
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
    made: dict[str, Naming] = {}
    for one in wanted:
        # A record without a post in the ledger, or whose post is just being made again, names its original too.
        naming = ids.get(named.get(one, ""), [])[:] or [one]
        made[one] = naming, max(totals.get(named.get(one, ""), 0), len(naming))
    return made


_OWN = posts.alias("own")


@cache
def _shared_query(dialect: str) -> Select[Any]:
    """The records whose original others may name. Parameter: ``wanted``."""
    return select(_OWN.c.id).where(among_bound(dialect, _OWN.c.id, "wanted"), _other_names_it())


@cache
def _own_query(dialect: str) -> Select[Any]:
    """Posts with the article that each names, and whether others may name it, too. Parameter: ``wanted``."""
    known = originals.alias("known")
    article = func.coalesce(known.c.same_as, _OWN.c.original_id).label("article")
    return (
        select(_OWN.c.id, _OWN.c.state, article, func.coalesce(_other_names_it(), false()).label("others"))
        .select_from(_OWN.outerjoin(known, known.c.id == _OWN.c.original_id))
        .where(among_bound(dialect, _OWN.c.id, "wanted"), _OWN.c.original_id.is_not(None))
    )


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
    return and_(mine.is_not(None), or_(*(exists(one) for one in reasons)))


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
