"""Aggregators whose pages no rule reads: their spider says by selectors where things stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.http import HtmlResponse, Response

from newscrawl.aggregators.wordpress import WordPressSpider
from newscrawl.errors import UserError
from newscrawl.html.dom import absolute_url
from newscrawl.ledger.discovery import known_posts
from newscrawl.originals import charset_of
from newscrawl.posts import Discovered, PostCopy
from newscrawl.surfaces.accept import accept
from newscrawl.surfaces.answers import SurfaceRequest
from newscrawl.surfaces.parsing.post_page import PostPage, parse_post_page
from newscrawl.surfaces.parsing.selected import ListSelectors, PostSelectors, check_selectors, parse_selected_post
from newscrawl.surfaces.selected import SelectedLists

if TYPE_CHECKING:
    from newscrawl.aggregators.arguments import Arguments
    from newscrawl.config import Config

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

    @classmethod
    def read_arguments(cls, given: dict[str, Any], config: Config) -> Arguments:
        if not cls.post_links:
            raise UserError(f"{cls.__name__} sets no post_links")
        try:
            check_selectors(cls._list_selectors())
            check_selectors(cls._post_selectors())
        except ValueError as error:
            raise UserError(f"{cls.__name__}: {error}") from None
        return super().read_arguments(given, config)

    def _open(self, name: str, request: SurfaceRequest) -> Any:
        base = f"{self.arguments.site}/"
        return SelectedLists(
            self._fetcher,
            request,
            self._list_selectors(),
            [url for one in self.lists if (url := absolute_url(one, base))],
            newest_first=self.newest_first,
            all_known=self._all_known,
        )

    async def _all_known(self, copies: Sequence[PostCopy]) -> bool:
        ids = [found.id for copy in copies if isinstance(found := accept(copy), Discovered)]
        known, _ = await self.run.write(known_posts, self.ledger_site, ids, [])
        return len(known) == len(ids)

    async def read_page(self, response: Response) -> PostPage:
        if type(self).parse_post is not HtmlAggregator.parse_post or not isinstance(response, HtmlResponse):
            return await super().read_page(response)
        # Not by `parse_post`: a worker needs no Scrapy for this.
        return await self.run.workers.run(
            parse_selected_post, response.body, response.url, self._post_selectors(), encoding=charset_of(response)
        )

    def parse_post(self, response: Response) -> PostPage | None:
        """What the page of a post says: by the selectors, and for the rest as any page is read."""
        encoding = charset_of(response)
        if not isinstance(response, HtmlResponse):
            return parse_post_page(response.body, response.url, encoding=encoding)
        return parse_selected_post(response.body, response.url, self._post_selectors(), encoding=encoding)

    @classmethod
    def _list_selectors(cls) -> ListSelectors:
        return ListSelectors(post_links=cls.post_links, post_date=cls.post_date, next_page=cls.next_page)

    @classmethod
    def _post_selectors(cls) -> PostSelectors:
        return PostSelectors(
            title=cls.title, body=cls.body, date=cls.date, author=cls.author, attribution=cls.attribution
        )
