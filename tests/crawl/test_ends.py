"""How a run ends, and what it keeps to on the way: few publishers, so that most posts wait for their host's pace."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.world import BETA, Gap, Stalls, World, serve_world
from tests.crawl.harness import Crawl
from tests.site import HTML, Asked

HOSTS = 3
STORIES = 24


@pytest.fixture
def world() -> Iterator[World]:
    with serve_world(World(in_feeds=STORIES, feeds=1, papers=HOSTS)) as made:
        yield made


def crawl_of(world: World, folder: Path, **settings: Any) -> Crawl:
    return Crawl(folder, None, **{**world.settings(), **settings})


def test_a_run_with_a_limit_ends_when_each_post_that_it_took_has_its_record(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path, DOWNLOAD_DELAY=0.5)
    for expected in (8, 16, 24):
        done = crawl.run(*world.beta_words("since=all", "limit=8"))
        assert done.status == 0, done.err[-2000:]
        assert "8 new" in done.last_line
        records = crawl.records()
        assert len(records) == expected
        assert {one["outcome"] for one in records.values()} == {"original"}


def test_requests_to_one_host_keep_the_delay_over_runs(world: World, tmp_path: Path) -> None:
    """One after the other and side by side: the servers' own clocks tell."""
    one = crawl_of(world, tmp_path, DOWNLOAD_DELAY=0.5)
    assert one.run(*world.beta_words("since=all", "limit=4")).status == 0
    first = one.start(*world.beta_words("since=all"))
    second = one.start(*world.beta_words("since=all", "follow=no"))
    assert {first.wait(120), second.wait(120)} == {0}
    for process in (first, second):
        process.communicate()
    for host in (*(f"paper{number}.test" for number in range(HOSTS)), BETA):
        gaps = world.gaps()[host]
        assert [str(gap) for gap in gaps if gap.at_most < 0.5] == []
        assert gaps


def test_a_request_that_the_server_noted_late_makes_no_gap_too_short() -> None:
    stalls = Stalls()
    stalls.close()
    stalls.found = [(10.0, 10.3), (20.0, 20.1)]
    assert [round(stalls.before(at), 3) for at in (9.9, 10.2, 10.31, 10.4, 20.05)] == [0.0, 0.2, 0.31, 0.0, 0.05]
    first, second = (Asked(at, "paper0.test", "/", {}) for at in (10.3, 10.7))
    assert Gap(first, second).at_most == pytest.approx(0.4)
    assert Gap(first, second, stalls.before(first.at)).at_most == pytest.approx(0.7)


def test_closespider_ends_the_run(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path)
    done = crawl.run(*world.beta_words("since=all"), CLOSESPIDER_ITEMCOUNT=3, timeout=60)
    assert done.status == 4
    assert "closespider_itemcount" in done.last_line
    numbers = {name: int(count) for count, name in re.findall(r"(\d+) (new|posts? waits?|posts wait)", done.last_line)}
    assert sum(numbers.values()) == STORIES, done.last_line
    assert crawl.run(*world.beta_words("since=all")).status == 0
    assert len(crawl.records()) == STORIES


def test_articles_take_a_limit(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path)
    urls = tmp_path / "urls.txt"
    urls.write_text("\n".join(world.served.url(f"/2026/b-{n}", f"paper{n % HOSTS}.test") for n in range(6)))
    for expected in (4, 6):
        done = crawl.run("crawl", "articles", "-a", f"urls={urls}", "-a", "limit=4")
        assert done.status == 0, done.err[-2000:]
        assert len(crawl.records()) == expected


def test_a_publisher_that_answers_429_to_all_costs_three_requests(world: World, tmp_path: Path) -> None:
    busy = (429, HTML, "busy")
    world.instead = lambda host, path: busy if host == "paper1.test" and path != "/robots.txt" else None
    crawl = crawl_of(world, tmp_path)
    done = crawl.run(*world.beta_words("since=all"))
    assert done.status == 0, done.err[-2000:]
    assert sum(one.host == "paper1.test" and one.path != "/robots.txt" for one in world.log) == 3
    reasons = [one["reason"] for one in crawl.records().values()]
    assert reasons.count("http_429") == STORIES // HOSTS
    assert reasons.count(None) == STORIES - STORIES // HOSTS


def test_a_fault_in_a_middleware_is_a_defect_and_no_failure_of_the_site(world: World, tmp_path: Path) -> None:
    crawl = crawl_of(world, tmp_path)
    faulty = json.dumps(_with("tests.crawl.faulty.Faulty"))
    done = crawl.run(*world.beta_words("since=all"), DOWNLOADER_MIDDLEWARES=faulty)
    assert done.status == 1, done.err[-2000:]
    assert "a slip in a middleware" in done.err
    assert "defects, see the log" in done.last_line
    assert {one["reason"] for one in crawl.records().values()} == {None}
    # Mended, the next run that is due takes them up.
    crawl.rows("UPDATE listed SET next_at = 0")
    assert crawl.run(*world.beta_words("since=all")).status == 0
    assert len(crawl.records()) == STORIES


def _with(path: str) -> dict[str, int | None]:
    from newscrawl.settings import DOWNLOADER_MIDDLEWARES

    return {**DOWNLOADER_MIDDLEWARES, path: 500}
