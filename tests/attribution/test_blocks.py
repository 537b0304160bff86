"""Blocks of a post: plain paragraphs by a short way, long runs of white space found without reading all of it."""

from __future__ import annotations

import random
import re

import pytest
from lxml import etree

from newscrawl.attribution.blocks import _LONG_BLANK, Document, _may_be_blank


def test_a_long_run_of_white_space_is_always_seen() -> None:
    rng = random.Random(14)
    seen = 0
    for _ in range(3_000):
        run = rng.choice((0, 300, 999, 1000, 1001, 1400, 2500))
        blank = "".join(rng.choices(" \t\r\n\xa0", k=run))
        html = "x" * rng.randrange(2_500) + blank + "y" * rng.randrange(2_500)
        if _LONG_BLANK.search(html):
            seen += 1
            assert _may_be_blank(html), (len(html), run)
    assert seen > 1_000
    assert not _may_be_blank("<p>text</p>\n" * 5_000)


@pytest.mark.parametrize(
    "html",
    [
        "<p>One.</p>\n<p>Two.</p> three <p>Four.</p>",
        "<p></p><p> \n</p><p>Two [words](https://a.example/1).</p>",
        "<img src=/a.jpg width=600><p>Caption.</p><p>Text.</p>",
        "<em>Before <p>within</p> after</em><p>Text.</p>",
        "<a href=https://a.example/1><p>Linked.</p><p>Too.</p></a>",
        "<blockquote><p>Said.</p><p>So.</p></blockquote><li><p>Point.</p></li>",
        "<p>\ue000 and \ue001 of others.</p>",
    ],
)
def test_plain_paragraphs_are_read_like_all_others(html: str) -> None:
    """With an attribute that says nothing, a paragraph goes the long way."""
    long = re.sub(r"<p>", "<p data-x>", html)
    ours, theirs = Document(html).blocks, Document(long).blocks
    assert [(one.text, one.marks) for one in ours] == [(one.text, one.marks) for one in theirs]
    assert [[(at, tail) for at, _, tail in one.pieces] for one in ours] == [
        [(at, tail) for at, _, tail in one.pieces] for one in theirs
    ]
    assert [[(link.start, link.end, link.href) for link in one.links] for one in ours] == [
        [(link.start, link.end, link.href) for link in one.links] for one in theirs
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<p>One.</p>\n<p>Two &amp; three.</p> tail",
        "lead &lt; text<p>One.</p>",
        "\r\n<p>One\r\n&#13;</p>&nbsp;<br><img src=/a.jpg alt='a \"b\"'>",
        "<body class=x><p>One.</p></body>behind",
        "<!-- note --><p>One</p><!-- end --> rest",
        "<form><input value=1><select><option>a</select></form><ul><li>One<li>Two</ul>",
        "<p>\ud800 one</p><pre>\n a</pre>",
    ],
)
def test_a_body_written_at_once_is_that_of_its_children_one_by_one(html: str) -> None:
    document = Document(html)
    head = (document.body.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    each = [etree.tostring(child, encoding="unicode", method="html") for child in document.body]
    assert document.html() == (head + "".join(each)).strip()
