"""Ask for an original, read the answer, say what came back."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response

from newscrawl.clock import epoch, format_time, now_text, parse_time
from newscrawl.items import OriginalResult
from newscrawl.net.backoff import parse_retry_after
from newscrawl.net.bodies import check_body, stops_early
from newscrawl.net.rights import page_signals
from newscrawl.outcomes import Reason, http_reason
from newscrawl.workers import WorkerKilledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from newscrawl.extraction import Extraction
    from newscrawl.ledger.claims import Work
    from newscrawl.workers import Workers

__all__ = [
    "ACCEPT_PAGE",
    "ANSWERS",
    "asked_pause",
    "charset_of",
    "header_pairs",
    "original_request",
    "read_original",
    "unasked",
]

logger = logging.getLogger("newscrawl.originals")

#: Every status that reaches us as an answer. `handle_httpstatus_all` would keep redirects from being followed.
ANSWERS = tuple(status for status in range(100, 600) if status not in (301, 302, 303, 307, 308))

_PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml", "")
#: For pages of posts and originals.
ACCEPT_PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


def original_request(work: Work, callback: Callable[..., Any], errback: Callable[..., Any]) -> Request:
    """The request for an original; *work* reaches callback and errback as ``cb_kwargs``."""
    return Request(
        work.url,
        callback=callback,
        errback=errback,
        headers={"Accept": ACCEPT_PAGE},
        cb_kwargs={"work": work},
        meta={"handle_httpstatus_list": ANSWERS, "allow_offsite": True},
        dont_filter=True,
    )


def unasked(work: Work, reason: str, *, status: int | None = None) -> OriginalResult:
    """The result of an original that could not be had: *reason* of the closed list."""
    return OriginalResult(id=work.id, url=work.url, reason=reason, http_status=status, fetched_at=now_text())


async def read_original(response: Response, work: Work, workers: Workers) -> OriginalResult:
    """What *response* is: an article with its text, or a reason why not. *workers* read it."""
    # Most who ask for pages never read one, and its imports take long.
    from newscrawl.extraction import Kind, extract

    page: Extraction | None = None
    reason: str | None = None
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    media_type = content_type.partition(";")[0].strip().lower()
    lie = check_body(response, markup=False)  # in a worker, where it is parsed, and not in the crawl's loop
    if lie is not None:
        reason = lie
    elif not response.body.strip():
        reason = Reason.TRUNCATED  # nothing at all is no page that the publisher meant
    elif media_type not in _PAGE_TYPES:
        reason = http_reason(response.status) if response.status >= 400 else Reason.NOT_ARTICLE
    else:
        try:
            page = await workers.run(
                extract, response.body, response.url, encoding=charset_of(response), witness=work.witness
            )
            reason = page.reason
            if reason in (Reason.NEEDS_BROWSER, Reason.NOT_ARTICLE) and stops_early(response):
                # What there is of the page is no article: the rest may be, and is asked for again.
                reason = Reason.TRUNCATED
        except WorkerKilledError as killed:
            logger.warning("Original %s is invalid: %s", work.id, killed)
            reason = Reason.INVALID
    if response.status >= 400 or response.status < 200 or 300 <= response.status < 400:
        # A challenge says so in its page; any other error page is told by its status.
        if reason != Reason.CHALLENGE:
            reason = http_reason(response.status)
        page = None
    elif page is not None and page.kind != Kind.ARTICLE:
        page = dataclasses.replace(page, text=None)
    return OriginalResult(
        id=work.id,
        url=work.url,
        reason=str(reason) if reason is not None else None,
        http_status=response.status,
        final_url=response.url,
        fetched_at=now_text(),
        extraction=None if page is None else _kept(page),
        rights=_signals(response, page),
    )


def _kept(page: Extraction) -> Extraction:
    """*page* as the ledger keeps it: times in UTC."""

    def in_utc(value: str | None) -> str | None:
        return None if value is None else format_time(parse_time(value))

    return dataclasses.replace(page, published_at=in_utc(page.published_at), modified_at=in_utc(page.modified_at))


def asked_pause(response: Response | None) -> float | None:
    """Seconds that the answer's ``Retry-After`` asks for, or ``None``."""
    asked = response.headers.get("Retry-After") if response is not None else None
    return parse_retry_after(asked.decode("latin-1"), epoch()) if asked else None


def charset_of(response: Response) -> str | None:
    """The charset that the answer's Content-Type names."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")[:40] or None
    return None


def header_pairs(response: Response) -> list[tuple[str, str]]:
    """Name and value of each header line of *response*."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name in response.headers
        for value in response.headers.getlist(name)
    ]


def _signals(response: Response, page: Extraction | None) -> dict[str, str]:
    """What the answer's headers and the page's head say of its use."""
    headers = header_pairs(response)
    raw = page.rights if page is not None else {}
    free = raw.get("isAccessibleForFree")
    return page_signals(
        headers,
        list(raw.items()),
        licence=raw.get("license"),
        licence_source=raw.get("license_source", "html"),
        free_access=None if free is None else free.strip().lower() in ("true", "yes", "1"),
    )
