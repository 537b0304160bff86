"""What the report tells: the collection, its last two weeks, publishers, runs. Only reads.

The records are read once, by one aggregate; everything else comes from indexes or small tables. There is no clock
here: "now" is the start of the newest run, so one database gives one report.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.engine import Connection

from newscrawl.clock import format_time, parse_time
from newscrawl.outcomes import Outcome
from newscrawl.reports import facts
from newscrawl.reports.changes import collect_changes
from newscrawl.reports.clusters import collect_clusters, render_clusters
from newscrawl.reports.facts import HeldHost, Retries, RunFact
from newscrawl.storage.dialect import day_of
from newscrawl.storage.tables import originals, posts, records, run_figures, runs

__all__ = ["Day", "Downgrade", "Latest", "Overview", "PublisherFact", "Week", "collect_overview"]

#: Rows of each list; what is left out is said.
MOST_PUBLISHERS = 300
MOST_DAYS = 31
MOST_RUNS = 50
MOST_HOSTS = 50
MOST_RETRIES = 50
MOST_DOWNGRADES = 20
MOST_RECORDS = 100
#: The newest records, among which the examples of publishers are looked for, and examples of one publisher.
MOST_LOOKED = 3_000
MOST_EXAMPLES = 3
#: Runs by which it is told how long hosts let us wait, and answers of a host that it takes.
MOST_FIGURES = 200
LEAST_ANSWERS = 3
#: Posts that claim to be this much newer than the last run are left out of what is newest.
_AHEAD = dt.timedelta(days=2)
_WEEK = dt.timedelta(days=7)
#: Sizes of clusters that are told apart: the least of each band.
_BANDS = ((1, "1"), (2, "2"), (3, "3"), (4, "4–5"), (6, "6–10"), (11, "11–20"), (21, "more"))


@dataclass(slots=True)
class Week:
    """Seven days. ``posts``: discovered in them; ``outcomes``: of the records made; ``runs_well``: with status 0."""

    posts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    runs_well: int = 0

    @property
    def records(self) -> int:
        """Records made."""
        return self.outcomes.total()

    @property
    def reached(self) -> int:
        """Records that hold the original's text, whole or in part."""
        return _reached(self.outcomes)


@dataclass(frozen=True, slots=True)
class Day:
    """Records published on one day, by outcome."""

    day: str
    outcomes: Counter[str]


@dataclass(frozen=True, slots=True)
class Latest:
    """One record. ``original_url``: where its text stands; ``post_url``: the post."""

    id: str
    title: str | None
    url: str | None
    outcome: str
    reason: str | None
    published_at: str | None
    precision: str | None
    publisher: str | None
    publisher_key: str | None
    publisher_url: str | None
    post_url: str | None
    post_site: str | None
    gone: bool


@dataclass(slots=True)
class PublisherFact:
    """One publisher, by domain (by name where that is not known). ``newest``: day of its newest record."""

    key: str
    name: str | None = None
    domain: str | None = None
    url: str | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    newest: str | None = None
    this_week: Counter[str] = field(default_factory=Counter)
    last_week: Counter[str] = field(default_factory=Counter)
    examples: list[Latest] = field(default_factory=list)

    @property
    def records(self) -> int:
        """Records of any outcome."""
        return self.outcomes.total()

    @property
    def reached(self) -> int:
        """Records that hold the original's text, whole or in part."""
        return _reached(self.outcomes)


@dataclass(frozen=True, slots=True)
class Downgrade:
    """An original that was linked by https and answered over plain http."""

    url: str
    final_url: str


@dataclass(slots=True)
class Overview:
    """Everything on the page. ``at``: start of the newest run, a time string in UTC."""

    at: str | None
    posts: int
    waiting: int
    records: int
    joined: int
    balanced: bool
    duplicates: int
    gone: int
    outcomes: dict[str, int]
    reasons: dict[str, int]
    this_week: Week
    last_week: Week
    days: list[Day]
    undated: int
    ahead: int
    languages: dict[str, int]
    clusters: dict[str, int]
    duplicates_told: list[str]
    changes: dict[str, Any]
    latencies: dict[str, float]
    publishers: list[PublisherFact]
    publishers_known: int
    runs: list[RunFact]
    runs_known: int
    backlog: facts.Backlog
    retries: Retries
    held: list[HeldHost]
    downgrades: list[Downgrade]
    downgrades_known: int
    latest: list[Latest]

    @property
    def at_epoch(self) -> float:
        """The start of the newest run in seconds since 1970, UTC; 0 where there is none."""
        moment = _moment(self.at)
        return moment.timestamp() if moment is not None else 0.0


def _reached(outcomes: Counter[str]) -> int:
    return outcomes[Outcome.ORIGINAL] + outcomes[Outcome.ORIGINAL_PARTIAL]


def collect_overview(connection: Connection) -> Overview:
    """What the report tells of the database behind *connection*."""
    found = facts.collection(connection)
    started = connection.execute(select(runs.c.started_at).order_by(runs.c.number.desc()).limit(1)).scalar()
    at = _moment(started)
    horizon = format_time(at + _AHEAD) if at is not None else None
    whole = _Records(horizon)
    whole.read(connection, at)
    looked = _latest(connection, horizon, MOST_LOOKED)
    publishers = whole.publishers_by_size()
    named = publishers[:MOST_PUBLISHERS]
    _give_examples(named, looked)
    this_week, last_week = whole.this_week, whole.last_week
    if at is not None:
        _count_posts(connection, at, this_week, last_week)
        _count_runs(connection, at, this_week, last_week)
    fallen = originals.c.url.like("https:%") & originals.c.final_url.like("http:%")
    return Overview(
        at=started,
        posts=found.discovered,
        waiting=found.backlog,
        records=found.records,
        joined=facts.number_of(connection, records.join(posts, posts.c.id == records.c.id)),
        balanced=found.balanced,
        duplicates=found.duplicates,
        gone=whole.gone,
        outcomes=found.outcomes,
        reasons=found.reasons,
        this_week=this_week,
        last_week=last_week,
        days=whole.newest_days(),
        undated=whole.undated,
        ahead=whole.ahead,
        languages=dict(whole.languages.most_common()),
        clusters=_clusters(connection),
        duplicates_told=render_clusters(collect_clusters(connection)).splitlines(),
        changes=collect_changes(connection),
        latencies=_latencies(connection),
        publishers=named,
        publishers_known=len(publishers),
        runs=facts.recent_runs(connection, MOST_RUNS),
        runs_known=facts.number_of(connection, runs),
        backlog=facts.waiting_originals(connection, MOST_HOSTS),
        retries=facts.retries(connection, MOST_RETRIES),
        held=facts.held_hosts(connection, MOST_HOSTS),
        downgrades=[
            Downgrade(row.url, row.final_url)
            for row in connection.execute(
                select(originals.c.url, originals.c.final_url)
                .where(fallen)
                .order_by(originals.c.id)
                .limit(MOST_DOWNGRADES)
            )
        ],
        downgrades_known=facts.number_of(connection, originals, fallen),
        latest=looked[:MOST_RECORDS],
    )


def _moment(value: str | None) -> dt.datetime | None:
    try:
        return parse_time(value) if value else None
    except ValueError:
        return None


class _Records:
    """The one reading of all records, summed up by publisher, day, week and language."""

    def __init__(self, horizon: str | None) -> None:
        self._horizon_day = (horizon or "9999")[:10]
        self._publishers: dict[str, PublisherFact] = {}
        self._days: dict[str, Counter[str]] = defaultdict(Counter)
        self.this_week, self.last_week = Week(), Week()
        self.languages: Counter[str] = Counter()
        self.gone = self.undated = self.ahead = 0

    def read(self, connection: Connection, at: dt.datetime | None) -> None:
        """Read all records; weeks are counted back from *at*."""
        each = (
            select(
                records.c.publisher["domain"].as_string().label("domain"),
                records.c.publisher["name"].as_string().label("name"),
                records.c.outcome,
                records.c.reason,
                records.c.language,
                day_of(connection, records.c.published_at).label("day"),
                _week_of(records.c.crawled_at, at).label("week"),
                case((records.c.gone_at.is_not(None), 1), else_=0).label("gone"),
            )
        ).subquery()
        groups = [each.c[name] for name in ("domain", "name", "outcome", "reason", "language", "day", "week", "gone")]
        rows = connection.execution_options(stream_results=True).execute(
            select(*(*groups, func.count().label("number"))).group_by(*groups)
        )
        for row in rows:
            domain, name, outcome, reason, language, day, week, gone, number = row
            self._count(domain, name, outcome, reason, day, week, number)
            self.languages[_main_language(language)] += number
            self.gone += number if gone else 0

    def _count(
        self, domain: str | None, name: str | None, outcome: str, reason: str | None,
        day: str | None, week: int, number: int,
    ) -> None:  # fmt: skip
        if week < 2:
            (self.this_week, self.last_week)[week].outcomes[outcome] += number
        if day is None:
            self.undated += number
        elif day > self._horizon_day:
            self.ahead += number
        else:
            self._days[day][outcome] += number
        key = domain or name
        if key is None:
            return
        one = self._publishers.get(key)
        if one is None:
            one = self._publishers[key] = PublisherFact(key, name, domain)
        one.name = min(filter(None, (one.name, name)), default=None)
        one.outcomes[outcome] += number
        if reason is not None:
            one.reasons[reason] += number
        if week < 2:
            (one.this_week, one.last_week)[week][outcome] += number
        if day is not None and day <= self._horizon_day:
            one.newest = max(one.newest or day, day)

    def publishers_by_size(self) -> list[PublisherFact]:
        """Publishers, those with most records first."""
        return sorted(self._publishers.values(), key=lambda one: (-one.records, one.key))

    def newest_days(self) -> list[Day]:
        """The newest days that have records, the oldest of them first."""
        return [Day(day, self._days[day]) for day in sorted(self._days)[-MOST_DAYS:]]


def _week_of(column: ColumnElement[str], at: dt.datetime | None) -> ColumnElement[int]:
    """0 for the seven days up to *at* and what came after, 1 for the seven before, else 2."""
    if at is None:
        return case((column.is_(None), 2), else_=2)
    this, last = format_time(at - _WEEK), format_time(at - 2 * _WEEK)
    return case((column > this, 0), (column > last, 1), else_=2)


def _main_language(language: str | None) -> str:
    return (language or "").partition("-")[0].lower() or "unknown"


def _count_posts(connection: Connection, at: dt.datetime, *weeks: Week) -> None:
    which = _week_of(posts.c.discovered_at, at).label("week")
    rows = connection.execute(select(which, func.count()).group_by(which))
    for number, count in rows:
        if number < len(weeks):
            weeks[number].posts = int(count)


def _count_runs(connection: Connection, at: dt.datetime, *weeks: Week) -> None:
    which = _week_of(runs.c.started_at, at).label("week")
    well = func.sum(case(((runs.c.exit_status == 0) | (runs.c.state == "running"), 1), else_=0))
    for number, count, fine in connection.execute(select(which, func.count(), well).group_by(which)):
        if number < len(weeks):
            weeks[number].runs, weeks[number].runs_well = int(count), int(fine)


def _clusters(connection: Connection) -> dict[str, int]:
    """How many clusters there are of each size; read from an index alone."""
    sizes = (
        select(func.count().label("size"))
        .where(records.c.cluster_id.is_not(None))
        .group_by(records.c.cluster_id)
        .subquery()
    )
    found = {name: 0 for _, name in _BANDS}
    for size, number in connection.execute(select(sizes.c.size, func.count()).group_by(sizes.c.size)):
        found[next(name for least, name in reversed(_BANDS) if size >= least)] += int(number)
    return found


def _latencies(connection: Connection) -> dict[str, float]:
    """Mean seconds until a host's answers begin, the slowest first, by the last runs; of hosts with some answers."""
    answers: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    newest = select(run_figures.c.figures).order_by(run_figures.c.started_at.desc()).limit(MOST_FIGURES)
    for figures in connection.execute(newest).scalars():
        for host, (number, took) in figures.get("waits", {}).items():
            answers[host] += number
            seconds[host] += took
    means = {host: seconds[host] / number for host, number in answers.items() if number >= LEAST_ANSWERS}
    return dict(sorted(means.items(), key=lambda pair: -pair[1])[:MOST_HOSTS])


def _latest(connection: Connection, horizon: str | None, most: int) -> list[Latest]:
    """The newest *most* records, the undated last."""
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
        records.c.gone_at,
    )
    dated = query.where(records.c.published_at.is_not(None))
    if horizon is not None:
        dated = dated.where(records.c.published_at <= horizon)
    rows = list(connection.execute(dated.order_by(records.c.published_at.desc(), records.c.id.desc()).limit(most)))
    if len(rows) < MOST_RECORDS:
        undated = query.where(records.c.published_at.is_(None)).order_by(records.c.id)
        rows += connection.execute(undated.limit(MOST_RECORDS - len(rows)))
    made = []
    for row in rows:
        publisher, post = row.publisher or {}, row.post or {}
        made.append(
            Latest(
                id=row.id,
                title=row.title,
                url=row.url,
                outcome=row.outcome,
                reason=row.reason,
                published_at=row.published_at,
                precision=row.published_precision,
                publisher=publisher.get("name") or publisher.get("domain"),
                publisher_key=publisher.get("domain") or publisher.get("name"),
                publisher_url=publisher.get("url"),
                post_url=post.get("url"),
                post_site=post.get("site"),
                gone=row.gone_at is not None,
            )
        )
    return made


def _give_examples(publishers: list[PublisherFact], looked: list[Latest]) -> None:
    """The newest records of each publisher, as far as they are among those *looked* at."""
    by_key = {one.key: one for one in publishers}
    for record in looked:
        one = by_key.get(record.publisher_key or "")
        if one is not None:
            one.url = one.url or record.publisher_url
            if len(one.examples) < MOST_EXAMPLES:
                one.examples.append(record)
