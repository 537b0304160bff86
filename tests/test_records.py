"""The rules that hold for every record, and what becomes of one that breaks them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.items import OriginalPart, Record, as_dict
from newscrawl.records import MOST_NAMES, faults, invalidate, normalize
from tests.ledger.helpers import record

_BAD = "\x00\x1b\u202e\ud800\ufeff"


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in [*strings(key), *strings(one)]]
    return [text for one in value for text in strings(one)] if isinstance(value, list) else []


def test_a_sound_record_has_no_faults() -> None:
    assert faults(record("a")) == []
    assert faults(record("a", outcome="original", reason=None)) == []
    assert faults(record("a", None, outcome="failed", reason="unreachable_post")) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "x"}, "id"),
        ({"id": "A" * 32}, "id"),
        ({"id": "a" * 32 + "\n"}, "id"),
        ({"url": ""}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"outcome": "fine"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "original"}, "has a reason"),
        ({"reason": None}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": "http_999"}, "reason"),
        ({"text": None}, "text_source"),
        ({"text_source": None}, "text_source"),
        ({"text_source": "elsewhere"}, "text_source"),
        ({"text": None, "text_source": None, "title": None}, "neither title nor text"),
        ({"published_at": "yesterday"}, "published_at"),
        ({"published_at": "2026-03-01T00:00:00+00:00"}, "published_at"),
        ({"published_at": "2026-03-01T00:00:00"}, "published_at"),
        ({"published_at": None}, "published_precision"),
        ({"published_precision": None}, "published_precision"),
        ({"published_precision": "year"}, "published_precision"),
        ({"modified_at": "2026-99-99T00:00:00Z"}, "modified_at"),
        ({"crawled_at": "now"}, "crawled_at"),
        ({"gone_at": ""}, "gone_at"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_each_rule(change: dict[str, Any], words: str) -> None:
    broken = record("a")
    for name, value in change.items():
        setattr(broken, name, value)
    found = faults(broken)
    assert any(words in fault for fault in found)
    # It goes on as a failed record, so that its post is not claimed for ever.
    invalidate(broken)
    assert (broken.outcome, broken.reason, broken.text, broken.text_source) == ("failed", "invalid", None, None)
    assert [fault for fault in faults(broken) if not fault.startswith("id ")] == []


def test_every_string_is_cleaned_wherever_it_stands() -> None:
    made = record("a", f"One {_BAD}\n\n\n two ")
    made.title = f" A {_BAD} title\nin two lines "
    made.authors = [f"Ann{_BAD}", "Ann", "", " Bo ", _BAD]
    made.archive = [{"file": f"x{_BAD}", "parts": {"a": _BAD}}]
    made.sources = {f"text{_BAD}": f"html{_BAD}"}
    made.rights.post = {"licence": {"value": f"CC{_BAD}", "at": ""}}
    made.original = OriginalPart(url=f"https://p.test/{_BAD}x", canonical_url=_BAD, posts=["b", "a"])
    normalize(made)
    assert (made.title, made.text, made.word_count) == ("A \ufffd title in two lines", "One \ufffd\n\ntwo", 2)
    assert made.authors == ["Ann\ufffd", "Ann", "Bo", "\ufffd"]
    assert made.original.posts == ["b", "a"]
    for text in strings(as_dict(made)):
        assert not set(text) & set(_BAD)


def test_what_is_empty_is_absent() -> None:
    made = record("a")
    made.section, made.summary, made.tags, made.language = " ", "\u200b"[:0] + "\n\n", ["", "  "], ""
    normalize(made)
    assert (made.section, made.summary, made.tags, made.language) == (None, None, [], None)


def test_lists_are_cut_but_not_the_posts_of_an_original() -> None:
    made = record("a")
    made.tags = [str(number) for number in range(5000)]
    made.original = OriginalPart(url="https://p.test/", posts=[f"{number:032x}" for number in range(5000)])
    normalize(made)
    assert len(made.tags) == MOST_NAMES
    assert len(made.original.posts) == 5000


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(), st.lists(st.text(), max_size=4), st.integers())
def test_cleaning_twice_is_cleaning_once(title: str, text: str, names: list[str], number: int) -> None:
    made = Record(id="0" * 32, url="https://a.test/", title=title, text=text, authors=names, word_count=number)
    normalize(made)
    before = as_dict(made)
    normalize(made)
    assert as_dict(made) == before
    assert "" not in [before["title"], before["text"], *before["authors"]]
