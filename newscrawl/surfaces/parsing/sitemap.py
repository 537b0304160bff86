"""Sitemaps (sitemaps.org 0.9), Google's news fields, and the order in which WordPress's are best read."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from newscrawl.html.dom import absolute_url, plain_title
from newscrawl.html.markup import has_costly_tags
from newscrawl.html.times import utc_string
from newscrawl.posts import may_be_in
from newscrawl.surfaces.parsing.feed import parse_feed
from newscrawl.surfaces.parsing.feedtime import feed_time
from newscrawl.surfaces.parsing.xmlsafe import elements, local_name, plain_xml

__all__ = [
    "MAX_ENTRIES",
    "MAX_SITEMAP",
    "Sitemap",
    "SitemapEntry",
    "newest_first",
    "parse_sitemap",
    "period",
    "post_sitemaps",
    "prune",
    "unchanged_since",
    "url_day",
]

#: The protocol's own limits: 50 MB unpacked, 50,000 addresses.
MAX_SITEMAP = 52_428_800
MAX_ENTRIES = 50_000
#: A ``lastmod`` from before there were sites is a zero that somebody formatted.
FIRST_YEAR = "1995"


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapEntry:
    """A page, or a child sitemap. Times are UTC; ``lastmod`` is when it was changed, not when published."""

    loc: str
    lastmod: str | None = None
    lastmod_precision: str | None = None
    news_published_at: str | None = None
    news_precision: str | None = None
    news_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """``kind``: ``index`` (entries are sitemaps), ``urlset`` (entries are pages), ``empty`` or ``not_a_sitemap``.

    ``skipped``: entries without a usable address. ``truncated``: cut off, by its server or by the limits here.
    ``latest_of_two``: its ``lastmod`` is never before publication (Yoast SEO and Rank Math write the later of a post's
    two times); elsewhere a scheduled post is published without being modified.
    ``is_feed``: an RSS or Atom feed, which the protocol takes for a sitemap of the latest pages.
    """

    kind: str
    entries: list[SitemapEntry] = field(default_factory=list)
    skipped: int = 0
    truncated: bool = False
    latest_of_two: bool = False
    is_feed: bool = False

    @property
    def is_news(self) -> bool:
        """Google's news sitemap, by what it holds: each entry says when it was published."""
        return not self.is_feed and bool(self.entries) and all(one.news_published_at for one in self.entries)


# Stylesheets and comments of Yoast SEO and Rank Math.
_MADE_BY = re.compile(rb"Yoast SEO|yoast|main-sitemap\.xsl|Rank ?Math", re.IGNORECASE)
#: Members of one gzip file that are read.
MAX_MEMBERS = 1_000
#: Each is replaced by five characters: 50 MB of them would be gigabytes.
MAX_AMPERSANDS = 2_000_000
_IS_FILE = re.compile(r"\.xml(?:\.gz)?\Z", re.IGNORECASE)
_CLOSED = re.compile(rb"</(?:[\w-]{1,20}:)?(?:urlset|sitemapindex)\s{0,20}>", re.IGNORECASE)
_ENTRY_CLOSED = re.compile(rb"</(?:[\w-]{1,20}:)?(?:url|sitemap)\s{0,20}>", re.IGNORECASE)


def _unpack(body: bytes) -> tuple[bytes, bool]:
    """*body* unpacked when it is gzip (RFC 1952), up to the limit; and whether something is missing."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_SITEMAP], len(body) > MAX_SITEMAP
    parts: list[bytes] = []
    size = members = 0
    # A file may be several members, one behind the other (section 2.2); what else stands behind one is padding.
    while body.startswith(b"\x1f\x8b") and size < MAX_SITEMAP and members < MAX_MEMBERS:
        unpacker = zlib.decompressobj(31)
        try:
            parts.append(unpacker.decompress(body, MAX_SITEMAP - size))
        except zlib.error:
            return b"".join(parts), True
        size, members, body = size + len(parts[-1]), members + 1, unpacker.unused_data
        if not unpacker.eof:
            return b"".join(parts), True
    return b"".join(parts), body.startswith(b"\x1f\x8b")


_LINE = re.compile(rb"[^\r\n]+")


def _text_sitemap(body: bytes, url: str) -> Sitemap | None:
    """One address a line, UTF-8; ``None`` when any of the first lines is something else."""
    entries: list[SitemapEntry] = []
    # Not splitlines: fifty million empty lines would be gigabytes of strings.
    for found in _LINE.finditer(body):
        text = found[0].decode("utf-8", "replace").strip()
        if not text:
            continue
        if len(entries) >= MAX_ENTRIES:
            return Sitemap(kind="urlset", entries=entries, truncated=True)
        loc = absolute_url(text) if text.startswith(("http://", "https://")) and " " not in text else None
        if loc is None:
            return None
        entries.append(SitemapEntry(loc=loc))
    return Sitemap(kind="urlset", entries=entries) if entries else None


def _value(element: Any) -> str | None:
    text = element.text
    return text.strip() or None if isinstance(text, str) else None


def _entry(element: Any, base_url: str) -> SitemapEntry | None:
    """A ``url`` or ``sitemap`` element."""
    loc = lastmod = news = None
    title = None
    for child in element:
        tag = local_name(child)
        if tag == "loc" and loc is None:
            loc = absolute_url(_value(child), base_url)
        elif tag == "lastmod":
            lastmod = feed_time(_value(child))
        elif tag == "news":
            for part in child.iter():
                tag = local_name(part)
                if tag == "publication_date":
                    news = feed_time(_value(part))
                elif tag == "title":
                    title = plain_title(_value(part))
    if loc is None:
        return None
    return SitemapEntry(
        loc=loc,
        lastmod=lastmod.at if lastmod and lastmod.at >= FIRST_YEAR else None,
        lastmod_precision=lastmod.precision if lastmod and lastmod.at >= FIRST_YEAR else None,
        news_published_at=news.at if news else None,
        news_precision=news.precision if news else None,
        news_title=title,
    )


def parse_sitemap(body: bytes, url: str) -> Sitemap:
    """The sitemap *body* (plain or gzip, XML or one address a line) served at *url*. Never raises on account of *body*.

    At most 50,000 entries of at most 50 MB unpacked; no DTD is read, no entity of the document's own expanded.
    """
    unpacked, cut = _unpack(body)
    plain = plain_xml(unpacked, max_bytes=MAX_SITEMAP)
    if plain.count(b"&") > MAX_AMPERSANDS or has_costly_tags(plain):
        return Sitemap(kind="not_a_sitemap")
    if not plain.startswith(b"<"):
        return _text_sitemap(plain, url) or Sitemap(kind="not_a_sitemap")

    if not _CLOSED.search(plain[-2_000:]) and _ENTRY_CLOSED.search(plain):
        # Broken off: the parser would close what is open, and half an address would look like a whole one.
        plain = plain[: max(found.end() for found in _ENTRY_CLOSED.finditer(plain))]
        cut = True
    root = None
    entries: list[SitemapEntry] = []
    skipped = 0
    for event, element in elements(plain):
        if event == "start":
            if root is None:
                root = local_name(element)
                if root in ("rss", "feed", "rdf"):
                    return _of_feed(body, url)
                if root not in ("urlset", "sitemapindex"):
                    return Sitemap(kind="not_a_sitemap")
            continue
        if local_name(element) != ("url" if root == "urlset" else "sitemap"):
            continue
        try:
            found = _entry(element, url)
        except Exception:
            found = None  # one entry costs itself alone
        # Memory stays bounded: what has been read leaves the tree.
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
        if len(entries) + skipped >= MAX_ENTRIES:
            cut = True
            break
        if found is None:
            skipped += 1
        else:
            entries.append(found)
    if root is None:
        return Sitemap(kind="not_a_sitemap")
    # Some write an index with the names of a urlset.
    is_index = root == "sitemapindex" or all(_IS_FILE.search(urlsplit(one.loc).path) for one in entries)
    kind = "empty" if not entries else ("index" if is_index else "urlset")
    made = plain[:4_000] + unpacked[-1_000:]
    return Sitemap(
        kind=kind, entries=entries, skipped=skipped, truncated=cut, latest_of_two=_MADE_BY.search(made) is not None
    )


def _of_feed(body: bytes, url: str) -> Sitemap:
    """A feed as the sitemap of its entries (sitemaps.org, "Syndication feed")."""
    feed = parse_feed(body, url)
    if feed.kind == "not_a_feed":
        return Sitemap(kind="not_a_sitemap")
    entries = [
        SitemapEntry(
            loc=one.url,
            lastmod=one.modified_at,
            news_published_at=one.published_at,
            news_precision=one.published_precision,
            news_title=one.title,
        )
        for one in feed.entries
        if one.url is not None
    ]
    kind = "urlset" if entries else "empty"
    skipped = len(feed.entries) - len(entries)
    return Sitemap(kind=kind, entries=entries, skipped=skipped, truncated=feed.truncated, is_feed=True)


_NUMBER = re.compile(r"(\d{1,6})(?:\.xml)?(?:\.gz)?$")
# A day or month that a sitemap's address names: /2026/11/27.xml, sitemap-2026-11.xml, ?yyyy=2026&mm=11&dd=27.
_PERIOD = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?:[-_/.]|&?(?:mm?|month)=|[-_])?(0[1-9]|1[0-2])"
    r"(?:(?:[-_/.]|&?(?:dd?|day)=)?(0[1-9]|[12]\d|3[01]))?(?!\d)"
)
_POST_NAMES = (
    r"wp-sitemap-posts-{t}-\d{{1,6}}",  # WordPress core, 5.5+
    r"{t}s?-sitemap-?\d{{0,6}}",  # Yoast (the first unnumbered), Rank Math, AIOSEO, SEOPress
    r"sitemap-pt-{t}(?:-p\d{{1,4}})?(?:-\d{{4}}-\d{{2}})?",  # XML Sitemap Generator, by month
    r"{t}s?-(?:archive-)?\d{{4}}[-_]?\d{{2}}(?:-\d{{1,4}})?",
    r"sitemap-{t}s?-?[\d-]{{0,12}}",
)
_NEWS_NAME = re.compile(r"(?:google-)?(?:news-sitemap|sitemap-news)\d{0,4}", re.IGNORECASE)
# What the same generators call sitemaps of other things, in full. Nothing else is told by its name.
_OTHER_NAMES = re.compile(
    r"wp-sitemap-(?:users|taxonomies-[\w-]{1,60}|posts-[\w-]{1,60})-\d{1,6}"
    r"|(?:page|category|post_tag|tag|post_format|author|attachment|product(?:_cat|_tag)?|elementor[\w-]{0,40})"
    r"-sitemap\d{0,6}",
    re.IGNORECASE,
)
#: A scheduled post may have been saved for the last time so long before it was published.
AHEAD = dt.timedelta(days=14)


def _stem(loc: str) -> str:
    name = urlsplit(loc).path.rstrip("/").rpartition("/")[2].lower()
    return name.removesuffix(".gz").removesuffix(".xml")


def period(loc: str) -> tuple[str, str] | None:
    """The first and last day (``YYYY-MM-DD``) that the address of a sitemap file names, or ``None``."""
    parts = urlsplit(loc)
    segments = parts.path.rstrip("/").split("/")
    # The folder of a file may be called after the day on which it was written: the file's own name counts, with its
    # folders only where it is a mere number.
    named = "/".join(segments[-3:]) if _stem(loc).isdigit() else segments[-1]
    found = _PERIOD.search(named[-200:]) or _PERIOD.search(parts.query[:200])
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        first = dt.date(year, month, day or 1)
    except ValueError:
        return None
    last = first if day else dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    return first.isoformat(), last.isoformat()


def _newest_key(entry: SitemapEntry) -> tuple[str, str, int]:
    days = period(entry.loc)
    number = None if days else _NUMBER.search(_stem(entry.loc))
    return (days[1] if days else "", entry.lastmod or "", int(number[1]) if number else 1)


def _shift(day: str, days: int) -> str:
    try:
        return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


def _last_change(entry: SitemapEntry) -> str | None:
    """The latest moment at which *entry* may have been changed last, as far as it says."""
    if entry.lastmod is None:
        return None
    return f"{_shift(entry.lastmod[:10], 2)}T00:00:00Z" if entry.lastmod_precision == "day" else entry.lastmod


def unchanged_since(entry: SitemapEntry, since: str, *, latest_of_two: bool) -> bool:
    """Whether nothing behind *entry* was published after *since* (UTC), going by its ``lastmod``.

    ``lastmod`` is no time of publication: a scheduled post is published without being modified, so what was last
    changed up to :data:`AHEAD` before *since* may have been published after it (*latest_of_two*: not there).
    """
    changed = _last_change(entry)
    if changed is None:
        return False
    if not latest_of_two:
        try:
            changed = utc_string(dt.datetime.fromisoformat(changed.replace("Z", "+00:00")) + AHEAD)
        except (ValueError, OverflowError):
            return False
    return changed < since


def post_sitemaps(
    children: Sequence[SitemapEntry],
    since: str | None = None,
    until: str | None = None,
    *,
    post_types: Sequence[str] = ("post",),
    latest_of_two: bool = False,
) -> list[SitemapEntry]:
    """Those of an index's *children* that may hold posts of ``[since, until)``, newest first as far as that is told.

    The order is a guess that nothing depends on: files are cut by post id, by date, or by nothing, and ``lastmod``
    is the last change in a file. A file is left out where its address names another month or day, or where nothing
    in it was changed since *since*; of files that neither tells, the newest by that guess is always kept. Names tell
    posts from other things only where they are a known generator's, in full.
    """
    types = "|".join(re.escape(name.lower()) for name in post_types)
    named = re.compile("|".join(pattern.format(t=f"(?:{types})") for pattern in _POST_NAMES))
    news = [one for one in children if _NEWS_NAME.fullmatch(_stem(one.loc))]
    posts = [one for one in children if named.fullmatch(_stem(one.loc)) and one not in news]
    if not posts:
        others = [one for one in children if one not in news]
        posts = [one for one in others if not _OTHER_NAMES.fullmatch(_stem(one.loc))] or ([] if news else others)
    ordered = sorted(posts, key=_newest_key, reverse=True)
    # A single date may be the day on which the file was written.
    by_period = len({period(one.loc) for one in posts} - {None}) > 1
    kept = [
        one
        for place, one in enumerate(ordered)
        if (not by_period or _period_touches(one.loc, since, until))
        and (place == 0 or since is None or not unchanged_since(one, since, latest_of_two=latest_of_two))
    ]
    return [*news, *kept]


def _period_touches(loc: str, since: str | None, until: str | None) -> bool:
    """Whether the day or month in a file's address may touch the window; a day's grace for the site's own zone."""
    days = period(loc)
    if days is None:
        return True
    if since is not None and _shift(days[1], 1) < since[:10]:
        return False
    return until is None or _shift(days[0], -1) <= until[:10]


# A day stands in an address where something follows it: `/2026/11/5-things/` and `/2026/11/12/` are names of posts.
_URL_DAY = re.compile(r"/((?:19|20)\d{2})(?:/(\d{1,2})/(\d{1,2})|-(\d{2})-(\d{2})|(\d{2})(\d{2}))/(?=[^/])")


def url_day(url: str) -> str | None:
    """The day, ``YYYY-MM-DD`` in the site's zone, that *url*'s path names (``/%year%/%monthnum%/%day%/%postname%``)."""
    found = _URL_DAY.search(urlsplit(url).path[:500])
    if not found:
        return None
    year, *rest = (int(part) for part in found.groups() if part)
    try:
        return dt.date(year, rest[0], rest[1]).isoformat()
    except ValueError:
        return None


def prune(
    entries: Iterable[SitemapEntry], since: str | None = None, until: str | None = None, *, latest_of_two: bool = False
) -> list[SitemapEntry]:
    """*entries* without those that cannot have been published in ``[since, until)`` (UTC), in their order.

    What is known decides: the news date; else the day in the address, in whatever zone the site keeps; else
    ``lastmod``, as :func:`unchanged_since` reads it. What says nothing stays.
    """
    kept = []
    for one in entries:
        day = url_day(one.loc)
        if one.news_published_at is not None:
            wanted = may_be_in(one.news_published_at, one.news_precision, since, until)
        elif day is not None:
            wanted = may_be_in(f"{day}T00:00:00Z", "day", since, until)
        else:
            wanted = since is None or not unchanged_since(one, since, latest_of_two=latest_of_two)
        if wanted:
            kept.append(one)
    return kept


def newest_first(entries: Sequence[SitemapEntry]) -> list[SitemapEntry]:
    """*entries* by news date, day in the address, or ``lastmod``; those with none come last, the last of them first.

    Core's sitemaps without ``lastmod`` are ordered by id, so the last is the newest.
    """

    def key(one: SitemapEntry) -> str:
        return one.news_published_at or url_day(one.loc) or one.lastmod or ""

    ordered = list(reversed(entries))
    ordered.sort(key=key, reverse=True)
    return ordered
