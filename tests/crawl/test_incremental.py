"""A run again: little is asked, what changed becomes a new version, what is gone is marked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from newscrawl.demo.server import DemoServer
from newscrawl.demo.world import SITE_HOST, World, build_world, iso

from .harness import Crawl

POSTS = 24


@pytest.fixture
def world() -> World:
    return build_world(seed=7, posts=POSTS, lengths=(150,))


def _asked(server: DemoServer, since: int) -> Counter[str]:
    """Requests after the first *since*, robots.txt apart: to the site, and to everybody else."""
    asked: Counter[str] = Counter()
    for request in server.requests[since:]:
        if request.path != "/robots.txt":
            asked["site" if request.host.startswith(SITE_HOST) else "publishers"] += 1
    return asked


def test_nothing_new_costs_one_request(crawl: Crawl, server: DemoServer, crawled: Callable[..., None]) -> None:
    crawled("since=all")
    before = len(server.requests)
    again = crawl.crawl(feed="second.jsonl")
    assert again.status == 0, again.err
    assert _asked(server, before) == {"site": 1}
    assert not [one for one in server.requests[before:] if one.path == "/robots.txt"]
    assert not (crawl.folder / "second.jsonl").exists()
    assert "0 new, 0 changed" in again.last_line


def test_new_and_changed_posts(crawl: Crawl, server: DemoServer, world: World, crawled: Callable[..., None]) -> None:
    crawled("since=all")
    before, was = len(server.requests), crawl.records()
    new = world.publish(5)
    followed = [number for number in world.numbers() if world.case(number).outcome == "original"][:3]
    for number in followed:
        world.change(number)
    again = crawl.crawl(feed="second.jsonl")
    assert again.status == 0, again.err
    asked = _asked(server, before)
    assert asked["site"] <= 3
    assert asked["publishers"] <= len(new) + len(followed) + 2  # two: redirects and retries of new originals
    now = crawl.records()
    assert len(now) == len(was) + len(new)
    versions = crawl.rows("SELECT id, version, changed, record FROM versions")
    changed_urls = {world.base() + world.path(number) for number in followed}
    delivered = {one["post"]["url"]: one["version"] for one in crawl.feed("second.jsonl")}
    assert changed_urls <= set(delivered)
    for record_id, version, changed, old in versions:
        assert version == 1
        assert now[str(record_id)] != was[str(record_id)]
        assert json.loads(str(old))["text"] == was[str(record_id)]["text"]
        assert json.loads(str(changed))


def test_a_deleted_post_is_gone_after_two_sweeps(
    crawl: Crawl, server: DemoServer, world: World, crawled: Callable[..., None]
) -> None:
    crawled("since=all")
    number = next(iter(world.numbers()))
    url = world.base() + world.path(number)
    world.delete(number)
    before = len(server.requests)
    assert crawl.crawl("since=all", "refresh=posts", feed="first.jsonl").status == 0
    assert _asked(server, before)["site"] <= 3
    assert crawl.rows("SELECT count(*) FROM records WHERE gone_at IS NOT NULL") == [(0,)]
    second = crawl.crawl("since=all", "refresh=posts", feed="second.jsonl")
    assert second.status == 0
    assert "1 changed" in second.last_line
    (gone,) = [json.loads(str(row[0])) for row in crawl.rows("SELECT post FROM records WHERE gone_at IS NOT NULL")]
    assert gone["url"] == url
    (delivered,) = crawl.feed("second.jsonl")
    assert delivered["post"]["url"] == url
    assert delivered["gone_at"]
    assert crawl.status()["posts"]["backlog"] == 0


def test_refresh_originals_asks_for_them_again(crawl: Crawl, server: DemoServer, crawled: Callable[..., None]) -> None:
    crawled("since=all")
    before, was = len(server.requests), crawl.records()
    again = crawl.crawl("since=all", "refresh=originals", feed="second.jsonl")
    assert again.status == 0, again.err
    assert _asked(server, before)["publishers"] > POSTS / 3
    assert crawl.records() == was


def test_what_was_not_followed_is_taken_up(crawl: Crawl, server: DemoServer) -> None:
    assert crawl.crawl("since=all", "follow=no").status == 0
    assert _asked(server, 0)["publishers"] == 0
    reasons = dict(crawl.rows("SELECT reason, count(*) FROM records GROUP BY reason"))
    assert reasons["not_followed"] > POSTS / 3  # type: ignore[operator]
    assert crawl.crawl("since=all", feed="second.jsonl").status == 0
    assert crawl.rows("SELECT count(*) FROM records WHERE reason = 'not_followed'") == [(0,)]
    assert {one["version"] for one in crawl.feed("second.jsonl") if one["outcome"] == "original"} == {2}


def test_deliver_all(crawl: Crawl, crawled: Callable[..., None]) -> None:
    crawled("since=all")
    first = {one["id"]: one for one in crawl.feed()}
    again = crawl.crawl("since=all", "deliver=all", feed="all.jsonl")
    assert again.status == 0
    delivered = crawl.feed("all.jsonl")
    assert len(delivered) == len(first)
    assert {one["id"]: one["text"] for one in delivered} == {one["id"]: one["text"] for one in first.values()}


def test_limit_and_window(crawl: Crawl, server: DemoServer, world: World) -> None:
    done = crawl.crawl("since=all", "limit=7")
    assert done.status == 0
    assert len(crawl.records()) == 7
    newest = sorted((iso(world.post(number).published) for number in world.numbers()), reverse=True)[:7]
    got = sorted(
        (json.loads(str(row[0]))["published_at"] for row in crawl.rows("SELECT post FROM records")), reverse=True
    )
    assert got == newest
    assert crawl.crawl("since=all").status == 0
    assert len(crawl.records()) == POSTS


def test_a_site_that_asks_for_ten_minutes_is_asked_for_nothing_more(crawl: Crawl, server: DemoServer) -> None:
    """Other ways to list it went on within seconds, and the next run asked at once."""
    server.fail(SITE_HOST, "429", retry_after=600)
    for said in ("asks to come back in 600 s (http_429)", "is left alone for "):
        done = crawl.crawl("since=all", "surface=auto")
        assert done.status == 4, done.err[-2000:]
        assert said in done.last_line
        asked = [one.path for one in server.requests if one.host == SITE_HOST and one.path != "/robots.txt"]
        assert len(asked) == 1, asked


def test_a_host_that_asks_for_a_day_is_left_alone(crawl: Crawl, server: DemoServer, world: World) -> None:
    hosts = Counter(
        url.split("/")[2].split(":")[0]
        for number in world.numbers()
        if world.case(number).outcome == "original" and (url := world.original_url(number))
    )
    host, articles = hosts.most_common(1)[0]
    assert articles > 1
    server.fail(host, "429", retry_after=86_400)
    assert crawl.crawl("since=all").status == 0
    assert server.count(host) - server.count(host, path="/robots.txt") == 1  # told once, not asked again
    reasons = [one["reason"] for one in crawl.feed() if host in str((one["attribution"] or {}).get("original_url"))]
    assert reasons.count("http_429") >= articles
    server.heal()
    crawl.rows("UPDATE originals SET next_at = 1 WHERE next_at > 0")
    before = server.count(host)
    assert crawl.crawl("since=all", feed="second.jsonl").status == 0
    assert server.count(host) == before
    assert [one["host"] for one in crawl.status()["held_hosts"]]
    crawl.rows("UPDATE hosts SET held_until = 0")
    assert crawl.crawl("since=all", feed="third.jsonl").status == 0
    assert {one["outcome"] for one in crawl.feed("third.jsonl")} == {"original"}
    assert len(crawl.feed("third.jsonl")) == reasons.count("http_429")
