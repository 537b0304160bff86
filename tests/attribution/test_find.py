from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.common import ROOT, SHARED
from newscrawl.attribution import Attribution, find_attribution, is_foreign, split_attribution
from newscrawl.attribution.phrases import wordings

HERE = Path(__file__).parent.parent / "data"
REAL = SHARED / "data" / "attribution"
U = "https://www.harbourpost.example/2026/11/20/old-harbour-bridge/"
H = "https://www.harbourpost.example/"
FOOTER = f'<p>The post <a href="{U}">Bridge to Reopen</a> appeared first on <a href="{H}">Harbour Post</a>.</p>'


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _answer(found: Attribution | None) -> dict[str, str | None] | None:
    if found is None:
        return None
    names = ("original_url", "original_title", "publisher_name", "publisher_url")
    return {name: getattr(found, name) for name in names}


def _squeezed(html: str) -> str:
    return re.sub(r"\s+", "", html)


# --- synthetic cases ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", _lines(HERE / "attribution_locales.jsonl"), ids=lambda case: case["id"])
def test_every_locale(case: dict[str, Any]) -> None:
    found, rest = split_attribution(case["html"])
    assert _answer(found) == case["expected"]
    assert found is not None
    assert found.language == case["language"]
    assert found.phrase.startswith("yoast:")
    assert rest == "<p>The bridge has been shut since spring.</p>"


@pytest.mark.parametrize("case", _lines(HERE / "attribution_positives.jsonl"), ids=lambda case: case["id"])
def test_every_pattern(case: dict[str, Any]) -> None:
    found, rest = split_attribution(case["html"], case["base_url"])
    assert _answer(found) == case["expected"]
    assert found == find_attribution(case["html"], case["base_url"])
    assert found is not None
    assert found.language == case["language"]
    if case["rest"] is not None:
        assert _squeezed(rest) == _squeezed(case["rest"])


@pytest.mark.parametrize("case", _lines(HERE / "attribution_negatives.jsonl"), ids=lambda case: case["id"])
def test_nothing_else_passes(case: dict[str, Any]) -> None:
    found = find_attribution(case["html"], case["site"] or "")
    if case["site"]:
        assert found is None or not is_foreign(found, case["site"])
    else:
        assert found is None
        assert split_attribution(case["html"]) == (None, case["html"])


def test_there_are_enough_look_alikes() -> None:
    assert len(_lines(HERE / "attribution_negatives.jsonl")) >= 60


def test_every_wording_of_the_table_is_read() -> None:
    data = json.loads((ROOT / "newscrawl" / "data" / "attribution.json").read_text("utf-8"))
    texts = [(row["language"], text) for row in data["templates"] + data["variants"] for text in row["texts"]]
    assert len(texts) > 80
    for language, text in texts:
        html = text.replace("{P}", f'<a href="{U}">Bridge</a>').replace("{B}", f'<a href="{H}">Harbour</a>')
        found = find_attribution(f"<p>{html}</p>")
        assert found is not None, text
        assert (found.original_url, found.publisher_name, found.language) == (U, "Harbour", language), text
    assert wordings() is wordings()


# --- the real ones -----------------------------------------------------------------------------------


def _real(name: str) -> list[dict[str, Any]]:
    if not (REAL / name).exists():
        pytest.skip(f"../shared/data/attribution/{name} is not here")
    return _lines(REAL / name)


def _right(case: dict[str, Any]) -> bool:
    found, expected = find_attribution(case["html"]), case["expected"]
    if found is None or expected is None:
        return found is expected
    return (found.original_url, found.publisher_name) == (expected["original_url"], expected["publisher_name"])


def test_real_positives() -> None:
    cases = [case for case in _real("cases.jsonl") if case["expected"] is not None]
    wrong = [case["id"] for case in cases if not _right(case)]
    assert len(wrong) <= 0.02 * len(cases), wrong


def test_real_look_alikes() -> None:
    cases = [case for case in _real("cases.jsonl") if case["expected"] is None]
    assert [case["id"] for case in cases if not _right(case)] == []


def test_real_locales() -> None:
    cases = _real("locale_templates.jsonl")
    wrong = [case["id"] for case in cases if not _right(case)]
    assert len(wrong) <= 0.02 * len(cases), wrong


# --- is_foreign --------------------------------------------------------------------------------------


def _named(**parts: str | None) -> Attribution:
    blank: dict[str, Any] = dict.fromkeys(("original_url", "original_title", "publisher_name", "publisher_url"))
    return Attribution(**(blank | parts), phrase="x", language="en", pattern="x", sentence="x")


@pytest.mark.parametrize(
    ("parts", "site", "foreign"),
    [
        ({"original_url": U}, "https://aggregator.example/", True),
        ({"original_url": U}, "https://m.harbourpost.example/", False),
        ({"original_url": U, "publisher_url": "https://aggregator.example"}, "aggregator.example", True),
        ({"publisher_url": H}, "https://aggregator.example/", True),
        ({"publisher_url": "/"}, "https://aggregator.example/", False),
        ({"publisher_url": ""}, "https://aggregator.example/", False),
        ({"original_url": "//harbourpost.example/a"}, "https://aggregator.example/", True),
        ({"publisher_name": "Harbour Post"}, "https://harbourpost.example/", False),
        ({"publisher_name": "The Harbour-Post News"}, "https://harbourpost.example/", False),
        ({"publisher_name": "Harbour Post"}, "https://aggregator.example/", True),
        ({"publisher_name": "harbourpost.example"}, "https://www.harbourpost.example/", False),
        ({}, "https://aggregator.example/", False),
        ({"original_url": "http://pub.test:8960/a"}, "http://agg.test:8950/", True),
        ({"original_url": "https://one.blogspot.com/a"}, "https://two.blogspot.com/", True),
    ],
)
def test_is_foreign(parts: dict[str, str], site: str, foreign: bool) -> None:
    assert is_foreign(_named(**parts), site) is foreign


# --- cutting -----------------------------------------------------------------------------------------


def test_the_rest_of_the_page_stays() -> None:
    html = f'<p>One &amp; <b>two</b>.<br>Three</p><!-- note --><img src="a.jpg">{FOOTER}<p>Last.</p>'
    found, rest = split_attribution(html)
    assert found is not None
    assert rest == '<p>One &amp; <b>two</b>.<br>Three</p><!-- note --><img src="a.jpg"><p>Last.</p>'


def test_a_logo_in_place_of_the_name_goes_with_the_sentence() -> None:
    html = f'<p>One.</p><p>The post <a href="{U}">Bridge</a> appeared first on <a href="{H}"><img src="l.png"></a>.</p>'
    assert split_attribution(html)[1] == "<p>One.</p>"


def test_a_picture_in_the_paragraph_stays() -> None:
    html = f'<p><img src="a.jpg">The post <a href="{U}">Bridge</a> appeared first on <a href="{H}">Post</a>.</p>'
    assert split_attribution(html)[1] == '<p><img src="a.jpg"></p>'


@pytest.mark.slow
def test_the_middle_of_a_huge_post_stays() -> None:
    middle = "<p>The bridge has been shut since spring.</p>" * 40_000
    found, rest = split_attribution(middle + FOOTER)
    assert found is not None
    assert found.original_url == U
    assert rest == middle


def test_what_is_nested_too_deeply_is_not_cut_short() -> None:
    html = FOOTER + "<div>" * 5_000 + "Last words." + "</div>" * 5_000
    found, rest = split_attribution(html)
    assert found is not None
    assert "Last words." in rest


def test_what_the_attribution_says_is_clean() -> None:
    title, name = "A\u202e\x07 Bridge\n\tReopens", "Post\x00\ud800"
    html = f'<p>The post <a href="{U}">{title}</a> appeared first on <a href="{H}">{name}</a>.</p>'
    found = find_attribution(html)
    assert found is not None
    assert found.original_title == "A Bridge Reopens"
    assert found.sentence.startswith("The post A Bridge Reopens appeared first on Post")
    assert "\x00" not in found.sentence


def test_a_post_encoded_twice() -> None:
    found, rest = split_attribution(FOOTER.replace("<", "&lt;").replace(">", "&gt;"))
    assert found is not None
    assert found.original_url == U
    assert rest == ""


def test_scripts_and_mails_are_no_addresses() -> None:
    html = FOOTER.replace(U, "javascript:alert(1)")
    found = find_attribution(html)
    assert found is not None
    assert found.original_url is None
    assert found.publisher_url == H


# --- hostile and odd ---------------------------------------------------------------------------------


def _hostile() -> list[Any]:
    cases = {
        "deep": "<div>" * 60_000 + FOOTER,
        "deep inline": "<b>" * 30_000 + "The post x appeared first on y",
        "wordings over and over": " appeared first on" * 40_000,
        "nouns over and over": "The post The post " * 30_000 + "appeared first on",
        "subjects and quotes": 'This “x” by " by " was written by ' * 10_000 + "originally published",
        "links": "<a href=x>originally published on</a>" * 6_000,
        "brackets": "[a](https://" * 30_000 + "originally",
        "angle brackets": "<" * 500_000 + "originally",
        "ampersands": "&" * 500_000 + "originally",
        "spaces": "The post" + " " * 300_000 + "appeared first on" + " " * 300_000,
        "sources": "<div class='jeg_post_source'>" * 2_000 + "Source",
        "breaks": "<br>" * 30_000 + "originally published on" + "<br>" * 30_000,
        "Han without space": "は" * 200_000 + "に最初に表示されました。",
        "names without end": "This was originally published on " + "a " * 60_000,
    }
    return [pytest.param(html, id=name) for name, html in cases.items()]


@pytest.mark.slow
@pytest.mark.parametrize("html", _hostile())
def test_hostile_input_is_bounded(html: str) -> None:
    begun = time.process_time()
    split_attribution(html)
    assert time.process_time() - begun < 5


MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b>",
            "</a>",
            f"<a href='{U}'>",
            f"<a href='{H}'>",
            "<a href='/'>",
            "<br>",
            "The post ",
            "Bridge ",
            "appeared first on ",
            "first appeared on ",
            "This article ",
            "was originally published by ",
            "Harbour Post",
            ".",
            "“",
            "”",
            "Source: ",
            "<div class='jeg_post_source'>",
            "</div>",
            "Der Beitrag ",
            "erschien zuerst auf ",
            "\n\n",
            "[a](https://x.example/)",
            "Sonrası ",
            " ilk ortaya çıktı",
            "は",
            "で公開された投稿です",
            "?",
            "&#8217;",
            "&lt;",
            "\ue000",
            "\ue001",
            "\u2028",
            "on April 11, ",
        ]
    ),
    max_size=25,
).map("".join)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(MARKUP)
def test_never_raises_and_cuts_what_it_found(html: str) -> None:
    found, rest = split_attribution(html, "https://aggregator.example/x")
    assert found == find_attribution(html, "https://aggregator.example/x")
    if found is None:
        assert rest == html
    else:
        for url in (found.original_url, found.publisher_url):
            assert url is None or url.startswith("https://")
        assert "\ue000" not in found.sentence


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=50))
def test_any_text(html: str, base: str) -> None:
    split_attribution(html, base)


@pytest.mark.parametrize("html", ['<?xml version="1.0"?><!DOCTYPE]>', "<!DOCTYPE>", "<!DOCTYPE html []"])
def test_a_document_type_alone_is_an_empty_post(html: str) -> None:
    assert find_attribution(html) is None
    split_attribution(html, "")  # raises nothing


# --- defences, each shown failing with it off ---------------------------------------------------------


def _found_in(group: str) -> int:
    cases = [case for case in _lines(HERE / "attribution_negatives.jsonl") if case["why"] == group]
    assert cases
    return sum(find_attribution(case["html"]) is not None for case in cases)


@pytest.mark.parametrize(
    "group", ["sidebar", "comments", "related posts", "share links", "navigation", "hidden", "tweet"]
)
def test_without_leaving_out_what_is_no_post_it_would_be_found(monkeypatch: pytest.MonkeyPatch, group: str) -> None:
    assert _found_in(group) == 0
    monkeypatch.setattr("newscrawl.attribution.blocks._is_alien", lambda element, wrappers: False)
    assert _found_in(group) > 0


def test_without_judging_names_prose_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _found_in("prose") == 0
    for name, answer in {"is_name": True, "is_date": False, "is_title": True}.items():
        monkeypatch.setattr(f"newscrawl.attribution.phrases.{name}", lambda *_, answer=answer, **__: answer)
    assert _found_in("prose") > 0


def test_without_its_reach_a_source_line_in_the_middle_would_be_found() -> None:
    line = f'<p>Source: <a href="{U}">Quay Journal</a></p>'
    assert find_attribution("<p>One.</p><p>Two.</p>" + line + "<p>More.</p>" * 4) is None
    assert find_attribution("<p>One.</p><p>Two.</p>" + line) is not None


def test_social_networks_are_no_publishers(monkeypatch: pytest.MonkeyPatch) -> None:
    html = (
        '<p>This post first appeared on <a href="https://www.facebook.com/harbour/posts/1">the bridge’s page</a>.</p>'
    )
    assert find_attribution(html) is None
    monkeypatch.setattr("newscrawl.attribution.phrases.NO_PUBLISHER_HOSTS", frozenset())
    monkeypatch.setattr("newscrawl.attribution.claims.NO_PUBLISHER_HOSTS", frozenset())
    assert find_attribution(html) is not None
