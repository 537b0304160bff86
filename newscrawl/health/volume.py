"""How many posts came, beside the same weekdays and hours of the weeks before; and how long none came. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, pvariance

from newscrawl.health.evidence import ALPHA, negative_binomial_tail

__all__ = ["Few", "Hours", "Quiet", "few_posts", "quiet"]

HOUR = 3600
WEEK = 7 * 24
#: Weeks that are looked back at.
WEEKS = 8
#: Spans that are judged (hours), and which share of the usual an ordinary bad one of that length still has: a public
#: holiday may take most of a day, hardly most of a week.
SPANS: Mapping[int, float] = {24: 0.1, 48: 0.2, 72: 0.3, 168: 0.4}
#: How much longer than the longest pause so far a pause must be: ``(days of history, times, hours more)``.
PAUSES = ((21, 2.5, 16), (7, 3.0, 48), (2, 3.0, 80))
LEAST_POSTS = 10


@dataclass(frozen=True, slots=True)
class Hours:
    """Posts of a scope by the hour of their publication.

    Args:
        counts: hours since the epoch to posts.
        first: the hour from which on the history is whole.
        last: the hour in which the last complete listing began.
    """

    counts: Mapping[int, int]
    first: int
    last: int

    def between(self, start: int, end: int) -> int:
        """Posts in the hours from *start* up to and without *end*."""
        if end - start > len(self.counts):
            return sum(number for hour, number in self.counts.items() if start <= hour < end)
        return sum(self.counts.get(hour, 0) for hour in range(start, end))


@dataclass(frozen=True, slots=True)
class Few:
    """Far fewer posts than usual in the last *span* hours."""

    span: int
    number: int
    usual: float


@dataclass(frozen=True, slots=True)
class Quiet:
    """No post for *hours* hours, where the longest pause was *longest*; *newest*: the hour of the last one."""

    hours: int
    longest: int
    newest: int


def few_posts(hours: Hours, *, alpha: float = ALPHA) -> Few | None:
    """The span whose number of posts is unusually low, the shortest first."""
    end = hours.last
    for span, bad in SPANS.items():
        weeks = [
            hours.between(end - span - WEEK * back, end - WEEK * back)
            for back in range(1, WEEKS + 1)
            if end - span - WEEK * back >= hours.first
        ]
        if len(weeks) < 3:
            continue
        number, usual = hours.between(end - span, end), median(weeks)
        if number >= 0.5 * min(weeks) or number >= bad * usual:
            continue
        excess = pvariance(weeks) - usual
        size = min(30.0, max(2.0, usual**2 / excess if excess > 0 else 30.0))
        if negative_binomial_tail(number, bad * usual, size) < alpha:
            return Few(span, number, usual)
    return None


def quiet(hours: Hours) -> Quiet | None:
    """Whether no post came for longer than pauses ever are here."""
    known = sorted(hour for hour, number in hours.counts.items() if number and hour <= hours.last)
    if sum(hours.counts[hour] for hour in known) < LEAST_POSTS:
        return None
    pauses = [later - earlier for earlier, later in pairwise(known) if later > hours.first]
    longest, newest = max(pauses, default=1), known[-1]
    age = (newest - max(hours.first, known[0])) / 24
    for days, times, more in PAUSES:
        if age >= days:
            now = hours.last - newest
            return Quiet(now, longest, newest) if now > max(times * longest, longest + more) else None
    return None
