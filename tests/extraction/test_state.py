"""Text that is only in the page's data: rich-text trees, React Server Components, live blogs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newscrawl.extraction import extract, state

from .pages import paragraphs

URL = "https://www.valley-herald.example/2024/bridge-reopens"
TITLE = "Bridge over the Tarn reopens"
PROSE = paragraphs()


def shell(script: str) -> str:
    return f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div id=root></div>{script}</body></html>"


def next_data(tree: Any) -> str:
    data = json.dumps({"props": {"pageProps": {"body": tree}}})
    return f'<script id="__NEXT_DATA__" type="application/json">{data}</script>'


def text_of(script: str) -> str:
    return extract(shell(script), URL).text or ""


def test_parts_of_one_paragraph_are_set_together_as_they_are() -> None:
    line = [
        {"type": "text", "text": "Councillor "},
        {"type": "text", "text": "Farrow", "marks": [{"type": "bold"}]},
        {"type": "text", "text": ", who led the opposition for all of the winter, said on Monday that it was over"},
        {"type": "text", "text": "."},
    ]
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": one}]} for one in PROSE]
    text = text_of(next_data({"type": "doc", "content": [{"type": "paragraph", "content": line}, *blocks]}))
    assert "Councillor Farrow, who led" in text
    assert "it was over." in text
    assert PROSE[-1] in text


def test_slate_links_and_breaks() -> None:
    line = [
        {"text": "The bridge "},
        {"type": "link", "url": "/x", "children": [{"text": "over the "}, {"text": "Tarn", "bold": True}]},
        {"text": ", closed for two winters while the valley waited for steel, has opened again"},
        {"text": "."},
    ]
    blocks = [{"type": "p", "children": [{"text": one}]} for one in PROSE]
    text = text_of(next_data([{"type": "p", "children": line}, *blocks]))
    assert "The bridge over the Tarn, closed" in text
    assert "opened again." in text


def test_server_components_are_text_and_not_json() -> None:
    tree = ["$", "article", None, {"className": "story", "children": [
        ["$", "h2", None, {"children": "What happened"}],
        ["$", "p", None, {"children": ["The bridge over the ", ["$", "a", None, {"href": "/t", "children": "Tarn"}],
                                       ", closed for two winters while the valley waited for steel, is open."]}],
        *(["$", "p", None, {"children": one}] for one in PROSE),
    ]}]  # fmt: skip
    row = f"3:{json.dumps(tree)}\n"
    text = text_of(f"<script>self.__next_f.push([1,{json.dumps(row)}])</script>")
    assert "The bridge over the Tarn, closed for two winters" in text
    assert PROSE[0] in text
    assert not any(mark in text for mark in ('"$"', "children", "className", "{", "$L"))


def test_the_updates_of_a_live_blog_are_its_text() -> None:
    updates = [
        {"@type": "BlogPosting", "headline": f"At {9 + n}:00", "articleBody": one} for n, one in enumerate(PROSE)
    ]
    node = {"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": updates}
    found = extract(shell(f'<script type="application/ld+json">{json.dumps(node)}</script>'), URL)
    assert found.kind == "article"
    assert all(one in (found.text or "") for one in PROSE)
    # One update that is no list, and one that is no object, harm nobody.
    node["liveBlogUpdate"] = {"articleBody": "\n".join(PROSE)}
    assert PROSE[0] in text_of(f'<script type="application/ld+json">{json.dumps(node)}</script>')
    node["liveBlogUpdate"] = ["text", 5, None, *updates]  # type: ignore[list-item]
    assert PROSE[0] in text_of(f'<script type="application/ld+json">{json.dumps(node)}</script>')


def test_documents_in_strings_are_opened_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = state._inner_document

    def counted(text: str) -> Any:
        opened.append(text)
        return read(text)

    monkeypatch.setattr(state, "_inner_document", counted)
    text_of(next_data({f"part{number}": json.dumps({"body": PROSE}) for number in range(state.MAX_NESTED + 30)}))
    # What is asked about before the last that counts is prose in a part that was opened.
    assert sum(text[:1] == "{" for text in opened) == state.MAX_NESTED
