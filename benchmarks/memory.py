"""``python -m benchmarks.memory``: resident memory of a crawl with 64 pages of 250 KB in flight, all its processes.

128 publishers let each answer wait for a second, so that as many requests as may be are on the wire; one worker reads
what comes. The sum of the resident memory of the crawl and its workers is looked at ten times a second; pages that
processes share count in each.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import write_result
from benchmarks.speed import newscrawl
from benchmarks.speed_world import World, make_pages, serve

HOSTS = 128
POSTS = 384
IN_FLIGHT = 64
GOAL_MB = 350
_PAGE = os.sysconf("SC_PAGE_SIZE")


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                parent = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended
            found.setdefault(parent, []).append(int(one.name))
    return found


def resident_mb(without: set[int]) -> float:
    """Resident memory of all processes below this one, those *without* aside."""
    children, total = _children(), 0
    waiting = [one for one in children.get(os.getpid(), []) if one not in without]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE
        except OSError:
            continue
    return total / 2**20


class Peak:
    """The most that is resident while the block runs."""

    def __enter__(self) -> Peak:
        self.mb = 0.0
        self._without = set(_children().get(os.getpid(), []))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.mb = max(self.mb, resident_mb(self._without))

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl, print, write ``results/memory.json``; 0 below the goal."""
    parser = argparse.ArgumentParser(prog="benchmarks.memory")
    parser.add_argument("--posts", type=int, default=POSTS)
    options = parser.parse_args(arguments)
    world = World(make_pages(options.posts, real=False), HOSTS, slow=dict.fromkeys(range(HOSTS), 1.0))
    with serve(world) as served, tempfile.TemporaryDirectory() as folder, Peak() as peak:
        run = newscrawl(served, Path(folder), workers=1, settings={"CONCURRENT_REQUESTS": IN_FLIGHT})
    figures = {
        "peak_mb": round(peak.mb),
        "goal_mb": GOAL_MB,
        "in_flight": IN_FLIGHT,
        "records": run.records,
        "mean_bytes": round(sum(len(page.body) for page in world.pages) / len(world.pages)),
    }
    print(json.dumps(figures))
    write_result("memory", figures, seeds=[1])
    return 0 if peak.mb <= GOAL_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
