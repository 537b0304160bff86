"""The text of a body: the short way of plain paragraphs; the rest is in `tests/aggregators/test_content.py`."""

from __future__ import annotations

import pytest

from newscrawl.surfaces.parsing.content import post_text


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


@pytest.mark.parametrize("html", ["&#1;<textarea>q</textarea>", "<p>a</p>&#2; b<textarea>q</textarea> c&#xFFFF;"])
def test_a_reference_to_a_control_beside_what_is_removed_stops_nothing(html: str) -> None:
    text = post_text(html).text or ""
    assert "q" not in text
    assert "\x02" not in text
