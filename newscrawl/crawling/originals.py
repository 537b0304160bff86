"""The way of one original: asked for, read, put off or acknowledged."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from newscrawl.crawling.posts import put_aside, robots_signals
from newscrawl.crawling.retrying import Next
from newscrawl.crawling.run import Run
from newscrawl.crawling.site import Site
from newscrawl.errors import OperationError
from newscrawl.ledger.claims import Work
from newscrawl.ledger.work import finish_original, postpone
from newscrawl.net.failures import classify, is_defect
from newscrawl.net.rights import merge
from newscrawl.originals import asked_pause, original_request, read_original, unasked
from newscrawl.outcomes import Reason
from newscrawl.rendering.finding import Rendering, find_rendering
from newscrawl.rendering.job import RenderFailed, render_request
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from newscrawl.items import OriginalResult

__all__ = ["Originals"]

logger = logging.getLogger("newscrawl.crawling.originals")

#: What a publisher puts before an article on purpose. A browser is not used to get past it.
RESPECTED = frozenset({Reason.CHALLENGE, Reason.CONSENT, Reason.LOGIN, Reason.PAYWALL})


class Originals:
    """From a claimed original to its result in the ledger.

    *ended*: called with the work when nothing of it is under way any more.
    """

    def __init__(self, run: Run, site: Site, ended: Callable[[Work], None]) -> None:
        self.run = run
        self.site = site
        self._ended = ended
        # Whether there is a browser; looked up when the first page needs one.
        self._rendering: Rendering | None = None

    def request(self, work: Work) -> Request:
        """The request for an original; what comes of it arrives at :meth:`answered` or :meth:`failed`."""
        return original_request(work, self.answered, self.failed)

    async def answered(self, response: Response, work: Work) -> None:
        """Callback: the answer to an original, whatever its status."""
        try:
            status = response.status
            if status in (429, 503) and await self._put_off(work, f"http_{status}", status, response):
                return
            result = await read_original(response, work, self.run.workers)
            if result.reason is not None and await self._put_off(work, str(result.reason), status, response):
                return
            size = len(response.body)
            if self._to_render(result):
                result = await self._render(response, work, result)
                if self.run.closing:
                    return  # stopped in flight: its lease is freed when the run is closed
            await self._finish(result, size=size)
        except OperationError as error:
            self.run.not_written(error)
        except Exception:
            self.run.defects += 1
            logger.exception("Original %s could not be read", work.id)
            await self._finish_invalid(work, response.status)
        finally:
            self._ended(work)

    async def failed(self, failure: Failure) -> None:
        """Errback: there is no answer."""
        work: Work = failure.request.cb_kwargs["work"]  # type: ignore[attr-defined]
        try:
            if self.run.closing:
                return  # stopped in flight: its lease is freed when the run is closed
            if isinstance(failure.value, OperationError):
                raise failure.value
            if failure.value is not None and is_defect(failure.value):
                await put_aside(self.run, "original", work, failure.value)
                return
            reason = classify(failure.value) if failure.value is not None else Reason.CONNECTION
            # After a redirect it is the target that failed.
            to_blame = await self.run.manners.is_to_blame(failure.request.url, reason)  # type: ignore[attr-defined]
            if await self._put_off(work, reason, None, None, to_blame=to_blame):
                return
            await self._finish(unasked(work, reason))
        except OperationError as error:
            self.run.not_written(error)
        finally:
            self._ended(work)

    async def _finish_invalid(self, work: Work, status: int) -> None:
        try:
            await self._finish(unasked(work, Reason.INVALID, status=status))
        except OperationError as error:
            self.run.not_written(error)

    async def _put_off(
        self, work: Work, reason: str, status: int | None, response: Response | None, *, to_blame: bool = True
    ) -> bool:
        """Whether the original is asked for again: in this run, or later where it was our own line that failed."""
        run = self.run
        again, wait = run.policy.after(reason, work.tries, asked_pause(response))
        if to_blame and again is not Next.AGAIN:
            return False
        pause = wait if to_blame else 0.0
        await run.write(
            lambda connection: postpone(
                connection, run.id, "original", work.id, work.url,
                reason=reason, status=status, wait=pause, counts=to_blame,
            )
        )  # fmt: skip
        self.site.crawler.stats.inc_value("newscrawl/originals/retries")
        return True

    async def _finish(self, result: OriginalResult, size: int | None = None) -> None:
        if result.http_status is not None or result.reason == Reason.ROBOTS:
            said = await robots_signals(self.site.crawler, result.final_url or result.url)
            result = dataclasses.replace(result, rights=merge(result.rights or {}, said))
        await self.run.write(finish_original, self.run.id, result, size, urgent=False)
        self.site.crawler.stats.inc_value(f"newscrawl/originals/{result.reason or 'articles'}")
        self.run.wake.set()

    # --- rendering --------------------------------------------------------------------------------------------

    def _to_render(self, result: OriginalResult) -> bool:
        """Whether a browser is to show the page: never one that asks for consent, money, a login or a proof."""
        wish = self.run.config.render
        if wish == "never" or result.http_status != 200 or result.extraction is None:
            return False
        if result.reason != Reason.NEEDS_BROWSER and (wish == "auto" or result.reason in RESPECTED):
            return False
        if self._rendering is None:
            self._rendering = find_rendering(self.site.crawler.settings)
            if not self._rendering.browser:
                logger.warning("Rendering is off: %s", escape_controls(self._rendering.why))
        return bool(self._rendering.browser)

    async def _render(self, plain: Response, work: Work, result: OriginalResult) -> OriginalResult:
        """What *plain* is once its scripts have run; *result*, what it was before, where that fails."""
        engine = self.site.crawler.engine
        assert engine is not None
        try:
            response = await engine.download_async(render_request(plain))
        except (RenderFailed, IgnoreRequest, DownloadCancelledError):
            return result  # whoever raised it has told and counted it
        except Exception:
            if not self.run.closing:
                self.run.defects += 1
                logger.exception("Original %s could not be rendered", work.id)
            return result
        shown = await read_original(response, work, self.run.workers)
        rights = merge(result.rights or {}, shown.rights or {})
        return dataclasses.replace(shown, rendered=True, rights=rights)
