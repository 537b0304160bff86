"""A run that ends while a robots.txt is being looked up: nothing is learnt from that, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy import signals
from scrapy.utils.test import get_crawler

from newscrawl.errors import OperationError
from newscrawl.net.robots import MemoryRobotsStore, RobotsMiddleware, StoredRobots
from tests.crawl.harness import Crawl, database, stop, wait_until
from tests.net.harness import Server, answer, pages

pytestmark = pytest.mark.slow

TEXT = " ".join(f"A sentence of the article, number {n}, that says something of its own." for n in range(80))
ARTICLE = answer(
    "<!doctype html><html lang=en><head><title>The harbour is open again</title></head><body><article>"
    f"<h1>The harbour is open again</h1><p>{TEXT}</p><p>{TEXT[::-1]}</p></article></body></html>"
)
NEVER = ("never retrieved", "was destroyed", "Traceback")


def _crawl(folder: Path, server: Server, **settings: Any) -> Crawl:
    host = f"pub.test:{server.port}"
    overrides = json.dumps({host: f"127.0.0.1:{server.port}"})
    return Crawl(folder, None, **{"NEWSCRAWL_HOST_OVERRIDES": overrides, "DOWNLOAD_TIMEOUT": 20, **settings})


def _words(server: Server) -> list[str]:
    return ["crawl", "articles", "-a", f"url=http://pub.test:{server.port}/story"]


def _hanging(heal: list[bool]) -> Callable[[Any, bytes], bool]:
    def script(peer: Any, head: bytes) -> bool:
        if heal:
            peer.sendall(answer("User-agent: *\nAllow: /\n", content_type="text/plain"))
            return True
        for _ in range(200):
            time.sleep(0.1)
            if heal:
                break
        return False

    return script


def _stored(crawl: Crawl) -> list[Any]:
    with database(crawl.database) as connection:
        return connection.execute("SELECT origin, status, reason FROM robots").fetchall()


def test_a_stop_during_the_lookup_is_no_answer_of_the_site(tmp_path: Path) -> None:
    """What was cut off by us must not deny the site to the next run."""
    heal: list[bool] = []
    with Server(pages({"/robots.txt": _hanging(heal), "/story": ARTICLE})) as server:
        crawl = _crawl(tmp_path, server)
        process = crawl.start(*_words(server))
        wait_until(lambda: "/robots.txt" in server.paths())
        status, _, err = stop(process, signal.SIGTERM)
        assert status == 143, err
        assert not any(words in err for words in NEVER), err
        heal.append(True)
        assert _stored(crawl) == []
        done = crawl.run(*_words(server))
        assert done.status == 0, done.err
    (record,) = crawl.records().values()
    assert (record["outcome"], record["reason"]) == ("original", None)


class _LateStore(MemoryRobotsStore):
    """A database that fails while the answer is looked for."""

    async def get(self, origin: str) -> StoredRobots | None:
        await asyncio.sleep(0.05)
        raise OperationError("the database cannot be written")


def _complaints(scenario: Callable[[RobotsMiddleware, list[str]], Any], store: Any) -> list[str]:
    """What asyncio's own handler is told while *scenario* runs, its tasks collected included."""
    told: list[str] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
        crawler = get_crawler()
        crawler.newscrawl_robots_store = store  # type: ignore[attr-defined]
        await scenario(RobotsMiddleware.from_crawler(crawler), told)
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(run())
    gc.collect()
    return told


def test_a_lookup_that_fails_when_nobody_waits_is_no_complaint() -> None:
    async def scenario(middleware: RobotsMiddleware, told: list[str]) -> None:
        asking = asyncio.create_task(middleware.allowed("http://pub.test/story"))
        await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.sleep(0.1)

    assert _complaints(scenario, _LateStore()) == []


def test_a_lookup_under_way_ends_with_the_spider() -> None:
    class Slow(_LateStore):
        async def get(self, origin: str) -> StoredRobots | None:
            await asyncio.sleep(60)
            return None

    async def scenario(middleware: RobotsMiddleware, told: list[str]) -> None:
        asking = asyncio.create_task(middleware.allowed("http://pub.test/story"))
        await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.sleep(0)
        middleware.crawler.signals.send_catch_log(signals.spider_closed)
        await asyncio.sleep(0.01)
        assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []

    assert _complaints(scenario, Slow()) == []


def test_whoever_waits_is_told_what_failed() -> None:
    async def scenario(middleware: RobotsMiddleware, told: list[str]) -> None:
        for _ in range(2):  # and the next one who asks has it looked up anew
            with pytest.raises(OperationError):
                await middleware.allowed("http://pub.test/story")

    assert _complaints(scenario, _LateStore()) == []


def test_a_stop_between_two_tries_does_not_wait(tmp_path: Path) -> None:
    """Discovery waits for a robots.txt that is to be asked for once more."""
    with Server(pages({"/robots.txt": answer("busy", "503 Busy")})) as server:
        crawl = _crawl(tmp_path, server, NEWSCRAWL_ROBOTS_RETRY_DELAY=8.0, LOG_LEVEL="DEBUG")
        process = crawl.start("crawl", "dnyuz", "-a", f"site=http://pub.test:{server.port}")
        wait_until(lambda: "/robots.txt" in server.paths())
        status, seconds, err = stop(process, signal.SIGTERM)
    assert status == 143, err
    assert not any(words in err for words in NEVER), err
    assert seconds < 7
    assert _stored(crawl) == []
