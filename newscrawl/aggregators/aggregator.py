"""The public base of all spiders: a site is declared by a subclass.

`scrapy list` and whatever else names spiders imports this module. What only a crawl needs is imported where a run is
opened, which is before the reactor runs.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy import Request, signals
from scrapy.http import Response

from newscrawl.aggregators.arguments import Arguments, parse_arguments
from newscrawl.clock import epoch, now_text
from newscrawl.config import Config, check_expectations, require_store, user_agent
from newscrawl.errors import OperationError
from newscrawl.health.figures import Waits
from newscrawl.health.machine import DateSeen
from newscrawl.net.backoff import parse_http_date
from newscrawl.net.signals import abort_downloads, robots_known
from newscrawl.net.turns import set_turns
from newscrawl.originals import charset_of
from newscrawl.surfaces.answers import SurfaceError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from sqlalchemy.engine import Connection

    from newscrawl.crawling.run import Run
    from newscrawl.items import OriginalResult, Record
    from newscrawl.ledger.scopes import Scope
    from newscrawl.posts import Discovered, PostCopy
    from newscrawl.surfaces.accept import Skipped
    from newscrawl.surfaces.answers import Answer
    from newscrawl.surfaces.parsing.post_page import PostPage


__all__ = ["Aggregator", "latest"]

#: Hosts whose clocks are looked at.
MOST_DATES = 20
#: Requests that Scrapy may hold for each one on the wire: most of them wait for their host's turn.
_HELD_FOR_EACH = 16


class Aggregator(scrapy.Spider):
    """A site whose posts are crawled: the base of all spiders. How to add a site:

    1. Try it without code: ``scrapy crawl site -a site=https://news.example -a limit=20``. Where posts and their text
       come, a spider is a name and an address (`WordPressSpider`, `SiteSpider`).
    2. A site of its own HTML is declared by selectors: `HtmlAggregator`; ``scrapy genspider -t aggregator NAME DOMAIN``
       writes the file.
    3. What no selector can say, an API of the site's own for instance, is a subclass of this class with `name`, `site`
       and :meth:`discover`. Ask with :meth:`download` (robots.txt, pace and the address policy are kept), make a
       `PostCopy` of each entry, and hand over each answer with :meth:`enter`: one transaction. A post that is
       ``incomplete`` has its page asked for, which :meth:`parse_post` may read. Raise `SurfaceError` where the site
       does not serve: the run then ends with status 4::

           class ExampleSpider(Aggregator):
               name = "example"
               site = "https://news.example"

               async def discover(self) -> None:
                   url = f"{self.arguments.site}/api/latest.json"
                   response = await self.download(Request(url, dont_filter=True))
                   if response.status != 200:
                       raise SurfaceError(f"http_{response.status}", f"{url} answers {response.status}")
                   posts = [
                       PostCopy(
                           site=self.arguments.site,
                           url=one["url"],
                           title=one["headline"],
                           published_at=one["time"],
                           published_precision="second",
                           surface="api",
                           source="api",
                           incomplete=True,
                       )
                       for one in response.json()
                       if self.holds(one["time"])
                   ]
                   await self.enter("api", Answer(posts=posts), cursor=None)

       The attribution, the original, the record and all else are as for every other site.
    4. ``scrapy parse URL --spider NAME`` shows what a post would become; ``scrapy crawl NAME -a limit=20`` crawls.
    """

    #: Base URL, where the spider has one of its own.
    site: ClassVar[str] = ""
    #: Arguments it takes, and those it cannot do without.
    takes: ClassVar[frozenset[str]] = frozenset(
        {
            "site",
            "since",
            "until",
            "categories",
            "query",
            "post_types",
            "limit",
            "surface",
            "follow",
            "deliver",
            "refresh",
            "wait",
        }
    )
    needs: ClassVar[frozenset[str]] = frozenset()
    #: What the site is expected to do, where it is known better than from its history: see `EXPECTATIONS`.
    expect: ClassVar[Mapping[str, float]] = {}
    #: Whether its posts are of one site, whose own numbers tell them apart.
    one_site: ClassVar[bool] = True

    run: Run
    arguments: Arguments
    _told_no_worker = False

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:  # type: ignore[override]
        """Below ``newscrawl``, though the module is not."""
        return logging.LoggerAdapter(logging.getLogger(f"newscrawl.spiders.{self.name}"), {"spider": self})

    @property
    def ledger_site(self) -> str:
        """What the ledger files this spider's posts under."""
        return self.arguments.site

    # --- hooks ------------------------------------------------------------------------------------------------

    async def discover(self) -> None:
        """Find posts and enter them with :meth:`enter`.

        Raises :class:`SurfaceError` where the site does not serve.
        """
        raise NotImplementedError

    def parse_post(self, response: Response) -> PostPage | None:
        """What the page of a post says; ``None``, the default, leaves it to the reader of common themes.

        A stranger's page may be long to read, so this is called in a worker process, which is ended at its limit; the
        page is then ``invalid``. There the spider has what its class says, its :attr:`arguments` and its
        :attr:`logger`, but no crawler, no settings and no run, *response* has no request, and nothing that is kept on
        the spider lasts. A class that a worker cannot import, because a function or the started script defines it,
        reads in the crawl's own process, and the log says so.
        """
        return None

    async def read_page(self, response: Response) -> PostPage:
        """What the page of a post says: by :meth:`parse_post`, else by the reader of common themes; in a worker."""
        from newscrawl.surfaces.parsing.post_page import parse_post_page

        if type(self).parse_post is not Aggregator.parse_post:
            own = await self._read_by_own(response)
            if own is not None:
                return own
        return await self.run.workers.run(parse_post_page, response.body, response.url, encoding=charset_of(response))

    async def _read_by_own(self, response: Response) -> PostPage | None:
        """What an overridden :meth:`parse_post` makes of *response*."""
        from newscrawl.aggregators.own_reader import SentPage, SpiderClass, read_by_own

        where = SpiderClass.of(type(self))
        if where is None:
            if not self._told_no_worker:
                self._told_no_worker = True
                self.logger.warning(
                    "No worker can import %s: its parse_post reads in the crawl's own process, and a page that is long "
                    "to read holds the crawl", type(self).__qualname__,
                )  # fmt: skip
            return self.parse_post(response)
        return await self.run.workers.run(read_by_own, response.body, SentPage.of(response), where, self.arguments)

    def join_post(self, copy: PostCopy, original: OriginalResult) -> Record:
        """The record of a post whose original was asked for."""
        from newscrawl.join import join

        return join(copy, original)

    # --- opening ----------------------------------------------------------------------------------------------

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        contact = str(settings.get("NEWSCRAWL_CONTACT") or "").strip()
        settings.set("USER_AGENT", user_agent(contact), priority="spider")

    @classmethod
    def read_arguments(cls, given: dict[str, Any], config: Config) -> Arguments:
        """Check the arguments of ``-a``. Raises :class:`~newscrawl.errors.UserError`."""
        return parse_arguments(
            cls.name, given, known=cls.takes, site=cls.site, required=sorted(cls.needs), policy=config.policy
        )

    @classmethod
    def scope_of(cls, arguments: Arguments) -> Scope:
        """What a run with *arguments* is about."""
        from newscrawl.ledger.scopes import Scope

        return Scope(cls.name, arguments.site, arguments.categories, arguments.query, arguments.follow)

    @classmethod
    def open_run(cls, settings: BaseSettings, given: dict[str, Any]) -> Run:
        """Check everything that can be checked before the first request, and take the scope."""
        from newscrawl.crawling.loading import import_all
        from newscrawl.crawling.run import Run

        config = Config.from_settings(settings)
        require_store(settings)
        arguments = cls.read_arguments(given, config)
        import_all()
        return Run.open(
            config=config,
            spider=cls.name,
            scope=cls.scope_of(arguments),
            arguments=arguments,
            tries=settings.getint("RETRY_TIMES"),
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        from newscrawl.crawling.interrupts import Interrupts
        from newscrawl.crawling.run import Run

        try:
            run = Run.of(crawler)
        except KeyError:
            # Not started by our `crawl` command (`runspider`, a script, a test): the run is opened here.
            run = cls.open_run(crawler.settings, kwargs)
            run.attach(crawler)
            Interrupts(crawler, run).join()
        spider = super().from_crawler(crawler, *args)
        spider._begin(run)
        return spider

    def _begin(self, run: Run) -> None:
        from newscrawl.crawling.loop import Loop
        from newscrawl.ledger.robots import DatabaseRobotsStore

        assert isinstance(run.arguments, Arguments)
        self.run = run
        self.arguments = run.arguments
        self.window = run.window
        self._loop = Loop(run, self, self._discover)
        run.manners.probe = self._line_is_well
        crawler: Any = self.crawler
        crawler.newscrawl_robots_store = DatabaseRobotsStore(run)
        set_turns(self.crawler, run.manners)
        listen = self.crawler.signals.connect
        listen(self._item_scraped, signal=signals.item_scraped)
        listen(self._item_dropped, signal=signals.item_dropped)
        listen(self._abort, signal=abort_downloads)
        listen(self._item_error, signal=signals.item_error)
        listen(self._spider_closed, signal=signals.spider_closed)
        listen(self._robots_known, signal=robots_known)
        self._dates: list[DateSeen] = []
        listen(self._headers_received, signal=signals.headers_received)
        self._waits = Waits()
        listen(self._response_received, signal=signals.response_received)
        run.writer.on_failure = self._database_failed

    # --- crawling ---------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """What Scrapy's engine is to do: the loop says."""
        engine: Any = self.crawler.engine
        # CONCURRENT_REQUESTS is what may be on the wire: the book of manners sees to that. Requests that wait for
        # their host's turn must not keep others from going out.
        engine.downloader.total_concurrency = self.run.config.concurrency * _HELD_FOR_EACH
        async for output in self._loop.outputs():
            yield output

    async def _discover(self) -> None:
        run = self.run
        try:
            await self.discover()
        except SurfaceError as error:
            run.unlisted = [error.reason, str(error)]
            run.problem(str(error))
        except OperationError as error:
            run.not_written(error)
        except asyncio.CancelledError:
            raise
        except Exception:
            if not run.closing:
                run.defects += 1
                self.logger.exception("Discovery failed")
        else:
            if run.left_out and not run.any_usable:
                run.problem(f"not one entry of the lists can be used ({escape_controls(', '.join(run.left_out))})")
        finally:
            run.listing.over = True

    async def download(self, request: Request) -> Response:
        """Send *request* through the downloader middlewares, no callback involved."""
        engine: Any = self.crawler.engine
        response: Response = await engine.download_async(request)
        return response

    async def _line_is_well(self) -> bool | None:
        """Whether a site that answered in this run answers now; ``None`` where there is none to ask."""
        home = self.arguments.site or next(iter(self.arguments.sources), "")
        if not home.startswith("http"):
            return None
        probe = Request("/".join([*home.split("/")[:3], "robots.txt"]), dont_filter=True)
        probe.meta.update({"handle_httpstatus_all": True, "dont_redirect": True})
        try:
            await self.download(probe)
        except Exception as error:
            self.logger.debug("The probe failed: %s", escape_controls(error))
            return False
        return True

    async def listing_may_go_on(self) -> bool:
        """Wait until discovery is not far ahead of what is read; whether it is to go on listing."""
        return await self._loop.listing_may_go_on()

    async def enter(self, surface: str, page: Answer, *, cursor: dict[str, Any] | None, force: bool = False) -> int:
        """One listing answer is one transaction; how many posts of it are to be read."""
        from newscrawl.ledger.work import list_posts
        from newscrawl.surfaces.accept import accept_all

        run = self.run
        run.listed[surface] += len(page.posts)
        run.any_usable = run.any_usable or bool(page.usable or page.posts)
        accepted = accept_all(page.posts, since=run.window.since, until=run.window.until)
        found = accepted.found
        if not self.one_site:
            found = [dataclasses.replace(post, remote_id=None) for post in found]
        self._count_skipped(page.skipped + Counter(one.reason for one in accepted.skipped), accepted.skipped)
        listing = await run.write(
            lambda connection: list_posts(
                connection,
                run_id=run.id,
                scope_id=run.entry.scope.id,
                site=self.ledger_site,
                surface=surface,
                found=_by_known_names(connection, self.ledger_site, found),
                follow=self.arguments.follow,
                cursor=cursor,
                force=force,
            )
        )
        run.counts["known"] += listing.known
        run.listing.note(page, listing.new + listing.changed)
        self._count("newscrawl/discovery/listings", 1)
        self._count("newscrawl/discovery/posts", len(found))
        run.wake.set()
        return listing.new + listing.changed

    def _count_skipped(self, reasons: Counter[str], named: Sequence[Skipped]) -> None:
        """Entries that are no posts, or that the door refused: counted by reason, each reason named in the log once."""
        from newscrawl.surfaces.accept import FAULTS

        for reason, count in reasons.items():
            stat = f"newscrawl/discovery/skipped_posts/{reason}"
            first = not self.crawler.stats.get_value(stat)
            if reason in FAULTS:
                self.run.left_out[reason] += count
            self.crawler.stats.inc_value(stat, count)
            if first:
                such = (f", such as {escape_controls(one.url)[:200]}" for one in named if one.reason == reason)
                self.logger.warning(
                    "Entries of a listing are left out (%s, %s so far%s): the others are taken",
                    reason, count, next(such, ""),
                )  # fmt: skip

    def widen(self, since: str) -> None:
        """Let the run work on posts from *since* (UTC) on, where its window begins later."""
        if self.run.window.since is not None and since < self.run.window.since:
            self.window = self.run.window = dataclasses.replace(self.run.window, since=since)
            self.backlog_grew()

    def backlog_grew(self) -> None:
        """Let the run look for work that no listing of its own brought."""
        self.run.backlog_grew = True
        self.run.wake.set()

    def holds(self, published_at: str | None, precision: str | None = None) -> bool:
        """Whether a post so dated (UTC) may belong to the run's window; an undated one may."""
        return self.run.holds(published_at, precision)

    def deliver_again(self, ids: list[str]) -> None:
        """Let feeds have these records, which changed in the database."""
        self.run.changed_records += ids
        self.run.wake.set()

    # --- signals ----------------------------------------------------------------------------------------------

    def _item_scraped(self, item: Any) -> None:
        self._loop.item_ended(item)
        self._let_scraper_end()

    def _item_dropped(self, item: Any, exception: BaseException) -> None:
        self._loop.item_dropped(item, by_store=bool(getattr(exception, "acknowledged", False)))
        self._let_scraper_end()

    def _item_error(self, item: Any) -> None:
        self._loop.item_failed(item)
        self._let_scraper_end()

    def is_closing(self) -> bool:
        """Whether the spider is being closed, by whatever closes it: nothing more is handed out."""
        engine: Any = self.crawler.engine
        slot = getattr(engine, "_slot", None)
        return self.run.closing or (slot is not None and slot.closing is not None)

    def _let_scraper_end(self) -> None:
        """Let Scrapy notice that the last item has ended, where the spider is being closed.

        Scrapy 2.19 looks only when a response ends. Items that `start` yields, as ours, come after the last one: a
        crawl that CLOSESPIDER_ITEMCOUNT closes would wait for ever.
        """
        engine: Any = self.crawler.engine
        slot = engine.scraper.slot
        if slot is not None and slot.closing is not None:
            asyncio.get_running_loop().call_later(0.05, self._look_at_scraper)

    def _look_at_scraper(self) -> None:
        scraper: Any = self.crawler.engine.scraper if self.crawler.engine is not None else None
        slot = scraper.slot if scraper is not None else None
        if slot is not None and slot.closing is not None and not slot.closing.called and slot.is_idle():
            slot.closing.callback(self)

    def _robots_known(self, host: str, crawl_delay: float | None = None, **_kwargs: object) -> None:
        self.run.manners.ask_delay(host, crawl_delay or 0.0)

    def _abort(self) -> None:
        """What is being parsed is given up, as what is being downloaded is."""
        self.run.workers.close()

    async def _spider_closed(self, reason: str) -> None:
        from newscrawl.ledger.work import backlog

        run = self.run
        run.closing = True
        if reason == "memusage_exceeded":
            limit = self.settings.getint("MEMUSAGE_LIMIT_MB")
            run.problem(f"stopped at {limit} MB of memory (MEMUSAGE_LIMIT_MB): run the same command again")
        elif reason not in ("finished", "shutdown"):
            run.problem(f"the crawl was stopped early: {reason}")
        if run.writer.failed is None:
            with suppress(OperationError):
                await self._loop.settle()
                await run.manners.settle()
                run.counts["backlog"] = await run.write(backlog, run.window)
        for name, count in run.counts.items():
            self.crawler.stats.set_value(f"newscrawl/posts/{name}", count)
        await asyncio.to_thread(self._judge)
        await asyncio.to_thread(run.close)
        self.logger.info("%s", run.summary())

    def _judge(self) -> None:
        """Hold what the run found against what its scope usually finds."""
        from sqlalchemy.exc import SQLAlchemyError

        from newscrawl.health.judge import failing, judge_run

        run = self.run
        if not run.config.health or run.writer.failed is not None or run.stopped_by is not None:
            return
        try:
            judged = judge_run(
                run,
                unmodified=self.crawler.stats.get_value("downloader/response_status_count/304", 0),
                dates=self._dates,
                waits=self._waits,
                expect={**check_expectations(self.expect), **run.config.expect.get(self.arguments.site, {})},
            )
        except (OperationError, SQLAlchemyError) as error:
            self.logger.warning("The run's health cannot be judged: %s", escape_controls(error)[:300])
        except Exception:
            run.defects += 1
            self.logger.exception("Judging the run's health failed")
        else:
            run.unhealthy = [one.message for one in failing(judged)]
            run.recovered = [f"{one.monitor.value} of {one.name}" for one in judged.recovered]

    def _headers_received(self, headers: Any, request: Request) -> None:
        """What the servers' clocks say: the first answer of each of some hosts."""
        host = urlsplit(request.url).hostname or ""
        if len(self._dates) >= MOST_DATES or any(one.host == host for one in self._dates):
            return
        said = parse_http_date((headers.get("Date") or b"").decode("latin-1"))
        if said is not None:
            self._dates.append(DateSeen(host, said, epoch()))

    def _response_received(self, response: Any, request: Request) -> None:
        """How long hosts let us wait."""
        seconds = request.meta.get("download_latency")
        if seconds is not None:
            self._waits.add(urlsplit(request.url).hostname or "", seconds)

    def _database_failed(self) -> None:
        # Called in the writer's thread.
        from twisted.internet import reactor as installed

        reactor: Any = installed
        reactor.callFromThread(self._tell_database_failed)

    def _tell_database_failed(self) -> None:
        self.logger.error("%s", escape_controls(self.run.writer.failed))
        self.run.wake.set()

    def _count(self, stat: str, count: int) -> None:
        self.crawler.stats.inc_value(stat, count)


def _by_known_names(connection: Connection, site: str, found: list[Discovered]) -> list[Discovered]:
    """*found* by the addresses under which they are known: one post may be listed as ``?p=ID``, or by a new slug.

    Numbers begin anew when a site is set up anew: the time of publication has to agree.
    """
    from newscrawl.ledger.pages import known_numbers

    numbers = [post.remote_id for post in found if post.remote_id is not None]
    known = known_numbers(connection, site, numbers) if numbers else {}
    named = []
    for post in found:
        post_id, url, published_at = known.get(post.remote_id or "", (post.id, post.url, None))
        if post_id != post.id and None not in (published_at, post.published_at) and published_at == post.published_at:
            post = dataclasses.replace(post, id=post_id, url=url, given={**post.given, "url": url})
        named.append(post)
    return named


def latest(so_far: str, page: Answer, name: str) -> str:
    """The latest time of *page*'s posts that has come: a clock that runs ahead must not hide what comes tomorrow."""
    now = now_text()
    return max([so_far, *(value for copy in page.posts if (value := getattr(copy, name) or "") <= now)])
