"""Feeds, sitemaps and pages of the aggregator: each surface leads to all posts, and may be shut."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import feedparser
import lxml.etree
import lxml.html
import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.themes import THEMES
from newscrawl.demo.world import BLOCK, World, build_world, iso
from tests.demo.conftest import Client

SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}


def all_paths(world: World) -> list[str]:
    return [world.path(number) for number in world.numbers()]


def locations(body: bytes) -> list[str]:
    return [str(loc) for loc in lxml.etree.fromstring(body).xpath("//s:loc/text()", namespaces=SITEMAP)]


# Feeds


def test_feed_pages_hold_every_post_once(server: DemoServer, client: Client) -> None:
    seen = []
    for page in range(1, 100):
        reply = client.get(f"/feed/?paged={page}")
        if reply.status == 404:
            break
        parsed = feedparser.parse(reply.body)
        assert not parsed.bozo, parsed.get("bozo_exception")
        assert len(parsed.entries) <= 10
        seen += [urlsplit(entry.link).path for entry in parsed.entries]
    assert seen == all_paths(server.world)


def test_feed_entry(server: DemoServer, client: Client) -> None:
    world = server.world
    post = world.post(world.total - 1)
    entry = feedparser.parse(client.get("/feed/").body).entries[0]
    assert unescape(entry.title) == post.title
    assert entry.id == f"{world.base()}/?p={post.id}"
    assert entry.author == post.author
    assert [tag.term for tag in entry.tags] == [category.name for category in post.categories]
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", entry.published_parsed) == iso(post.published)
    assert post.paragraphs[1][:40].split("’")[0] in unescape(entry.content[0].value)
    atom = feedparser.parse(client.get("/feed/atom/").body)
    assert (atom.version, atom.entries[0].link) == ("atom10", entry.link)
    assert client.get("/?feed=rss2").body == client.get("/feed/").body.replace(b"/feed/", b"/", 1)


def test_truncated_feeds(client: Client, server: DemoServer) -> None:
    server.full_feeds = False
    entry = feedparser.parse(client.get("/feed/").body).entries[0]
    assert "content" not in entry
    assert unescape(entry.summary).strip().endswith("[…]</p>")


def test_category_search_and_comment_feeds(server: DemoServer, client: Client) -> None:
    world = server.world
    parsed = feedparser.parse(client.get("/category/culture/feed/").body)
    due = [world.path(number) for number in world.of_category("culture")][::-1][:10]
    assert [urlsplit(entry.link).path for entry in parsed.entries] == due
    assert client.get("/category/none-such/feed/").status == 404
    comments = feedparser.parse(client.get(f"{world.path(7)}feed/").body)
    assert comments.feed.title.startswith("Comments on:")
    place = world.title(5).split()[0].casefold()
    found = feedparser.parse(client.get(f"/?s={place}&feed=rss2").body)
    assert found.entries
    assert all(place in unescape(entry.title + entry.content[0].value).casefold() for entry in found.entries)


@pytest.mark.parametrize("path", ["/feed/", "/wp-sitemap.xml", "/wp-sitemap-posts-post-1.xml"])
def test_conditional_requests(server: DemoServer, client: Client, path: str) -> None:
    first = client.get(path)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": modified}):
        again = client.get(path, **headers)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(path, If_None_Match='"other"', If_Modified_Since=modified).status == 200
    server.publish()
    assert client.get(path, If_None_Match=tag).status == 200
    tag = client.get(path).headers["etag"]
    server.change(3)
    assert client.get(path, If_None_Match=tag, If_Modified_Since=modified).status == 200
    server.conditional = False
    assert "etag" not in client.get(path, If_None_Match=tag).headers


# Sitemaps


def test_core_sitemap_has_the_newest_last(server: DemoServer, client: Client) -> None:
    server.sitemap_size = 50
    world = server.world
    assert f"Sitemap: {world.base()}/wp-sitemap.xml" in client.get("/robots.txt").body.decode()
    index = locations(client.get("/wp-sitemap.xml").body)
    files = [loc for loc in index if "posts-post" in loc]
    assert len(files) == -(-world.total // 50)
    assert len(index) == len(files) + 2
    found = [urlsplit(loc).path for file in files for loc in locations(client.get(file).body)]
    assert found == all_paths(world)[::-1]
    assert client.get("/wp-sitemap-posts-post-99.xml").status == 404
    assert client.get("/sitemap_index.xml").status == 404
    assert client.get("/sitemap.xml").headers["location"].endswith("/wp-sitemap.xml")
    assert b"<lastmod>" in client.get(files[0]).body
    server.lastmod = False
    assert b"<lastmod>" not in client.get(files[0]).body


@pytest.mark.parametrize("style", ["yoast", "gzip"])
def test_yoast_sitemap(server: DemoServer, client: Client, style: str) -> None:
    server.sitemap, server.sitemap_size = style, 100
    world = server.world
    tail = ".xml.gz" if style == "gzip" else ".xml"

    def read(url: str) -> bytes:
        reply = client.get(url)
        assert reply.status == 200
        return gzip.decompress(reply.body) if style == "gzip" else reply.body

    assert f"Sitemap: {world.base()}/sitemap_index{tail}" in client.get("/robots.txt").body.decode()
    index = read(f"/sitemap_index{tail}")
    files = [loc for loc in locations(index) if "/post-sitemap" in loc]
    assert [urlsplit(file).path for file in files] == [f"/post-sitemap{n}{tail}" for n in ("", 2, 3)]
    assert len(re.findall(rb"<lastmod>", index)) == len(files) + 1
    found = [urlsplit(loc).path for file in files for loc in locations(read(file))]
    assert found == ["/", *all_paths(world)[::-1]]
    assert client.get("/wp-sitemap.xml").headers["location"].endswith(f"/sitemap_index{tail}")


def test_news_sitemap(server: DemoServer, client: Client) -> None:
    server.sitemap = "yoast"
    fresh = server.publish(5)
    root = lxml.etree.fromstring(client.get("/news-sitemap.xml").body)
    assert [urlsplit(loc).path for loc in root.xpath("//s:loc/text()", namespaces=SITEMAP)][:5] == [
        server.world.path(number) for number in fresh[::-1]
    ]
    titles = root.xpath("//n:title/text()", namespaces=SITEMAP)
    assert titles[0] == server.world.title(fresh[-1])
    assert len(root.xpath("//n:publication_date", namespaces=SITEMAP)) == len(titles)


def test_many_files_of_a_large_world() -> None:
    with serve(build_world(posts=200_000, lengths=(60,))) as running:
        client = Client(running)
        index = locations(client.get("/wp-sitemap.xml").body)
        assert len(index) == 102
        last = locations(client.get(index[99]).body)
        assert len(last) == 2000
        assert urlsplit(last[-1]).path == running.world.path(199_999)
        rows = client.get("/wp-json/wp/v2/posts?per_page=100&page=2000&_fields=id").json()
        assert rows[-1]["id"] == running.world.post(0).id


# Pages

CARDS = {
    "jnews": "//div[contains(@class, 'jeg_posts ')]//h3[@class='jeg_post_title']/a/@href",
    "tagdiv": "//div[contains(@class, 'td_module_10')]//h3/a/@href",
    "block": "//ul[contains(@class, 'wp-block-post-template')]//h2/a/@href",
}
NEXT = {
    "jnews": "//a[contains(@class, 'page_nav next')]/@href",
    "tagdiv": "//a[@aria-label='next-page']/@href",
    "block": "//a[@class='wp-block-query-pagination-next']/@href",
}


def walk_pages(client: Client, url: str, theme: str) -> Iterator[str]:
    while url:
        reply = client.get(url)
        assert reply.status == 200
        root = lxml.html.fromstring(reply.body.decode())
        for href in root.xpath(CARDS[theme]):
            yield urlsplit(str(href)).path
        url = next(iter(root.xpath(NEXT[theme])), "")


@pytest.mark.parametrize("theme", THEMES)
def test_archives_lead_to_every_post(server: DemoServer, client: Client, theme: str) -> None:
    server.theme = theme
    world = server.world
    assert list(walk_pages(client, "/", theme)) == all_paths(world)
    due = [world.path(number) for number in world.of_category("business")][::-1]
    assert list(walk_pages(client, "/category/business/", theme)) == due
    assert client.get("/page/999/").status == 404
    assert client.get("/category/none-such/").status == 404


def test_date_archives_are_site_local(server: DemoServer, client: Client) -> None:
    world = server.world
    months = sorted({path[:9] for path in all_paths(world)})
    assert len(months) >= 5
    found = [path for month in months for path in list(walk_pages(client, month, "jnews"))[::-1]]
    assert found == all_paths(world)[::-1]
    day = world.path(80)[:12]
    assert list(walk_pages(client, day, "jnews")) == [path for path in all_paths(world) if path.startswith(day)]
    assert client.get("/2025/13/").status == 404
    assert client.get("/1999/").status == 404


def test_search_pages(server: DemoServer, client: Client) -> None:
    world = server.world
    found = list(walk_pages(client, "/?s=council", "jnews"))
    assert found == [post.path for post in world.posts() if "council" in f"{post.title} {post.text}".casefold()]
    assert len(found) > 10
    empty = client.get("/?s=zyxwvu")
    assert (empty.status, "jeg_empty_module" in empty.body.decode()) == (200, True)


@pytest.mark.parametrize(
    ("theme", "title", "body"),
    [
        ("jnews", "//h1[@class='jeg_post_title']", "//div[@class='content-inner']"),
        ("tagdiv", "//h1[@class='entry-title']", "//div[contains(@class, 'td-post-content')]"),
        ("block", "//h1[@class='wp-block-post-title']", "//div[contains(@class, 'wp-block-post-content')]"),
    ],
)
def test_post_pages(server: DemoServer, client: Client, theme: str, title: str, body: str) -> None:
    server.theme = theme
    world = server.world
    for number in range(60, 90):
        post = world.post(number)
        html = client.get(post.path).body.decode()
        root = lxml.html.fromstring(html)
        (heading,) = root.xpath(title)
        (content,) = root.xpath(body)
        assert heading.text_content() == post.title
        text = content.text_content()
        assert all(paragraph in text for paragraph in post.paragraphs)
        assert (root.xpath("//a[@rel='nofollow'][contains(@href, '.test')]") != []) == bool(
            post.publisher and post.case.attribution != "name"
        ) or post.case.attribution == "self"
        graph = json.loads(root.xpath("//script[@type='application/ld+json']/text()")[0])["@graph"]
        assert graph[0]["headline"] == post.title
        assert f"postid-{post.id}" in root.xpath("//body/@class")[0]
        assert root.xpath("//link[@rel='shortlink']/@href") == [f"{world.base()}/?p={post.id}"]


def test_counters_are_displayed_as_the_world_has_them(server: DemoServer, client: Client) -> None:
    seen = set()
    for number in range(40):
        post = server.world.post(number)
        root = lxml.html.fromstring(client.get(post.path).body.decode())
        shares, views = (str(node.text) for node in root.xpath("//div[@class='counts']"))
        for text, count in ((shares, post.shares), (views, post.views)):
            assert round(float(text.rstrip("k")) * (1000 if text.endswith("k") else 1)) == count
            seen.add(text.endswith("k"))
    assert seen == {True, False}


# Shutting


@pytest.mark.parametrize(
    ("surface", "path"),
    [
        ("rest", "/wp-json/wp/v2/posts"),
        ("rest", "/?rest_route=/wp/v2/posts"),
        ("feed", "/feed/"),
        ("feed", "/category/news/feed/"),
        ("feed", "/?feed=rss2"),
        ("sitemap", "/wp-sitemap.xml"),
        ("archive", "/category/news/"),
        ("archive", "/page/2/"),
        ("archive", "/2025/05/"),
        ("archive", "/?s=council"),
    ],
)
def test_surfaces_are_shut_one_by_one(server: DemoServer, client: Client, surface: str, path: str) -> None:
    assert client.get(path).status == 200
    for how, status in (("401", 401), ("403", 403), ("404", 404), ("429", 429), ("503", 503), ("html", 200)):
        server.shut(surface, how)
        reply = client.get(path)
        assert reply.status == status
        assert (b"<html" in reply.body) == (not (surface == "rest" and how in ("401", "404")))
    for other in {"rest", "feed", "sitemap", "archive"} - {surface}:
        server.open(surface)
        server.shut(other)
        assert client.get(path).status == 200
    server.open()


def test_refusing_half_way(server: DemoServer, client: Client) -> None:
    server.shut("rest", "403", after=2)
    answers = [client.get(f"/wp-json/wp/v2/posts?page={page}").status for page in (1, 2, 3, 4)]
    assert answers == [200, 200, 403, 403]
    assert client.get("/feed/").status == 200
    with pytest.raises(ValueError, match="unknown surface"):
        server.shut("gopher")


def test_robots_of_the_aggregator_may_forbid(server: DemoServer, client: Client) -> None:
    server.disallow("/wp-json/", "/feed/")
    text = client.get("/robots.txt").body.decode()
    assert "Disallow: /wp-json/\nDisallow: /feed/\n" in text
    server.disallow()
    assert "/wp-json/" not in client.get("/robots.txt").body.decode()


def test_deleted_posts_are_on_no_surface(server: DemoServer, client: Client) -> None:
    world = server.world
    gone = [world.path(number) for number in (world.total - 2, 5)]
    ids = [world.post(number).id for number in (world.total - 2, 5)]
    server.delete(world.total - 2, 5)
    assert [client.get(path).status for path in gone] == [404, 404]
    server.gone = 410
    assert [client.get(path).status for path in gone] == [410, 410]
    assert client.get(f"/wp-json/wp/v2/posts?include={ids[0]},{ids[1]}").json() == []
    for text in ("/feed/", "/", "/wp-sitemap-posts-post-1.xml", "/wp-json/wp/v2/posts?per_page=100"):
        body = client.get(text).body.decode().replace("\\/", "/")
        assert gone[0] not in body
    assert len(list(walk_pages(client, "/", "jnews"))) == 2 * BLOCK - 2
