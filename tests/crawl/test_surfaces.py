"""Every surface finds the same posts and makes the same records, whatever the theme; `auto` takes what serves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.check import compare
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import SITE_HOST, World, build_world
from tests.soak import sampled

from .harness import Crawl

pytestmark = pytest.mark.slow

#: What a surface does not carry: there the field may be null. `docs/surfaces.md` has the same list.
_PAGES_DO_NOT_CARRY = frozenset({"summary"})
NOT_CARRIED: Mapping[str, frozenset[str]] = {
    "feed": frozenset({"image_url", "post.image_url"}),
    "excerpts": frozenset(),
    "sitemap": _PAGES_DO_NOT_CARRY,
    "archive": _PAGES_DO_NOT_CARRY,
}
#: What only a post's own page shows; and pages show the featured image in another size.
ONLY_ON_PAGES = frozenset({"post.displayed_shares", "post.displayed_views"})
#: How it was found, and where its parts came from. What signals rights is looked at where pages are.
OF_THE_SURFACE = frozenset({"post.surface", "sources", "rights"})
_SIZE = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w+$)")
#: Surface, whether feeds are whole, theme, sitemap.
WAYS = [
    ("feed", True, "jnews", "core"),
    ("feed", False, "tagdiv", "core"),
    ("sitemap", True, "jnews", "core"),
    ("sitemap", True, "tagdiv", "yoast"),
    ("sitemap", True, "block", "gzip"),
    ("archive", True, "jnews", "core"),
    ("archive", True, "tagdiv", "core"),
    ("archive", True, "block", "core"),
]


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by dotted name, less those of the surface."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name in ("post", "publisher", "attribution", "original") and value:
            part = json.loads(value) if isinstance(value, str) else value
            found |= {f"{name}.{inner}": one for inner, one in (part or {}).items()}
        else:
            found[name] = value
    return {name: value for name, value in found.items() if name not in OF_THE_SURFACE}


def differences(
    records: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Mapping[str, Any]], surface: str, full_feeds: bool
) -> list[str]:
    """What *records* say otherwise than *expected* (of the REST API), but for what a surface does not carry."""
    kind = "excerpts" if surface == "feed" and not full_feeds else surface
    found = []
    for post_id in sorted(expected.keys() | records.keys()):
        if post_id not in records or post_id not in expected:
            found.append(f"{post_id}: {'missing' if post_id in expected else 'too many'}")
            continue
        due = flat(expected[post_id])
        for name, value in flat(records[post_id]).items():
            # Where the featured image is not carried, the first of the body stands in.
            absent = name in NOT_CARRIED[kind] and (value is None or "image_url" in name)
            resized = "image_url" in name and value and due[name] and _SIZE.sub("", value) == _SIZE.sub("", due[name])
            if value != due[name] and not (absent or resized or name in ONLY_ON_PAGES):
                found.append(f"{post_id} {name}: {value!r} instead of {due[name]!r}")
    return found


def site_requests(server: DemoServer, since: int = 0) -> list[str]:
    """Paths asked of the aggregator after the first *since* requests, robots.txt apart."""
    return [one.path for one in server.requests[since:] if one.host.startswith(SITE_HOST) and one.path != "/robots.txt"]


def kinds(server: DemoServer, since: int = 0) -> dict[str, int]:
    """How often each surface, and the posts' pages, were asked."""
    found: dict[str, int] = {}
    for path in site_requests(server, since):
        bare, _, query = path.partition("?")
        names = dict(part.partition("=")[::2] for part in query.split("&") if part)
        kind = DemoServer.surface(bare, names) or "archive"
        found[kind] = found.get(kind, 0) + 1
    return found


@pytest.fixture
def world() -> World:
    return build_world(seed=7, posts=24, days=50, lengths=(80,))


# --- the same records ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one_world() -> Iterator[DemoServer]:
    with serve(build_world(seed=7, posts=32, lengths=(120,)), slow=0.1) as running:
        yield running


@pytest.fixture(scope="module")
def by_rest(one_world: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    crawl = Crawl(tmp_path_factory.mktemp("rest"), one_world, RETRY_TIMES=0)
    done = crawl.crawl("since=all", "surface=rest", "follow=no")
    assert done.status == 0, done.err
    compared = compare(one_world.world.all_expected(follow=False), crawl.feed(), surface="rest")
    assert compared.ok, compared.differences
    return crawl.records()


@pytest.mark.parametrize(("surface", "full_feeds", "theme", "sitemap"), WAYS)
def test_the_records_are_the_same(
    surface: str,
    full_feeds: bool,
    theme: str,
    sitemap: str,
    one_world: DemoServer,
    by_rest: dict[str, dict[str, Any]],
    tmp_path: Path,
) -> None:
    one_world.full_feeds, one_world.theme, one_world.sitemap = full_feeds, theme, sitemap
    before = len(one_world.requests)
    crawl = Crawl(tmp_path, one_world, RETRY_TIMES=0)
    done = crawl.crawl("since=all", f"surface={surface}", "follow=no")
    assert done.status == 0, done.err
    compared = compare(one_world.world.all_expected(follow=False), crawl.feed(), surface=surface)
    assert compared.ok, compared.differences
    assert differences(crawl.records(), by_rest, surface, full_feeds) == []
    # Full-text feeds are not fetched again; each other post once.
    asked = kinds(one_world, before)
    assert asked.get("post", 0) == (0 if surface == "feed" and full_feeds else len(by_rest))
    # The front page tells the site's languages, once a day.
    assert asked.pop("archive", 0) <= 1 or surface == "archive"
    assert set(asked) <= {surface, "post"}


def test_a_difference_is_seen(by_rest: dict[str, dict[str, Any]]) -> None:
    some = next(iter(by_rest))
    assert differences(by_rest, by_rest, "feed", True) == []
    assert differences({**by_rest, some: {**by_rest[some], "title": "x"}}, by_rest, "feed", True) != []
    assert differences({**by_rest, some: {**by_rest[some], "summary": None}}, by_rest, "feed", True) != []
    assert differences({one: by_rest[one] for one in by_rest if one != some}, by_rest, "feed", True) != []


# --- auto ------------------------------------------------------------------------------------------------


def test_auto_takes_the_richest_that_robots_allows(crawl: Crawl, server: DemoServer, world: World) -> None:
    server.disallow("/wp-json/", "/?rest_route", "/feed/")
    done = crawl.crawl("since=all", "follow=no")
    assert done.status == 0, done.err
    assert "Surface rest does not serve" in done.err
    assert "robots.txt forbids it" in done.err
    assert "Posts discovered by surface sitemap, the richest that serves" in done.err
    # Nor are they asked for by another name.
    assert set(kinds(server)) == {"sitemap", "post"}
    assert {one["post"]["surface"] for one in crawl.feed()} == {"sitemap"}
    assert len(crawl.records()) == world.total


@pytest.mark.parametrize("how", sampled(["403", "html"], keep=("403",)))
def test_auto_falls_back_in_the_middle(crawl: Crawl, how: str, tmp_path: Path) -> None:
    """The API refuses from the second page on; what it gave is not made again, what it did not is not lost."""
    world = build_world(seed=7, posts=106, lengths=(60,))
    with serve(world) as server:
        crawl = Crawl(tmp_path, server, RETRY_TIMES=0)
        server.shut("rest", how, after=1)
        done = crawl.crawl("since=all", "follow=no")
        assert done.status == 0, done.err
        assert "Posts discovered by surface feed, the richest that serves" in done.err
        assert len(crawl.feed()) == len(crawl.records()) == 106
        surfaces = dict(crawl.rows("SELECT surface, count(*) FROM posts GROUP BY surface"))
        assert surfaces == {"rest": 100, "feed": 6}


@pytest.mark.parametrize(("surface", "after"), [("feed", 2), ("archive", 1)])
def test_a_surface_that_vanishes_in_the_middle_has_not_ended(
    crawl: Crawl, server: DemoServer, surface: str, after: int
) -> None:
    """Past the last page there is 404; and so there is where the site begins to refuse."""
    server.shut(surface, "404", after=after)
    done = crawl.crawl("since=all", "follow=no", f"surface={surface}")
    assert done.status == 4
    assert "404" in done.last_line


def test_all_but_list_pages_shut(crawl: Crawl, server: DemoServer, world: World) -> None:
    for surface in ("rest", "feed", "sitemap"):
        server.shut(surface)
    done = crawl.crawl("since=all", "follow=no")
    assert done.status == 0, done.err
    assert "Posts discovered by surface archive, the richest that serves" in done.err
    assert len(crawl.records()) == world.total
    # Remembered: the next run asks nothing else. A day later it looks again, and remembers what it finds.
    before = len(server.requests)
    assert crawl.crawl("follow=no").status == 0
    assert set(kinds(server, before)) == {"archive"}
    _a_day_later(crawl)
    before = len(server.requests)
    assert crawl.crawl("follow=no").status == 0
    assert set(kinds(server, before)) == {"rest", "feed", "sitemap", "archive"}
    assert crawl.rows("SELECT json_extract(memory, '$.surface_epoch') > 1 FROM scopes") == [(1,)]
    server.open()
    _a_day_later(crawl)
    before = len(server.requests)
    assert crawl.crawl("follow=no").status == 0
    assert set(kinds(server, before)) == {"rest"}


def _a_day_later(crawl: Crawl) -> None:
    crawl.rows("UPDATE scopes SET memory = json_set(memory, '$.surface_epoch', 1)")


def test_what_was_asked_for_is_not_what_auto_takes(
    crawl: Crawl, server: DemoServer, crawled: Callable[..., None]
) -> None:
    crawled("since=all", "follow=no", "surface=archive")
    before = len(server.requests)
    assert crawl.crawl("follow=no").status == 0
    assert set(kinds(server, before)) == {"rest"}


def test_all_shut(crawl: Crawl, server: DemoServer) -> None:
    server.fail(SITE_HOST, "403")
    done = crawl.crawl("since=all", "follow=no")
    assert done.status == 4
    assert "Traceback" not in done.err
    assert "no surface serves: " in done.last_line
    assert all(name in done.last_line for name in ("REST API", "feed", "sitemap", "archive"))


def test_one_that_does_not_answer_is_not_the_site(crawl: Crawl, server: DemoServer, world: World) -> None:
    """A firewall that lets requests to the API hang: the feed may serve all the same."""
    server.fail(SITE_HOST, "reset", prefix="/wp-json/")
    done = crawl.crawl("since=all", "follow=no")
    assert done.status == 0, done.err
    assert {one["post"]["surface"] for one in crawl.feed()} == {"feed"}
    assert len(crawl.records()) == world.total


# --- again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("surface", "listings"), [("feed", 1), ("sitemap", 2), ("archive", 1)])
def test_nothing_new(
    crawl: Crawl, server: DemoServer, surface: str, listings: int, crawled: Callable[..., None]
) -> None:
    crawled("since=all", "follow=no", f"surface={surface}")
    before = len(server.requests)
    again = crawl.crawl("follow=no", f"surface={surface}", feed="second.jsonl")
    assert again.status == 0, again.err
    assert "0 new, 0 changed" in again.last_line
    asked = [one for one in server.requests[before:] if one.host.startswith(SITE_HOST)]
    assert len(asked) == listings, asked
    # robots.txt is not asked for again within a day; feeds and files of sitemaps answer that nothing changed.
    assert not [one for one in asked if one.path == "/robots.txt"]
    assert asked[-1].status == (200 if surface == "archive" else 304)
    # A run that reaches further back than the one whose validators were kept does not believe them.
    if surface == "feed":
        assert crawl.crawl("since=all", "follow=no", "surface=feed").status == 0


@pytest.mark.parametrize("surface", ["feed", "sitemap"])
def test_validators_of_a_narrow_run_hide_nothing(crawl: Crawl, server: DemoServer, world: World, surface: str) -> None:
    newest = world.published(world.total - 1)
    assert crawl.crawl(f"since={newest:%Y-%m-%d}", "follow=no", f"surface={surface}").status == 0
    assert len(crawl.records()) < world.total
    assert crawl.crawl("since=all", "follow=no", f"surface={surface}").status == 0
    assert len(crawl.records()) == world.total


@pytest.mark.parametrize("surface", ["feed", "sitemap"])
def test_new_and_changed_posts(
    crawl: Crawl, server: DemoServer, world: World, surface: str, crawled: Callable[..., None]
) -> None:
    crawled("since=all", "follow=no", f"surface={surface}")
    # The feed shows what changed on the pages that are read; the sitemap all of its file.
    old = world.total - 3 if surface == "feed" else 2
    server.change(old)
    new = server.publish(2)
    before = len(server.requests)
    again = crawl.crawl("follow=no", f"surface={surface}", feed="second.jsonl")
    assert again.status == 0, again.err
    delivered = {one["post"]["url"]: one["version"] for one in crawl.feed("second.jsonl")}
    urls = {world.base() + world.path(number): 1 for number in new}
    assert delivered == {**urls, world.base() + world.path(old): 2}
    assert kinds(server, before).get("post", 0) == (0 if surface == "feed" else 3)
    # And it is known from then on.
    before = len(server.requests)
    assert crawl.crawl("follow=no", f"surface={surface}").status == 0
    assert kinds(server, before).get("post", 0) == 0


@pytest.mark.parametrize("gone", [404, 410])
def test_a_deleted_post_is_gone(
    crawl: Crawl, server: DemoServer, world: World, gone: int, crawled: Callable[..., None]
) -> None:
    crawled("since=all", "follow=no", "surface=sitemap")
    server.gone = gone
    server.delete(5)
    before = len(server.requests)
    again = crawl.crawl("since=all", "follow=no", "surface=sitemap", "refresh=posts", feed="second.jsonl")
    assert again.status == 0, again.err
    assert kinds(server, before)["post"] == world.total
    (delivered,) = crawl.feed("second.jsonl")
    assert delivered["gone_at"]
    assert delivered["post"]["url"] == world.base() + world.path(5)
    assert len(crawl.records()) == world.total
    assert crawl.rows("SELECT count(*) FROM records WHERE gone_at IS NOT NULL OR text IS NULL") == [(1,)]


def test_refresh_of_what_is_complete(crawl: Crawl, server: DemoServer, world: World) -> None:
    """A record with its original keeps no copy of the post: its page is asked for, and all is as it was."""
    assert crawl.crawl("since=all", "surface=archive").status == 0
    was, before = crawl.records(), len(server.requests)
    window = f"since={world.published(12):%Y-%m-%d}"
    again = crawl.crawl(window, "surface=archive", "refresh=posts")
    assert again.status == 0, again.err
    assert crawl.records() == was
    # Only those of the window, though the lists gave no exact times.
    assert kinds(server, before)["post"] <= world.total - 11


# --- pages that fail ---------------------------------------------------------------------------------------


def test_pages_that_cannot_be_had(crawl: Crawl, server: DemoServer, world: World) -> None:
    missing, passing = world.path(20), world.path(21)
    server.fail(SITE_HOST, "404", prefix=missing)
    server.fail(SITE_HOST, "503", prefix=passing, times=2)
    done = crawl.crawl("since=all", "follow=no", "surface=sitemap", RETRY_TIMES=3)
    assert done.status == 0, done.err
    assert "1 failed" in done.last_line
    rows = crawl.rows("SELECT json_extract(post, '$.url'), reason, text FROM records WHERE outcome = 'failed'")
    assert rows == [(world.base() + missing, "unreachable_post", None)]
    assert len(crawl.records()) == world.total
    assert len([one for one in server.requests if one.path == passing]) == 3
    assert world.base() + missing not in {one["post"]["url"] for one in crawl.feed()}


def test_what_lies_outside_is_set_aside_and_taken_up_without_a_request(
    crawl: Crawl, server: DemoServer, world: World
) -> None:
    """Addresses tell a day, of a zone that is not known: the page tells the rest, and is not asked for twice."""
    number = 15
    published = world.published(number)
    server.lastmod = False
    # A window that begins just after the post, on its day.
    done = crawl.crawl(f"since={published:%Y-%m-%dT%H:%M:59Z}", "follow=no", "surface=sitemap")
    assert done.status == 0, done.err
    assert world.base() + world.path(number) not in {one["post"]["url"] for one in crawl.feed()}
    assert len(crawl.records()) == world.total - number - 1
    assert world.path(number) in site_requests(server)
    before = len(server.requests)
    assert crawl.crawl("since=all", "follow=no", "surface=sitemap", feed="all.jsonl").status == 0
    assert world.path(number) not in site_requests(server, before)
    compared = compare(world.all_expected(follow=False), [*crawl.feed(), *crawl.feed("all.jsonl")], surface="sitemap")
    assert compared.ok, compared.differences
