"""Log lines of a crawl: no bodies, no records, every value from the web escaped."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter

from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult
    from twisted.python.failure import Failure

__all__ = ["QuietLogFormatter"]


class QuietLogFormatter(LogFormatter):
    """Scrapy's formatter prints whole items, at INFO and above where one is dropped; ours names them."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        return {
            "level": logging.DEBUG,
            "msg": "Crawled (%(status)s) %(url)s",
            "args": {"status": response.status, "url": escape_controls(request.url)},
        }

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        return {"level": logging.DEBUG, "msg": "Record %(id)s", "args": {"id": getattr(item, "id", "?")}}

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {
            "level": logging.DEBUG,
            "msg": "Record %(id)s not in feeds: %(why)s",
            "args": {"id": getattr(item, "id", "?"), "why": escape_controls(exception)},
        }

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {
            "level": logging.ERROR,
            "msg": "Record %(id)s could not be stored: %(why)s",
            "args": {"id": getattr(item, "id", "?"), "why": escape_controls(exception)},
        }
