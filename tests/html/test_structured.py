"""What one pass over the tree collects, and that shared searches find what a look at each element finds."""

from __future__ import annotations

import random

from lxml.html import HtmlElement

from newscrawl.html import structured
from newscrawl.html.opening import parse
from newscrawl.html.structured import PageData, collect


def data_of(inner: str) -> PageData:
    root = parse(f"<html><head></head><body>{inner}</body></html>")
    assert root is not None
    return collect(root)


def test_properties_of_elements_without_text_are_kept() -> None:
    data = data_of(
        '<div itemprop="image"><meta itemprop="url" content="/a"><img itemprop="thumbnail" src="/b">'
        '<link itemprop="url mainEntityOfPage" href="/c"></div>'
    )
    tags = {name: [element.tag for element in found] for name, found in data.itemprops.items()}
    assert tags == {"image": ["div"], "url": ["meta", "link"], "thumbnail": ["img"], "mainentityofpage": ["link"]}


def test_attributes_are_told_of_every_element_and_kept_of_those_with_text() -> None:
    data = data_of('<div class="a"><img class="date" src="/b"><p>one</p><input type="text"><a href="/c">two</a></div>')
    assert [dict(items) for items in data.every_attribute()] == [
        {"class": "a"},
        {"class": "date", "src": "/b"},
        {"type": "text"},
        {"href": "/c"},
    ]
    assert [element.tag for element in data.attributes] == ["div", "a"]
    assert data.marked == {}


def test_links_are_read() -> None:
    data = data_of(
        '<a href="/author/jo">Jo</a><a href="/x" rel="nofollow author">Jo</a><a href="/y" rel="co-author">Jo</a>'
        '<a rel="license" href="/free">CC</a><link rel="author" href="/author/z"><a href="/z\n/profile/jo">Jo</a>'
    )
    assert [element.get("href") for element in data.to_author] == ["/author/jo", "/z\n/profile/jo"]
    assert [element.get("href") for element in data.by_rel] == ["/x"]
    assert data.links["license"] == [("/free", "")]


def _plainly_marked(data: PageData) -> dict[str, list[HtmlElement]]:
    """What :attr:`PageData.marked` holds, by a look at each element."""
    found: dict[str, list[HtmlElement]] = {}
    for element in data.elements:
        values = [element.get(name, "")[: structured.MAX_MARK] for name in ("class", "id", "data-testid")]
        for kind, words in structured._MARKS.items():
            if any(word in value for word in words for value in values):
                found.setdefault(kind, []).append(element)
    return {kind: elements[: structured.MAX_MARKED] for kind, elements in found.items()}


def test_marked_elements_are_those_that_a_look_at_each_finds() -> None:
    rng = random.Random(4)
    words = ["byline", "author", "date", "by", "Author-Date", "line", "publish", "posted\n", "a" * 299, "card", "utor"]
    kinds = 0
    for _ in range(300):
        inner = ""
        for _ in range(rng.randrange(30)):
            attributes = {
                name: " ".join(rng.choices(words, k=rng.randrange(3)))
                for name in rng.sample(["class", "id", "data-testid", "title"], 2)
            }
            inner += "<p " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + ">x</p>"
        data = data_of(inner)
        assert data.marked == _plainly_marked(data), inner
        kinds += len(data.marked)
    assert kinds > 300


def test_of_many_marked_elements_the_first_are_kept() -> None:
    data = data_of('<p class="date">x</p>' * (structured.MAX_MARKED + 9))
    assert data.marked["date"] == data.elements[3 : structured.MAX_MARKED + 3]
