"""Behind a proxy: targets are checked before the proxy hears of them, and only the operator's proxy is used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newscrawl.net.endpoints import endpoint_of
from tests.net.harness import PAGE, Server, answer, crawl, pages


def proxy_script(peer: Any, head: bytes) -> bool:
    """An HTTP proxy that answers every target by itself; CONNECT is refused as many do."""
    if head.startswith(b"CONNECT"):
        peer.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        return False
    if b"/robots.txt" in head.split(b"\r\n")[0]:
        peer.sendall(answer("", "404 Not Found"))
    else:
        peer.sendall(answer(PAGE))
    return True


DNS = {
    "public.example": [["93.184.215.14"]],
    "private.example": [["10.0.0.1"]],
    "mixed.example": [["93.184.215.14", "127.0.0.1"]],
}


@pytest.fixture
def proxy() -> Any:
    with Server(proxy_script) as server:
        yield server


def through(proxy: Server, urls: list[str], **settings: Any) -> Any:
    address = f"http://127.0.0.1:{proxy.port}"
    return crawl(
        urls,
        dns=DNS,
        settings={"HTTPPROXY_ENABLED": True, "TEST_UNSAFE": True, **settings},
        env={"http_proxy": address, "https_proxy": address},
    )


def test_targets_are_looked_up_and_checked_first(proxy: Server) -> None:
    urls = [f"http://{host}/page" for host in (*DNS, "nowhere.example", "localhost", "10.0.0.1")]
    crawled = through(proxy, urls)
    reasons = {url.split("/")[2]: crawled.reason(url) for url in urls}
    assert reasons == {
        "public.example": None,
        "private.example": "refused",
        "mixed.example": "refused",
        "nowhere.example": "dns",
        "localhost": "refused",
        "10.0.0.1": "refused",
    }
    asked = b"\n".join(proxy.heads)
    assert b"http://public.example/page" in asked
    for host in (b"private", b"mixed", b"nowhere", b"localhost", b"10.0.0.1"):
        assert host not in asked


def test_tunnels_are_checked_too(proxy: Server) -> None:
    urls = ["https://public.example/", "https://private.example/"]
    crawled = through(proxy, urls)
    assert crawled.reason(urls[0]) == "connection"  # this proxy opens no tunnel
    assert crawled.reason(urls[1]) == "refused"
    asked = b"\n".join(proxy.heads)
    assert b"CONNECT public.example:443" in asked
    assert b"private" not in asked


def test_a_request_cannot_name_a_proxy_of_its_own(proxy: Server) -> None:
    url = "http://public.example/page"
    with Server(pages({"/page": answer(PAGE)})) as public:
        crawled = crawl(
            [url],
            dns=DNS,
            overrides={"internet.test:80": f"127.0.0.1:{public.port}"},
            settings={
                "HTTPPROXY_ENABLED": True,
                "TEST_META": {"proxy": f"http://127.0.0.1:{proxy.port}"},
                "NEWSCRAWL_PORTS": f"80,{proxy.port}",
                "TWISTED_DNS_RESOLVER": "tests.net.resolvers.InternetResolver",
                "TEST_INTERNET": json.dumps({"93.184.215.14": public.port}),
            },
        )
        assert public.paths() == ["/robots.txt"]
    assert crawled.reason(url) == "refused"
    assert crawled.by_url[url]["word"] == "proxy"
    assert proxy.connections == 0


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy"])
def test_a_link_to_the_proxy_itself_is_refused(proxy: Server, variable: str) -> None:
    """The proxy may be dialled by the crawl for others' pages; a page's link to it asks for its own (its console)."""
    # Whatever the link looks like. Through the proxy, or past it where it serves the other scheme alone.
    links = [
        f"http://{host}:{proxy.port}/console"
        for host in ("proxy.example", "PROXY.example", "proxy.example.", "pr%6Fxy.example", "proxy。example")
    ]
    crawled = crawl(
        links,
        dns={**DNS, "proxy.example": [["127.0.0.1"]]},
        overrides={"other.test:1": f"127.0.0.1:{proxy.port}"},  # so that the socket's guard is not what refuses
        settings={"HTTPPROXY_ENABLED": True, "NEWSCRAWL_PORTS": f"80,443,{proxy.port}"},
        env={variable: f"http://proxy.example:{proxy.port}"},
    )
    assert {url: crawled.reason(url) for url in links} == dict.fromkeys(links, "refused")
    assert b"console" not in b"".join(proxy.heads)
    assert proxy.connections == 0


@pytest.mark.parametrize("host", ["proxy.example", "localhost"])
def test_a_tunnel_through_a_proxy_that_has_a_name(proxy: Server, host: str) -> None:
    """The name may lead to a private address, as most proxies' do: every https page ended in a time-out."""
    crawled = crawl(
        ["https://public.example/page", f"https://{host}:{proxy.port}/console"],
        dns={**DNS, host: [["127.0.0.1"]]},
        overrides={"other.test:1": f"127.0.0.1:{proxy.port}"},
        settings={"HTTPPROXY_ENABLED": True, "DOWNLOAD_TIMEOUT": 8, "NEWSCRAWL_PORTS": f"443,{proxy.port}"},
        env={"https_proxy": f"http://{host}:{proxy.port}"},
    )
    assert crawled.reason("https://public.example/page") == "connection"  # this proxy opens no tunnel
    assert crawled.reason(f"https://{host}:{proxy.port}/console") == "refused"
    asked = b"\n".join(proxy.heads)
    assert b"CONNECT public.example:443" in asked
    assert b"console" not in asked


def test_a_proxy_that_has_a_name_is_looked_up_and_dialled(proxy: Server) -> None:
    crawled = crawl(
        ["http://public.example/page"],
        dns={**DNS, "proxy.example": [["127.0.0.1"]]},
        overrides={"other.test:1": f"127.0.0.1:{proxy.port}"},
        settings={"HTTPPROXY_ENABLED": True},
        env={"http_proxy": f"http://proxy.example:{proxy.port}"},
    )
    assert crawled.reason("http://public.example/page") is None
    assert b"http://public.example/page" in b"\n".join(proxy.heads)


def test_the_defence_is_what_holds(proxy: Server) -> None:
    """Without the middleware the proxy is asked for a private target."""
    url = "http://private.example/page"
    crawled = through(
        proxy,
        [url],
        DOWNLOADER_MIDDLEWARES={
            "newscrawl.net.middleware.AddressPolicyMiddleware": 10,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "newscrawl.net.robots.RobotsMiddleware": 100,
        },
    )
    assert crawled.reason(url) is None
    assert b"private.example/page" in b"\n".join(proxy.heads)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://proxy.corp:3128", ("proxy.corp", 3128)),
        ("proxy.corp:3128", ("proxy.corp", 3128)),
        ("https://proxy.corp", ("proxy.corp", 443)),
        ("https://proxy.corp:80/", ("proxy.corp", 80)),
        ("http://user:secret@[::1]:8080/x", ("::1", 8080)),
        ("postgresql+psycopg://u:p@db.internal/news", ("db.internal", 5432)),
        ("sqlite:///data/x.db", None),
        ("", None),
        ("http://x:99999/", None),
    ],
)
def test_endpoints(url: str, endpoint: tuple[str, int] | None) -> None:
    assert endpoint_of(url) == endpoint
