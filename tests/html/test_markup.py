"""Markup that a parser would choke on is found, cheaply, however it is written; real markup is not."""

from __future__ import annotations

import gzip
import random
import time
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from benchmarks.common import SHARED
from newscrawl.html import markup as module
from newscrawl.html.markup import MAX_TAGS, has_costly_tags, is_costly
from newscrawl.net.bodies import check_body

MANY = " ".join(f"a{n}=1" for n in range(30_000))
COSTLY = {
    "attributes": f"<p {MANY}>x</p>",
    "no values": "<p " + " ".join(f"a{n}" for n in range(30_000)) + ">",
    "slashes": "<p/" + "/".join(f"a{n}" for n in range(30_000)) + ">",
    "quoted brackets": "<p " + " ".join(f'a{n}=">"' for n in range(30_000)) + ">",
    "quoted with nothing between": "<p " + "".join(f"a{n}='>'" for n in range(30_000)) + ">",
    "a stray quote": f"<p x' {' '.join(f'a{n}=' + chr(34) + '>' + chr(34) for n in range(30_000))}>",
    "an equals sign begins a name": "<p " + " ".join(f'=a{n}=">"' for n in range(30_000)) + ">",
    "two equals signs": "<p " + " ".join(f"a{n}==1" for n in range(30_000)) + ">",
    "end tag": f"</p {MANY}>",
    "in a script of an SVG": f"<svg><script><g {MANY}></g>",
    "behind an empty comment": f"<!--><p {MANY}>-->",
    "not closed": f"<p {MANY}",
    "many tags of many": f"<p {' '.join(f'a{n}' for n in range(1_500))}>" * 60,
    "tags": "<i>" * (MAX_TAGS + 1),
    "a long tag between many": f"{'<i a=b>' * 9_000}<p {MANY}>{'<i a=b>' * 9_000}",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COSTLY)
def test_costly(name: str) -> None:
    assert is_costly(COSTLY[name])
    assert is_costly(COSTLY[name].encode())
    page = f"<html><body>{COSTLY[name]}</body></html>"
    assert check_body(HtmlResponse("http://a.example/", body=page.encode())) == "invalid"
    for encoding in ("utf-16", "utf-16-le", "utf-7", "cp037"):
        body = page.encode(encoding)
        headers = {"Content-Type": f"text/html; charset={encoding}"}
        assert check_body(HtmlResponse("http://a.example/", body=body, encoding=encoding)) == "invalid", encoding
        assert check_body(HtmlResponse("http://a.example/", body=body, headers=headers)) == "invalid", encoding
    # An error page is parsed as well: it may be a challenge.
    assert check_body(HtmlResponse("http://a.example/", status=404, body=page.encode())) == "invalid"


def test_harmless() -> None:
    for markup in (
        "<p class='a' id=b data-x>text</p>" * 20_000,
        f"<div data-props='{'{&quot;a&quot;: 1}, ' * 50_000}'></div>",
        f"<p>{MANY}</p>",
        f'<p title="{MANY}">x</p>',
        f"<!-- <p> {MANY} -->",
        "a < b and c > d " * 10_000,
    ):
        assert not is_costly(markup)
        assert not is_costly(markup.encode())


@pytest.mark.parametrize(
    "piece",
    ["<p ", '<p a="', "<a='<a=\"", "<", "=", "<a ", "< ", "</", "<a/", "<a\n=", "'", '"', "<a b='", "<a==", '= "> <b'],
)
def test_it_is_linear(piece: str) -> None:
    markup = (piece * (4_000_000 // len(piece))).encode()
    start = time.process_time()
    is_costly(markup)
    assert time.process_time() - start < 2.0
    start = time.process_time()
    has_costly_tags(markup)  # does not count the tags first
    assert time.process_time() - start < 2.0


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "data" / "pages").exists(), reason="../shared/data/pages is not here")
def test_no_real_page_is_refused() -> None:
    pages = sorted((SHARED / "data" / "pages").rglob("*.html.gz"))
    refused = [
        path.name
        for path in pages
        if check_body(HtmlResponse("http://a.example/", body=gzip.decompress(path.read_bytes()))) is not None
    ]
    assert len(pages) > 100
    assert refused == []


def test_an_answer_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The body is judged as it comes and again where it is parsed; another page is not taken for it."""
    looked: list[int] = []
    real = module._comparisons

    def counted(patterns: Any, page: Any) -> bool:
        looked.append(len(page))
        return real(patterns, page)

    monkeypatch.setattr(module, "_comparisons", counted)
    monkeypatch.setattr(module, "_last", (b"", False))
    page = b"<p>" + b"text " * 20_000
    assert not is_costly(page)
    assert not is_costly(bytes(bytearray(page)))
    assert len(looked) == 1
    other = COSTLY[next(iter(COSTLY))].encode()
    assert is_costly(other)
    assert is_costly(other)
    assert not is_costly(page)
    assert len(looked) == 3


def test_a_tag_has_no_more_attributes_than_half_of_its_characters() -> None:
    """By this bound the attributes of nearly all pages need not be counted."""
    rng = random.Random(14)
    tag, attribute = module._TEXT
    seen = 0
    for _ in range(20_000):
        made = "<a" + "".join(rng.choices("ab=/\"' <\t", k=rng.randint(0, 40))) + ">"
        found = tag.match(made)
        if found is not None:
            seen += 1
            assert len(attribute.findall(found[0])) <= len(found[0]) // 2 + 1, made
    assert seen > 10_000


def test_plain_end_tags_are_passed_over_and_no_others() -> None:
    tag, _ = module._TEXT
    found = [one.rstrip(">") for one in tag.findall("<p a='</b>'>x</p></b ></i c=d></A1><br/>")]
    assert found == ["<p a='</b>'", "</b ", "</i c=d", "</A1", "<br/"]


def test_the_long_tags_are_those_that_a_look_at_all_tags_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(27)
    parts = [
        "<",
        "</",
        "<p ",
        "<a",
        ">",
        "a",
        "=",
        '"',
        "'",
        " ",
        "\n",
        "/",
        '="',
        "='",
        '">',
        "'>",
        "= '",
        '<p a=">"',
        "\x0b",
    ]
    seen = 0
    for longest in (5, 7, 12):
        monkeypatch.setattr(module, "_LONG_TAG", longest)
        for _ in range(20_000):
            made = "".join(rng.choices(parts, k=rng.randrange(60)))
            for markup, (tag, _) in ((made, module._TEXT), (made.encode(), module._BYTES)):
                plain = [found[0] for found in tag.finditer(markup) if len(found[0]) > longest]
                assert module._long_tags(tag, markup) == plain, made
                seen += len(plain)
    assert seen > 100_000
