"""NEWSCRAWL_HOST_OVERRIDES: patterns, order, malformed values."""

from __future__ import annotations

import pytest

from newscrawl.net.overrides import HostOverrides


def test_first_match_wins_and_port_belongs_to_the_pattern() -> None:
    overrides = HostOverrides.parse(
        '{"a.test:80": "127.0.0.1:1001", "*.test:80": "127.0.0.1:1002", "*.test:*": "[::1]:1003",'
        ' "a*b.example:443": "127.0.0.2:1004"}'
    )
    assert overrides.lookup("a.test", 80) == ("127.0.0.1", 1001)
    assert overrides.lookup("A.TEST.", 80) == ("127.0.0.1", 1001)
    assert overrides.lookup("b.test", 80) == ("127.0.0.1", 1002)
    assert overrides.lookup("x.b.test", 81) == ("::1", 1003)
    assert overrides.lookup("a-and-b.example", 443) == ("127.0.0.2", 1004)
    assert overrides.lookup("test", 80) is None
    assert overrides.lookup("a.test.example", 80) is None
    assert overrides.lookup("", 80) is None
    assert overrides.targets() == {("127.0.0.1", 1001), ("127.0.0.1", 1002), ("::1", 1003), ("127.0.0.2", 1004)}


def test_order_holds_for_a_pattern_given_twice() -> None:
    overrides = HostOverrides.parse('{"a.test:80": "127.0.0.1:1", "a.test:80": "127.0.0.1:2"}')
    assert overrides.lookup("a.test", 80) == ("127.0.0.1", 1)


@pytest.mark.parametrize("literal", ["127.0.0.1", "::1", "[::1]", "10.0.0.1"])
def test_literals_are_never_overridden(literal: str) -> None:
    assert HostOverrides.parse('{"*:*": "127.0.0.1:1"}').lookup(literal, 80) is None


@pytest.mark.parametrize("empty", ["", "  ", "{}"])
def test_nothing_overrides_nothing(empty: str) -> None:
    assert HostOverrides.parse(empty).lookup("a.test", 80) is None


def test_unicode_patterns_match_the_ascii_name() -> None:
    overrides = HostOverrides.parse('{"bücher.test:80": "127.0.0.1:1"}')
    assert overrides.lookup("xn--bcher-kva.test", 80) == ("127.0.0.1", 1)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '["a.test:80"]',
        "3",
        '"a.test:80"',
        "null",
        '{"a.test": "127.0.0.1:80"}',
        '{":80": "127.0.0.1:80"}',
        '{"a.test:0": "127.0.0.1:80"}',
        '{"a.test:65536": "127.0.0.1:80"}',
        '{"a.test:http": "127.0.0.1:80"}',
        '{"a.test:80": "127.0.0.1"}',
        '{"a.test:80": "localhost:80"}',
        '{"a.test:80": "127.0.0.1:*"}',
        '{"a.test:80": "::1:80"}',
        '{"a.test:80": "[127.0.0.1]:80"}',
        '{"a.test:80": 80}',
        '{"a.test:80": {"x": 1}}',
        '{"127.0.0.1:80": "127.0.0.1:80"}',
        '{"[::1]:80": "127.0.0.1:80"}',
        '{"a.test:80": "127.0.0.1:80"',
        "[" * 100_000,
    ],
)
def test_malformed_values_are_one_clear_line(text: str) -> None:
    with pytest.raises(ValueError, match="host overrides") as refused:
        HostOverrides.parse(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400
