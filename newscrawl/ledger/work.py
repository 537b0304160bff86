"""Posts and originals as work: listed, parked, put off, acknowledged.

What is to be done for a post stands in `listed`, beside the scope that listed
it: read it, join it, or ask a host for its page or its original. Every function
here that moves a post moves that entry in the same transaction.
:mod:`newscrawl.ledger.claims` hands the work out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, exists, func, or_, select, text, update
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.items import OriginalResult, Record
from newscrawl.join import COMPARED, SAME_TEXT, source_url
from newscrawl.ledger.hosts import database_now
from newscrawl.ledger.scopes import save_cursor
from newscrawl.ledger.window import Window
from newscrawl.outcomes import Outcome, Reason, is_passing
from newscrawl.posts import Discovered
from newscrawl.storage.copies import keep_copy
from newscrawl.storage.dialect import among_bound, bound_values, insert_new
from newscrawl.storage.prepared import execute
from newscrawl.storage.records import Stored, store_record
from newscrawl.storage.tables import (
    JOIN,
    LOOK,
    READ,
    STATE_DISCOVERED,
    STATE_DONE,
    STATE_READY,
    STATE_WAITING,
    UNDATED,
    listed,
    originals,
    posts,
    records,
    requests,
)
from newscrawl.text import similarity
from newscrawl.urls import canonical_url, record_id

__all__ = [
    "LONGEST_DELAY",
    "MOST_ROUNDS",
    "Discovered",
    "Listing",
    "OriginalResult",
    "backlog",
    "bands",
    "bands_of",
    "drop_record",
    "end_work",
    "finish_original",
    "finish_originals_of",
    "finish_record",
    "host_in_window",
    "in_window",
    "list_posts",
    "log_request",
    "move_work",
    "park_for_lists",
    "park_post",
    "postpone",
    "retry_delay",
    "unread",
]

#: Longest until what could not be had is due again, in seconds.
LONGEST_DELAY = 7 * 86_400.0
#: Runs that ask for one page or original in vain before it is left alone.
MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Listing:
    """How many posts of one listing answer were new, changed, or known and done; others wait already."""

    new: int
    changed: int
    known: int


# --- what is to be done for a post -----------------------------------------------------------------------


def move_work(
    connection: Connection,
    post_ids: Sequence[str],
    host: str,
    *,
    next_at: float = 0.0,
    changed: bool | None = None,
    published_at: str | None = None,
) -> None:
    """Enter the next step of these posts, for every scope that listed them.

    Args:
        host: `READ`, `JOIN`, `LOOK`, or the host to ask.
        changed: whether they are taken up again because they changed; ``None`` leaves it.
        published_at: when they were published, where that is known now.
    """
    values: dict[str, Any] = {"host": host, "next_at": next_at}
    if changed is not None:
        values["lane"] = int(changed)
    if published_at is not None:
        values["rank"] = published_at
    dialect = connection.dialect.name
    one = len(post_ids) == 1
    own = post_ids[0] if one else bound_values(dialect, post_ids)
    given = {"own": own, **{f"to_{n}": v for n, v in values.items()}}
    execute(connection, _move(dialect, tuple(values), one), given)
    if host not in (READ, JOIN, LOOK):
        _tell_of_host(connection, host, post_ids)


@cache
def _move(dialect: str, columns: tuple[str, ...], one: bool) -> Update:
    """Parameters: ``own``, the posts, or the only *one*, and ``to_<column>`` for each of *columns*."""
    values = {name: bindparam(f"to_{name}", type_=listed.c[name].type) for name in columns}
    which = listed.c.post_id == bindparam("own") if one else among_bound(dialect, listed.c.post_id, "own")
    return update(listed).where(which).values(**values)


# One statement, which does nothing where the run knows of the host: this is done for every post that is parked.
# A run that does not follow asks for pages alone: told of a publisher, it would wait for a host that it never asks.
_TELL_OF_HOST = {
    dialect: text(
        f"""
        INSERT INTO run_hosts (run_id, host, next_at)
        SELECT runs.id, CAST(:host AS VARCHAR(255)), coalesce(
            (SELECT {greatest}(next_at, held_until, lease_until) FROM hosts
             WHERE hosts.host = CAST(:host AS VARCHAR(255))), 0)
        FROM runs
        JOIN scopes ON scopes.id = runs.scope_id
        JOIN listed ON listed.scope_id = runs.scope_id AND listed.post_id = :post_id
        JOIN posts ON posts.id = listed.post_id
        WHERE runs.state = 'running' AND (scopes.follow OR posts.state <> '{STATE_WAITING}')
        ON CONFLICT DO NOTHING
        """  # noqa: S608 - names of ours
    )
    for dialect, greatest in (("sqlite", "max"), ("postgresql", "greatest"))
}


def _tell_of_host(connection: Connection, host: str, post_ids: Sequence[str]) -> None:
    """Let living runs whose scopes listed these posts know that there is work for *host*.

    To be called when the posts' states say what the host is to be asked for: their originals where they wait.
    """
    for post_id in post_ids:
        execute(connection, _TELL_OF_HOST[connection.dialect.name], {"host": host, "post_id": post_id})


# Statements of what is done for each post and each original are built once: that takes longer than running them.
_END_WORK = update(listed).where(listed.c.post_id == bindparam("own")).values(host=None, lane=0, next_at=0.0)


def end_work(connection: Connection, post_id: str) -> None:
    """Nothing is left to do for the post."""
    execute(connection, _END_WORK, {"own": post_id})


def bands(window: Window) -> tuple[ColumnElement[bool], ...]:
    """The entries of `listed` that belong to *window*, in three ranges of its indexes.

    In the order in which they are worked on: by date, those that changed, those without a date.
    """
    since, until = window.since or "", window.until or UNDATED
    return bands_of(window.scope_id, since, until, changed_too=window.changed_too)


def bands_of(scope_id: Any, since: Any, until: Any, *, changed_too: bool) -> tuple[ColumnElement[bool], ...]:
    """:func:`bands` of values, or of parameters that are bound when the statement is run."""
    scope, lane, rank = listed.c.scope_id == scope_id, listed.c.lane, listed.c.rank
    # `rank >= since` stands outside, though the last part implies it: an index is walked from there only so.
    changed = rank >= "" if changed_too else and_(rank >= since, or_(rank < until, rank >= UNDATED))
    return (
        and_(scope, lane == 0, rank >= since, rank < until),
        and_(scope, lane == 1, changed),
        and_(scope, lane == 0, rank >= UNDATED),
    )


def host_in_window() -> ColumnElement[str]:
    """The column `host` of `listed`, for questions that gather by it all that stands in a band of a window.

    The empty text that is added hides it from the planner: SQLite would otherwise read the index by host from end to
    end, with all that waits outside the window, to be spared the gathering.
    """
    return listed.c.host + ""


# --- listing ------------------------------------------------------------------------------------------------


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
            select(
                posts.c.id,
                posts.c.state,
                posts.c.host,
                posts.c.published_at,
                posts.c.modified_at,
                posts.c.changed_at,
                posts.c.lease_run,
                records.c.reason,
                originals.c.host.label("original_host"),
            )
            .outerjoin(records, records.c.id == posts.c.id)
            .outerjoin(originals, originals.c.id == posts.c.original_id)
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
                rounds=0,
                next_at=0,
                lease_run=None,
                lease_until=None,
            )
        )
    again = {post.id for post in changed}
    if again:
        connection.execute(update(posts).where(posts.c.id.in_(again)).values(changed_at=now))
    listed_before = set(
        connection.execute(
            select(listed.c.post_id).where(listed.c.scope_id == scope_id, listed.c.post_id.in_(unique))
        ).scalars()
    )
    entries = [_entry(scope_id, post, rows.get(post.id)) for post in unique.values() if post.id not in listed_before]
    insert_new(connection, listed, entries)
    for post in [*changed, *unread]:
        move_work(
            connection,
            [post.id],
            post.host,
            changed=True if post.id in again else None,
            published_at=post.published_at,
        )
    # One post of each host and state is enough: all of them are listed by this scope.
    to_ask = {
        (entry["host"], rows[entry["post_id"]].state if entry["post_id"] in rows else None): entry["post_id"]
        for entry in entries
        if entry["host"] not in (None, READ, JOIN, LOOK)
    }
    for (host, _state), post_id in to_ask.items():
        _tell_of_host(connection, host, [post_id])
    save_cursor(connection, scope_id, cursor)
    done = sum(rows[post.id].state == STATE_DONE for post in old)
    return Listing(len(new), len(changed), done - len(changed))


def _entry(scope_id: str, post: Discovered, row: Any) -> dict[str, Any]:
    """What is to be done for a post of a listing, for a scope that lists it the first time."""
    if row is None:
        host: str | None = post.host
    elif row.state == STATE_WAITING:
        host = row.original_host
    else:
        host = {STATE_READY: JOIN, STATE_DONE: None}.get(row.state, row.host)
    published_at = post.published_at if row is None else row.published_at
    return {
        "scope_id": scope_id,
        "post_id": post.id,
        "host": host,
        "lane": int(row is not None and row.changed_at is not None),
        # Of posts without a date those that changed last come first.
        "rank": published_at or UNDATED + (post.modified_at or ""),
        "next_at": 0.0,
    }


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


_CHANGED_AT = select(posts.c.changed_at).where(posts.c.id == bindparam("own"))
# Locked: another worker that finishes it now must see this post wait, or this one see it done.
_OF_ORIGINAL = (
    select(originals.c.state, originals.c.host, originals.c.next_at)
    .where(originals.c.id == bindparam("own"))
    .with_for_update(read=True)
)
_PARK = (
    update(posts)
    .where(posts.c.id == bindparam("own"))
    .values(
        state=bindparam("to"),
        given=bindparam("what", type_=posts.c.given.type),
        original_id=bindparam("original"),
        host="",
        lease_run=None,
        lease_until=None,
    )
)


def park_post(
    connection: Connection,
    post_id: str,
    *,
    given: dict[str, Any],
    original_id: str,
    url: str,
    host: str,
    fresh: bool = True,
) -> str:
    """Let a post wait for its original, which is entered once however many posts name it.

    *fresh*: an original that is known is asked for again where the post changed. Returns the post's new state:
    ``ready`` where the original is known already.
    """
    insert_new(
        connection, originals, {"id": original_id, "url": url, "host": host, "state": STATE_DISCOVERED, "next_at": 0}
    )
    changed = execute(connection, _CHANGED_AT, {"own": post_id}).scalar() is not None
    if changed and fresh:
        # A post that changed is the one sign that its original may have.
        connection.execute(
            update(originals)
            .where(originals.c.id == original_id, originals.c.state == STATE_DONE)
            .values(state=STATE_DISCOVERED, tries=0, rounds=0, next_at=0)
        )
    original = execute(connection, _OF_ORIGINAL, {"own": original_id}).one()
    done = original.state == STATE_DONE
    state = STATE_READY if done else STATE_WAITING
    execute(connection, _PARK, {"own": post_id, "to": state, "what": given, "original": original_id})
    if done:
        move_work(connection, [post_id], JOIN)
    else:
        move_work(connection, [post_id], original.host, next_at=original.next_at)
    return state


def park_for_lists(connection: Connection, post_id: str, *, given: dict[str, Any]) -> None:
    """Let a post wait until its publisher's lists are read, which is done for many posts at once."""
    connection.execute(
        update(posts)
        .where(posts.c.id == post_id)
        .values(state=STATE_DISCOVERED, given=given, original_id=None, host=LOOK, lease_run=None, lease_until=None)
    )
    move_work(connection, [post_id], LOOK)


_HAD_BEFORE = select(originals.c.state, originals.c.rounds, originals.c.extraction).where(
    originals.c.id == bindparam("own")
)


def finish_original(connection: Connection, run_id: str, result: OriginalResult, size: int | None = None) -> int:
    """Acknowledge an original; the posts that wait for it become ready. How many those are.

    What was had before is not given up for a failure: an original that is
    gone, or out of reach today, keeps the text that it had.
    """
    before = execute(connection, _HAD_BEFORE, {"own": result.id}).one()
    values: dict[str, Any] = {"state": STATE_DONE, "next_at": 0.0}
    if not (_has_text(before.extraction) and not (result.extraction and result.extraction.text)):
        passing = result.reason is not None and is_passing(result.reason)
        # One that was under way when all of its host were acknowledged is counted: this run asks in vain once.
        rounds = before.rounds + (before.state != STATE_DONE) if passing else 0
        values |= {
            "rounds": rounds,
            "next_at": database_now(connection) + retry_delay(rounds) if passing and rounds < MOST_ROUNDS else 0.0,
            "reason": result.reason,
            "http_status": result.http_status,
            "final_url": result.final_url,
            "fetched_at": result.fetched_at,
            "rendered": result.rendered,
            "extraction": None if result.extraction is None else result.extraction.to_json(),
            "rights": result.rights,
            "same_as": _known_as(connection, result),
        }
    execute(connection, _acknowledge(tuple(values)), {"own": result.id, **{f"to_{n}": v for n, v in values.items()}})
    log_request(connection, result.id, "original", run_id, result.url, result.http_status, result.reason, size)
    execute(connection, _JOIN_THOSE, {"original": result.id})
    return int(execute(connection, _READY_THOSE, {"original": result.id}).rowcount)


@cache
def _acknowledge(columns: tuple[str, ...]) -> Update:
    """Parameters: ``own``, the original, and ``to_<column>`` for each of *columns*."""
    values = {name: bindparam(f"to_{name}", type_=originals.c[name].type) for name in columns}
    return update(originals).where(originals.c.id == bindparam("own")).values(tries=originals.c.tries + 1, **values)


_WAIT_FOR = (posts.c.original_id == bindparam("original"), posts.c.state == STATE_WAITING)
# The first before the second: the sub-query finds posts by their state.
_JOIN_THOSE = (
    update(listed).where(listed.c.post_id.in_(select(posts.c.id).where(*_WAIT_FOR))).values(host=JOIN, next_at=0.0)
)
_READY_THOSE = update(posts).where(*_WAIT_FOR).values(state=STATE_READY)


_ITS_TEXT = originals.c.extraction["text"].as_string()
_TEXT_OF_ANOTHER = (
    select(_ITS_TEXT)
    .where(
        or_(originals.c.same_as == bindparam("known_as"), originals.c.id == bindparam("known_as")),
        originals.c.id != bindparam("own"),
        _ITS_TEXT.is_not(None),
    )
    .order_by(originals.c.id)
    .limit(1)
)


def _known_as(connection: Connection, result: OriginalResult) -> str | None:
    """The id of the address that the page of *result* calls its own, where that is not the one that was asked for.

    Links to an AMP, print or mobile page lead to one article with those to the article itself. A page's word for it
    is taken where the text that is known under that address is the same.
    """
    page = result.extraction
    if page is None or not page.text:
        return None
    try:
        known_as = record_id(canonical_url(source_url(result)))
    except ValueError:
        return None
    other = execute(connection, _TEXT_OF_ANOTHER, {"known_as": known_as, "own": result.id}).scalar()
    if other is not None and similarity(other[:COMPARED], page.text[:COMPARED]) < SAME_TEXT:
        # A template that calls every page of its site the same: what the page itself is keeps its name.
        if known_as == result.id:
            connection.execute(update(originals).where(originals.c.same_as == known_as).values(same_as=None))
        return None
    return None if known_as == result.id else known_as


def _make_ready(connection: Connection, which: ColumnElement[bool]) -> int:
    """Let posts that wait for an original be joined; how many."""
    waiting = select(posts.c.id).where(which, posts.c.state == STATE_WAITING)
    # Before their state changes: the sub-query finds them by it.
    connection.execute(update(listed).where(listed.c.post_id.in_(waiting)).values(host=JOIN, next_at=0.0))
    return connection.execute(
        update(posts).where(which, posts.c.state == STATE_WAITING).values(state=STATE_READY)
    ).rowcount


def finish_originals_of(connection: Connection, run_id: str, host: str, reason: str, due: float, window: Window) -> int:
    """Acknowledge in one step all originals of a host that is left alone which the window's posts wait for.

    None of them is asked for: each is remembered as not had for *reason*, and is due again at *due* (seconds since
    1970), when the host may be asked. How many posts become ready.
    """
    waited_for = (
        select(posts.c.original_id)
        .join(listed, listed.c.post_id == posts.c.id)
        .where(listed.c.host == host, posts.c.state == STATE_WAITING, or_(*bands(window)))
    )
    ids = sorted(set(connection.execute(waited_for).scalars()))
    now, ready = now_text(), 0
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        had = originals.c.extraction.is_not(None)
        passing = is_passing(reason)
        connection.execute(
            update(originals)
            .where(originals.c.id.in_(some))
            .values(
                state=STATE_DONE,
                rounds=case((had, originals.c.rounds), else_=originals.c.rounds + 1),
                # An original that was had before keeps what it had, and is not asked for again by itself.
                next_at=case((had, 0.0), (originals.c.rounds + 1 < MOST_ROUNDS, due), else_=0.0) if passing else 0.0,
                reason=case((had, originals.c.reason), else_=reason),
                http_status=case((had, originals.c.http_status), else_=None),
                fetched_at=case((had, originals.c.fetched_at), else_=now),
            )
        )
        ready += _make_ready(connection, posts.c.original_id.in_(some))
    return ready


def _has_text(extraction: dict[str, Any] | None) -> bool:
    return bool(extraction and extraction.get("text"))


def retry_delay(rounds: int) -> float:
    """Seconds until an original that *rounds* runs asked for in vain is due again: an hour, four, …, a week."""
    return min(3600.0 * 4.0 ** max(0, rounds - 1), LONGEST_DELAY)


def postpone(
    connection: Connection,
    run_id: str,
    kind: str,
    work_id: str,
    url: str,
    *,
    reason: str,
    status: int | None,
    wait: float,
    next_round: bool = False,
    counts: bool = True,
) -> None:
    """Give back a page (*kind* ``post``) or an ``original``, to be asked for again in *wait* seconds.

    Args:
        next_round: a later run is to ask: this one has tried as often as it may.
        counts: whether this counts as a try of the site's; not where our own line failed.
    """
    table = posts if kind == "post" else originals
    due = database_now(connection) + wait
    values: dict[str, Any] = {"next_at": due}
    if next_round:
        values |= {"tries": 0, "rounds": table.c.rounds + 1}
    elif counts:
        values["tries"] = table.c.tries + 1
    if kind == "post":
        values |= {"lease_run": None, "lease_until": None}
    connection.execute(update(table).where(table.c.id == work_id).values(**values))
    which = (
        [work_id]
        if kind == "post"
        else select(posts.c.id).where(posts.c.original_id == work_id, posts.c.state == STATE_WAITING)
    )
    connection.execute(update(listed).where(listed.c.post_id.in_(which)).values(next_at=due))
    log_request(connection, work_id, kind, run_id, url, status, reason, None)


_LOG_REQUEST = requests.insert()


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
    row = {"work_id": work_id, "kind": kind, "run_id": run_id, "at": now_text(), "url": url}
    execute(connection, _LOG_REQUEST, {**row, "status": status, "reason": reason, "size": size})


_DONE = (
    update(posts)
    .where(posts.c.id == bindparam("own"))
    .values(state=STATE_DONE, lease_run=None, lease_until=None, changed_at=None, tries=posts.c.tries + 1)
)
_DONE_AND_CLEARED = _DONE.values(given=None)


def finish_record(connection: Connection, record: Record, run_id: str) -> Stored:
    """Write *record* and end its post's work: the acknowledgement. ``new``, ``changed`` or ``known``."""
    # What is needed to join the post again, should its original be had after all.
    again = record.original is not None and record.outcome != Outcome.ORIGINAL
    keep_copy(connection, record)
    kept = again or record.outcome == Outcome.FAILED or record.reason == Reason.INVALID
    execute(connection, _DONE if kept else _DONE_AND_CLEARED, {"own": record.id})
    end_work(connection, record.id)
    return store_record(connection, record, run_id)


def drop_record(connection: Connection, post_id: str, run_id: str) -> None:
    """A pipeline dropped the post's record: its work is over, and no run takes it up again by itself."""
    connection.execute(
        update(posts)
        .where(posts.c.id == post_id, posts.c.state != STATE_DONE)
        .values(state=STATE_DONE, lease_run=None, lease_until=None, changed_at=None)
    )
    end_work(connection, post_id)
    log_request(connection, post_id, "post", run_id, "", None, "dropped", None)


def backlog(connection: Connection, window: Window, most: int | None = None) -> int:
    """How many posts of the window have no outcome yet; *most*: no more are counted."""
    return _pending(connection, window, listed.c.host.is_not(None), most)


def unread(connection: Connection, window: Window, most: int) -> int:
    """How many posts of the window are to be read, up to *most*: discovery lists no further than that ahead."""
    return _pending(connection, window, listed.c.host == READ, most)


def _pending(connection: Connection, window: Window, which: ColumnElement[bool], most: int | None) -> int:
    found = 0
    for band in bands(window):
        some = select(listed.c.post_id).where(band, which)
        if most is not None:
            some = some.limit(most)
        found += connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return found
