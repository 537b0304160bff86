"""Publisher rules: what each selector does, from when a rule holds, and a golden case for each file."""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from newscrawl.extraction import extract, rules

GOLDEN = Path(__file__).parent / "golden_rules"
CASE = GOLDEN / "vellmar.test"
EXPECTED: dict[str, Any] = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
ENTRY: dict[str, Any] = json.loads((CASE / "rule.json").read_text(encoding="utf-8"))[0]
PAGE = (CASE / "page.html").read_bytes()


@pytest.fixture(autouse=True)
def _clean_cache() -> Any:
    rules.for_host.cache_clear()
    yield
    rules.for_host.cache_clear()


def use(monkeypatch: pytest.MonkeyPatch, entries: list[dict[str, Any]], domain: str = "vellmar.test") -> None:
    found = rules.parse_rules(json.dumps(entries))
    monkeypatch.setattr(rules, "_files", lambda: {domain: found})
    rules.for_host.cache_clear()


def shipped() -> set[str]:
    folder = resources.files("newscrawl.extraction").joinpath("rules")
    return {f.name.removesuffix(".json") for f in folder.iterdir()} if folder.is_dir() else set()


def test_every_file_that_ships_has_a_golden_case() -> None:
    assert shipped() <= {folder.name for folder in GOLDEN.iterdir()}


@pytest.mark.parametrize("name", sorted(folder.name for folder in GOLDEN.iterdir()))
def test_golden_case(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = GOLDEN / name
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    if (case / "rule.json").exists():  # a domain of the tests; the others' rules ship
        use(monkeypatch, json.loads((case / "rule.json").read_text(encoding="utf-8")), name)
    found = extract((case / "page.html").read_bytes(), expected["url"])
    for field in ("title", "published_at", "modified_at"):
        if field in expected:
            assert (getattr(found, field), found.sources[field]) == (expected[field], "rule")
    for part in expected["with"]:
        assert part in (found.text or "")
    for part in expected["without"]:
        assert part not in (found.text or "")


def test_without_the_rule_the_golden_case_fails() -> None:
    found = extract(PAGE, EXPECTED["url"])
    assert found.published_at != EXPECTED["published_at"]
    assert found.modified_at != EXPECTED["modified_at"]
    assert any(part in (found.text or "") for part in EXPECTED["without"])


@pytest.mark.parametrize("selector", ["drop", "body", "title", "published_at", "modified_at"])
def test_each_selector_alone(selector: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = extract(PAGE, EXPECTED["url"])
    use(monkeypatch, [{"why": "one selector", selector: ENTRY[selector]}])
    found = extract(PAGE, EXPECTED["url"])
    if selector == "drop":
        assert "built in 1971" in (plain.text or "")
        assert "built in 1971" not in (found.text or "")
        assert found.sources["text"] == "html"
        return
    field = "text" if selector == "body" else selector
    assert plain.sources.get(field) != "rule"
    assert found.sources[field] == "rule"
    if selector == "body":
        assert "Buy the harbour calendar" in (plain.text or "")
        assert "Buy the harbour calendar" not in (found.text or "")
    else:
        assert getattr(found, field) == EXPECTED[field]


def test_a_selector_that_finds_nothing_leaves_the_field_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = extract(PAGE, EXPECTED["url"])
    use(monkeypatch, [{"why": "gone", **dict.fromkeys(("body", "title", "published_at", "modified_at"), "//nothing")}])
    assert extract(PAGE, EXPECTED["url"]) == plain


def test_the_newest_rule_that_has_begun_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    use(
        monkeypatch,
        [
            {"why": "old", "from": "2019-01-01"},
            {"why": "to come", "from": "2199-01-01"},
            {"why": "now", "from": "2023-09-01"},
        ],
    )

    def why(day: str) -> str | None:
        rule = rules.for_host("news.vellmar.test", dt.date.fromisoformat(day))
        return rule.why if rule else None

    days = ("2018-12-31", "2019-01-01", "2023-08-31", "2023-09-01", "2199-01-01")
    assert [why(day) for day in days] == [None, "old", "old", "now", "to come"]
    today = rules.for_host("news.vellmar.test")
    assert today is not None
    assert today.why == "now"
