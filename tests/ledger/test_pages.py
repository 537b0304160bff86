"""What the page of a post tells of who it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection

from newscrawl.ledger.pages import adopt_id
from newscrawl.storage.tables import posts
from newscrawl.urls import record_id
from tests.ledger.helpers import SITE, enter, pid, post, scope


@pytest.mark.parametrize(("published", "is_new"), [("2026-03-01T12:00:00Z", False), ("2026-03-09T12:00:00Z", True)])
def test_a_number_is_the_same_post_only_with_the_same_date(
    connection: Connection, published: str, is_new: bool
) -> None:
    """A site that was set up anew counts from 1 again: its new post 7 is not the old post 7."""
    news = scope(connection)
    old = post("old", "2026-03-01T12:00:00Z")
    enter(connection, [old, post("new", None)], news)
    connection.execute(posts.update().where(posts.c.id == pid("old")).values(remote_id="7"))
    url = f"{SITE}/?p=7"
    kept = adopt_id(connection, pid("new"), record_id(url), url=url, site=SITE, remote_id="7", published_at=published)
    assert kept is is_new
    assert set(connection.execute(select(posts.c.id)).scalars()) == {pid("old"), *([record_id(url)] if is_new else [])}
