"""What is done, taken up again: originals whose failure may have passed, posts that may be gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, now_text
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import in_window
from newscrawl.outcomes import PASSING_REASONS, Outcome
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, STATE_WAITING, hosts, originals, posts, records

__all__ = ["MOST_ROUNDS", "Known", "make_claimable", "note_sweep", "revive_originals", "to_sweep"]

#: Runs that ask for an original in vain before it is left alone.
MOST_ROUNDS = 6
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Known:
    """A post that is done, and the site's own number of it."""

    id: str
    remote_id: str


def _passing() -> ColumnElement[bool]:
    return or_(originals.c.reason.in_(sorted(PASSING_REASONS)), originals.c.reason.like("http\\_5__", escape="\\"))


def revive_originals(connection: Connection, window: Window) -> int:
    """Make originals due that failed for a passing reason, and let the window's posts wait for them; how many."""
    due = select(originals.c.id).where(
        originals.c.state == STATE_DONE,
        _passing(),
        originals.c.rounds < MOST_ROUNDS,
        originals.c.next_at <= epoch(),
        originals.c.host.not_in(select(hosts.c.host).where(hosts.c.next_at > epoch())),
        exists()
        .where(posts.c.original_id == originals.c.id, posts.c.state == STATE_DONE, posts.c.given.is_not(None))
        .where(in_window(window))
        .correlate(originals),
    )
    revived = list(connection.execute(due).scalars())
    _reopen(connection, revived)
    return len(revived)


def _reopen(connection: Connection, original_ids: Sequence[str]) -> int:
    """Ask for these originals again; their posts wait. How many posts."""
    reopened = 0
    for start in range(0, len(original_ids), _BATCH):
        some = original_ids[start : start + _BATCH]
        connection.execute(
            update(originals).where(originals.c.id.in_(some)).values(state=STATE_DISCOVERED, tries=0, next_at=0)
        )
        reopened += connection.execute(
            update(posts)
            .where(posts.c.original_id.in_(some), posts.c.state == STATE_DONE, posts.c.given.is_not(None))
            .values(state=STATE_WAITING, changed_at=func.coalesce(posts.c.changed_at, now_text()))
        ).rowcount
    return reopened


def make_claimable(
    connection: Connection, *, reason: str | None = None, host: str | None = None, since: str | None = None
) -> int:
    """Make posts whose original was not had in full due at once (``scrapy retry``); how many.

    Args:
        reason: only records with this reason. host: only originals of this registrable domain.
        since: only records published at or after this UTC time.
    """
    query = (
        select(posts.c.id, posts.c.original_id)
        .join(records, records.c.id == posts.c.id)
        .outerjoin(originals, originals.c.id == posts.c.original_id)
        .where(posts.c.state == STATE_DONE, posts.c.given.is_not(None), records.c.outcome != Outcome.ORIGINAL)
    )
    if reason is not None:
        query = query.where(records.c.reason == reason)
    if host is not None:
        query = query.where(originals.c.host == host)
    if since is not None:
        query = query.where(records.c.published_at >= since)
    rows = connection.execute(query).all()
    wanted = sorted({row.original_id for row in rows if row.original_id is not None})
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        connection.execute(update(originals).where(originals.c.id.in_(some)).values(rounds=0))
    reopened = _reopen(connection, wanted)
    unread = [row.id for row in rows if row.original_id is None]
    for start in range(0, len(unread), _BATCH):
        reopened += connection.execute(
            update(posts)
            .where(posts.c.id.in_(unread[start : start + _BATCH]))
            .values(state=STATE_DISCOVERED, tries=0, next_at=0, changed_at=now_text())
        ).rowcount
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
