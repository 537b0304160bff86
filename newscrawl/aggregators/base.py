"""The base of all spiders: the claim loop, the way of one post, and how a run ends.

Discovery runs beside the loop and writes what it finds to the ledger. The loop,
in :meth:`LedgerSpider.start`, claims what may go now: posts to read and join,
originals to ask for, one a host. What it hands out is bounded by what is in
flight, so memory does not grow with the backlog. It ends when discovery is over
and nothing in the run's window is left to claim.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy import Request, signals
from scrapy.http import Response

from newscrawl.aggregators.arguments import ALL, Arguments, parse_arguments
from newscrawl.aggregators.identity import number_in, post_url
from newscrawl.aggregators.listing import SurfaceError
from newscrawl.aggregators.parsing.content import PostContent, post_text
from newscrawl.aggregators.parsing.pages import PostPage, parse_post_page
from newscrawl.aggregators.post_pages import fill_from_page
from newscrawl.attribution import is_foreign
from newscrawl.clock import epoch, format_time, now_text, parse_time
from newscrawl.config import Config, user_agent
from newscrawl.errors import OperationError
from newscrawl.items import Record
from newscrawl.join import join
from newscrawl.ledger.hosts import held_hosts, hold_host
from newscrawl.ledger.pace import Pace
from newscrawl.ledger.pages import ClaimedPage, adopt_id, claim_pages, keep_record, note_times, postpone_page, set_aside
from newscrawl.ledger.robots import DatabaseRobotsStore
from newscrawl.ledger.scopes import Scope
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import (
    ClaimedOriginal,
    ClaimedPost,
    backlog,
    claim_originals,
    claim_posts,
    finish_original,
    log_request,
    next_due,
    park_post,
    postpone_original,
)
from newscrawl.net.backoff import parse_retry_after
from newscrawl.net.bodies import check_body
from newscrawl.net.failures import classify
from newscrawl.net.policy import UrlRefused, check_url
from newscrawl.net.rights import merge
from newscrawl.net.robots import RobotsMiddleware
from newscrawl.net.signals import robots_known
from newscrawl.net.slots import host_of
from newscrawl.originals import ACCEPT_PAGE, ANSWERS, charset_of, original_request, read_original, unasked
from newscrawl.outcomes import Outcome, Reason, http_reason, is_passing
from newscrawl.posts import PostCopy
from newscrawl.session import Session
from newscrawl.storage.records import load_record, stored_before
from newscrawl.text import escape_controls
from newscrawl.urls import canonical_url, record_id, same_site

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from newscrawl.ledger.results import OriginalResult

__all__ = ["LedgerSpider", "StoredRecord"]

#: How far back a scope's first run looks, and the overlap of later ones with what is known.
FIRST_LOOK = dt.timedelta(days=2)
OVERLAP = dt.timedelta(days=1)
#: Records on their way through the pipelines at most; each waits for its commit.
MOST_ITEMS = 200
#: Posts claimed at once.
POSTS_AT_ONCE = 50
#: Turns of the loop that may find due work and claim none of it: leases of others run out meanwhile.
MOST_SPINS = 200
#: A host that asks to be left alone for longer than this is left for a later run.
PATIENCE = 60.0


class StoredRecord(Record):
    """A record that the database holds already, on its way to feeds (``deliver=all``): pipelines leave it alone."""


def _as_stored(record: Record) -> StoredRecord:
    return StoredRecord(**{name: getattr(record, name) for name in Record.__slots__})


class LedgerSpider(scrapy.Spider):
    """Claims work from the ledger and turns it into records. Subclasses discover.

    A subclass sets `name`, `site` and `takes` (its arguments) and implements
    :meth:`discover`.
    """

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

    # --- discovery -----------------------------------------------------------------------------------

    async def discover(self) -> None:
        """Find posts and enter them in the ledger with :func:`newscrawl.ledger.work.list_posts`.

        Raises :class:`SurfaceError` where the site does not serve.
        """
        raise NotImplementedError

    async def _discover(self) -> None:
        try:
            await self.discover()
        except SurfaceError as error:
            self.session.problem(str(error))
        except OperationError as error:
            self._not_written(error)
        except asyncio.CancelledError:
            raise
        except Exception:
            self.session.defects += 1
            self.logger.exception("Discovery failed")
        finally:
            self._wake.set()

    # --- the loop --------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        try:
            held = await self.session.write(held_hosts)
        except OperationError as error:
            self._not_written(error)
            return
        for host, reason in held.items():
            self.pace.give_up(host, reason or Reason.CONNECTION)
        self._discovery = asyncio.create_task(self._discover())
        idle_since: float | None = None
        spins = 0
        try:
            while self.session.writer.failed is None:
                self._wake.clear()
                discovering = not self._discovery.done()
                moved = False
                async for output in self._step():
                    moved = True
                    idle_since = None
                    yield output
                if moved:
                    continue
                if self._in_flight or self._items or discovering:
                    await self._sleep(self.pace.next_free())
                    continue
                wait = await self._nothing_to_claim()
                if wait is None:
                    now = time.monotonic()
                    idle_since = now if idle_since is None else idle_since
                    left = self.arguments.wait - (now - idle_since)
                    if left <= 0:
                        break
                    wait = min(left, 5.0)
                spins = spins + 1 if wait <= 0 else 0
                if spins > MOST_SPINS:
                    # Work that is due and cannot be claimed is a defect; waiting for it would never end.
                    self.session.defects += 1
                    self.logger.error("Work is due that no claim takes: %s", self.window)
                    break
                await self._sleep(wait)
            if self.session.writer.failed is None and self.arguments.deliver == "all":
                async for record in self._deliver_stored():
                    yield record
        except OperationError as error:
            self._not_written(error)
        finally:
            self._discovery.cancel()
            with suppress(asyncio.CancelledError):
                await self._discovery

    async def _sleep(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout=None if seconds is None else max(0.01, seconds))

    async def _nothing_to_claim(self) -> float | None:
        """Seconds until work falls due that this run should wait for; ``None`` when it is at its end."""
        if self._limit_reached():
            return None
        due = await self.session.write(next_due, self.window, self.ledger_site, self.arguments.follow)
        if due is None:
            return None
        wait = max(due - epoch(), self.pace.next_free() or 0.0)
        return wait if wait <= PATIENCE else None

    def _limit_reached(self) -> bool:
        limit = self.arguments.limit
        return limit is not None and len(self._taken) >= limit

    async def _step(self) -> AsyncIterator[Any]:
        """Claim what may go now: records to pipelines, requests for originals."""
        write, run = self.session.write, self.session.run.id
        room = min(POSTS_AT_ONCE, MOST_ITEMS - self._items)
        limit = self.arguments.limit
        only: frozenset[str] | None = None
        if limit is not None:
            if self._limit_reached():
                only = frozenset(self._taken)
            else:
                room = min(room, limit - len(self._taken))
        if room > 0:
            for post in await write(claim_posts, run, self.window, self.ledger_site, room, only):
                if limit is not None:
                    self._taken.add(post.id)
                if post.original is None:
                    self.unread = max(0, self.unread - 1)
                record = await self._handle_post(post)
                if record is not None:
                    self._items += 1
                    yield record
            await self._settle_parked()
        while self._again and self._items < MOST_ITEMS:
            record = await write(load_record, self._again.pop())
            if record is not None:
                self._items += 1
                yield _as_stored(record)
        free = self.session.config.concurrency - self._in_flight
        if free > 0 and (only is not None or room > 0):
            most = min(free, room) if only is None else free
            for page in await write(claim_pages, run, self.window, self.ledger_site, most, self.pace.busy(), only):
                free -= 1
                self.unread = max(0, self.unread - 1)
                if limit is not None:
                    self._taken.add(page.id)
                yield self._page_request(page)
        if free > 0 and self.arguments.follow:
            taken = frozenset(self._taken) if limit is not None else None
            busy = self.pace.busy()
            claims = await write(claim_originals, run, self.window, free, busy, taken, self._last_host)
            for claim in claims:
                self._last_host = claim.host
                request = await self._handle_original(claim)
                if request is not None:
                    yield request

    # --- the way of one post -----------------------------------------------------------------------------

    async def _handle_post(self, post: ClaimedPost) -> Record | None:
        """The post's record, or ``None`` where it now waits for its original."""
        copy = PostCopy.from_json(post.given)
        try:
            if post.original is not None:
                return self._stamp(self.join_post(copy, post.original))
            return await self._attribute(post.id, copy, None)
        except OperationError:
            raise
        except Exception:
            # One post must not end the crawl; its record says that it could not be read.
            self.session.defects += 1
            self.logger.exception("Post %s could not be read", post.id)
            return self._stamp(join(PostCopy(site=copy.site, url=copy.url, surface=copy.surface), None, Reason.INVALID))

    async def _attribute(self, post_id: str, copy: PostCopy, content: PostContent | None) -> Record | None:
        """Read whom the post names; its record, or ``None`` where it now waits for its original."""
        self.read_post(copy, content)
        copy.rights = merge(copy.rights, await self._robots_signals(copy.url))
        reason = self.why_not_asked(copy)
        if reason is not None:
            return self._stamp(join(copy, None, reason))
        url = str((copy.attribution or {})["original_url"])
        self._parked.append(
            self.session.writer.submit(
                lambda connection: park_post(
                    connection,
                    post_id,
                    given=copy.to_json(),
                    original_id=record_id(canonical_url(url)),
                    url=url,
                    host=host_of(url),
                )
            )
        )
        return None

    async def _settle_parked(self) -> None:
        """Wait until the posts that were parked are committed: many share one commit."""
        parked, self._parked = self._parked, []
        if parked:
            await asyncio.gather(*(asyncio.wrap_future(one) for one in parked))
            # There may be an original to claim now, or a post whose original is known.
            self._wake.set()

    def read_post(self, copy: PostCopy, content: PostContent | None = None) -> None:
        """Read the post's body (*content*: read already): its text, and whom it names as its source."""
        if content is None and copy.html is None and copy.text is not None:
            return  # its page was read by a run before
        content = content or post_text(copy.html or "", base_url=copy.url)
        attribution = content.attribution
        if attribution is not None and not is_foreign(attribution, copy.site):
            attribution = None  # a site that names itself names no source
        copy.text, copy.truncated, copy.word_count = content.text, content.truncated, content.word_count or None
        copy.image_url = copy.image_url or content.image_url
        if attribution is not None:
            copy.attributed(attribution)
        copy.html = None

    def why_not_asked(self, copy: PostCopy) -> str | None:
        """The reason why the post's original is not asked for, or ``None`` where it is."""
        if copy.attribution is None:
            return Reason.NO_ATTRIBUTION
        url = copy.attribution.get("original_url")
        if not url:
            return Reason.NO_ORIGINAL_URL
        if not self.arguments.follow:
            return Reason.NOT_FOLLOWED
        try:
            check_url(url, policy=self.session.config.policy)
            canonical_url(url)
        except UrlRefused as refused:
            self.logger.info("Original refused: %s", refused)
            return Reason.REFUSED
        except ValueError:
            return Reason.REFUSED
        return None

    def join_post(self, copy: PostCopy, original: OriginalResult) -> Record:
        """The record of a post whose original was asked for."""
        return join(copy, original)

    def _stamp(self, record: Record) -> Record:
        record.spider = self.name
        record.run_id = self.session.run.id
        return record

    # --- the way of one post page ---------------------------------------------------------------------------

    def _page_request(self, page: ClaimedPage) -> Request:
        self.pace.started(page.host)
        self._in_flight += 1
        return Request(
            page.url,
            callback=self.page_answered,
            errback=self.page_failed,
            headers={"Accept": ACCEPT_PAGE},
            cb_kwargs={"page": page},
            meta={"handle_httpstatus_list": ANSWERS},
            dont_filter=True,
        )

    async def page_answered(self, response: Response, page: ClaimedPage) -> AsyncIterator[Record]:
        """Callback: the page of a post, whatever its status."""
        record: Record | None = None
        try:
            record = await self._read_page(response, page)
        except OperationError as error:
            self.session.problem(str(error))
        except Exception:
            self.session.defects += 1
            self.logger.exception("The page of post %s could not be read", page.id)
            record = self._failed_post(page, Reason.INVALID)
        finally:
            self._ended(page.host)
        if record is not None:
            self._items += 1
            yield record

    async def page_failed(self, failure: Failure) -> AsyncIterator[Record]:
        """Errback: there is no page."""
        page: ClaimedPage = failure.request.cb_kwargs["page"]  # type: ignore[attr-defined]
        record: Record | None = None
        try:
            if not self._closing:
                reason = classify(failure.value) if failure.value is not None else Reason.CONNECTION
                record = await self._page_not_had(page, reason, None, None)
        except OperationError as error:
            self._not_written(error)
        finally:
            self._ended(page.host)
        if record is not None:
            self._items += 1
            yield record

    async def _read_page(self, response: Response, page: ClaimedPage) -> Record | None:
        if response.status != 200:
            return await self._page_not_had(page, http_reason(response.status), response.status, response)
        lie = check_body(response)
        if lie is not None:
            return await self._page_not_had(page, lie, response.status, response)
        self.pace.succeeded(page.host)
        parsed = parse_post_page(response.body, response.url, encoding=charset_of(response))
        copy = PostCopy.from_json(page.given)
        post_id, goes_on = await self._settle_identity(page, copy, response.url, parsed)
        if not goes_on:
            return None
        fill_from_page(copy, parsed, response)
        if copy.published_at and not self.holds(copy.published_at) and not page.recorded:
            self.read_post(copy, parsed.content)
            self._taken.discard(post_id)
            aside = copy.to_json()
            published = copy.published_at
            await self.session.write(
                lambda connection: set_aside(connection, post_id, given=aside, published_at=published)
            )
            self._wake.set()
            return None
        await self.session.write(note_times, post_id, copy.published_at, copy.modified_at)
        record = await self._attribute(post_id, copy, parsed.content)
        await self._settle_parked()
        return record

    async def _settle_identity(
        self, page: ClaimedPage, copy: PostCopy, landed: str, parsed: PostPage
    ) -> tuple[str, bool]:
        """The post's own address, once its page is there: it may have been listed by another name."""
        url = post_url(landed, copy.site)
        canonical = parsed.canonical_url
        if (
            canonical
            and same_site(canonical, copy.site)
            and record_id(post_url(canonical, copy.site)) != record_id(url)
        ):
            # The canonical drops what a reader's address carries, but does not send us to another page.
            named = post_url(canonical, copy.site)
            if urlsplit(named).path.rstrip("/") == urlsplit(url).path.rstrip("/") or number_in(url):
                url = named
        number = str(parsed.wp_id) if parsed.wp_id else copy.remote_id
        new_id = record_id(url)
        goes_on = await self.session.write(
            lambda connection: adopt_id(connection, page.id, new_id, url=url, site=self.ledger_site, remote_id=number)
        )
        limited = page.id in self._taken and (not goes_on or not page.recorded)
        if limited:
            self._taken.discard(page.id)
        if not goes_on:
            self._count("newscrawl/discovery/other_names")
            return page.id, False
        if page.recorded:
            return page.id, True
        copy.url, copy.remote_id = url, number
        if limited:
            self._taken.add(new_id)
        return new_id, True

    def holds(self, published_at: str | None) -> bool:
        """Whether a post published then belongs to the run's window; an undated one may."""
        if published_at is None:
            return True
        since, until = self.window.since, self.window.until
        return (since is None or published_at >= since) and (until is None or published_at < until)

    async def _page_not_had(
        self, page: ClaimedPage, reason: str, status: int | None, response: Response | None
    ) -> Record | None:
        """Ask again later in this run, or give the post up: `failed`, or gone where it had a record."""
        run_id = self.session.run.id
        if is_passing(reason):
            if status is None:
                self.pace.failed(page.host, reason)
            wait = self._wait_before_retry(page.tries, page.host, response)
            if wait is not None:
                await self.session.write(
                    lambda connection: postpone_page(
                        connection, run_id, page, reason=reason, status=status, due=epoch() + wait
                    )
                )
                return None
        await self.session.write(log_request, page.id, "post", run_id, page.url, status, reason, None)
        if page.recorded:
            gone = status in (404, 410)
            if await self.session.write(keep_record, page.id, run_id, gone):
                self.session.counts["changed"] += 1
                self.deliver_again([page.id])
            return None
        return self._failed_post(page, Reason.UNREACHABLE_POST, gone=status in (404, 410))

    def _failed_post(self, page: ClaimedPage, reason: str, *, gone: bool = False) -> Record:
        copy = PostCopy.from_json(page.given)
        record = join(PostCopy(site=copy.site, url=copy.url, surface=copy.surface, title=copy.title), None, reason)
        record.outcome = Outcome.FAILED
        record.gone_at = now_text() if gone else None
        return self._stamp(record)

    # --- the way of one original ---------------------------------------------------------------------------

    async def _handle_original(self, claim: ClaimedOriginal) -> Request | None:
        given_up = self.pace.given_up(claim.host)
        if given_up is not None:
            await self._finish(unasked(claim, given_up))
            return None
        self.pace.started(claim.host)
        self._in_flight += 1
        return original_request(claim, self.original_answered, self.original_failed)

    async def original_answered(self, response: Response, claim: ClaimedOriginal) -> None:
        """Callback: the answer to an original, whatever its status."""
        try:
            status = response.status
            if status in (429, 503) and await self._postpone(claim, f"http_{status}", status, response):
                return
            self.pace.succeeded(claim.host)
            result = read_original(response, claim)
            passing = result.reason is not None and is_passing(result.reason)
            if passing and await self._postpone(claim, str(result.reason), status, response):
                return
            await self._finish(result, size=len(response.body))
        except OperationError as error:
            self.session.problem(str(error))
        except Exception:
            self.session.defects += 1
            self.logger.exception("Original %s could not be read", claim.id)
            await self._finish(unasked(claim, Reason.INVALID, status=response.status))
        finally:
            self._ended(claim.host)

    async def original_failed(self, failure: Failure) -> None:
        """Errback: there is no answer."""
        claim: ClaimedOriginal = failure.request.cb_kwargs["claim"]  # type: ignore[attr-defined]
        try:
            if self._closing:
                return  # stopped in flight: its lease is freed when the run is closed
            reason = classify(failure.value) if failure.value is not None else Reason.CONNECTION
            if is_passing(reason):
                self.pace.failed(claim.host, reason)
                if await self._postpone(claim, reason, None, None):
                    return
            await self._finish(unasked(claim, reason))
        except OperationError as error:
            self._not_written(error)
        finally:
            self._ended(claim.host)

    async def _postpone(
        self, claim: ClaimedOriginal, reason: str, status: int | None, response: Response | None
    ) -> bool:
        """Whether the original is to be asked again in this run (and then it is put back)."""
        wait = self._wait_before_retry(claim.tries, claim.host, response)
        if wait is None:
            return False
        await self.session.write(
            lambda connection: postpone_original(
                connection, self.session.run.id, claim, reason=reason, status=status, due=epoch() + wait
            )
        )
        self._count("newscrawl/originals/retries")
        return True

    def _wait_before_retry(self, tries: int, host: str, response: Response | None) -> float | None:
        """Seconds until *host* may be asked the same again in this run; ``None`` where it is not to be."""
        wait = max(1.0, self.session.config.delay) * 2.0**tries
        if response is not None:
            asked = parse_retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), epoch())
            if asked is not None:
                if asked > PATIENCE:
                    self._hold(host, asked, http_reason(response.status))
                    return None
                wait = max(wait, asked)
                self.pace.hold(host, wait)
        if tries >= self.settings.getint("RETRY_TIMES") or self.pace.given_up(host):
            return None
        return wait

    def _hold(self, host: str, seconds: float, reason: str) -> None:
        """*host* wants to be left alone for longer than this run waits: nor will later runs ask before."""
        self.logger.info("%s asks to be left alone for %.0f s (%s)", host, seconds, reason)
        self.pace.give_up(host, reason)
        self.session.writer.submit(hold_host, host, seconds, reason)

    async def _finish(self, result: OriginalResult, size: int | None = None) -> None:
        if result.http_status is not None or result.reason == Reason.ROBOTS:
            said = await self._robots_signals(result.final_url or result.url)
            result = dataclasses.replace(result, rights=merge(result.rights or {}, said))
        await self.session.write(finish_original, self.session.run.id, result, size, urgent=False)
        self._count(f"newscrawl/originals/{result.reason or 'articles'}")
        self._wake.set()

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

    # --- records ---------------------------------------------------------------------------------------------

    async def _deliver_stored(self) -> AsyncIterator[StoredRecord]:
        """Records of the window that were there before this run, and are no failures."""
        after: tuple[str, str] | None = None
        while True:
            page = await self.session.write(stored_before, self.session.run.id, self.window, after)
            for record in page:
                while self._items >= MOST_ITEMS:
                    self._wake.clear()
                    await self._sleep(1.0)
                self._items += 1
                yield _as_stored(record)
            if not page:
                return
            after = (page[-1].published_at or "9999", page[-1].id)

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
