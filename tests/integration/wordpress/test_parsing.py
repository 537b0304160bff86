"""The parsers on what a real WordPress serves: pages of both themes, feeds, sitemaps; every post of the site."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from newscrawl.attribution import find_attribution
from newscrawl.surfaces.parsing.archive import is_list_page, parse_listing
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.feed import FeedEntry, page_url, parse_feed
from newscrawl.surfaces.parsing.post_page import PostPage, parse_post_page
from newscrawl.surfaces.parsing.sitemap import parse_sitemap, post_sitemaps, url_day
from tests.soak import sampled

from . import plan
from .site import BLOCK_THEME, JNEWS_THEME, WordPress
from .world import Post, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

#: The later of two posts with the same local time.
CLOCK_WENT_BACK = dt.datetime(2024, 11, 3, 4, 45, tzinfo=dt.UTC)
#: What a theme's pages do not say.
NOT_SHOWN = {
    BLOCK_THEME: {"modified_at", "displayed_shares", "displayed_views"},
    JNEWS_THEME: set[str](),
}


@pytest.fixture(scope="module")
def by_rest(site: WordPress, world: World) -> dict[str, dict[str, Any]]:
    """What REST says of every post, by address: the measure for all else."""
    rows = {}
    for page in (1, 2, 3):
        for row in json.loads(site.get(f"/wp-json/wp/v2/posts?per_page=100&page={page}&_embed")[2]):
            rows[row["link"]] = row
    return rows


THEMES = (BLOCK_THEME, JNEWS_THEME)


@dataclass(frozen=True)
class Pages:
    """A theme's pages of posts, as they are read, by the name of the post."""

    theme: str
    posts: list[Post]
    parsed: dict[str, PostPage]


#: Every fourth post in both themes; the soak reads all.
@pytest.fixture(
    scope="module",
    params=sampled([f"{theme} {step}" for theme in THEMES for step in (4, 1)], keep=[f"{theme} 4" for theme in THEMES]),
)
def pages(request: pytest.FixtureRequest, site: WordPress, world: World) -> Pages:
    theme, _, step = request.param.partition(" ")
    posts = [
        post for number, post in enumerate(world.posts) if number % int(step) == 0 or post.published == CLOCK_WENT_BACK
    ]
    site.use_theme(theme)
    try:
        served = {post.name: site.get(post.url.removeprefix(site.url))[2] for post in posts}
    finally:
        site.use_theme(BLOCK_THEME)
    return Pages(theme, posts, {post.name: parse_post_page(served[post.name], post.url) for post in posts})


def _wrong(post: Post, theme: str, page: PostPage, row: dict[str, Any]) -> list[str]:
    text = post_text(row["content"]["rendered"], base_url=post.url).text
    views = 300 + (row["id"] * 37) % 2400
    expected = {
        "title": post_text(f"<p>{row['title']['rendered']}</p>").text,
        "author": _curly(" ".join(post.author.split())),
        "published_at": post.published_at,
        "published_precision": "second",
        "modified_at": post.published_at,
        "categories": sorted(post.categories),
        "tags": sorted(post.tags),
        "image_url": row["_embedded"]["wp:featuredmedia"][0]["source_url"] if post.image else None,
        "displayed_shares": _as_shown((views * 35 + 50) // 100),
        "displayed_views": _as_shown(views),
        "text": _curly(text),
        "wp_id": row["id"],
    }
    got = {name: getattr(page, name) for name in expected if name != "text"} | {"text": _curly(page.content.text)}
    if theme == BLOCK_THEME and post.published == CLOCK_WENT_BACK:
        # WordPress's own slip: the template turns local time back into an instant and takes the hour's first turn.
        expected["published_at"] = f"{CLOCK_WENT_BACK - dt.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    got["author"] = _curly(page.author)
    got |= {"categories": sorted(page.categories), "tags": sorted(page.tags)}
    expected |= dict.fromkeys(NOT_SHOWN[theme])
    return [
        f"{post.name} {name}: {got[name]!r} instead of {value!r}"
        for name, value in expected.items()
        if got[name] != value
    ]


def _curly(name: str | None) -> str:
    """Block themes texturise what REST has texturised already: ``'”`` there is ``’”`` here, and so are names."""
    return (name or "").replace("'", "’")


def _as_shown(number: int) -> int:
    """A counter after it was printed as ``1.4k``: rounded to hundreds, halves up as PHP does."""
    return number if number < 1000 else (number + 50) // 100 * 100


def test_every_page_of_a_post_is_read_right(pages: Pages, by_rest: dict[str, dict[str, Any]]) -> None:
    wrong = [
        line for post in pages.posts for line in _wrong(post, pages.theme, pages.parsed[post.name], by_rest[post.url])
    ]
    assert wrong == [], "\n".join(wrong)


def test_whole_pages_carry_one_attribution(pages: Pages, by_rest: dict[str, dict[str, Any]]) -> None:
    """Sidebar, related posts and comments speak of other articles."""
    for post in pages.posts:
        by_page = pages.parsed[post.name].content.attribution
        by_body = find_attribution(by_rest[post.url]["content"]["rendered"], post.url)
        assert (by_page and by_page.original_url) == (by_body and by_body.original_url), post.name
        assert (by_page and by_page.publisher_name) == (by_body and by_body.publisher_name), post.name


def test_feed_pages_carry_every_post_whole(site: WordPress, world: World, by_rest: dict[str, dict[str, Any]]) -> None:
    entries: dict[str, FeedEntry] = {}
    for number in range(1, 100):
        url = page_url(f"{site.url}/feed/", number)
        status, headers, body = site.get(url.removeprefix(site.url))
        if status == 404:
            break
        feed = parse_feed(body, url, headers["Content-Type"])
        assert (feed.kind, feed.wordpress) == ("posts", True)
        entries |= {str(entry.url): entry for entry in feed.entries}
    assert set(entries) == {post.url for post in world.posts}
    for post in world.posts:
        entry = entries[post.url]
        # Two copies of articles behind a paywall break off themselves.
        assert entry.full_text or post.verdict.reason == "paywall"
        assert entry.published_at == post.published_at
        assert sorted(entry.categories) == sorted(post.categories + post.tags)
        assert entry.content is not None
        # Feeds show emoji as images, whose alternative text has no variation selector.
        text = post_text(by_rest[post.url]["content"]["rendered"], base_url=post.url).text or ""
        assert entry.content.text == text.replace("\ufe0f", "")
        assert (entry.content.attribution is None) == (post.attribution is None)


def test_comment_feeds_are_told(site: WordPress, world: World) -> None:
    commented = next(post for post in world.posts if post.comments)
    for url in (f"{site.url}/comments/feed/", f"{commented.url}feed/"):
        status, headers, body = site.get(url.removeprefix(site.url))
        assert status == 200
        assert parse_feed(body, url, headers["Content-Type"]).kind == "comments"


def test_sitemaps_carry_every_post(site: WordPress, world: World) -> None:
    index = parse_sitemap(site.get("/wp-sitemap.xml")[2], f"{site.url}/wp-sitemap.xml")
    found = []
    for child in post_sitemaps(index.entries):
        found += [
            entry.loc for entry in parse_sitemap(site.get(child.loc.removeprefix(site.url))[2], child.loc).entries
        ]
    assert sorted(found) == sorted(post.url for post in world.posts)
    # The day in a permalink is the site's, not UTC's.
    days = {post.url: url_day(post.url) for post in world.posts}
    assert all(days.values())
    assert sum(days[post.url] != post.published_at[:10] for post in world.posts) >= 10


STARTS = ("/", "/category/technology/", "/2024/11/", "/author/publisher-1/")


@pytest.mark.parametrize(
    ("theme", "start"),
    sampled(
        [(theme, start) for theme in THEMES for start in STARTS],
        # Of both themes the kind of list that it marks up in its own way, and the others once.
        keep=[(BLOCK_THEME, "/"), (BLOCK_THEME, "/2024/11/"), *((JNEWS_THEME, start) for start in STARTS[1:])],
    ),
)
def test_lists_lead_to_every_post(theme: str, start: str, site: WordPress, world: World) -> None:
    """From a list's first page to its last: each post once, newest first, nothing else."""
    found: list[str] = []
    url: str | None = site.url + start
    site.use_theme(theme)
    try:
        for _ in range(100):
            if url is None:
                break
            status, _, body = site.get(url.removeprefix(site.url))
            assert status == 200
            assert is_list_page(body)
            listing = parse_listing(body, url)
            # JNews repeats a category's heroes; they are featured, and no part of the order.
            found += [entry.url for entry in listing.entries if not entry.featured]
            url = listing.next_url
        assert url is None
        assert not is_list_page(site.get(world.posts[0].url.removeprefix(site.url))[2])
    finally:
        site.use_theme(BLOCK_THEME)
    author = world.posts[0].author if start.startswith("/author/") else None
    wanted = [
        post
        for post in world.posts
        if (start == "/")
        or (start == "/category/technology/" and "Technology" in post.categories)
        or (start == "/2024/11/" and "/2024/11/" in post.url)
        or post.author == author
    ]
    assert len(wanted) >= 1
    assert sorted(found) == sorted(post.url for post in wanted)
    # WordPress orders by the site's clock, also where it was put back; posts of one second may come in any order.
    clock = {post.url: post.published.astimezone(ZoneInfo(plan.TIMEZONE)).replace(tzinfo=None) for post in world.posts}
    times = [clock[one] for one in found]
    assert times == sorted(times, reverse=True)
