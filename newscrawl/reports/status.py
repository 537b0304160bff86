"""What the database holds, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, format_span
from newscrawl.health.current import current
from newscrawl.health.findings import Level
from newscrawl.reports import facts
from newscrawl.reports.clusters import collect_clusters, render_clusters
from newscrawl.storage.tables import originals
from newscrawl.text import counted, escape_controls

if TYPE_CHECKING:
    from newscrawl.config import Config

__all__ = ["collect_status", "render_status"]

#: Hosts and runs shown.
MOST_HOSTS = 20
MOST_RUNS = 10

_COUNTS = ("new", "changed", "known", "failed")


def collect_status(connection: Connection, config: Config | None = None) -> dict[str, Any]:
    """Everything ``scrapy status --json`` prints, as plain JSON types. Due times are seconds from now."""
    now = epoch()
    found = facts.collection(connection)
    again = facts.retries(connection, 0)
    return {
        "posts": {"discovered": found.discovered, "backlog": found.backlog, "states": found.states},
        "records": {
            "total": found.records,
            "outcomes": found.outcomes,
            "reasons": found.reasons,
            "duplicates": found.duplicates,
        },
        "clusters": collect_clusters(connection),
        # Every discovered post has ended in one outcome or waits: else something was lost.
        "balanced": found.balanced,
        "originals": {
            "states": facts.count_by(connection, originals.c.state),
            "reasons": facts.count_by(connection, originals.c.reason),
        },
        "backlog_by_host": [
            {"host": one.host, "originals": one.originals, "due_in": _in(one.due, now)}
            for one in facts.waiting_originals(connection, MOST_HOSTS).hosts
        ],
        "retries": {
            "waiting": again.waiting,
            "next_due_in": None if again.next_due is None else _in(again.next_due, now),
            "given_up": again.given_up,
        },
        "held_hosts": [
            {"host": one.host, "for": _in(one.until, now), "reason": one.reason}
            for one in facts.held_hosts(connection, MOST_HOSTS, after=now)
        ],
        "health": [one.to_json() for one in current(connection, config)],
        "runs": [_run(one) for one in facts.recent_runs(connection, MOST_RUNS)],
    }


def _in(due: float, now: float) -> int:
    return max(0, round(due - now))


def _run(run: facts.RunFact) -> dict[str, Any]:
    return {
        "id": run.id,
        "spider": run.spider,
        "site": run.site,
        "categories": run.categories or None,
        "query": run.query or None,
        "follow": run.follow,
        "state": run.state,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "exit_status": run.exit_status,
        "message": run.message,
        "counts": run.counts or None,
        "high_water": run.high_water,
    }


def render_status(status: Mapping[str, Any]) -> str:
    """For a person at a terminal."""
    post, record = status["posts"], status["records"]
    discovered, records = counted(post["discovered"], "post"), counted(record["total"], "record")
    lines = [f"{discovered} discovered, {records}, {post['backlog']} waiting"]
    if not status["balanced"]:
        lines.append("NOT BALANCED: some posts are done without a record; please report it")
    lines += _health(status.get("health", ()))
    lines += _table("Outcomes", record["outcomes"], record["total"])
    lines += _table("Reasons", record["reasons"], record["total"])
    if number := record["duplicates"]:
        lines.append(f"\n{counted(number, 'record')} with the same text as an earlier one")
    if "clusters" in status and (told := render_clusters(status["clusters"])):
        lines.append(f"\n{told}")
    return "\n".join([*lines, *_waiting(status), *_last_runs(status["runs"])])


def _health(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong, first of all; nothing where all is well."""
    lines = ["\nHealth"] if findings else []
    for one in findings:
        mark = "NOT WELL" if one["level"] == Level.FAILING else "note"
        lines += [f"  {mark}  {escape_controls(one['message'])}", f"  {'':<8}  -> {escape_controls(one['advice'])}"]
    return lines


def _table(title: str, counts: Mapping[str, int], total: int) -> list[str]:
    if not counts:
        return []
    return [
        f"\n{title}",
        *(f"  {number:>7}  {number / total:>4.0%}  {escape_controls(name)}" for name, number in counts.items()),
    ]


def _waiting(status: Mapping[str, Any]) -> list[str]:
    """What later runs do, and when."""
    lines = ["\nOriginals waiting, by host"] if status["backlog_by_host"] else []
    for row in status["backlog_by_host"]:
        due = f", due in {format_span(row['due_in'])}" if row["due_in"] else ""
        lines.append(f"  {row['originals']:>7}  {escape_controls(row['host'])}{due}")
    retries = status["retries"]
    if retries["waiting"]:
        due = f"in {format_span(retries['next_due_in'])}" if retries["next_due_in"] else "now"
        lines.append(f"\n{counted(retries['waiting'], 'original')} to be tried again by later runs, the next {due}")
    if retries["given_up"]:
        lines.append(
            f"\n{counted(retries['given_up'], 'original')} asked for in vain too often; scrapy retry takes them up"
        )
    for row in status["held_hosts"]:
        span = format_span(row["for"])
        lines.append(f"\n{escape_controls(row['host'])} is left alone for {span} more ({row['reason']})")
    return lines


def _last_runs(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["\nLast runs"] if runs else []
    for run in runs:
        counts = run["counts"] or {}
        told = ", ".join(f"{counts[name]} {name}" for name in _COUNTS if counts.get(name))
        ended = "died: the next crawl takes up what it left" if run["state"] == "lost" else run["state"]
        if run["exit_status"]:
            ended += f" ({run['exit_status']})"
        parts = [run["started_at"], run["spider"], run["site"] or "", ended, told, run["message"] or ""]
        lines.append("  " + "  ".join(escape_controls(part) for part in parts if part))
    return lines
