"""The end of a run: what it found is entered and judged, episodes begin and end, alarms are given."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, parse_time, time_text
from newscrawl.health.alarms import give_alarms
from newscrawl.health.current import LIVE, live_findings
from newscrawl.health.figures import FIELDS, Figures, Seen, Waits, count
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.machine import DateSeen, clock_by_servers
from newscrawl.health.monitors import Case, failing_names, judge
from newscrawl.health.volume import HOUR, Hours
from newscrawl.storage.tables import episodes, listed, posts, records, run_figures, runs
from newscrawl.text import clean_line

if TYPE_CHECKING:
    from newscrawl.crawling.run import Run
    from newscrawl.ledger.scopes import Scope

__all__ = ["MACHINE", "judge_run", "listed_before", "sync_live"]

logger = logging.getLogger("newscrawl.health.judge")

#: The scope of findings about the machine.
MACHINE = ""
#: Records of one run that are looked at, the last ones: a backfill of millions is judged by these.
MOST_RECORDS = 5_000
#: Runs of the scope that are read, and days of posts.
MOST_HISTORY = 800
DAYS_OF_POSTS = 63
#: Monitors that say that lists show less than there is.
_KEEPING_BACK = frozenset({Monitor.LISTING.value, Monitor.SILENCE.value, Monitor.POSTS.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of a run: what is wrong with its scope and machine now, what began with it, what recovered."""

    wrong: list[Finding]
    began: list[Finding]
    recovered: list[Finding]


def judge_run(
    run: Run, *, unmodified: int, dates: Sequence[DateSeen], expect: Mapping[str, float], waits: Waits | None = None
) -> Judged:
    """Judge *run*, whose records are all stored; blocking.

    Args:
        unmodified: answers *not modified* that it got.
        dates: what servers said of the time.
        expect: what the site's declaration expects.
        waits: how long hosts let it wait.
    """
    clock = clock_by_servers(dates)
    with run.engine.connect().execution_options(newscrawl_readonly=True) as connection:
        case = _case(connection, run, unmodified, expect)
    if clock is not None:
        case.now.forget_times()
    judged = judge(case)
    now = epoch()
    own = [*judged.wrong.values()]
    figures = case.now
    figures.waits = waits.most_asked() if waits is not None else {}
    figures.failing = failing_names(judged.standing(case.failing))

    def step(connection: Connection) -> Judged:
        values = {"scope_id": case.scope, "started_at": time_text(figures.started), "figures": figures.to_json()}
        connection.execute(insert(run_figures).values(run_id=run.id, **values))
        # What hangs on the time of day is for `sync_live`.
        here = _sync(connection, case.scope, own, judged.well, now, only=frozenset(Monitor) - LIVE)
        right = {Monitor.CLOCK} if dates and not clock else set()
        machine = _sync(connection, MACHINE, [clock] if clock else [], right, now, only=frozenset({Monitor.CLOCK}))
        live = sync_live(connection, run, now, but=case.scope)
        return Judged(
            wrong=[*here.wrong, *machine.wrong, *live.wrong],
            began=[*here.began, *machine.began, *live.began],
            recovered=[*here.recovered, *machine.recovered, *live.recovered],
        )

    done = run.writer.submit(step).result()
    give_alarms(run.engine, run.config)
    return done


def sync_live(connection: Connection, run: Run | None, now: float, *, but: str = "-", config: Any = None) -> Judged:
    """Let episodes follow what is wrong at this moment: runs that did not come, scopes held, disk, clock."""
    asking = run.config if run is not None else config
    found = live_findings(connection, asking, now=now, ending=run.id if run is not None else None)
    wrong = [one for one in found if one.scope != but or one.monitor is not Monitor.HELD]
    judged = Judged(wrong=[], began=[], recovered=[])
    scopes = {one.scope for one in wrong} | set(
        connection.execute(
            select(episodes.c.scope_id).where(episodes.c.ended_at.is_(None), episodes.c.monitor.in_(LIVE)).distinct()
        ).scalars()
    )
    for scope in sorted(scopes):
        mine = [one for one in wrong if one.scope == scope]
        # A clock that servers say is wrong is not well because no run lies in its future.
        part = _sync(connection, scope, mine, set(LIVE) - {Monitor.CLOCK}, now, only=LIVE)
        judged.wrong.extend(part.wrong)
        judged.began.extend(part.began)
        judged.recovered.extend(part.recovered)
    return judged


def _sync(
    connection: Connection,
    scope: str,
    wrong: Sequence[Finding],
    well: set[Monitor],
    now: float,
    *,
    only: frozenset[Monitor] | None = None,
) -> Judged:
    """Begin and end the episodes of *scope*; what is wrong with it then (of the monitors in *only*)."""
    text = time_text(now)
    rows = connection.execute(
        select(episodes).where(episodes.c.scope_id == scope, episodes.c.ended_at.is_(None)).order_by(episodes.c.number)
    ).all()
    is_open = {Monitor(row.monitor): row for row in rows}
    judged = Judged(wrong=[], began=[], recovered=[])
    for finding in wrong:
        row = is_open.get(finding.monitor)
        values = {"seen_at": text, "level": finding.level.value, "finding": finding.to_json()}
        if row is None:
            connection.execute(
                insert(episodes).values(
                    scope_id=scope,
                    monitor=finding.monitor.value,
                    began_at=finding.since or text,
                    told={},
                    **values,
                )
            )
            judged.began.append(finding)
        else:
            connection.execute(update(episodes).where(episodes.c.number == row.number).values(**values))
        judged.wrong.append(finding)
    now_wrong = {one.monitor for one in wrong}
    for monitor, row in is_open.items():
        if monitor in now_wrong:
            continue
        finding = Finding.of(row.finding)
        if monitor in well:
            connection.execute(
                update(episodes).where(episodes.c.number == row.number).values(ended_at=text, how="recovered")
            )
            judged.recovered.append(finding)
        elif only is None or monitor in only:
            judged.wrong.append(finding)
    return judged


# --- reading -----------------------------------------------------------------------------------------------------


def _case(connection: Connection, run: Run, unmodified: int, expect: Mapping[str, float]) -> Case:
    scope: Scope = run.entry.scope
    history = _history(connection, scope.id)
    figures = _figures(connection, run, history, unmodified, expect)
    is_open = {
        Monitor(row.monitor): Finding.of(row.finding)
        for row in connection.execute(
            select(episodes).where(episodes.c.scope_id == scope.id, episodes.c.ended_at.is_(None))
        )
        if Monitor(row.monitor) not in LIVE
    }
    accepted = connection.execute(
        select(episodes.c.monitor, func.max(episodes.c.began_at))
        .where(episodes.c.scope_id == scope.id, episodes.c.how == "accepted")
        .group_by(episodes.c.monitor)
    )
    tells = figures.regular and figures.complete and bool(figures.listed or figures.unmodified)
    return Case(
        scope=scope.id,
        name=scope.describe(),
        history=history,
        now=figures,
        hours=_hours(connection, scope.id, figures.started) if tells else None,
        failing=is_open,
        accepted={Monitor(name): parse_time(began).timestamp() for name, began in accepted},
    )


def _history(connection: Connection, scope: str) -> list[Figures]:
    rows = connection.execute(
        select(run_figures.c.figures)
        .where(run_figures.c.scope_id == scope)
        .order_by(run_figures.c.started_at.desc())
        .limit(MOST_HISTORY)
    ).scalars()
    return sorted((Figures.of(row) for row in rows), key=lambda one: one.started)


def _figures(
    connection: Connection, run: Run, history: Sequence[Figures], unmodified: int, expect: Mapping[str, float]
) -> Figures:
    arguments = run.arguments
    started = connection.execute(select(runs.c.started_at).where(runs.c.id == run.id)).scalar()
    ended_early = run.stopped_by is not None or run.writer.failed is not None
    figures = Figures(
        run_id=run.id,
        started=parse_time(started).timestamp() if started else epoch(),
        ended=epoch(),
        status=run.exit_status,
        regular=not ({"since", "until", "limit", "refresh"} & set(arguments.given)),
        complete=not (run.problems or run.defects or ended_early or run.unlisted),
        surfaces={name: number for name, number in run.listed.items() if number},
        unmodified=unmodified,
        refused={name: [clean_line(part, limit=300) or "" for part in why] for name, why in run.refused.items()},
        unlisted=[clean_line(part, limit=300) or "" for part in run.unlisted],
        auto=arguments.given.get("surface", "auto") == "auto",
        left_out={} if run.any_usable else dict(run.left_out),
        expect=dict(expect),
    )
    known = _known_posts(connection, run)
    figures.in_window = len(known)
    figures.examples["known"] = known[:3]
    count(figures, _seen(connection, run.id), previous=listed_before(history, figures.started))
    return figures


def listed_before(history: Sequence[Figures], started: float) -> float | None:
    """When the last run before *started* began that listed all there was; what is dated before it, it should have seen.

    A run whose clock was wrong cannot say so, whether servers told of it or it began later than the one after it; nor
    one whose lists showed nothing, or were frozen: what they kept back is not dated wrongly.
    """
    whole = (
        one.started
        for one in reversed(history)
        if one.complete and one.regular and not one.clock_wrong and (one.listed or one.unmodified)
        if _KEEPING_BACK.isdisjoint(one.failing)
    )
    return next((at for at in whole if at < started), None)


def _known_posts(connection: Connection, run: Run) -> list[str]:
    """Addresses of posts in the run's window that were known before it, the newest first; 50 are enough."""
    window = run.window
    query = (
        select(posts.c.url)
        .join(listed, listed.c.post_id == posts.c.id)
        .where(listed.c.scope_id == window.scope_id, posts.c.run_id != run.id, posts.c.published_at.is_not(None))
        .order_by(posts.c.published_at.desc())
        .limit(50)
    )
    if window.since is not None:
        query = query.where(listed.c.rank >= window.since, listed.c.rank < "9")
    if window.until is not None:
        query = query.where(posts.c.published_at < window.until)
    return list(connection.execute(query).scalars())


def _seen(connection: Connection, run_id: str) -> list[Seen]:
    columns = [getattr(records.c, name) for name in FIELDS if name != "text"]
    rows = connection.execute(
        select(
            records.c.id,
            records.c.url,
            records.c.outcome,
            records.c.reason,
            records.c.text_source,
            records.c.text_hash,
            records.c.word_count,
            records.c.published_precision,
            records.c.publisher,
            records.c.post,
            records.c.attribution,
            *columns,
            posts.c.url.label("post_url"),
            posts.c.discovered_at,
            posts.c.run_id.label("found_by"),
        )
        .outerjoin(posts, posts.c.id == records.c.id)
        .where(records.c.stored_run == run_id)
        .order_by(records.c.crawled_at.desc())
        .limit(MOST_RECORDS)
    )
    return [_one(row, run_id) for row in rows]


def _one(row: Any, run_id: str) -> Seen:
    posted = (row.post or {}).get("published_at")
    exact = posted is not None and not posted.endswith("T00:00:00Z")
    original = row.published_at if row.published_precision == "second" and row.text_source == "original" else None
    attribution = row.attribution or {}
    publisher = row.publisher or {}
    present = {name for name in FIELDS if name != "text" and getattr(row, name)}
    return Seen(
        url=row.post_url or row.url,
        outcome=row.outcome,
        reason=row.reason,
        wording=attribution.get("phrase"),
        publisher=publisher.get("domain"),
        language=row.language,
        present=frozenset(present | ({"text"} if row.text_hash else set())),
        words=row.word_count,
        text_source=row.text_source,
        posted=parse_time(posted).timestamp() if posted and exact else None,
        published=parse_time(original).timestamp() if original else None,
        discovered=parse_time(row.discovered_at).timestamp() if row.found_by == run_id and row.discovered_at else None,
    )


def _hours(connection: Connection, scope: str, started: float) -> Hours:
    oldest = time_text(started - DAYS_OF_POSTS * 86_400)
    hour = func.substr(posts.c.published_at, 1, 13)
    rows = connection.execute(
        select(hour, func.count())
        .select_from(listed.join(posts, posts.c.id == listed.c.post_id))
        .where(listed.c.scope_id == scope, posts.c.published_at >= oldest)
        .group_by(hour)
    )
    counts = {int(parse_time(f"{text}:00:00Z").timestamp()) // HOUR: int(number) for text, number in rows}
    first_run = connection.execute(select(func.min(runs.c.started_at)).where(runs.c.scope_id == scope)).scalar()
    begin = parse_time(first_run).timestamp() if first_run else started
    last = int(started) // HOUR
    first = max(int(begin) // HOUR - 48, last - DAYS_OF_POSTS * 24)
    return Hours(counts, first, last)


def failing(judged: Judged) -> list[Finding]:
    """What makes a run end with status 3."""
    return [one for one in judged.wrong if one.level is Level.FAILING]
