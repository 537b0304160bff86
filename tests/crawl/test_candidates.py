"""A crawl where the stated source is another article or is gone: the text proves another link."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import HTML, Page, Served, serve_site

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

    served: Served

    def link(self, name: str) -> str:
        return self.served.url(f"/2026/05/the-{name}-story/", "paper.test")

    def __call__(self, path: str, _query: dict[str, str], url: str) -> Page:
        if url == self.served.url("/feed/"):
            return 200, {"Content-Type": "application/rss+xml"}, self.feed()
        return next(((200, HTML, _article(name)) for name in TEXTS if url == self.link(name)), None)

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
            f"<item><title>{TITLES[name]}</title><link>{self.served.url(f'/{name}/')}</link>"
            f"<pubDate>Fri, 0{number} May 2026 10:00:00 GMT</pubDate><content:encoded><![CDATA["
            + "".join(f"<p>{sentence}.</p>" for sentence in TEXTS[name].split(". "))
            + f"{closing}]]></content:encoded></item>"
            for number, (name, closing) in enumerate(closings.items(), 1)
        )
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
            f"<channel><title>Agg</title><link>{self.served.url('/')}</link>{items}</channel></rss>"
        )


@pytest.fixture
def world() -> Iterator[_World]:
    world = _World()
    with serve_site(world) as world.served:
        yield world


def _crawl(world: _World, folder: Path, *given: str) -> dict[str, dict[str, object]]:
    crawl = Crawl(folder, world.served, RETRY_TIMES=0)
    done = crawl.crawl(f"feeds={world.served.url('/feed/')}", "since=all", *given, spider="feeds")
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
    assert all(n == 1 for page, n in Counter(world.served.asked).items() if page.startswith("paper.test/2026"))


def test_link_alone(world: _World, tmp_path: Path) -> None:
    records = _crawl(world, tmp_path, "follow=link")
    assert {str(record["outcome"]) for record in records.values()} == {"post_only"}
    assert "different_article" in {record["reason"] for record in records.values()}
