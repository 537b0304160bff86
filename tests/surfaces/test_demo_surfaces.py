"""The parsers on the demo's aggregator: REST, feeds, pages and lists in three themes must say the same of every post.

Its markup was written independently of the parsers.
"""

from __future__ import annotations

import json

import pytest

from newscrawl.demo import feeds, themes, wordpress
from newscrawl.demo.listings import Listing
from newscrawl.demo.world import World, build_world, iso
from newscrawl.surfaces.parsing.archive import is_list_page, parse_listing
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.feed import parse_feed
from newscrawl.surfaces.parsing.post_page import parse_post_page
from newscrawl.surfaces.parsing.rest import parse_posts
from newscrawl.surfaces.parsing.sitemap import newest_first, parse_sitemap, post_sitemaps


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(posts=72)


@pytest.mark.slow
@pytest.mark.parametrize("theme", themes.THEMES)
def test_pages(world: World, theme: str) -> None:
    for number in range(world.total):
        post = world.post(number)
        url = world.base() + world.path(number)
        html = themes.post_page(world, post, theme)
        page = parse_post_page(html, url)
        assert page.theme == theme
        assert is_list_page(html) is False
        assert (page.title, page.content.text) == (post.title, post.text), post.case
        assert (page.published_at, page.published_precision) == (iso(post.published), "second")
        assert page.modified_at == iso(post.modified)
        assert page.author == post.author
        assert page.categories == [category.name for category in post.categories]
        assert page.content.truncated is False
        if theme == "jnews":
            assert page.wp_id == post.id


@pytest.mark.slow
def test_rest_and_feeds(world: World) -> None:
    listing = Listing(range(world.total), per_page=world.total)
    answer = parse_posts(
        json.dumps([wordpress.post_json(world, world.post(number)) for number in range(world.total)]).encode(),
        "application/json; charset=UTF-8",
        200,
    )
    assert answer.skipped == []
    assert len(answer.posts) == world.total
    for number, got in enumerate(answer.posts):
        post = world.post(number)
        assert (got.id, got.url, got.title) == (post.id, world.base() + world.path(number), post.title)
        assert (got.published_at, got.modified_at) == (iso(post.published), iso(post.modified))
        assert post_text(got.content_html or "", base_url=got.url).text == post.text, post.case
    for atom in (False, True):
        sent = feeds.feed(world, listing, 1, atom=atom)
        assert sent is not None
        feed = parse_feed(sent.body, f"{world.base()}/feed/", "application/rss+xml")
        assert (feed.kind, len(feed.entries)) == ("posts", world.total)
        for number, entry in zip(reversed(range(world.total)), feed.entries, strict=True):
            post = world.post(number)
            assert (entry.url, entry.title) == (world.base() + world.path(number), post.title)
            assert entry.published_at == iso(post.published)
            assert entry.full_text is True
            assert entry.content is not None
            assert entry.content.text == post.text
        excerpts = feeds.feed(world, listing, 1, full=False, atom=atom)
        assert excerpts is not None
        assert not any(entry.full_text for entry in parse_feed(excerpts.body, world.base()).entries)


@pytest.mark.parametrize("theme", themes.THEMES)
def test_lists_to_their_end(world: World, theme: str) -> None:
    listing = Listing(range(world.total))
    base = f"{world.base()}/"
    seen: list[str] = []
    url: str | None = base
    for page in range(1, listing.pages + 1):
        numbers = listing.page(page)
        assert numbers is not None
        shown = themes.ListPage(
            posts=tuple(world.post(number) for number in numbers),
            title="News",
            base=base,
            page=page,
            pages=listing.pages,
        )
        assert url == shown.url(page)
        html = themes.list_page(world, shown, theme)
        got = parse_listing(html, url)
        assert is_list_page(html) is True
        due = [world.base() + world.path(number) for number in numbers]
        assert [entry.url for entry in got.entries if not entry.featured] == due
        seen += due
        url = got.next_url
    assert url is None
    assert len(set(seen)) == world.total


@pytest.mark.parametrize(
    ("style", "index"),
    [("core", "/wp-sitemap.xml"), ("yoast", "/sitemap_index.xml"), ("gzip", "/sitemap_index.xml.gz")],
)
def test_sitemaps(world: World, style: str, index: str) -> None:
    def ask(path: str) -> bytes:
        sent = feeds.sitemap(world, path, style=style, size=20)
        assert sent is not None, path
        return sent.body

    children = parse_sitemap(ask(index), world.base() + index)
    assert children.kind == "index"
    found: list[str] = []
    for child in post_sitemaps(children.entries):
        urls = parse_sitemap(ask(child.loc.removeprefix(world.base())), child.loc)
        assert urls.kind == "urlset"
        assert urls.truncated is False
        if "news" not in child.loc:
            found += [entry.loc for entry in newest_first(urls.entries)]
    posts = [world.base() + world.path(number) for number in reversed(range(world.total))]
    assert set(posts) <= set(found)
    assert len(found) == len(set(found))
