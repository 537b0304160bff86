# ruff: noqa: E501 - HTML
"""What markup and data say of a page's kind, and how its text is laid out, as numbers."""

from __future__ import annotations

from math import log1p

import numpy as np
import pytest

from newscrawl.extraction import blocks, features, pagemarks, pageshape
from newscrawl.html import opening, structured

from .pages import SENTENCES, paragraphs


def marks(html: str, title: str | None = None, host: str = "shop.vellmar.example") -> dict[str, float]:
    root = opening.parse(html)
    assert root is not None
    data = structured.collect(root)
    found = pagemarks.marks(data, None, 100.0, title, host)
    assert set(found) == set(pagemarks.NAMES)
    return found


def shape(body: str) -> dict[str, float]:
    root = opening.parse(f"<html><body>{body}</body></html>")
    assert root is not None
    page = blocks.segment(root, opening.Work())
    found = pageshape.layout(page, features.build(page, features.Hints()))
    assert set(found) == set(pageshape.NAMES)
    return found


def test_words_of_names_are_counted_once_for_each_value() -> None:
    found = marks(
        "<body><form action='/cart/add' class='product-form'><button name='addToCart' class='btn addtocart'>Add</button>"
        "<span class='price'>9</span><span class='price'>8</span><select class='variant-selector'></select></form></body>"
    )
    assert found["class_cart"] == pytest.approx(log1p(3))  # /cart/, addToCart, addtocart
    assert found["class_price"] == pytest.approx(log1p(1))  # the same value counts once
    assert found["class_choice"] == pytest.approx(log1p(2))
    assert found["tag_select"] == pytest.approx(log1p(1))


def test_what_content_systems_call_a_page() -> None:
    single = marks("<html><body class='post-template-default single single-post postid-12'><p>x</p></body></html>")
    archive = marks("<html><body class='archive category category-local'><p>x</p></body></html>")
    assert single["root_single"] > 0 == single["root_archive"]
    assert archive["root_archive"] > 0 == archive["root_single"]
    made = marks("<html><head><meta name=generator content='WooCommerce 8.1'></head><body><p>x</p></body></html>")
    assert made["root_shop_system"] == 1


def test_links_that_stay_leave_call_and_turn_pages() -> None:
    found = marks(
        "<body><a href='https://shop.vellmar.example/a'>a</a><a href='https://elsewhere.example/b'>b</a><a href='/list?page=2'>2</a>"
        "<a href='tel:123'>call</a><a href='/checkout'>c</a></body>"
    )
    assert found["link_page"] == found["link_call"] == found["link_cart"] == pytest.approx(log1p(1))
    assert 0 <= found["link_out"] <= 1 / 5


def test_claims_of_goods_and_of_articles() -> None:
    goods = marks(
        "<head><meta property='product:price:amount' content='9.00'><script type='application/ld+json'>"
        '{"@type": "ItemList", "itemListElement": [{"@type": "ListItem"}, {"@type": "ListItem"}]}</script></head>'
        "<body><div itemscope itemtype='https://schema.org/Product'><span itemprop='price'>9</span></div></body>"
    )
    assert goods["meta_price"] == 1
    assert goods["ld_items"] == pytest.approx(log1p(2))
    assert goods["type_product"] == goods["prop_price"] == pytest.approx(log1p(1))
    written = marks("<head><meta name='twitter:label1' content='Written by'></head><body><p>x</p></body>")
    assert written["meta_label_written"] == 1
    assert written["meta_price"] == 0


def test_a_heading_is_a_sentence_or_a_name() -> None:
    found = marks(
        "<head><title>Harbour closed after accident - Post</title></head><body><h1>Harbour closed after accident</h1></body>",
        title="Harbour closed after accident",
    )
    assert (found["h1_words"], found["title_words"], found["h1_in_tag"]) == (4, 4, 1)
    assert found["title_lower"] == 0.75
    assert marks("<body><p>x</p></body>")["h1_words"] == -1


CARD = "<div class='card'><h3><a href='/s/{i}'>Story number {i} of the week</a></h3><p>{line}</p></div>"


def test_boxes_that_are_alike_are_a_set_and_paragraphs_are_none() -> None:
    cards = "".join(CARD.format(i=i, line=SENTENCES[i % 8]) for i in range(7))
    found = shape(f"<main>{cards}</main>")
    assert found["set_number"] == pytest.approx(log1p(7))
    assert found["set_share"] == pytest.approx(1.0)
    assert found["set_headings"] == 1
    plain = shape("<main>" + "".join(f"<p>{line}</p>" for line in paragraphs(7)) + "</main>")
    assert plain["set_number"] == plain["set_share"] == 0


def test_prose_stands_in_one_piece_or_in_many() -> None:
    lines = "".join(f"<p>{line}</p>" for line in paragraphs(6))
    one = shape(f"<main><h1>Harbour closed</h1>{lines}</main>")
    many = shape(f"<main><h1>Stories</h1>{''.join(f'<div><p>{line}</p></div>' for line in paragraphs(6))}</main>")
    assert one["piece_longest_share"] == pytest.approx(1.0)
    assert one["top_lines"] > many["top_lines"]
    assert many["piece_longest_share"] < 0.5
    assert one["lines_to_prose"] >= 0
    assert shape("<p></p>")["piece_longest"] == 0


def test_subtrees_hold_what_stands_in_them() -> None:
    root = opening.parse("<html><body><div><p>one</p><p>two</p></div><div><p>three</p></div></body></html>")
    assert root is not None
    page = blocks.segment(root, opening.Work())
    assert page.node_parent == [-1, 0, 1, 1, 0, 4]
    sums = features.Tree(page).subtree(np.arange(6, dtype=np.float64)[:, None])
    assert sums[:, 0].tolist() == [15, 6, 2, 3, 9, 5]
