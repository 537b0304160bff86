"""Posts and originals as work: discovered, claimed, parked, acknowledged.

A claim leases work to a run; an acknowledgement ends the lease in the same
transaction as its result. Leases of a dead run are freed when the next run
opens (`newscrawl.ledger.runs`); a lease that outlives `LEASE` is free as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, text, update
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, now_text
from newscrawl.extraction.result import Extraction
from newscrawl.items import OriginalResult, Record
from newscrawl.ledger.scopes import save_cursor
from newscrawl.ledger.window import Window
from newscrawl.outcomes import Outcome, Reason, is_passing
from newscrawl.storage.dialect import among, insert_new
from newscrawl.storage.records import Stored, store_record
from newscrawl.storage.tables import (
    STATE_DISCOVERED,
    STATE_DONE,
    STATE_READY,
    STATE_WAITING,
    listed,
    originals,
    posts,
    records,
    requests,
)

__all__ = [
    "LEASE",
    "LONGEST_DELAY",
    "ClaimedOriginal",
    "ClaimedPost",
    "Discovered",
    "Listing",
    "OriginalResult",
    "backlog",
    "claim_originals",
    "claim_posts",
    "finish_original",
    "finish_record",
    "free_now",
    "in_window",
    "list_posts",
    "log_request",
    "next_due",
    "park_post",
    "postpone_original",
    "retry_delay",
]

#: Seconds after which a claim may be taken from a run that is still alive but hangs.
LEASE = 900.0
#: Longest until an original that could not be had is due again, in seconds.
LONGEST_DELAY = 7 * 86_400.0

# The hosts that originals are pending for, by skipping through the index on (state, host): as cheap for a
# backlog of a million as for one of ten.
_PENDING_HOSTS = text(
    """
    WITH RECURSIVE pending(host) AS (
        SELECT min(host) FROM originals WHERE state = 'discovered'
        UNION ALL
        SELECT (SELECT min(o.host) FROM originals o WHERE o.state = 'discovered' AND o.host > pending.host)
        FROM pending WHERE pending.host IS NOT NULL
    )
    SELECT host FROM pending
    """
)


@dataclass(frozen=True, slots=True)
class Discovered:
    """A post as a surface showed it. ``given``: what it told of it, as plain JSON types."""

    id: str
    url: str
    published_at: str | None
    modified_at: str | None
    given: dict[str, Any]
    host: str = ""
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """How many posts of one listing answer were new, changed, or known and done; others wait already."""

    new: int
    changed: int
    known: int


@dataclass(frozen=True, slots=True)
class ClaimedPost:
    """A post leased to this run; ``original`` is there when the post is ready to be joined."""

    id: str
    url: str
    state: str
    surface: str
    given: dict[str, Any]
    original_id: str | None
    tries: int
    original: OriginalResult | None


@dataclass(frozen=True, slots=True)
class ClaimedOriginal:
    """An original leased to this run."""

    id: str
    url: str
    host: str
    tries: int
    witness: str | None = None  # the text of a post that names it


def list_posts(
    connection: Connection,
    *,
    run_id: str,
    scope_id: str,
    site: str,
    surface: str,
    found: Sequence[Discovered],
    follow: bool,
    cursor: dict[str, Any] | None,
    force: bool = False,
) -> Listing:
    """Enter one listing answer: its posts and the scope's cursor, in one transaction.

    A post that is done is taken up again when its modification time grew, when
    it was not followed and *follow* now is true, or with *force*. One that is
    not yet read gets what the surface gives now.
    """
    unique = {post.id: post for post in found}
    rows = {
        row.id: row
        for row in connection.execute(
            select(posts.c.id, posts.c.state, posts.c.modified_at, posts.c.lease_run, records.c.reason)
            .outerjoin(records, records.c.id == posts.c.id)
            .where(posts.c.id.in_(unique))
        )
    }
    new = [post for post in unique.values() if post.id not in rows]
    old = [post for post in unique.values() if post.id in rows]
    changed = [post for post in old if _take_up(rows[post.id], post, follow, force)]
    unread = [
        post
        for post in old
        if rows[post.id].state == STATE_DISCOVERED
        and rows[post.id].lease_run is None
        and _newer(post.modified_at, rows[post.id].modified_at)
    ]
    now = now_text()
    insert_new(
        connection,
        posts,
        [
            {
                "id": post.id,
                "site": site,
                "url": post.url,
                "state": STATE_DISCOVERED,
                "published_at": post.published_at,
                "modified_at": post.modified_at,
                "surface": surface,
                "given": post.given,
                "host": post.host,
                "remote_id": post.remote_id,
                "discovered_at": now,
                "run_id": run_id,
            }
            for post in new
        ],
    )
    for post in [*changed, *unread]:
        connection.execute(
            update(posts)
            .where(posts.c.id == post.id)
            .values(
                state=STATE_DISCOVERED,
                surface=surface,
                given=post.given,
                host=post.host,
                remote_id=post.remote_id,
                # What a surface does not say is not unlearned.
                published_at=func.coalesce(post.published_at, posts.c.published_at),
                modified_at=func.coalesce(post.modified_at, posts.c.modified_at),
                original_id=None,
                tries=0,
                next_at=0,
                lease_run=None,
                lease_until=None,
            )
        )
    if changed:
        again = [post.id for post in changed]
        connection.execute(update(posts).where(posts.c.id.in_(again)).values(changed_at=now))
    insert_new(connection, listed, [{"scope_id": scope_id, "post_id": post_id} for post_id in unique])
    save_cursor(connection, scope_id, cursor)
    done = sum(rows[post.id].state == STATE_DONE for post in old)
    return Listing(len(new), len(changed), done - len(changed))


def _take_up(row: Any, post: Discovered, follow: bool, force: bool) -> bool:
    if row.state != STATE_DONE:
        return False
    return force or (follow and row.reason == Reason.NOT_FOLLOWED) or _newer(post.modified_at, row.modified_at)


def _newer(now: str | None, before: str | None) -> bool:
    return bool(now and before and now > before)


def in_window(window: Window) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = [
        exists().where(listed.c.scope_id == window.scope_id, listed.c.post_id == posts.c.id)
    ]
    dates: list[ColumnElement[bool]] = []
    if window.since is not None:
        dates.append(posts.c.published_at >= window.since)
    if window.until is not None:
        dates.append(posts.c.published_at < window.until)
    if dates:
        # An undated post may be of any day.
        allowed = [and_(*dates), posts.c.published_at.is_(None)]
        if window.changed_too:
            allowed.append(posts.c.changed_at.is_not(None))
        terms.append(or_(*allowed))
    return and_(*terms)


def free_now(table: Any, now: float) -> ColumnElement[bool]:
    return and_(table.c.next_at <= now, or_(table.c.lease_run.is_(None), table.c.lease_until < now))


def claim_posts(
    connection: Connection, run_id: str, window: Window, site: str, most: int, only: frozenset[str] | None = None
) -> list[ClaimedPost]:
    """Lease at most *most* posts that need no request: ready to be joined, or given whole by their surface.

    Newest first. *only*: leave alone discovered posts once the run's limit is taken, but for these ids.
    """
    now = epoch()
    claimed: list[Any] = []
    # Undated ones apart: PostgreSQL would take them first, and its index serves no other order.
    for state, undated in product((STATE_READY, STATE_DISCOVERED), (False, True)):
        room = most - len(claimed)
        if room <= 0:
            break
        query = (
            select(posts)
            .where(posts.c.state == state, posts.c.site == site, posts.c.host == "", free_now(posts, now))
            .where(in_window(window))
            .where(posts.c.published_at.is_(None) if undated else posts.c.published_at.is_not(None))
            .order_by(posts.c.published_at.desc())
            .limit(room)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            query = query.where(among(connection, posts.c.id, only))
        claimed += connection.execute(query).all()
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


def _original_results(connection: Connection, ids: Sequence[str]) -> dict[str, OriginalResult]:
    if not ids:
        return {}
    wanted = set(ids)
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
        for row in connection.execute(select(originals).where(originals.c.id.in_(wanted)))
    }


def park_post(
    connection: Connection, post_id: str, *, given: dict[str, Any], original_id: str, url: str, host: str
) -> str:
    """Let a post wait for its original, which is entered once however many posts name it.

    Returns the post's new state: ``ready`` where the original is known already.
    """
    insert_new(
        connection, originals, {"id": original_id, "url": url, "host": host, "state": STATE_DISCOVERED, "next_at": 0}
    )
    changed = connection.execute(select(posts.c.changed_at).where(posts.c.id == post_id)).scalar() is not None
    if changed:
        # A post that changed is the one sign that its original may have.
        connection.execute(
            update(originals)
            .where(originals.c.id == original_id, originals.c.state == STATE_DONE)
            .values(state=STATE_DISCOVERED, tries=0, rounds=0, next_at=0)
        )
    # Locked: another worker that finishes it now must see this post wait, or this one see it done.
    known = select(originals.c.state).where(originals.c.id == original_id).with_for_update(read=True)
    done = connection.execute(known).scalar() == STATE_DONE
    state = STATE_READY if done else STATE_WAITING
    connection.execute(
        update(posts)
        .where(posts.c.id == post_id)
        .values(state=state, given=given, original_id=original_id, host="", lease_run=None, lease_until=None)
    )
    return state


def claim_originals(
    connection: Connection,
    run_id: str,
    window: Window,
    most: int,
    busy: frozenset[str],
    only: frozenset[str] | None = None,
    after: str = "",
) -> list[ClaimedOriginal]:
    """Lease at most *most* due originals that posts of the window wait for: one a host, none of the *busy* hosts.

    *only*: nothing but what these posts wait for (a run with a limit). *after*: the host served last.
    """
    now = epoch()
    waiting = (
        exists()
        .where(posts.c.original_id == originals.c.id, posts.c.state == STATE_WAITING)
        .where(in_window(window))
        .correlate(originals)
    )
    if only is not None:
        waiting = waiting.where(among(connection, posts.c.id, only))
    claimed: dict[str, Any] = {}
    hosts = [host for host in connection.execute(_PENDING_HOSTS).scalars() if host is not None and host not in busy]
    # Begin behind the host that was served last: none waits for ever behind the others.
    start = next((place for place, host in enumerate(hosts) if host > after), 0)
    for host in hosts[start:] + hosts[:start]:
        if len(claimed) >= most:
            break
        row = connection.execute(
            select(originals.c.id, originals.c.url, originals.c.host, originals.c.tries)
            .where(originals.c.state == STATE_DISCOVERED, originals.c.host == host, free_now(originals, now), waiting)
            .order_by(originals.c.next_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is not None:
            claimed[host] = row
    if claimed:
        connection.execute(
            update(originals)
            .where(originals.c.id == bindparam("one"))
            .values(lease_run=run_id, lease_until=now + LEASE),
            [{"one": row.id} for row in claimed.values()],
        )
    return [
        ClaimedOriginal(row.id, row.url, row.host, row.tries, _witness(connection, row.id)) for row in claimed.values()
    ]


def _witness(connection: Connection, original_id: str) -> str | None:
    """The longest text among a few of the posts that name an original."""
    copies = connection.execute(
        select(posts.c.given).where(posts.c.original_id == original_id, posts.c.state == STATE_WAITING).limit(3)
    ).scalars()
    return max((copy.get("text") or "" for copy in copies if copy), key=len, default="") or None


def finish_original(connection: Connection, run_id: str, result: OriginalResult, size: int | None = None) -> int:
    """Acknowledge an original; the posts that wait for it become ready. How many those are.

    What was had before is not given up for a failure: an original that is
    gone, or out of reach today, keeps the text that it had.
    """
    before = connection.execute(
        select(originals.c.rounds, originals.c.extraction).where(originals.c.id == result.id)
    ).one()
    values: dict[str, Any] = {"state": STATE_DONE, "lease_run": None, "lease_until": None}
    if not (_has_text(before.extraction) and not (result.extraction and result.extraction.text)):
        passing = result.reason is not None and is_passing(result.reason)
        rounds = before.rounds + 1 if passing else 0
        values |= {
            "rounds": rounds,
            "next_at": epoch() + retry_delay(rounds) if passing else 0,
            "reason": result.reason,
            "http_status": result.http_status,
            "final_url": result.final_url,
            "fetched_at": result.fetched_at,
            "rendered": result.rendered,
            "extraction": None if result.extraction is None else result.extraction.to_json(),
            "rights": result.rights,
        }
    connection.execute(
        update(originals).where(originals.c.id == result.id).values(tries=originals.c.tries + 1, **values)
    )
    log_request(connection, result.id, "original", run_id, result.url, result.http_status, result.reason, size)
    return connection.execute(
        update(posts).where(posts.c.original_id == result.id, posts.c.state == STATE_WAITING).values(state=STATE_READY)
    ).rowcount


def _has_text(extraction: dict[str, Any] | None) -> bool:
    return bool(extraction and extraction.get("text"))


def retry_delay(rounds: int) -> float:
    """Seconds until an original that *rounds* runs asked for in vain is due again: an hour, four, …, a week."""
    return min(3600.0 * 4.0 ** max(0, rounds - 1), LONGEST_DELAY)


def postpone_original(
    connection: Connection, run_id: str, original: ClaimedOriginal, *, reason: str, status: int | None, due: float
) -> None:
    """Give an original back to be asked again at *due* (seconds since the epoch)."""
    connection.execute(
        update(originals)
        .where(originals.c.id == original.id)
        .values(lease_run=None, lease_until=None, tries=originals.c.tries + 1, next_at=due)
    )
    log_request(connection, original.id, "original", run_id, original.url, status, reason, None)


def log_request(
    connection: Connection,
    work_id: str,
    kind: str,
    run_id: str,
    url: str,
    status: int | None,
    reason: str | None,
    size: int | None,
) -> None:
    """Note one request and what came of it, for ``scrapy show``."""
    connection.execute(
        requests.insert().values(
            work_id=work_id,
            kind=kind,
            run_id=run_id,
            at=now_text(),
            url=url,
            status=status,
            reason=reason,
            size=size,
        )
    )


def finish_record(connection: Connection, record: Record, run_id: str) -> Stored:
    """Write *record* and end its post's work: the acknowledgement. ``new``, ``changed`` or ``known``."""
    values: dict[str, Any] = {"state": STATE_DONE, "lease_run": None, "lease_until": None, "changed_at": None}
    # What is needed to join the post again, should its original be had after all.
    if (
        not (record.original is not None and record.outcome != Outcome.ORIGINAL)
        and record.outcome != Outcome.FAILED
        and record.reason != Reason.INVALID
    ):
        values["given"] = None
    connection.execute(update(posts).where(posts.c.id == record.id).values(tries=posts.c.tries + 1, **values))
    return store_record(connection, record, run_id)


def next_due(connection: Connection, window: Window, site: str, follow: bool = True) -> float | None:
    """When the window's next work falls due (seconds since the epoch); ``None`` when nothing is left to claim.

    Originals that posts wait for are the work of runs that *follow*.
    """
    post_due = connection.execute(
        select(func.min(posts.c.next_at))
        .where(posts.c.site == site, posts.c.state.in_((STATE_DISCOVERED, STATE_READY)), posts.c.lease_run.is_(None))
        .where(in_window(window))
    ).scalar()
    if not follow:
        return None if post_due is None else float(post_due)
    original_due = connection.execute(
        select(func.min(originals.c.next_at)).where(
            originals.c.state == STATE_DISCOVERED,
            originals.c.lease_run.is_(None),
            exists()
            .where(posts.c.original_id == originals.c.id, posts.c.state == STATE_WAITING)
            .where(in_window(window))
            .correlate(originals),
        )
    ).scalar()
    return min((due for due in (post_due, original_due) if due is not None), default=None)


def backlog(connection: Connection, window: Window, site: str) -> int:
    """How many posts of the window have no outcome yet."""
    return (
        connection.execute(
            select(func.count())
            .select_from(posts)
            .where(posts.c.site == site, posts.c.state != STATE_DONE)
            .where(in_window(window))
        ).scalar()
        or 0
    )
