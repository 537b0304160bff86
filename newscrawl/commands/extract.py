"""``scrapy extract URL|FILE|-``: one page to its fields, as JSON on standard output."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newscrawl.console import NewscrawlCommand, complain
from newscrawl.errors import ExitStatus, OperationError, UserError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.extraction import Extraction

#: Bytes of a file that are read at most.
MAX_FILE = 64 * 1024 * 1024


class Command(NewscrawlCommand):
    """A page read the way an original is."""

    requires_crawler_process = True
    default_settings = {}  # noqa: RUF012
    least = most = 1

    def syntax(self) -> str:
        return "[options] <url|file|->"

    def short_desc(self) -> str:
        return "Extract one page (a URL, asked once and politely, a saved file, or standard input) to JSON"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", metavar="URL", default="", help="where a saved page was found")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        # The project logs at INFO: a page of Scrapy's versions and components before the one answer.
        if not opts.loglevel and (self.settings.getpriority("LOG_LEVEL") or 0) < 40:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")

    def execute(self, args: list[str], opts: argparse.Namespace) -> ExitStatus:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.extraction import extract

        target = args[0]
        status = 200
        if target.lower().startswith(("http://", "https://")):
            page, status = self._fetch(target)
        else:
            page = extract(_read(target), opts.url)
        print(json.dumps(dataclasses.asdict(page), indent=2, ensure_ascii=False))
        if status != 200:
            complain(f"{target[:300]} answered with HTTP status {status}")
            return ExitStatus.INCOMPLETE
        return ExitStatus.COMPLETE

    def _fetch(self, url: str) -> tuple[Extraction, int]:
        """The page at *url*, and the status it was answered with. Raises :class:`OperationError`."""
        from scrapy import Request, Spider
        from scrapy.http import Response

        from newscrawl.config import Config
        from newscrawl.extraction import extract
        from newscrawl.net.defaults import check_settings
        from newscrawl.net.failures import classify
        from newscrawl.net.policy import UrlRefused, check_url
        from newscrawl.originals import ANSWERS, charset_of

        assert self.crawler_process is not None
        assert self.settings is not None
        config = Config.from_settings(self.settings)
        dangers = check_settings(self.settings)
        if dangers:
            raise UserError("refusing to ask: " + "; ".join(dangers))
        try:
            check_url(url, policy=config.policy)
        except UrlRefused as refused:
            raise UserError(f"{refused}{refused.way_out}") from None
        found: dict[str, Any] = {}

        class OnePage(Spider):
            name = "extract"
            # No records come of it.
            custom_settings = {"ITEM_PIPELINES": {}, "FEEDS": {}}  # noqa: RUF012

            async def start(self) -> Any:
                meta = {"handle_httpstatus_list": ANSWERS}
                yield Request(url, callback=self.parse, errback=self.failed, meta=meta)

            def parse(self, response: Response, **_kwargs: Any) -> None:
                found["response"] = response

            def failed(self, failure: Any) -> None:
                found["reason"] = classify(failure.value)

        self.crawler_process.crawl(OnePage)
        self.crawler_process.start()
        if "response" not in found:
            raise OperationError(f"{escape_controls(url)[:300]} could not be had: {found.get('reason', 'no answer')}")
        response: Response = found["response"]
        return extract(response.body, response.url, encoding=charset_of(response)), response.status


def _read(name: str) -> bytes:
    """The file, or standard input for ``-``. Raises :class:`UserError`."""
    shown = "standard input" if name == "-" else escape_controls(name)
    try:
        if name == "-":
            body = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                body = file.read(MAX_FILE + 1)
    except OSError as error:
        raise UserError(f"{shown}: {error.strerror}") from None
    if len(body) > MAX_FILE:
        raise UserError(f"{shown}: larger than {MAX_FILE >> 20} MiB")
    return body
