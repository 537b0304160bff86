"""Each bound of the extraction taken away once, to show that it is what holds: one page, with it and without it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from lxml.html import HTMLParser

import newscrawl.extraction as package
from newscrawl.extraction import blocks, extract, state
from newscrawl.extraction.blocks import segment
from newscrawl.html import markup, opening, structured
from newscrawl.outcomes import Reason

URL = "https://slow.example/2024/05/03/story"
PROSE = "<p>The harbour was closed on Tuesday after a crane lost its load above the quay, the port said.</p>"
ENDLESS = 10**12


def tree(html: str) -> Any:
    root = opening.parse(html)
    assert root is not None
    return root


def deep() -> bool:
    """Elements in elements: the tree stays shallow enough for every walk."""
    root = tree("<html><body>" + "<div>" * 3_000 + PROSE)
    depth = 0
    while len(root):
        root, depth = root[-1], depth + 1
    return depth <= 256


def wide_tags() -> bool:
    return extract("<html><body>" + "<i>a</i>" * 45_000, URL).reason == Reason.TOO_LARGE


def wide_blocks() -> bool:
    found = segment(tree("<html><body>" + "<p>ab</p>" * 7_000), opening.Work())
    return len(found.text) <= 6_000 and found.cut


def wide_text() -> bool:
    found = segment(tree("<html><body><p>" + "The port said so. " * 70_000 + "</p>"), opening.Work())
    return sum(map(len, found.text)) <= 1_000_000


def many_characters() -> bool:
    return extract("<html><body><p>" + "a" * 5_100_000, URL).reason == Reason.TOO_LARGE


def many_attributes() -> bool:
    """libxml2 compares each attribute of a tag with all before it: such a page is not parsed."""
    inner = " ".join(f"a{i}=x" for i in range(11_000))
    return extract(f"<html><body><div {inner}>{PROSE * 9}", URL).detail == "markup that would cost a parser minutes"


class Seen:
    """Stands for a pattern and keeps the longest string that it was given."""

    def __init__(self, pattern: Any) -> None:
        self.pattern, self.longest = pattern, 0

    def findall(self, text: str) -> list[str]:
        self.longest = max(self.longest, len(text))
        found: list[str] = self.pattern.findall(text)
        return found


def forget() -> None:
    """Let go of the class names that were seen."""
    blocks._of_class.cache_clear()
    blocks.word_mask.cache_clear()


def huge_attribute() -> bool:
    forget()
    seen, kept = Seen(blocks._SPLIT_WORDS), blocks._SPLIT_WORDS
    blocks._SPLIT_WORDS = seen  # type: ignore[assignment]
    try:
        words = "Article-Body-" * 20_000
        segment(tree(f'<html><body><div class="{words}" aria-label="{words}">{PROSE}</div>'), opening.Work())
    finally:
        blocks._SPLIT_WORDS = kept
        forget()
    return seen.longest <= 200


def long_script() -> bool:
    """A script too long to be worth reading is not read."""
    text = json.dumps({"@type": "NewsArticle", "headline": "x" * 2_100_000})
    data = structured.collect(tree(f'<html><head><script type="application/ld+json">{text}</script>'))
    return not data.nodes and data.broken_ld == 1


def many_nodes() -> bool:
    text = json.dumps([[{"@type": "Thing"}] * 900] * 9)
    return len(structured.collect(tree(f'<script type="application/ld+json">{text}</script>')).nodes) <= 5_000


class Asked(opening.Work):
    """Work that counts how often it was asked."""

    count = 0

    def check(self, steps: int = 512) -> None:
        self.count += 1


def endless_state() -> bool:
    work = Asked()
    list(state._groups([[{}] * 400] * 600, work))
    return work.count <= 50


def much_work() -> bool:
    """A page whose reading costs more than it may."""
    return extract("<html><body>" + PROSE * 2_500, URL).detail == "more work than one page may cost"


BOUNDS: dict[str, tuple[Callable[[], bool], list[tuple[Any, str, Any]]]] = {
    "deep": (deep, [(opening, "HTMLParser", functools.partial(HTMLParser, huge_tree=True))]),
    "wide, tags": (wide_tags, [(package, "MAX_TAGS", ENDLESS)]),
    "wide, blocks": (wide_blocks, [(blocks, "MAX_BLOCKS", ENDLESS)]),
    "wide, text": (wide_text, [(blocks, "MAX_TEXT", ENDLESS)]),
    "characters": (many_characters, [(package, "MAX_CHARS", ENDLESS)]),
    "many attributes": (many_attributes, [(markup, "MAX_COMPARISONS", ENDLESS)]),
    "huge class": (huge_attribute, [(blocks, "MAX_CLASS", ENDLESS)]),
    "huge attribute": (huge_attribute, [(blocks, "MAX_ATTRIBUTE", ENDLESS)]),
    "long script": (long_script, [(structured, "MAX_SCRIPT", ENDLESS)]),
    "many JSON-LD nodes": (many_nodes, [(structured, "MAX_NODES", ENDLESS)]),
    "endless state": (endless_state, [(state, "MAX_VALUES", ENDLESS)]),
    "work": (much_work, [(opening, "MAX_WORK", ENDLESS)]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOUNDS)
def test_the_bound_is_what_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    holds, taken_away = BOUNDS[name]
    if name == "work":
        monkeypatch.setattr(opening, "MAX_WORK", 1_000)
    assert holds()
    for owner, attribute, value in taken_away:
        monkeypatch.setattr(owner, attribute, value)
    monkeypatch.setattr(markup, "_last", (b"", False))  # what was found of the same page within the bound
    assert not holds()
