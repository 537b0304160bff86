"""What a run may work on now: posts that need no request, and hosts that may be asked.

A claim leases a host and takes a handful of its works with it. It reads the
first entries of an index each time, so it costs what it takes: not what waits
outside the window, and not how many hosts wait.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.engine import Connection

from newscrawl.clock import steady_epoch
from newscrawl.extraction.result import Extraction
from newscrawl.items import OriginalResult
from newscrawl.ledger.hosts import CLOCK, LEASE, GivenBack, Lease, database_now, give_back, lease_host
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import bands, bands_of, finish_originals_of, host_in_window
from newscrawl.outcomes import Reason
from newscrawl.storage.dialect import among, among_bound, bound_values, insert_new
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import (
    JOIN,
    LOOK,
    READ,
    STATE_DISCOVERED,
    STATE_READY,
    STATE_WAITING,
    UNDATED,
    hosts,
    listed,
    originals,
    posts,
    records,
    run_hosts,
)

__all__ = [
    "ClaimedHost",
    "ClaimedPost",
    "HeldHost",
    "Work",
    "claim_hosts",
    "claim_posts",
    "enter_hosts",
    "leased_by_others",
    "next_due",
    "settle_held",
]

#: Entries that are looked at for each work that is wanted: several posts may name one original.
_LOOK_AT = 4
#: Hosts that are left alone which are settled in one transaction.
_HELD_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class ClaimedPost:
    """A post leased to this run that needs no request; ``original`` is there when it is ready to be joined."""

    id: str
    url: str
    state: str
    surface: str
    given: dict[str, Any]
    original_id: str | None
    tries: int
    original: OriginalResult | None


@dataclass(frozen=True, slots=True)
class Work:
    """A request to make: the page of a post, or an original.

    Attributes:
        kind: ``post`` or ``original``.
        id: of the post or the original.
        post_id: the post that it is done for; others may wait for the same original.
        given: what the surface told of the post (``post`` alone).
        recorded: there is a record of the post already (``post`` alone).
        witness: the text of a post that states this page as its source (``original`` alone).
        tries: how often this run and those that died before it asked for it.
        rounds: how many runs asked for it in vain.
    """

    kind: str
    id: str
    url: str
    host: str
    post_id: str = ""
    tries: int = 0
    rounds: int = 0
    given: dict[str, Any] | None = None
    recorded: bool = False
    witness: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimedHost:
    """A host leased to this run, with works to do there."""

    lease: Lease
    works: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class HeldHost:
    """A host with work of the run that is left alone for longer than the run waits.

    ``until``: seconds since 1970. ``ready``: posts that go on without their originals, which a later run asks for.
    ``pages``: posts whose pages wait for a later run.
    """

    host: str
    until: float
    reason: str
    ready: int
    pages: int


def enter_hosts(connection: Connection, run_id: str, window: Window, *, follow: bool) -> int:
    """Enter the hosts that the window has work for, when a run begins; how many. *follow*: originals are asked for."""
    found: set[str] = set()
    for band in bands(window):
        query = select(host_in_window()).where(band, listed.c.host.is_not(None))
        if not follow:
            query = query.join(posts, posts.c.id == listed.c.post_id).where(posts.c.state == STATE_DISCOVERED)
        found |= set(connection.execute(query.distinct()).scalars())
    wanted = sorted(found - {READ, JOIN, LOOK})
    insert_new(connection, run_hosts, [{"run_id": run_id, "host": host, "next_at": 0.0} for host in wanted])
    _catch_up(connection, run_id)
    return len(wanted)


_CATCH_UP = {
    dialect: text(
        f"""
        UPDATE run_hosts SET next_at = coalesce(
            (SELECT {greatest}(next_at, held_until, lease_until) FROM hosts WHERE hosts.host = run_hosts.host), 0)
        WHERE run_id = :run_id
        """  # noqa: S608 - one of two names of ours
    )
    for dialect, greatest in (("sqlite", "max"), ("postgresql", "greatest"))
}


def _catch_up(connection: Connection, run_id: str) -> None:
    connection.execute(_CATCH_UP[connection.dialect.name], {"run_id": run_id})


def claim_posts(
    connection: Connection,
    run_id: str,
    window: Window,
    most: int,
    only: Collection[str] | None = None,
    steps: Sequence[str] = (JOIN, READ),
) -> list[ClaimedPost]:
    """Lease at most *most* posts that need no request: ready to be joined, or given whole by their surface.

    Newest first. *only*: nothing but these posts (a run that has taken on all that its limit allows). *steps*: `LOOK`
    for those that wait for the lists of their publishers.
    """
    places = _waiting(connection, window, steps, only, leases_end=True)
    if not places:
        return []
    now = database_now(connection)
    claimed: list[Any] = []
    values = {**_values(window), "now": now}
    ways = list(product(steps, _posts_queries(window.changed_too)))
    for step, query in (ways[place] for place in places):
        room = most - len(claimed)
        if room <= 0:
            break
        asked = {**values, "step": step, "room": room}
        if only is not None:
            claimed += connection.execute(query.where(among(connection, posts.c.id, only)), asked).all()
        else:
            claimed += execute(connection, query, asked).all()
    if not claimed:
        return []
    connection.execute(
        update(posts).where(posts.c.id == bindparam("one")).values(lease_run=run_id, lease_until=now + LEASE),
        [{"one": row.id} for row in claimed],
    )
    results = _original_results(connection, [row.original_id for row in claimed if row.state == STATE_READY])
    return [
        ClaimedPost(
            id=row.id,
            url=row.url,
            state=row.state,
            surface=row.surface,
            given=row.given or {},
            original_id=row.original_id,
            tries=row.tries,
            original=results.get(row.original_id) if row.state == STATE_READY else None,
        )
        for row in claimed
    ]


def _values(window: Window) -> dict[str, str]:
    """The parameters of `bands_of`."""
    return {"scope": window.scope_id, "since": window.since or "", "until": window.until or UNDATED}


def _bands(changed_too: bool) -> tuple[ColumnElement[bool], ...]:
    return bands_of(bindparam("scope"), bindparam("since"), bindparam("until"), changed_too=changed_too)


@cache
def _posts_queries(changed_too: bool) -> tuple[Select[Any], ...]:
    """Posts that need no request, in each band of a window.

    Parameters: those of `_values`, ``step``, ``now``, ``room``.
    """
    free = or_(posts.c.lease_run.is_(None), posts.c.lease_until < bindparam("now"))
    query = (
        select(posts)
        .join(listed, listed.c.post_id == posts.c.id)
        .where(listed.c.host == bindparam("step"), free)
        .order_by(listed.c.rank.desc())
        .limit(bindparam("room", type_=Integer))
        .with_for_update(skip_locked=True, of=posts)
    )
    return tuple(query.where(band) for band in _bands(changed_too))


def _waiting(
    connection: Connection, window: Window, steps: Sequence[str], only: Collection[str] | None, *, leases_end: bool
) -> list[int]:
    """Where posts wait that need no request: places among *steps*, each with the bands of the window, in order.

    One question in place of one for each: mostly nothing waits. *leases_end*: what another run holds waits again when
    its lease is over.
    """
    kind = (connection.dialect.name, tuple(steps), window.changed_too, leases_end)
    asked = {**_values(window), "now": steady_epoch()}
    if only is None:
        return sorted(execute(connection, _waiting_query(*kind), asked).scalars())
    query = _all_of([part.where(among(connection, posts.c.id, only)) for part in _waiting_queries(*kind)])
    return sorted(connection.execute(query, asked).scalars())


@cache
def _waiting_queries(
    dialect: str, steps: tuple[str, ...], changed_too: bool, leases_end: bool
) -> tuple[Select[Any], ...]:
    free: ColumnElement[bool] = posts.c.lease_run.is_(None)
    if leases_end:
        # As `database_now` tells it, without a question of its own.
        now = CLOCK if dialect == "postgresql" else bindparam("now")
        free = or_(free, posts.c.lease_until < now)
    return tuple(
        select(literal_column(str(place)).label("place"))
        .select_from(listed)
        .join(posts, posts.c.id == listed.c.post_id)
        .where(listed.c.host == step, free, band)
        .limit(1)
        for place, (step, band) in enumerate(product(steps, _bands(changed_too)))
    )


@cache
def _waiting_query(dialect: str, steps: tuple[str, ...], changed_too: bool, leases_end: bool) -> CompoundSelect[Any]:
    return _all_of(_waiting_queries(dialect, steps, changed_too, leases_end))


def _all_of(parts: Sequence[Select[Any]]) -> CompoundSelect[Any]:
    """The rows of all *parts*; SQLite takes no limit within a union but in a subquery."""
    return union_all(*(select(part.subquery()) for part in parts))


def _original_results(connection: Connection, ids: Sequence[str]) -> dict[str, OriginalResult]:
    if not ids:
        return {}
    wanted = set(ids)
    dialect = connection.dialect.name
    return {
        row.id: OriginalResult(
            id=row.id,
            url=row.url,
            reason=row.reason,
            http_status=row.http_status,
            final_url=row.final_url,
            fetched_at=row.fetched_at,
            rendered=row.rendered,
            extraction=None if row.extraction is None else Extraction.from_json(row.extraction),
            rights=row.rights,
        )
        for row in execute(connection, _results_query(dialect), {"wanted": bound_values(dialect, wanted)})
    }


@cache
def _results_query(dialect: str) -> Select[Any]:
    return select(originals).where(among_bound(dialect, originals.c.id, "wanted"))


_DUE = (
    select(run_hosts.c.host)
    .where(run_hosts.c.run_id == bindparam("run"), run_hosts.c.next_at <= bindparam("now"))
    .order_by(run_hosts.c.next_at)
    .limit(bindparam("most", type_=Integer))
)


def claim_hosts(
    connection: Connection,
    run_id: str,
    window: Window,
    *,
    most: int,
    works: int,
    delay: float,
    follow: bool,
    only: Collection[str] | None = None,
    room: int = 0,
    ahead: float = 0.0,
) -> list[ClaimedHost]:
    """Lease at most *most* hosts that are due, with at most *works* of their works each.

    Args:
        delay: seconds between two requests to a host that asks for no more.
        ahead: seconds by which a host may be leased before it is due; its lease says how long to wait.
        only: nothing but what these posts need (a run with a limit) ...
        room: ... and what so many others need.
    """
    now = database_now(connection)
    claimed: list[ClaimedHost] = []
    for host in execute(connection, _DUE, {"run": run_id, "now": now + ahead, "most": most}).scalars().all():
        got = lease_host(connection, run_id, host, delay, patience=ahead, now=now)
        if not isinstance(got, Lease):
            _look_again(connection, run_id, host, now + got.wait)
            continue
        found = _works(connection, window, host, works, now, follow, only, room)
        if found:
            claimed.append(ClaimedHost(got, tuple(found)))
            if only is not None:
                room -= sum(one.post_id not in only for one in found)
        else:
            _let_go(connection, run_id, window, host, now, follow)
    return claimed


_FAR = (
    select(run_hosts.c.host, hosts.c.held_until, hosts.c.reason)
    .join(hosts, hosts.c.host == run_hosts.c.host)
    .where(
        run_hosts.c.run_id == bindparam("run"),
        run_hosts.c.next_at > bindparam("far"),
        hosts.c.held_until > bindparam("far"),
    )
    .limit(_HELD_AT_ONCE)
)


def settle_held(
    connection: Connection, run_id: str, window: Window, patience: float, *, follow: bool
) -> list[HeldHost]:
    """Let posts that wait for a host go on without it, where it is left alone for more than *patience* seconds.

    The host is no work of this run any more. What it was to be asked for is due again when it may be asked.
    """
    now = database_now(connection)
    settled = []
    for row in execute(connection, _FAR, {"run": run_id, "far": now + patience}).all():
        reason = row.reason or Reason.CONNECTION
        ready = finish_originals_of(connection, run_id, row.host, reason, row.held_until, window) if follow else 0
        pages = sum(
            connection.execute(
                select(func.count())
                .select_from(listed)
                .join(posts, posts.c.id == listed.c.post_id)
                .where(band, listed.c.host == row.host, posts.c.state == STATE_DISCOVERED)
            ).scalar_one()
            for band in bands(window)
        )
        connection.execute(delete(run_hosts).where(run_hosts.c.run_id == run_id, run_hosts.c.host == row.host))
        settled.append(HeldHost(row.host, row.held_until, reason, ready, pages))
    return settled


_LOOK_AGAIN = (
    update(run_hosts)
    .where(run_hosts.c.run_id == bindparam("run"), run_hosts.c.host == bindparam("one"))
    .values(next_at=bindparam("due"))
)


def _look_again(connection: Connection, run_id: str, host: str, due: float) -> None:
    execute(connection, _LOOK_AGAIN, {"run": run_id, "one": host, "due": due})


_FAILURES = select(hosts.c.failures).where(hosts.c.host == bindparam("one"))


def _let_go(connection: Connection, run_id: str, window: Window, host: str, now: float, follow: bool) -> None:
    """A host that was leased has no work that is due: end the lease, and look again when there is."""
    failures = execute(connection, _FAILURES, {"one": host}).scalar_one()
    give_back(connection, run_id, GivenBack(host, wait=0.0, failures=min(failures, 2)))
    asked = {**_values(window), "one": host, "now": now}
    moments = [execute(connection, query, asked).scalar() for query in _later_queries(window.changed_too, follow)]
    later = [moment for moment in moments if moment is not None]
    if later:
        _look_again(connection, run_id, host, min(later))
    else:
        execute(connection, _NO_WORK, {"run": run_id, "one": host})


_NO_WORK = delete(run_hosts).where(run_hosts.c.run_id == bindparam("run"), run_hosts.c.host == bindparam("one"))


@cache
def _later_queries(changed_too: bool, follow: bool) -> tuple[Select[Any], ...]:
    """When the next work of a host falls due, in each band. Parameters: those of `_values`, ``one``, ``now``."""
    next_at = listed.c.next_at
    first = select(func.min(next_at)).where(listed.c.host == bindparam("one"), next_at > bindparam("now"))
    if not follow:
        first = first.join(posts, posts.c.id == listed.c.post_id).where(posts.c.state == STATE_DISCOVERED)
    return tuple(first.where(band) for band in _bands(changed_too))


def _works(
    connection: Connection,
    window: Window,
    host: str,
    most: int,
    now: float,
    follow: bool,
    only: Collection[str] | None,
    room: int,
) -> list[Work]:
    """The newest works of *host* that are due, each original once; of posts beside *only* no more than *room*."""
    found: dict[str, Work] = {}
    values = {**_values(window), "one": host, "now": now, "most": most * _LOOK_AT}
    for query in _works_queries(window.changed_too, follow):
        if len(found) >= most:
            break
        if only is not None and room <= 0:
            rows = connection.execute(query.where(among(connection, posts.c.id, only)), values).all()
        else:
            rows = execute(connection, query, values).all()
        for row in rows:
            if len(found) >= most:
                break
            if only is not None and row.id not in only and (row.original_id or row.id) not in found:
                if room <= 0:
                    continue
                room -= 1
            if row.state == STATE_DISCOVERED:
                found[row.id] = _page(row, host)
            elif row.original_id not in found:
                found[row.original_id] = _original(row, host, rows)
    return list(found.values())


@cache
def _works_queries(changed_too: bool, follow: bool) -> tuple[Select[Any], ...]:
    """The works of a host in each band of a window, newest first: made once, since making them costs more than asking.

    Parameters: those of `_values`, ``one`` (the host), ``now``, ``most``.
    """
    states = (STATE_DISCOVERED, STATE_WAITING) if follow else (STATE_DISCOVERED,)
    query = (
        select(
            posts.c.id,
            posts.c.url,
            posts.c.state,
            posts.c.site,
            posts.c.surface,
            posts.c.remote_id,
            # As it stands in SQLite: it holds the post's text, and is read for the few that are claimed.
            type_coerce(posts.c.given, String).label("given"),
            posts.c.tries,
            posts.c.rounds,
            records.c.id.label("record_id"),
            originals.c.id.label("original_id"),
            originals.c.url.label("original_url"),
            originals.c.tries.label("original_tries"),
            originals.c.rounds.label("original_rounds"),
        )
        .select_from(listed)
        .join(posts, posts.c.id == listed.c.post_id)
        .outerjoin(originals, originals.c.id == posts.c.original_id)
        .outerjoin(records, records.c.id == posts.c.id)
        .where(
            listed.c.host == bindparam("one"),
            listed.c.next_at <= bindparam("now"),
            or_(*(posts.c.state == state for state in states)),  # `IN` would be written anew for each run
        )
        # By nothing more: ordered by post as well, SQLite would walk the primary key of the whole scope.
        .order_by(listed.c.rank.desc())
        .limit(bindparam("most", type_=Integer))
    )
    return tuple(query.where(band) for band in _bands(changed_too))


def _page(row: Any, host: str) -> Work:
    return Work(
        "post",
        row.id,
        row.url,
        host,
        row.id,
        row.tries,
        row.rounds,
        given=_given(row) or _least(row),
        recorded=row.record_id is not None,
    )


def _original(row: Any, host: str, rows: Sequence[Any]) -> Work:
    """The original of *row*; its witness is the longest text of the posts among *rows* that state it as their source.

    A page that only may be the original has to prove it by its text, and so is read without the copy's help: of a live
    blog the copy would pick out its own story.
    """
    given = [_given(one) for one in rows if one.original_id == row.original_id]
    texts = [each.get("text") or "" for each in given if each.get("stated") is None]
    return Work(
        "original",
        row.original_id,
        row.original_url,
        host,
        row.id,
        row.original_tries,
        row.original_rounds,
        witness=max(texts, key=len, default="") or None,
    )


def _given(row: Any) -> dict[str, Any]:
    given: dict[str, Any] | None = orjson.loads(row.given) if isinstance(row.given, str) else row.given
    return given or {}


def _least(row: Any) -> dict[str, Any]:
    """What is left of a post whose copy was cleared when its record was complete."""
    known = {"site": row.site, "url": row.url, "surface": row.surface, "remote_id": row.remote_id, "incomplete": True}
    return {name: value for name, value in known.items() if value is not None}


_FIRST_DUE = select(func.min(run_hosts.c.next_at)).where(run_hosts.c.run_id == bindparam("run"))


def next_due(connection: Connection, run_id: str, window: Window, only: Collection[str] | None = None) -> float | None:
    """Seconds until the run's next work falls due; ``None`` when nothing is left to be claimed.

    *only*: of posts that need no request, these (a run with a limit).
    """
    if _waiting(connection, window, (JOIN, READ), only, leases_end=False):
        return 0.0
    first = execute(connection, _FIRST_DUE, {"run": run_id}).scalar()
    return None if first is None else max(0.0, float(first) - database_now(connection))


def leased_by_others(connection: Connection, run_id: str) -> bool:
    """Whether another run holds a host that this run has work for: it is given back before long."""
    now = database_now(connection)
    held = (
        select(run_hosts.c.host)
        .join(hosts, hosts.c.host == run_hosts.c.host)
        .where(run_hosts.c.run_id == run_id, hosts.c.lease_run.is_not(None), hosts.c.lease_run != run_id)
        .where(hosts.c.lease_until > now)
        .limit(1)
    )
    return connection.execute(held).first() is not None
