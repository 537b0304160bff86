"""Hosts that asked to be left alone, remembered over runs."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch
from newscrawl.storage.dialect import upsert
from newscrawl.storage.tables import hosts

__all__ = ["LONGEST_HOLD", "held_hosts", "hold_host"]

#: Longest that a `Retry-After` is honoured, in seconds: a week. More is a mistake, or a way to be forgotten.
LONGEST_HOLD = 7 * 86_400.0


def hold_host(connection: Connection, host: str, seconds: float, reason: str) -> None:
    """Ask nothing of *host* for *seconds* from now."""
    until = epoch() + min(seconds, LONGEST_HOLD)
    upsert(connection, hosts, {"host": host, "next_at": until, "reason": reason})


def held_hosts(connection: Connection) -> dict[str, str]:
    """Hosts that may not be asked yet, with the reason; those whose time is over are forgotten."""
    now = epoch()
    connection.execute(delete(hosts).where(hosts.c.next_at <= now))
    return {row.host: row.reason or "" for row in connection.execute(select(hosts.c.host, hosts.c.reason))}
