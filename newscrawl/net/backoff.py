"""What ``Retry-After`` asks for. Pure: the clock is passed in. Who obeys it: :mod:`newscrawl.crawling.manners`."""

from __future__ import annotations

import datetime as dt
import email.utils
import math

__all__ = ["parse_http_date", "parse_retry_after"]


def parse_retry_after(value: str, now: float) -> float | None:
    """Seconds to wait for a ``Retry-After`` of *value*, or ``None`` when it says nothing.

    *now*: seconds since the epoch, for values that are dates (RFC 9110,
    section 10.2.3). Past dates are 0. The caller caps it.
    """
    text = value.strip()[:64]
    if not text.isascii():
        return None
    if text.isdigit():
        return float(text)
    try:
        # Some servers send fractions, which the grammar has not.
        seconds = float(text)
    except ValueError:
        pass
    else:
        return seconds if math.isfinite(seconds) and seconds >= 0 else None
    when = parse_http_date(text)
    return None if when is None else max(0.0, when - now)


def parse_http_date(value: str) -> float | None:
    """Seconds since the epoch of a date as HTTP writes it (RFC 9110, section 5.6.7); ``None`` where it is none."""
    try:
        when = email.utils.parsedate_to_datetime(value.strip()[:64])
        if when.tzinfo is None:
            # The asctime form has no zone, and stands for UTC, wherever this machine is.
            when = when.replace(tzinfo=dt.UTC)
        return when.timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
