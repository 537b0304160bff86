"""What one run found, in figures: the history that later runs are held against. Pure.

All counts are of posts whose record the run made or changed, unless said otherwise. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

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
#: Publishers whose fields and lengths, and languages whose posts are kept of one run.
MOST_PARTS = 8

#: Between a field and the publisher whose texts lack it, in the names of examples.
LACKING = " lacking of "

_Part = TypeVar("_Part")
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
    #: Of the text, as an ISO code.
    language: str | None = None


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
    #: By language of the text: posts, those attributed, and their wordings.
    languages: dict[str, list[int]] = field(default_factory=dict)
    language_wordings: dict[str, dict[str, int]] = field(default_factory=dict)
    #: Originals asked for, those reached, turned away, and failed for a reason that passes.
    asked: int = 0
    reached: int = 0
    turned_away: int = 0
    passing: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    #: By publisher: asked, reached, turned away, failed for a reason that passes (not in figures of older versions).
    publishers: dict[str, list[int]] = field(default_factory=dict)
    #: Of those that were reached for less than half: why.
    publisher_reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    #: Records whose text is the original's, and how many of them have each field; their texts by `bucket` of words.
    whole: int = 0
    have: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    #: By publisher, the greatest ones: the texts by `bucket` of words; and how many of them lack a field.
    publisher_words: dict[str, dict[str, int]] = field(default_factory=dict)
    publisher_lacks: dict[str, dict[str, int]] = field(default_factory=dict)
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
            _count_text(figures, one)
    _keep_greatest(figures)


def _keep_greatest(figures: Figures) -> None:
    """Leave the greatest publishers and languages, and the examples that something may be told of."""
    figures.publishers = _most(figures.publishers, MOST_PUBLISHERS, lambda counts: counts[0])
    figures.languages = _most(figures.languages, MOST_PARTS, lambda counts: counts[0])
    figures.publisher_words = _most(figures.publisher_words, MOST_PARTS, lambda sizes: sum(sizes.values()))
    figures.language_wordings = _of(figures.languages, figures.language_wordings)
    figures.publisher_lacks = _of(figures.publisher_words, figures.publisher_lacks)
    unreached = {
        name: why
        for name, why in figures.publisher_reasons.items()
        if 2 * sum(why.values()) > figures.publishers.get(name, (0,))[0]
    }
    figures.publisher_reasons = _most(unreached, MOST_PARTS, lambda reasons: sum(reasons.values()))
    figures.examples = {name: kept for name, kept in figures.examples.items() if not _lacks_seldom(figures, name)}


def _lacks_seldom(figures: Figures, name: str) -> bool:
    """Whether the examples *name* are of a field that most texts of their publisher have, or of a small publisher."""
    what, _, whose = name.partition(LACKING)
    texts = sum(figures.publisher_words.get(whose, {"": 1}).values())
    return bool(whose) and 2 * figures.publisher_lacks.get(whose, {}).get(what, 0) < texts


def _most(parts: dict[str, _Part], most: int, size: Callable[[_Part], int]) -> dict[str, _Part]:
    """The *most* greatest of *parts*."""
    if len(parts) <= most:
        return parts
    return dict(sorted(parts.items(), key=lambda pair: -size(pair[1]))[:most])


def _of(kept: Mapping[str, object], parts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {name: counts for name, counts in parts.items() if name in kept}


def _add(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _count_text(figures: Figures, one: Seen) -> None:
    """A record whose text is the original's: its fields, and its length."""
    figures.whole += 1
    size = str(bucket(one.words or 0))
    _add(figures.words, size)
    _example(figures, f"words {size}", one.url)
    whose = one.publisher
    if whose:
        _add(figures.publisher_words.setdefault(whose, {}), size)
    for name in FIELDS:
        if name in one.present:
            _add(figures.have, name)
            continue
        _example(figures, f"without {name}", one.url)
        if whose:
            _add(figures.publisher_lacks.setdefault(whose, {}), name)
            _example(figures, f"{name}{LACKING}{whose}", one.url)


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
        _add(figures.reasons, reason)
        _example(figures, reason, one.url)
    in_language = figures.languages.setdefault(one.language or "", [0, 0])
    in_language[0] += 1
    if reason == Reason.NO_ATTRIBUTION:
        _example(figures, f"{reason} {one.language or ''}", one.url)
        return
    figures.attributed += 1
    in_language[1] += 1
    if one.wording:
        _add(figures.wordings, one.wording)
        _add(figures.language_wordings.setdefault(one.language or "", {}), one.wording)
        _example(figures, f"wording {one.wording}", one.url)
    if reason in _NOT_ASKED:
        return
    figures.asked += 1
    reached = one.outcome in (Outcome.ORIGINAL, Outcome.ORIGINAL_PARTIAL)
    away = not reached and reason in REFUSING
    figures.reached += reached
    figures.turned_away += away
    # An answer that is empty or cut short says more of who gives it: a run need not wait whether that passes.
    passing = not reached and is_passing(reason) and reason != Reason.TRUNCATED and not away
    figures.passing += passing
    if one.publisher:
        counts = figures.publishers.setdefault(one.publisher, [0, 0, 0, 0])
        for place, one_of in enumerate((True, reached, away, passing)):
            counts[place] += one_of
        if not reached:
            _example(figures, f"away {one.publisher}", one.url)
            _add(figures.publisher_reasons.setdefault(one.publisher, {}), reason)


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
