"""The one door: fields, bounds, and that nothing a page holds makes it raise."""

from __future__ import annotations

import gc

import pytest

from newscrawl.extraction import Extraction, Kind, extract
from newscrawl.outcomes import Reason

from .pages import ld, page, paragraphs

URL = "https://post.vellmar.example/local/harbour-closed"


def test_plain_page() -> None:
    found = extract(page(), URL)
    assert found.kind == "article"
    assert found.reason is None
    assert found.title == "Harbour closed after crane accident"
    assert found.text == "\n\n".join(paragraphs())
    assert found.language == "en"


def test_every_field_from_json_ld_with_its_source() -> None:
    head = ld(
        headline="Harbour closed after crane accident",
        author=[{"@type": "Person", "name": "Ada Quill"}, {"@type": "Person", "name": "By Jon Marsh"}],
        datePublished="2024-03-05T10:15:30+01:00",
        dateModified="2024-03-05T12:00:00+01:00",
        publisher={"@type": "Organization", "name": "The Vellmar Post"},
        articleSection="Local",
        keywords=["harbour", "accident"],
        description="A crane lost its load above the northern quay; two barges wait.",
        image={"@type": "ImageObject", "url": "/img/crane.jpg"},
        isAccessibleForFree=True,
        inLanguage="en-GB",
    )
    head += '<link rel="canonical" href="https://post.vellmar.example/local/harbour-closed?ref=home#top">'
    found = extract(page(head=head), URL)
    assert found.authors == ["Ada Quill", "Jon Marsh"]
    assert found.published_at == "2024-03-05T10:15:30+01:00"
    assert found.published_precision == "second"
    assert found.modified_at == "2024-03-05T12:00:00+01:00"
    assert found.publisher_name == "The Vellmar Post"
    assert found.section == "Local"
    assert found.tags == ["harbour", "accident"]
    assert found.image_url == "https://post.vellmar.example/img/crane.jpg"
    assert found.canonical_url == "https://post.vellmar.example/local/harbour-closed?ref=home"
    assert found.paywalled is False
    assert found.language == "en-GB"
    for name in ("title", "authors", "published_at", "publisher_name", "section", "tags", "image_url"):
        assert found.sources[name] == "json-ld", name
    assert found.sources["canonical_url"] == "html"
    assert found.rights["isAccessibleForFree"] == "true"


def test_absent_is_none_or_empty() -> None:
    found = extract("<html><body><p>Nothing.</p></body></html>", URL)
    assert found.kind != "article"
    assert found.reason is not None
    assert found.text is None
    assert found.authors == []
    assert found.tags == []
    assert "" not in {found.title, found.summary, found.section, found.language, found.publisher_name}


def test_rights_are_raw_signals() -> None:
    head = '<meta name="robots" content="noindex, noai"><meta name="tdm-reservation" content="1">'
    head += '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
    found = extract(page(head=head), URL)
    assert found.rights == {
        "robots": "noindex, noai",
        "tdm-reservation": "1",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "license_source": "html",
    }


def test_rights_for_agents_and_in_the_text() -> None:
    head = '<meta name="newscrawl" content="noindex"><meta name="GPTBot" content="NOAI, noimageai">'
    head += '<meta name="DCTERMS.license" content="https://a.example/terms"><meta name="author" content="No Index">'
    body = '<a rel="nofollow License" href="https://creativecommons.org/licenses/by/4.0/">CC BY</a>'
    found = extract(page(head=head).replace("</body>", f"<footer>{body}</footer></body>"), URL)
    assert found.rights == {
        "newscrawl": "noindex",
        "gptbot": "NOAI, noimageai",
        "dcterms.license": "https://a.example/terms",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "license_source": "html",
    }


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe" + b"\x00\xd8" * 500,
        b"<",
        b"<html",
        b"<!--" * 1000,
        b"<p>" * 5000,
        b"<html><body>" + b"<div>" * 50_000 + b"x",
        b"%PDF-1.7 " + b"\x80" * 100,
        b'{"json": true}',
        b"<?xml version='1.0'?><rss><channel></channel></rss>",
        b"<html><head><script type='application/ld+json'>" + b"[" * 100_000 + b"</script></head><body>x</body></html>",
        b'<html><head><script type=\'application/ld+json\'>{"@type": 5, "author": {"name": {"name": []}}}</script>',
        b'<html><head><script type=\'application/ld+json\'>[null, 1, "x", {"@graph": 7}]</script></head></html>',
        "<html><body><p>\ud800 \udfff</p>".encode("utf-8", "surrogatepass"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_hostile_input_never_raises(hostile: bytes) -> None:
    found = extract(hostile, "http://[broken")
    assert isinstance(found, Extraction)
    assert found.kind != Kind.ARTICLE
    assert found.reason is not None


def test_a_defect_comes_back_as_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("defect")

    monkeypatch.setattr("newscrawl.extraction.collect", broken)
    found = extract(page(), URL)
    assert (found.kind, found.reason) == (Kind.BROKEN, Reason.INVALID)


def test_too_large_is_refused_unread() -> None:
    found = extract("<p>x</p>" * 1_200_000, URL)
    assert found.reason == Reason.TOO_LARGE


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("html", [page(), "", "<" * 100_000])
def test_the_collection_of_garbage_is_left_as_it_was(html: str, before: bool) -> None:
    (gc.enable if before else gc.disable)()
    try:
        extract(html, URL)
        assert gc.isenabled() is before
    finally:
        gc.enable()
