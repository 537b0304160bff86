"""Titles, authors, canonical URLs, languages, encodings, JSON-LD as it really comes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from newscrawl import language
from newscrawl.extraction import extract, fields
from newscrawl.extraction.authors import clean_authors
from newscrawl.extraction.titles import cut_site
from newscrawl.html.encoding import decode
from newscrawl.html.structured import PageData

from .pages import ld, page, paragraphs

URL = "https://post.vellmar.example/local/harbour-closed"


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("By Ada Quill", ["Ada Quill"]),
        ("BY ADA QUILL AND JON MARSH", ["ADA QUILL", "JON MARSH"]),
        ("Ada Quill, Jon Marsh and Mia Holt", ["Ada Quill", "Jon Marsh", "Mia Holt"]),
        ("Von Ada Quill und Jon Marsh", ["Ada Quill", "Jon Marsh"]),
        ("Par Ada Quill et Jon Marsh", ["Ada Quill", "Jon Marsh"]),
        ("Ada Quill, Senior Political Correspondent", ["Ada Quill"]),
        ("Ada Quill (a.quill@vellmar.example)", ["Ada Quill"]),
        ("Ada Quill | Reporter", ["Ada Quill"]),
        ("Ada Quill; Jon Marsh", ["Ada Quill", "Jon Marsh"]),
        ("https://vellmar.example/author/ada", []),
        ("admin", []),
        ("Redaktion", []),
        ("김하늘 기자", ["김하늘"]),
        ("山田花子、佐藤太郎", ["山田花子", "佐藤太郎"]),
        ("Иван Петров и Анна Смирнова", ["Иван Петров", "Анна Смирнова"]),
        ("The Vellmar Post", ["The Vellmar Post"]),
        ("Ada O&#8217;Quill", ["Ada O’Quill"]),
        ("Ada Quill, Ada Quill", ["Ada Quill"]),
        ("a" * 100_000, []),
    ],
)
def test_clean_authors(raw: str, names: list[str]) -> None:
    assert clean_authors([raw]) == names


def test_authors_by_reference_in_a_graph() -> None:
    head = (
        '<script type="application/ld+json">{"@context":"https://schema.org","@graph":['
        '{"@type":"NewsArticle","headline":"Harbour closed","author":{"@id":"#ada"}},'
        '{"@type":"Person","@id":"#ada","name":"Ada Quill"}]}</script>'
    )
    assert extract(page(head=head), URL).authors == ["Ada Quill"]


def test_the_site_as_author_gives_way_to_a_byline() -> None:
    body = "<h1>Harbour closed after crane accident</h1><p class='byline'>By <a href='/a'>Ada Quill</a></p>"
    body += "".join(f"<p>{p}</p>" for p in paragraphs())
    head = '<meta name="author" content="The Vellmar Post"><meta property="og:site_name" content="The Vellmar Post">'
    assert extract(page(body, head=head), URL).authors == ["Ada Quill"]
    assert extract(page(head=head), URL).authors == ["The Vellmar Post"]


@pytest.mark.parametrize(("label", "names"), [("Written by", ["Ada Quill"]), ("Est. reading time", [])])
def test_the_author_of_a_preview_card(label: str, names: list[str]) -> None:
    head = f'<meta name="twitter:label1" content="{label}"><meta name="twitter:data1" content="Ada Quill">'
    assert extract(page(head=head), URL).authors == names


@pytest.mark.parametrize(
    ("title", "cut"),
    [
        ("Harbour closed - The Vellmar Post", "Harbour closed"),
        ("The Vellmar Post | Harbour closed", "Harbour closed"),
        ("Harbour closed – and nobody knows why", "Harbour closed – and nobody knows why"),
        ("Harbour closed after accident | Anything", "Harbour closed after accident"),
        ("Harbour closed (Published 2019)", "Harbour closed"),
        ("港口因起重机事故关闭多日_本地_韦尔玛报", "港口因起重机事故关闭多日"),
        ("The Vellmar Post", "The Vellmar Post"),
    ],
)
def test_cut_site(title: str, cut: str) -> None:
    assert cut_site(title, ["The Vellmar Post"], []) == cut


def test_an_application_that_calls_every_page_the_same() -> None:
    heading = "<h1>Crane drops its load above the quay</h1>"
    site = '<meta property="og:site_name" content="The Vellmar Post">'

    def title(headings: str, name: str) -> str | None:
        text = "".join(f"<p>{one}</p>" for one in paragraphs(6))
        return extract(page(headings + text, head=site, title=name), URL).title

    assert title(heading, "Glass App News") == "Crane drops its load above the quay"
    # Two headings, or a title that says as much as the heading: nothing to choose by.
    assert title(heading + heading.replace("Crane", "Bridge"), "Glass App News") == "Glass App News"
    told = "Accident at the port of Vellmar closes it"
    assert title(heading, told) == told


def test_a_logo_in_the_heading_is_no_title() -> None:
    body = "<h1>Vellmar Logo</h1><h2>Harbour closed</h2>" + "".join(f"<p>{p}</p>" for p in paragraphs())
    head = '<meta property="og:title" content="Crane drops its load">'
    assert extract(page(body, head=head, title="Crane drops its load"), URL).title == "Crane drops its load"


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://post.vellmar.example/local/harbour-closed", True),
        ("/local/harbour-closed", True),
        ("https://www.vellmar.example/local/x", True),
        ("https://other.example.org/story", True),  # told; the caller takes no other site's address for the page's
        ("https://post.vellmar.example/", False),
        ("javascript:alert(1)", False),
        ("https://user:pw@post.vellmar.example/x", False),
        ("https://post.vellmar.example/x y", False),
        ("https://post.vellmar.example:99999/x", False),
        ("http://[::1", False),
        ("https://post.vellmar.example/" + "x" * 5000, False),
        ("https://post.vellmar.example/local/undefined", False),
    ],
)
def test_canonical(href: str, kept: bool) -> None:
    found = extract(page(head=f'<link rel="canonical" href="{href}">'), URL)
    assert (found.canonical_url is not None) == kept


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle","headline":"Crane falls",}',
        '<!-- {"@type":"NewsArticle","headline":"Crane falls"} -->',
        '//<![CDATA[\n{"@type":"NewsArticle","headline":"Crane falls"}\n//]]>',
        '{"@type":"NewsArticle","headline":"Crane\n falls"}',
        '[{"@type":"WebSite"},{"@type":["NewsArticle"],"headline":"Crane falls"}];',
        '{"@type":"WebPage","mainEntity":{"@type":"http://schema.org/NewsArticle","headline":"Crane falls"}}',
        '{"@type":"WebSite"}{"@type":"NewsArticle","headline":"Crane falls"}',
        "{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;Crane falls&quot;}",
    ],
)
def test_json_ld_as_it_really_comes(script: str) -> None:
    found = extract(page(head=f'<script type="application/ld+json">{script}</script>'), URL)
    assert found.title == "Crane falls"
    assert found.sources["title"] == "json-ld"


def test_of_several_articles_the_pages_own_is_read() -> None:
    head = ld(headline="Another story", url="https://post.vellmar.example/other", author="Else Where")
    head += ld(headline="Harbour closed after crane accident", url=URL, author="Ada Quill")
    assert extract(page(head=head), URL).authors == ["Ada Quill"]


def test_a_template_language_loses_to_the_text() -> None:
    german = "Der Hafen bleibt nach dem Unfall am Dienstag bis auf Weiteres gesperrt, teilte die Behörde mit. " * 8
    found = extract(
        page(f"<h1>Hafen gesperrt</h1><p>{german}</p><p>Die Ursache ist noch unklar. {german}</p>", lang="en"), URL
    )
    assert found.language == "de"


def test_of_a_text_in_its_declared_language_only_the_beginning_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def recognise(text: str | None, *, most: int) -> str | None:
        asked.append(most)
        return language.recognise(text, most=most)

    monkeypatch.setattr(fields, "recognise", recognise)
    german = "Der Hafen bleibt nach dem Unfall am Dienstag bis auf Weiteres gesperrt, teilte die Behörde mit. " * 8
    for declared, told, looks in (("de-AT", "de-AT", 1), ("en", "de", 2), (None, "de", 1)):
        asked.clear()
        assert fields.read_language(PageData(html_lang=declared), None, german)[0] == told
        assert len(asked) == looks


@pytest.mark.parametrize(
    ("data", "http", "text", "encoding"),
    [
        ("Grüße".encode(), None, "Grüße", "utf-8"),
        ("Grüße".encode("cp1252"), "iso-8859-1", "Grüße", "cp1252"),
        ("<meta charset=windows-1251>Привет".encode("cp1251"), None, "<meta charset=windows-1251>Привет", "cp1251"),
        ("Grüße".encode(), "iso-8859-1", "Grüße", "utf-8"),
        ("Grüße".encode("utf-16"), None, "Grüße", "utf-16-le"),
        ("\ufeffGrüße".encode(), "cp1251", "Grüße", "utf-8"),
        ("港が閉鎖".encode("shift_jis"), "Shift_JIS", "港が閉鎖", "cp932"),
        ("港が閉鎖".encode("euc_jp"), "x-nonsense", "港が閉鎖", "euc_jp"),
        (b"plain", "utf-7", "plain", "utf-8"),
        (b"plain", "rot13", "plain", "utf-8"),
        ("cut: Grüß".encode()[:-1], None, "cut: Gr\u00fc", "utf-8"),
    ],
)
def test_decode(data: bytes, http: str | None, text: str, encoding: str) -> None:
    found = decode(data, http)
    if encoding == "euc_jp":  # a guess on eight bytes may well be wrong; it must only be honest about it
        assert found.source == "guess"
        return
    assert (found.text, found.encoding) == (text, encoding)


def test_bytes_in_no_encoding_are_refused() -> None:
    noise = b"<html><body><p>" + bytes(range(128, 256)) * 60 + b"</p></body></html>"
    found = extract(noise, URL, encoding="utf-8")
    assert found.kind != "article"


def test_addresses_of_a_page_carry_no_controls() -> None:
    """`scrapy extract` printed a page's bidi controls and C1 codes, which command a terminal."""
    head = (
        f'<link rel="canonical" href="{URL}\u202egpj.exe"><meta property="og:url" content="{URL}\u202e">'
        f'<meta property="og:image" content="https://vellmar.example/a\x9b31m.jpg">'
        f'<link rel="license" href="https://vellmar.example/\x9b2J">'
    )
    found = extract(page(head=head, count=12), URL)
    printed = json.dumps(dataclasses.asdict(found), ensure_ascii=False)
    assert "gpj.exe" in printed
    assert not set(printed) & {"\u202e", "\x9b"}
