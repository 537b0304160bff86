"""Originals that no link leads to: found in the lists of their publishers, proven by the text, within bounds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.originals import judge
from benchmarks.originals_world import Plan, Text, World, build

from .harness import Crawl

#: Enough of each kind that each kind of list and of decoy comes once.
PLAN = Plan(linked=6, unknown=4, unlinked=6, dead=3, decoys=5, publishers=5)
_ONSETS = "b br d dr f g gl h k kl l m n p pr r s st t tr v".split()


def _text(number: int) -> Text:
    """An article of words that no other has, between words that all have."""
    dice = random.Random(number)

    def word() -> str:
        return "".join(dice.choice(_ONSETS) + dice.choice("aeiou") for _ in range(dice.randint(2, 3)))

    def sentence(length: int) -> str:
        words = [word() if place % 3 else dice.choice(("the", "of", "and", "in")) for place in range(length)]
        return " ".join(words).capitalize() + "."

    paragraphs = tuple(" ".join(sentence(12) for _ in range(4)) for _ in range(6))
    title = " ".join(word() for _ in range(6)).title()
    return Text(title, paragraphs, "en")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = build([_text(number) for number in range(PLAN.posts)], PLAN, seed=3)
    world.start()
    yield world
    world.stop()


@pytest.fixture(scope="module")
def crawl(world: World, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    crawl = Crawl(tmp_path_factory.mktemp("finding"), NEWSCRAWL_HOST_OVERRIDES=world.overrides)
    done = _crawl(crawl, world)
    assert done.status == 0, done.err
    return crawl


def _crawl(crawl: Crawl, world: World, *given: str) -> Any:
    words = ["crawl", "feeds", "-a", f"feeds={world.feed_urls}", "-a", "since=all"]
    for one in given:
        words += ["-a", one]
    return crawl.run(*words, "-O", str(crawl.folder / "out.jsonl"), timeout=900)


def _lists_asked(world: World) -> Counter[str]:
    """Requests for lists of publishers."""
    asked: Counter[str] = Counter()
    for target, count in world.asked.items():
        host, _, path = target.partition("/")
        is_page = (host, f"/{path}") in world.pages or path.startswith("old/")
        if host in world.names and path != "robots.txt" and not is_page:
            asked[host] += count
    return asked


def test_every_original_is_found_and_nothing_else_is_taken(crawl: Crawl, world: World) -> None:
    judged = judge(world, crawl.feed())
    wrong = [
        (post.family, verdict, record.get("reason"))
        for post, verdict, record in judged.values()
        if verdict not in ("right", "left")
    ]
    assert wrong == []
    found_by = {record["attribution"]["resolved_by"] for _, verdict, record in judged.values() if verdict == "right"}
    assert found_by > {"link", "candidate"}
    assert found_by & {"news_sitemap", "sitemap", "feed", "rest", "section"}


def test_lists_are_asked_once_for_many_posts(crawl: Crawl, world: World) -> None:
    lists = _lists_asked(world)
    assert sum(lists.values()) <= 20
    assert max(lists.values()) <= 15
    hosts_and_paths = {target: target.partition("/")[::2] for target in world.asked}
    pages = {target for target, (host, path) in hosts_and_paths.items() if (host, f"/{path}") in world.pages}
    assert {world.asked[target] for target in pages} == {1}


def test_show_says_what_was_tried(crawl: Crawl, world: World) -> None:
    dead = next(post for post in world.posts if post.family == "dead")
    told = crawl.run("show", world.url("agg.test", f"/{dead.number}/")).out
    assert "tried for its original" in told
    assert "what the post states: http_404" in told
    assert "an entry " in told
    decoy = next(post for post in world.posts if post.family == "decoy:other_year")
    told = crawl.run("show", world.url("agg.test", f"/{decoy.number}/")).out
    assert "the publisher's lists do not name it" in told


def test_a_second_run_asks_nothing_more(crawl: Crawl, world: World) -> None:
    before = sum(_lists_asked(world).values())
    assert _crawl(crawl, world).status == 0
    assert sum(_lists_asked(world).values()) == before


def test_link_alone_looks_through_no_lists(world: World, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path, NEWSCRAWL_HOST_OVERRIDES=world.overrides)
    before = _lists_asked(world)
    assert _crawl(crawl, world, "follow=link").status == 0
    assert _lists_asked(world) == before
    ends = Counter((record["outcome"], record["reason"]) for record in crawl.feed())
    assert ends["post_only", "no_original_url"] >= 6
    assert ends["post_only", "http_404"] == 3
