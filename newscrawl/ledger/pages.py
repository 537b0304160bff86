"""Posts whose surface gave too little: what their pages tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import end_work, in_window, move_work
from newscrawl.storage.dialect import insert_new
from newscrawl.storage.tables import READ, STATE_DISCOVERED, STATE_DONE, UNDATED, listed, posts, records

__all__ = [
    "adopt_id",
    "keep_record",
    "known_numbers",
    "note_times",
    "reopen_pages",
    "set_aside",
]


def adopt_id(
    connection: Connection,
    old_id: str,
    new_id: str,
    *,
    url: str,
    site: str,
    remote_id: str | None,
    published_at: str | None = None,
) -> bool:
    """The page of *old_id* turned out to be the post at *url*: move the work there.

    Returns whether it goes on: ``False`` where that post is known by its own address already, and this one was
    another name of it. A post that has a record keeps its id for ever. The site's own number tells one post from
    another only together with the time of publication: numbers begin anew when a site is set up anew.
    """
    recorded = connection.execute(select(records.c.id).where(records.c.id == old_id)).first() is not None
    same = connection.execute(
        select(posts.c.id)
        .where(posts.c.id != old_id)
        .where(
            (posts.c.id == new_id)
            | (
                (posts.c.site == site)
                & (posts.c.remote_id == remote_id)
                & (posts.c.remote_id.is_not(None))
                & (posts.c.published_at == published_at)
            )
        )
        .limit(1)
    ).scalar()
    if recorded:
        return True
    if same is not None:
        _list_under(connection, old_id, same)
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


def _list_under(connection: Connection, old_id: str, known_id: str) -> None:
    """Let the scopes that listed *old_id* have listed *known_id*, with what is to be done for that one."""
    entry = connection.execute(select(listed).where(listed.c.post_id == known_id).limit(1)).first()
    work = {"host": None, "lane": 0, "rank": UNDATED, "next_at": 0.0} if entry is None else dict(entry._mapping)
    scopes_of = connection.execute(select(listed.c.scope_id).where(listed.c.post_id == old_id)).scalars().all()
    insert_new(connection, listed, [{**work, "scope_id": scope_id, "post_id": known_id} for scope_id in scopes_of])


def note_times(connection: Connection, post_id: str, published_at: str | None, modified_at: str | None) -> None:
    """Keep when a post was published and changed, as its page says: surfaces that list addresses do not tell."""
    if published_at is not None:
        connection.execute(update(posts).where(posts.c.id == post_id).values(published_at=published_at))
        connection.execute(update(listed).where(listed.c.post_id == post_id).values(rank=published_at))
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
    move_work(connection, [post_id], READ, published_at=published_at)


def reopen_pages(connection: Connection, window: Window, site: str, host: str) -> int:
    """Ask again for the pages of the window's posts that are done (``refresh`` where there is no REST API)."""
    ids = list(
        connection.execute(
            select(posts.c.id).where(posts.c.site == site, posts.c.state == STATE_DONE).where(in_window(window))
        ).scalars()
    )
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        connection.execute(
            update(posts)
            .where(posts.c.id.in_(some))
            .values(state=STATE_DISCOVERED, host=host, changed_at=now_text(), tries=0, rounds=0, next_at=0)
        )
        move_work(connection, some, host, changed=True)
    return len(ids)


def keep_record(connection: Connection, post_id: str, run_id: str, gone: bool) -> bool:
    """A post's page cannot be had again, and its record stays; whether it is newly *gone* (404 or 410)."""
    connection.execute(
        update(posts)
        .where(posts.c.id == post_id)
        .values(state=STATE_DONE, lease_run=None, lease_until=None, changed_at=None)
    )
    end_work(connection, post_id)
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
