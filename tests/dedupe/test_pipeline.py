"""The step that a reader sees: fingerprints made and counted, and which records feeds are not given."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from scrapy.utils.test import get_crawler

from newscrawl.items import Record, StoredRecord
from newscrawl.records import left_out_for
from pipelines.dedupe import DedupePipeline
from tests.ledger.helpers import record


def counted(*items: object) -> dict[str, object]:
    crawler = get_crawler()
    pipeline = DedupePipeline.from_crawler(crawler)
    for item in items:
        assert asyncio.run(pipeline.process_item(item)) is item
    assert crawler.stats is not None
    return {name: value for name, value in crawler.stats.get_stats().items() if "dedupe" in name}


def test_texts_are_counted_by_how_they_are_compared() -> None:
    long = " ".join(f"w{n}" for n in range(30_000))
    assert counted(record("a", "short"), record("b", "word " * 30), record("c", long), record("d", None)) == {
        "newscrawl/dedupe/short_texts": 1,
        "newscrawl/dedupe/texts": 2,
        "newscrawl/dedupe/long_texts": 1,
        "newscrawl/dedupe/passages_left_out": counted(record("c", long))["newscrawl/dedupe/passages_left_out"],
    }


def test_what_is_not_ours_or_stored_passes() -> None:
    assert counted({"a": 1}, StoredRecord.of(record("a", "word " * 30))) == {}


@pytest.mark.parametrize(
    ("marks", "left_out"),
    [
        ({}, {}),
        ({"duplicate_of": "1"}, {"drop": "1", "drop-near": "1"}),
        ({"cluster_id": "2"}, {"drop-near": "2"}),
        ({"duplicate_of": "1", "cluster_id": "2"}, {"drop": "1", "drop-near": "2"}),
        ({"contained_in": "3"}, {}),
    ],
    ids=str,
)
def test_what_feeds_are_not_given(marks: dict[str, str], left_out: dict[str, str]) -> None:
    made: Record = record("a")
    made = replace(made, **{"cluster_id": made.id, **marks})
    assert {name: found for name in ("mark", "drop", "drop-near") if (found := left_out_for(made, name))} == left_out
