"""Databases of records for data sets."""

from __future__ import annotations

import random
from collections.abc import Iterable

from sqlalchemy.engine import Connection

from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record
from newscrawl.records import faults, normalize
from newscrawl.storage.records import store_record
from newscrawl.text import content_hash
from newscrawl.urls import record_id

RUN = "run0"
WORDS = "river council market harbour bridge season letter winter garden engine mayor station".split()


def made(number: int, rng: random.Random, *, rich: bool = True) -> Record:
    """A record. *rich*: with values in most fields; else most columns are null."""
    url = f"https://aggregator.test/{number}/"
    text = " ".join(rng.choices(WORDS, k=rng.randint(5, 80))) + f" {number}"
    record = Record(id=record_id(url), url=url, title=f"Story {number}", text=text, text_source="post")
    record.outcome, record.reason = "post_only", "no_attribution"
    record.post = PostPart(site="https://aggregator.test", url=url)
    if rich:
        day = rng.randint(1, 28)
        record.published_at, record.published_precision = f"2026-{rng.randint(1, 6):02}-{day:02}T08:00:00Z", "minute"
        record.outcome, record.reason, record.text_source = "original", None, "original"
        record.language = rng.choice(["en", "en-GB", "de", None])
        record.authors = rng.sample(["Ann Example", "Bo 'X' Example", "=cmd|' /C calc'!A0"], rng.randint(0, 3))
        record.publisher = Publisher(name="P", domain=rng.choice(["p.test", "q.test"]), url="https://p.test")
        record.attribution = AttributionPart(original_url=f"https://p.test/{number}", phrase="x", resolved_by="link")
        record.original = OriginalPart(
            url=f"https://p.test/{number}", http_status=200, fetched_at="2026-06-30T00:00:00Z", similarity=rng.random()
        )
        tdm = rng.choice(["none", "reserved"])
        record.rights.post = {"tdm": {"value": tdm, "at": "2026-06-30T00:00:00Z"}}
        record.rights.effective = {"tdm": tdm}
        record.sources = {"text": "json-ld", "title": "opengraph"}
    normalize(record)
    assert faults(record) == []
    record.content_hash = content_hash(record.title, record.text)
    return record


def fill(connection: Connection, numbers: Iterable[int], *, seed: int = 1, rich: bool = True) -> None:
    """Store a record for each of *numbers*."""
    for number in numbers:
        store_record(connection, made(number, random.Random(f"{seed}/{number}"), rich=rich), RUN)
