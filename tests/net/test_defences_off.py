"""Each defence taken away once, to show that it is what holds. The others are shown beside their own tests."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from newscrawl.net.defaults import NET_SETTINGS
from tests import warm
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


def test_without_the_limit_redirects_go_on() -> None:
    """Each redirect is a request to whom the last answer chose; Scrapy follows twenty."""

    def onward(peer: Any, head: bytes) -> bool:
        number = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
        peer.sendall(answer("", "302 Found", [("Location", f"/hop/{number + 1}")]))
        return True

    hops = {f"/hop/{number}": onward for number in range(200)}
    with Server(pages({"/robots.txt": ROBOTS, **hops})) as server:
        url = f"http://site.test:{server.port}/hop/0"
        assert fetch(server, "/hop/0").reason(url) == "http_302"
        ours = len([path for path in server.paths() if path.startswith("/hop/")])
        assert ours == 1 + NET_SETTINGS["REDIRECT_MAX_TIMES"] == 6
        assert fetch(server, "/hop/0", REDIRECT_MAX_TIMES=150).reason(url) == "http_302"
        assert len([path for path in server.paths() if path.startswith("/hop/")]) == ours + 151


def test_without_the_limit_a_chain_of_refreshes_goes_on() -> None:
    def onward(peer: Any, head: bytes) -> bool:
        number = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
        target = f'<html><head><meta http-equiv="refresh" content="0; url=/hop/{number + 1}"></head></html>'
        peer.sendall(answer(target if number < 12 else PAGE))
        return True

    with Server(pages({"/robots.txt": ROBOTS, **{f"/hop/{number}": onward for number in range(20)}})) as server:
        url = f"http://site.test:{server.port}/hop/0"
        assert fetch(server, "/hop/0").reason(url) == "http_302"
        assert len([path for path in server.paths() if path.startswith("/hop/")]) == 6
        assert fetch(server, "/hop/0", REDIRECT_MAX_TIMES=20).by_url[url]["final"].endswith("/hop/12")


def _listening(pid: int) -> set[int]:
    """Ports on which the process listens for TCP."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            link = os.readlink(entry)
            if link.startswith("socket:["):
                sockets.add(link[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[9] in sockets:
                found.add(int(columns[1].rpartition(":")[2], 16))
    return found


def _crawling() -> int:
    """The process of this test's own crawl."""
    (pid,) = (
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and (entry / "stat").exists()
        and (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(warm.parent_of_commands())
        and (not warm.COLD or b"tests.net.harness" in (entry / "cmdline").read_bytes())
    )
    return pid


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("settings", "doors"),
    [
        ({"TELNETCONSOLE_ENABLED": True, "EXTENSIONS": {"scrapy.extensions.telnet.TelnetConsole": 500}}, 1),
        ({"REMOTE_CONTROL_ENABLED": True, "EXTENSIONS": {"scrapy.extensions.remote_control.RemoteControl": 500}}, 1),
        ({}, 0),
    ],
)
def test_a_console_that_runs_python_listens_unless_it_is_off(
    tmp_path: Path, settings: dict[str, Any], doors: int
) -> None:
    """Scrapy opens both by default: whoever is on the machine, or makes the crawl connect to itself, may try them."""
    found: list[set[int]] = []

    def look(peer: Any, head: bytes) -> bool:
        found.append(_listening(_crawling()))
        peer.sendall(answer(PAGE))
        return True

    with Server(pages({"/robots.txt": ROBOTS, "/page": look})) as server:
        url = f"http://site.test:{server.port}/page"
        crawled = crawl(
            [url],
            overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
            settings={"TEST_UNSAFE": True, **settings},
            env={"HOME": str(tmp_path)},  # where the remote control leaves its token
        )
    assert crawled.by_url[url]["status"] == 200
    assert [len(ports) for ports in found] == [doors]


def test_with_cookies_on_one_service_is_shown_those_of_another() -> None:
    """Cookies know no ports: what one server of a host set is sent to every other one on it."""
    for settings, wanted in (({"COOKIES_ENABLED": True}, True), ({}, False)):
        with Server(pages({"/robots.txt": ROBOTS, "/page": answer(PAGE)})) as second:
            # A redirect to the second service, so that it is asked after the cookie was set.
            headers = [("Location", f"http://site.test:{second.port}/page"), ("Set-Cookie", "session=secret; Path=/")]
            moved = answer("", "302 Found", headers)
            with Server(pages({"/robots.txt": ROBOTS, "/page": moved})) as first:
                crawl(
                    [f"http://site.test:{first.port}/page"],
                    overrides={f"site.test:{one.port}": f"127.0.0.1:{one.port}" for one in (first, second)},
                    settings={"TEST_UNSAFE": True, **settings},
                )
            sent = [head for head in second.heads if head.startswith(b"GET /page")]
            assert [b"session=secret" in head for head in sent] == [wanted]
