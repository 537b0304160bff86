"""Surface ``sitemap``: addresses of posts, from the sitemaps of WordPress core, SEO plugins and others.

It gives addresses and, sometimes, times; the posts' pages are asked for. Neither
the order of files nor ``lastmod`` is publication (:mod:`.parsing.sitemap`), so
each file that may hold posts of the window is read. An hourly run need not read
them all: files that had not changed when they were last read wait until
:data:`READ_ALL_EVERY` has passed; the newest is read every time.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from newscrawl.clock import format_time, now_text, parse_time
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import may_be_post, number_in, post_url
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest, refused_status
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.parsing.sitemap import (
    Sitemap,
    SitemapEntry,
    newest_first,
    parse_sitemap,
    post_sitemaps,
    prune,
    url_day,
)
from newscrawl.surfaces.walk import Cut
from newscrawl.text import escape_controls
from newscrawl.urls import same_site

__all__ = ["USUAL", "SitemapSurface"]

logger = logging.getLogger(__name__)

#: Where sitemaps stand where robots.txt names none: core, Yoast and Rank Math, everybody else.
USUAL = ("/wp-sitemap.xml", "/sitemap_index.xml", "/sitemap.xml")
#: Files read at most in one run, and how deep an index may lead.
MOST_FILES = 500
DEEPEST = 3
#: Files in a row that cannot be had, after which the site is taken to refuse.
MOST_FAILURES = 3
#: Addresses entered in the ledger at once.
AT_ONCE = 1_000
#: Google's news sitemaps hold the posts of two days, at most so many.
NEWS_AGE = dt.timedelta(days=2, hours=1)
NEWS_MOST = 1_000
#: All files are read again after so long, whatever their index says of them.
READ_ALL_EVERY = dt.timedelta(hours=12)
#: Files whose state is kept from run to run.
MOST_KEPT = 2_000
_XML = "application/xml, text/xml;q=0.9, */*;q=0.1"


class SitemapSurface:
    """Lists one site's posts by its sitemaps."""

    name: ClassVar[str] = "sitemap"
    tells: ClassVar[frozenset[str]] = frozenset({"post_types"})
    look: ClassVar[int] = 2

    @classmethod
    def begins(cls, request: SurfaceRequest) -> Sequence[str]:
        """What robots.txt names, then the usual places."""
        return [*request.sitemaps, *(f"{request.site}{path}" for path in USUAL)]

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._files = 0
        self._asked: set[str] = set()
        self._failures = 0
        self._covers = False  # a sitemap of more than the last two days was read
        self._any = False  # a file with posts of this site was read
        self._deferred = False
        self._states: dict[str, str] = {}
        before = request.kept
        files = before.get("files")
        self._before: dict[str, str] = dict(files) if isinstance(files, dict) else {}
        self._read_all_at = str(before.get("read_all_at") or "")
        # Only runs that go on from the mark see nothing but what is new since the files were read.
        self._may_defer = (
            request.changed_since is not None
            and bool(self._read_all_at)
            and self._read_all_at > format_time(parse_time(now_text()) - READ_ALL_EVERY)
        )

    @property
    def kept(self) -> Mapping[str, Any]:
        """When all files were last read, and what the index said of each."""
        if len(self._states) > MOST_KEPT:
            return {}
        return {
            "read_all_at": self._read_all_at if self._deferred else now_text(),
            "files": {**(self._before if self._deferred else {}), **self._states},
        }

    async def pages(self, cursor: object) -> AsyncIterator[Answer]:
        """List. Raises :class:`SurfaceError` where no sitemap serves, or could tell what is asked."""
        request = self._request
        cut = Cut()
        problem: SurfaceError | None = None
        for url in dict.fromkeys(self.begins(request)):
            if self._covers and url not in request.sitemaps:
                break
            if url in self._asked:
                continue
            if self._files >= MOST_FILES:
                cut.note(url, f"more than {MOST_FILES} files")
                break
            try:
                sitemap = await self._file(url)
            except SurfaceError as error:
                problem = problem or error
                if url in request.sitemaps:
                    cut.note(url, f"robots.txt names this sitemap, and it cannot be read ({error})")
                continue
            assert sitemap is not None
            async for answer in self._read(url, sitemap, 1, cut):
                yield answer
        if not self._covers and not (self._any and self._news_is_enough()):
            if cut.reasons:
                raise SurfaceError("not_found", cut.reasons[0])
            raise problem or SurfaceError("not_found", f"{escape_controls(request.site)}: no sitemap of all posts")
        yield Answer(end=cut.end())

    def _news_is_enough(self) -> bool:
        since = self._request.since
        return since is not None and since >= format_time(parse_time(now_text()) - NEWS_AGE)

    async def _file(self, url: str, *, conditional: bool = False) -> Sitemap | None:
        """A sitemap file; ``None`` where it has not changed."""
        self._files += 1
        self._asked.add(url)
        response = await self._fetcher.get(url, accept=_XML, conditional=conditional)
        if response.status == 304:
            return None
        if response.status != 200:
            raise refused_status(self.name, response.url, response.status)
        sitemap = await self._fetcher.parsed(parse_sitemap, response.body, response.url)
        if sitemap.kind == "not_a_sitemap":
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: no sitemap where one was due")
        if sitemap.truncated:
            self._fetcher.note_cut(url)
        if sitemap.kind == "empty":
            logger.warning("The sitemap %s is empty", escape_controls(url)[:200])
        return sitemap

    async def _read(self, url: str, sitemap: Sitemap, depth: int, cut: Cut) -> AsyncIterator[Answer]:
        if sitemap.kind != "index":
            for answer in self._listing(url, sitemap, cut):
                yield answer
            return
        if depth > DEEPEST:
            cut.note(url, f"sitemap indexes lead deeper than {DEEPEST} levels")
            return
        waiting = self._children(url, sitemap, cut)
        for place, child in enumerate(waiting):
            if self._defers(child, newest=place == 0) or child.loc in self._asked:
                continue
            if self._files >= MOST_FILES:
                cut.note(url, f"more than {MOST_FILES} files")
                return
            try:
                inner = await self._file(child.loc, conditional=self._request.until is None)
            except SurfaceError as error:
                # One dead file costs itself.
                cut.note(child.loc, f"this file of the sitemap cannot be read ({error})")
                self._failures += 1
                if self._failures >= MOST_FAILURES:
                    cut.note(url, f"{MOST_FAILURES} files in a row cannot be read: the others are not asked for")
                    return
                continue
            self._failures = 0
            self._states[child.loc] = child.lastmod or ""
            if inner is None:
                self._covers = self._any = True  # unchanged since a run that listed at least as much
                continue
            if place == 0 and _belies(inner, child):
                # What the index says of one file is wrong: it is not asked when the others were changed.
                waiting += self._children(url, sitemap, cut, by_lastmod=False)
            async for answer in self._read(child.loc, inner, depth + 1, cut):
                yield answer

    def _children(self, url: str, index: Sitemap, cut: Cut, *, by_lastmod: bool = True) -> list[SitemapEntry]:
        """The files of an index that may hold posts of the window.

        *by_lastmod*: also as far as it says when each was changed. One time for them all says when it was written.
        """
        request, host = self._request, urlsplit(url).hostname
        own = [
            child
            for child in index.entries
            if same_site(child.loc, request.site) or urlsplit(child.loc).hostname == host
        ]
        if len(own) < len(index.entries):
            left = len(index.entries) - len(own)
            cut.note(url, f"{left} of the {len(index.entries)} sitemaps that it names are another site's")
        if index.skipped:
            cut.note(url, f"{index.skipped} of its sitemaps have no address that can be asked for")
        if not by_lastmod or (len(own) > 1 and len({child.lastmod for child in own}) == 1):
            own = [replace(child, lastmod=None, lastmod_precision=None) for child in own]
        return post_sitemaps(
            own,
            request.since,
            request.until,
            post_types=("post", *request.post_types),
            latest_of_two=index.latest_of_two,
        )

    def _defers(self, child: SitemapEntry, *, newest: bool) -> bool:
        """Whether a file waits for the next reading of all: it is as it was when it was read, going by its index."""
        if newest or not self._may_defer or self._before.get(child.loc) != (child.lastmod or ""):
            return False
        self._deferred = True
        self._covers = self._any = True
        return True

    def _listing(self, url: str, sitemap: Sitemap, cut: Cut) -> Iterator[Answer]:
        """What a file shows of the window: in pieces, each of which is a transaction."""
        request = self._request
        own = [entry for entry in sitemap.entries if same_site(entry.loc, request.site)]
        skipped: Counter[str] = Counter()
        if sitemap.skipped:
            skipped["no_address"] = sitemap.skipped
        if len(own) < len(sitemap.entries):
            skipped["other_site"] = len(sitemap.entries) - len(own)
        if sitemap.entries and not own:
            cut.note(url, f"none of its {len(sitemap.entries)} addresses is of this site")
        # A feed holds the latest posts, however few these are.
        self._any = self._any or (bool(own) and not sitemap.is_feed)
        # A news sitemap holds two days: it alone is not enough for more.
        self._covers = self._covers or (bool(own) and not sitemap.is_news and not sitemap.is_feed)
        if sitemap.is_news and len(sitemap.entries) >= NEWS_MOST and not self._covers:
            cut.note(url, "the news sitemap is full")
        posts = [entry for entry in own if may_be_post(entry.loc, request.site)]
        kept = newest_first(prune(posts, request.since, request.until, latest_of_two=sitemap.latest_of_two))
        copies = [self._copy(entry) for entry in kept] + self._changed(posts, kept)
        newest = max((time for entry in kept if (time := _shown(entry))), default=None)
        for start in range(0, max(1, len(copies)), AT_ONCE):
            some = copies[start : start + AT_ONCE]
            yield Answer(posts=some, skipped=skipped, usable=len(posts), newest=newest)
            skipped = Counter()

    def _changed(self, posts: Sequence[SitemapEntry], kept: Sequence[SitemapEntry]) -> list[PostCopy]:
        """Posts of other days that changed since the last run."""
        since = self._request.changed_since
        if since is None:
            return []
        in_window = {entry.loc for entry in kept}
        return [
            self._copy(entry, day)
            for entry in posts
            if entry.loc not in in_window and (entry.lastmod or "") > since and (day := url_day(entry.loc)) is not None
        ]

    def _copy(self, entry: SitemapEntry, day: str | None = None) -> PostCopy:
        """*day*: of a post outside the window, which is of interest only where it is known and has changed."""
        site = self._request.site
        # `lastmod` is when it changed; when it was published the page says.
        return PostCopy(
            site=site,
            url=post_url(entry.loc, site),
            surface=self.name,
            source="sitemap",
            remote_id=number_in(entry.loc),
            title=entry.news_title,
            published_at=f"{day}T00:00:00Z" if day else entry.news_published_at,
            published_precision="day" if day else entry.news_precision,
            modified_at=entry.lastmod if entry.lastmod_precision != "day" else None,
            incomplete=True,
            looked_at=now_text(),
        )


def _belies(inner: Sitemap, child: SitemapEntry) -> bool:
    """Whether a file holds what is later than its index says that it was last changed, by more than any zone."""
    if child.lastmod is None:
        return False
    latest = format_time(parse_time(child.lastmod) + dt.timedelta(days=2))
    return any((_shown(entry) or "") > latest for entry in inner.entries)


def _shown(entry: SitemapEntry) -> str | None:
    day = url_day(entry.loc)
    return entry.lastmod or (f"{day}T00:00:00Z" if day else None)
