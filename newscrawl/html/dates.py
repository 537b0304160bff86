# ruff: noqa: E501 - tables of words
"""Dates as pages write them: ISO 8601, RFC 2822, epoch, numbers in national orders, and words in any language of CLDR.

:func:`dates_in` finds each date of a short text with the clock and the zone that belong to it, and whether the words
before it call it an update. Month names come from ``months.json`` (Unicode CLDR; written by
``benchmarks/month_names.py``). All patterns are linear, and at most :data:`MAX_STAMP` characters are looked at.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import regex

from newscrawl.html.literals import Beginnings

__all__ = [
    "MAX_STAMP",
    "Found",
    "Stamp",
    "around_dates",
    "called",
    "dates_in",
    "day_in_words",
    "from_url",
    "is_called_published",
    "month_first_shown",
    "month_of",
    "parse_stamp",
]

#: Characters of a value that are looked at; what is done with them is not linear in all of its steps.
MAX_STAMP = 300
#: Years that a publication may be dated with.
FIRST_YEAR, LAST_YEAR = 1690, 2200
#: Two digits of a year from here on are of the last century.
_CENTURY = 70


@dataclass(slots=True, frozen=True)
class Stamp:
    """A point in time as a page gave it. ``moment`` is naive where no zone was given.

    ``precision``: ``second``, ``minute`` or ``day``.
    """

    moment: dt.datetime
    precision: str

    @property
    def zoned(self) -> bool:
        return self.moment.tzinfo is not None

    def utc(self) -> str:
        """``YYYY-MM-DDTHH:MM:SSZ``; a day stands at its start, and a naive clock counts as UTC."""
        if self.precision == "day":
            return f"{self.moment:%Y-%m-%d}T00:00:00Z".rjust(20, "0")
        moment = self.moment.astimezone(dt.UTC) if self.zoned else self.moment
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")

    def local(self, offset: dt.timedelta | None = None) -> str:
        """As `utc`, but in the page's own zone where it told one: the stamp's, or *offset*."""
        own = offset if offset is not None else self.moment.utcoffset()
        if self.precision == "day" or not own:
            return self.utc()
        try:
            return self.moment.astimezone(dt.timezone(own)).isoformat(timespec="seconds")
        except (OverflowError, ValueError):
            return self.utc()

    def instant(self) -> dt.datetime:
        return self.moment if self.zoned else self.moment.replace(tzinfo=dt.UTC)


@dataclass(slots=True, frozen=True)
class Found:
    """One date of a text. ``label``: ``updated`` or ``published`` where the words before it say so, else empty."""

    stamp: Stamp
    label: str


# Month names ------------------------------------------------------------------------------------------------------

_ALEF = str.maketrans("أإآ", "ااا")


@cache
def _months() -> dict[str, int | dict[str, int]]:
    text = (resources.files("newscrawl.html") / "months.json").read_text("utf-8")
    names: dict[str, int | dict[str, int]] = json.loads(text)["names"]
    return names


@cache
def _month_beginnings() -> frozenset[str]:
    return frozenset(name.split(" ")[0] for name in _months())


@lru_cache(maxsize=8192)
def _may_begin_month(word: str) -> bool:
    """Whether the name of a month may begin with *word*, of letters alone: most words of a line may not."""
    key = _month_key(word)
    return any(one in _month_beginnings() for one in (key, _without_prefix(key)))


def _without_prefix(key: str) -> str:
    """*key* without Hebrew "in" or Catalan "of", which are written together with the month."""
    return key[2:] if key[:2] in ("d'", "d’") else key[1:] if key[:1] == "ב" else key


def _month_key(name: str) -> str:
    return name.casefold().strip(".").replace("\u0307", "").translate(_ALEF)


def month_of(name: str, language: str | None = None) -> int | None:
    """The number of the month that *name* means (in *language*, BCP 47, where languages differ), or ``None``."""
    key = _month_key(name)
    found = _months().get(key)
    if found is None:
        found = _months().get(_without_prefix(key))
    if isinstance(found, dict):
        return found.get((language or "").replace("_", "-").split("-")[0].lower(), found[""])
    return found


# Zones ------------------------------------------------------------------------------------------------------------

# Zone letters that mean one thing wherever news is written; others are ambiguous (IST, CST in China).
_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "MEZ": 60, "CEST": 120, "MESZ": 120, "EET": 120,
    "SAST": 120, "CAT": 120, "EEST": 180, "MSK": 180, "EAT": 180, "WIB": 420, "WITA": 480, "SGT": 480, "HKT": 480, "WIT": 540,
    "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480,
    "HST": -600, "BRT": -180, "ART": -180,
}  # fmt: skip
# Zones that name a clock and not an offset: standard time in winter, one hour more in the summer of the United States.
_SEASONAL = {"ET": -300, "CT": -360, "MT": -420, "PT": -480}


def _us_summer(day: dt.date) -> bool:
    """Whether *day* is in daylight saving time of the United States (15 U.S.C. 260a, since 2007; before, since 1987)."""

    def sunday(month: int, number: int) -> dt.date:
        first = dt.date(day.year, month, 1)
        return first + dt.timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))

    if day.year >= 2007:
        return sunday(3, 2) <= day < sunday(11, 1)
    last = dt.date(day.year, 10, 31)
    return sunday(4, 1) <= day < last - dt.timedelta(days=(last.weekday() + 1) % 7)


def _zone(text: str | None, day: dt.date) -> dt.tzinfo | None:
    if not text:
        return None
    text = text.strip().replace("−", "-").upper()
    if text[0] in "+-":
        digits = text[1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        if hours > 15 or minutes > 59:
            return None
        offset = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(-offset if text[0] == "-" else offset)
    east = _ZONES.get(text)
    if east is None and text in _SEASONAL:
        east = _SEASONAL[text] + 60 * _us_summer(day)
    return None if east is None else dt.timezone(dt.timedelta(minutes=east))


# Clocks -----------------------------------------------------------------------------------------------------------

_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})(?:[:.hH]|\s[hH]\s|\s?Uhr\s?|時|时|시\s?|點|点)(\d{2})(?:[:.](\d{2}))?"
    r"\s{0,2}([AaPp]\.?[Mm]\b\.?|오전|오후|[πμ]\.?μ\.?|น\.|مساءً?|صباحا?ً?|[مص]\b)?(?![\d])"
    r"\s{0,3}\(?(Z\b|UTC|GMT|[A-Z]{2,5}\b)?\s{0,2}((?<![\d.])[+\-−]\d{2}:?\d{2}|(?:(?<=GMT)|(?<=UTC))[+\-−]\d{1,2}(?!\d))?"
)
_CLOCK_12 = re.compile(r"(?<![\d.:])(\d{1,2})\s?([AaPp])\.?[Mm]\b\.?(?:\s{0,2}\(?([A-Z]{2,4})\b)?")
_AFTERNOON = frozenset(("pm", "오후", "午後", "下午", "μμ", "مساء", "مساءً", "م"))
_MORNING = frozenset(("am", "오전", "午前", "上午", "πμ", "صباح", "صباحا", "صباحً", "صباحاً", "ص"))


def _clock(text: str) -> tuple[tuple[int, int, int], str | None, bool] | None:
    """((hour, minute, second), zone as written, whether seconds were given) of the first clock in *text*."""
    found = _CLOCK.search(text)
    if found:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        # Korean, Japanese and Chinese write the half of the day before the clock.
        before = text[max(0, found.start() - 4) : found.start()].strip()[-2:]
        half = (found[4] or before).lower().replace(".", "")
        if half in _AFTERNOON and hour < 12:
            hour += 12
        elif half in _MORNING and hour == 12:
            hour = 0
        if hour > 23 or minute > 59 or second > 59:
            return None
        return (hour, minute, second), found[6] or found[5], bool(found[3])
    found = _CLOCK_12.search(text)
    if found and 1 <= int(found[1]) <= 12:
        return (int(found[1]) % 12 + (12 if found[2].lower() == "p" else 0), 0, 0), found[3], False
    return None


# Dates ------------------------------------------------------------------------------------------------------------

_ISO = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:(?:T|t|\s{1,3}|\s?-\s?)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?"
    r"\s{0,2}(Z|z|UTC|GMT|[+\-−]\d{1,2}:?\d{2}|[+\-−]\d{2}\b|\b[A-Z]{3,5}\b)?)?(?!\d)"
)
_YMD = re.compile(r"(?<!\d)(\d{4})\s?[./\-年년]\s?(\d{1,2})\s?[./\-月월]\s?(\d{1,2})(?!\d)")
_DMY = re.compile(r"(?<![\d./\-])(\d{1,2})\s?[./\-]\s?(\d{1,2})\s?[./\-]\s?(\d{4})(?!\d)")
_DMY_SHORT = re.compile(r"(?<![\d./\-:])(\d{1,2})([./\-])(\d{1,2})\2['’]?(\d{2})(?![\d./\-]|[:]\d)")
_VIETNAMESE = re.compile(r"(?i)(?<!\d)(\d{1,2})\s(?:tháng|thg)\s(\d{1,2})(?:\s?,\s?|\s)(?:năm\s)?(\d{4})(?!\d)")
# "Mar 05 12:45:00 EST 2015", as C prints times: the clock stands inside the date.
_ASCTIME = re.compile(r"\b([A-Z][a-z]{2}) (\d{1,2}) (\d{1,2}:\d{2}:\d{2})( [A-Z]{2,5})? (\d{4})\b")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?\Z")
_SPACE = re.compile(r"\s+")
_TOKEN = regex.compile(r"[\p{L}\p{M}]+(?:['’ʼ][\p{L}\p{M}]+)?|\d+")
_DIGIT = re.compile(r"\d")
_UPDATED = re.compile(
    r"(?i)updat|modif|revis|edited|aktuali[sz]|stand\b|geändert|mis(?:e)? à jour|actuali[sz]|aggiorna|atualiza|bijgewerkt|gewijzigd|uppdatera"
    r"|oppdater|opdater|päivite|muokat|обновл|измен|оновл|змінен|aktualiz|uprav|frissít|módos|ενημ|τροπ|güncelle|diperbarui|cập nhật|更新|最終|수정|업데이트|עודכן|تحديث|به‌?روز|अपडेट|अद्यतन|แก้ไข|อัปเดต|last review|reviewed"
    r"|ažurir|ажурир|posodob|posodab|spremen|измен|обновен|промен|атнаул|абноўл|atnaujin|pakeist|uuenda|muudet|atjaun|actualitz|modificat|uppfært|breytt|përditës|azhornu|yenilən|dəyiş"
    r"|kemas kini|dikemas|diubah|na-update|imesasish|განახლ|թարմաց|به‌روز|بروز|ویرایش|اپ ?ڈیٹ|হালনাগাদ|আপডেট|புதுப்பி|ปรับปรุง|修改|更正|편집|갱신|新しく|zmien|zmen|změn|güncel|endret|ændret|ändra"
)
_PUBLISHED = re.compile(
    r"(?i)publi|posted|post (?:time|date)|date of issue|released|created|veröffentl|erstellt|erschien|geplaatst|gepubliceerd|julkais|опубл|publik|zveřej|megjel|közzé|δημοσ|yayın|diterbit|đăng|発行|公開|配信|發布|发布|등록|입력|게시|פורסם|نشر|प्रकाशित|เผยแพร่|first"
    r"|objav|објав|публик|публік|апублік|paskelb|avaldat|ilmus|utgitt|udgiv|birt\b|botuar|dərc|izdan|diterbit|ditayang|diposting|disiarkan|inilathala|imechapishwa|გამოქვეყნ|հրապարակ"
    r"|منتشر|انتشار|شائع|প্রকাশ|வெளியி|ลงวันที่|发表|發表|刊登|掲載|投稿|게재|작성|승인|zverejn|zveřejn|vydáno|pubblic"
)

_MAY_BE_PUBLISHED = Beginnings(_PUBLISHED)


def _build(
    year: int,
    month: int,
    day: int,
    clock: tuple[int, int, int] | None = None,
    zone: str | None = None,
    seconds: bool = False,
) -> Stamp | None:
    if 2400 < year < 2700:
        year -= 543  # the Thai solar calendar
    if not FIRST_YEAR <= year < LAST_YEAR:
        return None
    try:
        if clock is None:
            return Stamp(dt.datetime(year, month, day), "day")  # noqa: DTZ001 - a bare day has no zone
        moment = dt.datetime(year, month, day, *clock, tzinfo=_zone(zone, dt.date(year, month, day)))
    except ValueError:
        return None
    # Exactly midnight on the page's own clock is how systems write a bare day.
    if clock == (0, 0, 0):
        return Stamp(moment, "day")
    return Stamp(moment, "second" if seconds else "minute")


@dataclass(slots=True, frozen=True)
class _Day:
    """A day found at ``start`` to ``end`` of a text; ``stamp`` where its clock stood inside it."""

    start: int
    end: int
    parts: tuple[int, int, int]
    stamp: Stamp | None = None


def _valid(parts: tuple[int, int, int]) -> bool:
    return _build(*parts) is not None


def _numeric(text: str, month_first: bool) -> Iterator[_Day]:
    for found in _ISO.finditer(text):
        parts = int(found[1]), int(found[2]), int(found[3])
        if not _valid(parts):
            continue
        stamp = None
        if found[4] is not None:
            clock = (int(found[4]), int(found[5]), min(59, int(found[6] or 0)))
            stamp = _build(*parts, clock, found[7], found[6] is not None)
        yield _Day(found.start(), found.end() if stamp else found.end(3), parts, stamp)
    for found in _YMD.finditer(text):
        yield _Day(found.start(), found.end(), (int(found[1]), int(found[2]), int(found[3])))
    for found in _VIETNAMESE.finditer(text):
        yield _Day(found.start(), found.end(), (int(found[3]), int(found[2]), int(found[1])))
    for pattern, short in ((_DMY, False), (_DMY_SHORT, True)):
        for found in pattern.finditer(text):
            numbers = [int(found[index]) for index in ((1, 3, 4) if short else (1, 2, 3))]
            first, second, year = numbers
            if short:
                year += 2000 if year < _CENTURY else 1900
            if (month_first and "." not in found[0] and first <= 12) or second > 12:
                first, second = second, first
            yield _Day(found.start(), found.end(), (year, second, first))


def month_first_shown(texts: Iterable[str]) -> bool | None:
    """Whether the *texts* of one page write the month before the day (``11/26/2025``); ``None`` where they do not show it.

    A number above twelve shows it, or the same day beside it in ISO 8601. Dates with points have the day first everywhere.
    """
    days: set[tuple[int, int, int]] = set()
    numbers: set[tuple[int, int, int]] = set()
    for text in texts:
        for found in _ISO.finditer(text[:MAX_STAMP]):
            days.add((int(found[1]), int(found[2]), int(found[3])))
        for found in _DMY.finditer(text[:MAX_STAMP]):
            if "." not in found[0]:
                numbers.add((int(found[1]), int(found[2]), int(found[3])))
    told = [(first, second, year) for first, second, year in numbers if first != second]
    day_first = any(first > 12 or (year, second, first) in days for first, second, year in told)
    month_first = any(second > 12 or (year, first, second) in days for first, second, year in told)
    return month_first if day_first != month_first else None


# What may stand between the parts of a date in words.
_FILLERS = frozenset("de del di da of the den d er st nd rd th e º ª г року m gada ko le".split())


def _in_words(text: str, language: str | None) -> Iterator[_Day]:
    """``3 May 2020``, ``May 3rd, 2020``, ``3 de mayo de 2020``, ``2024. március 5.``, ``2024 m. kovo 5 d.``"""
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)][:80]
    for at, (word, start, end) in enumerate(tokens):
        if word[0].isdigit() or not _may_begin_month(word):
            continue
        month, width = _month_at(tokens, at, language)
        if month is None:
            continue
        last = tokens[at + width - 1][2]
        before = _numbers(tokens, at - 1, -1)
        after = _numbers(tokens, at + width, 1)
        for year, day in _orders(before, after):
            parts = (int(year[0]), month, int(day[0]))
            if len(year[0]) == 2:
                parts = (parts[0] + (2000 if parts[0] < _CENTURY else 1900), month, parts[2])
            if _valid(parts):
                yield _Day(min(start, year[1], day[1]), max(end, last, year[2], day[2]), parts)
                break


_Token = tuple[str, int, int]


def _month_at(tokens: list[_Token], at: int, language: str | None) -> tuple[int | None, int]:
    """The month whose name begins at token *at*, and how many tokens it takes."""
    for width in (3, 2, 1):
        if at + width <= len(tokens):
            month = month_of(" ".join(token[0] for token in tokens[at : at + width]), language)
            if month is not None:
                return month, width
    return None, 1


def _numbers(tokens: list[_Token], start: int, step: int) -> list[_Token]:
    """Up to two numbers next to a month in one direction, fillers passed over."""
    found: list[_Token] = []
    at = start
    while 0 <= at < len(tokens) and len(found) < 2 and abs(at - start) < 6:
        word = tokens[at][0]
        if word[0].isdigit():
            if len(word) > 4:
                break
            found.append(tokens[at])
        elif word.casefold() not in _FILLERS:
            break
        at += step
    return found


def _orders(before: list[_Token], after: list[_Token]) -> Iterator[tuple[_Token, _Token]]:
    """(year, day) as the languages order them round a month."""
    long_after = [token for token in after if len(token[0]) == 4]
    if before and len(before[0][0]) <= 2 and long_after:
        yield long_after[0], before[0]  # 21 June 2025
    if len(after) == 2 and len(after[0][0]) <= 2 and len(after[1][0]) == 4:
        yield after[1], after[0]  # June 21, 2025
    if before and len(before[0][0]) == 4 and after and len(after[0][0]) <= 2:
        yield before[0], after[0]  # 2025. június 21.
    if len(before) == 2 and len(before[0][0]) <= 2 and len(before[1][0]) == 4:
        yield before[1], before[0]  # 2024. gada 5. marts
    if before and after and len(before[0][0]) <= 2 and len(after[0][0]) == 2:
        yield after[0], before[0]  # 5 March 24


# Thai months in short, which have stops inside.
_THAI = dict(zip("มค กพ มีค เมย พค มิย กค สค กย ตค พย ธค".split(), range(1, 13), strict=True))
_THAI_SHORT = re.compile(r"(มี|ม|ก|เม|พ|มิ|ส|ต|ธ)\.\s?([คพย])\.")
_THAI_NAMES = ("มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม").split()


def _thai_name(found: re.Match[str]) -> str:
    month = _THAI.get(found[1] + found[2])
    return f" {_THAI_NAMES[month - 1]} " if month else found[0]


def _plain(text: str) -> str:
    """*text* on one line, bounded, its digits in ASCII and its letters NFC."""
    text = unicodedata.normalize("NFC", _SPACE.sub(" ", text[:MAX_STAMP]).strip())
    if text.isascii():
        return text
    text = "".join(str(unicodedata.digit(one, one)) if one.isdecimal() else one for one in text)
    return _THAI_SHORT.sub(_thai_name, text)


def _days(text: str, month_first: bool, language: str | None) -> list[_Day]:
    """The days in *text* in its order, none inside another."""
    days = [day for day in _numeric(text, month_first) if _valid(day.parts)]
    if len(text) >= 6 and any(map(str.isalpha, text)):
        days += _in_words(text, language)
    kept: list[_Day] = []
    for day in sorted(days, key=lambda day: (day.start, -day.end)):
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
    return kept


def dates_in(text: str, *, month_first: bool = False, language: str | None = None) -> list[Found]:
    """The dates in *text* in its order, each with the clock that belongs to it.

    *month_first*: how ``3/4/2020`` is meant. *language* (BCP 47): of the page, where month names are ambiguous.
    """
    if not _DIGIT.search(text, 0, MAX_STAMP):
        return []
    return list(_dates_in(text[:MAX_STAMP], month_first, language))


@lru_cache(maxsize=512)
def _dates_in(text: str, month_first: bool, language: str | None) -> tuple[Found, ...]:
    """Each line near a heading is asked about some three times: for the publication, the change and the zone."""
    text = _ASCTIME.sub(r"\1 \2 \5 \3\4", _plain(text))
    kept = _days(text, month_first, language)
    out = []
    for index, day in enumerate(kept):
        start = kept[index - 1].end if index else 0
        end = kept[index + 1].start if index + 1 < len(kept) else len(text)
        before, after = text[start : day.start], text[day.end : end]
        if mark := _UPDATED.search(after):
            after = after[: mark.start()]
        label, words = _label(before)
        stamp = day.stamp
        if stamp is None:
            at = _clock(after) or (_clock(before[words:]) if index == 0 or label else None)
            stamp = (_build(*day.parts, *at) if at else None) or _build(*day.parts)
        if stamp is not None:
            out.append(Found(stamp, label))
    return tuple(out)


def around_dates(text: str, *, language: str | None = None) -> list[str]:
    """What stands before, between and after the dates in *text*; the whole of it where it holds none."""
    text = _plain(text)
    pieces, at = [], 0
    for day in _days(text, False, language):
        pieces.append(text[at : day.start])
        at = day.end
    return [*pieces, text[at:]]


def is_called_published(line: str) -> bool:
    """Whether *line* begins with a word for publication ("Posted on …")."""
    line = line.lstrip()
    return _MAY_BE_PUBLISHED[line[:2]] and bool(_PUBLISHED.match(line))


def called(before: str) -> str:
    """What the words *before* a date call it: ``updated``, ``published`` or the empty string; the last word counts."""
    return _label(before)[0]


@lru_cache(maxsize=2048)
def _label(before: str) -> tuple[str, int]:
    """What the words before a date call it, the last of them counts, and where in *before* they end.

    Remembered: a site writes the same words, or nothing, before all its dates.
    """
    updated = [found.end() for found in _UPDATED.finditer(before)]
    published = [found.end() for found in _PUBLISHED.finditer(before)]
    if updated and (not published or updated[-1] >= published[-1]):
        return "updated", updated[-1]
    return ("published", published[-1]) if published else ("", 0)


def parse_stamp(value: Any, *, month_first: bool = False, language: str | None = None) -> Stamp | None:
    """*value* (ISO 8601, RFC 2822, epoch seconds or milliseconds, or a date in words) as a :class:`Stamp`.

    Of several dates that which is called the publication, else the first. See :func:`dates_in`.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        value = str(int(value)) if abs(value) < 1e14 else ""
    if not isinstance(value, str):
        return None
    text = value[:MAX_STAMP].strip()
    if len(text) < 6:
        return None
    if _EPOCH.match(text):
        number = int(text[:10])
        return Stamp(dt.datetime.fromtimestamp(number, dt.UTC), "second") if number > 86_400 * 365 else None
    if stamp := _from_iso(text):
        return stamp
    found = dates_in(text, month_first=month_first, language=language)
    best = next((one for one in found if one.label == "published"), None)
    best = best or next((one for one in found if not one.label), None) or (found[0] if found else None)
    return best.stamp if best else None


# As nearly all machines write it. What is written otherwise is looked for as in a text, for twenty times the cost.
_ISO_ALONE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII
)


def _from_iso(text: str) -> Stamp | None:
    """The moment that is all of *text*, in ISO 8601 (RFC 3339, section 5.6); ``None`` where it is another text."""
    found = _ISO_ALONE.match(text)
    if found is None:
        return None
    year, month, day, hour, minute = map(int, found.group(1, 2, 3, 4, 5))
    # A leap second counts as the one before it.
    return _build(year, month, day, (hour, minute, min(59, int(found[6] or 0))), found[7], found[6] is not None)


_URL_DAY = re.compile(
    r"/((?:19|20)\d\d)(?:([/\-_.])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?=[/\-_.+]|\Z)"
)
_URL_WORD = re.compile(r"(?i)/((?:19|20)\d\d)/([a-z]{3,10})/(\d{1,2})(?=/)")


def from_url(url: str) -> Stamp | None:
    """The day that stands in an article's path (``/2020/05/03/``), if any."""
    path = url.partition("://")[2].partition("?")[0][:1000]
    if found := _URL_DAY.search(path):
        return _build(int(found[1]), int(found[3] or found[5]), int(found[4] or found[6]))
    if (found := _URL_WORD.search(path)) and (month := month_of(found[2])):
        return _build(int(found[1]), month, int(found[3]))
    return None


_MONTH_FIRST = frozenset(("en-us", "en-ph", "en_us"))
_AMBIGUOUS = re.compile(
    r"(?<![\d./-])(\d{1,2})\s?/\s?(\d{1,2})\s?/\s?\d{4}(?!\d)|(?<![\d./-])(\d{1,2})-(\d{1,2})-\d{4}"
)


def day_in_words(text: str | None, language: str | None = None) -> str | None:
    """The first date in *text* as ``YYYY-MM-DD``, or ``None``; years from 1990 to 2100 alone.

    *language* (BCP 47) decides what ``03/04/2025`` means; without it such a date is no date. Relative dates
    ('2 days ago') are none either. At most :data:`MAX_STAMP` characters are read.
    """
    if not text:
        return None
    tag = (language or "").lower()
    found = dates_in(text, month_first=tag in _MONTH_FIRST, language=language)
    if not found:
        return None
    day = found[0].stamp.moment.date()
    both = _AMBIGUOUS.search(_plain(text))
    if both and tag in ("", "en"):
        one, two = int(both[1] or both[3]), int(both[2] or both[4])
        if one <= 12 and two <= 12 and one != two:
            return None
    return day.isoformat() if 1990 <= day.year <= 2100 else None
