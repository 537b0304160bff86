# ruff: noqa: E501 - fragments
"""Whatever the bytes: no exception, a closed list of reasons, clean text."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.extraction import Kind, extract
from newscrawl.outcomes import is_reason

from .pages import ld, page

FRAGMENTS = (
    "<p>", "</p>", "<div class='", "'>", "<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle"', "[", "]", "}", "\x00", "\ud800",
    "&#x0;", "&amp;", "<!--", "-->", "<h1>", "<a href='", "<br>", "<table><tr><td>", "\u202e", "<meta property='og:title' content='", "2024-99-99",
    "T25:61:61Z", "<svg><title>", "<template>", "text. ", "<time datetime='", "<html lang='", "\r\n", "\ufeff", "<base href='//x'>", "]]>",
)  # fmt: skip


def check(found: object) -> None:
    from newscrawl.extraction import Extraction

    assert isinstance(found, Extraction)
    assert found.reason is None or is_reason(found.reason)
    assert (found.text is None) == (found.kind != Kind.ARTICLE) or found.reason is not None
    for value in (found.title, found.text, found.summary, *found.authors, *found.tags):
        assert value is None or (value and "\x00" not in value and "\u202e" not in value and "\ud800" not in value)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60), st.text(max_size=40))
def test_fragments(parts: list[str], url: str) -> None:
    check(extract("".join(parts), url))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "utf-16", "gb2312", "x", "\x00"]))
def test_bytes(data: bytes, encoding: str | None) -> None:
    check(extract(data, "https://a.example/x", encoding=encoding))
    check(extract(b"<html><body><p>" + data, "https://a.example/x", encoding=encoding, witness=data.decode("latin-1")))


@pytest.mark.parametrize("seed", range(40))
def test_a_page_with_pieces_cut_and_put_elsewhere(seed: int) -> None:
    rng = random.Random(seed)
    html = page(
        head=ld(headline="Harbour closed", author=[{"name": "Ada Quill"}], datePublished="2024-03-05T10:15:30Z")
    )
    for _ in range(rng.randint(1, 12)):
        a, b = sorted(rng.randrange(len(html)) for _ in range(2))
        piece = html[a : min(b, a + 400)]
        at = rng.randrange(len(html))
        html = html[:at] + rng.choice([piece, "", piece * 3, rng.choice(FRAGMENTS)]) + html[at + rng.randint(0, 200) :]
    check(extract(html, "https://post.vellmar.example/x", witness=html[:2000]))
