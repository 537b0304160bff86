# ruff: noqa: E501 - markup
"""Titles, kind by kind: what a page says of itself, and what its headline is."""

from __future__ import annotations

import json

import pytest

from newscrawl.extraction import extract
from newscrawl.extraction.titles import Claims, choose

from .pages import paragraphs

URL = "https://www.valley-herald.example/2024/bridge-reopens"
LONG = (
    "Bridge over the Tarn reopens after two winters of repairs that cost the valley its market and half of its bakers"
)


def title_of(body: str, head: str = "", tag: str | None = None, ld: object = None) -> str | None:
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    text = "".join(f"<p>{one}</p>" for one in paragraphs())
    title = f"<title>{tag}</title>" if tag else ""
    return extract(
        f"<html><head>{title}{head}{script}</head><body><article>{body}{text}</article></body></html>", URL
    ).title


@pytest.mark.parametrize(
    "heading",
    [
        "<h1><span class=kicker>Transport</span>Bridge over the Tarn reopens</h1>",
        "<h1><em>Valley</em><div>Bridge over the Tarn reopens</div></h1>",
        "<h1><time>4 May 2024</time> Bridge over the Tarn reopens</h1>",
        "<h1>Bridge over the Tarn reopens<span>Photos by the valley's own</span></h1>",
    ],
)
def test_a_kicker_in_the_heading_is_no_part_of_the_title(heading: str) -> None:
    head = '<meta property="og:title" content="Bridge over the Tarn reopens">'
    assert title_of(heading, head, "Bridge over the Tarn reopens | Valley Herald") == "Bridge over the Tarn reopens"


def test_a_kicker_alone_with_the_heading_keeps_a_space() -> None:
    assert title_of("<h1><span>Transport</span>Bridge over the Tarn reopens</h1>") == (
        "Transport Bridge over the Tarn reopens"
    )


def test_an_emphasised_part_of_a_word_is_not_set_off() -> None:
    assert title_of("<h1>Bridge over the T<b>arn</b> re<wbr>opens</h1>") == "Bridge over the Tarn reopens"


@pytest.mark.parametrize(
    "tag",
    [
        "The Valley Herald » Bridge over the Tarn reopens",
        "The Valley Herald | Bridge over the Tarn reopens",
        "The Valley Herald: Bridge over the Tarn reopens",
        "Bridge over the Tarn reopens – The Valley Herald",
    ],
)
def test_a_logo_in_the_heading_is_no_title_though_it_stands_in_the_title_tag(tag: str) -> None:
    body = "<h1><a href='/'>The Valley Herald</a></h1><h2>Bridge over the Tarn reopens</h2>"
    assert title_of(body, tag=tag) == "Bridge over the Tarn reopens"


def test_the_sites_name_goes_before_and_behind_and_between() -> None:
    for tag in (
        "Valley Herald | Bridge over the Tarn reopens",
        "Valley Herald: Bridge over the Tarn reopens",
        "Bridge over the Tarn reopens – Valley Herald – News from the hills",
    ):
        claims = Claims(tag=tag, names=["Valley Herald"])
        assert choose(claims) == ("Bridge over the Tarn reopens", "html"), tag


def test_a_cut_headline_gives_way_to_the_whole_one() -> None:
    cut = LONG[:107]
    assert title_of(f"<h1>{LONG}</h1>", tag=LONG, ld={"@type": "NewsArticle", "headline": cut}) == LONG
    dots = {"@type": "NewsArticle", "headline": "Bridge over the Tarn reopens after two…"}
    assert title_of(f"<h1>{LONG}</h1>", tag=LONG, ld=dots) == LONG
    # A short headline that the heading begins with is the publisher's own.
    short = {"@type": "NewsArticle", "headline": "Bridge over the Tarn reopens after two winters"}
    assert title_of(f"<h1>{LONG}</h1>", ld=short) == "Bridge over the Tarn reopens after two winters"


def test_a_headline_for_search_engines_gives_way_to_what_readers_see() -> None:
    seo = "Tarn Bridge Reopening 2024: Dates, Costs, Detours"
    ld = {"@type": "BlogPosting", "headline": seo}
    head = f'<meta property="og:title" content="{seo}">'
    assert title_of("<h1>What the Tarn bridge reopening means for you</h1>", head, seo, ld) == (
        "What the Tarn bridge reopening means for you"
    )
    # A heading that shares nothing with what the page calls itself is none.
    assert title_of("<h1>Members' corner</h1>", head, seo, ld) == seo


def test_markup_and_entities_are_no_part_of_a_title() -> None:
    ld = {"@type": "NewsArticle", "headline": "Bridge over the <i>Tarn</i>&nbsp;reopens &amp;amp; closes"}
    assert title_of("<p></p>", ld=ld) == "Bridge over the Tarn reopens & closes"


NAME = '<meta property="og:site_name" content="Valley Herald">'


@pytest.mark.parametrize(
    ("body", "head", "tag", "ld", "expected"),
    [
        # A heading with the site's name behind it.
        ("<h1>Bridge reopens at last – Valley Herald</h1>", NAME, "Bridge reopens at last – Valley Herald", None, "Bridge reopens at last"),
        # Headings of other stories are links.
        (
            "<h1>The bridge over the river Tarn</h1><section><h1><a href=/b>Bridge opens in another valley of the Tarn</a></h1></section>",
            "", "A bridge opens in the valley", None, "The bridge over the river Tarn",
        ),
        # Capitals are a matter of style.
        ("<h1>BRIDGE OVER THE TARN REOPENS IN 2024</h1>", '<meta property="og:title" content="Bridge over the Tarn reopens 2024">', None, None, "Bridge over the Tarn reopens 2024"),
        # An article at the start is no kicker.
        ("<h1>The bridges of the Tarn in 2024</h1>", '<meta property="og:title" content="Bridges of the Tarn in 2024">', "Bridges of the Tarn in 2024", None, "The bridges of the Tarn in 2024"),
        # A description in the heading.
        (f"<h1>{LONG} {LONG}</h1>", '<meta property="og:title" content="Bridge over the Tarn reopens">', None, None, "Bridge over the Tarn reopens"),
        # Marks of Markdown and quotation marks round the whole.
        ("<p>x</p>", "", None, {"@type": "NewsArticle", "headline": "## Bridge over the Tarn reopens"}, "Bridge over the Tarn reopens"),
        ("<p>x</p>", "", None, {"@type": "NewsArticle", "headline": '"Bridge over the Tarn reopens"'}, "Bridge over the Tarn reopens"),
        # A long heading is no logo, though <title> has it beside a name that stands in a subheading.
        (
            "<h1>[2024] All the bridges over the Tarn that reopen</h1><h1>Browse our catalog</h1><h2>Valley Herald</h2>",
            '<meta property="og:title" content="[2024] All the bridges over the Tarn that reopen — Valley Herald">',
            "[2024] All the bridges over the Tarn that reopen — Valley Herald", None, "[2024] All the bridges over the Tarn that reopen",
        ),
    ],
)  # fmt: skip
def test_the_heading_that_readers_see(body: str, head: str, tag: str | None, ld: object, expected: str) -> None:
    assert title_of(body, head, tag, ld) == expected


@pytest.mark.parametrize(
    ("tag", "site"),
    [
        ("Bridge over the Tarn reopens | Tarn Valley Rail Freight", "Tarn Valley Rail Freight Company"),
        ("Bridge over the Tarn reopens — Upper Tarn Walkers", "Upper Tarn Walkers' Association"),
    ],
)
def test_the_beginning_of_the_sites_name_is_its_name(tag: str, site: str) -> None:
    head = f'<meta property="og:site_name" content="{site}"><meta property="og:title" content="{tag}">'
    assert title_of("<h1>Crossings</h1>", head, tag) == "Bridge over the Tarn reopens"


def test_the_first_word_of_the_sites_name_alone_is_not() -> None:
    head = '<meta property="og:site_name" content="Tarn Valley Herald">'
    assert title_of("<h1>A week on the river – Tarn</h1>", head, "A week on the river – Tarn") == (
        "A week on the river – Tarn"
    )


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        ("Bridges of the Tarn worth a detour", "9 Bridges of the Tarn worth a detour"),
        ("What a bridge costs to repair", "What a bridge costs to repair 2024"),
    ],
)
def test_a_number_that_one_reading_of_the_headline_lacks_belongs_to_it(shorter: str, longer: str) -> None:
    head = f'<meta property="og:title" content="{longer}">'
    node = {"@type": "NewsArticle", "headline": shorter}
    assert title_of(f"<h1>{shorter}</h1>", head, f"{longer} | Valley Herald", node) == longer
    assert title_of(f"<h1>{longer}</h1>", tag=shorter, ld=node) == longer


def test_a_reference_number_in_brackets_does_not() -> None:
    tag = "[2405.01234] Bridges of the Tarn worth a detour"
    assert title_of("<h1>Bridges of the Tarn worth a detour</h1>", tag=tag) == "Bridges of the Tarn worth a detour"


@pytest.mark.parametrize(
    "heading",
    [
        "<h1><span>Bridges of the Tarn</span><span>All that you need to plan a weekend</span></h1>",
        "<h1><div>The Tarn on foot</div><small>Routes and maps for walkers like you</small></h1>",
    ],
)
def test_a_heading_with_its_subtitle_gives_way_to_the_title_that_all_else_tells(heading: str) -> None:
    head = '<meta property="og:title" content="The finest bridges of the Tarn: routes and maps">'
    assert title_of(heading, head, "The finest bridges of the Tarn: routes and maps | Valley Herald") == (
        "The finest bridges of the Tarn: routes and maps"
    )


def test_a_heading_whose_first_part_announces_the_second_stays() -> None:
    head = '<meta property="og:title" content="Bridges of all rivers in the south">'
    assert title_of("<h1><span>Bridges:</span> <span>Tarn</span></h1>", head, "Bridges of all rivers in the south") == (
        "Bridges: Tarn"
    )


@pytest.mark.parametrize("logo", ["valley-herald.example", "The Valley Herald"])
def test_a_logo_glued_to_the_headline_in_the_title_tag_goes(logo: str) -> None:
    assert title_of(f"<h1>{logo}</h1>", tag=f"{logo} Bridge over the Tarn reopens") == "Bridge over the Tarn reopens"
