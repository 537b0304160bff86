"""Posts whose surface gave too little: their pages are work, one a host, like originals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, now_text
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import LEASE, free_now, in_window, log_request
from newscrawl.storage.dialect import insert_new
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, listed, posts, records

__all__ = [
    "ClaimedPage",
    "adopt_id",
    "claim_pages",
    "keep_record",
    "known_numbers",
    "note_times",
    "postpone_page",
    "reopen_pages",
    "set_aside",
]

_LOOK_AT = 200


@dataclass(frozen=True, slots=True)
class ClaimedPage:
    """A post leased to this run whose page is to be asked for."""

    id: str
    url: str
    host: str
    given: dict[str, Any]
    tries: int
    recorded: bool  # there is a record of it already


def claim_pages(
    connection: Connection,
    run_id: str,
    window: Window,
    site: str,
    most: int,
    busy: frozenset[str],
    only: frozenset[str] | None = None,
) -> list[ClaimedPage]:
    """Lease at most *most* due posts whose page is to be asked for, newest first: one a host, none of *busy*."""
    now = epoch()
    claimed: dict[str, Any] = {}
    while len(claimed) < most:
        taken = sorted(busy | claimed.keys())
        query = (
            select(posts, records.c.id.label("record_id"))
            .outerjoin(records, records.c.id == posts.c.id)
            .where(posts.c.state == STATE_DISCOVERED, posts.c.site == site, posts.c.host.not_in(["", *taken]))
            .where(free_now(posts, now), in_window(window))
            .order_by(posts.c.published_at.desc(), posts.c.url.desc())
            .limit(_LOOK_AT)
            .with_for_update(skip_locked=True, of=posts)
        )
        if only is not None:
            query = query.where(posts.c.id.in_(only))
        rows = connection.execute(query).all()
        for row in rows:
            if row.host not in claimed and len(claimed) < most:
                claimed[row.host] = row
        if len(rows) < _LOOK_AT:
            break
    if claimed:
        connection.execute(
            update(posts).where(posts.c.id == bindparam("one")).values(lease_run=run_id, lease_until=now + LEASE),
            [{"one": row.id} for row in claimed.values()],
        )
    return [
        ClaimedPage(row.id, row.url, row.host, row.given or _least(row), row.tries, row.record_id is not None)
        for row in claimed.values()
    ]


def _least(row: Any) -> dict[str, Any]:
    """What is left of a post whose copy was cleared when its record was complete."""
    known = {"site": row.site, "url": row.url, "surface": row.surface, "remote_id": row.remote_id, "incomplete": True}
    return {name: value for name, value in known.items() if value is not None}


def postpone_page(
    connection: Connection, run_id: str, page: ClaimedPage, *, reason: str, status: int | None, due: float
) -> None:
    """Give a post back whose page is to be asked for again at *due* (seconds since the epoch)."""
    connection.execute(
        update(posts)
        .where(posts.c.id == page.id)
        .values(lease_run=None, lease_until=None, tries=posts.c.tries + 1, next_at=due)
    )
    log_request(connection, page.id, "post", run_id, page.url, status, reason, None)


def adopt_id(connection: Connection, old_id: str, new_id: str, *, url: str, site: str, remote_id: str | None) -> bool:
    """The page of *old_id* turned out to be the post at *url*: move the work there.

    Returns whether it goes on: ``False`` where that post is known by its own address already, and this one was
    another name of it. A post that has a record keeps its id for ever.
    """
    recorded = connection.execute(select(records.c.id).where(records.c.id == old_id)).first() is not None
    same = connection.execute(
        select(posts.c.id)
        .where(posts.c.id != old_id)
        .where(
            (posts.c.id == new_id)
            | ((posts.c.site == site) & (posts.c.remote_id == remote_id) & (posts.c.remote_id.is_not(None)))
        )
        .limit(1)
    ).scalar()
    if recorded:
        return True
    if same is not None:
        scopes_of = connection.execute(select(listed.c.scope_id).where(listed.c.post_id == old_id)).scalars()
        insert_new(connection, listed, [{"scope_id": scope_id, "post_id": same} for scope_id in scopes_of])
        connection.execute(delete(listed).where(listed.c.post_id == old_id))
        connection.execute(delete(posts).where(posts.c.id == old_id))
        return False
    values: dict[str, Any] = {"remote_id": remote_id} if remote_id else {}
    if new_id != old_id:
        values |= {"id": new_id, "url": url}
        connection.execute(update(listed).where(listed.c.post_id == old_id).values(post_id=new_id))
    if values:
        connection.execute(update(posts).where(posts.c.id == old_id).values(**values))
    return True


def note_times(connection: Connection, post_id: str, published_at: str | None, modified_at: str | None) -> None:
    """Keep when a post was published and changed, as its page says: surfaces that list addresses do not tell."""
    if published_at is not None:
        connection.execute(update(posts).where(posts.c.id == post_id).values(published_at=published_at))
    if modified_at is not None:
        # What the sitemap says is not undone by a page out of a cache: the change would be seen at every run.
        connection.execute(
            update(posts)
            .where(posts.c.id == post_id, posts.c.modified_at.is_(None) | (posts.c.modified_at < modified_at))
            .values(modified_at=modified_at)
        )


def known_numbers(connection: Connection, site: str, numbers: Sequence[str]) -> dict[str, tuple[str, str, str | None]]:
    """Of the site's own *numbers* of posts those that are known: id, address and time of publication."""
    rows = connection.execute(
        select(posts.c.id, posts.c.url, posts.c.remote_id, posts.c.published_at)
        .where(posts.c.site == site, posts.c.remote_id.in_(numbers))
        .order_by(posts.c.discovered_at.desc(), posts.c.id.desc())
    )
    return {row.remote_id: (row.id, row.url, row.published_at) for row in rows}


def set_aside(connection: Connection, post_id: str, *, given: dict[str, Any], published_at: str) -> None:
    """A post turned out to be outside the run's window: keep what was read for a run that wants it."""
    connection.execute(
        update(posts)
        .where(posts.c.id == post_id)
        .values(given=given, published_at=published_at, host="", lease_run=None, lease_until=None)
    )


def reopen_pages(connection: Connection, window: Window, site: str, host: str) -> int:
    """Ask again for the pages of the window's posts that are done (``refresh`` where there is no REST API)."""
    return connection.execute(
        update(posts)
        .where(posts.c.site == site, posts.c.state == STATE_DONE)
        .where(in_window(window))
        .values(state=STATE_DISCOVERED, host=host, changed_at=now_text(), tries=0, next_at=0)
    ).rowcount


def keep_record(connection: Connection, post_id: str, run_id: str, gone: bool) -> bool:
    """A post's page cannot be had again, and its record stays; whether it is newly *gone* (404 or 410)."""
    connection.execute(
        update(posts)
        .where(posts.c.id == post_id)
        .values(state=STATE_DONE, lease_run=None, lease_until=None, changed_at=None)
    )
    if not gone:
        return False
    return (
        connection.execute(
            update(records)
            .where(records.c.id == post_id, records.c.gone_at.is_(None))
            .values(gone_at=now_text(), stored_run=run_id)
        ).rowcount
        == 1
    )
