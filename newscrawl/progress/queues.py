"""What waits in a run: posts by their next step, and works by the host that is to be asked, read from its ledger."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch
from newscrawl.ledger.hosts import asked_delay, database_now
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import bands_of, host_in_window
from newscrawl.storage.dialect import among, among_bound, bound_values
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import JOIN, LOOK, READ, UNDATED, hosts, listed

__all__ = ["MOST_HOSTS", "STEPS_LISTED", "Queues", "Waits", "look"]

#: Hosts with the longest queues, whose delays are looked up.
MOST_HOSTS = 100
#: Steps until a post has its record: its page is asked for, it is read, its original is, the two are joined.
STEPS_LISTED, STEPS_PAGE, STEPS_UNREAD, STEPS_ORIGINAL, STEPS_READY = 4, 4, 3, 2, 1


@dataclass(frozen=True, slots=True)
class Waits:
    """A host with work of the run. ``free_at``: seconds since the epoch; ``interval``: seconds between requests."""

    waiting: int
    interval: float = 0.0
    free_at: float = 0.0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits in the run's window: posts by what is to be done for them, and works by the host that is to be asked.

    ``looked_for``: posts whose originals are to be looked for in the lists of their publishers.
    """

    unread: int = 0
    ready: int = 0
    looked_for: int = 0
    hosts: Mapping[str, Waits] = field(default_factory=dict)
    #: Of how many posts this is: of those that a run with a limit has taken. ``None``: of all in the window.
    taken: int | None = None
    #: Seconds that it took to find out.
    took: float = 0.0

    @property
    def pending(self) -> int:
        """Posts without an outcome."""
        return self.unread + self.ready + self.looked_for + sum(one.waiting for one in self.hosts.values())

    def pages(self, homes: Container[str]) -> int:
        """Posts whose own page is to be asked for, at *homes*, the hosts of the aggregator."""
        return sum(one.waiting for host, one in self.hosts.items() if host in homes)

    def steps(self, homes: Container[str]) -> int:
        """Steps that are left for all posts that are listed, but for those that wait until all else is done."""
        pages = self.pages(homes)
        originals = self.pending - self.unread - self.ready - self.looked_for - pages
        return STEPS_PAGE * pages + STEPS_UNREAD * self.unread + STEPS_ORIGINAL * originals + STEPS_READY * self.ready


def look(connection: Connection, window: Window, delay: float, only: Collection[str] | None = None) -> Queues:
    """What waits in *window*.

    Args:
        delay: seconds between two requests to a host that asks for no more.
        only: of these posts alone.
    """
    began = time.monotonic()
    waiting: Counter[str] = Counter()
    asked = {"scope": window.scope_id, "since": window.since or "", "until": window.until or UNDATED}
    for query in _waiting_queries(window.changed_too):
        if only is None:
            rows = execute(connection, query, asked)
        else:
            rows = connection.execute(query.where(among(connection, listed.c.post_id, only)), asked)
        for name, number in rows:
            waiting[name] += number
    unread, ready, looked_for = (waiting.pop(mark, 0) for mark in (READ, JOIN, LOOK))
    longest = [host for host, _ in waiting.most_common(MOST_HOSTS)]
    found = {host: Waits(number, delay) for host, number in waiting.items()}
    now = database_now(connection)
    ours = epoch()
    dialect = connection.dialect.name
    for row in execute(connection, _hosts_query(dialect), {"wanted": bound_values(dialect, longest)}):
        held = max(0.0, row.held_until - now)
        interval = max(delay, asked_delay(row.delays, now))
        found[row.host] = Waits(waiting[row.host], interval, ours + held if held else 0.0, row.reason)
    return Queues(unread, ready, looked_for, found, None if only is None else len(only), time.monotonic() - began)


# A crawl looks every second, and to build the statements takes longer than to run them: they are built once.


@cache
def _waiting_queries(changed_too: bool) -> tuple[Select[Any], ...]:
    """What waits by host, in each band of a window. Parameters: ``scope``, ``since``, ``until``."""
    host = host_in_window()
    query = select(host, func.count()).where(listed.c.host.is_not(None)).group_by(host)
    bands = bands_of(bindparam("scope"), bindparam("since"), bindparam("until"), changed_too=changed_too)
    return tuple(cast("Select[Any]", query.where(band)) for band in bands)


@cache
def _hosts_query(dialect: str) -> Select[Any]:
    """How long hosts are left alone and what delays they ask for. Parameter: ``wanted``."""
    columns = (hosts.c.host, hosts.c.held_until, hosts.c.delays, hosts.c.reason)
    return select(*columns).where(among_bound(dialect, hosts.c.host, "wanted"))
