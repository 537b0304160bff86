"""``python -m benchmarks.faults``: 200 seeded kills over four crawls of 512 posts, then every fault of the bench.

What is killed and what must hold: `tests/faults/kills.py`. The faults are the tests beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import ROOT, write_result
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world
from tests.faults.kills import CONCURRENCY, Series, kill_series, reference

POSTS = 512
WORLD = 11
KILLS = 200
IN_ONE_CRAWL = 50


def _series(folder: Path, number: int, each: int, first_seed: int) -> tuple[int, list[Series]]:
    """*number* kills against a server of their own, *each* in one crawl: posts of the world, what each came to."""
    done: list[Series] = []
    with serve(build_world(seed=WORLD, posts=POSTS, lengths=(150,)), slow=0.2) as server:
        whole = reference(folder / "whole", server)
        print(f"undisturbed: {len(whole.records)} records in {whole.seconds:.0f} s", flush=True)
        seed = first_seed
        while (left := number - sum(one.kills for one in done)) > 0:
            series = kill_series(folder / f"seed-{seed}", server, whole, seed, min(each, left))
            done.append(series)
            wrong = series.sound()
            print(f"seed {seed}: {series.kills} kills, {series.refetched} refetched, {wrong or 'sound'}", flush=True)
            seed += 1
    return len(whole.records), done


def kills(folder: Path, number: int, each: int, seed: int, side_by_side: int) -> tuple[dict[str, Any], list[Series]]:
    """Figures of *number* kills, *each* in one crawl, and what each crawl came to."""
    shares = [number // side_by_side + (place < number % side_by_side) for place in range(side_by_side)]
    with ThreadPoolExecutor(side_by_side) as pool:
        groups = [
            pool.submit(_series, folder / str(place), share, each, seed + 100 * place)
            for place, share in enumerate(shares)
        ]
        done = [one for group in groups for one in group.result()[1]]
        posts = groups[0].result()[0]
    phases: Counter[str] = sum((Counter(one.phases) for one in done), Counter())
    restarts = [seconds for one in done for seconds in one.restart_seconds]
    figures = {
        "kills": sum(one.kills for one in done),
        "crawls": len(done),
        "posts": posts,
        "concurrency": CONCURRENCY,
        "phases": dict(phases),
        "lost": sum(one.lost + one.missing for one in done),
        "duplicated": sum(one.surplus for one in done),
        "different": sum(one.different for one in done),
        "versions_differ": sum(one.versions_differ for one in done),
        "delivered_differ": sum(one.delivered_differ for one in done),
        "unbalanced": sum(one.unbalanced for one in done),
        "refetched": sum(one.refetched for one in done),
        "refetched_a_kill": round(sum(one.refetched for one in done) / max(1, sum(one.kills for one in done)), 2),
        "most_in_flight_at_a_kill": max((one.most_leased for one in done), default=0),
        "seconds_to_first_request_median": round(statistics.median(restarts), 2) if restarts else None,
        "not_sound": [wrong for one in done for wrong in one.sound()],
    }
    return figures, done


class _Collector:
    """What became of each test."""

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("/")[2]
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.cases[name] = {"outcome": report.outcome, "seconds": round(report.duration, 1)}
            if report.skipped and not hasattr(report, "wasxfail"):
                self.cases[name]["why"] = why
            self.cases[name].update(dict(report.user_properties))


def faults() -> dict[str, Any]:
    """Every fault of the bench, and what became of it."""
    collector = _Collector()
    folder = ROOT / "tests" / "faults"
    arguments = ["-q", "-p", "no:cacheprovider", f"--ignore={folder / 'test_kills.py'}", str(folder)]
    pytest.main(arguments, plugins=[collector])
    outcomes = Counter(one["outcome"] for one in collector.cases.values())
    return {"cases": len(collector.cases), **dict(outcomes), "each": collector.cases}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when all holds."""
    parser = argparse.ArgumentParser(prog="benchmarks.faults")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--each", type=int, default=IN_ONE_CRAWL, help="kills in one crawl")
    parser.add_argument("--seed", type=int, default=101, help="of the first crawl; the next ones count up")
    parser.add_argument("--side-by-side", type=int, default=2, metavar="N", help="crawls at the same time")
    parser.add_argument("--only", choices=("kills", "faults"))
    options = parser.parse_args(arguments)
    began = time.monotonic()
    figures: dict[str, Any] = {}
    sound, seeds = True, []
    if options.only != "faults":
        with tempfile.TemporaryDirectory(prefix="newscrawl-kills-") as name:
            figures["kill_9"], done = kills(Path(name), options.kills, options.each, options.seed, options.side_by_side)
        figures["series"] = [
            {name: value for name, value in dataclasses.asdict(one).items() if name != "restart_seconds"}
            for one in done
        ]
        seeds = [WORLD, *(one.seed for one in done)]
        sound = not figures["kill_9"]["not_sound"]
    if options.only != "kills":
        figures["faults"] = faults()
        sound = sound and not figures["faults"].get("failed", 0)
    figures["seconds"] = round(time.monotonic() - began)
    path = write_result("faults", figures, seeds=seeds)
    print({**figures.get("kill_9", {})}, path.relative_to(ROOT))
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
