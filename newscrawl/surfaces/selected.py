"""Surface ``html``: list pages of an aggregator's own markup, read by the selectors that its spider declares.

It is no surface of :mod:`newscrawl.surfaces.registry`: it needs a site's selectors, which only a spider has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from parsel import Selector, SelectorList
from scrapy.http import HtmlResponse, Response

from newscrawl.clock import now_text
from newscrawl.html.dates import day_in_words
from newscrawl.html.dom import absolute_url
from newscrawl.html.markup import is_costly
from newscrawl.html.times import Moment
from newscrawl.posts import PostCopy, possible_times
from newscrawl.surfaces.addresses import post_url
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest, Times, refused_status
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.parsing.feedtime import feed_time
from newscrawl.surfaces.parsing.sitemap import url_day
from newscrawl.surfaces.walk import Cut, Shown, walk
from newscrawl.text import clean_line, escape_controls

__all__ = ["ListSelectors", "SelectedLists", "date_in", "select", "text_of"]

#: Posts of one list page that are read.
MAX_POSTS = 2_000
_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSelectors:
    """Where a list page shows its posts; CSS, or XPath where it begins with ``/``, ``./`` or ``(``.

    Args:
        post_links: the links to posts (elements ``a``, or anything with one in it).
        post_date: the date beside a link, looked for in the link's own ancestors; ``None``: the list shows none.
        next_page: the link to the next page; a page without it is the last one.
        newest_first: the list is in order of publication: a page whose posts are all known ends it.
    """

    post_links: str
    post_date: str | None = None
    next_page: str | None = None
    newest_first: bool = True


def select(where: Selector | Response, query: str) -> SelectorList[Selector]:
    """What *query* (CSS, or XPath) finds. Raises ``ValueError`` for a query that is neither."""
    if query.startswith(("/", "./", "(")):
        found: SelectorList[Selector] = where.xpath(query)
        return found
    return where.css(query)


def text_of(one: Selector) -> str | None:
    """The text of an element, attribute or text node on one clean line."""
    if isinstance(one.root, str):
        return clean_line(one.root)
    return clean_line(" ".join(one.xpath(".//text()").getall()))


def date_in(one: Selector, language: str | None = None) -> Moment | None:
    """The date of an element: its ``datetime`` or ``content``, else what it says, in any known form or language."""
    given = [one.root] if isinstance(one.root, str) else [one.attrib.get("datetime"), one.attrib.get("content")]
    text = text_of(one)
    for value in (*given, text):
        found = feed_time(value)
        if found is not None:
            return found
    day = day_in_words(text, language)
    return Moment(f"{day}T00:00:00Z", "day") if day else None


class SelectedLists:
    """Lists one site's posts by the selectors of its spider.

    Args:
        lists: addresses of list pages.
        all_known: whether the ledger knows all of these posts.
    """

    name: ClassVar[str] = "html"
    fullest = 0

    def __init__(
        self,
        fetcher: Fetcher,
        request: SurfaceRequest,
        selectors: ListSelectors,
        lists: Sequence[str],
        all_known: Callable[[Sequence[PostCopy]], Awaitable[bool]],
    ) -> None:
        self._fetcher = fetcher
        self._request = request
        self._selectors = selectors
        self._lists = lists
        self._all_known = all_known
        self.kept: Mapping[str, Any] = {}

    async def pages(self, cursor: object) -> AsyncIterator[Answer]:
        """List newest first. Raises :class:`SurfaceError` where a list cannot be had or shows no posts."""
        cut = Cut()
        for url in self._lists:
            async for answer in walk(self, url, 1, self._request, cut):
                yield answer
        yield Answer(end=cut.end())

    def address(self, url: str, number: int) -> str:
        """Later pages are reached by links alone."""
        return url

    def proof(self, entries: int, *, first: bool) -> int:
        """The selectors pick the list's own posts."""
        return 1

    def wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        """Those that the window may hold, by the dates that the list shows."""
        return [copy for copy in copies if self._request.holds(copy.published_at, copy.published_precision)]

    async def page(self, url: str, *, may_be_absent: bool) -> Shown | None:
        """One list page."""
        response = await self._fetcher.get(url, accept=_HTML)
        if response.status == 404 and may_be_absent:
            return None
        if response.status != 200:
            raise refused_status(self.name, response.url, response.status)
        if not isinstance(response, HtmlResponse) or is_costly(response.body):
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: no list page where one was due")
        copies, times = self._posts(response)
        if not copies and not may_be_absent:
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: post_links finds no posts on this page")
        following = self._next(response)
        known = (
            self._selectors.newest_first
            and self._request.changed_since is not None
            and bool(copies)
            and await self._all_known(copies)
        )
        return Shown(
            copies=copies,
            times=times,
            following=following,
            named=True,
            is_last=bool(copies) and (following is None or known),
        )

    def _posts(self, response: HtmlResponse) -> tuple[list[PostCopy], list[Times]]:
        language = response.xpath("/html/@lang").get()
        found: dict[str, tuple[PostCopy, Times]] = {}
        for one in select(response, self._selectors.post_links)[:MAX_POSTS]:
            link = one if not isinstance(one.root, str) and one.root.tag == "a" else next(iter(one.css("a[href]")), one)
            href = link.root if isinstance(link.root, str) else link.attrib.get("href")
            url = absolute_url(href, response.url)
            if url is None or url in found:
                continue
            when = self._date(one, language)
            day = url_day(url)
            if when is None and day is not None:
                when = Moment(f"{day}T00:00:00Z", "day")
            copy = PostCopy(
                site=self._request.site,
                url=post_url(url, self._request.site),
                surface=self.name,
                source="html",
                title=text_of(link) if not isinstance(link.root, str) else None,
                published_at=when.at if when else None,
                published_precision=when.precision if when else None,
                incomplete=True,
                looked_at=now_text(),
            )
            found[url] = copy, possible_times(when.at, when.precision) if when else None
        copies, times = [pair[0] for pair in found.values()], [pair[1] for pair in found.values()]
        return copies, times

    def _date(self, one: Selector, language: str | None) -> Moment | None:
        """The date beside a link: in the nearest of its ancestors in which the selector finds exactly one."""
        if self._selectors.post_date is None or isinstance(one.root, str):
            return None
        for box in (one, *reversed(one.xpath("ancestor::*")[-6:])):
            dates = select(box, self._selectors.post_date)
            if dates:
                return date_in(dates[0], language) if len(dates) == 1 else None
        return None

    def _next(self, response: HtmlResponse) -> str | None:
        if self._selectors.next_page is None:
            return None
        for one in select(response, self._selectors.next_page)[:5]:
            href = one.root if isinstance(one.root, str) else one.attrib.get("href")
            found = absolute_url(href, response.url)
            if found is not None and found != response.url:
                return found
        return None
