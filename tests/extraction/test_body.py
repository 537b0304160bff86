# ruff: noqa: E501 - HTML
"""The body: what is in, what is out, witnesses, embedded state, doubled articles, rules, the forest."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from numpy.typing import NDArray

from newscrawl.extraction import Kind, body, context, extract, features, model, pagekind, rules, witness
from newscrawl.extraction.blocks import Blocks, segment
from newscrawl.extraction.grams import Grams
from newscrawl.extraction.model import Forest
from newscrawl.html.opening import Work, parse
from newscrawl.outcomes import Reason

from .pages import ld, page, paragraphs

URL = "https://post.vellmar.example/local/2024/harbour-closed"
TITLE = "<h1>Harbour closed after crane accident</h1>"


def html_of(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def test_blocks_merge_inline_and_split_at_two_breaks() -> None:
    root = parse(
        "<html><body><p>One <b>bold</b> and a <a href=/x>link</a> here.</p><div>First<br><br>Second<br>line</div></body></html>"
    )
    assert root is not None
    blocks = segment(root, Work())
    assert blocks.text == ["One bold and a link here.", "First", "Second\nline"]
    assert blocks.link_chars[0] == 4
    assert blocks.bold_chars[0] == 4


def test_scripts_controls_and_pictures_are_no_text() -> None:
    root = parse(
        "<html><body><script>var a</script><style>b</style><noscript>c</noscript><button>d</button><svg><text>e</text></svg><p>Text.</p></body></html>"
    )
    assert root is not None
    assert segment(root, Work()).text == ["Text."]


def test_boxes_teasers_comments_are_left_out_and_subheadings_kept() -> None:
    lines = paragraphs()
    inner = (
        TITLE
        + html_of(lines[:3])
        + "<figure><img src=x.jpg><figcaption>The northern quay on Tuesday. Photo: J. Marsh</figcaption></figure>"
        + "<h2>Two barges have to wait</h2>"
        + html_of(lines[3:6])
        + '<div class="newsletter-signup"><p>Sign up for our newsletter</p></div>'
        + html_of(lines[6:])
        + '<section id="comments" class="comments"><h3>3 comments</h3><ol><li class="comment"><p>I was there and it was '
        "terrible, my brother works on one of the boats and he told me that they all knew about it.</p></li></ol></section>"
    )
    text = extract(page(inner), URL).text or ""
    for line in lines:
        assert line in text
    assert "Two barges have to wait" in text
    for unwanted in ("my brother", "newsletter", "J. Marsh", "Most read", "another story", "All rights"):
        assert unwanted not in text


def test_an_article_that_stands_twice_is_taken_once() -> None:
    lines = paragraphs()
    inner = f'{TITLE}<div class="desktop">{html_of(lines)}</div><div class="mobile">{html_of(lines)}</div>'
    text = extract(page(inner), URL).text or ""
    assert text.count(lines[0]) == 1
    assert text.count(lines[5]) == 1


def test_a_refrain_is_left_alone() -> None:
    lines = paragraphs()
    lines.insert(4, lines[1])
    text = extract(page(TITLE + html_of(lines)), URL).text or ""
    assert text.count(lines[1]) == 2


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"story":{"blocks":%s}}}}</script>',
        '<script>window.Fusion=window.Fusion||{};Fusion.globalContent={"content_elements":%s};Fusion.x=1;</script>',
        '<script>window.__APOLLO_STATE__ = {"Article:1":{"body":%s}};</script>',
    ],
    ids=["next", "fusion", "apollo"],
)
def test_embedded_state_where_the_tree_is_empty(script: str) -> None:
    lines = paragraphs()
    state = json.dumps([{"type": "text", "content": line} for line in lines])
    html = f'<html><head><title>Harbour closed</title>{ld(headline="Harbour closed")}</head><body><div id="__next"></div>{script % state}</body></html>'
    found = extract(html, URL)
    assert found.kind == Kind.ARTICLE
    assert found.sources["text"] == "state"
    assert [line for line in lines if line in (found.text or "")] == lines


def test_article_body_of_json_ld_where_the_tree_is_cut() -> None:
    lines = paragraphs(12)
    html = page(TITLE + html_of(lines[:1]), head=ld(headline="Harbour closed", articleBody="\n".join(lines)))
    found = extract(html, URL)
    assert found.sources["text"] == "json-ld"
    assert found.text == "\n\n".join(lines)


def test_boilerplate_of_the_host_is_left_out() -> None:
    lines = paragraphs()
    found = extract(page(TITLE + html_of(lines)), URL, boilerplate={lines[-1].casefold()})
    assert found.text == "\n\n".join(lines[:-1])


# --- witnesses ---------------------------------------------------------------


def witness_page() -> tuple[str, list[str]]:
    lines = paragraphs(16)
    tail = "<div class='about'><p>The Vellmar Harbour Company runs four quays and a dry dock, and employs nine hundred people in the region and abroad.</p></div>"
    return page(TITLE + html_of(lines) + tail, count=16), lines


def test_text_is_always_the_pages_own() -> None:
    html, lines = witness_page()
    copy = "\n\n".join(line.replace("crane", "winch") for line in lines)
    text = extract(html, URL, witness=copy).text or ""
    assert "winch" not in text
    assert lines[0] in text


@pytest.mark.parametrize(
    "copy",
    [
        "",
        "short",
        "…",
        "\x00" * 50,
        "a " * 200_000,
        "\n\n".join(f"Another story, part {i}, on a bridge far away that was painted green." for i in range(30)),
    ],
    ids=["empty", "short", "ellipsis", "nul", "long", "other"],
)
def test_a_bad_witness_changes_nothing(copy: str) -> None:
    html, _ = witness_page()
    assert extract(html, URL, witness=copy).text == extract(html, URL).text


def test_a_lead_as_witness_does_not_cut_the_text() -> None:
    html, lines = witness_page()
    assert extract(html, URL, witness="\n\n".join(lines[:2]) + "…").text == extract(html, URL).text


def test_a_cut_original_is_noticed_against_the_copy() -> None:
    lines = paragraphs(16)
    html = page(TITLE + html_of(lines[:4]))
    words = "cables inspections money paid spring letters divers quay winter boats council grain answer delay engineers maker".split()
    more = [" ".join(random.Random(i).sample(words, 14)).capitalize() + "." for i in range(14)]
    whole = extract(html, URL)
    found = extract(html, URL, witness="\n\n".join(lines[:4] + more))
    assert whole.reason is None
    assert (found.kind, found.reason) == (Kind.ARTICLE, Reason.TRUNCATED)
    assert found.text == whole.text


def test_an_excerpt_with_an_ellipsis_is_never_trusted() -> None:
    html, lines = witness_page()
    root = parse(html)
    assert root is not None
    blocks = segment(root, Work())
    table = features.build(blocks, features.Hints("Harbour closed after crane accident"))
    whole = "\n\n".join(lines)
    assert body.weigh(blocks, table, whole).trusted
    assert not body.weigh(blocks, table, whole + "…").trusted


def weighed(texts: list[str], copy: str) -> tuple[Blocks, witness.Measure, NDArray[np.float32]]:
    root = parse("<html><body>" + html_of(texts))
    assert root is not None
    blocks = segment(root, Work())
    words = np.array([features.count_words(text) for text in blocks.text], dtype=np.float32)
    return blocks, witness.measure(Grams(blocks.text), words, np.full(len(texts), 0.9, dtype=np.float32), copy), words


def test_what_the_copy_holds_once_is_taken_once() -> None:
    line = "The northern quay of Vellmar, seen from the lighthouse on Tuesday morning."
    lines = paragraphs(6)
    texts = [lines[0], line, lines[1], line, lines[2], line, *lines[3:]]
    _, found, _ = weighed(texts, "\n\n".join([*lines[:3], line, *lines[3:]]))
    taken = np.ones(len(texts), dtype=bool)
    plain = np.full(len(texts), 0.9, dtype=np.float32)
    plain[3] = 0.92
    assert witness.surplus(found, taken, plain) == [1, 5]
    # Not what the page alone is sure of, and not where the copy repeats it as often.
    assert witness.surplus(found, taken, np.full(len(texts), 0.97, dtype=np.float32)) == []
    _, often, _ = weighed(texts, "\n\n".join(texts))
    assert witness.surplus(often, taken, plain) == []


def test_a_copy_made_from_the_page_does_not_lead() -> None:
    lines = paragraphs(10)
    lead, caption = (
        "The port stays closed for days, and nobody knows who pays for it.",
        "The crane, seen from the lighthouse.",
    )
    made = [*lines, caption]  # another extractor lost the lead and took a caption
    _, found, words = weighed([lead, *made], "\n\n".join(made))
    assert witness.verified(found)
    assert not witness.may_lead(found, words)
    # One that adds a sentence of its own comes from elsewhere, and so does one in other words.
    note = (
        "This report was first printed in the evening issue of a paper that no longer exists, and we thank its heirs."
    )
    _, found, words = weighed([lead, *made], "\n\n".join([*made, note]))
    assert witness.may_lead(found, words)
    edited = "\n\n".join(line.replace("The", "One").replace("crane", "winch") for line in made)
    _, found, words = weighed([lead, *made], edited)
    assert found.own < witness.OWN
    assert witness.may_lead(found, words)


@pytest.mark.parametrize("kind", ["less", "more"])
def test_another_extractor_s_reading_changes_nothing(kind: str) -> None:
    html, lines = witness_page()
    tail = "The Vellmar Harbour Company runs four quays and a dry dock, and employs nine hundred people in the region and abroad."
    copy = "\n\n".join(lines[2:] if kind == "less" else [*lines, tail])
    assert extract(html, URL, witness=copy).text == extract(html, URL).text


def test_three_words_in_a_row_are_no_match_of_a_short_link() -> None:
    lines = paragraphs(6)
    _, found, words = weighed([*lines, "The harbour of Vellmar website"], "\n\n".join(lines))
    assert found.match[-1] >= 0.5
    assert witness.matched(found, words).tolist() == [True] * 6 + [False]


def test_gaps_tell_a_closing_note_from_a_lost_paragraph() -> None:
    lines = paragraphs(10)
    lines[4] = "Swimmers should keep to the southern beach until the oil has been skimmed off."
    notes = ["The company runs four quays and employs nine hundred people.", "It was founded in 1902 and is for sale."]
    texts = [*lines, *notes]
    blocks, found, words = weighed(texts, "\n\n".join(lines[:4] + lines[5:]))
    table = features.build(blocks, features.Hints())
    p = np.full(len(texts), 0.9, dtype=np.float32)
    around = context.context(table.tree, p, words)
    columns = witness.columns(blocks, table, around, p, p, found)
    assert columns.shape == (len(texts), len(witness.NAMES))
    gap, side, odds = (columns[:, witness.NAMES.index(name)] for name in ("w_gap", "w_side", "w_odds"))
    assert gap.tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 2]
    assert side.tolist() == [0] * 10 + [1, 1]
    assert odds[10] < odds[4] < odds[0]


# --- rules -------------------------------------------------------------------


def test_rules_are_checked_when_they_are_read() -> None:
    with pytest.raises(ValueError, match="unknown keys"):
        rules.parse_rules('[{"why": "x", "plugin": "os.system"}]')
    with pytest.raises(ValueError, match="bad publisher rule"):
        rules.parse_rules('[{"why": "x", "drop": ["//["]}]')
    with pytest.raises(ValueError, match="bad publisher rule"):
        rules.parse_rules('[{"drop": []}]')


def test_a_rule_drops_and_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    found = rules.parse_rules(
        '[{"from": "2020-01-01", "why": "old", "title": "//h2"},'
        ' {"from": "2024-01-01", "why": "box", "drop": ["//p[@class=\'fact\']"], "title": "//h1/span"}]'
    )
    monkeypatch.setattr(rules, "_files", lambda: {"vellmar.example": found})
    rules.for_host.cache_clear()
    try:
        rule = rules.for_host("post.vellmar.example")
        assert rule is not None
        assert rule.why == "box"
        fact = "<p class='fact'>The crane was built in 1971 and could lift forty tonnes, more than any other crane in the harbour then.</p>"
        html = page("<h1><span>Harbour closed</span> live</h1>" + html_of(paragraphs()) + fact)
        result = extract(html, URL)
        assert result.title == "Harbour closed"
        assert result.sources["title"] == "rule"
        assert "forty tonnes" not in (result.text or "")
        assert rules.for_host("other.example") is None
    finally:
        rules.for_host.cache_clear()


# --- choosing --------------------------------------------------------------------


def test_the_threshold_is_the_one_of_the_best_expected_f1() -> None:
    words = np.full(4, 10.0, dtype=np.float32)
    for p in ([0.9, 0.8, 0.3, 0.1], [0.5, 0.45, 0.4, 0.2], [0.3, 0.2, 0.2, 0.2]):
        odds = np.array(p, dtype=np.float32)
        best = max(range(1, 5), key=lambda n: 2 * sum(p[:n]) / (n + sum(p)))
        least = body.expected_best(odds, words)
        assert body.LOWEST <= least <= body.HIGHEST
        assert (odds > least).sum() == best


# --- the forest --------------------------------------------------------------


def test_the_forest_counts_as_trees_do() -> None:
    forest = Forest(
        np.array([[0, 1], [1, 0]], dtype=np.int16),
        np.array([[0.5, 2.0], [1.0, np.inf]], dtype=np.float32),
        np.array([[-1.0, 1.0, 2.0, 3.0], [0.5, -0.5, 9.0, 9.0]], dtype=np.float32),
        0.25,
    )
    rows = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]], dtype=np.float32)
    raw = np.array([-1.0 + 0.5, 1.0 + 0.5, 3.0 - 0.5]) + 0.25
    assert np.allclose(forest.probability(rows), 1 / (1 + np.exp(-raw)), atol=1e-6)
    again = model.pack({"first": forest}, ("a", "b"))
    assert b"vellmar" not in again


def test_weights_belong_to_the_features_and_hold_no_text() -> None:
    forests = model.load(body.NAMES)
    assert set(forests) == {"first", "second", "witness", "kind", "shelf"}
    assert forests["first"].feature.max() < len(features.NAMES)
    assert forests["witness"].feature.max() < len(witness.NAMES)
    assert forests["kind"].feature.max() < len(pagekind.NAMES)
    assert forests["shelf"].feature.max() < len(pagekind.NAMES)
    with pytest.raises(RuntimeError, match="trained on other features"):
        model.load((*body.NAMES, "one_more"))
    model.load.cache_clear()


def test_features_of_a_page_without_text() -> None:
    root = parse("<html><body></body></html>")
    assert root is not None
    blocks = segment(root, Work())
    table = features.build(blocks, features.Hints("Title"))
    assert table.matrix.shape == (0, len(features.NAMES))
    assert not len(body.choose(body.weigh(blocks, table, "a witness " * 50)))
