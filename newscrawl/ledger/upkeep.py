"""What is done, taken up again: originals whose failure may have passed, posts that may be gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import exists, func, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.ledger.hosts import database_now, forget_host
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import MOST_ROUNDS, in_window, move_work
from newscrawl.outcomes import Outcome
from newscrawl.storage.tables import READ, STATE_DISCOVERED, STATE_DONE, STATE_WAITING, hosts, originals, posts, records
from newscrawl.urls import host_of

__all__ = ["MOST_ROUNDS", "Known", "make_claimable", "note_sweep", "revive_originals", "to_sweep"]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Known:
    """A post that is done, and the site's own number of it."""

    id: str
    remote_id: str


def revive_originals(connection: Connection, window: Window) -> int:
    """Make originals due that failed for a passing reason, and let the window's posts wait for them; how many."""
    now = database_now(connection)
    due = (
        select(originals.c.id, originals.c.host)
        # Only what failed for a passing reason has a time when it is due again.
        .where(originals.c.state == STATE_DONE, originals.c.next_at > 0, originals.c.next_at <= now)
        .where(originals.c.host.not_in(select(hosts.c.host).where(hosts.c.held_until > now)))
        .where(
            exists()
            .where(posts.c.original_id == originals.c.id, posts.c.state == STATE_DONE, posts.c.given.is_not(None))
            .where(in_window(window))
            .correlate(originals)
        )
    )
    revived = connection.execute(due).all()
    _reopen(connection, {row.id: row.host for row in revived})
    return len(revived)


def _reopen(connection: Connection, wanted: Mapping[str, str]) -> int:
    """Ask for these originals (id to host) again; their posts wait. How many posts."""
    ids, reopened = sorted(wanted), 0
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        connection.execute(
            update(originals).where(originals.c.id.in_(some)).values(state=STATE_DISCOVERED, tries=0, next_at=0)
        )
        waiting = connection.execute(
            select(posts.c.id, posts.c.original_id).where(
                posts.c.original_id.in_(some), posts.c.state == STATE_DONE, posts.c.given.is_not(None)
            )
        ).all()
        by_host: dict[str, list[str]] = {}
        for row in waiting:
            by_host.setdefault(wanted[row.original_id], []).append(row.id)
        for host, post_ids in by_host.items():
            connection.execute(
                update(posts)
                .where(posts.c.id.in_(post_ids))
                .values(state=STATE_WAITING, changed_at=func.coalesce(posts.c.changed_at, now_text()))
            )
            move_work(connection, post_ids, host, changed=True)
        reopened += len(waiting)
    return reopened


def make_claimable(
    connection: Connection, *, reason: str | None = None, host: str | None = None, since: str | None = None
) -> int:
    """Make posts whose original was not had in full due at once (``scrapy retry``); how many.

    Args:
        reason: only records with this reason. host: only originals of this registrable domain;
            what is remembered of the host is forgotten.
        since: only records published at or after this UTC time.
    """
    if host is not None:
        forget_host(connection, host)
    query = (
        select(posts.c.id, posts.c.url, posts.c.given, posts.c.original_id, originals.c.host)
        .join(records, records.c.id == posts.c.id)
        .outerjoin(originals, originals.c.id == posts.c.original_id)
        .where(posts.c.state == STATE_DONE, records.c.outcome != Outcome.ORIGINAL)
    )
    if reason is not None:
        query = query.where(records.c.reason == reason)
    if host is not None:
        query = query.where(originals.c.host == host)
    if since is not None:
        query = query.where(records.c.published_at >= since)
    rows = connection.execute(query).all()
    wanted = {row.original_id: row.host for row in rows if row.original_id is not None and row.given is not None}
    ids = sorted(wanted)
    for start in range(0, len(ids), _BATCH):
        connection.execute(update(originals).where(originals.c.id.in_(ids[start : start + _BATCH])).values(rounds=0))
    reopened = _reopen(connection, wanted)
    # What was not kept of a post is asked for again: its page tells it.
    to_read = {
        row.id: READ if row.given is not None else host_of(row.url) for row in rows if row.original_id not in wanted
    }
    for step in sorted(set(to_read.values())):
        post_ids = [post_id for post_id, its_step in to_read.items() if its_step == step]
        for start in range(0, len(post_ids), _BATCH):
            some = post_ids[start : start + _BATCH]
            reopened += connection.execute(
                update(posts)
                .where(posts.c.id.in_(some))
                .values(
                    state=STATE_DISCOVERED,
                    host=step,
                    tries=0,
                    rounds=0,
                    next_at=0,
                    changed_at=now_text(),
                    original_id=None,
                )
            ).rowcount
            move_work(connection, some, step, changed=True)
    return reopened


def to_sweep(connection: Connection, window: Window, site: str, after: str, most: int) -> list[Known]:
    """The next *most* posts of the window that are done, in order of id *after* the given one."""
    query = (
        select(posts.c.id, posts.c.remote_id)
        .where(posts.c.site == site, posts.c.state == STATE_DONE, posts.c.remote_id.is_not(None), posts.c.id > after)
        .where(in_window(window))
        .order_by(posts.c.id)
        .limit(most)
    )
    return [Known(row.id, row.remote_id) for row in connection.execute(query)]


def note_sweep(connection: Connection, asked: Iterable[str], found: Iterable[str], run_id: str) -> list[str]:
    """Enter which of the *asked* posts the site still has; ids of those whose ``gone_at`` changed.

    A post is gone when two sweeps in a row did not find it: one may be a fault of the site.
    """
    there = sorted(set(found))
    missing = sorted(set(asked) - set(there))
    now = now_text()
    connection.execute(update(posts).where(posts.c.id.in_(there), posts.c.misses > 0).values(misses=0))
    connection.execute(update(posts).where(posts.c.id.in_(missing)).values(misses=posts.c.misses + 1))
    back = connection.execute(
        select(records.c.id).where(records.c.id.in_(there), records.c.gone_at.is_not(None))
    ).scalars()
    gone = connection.execute(
        select(records.c.id)
        .join(posts, posts.c.id == records.c.id)
        .where(records.c.id.in_(missing), records.c.gone_at.is_(None), posts.c.misses >= 2)
    ).scalars()
    returned, lost = list(back), list(gone)
    for ids, value in ((returned, None), (lost, now)):
        if ids:
            connection.execute(update(records).where(records.c.id.in_(ids)).values(gone_at=value, stored_run=run_id))
    return returned + lost
