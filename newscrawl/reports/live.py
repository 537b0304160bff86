"""What a live site serves: each surface asked once, politely, with at most :data:`MOST_REQUESTS` requests.

The requests go the way of a crawl's: address policy, robots.txt, the delay of
the site's slot, our user agent. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from newscrawl.aggregators.wordpress import FATAL
from newscrawl.attribution import Attribution, is_foreign
from newscrawl.net.failures import classify
from newscrawl.net.robots import RobotsMiddleware
from newscrawl.net.signals import robots_known
from newscrawl.originals import ACCEPT_PAGE, ANSWERS, charset_of
from newscrawl.outcomes import Reason, http_reason
from newscrawl.posts import PostCopy
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import TRIES, Fetcher
from newscrawl.surfaces.page_fill import fill_from_page
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.post_page import parse_post_page
from newscrawl.surfaces.registry import Surface, begins, look, names, names_for, open_surface
from newscrawl.text import escape_controls
from newscrawl.urls import same_site

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from newscrawl.aggregators.arguments import Arguments

__all__ = ["MOST_REQUESTS", "LiveReport", "RequestBudget", "SurfaceReport", "live_probe", "render_live"]

#: Requests to the site at most, robots.txt, redirects and second tries included.
MOST_REQUESTS = 8
#: The post's own page, looked at in the end.
PAGE = "page"
#: What is counted of a post, by the name that the record gives it.
FIELDS = ("title", "author", "published_at", "modified_at", "categories", "tags", "image_url", "text")
SPENT = "spent"


@dataclass(slots=True)
class SurfaceReport:
    """One surface as it was found. Shares are between 0 and 1, of the posts of one listing answer."""

    name: str
    #: What robots.txt says; ``None`` where it could not be had.
    allowed: bool | None = None
    answers: bool = False
    #: Why it does not answer: of the closed list of reasons, ``disabled``, ``html``, ``broken``, ``spent``.
    reason: str | None = None
    message: str | None = None
    requests: int = 0
    posts: int = 0
    fields: dict[str, float] = field(default_factory=dict)
    #: Posts whose text came along, and how many of them name a source.
    read: int = 0
    attributed: int = 0


@dataclass(slots=True)
class LiveReport:
    """What a site serves to this crawler."""

    spider: str
    site: str
    user_agent: str
    delay: float
    #: Whether robots.txt could be had; ``None`` where it was not asked.
    robots_answers: bool | None = None
    requests: int = 0
    surfaces: list[SurfaceReport] = field(default_factory=list)

    @property
    def takes(self) -> str | None:
        """The surface that a crawl with ``surface=auto`` would take."""
        served = {one.name for one in self.surfaces if one.answers and one.posts}
        return next((name for name in names() if name in served), None)

    @property
    def read(self) -> int:
        """Posts whose text was read, on whatever surface."""
        return sum(one.read for one in self.surfaces)

    @property
    def attributed(self) -> int:
        """How many of them name a source."""
        return sum(one.attributed for one in self.surfaces)

    @property
    def healthy(self) -> bool:
        """Posts are found, and sources in them."""
        return self.takes is not None and self.attributed > 0

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "takes": self.takes, "healthy": self.healthy}


class BudgetSpentError(IgnoreRequest):
    """Raised by :class:`RequestBudget` for every request past the last one."""


class RequestBudget:
    """Innermost downloader middleware: counts what goes to the network, and lets no more through than it may.

    Redirects, second tries and robots.txt pass here as every request does.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.spent = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(MOST_REQUESTS)

    @property
    def left(self) -> int:
        """Requests that may still be made."""
        return self.most - self.spent

    def process_request(self, request: Request) -> None:
        if self.left <= 0:
            raise BudgetSpentError(f"{self.most} requests were made")
        self.spent += 1


class _Frugal(Fetcher):
    """Asks once where a crawl would be patient, and no more than one surface may."""

    def __init__(self, download: Callable[[Request], Awaitable[Response]], budget: RequestBudget) -> None:
        super().__init__(download)
        self.budget = budget
        self.last = 0
        self.keep = 1
        #: More would have been asked since the last :meth:`allow`.
        self.spent = False

    def allow(self, most: int, keep: int) -> None:
        """Up to *most* requests from here on; *keep* are left for others."""
        self.last = self.budget.spent + most
        self.keep = keep
        self.spent = False

    async def get(self, url: str, *, accept: str = "*/*", conditional: bool = False, tries: int = TRIES) -> Response:
        if self.budget.spent >= self.last or self.budget.left <= self.keep:
            self.spent = True
            raise SurfaceError(SPENT, "more requests would be needed than one look may take")
        where = escape_controls(url)[:200]
        request = Request(url, headers={"Accept": accept}, meta={"handle_httpstatus_list": ANSWERS}, dont_filter=True)
        try:
            response = await self._download(request)
        except BudgetSpentError as error:
            raise SurfaceError(SPENT, str(error)) from error
        except Exception as error:
            reason = classify(error)
            raise SurfaceError(reason, f"{where}: {reason}") from error
        if response.status == 429 or response.status >= 500:
            raise SurfaceError(http_reason(response.status), f"{where} answers {response.status}")
        return response


def live_probe(owner: type[Any], arguments: Arguments) -> type[scrapy.Spider]:
    """A spider class that looks at *arguments*' site with the settings of spider *owner*.

    Its class attribute ``report`` is the :class:`LiveReport`, complete once it is closed; ``defect`` what broke it off.
    """

    class LiveProbe(scrapy.Spider):
        name = f"{owner.name}-live"
        report = LiveReport(owner.name, arguments.site, "", 0.0)
        defect: Exception | None = None

        @classmethod
        def update_settings(cls, settings: BaseSettings) -> None:
            # The delay, agent and whatever else the spider itself would work with; and no records.
            owner.update_settings(settings)
            settings.set("ITEM_PIPELINES", {}, priority="spider")
            settings.set("FEEDS", {}, priority="cmdline")
            middlewares = {**settings.getdict("DOWNLOADER_MIDDLEWARES"), RequestBudget: 990}
            settings.set("DOWNLOADER_MIDDLEWARES", middlewares, priority="cmdline")

        async def start(self) -> AsyncIterator[Any]:
            items: list[Any] = []
            try:
                await _Look(self.crawler, self.report, arguments).all()
            except Exception as error:
                # Scrapy would log it, and a command does not log.
                type(self).defect = error
            for item in items:
                yield item

    return LiveProbe


class _Look:
    """One look at a site, filling *report*."""

    def __init__(self, crawler: Crawler, report: LiveReport, arguments: Arguments) -> None:
        robots = crawler.get_downloader_middleware(RobotsMiddleware)
        budget = crawler.get_downloader_middleware(RequestBudget)
        assert robots is not None
        assert budget is not None
        self.robots: RobotsMiddleware = robots
        self.budget: RequestBudget = budget
        self.report = report
        self.arguments = arguments
        self.request = SurfaceRequest(
            site=arguments.site,
            categories=arguments.categories,
            query=arguments.query,
            post_types=arguments.post_types,
        )
        # Those that may take many requests come last.
        every = sorted(names_for(self.request), key=lambda name: name == "sitemap")
        self.only = every if arguments.surface == "auto" else [arguments.surface]
        self.fetcher = _Frugal(crawler.engine.download_async, self.budget)
        self.candidates: list[PostCopy] = []
        report.user_agent = str(crawler.settings.get("USER_AGENT"))
        report.delay = crawler.settings.getfloat("DOWNLOAD_DELAY")
        crawler.signals.connect(self._robots_known, signal=robots_known)

    def _robots_known(self, crawl_delay: float | None, reachable: bool, **_kwargs: object) -> None:
        self.report.robots_answers = reachable
        self.report.delay = max(self.report.delay, crawl_delay or 0.0)

    async def all(self) -> None:
        """Ask surface after surface, then for one post's page."""
        fatal: str | None = None
        for name in self.only:
            one = SurfaceReport(name)
            self.report.surfaces.append(one)
            if fatal is not None:
                one.reason, one.message = fatal, "not asked after that"
                continue
            await self._surface(one)
            if one.reason in FATAL:
                fatal = one.reason
        if self.candidates:
            await self._page(self.candidates[0])
        self.report.requests = self.budget.spent

    async def _surface(self, one: SurfaceReport) -> None:
        before = self.budget.spent
        try:
            named = tuple(await self.robots.sitemaps_for(f"{self.request.site}/"))
            request = replace(self.request, sitemaps=named)
            one.allowed = any([await self.robots.allowed(url) for url in begins(one.name, request)])
            if not self.report.robots_answers:
                one.allowed = None
            before = self.budget.spent
            self.fetcher.allow(look(one.name), keep=1)
            page = await self._first(open_surface(one.name, self.fetcher, request))
        except SurfaceError as error:
            one.reason, one.message = error.reason, str(error)
            if error.reason == Reason.ROBOTS:
                one.allowed = False
            elif one.allowed is False:
                # Whatever ended the look: robots.txt forbids all that it begins with.
                one.reason = Reason.ROBOTS
            elif self.fetcher.spent:
                # What answered was not enough to tell.
                one.reason = SPENT
        else:
            one.answers = True
            self._count(one, page.posts)
            self.candidates += [copy for copy in page.posts if same_site(copy.url, self.request.site)][:1]
        finally:
            one.requests = self.budget.spent - before

    @staticmethod
    async def _first(surface: Surface) -> Answer:
        """The first listing that shows posts."""
        async with aclosing(surface.pages(None)) as pages:  # type: ignore[type-var]
            async for page in pages:
                if page.posts:
                    return page
        return Answer()

    def _count(self, one: SurfaceReport, copies: Sequence[PostCopy]) -> None:
        one.posts = len(copies)
        found = dict.fromkeys(FIELDS, 0)
        for copy in copies:
            given = copy.attribution is not None
            if copy.html is not None:
                content = post_text(copy.html, base_url=copy.url)
                copy.text = content.text
                copy.image_url = copy.image_url or content.image_url
                given = given or _names_source(content.attribution, copy.site)
            if copy.text is not None:
                one.read += 1
                one.attributed += given
            for name in FIELDS:
                found[name] += getattr(copy, name) not in (None, [], "")
        one.fields = {name: count / len(copies) for name, count in found.items()} if copies else {}

    async def _page(self, copy: PostCopy) -> None:
        one = SurfaceReport(PAGE)
        self.report.surfaces.append(one)
        before = self.budget.spent
        self.fetcher.allow(1, keep=0)
        try:
            one.allowed = await self.robots.allowed(copy.url)
            response = await self.fetcher.get(copy.url, accept=ACCEPT_PAGE)
            if response.status != 200:
                raise SurfaceError(
                    http_reason(response.status), f"{escape_controls(copy.url)[:200]} answers {response.status}"
                )
        except SurfaceError as error:
            one.reason, one.message = error.reason, str(error)
        else:
            page = parse_post_page(response.body, response.url, encoding=charset_of(response))
            plain = PostCopy(site=copy.site, url=copy.url, surface=PAGE)
            fill_from_page(plain, page, response)
            plain.text = page.content.text
            plain.image_url = plain.image_url or page.content.image_url
            if _names_source(page.content.attribution, copy.site):
                plain.attributed(page.content.attribution)
            one.answers = True
            self._count(one, [plain])
        finally:
            one.requests = self.budget.spent - before


def _names_source(attribution: Attribution | None, site: str) -> bool:
    return attribution is not None and is_foreign(attribution, site)


def render_live(report: LiveReport) -> str:
    """For a person at a terminal."""
    lines = [
        f"Live: {escape_controls(report.site)} as {escape_controls(report.user_agent)}",
        f"  {report.requests} of at most {MOST_REQUESTS} requests, {report.delay:g} s from start to start",
        f"  {'robots.txt':<10} " + ("answers" if report.robots_answers else "cannot be had, so nothing may be asked"),
    ]
    lines += [f"  {'post page' if one.name == PAGE else one.name:<10} {_line(one)}" for one in report.surfaces]
    if report.takes is None:
        lines.append("  NOT WELL: no surface serves posts, so a crawl would find none")
    else:
        lines.append(f"  a crawl would take: {report.takes}")
        if not report.attributed:
            lines.append(
                f"  NOT WELL: none of the {report.read} posts read names its source: see docs/add-an-aggregator.md"
            )
    return "\n".join(lines)


def _line(one: SurfaceReport) -> str:
    allowed = {True: "allowed", False: "forbidden by robots.txt", None: "not allowed while robots.txt cannot be had"}
    parts = [allowed[one.allowed]]
    if not one.answers:
        if one.reason == SPENT:
            parts.append(f"not told: {escape_controls(one.message)}")
        elif one.reason != Reason.ROBOTS and one.allowed is not None:
            parts.append(f"does not serve: {escape_controls(one.message)}")
        return ", ".join(parts)
    if not one.posts:
        return ", ".join([*parts, "answers, and shows no posts"])
    parts.append("answers" if one.name == PAGE else f"answers: {one.posts} posts")
    found = ", ".join(f"{name} {share:.0%}" for name, share in one.fields.items() if share)
    missing = ", ".join(name for name, share in one.fields.items() if not share)
    text = f"{', '.join(parts)}; {found}"
    if missing:
        text += f"; without {missing}"
    if one.name == PAGE:
        return text + ("; names its source" if one.attributed else "; names no source")
    return text + (
        f"; {one.attributed} of {one.read} name their source" if one.read else "; sources stand on the pages"
    )
