# ruff: noqa: E501 - markup
"""Authors, kind by kind: a name is kept whole, and whose byline it is."""

from __future__ import annotations

import json

import pytest

from newscrawl.extraction import extract
from newscrawl.extraction.authors import clean_authors

from .pages import paragraphs

URL = "https://www.valley-herald.example/2024/bridge-reopens"
TEXT = "".join(f"<p>{one}</p>" for one in paragraphs())
TITLE = "Bridge over the Tarn reopens"


def authors_of(byline: str = "", head: str = "", ld: object = None, before: str = "", after: str = "") -> list[str]:
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    page = (
        f'<html><head><title>{TITLE}</title><meta property="og:site_name" content="Valley Herald">{head}{script}</head>'
        f"<body><main>{before}<article><h1>{TITLE}</h1>{byline}<div>{TEXT}</div></article>{after}</main></body></html>"
    )
    return extract(page, URL).authors


def article(author: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": TITLE, "author": author}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Emma Newstand", ["Emma Newstand"]),
        ("Gary Gilmore", ["Gary Gilmore"]),
        ("Piers Read", ["Piers Read"]),
        ("Thomas More", ["Thomas More"]),
        ("Baltimore Sun", ["Baltimore Sun"]),
        ("Ada Quill View all posts", ["Ada Quill"]),
        ("Ada Quill | Follow on Mastodon", ["Ada Quill"]),
        ("Jane Doe, MD", ["Jane Doe"]),
        ("Jane Doe, Ph.D., RN", ["Jane Doe"]),
        ("Jane Doe, M.D. and Ada Quill, PhD", ["Jane Doe", "Ada Quill"]),
        ("John Doe, Jr.", ["John Doe, Jr."]),
        ("John Doe, III, Esq.", ["John Doe, III"]),
        ("Ramón y Cajal", ["Ramón y Cajal"]),
        ("Maria Santos e Silva", ["Maria Santos e Silva"]),
        ("Ministry of Health and Welfare", ["Ministry of Health and Welfare"]),
        ("Ada Quill y Jon Marsh", ["Ada Quill", "Jon Marsh"]),
        ("Maria and Katerina", ["Maria", "Katerina"]),
        ("<a href='/a/ada'>Ada Quill</a>", ["Ada Quill"]),
        ("&lt;b&gt;Ada Quill&lt;/b&gt;", ["Ada Quill"]),
        ("作者：王小明", ["王小明"]),
        ("Ada Quill Senior Harbour Reporter", ["Ada Quill"]),
        ("More About Ada Quill", []),
        ("Bluesky", []),
        (".valley.example", []),
        ("page.head.extra.author", []),
        ("5 min read", []),
    ],
)
def test_names_are_kept_whole(name: str, expected: list[str]) -> None:
    assert clean_authors([name]) == expected


@pytest.mark.parametrize(
    "name", ["Jean Dupont et Fils", "Ortega y Gasset", "Silva e Costa", "Department of Trade and Industry"]
)
def test_one_person_or_body_in_json_ld_is_one_name(name: str) -> None:
    assert authors_of(ld=article({"@type": "Person", "name": name})) == [name]


def test_two_full_names_in_one_person_are_two() -> None:
    ld = article({"@type": "Person", "name": "Ada Quill and Jon Marsh"})
    assert authors_of(ld=ld) == ["Ada Quill", "Jon Marsh"]


@pytest.mark.parametrize(
    "declared",
    [
        {"@type": "Organization", "name": "Valley Herald"},
        {"@type": "Person", "name": "valleyherald"},
        {"@type": "Person", "name": "site_admin"},
    ],
)
def test_the_pages_own_byline_goes_before_the_sites_name(declared: object) -> None:
    assert authors_of("<p class=meta>By Ada Quill</p>", ld=article(declared)) == ["Ada Quill"]


def test_the_site_is_the_author_where_nobody_is_named() -> None:
    assert authors_of(ld=article({"@type": "Organization", "name": "Valley Herald"})) == ["Valley Herald"]
    both = article([{"@type": "Person", "name": "Ada Quill"}, {"@type": "Organization", "name": "Valley Herald"}])
    assert authors_of(ld=both) == ["Ada Quill"]


CARD = '<div class="tile"><h3><a href="/x">Two roads closed</a></h3><div class="byline">By <a rel=author href=/lo>Lena Ostrow</a></div></div>'
COMMENT = '<section id="comments"><div class="comment"><span class="author">Lena Ostrow</span><p>I saw it.</p></div></section>'


@pytest.mark.parametrize("other", [CARD, COMMENT, f"<aside>{CARD}</aside>", f"<ul class=trending><li>{CARD}</li></ul>"])
def test_bylines_of_other_stories_and_of_comments_are_not_the_pages(other: str) -> None:
    own = '<div class="byline">By <a rel=author href=/aq>Ada Quill</a></div>'
    assert authors_of(own, before=other) == ["Ada Quill"]
    assert authors_of(own, after=other) == ["Ada Quill"]
    assert authors_of("", before=other, after=other) == []


@pytest.mark.parametrize(
    "line",
    [
        "<p>By Ada Quill</p>",
        "<p>by: <!-- -->Ada Quill<!-- -->, <!-- -->Dec 17, 2025</p>",
        "<div>Written by <b>Ada Quill</b> on 3 May 2024</div>",
        "<p><em>By Ada Quill, MS, RDN</em>&nbsp;</p>",
        "<div id=info><span id=author_x>Von Ada Quill</span></div>",
        "<h3>Author</h3><p>Ada Quill</p>",
        "<p class=publish-date-author>Dec. 19, 2025 &middot; Ada Quill</p>",
        "<footer><address>By <a href=/aq rel=author>Ada Quill</a></address></footer>",
        "<div><p>Written by</p><p>Ada Quill</p></div>",
    ],
)
def test_a_line_that_begins_as_a_byline_names_the_author(line: str) -> None:
    assert authors_of(line) == ["Ada Quill"]


@pytest.mark.parametrize("line", ["<p>By the way, it rained.</p>", "<p>Von hier nach dort.</p>", "<p>By 2025</p>"])
def test_a_sentence_is_no_byline(line: str) -> None:
    assert authors_of(line) == []


@pytest.mark.parametrize("label", ["作者：", "記者／", "文 | "])
def test_labels_of_chinese_and_japanese(label: str) -> None:
    assert authors_of(f"<div><span>2024-05-03</span> <span>{label}<strong>王小明</strong></span></div>") == ["王小明"]


def test_the_pages_scripts_name_the_author_where_nothing_else_does() -> None:
    script = '<script>dataLayer.push({"pageType":"post","pagePostAuthor":"Ada Quill","n":1,"other":"value"});</script>'
    assert authors_of(head=script) == ["Ada Quill"]
    assert authors_of(head=script + script.replace("Ada Quill", "Jon Marsh")) == []


@pytest.mark.parametrize(
    ("byline", "head", "expected"),
    [
        ('<div class="byline">By Zach Johnson Dec 20, 2024</div>', "", ["Zach Johnson"]),
        ("<p>By Zach Johnson Dec 20, 2024</p>", "", ["Zach Johnson"]),
        ('<p class="credit">Interview by <a href="/i/ada">Ada Quill</a></p>', "", ["Ada Quill"]),
        ("<ul><li>Autorin/Autor Ada Quill</li></ul>", "", ["Ada Quill"]),
        ("", '<meta name="citation_authors" content="Quill, Ada"><meta name="citation_authors" content="Marsh, Jon">', ["Ada Quill", "Jon Marsh"]),
        ('<span class="author"><span>AQ</span><span>Ada Quill</span></span>', "", ["Ada Quill"]),
        # What else stands in the element of the byline is named by no "by".
        ('<div class="author"><p>By Ada Quill</p><a href="/ada">Ada Quill</a> <a href="/t">Transport</a></div>', "", ["Ada Quill"]),
    ],
)  # fmt: skip
def test_bylines(byline: str, head: str, expected: list[str]) -> None:
    assert authors_of(byline, head) == expected


def test_the_footer_of_the_story_holds_its_byline() -> None:
    page = f"<html><body><main><article>{TEXT}<footer><span itemprop=author>Ada Quill</span></footer></article></main></body></html>"
    assert extract(page, URL).authors == ["Ada Quill"]
    page = f"<html><body><main>{TEXT}</main><footer><span itemprop=author>Ada Quill</span></footer></body></html>"
    assert extract(page, URL).authors == []


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("<div><p>Elin Vasquez-Roy</p><p>23.07.2025 · 6 min read</p></div>", ["Elin Vasquez-Roy"]),
        ("<p>Elin Vasquez-Roy | Senior Writer | July 2, 2025</p>", ["Elin Vasquez-Roy"]),
        ("<p>Dec 26, 2025 • Elin Vasquez-Roy in River News</p>", ["Elin Vasquez-Roy"]),
        ("<p>Elin Vasquez-Roy</p><p>Staff Writer</p>", ["Elin Vasquez-Roy"]),
        ('<p><img src="/e.jpg" alt="Elin Vasquez-Roy"></p><p>Elin Vasquez-Roy</p>', ["Elin Vasquez-Roy"]),
        ("<p>ByElin Vasquez-Roy</p>", ["Elin Vasquez-Roy"]),
        ("<p>This post was written by Elin Vasquez-Roy, MD, cardiologist</p>", ["Elin Vasquez-Roy"]),
        ("<p><b>Contributors:</b> Elin Vasquez-Roy</p>", ["Elin Vasquez-Roy"]),
        ("<p>Valley Herald</p><p>July 2, 2025</p>", []),
        ("<h2>Latest Stories</h2><p>July 2, 2025</p>", []),
        ("<h2>Upper Tarn Crossing</h2><p>The bridge was closed in March after the flood of 2024.</p>", []),
    ],
)
def test_a_name_beside_a_date_a_role_or_its_portrait_is_the_author(byline: str, expected: list[str]) -> None:
    assert authors_of(byline) == expected


def test_things_of_a_list_with_their_pictures_are_no_authors() -> None:
    things = "".join(
        f'<p><img src="/x.jpg" alt="{name}"></p><p>{name}</p>' for name in ("Napkin Holder", "Picture Frame")
    )
    assert authors_of(things) == []


@pytest.mark.parametrize("marks", ["author-box", "post__author-card", "about-author author-info"])
def test_the_name_that_begins_the_authors_box_is_the_author(marks: str) -> None:
    box = "<div class='{}'><div><b>{}</b></div><p>Writes about rivers and their bridges.</p></div>"
    assert authors_of(after=box.format(marks, "Elin Vasquez-Roy")) == ["Elin Vasquez-Roy"]
    assert authors_of(after=box.format(marks, "Elin Vasquez-Roy") + box.format(marks, "Omar Lindqvist")) == []


@pytest.mark.parametrize(
    ("voice", "expected"),
    [("I crossed it. I liked my walk, and I'll return. ", ["Elin Vasquez"]), ("The walk is long. ", [])],
)
def test_the_owner_of_a_personal_site_is_its_author(voice: str, expected: list[str]) -> None:
    text = "".join(f"<p>{voice}{one}</p>" for one in paragraphs())
    page = f"<html><head><title>{TITLE} | Elin Vasquez</title></head><body><article><h1>{TITLE}</h1>{text}</article></body></html>"
    assert extract(page, "https://www.elinvasquez.example/bridge").authors == expected
    assert extract(page, "https://www.valley-herald.example/bridge").authors == []


@pytest.mark.parametrize(
    "line", ["Pressemitteilung vom 20.01.2022", "Meldung vom 3. Mai 2024", "Stand vom 3. Mai 2024"]
)
def test_words_before_a_date_that_end_in_a_particle_are_no_name(line: str) -> None:
    assert authors_of(f"<div>{line}</div>") == []


def _declared(name: str, byline: str) -> list[str]:
    head = f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "author": {"@type": "Person", "name": name}})}</script>'
    text = "".join(f"<p>{one}</p>" for one in paragraphs())
    page = f"<html><head>{head}</head><body><article><h1>{TITLE}</h1>{byline}{text}</article></body></html>"
    return extract(page, "https://www.valley-herald.example/bridge").authors


@pytest.mark.parametrize("byline", ["<p>By Elin Vasquez-Roy</p>", "<div class=by><p>By: Elin Vasquez-Roy</p></div>"])
@pytest.mark.parametrize("poster", ["Luke Poster", "KatieS"])
def test_the_byline_under_the_heading_goes_before_who_posted_it(poster: str, byline: str) -> None:
    assert _declared(poster, byline) == ["Elin Vasquez-Roy"]


@pytest.mark.parametrize(
    "byline",
    [
        "",
        "<p>By the river</p>",
        "<p>Reviewed by Omar Lindqvist</p>",
        "<p>By Luke</p>",
        "<p>By Luke Poster, Staff</p>",
        "<p>Photos by Omar Lindqvist</p>",
    ],
)
def test_other_lines_under_the_heading_do_not(byline: str) -> None:
    assert _declared("Luke Poster", byline) == ["Luke Poster"]


@pytest.mark.parametrize("tail", [" - Valley Editorial Team", " | Herald Newsroom Staff"])
def test_the_team_behind_a_name_is_no_part_of_it(tail: str) -> None:
    assert _declared(f"Elin Vasquez-Roy{tail}", "") == ["Elin Vasquez-Roy"]


@pytest.mark.parametrize(
    "byline",
    [
        "<div class=author><div class=name>Written by <span>Elin Vasquez-Roy</span></div><div class=position>River Marketing Coordinator</div></div>",
        "<div><div>Written by <b>Elin Vasquez-Roy</b></div><div>Head Bridgekeeper</div></div>",
    ],
)
def test_a_role_in_an_element_of_its_own_is_no_part_of_the_name(byline: str) -> None:
    assert authors_of(byline) == ["Elin Vasquez-Roy"]


@pytest.mark.parametrize("role", ["River Marketing Coordinator", "Head Winemaker"])
def test_a_link_that_holds_name_and_role_gives_the_name(role: str) -> None:
    byline = f"<div class=author><a href=/team/elin><div>Written by <span>Elin Vasquez-Roy</span></div><div>{role}</div></a></div>"
    assert authors_of(byline) == ["Elin Vasquez-Roy"]


def test_the_owner_of_a_site_may_stand_in_its_link_to_the_front_page() -> None:
    text = "".join(f"<p>I crossed it. I liked my walk, and I'll return. {one}</p>" for one in paragraphs())
    page = f"<html><head><title>{TITLE}</title></head><body><a href='/'>Elin Vasquez</a><article><h1>{TITLE}</h1>{text}</article></body></html>"
    assert extract(page, "https://vasquez.example/bridge").authors == ["Elin Vasquez"]
    assert extract(page, "https://www.valley-herald.example/bridge").authors == []
