# ruff: noqa: E501 - tables of words
"""When an article was published and modified: what the page says, in UTC, with its precision.

Order: JSON-LD, ``<meta>``, the URL's own date, ``<time>`` and microdata, a date
in a byline. A bare day stays a day; a wall clock without a zone takes the zone
that another stamp of the same page gives for it, else it counts as UTC and the
source says so (``…;no-zone``). The future and what is older than newspapers
are rejected. All patterns are linear and applied to short strings.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.structured import PageData, text_of

__all__ = ["Dates", "Stamp", "parse_stamp", "read_dates"]

_EARLIEST = dt.datetime(1690, 1, 1, tzinfo=dt.UTC)
#: Clocks of publishers run ahead, and zones are mistaken: what is later than this is refused.
_AHEAD = dt.timedelta(hours=26)
#: Characters of a value that are looked at; what is done with them is not linear in all of its steps.
MAX_STAMP = 200

_ISO = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:(?:T|t|\s{1,3}|\s?-\s?)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?"
    r"\s{0,2}(Z|z|UTC|GMT|[+\-−]\d{1,2}:?\d{2}|[+\-−]\d{2}\b|\b[A-Z]{3,5}\b)?)?(?!\d)"
)
_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})(?:[:.h]|\s?Uhr\s?|時|시\s?|點|点)(\d{2})(?:[:.](\d{2}))?"
    r"\s{0,2}([AaPp]\.?[Mm]\b\.?|오전|오후)?(?![\d])"
    r"\s{0,3}\(?(Z\b|UTC|GMT|[A-Z]{2,5}\b)?\s{0,2}((?<![\d.])[+\-−]\d{2}:?\d{2})?"
)
_CLOCK_12 = re.compile(r"(?<![\d.:])(\d{1,2})\s?([AaPp])\.?[Mm]\b")
_DMY = re.compile(r"(?<![\d./\-])(\d{1,2})\s?[./\-]\s?(\d{1,2})\s?[./\-]\s?(\d{4})(?!\d)")
_YMD = re.compile(r"(?<!\d)(\d{4})\s?[./\-年년]\s?(\d{1,2})\s?[./\-月월]\s?(\d{1,2})(?!\d)")
_NAMED = re.compile(r"([^\W\d_]{2,14})\.?|(\d{1,4})")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?\Z")
_SPACE = re.compile(r"\s+")

# Zone letters that mean one thing wherever English-language news is written; others are ambiguous (IST, CST in China).
_ZONES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "BST": 60,
    "WEST": 60,
    "CET": 60,
    "MEZ": 60,
    "CEST": 120,
    "MESZ": 120,
    "EET": 120,
    "SAST": 120,
    "EEST": 180,
    "MSK": 180,
    "JST": 540,
    "KST": 540,
    "AEST": 600,
    "AEDT": 660,
    "EST": -300,
    "EDT": -240,
    "ET": -300,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
_MONTH_WORDS = """
1 january jan januar jänner januari janvier janv enero ene gennaio gen janeiro styczeń stycznia января январь янв січня ledna január januarie ocak januára ianuarie tammikuuta
2 february feb februar februari février fevrier févr fevr febrero febbraio fevereiro fev luty lutego февраля февраль фев лютого února február şubat februarie helmikuuta
3 march mar märz mrz maart mars marzo março marco marzec marca марта март березня března március mart martie maaliskuuta
4 april apr avril avr abril aprile aprilie kwiecień kwietnia апреля апрель апр квітня dubna április nisan huhtikuuta
5 may mai mei mayo maggio mag maio maj maja мая май травня května május mayıs toukokuuta
6 june jun juni juin junio giugno giu junho czerwiec czerwca июня июнь июн червня června június haziran iunie kesäkuuta
7 july jul juli juillet juil julio luglio lug julho lipiec lipca июля июль июл липня července július temmuz iulie heinäkuuta
8 august aug août aout agosto ago sierpień sierpnia августа август авг серпня srpna augusztus ağustos augusti augustus elokuuta
9 september sep sept septembre septiembre settembre set setembro wrzesień września сентября сентябрь сен вересня září szeptember eylül septembrie syyskuuta
10 october oct oktober okt octobre octubre ottobre ott outubro out październik października октября октябрь окт жовтня října október ekim octombrie lokakuuta
11 november nov novembre noviembre novembro listopad listopada ноября ноябрь ноя листопада listopadu kasım noiembrie marraskuuta
12 december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro grudzień grudnia декабря декабрь дек грудня prosince aralık decembrie desember des joulukuuta
"""
_MONTHS = {word: int(line.split()[0]) for line in _MONTH_WORDS.strip().splitlines() for word in line.split()[1:]}


@dataclass(slots=True, frozen=True)
class Stamp:
    """A point in time as a page gave it. ``moment`` is naive where no zone was given."""

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


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    text = text.strip().replace("−", "-")
    if text[0] in "+-":
        digits = text[1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        if hours > 15 or minutes > 59:
            return None
        offset = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(-offset if text[0] == "-" else offset)
    minutes_east = _ZONES.get(text.upper())
    return None if minutes_east is None else dt.timezone(dt.timedelta(minutes=minutes_east))


def _build(
    year: int,
    month: int,
    day: int,
    clock: tuple[int, int, int] | None = None,
    zone: dt.tzinfo | None = None,
    seconds: bool = False,
) -> Stamp | None:
    try:
        if clock is None:
            return Stamp(dt.datetime(year, month, day), "day")  # noqa: DTZ001 - a bare day has no zone
        moment = dt.datetime(year, month, day, *clock, tzinfo=zone)
    except ValueError:
        return None
    # Exactly midnight on the page's own clock is how systems write a bare day.
    if clock == (0, 0, 0):
        return Stamp(moment, "day")
    return Stamp(moment, "second" if seconds else "minute")


def _clock(text: str) -> tuple[tuple[int, int, int], dt.tzinfo | None, bool] | None:
    found = _CLOCK.search(text)
    if found:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        # Korean and Japanese write the half of the day before the clock.
        half = (found[4] or text[max(0, found.start() - 4) : found.start()].strip()[-2:]).lower().replace(".", "")
        if half in {"pm", "오후", "午後", "下午"} and hour < 12:
            hour += 12
        elif half in {"am", "오전", "午前", "上午"} and hour == 12:
            hour = 0
        if hour > 23 or minute > 59 or second > 59:
            return None
        return (hour, minute, second), _zone(found[6] or found[5]), bool(found[3])
    found = _CLOCK_12.search(text)
    if found and int(found[1]) <= 12:
        hour = int(found[1]) % 12 + (12 if found[2].lower() == "p" else 0)
        return (hour, 0, 0), None, False
    return None


def parse_stamp(value: Any, *, month_first: bool = False) -> Stamp | None:
    """*value* (ISO 8601, RFC 2822, epoch seconds or milliseconds, or a date in words) as a :class:`Stamp`.

    *month_first*: how ``3/4/2020`` is meant. Only the first :data:`MAX_STAMP` characters are looked at.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        value = str(int(value)) if abs(value) < 1e14 else ""
    if not isinstance(value, str):
        return None
    text = _SPACE.sub(" ", value[:MAX_STAMP]).strip()
    if len(text) < 6:
        return None
    if _EPOCH.match(text):
        number = int(text[:10])
        return Stamp(dt.datetime.fromtimestamp(number, dt.UTC), "second") if number > 86_400 * 365 else None
    if found := _ISO.search(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
        if found[4] is not None:
            clock = (int(found[4]), int(found[5]), min(59, int(found[6] or 0)))
            if stamp := _build(year, month, day, clock, _zone(found[7]), found[6] is not None):
                return stamp
        rest = text[found.end() :]
        at = _clock(rest) if found[4] is None and len(rest) > 3 else None
        if stamp := _build(year, month, day, *(at or (None,))):
            return stamp
    for pattern, order in ((_YMD, "ymd"), (_DMY, "dmy")):
        if found := pattern.search(text):
            first, second, third = int(found[1]), int(found[2]), int(found[3])
            if order == "ymd":
                day_parts = (first, second, third)
            elif (month_first and "/" in found[0] and first <= 12) or second > 12:
                day_parts = (third, first, second)
            else:
                day_parts = (third, second, first)
            at = _clock(text[: found.start()] + " " + text[found.end() :])
            if stamp := _build(*day_parts, *(at or (None,))):
                return stamp
    return _in_words(text)


def _in_words(text: str) -> Stamp | None:
    """``3 May 2020``, ``May 3rd, 2020 at 4:05 pm``, ``3. Mai 2020, 16:05 Uhr``, ``3 de mayo de 2020``."""
    pieces = [(m.group(1), m.group(2), m.start(), m.end()) for m in _NAMED.finditer(text)]
    for index, (word, _, _, _) in enumerate(pieces):
        month = _MONTHS.get(word.casefold()) if word else None
        if not month:
            continue
        before = [int(n) for w, n, _, _ in pieces[max(0, index - 3) : index] if n]
        after = [(int(n), n, start, end) for w, n, start, end in pieces[index + 1 : index + 9] if n]
        year = next(((n, s, e) for n, digits, s, e in after if len(digits) == 4 and 1690 <= n < 2200), None)
        if year is None:
            continue
        leading = [n for n, _, s, e in after if e < year[2] and 1 <= n <= 31]
        day = before[-1] if before and 1 <= before[-1] <= 31 else (leading[0] if leading else None)
        if day is None:
            continue
        # The clock may stand on either side, or between day and year ("Mon Aug 03 12:45:00 EDT 2015").
        month_at, month_end = pieces[index][2:]
        at = _clock(text[year[2] :]) or _clock(text[:month_at]) or _clock(text[month_end : year[1]])
        if stamp := _build(year[0], month, day, *(at or (None,))):
            return stamp
    return None


_URL_DAY = re.compile(
    r"/((?:19|20)\d\d)(?:([/\-_.])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?=[/\-_.]|\Z)"
)
_URL_WORD = re.compile(r"/((?:19|20)\d\d)/([a-z]{3})/(\d{1,2})(?=/)")


def from_url(url: str) -> Stamp | None:
    """The day that stands in an article's path (``/2020/05/03/``), if any."""
    path = url.partition("://")[2].partition("?")[0][:1000]
    if found := _URL_DAY.search(path):
        return _build(int(found[1]), int(found[3] or found[5]), int(found[4] or found[6]))
    if (found := _URL_WORD.search(path)) and (month := _MONTHS.get(found[2])):
        return _build(int(found[1]), month, int(found[3]))
    return None


_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "rnews:datepublished",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "publish-date",
    "publishdate",
    "publish_date",
    "pubdate",
    "pub_date",
    "ptime",
    "published_at",
    "published_time",
    "date.release",
    "date_published",
    "article_date_original",
    "originalpublicationdate",
    "citation_publication_date",
    "citation_online_date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "dc:date",
    "displaydate",
    "article.published",
    "article.created",
    "created",
    "lp.article:published_time",
    "bt:pubdate",
    "vr:published_time",
    "last-published",
    "date",
    "issue_date",
    "og:pubdate",
    "og:publish_date",
    "article:post_date",
)
_MODIFIED_META = (
    "article:modified_time",
    "og:updated_time",
    "article:modified",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "lastmod",
    "last-modified",
    "modified_time",
    "cxenseparse:recs:articlemodified",
    "revision_date",
    "updated_time",
    "article.updated",
)
_US = re.compile(r"\.com(?:/|\Z)|\.us(?:/|\Z)")
_UPDATED_CLASS = re.compile(r"(?i)updat|modif|revis|aktualis|actualiz")
_PUBLISHED_CLASS = re.compile(
    r"(?i)publi|posted|entry-date|pubdate|created|datum|fecha|timestamp|dateline|article.?date"
)


_STATE_DATE = re.compile(
    r"""(?i)["'](?:date_?published|published_?(?:at|time|date)|publish_?(?:date|time)|first_?publish(?:ed)?_?(?:at|date)"""
    r"""|publication_?date|deploy_?(?:dt|date|time)|created_?at)\\?["']\s{0,3}:\s{0,3}\\?["']([^"'\\]{8,40})"""
)
_UPDATED_LINE = re.compile(r"(?i)updat|modif|aktualis|stand:|mis à jour|actualiz|aggiorn|bijgewerkt|更新|수정")


class DateReader:
    """Reads the two dates of one page."""

    def __init__(
        self, data: PageData, article: dict[str, Any] | None, url: str, now: dt.datetime, near: Sequence[str] = ()
    ) -> None:
        self.data, self.article, self.url, self.near = data, article or {}, url, near
        self.latest = now + _AHEAD
        self.month_first = bool(_US.search(url)) and (data.html_lang or "en").lower() in {"en", "en-us"}

    def _take(self, value: Any, source: str) -> tuple[Stamp, str] | None:
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = text_of(value)
        stamp = parse_stamp(value, month_first=self.month_first)
        if stamp is None:
            return None
        if not _EARLIEST <= stamp.instant() <= self.latest:
            return None
        return stamp, source

    def published(self) -> tuple[Stamp, str] | None:
        """The day and time the article first came out, and its source."""
        best: tuple[Stamp, str] | None = None
        for candidate in self._published():
            if best is None:
                best = candidate
                if best[0].precision != "day" and best[0].zoned:
                    return best
                continue
            better = _sharper(best[0], candidate[0])
            if better is not None:
                best = (better, best[1] if better.moment.replace(tzinfo=None) == best[0].moment else candidate[1])
                if best[0].precision != "day" and best[0].zoned:
                    break
        return best

    def _published(self) -> Iterator[tuple[Stamp, str]]:
        for key in ("datePublished", "dateCreated", "uploadDate"):
            if taken := self._take(self.article.get(key), "json-ld"):
                yield taken
                break
        for name in _PUBLISHED_META:
            for value in self.data.meta.get(name, ())[:3]:
                source = "opengraph" if name.startswith(("article:", "og:")) else "meta"
                if taken := self._take(value, source):
                    yield taken
        for element in self.data.itemprops.get("datepublished", ())[:3]:
            if taken := self._take(_moment_text(element), "microdata"):
                yield taken
        if (stamp := from_url(self.url)) and (taken := self._take(stamp.utc()[:10], "url")):
            yield taken
        yield from self._visible()
        # "… | DW | 28.04.2023": some sites end their titles in the day.
        parts = re.split(r"\s[|–—-]\s", (self.data.title_tag or "")[-200:])
        if len(parts) > 1 and len(parts[-1]) < 30 and (taken := self._take(parts[-1], "html")):
            yield taken
        lines = [line for line in self.near if len(line) <= 160]
        for line in sorted(lines, key=lambda line: bool(_UPDATED_LINE.search(line))):
            if taken := self._take(line, "html"):
                yield taken
                break
        for _, script in self.data.state[:40]:
            found = _STATE_DATE.search(script[:500_000])
            if found and (taken := self._take(found[1], "state")):
                yield taken
                break
        for node in self.data.nodes[:200]:
            if taken := self._take(node.get("datePublished"), "json-ld"):
                yield taken

    def _visible(self) -> Iterator[tuple[Stamp, str]]:
        ranked: list[tuple[int, int, HtmlElement]] = []
        for order, element in enumerate(self.data.times[:60]):
            marks = " ".join((element.get("class") or "", element.get("itemprop") or "", element.get("pubdate") or ""))[
                :200
            ]
            parent = element.getparent()
            near = (parent.get("class") or "")[:100] if parent is not None else ""
            score = 2 if _PUBLISHED_CLASS.search(marks) or element.get("pubdate") is not None else 1
            if _UPDATED_CLASS.search(marks) or _UPDATED_CLASS.search(near):
                score = 0
            ranked.append((-score, order, element))
        for _, _, element in sorted(ranked, key=lambda item: item[:2])[:10]:
            taken = self._take(element.get("datetime"), "html") or self._take(element.text_content()[:120], "html")
            if taken:
                yield taken
                break

    def zone(self, known: Stamp) -> dt.timedelta | None:
        """The page's own offset from UTC at *known*: the day its readers saw need not be the day in UTC.

        Where a page gives the instant in UTC and the same instant as a wall clock, the difference is the offset.
        """
        offset = known.moment.utcoffset()
        if known.precision == "day" or offset is None:
            return None
        if offset:
            return offset
        utc = known.moment.astimezone(dt.UTC).replace(tzinfo=None, second=0, microsecond=0)
        values = (value for name in _PUBLISHED_META for value in self.data.meta.get(name, ())[:3])
        stamps = (taken[0] for value in values if (taken := self._take(value, "meta")))
        for stamp in (*stamps, *(found for found, _ in self._visible())):
            if stamp.precision == "day":
                continue
            if own := stamp.moment.utcoffset():
                if stamp.moment.astimezone(dt.UTC).replace(tzinfo=None, second=0, microsecond=0) == utc:
                    return own
                continue
            gap = stamp.moment.replace(tzinfo=None, second=0, microsecond=0) - utc
            if gap and -dt.timedelta(hours=12) <= gap <= dt.timedelta(hours=14) and gap.total_seconds() % 900 == 0:
                return gap
        return offset

    def ruled(self, values: Sequence[str]) -> tuple[Stamp, str] | None:
        """The first of a publisher rule's *values* that is a date and not in the future."""
        return next((taken for value in values if (taken := self._take(value, "rule"))), None)

    def modified(self) -> tuple[Stamp, str] | None:
        """When the page says it was last changed, and the source."""
        if taken := self._take(self.article.get("dateModified"), "json-ld"):
            return taken
        for name in _MODIFIED_META:
            for value in self.data.meta.get(name, ())[:2]:
                if taken := self._take(value, "opengraph" if name.startswith(("article:", "og:")) else "meta"):
                    return taken
        for element in self.data.itemprops.get("datemodified", ())[:2]:
            if taken := self._take(_moment_text(element), "microdata"):
                return taken
        return None


def _moment_text(element: HtmlElement) -> str:
    return str(
        element.get("datetime") or element.get("content") or element.get("title") or element.text_content()[:120]
    )


def _sharper(known: Stamp, other: Stamp) -> Stamp | None:
    """*other* where it says the same as *known* with more precision or a zone, else ``None``."""
    if known.precision == "day":
        if other.precision != "day" and abs(
            other.instant().replace(tzinfo=None) - known.moment.replace(tzinfo=None)
        ) < (dt.timedelta(hours=38)):
            local = other.moment.replace(tzinfo=None)
            if local.date() == known.moment.date():
                return other
        return None
    if not known.zoned and other.zoned and other.precision != "day":
        wall = other.moment.replace(tzinfo=None, second=0, microsecond=0)
        mine = known.moment.replace(second=0, microsecond=0)
        if wall == mine:
            return other
        gap = other.moment.astimezone(dt.UTC).replace(tzinfo=None, second=0, microsecond=0) - mine
        # The same instant written once as local wall clock and once in UTC: whole quarters of an hour apart.
        if abs(gap) <= dt.timedelta(hours=14) and gap.total_seconds() % 900 == 0:
            return other
    return None


@dataclass(slots=True, frozen=True)
class Dates:
    """The two dates of a page, each with its source, and the page's own offset from UTC at the first."""

    published: tuple[Stamp, str] | None
    modified: tuple[Stamp, str] | None
    zone: dt.timedelta | None


def read_dates(
    data: PageData,
    article: dict[str, Any] | None,
    url: str,
    now: dt.datetime,
    near: Sequence[str] = (),
    ruled: Mapping[str, Sequence[str]] | None = None,
) -> Dates:
    """When the article was published and modified.

    *now* is the moment the future begins; *near* are short lines close to the heading, nearest first;
    *ruled*: what a publisher's rule found for ``published_at`` and ``modified_at``, which goes before all else.
    """
    reader = DateReader(data, article, url, now, near)
    ruled = ruled or {}
    published = reader.ruled(ruled.get("published_at", ())) or reader.published()
    modified = reader.ruled(ruled.get("modified_at", ())) or reader.modified()
    return Dates(published, modified, reader.zone(published[0]) if published else None)
