"""``python -m benchmarks.manners``: what the servers see of two runs on one database, and of the runs after them.

A sitemap's crawl and a crawl of three feeds run side by side with a delay of one second, and share their publishers;
then both run once more on what is new. One publisher asks for a longer delay in robots.txt. The aggregators and
publishers ask for pauses by 429 and 503, in seconds and as a date; one publisher asks for an hour. Counted are
requests that came before the servers allowed them.
"""

from __future__ import annotations

import argparse
import email.utils
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from benchmarks.common import ROOT, write_result
from benchmarks.databases import on_each_engine
from benchmarks.world import World, serve_world
from tests.crawl.harness import Crawl
from tests.site import HTML, Page

DELAY = 1.0
CRAWL_DELAYS = {"paper1.test": 2.5}
#: Seconds by which an arrival may seem early: the server's threads, not the crawl, wait for the processor.
TOLERANCE = 0.03
HOUR = 3600.0


@dataclass
class Pause:
    """One answer of *host* that asks to be left alone: at which of its requests, by which status, for how long."""

    host: str
    at_request: int
    status: int
    seconds: float
    as_date: bool = False
    since: float | None = None

    def header(self) -> str:
        """`Retry-After` in one of its forms (RFC 9110, section 10.2.3)."""
        if not self.as_date:
            return f"{self.seconds:.0f}"
        # A date has whole seconds: rounded up, so that no less is asked for.
        return email.utils.formatdate(time.time() + self.seconds + 1, usegmt=True)


@dataclass
class Pauses:
    """Answers the requests that are to be refused."""

    all: list[Pause]
    seen: dict[str, int] = field(default_factory=dict)

    def answer(self, host: str, path: str) -> Page:
        if path == "/robots.txt":
            return None
        number = self.seen[host] = self.seen.get(host, 0) + 1
        for pause in self.all:
            if pause.host == host and number == pause.at_request:
                pause.since = time.monotonic()
                return pause.status, {**HTML, "Retry-After": pause.header()}, "slow down"
        return None


def _pauses() -> Pauses:
    return Pauses(
        [
            Pause("alpha.test", 6, 429, 5.0),
            Pause("beta.test", 3, 503, 5.0, as_date=True),
            Pause("paper2.test", 2, 429, 6.0),
            Pause("paper3.test", 2, 503, 6.0, as_date=True),
            Pause("paper4.test", 1, 429, HOUR),
        ]
    )


def measure(url: URL, folder: Path) -> dict[str, Any]:
    """Two runs side by side and two after them: requests, gaps, and what came too early."""
    pauses = _pauses()
    world = World(posts=24, in_feeds=8, papers=6, crawl_delays=CRAWL_DELAYS, instead=pauses.answer)
    statuses = []
    with serve_world(world):
        crawl = Crawl(
            folder,
            None,
            **{
                **world.settings(),
                "NEWSCRAWL_DATABASE": url.render_as_string(hide_password=False),
                "DOWNLOAD_DELAY": DELAY,
                "DOWNLOAD_TIMEOUT": 30,
                "LOG_LEVEL": "WARNING",
            },
        )
        for _ in range(2):
            running = [crawl.start(*words) for words in (world.alpha_words("since=all"), world.beta_words("since=all"))]
            for process in running:
                process.communicate(timeout=600)
                statuses.append(process.returncode)
            # What the next runs find: new posts of the same publishers.
            world.posts += 6
            world.in_feeds += 2
    early = []
    least: dict[str, float] = {}
    gaps = world.gaps()
    for domain, several in gaps.items():
        for place, gap in enumerate(several):
            # robots.txt tells of its delay with its answer: up to then it is the run's own.
            wanted = CRAWL_DELAYS.get(domain, DELAY) if place >= 1 else DELAY
            if gap.seconds < wanted - TOLERANCE:
                early.append(str(gap))
        least[domain] = round(min(gap.seconds for gap in several), 3)
    for pause in pauses.all:
        if pause.since is None:
            early.append(f"{pause.host} was not asked often enough to ask for its pause")
            continue
        inside = [
            one for one in world.log if one.host == pause.host and 0 < one.at - pause.since < pause.seconds - TOLERANCE
        ]
        early += [f"{pause.host}{one.path} {one.at - pause.since:.3f} s into {pause.seconds:.0f} s" for one in inside]
    return {
        "requests": len(world.log),
        "gaps": sum(len(several) for several in gaps.values()),
        "violations": len(early),
        "which": early[:20],
        "least_gap": least,
        "statuses": statuses,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when nothing came too early."""
    argparse.ArgumentParser(prog="benchmarks.manners").parse_args(arguments)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="newscrawl-manners-") as name:
        folder = Path(name)
        for engine, make in on_each_engine(folder):
            figures[engine] = measure(make(), folder)
            print(json.dumps(figures[engine]), flush=True)
    path = write_result("manners", figures)
    print(path.relative_to(ROOT))
    return 1 if any(one["violations"] for one in figures.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
