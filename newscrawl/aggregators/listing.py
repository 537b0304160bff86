"""What every surface has in common: asking for a listing, and what comes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from scrapy import Request
from scrapy.http import Response

from newscrawl.net.backoff import parse_retry_after
from newscrawl.net.failures import classify
from newscrawl.originals import ANSWERS
from newscrawl.outcomes import Reason, http_reason, is_passing
from newscrawl.posts import PostCopy
from newscrawl.text import escape_controls

__all__ = ["Fetcher", "ListingPage", "Surface", "SurfaceError", "SurfaceRequest"]

logger = logging.getLogger("newscrawl.aggregators.listing")

#: Tries of one listing, and the most seconds that a site's Retry-After is waited for.
TRIES = 3
PATIENCE = 120.0


class SurfaceError(Exception):
    """A surface does not serve. ``reason``: of the closed list, or ``disabled``, ``html``, ``broken``.

    Raised by the surfaces; the spider falls back to another one or ends the run with status 4.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SurfaceRequest:
    """What to list: posts published in ``[since, until)`` (UTC strings, ``None`` is open)."""

    site: str
    since: str | None = None
    until: str | None = None
    categories: tuple[str, ...] = ()
    query: str = ""


@dataclass(slots=True)
class ListingPage:
    """One listing answer: posts newest first, and the cursor that stands once they are stored."""

    posts: list[PostCopy] = field(default_factory=list)
    cursor: dict[str, Any] | None = None
    skipped: int = 0
    total: int | None = None


class Surface(Protocol):
    """A way to discover posts."""

    name: str

    def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[ListingPage]:
        """List, newest first, going on from *cursor*. Raises :class:`SurfaceError`."""


class Fetcher:
    """Asks for listings: one at a time, with patience for what passes.

    Args:
        download: sends a request through the downloader middlewares.
        delay: seconds before the second try; doubled for each further one.
        sleep: to wait with.
    """

    def __init__(
        self,
        download: Callable[[Request], Awaitable[Response]],
        delay: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._download = download
        self._delay = delay
        self._sleep = sleep
        self.requests = 0

    async def get(self, url: str, *, accept: str = "*/*", headers: dict[str, str] | None = None) -> Response:
        """The answer to *url*, whatever its status but 429 and 5xx.

        Raises:
            SurfaceError: no answer after `TRIES` tries, or none may be had.
        """
        why = ""
        for attempt in range(TRIES):
            self.requests += 1
            request = Request(
                url,
                headers={"Accept": accept, **(headers or {})},
                meta={"handle_httpstatus_list": ANSWERS},
                dont_filter=True,
            )
            wait = self._delay * 2**attempt
            try:
                response = await self._download(request)
            except Exception as error:
                why = classify(error)
                if not is_passing(why) or attempt == TRIES - 1:
                    raise SurfaceError(why, f"{_where(url)} cannot be reached: {_words(why)}") from error
            else:
                if response.status != 429 and response.status < 500:
                    return response
                why = http_reason(response.status)
                asked = parse_retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), _now())
                if asked is not None and asked > PATIENCE:
                    raise SurfaceError(why, f"{_where(url)} asks to come back in {asked:.0f} s")
                wait = max(wait, asked or 0.0)
            if attempt < TRIES - 1:
                logger.info("Trying again in %.1f s after %s: %s", wait, why, escape_controls(url)[:300])
                await self._sleep(wait)
        raise SurfaceError(why, f"{_where(url)} does not serve: {_words(why)}")


def _now() -> float:
    from newscrawl.clock import epoch

    return epoch()


def _where(url: str) -> str:
    return escape_controls("/".join(url.split("/", 3)[:3]))


def _words(reason: str) -> str:
    words: dict[str, str] = {
        Reason.DNS: "its name is not known",
        Reason.TLS: "its certificate does not hold",
        Reason.TIMEOUT: "no answer in time",
        Reason.CONNECTION: "no connection",
        Reason.ROBOTS: "robots.txt forbids it",
        Reason.REFUSED: "its address is refused",
        Reason.TOO_LARGE: "its answer is too large",
    }
    return words.get(reason, reason)
