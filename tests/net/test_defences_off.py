"""Each defence taken away once, to show that it is what holds. The others are shown beside their own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newscrawl.net.defaults import NET_SETTINGS
from tests.net.certificates import Authority
from tests.net.harness import PAGE, Crawled, Server, answer, crawl, pages

ROBOTS = answer("User-agent: *\nAllow: /\n", content_type="text/plain")
MIDDLEWARES: dict[str, Any] = dict(NET_SETTINGS["DOWNLOADER_MIDDLEWARES"])  # type: ignore[call-overload]
POLICY = "newscrawl.net.middleware.AddressPolicyMiddleware"
OURS = "newscrawl.net.robots.RobotsMiddleware"
SCRAPYS = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
STOCK_HANDLER = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"


def fetch(server: Server, path: str, **settings: Any) -> Crawled:
    return crawl(
        [f"http://site.test:{server.port}{path}"],
        overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
        settings={"TEST_UNSAFE": True, **settings},
    )


def test_scrapys_robots_lets_503_pass_and_ours_does_not() -> None:
    with Server(pages({"/robots.txt": answer(PAGE, "503 Busy"), "/page": answer(PAGE)})) as server:
        url = f"http://site.test:{server.port}/page"
        stock = fetch(server, "/page", DOWNLOADER_MIDDLEWARES={**MIDDLEWARES, OURS: None, SCRAPYS: 100})
        assert stock.by_url[url]["status"] == 200
        assert fetch(server, "/page").reason(url) == "http_503"


def test_the_stock_handler_takes_any_amount_of_headers() -> None:
    headers = b"".join(b"X-Fill-%d: %s\r\n" % (n, b"v" * 8_000) for n in range(1_000))

    def flood(peer: Any, head: bytes) -> bool:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n" + headers + b"\r\nok")
        return True

    with Server(pages({"/robots.txt": ROBOTS, "/page": flood})) as server:
        url = f"http://site.test:{server.port}/page"
        handlers = {"http": STOCK_HANDLER, "https": STOCK_HANDLER}
        assert fetch(server, "/page", DOWNLOAD_HANDLERS=handlers).by_url[url]["status"] == 200
        assert fetch(server, "/page").reason(url) == "too_large"


def test_unverified_certificates_let_a_stranger_answer(tmp_path: Path) -> None:
    context = Authority(tmp_path).context("other.test")
    with Server(pages({"/robots.txt": ROBOTS, "/": answer(PAGE)}), tls=context) as server:
        url = f"https://site.test:{server.port}/"
        overrides = {f"site.test:{server.port}": f"127.0.0.1:{server.port}"}
        unsafe = {"TEST_UNSAFE": True, "DOWNLOAD_VERIFY_CERTIFICATES": False}
        assert crawl([url], overrides=overrides, settings=unsafe).by_url[url]["status"] == 200
        assert crawl([url], overrides=overrides).reason(url) == "tls"


@pytest.mark.parametrize("on", ["neither", "handlers", "middleware"])
def test_a_link_to_a_local_file_is_read_only_without_both_defences(tmp_path: Path, on: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret of this machine")
    settings: dict[str, Any] = {"TEST_UNSAFE": True, "ROBOTSTXT_OBEY": False}
    middlewares = {**MIDDLEWARES, OURS: None}
    if on != "handlers":
        settings["DOWNLOAD_HANDLERS"] = {}
    if on != "middleware":
        middlewares[POLICY] = None
    crawled = crawl([secret.as_uri()], settings={**settings, "DOWNLOADER_MIDDLEWARES": middlewares})
    result = crawled.by_url[secret.as_uri()]
    if on == "neither":
        assert "the secret" in result["body"]
    else:
        assert result["reason"] == "refused"


def test_without_the_cap_a_bomb_is_unpacked_whole() -> None:
    import gzip

    bomb = answer(gzip.compress(b"\0" * 30_000_000, 9), headers=[("Content-Encoding", "gzip")])
    with Server(pages({"/robots.txt": ROBOTS, "/page": bomb})) as server:
        url = f"http://site.test:{server.port}/page"
        assert fetch(server, "/page", DOWNLOAD_MAXSIZE=0).by_url[url]["size"] == 30_000_000
        assert fetch(server, "/page").reason(url) == "too_large"
