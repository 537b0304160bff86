"""The way of one post's page: asked for where the surface gave too little, read, put under its own address."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from newscrawl.clock import now_text
from newscrawl.crawling.posts import Posts, put_aside, read_post
from newscrawl.crawling.retrying import Next
from newscrawl.crawling.run import Run
from newscrawl.crawling.site import Site
from newscrawl.errors import OperationError
from newscrawl.items import Record
from newscrawl.join import join
from newscrawl.ledger.claims import Work
from newscrawl.ledger.pages import adopt_id, keep_record, note_times, set_aside
from newscrawl.ledger.work import MOST_ROUNDS, log_request, postpone, retry_delay
from newscrawl.net.bodies import check_body
from newscrawl.net.failures import classify, is_defect
from newscrawl.originals import ACCEPT_PAGE, ANSWERS, asked_pause, charset_of
from newscrawl.outcomes import Outcome, Reason, http_reason
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import number_in, post_url
from newscrawl.surfaces.page_fill import fill_from_page
from newscrawl.surfaces.parsing.archive import is_list_page
from newscrawl.surfaces.parsing.post_page import PostPage
from newscrawl.text import escape_controls
from newscrawl.urls import record_id, same_site
from newscrawl.workers import WorkerKilledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure


__all__ = ["Pages"]

logger = logging.getLogger("newscrawl.crawling.pages")


class Pages:
    """From a claimed page to its post's record.

    Args:
        made: called with a record before it is handed on.
        ended: called with the work when nothing of it is under way any more.
        renamed: called when a post turned out to be another one: old id, new id (``None``: one that is known).
    """

    def __init__(
        self,
        run: Run,
        site: Site,
        posts: Posts,
        made: Callable[[Record], None],
        ended: Callable[[Work], None],
        renamed: Callable[[str, str | None], None],
    ) -> None:
        self.run = run
        self.site = site
        self.posts = posts
        self._made = made
        self._ended = ended
        self._renamed = renamed

    def request(self, page: Work) -> Request:
        """The request for a page; what comes of it arrives at :meth:`answered` or :meth:`failed`."""
        return Request(
            page.url,
            callback=self.answered,
            errback=self.failed,
            headers={"Accept": ACCEPT_PAGE},
            cb_kwargs={"work": page},
            meta={"handle_httpstatus_list": ANSWERS, "allow_offsite": True},
            dont_filter=True,
        )

    async def answered(self, response: Response, work: Work) -> AsyncIterator[Record]:
        """Callback: the page of a post, whatever its status."""
        record: Record | None = None
        try:
            record = await self._read(response, work)
        except OperationError as error:
            self.run.not_written(error)
        except WorkerKilledError as killed:
            logger.warning("The page of post %s is invalid: %s", work.id, killed)
            record = self._failed_post(work, Reason.INVALID)
        except Exception:
            self.run.defects += 1
            logger.exception("The page of post %s could not be read", work.id)
            record = self._failed_post(work, Reason.INVALID)
        finally:
            if record is not None:
                self._made(record)
            self._ended(work)
        if record is not None:
            yield record

    async def failed(self, failure: Failure) -> AsyncIterator[Record]:
        """Errback: there is no page."""
        work: Work = failure.request.cb_kwargs["work"]  # type: ignore[attr-defined]
        record: Record | None = None
        try:
            if not self.run.closing:
                if isinstance(failure.value, OperationError):
                    raise failure.value
                if failure.value is not None and is_defect(failure.value):
                    await put_aside(self.run, "post", work, failure.value)
                    return
                reason = classify(failure.value) if failure.value is not None else Reason.CONNECTION
                to_blame = await self.run.manners.is_to_blame(failure.request.url, reason)  # type: ignore[attr-defined]
                record = await self._not_had(work, reason, None, None, to_blame=to_blame)
        except OperationError as error:
            self.run.not_written(error)
        finally:
            if record is not None:
                self._made(record)
            self._ended(work)
        if record is not None:
            yield record

    async def _read(self, response: Response, work: Work) -> Record | None:
        if response.status != 200:
            return await self._not_had(work, http_reason(response.status), response.status, response)
        lie = check_body(response)
        if lie is not None:
            return await self._not_had(work, lie, response.status, response)
        encoding = charset_of(response)
        if not work.recorded and await self.run.workers.run(is_list_page, response.body, encoding=encoding):
            # Plugins put the blog's own page into the sitemap of posts.
            logger.info("%s is a list of posts, and no post", escape_controls(work.url)[:300])
            return self._failed_post(work, Reason.NOT_ARTICLE)
        parsed = await self.site.read_page(response)
        copy = PostCopy.from_json(work.given or {})
        post_id, goes_on = await self._settle_identity(work, copy, response.url, parsed)
        if not goes_on:
            return None
        fill_from_page(copy, parsed, response)
        if copy.published_at and not self.run.holds(copy.published_at, copy.published_precision) and not work.recorded:
            await read_post(copy, self.run.workers, parsed.content)
            self._renamed(post_id, None)
            aside = copy.to_json()
            published = copy.published_at
            await self.run.write(lambda connection: set_aside(connection, post_id, given=aside, published_at=published))
            self.run.wake.set()
            return None
        await self.run.write(note_times, post_id, copy.published_at, copy.modified_at)
        record = await self.posts.attribute(post_id, copy, parsed.content)
        await self.posts.settle()
        return record

    async def _settle_identity(self, work: Work, copy: PostCopy, landed: str, parsed: PostPage) -> tuple[str, bool]:
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
        published = parsed.published_at or copy.published_at
        goes_on = await self.run.write(
            lambda connection: adopt_id(
                connection, work.id, new_id, url=url, site=copy.site, remote_id=number, published_at=published
            )
        )
        if not goes_on:
            self._renamed(work.id, None)
            self.site.crawler.stats.inc_value("newscrawl/discovery/other_names")
            return work.id, False
        if work.recorded:
            return work.id, True
        copy.url, copy.remote_id = url, number
        if new_id != work.id:
            self._renamed(work.id, new_id)
        return new_id, True

    async def _not_had(
        self, work: Work, reason: str, status: int | None, response: Response | None, *, to_blame: bool = True
    ) -> Record | None:
        """Ask again later, or give the post up: `failed`, or gone where it had a record."""
        run = self.run
        again, wait = run.policy.after(reason, work.tries, asked_pause(response))
        if not to_blame:
            await run.write(
                lambda connection: postpone(
                    connection, run.id, "post", work.id, work.url,
                    reason=reason, status=status, wait=0.0, counts=False,
                )
            )  # fmt: skip
            return None
        if again is Next.AGAIN:
            await run.write(
                lambda connection: postpone(
                    connection, run.id, "post", work.id, work.url, reason=reason, status=status, wait=wait
                )
            )
            return None
        if again is Next.LATER and work.rounds + 1 < MOST_ROUNDS:
            # What fails for a passing reason has not failed: a later run asks for it.
            later = retry_delay(work.rounds + 1)
            await run.write(
                lambda connection: postpone(
                    connection, run.id, "post", work.id, work.url,
                    reason=reason, status=status, wait=later, next_round=True,
                )
            )  # fmt: skip
            run.counts["put_off"] += 1
            run.problem(f"pages of posts could not be had ({reason}): a later run asks for them again")
            return None
        await run.write(log_request, work.id, "post", run.id, work.url, status, reason, None)
        if work.recorded:
            gone = status in (404, 410)
            if await run.write(keep_record, work.id, run.id, gone):
                run.counts["changed"] += 1
                run.changed_records.append(work.id)
                run.wake.set()
            return None
        return self._failed_post(work, Reason.UNREACHABLE_POST, gone=status in (404, 410))

    def _failed_post(self, work: Work, reason: str, *, gone: bool = False) -> Record:
        copy = PostCopy.from_json(work.given or {})
        record = join(PostCopy(site=copy.site, url=work.url, surface=copy.surface, title=copy.title), None, reason)
        record.outcome = Outcome.FAILED
        record.gone_at = now_text() if gone else None
        return self.run.stamp(record, self.site.name)
