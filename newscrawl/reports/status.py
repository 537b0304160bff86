"""What the database holds, counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch
from newscrawl.ledger.upkeep import MOST_ROUNDS
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, hosts, originals, posts, records, runs, scopes
from newscrawl.text import escape_controls

__all__ = ["collect_status", "count_by", "is_balanced", "render_status"]

#: Hosts and runs shown.
MOST_HOSTS = 20
MOST_RUNS = 10


def collect_status(connection: Connection) -> dict[str, Any]:
    """Everything ``scrapy status --json`` prints, as plain JSON types."""
    states = count_by(connection, posts.c.state)
    outcomes = count_by(connection, records.c.outcome)
    reasons = count_by(connection, records.c.reason)
    waiting = connection.execute(
        select(originals.c.host, func.count().label("number"), func.min(originals.c.next_at).label("due"))
        .where(originals.c.state == STATE_DISCOVERED)
        .group_by(originals.c.host)
        .order_by(func.count().desc(), originals.c.host)
        .limit(MOST_HOSTS)
    ).all()
    discovered = sum(states.values())
    done = states.get(STATE_DONE, 0)
    now = epoch()
    return {
        "posts": {"discovered": discovered, "backlog": discovered - done, "states": states},
        "records": {
            "total": sum(outcomes.values()),
            "outcomes": outcomes,
            "reasons": reasons,
            "duplicates": connection.execute(
                select(func.count()).select_from(records).where(records.c.duplicate_of.is_not(None))
            ).scalar(),
        },
        # Every discovered post has ended in one outcome or waits: else something was lost.
        "balanced": is_balanced(connection),
        "originals": {
            "states": count_by(connection, originals.c.state),
            "reasons": count_by(connection, originals.c.reason),
        },
        "backlog_by_host": [
            {"host": row.host, "originals": row.number, "due_in": max(0, round(row.due - now))} for row in waiting
        ],
        "retries": _retries(connection, now),
        "held_hosts": [
            {"host": row.host, "for": max(0, round(row.next_at - now)), "reason": row.reason}
            for row in connection.execute(select(hosts).where(hosts.c.next_at > now).order_by(hosts.c.host))
        ],
        "runs": [_run(row) for row in connection.execute(_runs_query())],
    }


def _retries(connection: Connection, now: float) -> dict[str, Any]:
    """Originals that failed for a passing reason: how many later runs try again, when the next falls due."""
    row = connection.execute(
        select(func.count(), func.min(originals.c.next_at)).where(
            originals.c.state == STATE_DONE, originals.c.rounds > 0, originals.c.rounds < MOST_ROUNDS
        )
    ).one()
    given_up = connection.execute(
        select(func.count()).select_from(originals).where(originals.c.rounds >= MOST_ROUNDS)
    ).scalar()
    return {
        "waiting": row[0],
        "next_due_in": None if row[1] is None else max(0, round(row[1] - now)),
        "given_up": given_up,
    }


def _runs_query() -> Any:
    return (
        select(runs, scopes.c.site, scopes.c.categories, scopes.c.query, scopes.c.follow, scopes.c.high_water)
        .outerjoin(scopes, scopes.c.id == runs.c.scope_id)
        .order_by(runs.c.number.desc())
        .limit(MOST_RUNS)
    )


def _run(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "spider": row.spider,
        "site": row.site,
        "categories": row.categories or None,
        "query": row.query or None,
        "follow": row.follow,
        "state": row.state,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "exit_status": row.exit_status,
        "message": row.message,
        "counts": row.counts,
        "high_water": row.high_water,
    }


def count_by(connection: Connection, column: Any) -> dict[str, int]:
    """How many rows have each value of *column*, the most frequent first."""
    rows = connection.execute(
        select(column, func.count()).where(column.is_not(None)).group_by(column).order_by(func.count().desc(), column)
    )
    return {str(value): int(number) for value, number in rows}


def is_balanced(connection: Connection) -> bool:
    """Whether the posts that are done are exactly those with a record (records of articles apart)."""
    missing = connection.execute(
        select(func.count())
        .select_from(posts.outerjoin(records, records.c.id == posts.c.id))
        .where(posts.c.state == STATE_DONE, records.c.id.is_(None))
    ).scalar()
    return missing == 0


def render_status(status: dict[str, Any]) -> str:
    """For a person at a terminal."""
    post, record = status["posts"], status["records"]
    lines = [f"{post['discovered']} posts discovered, {record['total']} records, {post['backlog']} waiting"]
    if not status["balanced"]:
        lines.append("NOT BALANCED: some posts are done without a record; please report it")
    lines += _table("Outcomes", record["outcomes"])
    lines += _table("Reasons", record["reasons"])
    if record["duplicates"]:
        lines.append(f"\n{record['duplicates']} records are exact duplicates of another")
    if status["backlog_by_host"]:
        lines.append("\nOriginals waiting, by host")
        for row in status["backlog_by_host"]:
            due = f", due in {row['due_in']} s" if row["due_in"] else ""
            lines.append(f"  {row['originals']:>7}  {escape_controls(row['host'])}{due}")
    retries = status["retries"]
    if retries["waiting"]:
        due = "now" if not retries["next_due_in"] else f"in {retries['next_due_in']} s"
        lines.append(f"\n{retries['waiting']} originals are tried again by later runs, the next {due}")
    if retries["given_up"]:
        lines.append(f"\n{retries['given_up']} originals were asked for in vain too often; scrapy retry takes them up")
    for row in status["held_hosts"]:
        lines.append(f"\n{escape_controls(row['host'])} is left alone for {row['for']} s more ({row['reason']})")
    if status["runs"]:
        lines.append("\nLast runs")
        for run in status["runs"]:
            counts = run["counts"] or {}
            told = ", ".join(
                f"{counts[name]} {name}" for name in ("new", "changed", "known", "failed") if counts.get(name)
            )
            ended = f"{run['state']}" + (f" ({run['exit_status']})" if run["exit_status"] else "")
            parts = [run["started_at"], run["spider"], run["site"] or "", ended, told, run["message"] or ""]
            lines.append("  " + "  ".join(escape_controls(part) for part in parts if part))
    return "\n".join(lines)


def _table(title: str, counts: dict[str, int]) -> list[str]:
    if not counts:
        return []
    return [f"\n{title}", *(f"  {number:>7}  {escape_controls(name)}" for name, number in counts.items())]
