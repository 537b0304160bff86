"""The demo's world with a browser: its kinds of script page become originals, and nothing else is rendered.

Six kinds in `make test`, all 20 in the soak and in `python -m benchmarks.rendering`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.check import text_f1
from newscrawl.demo.scripted import KINDS
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import World, build_world
from tests.crawl.harness import Crawl, Outcome
from tests.rendering.sites import nobody_left
from tests.soak import sampled

pytestmark = pytest.mark.slow

World_ = tuple[World, DemoServer, Outcome, dict[str, dict[str, Any]]]


#: Kinds of script page in a world, by its posts. The small one has three kinds of wall as well.
KINDS_IN = {24: 6, 128: len(KINDS)}


@pytest.fixture(scope="module", params=sampled(KINDS_IN, keep=[24]))
def crawled(
    request: pytest.FixtureRequest, chromium: str, place: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World_]:
    world = build_world(seed=31 if request.param == 24 else 1, posts=request.param)
    with serve(world, slow=0.2) as server:
        crawl = Crawl(tmp_path_factory.mktemp("world"), server, NEWSCRAWL_RENDER="auto", DOWNLOAD_TIMEOUT=3)
        with nobody_left(place), pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(place))
            done = crawl.crawl("since=all", timeout=200)
        yield world, server, done, {record["post"]["url"]: record for record in crawl.feed()}


def of_original(world: World, kind: str) -> list[int]:
    return [number for number in world.numbers() if world.case(number).original == kind]


def test_every_kind_of_script_page_becomes_an_original(crawled: World_) -> None:
    world, _, done, records = crawled
    assert done.status == 0
    seen = set()
    for number in of_original(world, "script"):
        kind = KINDS[world.turn(number) % len(KINDS)]
        wanted = world.expected(number, rendered=True)
        record = records[wanted.url]
        assert (record["outcome"], record["original"]["rendered"]) == ("original", True), kind
        assert text_f1(record["text"], wanted.text) >= 0.98, kind
        assert record["url"] == wanted.record_url, kind
        seen.add(kind)
    assert len(seen) == KINDS_IN[len(list(world.numbers()))]


def test_each_document_is_asked_for_once(crawled: World_) -> None:
    world, server, _, _ = crawled
    asked = [entry.path for entry in server.requests if entry.host == "www.glassapp.test"]
    assert asked.count("/robots.txt") == 1
    for number in of_original(world, "script"):
        assert asked.count(world.original_path(number)) == 1


def test_nothing_else_is_rendered(crawled: World_) -> None:
    world, _, done, records = crawled
    scripted = {world.expected(number).url for number in of_original(world, "script")}
    others = [record for url, record in records.items() if url not in scripted and record["original"]]
    assert len(others) > 0.6 * len(list(world.numbers()))
    assert not [record["url"] for record in others if record["original"]["rendered"]]
    # Walls and challenges are what they are without a browser.
    for kind in ("challenge", "consent", "login", "cut", "bare"):
        for number in of_original(world, kind):
            wanted = world.expected(number)
            assert records[wanted.url]["reason"] == wanted.reason
    assert f"'newscrawl/rendering/pages': {len(scripted)}" in done.err
    assert "'newscrawl/rendering/browsers': 1" in done.err
    assert "'playwright/page_count/max_concurrent': 1" in done.err  # of one host, one at a time


def test_the_log_is_ours(crawled: World_) -> None:
    _, _, done, _ = crawled
    assert "Traceback" not in done.err
    assert "[scrapy-playwright]" not in done.err
    assert "never retrieved" not in done.err
