"""The lists of publishers, kept between runs: each is asked for once for many posts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.ledger.hosts import database_now
from newscrawl.originals.lists import Lists
from newscrawl.originals.proofs import MOST_COUNTED
from newscrawl.storage.dialect import upsert
from newscrawl.storage.tables import lookups

__all__ = ["FIRST_PAUSE", "HOLDS", "LONGEST_PAUSE", "load_lists", "note_served", "pause_of", "save_lists"]

#: Seconds that the entries of a list are kept.
HOLDS = 24 * 3600.0
#: Seconds that a publisher in whose lists nothing was found is not asked again: the first time, and at most.
FIRST_PAUSE = 3600.0
LONGEST_PAUSE = 7 * 86_400.0


def pause_of(failures: int) -> float:
    """Seconds that a publisher is left alone after it was asked *failures* times in a row in vain."""
    return 0.0 if failures <= 0 else min(FIRST_PAUSE * 4.0 ** min(failures - 1, 10), LONGEST_PAUSE)


def load_lists(connection: Connection, domain: str) -> tuple[Lists, float]:
    """The lists of *domain* as far as they still hold, and the time now (seconds since 1970)."""
    now = database_now(connection)
    row = connection.execute(select(lookups).where(lookups.c.domain == domain[:255])).first()
    if row is None:
        return Lists(), now
    lists = Lists.kept(row.lists, row.entries, row.failures, min(row.due, now + LONGEST_PAUSE))
    oldest = min((one.at for one in lists.read.values()), default=now)
    if not now - HOLDS < oldest <= now + 1.0:
        # Kept of old lists is only which of them served, and how often nothing was found.
        fresh = Lists(failures=lists.failures, due=lists.due)
        for name, one in lists.read.items():
            if one.found:
                fresh.read[name] = one
                one.at = 0.0
        return fresh, now
    return lists, now


def save_lists(connection: Connection, domain: str, lists: Lists, *, wanted: bool, found: bool) -> None:
    """Keep the lists of *domain*. *wanted*: a post was looked for there; *found*: for one at least an entry fits."""
    now = database_now(connection)
    if found:
        lists.failures, lists.due = 0, 0.0
    elif wanted:
        lists.failures += 1
        lists.due = now + pause_of(lists.failures)
    row = {
        "domain": domain[:255], "lists": lists.read_json(), "entries": lists.packed(), "failures": lists.failures,
        "due": lists.due,
    }  # fmt: skip
    upsert(connection, lookups, row)


def note_served(connection: Connection, domain: str, counts: Mapping[str, int]) -> None:
    """The lists of *domain* named so many originals each that their texts proved: such a list is asked for first."""
    row = connection.execute(select(lookups.c.lists).where(lookups.c.domain == domain[:255])).first()
    if row is None:
        return
    read = {
        name: [at, min(found + counts.get(name, 0), MOST_COUNTED)] for name, (at, found) in row.lists.items()
    }  # fmt: skip
    if read != row.lists:
        connection.execute(update(lookups).where(lookups.c.domain == domain[:255]).values(lists=read))
