"""What every spider of ours has: its arguments, its run, the pace of its hosts, and how it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import scrapy
from scrapy import signals
from scrapy.http import Response

from newscrawl.aggregators.arguments import ALL, Arguments, parse_arguments
from newscrawl.clock import epoch, format_time, parse_time
from newscrawl.config import Config, require_store, user_agent
from newscrawl.errors import OperationError
from newscrawl.items import Record
from newscrawl.ledger.hosts import hold_host
from newscrawl.ledger.pace import Pace
from newscrawl.ledger.robots import DatabaseRobotsStore
from newscrawl.ledger.scopes import Scope
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import backlog
from newscrawl.net.backoff import parse_retry_after
from newscrawl.net.robots import RobotsMiddleware
from newscrawl.net.signals import robots_known
from newscrawl.net.slots import host_of
from newscrawl.outcomes import http_reason
from newscrawl.session import Session
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


__all__ = ["PATIENCE", "RunSpider"]

#: How far back a scope's first run looks, and the overlap of later ones with what is known.
FIRST_LOOK = dt.timedelta(days=2)
OVERLAP = dt.timedelta(days=1)
#: A host that asks to be left alone for longer than this is left for a later run.
PATIENCE = 60.0


class RunSpider(scrapy.Spider):
    """A spider with its run: what the ways of posts, pages and originals stand on."""

    #: Base URL, where the spider has one of its own.
    site: ClassVar[str] = ""
    #: Arguments it takes, and those it cannot do without.
    takes: ClassVar[frozenset[str]] = frozenset(
        {"site", "since", "until", "categories", "query", "limit", "surface", "follow", "deliver", "refresh", "wait"}
    )
    needs: ClassVar[frozenset[str]] = frozenset()

    @property
    def ledger_site(self) -> str:
        """What the ledger files this spider's posts under."""
        return self.arguments.site

    session: Session
    arguments: Arguments
    window: Window

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:  # type: ignore[override]
        """Below ``newscrawl``, though the module is not."""
        return logging.LoggerAdapter(logging.getLogger(f"newscrawl.spiders.{self.name}"), {"spider": self})

    # --- opening -----------------------------------------------------------------------------------

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
        return Scope(cls.name, arguments.site, arguments.categories, arguments.query, arguments.follow)

    @classmethod
    def open_session(cls, settings: BaseSettings, given: dict[str, Any]) -> Session:
        """Check everything that can be checked before the first request, and take the scope."""
        config = Config.from_settings(settings)
        require_store(settings)
        arguments = cls.read_arguments(given, config)
        return Session.open(config=config, spider=cls.name, scope=cls.scope_of(arguments), arguments=arguments)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        try:
            session = Session.of(crawler)
        except KeyError:
            # Not started by our `crawl` command (a script, a test): the session is opened here.
            session = cls.open_session(crawler.settings, kwargs)
            session.attach(crawler)
        spider = super().from_crawler(crawler, *args)
        crawler.newscrawl_robots_store = DatabaseRobotsStore(session)  # type: ignore[attr-defined]
        spider._begin(session)
        return spider

    def _begin(self, session: Session) -> None:
        self.session = session
        self.arguments = session.arguments
        self.window = self.window_of(session)
        self.pace = Pace(session.config.delay, time.monotonic)
        self._wake = asyncio.Event()
        self._in_flight = 0
        self._items = 0
        self._last_host = ""
        self._discovery: asyncio.Task[None] | None = None
        self._closing = False
        # Posts that a run with a limit has taken on; without a limit nothing is remembered.
        self._taken: set[str] = set()
        # Posts entered by discovery and not yet read; records that changed without being made again.
        self.unread = 0
        self._again: list[str] = []
        self._parked: list[Future[str]] = []
        listen = self.crawler.signals.connect
        listen(self._item_ended, signal=signals.item_scraped)
        listen(self._item_ended, signal=signals.item_dropped)
        listen(self._item_failed, signal=signals.item_error)
        listen(self._spider_closed, signal=signals.spider_closed)
        listen(self._robots_known, signal=robots_known)
        session.writer.on_failure = self._from_thread(self._database_failed)

    def window_of(self, session: Session) -> Window:
        """The posts that this run may work on: those published in ``[since, until)``.

        Without ``since``: from a day before the scope's high-water mark, on its first run from two days ago.
        """
        arguments = session.arguments
        since = arguments.since
        if since is None:
            mark = session.run.scope_row["high_water"]
            moment = parse_time(mark) - OVERLAP if mark else dt.datetime.fromtimestamp(epoch(), dt.UTC) - FIRST_LOOK
            since = format_time(moment)
        return Window(
            session.run.scope.id,
            None if since == ALL else since,
            arguments.until,
            changed_too=arguments.since is None and arguments.until is None,
        )

    # --- hosts --------------------------------------------------------------------------------------------

    def _wait_before_retry(self, tries: int, host: str, response: Response | None) -> float | None:
        """Seconds until *host* may be asked the same again in this run; ``None`` where it is not to be."""
        wait = max(1.0, self.session.config.delay) * 2.0**tries
        if response is not None:
            asked = parse_retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), epoch())
            if asked is not None:
                # Whoever answered asks for it, which after a redirect is not the host of the link.
                answering = host_of(response.url)
                if asked > PATIENCE:
                    self._hold(answering, asked, http_reason(response.status))
                    return None
                wait = max(wait, asked)
                self.pace.hold(answering, wait)
        if tries >= self.settings.getint("RETRY_TIMES") or self.pace.given_up(host):
            return None
        return wait

    def _hold(self, host: str, seconds: float, reason: str) -> None:
        """*host* wants to be left alone for longer than this run waits: nor will later runs ask before."""
        self.logger.info("%s asks to be left alone for %.0f s (%s)", host, seconds, reason)
        self.pace.give_up(host, reason)
        self.session.writer.submit(hold_host, host, seconds, reason)

    def _ended(self, host: str) -> None:
        self.pace.ended(host)
        self._in_flight -= 1
        self._wake.set()

    async def _robots_signals(self, url: str) -> dict[str, str]:
        """What the robots.txt that governs *url* says, as far as it is known."""
        middleware = self.crawler.get_downloader_middleware(RobotsMiddleware)
        return {} if middleware is None else await middleware.signals_for(url)

    def _robots_known(self, host: str, crawl_delay: float | None = None, **_kwargs: object) -> None:
        if crawl_delay:
            self.pace.ask_delay(host_of(f"https://{host}/"), crawl_delay)

    # --- posts and records --------------------------------------------------------------------------------

    def holds(self, published_at: str | None) -> bool:
        """Whether a post published then belongs to the run's window; an undated one may."""
        if published_at is None:
            return True
        since, until = self.window.since, self.window.until
        return (since is None or published_at >= since) and (until is None or published_at < until)

    def _stamp(self, record: Record) -> Record:
        record.spider = self.name
        record.run_id = self.session.run.id
        return record

    def deliver_again(self, ids: list[str]) -> None:
        """Let feeds have these records, which changed in the database."""
        self._again += ids
        self._wake.set()

    def _item_ended(self, item: Any) -> None:
        if isinstance(item, Record):
            self._items -= 1
            self._wake.set()

    def _item_failed(self, item: Any) -> None:
        if isinstance(item, Record):
            if self.session.writer.failed is None:
                self.session.defects += 1
            self._items -= 1
            self._wake.set()

    async def _sleep(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout=None if seconds is None else max(0.01, seconds))

    # --- ending ----------------------------------------------------------------------------------------------

    def stopping(self) -> None:
        """The run is being stopped: what fails from here on is not the site's fault."""
        self._closing = True

    def _not_written(self, error: OperationError) -> None:
        # A run that is being closed writes no more: that is no fault of the database.
        if not self._closing or self.session.writer.failed is not None:
            self.session.problem(str(error))

    async def _spider_closed(self, reason: str) -> None:
        self._closing = True
        session = self.session
        if reason == "memusage_exceeded":
            limit = self.settings.getint("MEMUSAGE_LIMIT_MB")
            session.problem(f"stopped at {limit} MB of memory (MEMUSAGE_LIMIT_MB): run the same command again")
        elif reason not in ("finished", "shutdown"):
            session.problem(f"the crawl was stopped early: {reason}")
        if session.writer.failed is None:
            with suppress(OperationError):
                waiting = await session.write(backlog, self.window, self.ledger_site)
                if waiting and not session.counts["backlog"]:
                    session.counts["backlog"] = waiting
        for name, count in session.counts.items():
            self.crawler.stats.set_value(f"newscrawl/posts/{name}", count)
        await asyncio.to_thread(session.close)
        self.logger.info("%s", session.summary())

    def _database_failed(self) -> None:
        self.logger.error("%s", escape_controls(self.session.writer.failed))
        self._wake.set()

    def _from_thread(self, function: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            from twisted.internet import reactor

            reactor.callFromThread(function)

        return call

    def _count(self, stat: str) -> None:
        self.crawler.stats.inc_value(stat)
