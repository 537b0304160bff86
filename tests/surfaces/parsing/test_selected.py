"""Pages read by declared selectors."""

from __future__ import annotations

import pytest

from newscrawl.surfaces.parsing.selected import (
    ListSelectors,
    PostSelectors,
    check_selectors,
    parse_selected_list,
    parse_selected_post,
)

URL = "https://news.example/list"


def links(body: str, **selectors: str) -> list[tuple[str, str | None, str | None]]:
    found = parse_selected_list(
        f"<html lang=en><body>{body}", URL, ListSelectors(**{"post_links": "h2 a", "post_date": "i", **selectors})
    )
    assert found is not None
    return [(link.url.rpartition("/")[2], link.title, link.when.at if link.when else None) for link in found.links]


def test_each_link_has_the_date_of_its_own_box() -> None:
    boxes = "".join(f"<div><h2><a href=/{n}>News <b>{n}</b></a></h2><i>{n} May 2026</i></div>" for n in (1, 2))
    assert links(boxes) == [("1", "News 1", "2026-05-01T00:00:00Z"), ("2", "News 2", "2026-05-02T00:00:00Z")]


def test_of_several_dates_in_a_box_none_is_taken() -> None:
    assert links("<div><h2><a href=/1>a</a></h2><i>1 May 2026</i><i>2 May 2026</i></div>") == [("1", "a", None)]


def test_the_day_in_the_address_is_the_date_where_none_stands_beside_it() -> None:
    assert links("<h2><a href=/2026/05/03/x>a</a></h2>") == [("x", "a", "2026-05-03T00:00:00Z")]


def test_links_may_be_attributes_or_boxes() -> None:
    box = "<h2 data-to=/1><a href=/2>a</a></h2>"
    assert links(box, post_links="h2::attr(data-to)") == [("1", None, None)]
    assert links(box, post_links="//h2") == [("2", "a", None)]


def test_a_page_that_cannot_be_parsed_is_no_list() -> None:
    assert parse_selected_list(b"", URL, ListSelectors(post_links="a")) is None


def test_a_body_within_a_body_is_there_once() -> None:
    page = parse_selected_post(
        "<html><body><div class=s><p>One and two.</p><div class=s><p>Three.</p></div></div><div class=s>Four.</div>",
        URL,
        PostSelectors(body="div.s"),
    )
    assert page.content.text == "One and two.\n\nThree.\n\nFour."


@pytest.mark.parametrize("query", ["a >", "//a[", "./a[", "a::attr(", "a:nope("])
def test_what_is_no_selector_is_told_with_its_attribute(query: str) -> None:
    with pytest.raises(ValueError, match="title"):
        check_selectors(PostSelectors(title=query))


def test_selectors_are_checked_as_they_are_read() -> None:
    check_selectors(ListSelectors(post_links="a[href*='/n/']::attr(href)", next_page="//a[contains(., 'older')]/@href"))
