"""The server: REST as WordPress answers it, and publishers that behave as the table says."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.parse import urljoin

import pytest

from newscrawl.demo.server import DemoServer
from newscrawl.demo.world import EPOCH, TRACKER_HOST, iso
from tests.demo.conftest import Client, Reply

POSTS = "/wp-json/wp/v2/posts"


def walk(client: Client, url: str) -> tuple[list[int], Reply, str]:
    """Follow redirects: statuses on the way, the last answer, its address."""
    statuses = []
    for _ in range(6):
        reply = client.get(url)
        statuses.append(reply.status)
        if reply.status not in (301, 302):
            return statuses, reply, url
        url = urljoin(url, reply.headers["location"])
    raise AssertionError(f"too many redirects: {url}")


# REST


def test_pages_are_walked_to_the_end(server: DemoServer, client: Client) -> None:
    total = server.world.total
    seen: list[int] = []
    for page in range(1, 100):
        reply = client.get(f"{POSTS}?per_page=50&page={page}&_fields=id")
        if reply.status == 400:
            assert reply.json()["code"] == "rest_post_invalid_page_number"
            break
        assert reply.headers["x-wp-total"] == str(total)
        assert reply.headers["x-wp-totalpages"] == str(-(-total // 50))
        assert ('rel="next"' in reply.headers.get("link", "")) == (page * 50 < total)
        assert ('rel="prev"' in reply.headers.get("link", "")) == (page > 1)
        seen += [row["id"] for row in reply.json()]
    assert seen == [server.world.post(number).id for number in range(total - 1, -1, -1)]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("per_page=101", "per_page"),
        ("per_page=0", "per_page"),
        ("page=0", "page"),
        ("per_page=x", "per_page"),
        ("order=up", "order"),
        ("orderby=mood", "orderby"),
        ("after=yesterday", "after"),
        ("categories=x", "categories"),
    ],
)
def test_bad_parameters(client: Client, query: str, parameter: str) -> None:
    reply = client.get(f"{POSTS}?{query}")
    assert reply.status == 400
    assert reply.json()["code"] == "rest_invalid_param"
    assert list(reply.json()["data"]["params"]) == [parameter]


def test_window_is_exclusive_and_site_local(server: DemoServer, client: Client) -> None:
    world = server.world
    low, high = world.published(20), world.published(30)
    ids = [world.post(number).id for number in range(29, 20, -1)]
    utc = client.get(f"{POSTS}?after={iso(low)}&before={iso(high)}&_fields=id&per_page=100").json()
    assert [row["id"] for row in utc] == ids
    # Without an offset a time is the site's own: four hours behind UTC.
    ends = f"{world.post(20).id},{world.post(30).id}"
    rows = {row["id"]: row for row in client.get(f"{POSTS}?include={ends}&_fields=id,date,date_gmt").json()}
    first, last = rows[world.post(20).id], rows[world.post(30).id]
    assert first["date"] != first["date_gmt"]
    local = client.get(f"{POSTS}?after={first['date']}&before={last['date']}&_fields=id&per_page=100").json()
    assert [row["id"] for row in local] == ids
    assert f"{first['date_gmt']}Z" == iso(low)


def test_offset_order_include_slug(server: DemoServer, client: Client) -> None:
    world = server.world
    assert [r["id"] for r in client.get(f"{POSTS}?per_page=3&offset=2&_fields=id").json()] == [
        world.post(world.total - n).id for n in (3, 4, 5)
    ]
    assert [r["id"] for r in client.get(f"{POSTS}?per_page=2&order=asc&_fields=id").json()] == [
        world.post(n).id for n in (0, 1)
    ]
    wanted = [world.post(n).id for n in (4, 90, 17)]
    found = client.get(f"{POSTS}?include={wanted[0]},{wanted[1]},{wanted[2]},5&_fields=id").json()
    assert sorted(row["id"] for row in found) == sorted(wanted)
    assert [r["id"] for r in client.get(f"{POSTS}?slug={world.post(9).slug}&_fields=id").json()] == [world.post(9).id]
    assert client.get(f"{POSTS}?slug=nothing-of-the-kind").json() == []


def test_categories_and_search(server: DemoServer, client: Client) -> None:
    world = server.world
    (row,) = client.get("/wp-json/wp/v2/categories?slug=science&_fields=id,slug").json()
    assert row["slug"] == "science"
    found = client.get(f"{POSTS}?categories={row['id']}&per_page=100&_fields=id,categories").json()
    due = [post.id for post in world.posts() if "science" in {category.slug for category in post.categories}]
    assert [entry["id"] for entry in found] == due
    assert all(row["id"] in entry["categories"] for entry in found)
    assert client.get("/wp-json/wp/v2/categories?slug=none-such").json() == []
    place = world.article(12).title.split()[-1]
    assert world.post(12).id in [e["id"] for e in client.get(f"{POSTS}?search={place}&per_page=100&_fields=id").json()]
    assert client.get(f"{POSTS}?search=zyxwv").json() == []


def test_fields_nested_and_entities(server: DemoServer, client: Client) -> None:
    rows = client.get(f"{POSTS}?per_page=100&_fields=id,title.rendered,content.rendered").json()
    assert all(set(row) == {"id", "title", "content"} for row in rows)
    assert all(set(row["title"]) == {"rendered"} for row in rows)
    by_id = {post.id: post for post in server.world.posts()}
    assert [unescape(row["title"]["rendered"]) for row in rows] == [by_id[row["id"]].title for row in rows]
    assert any("&#8217;" in row["title"]["rendered"] for row in rows)
    assert any("jnews_inline_related_post" in row["content"]["rendered"] for row in rows)
    assert "protected" not in rows[0]["content"]


def test_single_post_guid_and_permalink(server: DemoServer, client: Client) -> None:
    post = server.world.post(33)
    row = client.get(f"{POSTS}/{post.id}").json()
    assert row["link"] == server.url(post.path)
    assert client.get(f"{POSTS}/2").status == 404
    statuses, reply, url = walk(client, row["guid"]["rendered"])
    assert (statuses, url) == ([301, 200], row["link"])
    assert f"postid-{post.id}" in reply.body.decode()
    assert client.get(row["link"] + "nothing/").status == 404
    assert client.get("/wp-json/wp/v2/nothing").json()["code"] == "rest_no_route"
    assert client.get("/wp-json/").json()["gmt_offset"] == "-4"


def test_modified_after(server: DemoServer, client: Client) -> None:
    world = server.world
    newest = max(world.modified(number) for number in range(world.total))
    assert newest <= EPOCH
    query = f"{POSTS}?modified_after={iso(newest)}&orderby=modified&per_page=100&_fields=id"
    assert client.get(query).json() == []
    world.change(3)
    world.change(100)
    assert len(world.group(3)) == len(world.group(100)) == 1
    (fresh,) = world.publish()
    ids = [row["id"] for row in client.get(query).json()]
    assert ids == [world.post(number).id for number in (fresh, 100, 3)]
    world.delete(100)
    assert world.post(100).id not in [row["id"] for row in client.get(query).json()]
    assert client.get(f"{POSTS}/{world.post(100).id}").status == 404
    moment = iso(world.published(40))
    due = {post.id for post in world.posts() if iso(post.modified) > moment}
    got: set[int] = set()
    for page in range(1, 9):
        query = f"{POSTS}?modified_after={moment}&per_page=50&page={page}&_fields=id"
        got |= {row["id"] for row in client.get(query).json() if isinstance(row, dict)}
    assert got == due


# Publishers


#: What the first paragraphs of these pages show, and the status of their answers.
WALLS = {"challenge": (403, 200), "consent": (200, 200), "login": (200, 200), "listing": (200, 200)}


def test_publishers_behave_as_the_table_says(server: DemoServer, client: Client) -> None:
    world = server.world
    seen = set()
    for number in range(world.total):
        post, case, publisher = world.post(number), world.case(number), world.publisher(number)
        if post.original_link is None or publisher is None or (case.name, world.turn(number) % 2) in seen:
            continue
        seen.add((case.name, world.turn(number) % 2))
        if case.link == "private":
            assert post.original_link.startswith("http://10.")
            continue
        if case.link == "tls":
            assert post.original_link.startswith("https://")
            with pytest.raises(ssl.SSLError):
                ssl.create_default_context().wrap_socket(
                    socket.create_connection(("127.0.0.1", server.port), 5), server_hostname=publisher.host
                )
            continue
        if case.original == "huge":
            reply = client.get(post.original_link, limit=200_000)
            assert int(reply.headers["content-length"]) > 50_000_000
            assert len(reply.body) == 200_000
            continue
        if case.original in ("short", "reset"):
            with pytest.raises(http.client.IncompleteRead if case.original == "short" else ConnectionResetError):
                client.get(post.original_link)
            continue
        article = world.article(number)
        started = time.monotonic()
        statuses, reply, url = walk(client, post.original_link)
        took = time.monotonic() - started
        hops = {"chain": 3, "tracker": 2}.get(case.link, 1)
        if case.original in ("consent", "login"):
            hops += world.turn(number) % 2
        assert len(statuses) == hops, case.name
        if case.original.isdigit():
            assert statuses[-1] == int(case.original)
            continue
        assert statuses[-1] == WALLS.get(case.original, (200, 200))[world.turn(number) % 2], case.name
        text = unescape(reply.body.decode(publisher.encoding))
        shown = [paragraph for paragraph in article.paragraphs if paragraph in text]
        due = len(article.paragraphs) if case.original in ("full", "slow", "denied", "shared", "wire") else 0
        if case.original == "cut":
            assert 0 < len(shown) < len(article.paragraphs)
            assert 100 <= len(" ".join(shown).split()) < 220
        else:
            assert len(shown) == due, case.name
        assert ('"isAccessibleForFree": false' in text) == (case.original in ("cut", "bare"))
        assert (took >= server.slow) == (case.original == "slow")
        if case.link != "amp" and case.original not in ("consent", "login"):
            assert url == world.original_url(number)
        if case.name == "cross_canonical":
            assert 'rel="canonical" href="http://www.mothermoon.test' in text
    assert {name for name, _ in seen} == {case.name for case in map(world.case, range(world.total)) if case.link != "-"}


def test_pages_say_their_encoding_or_show_it(server: DemoServer, client: Client) -> None:
    world = server.world
    found = {}
    for number in range(world.total):
        publisher = world.publisher(number)
        if publisher and publisher.encoding != "utf-8":
            reply = client.get(str(world.post(number).original_link))
            found[publisher.encoding, publisher.charset_in] = reply
            assert world.article(number).title in unescape(reply.body.decode(publisher.encoding))
    assert set(found) == {
        ("utf-16", "bom"),
        ("windows-1252", "header"),
        ("windows-1252", "meta"),
        ("windows-1251", "header"),
    }
    assert found["utf-16", "bom"].body[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert found["utf-16", "bom"].headers["content-type"] == "text/html"
    assert found["windows-1252", "header"].headers["content-type"] == "text/html; charset=windows-1252"
    assert b'<meta charset="windows-1252">' in found["windows-1252", "meta"].body[:200]


def test_robots(server: DemoServer, client: Client) -> None:
    def robots(host: str) -> str:
        return client.get(server.url("/robots.txt", host)).body.decode()

    assert "Disallow: /\n" in robots("closedgate.test")
    assert "Disallow: /\n" not in robots("plainsdispatch.test")
    assert "Disallow: /wp-admin/" in robots("dnyuz.test")
    assert client.get(server.url("/robots.txt", "nowhere.test")).status == 421


def test_amp_page_names_its_canonical(server: DemoServer, client: Client) -> None:
    world = server.world
    number = next(n for n in range(world.total) if world.case(n).link == "amp")
    link = world.post(number).original_link
    assert link is not None
    page, canonical = client.get(link).body.decode(), world.original_url(number)
    assert "<html amp" in page
    assert f'<link rel="canonical" href="{canonical}">' in page
    assert f'<link rel="amphtml" href="{link}">' in client.get(str(canonical)).body.decode()


def test_tracker_is_no_open_redirector(server: DemoServer, client: Client) -> None:
    assert client.get(server.url("/click?url=http://example.org/", TRACKER_HOST)).status == 404


# The server


def test_many_at_once_and_a_slow_one_holds_nobody_up(server: DemoServer, client: Client) -> None:
    world = server.world
    slow = next(n for n in range(world.total) if world.case(n).original == "slow")
    link = str(world.original_url(slow))
    started = time.monotonic()
    with ThreadPoolExecutor(30) as pool:
        slow_ones = [pool.submit(client.get, link) for _ in range(15)]
        fast = [pool.submit(client.get, f"{POSTS}?per_page=1&page={n}") for n in range(1, 16)]
        assert {job.result().status for job in fast} == {200}
        assert {job.result().status for job in slow_ones} == {200}
    assert time.monotonic() - started < 15 * server.slow


def test_log_of_requests(server: DemoServer, client: Client) -> None:
    client.get("/wp-json/?x=1")
    client.get(server.url("/robots.txt", "lostpages.test"))
    assert [(r.host, r.method, r.path, r.status) for r in server.requests] == [
        ("dnyuz.test", "GET", "/wp-json/?x=1", 200),
        ("lostpages.test", "GET", "/robots.txt", 200),
    ]
    assert server.count("dnyuz.test") == 1
    assert server.count(path="/robots") == 1
    assert json.loads(server.overrides) == {f"*.test:{server.port}": f"127.0.0.1:{server.port}"}
    assert client.get("/", method="POST").status == 405


def test_as_a_program() -> None:
    command = [sys.executable, "-m", "newscrawl.demo.server", "--posts", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http://dnyuz.test:")
            assert process.stdout.readline().startswith("NEWSCRAWL_HOST_OVERRIDES=")
        finally:
            process.terminate()
