"""``python -m benchmarks.hot_path``: what a record costs between its answer and its feed, in calls of functions.

One process, no network, no clock: posts are listed, read, parked, claimed, acknowledged, joined, cleaned and stored on
a fresh SQLite database, and calls of functions (Python's and C's) are counted by step. The count is the same on every
machine and at any load, so a step that grows dearer shows. Extraction is left out, which has measures of its own.

``--keep`` writes ``results/hot_path.json``, by which `tests/test_hot_path.py` judges.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, Connection, Engine

from benchmarks.common import RESULTS, write_result
from newscrawl.demo import prose
from newscrawl.ledger.runs import OpenRun

__all__ = ["SITE", "Calls", "count", "crawl", "main"]

POSTS = 50
PUBLISHERS = 5
NEWEST = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SITE = "https://agg.test/"


@dataclass(slots=True)
class Calls:
    """Calls of functions, by step."""

    counts: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is called in the block under *name*."""
        found = 0

        def profile(_frame: Any, event: str, _argument: Any) -> None:
            nonlocal found
            if event in ("call", "c_call"):
                found += 1

        sys.setprofile(profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            self.counts[name] += found


def _texts(count: int) -> list[tuple[str, tuple[str, ...]]]:
    """Titles and paragraphs, made up."""
    made = []
    for number in range(count):
        rng = random.Random(f"hot path/{number}")
        cast = prose.Cast(rng)
        made.append(
            (
                f"{cast.places[0]} votes on bridge {number}",
                tuple(prose.paragraphs(rng, cast, language="en", words_wanted=400)),
            )
        )
    return made


def count(posts: int = POSTS) -> dict[str, float]:
    """Calls of functions a record, by step."""
    with tempfile.TemporaryDirectory() as folder:
        from newscrawl.storage.engine import open_engine
        from newscrawl.storage.migrate import ensure_schema

        engine = open_engine(URL.create("sqlite", database=str(Path(folder) / "newscrawl.db")))
        ensure_schema(engine)
        try:
            crawl(engine, 5, Calls())  # what is built, compiled and remembered once
            calls = Calls()
            crawl(engine, posts, calls, first=5)
        finally:
            engine.dispose()
    found = {name: round(number / posts, 1) for name, number in calls.counts.items()}
    return {"all": round(sum(found.values()), 1), **found}


def crawl(
    engine: Engine,
    posts: int,
    calls: Calls,
    first: int = 0,
    prepare: Callable[[Connection, OpenRun], None] = lambda connection, run: None,
) -> None:
    """List, read, acknowledge and store *posts*, counted in *calls*. *prepare*: what else the run is to find."""
    from newscrawl.crawling.loading import load
    from newscrawl.dedupe import fingerprint
    from newscrawl.extraction.result import Extraction, Kind
    from newscrawl.items import OriginalResult
    from newscrawl.join import join
    from newscrawl.ledger.claims import claim_hosts, claim_posts
    from newscrawl.ledger.hosts import GivenBack, give_back
    from newscrawl.ledger.runs import open_run
    from newscrawl.ledger.scopes import Scope
    from newscrawl.ledger.window import Window
    from newscrawl.ledger.work import Discovered, finish_original, finish_record, list_posts, park_post
    from newscrawl.posts import PostCopy
    from newscrawl.records import faults, normalize
    from newscrawl.storage.records import store_copy
    from newscrawl.storage.tables import READ
    from newscrawl.storage.writer import Writer, _Job
    from newscrawl.surfaces.parsing.content import post_text
    from newscrawl.text import content_hash
    from newscrawl.urls import canonical_url, host_of, record_id

    load()
    run = open_run(engine, spider="wordpress", scope=Scope("wordpress", SITE), arguments={})
    window = Window(run.scope.id)
    with engine.begin() as connection:
        prepare(connection, run)
    writer = Writer(engine)

    def write(step: str, jobs: Sequence[Any]) -> list[Any]:
        """What the writer's thread does with *jobs* that wait together."""
        with calls.step(step):
            writer._transact(batch := [_Job(job, (), urgent=True) for job in jobs], again=False)
        for job in batch:
            if job.error is not None:
                raise job.error
        return [job.result for job in batch]

    discovered = []
    for number, (title, paragraphs) in enumerate(_texts(first + posts)[first:], first):
        url, house = f"{SITE}2026/03/01/post-{number}/", f"https://paper{number % PUBLISHERS}.test"
        body = "\n".join(f"<p>{one}</p>" for one in paragraphs)
        said = (
            f'<p>The post <a href="{house}/2026/story-{number}">{title}</a> appeared first on <a href="{house}/">Paper'
        )
        when = (NEWEST - dt.timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        copy = PostCopy(
            site=SITE,
            url=url,
            surface="rest",
            title=title,
            published_at=when,
            published_precision="second",
            html=f"{body}{said} {number}</a>.</p>",
        )
        discovered.append(Discovered(record_id(url), url, when, None, copy.to_json(), host=READ))
    write(
        "list",
        [
            lambda c: list_posts(
                c,
                run_id=run.id,
                scope_id=run.scope.id,
                site=SITE,
                surface="rest",
                found=discovered,
                follow=True,
                cursor=None,
            )
        ],
    )
    (claimed,) = write("claim posts", [lambda c: claim_posts(c, run.id, window, posts)])
    parked = []
    for post in claimed:
        with calls.step("read"):
            copy = PostCopy.from_json(post.given)
            content = post_text(copy.html or "", base_url=copy.url)
            copy.text, copy.html = content.text, None
            copy.attributed(content.attribution)
            original = str((copy.attribution or {})["original_url"])
            values: dict[str, Any] = {
                "given": copy.to_json(),
                "original_id": record_id(canonical_url(original)),
                "url": original,
                "host": host_of(original),
            }
        parked.append((post.id, values))
    write("park", [lambda c, one=one, values=values: park_post(c, one, **values) for one, values in parked])
    works: list[Any] = []
    while len(works) < posts:
        (hosts,) = write(
            "claim hosts",
            [lambda c: claim_hosts(c, run.id, window, most=PUBLISHERS, works=5, delay=0.0, follow=True)],
        )
        some = [work for host in hosts for work in host.works]
        assert some, f"{len(works)} of {posts} works are claimed, and no more are due"
        works += some
        results = []
        for work in some:
            page = Extraction(kind=Kind.ARTICLE, text=work.witness, title="A bridge")
            when = "2026-03-01T12:00:00Z"
            results.append(
                OriginalResult(
                    id=work.id, url=work.url, reason=None, http_status=200, final_url=work.url, fetched_at=when,
                    extraction=page,
                )
            )  # fmt: skip
        write("acknowledge", [lambda c, one=one: finish_original(c, run.id, one, 250_000) for one in results])
        write(
            "give back", [lambda c, one=one: give_back(c, run.id, GivenBack(one.lease.host, wait=0.0)) for one in hosts]
        )
    (ready,) = write("claim posts", [lambda c: claim_posts(c, run.id, window, posts)])
    assert len(ready) == posts
    records = []
    for post in ready:
        with calls.step("join"):
            record = join(PostCopy.from_json(post.given), post.original)
        record.run_id, record.spider, record.crawled_at = run.id, "wordpress", "2026-03-01T12:00:00Z"
        with calls.step("clean"):
            normalize(record)
            assert not faults(record), faults(record)
            record.content_hash = content_hash(record.title, record.text)
            fingerprint(record.text or "")
        records.append(record)
    stored = write("store", [lambda c, one=one: store_copy(c, one, run.id, finish_record) for one in records])
    assert [outcome for outcome, _ in stored] == ["new"] * posts
    run.locks.release()


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, print beside what is kept, and keep it with ``--keep`` or where nothing is."""
    parser = argparse.ArgumentParser(prog="benchmarks.hot_path", description="What a record costs, in calls.")
    parser.add_argument("--keep", action="store_true", help="write results/hot_path.json anew")
    options = parser.parse_args(arguments)
    found = count()
    path = RESULTS / "hot_path.json"
    kept: dict[str, float] = json.loads(path.read_text("utf-8"))["figures"]["calls_a_record"] if path.exists() else {}
    for name, number in found.items():
        print(f"{name:<14}{number:9.1f}   kept: {kept.get(name, '-')}")
    if options.keep or not kept:
        write_result("hot_path", {"posts": POSTS, "calls_a_record": found})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
