"""The comparison: passes what is right and names each thing that is not."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.demo.check import compare, latest, text_f1
from newscrawl.demo.world import Expected, World, build_world
from newscrawl.text import clean_line, content_hash


def perfect(world: World) -> list[dict[str, Any]]:
    def record(answer: Expected) -> dict[str, Any]:
        return {
            "id": answer.url,
            "version": 1,
            "url": answer.record_url,
            "title": clean_line(answer.title),
            "text": answer.text,
            "text_source": answer.text_source,
            "outcome": answer.outcome,
            "reason": answer.reason,
            "published_at": answer.published_at,
            "published_precision": answer.published_precision,
            "publisher": answer.publisher_name
            and {"name": answer.publisher_name, "domain": answer.publisher_domain, "url": None},
            "post": {"url": answer.url, "surface": "feed"},
            "attribution": {"original_url": answer.original_url} if answer.publisher_name else None,
            "content_hash": content_hash(answer.title, answer.text),
        }

    return [record(answer) for answer in world.all_expected()]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=11)


def test_a_perfect_crawl_is_right(world: World) -> None:
    result = compare(world.all_expected(), perfect(world))
    assert (result.ok, result.matching, result.differences) == (True, world.total, [])
    assert min(result.text_f1) == 1.0
    assert compare(world.all_expected(), perfect(world), surface="feed").ok
    assert compare(world.all_expected(), perfect(world), surface="archive").matching == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "failed"}, "outcome is 'failed'"),
        ({"reason": "dns"}, "reason is 'dns'"),
        ({"url": "http://elsewhere.test/"}, "url is 'http://elsewhere.test/'"),
        ({"title": "Another"}, "title is 'Another'"),
        ({"text": "Quite another text than the one that was meant."}, "text has F1"),
        ({"text_source": None}, "text_source is None"),
        ({"published_at": "2024-01-01T00:00:00Z"}, "published_at is"),
        ({"published_precision": None}, "published_precision is"),
        ({"publisher": {"name": "No One", "domain": "noone.test"}}, "publisher.name is 'No One'"),
        ({"attribution": None}, "attribution.original_url is None"),
        ({"content_hash": "0"}, None),
    ],
)
def test_each_difference_is_named(world: World, change: dict[str, Any], said: str | None) -> None:
    records = perfect(world)
    at = next(n for n, answer in enumerate(world.all_expected()) if answer.case == "plain")
    records[at] |= change
    result = compare(world.all_expected(), records)
    if said is None:
        assert result.ok, "a hash of its own is no difference for a text of its own"
        return
    assert not result.ok
    assert result.matching == world.total - 1
    assert said in result.differences[0]


def test_missing_double_and_surplus_records(world: World) -> None:
    records = perfect(world)
    assert "0 records instead of one" in compare(world.all_expected(), records[1:]).differences[0]
    double = [*records, records[0] | {"id": "x"}]
    assert "2 records instead of one" in compare(world.all_expected(), double).differences[0]
    strange = [*records, records[0] | {"id": "x", "post": {"url": "http://dnyuz.test/strange/"}}]
    assert compare(world.all_expected(), strange).differences == ["/strange/: a record of no post"]


def test_hashes_follow_texts(world: World) -> None:
    records = perfect(world)
    answers = list(world.all_expected())
    pair = [n for n, answer in enumerate(answers) if answer.case == "wire_duplicate"]
    records[pair[0]]["content_hash"] = "other"
    assert "several content hashes" in compare(answers, records).differences[0]
    records = perfect(world)
    records[0]["content_hash"] = records[1]["content_hash"]
    assert any("several texts" in line for line in compare(answers, records).differences)


def test_the_highest_version_holds() -> None:
    lines = [{"id": "a", "version": 2, "n": 1}, {"id": "a", "version": 1, "n": 2}, {"id": "b", "version": 1, "n": 3}]
    assert {key: value["n"] for key, value in latest(lines).items()} == {"a": 1, "b": 3}


def test_text_f1() -> None:
    assert text_f1("one two three four five", "one two three four five") == 1.0
    assert text_f1("one two three four", "five six seven eight") == 0.0
    assert text_f1(None, "one two") == 0.0
    assert text_f1(None, None) == 1.0
    assert 0 < text_f1("a b c d e f", "a b c d e x") < 1
