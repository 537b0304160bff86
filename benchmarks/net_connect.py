"""What a page can make the crawl dial: attempts on loopback canaries, with each layer of the defence on and off.

A listener on every loopback address counts connections. The attempts are
notations of its address, names that lead there, rebinding and mixed DNS
answers, redirects and refreshes, for each enabled handler (http, https). With
all layers the canary must see none; without any it must see most, or the
attempts would prove nothing.

    python -m benchmarks.net_connect
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.common import write_result
from tests.net.harness import PAGE, Server, answer, crawl, pages

__all__ = ["LAYERS", "Siege", "attempts", "run"]

#: Stands for any public address; the test resolver sends what was allowed to go there to the good server.
PUBLIC = "93.184.215.14"
PUBLIC6 = "2606:2800:220:1:248:1893:25c8:1946"

#: URL hosts that are notations of a loopback address, as a page may write them.
NOTATIONS = (
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F.0.0.1",
    "017700000001",
    "0177.0.0.01",
    "0x7f.1",
    "127.1",
    "127.0.1",
    "00000177.0.0.1",
    "127.0.0.1.",
    "127.0.0.2",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "127。0。0。1",
    "１２７.０.０.１",
    "①②⑦.0.0.1",
    "%31%32%37.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "loc\u00adalhost",
    "user@127.0.0.1",
    "public.example@127.0.0.1",
)

#: Names and the answers of the name server, one lookup after another.
NAMES: dict[str, list[list[str]]] = {
    "localhost": [["127.0.0.1", "::1"]],
    "a.attacker.example": [["127.0.0.1"]],
    "aaaa.attacker.example": [["::1"]],
    "mapped.attacker.example": [["::ffff:127.0.0.1"]],
    "zero.attacker.example": [["0.0.0.0"]],
    "mixed-1.attacker.example": [[PUBLIC, "127.0.0.1"]],
    "mixed-2.attacker.example": [["127.0.0.1", PUBLIC]],
    "mixed-3.attacker.example": [[PUBLIC6, "::1"]],
    "many.attacker.example": [[f"127.0.{n // 250}.{n % 250 + 1}" for n in range(300)]],
    # Public when first asked, private ever after; and the other way round, for who asks twice.
    "rebind-1.attacker.example": [[PUBLIC], ["127.0.0.1"]],
    "rebind-2.attacker.example": [["127.0.0.1"], [PUBLIC]],
    "single": [["127.0.0.1"]],
}

REDIRECTS = ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent")

#: What is on: the middleware (URLs), the resolver (addresses), the hook on ``socket.connect``.
LAYERS: dict[str, frozenset[str]] = {
    "none": frozenset(),
    "middleware": frozenset({"middleware"}),
    "resolver": frozenset({"resolver"}),
    "guard": frozenset({"guard"}),
    "all": frozenset({"middleware", "resolver", "guard"}),
}


@dataclass
class Siege:
    """One run: *attempts* made, *connections* that the canary saw, results by URL."""

    attempts: int
    connections: int
    results: dict[str, dict[str, Any]]
    unexpected: list[str]


def attempts(scheme: str, port: int, hop: str) -> tuple[list[str], dict[str, bytes]]:
    """URLs to ask, and what the hop (``http://hop.test:port``) answers for those that go through it."""
    urls: list[str] = []
    hops: dict[str, bytes] = {}
    for host in NOTATIONS:
        urls.append(f"{scheme}://{host}:{port}/?{len(urls)}")
    for host in NAMES:
        urls.append(f"{scheme}://{host}:{port}/?{len(urls)}")
    # Rebinding shows at the second request; each is one connection, since nothing keeps them open.
    urls += [f"{scheme}://rebind-1.attacker.example:{port}/again?{n}" for n in range(2)]
    urls.append(f"{scheme}:\\\\127.0.0.1:{port}\\?{len(urls)}")
    urls.append(f"{scheme}://127.0.0.1:{port}\\@public.example/?{len(urls)}")

    def through(name: str, sent: bytes) -> None:
        hops[f"/{scheme}/{name}"] = sent
        urls.append(f"{hop}/{scheme}/{name}")

    for status in REDIRECTS:
        through(
            f"redirect-{status[:3]}", answer("", status, [("Location", f"{scheme}://127.0.0.1:{port}/{status[:3]}")])
        )
    through("decimal", answer("", "302 Found", [("Location", f"{scheme}://2130706433:{port}/")]))
    through("name", answer("", "302 Found", [("Location", f"{scheme}://a.attacker.example:{port}/")]))
    through("v6", answer("", "302 Found", [("Location", f"{scheme}://[::1]:{port}/")]))
    through("relative", answer("", "302 Found", [("Location", f"//127.0.0.1:{port}/")]))
    through("backslash", answer("", "302 Found", [("Location", f"\\\\127.0.0.1:{port}/")]))
    through("chain", answer("", "302 Found", [("Location", f"/{scheme}/redirect-302")]))
    for name, target in (
        ("refresh", f"{scheme}://127.0.0.1:{port}/"),
        ("refresh-name", f"{scheme}://localhost:{port}/"),
    ):
        head = f'<head><meta http-equiv="refresh" content="0;url={target}"></head>'
        through(name, answer(f"<html>{head}<body></body></html>"))
    return urls, hops


def run(scheme: str, layers: frozenset[str]) -> Siege:
    """All attempts by *scheme* in one crawl with *layers* on."""
    with (
        Server(pages({"/": answer("secret")}), host="*") as canary,
        Server(pages({"/": answer(PAGE), "/again": answer(PAGE)}), host="127.0.0.1") as public,
    ):
        routes: dict[str, Any] = {"/robots.txt": answer("", "404 Not Found")}
        with Server(pages(routes)) as hop:
            hop_url = f"http://hop.test:{hop.port}"
            urls, hops = attempts(scheme, canary.port, hop_url)
            routes.update(hops)
            middlewares = {
                "newscrawl.net.robots.RobotsMiddleware": 100,
                "newscrawl.net.bodies.CompressionMiddleware": 590,
                "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
                "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            }
            if "middleware" in layers:
                middlewares["newscrawl.net.middleware.AddressPolicyMiddleware"] = 10
            guarded = "resolver" in layers
            crawled = crawl(
                urls,
                dns=NAMES,
                overrides={
                    f"hop.test:{hop.port}": f"127.0.0.1:{hop.port}",
                    # Where the stand-in for the public internet is, for the hook's exceptions.
                    "internet.test:80": f"127.0.0.1:{public.port}",
                },
                settings={
                    "NEWSCRAWL_PORTS": f"80,443,{canary.port}",
                    "DOWNLOADER_MIDDLEWARES": middlewares,
                    "EXTENSIONS": {"newscrawl.net.audit.ConnectGuard": 0} if "guard" in layers else {},
                    "TWISTED_DNS_RESOLVER": f"tests.net.resolvers.{'Internet' if guarded else 'OpenInternet'}Resolver",
                    "TEST_INTERNET": json.dumps({PUBLIC: public.port, PUBLIC6: public.port}),
                    "DNSCACHE_ENABLED": False,
                    "DOWNLOAD_TIMEOUT": 4,
                    "CONCURRENT_REQUESTS": 100,
                    "RETRY_ENABLED": False,
                    "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0,
                    "TEST_UNSAFE": True,
                },
                timeout=180,
            )
            unexpected = [
                f"{url}: {result['reason']}"
                for url, result in crawled.by_url.items()
                # What was answered by anyone but the public stand-in, or failed for another reason than refusal.
                if "secret" in (result.get("body") or "")
            ]
            return Siege(len(urls), canary.connections, crawled.by_url, unexpected)


def main() -> int:
    figures: dict[str, Any] = {"attempts": {}, "connections": {}}
    for scheme in ("http", "https"):
        for name, layers in LAYERS.items():
            siege = run(scheme, layers)
            figures["attempts"][scheme] = siege.attempts
            figures["connections"].setdefault(scheme, {})[name] = siege.connections
            print(f"{scheme:5}  {name:10}  {siege.attempts} attempts, {siege.connections} connections")
    path = write_result("net_connect", figures)
    print(path.relative_to(path.parents[2]))
    held = all(figures["connections"][scheme]["all"] == 0 for scheme in figures["connections"])
    proves = all(figures["connections"][scheme]["none"] >= 30 for scheme in figures["connections"])
    return 0 if held and proves else 1


if __name__ == "__main__":
    sys.exit(main())
