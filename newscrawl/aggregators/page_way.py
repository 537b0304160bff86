"""The way of one post page: asked for where the surface gave too little, read, and put under its own address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from newscrawl.aggregators.post_way import PostWay
from newscrawl.clock import epoch, now_text
from newscrawl.errors import OperationError
from newscrawl.items import Record
from newscrawl.join import join
from newscrawl.ledger.pages import ClaimedPage, adopt_id, keep_record, note_times, postpone_page, set_aside
from newscrawl.ledger.work import log_request
from newscrawl.net.bodies import check_body
from newscrawl.net.failures import classify
from newscrawl.originals import ACCEPT_PAGE, ANSWERS, charset_of
from newscrawl.outcomes import Outcome, Reason, http_reason, is_passing
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import number_in, post_url
from newscrawl.surfaces.page_fill import fill_from_page
from newscrawl.surfaces.parsing.post_page import PostPage, parse_post_page
from newscrawl.urls import record_id, same_site

if TYPE_CHECKING:
    from twisted.python.failure import Failure


__all__ = ["PageWay"]


class PageWay(PostWay):
    """From a claimed page to its post's record."""

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
