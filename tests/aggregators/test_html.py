# ruff: noqa: E501 - markup in long lines
"""An aggregator of its own HTML, declared as the documents say, crawled as they say."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy.http import HtmlResponse, Response
from scrapy.utils.project import get_project_settings

from newscrawl.aggregators.html import HtmlAggregator
from newscrawl.config import Config
from newscrawl.errors import UserError
from newscrawl.surfaces.parsing.post_page import PostPage
from newscrawl.workers import Workers
from tests.crawl.harness import Crawl
from tests.site import HTML, Page, Served, serve_site
from tests.surfaces.sites import ago

ROOT = Path(__file__).resolve().parents[2]
PAGES = 3
STORY = "".join(
    f"<div>Quay {n} will be closed for repairs, the harbour master said on the radio.</div>" for n in range(9)
)


def spider_of_the_document() -> str:
    text = (ROOT / "docs" / "add-an-aggregator.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text[text.index("## Of its own HTML") :], re.DOTALL)
    return blocks[0]


def list_page(number: int) -> str:
    entries = "".join(
        f"<div class='entry'><b><a href='/n/{n}.html'>News {n}</a></b> <i class='when'>{ago(hours=n):%d %B %Y, %H:%M} UTC</i></div>"
        for n in range(10 * number - 9, 10 * number + 1)
    )
    more = f"<p><a href='/more{number + 1}.html'>earlier news</a></p>" if number < PAGES else ""
    return f"<html lang='en'><body><div class='entry'><a href='/imprint.html'>Imprint</a></div>{entries}{more}</body></html>"


def post_page(number: int) -> str:
    return (
        f"<html lang='en'><head><title>Harbour Watch</title></head><body><div class='headline'>News {number}</div>"
        f"<span class='by'>Ann Writer</span><span class='stamp' title='{ago(hours=number):%Y-%m-%dT%H:%M:%SZ}'>x</span>"
        f"<div class='story'>{STORY}</div><div>Advertisement: buy boats</div>"
        f"<p class='taken-from'><a href='http://ledger.test:{{port}}/{number}'>Source</a></p></body></html>"
    )


#: A list and a post that take seconds to read: one box around all links and dates, thousands of matches of `div.story`.
LONG_LIST = (
    "<html lang='en'><body><div class='entry'>"
    + "".join(f"<b><a href='/n/{n}.html'>News {n}</a></b>" for n in (1, 2, 99))
    + "<b><a href='/imprint.html'>x</a></b>" * 2_000
    + "<i class='when'>x</i>" * 3_000
)
LONG_POST = "<html lang='en'><body><div class='headline'>News 99</div>" + "<div class='story'>x<b>y</b></div>" * 18_000


FIXED = {"/latest.html": list_page(1), "/long.html": LONG_LIST, "/n/99.html": LONG_POST}


def harbour_watch(path: str, _query: dict[str, str], url: str) -> Page:
    page = FIXED.get(path)
    if more := re.fullmatch(r"/more(\d)\.html", path):
        page = list_page(int(more[1]))
    elif page is None and (post := re.fullmatch(r"/n/(\d+)\.html", path)):
        page = post_page(int(post[1])).replace("{port}", str(urlsplit(url).port))
    return (200, HTML, page) if page else None


@pytest.fixture
def site() -> Iterator[Served]:
    with serve_site(harbour_watch) as served:
        yield served


def test_the_declaration_is_short() -> None:
    code = [line for line in spider_of_the_document().splitlines() if line.strip()]
    assert len(code) <= 25
    assert "def " not in "".join(code)


def crawl(folder: Path, site: Served, spider: str, **settings: Any) -> dict[str, Any]:
    """Records by title of a crawl with the module *spider*."""
    file = folder / "harbourwatch.py"
    file.write_text(spider, "utf-8")
    crawl = Crawl(folder, site, **settings)
    done = crawl.crawl("follow=no", spider=str(file), timeout=200)
    assert crawl.feed(), done.err[-3000:]
    return {one["post"]["title"]: one for one in crawl.feed()}


@pytest.mark.slow
def test_the_document_followed_to_the_letter(tmp_path: Path, site: Served) -> None:
    records = crawl(tmp_path, site, spider_of_the_document())
    assert set(records) == {f"News {n}" for n in range(1, 31)}
    one = records["News 7"]
    assert one["text"].startswith("Quay 0 will be closed")
    assert "boats" not in one["text"]
    assert (one["post"]["author"], one["published_at"]) == ("Ann Writer", f"{ago(hours=7):%Y-%m-%dT%H:%M:%SZ}")
    assert one["attribution"]["original_url"] == f"http://ledger.test:{site.port}/7"
    assert (one["outcome"], one["reason"]) == ("post_only", "not_followed")


# Also a page's own reader is called in a worker: it may be as long. Two steps of CSS cost libxml2 the square of the page.
OWN_READER = """
    def parse_post(self, response):
        page = super().parse_post(response)
        words = response.css("body div.story b::text").getall()
        return dataclasses.replace(page, tags=words[:1], author=f"{self.name} {os.getpid()}")
"""


@pytest.mark.slow
def test_pages_that_are_long_to_read_do_not_hold_the_crawl(tmp_path: Path, site: Served) -> None:
    declared = spider_of_the_document().replace("/latest.html", "/long.html")
    meter = {"benchmarks.stall.StallMeter": 10, "newscrawl.net.audit.ConnectGuard": 0}
    records = crawl(
        tmp_path, site, f"import dataclasses, os\n{declared}{OWN_READER}",
        EXTENSIONS=json.dumps(meter), SIEGE_FILE=str(tmp_path / "stall"), NEWSCRAWL_WORKERS=1,
    )  # fmt: skip
    assert {"News 1", "News 2", "News 99"} <= set(records)
    assert records["News 1"]["text"].startswith("Quay 0 will be closed")
    assert records["News 99"]["post"]["author"].startswith("harbourwatch ")
    assert records["News 99"]["post"]["tags"] == ["y"]
    busy = float((tmp_path / "stall").read_text().split()[0])
    assert busy < 1.0, f"the event loop was busy for {busy} s of CPU time at one go"


class Declared(HtmlAggregator):
    name = "declared"
    site = "https://declared.example"
    post_links = "h2 a"
    title = "h1"


class WithOwnReader(Declared):
    def parse_post(self, response: Response) -> PostPage | None:
        return PostPage(theme=str(os.getpid()), title=f"{self.arguments.site} {response.encoding} {response.status}")


def read(spider: type[HtmlAggregator], body: bytes) -> tuple[PostPage, Counter[str]]:
    """What *spider* reads from a page, and what its workers did."""

    async def main() -> tuple[PostPage, Counter[str]]:
        reader: Any = spider.__new__(spider)
        reader.arguments = Declared.read_arguments({}, Config.from_settings(get_project_settings()))
        async with Workers(count=1, small=0) as workers:
            reader.run = SimpleNamespace(workers=workers)
            response = HtmlResponse("https://declared.example/1", body=body, encoding="utf-8")
            return await reader.read_page(response), workers.counts

    return asyncio.run(main())


PAGE = "<html><body><h1>Überschrift</h1><div>one</div></body></html>".encode()


def test_what_is_declared_is_read_in_a_worker() -> None:
    page, counts = read(Declared, PAGE)
    assert page.title == "Überschrift"
    assert (counts["calls"], counts["inline"]) == (1, 0)


def test_an_own_reader_is_called_in_a_worker() -> None:
    page, counts = read(WithOwnReader, PAGE)
    assert page.title == "https://declared.example utf-8 200"
    assert page.theme != str(os.getpid())
    assert (counts["calls"], counts["inline"]) == (1, 0)


def test_an_own_reader_that_no_worker_can_import_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class OfAFunction(WithOwnReader):
        pass

    page, counts = read(OfAFunction, PAGE)
    assert page.theme == str(os.getpid())
    assert counts["calls"] == 0
    assert "No worker can import" in caplog.text


@pytest.mark.parametrize(
    ("attribute", "value"), [("post_links", ""), ("post_links", "h2 >"), ("title", "//h1["), ("date", "time::attr(")]
)
def test_a_selector_that_is_none_is_told_before_the_first_request(attribute: str, value: str) -> None:
    spider = type("BadSpider", (Declared,), {attribute: value})
    with pytest.raises(UserError, match=attribute):
        spider.read_arguments({}, Config.from_settings(get_project_settings()))
