"""Articles that are named by their own addresses, entered as posts that wait for their original."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.ledger.work import move_work
from newscrawl.posts import PostCopy
from newscrawl.storage.dialect import insert_new
from newscrawl.storage.tables import (
    JOIN,
    STATE_DISCOVERED,
    STATE_DONE,
    STATE_READY,
    STATE_WAITING,
    listed,
    originals,
    posts,
)
from newscrawl.urls import canonical_url, host_of, record_id

__all__ = ["SITE", "enter_articles"]

#: What the ledger files articles under.
SITE = "articles"


def enter_articles(connection: Connection, run_id: str, scope_id: str, urls: Sequence[str], again: bool) -> int:
    """Enter addresses as posts that wait for their original; how many have a record already and are left alone."""
    now, known = now_text(), 0
    for url in urls:
        post_id, original_id = record_id(url), record_id(canonical_url(url))
        there = connection.execute(select(posts.c.state).where(posts.c.id == post_id)).scalar()
        insert_new(
            connection,
            originals,
            {"id": original_id, "url": url, "host": host_of(url), "state": STATE_DISCOVERED, "next_at": 0},
        )
        given = PostCopy(site="", url=url, surface=SITE).to_json()
        if there is None:
            done = connection.execute(select(originals.c.state).where(originals.c.id == original_id)).scalar()
            row = {
                "id": post_id,
                "site": SITE,
                "url": url,
                "state": STATE_READY if done == STATE_DONE else STATE_WAITING,
                "surface": SITE,
                "given": given,
                "original_id": original_id,
                "discovered_at": now,
                "run_id": run_id,
            }
            insert_new(connection, posts, row)
        elif there == STATE_DONE and again:
            connection.execute(
                update(originals)
                .where(originals.c.id == original_id)
                .values(state=STATE_DISCOVERED, tries=0, next_at=0)
            )
            connection.execute(
                update(posts)
                .where(posts.c.id == post_id, posts.c.site == SITE)
                .values(state=STATE_WAITING, given=given, changed_at=now)
            )
        elif there == STATE_DONE:
            known += 1
        insert_new(connection, listed, {"scope_id": scope_id, "post_id": post_id})
        state = connection.execute(select(posts.c.state).where(posts.c.id == post_id)).scalar_one()
        if state in (STATE_WAITING, STATE_READY):
            move_work(connection, [post_id], JOIN if state == STATE_READY else host_of(url))
    return known
