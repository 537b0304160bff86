"""A crawl where the stated source is another article or is gone: the text proves another link."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .harness import Crawl


def _text(name: str) -> str:
    """Thirty sentences of words that no other text has."""
    dice = random.Random(name)
    syllables = {"bridge": "bra no ter lin", "mill": "gus ve dor pem", "tower": "kyl ash imo wre"}[name].split()
    words = ["".join(dice.choice(syllables) for _ in range(3)) for _ in range(360)]
    return ". ".join(" ".join(words[start : start + 12]).capitalize() for start in range(0, 360, 12))


TEXTS = {name: _text(name) for name in ("bridge", "mill", "tower")}
TITLES = {"bridge": "The Bridge Opens Again", "mill": "A Mill for Sale", "tower": "Bells Heard From the Tower"}


def _article(name: str) -> str:
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in TEXTS[name].split(". "))
    return (
        f"<html><head><title>{TITLES[name]}</title><meta property='og:type' content='article'></head>"
        f"<body><article><h1>{TITLES[name]}</h1>{paragraphs}</article></body></html>"
    )


class _World:
    """An aggregator's feed and a publisher, on one port under two names."""

    def __init__(self) -> None:
        world = self
        self.asked: Counter[str] = Counter()

        class Site(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host = (self.headers.get("Host") or "").partition(":")[0]
                world.asked[f"{host}{self.path}"] += 1
                status, kind, body = world.answer(host, self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def link(self, name: str) -> str:
        return f"http://paper.test:{self.port}/2026/05/the-{name}-story/"

    def answer(self, host: str, path: str) -> tuple[int, str, bytes]:
        if path == "/robots.txt":
            return 200, "text/plain", b"User-agent: *\nAllow: /\n"
        if host == "agg.test" and path == "/feed/":
            return 200, "application/rss+xml", self.feed().encode()
        for name in TEXTS:
            if host == "paper.test" and path == f"/2026/05/the-{name}-story/":
                return 200, "text/html; charset=utf-8", _article(name).encode()
        return 404, "text/html", b"<html><body>not found</body></html>"

    def feed(self) -> str:
        link = self.link
        closings = {
            # Another article is stated, and the right one is linked beside it.
            "bridge": f'<p>This article was originally published on <a href="{link("mill")}">The Paper</a>.</p>'
            f'<p>Via <a href="{link("bridge")}">The Other Paper</a></p>',
            # The stated one is gone.
            "mill": f'<p>This article was originally published on <a href="{link("nothing")}">The Paper</a>.</p>'
            f'<p>Via <a href="{link("mill")}">The Other Paper</a></p>',
            # None of both is it.
            "tower": f'<p>This article was originally published on <a href="{link("mill")}">The Paper</a>.</p>'
            f'<p>Via <a href="{link("bridge")}">The Other Paper</a></p>',
        }
        items = "".join(
            f"<item><title>{TITLES[name]}</title><link>http://agg.test:{self.port}/{name}/</link>"
            f"<pubDate>Fri, 0{number} May 2026 10:00:00 GMT</pubDate><content:encoded><![CDATA["
            + "".join(f"<p>{sentence}.</p>" for sentence in TEXTS[name].split(". "))
            + f"{closing}]]></content:encoded></item>"
            for number, (name, closing) in enumerate(closings.items(), 1)
        )
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
            f"<channel><title>Agg</title><link>http://agg.test:{self.port}/</link>{items}</channel></rss>"
        )


@pytest.fixture
def world() -> Iterator[_World]:
    world = _World()
    yield world
    world.server.shutdown()
    world.server.server_close()


def _crawl(world: _World, folder: Path, *given: str) -> dict[str, dict[str, object]]:
    overrides = f'{{"*.test:{world.port}": "127.0.0.1:{world.port}"}}'
    crawl = Crawl(folder, NEWSCRAWL_HOST_OVERRIDES=overrides, RETRY_TIMES=0)
    words = ["crawl", "feeds", "-a", f"feeds=http://agg.test:{world.port}/feed/", "-a", "since=all", *given]
    done = crawl.run(*words, "-O", str(folder / "out.jsonl"))
    assert done.status == 0, done.err
    return {str(record["post"]["url"]).strip("/").rpartition("/")[2]: record for record in crawl.feed()}


def test_the_text_proves_another_link(world: _World, tmp_path: Path) -> None:
    records = _crawl(world, tmp_path)
    for name in ("bridge", "mill"):
        record = records[name]
        assert (record["outcome"], record["reason"]) == ("original", None)
        assert record["original"]["url"] == world.link(name)  # type: ignore[index]
        assert record["attribution"]["resolved_by"] == "candidate"  # type: ignore[index]
        assert record["original"]["similarity"] > 0.9  # type: ignore[index]
    # Where none is proven, the post ends as its stated source did.
    tower = records["tower"]
    assert (tower["outcome"], tower["reason"]) == ("post_only", "different_article")
    assert tower["attribution"]["original_url"] == world.link("mill")  # type: ignore[index]
    # A page is asked for once, however many posts try it.
    assert all(count == 1 for page, count in world.asked.items() if page.startswith("paper.test/2026"))


def test_link_alone(world: _World, tmp_path: Path) -> None:
    records = _crawl(world, tmp_path, "-a", "follow=link")
    assert {str(record["outcome"]) for record in records.values()} == {"post_only"}
    assert "different_article" in {record["reason"] for record in records.values()}
