"""Real crawls on loopback: what is refused, before and at connect, and how every failure reads."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.net.certificates import Authority
from tests.net.harness import PAGE, Server, answer, crawl, pages

ALLOW = answer("User-agent: *\nAllow: /\n", content_type="text/plain")


def site(routes: dict[str, Any], **kwargs: Any) -> Server:
    return Server(pages({"/robots.txt": ALLOW, "/": answer(PAGE), **routes}), **kwargs)


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer("", status, [("Location", to)])


def refresh(to: str) -> bytes:
    return answer(f'<html><head><meta http-equiv="refresh" content="0; url={to}"></head><body></body></html>')


def test_overrides_reach_the_name_and_nothing_else_reaches_the_address() -> None:
    with site({}) as server:
        port = server.port
        name = f"http://site.test:{port}"
        crawled = crawl(
            [f"{name}/", f"http://127.0.0.1:{port}/", f"http://other.test:{port}/", f"http://localhost:{port}/"],
            overrides={f"site.test:{port}": f"127.0.0.1:{port}"},
            dns={"other.test": [["127.0.0.1"]]},
            settings={"NEWSCRAWL_PORTS": f"80,443,{port}"},
        )
        assert crawled.by_url[f"{name}/"]["status"] == 200
        # The name is kept on the wire.
        assert all(f"Host: site.test:{port}".encode() in head for head in server.heads)
        assert server.paths() == ["/robots.txt", "/"]
    for url in (f"http://127.0.0.1:{port}/", f"http://other.test:{port}/", f"http://localhost:{port}/"):
        assert crawled.reason(url) == "refused", url


def test_redirects_and_refreshes_are_judged_anew() -> None:
    with site({}) as canary, site({}) as other:
        private = f"http://127.0.0.1:{canary.port}/"
        routes = {
            "/302": redirect(private),
            "/307": redirect(private, "307 Temporary Redirect"),
            "/relative": redirect(f"//127.0.0.1:{canary.port}/"),
            "/decimal": redirect(f"http://2130706433:{canary.port}/"),
            "/refresh": refresh(private),
            "/name": redirect(f"http://rebound.test:{canary.port}/"),
            "/file": redirect("file:///etc/hostname"),
            "/good": redirect(f"http://other.test:{other.port}/"),
        }
        with site(routes) as server:
            base = f"http://site.test:{server.port}"
            crawled = crawl(
                [base + path for path in routes],
                overrides={
                    f"site.test:{server.port}": f"127.0.0.1:{server.port}",
                    f"other.test:{other.port}": f"127.0.0.1:{other.port}",
                },
                dns={"rebound.test": [["127.0.0.1"]]},
                settings={"NEWSCRAWL_PORTS": f"80,443,{canary.port}"},
            )
        for path in ("/302", "/307", "/relative", "/decimal", "/refresh", "/name"):
            assert crawled.reason(base + path) == "refused", path
        assert crawled.by_url[base + "/file"]["status"] == 302
        assert crawled.by_url[base + "/good"]["final"] == f"http://other.test:{other.port}/"
        assert canary.connections == 0


def test_a_rebinding_name_is_dialled_as_it_was_checked() -> None:
    """The first answer is public, later ones are not: a name is looked up once for the check and the dial."""
    with site({}) as canary:
        url = f"http://rebind.test:{canary.port}/"
        crawled = crawl(
            [url],
            # Where nothing listens: 192.88.99.0/24 would be refused, a public address must not be dialled in a test,
            # so both answers are private here and the test below has the public one first.
            dns={"rebind.test": [["127.0.0.1"], ["10.0.0.1"]]},
            settings={"NEWSCRAWL_PORTS": f"{canary.port}"},
        )
        assert crawled.reason(url) == "refused"
        assert canary.connections == 0


def test_names_that_are_not_found_are_dns_and_slow_ones_too() -> None:
    crawled = crawl(
        ["http://nowhere.test/", "http://slow.test/"],
        settings={"DNS_TIMEOUT": 1, "TWISTED_DNS_RESOLVER": "tests.net.resolvers.SlowResolver"},
    )
    assert crawled.reason("http://nowhere.test/") == "dns"
    assert crawled.reason("http://slow.test/") == "dns"


def test_certificates_are_verified_against_the_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger_folder = tmp_path / "stranger"
    stranger_folder.mkdir()
    stranger = Authority(stranger_folder)
    with (
        site({}, tls=authority.context("good.test")) as good,
        site({}, tls=authority.context("other.test")) as wrong_name,
        site({}, tls=authority.context("old.test", days=-1)) as expired,
        site({}, tls=stranger.context("stranger.test")) as unknown,
        site({}) as plain,
    ):
        hosts = {
            f"good.test:{good.port}": good,
            f"wrong.test:{wrong_name.port}": wrong_name,
            f"old.test:{expired.port}": expired,
            f"stranger.test:{unknown.port}": unknown,
            f"plain.test:{plain.port}": plain,
        }
        urls = [f"https://{host}/" for host in hosts]
        crawled = crawl(
            urls,
            overrides={host: f"127.0.0.1:{server.port}" for host, server in hosts.items()},
            env={"SSL_CERT_FILE": str(authority.path)},
        )
        reasons = [crawled.reason(url) for url in urls]
        assert reasons == [None, "tls", "tls", "tls", "tls"]
        # Nothing was said to a peer that was not who it claimed to be.
        assert wrong_name.heads == expired.heads == unknown.heads == []


def test_a_redirect_from_https_to_http_is_flagged(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with site({}) as plain:
        routes = {"/down": redirect(f"http://plain.test:{plain.port}/")}
        with site(routes, tls=authority.context("good.test")) as good:
            base = f"https://good.test:{good.port}"
            crawled = crawl(
                [f"{base}/down", f"{base}/"],
                overrides={
                    f"good.test:{good.port}": f"127.0.0.1:{good.port}",
                    f"plain.test:{plain.port}": f"127.0.0.1:{plain.port}",
                },
                env={"SSL_CERT_FILE": str(authority.path)},
            )
    assert crawled.by_url[f"{base}/down"]["downgraded"] is True
    assert crawled.by_url[f"{base}/"]["downgraded"] is False
    assert crawled.stats["newscrawl/net/tls_downgrades"] == 1


def _drip(header: bytes, gap: float) -> Any:
    def script(peer: Any, head: bytes) -> bool:
        peer.sendall(header)
        for _ in range(1_000):
            time.sleep(gap)
            peer.sendall(b"x")
        return False

    return script


def _flood(start: bytes, piece: bytes) -> Any:
    def script(peer: Any, head: bytes) -> bool:
        peer.sendall(start)
        for _ in range(20_000):
            peer.sendall(piece)
        return False

    return script


def _close(data: bytes, *, reset: bool = False) -> Any:
    def script(peer: Any, head: bytes) -> bool:
        import socket
        import struct

        if data:
            peer.sendall(data)
        if reset:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return script


FAILURES: dict[str, tuple[Any, str]] = {
    # path: what the server does, the reason that it is to read as
    "/slow-body": (_drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 0.5), "timeout"),
    "/slow-headers": (_drip(b"HTTP/1.1 200 OK\r\nX: ", 0.5), "timeout"),
    "/silent": (_drip(b"", 10), "timeout"),
    "/reset": (_close(b"", reset=True), "connection"),
    "/hang-up": (_close(b""), "connection"),
    "/cut": (_close(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nshort"), "truncated"),
    "/cut-chunks": (_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nshort"), "truncated"),
    "/no-http": (_close(b"SSH-2.0-OpenSSH_9.6\r\n" * 3), "connection"),
    "/bad-status": (_close(b"HTTP/1.1 abc OK\r\n\r\n"), "connection"),
    "/bad-length": (_close(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nshort"), "connection"),
    "/bad-coding": (_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nshort"), "connection"),
    "/one-long-header": (_flood(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 8192), "too_large"),
    "/many-headers": (_flood(b"HTTP/1.1 200 OK\r\n", b"X-Some-Name: and-its-value\r\n" * 100), "too_large"),
    "/long-status": (_flood(b"HTTP/1.1 200 ", b"x" * 8192), "too_large"),
    "/interim-answers": (_flood(b"", b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 100), "too_large"),
    "/large-length": (_close(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 9999), "too_large"),
    "/endless": (_flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), "too_large"),
    "/not-gzip": (answer(b"no gzip", headers=[("Content-Encoding", "gzip")]), "truncated"),
    "/loop": (redirect("/loop"), "http_302"),
}


@pytest.mark.slow
def test_every_failure_has_its_reason() -> None:
    routes = {path: does for path, (does, _) in FAILURES.items()}
    with site(routes) as server:
        base = f"http://site.test:{server.port}"
        crawled = crawl(
            [base + path for path in routes] + [f"{base}/", "http://gone.test/"],
            overrides={
                f"site.test:{server.port}": f"127.0.0.1:{server.port}",
                # Port 1: nothing listens.
                "gone.test:80": "127.0.0.1:1",
            },
            settings={
                "DOWNLOAD_TIMEOUT": 3,
                "RETRY_ENABLED": False,
                "CONCURRENT_REQUESTS": 40,
                "CONCURRENT_REQUESTS_PER_DOMAIN": 40,
                "DOWNLOADER_MIDDLEWARES": {
                    "newscrawl.net.middleware.AddressPolicyMiddleware": 10,
                    "newscrawl.net.robots.RobotsMiddleware": 100,
                    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
                    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
                    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
                    "newscrawl.net.bodies.CompressionMiddleware": 590,
                },
            },
            timeout=90,
        )
    found = {path: crawled.reason(base + path) for path in routes}
    assert found == {path: reason for path, (_, reason) in FAILURES.items()}
    assert crawled.reason("http://gone.test/") == "connection"
    assert crawled.by_url[f"{base}/"]["status"] == 200
    assert "Traceback" not in crawled.log.replace("Error downloading", "")


def test_many_honest_headers_pass() -> None:
    headers = [(f"X-Header-{n}", "v" * 200) for n in range(200)] + [("Content-Security-Policy", "x" * 20_000)]
    with site({"/": answer(PAGE, headers=headers)}) as server:
        url = f"http://site.test:{server.port}/"
        crawled = crawl([url], overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"})
    # 200 headers of about 215 bytes and one of 20,000 are 63 KB: within the cap, one line beyond Twisted's own.
    assert crawled.by_url[url]["status"] == 200, crawled.by_url[url]


def test_scrapy_itself_retries_nothing() -> None:
    """The crawl tries again, politely and over runs; a middleware's retry would ask within milliseconds."""

    def failing(status: str) -> bytes:
        return answer("busy", status, [("Retry-After", "7")])

    routes = {"/500": failing("500 Oops"), "/429": failing("429 Slow Down"), "/503": failing("503 Busy")}
    with site(routes) as server:
        base = f"http://site.test:{server.port}"
        crawl([base + path for path in routes], overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"})
        paths = server.paths()
    assert {path: paths.count(path) for path in routes} == dict.fromkeys(routes, 1)


def test_no_cookie_is_kept_and_the_agent_names_us() -> None:
    with site({"/": answer(PAGE, headers=[("Set-Cookie", "a=b")])}) as server:
        base = f"http://site.test:{server.port}"
        crawl([f"{base}/", f"{base}/x"], overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"})
        assert not any(b"cookie" in head.lower() for head in server.heads)
        assert all(b"User-Agent: newscrawl" in head for head in server.heads)
        assert server.paths()[0] == "/robots.txt"
