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
from newscrawl.html.times import moment
from newscrawl.surfaces.parsing.xmlsafe import elements, local_name, plain_xml
from newscrawl.text import clean_line

__all__ = [
    "MAX_ENTRIES",
    "MAX_SITEMAP",
    "Sitemap",
    "SitemapEntry",
    "newest_first",
    "parse_sitemap",
    "post_sitemaps",
    "prune",
    "url_day",
]

#: The protocol's own limits: 50 MB unpacked, 50,000 addresses.
MAX_SITEMAP = 52_428_800
MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapEntry:
    """A page, or a child sitemap. Times are UTC; ``lastmod`` is when it was changed, not when published."""

    loc: str
    lastmod: str | None = None
    lastmod_precision: str | None = None
    news_published_at: str | None = None
    news_precision: str | None = None
    news_title: str | None = None
    news_language: str | None = None
    news_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """``kind``: ``index`` (entries are sitemaps), ``urlset`` (entries are pages), ``empty`` or ``not_a_sitemap``.

    ``skipped``: entries without a usable address. ``truncated``: cut off, by its server or by the limits here.
    """

    kind: str
    entries: list[SitemapEntry] = field(default_factory=list)
    skipped: int = 0
    truncated: bool = False


_CLOSED = re.compile(rb"</(?:[\w-]{1,20}:)?(?:urlset|sitemapindex)\s{0,20}>", re.IGNORECASE)
_ENTRY_CLOSED = re.compile(rb"</(?:[\w-]{1,20}:)?(?:url|sitemap)\s{0,20}>", re.IGNORECASE)


def _unpack(body: bytes) -> tuple[bytes, bool]:
    """*body* unpacked when it is gzip (RFC 1952), up to the limit; and whether something is missing."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_SITEMAP], len(body) > MAX_SITEMAP
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, MAX_SITEMAP)
    except zlib.error:
        return b"", True
    return plain, not unpacker.eof


def _text_sitemap(body: bytes, url: str) -> Sitemap | None:
    """One address a line, UTF-8; ``None`` when any of the first lines is something else."""
    entries: list[SitemapEntry] = []
    lines = body.decode("utf-8", "replace").splitlines()
    for raw in lines:
        text = raw.strip()
        if not text:
            continue
        loc = absolute_url(text) if text.startswith(("http://", "https://")) and " " not in text else None
        if loc is None:
            return None
        entries.append(SitemapEntry(loc=loc))
        if len(entries) >= MAX_ENTRIES:
            break
    return Sitemap(kind="urlset", entries=entries, truncated=len(lines) > MAX_ENTRIES) if entries else None


def _value(element: Any) -> str | None:
    text = element.text
    return text.strip() or None if isinstance(text, str) else None


def _entry(element: Any, base_url: str) -> SitemapEntry | None:
    """A ``url`` or ``sitemap`` element."""
    loc = lastmod = news = None
    title = language = name = None
    for child in element:
        tag = local_name(child)
        if tag == "loc" and loc is None:
            loc = absolute_url(_value(child), base_url)
        elif tag == "lastmod":
            lastmod = moment(_value(child))
        elif tag == "news":
            for part in child.iter():
                tag = local_name(part)
                if tag == "publication_date":
                    news = moment(_value(part))
                elif tag == "title":
                    title = plain_title(_value(part))
                elif tag == "language":
                    language = clean_line(_value(part), limit=40)
                elif tag == "name":
                    name = plain_title(_value(part))
    if loc is None:
        return None
    return SitemapEntry(
        loc=loc,
        lastmod=lastmod.at if lastmod else None,
        lastmod_precision=lastmod.precision if lastmod else None,
        news_published_at=news.at if news else None,
        news_precision=news.precision if news else None,
        news_title=title,
        news_language=language,
        news_name=name,
    )


def parse_sitemap(body: bytes, url: str) -> Sitemap:
    """The sitemap *body* (plain or gzip, XML or one address a line) served at *url*. Never raises on account of *body*.

    At most 50,000 entries of at most 50 MB unpacked; no DTD is read, no entity of the document's own expanded.
    """
    unpacked, cut = _unpack(body)
    plain = plain_xml(unpacked, max_bytes=MAX_SITEMAP)
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
                if root not in ("urlset", "sitemapindex"):
                    return Sitemap(kind="not_a_sitemap")
            continue
        if local_name(element) != ("url" if root == "urlset" else "sitemap"):
            continue
        found = _entry(element, url)
        # Memory stays bounded: what has been read leaves the tree.
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
        if found is None:
            skipped += 1
        elif len(entries) >= MAX_ENTRIES:
            cut = True
            break
        else:
            entries.append(found)
    if root is None:
        return Sitemap(kind="not_a_sitemap")
    kind = "empty" if not entries else ("urlset" if root == "urlset" else "index")
    return Sitemap(kind=kind, entries=entries, skipped=skipped, truncated=cut)


_NUMBER = re.compile(r"(\d{1,6})(?:\.xml)?(?:\.gz)?$")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_/]?(0[1-9]|1[0-2])(?!\d)")
_POST_NAMES = (
    r"wp-sitemap-posts-{t}-\d{{1,6}}",  # WordPress core, 5.5+
    r"{t}s?-sitemap-?\d{{0,6}}",  # Yoast (the first unnumbered), Rank Math, AIOSEO, SEOPress
    r"sitemap-pt-{t}(?:-p\d{{1,4}})?-\d{{4}}-\d{{2}}",  # XML Sitemap Generator, by month
    r"{t}s?-(?:archive-)?\d{{4}}[-_]?\d{{2}}(?:-\d{{1,4}})?",
    r"sitemap-{t}s?-?[\d-]{{0,12}}",
)
_NEWS_NAME = re.compile(r"(?:google-)?(?:news-sitemap|sitemap-news)\d{0,4}", re.IGNORECASE)
_OTHER = re.compile(
    r"pages?|category|categories|tags?|post_tag|post_format|authors?|users?|taxonom(?:y|ies)|attachments?|products?|"
    r"images?|videos?|locations?|local|misc|archives?|archive|external|homepage|home|forums?|topics?|events?|web-story|"
    r"wp_block|elementor|template|comments?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^a-z0-9_]+|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", re.IGNORECASE)


def _stem(loc: str) -> str:
    name = urlsplit(loc).path.rstrip("/").rpartition("/")[2].lower()
    return name.removesuffix(".gz").removesuffix(".xml")


def _newest_key(entry: SitemapEntry) -> tuple[str, str, int]:
    stem = _stem(entry.loc)
    month = _MONTH.search(stem)
    number = None if month else _NUMBER.search(stem)
    return (entry.lastmod or "", "-".join(month.groups()) if month else "", int(number[1]) if number else 1)


def _month_ended_before(stem: str, since: str) -> bool:
    """Whether a sitemap named by month ended before *since*, a day's grace for the site's own time zone."""
    month = _MONTH.search(stem)
    if not month:
        return False
    year, number = int(month[1]), int(month[2])
    ended = dt.date(year + number // 12, number % 12 + 1, 1) + dt.timedelta(days=1)
    return f"{ended.isoformat()}T00:00:00Z" <= since


def _changed_before(entry: SitemapEntry, since: str) -> bool:
    if entry.lastmod is None:
        return False
    if entry.lastmod_precision == "day":
        return _shift(entry.lastmod[:10], 1) <= since[:10]
    return entry.lastmod < since


def _shift(day: str, days: int) -> str:
    try:
        return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


def post_sitemaps(
    children: Sequence[SitemapEntry], since: str | None = None, *, post_types: Sequence[str] = ("post",)
) -> list[SitemapEntry]:
    """Those of an index's *children* that hold posts, in the order to read them: news first, then newest first.

    Newest: by ``lastmod`` where the index has it (Yoast, Rank Math), by month where the names have it, else by
    number: in WordPress core's the newest posts are in the last file, and Yoast's unnumbered file is the first.
    *since* (UTC) leaves out what was last changed before it. Where no name is a known one, all are taken but those
    that are plainly something else (pages, categories, authors).
    """
    types = "|".join(re.escape(name.lower()) for name in post_types)
    named = re.compile("|".join(pattern.format(t=f"(?:{types})") for pattern in _POST_NAMES))
    news = [one for one in children if _NEWS_NAME.fullmatch(_stem(one.loc))]
    posts = [one for one in children if named.fullmatch(_stem(one.loc))]
    if not posts:
        posts = [
            one
            for one in children
            if one not in news and not any(_OTHER.fullmatch(word) for word in _WORDS.split(_stem(one.loc)) if word)
        ]
    if since is not None:
        posts = [
            one for one in posts if not _changed_before(one, since) and not _month_ended_before(_stem(one.loc), since)
        ]
        news = [one for one in news if not _changed_before(one, since)]
    return [*news, *sorted(posts, key=_newest_key, reverse=True)]


_URL_DAY = re.compile(r"(?<![\d-])((?:19|20)\d{2})([/-])(\d{1,2})\2(\d{1,2})(?!\d)")


def url_day(url: str) -> str | None:
    """The day, ``YYYY-MM-DD`` in the site's zone, that *url*'s path names (``/%year%/%monthnum%/%day%/``)."""
    found = _URL_DAY.search(urlsplit(url).path[:500])
    if not found:
        return None
    try:
        return dt.date(int(found[1]), int(found[3]), int(found[4])).isoformat()
    except ValueError:
        return None


def prune(entries: Iterable[SitemapEntry], since: str | None = None, until: str | None = None) -> list[SitemapEntry]:
    """*entries* without those that cannot have been published in ``[since, until)`` (UTC), in their order.

    What is known decides: the news date; else the day in the address, a day's grace on both sides for the site's
    zone; and ``lastmod``, before which a post was published. What says nothing stays.
    """
    kept = []
    for one in entries:
        published = one.news_published_at
        day = published[:10] if published else url_day(one.loc)
        exact = published if published and one.news_precision != "day" else None
        if since is not None:
            if _changed_before(one, since) and published is None:
                continue
            if exact is not None and exact < since:
                continue
            if exact is None and day is not None and _shift(day, 1) < since[:10]:
                continue
        if until is not None:
            if exact is not None and exact >= until:
                continue
            if exact is None and day is not None and _shift(day, -1) >= until[:10]:
                continue
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
