"""What discovery asks the ledger: which posts are known."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.engine import Connection

from newscrawl.storage.tables import posts

__all__ = ["known_posts"]


def known_posts(
    connection: Connection, site: str, ids: Sequence[str], numbers: Sequence[str]
) -> tuple[set[str], set[str]]:
    """Of *ids*, and of the site's own *numbers*, those that the ledger knows."""
    by_id = connection.execute(select(posts.c.id).where(posts.c.id.in_(ids))).scalars() if ids else ()
    by_number = (
        connection.execute(
            select(posts.c.remote_id).where(posts.c.site == site, posts.c.remote_id.in_(numbers))
        ).scalars()
        if numbers
        else ()
    )
    return set(by_id), {number for number in by_number if number is not None}
