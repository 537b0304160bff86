"""robots.txt answers kept in the database, so that the next run need not ask again within 24 hours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from sqlalchemy import delete, or_, select
from sqlalchemy.engine import Connection

from newscrawl.net.robots import ERROR_TTL, StoredRobots
from newscrawl.storage.dialect import upsert
from newscrawl.storage.tables import robots
from newscrawl.urls import registrable_domain

__all__ = ["DatabaseRobotsStore", "forget_robots", "load_robots", "robots_failures", "save_robots"]


def robots_failures(connection: Connection, now: float) -> list[StoredRobots]:
    """Answers that were failures and are still remembered at *now* (seconds since the epoch), the newest first."""
    failed = or_(robots.c.reason.is_not(None), robots.c.status >= 500)
    rows = connection.execute(
        select(robots.c.origin, robots.c.status, robots.c.fetched_at, robots.c.reason)
        .where(failed, robots.c.fetched_at > now - ERROR_TTL)
        .order_by(robots.c.fetched_at.desc(), robots.c.origin)
    )
    found = [StoredRobots(row.origin, row.status, b"", row.fetched_at, row.reason) for row in rows]
    return [one for one in found if one.fresh(now)]


def forget_robots(connection: Connection, domain: str) -> int:
    """Forget robots.txt of every origin of the registrable *domain*, of publisher or platform; how many origins."""
    origins = [
        one
        for one in connection.execute(select(robots.c.origin)).scalars()
        if domain in (registrable_domain(one), registrable_domain(one, private=False))
    ]
    for origin in origins:
        connection.execute(delete(robots).where(robots.c.origin == origin))
    return len(origins)


def load_robots(connection: Connection, origin: str) -> StoredRobots | None:
    """The last answer of *origin*, however old."""
    row = connection.execute(select(robots).where(robots.c.origin == origin)).first()
    if row is None:
        return None
    return StoredRobots(row.origin, row.status, row.body.encode("latin-1"), row.fetched_at, row.reason)


def save_robots(connection: Connection, stored: StoredRobots) -> None:
    """Keep *stored* as the last answer of its origin."""
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


class Writes(Protocol):
    """Whoever runs steps of the ledger: a run."""

    def write(self, step: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        """Run *step* with a connection; returns after its commit."""


class DatabaseRobotsStore:
    """The `RobotsStore` of a run."""

    def __init__(self, run: Writes) -> None:
        self._run = run

    async def get(self, origin: str) -> StoredRobots | None:
        """The last answer of *origin*, however old."""
        found: StoredRobots | None = await self._run.write(load_robots, origin)
        return found

    async def put(self, stored: StoredRobots) -> None:
        """Keep *stored* as the last answer of its origin."""
        await self._run.write(save_robots, stored)
