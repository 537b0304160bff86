"""In what order a crawl asks: no original waits for what only a record needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import HTML, JSON, Page, Served, serve_site

from .harness import Crawl

RESERVED = '[{"location": "/", "tdm-reservation": 1}]'
BODY = "".join(
    f"<p>Sentence number {number} tells of the bridge and of those who crossed it.</p>" for number in range(30)
)


class _World:
    """An aggregator's feed of one post, whose ``tdmrep.json`` is answered when an original was asked for."""

    def __init__(self) -> None:
        self.served: Served
        self.original_asked = threading.Event()
        self.in_time: bool | None = None

    def __call__(self, path: str, _query: dict[str, str], url: str) -> Page:
        if "//paper.test" in url:
            self.original_asked.set()
            page = f"<html><head><title>The Bridge</title></head><body><h1>The Bridge</h1>{BODY}</body></html>"
            return (200, HTML, page) if path == "/bridge/" else None
        if path == "/.well-known/tdmrep.json":
            # Well below the crawl's own patience, so that the answer is heard in any case.
            self.in_time = self.original_asked.wait(2.0)
            return 200, JSON, RESERVED
        if path == "/feed/":
            return 200, {"Content-Type": "application/rss+xml"}, self.feed()
        return None

    def feed(self) -> str:
        link = self.served.url("/bridge/", "paper.test")
        said = f'<p>The post <a href="{link}">The Bridge</a> appeared first on <a href="{link}">The Paper</a>.</p>'
        item = (
            f"<item><title>The Bridge</title><link>{self.served.url('/one/')}</link>"
            "<pubDate>Fri, 01 May 2026 10:00:00 GMT</pubDate>"
            f"<content:encoded><![CDATA[{BODY}{said}]]></content:encoded></item>"
        )
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
            f"<channel><title>Agg</title><link>{self.served.url('/')}</link>{item}</channel></rss>"
        )


@pytest.fixture
def world() -> Iterator[_World]:
    world = _World()
    with serve_site(world) as world.served:
        yield world


def test_an_original_is_asked_for_while_the_posts_own_site_is_asked_of_its_rights(
    world: _World, tmp_path: Path
) -> None:
    """A delay of the site and more passed before the first original, and as long with the site's file unanswered."""
    crawl = Crawl(tmp_path, world.served, RETRY_TIMES=0, NEWSCRAWL_TDMREP=True)
    done = crawl.crawl(f"feeds={world.served.url('/feed/')}", "since=all", spider="feeds")
    assert done.status == 0, done.err
    assert world.in_time is True
    (record,) = crawl.feed()
    assert record["outcome"] == "original"
    # The record was not made before the answer.
    assert record["rights"]["post"]["tdm"]["value"] == "reserved"
