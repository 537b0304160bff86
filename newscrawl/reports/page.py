"""The report: one self-contained HTML page on the collection and its runs.

Everything on it was written by strangers, so nothing of theirs can act: every value is escaped by the template
engine, a content security policy admits our own style and script by their hashes and no request at all, links only
where a crawl itself would go. The script sorts and searches tables; the page is whole without it.
The same database gives the same page, but for the line that says when it was made.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from sqlalchemy.engine import Connection

from newscrawl import __version__
from newscrawl.clock import format_span, format_time, parse_time
from newscrawl.health.findings import Finding
from newscrawl.ledger.upkeep import MOST_ROUNDS
from newscrawl.net.policy import Policy, UrlRefused, check_url
from newscrawl.outcomes import Outcome
from newscrawl.reports.advice import ended, figures, of_findings, sentence, todos
from newscrawl.reports.changes import render_changes
from newscrawl.reports.facts import RunFact
from newscrawl.reports.overview import Overview, collect_overview
from newscrawl.reports.pictures import OUTCOMES, pictures
from newscrawl.reports.show import explain
from newscrawl.text import clean_line

__all__ = ["collect_report", "render_report", "shown"]

#: Publishers that have a section of their own, and reasons in the table.
MOST_SECTIONS = 100
MOST_REASONS = 40
#: Characters of one value; longer ones end in an ellipsis. A longer address is no link.
MOST_CHARS = 300
MOST_URL = 500


def collect_report(connection: Connection) -> Overview:
    """What the page says. Only reads; no clock: due times are absolute."""
    return collect_overview(connection)


def shown(value: object) -> str:
    """*value* as the page shows it: one clean line, at most `MOST_CHARS` characters."""
    line = clean_line(str(value)) or "" if value is not None else ""
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1].rstrip() + "…"


def _moment(epoch: float | None) -> str:
    """Seconds since 1970 as people read a time; empty for due at once and for what no calendar holds."""
    if not epoch or epoch <= 0:
        return ""
    try:
        return _time(format_time(dt.datetime.fromtimestamp(epoch, dt.UTC)))
    except (ValueError, OverflowError, OSError):
        return ""


def _time(value: str | None, precision: str | None = None) -> str:
    """A time string of the record's as people read it, no more exact than it is known."""
    if not value:
        return ""
    if precision == "day":
        return shown(value[:10])
    return shown(value[:16].replace("T", " ") if len(value) >= 16 else value)


def _scope(run: RunFact) -> str:
    parts = [str(run.site or "")]
    if run.categories:
        parts.append(f"categories {run.categories}")
    if run.query:
        parts.append(f"query {run.query}")
    if run.follow is not None and not run.follow:
        parts.append("without following")
    return shown("; ".join(part for part in parts if part))


def _took(run: RunFact) -> str:
    """How long a run lasted: ``1 h 05 min``; nothing where it has not ended or the clock was set back."""
    try:
        seconds = int((parse_time(run.ended_at or "") - parse_time(run.started_at)).total_seconds())
    except (TypeError, ValueError, AttributeError):
        return ""
    return "" if seconds < 0 else format_span(seconds)


def _whole(value: Any) -> int:
    """*value* as a number, nought for anything else: counts of a run are JSON."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}\u00a0%" if whole else "–"


def _parts(outcomes: dict[str, int]) -> list[tuple[int, float, float]]:
    """A stacked bar of 100: number of the outcome's colour, where it begins, how long it is."""
    whole = sum(outcomes.values()) or 1
    begin, parts = 0.0, []
    for number, outcome in enumerate(OUTCOMES):
        length = 100 * outcomes.get(outcome, 0) / whole
        if length:
            parts.append((number, round(begin, 1), round(length, 1)))
        begin += length
    return parts


def render_report(overview: Overview, *, made_at: str, policy: Policy, findings: Sequence[Finding] = ()) -> str:
    """The page for what :func:`collect_report` gave.

    Args:
        made_at: time string of now; the one line that differs from time to time.
        policy: an address that it refuses is shown as text, not as a link.
        findings: what the health checks found; it comes first among what is to be done.
    """

    def link(url: object) -> str | None:
        if not isinstance(url, str) or len(url) > MOST_URL or url != clean_line(url, limit=MOST_URL):
            return None
        try:
            check_url(url, policy=policy)
        except UrlRefused:
            return None
        return url

    todo = [*of_findings(findings), *todos(overview)]
    todo.sort(key=lambda one: not one.bad)
    tone, how = sentence(overview, todo)
    style, script = _read("report.css"), _read("report.js")
    return (
        _environment()
        .from_string(_read("report.html"))
        .render(
            r=overview,
            made_at=made_at,
            version=__version__,
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
            tone=tone,
            sentence=how,
            figures=figures(overview),
            changes=render_changes(overview.changes),
            todo=todo,
            pictures=pictures(overview),
            sections=overview.publishers[:MOST_SECTIONS],
            link=link,
            explain=explain,
            outcome_names={one.value: name for one, name in OUTCOMES.items()},
            outcomes=[outcome.value for outcome in Outcome],
            most={"reasons": MOST_REASONS, "rounds": MOST_ROUNDS, "sections": MOST_SECTIONS},
        )
    )


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")


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
        shown=shown, time=_time, moment=_moment, ended=ended, scope=_scope, took=_took, whole=_whole,
        percent=_percent, parts=_parts, number=lambda n: f"{n:,}",
    )  # fmt: skip
    return environment
