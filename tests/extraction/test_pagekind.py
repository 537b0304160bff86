"""Phrases by which kinds of pages are told."""

from __future__ import annotations

import pytest

from newscrawl.extraction.pagekind import _PHRASES, _PRICE

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


def test_prices_have_a_sign_and_a_number() -> None:
    text = "$5, € 10, 12.50 zł, 1,200 EUR, 5 euro, US$ 7, v1.2.3 krone, 1.2.3 zł ₹ x"
    assert _PRICE.findall(text) == ["$5", "€ 1", "12.50 zł", "1,200 EUR", "$ 7", "1.2.3 zł"]
