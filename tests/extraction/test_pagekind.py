"""Phrases by which kinds of pages are told."""

from __future__ import annotations

import pytest

from newscrawl.extraction.pagekind import _PHRASES, _phrases_of

LINES = (
    "Add to cart. FREE DELIVERY on all; free shippings\nReplies 3 · Get your free quote, get a QUOTE!"
    " Page 12 of 40, Next: note: sort by views"
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cart", ["add to cart", "free delivery"]),
        ("forum", ["replies", "quote", "quote", "views"]),
        ("service", ["get your free quote", "get a quote"]),
        ("manual", ["next"]),
        ("filter", ["page 12", "sort by"]),
    ],
)
def test_phrases_are_whole_words(name: str, found: list[str]) -> None:
    assert _PHRASES[name].findall(LINES.lower()) == found


def test_alternatives_that_begin_alike_and_groups() -> None:
    pattern = _phrases_of(r"bot(?:s|tle)?|2nd|été")
    assert pattern.findall("bots bottle botch été 2nd") == ["bots", "bottle", "été", "2nd"]
    with pytest.raises(ValueError, match="begins with a group"):
        _phrases_of("read|(?:un)?read")
