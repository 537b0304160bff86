"""The text of a post's body: synthetic bodies with the answers written first, hostile input, real REST bodies."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from newscrawl.surfaces.parsing.archive import parse_listing
from newscrawl.surfaces.parsing.content import post_text

DATA = Path(__file__).parents[1] / "data" / "aggregators"
CASES: list[dict[str, Any]] = json.loads((DATA / "content.json").read_text(encoding="utf-8"))
ASIDE: list[dict[str, Any]] = json.loads((DATA / "content_aside.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES + ASIDE, ids=lambda case: case["name"])
def test_body(case: dict[str, Any]) -> None:
    content = post_text(case["html"], base_url="https://agg.test/2025/06/21/post/")
    assert content.text == case["text"]
    assert content.truncated is case.get("truncated", False)
    assert content.image_url == case.get("image_url")
    assert (content.attribution is not None) is case.get("attribution", False)


def test_word_count() -> None:
    assert post_text("<p>The ferry left at nine.</p><p>It came back.</p>").word_count == 8
    assert post_text("").word_count == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000 + "deep",
        "<p>" + "<b>" * 50_000 + "deep",
        "<p>a</p>" * 50_000,
        "x" * 5_000_000,
        "<div class='" + "ad-" * 500_000 + "'>x</div>",
        "<p>read more " * 50_000,
        "<br>" * 100_000,
        "<!--" + "-" * 1_000_000,
        "<p>a</p>" + " " * 1_000_000 + "<p>b</p>",
        "\x00<p>nul\x00</p>",
        "\ud800<p>lone surrogate</p>",
        "<?xml version='1.0' encoding='utf-8'?><p>declared</p>",
    ],
    ids=[
        "deep",
        "inline",
        "many",
        "long",
        "class",
        "readmore",
        "br",
        "comment",
        "space",
        "nul",
        "surrogate",
        "declaration",
    ],
)
def test_hostile_bodies_are_bounded(html: str) -> None:
    started = time.process_time()
    content = post_text(html, base_url="https://agg.test/")
    assert time.process_time() - started < 10
    assert content.text is None or len(content.text) <= 2_000_000
    assert content.text is None or "\x00" not in content.text


def test_declared_encoding_and_nul_do_not_lose_the_text() -> None:
    assert post_text("<?xml version='1.0' encoding='utf-8'?><p>declared é</p>").text == "declared é"
    assert post_text("<p>nul\x00byte</p>").text == "nulbyte"


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "data:image/png;base64,AAAA", "http://[::1", "//", "file:///x"])
def test_image_addresses_are_http_only(bad: str) -> None:
    assert post_text(f"<p><img src='{bad}'>x</p>", base_url="https://agg.test/").image_url is None


def test_controls_that_no_tree_may_hold() -> None:
    """Found by fuzzing: the parser took them in, and moving the text beside a removed box raised."""
    for control in ("\x01", "\x1b", "\x0c", "\ufffe", "\uffff"):
        markup = f"<p>Before</p>{control}<div class='sharedaddy'>Share this</div>{control}<p>After</p>"
        assert post_text(markup).text == "Before\n\nAfter"
        page = f"{control}<html><body class='archive'>{markup}</body></html>"
        assert parse_listing(page, "https://a.test/").entries == []
