"""What one run found, in figures: the history that later runs are held against. Pure.

All counts are of posts whose record the run made or changed, unless said otherwise. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from newscrawl.outcomes import Outcome, Reason, is_passing

__all__ = ["FIELDS", "REFUSING", "Figures", "Seen", "Waits", "bucket", "count"]

#: Fields of a record whose presence is counted.
FIELDS = ("title", "text", "authors", "published_at", "language", "image_url", "summary", "section")
#: Reasons by which a publisher turns us away.
REFUSING = frozenset(
    {"http_401", "http_402", "http_403", "http_406", "http_429", "http_451", "challenge", "consent", "login", "robots"}
)
#: Nothing was asked of the publisher.
_NOT_ASKED = frozenset(
    {Reason.NO_ATTRIBUTION, Reason.NO_ORIGINAL_URL, Reason.AMBIGUOUS_ORIGINAL, Reason.NOT_FOLLOWED, Reason.REFUSED}
    | {Reason.TAKEN_DOWN}
)
MOST_EXAMPLES = 3
#: Publishers, and shifts of dates, that are kept of one run.
MOST_PUBLISHERS = 100
MOST_SHIFTS = 60
#: Hosts whose waits are added up in a run, and that are kept of it.
MOST_HOSTS = 2_000
MOST_WAITS = 40


class Waits:
    """How long hosts let a run wait for the beginning of their answers; of so many hosts, the first ones."""

    def __init__(self) -> None:
        self._hosts: dict[str, list[float]] = {}

    def add(self, host: str, seconds: float) -> None:
        """One answer of *host* began after *seconds*."""
        had = self._hosts.get(host)
        if had is not None:
            had[0] += 1
            had[1] += seconds
        elif len(self._hosts) < MOST_HOSTS:
            self._hosts[host] = [1, seconds]

    def most_asked(self) -> dict[str, list[float]]:
        """Host: answers, and their seconds together."""
        most = sorted(self._hosts.items(), key=lambda pair: -pair[1][0])[:MOST_WAITS]
        return {host: [answers, round(seconds, 3)] for host, (answers, seconds) in most}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record, as far as the figures need it. Times in seconds since the epoch; ``None``: not known."""

    url: str
    outcome: str
    reason: str | None
    wording: str | None
    publisher: str | None
    present: frozenset[str]
    words: int | None
    text_source: str | None
    #: When the post was published (``None`` where only the day is known), its original, and when it was first listed.
    posted: float | None
    published: float | None
    discovered: float | None


@dataclass(slots=True, kw_only=True)
class Figures:
    """One run. ``docs/health.md`` says what is made of them."""

    run_id: str
    started: float
    ended: float = 0.0
    status: int = 0
    #: Its window is the scope's own, up to the present, without a limit: it tells what the site has.
    regular: bool = True
    #: The listing came to its proven end.
    complete: bool = True
    #: Posts that lists showed, by surface; posts in the window that were known before; answers *not modified*.
    surfaces: dict[str, int] = field(default_factory=dict)
    in_window: int = 0
    unmodified: int = 0
    #: Surfaces that did not serve, and why (a reason, then words); why the run could not list at all.
    refused: dict[str, list[str]] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    auto: bool = True
    #: Servers agreed that this machine's clock was wrong.
    clock_wrong: bool = False
    #: Entries of the lists that could not be used, by reason, where there were no others.
    left_out: dict[str, int] = field(default_factory=dict)
    posts: int = 0
    attributed: int = 0
    wordings: dict[str, int] = field(default_factory=dict)
    #: Originals asked for, those reached, turned away, and failed for a reason that passes.
    asked: int = 0
    reached: int = 0
    turned_away: int = 0
    passing: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    #: By publisher: asked, reached, turned away.
    publishers: dict[str, list[int]] = field(default_factory=dict)
    #: Records whose text is the original's, and how many of them have each field; their texts by `bucket` of words.
    whole: int = 0
    have: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    #: Posts with a time; those dated after they were listed, and before the last run that should have seen them.
    dated: int = 0
    ahead: int = 0
    late: int = 0
    #: Minutes from the original's publication to the post's.
    shifts: list[int] = field(default_factory=list)
    #: By host: answers, and the seconds together until they began.
    waits: dict[str, list[float]] = field(default_factory=dict)
    #: Addresses of posts to look at, by what is the matter with them.
    examples: dict[str, list[str]] = field(default_factory=dict)
    #: Monitors that failed when the run ended: no history for them.
    failing: list[str] = field(default_factory=list)
    #: What the site's declaration expects.
    expect: dict[str, float] = field(default_factory=dict)

    @property
    def listed(self) -> int:
        """Posts that lists showed, known ones too."""
        return sum(self.surfaces.values())

    def forget_times(self) -> None:
        """This machine's clock was wrong: posts cannot be held against it, nor those of the next run."""
        self.clock_wrong = True
        self.dated = self.ahead = self.late = 0

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in (None, {}, [], 0, "")} | {
            "regular": self.regular,
            "complete": self.complete,
            "auto": self.auto,
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Figures:
        """The inverse of :meth:`to_json`; names that this version does not know are left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{"started": 0.0, **{name: value for name, value in values.items() if name in known}})


def bucket(words: int) -> int:
    """The class of a text's length: each is half as long again as the one before."""
    size = 0
    while words >= 2 and size < 40:
        words = words * 2 // 3
        size += 1
    return size


def count(figures: Figures, seen: Iterable[Seen], *, previous: float | None) -> None:
    """Count *seen* into *figures*.

    Args:
        previous: when the complete listing before this one began: what it should have shown is dated before.
    """
    for one in seen:
        if one.discovered is not None:
            _example(figures, "new", one.url)
        _count_post(figures, one)
        _count_dates(figures, one, previous)
        if one.text_source == "original":
            figures.whole += 1
            for name in FIELDS:
                if name in one.present:
                    figures.have[name] = figures.have.get(name, 0) + 1
                else:
                    _example(figures, f"without {name}", one.url)
            size = str(bucket(one.words or 0))
            figures.words[size] = figures.words.get(size, 0) + 1
            _example(figures, f"words {size}", one.url)
    if len(figures.publishers) > MOST_PUBLISHERS:
        most = sorted(figures.publishers.items(), key=lambda pair: -pair[1][0])[:MOST_PUBLISHERS]
        figures.publishers = dict(most)


def _example(figures: Figures, what: str, url: str) -> None:
    kept = figures.examples.setdefault(what, [])
    if len(kept) < MOST_EXAMPLES:
        kept.append(url)


def _count_post(figures: Figures, one: Seen) -> None:
    if one.outcome == Outcome.FAILED:
        return
    figures.posts += 1
    reason = one.reason or ""
    if reason:
        figures.reasons[reason] = figures.reasons.get(reason, 0) + 1
        _example(figures, reason, one.url)
    if reason == Reason.NO_ATTRIBUTION:
        return
    figures.attributed += 1
    if one.wording:
        figures.wordings[one.wording] = figures.wordings.get(one.wording, 0) + 1
        _example(figures, f"wording {one.wording}", one.url)
    if reason in _NOT_ASKED:
        return
    figures.asked += 1
    reached = one.outcome in (Outcome.ORIGINAL, Outcome.ORIGINAL_PARTIAL)
    away = not reached and reason in REFUSING
    figures.reached += reached
    figures.turned_away += away
    figures.passing += not reached and is_passing(reason) and not away
    if one.publisher:
        counts = figures.publishers.setdefault(one.publisher, [0, 0, 0])
        counts[0] += 1
        counts[1] += reached
        counts[2] += away
        if away:
            _example(figures, f"away {one.publisher}", one.url)


def _count_dates(figures: Figures, one: Seen, previous: float | None) -> None:
    if one.posted is None:
        return
    if one.discovered is not None:
        figures.dated += 1
        # A minute: clocks differ.
        if one.posted > one.discovered + 60:
            figures.ahead += 1
            _example(figures, "ahead", one.url)
        elif previous is not None and one.posted < previous - 600:
            figures.late += 1
            _example(figures, "late", one.url)
    if one.published is not None and len(figures.shifts) < MOST_SHIFTS:
        minutes = round((one.posted - one.published) / 60)
        if abs(minutes) < 7 * 1440:
            figures.shifts.append(minutes)
            _example(figures, "shift", one.url)


def merged(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The sums of *counts* by name."""
    total: dict[str, int] = {}
    for one in counts:
        for name, number in one.items():
            total[name] = total.get(name, 0) + number
    return total
