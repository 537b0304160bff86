# ruff: noqa: E501 - HTML
"""Cutting a page into blocks: what is one run of text, what is seen, what is a line of a table."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract
from newscrawl.extraction.blocks import ANCESTOR, Blocks, is_unseen_class, segment
from newscrawl.extraction.result import Kind
from newscrawl.html.opening import Clock, parse


def blocks_of(inner: str) -> Blocks:
    root = parse(f"<html><body>{inner}</body></html>")
    assert root is not None
    return segment(root, Clock())


@pytest.mark.parametrize(
    ("inner", "texts"),
    [
        # Elements that HTML does not know are inline, as browsers show them, where they stand in a run of text ...
        (
            "<p>The <x-term>pontoon</x-term> that carried <st1:city>Vellmar</st1:city> goes.</p>",
            ["The pontoon that carried Vellmar goes."],
        ),
        (
            "<p><glossary-word>Divers</glossary-word> came, <t-tip>three</t-tip> of them.</p>",
            ["Divers came, three of them."],
        ),
        (
            "<p>See <amp-link><a href=/x>the report</a></amp-link> for more.</p>",
            ["See the report for more."],
        ),
        # ... and blocks where they wrap whole paragraphs or follow one another.
        ("<x-body><x-p>One.</x-p><x-p>Two.</x-p></x-body>", ["One.", "Two."]),
        ("<x-story><p>One.</p><p>Two.</p></x-story>", ["One.", "Two."]),
        ("text before <x-box><p>One.</p></x-box> after", ["text before", "One.", "after"]),
    ],
)
def test_elements_that_html_does_not_know(inner: str, texts: list[str]) -> None:
    assert blocks_of(inner).text == texts


@pytest.mark.parametrize(
    "inner",
    [
        "<p>The line <a href=/x>Norvale<span class='sr-only'> (opens new tab)</span></a> sails.</p>",
        "<p>The line <span class='u-visually-hidden'>external</span>Norvale sails.</p>",
        "<p>The line <span style='display: none'>x</span>Norvale <b hidden>y</b>sails.</p>",
        "<p>The line Norvale <i class='c-text screen-reader-text'>a link</i>sails.</p>",
        "<p>The line Norvale <span style='visibility:hidden'>a link</span>sails.</p>",
    ],
)
def test_what_nobody_sees_is_no_text(inner: str) -> None:
    assert blocks_of(inner).text == ["The line Norvale sails."]


@pytest.mark.parametrize("marks", ["not-sr-only", "md:sr-only", "screen", "offscreen-menu-open", "readers"])
def test_classes_that_hide_nothing(marks: str) -> None:
    assert not is_unseen_class(marks)
    assert blocks_of(f"<p>One <span class='{marks}'>two</span></p>").text == ["One two"]


def test_hidden_blocks_are_marked() -> None:
    found = blocks_of("<div hidden><p>a</p></div><div style='display:none'>b</div><div class='sr-only'>c</div><p>d</p>")
    hidden = [bool(found.node_flags[node] & ANCESTOR["hidden"]) for node in found.node]
    assert hidden == [True, True, True, False]


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        (
            "<tr><th>Port<th>Ships</tr><tr><td>Harrow Sands<td>412</tr>",
            ["Port | Ships", "Harrow Sands | 412"],
        ),
        (
            "<thead><tr><th>Year</th><th>Catch</th></tr></thead><tbody><tr><td><p>2023</p></td><td></td><td><b>1.2</b> t<br>net</td></tr></tbody>",
            ["Year | Catch", "2023 | 1.2 t net"],
        ),
        # Layout: cells that hold texts of their own stay apart.
        (
            "<tr><td><h2>News</h2><p>One.</p></td><td><ul><li>a</li><li>b</li></ul></td></tr>",
            ["News", "One.", "a", "b"],
        ),
        (f"<tr><td>{'long ' * 200}</td><td>b</td></tr>", [("long " * 200).strip(), "b"]),
    ],
)
def test_a_row_of_a_table_is_one_line(table: str, texts: list[str]) -> None:
    assert blocks_of(f"<table>{table}</table>").text == texts


def test_links_of_a_row_are_counted() -> None:
    found = blocks_of("<table><tr><td><a href=/a>Alpha</a><td><a href=/b>Beta</a></tr></table>")
    assert (found.text, found.links, found.link_chars) == (["Alpha | Beta"], [2], [9])


@pytest.mark.parametrize("tag", ["button", "svg", "select", "object"])
def test_a_control_that_was_never_closed_holds_the_page(tag: str) -> None:
    found = blocks_of(f"<div><{tag}><main><h1>Title</h1><p>One.</p><p>Two.</p></main></div>")
    assert found.text[-3:] == ["Title", "One.", "Two."]


def test_controls_are_no_text() -> None:
    assert blocks_of(
        "<button><span>Menu</span></button><dialog><h1>Cookies</h1><p>We use them.</p></dialog><p>a</p>"
    ).text == ["a"]


@pytest.mark.parametrize("end", ["</body></html>", "</body>", "</html>"])
def test_an_article_below_an_early_end_of_the_page_is_read(end: str) -> None:
    lines = [
        f"The harbour was closed for the {name} time on Tuesday, after a crane had lost its load above the northern quay, the port said."
        for name in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "last")
    ]
    story = "".join(f"<p>{line}</p>" for line in lines)
    page = f"<html><body><header><a href='/'>News</a></header>{end}<main><h1>Harbour closed</h1>{story}</main></body></html>"
    found = extract(page, "https://news.test/2026/03/harbour")
    assert found.kind is Kind.ARTICLE
    assert found.text is not None
    assert found.text.split("\n\n")[-8:] == lines
