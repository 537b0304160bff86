"""`scrapy parse`: what a post would become, shown and not kept."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import World, build_world
from tests.crawl.harness import Crawl, one_clear_line, stop
from tests.faults.bench import ended, wait_while_running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=9, posts=8)


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[DemoServer]:
    with serve(world) as running:
        yield running


def test_one_post_is_shown_with_its_original_and_nothing_is_kept(
    world: World, server: DemoServer, tmp_path: Path
) -> None:
    found = [world.expected(number) for number in world.numbers()]
    wanted = next(one for one in found if one.outcome == "original")
    crawl = Crawl(tmp_path, server, RETRY_TIMES=0, LOG_LEVEL="WARNING")
    words = ("parse", wanted.url, "--spider", "dnyuz", "-a", f"site={server.url()}")
    told = crawl.run(*words)
    assert (told.status, told.err) == (0, "")
    assert "The original was found at its publisher" in told.out
    assert str(wanted.publisher_name) in told.out
    record = json.loads(crawl.run(*words, "--json").out)["record"]
    assert (record["outcome"], record["original"]["url"]) == ("original", wanted.original_url)
    assert not crawl.database.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_told_as_one(world: World, server: DemoServer, tmp_path: Path, number: int) -> None:
    wanted = next(one for one in map(world.expected, world.numbers()) if one.outcome == "original")
    host = str(urlsplit(wanted.original_url).hostname)
    crawl = Crawl(tmp_path, server, RETRY_TIMES=0, DOWNLOAD_TIMEOUT=120, LOG_LEVEL="ERROR")
    server.fail(host, "hang")
    try:
        path = urlsplit(wanted.original_url).path
        before = server.count(host, path=path)
        process = crawl.start("parse", wanted.url, "--spider", "dnyuz", "-a", f"site={server.url()}")
        with ended(process):
            assert wait_while_running(process, lambda: server.count(host, path=path) > before)
            status, _, err = stop(process, number)
    finally:
        server.heal()
    assert status == 128 + number
    assert f"stopped by {signal.Signals(number).name} before the post was read" in one_clear_line(err)


def test_what_cannot_be_parsed_is_one_line(server: DemoServer, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path, server, LOG_LEVEL="WARNING")
    for words, status, said in (
        (["parse", "http://127.0.0.1/x"], 2, "refused (private-address)"),
        (["parse", server.url(), "--spider", "nobody"], 2, "there is no spider 'nobody'"),
        (["parse", server.url(), "--spider", "articles"], 2, "scrapy extract shows"),
        (["parse", server.url(), "-a", "nonsense=1"], 2, "unknown argument 'nonsense'"),
    ):
        told = crawl.run(*words)
        assert told.status == status
        assert said in one_clear_line(told.err)
