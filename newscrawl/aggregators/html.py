"""Aggregators whose pages no rule reads: their spider says by selectors where things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from scrapy.http import HtmlResponse, Response

from newscrawl.aggregators.wordpress import WordPressSpider
from newscrawl.attribution import Attribution
from newscrawl.html.dom import absolute_url
from newscrawl.html.markup import is_costly
from newscrawl.ledger.discovery import known_posts
from newscrawl.originals import charset_of
from newscrawl.posts import Discovered, PostCopy
from newscrawl.surfaces.accept import accept
from newscrawl.surfaces.answers import SurfaceRequest
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.post_page import PostPage, parse_post_page
from newscrawl.surfaces.selected import ListSelectors, SelectedLists, date_in, select, text_of

__all__ = ["HtmlAggregator"]


class HtmlAggregator(WordPressSpider):
    """Base of spiders for aggregators of their own HTML: 25 declarative lines, no method.

    1. ``scrapy genspider -t aggregator NAME DOMAIN`` writes ``spiders/NAME.py``.
    2. Set `site`, and `lists`: the pages that list posts, newest first (default: the front page).
    3. Set `post_links`: the links to posts on a list page; `next_page`: the link to the next one; `post_date`: the
       date beside a link, without which whole lists are read until a page shows known posts alone.
    4. Set what the page of a post is read by, as far as it is not read right without: `title`, `body`, `date`,
       `author`, `attribution` (the element that names the source: a sentence, or a link to the original).
    5. ``scrapy parse URL --spider NAME`` shows what a post would become; ``scrapy crawl NAME -a limit=20`` crawls.

    Each selector is CSS, or XPath where it begins with ``/``, ``./`` or ``(``; it may end in ``::attr(name)``,
    ``::text``. What no selector can say is said by overriding :meth:`parse_post`::

        class ExampleSpider(HtmlAggregator):
            name = "example"
            site = "https://example.org"
            lists = ("/latest",)
            post_links = "div.story h3 a"
            post_date = "time"
            next_page = "a.older"
            title = "h1"
            body = "div.story-body"
            date = "time.published::attr(datetime)"
            attribution = "p.source"
    """

    takes = frozenset({"site", "since", "until", "limit", "follow", "deliver", "refresh", "wait"})

    #: List pages: addresses, or paths on the site.
    lists: ClassVar[Sequence[str]] = ("/",)
    #: On a list page.
    post_links: ClassVar[str] = ""
    post_date: ClassVar[str | None] = None
    next_page: ClassVar[str | None] = None
    newest_first: ClassVar[bool] = True
    #: On the page of a post; ``None``: found without.
    title: ClassVar[str | None] = None
    body: ClassVar[str | None] = None
    date: ClassVar[str | None] = None
    author: ClassVar[str | None] = None
    attribution: ClassVar[str | None] = None

    def _surfaces(self) -> list[str]:
        return ["html"]

    def _open(self, name: str, request: SurfaceRequest) -> Any:
        if not self.post_links:
            raise NotImplementedError(f"{type(self).__name__} sets no post_links")
        selectors = ListSelectors(
            post_links=self.post_links,
            post_date=self.post_date,
            next_page=self.next_page,
            newest_first=self.newest_first,
        )
        base = f"{self.arguments.site}/"
        lists = [url for one in self.lists if (url := absolute_url(one, base))]
        return SelectedLists(self._fetcher, request, selectors, lists, self._all_known)

    async def _all_known(self, copies: Sequence[PostCopy]) -> bool:
        ids = [found.id for copy in copies if isinstance(found := accept(copy), Discovered)]
        known, _ = await self.run.write(known_posts, self.ledger_site, ids, [])
        return len(known) == len(ids)

    def parse_post(self, response: Response) -> PostPage:
        """What the page of a post says: by the selectors, and for the rest as any page is read."""
        page = parse_post_page(response.body, response.url, encoding=charset_of(response))
        if not isinstance(response, HtmlResponse) or is_costly(response.body):
            return page
        sources = dict(page.sources)
        given: dict[str, Any] = {}
        for name in ("title", "author"):
            value = self._first(response, getattr(self, name))
            if value is not None and (text := text_of(value)):
                given[name], sources[name] = text, "html"
        when = self._first(response, self.date)
        moment = date_in(when, page.language) if when is not None else None
        if moment is not None:
            given |= {"published_at": moment.at, "published_precision": moment.precision}
            sources["published_at"] = "html"
        return replace(page, **given, sources=sources, **self._content(response, page))

    def _content(self, response: HtmlResponse, page: PostPage) -> dict[str, Any]:
        """Body and attribution, where selectors say where they stand."""
        bodies = select(response, self.body) if self.body else ()
        body = "".join(one.get() for one in bodies) if bodies else page.body_html or ""
        named = self._first(response, self.attribution)
        source = named.get() if named is not None else ""
        if not bodies and not source:
            return {}
        inside = bool(source) and source in body
        content = post_text(body if inside else body + source, base_url=response.url)
        if content.attribution is None and named is not None:
            link = (
                named.root
                if isinstance(named.root, str)
                else named.css("a[href]::attr(href)").get() or named.attrib.get("href")
            )
            url = absolute_url(link, response.url)
            if url is not None:
                content = replace(content, attribution=_linked(url, text_of(named)))
        return {"body_html": body or None, "content": content}

    @staticmethod
    def _first(response: HtmlResponse, query: str | None) -> Any:
        return next(iter(select(response, query)), None) if query else None


def _linked(url: str, text: str | None) -> Attribution:
    """The attribution that a mere link to the original is."""
    return Attribution(
        original_url=url,
        original_title=None,
        publisher_name=None,
        publisher_url=None,
        phrase="selector",
        language="",
        pattern="selector",
        sentence=text or "",
    )
