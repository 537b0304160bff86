"""No parser raises on account of what it is given: cut, spliced and random bodies."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.html.dates import day_in_words
from newscrawl.html.times import moment
from newscrawl.surfaces.parsing.archive import is_list_page, page_address, parse_listing
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.counts import displayed_count
from newscrawl.surfaces.parsing.feed import parse_feed, parse_opml
from newscrawl.surfaces.parsing.post_page import parse_post_page
from newscrawl.surfaces.parsing.rest import parse_posts, parse_terms
from newscrawl.surfaces.parsing.sitemap import parse_sitemap, post_sitemaps, prune
from tests.aggregators import test_pages
from tests.surfaces.parsing import test_archive as test_listings
from tests.surfaces.parsing import test_feed as test_feeds
from tests.surfaces.parsing import test_rest as test_wprest
from tests.surfaces.parsing import test_sitemap as test_sitemaps

URL = "https://agg.test/category/news/"
SEEDS = [
    test_feeds.FULL,
    test_feeds.ATOM,
    test_feeds.OPML,
    test_feeds.LAUGHS,
    test_sitemaps.NEWS.encode(),
    test_pages.TAGDIV.encode(),
    test_pages.BLOCK.encode(),
    test_pages.HEAD_LINKS.encode(),
    test_listings.TAGDIV.encode(),
    test_listings.jnews_list(test_listings.block(test_listings.CARDS, navigation=test_listings.NAVIGATION)).encode(),
    test_wprest.body([test_wprest.post()]),
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A seed with a piece cut out and other bytes put in its place."""
    seed = draw(st.sampled_from(SEEDS))
    start = draw(st.integers(0, len(seed)))
    end = draw(st.integers(start, len(seed)))
    other = draw(
        st.binary(max_size=30)
        | st.sampled_from([b"<", b"&", b"]]>", b"<![CDATA[", b"<!DOCTYPE", b"\x00", b"\xff", b"<p>", b"--"])
    )
    return seed[:start] + other * draw(st.integers(1, 3)) + seed[end:]


@quick
@given(bodies())
def test_bodies(body: bytes) -> None:
    parse_feed(body, URL, "text/xml")
    parse_opml(body)
    parse_sitemap(body, URL)
    parse_posts(body, "text/html", 200)
    parse_terms(body, "application/json", 404)
    page = parse_post_page(body, URL)
    assert page.content.text is None or page.content.text.strip()
    listing = parse_listing(body, URL)
    assert len({entry.url for entry in listing.entries}) == len(listing.entries)
    is_list_page(body)
    post_text(body.decode("utf-8", "surrogateescape"), base_url=URL)


@pytest.mark.slow
@quick
@given(
    st.lists(
        st.dictionaries(st.sampled_from([*test_wprest.post(), "_embedded", "yoast_head_json", "code"]), JSON_VALUES),
        max_size=3,
    )
)
def test_posts_of_any_shape(value: object) -> None:
    answer = parse_posts(json.dumps(value).encode(), "application/json", 200)
    assert len(answer.posts) + len(answer.skipped) == len(value) if isinstance(value, list) else True


@pytest.mark.slow
@quick
@given(st.dictionaries(st.sampled_from(sorted(test_wprest.post())), JSON_VALUES))
def test_a_good_post_with_bad_fields(changes: dict[str, object]) -> None:
    answer = parse_posts(test_wprest.body([{**test_wprest.post(), **changes}]), "application/json", 200)
    assert len(answer.posts) + len(answer.skipped) == 1


@quick
@given(st.text(max_size=80))
def test_small_texts(text: str) -> None:
    moment(text)
    displayed_count(text)
    day_in_words(text, "en-US")
    page_address(f"https://agg.test/{text.replace('[', '').replace(']', '')}", 3)
    post_text(text)
    entry = parse_sitemap(f"https://agg.test/{text}".encode("utf-8", "replace"), URL).entries
    prune(post_sitemaps(entry), since="2025-01-01T00:00:00Z", until="2025-02-01T00:00:00Z")


@quick
@given(st.integers(0, 2200), st.integers(0, 13), st.integers(0, 32))
def test_dates_round_trip(year: int, month: int, day: int) -> None:
    found = moment(f"{year:04}-{month:02}-{day:02}")
    assert found is None or found.at == f"{year:04}-{month:02}-{day:02}T00:00:00Z"
