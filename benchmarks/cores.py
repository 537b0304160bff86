"""``python -m benchmarks.cores``: how much faster two cores crawl than one, where extraction is the bound.

The same 400 pages, no delay: in one process that is held to one core, then with workers and two cores, in turns. What
is compared is the clock from the first request for a page to the last: a start takes one core as long as two. The
server of the pages runs beside both, and costs the crawl on two cores what it takes of the second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common import SHARED, write_result
from benchmarks.speed import POSTS_EACH, newscrawl
from benchmarks.speed_world import Served, World, make_pages, serve

GOAL = 1.7
WORKERS = 2


@contextmanager
def held_to(cores: set[int]) -> Iterator[None]:
    """Let what is started in the block run on *cores* alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def seconds(served: Served, cores: set[int], workers: int) -> float:
    """Seconds a record from the first request of a crawl for a page to the last."""
    with tempfile.TemporaryDirectory() as folder, held_to(cores):
        run = newscrawl(served, Path(folder), workers=workers)
    pages = [at for at, host, _ in served.requests() if not host.startswith("agg.")]
    return (max(pages) - min(pages)) / run.records


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl in turns, print, write ``results/cores.json``; 0 where the goal is reached."""
    parser = argparse.ArgumentParser(prog="benchmarks.cores")
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        print("skipped: one core", file=sys.stderr)
        return 0
    real = (SHARED / "data" / "pages").is_dir()
    pages = make_pages(options.pages, real=real)
    one: list[float] = []
    two: list[float] = []
    with serve(World(pages, max(1, len(pages) // POSTS_EACH))) as served:
        for _ in range(options.runs):
            one.append(seconds(served, {cores[0]}, 0))
            two.append(seconds(served, set(cores), WORKERS))
            print(f"one core {1000 * one[-1]:.1f} ms a record, two {1000 * two[-1]:.1f}", flush=True)
    ratios = [a / b for a, b in zip(one, two, strict=True)]
    figures = {
        "ratio": round(statistics.median(ratios), 3),
        "goal": GOAL,
        "ratios": [round(ratio, 3) for ratio in ratios],
        "ms_a_record": {
            "one core": [round(1000 * one_, 1) for one_ in one],
            "two cores": [round(1000 * two_, 1) for two_ in two],
        },
        "pages": len(pages),
        "real_pages": real,
    }
    print(json.dumps(figures))
    write_result("cores", figures, seeds=[1])
    return 0 if figures["ratio"] >= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
