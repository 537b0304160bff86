"""``scrapy extract URL|FILE``: one page to its fields, as JSON on standard output."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response

from newscrawl.config import Config
from newscrawl.console import NewscrawlCommand
from newscrawl.errors import OperationError, UserError
from newscrawl.extraction import extract
from newscrawl.net.defaults import check_settings
from newscrawl.net.failures import classify
from newscrawl.net.policy import UrlRefused, check_url
from newscrawl.originals import ANSWERS, charset_of
from newscrawl.text import escape_controls

#: Bytes of a file that are read at most.
MAX_FILE = 64 * 1024 * 1024


class Command(NewscrawlCommand):
    """A page read the way an original is."""

    requires_crawler_process = True
    default_settings = {"LOG_LEVEL": "WARNING"}  # noqa: RUF012
    least = most = 1

    def syntax(self) -> str:
        return "[options] <url|file>"

    def short_desc(self) -> str:
        return "Extract one page (a URL, asked once and politely, or a saved file) to JSON on standard output"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", metavar="URL", default="", help="where a saved file was found")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        target = args[0]
        if target.lower().startswith(("http://", "https://")):
            page = self._fetch(target)
        else:
            page = _read(target, opts.url)
        print(json.dumps(dataclasses.asdict(page), indent=2, ensure_ascii=False))

    def _fetch(self, url: str) -> Any:
        assert self.crawler_process is not None
        assert self.settings is not None
        config = Config.from_settings(self.settings)
        dangers = check_settings(self.settings)
        if dangers:
            raise UserError("refusing to ask: " + "; ".join(dangers))
        try:
            check_url(url, policy=config.policy)
        except UrlRefused as refused:
            raise UserError(str(refused)) from None
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
        return extract(response.body, response.url, encoding=charset_of(response))


def _read(name: str, url: str) -> Any:
    path = Path(name)
    try:
        if path.stat().st_size > MAX_FILE:
            raise UserError(f"{escape_controls(name)}: larger than {MAX_FILE >> 20} MiB")
        body = path.read_bytes()
    except OSError as error:
        raise UserError(f"{escape_controls(name)}: {error.strerror}") from None
    return extract(body, url)
