"""Surface ``html``: list pages of an aggregator's own markup, read by the selectors that its spider declares.

It is no surface of :mod:`newscrawl.surfaces.registry`: it needs a site's selectors, which only a spider has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from scrapy.http import HtmlResponse

from newscrawl.clock import now_text
from newscrawl.originals import charset_of
from newscrawl.posts import PostCopy, possible_times
from newscrawl.surfaces.addresses import post_url
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest, refused_status
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.parsing.selected import ListSelectors, SelectedLink, parse_selected_list
from newscrawl.surfaces.walk import Cut, Shown, walk
from newscrawl.text import escape_controls

__all__ = ["SelectedLists"]

_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class SelectedLists:
    """Lists one site's posts by the selectors of its spider.

    Args:
        lists: addresses of list pages.
        newest_first: the lists are in order of publication: a page whose posts are all known ends one.
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
        *,
        newest_first: bool,
        all_known: Callable[[Sequence[PostCopy]], Awaitable[bool]],
    ) -> None:
        self._fetcher = fetcher
        self._request = request
        self._selectors = selectors
        self._lists = lists
        self._newest_first = newest_first
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
        page = None
        if isinstance(response, HtmlResponse):
            page = await self._fetcher.parsed(
                parse_selected_list, response.body, response.url, self._selectors, encoding=charset_of(response)
            )
        if page is None:
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: no list page where one was due")
        if not page.links and not may_be_absent:
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: post_links finds no posts on this page")
        copies = [self._copy(link) for link in page.links]
        known = (
            self._newest_first
            and self._request.changed_since is not None
            and bool(copies)
            and await self._all_known(copies)
        )
        return Shown(
            copies=copies,
            times=[possible_times(link.when.at, link.when.precision) if link.when else None for link in page.links],
            following=page.next_url,
            named=True,
            is_last=bool(copies) and (page.next_url is None or known),
        )

    def _copy(self, link: SelectedLink) -> PostCopy:
        return PostCopy(
            site=self._request.site,
            url=post_url(link.url, self._request.site),
            surface=self.name,
            source="html",
            title=link.title,
            published_at=link.when.at if link.when else None,
            published_precision=link.when.precision if link.when else None,
            incomplete=True,
            looked_at=now_text(),
        )
