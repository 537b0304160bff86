"""robots.txt on the wire: statuses, failures, redirects, sizes, the cache and the signal."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from typing import Any

import pytest

from newscrawl.net.robots import ERROR_TTL, LINE_TTL, ROBOTS_TTL, MemoryRobotsStore, StoredRobots, origin_of
from tests.net.harness import PAGE, Crawled, Server, answer, crawl, pages

DENY = "User-agent: *\nDisallow: /\n"
ALLOW = "User-agent: *\nAllow: /\n"
GZIP = [("Content-Encoding", "gzip")]


def text(body: str | bytes, status: str = "200 OK", headers: Any = ()) -> bytes:
    return answer(body, status, headers, content_type="text/plain")


def to(path: str) -> bytes:
    return text("", "301 Moved Permanently", [("Location", path)])


def bomb(megabytes: int) -> bytes:
    """The head of one gzip member that unpacks to so much; each megabyte is packed as the one before was."""
    packer = zlib.compressobj(9, wbits=31)
    first, again = (packer.compress(b"#" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (megabytes - 1)


def hang(peer: Any, head: bytes) -> bool:
    time.sleep(8)
    return False


def hang_up(peer: Any, head: bytes) -> bool:
    return False


def cut(peer: Any, head: bytes) -> bool:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nUser-agent: *\nAllow: /\n")
    return False


def close_delimited(peer: Any, head: bytes) -> bool:
    peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + DENY.encode())
    return False


# What robots.txt does, whether the page behind it may be fetched, and the reason otherwise.
CASES: dict[str, tuple[dict[str, Any], str | None]] = {
    "deny": ({"/robots.txt": text(DENY)}, "robots"),
    "allow": ({"/robots.txt": text(ALLOW)}, None),
    "empty": ({"/robots.txt": text("")}, None),
    "204": ({"/robots.txt": b"HTTP/1.1 204 No Content\r\n\r\n"}, None),
    "403-with-rules": ({"/robots.txt": text(DENY, "403 Forbidden")}, None),
    "404": ({}, None),
    "410-html": ({"/robots.txt": answer(PAGE, "410 Gone")}, None),
    "429": ({"/robots.txt": text(DENY, "429 Slow Down")}, None),
    "500": ({"/robots.txt": text(ALLOW, "500 Oops")}, "http_500"),
    "503-html": ({"/robots.txt": answer(PAGE, "503 Busy")}, "http_503"),
    "503-with-rules": ({"/robots.txt": text(ALLOW, "503 Busy")}, "http_503"),
    "timeout": ({"/robots.txt": hang}, "timeout"),
    "hang-up": ({"/robots.txt": hang_up}, "connection"),
    "cut": ({"/robots.txt": cut}, "truncated"),
    "no-length": ({"/robots.txt": close_delimited}, "robots"),
    "html-200": ({"/robots.txt": answer(PAGE)}, None),
    "redirect": ({"/robots.txt": to("/r1"), "/r1": text(DENY)}, "robots"),
    "five-redirects": (
        {"/robots.txt": to("/r1"), **{f"/r{n}": to(f"/r{n + 1}") for n in range(1, 5)}, "/r5": text(DENY)},
        "robots",
    ),
    "six-redirects": (
        {"/robots.txt": to("/r1"), **{f"/r{n}": to(f"/r{n + 1}") for n in range(1, 6)}, "/r6": text(DENY)},
        None,
    ),
    "redirect-loop": ({"/robots.txt": to("/robots.txt")}, None),
    "redirect-to-404": ({"/robots.txt": to("/nowhere")}, None),
    "redirect-to-503": ({"/robots.txt": to("/r1"), "/r1": text("", "503 Busy")}, "http_503"),
    "redirect-to-private": ({"/robots.txt": to("http://127.0.0.1/robots.txt")}, "refused"),
    "redirect-to-file": ({"/robots.txt": to("file:///etc/hostname")}, None),
    "large": ({"/robots.txt": text(DENY + "#" * 14_000_000)}, "robots"),
    "large-rule-too-late": ({"/robots.txt": text("#" * 79 + "\n" + ("#" * 79 + "\n") * 6_500 + DENY)}, None),
    "gzip-unasked": ({"/robots.txt": text(gzip.compress(DENY.encode()), headers=GZIP)}, "robots"),
    "gzip-that-is-none": ({"/robots.txt": text(DENY, headers=GZIP)}, "truncated"),
    "gzip-cut": ({"/robots.txt": text(gzip.compress(ALLOW.encode() * 99)[:-9], headers=GZIP)}, "truncated"),
    "bomb": ({"/robots.txt": text(bomb(200), headers=GZIP)}, "too_large"),
    "delay-of-a-minute": ({"/robots.txt": text("User-agent: *\nCrawl-delay: 60\n")}, None),
    "delay-of-a-day": ({"/robots.txt": text("User-agent: *\nCrawl-delay: 86400\n")}, "robots"),
    "many-headers": ({"/robots.txt": text(ALLOW, headers=[("X-Filler", "x" * 500)] * 300)}, "too_large"),
    "not-http": ({"/robots.txt": b"220 ready\r\n\r\n"}, "connection"),
}  # fmt: skip


@pytest.fixture(scope="module")
def crawled() -> Any:
    """All cases in one crawl, each on a host and server of its own."""
    servers = {name: Server(pages({"/page": answer(PAGE), **routes})) for name, (routes, _) in CASES.items()}
    hosts = {name: f"{name}.test:{server.port}" for name, server in servers.items()}
    try:
        result = crawl(
            [f"http://{host}/page" for host in hosts.values()],
            overrides={host: f"127.0.0.1:{servers[name].port}" for name, host in hosts.items()},
            settings={"DOWNLOAD_TIMEOUT": 4, "CONCURRENT_REQUESTS": 100},
            timeout=120,
        )
        yield result, servers, hosts
    finally:
        for server in servers.values():
            server.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_rfc_9309(crawled: tuple[Crawled, dict[str, Server], dict[str, str]], name: str) -> None:
    result, servers, hosts = crawled
    expected = CASES[name][1]
    assert result.reason(f"http://{hosts[name]}/page") == expected
    asked = "/page" in servers[name].paths()
    assert asked is (expected is None), "the page was asked for against robots.txt, or not at all"


@pytest.mark.slow
def test_one_retry_of_what_may_pass_and_none_of_what_may_not(
    crawled: tuple[Crawled, dict[str, Server], dict[str, str]],
) -> None:
    _, servers, _ = crawled
    assert servers["503-html"].paths().count("/robots.txt") == 2
    assert servers["timeout"].paths().count("/robots.txt") == 2
    assert servers["404"].paths().count("/robots.txt") == 1
    assert servers["deny"].paths().count("/robots.txt") == 1


def test_asked_once_a_site_and_known_to_listeners() -> None:
    robots = (
        "User-agent: *\nCrawl-delay: 4\nContent-Signal: ai-train=no\nDisallow: /no\nUser-agent: GPTBot\nDisallow: /\n"
    )
    routes = {"/robots.txt": text(robots), **{f"/{n}": answer(PAGE) for n in range(10)}}
    with Server(pages(routes)) as server:
        base = f"http://site.test:{server.port}"
        result = crawl(
            [f"{base}/{n}" for n in range(10)] + [f"{base}/no"],
            overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
        )
        assert server.paths().count("/robots.txt") == 1
        assert server.paths()[0] == "/robots.txt"
        assert b"Accept-Encoding: identity" in server.heads[0]
    assert [result.by_url[f"{base}/{n}"]["status"] for n in range(10)] == [200] * 10
    assert result.reason(f"{base}/no") == "robots"
    assert result.robots == [
        {
            "host": "site.test",
            "origin": base,
            "crawl_delay": 4.0,
            "rights": {
                "ai_train": "no",
                "ai_input": "none",
                "search": "none",
                "ai_agents": "GPTBot",
                "ai_train.source": "robots.txt",
                "ai_agents.source": "robots.txt",
            },
            "reachable": True,
        }
    ]


def test_the_store_serves_a_day_and_a_stale_answer_holds_while_the_site_is_down() -> None:
    routes = {"/robots.txt": text("", "503 Busy"), "/page": answer(PAGE), "/no": answer(PAGE)}
    with Server(pages(routes)) as fresh, Server(pages(routes)) as stale, Server(pages(routes)) as ancient:
        servers = {"fresh": fresh, "stale": stale, "ancient": ancient}
        base = {name: f"http://{name}.test:{server.port}" for name, server in servers.items()}
        age = {"fresh": 3600, "stale": 2 * ROBOTS_TTL, "ancient": 60 * 24 * 3600}
        stored = [
            {"origin": base[name], "status": 200, "body": "User-agent: *\nDisallow: /no\n", "age": age[name]}
            for name in servers
        ]
        result = crawl(
            [f"{url}{path}" for url in base.values() for path in ("/page", "/no")],
            overrides={f"{name}.test:{server.port}": f"127.0.0.1:{server.port}" for name, server in servers.items()},
            settings={"TEST_ROBOTS_STORE": stored},
        )
        assert "/robots.txt" not in fresh.paths()
        assert "/robots.txt" in stale.paths()
    reasons = {name: [result.reason(f"{base[name]}{path}") for path in ("/page", "/no")] for name in servers}
    assert reasons == {"fresh": [None, "robots"], "stale": [None, "robots"], "ancient": ["http_503", "http_503"]}


def test_dont_obey_is_for_robots_txt_alone() -> None:
    """A spider or a page cannot switch robots off through the request's meta."""
    with Server(pages({"/robots.txt": text(DENY), "/page": answer(PAGE)})) as server:
        url = f"http://site.test:{server.port}/page"
        result = crawl(
            [url],
            overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
            settings={"TEST_META": {"dont_obey_robotstxt": True}},
        )
        assert result.reason(url) == "robots"


def test_freshness() -> None:
    good = StoredRobots("http://a:80", 200, b"", 1000.0)
    assert good.fresh(1000.0 + ROBOTS_TTL - 1)
    assert not good.fresh(1000.0 + ROBOTS_TTL)
    # A clock that was set back does not keep an answer for ever.
    assert not good.fresh(999.0)
    bad = StoredRobots("http://a:80", None, b"", 1000.0, "timeout")
    assert bad.fresh(1000.0 + ERROR_TTL - 1)
    assert not bad.fresh(1000.0 + ERROR_TTL)
    assert not StoredRobots("http://a:80", 503, b"", 0.0).reachable
    for reason in ("dns", "connection"):
        # A failure of this machine's own line is not held against the site for long.
        ours = StoredRobots("http://a:80", None, b"", 1000.0, reason)
        assert ours.fresh(1000.0 + LINE_TTL - 1)
        assert not ours.fresh(1000.0 + LINE_TTL)


def test_what_is_remembered_is_said_to_be() -> None:
    failed = StoredRobots("http://a:80", None, b"", 1_750_000_000.0, "timeout")
    said = "robots.txt cannot be had (timeout), remembered since 15:06, asked again after 15:36 UTC"
    assert failed.describe_failure() == said
    ours = StoredRobots("http://a:80", None, b"", 1_750_000_000.0, "dns")
    assert ours.describe_failure().endswith("(dns), remembered since 15:06, asked again after 15:07 UTC")


def test_a_remembered_failure_asks_nothing_and_names_its_end() -> None:
    with Server(pages({"/page": answer(PAGE)})) as server:
        base = f"http://site.test:{server.port}"
        stored = [{"origin": base, "status": None, "body": "", "reason": "timeout", "age": 600}]
        result = crawl(
            [f"{base}/page"],
            overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
            settings={"TEST_ROBOTS_STORE": stored, "LOG_LEVEL": "INFO"},
        )
        assert server.connections == 0
    assert result.reason(f"{base}/page") == "timeout"
    assert "robots.txt cannot be had (timeout), remembered since" in result.log


def test_the_memory_store_is_bounded() -> None:
    async def fill() -> tuple[StoredRobots | None, StoredRobots | None]:
        store = MemoryRobotsStore(size=2)
        for name in "abc":
            await store.put(StoredRobots(name, 200, b"", 0.0))
            await store.get("a")
        return await store.get("b"), await store.get("c")

    gone, kept = asyncio.run(fill())
    assert gone is None
    assert kept is not None


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://a.example/x", "http://a.example:80"),
        ("https://A.example:443/x?y", "https://a.example:443"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("http://[2606:4700::1]/x", "http://[2606:4700::1]:80"),
    ],
)
def test_origin(url: str, origin: str) -> None:
    assert origin_of(url) == origin
