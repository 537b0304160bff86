"""The download handler that renders: ours for plain requests and stops, scrapy-playwright's for pages.

Imports Playwright; :mod:`newscrawl.rendering.download` makes it when the first
page is to be rendered.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from playwright.async_api import async_playwright
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import HtmlResponse
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from newscrawl.net.policy import Policy
from newscrawl.net.stopping import StoppableHandler
from newscrawl.rendering.finding import find_rendering
from newscrawl.rendering.job import JOB, RENDERED_FLAG, Document, RenderFailed
from newscrawl.rendering.limits import Limits
from newscrawl.rendering.page import Isolated, settle
from newscrawl.rendering.proxy import FilteringProxy, PageTraffic
from newscrawl.rendering.room import Room, resident_bytes, sweep
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page, Route
    from playwright.async_api import Request as PageRequest
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

__all__ = ["RenderingHandler"]

logger = logging.getLogger("newscrawl.rendering.handler")

#: What a page may load to show its text. Images, media, fonts, frames, pings, event streams and icons are not loaded.
LOADED_TYPES = frozenset({"script", "stylesheet", "xhr", "fetch"})
#: So high that what loads on scrolling loads at once.
VIEWPORT = {"width": 1280, "height": 20_000}
#: Browsers that do not start before rendering is given up; failed pages in a row before their host is.
MOST_STARTS = 2
MOST_FAILURES = 3
#: Seconds: to start, to close one page, to close all; between looks at memory.
START_TIME = 30.0
CLOSE_PAGE_TIME = 3.0
CLOSE_TIME = 2.0
LOOK = 0.5

# Beside Playwright's own. Everything goes through the proxy (`<-loopback>`: loopback, too); nothing is looked up by the
# browser itself, and nothing leaves it by UDP.
_SWITCHES = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--block-new-web-contents",
    "--no-pings",
    "--disable-3d-apis",
    "--disable-remote-fonts",
    "--disable-sync",
    "--blink-settings=imagesEnabled=false",
    "--js-flags=--max-old-space-size=512",
    "--renderer-process-limit=4",
)
# WebRTC has no use on a page that is read. In every frame, before its scripts.
_NO_WEBRTC = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'WebTransport'])"
    " { try { delete self[name]; } catch (error) {} }"
)

#: One page after the other gets a context of its own, with its own cookies, storage and credential.
_names = itertools.count(1)


@dataclass(eq=False)
class _Job:
    """One try at one page."""

    document: Document
    traffic: PageTraffic
    generation: int
    served: bool = False
    on_its_way: set[Any] = field(default_factory=set)
    lost: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def lose(self, why: str) -> None:
        if not self.lost.done():
            self.lost.set_result(why)


class _KeptBrowser:
    """scrapy-playwright's browser provider: the driver and one browser, both living in the crawl's room."""

    def __init__(self, room: Room, proxy: FilteringProxy, sandbox: bool) -> None:
        self._room = room
        self._proxy = proxy
        self._sandbox = sandbox
        self._manager: Any = None
        self._playwright: Any = None

    async def start(self) -> None:
        """Start Playwright's driver."""
        tempfile.gettempdir()  # remembered: what follows is for the driver alone
        before = os.environ.get("TMPDIR")
        # The driver makes the browser's profile, and has no other way to be told where.
        os.environ["TMPDIR"] = str(self._room.folder)
        try:
            self._manager = async_playwright()
            self._playwright = await self._manager.start()
        finally:
            if before is None:
                os.environ.pop("TMPDIR", None)
            else:
                os.environ["TMPDIR"] = before

    async def launch_browser(self) -> Browser:
        """Start the browser."""
        folder = str(self._room.folder)
        browser: Browser = await self._playwright.chromium.launch(
            executable_path=self._room.executable,
            headless=True,
            chromium_sandbox=self._sandbox,
            # No credential: what belongs to no page gets nowhere.
            proxy={"server": self._proxy.server, "bypass": "<-loopback>"},
            args=list(_SWITCHES),
            env={"HOME": folder, "TMPDIR": folder, "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=START_TIME * 1000,
        )
        return browser

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> Any:
        """Never: each page has a context of its own."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the driver."""
        if self._playwright is not None:
            await self._playwright.stop()


class RenderingHandler(StoppableHandler, ScrapyPlaywrightDownloadHandler):
    """Renders requests made by :func:`newscrawl.rendering.job.render_request`; others are plain, with all caps.

    At most one browser at a time; at most ``NEWSCRAWL_RENDER_PAGES`` pages in
    it. A browser that crashes, hangs or grows is replaced, its page tried once
    more. Raises :class:`RenderFailed`.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # It tells of each failed page with a traceback, and repeats what the page says.
        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)
        settings = crawler.settings
        self._limits = Limits.from_settings(settings)
        self._browser_path = find_rendering(settings).browser
        self._pages = asyncio.Semaphore(self._limits.pages)
        self._alone = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._jobs: dict[str, _Job] = {}
        self._failures: Counter[str] = Counter()
        self._failed_starts = 0
        self._generation = 0
        self._room: Room | None = None
        self._guard: asyncio.Task[None] | None = None
        self._closed = False
        self._proxy = FilteringProxy(Policy.from_settings(settings), count=self.stats.inc_value)

    # --- scrapy-playwright's hooks ---------------------------------------------------------------

    async def _maybe_launch_in_thread(self) -> None:
        """Nothing at engine start: the browser starts with the first page."""

    async def _browser_disconnected_callback(self, *_arguments: Any) -> None:
        """The browser is gone: whoever waits for a page of it need not."""
        for job in self._jobs.values():
            if job.generation == self._generation:
                job.lose("crash")

    def _make_request_handler(self, context_name: str, **_arguments: Any) -> Any:
        """The page's first document from what we have, what shows its text from the web, nothing else."""
        job = self._jobs[context_name]

        async def handle(route: Route, request: PageRequest) -> None:
            with suppress(PlaywrightError):
                if request.is_navigation_request():
                    if job.served or request.frame.parent_frame is not None:
                        # Frames, and whatever would lead away from the page: a robots.txt might forbid it.
                        await route.abort("aborted")
                        return
                    job.served = True
                    document = job.document
                    await route.fulfill(status=200, headers=document.headers, body=document.body)
                elif request.resource_type in LOADED_TYPES:
                    await route.continue_()
                else:
                    self.stats.inc_value("newscrawl/rendering/unloaded_resources")
                    await route.abort("blockedbyclient")

        return handle

    async def _download_request_with_page(self, request: Request, page: Page, spider: Spider) -> Response:
        job = self._jobs[request.meta["playwright_context"]]
        try:
            return await self._show(request, page, job)
        except RenderFailed as failed:
            # Told at once: scrapy-playwright closes the page first, which may take its time.
            job.lose(failed.why)
            raise

    async def _show(self, request: Request, page: Page, job: _Job) -> Response:
        """Let the page's scripts run; what it shows then."""
        page.on("crash", lambda *_: job.lose("crash"))
        page.on("request", lambda one: job.on_its_way.add(one))
        page.on("requestfinished", lambda one: job.on_its_way.discard(one))
        page.on("requestfailed", lambda one: job.on_its_way.discard(one))
        page.on("dialog", lambda dialog: _in_background(_dismiss(dialog)))
        until = time.monotonic() + self._limits.seconds
        await page.goto(request.url, wait_until="commit", timeout=self._limits.seconds * 1000)
        isolated = Isolated(await page.context.new_cdp_session(page))
        await settle(isolated, job.on_its_way, until)
        try:
            async with asyncio.timeout(CLOSE_PAGE_TIME):
                snapshot = await isolated.snapshot(self._limits.size)
        except TimeoutError:
            raise RenderFailed("hang") from None
        if job.traffic.exceeded:
            raise RenderFailed("bytes")
        body = snapshot.html.encode("utf-8", "replace")
        if len(body) > self._limits.size:
            raise RenderFailed("size")
        return HtmlResponse(
            # Scripts may rewrite the address within the site; what was asked for is what was fetched.
            request.url,
            status=200,
            headers={"Content-Type": "text/html; charset=utf-8"},
            body=body,
            encoding="utf-8",
            request=request,
            flags=[RENDERED_FLAG],
        )

    # --- one page ----------------------------------------------------------------------------------

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        host = urlsplit(request.url).hostname or ""
        try:
            if self._failures[host] >= MOST_FAILURES:
                raise RenderFailed("host")
            response = await self._render(request, spider or self._crawler.spider)
        except RenderFailed as failed:
            if failed.why not in ("browser", "host"):
                self._failures[host] += 1
            self.stats.inc_value(f"newscrawl/rendering/failed_pages/{failed.why}")
            logger.info("%s: %s", failed, escape_controls(request.url))
            raise
        self._failures.pop(host, None)
        self.stats.inc_value("newscrawl/rendering/pages")
        return response

    async def _render(self, request: Request, spider: Any) -> Response:
        """Two tries at most. The second has the browser to itself: whose fault it is, is known then."""
        document = request.meta[JOB]
        async with self._pages:
            why, response = await self._try(request, document, spider)
        if response is None and why not in ("bytes", "size"):
            self.stats.inc_value("newscrawl/rendering/retries")
            async with self._alone, _all_of(self._pages, self._limits.pages):
                why, response = await self._try(request, document, spider)
        if response is None:
            raise RenderFailed(why)
        return response

    async def _try(self, request: Request, document: Document, spider: Any) -> tuple[str, Response | None]:
        """One try: the response, or why there is none."""
        await self._start()
        name = f"page-{next(_names)}"
        job = self._jobs[name] = _Job(document, self._proxy.open_page(self._limits.bytes), self._generation)
        attempt = request.replace(
            meta={
                **request.meta,
                "playwright_context": name,
                "playwright_context_kwargs": self._context(job, request),
                "playwright_page_init_callback": _begin,
            }
        )
        work = asyncio.ensure_future(self._download_request_with_retry(attempt, spider))
        why = "hang"
        try:
            # The page keeps its own time; this is for a browser that answers nothing at all.
            allowed = self._limits.seconds + CLOSE_PAGE_TIME + PATIENCE_OF_BROWSER
            done, _ = await asyncio.wait({work, job.lost}, timeout=allowed, return_when=asyncio.FIRST_COMPLETED)
            if job.lost in done:
                why = job.lost.result()
            elif work in done:
                response: Response = work.result()
                return "", response.replace(request=request)
        except RenderFailed as failed:
            why = failed.why
        except PlaywrightError as error:
            # A page that is lost says so in many words.
            why = "hang" if isinstance(error, PlaywrightTimeoutError) else "crash"
            why = job.lost.result() if job.lost.done() else why
            logger.debug("the browser failed: %s", escape_controls(str(error)[:300]))
        finally:
            await self._end_try(name, job, work, why)
        if why in ("hang", "crash", "memory"):
            await self._replace(job, why)
        return why, None

    async def _end_try(self, name: str, job: _Job, work: asyncio.Future[Any], why: str) -> None:
        del self._jobs[name]
        work.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await asyncio.wait({work}, timeout=0.5)
            if not work.cancelled():
                work.exception()
        self._proxy.close_page(job.traffic)
        self.stats.inc_value("newscrawl/rendering/bytes", job.traffic.bytes)
        wrapper = self.context_wrappers.pop(name, None)
        if wrapper is None or self._closed:
            return
        closing = asyncio.ensure_future(_quietly(wrapper.context.close()))
        done, _ = await asyncio.wait({closing}, timeout=CLOSE_PAGE_TIME)
        if not done:
            closing.cancel()
            if why not in ("hang", "crash", "memory"):
                await self._replace(job, "hang")

    def _context(self, job: _Job, request: Request) -> dict[str, Any]:
        agent = (request.headers.get("User-Agent") or b"").decode("latin-1")
        proxy = {
            "server": self._proxy.server,
            "bypass": "<-loopback>",
            "username": job.traffic.user,
            "password": job.traffic.password,
        }
        return {
            "proxy": proxy,
            "user_agent": agent or None,
            "viewport": VIEWPORT,
            "service_workers": "block",
            "accept_downloads": False,
            "locale": "en-US",
            "timezone_id": "UTC",
        }

    # --- the browser -------------------------------------------------------------------------------

    async def _start(self) -> None:
        """See that there is a browser. Raises :class:`RenderFailed` (``browser``)."""
        async with self._starting:
            if self._closed:
                raise DownloadCancelledError("the crawl is stopping")
            browser = self.__dict__.get("browser")
            if browser is not None and browser.is_connected():
                return
            if "browser_provider" in self.__dict__:
                # It died while nobody looked.
                await self._drop_browser()
            if not self._browser_path or self._failed_starts >= MOST_STARTS:
                raise RenderFailed("browser")
            try:
                async with asyncio.timeout(START_TIME + 5):
                    await self._launch_kept()
            except (PlaywrightError, OSError, TimeoutError) as error:
                self._failed_starts += 1
                said = " ".join(str(error).split())[:300]
                logger.warning("Rendering is off: the browser does not start: %s", escape_controls(said))
                await self._drop_browser()
                raise RenderFailed("browser") from None
            self._failed_starts = 0

    async def _launch_kept(self) -> None:
        if self._room is None:
            await asyncio.to_thread(sweep)
            self._room = Room(self._browser_path)
            await self._proxy.start()
        if self._guard is None:
            self._guard = asyncio.ensure_future(self._watch_memory())
        self.browser_provider = _KeptBrowser(self._room, self._proxy, self._sandbox())
        await self.browser_provider.start()
        await self._maybe_launch_browser()
        self.stats.inc_value("newscrawl/rendering/browsers")

    def _sandbox(self) -> bool:
        if self._limits.sandbox != "auto":
            return self._limits.sandbox == "yes"
        # Chromium has none for root.
        return os.geteuid() != 0

    async def _replace(self, culprit: _Job, why: str) -> None:
        """End the browser of *culprit* where nobody has yet; the next page starts another."""
        if culprit.generation != self._generation or self._closed:
            return
        self._generation += 1
        self.stats.inc_value(f"newscrawl/rendering/replaced_browsers/{why}")
        logger.info("The browser is replaced (%s)", why)
        for job in self._jobs.values():
            job.lose("neighbour")
        async with self._starting:
            await self._drop_browser()

    async def _drop_browser(self) -> None:
        """End the browser and Playwright's driver, whatever state they are in."""
        self.context_wrappers.clear()
        self.__dict__.pop("browser", None)
        provider = self.__dict__.pop("browser_provider", None)
        if self._room is not None:
            await asyncio.to_thread(self._room.kill_browser)
        if provider is not None:
            await _within(provider.close(), CLOSE_TIME)

    async def _watch_memory(self) -> None:
        """Give up the pages of a browser that has grown past its limit, at once."""
        while not self._closed and self._room is not None:
            await asyncio.sleep(LOOK)
            if not hasattr(self, "browser"):
                continue
            generation = self._generation
            used = await asyncio.to_thread(resident_bytes, self._room.folder)
            if used <= self._limits.memory or generation != self._generation:
                continue
            logger.info("The browser has %d MB", used // 2**20)
            if self._jobs:
                for job in self._jobs.values():
                    job.lose("memory")
            else:
                idle = _Job(Document("", b"", {}), PageTraffic("", "", 0), generation)
                await self._replace(idle, "memory")

    async def close(self) -> None:
        """End the browser, remove its room; within a few seconds, whatever hangs. Once; later calls do nothing."""
        if self._closed:
            return
        self._closed = True
        for job in self._jobs.values():
            job.lose("neighbour")
        if self._guard is not None:
            self._guard.cancel()
        browser = self.__dict__.get("browser")
        if browser is not None:
            await _within(browser.close(), CLOSE_TIME)
        await self._drop_browser()
        await self._proxy.stop()
        if self._room is not None:
            await asyncio.to_thread(self._room.close)
        await super(ScrapyPlaywrightDownloadHandler, self).close()


#: Seconds beyond a page's own time before the browser itself counts as hung.
PATIENCE_OF_BROWSER = 10.0


@asynccontextmanager
async def _all_of(semaphore: asyncio.Semaphore, count: int) -> AsyncIterator[None]:
    """Hold *semaphore*, of *count*, whole. For one at a time: two would wait for each other."""
    held = 0
    try:
        for _ in range(count):
            await semaphore.acquire()
            held += 1
        yield
    finally:
        for _ in range(held):
            semaphore.release()


async def _begin(page: Page, _request: Request) -> None:
    """Before the page's first script: no WebRTC, no page beside this one."""
    await page.add_init_script(_NO_WEBRTC)
    page.context.on("page", lambda other: _in_background(_quietly(other.close())))


#: What runs beside the page: the loop keeps weak references alone, and may collect a task before it is done.
_background: set[asyncio.Task[None]] = set()


def _in_background(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    _background.add(task)
    task.add_done_callback(_background.discard)


async def _dismiss(dialog: Any) -> None:
    await _quietly(dialog.dismiss())


async def _quietly(waiting: Any) -> None:
    with suppress(PlaywrightError):
        await waiting


async def _within(waiting: Any, seconds: float) -> None:
    """Wait for *waiting*, but no longer than *seconds*; what it raises is no news."""
    task = asyncio.ensure_future(waiting)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
    else:
        task.exception()
