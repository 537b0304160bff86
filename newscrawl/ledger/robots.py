"""robots.txt answers kept in the database, so that the next run need not ask again within 24 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.engine import Connection

from newscrawl.net.robots import StoredRobots
from newscrawl.storage.dialect import upsert
from newscrawl.storage.tables import robots

if TYPE_CHECKING:
    from newscrawl.session import Session

__all__ = ["DatabaseRobotsStore"]


def _load(connection: Connection, origin: str) -> StoredRobots | None:
    row = connection.execute(select(robots).where(robots.c.origin == origin)).first()
    if row is None:
        return None
    return StoredRobots(row.origin, row.status, row.body.encode("latin-1"), row.fetched_at, row.reason)


def _save(connection: Connection, stored: StoredRobots) -> None:
    # Bytes as Latin-1 text: one character a byte. NUL, which PostgreSQL's text refuses, means nothing in robots.txt.
    body = stored.body.replace(b"\0", b"").decode("latin-1")
    row = {
        "origin": stored.origin,
        "status": stored.status,
        "body": body,
        "fetched_at": stored.fetched_at,
        "reason": stored.reason,
    }
    upsert(connection, robots, row)


class DatabaseRobotsStore:
    """The `RobotsStore` of a run."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, origin: str) -> StoredRobots | None:
        """The last answer of *origin*, however old."""
        return await self._session.write(_load, origin)

    async def put(self, stored: StoredRobots) -> None:
        """Keep *stored* as the last answer of its origin."""
        await self._session.write(_save, stored)
