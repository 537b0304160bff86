"""What a second run asks: of a site of thousands of posts, with nothing new, and with some new and changed ones.

    python -m benchmarks.incremental [--posts 5000]

Crawls the demo's world by REST with originals, then twice more, and counts requests at the server.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import write_result
from newscrawl.demo.run import crawl_command, crawl_environment, read_records
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import SITE_HOST, build_world

SEED = 31
NEW, CHANGED = 10, 5


def _crawl(server: DemoServer, folder: Path, feed: str, *, first: bool) -> tuple[int, Counter[str]]:
    before = len(server.requests)
    command = crawl_command(
        server,
        folder / "newscrawl.db",
        folder / feed,
        DOWNLOAD_DELAY=0,
        DOWNLOAD_TIMEOUT=5,
        RETRY_TIMES=0,
        LOG_LEVEL="WARNING",
    )
    if not first:
        where = command.index("since=all")
        del command[where - 1 : where + 1]
    done = subprocess.run(
        command, env=crawl_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
    asked: Counter[str] = Counter()
    for request in server.requests[before:]:
        who = "site" if request.host.startswith(SITE_HOST) else "publishers"
        asked["robots.txt" if request.path == "/robots.txt" else who] += 1
    return done.returncode, asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write ``benchmarks/results/incremental.json``; 0 where the figures are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=5_000, metavar="N")
    options = parser.parse_args(arguments)
    world = build_world(seed=SEED, posts=options.posts)
    with tempfile.TemporaryDirectory() as name, serve(world, slow=0.1) as server:
        folder = Path(name)
        first = _crawl(server, folder, "first.jsonl", first=True)
        nothing = _crawl(server, folder, "nothing.jsonl", first=False)
        world.publish(NEW)
        followed = [number for number in world.numbers() if world.case(number).outcome == "original"]
        for number in followed[:: max(1, len(followed) // CHANGED)][:CHANGED]:
            world.change(number)
        some = _crawl(server, folder, "some.jsonl", first=False)
        delivered = Counter(record["version"] for record in read_records(folder / "some.jsonl"))
    figures: dict[str, Any] = {
        "posts": options.posts,
        "first_run": {"status": first[0], "requests": dict(first[1])},
        "nothing_new": {"status": nothing[0], "requests": dict(nothing[1])},
        "new_and_changed": {
            "new": NEW,
            "changed": CHANGED,
            "status": some[0],
            "requests": dict(some[1]),
            "delivered_by_version": {str(version): count for version, count in sorted(delivered.items())},
        },
    }
    for title, value in figures.items():
        print(f"{title}: {value}")
    write_result("incremental", figures, seeds=[SEED])
    # Redirects and robots.txt apart: one request for each new or changed original.
    met = (
        not any((first[0], nothing[0], some[0]))
        and nothing[1] == Counter(site=1)
        and some[1]["site"] <= 3
        and some[1]["publishers"] <= NEW + CHANGED + 3
    )
    print("figures met" if met else "figures NOT met")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
