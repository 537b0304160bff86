"""One parse of the page, within bounds."""

from __future__ import annotations

import pytest

from newscrawl.html import opening
from newscrawl.html.opening import parse


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><p>one</p></body></html><p>two</p><div>three</div>",
        "<html><body><p>one</p></BODY ></HTML>\n<main><p>two</p></main><footer>three</footer></body></html>",
        "<html><body><p>one</p></body><p>two</p><div>three</div></html>",
        "<html><body><p>one</p></body></html><!-- end --><div><p>two</p></div></body></html>three",
        "<html><body><p>one</p></html>two<p>three",
        "<p>one</p></body></html><html><body><p>two</p></body></html><p>three</p>",
    ],
)
def test_what_follows_the_end_of_the_body_belongs_to_it(page: str) -> None:
    root = parse(page)
    assert root is not None
    body = root.find("body")
    assert body is not None
    assert " ".join(body.itertext()).split() == ["one", "two", "three"]


@pytest.mark.parametrize(
    "end", ["</body></html>", "</body>\n<!-- made in 0.2 s -->\n</html>\n", "</BODY></html \n>", ""]
)
def test_a_page_that_ends_where_it_says_is_parsed_as_it_came(end: str) -> None:
    data = f"<html><body><p>one</p>{end}".encode()
    assert opening._without_early_end(data) is data


@pytest.mark.parametrize("part", [b"</body><!-- - -- -", b"</body ", b"</html/ <!--", b"<!-- -- "])
def test_many_ends_cost_no_more_than_their_length(part: bytes) -> None:
    # A cost that grew with the square would not end within a test's time.
    data = b"<html><body></body>" + part * 400_000
    assert len(opening._without_early_end(data)) <= len(data)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ufeff"])
@pytest.mark.parametrize(
    "place", ["", "\ufeff \n<?xml version='1.0'?>", " " * 1_000 + "<?xml version='1.0'?>", "\u6e2f" * 9]
)
def test_what_is_no_character_of_a_page_is_not_parsed(place: str, character: str) -> None:
    page = f"{place}<p>one{character}</p>\ud800" if not place else f"{place}<p>one{character}</p>"
    expected = ("\u6e2f" * 9 if place.startswith("\u6e2f") else "") + "<p>one</p>" + ("" if place else "\ufffd")
    known = None if not place else page.encode()
    assert opening._encoded(page, None) == expected.encode()
    assert opening._encoded(page, known) == expected.encode()


def test_a_page_in_utf_8_is_parsed_as_it_came() -> None:
    page = "\n <p>\u6e2f</p>"
    data = page.encode()
    assert opening._encoded(page, data) is data
