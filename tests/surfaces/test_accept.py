# ruff: noqa: E501 - markup in long lines
"""One bad entry costs itself: at the door, on every surface, whatever it holds."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import orjson
import pytest

from newscrawl.posts import Discovered, PostCopy
from newscrawl.surfaces.accept import Skipped, accept, accept_all
from tests.site import JSON, Page
from tests.surfaces.sites import BODY, SITE, ago, card, item, list_page, listed, rest_post, rss, sitemap

#: Links with a host that no id can be made of.
ADDRESSES = [
    "http://a..example.com/x", f"http://{'a' * 64}.example.com/x", f"http://{'é' * 71}.example/x", "http://a|b/x",
    "http://a%zz/x", "http://a%00b/x", "http://.com/x", "http://a`b/x", "http://ex^ample/x", "http://bad host.test/x",
    "http:b.test/2", "http://b.test:80\\x/y", f"{SITE}/{'x' * 8_200}", "", "x", "javascript:alert(1)",
]  # fmt: skip
#: Texts that parsers, encoders or databases refuse.
TEXTS = [
    "&#" + "9" * 4_301 + ";", "&#99999999999999999999;", "&#1;", "&#xFFFE;", "&#xD800;", "\ud83d", "a\x00b", "\x1b]0;x\x07",
    "<!-- x -->The post <a href='https://p.test/x'>A</a> appeared first on <a href='https://p.test/'>P</a>.",
    "<p><!-- x -->The post <a href='https://p.test/x'>A</a> appeared first on <a href='https://p.test/'>P</a>.</p>",
    "\u202e\u2066evil", "￾￿", "<![CDATA[", "]]>", "a" * 3_000_000, "</title><script>", "&" * 100_000,
]  # fmt: skip


def copy(**fields: Any) -> PostCopy:
    return PostCopy(**{"site": SITE, "url": f"{SITE}/a/", "surface": "rest", **fields})


def taken(got: Discovered | Skipped) -> Discovered:
    assert isinstance(got, Discovered), got
    orjson.dumps(got.given)  # as the database is given it
    return got


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_no_id_can_be_made_of_is_skipped_with_a_reason(url: str) -> None:
    got = accept(copy(url=url))
    assert isinstance(got, Skipped)
    assert got.reason in ("address", "address_too_long")


@pytest.mark.parametrize("field", ["title", "author", "summary", "html", "site_name", "remote_id", "image_url"])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_whatever_a_field_holds_the_entry_can_be_stored(field: str, text: str) -> None:
    got = taken(accept(copy(**{field: text}, categories=[text], tags=[text])))
    for value in (got.given.get("title"), *got.given.get("categories", [])):
        assert not value or not any(char < " " or "\ud800" <= char <= "\udfff" for char in value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1970-01-01T00:00:00Z", None),
        ("0000-00-00T00:00:00Z", None),
        ("2999-01-01T00:00:00Z", None),
        ("nonsense", None),
        ("1955-03-01T10:00:00Z", "1955-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
    ],
)
def test_a_senseless_date_is_no_date(given: str, kept: str | None) -> None:
    got = taken(accept(copy(published_at=given, published_precision="second"), now="2026-11-27T00:00:00Z"))
    assert got.published_at == kept


def test_a_day_on_the_edge_of_the_window_is_undated_for_the_ledger() -> None:
    day = copy(published_at="2026-11-25T00:00:00Z", published_precision="day")
    edge = taken(accept(day, since="2026-11-25T12:00:00Z", now="2026-11-27T00:00:00Z"))
    inside = taken(accept(day, since="2026-11-20T00:00:00Z", now="2026-11-27T00:00:00Z"))
    assert (edge.published_at, edge.given["published_at"]) == (None, "2026-11-25T00:00:00Z")
    assert inside.published_at == "2026-11-25T00:00:00Z"


def test_its_neighbours_are_taken() -> None:
    got = accept_all([copy(url=f"{SITE}/1/"), copy(url=ADDRESSES[0]), copy(url=f"{SITE}/2/")])
    assert [one.url for one in got.found] == [f"{SITE}/1/", f"{SITE}/2/"]
    assert [one.reason for one in got.skipped] == ["address"]


def test_what_no_one_thought_of_costs_itself_alone() -> None:
    got = accept(copy(rights=None))
    assert isinstance(got, Skipped)
    assert got.reason == "unreadable"


# --- every surface: nine good entries and a bad one between them ---------------------------------------

GOOD = {f"post-{number}" for number in range(1, 10)}
SINCE = ago(2)


def _feed(bad: str) -> Page:
    entries = [item(f"post-{number}", ago(hours=number)) for number in range(1, 10)]
    return rss(*entries[:4], bad, *entries[4:], head="<generator>https://wordpress.org/?v=6.5</generator>")


def _by_feed(bad: str) -> set[str]:
    got = listed(
        "feed", lambda path, query, _: _feed(bad) if path == "/feed/" and "paged" not in query else None, since=SINCE
    )
    assert not got.loud
    return got.names


@pytest.mark.parametrize("text", TEXTS[:8] + TEXTS[8:14], ids=range(14))
@pytest.mark.parametrize("field", ["title", "link", "body", "category"])
def test_feed(field: str, text: str) -> None:
    encoded = text.encode("utf-8", "replace").decode("utf-8")
    bad = {
        "title": item("bad", ago(hours=5)).replace("<title>bad</title>", f"<title>{encoded}</title>"),
        "link": item("bad", ago(hours=5), link=encoded),
        "body": item("bad", ago(hours=5), body=encoded if "]]>" not in encoded else "x"),
        "category": item("bad", ago(hours=5), more=f"<category>{escape(encoded)}</category>"),
    }[field]
    if "<![CDATA[" in text or "]]>" in text or "script" in text:
        bad = escape(bad)  # what breaks the document itself is another matter
    assert _by_feed(bad) >= GOOD


@pytest.mark.parametrize("url", ADDRESSES)
def test_feed_links(url: str) -> None:
    assert _by_feed(item("bad", ago(hours=5), link=url)) >= GOOD


@pytest.mark.parametrize("value", [*TEXTS, None, 1, [], {}, True], ids=range(len(TEXTS) + 5))
@pytest.mark.parametrize("field", ["title", "content", "excerpt", "link", "date_gmt", "categories", "_embedded", "id"])
def test_rest(field: str, value: Any) -> None:
    bad = rest_post(100, ago(hours=5))
    bad[field] = {"rendered": value} if field in ("title", "content", "excerpt") else value
    posts = [rest_post(number, ago(hours=number)) for number in range(1, 10)]
    body = json.dumps([*posts[:4], bad, *posts[4:]])
    got = listed("rest", lambda path, _query, _: (200, {**JSON, "X-WP-Total": "10"}, body), since=SINCE)
    assert not got.loud
    assert got.names >= GOOD


@pytest.mark.parametrize("url", ADDRESSES)
def test_rest_links(url: str) -> None:
    posts = [rest_post(number, ago(hours=number)) for number in range(1, 10)]
    body = json.dumps([rest_post(100, ago(hours=5), link=url), *posts])
    got = listed("rest", lambda path, _query, _: (200, {**JSON, "X-WP-Total": "10"}, body), since=SINCE)
    assert not got.loud
    assert got.names >= GOOD


@pytest.mark.parametrize("url", ADDRESSES)
def test_sitemap_links(url: str) -> None:
    entries = [(f"{SITE}/post-{number}/", ago(hours=number)) for number in range(1, 10)]
    made = sitemap(*entries[:4], (url, ago(hours=5)), *entries[4:])
    got = listed("sitemap", lambda path, _query, _: made if path == "/sitemap.xml" else None, since=SINCE)
    assert not got.loud
    assert got.names >= GOOD


@pytest.mark.parametrize("text", ["&#xD800;", "&#1;", "&#" + "9" * 4_301 + ";", "&bogus;", "<x>" * 50, "&" * 1_000])
def test_news_sitemap_titles(text: str) -> None:
    news = "<news:news><news:publication_date>{}</news:publication_date><news:title>{}</news:title></news:news>"
    rows = "".join(
        f"<url><loc>{SITE}/post-{number}/</loc>{news.format(ago(hours=number).isoformat(), text if number == 4 else 'T')}</url>"
        for number in range(1, 10)
    )
    body = f'<?xml version="1.0"?><urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{rows}</urlset>'
    got = listed("sitemap", lambda path, _query, _: (200, {}, body) if path == "/sitemap.xml" else None, since=SINCE)
    assert len(got.names & GOOD) >= 8


@pytest.mark.parametrize("url", [one for one in ADDRESSES if one])
def test_list_page_links(url: str) -> None:
    cards = [card(f"post-{number}", ago(hours=number)) for number in range(1, 10)]
    bad = f"<article class='post type-post'><h2 class='entry-title'><a href='{escape(url)}'>x</a></h2></article>"
    page = list_page(*cards[:4], bad, *cards[4:])
    got = listed("archive", lambda path, _query, _: page if path == "/" else None, since=SINCE)
    assert got.names >= GOOD
    assert BODY
