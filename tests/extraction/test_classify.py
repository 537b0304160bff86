"""What is no article is never taken for one: synthetic pages whose answers were written down first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newscrawl.extraction import extract

FOLDER = Path(__file__).parent.parent / "golden_pages" / "non_articles"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_non_article(name: str) -> None:
    expected = EXPECTED[name]
    found = extract((FOLDER / f"{name}.html").read_bytes(), expected["url"])
    assert found.kind != "article", found.text
    assert found.text is None
    assert (found.kind, found.reason) == (expected["kind"], expected["reason"]), found.detail


def test_enough_fixtures_and_a_fifth_held_back() -> None:
    assert len(EXPECTED) >= 40
    assert sum(e["held_back"] for e in EXPECTED.values()) * 5 >= len(EXPECTED) - 4
    assert {path.stem for path in FOLDER.glob("*.html")} == set(EXPECTED)
