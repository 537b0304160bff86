"""How a run ends, and what it keeps to on the way: few publishers, so that most posts wait for their host's pace."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.crawl.harness import Crawl
from tests.net.harness import Server, answer, path_of

HOSTS = 3
STORIES = 24
_WORDS = "The council of the harbour town has voted on the new bridge after a debate of several hours this week. "


class World:
    """A feed and three publishers behind one port. *instead* may answer a request in another way."""

    def __init__(self) -> None:
        self.instead: Callable[[str, str], bytes | None] = lambda _host, _path: None
        self.server = Server(self._answer)

    @property
    def port(self) -> int:
        return int(self.server.port)

    def _answer(self, peer: Any, head: bytes) -> bool:
        path, host = path_of(head), host_of(head)
        other = self.instead(host, path)
        if other is not None:
            peer.sendall(other)
        elif path == "/robots.txt":
            peer.sendall(answer("User-agent: *\nAllow: /\n", content_type="text/plain"))
        elif path == "/feed.xml":
            peer.sendall(answer(self._feed(), content_type="application/rss+xml"))
        elif found := re.fullmatch(r"/2026/story-(\d+)", path):
            peer.sendall(answer(_page(int(found[1]))))
        else:
            peer.sendall(answer("no", "404 Not Found"))
        return True

    def _feed(self) -> str:
        items = []
        for number in range(STORIES):
            link = f"http://paper{number % HOSTS}.test:{self.port}/2026/story-{number}"
            body = (
                f"<p>{_text(number)}</p><p>The post <a href='{link}'>{_title(number)}</a> appeared first on "
                f"<a href='http://paper{number % HOSTS}.test:{self.port}/'>Paper {number % HOSTS}</a>.</p>"
            )
            items.append(
                f"<item><title>{_title(number)}</title><link>http://agg.test:{self.port}/{number}/</link>"
                f"<pubDate>Mon, 02 Mar 2026 {number % 24:02}:00:00 GMT</pubDate>"
                f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
            )
        return (
            "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Agg</title>"
            f"<link>http://agg.test:{self.port}/</link>{''.join(items)}</channel></rss>"
        )

    def times(self, host: str) -> list[float]:
        """When requests to *host* arrived."""
        asked = zip(self.server.heads, self.server.times, strict=True)
        return sorted(at for head, at in asked if host_of(head).endswith(host))


def host_of(head: bytes) -> str:
    found = re.search(rb"(?mi)^host: ([^:\r\n]+)", head)
    assert found is not None
    return found[1].decode("latin-1")


def _title(number: int) -> str:
    return f"Bridge number {number} is to be built at last"


def _text(number: int) -> str:
    return f"Story {number}. " + _WORDS * 4 + f"That was decision {number} of this year. " + _WORDS * 3


def _page(number: int) -> str:
    return (
        f"<!doctype html><html lang='en'><head><title>{_title(number)}</title></head><body><article>"
        f"<h1>{_title(number)}</h1><p>{_text(number)}</p></article></body></html>"
    )


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.server.close()


def crawl_of(world: World, folder: Path, **settings: Any) -> Crawl:
    overrides = json.dumps({f"*.test:{world.port}": f"127.0.0.1:{world.port}"})
    made = Crawl(folder, None, NEWSCRAWL_HOST_OVERRIDES=overrides, **settings)
    made.settings.setdefault("NEWSCRAWL_PORTS", f"80,{world.port}")
    return made


def words(world: World, *given: str) -> list[str]:
    arguments = [part for one in (f"feeds=http://agg.test:{world.port}/feed.xml", *given) for part in ("-a", one)]
    return ["crawl", "feeds", *arguments]


def test_a_run_with_a_limit_ends_when_each_post_that_it_took_has_its_record(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path, DOWNLOAD_DELAY=0.5)
    for expected in (8, 16, 24):
        done = crawl.run(*words(world, "since=all", "limit=8"))
        assert done.status == 0, done.err[-2000:]
        assert "8 new" in done.last_line
        records = crawl.records()
        assert len(records) == expected
        assert {one["outcome"] for one in records.values()} == {"original"}


def test_requests_to_one_host_keep_the_delay_over_runs(world: World, tmp_path: Path) -> None:
    """One after the other and side by side: the servers' own clocks tell."""
    one = crawl_of(world, tmp_path, DOWNLOAD_DELAY=0.5)
    assert one.run(*words(world, "since=all", "limit=4")).status == 0
    first = one.start(*words(world, "since=all"))
    second = one.start(*words(world, "since=all", "follow=no"))
    assert {first.wait(120), second.wait(120)} == {0}
    for process in (first, second):
        process.communicate()
    for host in (*(f"paper{number}.test" for number in range(HOSTS)), "agg.test"):
        gaps = [later - earlier for earlier, later in pairwise(world.times(host))]
        assert gaps
        assert min(gaps) >= 0.5, (host, gaps)


def test_closespider_ends_the_run(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path)
    done = crawl.run(*words(world, "since=all"), CLOSESPIDER_ITEMCOUNT=3, timeout=60)
    assert done.status == 4
    assert "closespider_itemcount" in done.last_line
    numbers = {name: int(count) for count, name in re.findall(r"(\d+) (new|posts? waits?|posts wait)", done.last_line)}
    assert sum(numbers.values()) == STORIES, done.last_line
    assert crawl.run(*words(world, "since=all")).status == 0
    assert len(crawl.records()) == STORIES


def test_articles_take_a_limit(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path)
    urls = tmp_path / "urls.txt"
    urls.write_text("\n".join(f"http://paper{n % HOSTS}.test:{world.port}/2026/story-{n}" for n in range(6)))
    for expected in (4, 6):
        done = crawl.run("crawl", "articles", "-a", f"urls={urls}", "-a", "limit=4")
        assert done.status == 0, done.err[-2000:]
        assert len(crawl.records()) == expected


def test_a_publisher_that_answers_429_to_all_costs_three_requests(world: World, tmp_path: Path) -> None:
    busy = answer("busy", "429 Too Many Requests")
    world.instead = lambda host, path: busy if host == "paper1.test" and path != "/robots.txt" else None
    crawl = crawl_of(world, tmp_path)
    done = crawl.run(*words(world, "since=all"))
    assert done.status == 0, done.err[-2000:]
    asked = [head for head in world.server.heads if host_of(head) == "paper1.test" and path_of(head) != "/robots.txt"]
    assert len(asked) == 3
    reasons = [one["reason"] for one in crawl.records().values()]
    assert reasons.count("http_429") == STORIES // HOSTS
    assert reasons.count(None) == STORIES - STORIES // HOSTS


def test_a_fault_in_a_middleware_is_a_defect_and_no_failure_of_the_site(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path)
    faulty = json.dumps(_with("tests.crawl.faulty.Faulty"))
    done = crawl.run(*words(world, "since=all"), DOWNLOADER_MIDDLEWARES=faulty)
    assert done.status == 1, done.err[-2000:]
    assert "a slip in a middleware" in done.err
    assert "defects, see the log" in done.last_line
    assert {one["reason"] for one in crawl.records().values()} == {None}
    # Mended, the next run that is due takes them up.
    import sqlite3

    with sqlite3.connect(crawl.database) as connection:
        connection.execute("UPDATE listed SET next_at = 0")
    assert crawl.run(*words(world, "since=all")).status == 0
    assert len(crawl.records()) == STORIES


def _with(path: str) -> dict[str, int | None]:
    from newscrawl.settings import DOWNLOADER_MIDDLEWARES

    return {**DOWNLOADER_MIDDLEWARES, path: 500}
