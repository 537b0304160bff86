"""The report: one self-contained HTML page on the collection and its runs.

Everything on it was written by strangers, so it holds nothing that acts: no
script, no external resource, a content security policy that forbids both, every
value escaped by the template engine, links only where a crawl itself would go.
The same database gives the same page, but for the line that says when it was made.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from newscrawl import __version__
from newscrawl.clock import format_span, format_time, parse_time
from newscrawl.ledger.work import MOST_ROUNDS
from newscrawl.net.policy import Policy, UrlRefused, check_url
from newscrawl.outcomes import Outcome
from newscrawl.reports import facts
from newscrawl.reports.show import explain
from newscrawl.storage.dialect import day_of
from newscrawl.storage.tables import originals, posts, records, runs
from newscrawl.text import clean_line

__all__ = ["collect_report", "render_report", "shown"]

#: Rows of each list; what is left out is said.
MOST_PUBLISHERS = 30
MOST_REASONS = 40
MOST_DAYS = 31
MOST_RUNS = 20
MOST_HOSTS = 20
MOST_RETRIES = 20
MOST_DOWNGRADES = 20
MOST_RECORDS = 50
#: Characters of one value; longer ones end in an ellipsis. A longer address is no link.
MOST_CHARS = 300
MOST_URL = 2_048
#: Posts that claim to be this much newer than the last run are left out of what is newest.
_AHEAD = dt.timedelta(days=2)

_ENDS = {
    "running": "running",
    "finished": "complete",
    "stopped": "stopped by a signal",
    "failed": "failed",
    "lost": "died without closing; the next run takes up its work",
}
_STATUSES = {
    1: "a defect, see its log",
    3: "health is failing",
    4: "something could not be done",
    130: "SIGINT",
    143: "SIGTERM",
}


def collect_report(connection: Connection) -> dict[str, Any]:
    """What the page says, as plain JSON types. Only reads; no clock: due times are absolute."""
    found = facts.collection(connection)
    horizon = _horizon(connection)
    return {
        "posts": found.discovered,
        "waiting": found.backlog,
        "records": found.records,
        "joined": facts.number_of(connection, records.join(posts, posts.c.id == records.c.id)),
        "balanced": found.balanced,
        "duplicates": found.duplicates,
        "gone": facts.number_of(connection, records, records.c.gone_at.is_not(None)),
        "outcomes": found.outcomes,
        "reasons": found.reasons,
        "publishers": _publishers(connection),
        "publishers_known": _number(
            connection, select(func.count(_publisher_key().distinct())).where(records.c.publisher.is_not(None))
        ),
        "days": _days(connection, horizon),
        "undated": facts.number_of(connection, records, records.c.published_at.is_(None)),
        "ahead": 0 if horizon is None else facts.number_of(connection, records, records.c.published_at > horizon),
        "runs": [dataclasses.asdict(run) for run in facts.recent_runs(connection, MOST_RUNS)],
        "runs_known": facts.number_of(connection, runs),
        "backlog": _backlog(connection),
        "retries": _retries(connection),
        "held": [
            {"host": one.host, "until": _moment(one.until), "reason": one.reason}
            for one in facts.held_hosts(connection, MOST_HOSTS)
        ],
        "downgrades": _downgrades(connection),
        "latest": _latest(connection, horizon),
    }


def _number(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar() or 0)


def _horizon(connection: Connection) -> str | None:
    """The latest time that a publication date is believed: that of the newest run, and two days."""
    started = connection.execute(select(runs.c.started_at).order_by(runs.c.number.desc()).limit(1)).scalar()
    try:
        return format_time(parse_time(started) + _AHEAD) if started else None
    except ValueError:
        return None


def _publisher_key() -> Any:
    return func.coalesce(records.c.publisher["domain"].as_string(), records.c.publisher["name"].as_string())


def _publishers(connection: Connection) -> list[dict[str, Any]]:
    each = (
        select(
            _publisher_key().label("key"),
            records.c.publisher["domain"].as_string().label("domain"),
            records.c.publisher["name"].as_string().label("name"),
            records.c.publisher["url"].as_string().label("url"),
            records.c.outcome,
        )
        .where(records.c.publisher.is_not(None))
        .subquery()
    )

    def how_many(*outcomes: str) -> Any:
        return func.sum(case((each.c.outcome.in_(outcomes), 1), else_=0))

    rows = connection.execute(
        select(
            each.c.key,
            func.min(each.c.domain).label("domain"),
            func.min(each.c.name).label("name"),
            func.min(each.c.url).label("url"),
            func.count().label("records"),
            how_many(Outcome.ORIGINAL).label("original"),
            how_many(Outcome.ORIGINAL_PARTIAL).label("partial"),
            how_many(Outcome.POST_ONLY).label("post_only"),
        )
        .where(each.c.key.is_not(None))
        .group_by(each.c.key)
        .order_by(func.count().desc(), each.c.key)
        .limit(MOST_PUBLISHERS)
    )
    return [
        {
            "name": row.name or row.domain,
            "domain": row.domain,
            "url": row.url,
            "records": int(row.records),
            "original": int(row.original),
            "partial": int(row.partial),
            "post_only": int(row.post_only),
        }
        for row in rows
    ]


def _days(connection: Connection, horizon: str | None) -> list[dict[str, Any]]:
    """Records by the day that they were published, the newest days first."""
    dated = records.c.published_at.is_not(None)
    believed = dated if horizon is None else dated & (records.c.published_at <= horizon)
    each = select(day_of(connection, records.c.published_at).label("day")).where(believed).subquery()
    newest = list(
        connection.execute(
            select(each.c.day).group_by(each.c.day).order_by(each.c.day.desc()).limit(MOST_DAYS)
        ).scalars()
    )
    if not newest:
        return []
    some = (
        select(day_of(connection, records.c.published_at).label("day"), records.c.outcome)
        .where(believed, records.c.published_at >= newest[-1])
        .subquery()
    )
    found: dict[str, dict[str, int]] = {day: {} for day in newest}
    for row in connection.execute(
        select(some.c.day, some.c.outcome, func.count().label("number")).group_by(some.c.day, some.c.outcome)
    ):
        found[row.day][row.outcome] = int(row.number)
    return [{"day": day, "records": sum(counts.values()), "outcomes": counts} for day, counts in found.items()]


def _backlog(connection: Connection) -> dict[str, Any]:
    found = facts.waiting_originals(connection, MOST_HOSTS)
    return {
        "originals": found.originals,
        "hosts": [{"host": one.host, "originals": one.originals, "due": _moment(one.due)} for one in found.hosts],
    }


def _retries(connection: Connection) -> dict[str, Any]:
    """Originals that failed for a passing reason and are asked for again by later runs."""
    found = facts.retries(connection, MOST_RETRIES)
    return {
        "waiting": found.waiting,
        "given_up": found.given_up,
        "next": [{**dataclasses.asdict(one), "due": _moment(one.due)} for one in found.next],
    }


def _downgrades(connection: Connection) -> dict[str, Any]:
    """Originals whose link was https and whose answer came over plain http: anyone on the way could have written it."""
    fallen = originals.c.url.like("https:%") & originals.c.final_url.like("http:%")
    rows = connection.execute(
        select(originals.c.url, originals.c.final_url).where(fallen).order_by(originals.c.id).limit(MOST_DOWNGRADES)
    )
    return {
        "originals": facts.number_of(connection, originals, fallen),
        "some": [{"url": row.url, "final_url": row.final_url} for row in rows],
    }


def _latest(connection: Connection, horizon: str | None) -> list[dict[str, Any]]:
    query = select(
        records.c.id,
        records.c.title,
        records.c.url,
        records.c.outcome,
        records.c.reason,
        records.c.published_at,
        records.c.published_precision,
        records.c.publisher,
        records.c.post,
        records.c.original,
        records.c.gone_at,
    )
    if horizon is not None:
        query = query.where((records.c.published_at <= horizon) | records.c.published_at.is_(None))
    rows = connection.execute(
        query.order_by(records.c.published_at.desc().nulls_last(), records.c.id).limit(MOST_RECORDS)
    )
    return [
        {
            "id": row.id,
            "title": row.title,
            "url": row.url,
            "outcome": row.outcome,
            "reason": row.reason,
            "published_at": row.published_at,
            "precision": row.published_precision,
            "publisher": (row.publisher or {}).get("name") or (row.publisher or {}).get("domain"),
            "post_url": (row.post or {}).get("url"),
            "post_site": (row.post or {}).get("site"),
            "original_url": (row.original or {}).get("url"),
            "gone": row.gone_at is not None,
        }
        for row in rows
    ]


def _moment(epoch: float | None) -> str | None:
    """Seconds since 1970 as a time string; ``None`` for due at once and for what no calendar holds."""
    if not epoch or epoch <= 0:
        return None
    try:
        return format_time(dt.datetime.fromtimestamp(epoch, dt.UTC))
    except (ValueError, OverflowError, OSError):
        return None


def shown(value: object) -> str:
    """*value* as the page shows it: one clean line, at most `MOST_CHARS` characters."""
    line = clean_line(str(value)) or "" if value is not None else ""
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1].rstrip() + "…"


def _time(value: str | None, precision: str | None = None) -> str:
    """A time string of the record's as people read it, no more exact than it is known."""
    if not value:
        return ""
    if precision == "day":
        return shown(value[:10])
    return shown(value[:16].replace("T", " ") if len(value) >= 16 else value)


def _ended(run: dict[str, Any]) -> str:
    said = _ENDS.get(str(run["state"]), shown(run["state"]))
    status = run["exit_status"]
    if status:
        why = _STATUSES.get(status, "")
        return f"{said} (status {status}{', ' if why else ''}{why})"
    return said


def _scope(run: dict[str, Any]) -> str:
    parts = [str(run["site"] or "")]
    if run["categories"]:
        parts.append(f"categories {run['categories']}")
    if run["query"]:
        parts.append(f"query {run['query']}")
    if run["follow"] is not None and not run["follow"]:
        parts.append("without following")
    return shown("; ".join(part for part in parts if part))


def _took(run: dict[str, Any]) -> str:
    """How long a run lasted: ``1 h 05 min``; nothing where it has not ended or the clock was set back."""
    try:
        seconds = int((parse_time(run["ended_at"]) - parse_time(run["started_at"])).total_seconds())
    except (TypeError, ValueError, AttributeError):
        return ""
    return "" if seconds < 0 else format_span(seconds)


def _whole(value: Any) -> int:
    """*value* as a number, nought for anything else: counts of a run are JSON."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def render_report(report: dict[str, Any], *, made_at: str, policy: Policy) -> str:
    """The page for what :func:`collect_report` gave.

    Args:
        made_at: time string of now; the one line that differs from time to time.
        policy: an address that it refuses is shown as text, not as a link.
    """

    def link(url: object) -> str | None:
        if not isinstance(url, str) or len(url) > MOST_URL or url != clean_line(url, limit=MOST_URL):
            return None
        try:
            check_url(url, policy=policy)
        except UrlRefused:
            return None
        return url

    environment = _environment()
    style = _read("report.css")
    page = environment.from_string(_read("report.html"))
    return page.render(
        r=report,
        made_at=made_at,
        version=__version__,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii"),
        link=link,
        explain=explain,
        outcomes=[outcome.value for outcome in Outcome],
        most={"publishers": MOST_PUBLISHERS, "reasons": MOST_REASONS, "records": MOST_RECORDS, "rounds": MOST_ROUNDS},
    )


@cache
def _read(name: str) -> str:
    # Through the loader, not from a path: scrapyd runs a project out of a zipped egg.
    return resources.files("newscrawl.reports").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=BaseLoader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        shown=shown, time=_time, ended=_ended, scope=_scope, took=_took, whole=_whole, number=lambda n: f"{n:,}"
    )
    return environment
