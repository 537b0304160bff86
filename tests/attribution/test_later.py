"""A pattern that is compiled with its first use finds what the pattern itself finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.attribution.later import Later
from newscrawl.attribution.phrases import wordings


def test_it_finds_what_the_pattern_finds() -> None:
    later, plain, text = (
        Later(r"\bon (\w+)", re.IGNORECASE),
        re.compile(r"\bon (\w+)", re.IGNORECASE),
        "seen On a, on b",
    )
    assert [found.span() for found in later.finditer(text)] == [found.span() for found in plain.finditer(text)]
    for start, end in ((0, None), (5, None), (6, None), (5, 8), (9, 100)):
        limit = len(text) if end is None else end
        for name in ("search", "match"):
            ours, theirs = getattr(later, name)(text, start, end), getattr(plain, name)(text, start, limit)
            assert (ours and ours.span(1)) == (theirs and theirs.span(1)), (name, start, end)


def test_it_is_compiled_when_it_is_first_looked_for() -> None:
    broken = Later("(")
    with pytest.raises(re.error):
        broken.search("")


def test_every_wording_is_a_pattern() -> None:
    """What is compiled late fails late: here all are compiled."""
    of_footers = [one for footer in wordings().footers for one in (footer.noun, footer.between, footer.closing)]
    of_statements = [one for statement in wordings().statements for one in (statement.opening, statement.closing)]
    patterns = [one for one in (*of_footers, *of_statements) if one is not None]
    assert len(patterns) > 150
    assert all(one.compiled.pattern for one in patterns)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_an_english_wording_matches_holds_a_word_that_it_needs(data: st.DataObject) -> None:
    english = [one for one in wordings().statements if one.needs]
    assert {one.key for one in english} >= {"originally:en", "republished:en", "read-original:en"}
    statement = data.draw(st.sampled_from(english))
    said = data.draw(st.from_regex(statement.opening.compiled, fullmatch=True)).casefold()
    assert any(word in said for word in statement.needs), (statement.key, said)
