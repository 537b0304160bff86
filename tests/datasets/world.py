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


#: Strings that break readers: of CSV, JSON, SQL, spreadsheets, terminals.
NASTY = (
    "=cmd|' /C calc'!A0", '"', "a,b;c", "'", "\t", "line\nbreak", "NULL", "null", "nan", "[]", "{}", "\\N", "\\", "%s",
    "\u202eright", "e\u0301", "\U0001f600", "\ufeffx", "01", "1e5", "true", "2026-01-01", "\x00", "\ud800", "'; DROP--",
    "",
)  # fmt: skip


def nasty(number: int, rng: random.Random) -> Record:
    """A record whose every text is one of `NASTY`, or made of some."""
    record = made(number, rng)

    def some() -> str:
        return " ".join(rng.choices(NASTY, k=rng.randint(1, 3)))

    record.title, record.section, record.summary, record.text = some() + "t", some(), some(), some() + "x"
    record.authors, record.tags = [some() for _ in range(rng.randint(0, 4))], [some()]
    record.image_url, record.language = some(), rng.choice([None, "en"])
    record.publisher = rng.choice([None, Publisher(name=some(), domain=rng.choice([None, "p.test"]), url=some())])
    assert record.post is not None
    record.post.title, record.post.author, record.post.surface = some(), some(), rng.choice([None, "rest"])
    record.post.categories, record.post.published_at = [some(), some()], rng.choice([None, "2026-02-03T04:05:06Z"])
    record.post.displayed_views = rng.choice([None, 0, -1, 2**53 - 1])
    record.original = rng.choice([None, record.original])
    record.attribution = rng.choice([None, record.attribution])
    signal = {"value": some() + "v", "at": "2026-06-30T00:00:00Z", "source": some() + "s"}
    record.rights.post = rng.choice([{}, {"licence": signal, "tdm": {"value": "open", "at": "2026-06-30T00:00:00Z"}}])
    record.rights.effective = rng.choice([{}, {"tdm": "reserved"}, {"ai_train": "no", "licence": some() + "l"}])
    record.sources = {"title": some() + "s", "text": "html", "summary": "meta"}
    normalize(record)
    assert faults(record) == []
    record.content_hash = content_hash(record.title, record.text)
    return record


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
