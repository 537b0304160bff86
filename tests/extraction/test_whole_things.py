# ruff: noqa: E501 - HTML
"""Blocks that are whole things (rows, lists, quotations, linked headings), and what is no text: two pages for each kind."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract

from .pages import page, paragraphs

URL = "https://post.vellmar.example/local/2024/harbour-closed"
LINES = paragraphs(8)


def between(inner: str, *, wrap: str = "{}") -> str:
    """An article with *inner* between its third and fourth paragraph, the whole body in *wrap*."""
    lines = [f"<p>{line}</p>" for line in LINES]
    body = "".join(lines[:3]) + inner + "".join(lines[3:])
    return page("<h1>Harbour closed after crane accident</h1>" + wrap.format(body))


KEPT = {
    "subheadings that are anchors": (
        "<h2 id=a><a href='#a'>Why the cables were old</a></h2><p>They had been bought second-hand in 1998 from a shipyard.</p>",
        ["Why the cables were old"],
    ),
    "subheadings that are links": (
        "<h3><a href='/topic/quay'>What happens to the quay</a></h3><p>It stays closed until the divers have seen the piles below.</p>",
        ["What happens to the quay"],
    ),
    "a linked sentence": ("<p><a href='/report'>The full report is here.</a></p>", ["The full report is here."]),
    "a sentence linked but for its stop": (
        "<p><a href='/vote'>The council voted nine to four</a>.</p>",
        ["The council voted nine to four."],
    ),
    "a table of numbers": (
        "<p>These are the ships of each quay last year:</p><table><tr><th>Quay</th><th>Ships</th></tr><tr><td>Northern quay</td><td>412</td></tr><tr><td>Southern quay</td><td>1,208</td></tr></table>",
        ["Northern quay | 412", "Southern quay | 1,208"],
    ),
    "a table with links": (
        "<table><tr><td><a href='/t/a'>Vellmar Rovers</a></td><td>3</td><td>2</td></tr><tr><td><a href='/t/b'>Harrow United</a></td><td>1</td><td>0</td></tr></table>",
        ["Vellmar Rovers | 3 | 2"],
    ),
    "a quotation with its speaker in a footer": (
        "<blockquote><p>Nobody on the quay had ever seen anything like it before.</p><footer>Hanna Brock, crane driver</footer></blockquote>",
        ["Nobody on the quay", "Hanna Brock, crane driver"],
    ),
    "a list with the line that announces it": (
        "<p>The council has to decide three things:</p><ul><li>when the quay opens</li><li>who pays for the divers</li><li>what becomes of the crane</li></ul>",
        ["three things:", "when the quay opens", "who pays for the divers", "what becomes of the crane"],
    ),
    "a numbered list with linked items": (
        "<p>Three reports were written before the accident:</p><ol><li><a href='/r/1'>the report of the engineers</a>, in spring</li><li><a href='/r/2'>the report of the port</a>, in summer</li></ol>",
        ["the report of the engineers, in spring", "the report of the port, in summer"],
    ),
    "a definition list": (
        "<dl><dt>Quay</dt><dd>The wall of the harbour at which ships are loaded and unloaded.</dd><dt>Barge</dt><dd>A flat boat that carries grain on the river, mostly without an engine.</dd></dl>",
        ["The wall of the harbour", "A flat boat"],
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_kept(name: str) -> None:
    inner, parts = KEPT[name]
    text = extract(between(inner), URL).text or ""
    assert [part for part in parts if part not in text] == []
    assert [line for line in LINES if line not in text] == []


DROPPED = {
    "a hidden paragraph": (
        "<p hidden>This paragraph is a template of the editors and hidden from all.</p>",
        "template of the editors",
    ),
    "a box with display none": (
        "<div style='display:none'><p>This box is shown to readers of the app alone, and to nobody else.</p></div>",
        "readers of the app",
    ),
    "a line for screen readers": (
        "<p class='visually-hidden'>End of the gallery, the article goes on below it.</p>",
        "End of the gallery",
    ),
    "screen-reader words in a link": (
        "<p>The line <a href=/x>Norvale<span class='sr-only'>(opens in a new tab)</span></a> carries nine hundred people a day.</p>",
        "opens in a new tab",
    ),
    "a caption": (
        "<figure><img src=q.jpg><figcaption>The northern quay on Tuesday. Photo: J. Marsh</figcaption></figure>",
        "J. Marsh",
    ),
    "a caption below a slide": (
        "<div class='slideshow'><figure><img src=q.jpg><figcaption class='caption'>Picture 1 of 9: divers. Getty Images</figcaption></figure></div>",
        "Getty Images",
    ),
}


@pytest.mark.parametrize("name", DROPPED)
def test_dropped(name: str) -> None:
    inner, part = DROPPED[name]
    text = extract(between(inner), URL).text or ""
    assert part not in text
    assert [line for line in LINES if line not in text] == []


TEASERS = (
    "<aside><h3>Most read</h3>"
    + "".join(
        f"<div class='teaser'><a href='/s/{i}'>Story number {i} of this week</a><p>Island shops say that number {i} has cost them a third of their customers.</p></div>"
        for i in range(6)
    )
    + "</aside>"
)


@pytest.mark.parametrize(
    "wrap",
    [
        "<div class='comment-piece'>{}</div>",
        "<div id='discussion-topic'><div>{}</div></div>",
        "<section data-type='comment' class='conversation'>{}</section>",
    ],
)
def test_a_word_on_the_wrapper_does_not_lose_the_article(wrap: str) -> None:
    text = extract(between("", wrap=wrap).replace("</main>", TEASERS + "</main>"), URL).text or ""
    assert [line for line in LINES if line not in text] == []
    assert "Island shops say" not in text


@pytest.mark.parametrize("mark", ["\u200b", "\u2060"])
def test_characters_of_no_width_do_not_cut_words(mark: str) -> None:
    text = extract(
        between(f"<p>The har{mark}bour mas{mark}ter of Vellmar will speak on Friday evening in the town hall.</p>"), URL
    ).text
    assert "The harbour master of Vellmar" in (text or "")


CODE = "<pre><code>git init\ngit clone &lt;repo url&gt;\ngit status --short | sort -u</code></pre>"


@pytest.mark.parametrize("wrap", ["{}", "<div class='highlight'>{}</div>"])
def test_code_between_paragraphs_is_text(wrap: str) -> None:
    assert "git status --short" in (extract(between(wrap.format(CODE)), URL).text or "")


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='comments-wrapper' id='comments'><ol class='commentlist'>{}</ol></div>",
        "<section id='disqus_thread' class='post-comments'><ul class='comment-list'>{}</ul></section>",
    ],
)
def test_comments_longer_than_the_article_are_no_text(markup: str) -> None:
    said = "".join(
        f"<li class='comment depth-1'><article><div class='comment-content'><p>I think reader {i} is right about the quay, and the "
        f"harbour master knew it for {i + 2} years. My father worked there, and he said the same thing every spring.</p></div></article></li>"
        for i in range(40)
    )
    text = extract(page(count=3).replace("</article>", markup.format(said) + "</article>"), URL).text
    assert text is not None
    assert "My father" not in text
    assert LINES[1] in text


@pytest.mark.parametrize("marks", ["id='onetrust-consent-sdk'", "class='cookieyes-dialog gdpr'"])
def test_a_consent_dialog_longer_than_the_article_is_no_text(marks: str) -> None:
    asked = "".join(
        f"<h3>Purpose {i}</h3><p>When you visit our website, we store cookies on your browser to collect information for purpose {i}. "
        "You may opt out at any time, and the website will go on working as it did before for you and your devices.</p>"
        for i in range(12)
    )
    html = page(count=4).replace("</main>", f"</main><div {marks}>{asked}</div>")
    text = extract(html, URL).text or ""
    assert "store cookies" not in text
    assert LINES[1] in text


@pytest.mark.parametrize(
    "tag", ["<footer class='l-footer'>{}</footer>", "<footer id='page-footer'><div>{}</div></footer>"]
)
def test_the_foot_of_a_page_is_no_text_though_it_holds_more_than_the_article(tag: str) -> None:
    legal = "".join(
        f"<p>This material is not intended to replace the advice of an advisor of group {i}. Information has been obtained from "
        "sources believed to be reliable, but the port does not guarantee that any of it is complete or still true today.</p>"
        for i in range(6)
    )
    html = page(count=2).replace("</body>", tag.format(legal) + "</body>")
    text = extract(html, URL).text or ""
    assert "not intended" not in text
    assert LINES[1] in text
