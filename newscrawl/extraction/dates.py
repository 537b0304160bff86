"""When an article was published and modified: what the page says, in UTC, with its precision.

Order: JSON-LD, ``<meta>``, microdata, the URL's own date, ``<time>``, a date in a line near the heading, the page's
data. A bare day stays a day; a wall clock without a zone takes the zone that another stamp of the same page gives for
it, else it counts as UTC and the source says so (``…;no-zone``). An update is no publication, a placeholder and the
date of a card or a comment are none at all; the future and what is older than newspapers are rejected.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.dates import (
    Stamp,
    called,
    dates_in,
    from_url,
    is_called_published,
    month_first_shown,
    month_of,
    parse_stamp,
)
from newscrawl.html.literals import Keys
from newscrawl.html.structured import ARTICLE_TYPES, PageData, text_of, types_of

from .scope import Scope

__all__ = ["Dates", "read_dates"]

_EARLIEST = dt.datetime(1690, 1, 1, tzinfo=dt.UTC)
#: Clocks of publishers run ahead, and zones are mistaken: what is later than this is refused.
_AHEAD = dt.timedelta(hours=26)
# What systems write where a date is missing: the zero of Unix, of SQL Server and spreadsheets, of .NET.
_PLACEHOLDERS = frozenset(
    dt.date(*day) for day in ((1970, 1, 1), (1969, 12, 31), (1900, 1, 1), (1899, 12, 30), (1899, 12, 31), (1753, 1, 1))
)

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
    "published",
    "published-date",
    "publication-date",
    "publication_date",
    "date-published",
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


_STATE_DATE = Keys(
    re.compile(
        r"""(?i)["'](?:date_?published|published_?(?:at|time|date)|publish_?(?:date|time)|first_?publish(?:ed)?_?(?:at|date)"""
        r"""|(?:first_?)?publication_?date|date_?posted|deploy_?(?:dt|date|time)|created_?at)\\?["']\s{0,3}:\s{0,3}\\?["']([^"'\\]{8,40})"""
    )
)
# What an element of a date is called.
_DATE_CLASS = re.compile(
    r"(?<![a-z])(?:date|datum|fecha)(?![a-z])|Date(?![a-z])|[pP]ubli(?:sh|c)|[pP]osted|pubdate|date-?line|post-?date"
)
_OTHER_DATE = re.compile(
    r"(?i)event|expir|due|birth|copyright|deadline|picker|start|end[-_]?date|calendar|today|current[-_]?date"
)
#: Characters of such an element.
LONGEST_MARKED = 120


# Where a page declares its dates, beside which it may show others.
_DECLARED = frozenset(("json-ld", "opengraph", "meta", "microdata"))
#: An instant may be so much later than the start of a day in UTC and lie in that day somewhere on earth.
_SAME_DAY = dt.timedelta(hours=38)
#: So many lines from the heading on belong to it.
_BELOW_HEADING = 6
#: Characters of a line that is a date and nothing else.
_LONGEST_ALONE = 40
_FOUR_DIGITS = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_LETTERS = re.compile(r"[^\W\d_]+")
_BESIDE_DATE = frozenset(
    "on at the of st nd rd th de del di am pm a p m utc gmt et est edt pt pst pdt date dated".split()
)


class DateReader:
    """Reads the two dates of one page."""

    def __init__(
        self,
        data: PageData,
        article: dict[str, Any] | None,
        url: str,
        now: dt.datetime,
        near: Sequence[str],
        scope: Scope,
    ) -> None:
        self.data, self.article, self.url, self.near = data, article or {}, url, near
        self.scope = scope
        self.language = data.html_lang
        self.latest = now + _AHEAD
        american = bool(_US.search(url)) and (data.html_lang or "en").lower() in {"en", "en-us"}
        shown = month_first_shown(self._texts_of_times())
        self.month_first = american if shown is None else shown

    def _texts_of_times(self) -> Iterator[str]:
        """What the page's ``<time>`` elements say, of other stories too: a site writes all its dates alike."""
        for element in self.data.times[:60]:
            yield element.get("datetime") or ""
            yield (element.text or "")[:80]

    def _take(self, value: Any, source: str) -> tuple[Stamp, str] | None:
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = text_of(value)
        stamp = parse_stamp(value, month_first=self.month_first, language=self.language)
        return (stamp, source) if stamp is not None and self._plausible(stamp) else None

    def _plausible(self, stamp: Stamp) -> bool:
        if stamp.moment.date() in _PLACEHOLDERS or stamp.instant().date() in _PLACEHOLDERS:
            return False
        return _EARLIEST <= stamp.instant() <= self.latest

    def _take_text(self, text: str, source: str, *, updated: bool = False) -> tuple[Stamp, str] | None:
        """The publication that *text*, which readers see, tells; *updated*: its first date is called an update."""
        found = dates_in(text, month_first=self.month_first, language=self.language)
        named = [one.stamp for one in found if one.label == "published"]
        plain = [one.stamp for one in found if not one.label]
        if updated and not named and len(found) < 2:
            return None
        for stamp in (*named, *plain):
            if self._plausible(stamp):
                return stamp, source
        return None

    def published(self) -> tuple[Stamp, str] | None:
        """The day and time the article first came out, and its source."""
        best = self._likeliest()
        return (self._shown_earlier(best) or best) if best else None

    def _shown_earlier(self, declared: tuple[Stamp, str]) -> tuple[Stamp, str] | None:
        """An earlier day that a line or a ``<time>`` shows, where the declared one is as late as the last change.

        Some systems write the day on which the page was last built into both fields.
        """
        stamp, source = declared
        if source not in _DECLARED or (changed := self.modified) is None:
            return None
        if stamp.instant().date() < changed[0].instant().date():
            return None
        passed_over = self._other_times
        for line in self.near[:_BELOW_HEADING]:
            alone = None if any(text in line for text in passed_over) else self._alone(line)
            if alone is not None and self._plausible(alone):
                return (alone, "html") if stamp.instant() - alone.instant() > _SAME_DAY else None
        shown = next(self._visible(), None)
        return shown if shown and stamp.instant() - shown[0].instant() > _SAME_DAY else None

    def _alone(self, line: str) -> Stamp | None:
        """The date of a line that holds nothing else, or a word for publication beside it."""
        if len(line) > _LONGEST_ALONE or not _FOUR_DIGITS.search(line):
            return None
        found = dates_in(line, month_first=self.month_first, language=self.language)
        if len(found) != 1 or found[0].label == "updated":
            return None
        words = (word for word in _LETTERS.findall(line) if word.lower() not in _BESIDE_DATE)
        if any(month_of(word, self.language) is None and not is_called_published(word) for word in words):
            return None
        return found[0].stamp

    def _likeliest(self) -> tuple[Stamp, str] | None:
        """The first candidate, made exact by later ones that say the same."""
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
        own = [one for one in self.data.itemprops.get("datepublished", ())[:20] if self.scope.own(one)]
        for element in own[:3]:
            if taken := self._take(_moment_text(element), "microdata"):
                yield taken
        if (stamp := from_url(self.url)) and (taken := self._take(stamp.utc()[:10], "url")):
            yield taken
        yield from self._visible()
        # "… | DW | 28.04.2023": some sites end their titles in the day.
        parts = re.split(r"\s[|–—-]\s", (self.data.title_tag or "")[-200:])
        if len(parts) > 1 and len(parts[-1]) < 30 and (taken := self._take(parts[-1], "html")):
            yield taken
        passed_over = self._other_times
        # A line below the heading that is a date and nothing else goes before elements that a class calls a date.
        for line in self.near[1:_BELOW_HEADING]:
            alone = None if any(text in line for text in passed_over) else self._alone(line)
            if alone is not None and (taken := self._take_text(line, "html")):
                yield taken
                break
        yield from self._marked()
        for line in self.near:
            if len(line) > 160 or any(text in line for text in passed_over):
                continue
            if taken := self._take_text(line, "html"):
                yield taken
                break
        for _, script in self.data.state[:40]:
            found = next(_STATE_DATE.finditer(script[:500_000]), None)
            if found and (taken := self._take(found[1], "state")) and not self._is_later_than_change(taken[0]):
                yield taken
                break
        for node in self.data.nodes[:200]:
            # Another article's node tells another article's date.
            if not types_of(node) & ARTICLE_TYPES and (taken := self._take(node.get("datePublished"), "json-ld")):
                yield taken

    @cached_property
    def _places(self) -> dict[HtmlElement, int]:
        return {element: place for place, element in enumerate(self.data.elements)}

    def _distance(self, element: HtmlElement) -> int:
        """Elements between *element* and the heading; those before it count twice: lists of stories stand there."""
        heading = self.scope.heading
        if heading is None or len(self.data.times) < 2:
            return 0
        distance = self._places.get(element, 0) - self._places.get(heading, 0)
        return distance if distance >= 0 else -2 * distance

    def _visible(self) -> Iterator[tuple[Stamp, str]]:
        """The first of the page's own ``<time>`` elements that tells a publication, those that are called so first."""
        ranked: list[tuple[int, int, int, HtmlElement]] = []
        for order, element in enumerate(self.data.times[:60]):
            if not self.scope.own(element):
                continue
            marks = " ".join(filter(None, (element.get("class"), element.get("itemprop"), element.get("pubdate"))))[
                :200
            ]
            score = 2 if _PUBLISHED_CLASS.search(marks) or element.get("pubdate") is not None else 1
            if _marked_update(element):
                score = 0
            ranked.append((-score, self._distance(element), order, element))
        for score, _, _, element in sorted(ranked, key=lambda item: item[:3])[:10]:
            text = element.text_content()[:160]
            if not score:
                taken = self._take_text(text, "html", updated=True)
            else:
                taken = self._take(element.get("datetime"), "html") or self._take_text(text, "html")
            if taken:
                yield taken
                break

    def _marked(self) -> Iterator[tuple[Stamp, str]]:
        """The first date in a short element of the article whose class calls it the publication's."""
        labelled: list[tuple[Stamp, str]] = []
        for element, text, marks in self._dated_elements():
            if _other_marks(element, marks):
                continue
            own = self.scope.own(element)
            if not own and called(_before(element)) != "published":
                continue
            if taken := self._take_text(text, "html"):
                if own:
                    yield taken
                    return
                labelled.append(taken)
        # In a side column the only day that is called the publication is the page's; several are of other stories.
        if len(labelled) == 1:
            yield labelled[0]

    def _dated_elements(self) -> Iterator[tuple[HtmlElement, str, str]]:
        """Short elements whose class or id calls them a date: (element, its text, class and id)."""
        for element in self.data.marked.get("date", ()):
            marks = f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
            if not _DATE_CLASS.search(marks):
                continue
            text = _short_text(element)
            if 6 <= len(text) <= LONGEST_MARKED:
                yield element, text, marks

    def _is_later_than_change(self, stamp: Stamp) -> bool:
        """Whether *stamp* is later than the last change of the page, by more than zones explain: it is another's."""
        changed = self._take(self.article.get("dateModified"), "json-ld")
        return changed is not None and stamp.instant() - changed[0].instant() > _AHEAD

    @cached_property
    def _other_times(self) -> list[str]:
        """What ``<time>`` elements of updates, cards and comments show: no line of text may bring it back."""
        texts = []
        for element in self.data.times[:60]:
            text = " ".join(element.text_content()[:160].split())
            if len(text) > 5 and (not self.scope.own(element) or (_marked_update(element) and len(dates_in(text)) < 2)):
                texts.append(text)
        for element, text, marks in self._dated_elements():
            other = _other_marks(element, marks) and len(dates_in(text)) < 2
            if other or not self.scope.own(element):
                texts.append(text)
        return texts

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

    @cached_property
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
        for line in self.near:
            for one in dates_in(line, month_first=self.month_first, language=self.language) if len(line) <= 160 else ():
                if one.label == "updated" and self._plausible(one.stamp):
                    return one.stamp, "html"
        return None


def _short_text(element: HtmlElement) -> str:
    """The text of *element* on one line; of a long one only so much that it is seen to be too long."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece)
        size += len(piece.strip())
        if size > LONGEST_MARKED:
            break
    return " ".join("".join(pieces).split())


def _marked_update(element: HtmlElement) -> bool:
    """Whether the marks of a ``<time>``, those of its parent or the words before it call it an update."""
    parent = element.getparent()
    marks = f"{element.get('class') or ''} {element.get('itemprop') or ''}"[:200]
    near = (parent.get("class") or "")[:100] if parent is not None else ""
    return bool(_UPDATED_CLASS.search(marks) or _UPDATED_CLASS.search(near)) or _called_update(element)


def _other_marks(element: HtmlElement, marks: str) -> bool:
    """Whether class and id (*marks*), or the words before *element*, make its date an update's or an event's."""
    return bool(_UPDATED_CLASS.search(marks) or _OTHER_DATE.search(marks)) or _called_update(element)


def _called_update(element: HtmlElement) -> bool:
    """Whether the words right before *element* call it an update ("Updated: ")."""
    return called(_before(element)) == "updated"


def _before(element: HtmlElement) -> str:
    """The words right before *element*, cut."""
    previous = element.getprevious()
    parent = element.getparent()
    before = (previous.tail if previous is not None else parent.text if parent is not None else None) or ""
    if not before.strip() and previous is not None:
        before = previous.text_content()[-40:]
    return str(before[-40:])


def _moment_text(element: HtmlElement) -> str:
    return str(
        element.get("datetime") or element.get("content") or element.get("title") or element.text_content()[:120]
    )


def _sharper(known: Stamp, other: Stamp) -> Stamp | None:
    """*other* where it says the same as *known* with more precision or a zone, else ``None``."""
    if known.precision == "day":
        if (
            other.precision != "day"
            and abs(other.instant().replace(tzinfo=None) - known.moment.replace(tzinfo=None)) < _SAME_DAY
        ):
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
    title: str | None = None,
    scope: Scope | None = None,
) -> Dates:
    """When the article was published and modified.

    *now* is the moment the future begins; *near* are short lines close to the heading, nearest first;
    *ruled*: what a publisher's rule found for ``published_at`` and ``modified_at``, which goes before all else;
    *title*: the headline, which tells the page's own dates from those of other stories; *scope*: what was
    found with it.
    """
    reader = DateReader(data, article, url, now, near, scope or Scope(data, title))
    ruled = ruled or {}
    published = reader.ruled(ruled.get("published_at", ())) or reader.published()
    modified = reader.ruled(ruled.get("modified_at", ())) or reader.modified
    return Dates(published, modified, reader.zone(published[0]) if published else None)
