"""robots.txt obeyed by RFC 9309, in place of Scrapy's own middleware.

Scrapy's opens the gate when robots.txt times out or answers 503, parses a body
whatever its status, and reads any size. Here: 5xx, timeouts, refusals and
other failures deny the site (one retry, then remembered for a while), 4xx
allow it, 500 KiB are read, five redirects followed, 24 hours kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import StopDownload
from scrapy.http.request import NO_CALLBACK

from newscrawl.clock import time_text
from newscrawl.net.bodies import TRUNCATED_FLAG
from newscrawl.net.failures import CrawlStopping, RobotsDenied, classify
from newscrawl.net.rights import merge, robots_signals, tdm_signals
from newscrawl.net.robots_rules import MAX_ROBOTS_BYTES, RobotsRules, decide
from newscrawl.net.signals import HEAD_BYTES, abort_downloads, robots_known
from newscrawl.outcomes import Reason, http_reason, is_passing
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

__all__ = ["MemoryRobotsStore", "RobotsMiddleware", "RobotsStore", "StoredRobots"]

logger = logging.getLogger("newscrawl.net.robots")

T = TypeVar("T")

#: Seconds that an answer holds (RFC 9309 section 2.4), and that a failure does.
ROBOTS_TTL = 24 * 3600.0
ERROR_TTL = 30 * 60.0
#: Seconds that a failure holds which may well be one of this machine's own line or name server.
LINE_TTL = 60.0
_OF_THE_LINE = frozenset({Reason.DNS, Reason.CONNECTION})
#: An old answer serves this long while the site is unreachable (section 2.3.1.4 speaks of 30 days).
STALE_TTL = 30 * 24 * 3600.0
#: Seconds before the one retry.
RETRY_AFTER = 2.0
#: Seconds of ``Crawl-delay`` that are waited for; a site that asks for more is skipped.
MAX_CRAWL_DELAY = 60.0
#: Bytes from which on a robots.txt is parsed in a thread.
LONG_FILE = 16 * 1024
#: Sites whose parsed rules are kept in memory.
MAX_SITES = 5_000
#: The file of the TDM Reservation Protocol, the bytes that are read of it, and the seconds that it may take.
TDM_FILE = "/.well-known/tdmrep.json"
MAX_TDM_BYTES = 256 * 1024
TDM_TIMEOUT = 10.0


@dataclass(frozen=True)
class StoredRobots:
    """One site's answer.

    ``status`` None: no answer. ``fetched_at``: seconds since the epoch, UTC.
    ``reason``: the reason word when it was unreachable, else None.
    """

    origin: str
    status: int | None
    body: bytes
    fetched_at: float
    reason: str | None = None

    @property
    def reachable(self) -> bool:
        return self.status is not None and self.status < 500

    @property
    def until(self) -> float:
        """When robots.txt is asked for again, in seconds since the epoch, UTC."""
        if self.reachable:
            return self.fetched_at + ROBOTS_TTL
        return self.fetched_at + (LINE_TTL if self.reason in _OF_THE_LINE else ERROR_TTL)

    def fresh(self, now: float) -> bool:
        """Whether the answer still holds. One of the future does not: the clock was set back."""
        return self.fetched_at <= now < self.until

    def describe_failure(self) -> str:
        """Why robots.txt cannot be had and how long that is remembered, in words for a person."""
        since, until = (time.strftime("%H:%M", time.gmtime(moment)) for moment in (self.fetched_at, self.until))
        why = self.reason or Reason.CONNECTION.value
        return f"robots.txt cannot be had ({why}), remembered since {since}, asked again after {until} UTC"


class RobotsStore(Protocol):
    """Where answers are kept between runs; set ``crawler.newscrawl_robots_store`` before the first request."""

    async def get(self, origin: str) -> StoredRobots | None:
        """The last answer of *origin* (``https://name:port``), however old."""

    async def put(self, stored: StoredRobots) -> None:
        """Keep *stored* as the last answer of its origin."""


class MemoryRobotsStore:
    """Answers of this process only, the least recently used given up first."""

    def __init__(self, size: int = MAX_SITES) -> None:
        self._size = size
        self._kept: OrderedDict[str, StoredRobots] = OrderedDict()

    async def get(self, origin: str) -> StoredRobots | None:
        if origin in self._kept:
            self._kept.move_to_end(origin)
        return self._kept.get(origin)

    async def put(self, stored: StoredRobots) -> None:
        self._kept[stored.origin] = stored
        self._kept.move_to_end(stored.origin)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


@dataclass(frozen=True)
class _Known:
    rules: RobotsRules
    answer: StoredRobots


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str:
    """Scheme, host and port of *url*: what one robots.txt holds for."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


class RobotsMiddleware:
    """Downloader middleware: asks a site's robots.txt before anything else of it, and raises :class:`RobotsDenied`.

    ``request.meta["dont_obey_robotstxt"]`` is honoured for robots.txt itself
    alone. Once a site's rules are known, :data:`newscrawl.net.signals.robots_known`
    is sent, each time they were fetched or read from the store.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._agent: str = crawler.settings.get("ROBOTSTXT_USER_AGENT") or "newscrawl"
        self._retry_after = crawler.settings.getfloat("NEWSCRAWL_ROBOTS_RETRY_DELAY", RETRY_AFTER)
        self._max_delay = crawler.settings.getfloat("NEWSCRAWL_MAX_CRAWL_DELAY", MAX_CRAWL_DELAY)
        self._memory = MemoryRobotsStore()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Known]] = {}
        self._asks_tdm = crawler.settings.getbool("NEWSCRAWL_TDMREP", True)
        self._tdm: OrderedDict[str, asyncio.Task[StoredRobots | None]] = OrderedDict()
        crawler.signals.connect(self._bytes_received, signals.bytes_received)
        self._reader = ThreadPoolExecutor(1, "newscrawl-robots")
        self._aborted = False
        crawler.signals.connect(self._spider_closed, signals.spider_closed)
        crawler.signals.connect(self._abort, abort_downloads)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def store(self) -> RobotsStore:
        store: RobotsStore | None = getattr(self.crawler, "newscrawl_robots_store", None)
        return store or self._memory

    async def process_request(self, request: Request) -> None:
        if HEAD_BYTES in request.meta and request.meta.get("dont_obey_robotstxt"):
            return
        known = await self._rules(request.url)
        if self._too_slow(known.rules):
            self.crawler.stats.inc_value("newscrawl/net/robots_denied_requests")
            self.crawler.stats.inc_value("newscrawl/net/robots_denied_requests/crawl_delay")
            said = f"robots.txt asks for {known.rules.crawl_delay:g} s between requests, more than is waited"
            raise RobotsDenied(Reason.ROBOTS.value, f"{said}: {escape_controls(request.url[:200])}")
        if await self._ask_rules(known.rules, known.rules.allowed, request.url):
            return
        self.crawler.stats.inc_value("newscrawl/net/robots_denied_requests")
        url = escape_controls(request.url[:200])
        if known.answer.reachable:
            raise RobotsDenied(Reason.ROBOTS.value, f"denied by robots.txt: {url}")
        self.crawler.stats.inc_value("newscrawl/net/robots_denied_requests/unreachable")
        raise RobotsDenied(
            known.answer.reason or Reason.CONNECTION.value,
            f"{known.answer.describe_failure()}, so nothing is asked there: {url}",
            until=known.answer.until,
        )

    def _too_slow(self, rules: RobotsRules) -> bool:
        """Whether a site asks for so long a delay that it is skipped: a request would hold its slot for as long."""
        return rules.crawl_delay is not None and rules.crawl_delay > self._max_delay

    async def allowed(self, url: str) -> bool:
        """Whether robots.txt of *url*'s site allows it; asks for it when it is not known."""
        rules = (await self._rules(url)).rules
        return not self._too_slow(rules) and await self._ask_rules(rules, rules.allowed, url)

    async def signals_for(self, url: str) -> dict[str, str]:
        """The :mod:`newscrawl.net.rights` signals of the site's files for *url*: robots.txt, and ``tdmrep.json``.

        Asks for what is not known.
        """
        known = await self._rules(url)
        answer = known.answer
        asked = partial(robots_signals, known.rules, url, reachable=answer.reachable, at=time_text(answer.fetched_at))
        signals = await self._ask_rules(known.rules, asked)
        file = await self._tdm_file(origin_of(url)) if self._asks_tdm and answer.reachable else None
        if file is None:
            return signals
        body = file.body if file.status == 200 else b""
        return merge(signals, tdm_signals(body, url, at=time_text(file.fetched_at)))

    async def _tdm_file(self, origin: str) -> StoredRobots | None:
        """The ``/.well-known/tdmrep.json`` of *origin*; ``None`` where nothing answers, or robots.txt denies it.

        Kept as a robots.txt is, under the file's own address. What could not be had is not kept beyond this run: a
        failure says nothing, and holds up nobody.
        """
        key = origin + TDM_FILE
        task = self._tdm.get(key)
        if task is None or (task.done() and (kept := task.result()) is not None and not kept.fresh(time.time())):
            task = self._tdm[key] = asyncio.ensure_future(self._learn_tdm(key))
            while len(self._tdm) > MAX_SITES:
                self._tdm.popitem(last=False)
        self._tdm.move_to_end(key)
        return task.result() if task.done() else await asyncio.shield(task)

    async def _learn_tdm(self, key: str) -> StoredRobots | None:
        try:
            stored = await self.store.get(key)
            if stored is not None and stored.fresh(time.time()):
                return stored
            request = Request(
                key,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                meta={
                    "dont_retry": True,
                    "allow_offsite": True,
                    "download_timeout": TDM_TIMEOUT,
                    HEAD_BYTES: MAX_TDM_BYTES,
                },
                callback=NO_CALLBACK,
            )
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            # Whatever it is, the page that it speaks of has been had: this is a question beside it.
            self.crawler.stats.inc_value("newscrawl/net/tdm_files/unanswered")
            logger.debug("no answer: %s: %s", key, escape_controls(error))
            return None
        whole = response.status == 200 and TRUNCATED_FLAG not in response.flags
        self.crawler.stats.inc_value(f"newscrawl/net/tdm_files/{response.status}")
        answer = StoredRobots(key, response.status, response.body if whole else b"", time.time())
        if answer.reachable:
            await self.store.put(answer)
        return answer if answer.reachable else None

    async def sitemaps_for(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt that governs *url* names; asks for it when not known."""
        return (await self._rules(url)).rules.sitemaps

    async def _rules(self, url: str) -> _Known:
        origin = origin_of(url)
        known = self._known.get(origin)
        if known is not None and known.answer.fresh(time.time()):
            self._known.move_to_end(origin)
            return known
        task = self._asking.get(origin)
        if task is None:
            # A task of its own: it must not end because the first who asked gave up.
            task = self._asking[origin] = asyncio.ensure_future(self._learn(origin))
            task.add_done_callback(partial(self._looked_up, origin))
        return await asyncio.shield(task)

    def _looked_up(self, origin: str, task: asyncio.Task[_Known]) -> None:
        del self._asking[origin]
        # All who asked may have given up. Taken here, what went wrong is no complaint of asyncio's later on.
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.debug("robots.txt of %s was not looked up: %s", origin, error)

    def _spider_closed(self) -> None:
        # Nobody waits any more, and the store is closed.
        for task in (*self._asking.values(), *self._tdm.values()):
            task.cancel()
        self._reader.shutdown(wait=False, cancel_futures=True)

    async def _learn(self, origin: str) -> _Known:
        stored = await self.store.get(origin)
        answer = stored
        if answer is not None and answer.fresh(time.time()) and not answer.reachable:
            logger.info("%s: %s", origin, answer.describe_failure())
        if answer is None or not answer.fresh(time.time()):
            answer = await self._fetch(origin)
            old = stored if stored is not None and stored.reachable else None
            if not answer.reachable and old is not None and time.time() - old.fetched_at < STALE_TTL:
                # The store keeps the rules that were known; they hold while the site is unreachable.
                logger.info("robots.txt of %s is unreachable, the last known one holds", origin)
                return self._keep(origin, _Known(await self._decide(old), self._as_of_now(old)))
            await self.store.put(answer)
        return self._keep(origin, _Known(await self._decide(answer), answer))

    async def _decide(self, answer: StoredRobots) -> RobotsRules:
        """The rules of *answer*. Of a long file they may take a second, so it is read beside the event loop."""
        if len(answer.body) < LONG_FILE:
            return decide(answer.status, answer.body, self._agent)
        return await self._aside(decide, answer.status, answer.body, self._agent)

    async def _ask_rules(self, rules: RobotsRules, question: Callable[..., T], *arguments: Any) -> T:
        """The answer to *question*, which looks up *rules*."""
        return await self._aside(question, *arguments) if rules.is_long else question(*arguments)

    async def _aside(self, function: Callable[..., T], *arguments: Any) -> T:
        """``function(*arguments)``, made beside the event loop.

        One after the other: threads beside each other would only slow the event loop further.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, function, *arguments)
        except (asyncio.CancelledError, RuntimeError):
            if self._aborted:
                raise CrawlStopping("the crawl is stopping") from None
            raise

    def _abort(self) -> None:
        """The crawl is being stopped: long files that wait to be read are not read any more."""
        self._aborted = True
        self._reader.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _as_of_now(old: StoredRobots) -> StoredRobots:
        """*old*, held for as long as a failure is."""
        return StoredRobots(old.origin, old.status, old.body, time.time() - ROBOTS_TTL + ERROR_TTL)

    def _keep(self, origin: str, known: _Known) -> _Known:
        self._known[origin] = known
        self._known.move_to_end(origin)
        while len(self._known) > MAX_SITES:
            self._known.popitem(last=False)
        self.crawler.signals.send_catch_log(
            robots_known,
            host=urlsplit(origin).hostname,
            origin=origin,
            # Of a site that is skipped it would only slow its neighbours in the same domain.
            crawl_delay=None if self._too_slow(known.rules) else known.rules.crawl_delay,
            rights=robots_signals(known.rules, reachable=known.answer.reachable),
            reachable=known.answer.reachable,
        )
        return known

    async def _fetch(self, origin: str) -> StoredRobots:
        answer = await self._ask(origin)
        if answer.reason is not None and is_passing(answer.reason):
            await asyncio.sleep(self._retry_after)
            answer = await self._ask(origin)
        self.crawler.stats.inc_value(f"newscrawl/net/robots_answers/{answer.reason or answer.status}")
        if answer.reason is not None:
            logger.info("robots.txt of %s is unreachable: %s", origin, answer.reason)
        return answer

    async def _ask(self, origin: str) -> StoredRobots:
        request = Request(
            f"{origin}/robots.txt",
            priority=1000,
            # No compression: half of a compressed file cannot be read.
            headers={"Accept-Encoding": "identity"},
            meta={
                "dont_obey_robotstxt": True,
                "dont_retry": True,
                # A spider's `allowed_domains` is no rule of the site.
                "allow_offsite": True,
                "handle_httpstatus_all": False,
                HEAD_BYTES: MAX_ROBOTS_BYTES + 1,
            },
            callback=NO_CALLBACK,
        )
        status: int | None = None
        reason: str | None = None
        body = b""
        try:
            response = await self.crawler.engine.download_async(request)
        except CrawlStopping:
            # Cut off by us: remembered as the site's failure, it would deny the site to the next run.
            raise
        except Exception as error:
            reason = classify(error)
            if reason == http_reason(302):
                # Section 2.3.1.2: more than five redirects may count as unavailable.
                status, reason = 302, None
        else:
            status, body = response.status, response.body[: MAX_ROBOTS_BYTES + 1]
            if status >= 500:
                reason = http_reason(min(status, 599))
            elif TRUNCATED_FLAG in response.flags and "download_stopped" not in response.flags:
                # Half of its rules, or none that can be read, are not its rules.
                status, reason = None, Reason.TRUNCATED.value
        return StoredRobots(origin, status, body, time.time(), reason)

    def _bytes_received(self, data: bytes, request: Request) -> None:
        limit = request.meta.get(HEAD_BYTES)
        if limit is None:
            return
        read = request.meta["newscrawl_head_read"] = request.meta.get("newscrawl_head_read", 0) + len(data)
        if read >= limit:
            raise StopDownload(fail=False)
