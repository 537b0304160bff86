"""Asking for listings: one at a time, with patience for what passes."""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy import Request
from scrapy.http import Response

from newscrawl.clock import epoch, format_span
from newscrawl.net.backoff import parse_retry_after
from newscrawl.net.bodies import check_body, decompress, stops_early
from newscrawl.net.failures import BodyTooLarge, HostHeld, RobotsDenied, classify
from newscrawl.originals import ANSWERS
from newscrawl.outcomes import Reason, http_reason, is_passing
from newscrawl.surfaces.answers import SurfaceError
from newscrawl.text import escape_controls
from newscrawl.workers import Limit, WorkerKilledError, Workers

__all__ = ["LEFT_ALONE", "Fetcher", "header", "is_cut", "is_packed_cut"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: The reason of a surface whose host is left alone.
LEFT_ALONE = "left_alone"
#: Tries of one listing, and the most seconds that a site's Retry-After is waited for.
TRIES = 3
#: Addresses whose validators are kept.
MOST_VALIDATORS = 200
PATIENCE = 120.0


#: What parsing one listing may use: a sitemap of 50,000 addresses takes 2 to 5 s of CPU time.
LISTING_LIMIT = Limit(cpu=30.0)
#: How gzip begins (RFC 1952).
GZIP = b"\x1f\x8b"
#: Bytes of a packed listing that are looked through for its end.
MAX_UNPACKED = 64 * 2**20
# What may stand before the root, then the roots of feeds and sitemaps.
_XML_ROOT = re.compile(
    rb"(?:<\?[^>]{0,2000}\?>\s*|<!--[^>]{0,4000}?-->\s*|<!DOCTYPE[^>\[]{0,1000}>\s*){0,20}"
    rb"<(?P<name>(?:[\w-]{1,20}:)?(?:rss|feed|RDF|urlset|sitemapindex))\b[^>]{0,20000}?(?P<empty>/?)>"
)


def header(response: Response, name: str) -> str:
    """A response header as text, ``""`` where it is absent."""
    return (response.headers.get(name) or b"").decode("latin-1")


class Fetcher:
    """Asks for listings: one at a time, with patience for what passes.

    Args:
        download: sends a request through the downloader middlewares.
        delay: seconds before the second try; doubled for each further one.
        sleep: to wait with.
        workers: parse what was fetched.
    """

    def __init__(
        self,
        download: Callable[[Request], Awaitable[Response]],
        delay: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        workers: Workers | None = None,
    ) -> None:
        self._download = download
        self._workers = workers
        self._delay = delay
        self._sleep = sleep
        self.requests = 0
        #: Answers other than 429 and 5xx.
        self.answers = 0
        #: Validators of what was fetched: URL to ``[ETag, Last-Modified]``. Kept from run to run by the caller.
        self.validators: dict[str, list[str | None]] = {}
        #: Listings that are larger than what is read of one, in words: what is left out must not be lost silently.
        self.cut: dict[str, str] = {}

    async def parsed(self, function: Callable[..., T], body: bytes, *arguments: Any, **named: Any) -> T:
        """``function(body, …)``, made by a worker that is ended at its limit; in this process where there are none.

        Raises:
            SurfaceError: the listing cost more than a listing may, and was given up.
        """
        if self._workers is None:
            return function(body, *arguments, **named)
        try:
            # What is packed may be a thousand times as large: it is never read in this process.
            packed = body.startswith(GZIP)
            run = self._workers.run
            return await run(function, body, *arguments, limit=LISTING_LIMIT, inline=not packed, **named)
        except WorkerKilledError as killed:
            raise SurfaceError("broken", f"a listing cannot be read: {killed}") from killed

    async def get(self, url: str, *, accept: str = "*/*", conditional: bool = False, tries: int = TRIES) -> Response:
        """The answer to *url*, whatever its status but 429 and 5xx. *conditional*: 304 where it has not changed.

        Raises:
            SurfaceError: no whole answer after *tries* tries, or none may be had.
        """
        why = ""
        for attempt in range(tries):
            self.requests += 1
            wait = self._delay * 2**attempt
            try:
                # In here: an address that a page gave may be none, and is no defect of ours.
                request = Request(
                    url,
                    headers={"Accept": accept, **(self._conditions(url) if conditional else {})},
                    meta={"handle_httpstatus_list": ANSWERS},
                    dont_filter=True,
                )
                response = await self._download(request)
            except HostHeld as held:
                # Nothing was asked. Another surface of the same host would not be asked either.
                raise SurfaceError(
                    LEFT_ALONE,
                    f"{_where(url)} is left alone for {format_span(held.wait)} ({_words(held.reason)}); "
                    f"remembered: `scrapy retry --host {escape_controls(held.host)[:200]}` forgets it",
                ) from held
            except Exception as error:
                why = classify(error)
                if isinstance(error, RobotsDenied) and error.until is not None:
                    # The robots middleware has had its second try, in this run or in one before.
                    raise SurfaceError(why, f"{_where(url)} cannot be reached: {error}") from error
                if not is_passing(why) or attempt == tries - 1:
                    raise SurfaceError(why, f"{_where(url)} cannot be reached: {_words(why)}") from error
            else:
                if response.status != 429 and response.status < 500:
                    if not await self._is_cut(response):
                        self.answers += 1
                        if conditional and response.status == 200:
                            self._note(url, response)
                        return response
                    # Half a listing can be read, and what it misses would be missed for good.
                    why = Reason.TRUNCATED
                else:
                    why = http_reason(response.status)
                asked = parse_retry_after(header(response, "Retry-After"), epoch())
                if asked is not None and asked > PATIENCE:
                    raise SurfaceError(LEFT_ALONE, f"{_where(url)} asks to come back in {asked:.0f} s ({why})")
                wait = max(wait, asked or 0.0)
            if attempt < tries - 1:
                await self.pause(wait, why, url)
        raise SurfaceError(why, f"{_where(url)} does not serve: {_words(why)}")

    async def _is_cut(self, response: Response) -> bool:
        """Whether the body of a listing ends before its end; what is packed is unpacked by a worker."""
        if response.status == 200 and response.body.startswith(GZIP):
            return await self.parsed(is_packed_cut, response.body)
        return is_cut(response)

    async def pause(self, wait: float, why: str, url: str) -> None:
        """Wait *wait* seconds before *url* is asked for again."""
        logger.info("Trying again in %.1f s after %s: %s", wait, why, escape_controls(url)[:300])
        await self._sleep(wait)

    @property
    def delay(self) -> float:
        """Seconds before a second try."""
        return self._delay

    def note_cut(self, url: str, why: str = "only the first part of the listing is read, it is too large") -> None:
        """Of the listing at *url* only a part was read; *why*, in words for a person."""
        self.cut[url] = f"{escape_controls(url)[:200]}: {why}"

    def _conditions(self, url: str) -> dict[str, str]:
        etag, modified = self.validators.get(url, [None, None])
        return {
            **({"If-None-Match": etag} if etag else {}),
            **({"If-Modified-Since": modified} if modified else {}),
        }

    def _note(self, url: str, response: Response) -> None:
        found = [header(response, "ETag")[:300] or None, header(response, "Last-Modified")[:100] or None]
        self.validators.pop(url, None)
        if any(found):
            self.validators[url] = found
            while len(self.validators) > MOST_VALIDATORS:
                del self.validators[next(iter(self.validators))]


def is_cut(response: Response) -> bool:
    """Whether the body of a listing ends before its end: on the wire, in its compression, or as XML."""
    if response.status != 200:
        return False
    body = response.body.removeprefix(codecs.BOM_UTF8).strip()
    if not body:
        return True
    if body.startswith((b"{", b"[")):
        return False  # its parser tells, whatever the wire said
    if body.startswith(GZIP):
        return is_packed_cut(response.body)
    root = _XML_ROOT.match(body)
    if root is not None:
        return not root["empty"] and b"</" + root["name"] not in body
    # Half a list is never taken for a whole one, whatever length its server named.
    return check_body(response) is Reason.TRUNCATED or stops_early(response)


def is_packed_cut(body: bytes) -> bool:
    """Whether a gzip *body* ends before its end."""
    try:
        _, whole = decompress(body, "gzip", MAX_UNPACKED)
    except (BodyTooLarge, OSError, zlib.error):
        return False  # the parser says what is wrong
    return not whole


def _where(url: str) -> str:
    return escape_controls("/".join(url.split("/", 3)[:3]))


def _words(reason: str) -> str:
    words: dict[str, str] = {
        Reason.DNS: "its name is not known",
        Reason.TLS: "its certificate does not hold",
        Reason.TIMEOUT: "no answer in time",
        Reason.TRUNCATED: "its answer is cut short",
        Reason.CONNECTION: "no connection",
        Reason.ROBOTS: "robots.txt forbids it",
        Reason.REFUSED: "its address is refused",
        Reason.TOO_LARGE: "its answer is too large",
    }
    return words.get(reason, reason)
