"""The same post by several surfaces and several names is one post: no second record, nothing asked again."""

from __future__ import annotations

import pytest

from newscrawl.demo import feeds
from newscrawl.demo.server import DemoServer
from newscrawl.demo.world import World, build_world

from .harness import Crawl
from .test_surfaces import kinds

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    return build_world(seed=7, posts=20, days=40, lengths=(80,))


def _same_after(crawl: Crawl, server: DemoServer, surfaces: list[str]) -> None:
    was = crawl.records()
    for surface in surfaces:
        before = len(server.requests)
        done = crawl.crawl("since=all", f"surface={surface}", "follow=no", feed="again.jsonl")
        assert done.status == 0, done.err
        assert "0 new, 0 changed" in done.last_line
        assert crawl.records() == was
        assert "post" not in kinds(server, before)


def test_surface_after_surface(crawl: Crawl, server: DemoServer, world: World) -> None:
    assert crawl.crawl("since=all", "surface=rest", "follow=no").status == 0
    assert len(crawl.records()) == world.total
    _same_after(crawl, server, ["feed", "sitemap", "archive"])


def test_from_the_poorest_up(crawl: Crawl, server: DemoServer, world: World) -> None:
    server.full_feeds = False
    assert crawl.crawl("since=all", "surface=archive", "follow=no").status == 0
    assert len(crawl.records()) == world.total
    _same_after(crawl, server, ["sitemap", "feed", "rest"])


#: How a feed may link a post: each of them every fourth post.
NAMES = ("{site}/?p={id}", "{link}amp/", "{link}?utm_source=feed&amp;utm_medium=rss", "https://{host}{path}")


@pytest.mark.parametrize("full_feeds", [True, False])
def test_by_another_name(
    crawl: Crawl, server: DemoServer, world: World, monkeypatch: pytest.MonkeyPatch, full_feeds: bool
) -> None:
    """The feed links its posts otherwise than the sitemap does, and comes first or second."""
    used: set[str] = set()
    server.full_feeds = full_feeds
    plain = feeds._atom_entry

    def entry(world_: World, post: feeds.Post, full: bool) -> str:
        site, link = world_.base(), f"{world_.base()}{post.path}"
        name = NAMES[post.id % len(NAMES)]
        used.add(name)
        other = name.format(site=site, id=post.id, link=link, host=site.removeprefix("http://"), path=post.path)
        return plain(world_, post, full).replace(f'href="{link}"', f'href="{other}"')

    assert crawl.crawl("since=all", "surface=sitemap", "follow=no").status == 0
    was, before = crawl.records(), len(server.requests)
    monkeypatch.setattr(feeds, "_atom_entry", entry)
    second = crawl.crawl("since=all", "surface=feed", "follow=no", feed="again.jsonl")
    assert second.status == 0, second.err
    assert used == set(NAMES)
    assert crawl.records().keys() == was.keys()
    assert "0 new" in second.last_line
    assert "post" not in kinds(server, before)


def test_numbers_that_lead_to_posts(
    crawl: Crawl, server: DemoServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found as ?p=ID, read where that leads, and known by its address from then on."""
    server.full_feeds = False
    plain = feeds._atom_entry

    def entry(world_: World, post: feeds.Post, full: bool) -> str:
        link = f"{world_.base()}{post.path}"
        return plain(world_, post, full).replace(f'href="{link}"', f'href="{world_.base()}/?p={post.id}"')

    monkeypatch.setattr(feeds, "_atom_entry", entry)
    assert crawl.crawl("since=all", "surface=feed", "follow=no").status == 0
    urls = {row[0] for row in crawl.rows("SELECT json_extract(post, '$.url') FROM records")}
    assert urls == {world.base() + world.path(number) for number in world.numbers()}
    _same_after(crawl, server, ["sitemap", "rest", "feed"])
