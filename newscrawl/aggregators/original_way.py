"""The way of one original: asked for once, put off or acknowledged."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from newscrawl.aggregators.core import RunSpider
from newscrawl.clock import epoch
from newscrawl.errors import OperationError
from newscrawl.ledger.work import ClaimedOriginal, finish_original, postpone_original
from newscrawl.net.failures import classify
from newscrawl.net.rights import merge
from newscrawl.net.slots import host_of
from newscrawl.originals import original_request, read_original, unasked
from newscrawl.outcomes import Reason, is_passing
from newscrawl.rendering.finding import Rendering, find_rendering
from newscrawl.rendering.job import RenderFailed, render_request
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from newscrawl.items import OriginalResult

__all__ = ["OriginalWay"]

#: What a publisher puts before an article on purpose. A browser is not used to get past it.
RESPECTED = frozenset({Reason.CHALLENGE, Reason.CONSENT, Reason.LOGIN, Reason.PAYWALL})


class OriginalWay(RunSpider):
    """From a claimed original to its result in the ledger."""

    #: Whether there is a browser; looked up when the first page needs one.
    _rendering: Rendering | None = None

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
            size = len(response.body)
            if self._to_render(result):
                result = await self._render(response, claim, result)
                if self._closing:
                    return  # stopped in flight: its lease is freed when the run is closed
            await self._finish(result, size=size)
        except OperationError as error:
            self.session.problem(str(error))
        except Exception:
            self.session.defects += 1
            self.logger.exception("Original %s could not be read", claim.id)
            await self._finish(unasked(claim, Reason.INVALID, status=response.status))
        finally:
            self._ended(claim.host)

    def _to_render(self, result: OriginalResult) -> bool:
        """Whether a browser is to show the page: never one that asks for consent, money, a login or a proof."""
        wish = self.session.config.render
        if wish == "never" or result.http_status != 200 or result.extraction is None:
            return False
        if result.reason != Reason.NEEDS_BROWSER and (wish == "auto" or result.reason in RESPECTED):
            return False
        if self._rendering is None:
            self._rendering = find_rendering(self.settings)
            if not self._rendering.browser:
                self.logger.warning("Rendering is off: %s", escape_controls(self._rendering.why))
        return bool(self._rendering.browser)

    async def _render(self, plain: Response, claim: ClaimedOriginal, result: OriginalResult) -> OriginalResult:
        """What *plain* is once its scripts have run; *result*, what it was before, where that fails."""
        engine = self.crawler.engine
        assert engine is not None
        # The host's slot and delay once more: the page's scripts will ask it for more.
        self.pace.started(claim.host)
        try:
            response = await engine.download_async(render_request(plain))
        except (RenderFailed, IgnoreRequest, DownloadCancelledError):
            return result  # whoever raised it has told and counted it
        except Exception:
            if not self._closing:
                self.session.defects += 1
                self.logger.exception("Original %s could not be rendered", claim.id)
            return result
        finally:
            self.pace.ended(claim.host)
        shown = read_original(response, claim)
        rights = merge(result.rights or {}, shown.rights or {})
        return dataclasses.replace(shown, rendered=True, rights=rights)

    async def original_failed(self, failure: Failure) -> None:
        """Errback: there is no answer."""
        claim: ClaimedOriginal = failure.request.cb_kwargs["claim"]  # type: ignore[attr-defined]
        try:
            if self._closing:
                return  # stopped in flight: its lease is freed when the run is closed
            reason = classify(failure.value) if failure.value is not None else Reason.CONNECTION
            if is_passing(reason):
                # After a redirect it is the target that failed: a shortener is not given up for dead targets.
                self.pace.failed(host_of(failure.request.url), reason)  # type: ignore[attr-defined]
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

    async def _finish(self, result: OriginalResult, size: int | None = None) -> None:
        if result.http_status is not None or result.reason == Reason.ROBOTS:
            said = await self._robots_signals(result.final_url or result.url)
            result = dataclasses.replace(result, rights=merge(result.rights or {}, said))
        await self.session.write(finish_original, self.session.run.id, result, size, urgent=False)
        self._count(f"newscrawl/originals/{result.reason or 'articles'}")
        self._wake.set()
