"""How unusual a number is, from what it usually is. Pure.

Shares are held against a beta-binomial: posts of one run are alike (one author, one publisher), so a share varies
between runs by more than chance, and by how much is estimated from the runs themselves. Counts are held against a
negative binomial, for the same reason. A number is unusual where its tail is shorter than :data:`ALPHA` and the
difference large enough that a person would want to know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "ALPHA",
    "Fall",
    "Share",
    "beta_binomial_tail",
    "fall",
    "log_likelihood",
    "negative_binomial_tail",
    "pooled",
    "spread",
]

#: How seldom one judgement may be wrong by chance. A run is judged some sixty times, so that the model alone gives 0.06
#: false alarms in 1,000 runs; the rest of the 1 that is allowed is for what the model does not know
#: (`benchmarks/health.py`).
ALPHA = 1e-6
#: Posts that a share is judged by at least, and that must have come before.
LEAST_NOW = 5
LEAST_BEFORE = 10


class Share(NamedTuple):
    """*part* of *whole*. A tuple, since a judgement makes thousands."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        return f"{self.part} of {self.whole}"


@dataclass(frozen=True, slots=True)
class Fall:
    """A share that is unusually low: what it is now, and what it was."""

    now: Share
    before: float


def pooled(shares: Sequence[Share]) -> Share:
    """Their sum."""
    if not shares:
        return Share(0, 0)
    parts, wholes = zip(*shares, strict=True)
    return Share(sum(parts), sum(wholes))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def beta_binomial_tail(part: int, whole: int, mean: float, rho: float) -> float:
    """P(X <= *part*) of *whole* draws with this mean and this correlation within a group (0 < rho < 1)."""
    mean = min(max(mean, 1e-4), 1 - 1e-4)
    rho = min(max(rho, 1e-4), 0.99)
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    base = _log_beta(a, b)
    total = 0.0
    for k in range(part + 1):
        choose = math.lgamma(whole + 1) - math.lgamma(k + 1) - math.lgamma(whole - k + 1)
        total += math.exp(choose + _log_beta(k + a, whole - k + b) - base)
    return min(1.0, total)


def negative_binomial_tail(number: int, mean: float, size: float) -> float:
    """P(N <= *number*) with this mean, and variance ``mean + mean**2 / size``."""
    if mean <= 0:
        return 1.0
    p = size / (size + mean)
    total = 0.0
    for k in range(number + 1):
        log = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
        total += math.exp(log + size * math.log(p) + k * math.log1p(-p))
    return min(1.0, total)


def log_likelihood(share: Share, one: float, other: float) -> float:
    """The logarithm of how much likelier *share* is where *one* is usual than where *other* is."""
    one, other = (min(max(value, 0.02), 0.98) for value in (one, other))
    missed = share.whole - share.part
    return share.part * math.log(one / other) + missed * math.log((1 - one) / (1 - other))


def spread(groups: Sequence[Share], mean: float) -> float:
    """The correlation within groups, by moments; never below what so few groups allow to say."""
    used = [one for one in groups if one.whole]
    total = sum(one.whole for one in used)
    least = 0.01 + 0.1 / (len(used) + 1)
    if len(used) < 3 or not 0 < mean < 1:
        return least
    chi = sum(one.whole * (one.value - mean) ** 2 for one in used) / (mean * (1 - mean))
    room = total - sum(one.whole**2 for one in used) / total
    rho = (chi - (len(used) - 1)) / room if room > 0 else 0.0
    return min(0.9, max(least, rho))


def fall(
    before: Sequence[Share], now: Share, *, least: float, alpha: float = ALPHA, now_at_least: int = LEAST_NOW
) -> Fall | None:
    """Whether *now* is unusually low beside the runs *before*; ``None`` where it is not, or too little is known.

    Args:
        least: by how much the share must have fallen, as a difference of shares.
    """
    part, total = pooled(before)
    if total < LEAST_BEFORE or now.whole < now_at_least:
        return None
    mean = (part + 0.5) / (total + 1)
    if mean - now.value < least:
        return None
    # A run of thousands says no more than one of some hundreds, at some hundred times the cost.
    scale = min(1.0, 400 / now.whole)
    part, whole = round(now.part * scale), round(now.whole * scale)
    if beta_binomial_tail(part, whole, mean, spread(before, mean)) >= alpha:
        return None
    return Fall(now, mean)
