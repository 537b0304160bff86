# ruff: noqa: E501 - markup in long lines
"""Saved JNews pages and the text of one DNYUZ page set in JNews's markup: every field against values read by eye.

The expected values are hashes, dates and counts: none of the pages' text is kept here. How they were derived stands
in the file itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from html import escape
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import SHARED
from newscrawl.surfaces.parsing.archive import is_list_page, parse_listing
from newscrawl.surfaces.parsing.post_page import PostPage, parse_post_page
from tests.aggregators.markup import block, card, jnews_single, sidebar

PAGES = SHARED / "data" / "wordpress"
ARTICLE = SHARED / "data" / "dnyuz-article.txt"
EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "aggregators" / "jnews_pages.json").read_text(encoding="utf-8")
)
HOMES = {"7": "https://7seen.net/", "r": "https://retrobowl.me/", "m": "https://retrobowl.me/"}

needs_pages = pytest.mark.skipif(not PAGES.is_dir(), reason="saved pages (../shared) are not here")


def digest(value: str | None) -> str:
    return hashlib.sha256(re.sub(r"\s+", "", unicodedata.normalize("NFC", value or "")).encode()).hexdigest()[:16]


def load(identifier: str) -> tuple[bytes, str]:
    """A saved page and the address that it had."""
    for row in map(json.loads, (PAGES / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()):
        if row["id"] == identifier:
            home = HOMES[row["file"].removeprefix("jnews_html/")[0]]
            path = "" if row["file"].startswith("jnews_html/m") else row["path"]
            return (PAGES / row["file"]).read_bytes(), home + path
    raise AssertionError(identifier)


@needs_pages
def test_all_saved_pages_have_expected_values() -> None:
    rows = map(json.loads, (PAGES / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines())
    ids = {row["id"] for row in rows if row["kind"] == "jnews_html"}
    assert ids == set(EXPECTED["singles"]) | set(EXPECTED["lists"])
    assert len(ids) == 24


@needs_pages
@pytest.mark.parametrize("identifier", sorted(EXPECTED["singles"]))
def test_single(identifier: str) -> None:
    html, url = load(identifier)
    due = EXPECTED["singles"][identifier]
    page = parse_post_page(html, url)
    assert page.theme == "jnews"
    assert is_list_page(html) is False
    assert digest(page.title) == due["title"]
    assert digest(page.author) == due["author"]
    assert (page.published_at, page.published_precision) == (due["published_at"], "second")
    assert page.modified_at == due["modified_at"]
    assert page.wp_id == due["wp_id"]
    assert [digest(value) for value in page.categories] == due["categories"]
    assert [digest(value) for value in page.tags] == due["tags"]
    assert page.content.text is not None
    assert len(re.sub(r"\s+", "", page.content.text)) == due["body_chars"]
    assert digest(page.content.text) == due["body"]
    assert len(page.content.text.split("\n\n")) == due["paragraphs"]
    assert page.content.truncated is False


@needs_pages
@pytest.mark.parametrize("identifier", sorted(EXPECTED["lists"]))
def test_list(identifier: str) -> None:
    html, url = load(identifier)
    due = EXPECTED["lists"][identifier]
    listing = parse_listing(html, url)
    assert is_list_page(html) is True
    assert len(listing.entries) == due["posts"]
    assert digest("\n".join(entry.url for entry in listing.entries)) == due["links"]
    assert all(entry.title for entry in listing.entries)
    if due["next"] is None:
        assert listing.next_url is None
    else:
        assert digest(listing.next_url) == due["next"]
    if due["page_info"]:
        assert [listing.page, listing.pages] == due["page_info"]
    assert listing.empty is (due["posts"] == 0)


def set_in_jnews(text: str, template: int) -> tuple[str, str, list[str]]:
    """The copied page *text* in JNews's markup, its heading, and the paragraphs of its body."""
    lines = text.splitlines()
    title = lines[lines.index("Home News") + 2]
    start = lines.index("Share on FacebookShare on Twitter") + 1
    end = next(
        number for number, value in enumerate(lines) if value.startswith("The post ") and "appeared first on" in value
    )
    paragraphs = [value for value in lines[start:end] if value.strip()]
    sentence = lines[end]
    name = sentence.rpartition(" on ")[2].rstrip(".")
    linked = escape(sentence.removesuffix(f"{name}.")) + f'<a href="https://www.nytimes.com/">{escape(name)}</a>.'
    ad = '<div class="jeg_ad jeg_ad_article jnews_content_inline_ads"><div class="ads-wrapper"><div class="ads-text">ADVERTISEMENT</div></div></div>'
    inline = (
        '<div class="jnews_inline_related_post_wrapper"><div class="jnews_inline_related_post"><h3 class="jeg_block_title"><span>Related Posts</span></h3>'
        + card("Another story inside", "/2025/06/20/inside/", excerpt="Its first words")
        + "</div></div>"
    )
    parts = [f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs]
    parts[2:2] = [ad]
    parts[9:9] = [inline]
    stats = (
        '<div class="jeg_share_stats"><div class="jeg_share_count"><div class="counts">493</div><span class="sharetext">SHARES</span></div>'
        '<div class="jeg_views_count"><div class="counts">1.4k</div><span class="sharetext">VIEWS</span></div></div>'
    )
    bottom = (
        '<div class="jeg_share_bottom_container"><div class="jeg_sharelist"><a class="jeg_btn-facebook"><span>Share<span class="count">197</span></span></a>'
        '<a class="jeg_btn-twitter"><span>Tweet<span class="count">123</span></span></a></div></div>'
    )
    related = block(
        card(
            lines[lines.index("by KTAR") - 2],
            "/2025/06/21/related/",
            author="KTAR",
            date="June 20, 2025",
            excerpt="Other words",
        )
    )
    page = jnews_single(
        title=escape(title), body="".join(parts) + f"<p>{linked}</p>", date="June 21, 2025", template=template, stats=stats,
        share_bottom=bottom, related=related, side=sidebar(card("Side story", "/2025/06/21/side/", date="June 19, 2025", author="Side")),
    )  # fmt: skip
    return page, title, paragraphs


@pytest.mark.skipif(not ARTICLE.exists(), reason="the DNYUZ page (../shared) is not here")
@pytest.mark.parametrize("template", [1, 3, 8])
@pytest.mark.parametrize("url", ["https://dnyuz.com/2025/06/21/some-slug/", "https://dnyuz.com/?p=4711"])
def test_dnyuz_page(template: int, url: str) -> None:
    html, title, paragraphs = set_in_jnews(ARTICLE.read_text(encoding="utf-8"), template)
    page: PostPage = parse_post_page(html, url)
    assert page.title == title
    assert (page.published_at, page.published_precision) == ("2025-06-21T00:00:00Z", "day")
    assert page.categories == ["News"]
    assert page.author is None
    assert (page.displayed_shares, page.displayed_views) == (493, 1400)
    assert page.content.text == "\n\n".join(paragraphs)
    assert len(paragraphs) == 23  # counted by eye, the biography line being the last
    assert page.content.truncated is False
    assert page.content.attribution is not None
    assert page.content.attribution.publisher_name == "New York Times"
    assert page.content.attribution.publisher_url == "https://www.nytimes.com/"
    assert page.content.attribution.original_url is None
    assert page.content.attribution.original_title == title
