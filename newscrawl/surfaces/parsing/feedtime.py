"""Dates of feeds and sitemaps in whatever form their software writes them. Pure.

The forms are those that the test files of feedparser (``tests/wellformed/date``)
and miniflux (``internal/reader/date``) know: ISO 8601 and RFC 5322 with their
errors, ``asctime``, names of zones, months in several languages, seconds since
1970. An hour whose zone is not known makes only the day known; a senseless date
is no date.
"""

from __future__ import annotations

import datetime as dt
import re

from newscrawl.html.dates import month_of
from newscrawl.html.times import Moment, moment, utc_string

__all__ = ["feed_time"]

MAX_DATE = 120
#: Hours from UTC of the zone names that feeds use: RFC 5322 (4.3), and the common ones of miniflux' list. Names that
#: mean several zones (IST, CST as China's) are read as RFC 5322 has them, or left unknown.
_ZONES: dict[str, float] = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "et": -5, "pt": -8,
    "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3, "clt": -4,
    "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "met": 1, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "sast": 2,
    "trt": 3, "irst": 3.5, "pkt": 5, "wib": 7, "ict": 7, "hkt": 8, "sgt": 8, "awst": 8, "pht": 8, "jst": 9, "kst": 9,
    "acst": 9.5, "aest": 10, "aedt": 11, "acdt": 10.5, "nzst": 12, "nzdt": 13,
}  # fmt: skip
# Zones that a clock keeps for half a year only, and names of two zones: an hour off, or many.
_UNSURE = frozenset({"bst", "ist", "et", "pt", "ct", "mt"})
_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,:]\d{1,9})?)?(?:\s*([ap])\.?m\.?(?!\w))?", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*([+\-\u2212])\s?(\d{1,2}):?(\d{2})?(?!\d)", re.IGNORECASE)
#: An offset that goes on with letters is none: its hour is not known.
_BROKEN_OFFSET = re.compile(r"[+\-]\d{2}:?[A-Za-z]{2}")
_YMD = re.compile(r"(?<!\d)(\d{4})[-/.年년]\s?(\d{1,2})[-/.月월]\s?(\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})(?:[/.-](\d{1,2})[/.-](\d{4}|\d{2})|\s(\d{1,2})\s(\d{4}))(?!\d)")
# ISO 8601:1988 with two digits of the year, and Google's third digit of a month.
_SHORT_ISO = re.compile(r"\d{6}")
_LONG_MONTH = re.compile(r"\A(\d{4}-)0(\d{2}-\d{2}(?:\D|\Z))")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?(Z)?(?!\d)")
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})")
_WORD = re.compile(r"[^\W\d_]+")
_DAY_NUMBER = re.compile(r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th|º|ª|\.)?(?![\d:])", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)'?(\d{2})(?!\d)")


def feed_time(value: object) -> Moment | None:
    """*value* in UTC, with how exactly it is known, or ``None`` where it is no date."""
    if not isinstance(value, str):
        return None
    value = _LONG_MONTH.sub(r"\1\2", " ".join(value.split()))
    if not value or len(value) > MAX_DATE:
        return None
    exact = moment(value) if _BROKEN_OFFSET.search(value) is None else None
    if exact is not None and exact.precision != "day":
        clock = _CLOCK.search(value)
        return Moment(exact.at, "minute") if clock is not None and clock[3] is None else exact
    try:
        return _epoch(value) or _loose(value) or exact
    except (ValueError, OverflowError):
        return exact


def _epoch(value: str) -> Moment | None:
    """Seconds (or milliseconds) since 1970."""
    if not re.fullmatch(r"\d{9,13}", value):
        return None
    seconds = int(value) / (1000 if len(value) > 11 else 1)
    return _moment(dt.datetime.fromtimestamp(seconds, dt.UTC), "second")


def _loose(value: str) -> Moment | None:
    compact = _COMPACT.search(value)
    clock = _CLOCK.search(value)
    if compact is not None and clock is None:
        date = _date(int(compact[1]), int(compact[2]), int(compact[3]))
        if date is None or compact[4] is None:
            return _day(date)
        time: dt.time | None = dt.time(int(compact[4]) % 24, int(compact[5]), min(int(compact[6] or 0), 59))
        zone: dt.tzinfo | None = dt.UTC if compact[7] else None
        precision = "second" if compact[6] else "minute"
    else:
        before, after = (value, "") if clock is None else (value[: clock.start()], value[clock.end() :])
        date = _find_date(f"{before} {_OFFSET.sub(' ', after)}")
        time = _time(clock)
        zone = _zone(after, value)
        precision = "second" if clock is not None and clock[3] else "minute"
    if date is None:
        return None
    if time is None or zone is None:
        return _day(date)
    return _moment(dt.datetime.combine(date, time, zone), precision)


def _moment(at: dt.datetime, precision: str) -> Moment | None:
    return Moment(utc_string(at), precision) if 1900 <= at.year <= 2200 else None


def _day(date: dt.date | None) -> Moment | None:
    return Moment(f"{date.isoformat()}T00:00:00Z", "day") if date is not None and 1900 <= date.year <= 2200 else None


def _time(found: re.Match[str] | None) -> dt.time | None:
    if found is None:
        return None
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    # Some software counts the day's hours to 24.
    return dt.time(hour % 24, int(found[2]), min(int(found[3] or 0), 59)) if hour <= 24 else None


def _zone(after: str, value: str) -> dt.tzinfo | None:
    """The zone behind the time of day: an offset, else a name; ``None`` where neither is one that is known."""
    if _BROKEN_OFFSET.search(after) is not None:
        return None
    offset = _OFFSET.match(after.strip()) or _OFFSET.match(re.sub(r"^\s*[A-Za-z]{1,5}\s*", "", after))
    if offset is not None:
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours <= 15 and minutes < 60:
            delta = dt.timedelta(hours=hours, minutes=minutes)
            return dt.timezone(delta if offset[1] == "+" else -delta)
        return None
    for word in _WORD.findall(after):
        name = word.lower()
        if name in _UNSURE:
            return None
        if name in _ZONES:
            return dt.timezone(dt.timedelta(hours=_ZONES[name]))
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _full_year(year: int, digits: int) -> int:
    # RFC 5322, 4.3: two digits up to 49 are of this century.
    return year if digits > 2 else year + (2000 if year < 50 else 1900)


def _find_date(rest: str) -> dt.date | None:
    found = _YMD.search(rest)
    if found is not None:
        return _date(int(found[1]), int(found[2]), int(found[3]))
    month, left = _month(rest)
    if month is not None:
        return _around_month(left, month)
    found = _NUMERIC.search(rest)
    if found is not None:
        last = found[3] or found[5]
        one, two, year = int(found[1]), int(found[2] or found[4]), _full_year(int(last), len(last))
        if one == two or one > 12 or two > 12:
            return _date(year, min(one, two), max(one, two)) if min(one, two) <= 12 else None
        # 04/05/2026 is two days: with dots it is the European one, else the day of the week may tell.
        if "." in found[0]:
            return _date(year, two, one)
        return _of_weekday([_date(year, two, one), _date(year, one, two)], _weekday(rest))
    if _SHORT_ISO.fullmatch(rest.strip()):
        return _date(_full_year(int(rest.strip()[:2]), 2), int(rest.strip()[2:4]), int(rest.strip()[4:]))
    ordinal = _ORDINAL.fullmatch(rest.strip())
    if ordinal is not None:
        return dt.date(int(ordinal[1]), 1, 1) + dt.timedelta(days=max(0, min(365, int(ordinal[2]) - 1)))
    return None


_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _month(rest: str) -> tuple[int | None, str]:
    """The month that a word names, and the text without its words."""
    exact: list[tuple[int, str]] = []
    begun: list[int] = []
    for word in _WORD.findall(rest):
        folded = word.casefold()
        if folded[:3] in _ENGLISH_DAYS:
            continue  # "Fri" is February in one language of CLDR
        if (number := month_of(word)) is not None:
            exact.append((number, folded))
        elif len(word) > 3 and (number := month_of(word[:3])) is not None:
            begun.append(number)
    # French and Spanish abbreviate Tuesday as March; a whole name goes before one that merely begins like a month.
    named = [number for number, folded in exact if folded not in ("mar", "mart")] or [number for number, _ in exact]
    return next(iter(named or begun), None), _WORD.sub(" ", rest)


def _weekday(rest: str) -> int | None:
    """The day of the week, from 0 for Monday, that a date names in English."""
    for word in _WORD.findall(rest):
        if word.casefold()[:3] in _ENGLISH_DAYS:
            return _ENGLISH_DAYS.index(word.casefold()[:3])
    return None


def _of_weekday(days: list[dt.date | None], weekday: int | None) -> dt.date | None:
    """The one of *days* that falls on *weekday*; ``None`` where none does, or several do."""
    fitting = [day for day in days if day is not None and day.weekday() == weekday]
    return fitting[0] if len(fitting) == 1 else None


def _around_month(left: str, month: int) -> dt.date | None:
    year = _YEAR.search(left)
    if year is not None:
        left = f"{left[: year.start()]} {left[year.end() :]}"
        day = _DAY_NUMBER.search(left)
        return _date(int(year[1]), month, int(day[1])) if day is not None else None
    numbers = [int(one) for one in re.findall(r"(?<!\d)\d{1,2}(?!\d)", left)]
    if len(numbers) < 2:
        return None
    return _date(_full_year(numbers[1], 2), month, numbers[0])
