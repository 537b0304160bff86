"""Machine-readable times to UTC strings, with how exactly they are known."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["Moment", "moment", "utc_string"]


@dataclass(frozen=True, slots=True)
class Moment:
    """``at``: ISO 8601, UTC, ends in ``Z``. ``precision``: ``second``, ``minute`` or ``day`` (its start).

    A time without a zone may be 14 hours off, so only its day counts as known.
    """

    at: str
    precision: str


_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]{1,2}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|UTC|GMT|[+-]\d{1,2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)


def utc_string(value: dt.datetime) -> str:
    """An aware *value* as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zone(name: str) -> dt.timezone | None:
    if name.upper() in ("Z", "UTC", "GMT"):
        return dt.UTC
    digits = name[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 15 or minutes > 59:
        return None
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if name[0] == "-" else offset)


def _iso(value: str, assume_utc: bool) -> Moment | None:
    found = _ISO.fullmatch(value)
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        date = dt.date(int(year), int(month), int(day))
        if not 1900 <= date.year <= 2200:
            return None
        start = f"{date.isoformat()}T00:00:00Z"
        if hour is None:
            return Moment(start, "day")
        if int(hour) > 24:
            return Moment(start, "day")  # a senseless hour is not known
        clock = dt.time(int(hour) % 24, int(minute), min(int(second or 0), 59))
        tz = _zone(zone) if zone else (dt.UTC if assume_utc else None)
        if tz is None:
            return Moment(start, "day")
        at = dt.datetime.combine(date, clock, tz)
        return Moment(utc_string(at), "second" if second is not None else "minute")
    except (ValueError, OverflowError):
        return None


def moment(value: object, *, assume_utc: bool = False) -> Moment | None:
    """*value* (ISO 8601, W3C or RFC 5322 date) in UTC, or ``None``.

    *assume_utc*: the field is defined as UTC and carries no zone, as WordPress's ``date_gmt``.
    Years outside 1900 to 2200 are refused: they come from empty database fields.
    """
    if not isinstance(value, str):
        return None
    value = value.strip()
    if not value or len(value) > 80:
        return None
    found = _iso(value, assume_utc)
    if found is not None or (value[0].isdigit() and "-" in value[:5]):
        return found
    try:
        parsed = parsedate_to_datetime(value)
        if not 1900 <= parsed.year <= 2200:
            return None
        if parsed.tzinfo is None:
            # RFC 5322: "-0000" is UTC of unknown place; a missing zone is none at all.
            if not value.endswith("-0000"):
                return Moment(f"{parsed.date().isoformat()}T00:00:00Z", "day")
            parsed = parsed.replace(tzinfo=dt.UTC)
        return Moment(utc_string(parsed), "second")
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
