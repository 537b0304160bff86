"""kill -9 at seeded points of a crawl's whole life, started again until it is done."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newscrawl.demo.server import DemoServer
from newscrawl.demo.world import SITE_HOST
from tests.crawl.harness import Crawl
from tests.faults.bench import (
    comparable_feed,
    count_records,
    extra_requests,
    feed_lines,
    lost,
    originals_of,
    snapshot,
    versions,
    wait_while_running,
)

__all__ = ["CONCURRENCY", "SETTINGS", "Kill", "Reference", "Series", "kill_series", "plan", "reference"]

CONCURRENCY = 32
#: A loaded machine must not look like a dead publisher; one try, so that requests can be counted.
SETTINGS: dict[str, Any] = {"DOWNLOAD_TIMEOUT": 30, "RETRY_TIMES": 0, "CONCURRENT_REQUESTS": CONCURRENCY}
PHASES = ("opening", "listing", "records", "requests", "closing")


@dataclass(frozen=True)
class Kill:
    """When to kill: ``at`` is seconds (opening), requests to the site (listing), the share that is done (records,
    requests) or nothing (closing: all records are there); ``delay`` seconds later."""

    phase: str
    at: float
    delay: float


def plan(seed: int, kills: int) -> list[Kill]:
    """*kills* points, spread over a crawl's whole life; the same for the same seed."""
    rng = random.Random(f"kills/{seed}")
    few = max(1, kills // 8)
    middle = kills - 3 * few
    shares = sorted(rng.random() for _ in range(middle))
    points = [Kill(rng.choice(("records", "requests")), share, rng.uniform(0, 0.08)) for share in shares]
    for _ in range(few):
        # Anywhere between the others: a run opens after each kill. A start takes about two seconds of CPU.
        points.insert(rng.randrange(len(points) + 1), Kill("opening", rng.uniform(0.0, 4.0), 0.0))
        points.insert(rng.randrange(len(points) + 1), Kill("listing", rng.randint(1, 4), rng.uniform(0, 0.15)))
        points.append(Kill("closing", 0.0, rng.uniform(0, 1.2)))
    return points


@dataclass
class Reference:
    """An undisturbed crawl of the same server."""

    crawl: Crawl
    records: dict[str, dict[str, Any]]
    versions: list[tuple[Any, ...]]
    delivered: dict[str, dict[str, Any]]
    requests: list[Any]
    seconds: float


def reference(folder: Path, server: DemoServer) -> Reference:
    """Crawl *server* undisturbed."""
    folder.mkdir(parents=True, exist_ok=True)
    crawl = Crawl(folder, server, **SETTINGS)
    before, began = len(server.requests), time.monotonic()
    done = crawl.crawl("since=all", timeout=600)
    seconds = time.monotonic() - began
    assert done.status == 0, done.err
    requests = server.requests[before:]
    assert crawl.crawl("since=all", "deliver=all", feed="all.jsonl", timeout=600).status == 0
    delivered = comparable_feed(list(feed_lines(folder / "all.jsonl")))
    return Reference(crawl, crawl.records(), versions(crawl.database), delivered, requests, seconds)


@dataclass
class Series:
    """What a crawl that was killed again and again came to."""

    seed: int
    kills: int = 0
    phases: dict[str, int] = field(default_factory=dict)
    starts: int = 0
    lost: int = 0
    unbalanced: int = 0
    most_leased: int = 0
    refetched: int = 0
    most_refetched_of_one: int = 0
    listings_again: int = 0
    missing: int = 0
    surplus: int = 0
    different: int = 0
    versions_differ: bool = False
    delivered_differ: int = 0
    restart_seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def sound(self) -> list[str]:
        """What does not hold; empty when all does."""
        wrong = [
            f"{name}: {getattr(self, name)}"
            for name in ("lost", "unbalanced", "missing", "surplus", "different", "versions_differ", "delivered_differ")
            if getattr(self, name)
        ]
        if self.refetched > CONCURRENCY * self.kills:
            wrong.append(f"{self.refetched} refetched for {self.kills} kills")
        return wrong + self.faults


def kill_series(folder: Path, server: DemoServer, whole: Reference, seed: int, kills: int) -> Series:
    """Crawl with *kills* kills, then to the end; compare with *whole*."""
    folder.mkdir(parents=True, exist_ok=True)
    crawl, series = Crawl(folder, server, **SETTINGS), Series(seed)
    began = len(server.requests)
    points = plan(seed, kills)
    spare = random.Random(f"spare/{seed}")
    while series.kills < kills:
        # A run may end before its kill; what is left is made up for while later runs open.
        point = points.pop(0) if points else Kill("opening", spare.uniform(0.0, 4.0), 0.0)
        _one(crawl, server, whole, point, series, began)
    done = crawl.crawl("since=all", timeout=600)
    series.starts += 1
    if done.status != 0:
        series.faults.append(f"the last run ended with {done.status}: {done.err[-500:]}")
    asked = server.requests[began:]
    again = crawl.crawl("since=all", "deliver=all", feed="all.jsonl", timeout=600)
    if again.status != 0:
        series.faults.append(f"deliver=all ended with {again.status}: {again.err[-500:]}")
    _compare(crawl, whole, series, asked)
    return series


def _one(crawl: Crawl, server: DemoServer, whole: Reference, point: Kill, series: Series, began: int) -> None:
    before = snapshot(crawl.database).records
    since, started = len(server.requests), time.monotonic()
    process = crawl.start(*crawl.arguments("since=all"))
    series.starts += 1
    total, requests = len(whole.records), len(whole.requests)

    def due() -> bool:
        fresh = len(server.requests) - since
        if point.phase == "opening":
            return time.monotonic() - started >= point.at
        if point.phase == "listing":
            return server.count(SITE_HOST) - site >= point.at
        if point.phase == "records":
            return fresh > 0 and count_records(crawl.database) >= point.at * total
        if point.phase == "requests":
            return fresh > 0 and len(server.requests) - began >= point.at * requests
        return fresh > 0 and count_records(crawl.database) >= total

    site = server.count(SITE_HOST)
    try:
        alive = wait_while_running(process, due, timeout=300)
        if alive:
            time.sleep(point.delay)
    finally:
        process.kill()
        _, err = process.communicate()
    first = next((one for one in server.requests[since:]), None)
    if first is not None:
        series.restart_seconds.append(first.at - (time.time() - (time.monotonic() - started)))
    if process.returncode == -signal.SIGKILL:
        series.kills += 1
        series.phases[point.phase] = series.phases.get(point.phase, 0) + 1
    elif process.returncode != 0:
        series.faults.append(f"a run ended by itself with {process.returncode}: {err.strip()[-300:]}")
    if "Traceback" in err:
        series.faults.append(f"traceback: {err[err.index('Traceback') :][:600]}")
    after = snapshot(crawl.database)
    series.lost += len(lost(before, crawl.database))
    series.unbalanced += not after.balanced
    series.most_leased = max(series.most_leased, after.leased_hosts)


def _compare(crawl: Crawl, whole: Reference, series: Series, asked: list[Any]) -> None:
    records = crawl.records()
    series.missing = len(whole.records.keys() - records.keys())
    series.surplus = len(records.keys() - whole.records.keys())
    both = whole.records.keys() & records.keys()
    series.different = sum(whole.records[one] != records[one] for one in both)
    for one in sorted(both):
        if whole.records[one] != records[one]:
            columns = [name for name in records[one] if records[one][name] != whole.records[one][name]]
            ends = [(found[one]["outcome"], found[one]["reason"]) for found in (whole.records, records)]
            series.faults.append(f"{one} differs in {', '.join(columns)}: {ends}")
            break
    series.versions_differ = versions(crawl.database) != whole.versions
    feed = crawl.folder / "all.jsonl"
    delivered = comparable_feed(list(feed_lines(feed))) if feed.exists() else {}
    series.delivered_differ = sum(
        whole.delivered.get(one) != delivered.get(one) for one in whole.delivered.keys() | delivered.keys()
    )
    extra = extra_requests(originals_of(crawl.database), whole.requests, asked)
    series.refetched = sum(extra.values())
    series.most_refetched_of_one = max(extra.values(), default=0)
    listings = Counter(one.path for one in asked if one.path.startswith("/wp-json"))
    series.listings_again = sum(number - 1 for number in listings.values())
    status = crawl.status()
    if not status["balanced"] or status["posts"]["backlog"]:
        series.faults.append(f"status at the end: {status['posts']}")
    states = Counter(run["state"] for run in status["runs"])
    if states["running"]:
        series.faults.append(f"{states['running']} dead runs are still said to be running")
