"""What is asked for is asked of the site: windows, categories, searches, limits, by each surface's own means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import World, build_world

from .harness import Crawl
from .test_surfaces import kinds

pytestmark = pytest.mark.slow

#: Three days in the middle of three years (650 posts), and how many listing requests each surface may make.
#: rest      one: `after`, `before`, at most 100 posts.
#: feed      one for each day of the site that three days of UTC may touch in any zone (5), and one more for each of
#:           them with posts (3 here): a feed does not say how many entries make a page.
#: sitemap   the index, and its 13 files of 50 addresses: nothing tells which of them hold the window.
#: archive   one for each of the 5 days, and one more for each of the 3 with posts: a list without navigation does not
#:           say that it ends. The front page, which all but sitemaps ask once a day for the site's languages, counts
#:           as a list page.
MOST = {"rest": 1, "feed": 8, "sitemap": 14, "archive": 9}
DAYS = 3


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    world = build_world(seed=7, posts=650, days=1095, lengths=(60,))
    with serve(world, sitemap_size=50) as running:
        yield running


@pytest.fixture(scope="module")
def world(server: DemoServer) -> World:
    return server.world


@pytest.fixture
def crawl(tmp_path: Path, server: DemoServer) -> Crawl:
    return Crawl(tmp_path, server, RETRY_TIMES=0)


def _window(world: World, days: int, middle: int = 300) -> tuple[str, str, set[str]]:
    first = world.published(middle).replace(hour=0, minute=0, second=0)
    last = first + dt.timedelta(days=days)
    wanted = {
        world.base() + world.path(number) for number in world.numbers() if first <= world.published(number) < last
    }
    assert wanted
    return f"since={first:%Y-%m-%d}", f"until={last:%Y-%m-%d}", wanted


def _found(crawl: Crawl) -> set[str]:
    delivered = [one["post"]["url"] for one in crawl.feed()]
    assert len(delivered) == len(set(delivered))
    return set(delivered)


@pytest.mark.parametrize("surface", MOST)
def test_a_window_far_back(crawl: Crawl, server: DemoServer, world: World, surface: str) -> None:
    since, until, wanted = _window(world, DAYS)
    before = len(server.requests)
    done = crawl.crawl(since, until, f"surface={surface}", "follow=no")
    assert done.status == 0, done.err
    assert _found(crawl) == wanted
    asked = kinds(server, before)
    assert asked[surface] <= MOST[surface], asked
    # Pages of the days around, whose zone is not known.
    assert asked.get("post", 0) <= (0 if surface in ("rest", "feed") else len(wanted) + 2)


@pytest.mark.parametrize("surface", ["feed", "archive"])
def test_a_window_of_months_is_searched_by_halving(
    crawl: Crawl, server: DemoServer, world: World, surface: str
) -> None:
    since, until, wanted = _window(world, 100, middle=100)
    before = len(server.requests)
    done = crawl.crawl(since, until, f"surface={surface}", "follow=no")
    assert done.status == 0, done.err
    assert _found(crawl) == wanted
    # 50 pages lie before it; 2 log2(50) find where it begins, 6 hold it; the front page tells the site's languages.
    assert sum(kinds(server, before).values()) - kinds(server, before).get("post", 0) <= 12 + 8 + 1


@pytest.mark.parametrize("surface", ["feed", "archive"])
def test_a_site_without_date_archives(crawl: Crawl, server: DemoServer, world: World, surface: str) -> None:
    """Some plugins switch them off: what does not exist there must not look like days without posts."""
    since, until, wanted = _window(world, DAYS)
    if surface == "feed":
        for month in range(1, 13):
            server.fail("dnyuz.test", "404", prefix=f"/2023/{month:02}/")
    else:
        server.shut("archive", "404")
    try:
        done = crawl.crawl(since, until, f"surface={surface}", "follow=no")
    finally:
        server.heal()
        server.open()
    if surface == "feed":
        assert done.status == 0, done.err
        assert _found(crawl) == wanted
    else:
        # Here all its list pages are shut, and the front page does not reach so far.
        assert done.status == 4
        assert "list pages that it links to answer 404" in done.last_line


@pytest.mark.parametrize("surface", ["rest", "feed", "archive"])
def test_categories_and_search(crawl: Crawl, server: DemoServer, world: World, surface: str) -> None:
    slug = "science"
    newest = world.published(world.total - 60)
    since = f"since={newest:%Y-%m-%d}"
    of_category = {
        world.base() + world.path(number)
        for number in world.of_category(slug)
        if world.published(number) >= newest.replace(hour=0, minute=0, second=0)
    }
    assert of_category
    before = len(server.requests)
    assert crawl.crawl(since, f"surface={surface}", "follow=no", f"categories={slug}").status == 0
    assert _found(crawl) == of_category
    assert not [one for one in server.requests[before:] if one.path in ("/", "/feed/", "/feed/atom/")]
    other = next(number for number in world.numbers() if world.base() + world.path(number) not in of_category)
    done = crawl.crawl(since, f"surface={surface}", "follow=no", f"query={world.title(other)}", feed="found.jsonl")
    assert done.status == 0, done.err
    assert [one["post"]["url"] for one in crawl.feed("found.jsonl")] == [world.base() + world.path(other)]


@pytest.mark.parametrize("argument", ["categories=news", "query=harbour"])
def test_sitemaps_know_neither(crawl: Crawl, server: DemoServer, argument: str) -> None:
    """Asked for explicitly it is refused before the first request; `auto` passes the sitemap over."""
    before = len(server.requests)
    done = crawl.crawl("surface=sitemap", argument)
    assert done.status == 2
    assert len(server.requests) == before
    (line,) = done.err.strip().splitlines()
    assert line.endswith(f"arguments surface=sitemap and {argument.partition('=')[0]} contradict each other: "
                         "sitemaps do not tell")  # fmt: skip


def test_auto_passes_the_sitemap_over(crawl: Crawl, server: DemoServer, world: World) -> None:
    server.shut("rest")
    server.shut("feed")
    try:
        before = len(server.requests)
        newest = world.published(world.total - 30)
        done = crawl.crawl(f"since={newest:%Y-%m-%d}", "follow=no", "categories=science")
    finally:
        server.open()
    assert done.status == 0, done.err
    assert "surface archive, the richest that serves" in done.err
    assert "sitemap" not in kinds(server, before)


@pytest.mark.parametrize("surface", ["feed", "sitemap", "archive"])
def test_limit(crawl: Crawl, server: DemoServer, world: World, surface: str) -> None:
    before = len(server.requests)
    done = crawl.crawl("since=all", "limit=5", f"surface={surface}", "follow=no")
    assert done.status == 0, done.err
    newest = {world.base() + world.path(number) for number in range(world.total - 5, world.total)}
    assert _found(crawl) == newest
    assert sum(kinds(server, before).values()) <= 8
