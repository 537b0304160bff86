# ruff: noqa: E501 - HTML
"""Cutting a page into blocks: what is one run of text, what is seen, what is a line of a table."""

from __future__ import annotations

import random
import re

import pytest

from newscrawl.extraction import blocks, extract
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


NAMES = (
    "article content-body articleBody NewsStory sr-only SR-Only md:sr-only not-sr-only visually-hidden screenreader"
    " screen-readers screenreaders show-for-sr a11y-hidden off-screen element-invisible x2-sr-text item-12 col-3-4 B\u00fcro"
    " \u017fr-only TEASERList h\u00edndi 99 _ onetrust-pc cookie"
).split()
SPACES = (" ", "  ", "\n", "\t", "\u3000", "\x1c", "\x85")


def made_up(rng: random.Random, parts: tuple[str, ...] | list[str], most: int) -> str:
    return "".join(rng.choice(parts) for _ in range(rng.randrange(most)))


def test_class_names_say_what_the_patterns_find_in_them() -> None:
    rng = random.Random(1)
    for _ in range(3_000):
        marks = made_up(rng, [*NAMES, *SPACES, *SPACES, "-", "_"], 9)
        mask = 0
        for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", marks):
            mask |= blocks._BITS.get(word.lower(), 0)
        unseen = blocks._UNSEEN_CLASS.search(marks) is not None
        assert blocks._of_class(marks) == (mask, unseen, re.sub(r"\d+", "0", marks)), marks
        assert blocks.word_mask(marks) == mask, marks


@pytest.mark.parametrize(
    "marks",
    "sr-only sr-only-focusable visuallyhidden visually-hidden screenreader screen-reader screenreaders screen-readers"
    " screenreader-text screen-reader-only show-for-sr element-invisible assistive-text offscreen off-screen offscreen-text"
    " a11y-hidden sr-text hiddenvisually hidden-visually u-sr-only c9-b--screenreaders".split(),
)
def test_every_class_name_that_hides_hides(marks: str) -> None:
    assert blocks._UNSEEN_CLASS.search(marks)
    for case in (marks, marks.upper(), marks.title(), f"item-1 {marks}\ncard"):
        assert is_unseen_class(case), case


def test_styles_say_what_the_pattern_finds_in_them() -> None:
    rng = random.Random(2)
    parts = "display visibility clip clip-path left text-indent : ; none hidden rect( inset( 50% 1px -9999 - 99 NONE".split()
    for _ in range(3_000):
        style = made_up(rng, [*parts, " ", ":"], 9)
        assert blocks.is_unseen_style(style) == (blocks._UNSEEN_STYLE.search(style) is not None), style


def test_white_space_is_folded_however_clean_a_text_is() -> None:
    rng = random.Random(3)
    for _ in range(3_000):
        text = made_up(rng, ["a", "\u00e9", "\u6e2f", "\u200b", "\xad", " ", *SPACES, "\x1e"], 9)
        lines = (" ".join(line.split()) for line in text.split("\x1e"))
        assert blocks._squeeze(text) == "\n".join(line for line in lines if line), ascii(text)


def test_a_signature_is_tag_and_class_of_three_levels() -> None:
    one = '<section><div class="a-1"><p class="x">One.</p></div></section>'
    other_top = '<article><section><div class="a-22"><p class="x">Two.</p></div></section></article>'
    other_third = '<main><div class="a-3"><p class="x">Three.</p></div></main>'
    other_own = '<section><div class="a-4"><p class="y">Four.</p></div></section>'
    found = blocks_of(one + other_top + other_third + other_own)
    signatures = [found.node_sig[node] for node in found.node]
    assert found.text == ["One.", "Two.", "Three.", "Four."]
    assert signatures[0] == signatures[1]
    assert len(set(signatures[1:])) == 3
