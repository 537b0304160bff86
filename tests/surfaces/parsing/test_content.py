"""The text of a body: the short way of plain paragraphs; the rest is in `tests/aggregators/test_content.py`."""

from __future__ import annotations

import pytest

from newscrawl.attribution import Rest, read_post
from newscrawl.surfaces.parsing.content import _read, post_text


@pytest.mark.parametrize(
    "html",
    [
        "<p>One.</p>\n<p>Two.</p> three <p>Four.</p>",
        "One<p>Two.</p><p></p><p>Read more</p><p>Three\n  four.</p>",
        "<p>One.</p><p>Continue reading</p>",
        "<p>Advertisement</p><p>One.</p>tail<a class=more-link href=/1>More</a> behind",
        "<div><p>One.</p><a class=more-link href=/1>More</a></div> behind <pre> a  b </pre> and  on",
        "<ul><li>One</li><li><p>Two</p></li></ul><table><tr><td>a</td><td>b</td></tr></table>",
    ],
)
def test_plain_paragraphs_are_read_like_all_others(html: str) -> None:
    """With an attribute that says nothing, a paragraph goes the long way."""
    ours, theirs = post_text(html), post_text(html.replace("<p>", "<p data-x>"))
    assert (ours.text, ours.truncated, ours.word_count) == (theirs.text, theirs.truncated, theirs.word_count)


@pytest.mark.parametrize(
    "html",
    [
        "&#1;<textarea>q</textarea>",
        "<p>a</p>&#2; b<textarea>q</textarea> c&#xFFFF;",
        '<p>a</p>&#2;<p>The post <a href="https://a.example/2026/1">A bridge</a> appeared first on '
        '<a href="https://a.example">A</a>.</p> b',
    ],
)
def test_a_reference_to_a_control_beside_what_is_removed_stops_nothing(html: str) -> None:
    text = post_text(html).text or ""
    assert "q" not in text
    assert "\x02" not in text


FOOTER = '<p>The post <a href="https://a.example/2026/1">A bridge</a> appeared first on <a href="https://a.example">A</a>.</p>'
BODIES = [
    "<p>One &amp; <b>two</b> <a class=more href='/x'>three</a><br>four.</p>\n<p>Five &lt;p&gt; six&nbsp;.</p>",
    "<p>One.</p><a class=more-link href=/1>More</a>",
    "<p>One.<p>Two <em>three <a class=read-more href=/1>More</a></em> tail",
    "<p>One</p><!-- note --> behind <p>Two</p>",
    "<p>One &#1; two</p>\x0cthree",
    "<p class=x>One</p><div><p>Two</p></div>",
    "lead<p>One <script>two</script></p>tail<p></p>",
    f"<p>{'<b>' * 300}deep</p>",
    "<p>One</p></body><p>Two</p>",
    "<p>Read more</p><p><a href=/1>Read more</a></p><p>One</p>",
    "<p>\ufeffRead more:</p>\ufeff<p>One\r\ntwo</p>",
]


@pytest.mark.parametrize("footer", ["", FOOTER])
@pytest.mark.parametrize("html", BODIES)
def test_a_tree_is_read_as_its_html_is(html: str, footer: str) -> None:
    base_url = "https://agg.example/1/"
    _, rest, _ = read_post(html + footer, base_url)
    again = Rest(rest.html(), None)  # what is parsed anew
    assert _read(rest, base_url) == _read(again, base_url)


def test_plain_paragraphs_are_parsed_once() -> None:
    _, rest, _ = read_post(f"<p>One.</p><p>Two <b>three</b>.</p>{FOOTER}", "https://agg.example/1/")
    assert rest.tree() is not None
    assert rest.html() == "<p>One.</p><p>Two <b>three</b>.</p>"
