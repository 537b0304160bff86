"""How it is going, in a sentence; what is to be done, in the order of its weight. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newscrawl.health.findings import MONITORS, Finding, Level
from newscrawl.ledger.upkeep import MOST_ROUNDS
from newscrawl.reports.facts import RunFact
from newscrawl.reports.overview import Latest, Overview, PublisherFact, Week

__all__ = ["Figure", "Todo", "figures", "of_findings", "sentence", "todos"]

#: Records of a publisher in this week from which on none reached is worth a word.
FEW = 5
#: Publishers that are named at most.
MOST_NAMED = 5

_STATUSES = {
    1: "a defect, see its log",
    2: "wrong arguments or settings",
    3: "health is failing",
    4: "something could not be done",
    130: "stopped by SIGINT",
    143: "stopped by SIGTERM",
}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that somebody should look at.

    ``bad``: something is broken, not merely worth a look. ``names``: strangers' words that belong to it. ``command``:
    what to type. ``examples``: records to look at; ``links``: addresses to look at.
    """

    what: str
    names: tuple[str, ...] = ()
    how: str = ""
    command: str = ""
    bad: bool = False
    examples: tuple[Latest, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of this week beside last week's. ``note``: what it is a share of, or how many there are."""

    name: str
    value: str
    note: str
    before: str


def ended(run: RunFact) -> str:
    """How a run ended, in words."""
    words = {
        "running": "running",
        "finished": "complete",
        "stopped": "stopped by a signal",
        "failed": "failed",
        "lost": "died without closing; the next run takes up its work",
    }
    said = words.get(run.state, run.state)
    if not run.exit_status:
        return said
    why = _STATUSES.get(run.exit_status, "")
    return f"{said} (status {run.exit_status}{', ' if why else ''}{why})"


def sentence(overview: Overview, todo: list[Todo]) -> tuple[str, str]:
    """Its tone (``none``, ``good``, ``warn``, ``bad``), and how it is going in one sentence."""
    if not overview.runs:
        return "none", "No crawl has run yet."
    week = overview.this_week
    if week.records:
        share = f"{_percent(week.reached, week.records)} of the {_number(week.records, 'record')}"
        went = f"{share} of the last seven days reached the original"
    else:
        went = "no record was made in the last seven days"
    bad = sum(one.bad for one in todo)
    if bad:
        return "bad", f"{_number(bad, 'thing')} {'is' if bad == 1 else 'are'} broken, and {went}."
    if todo:
        look = f"{_number(len(todo), 'thing')} {'is' if len(todo) == 1 else 'are'} worth a look"
        return "warn", f"It goes on, and {went}; {look}."
    return "good", f"All is well: {went}."


def figures(overview: Overview) -> list[Figure]:
    """Three figures of this week against last week."""
    this, last = overview.this_week, overview.last_week
    return [
        Figure("Posts found in seven days", f"{this.posts:,}", "", _change(this.posts, last.posts)),
        Figure(
            "Reached the original",
            _percent(this.reached, this.records),
            f"{this.reached:,} of {this.records:,} records",
            _points(this, last),
        ),
        Figure(
            "Runs that ended well",
            f"{this.runs_well:,} of {this.runs:,}",
            "",
            f"{last.runs_well:,} of {last.runs:,} in the seven days before" if last.runs else "none in the week before",
        ),
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}\u00a0%" if whole else "–"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _change(this: int, last: int) -> str:
    if not last:
        return "none in the week before"
    more = 100 * (this - last) / last
    if abs(more) < 1:
        return f"as in the week before ({last:,})"
    return f"{abs(more):.0f}\u00a0% {'more' if more > 0 else 'fewer'} than the week before ({last:,})"


def _points(this: Week, last: Week) -> str:
    if not last.records or not this.records:
        return "nothing in the week before to compare with" if not last.records else ""
    points = 100 * this.reached / this.records - 100 * last.reached / last.records
    before = _percent(last.reached, last.records)
    if abs(points) < 1:
        return f"as in the week before ({before})"
    return f"{abs(points):.0f} points {'up' if points > 0 else 'down'} from {before} the week before"


# --- what to do --------------------------------------------------------------------------------------------------


def of_findings(findings: Sequence[Finding]) -> list[Todo]:
    """What the health checks found, as things to do."""
    return [
        Todo(
            _unbroken(f"{one.monitor.value}: {one.what}"),
            names=tuple(
                part
                for part in (
                    one.name,
                    f"since {one.since[:16].replace('T', ' ')}" if one.since else "",
                    _unbroken(f"usual: {one.usual}") if one.usual else "",
                    one.cause,
                )
                if part
            ),
            how=one.advice or MONITORS[one.monitor],
            bad=one.level is Level.FAILING,
            links=one.examples[:MOST_NAMED],
        )
        for one in findings
    ]


def _unbroken(words: str) -> str:
    """*words* with each per cent sign on the line of its number."""
    return words.replace(" %", "\u00a0%")


def todos(overview: Overview) -> list[Todo]:
    """What somebody should look at, what is broken first."""
    found = [
        *_sums(overview),
        *_last_runs(overview.runs),
        *_refusing(overview.publishers),
        *_held(overview),
        *_given_up(overview),
        *_downgrades(overview),
    ]
    return sorted(found, key=lambda one: not one.bad)


def _sums(overview: Overview) -> list[Todo]:
    if overview.balanced:
        return []
    return [Todo("The sums do not add up: some posts are done without a record.", how="Please report it.", bad=True)]


def _last_runs(runs: list[RunFact]) -> list[Todo]:
    """The last run of each scope, where it did not end well. What health found with it stands by itself."""
    seen: set[tuple[object, ...]] = set()
    found = []
    for run in runs:
        scope = (run.spider, run.site, run.categories, run.query, run.follow)
        if scope in seen:
            continue
        seen.add(scope)
        broken = run.state == "lost" or (run.exit_status or 0) in (1, 2, 4)
        if broken:
            found.append(
                Todo(
                    f"The last run of this scope ended badly: {ended(run)}.",
                    names=tuple(one for one in (run.spider, run.site, run.message) if one),
                    how="Its log has the details; then start it again:",
                    command=f"scrapy crawl {run.spider}",
                    bad=True,
                )
            )
    return found


def _refusing(publishers: list[PublisherFact]) -> list[Todo]:
    """Publishers of which something was reached last week and nothing this week."""

    def reached(outcomes: dict[str, int]) -> int:
        return outcomes.get("original", 0) + outcomes.get("original_partial", 0)

    lost = [
        one
        for one in publishers
        if sum(one.this_week.values()) >= FEW and not reached(one.this_week) and reached(one.last_week)
    ]
    if not lost:
        return []
    more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    return [
        Todo(
            f"Nothing of {_number(len(lost), 'publisher')} was reached this week, something the week before{more}:",
            names=tuple(one.domain or one.key for one in lost[:MOST_NAMED]),
            how="Look at one of their articles with a browser, and why a record is what it is:",
            command="scrapy show URL",
            examples=tuple(example for one in lost for example in one.examples[:1])[:3],
        )
    ]


def _held(overview: Overview) -> list[Todo]:
    now = overview.at_epoch
    held = [one for one in overview.held if one.until > now]
    if not held:
        return []
    return [
        Todo(
            f"{_number(len(held), 'host')} asked to be left alone, or did not answer:",
            names=tuple(one.host for one in held[:MOST_NAMED]),
            how="Later runs ask again by themselves. To ask at once:",
            command="scrapy retry --host HOST",
        )
    ]


def _given_up(overview: Overview) -> list[Todo]:
    count = overview.retries.given_up
    if not count:
        return []
    return [
        Todo(
            f"{_number(count, 'original')} failed in {MOST_ROUNDS} runs and {'is' if count == 1 else 'are'} asked for"
            " no more.",
            how="Once the cause is gone, take them up again:",
            command="scrapy retry --reason REASON",
        )
    ]


def _downgrades(overview: Overview) -> list[Todo]:
    count = overview.downgrades_known
    if not count:
        return []
    were = "was linked by https and answered" if count == 1 else "were linked by https and answered"
    return [
        Todo(
            f"{_number(count, 'original')} {were} over plain http: whoever stood on the way could have changed"
            f" {'it' if count == 1 else 'them'}.",
            how="They are listed below.",
        )
    ]
