"""Log lines of a crawl: no bodies, no records, every value from the web escaped."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter

from newscrawl.clock import time_text
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

__all__ = ["JsonLines", "QuietLogFormatter", "log_json"]


class JsonLines(logging.Formatter):
    """Each record as one JSON object on one line: ``time`` (UTC), ``level``, ``logger``, ``message``, ``run``."""

    def __init__(self, run_id: str = "") -> None:
        super().__init__()
        self.run_id = run_id

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time_text(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if self.run_id:
            line["run"] = self.run_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # ASCII: no byte of it can act on a terminal.
        return json.dumps(line)


def log_json(settings: BaseSettings, run_id: str = "") -> JsonLines:
    """Log as JSON lines to where Scrapy's settings say; in place of Scrapy's own handler.

    What makes the lines is returned: its ``run_id`` may be set later, once there is a run.

    Raises:
        OSError: the log file cannot be written.
    """
    file = settings.get("LOG_FILE")
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if file:
        mode = "a" if settings.getbool("LOG_FILE_APPEND") else "w"
        handler = logging.FileHandler(file, mode=mode, encoding=settings.get("LOG_ENCODING"))
    handler.setLevel(settings.get("LOG_LEVEL"))
    lines = JsonLines(run_id)
    handler.setFormatter(lines)
    logging.root.addHandler(handler)
    return lines


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
