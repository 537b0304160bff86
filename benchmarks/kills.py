"""``python -m benchmarks.kills``: kill -9 under two crawls side by side on one database, on SQLite and PostgreSQL.

One crawl reads a sitemap and asks for each post's page, the other reads three feeds, two of them of excerpts; both
follow to the same publishers. One of the two is killed at a time drawn from a seed, from its start to its end, and
started again at once, while the other goes on. After each kill, whatever was acknowledged before must be there and
the books must balance. At the end the records must be those of an undisturbed crawl, each once, and the servers' log
must show no two requests to one domain closer than the delay.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL, Engine

from benchmarks.common import ROOT, write_result
from benchmarks.databases import ENGINES, on_each_engine
from benchmarks.world import World, serve_world
from newscrawl.clock import format_time
from newscrawl.reports.status import collect_status
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import current_revision
from tests.crawl.harness import Crawl, comparable_row, without_times

KILLS = 200
#: Kills in one pair of crawls: from empty to done.
EACH = 25
DELAY = 0.25
CRAWL_DELAYS = {"paper1.test": 0.8, "paper2.test": 0.5}
#: Seconds after the last kill at which the next one comes, at most.
MOST_APART = 4.0
#: Seconds by which an arrival may be early: what one request may be slower on its way than the next.
TOLERANCE = 0.02
KINDS = ("alpha", "beta")

#: By id: the record's columns; its version and hash.
Records = dict[str, dict[str, Any]]
Acknowledged = dict[str, tuple[int, str]]


@dataclass
class Series:
    """What one pair of crawls came to."""

    engine: str
    seed: int
    kills: int = 0
    starts: int = 0
    #: Kills by how far the work was: nothing listed, listed, half, later.
    progress: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    unbalanced: int = 0
    missing: int = 0
    surplus: int = 0
    different: int = 0
    delivered_twice: int = 0
    versions: int = 0
    requests: int = 0
    asked_again: int = 0
    gaps: int = 0
    too_early: int = 0
    #: Gaps whose first request the kernel noted, so that none of them seems shorter than it was.
    exact: int = 0
    #: Gaps that were noted as too short while the server did not get the processor: the first request came earlier.
    unsure: int = 0
    least_gap: float | None = None
    early: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def sound(self) -> bool:
        """Whether all holds."""
        names = ("lost", "unbalanced", "missing", "surplus", "different", "delivered_twice", "versions", "too_early")
        return not any(getattr(self, name) for name in names) and not self.faults


class Books:
    """A database, looked at from outside while crawls run."""

    def __init__(self, url: URL) -> None:
        self.engine: Engine = open_engine(url)

    def _ready(self) -> bool:
        return current_revision(self.engine) is not None

    def acknowledged(self) -> Acknowledged:
        """Version and hash of each record, by id."""
        if not self._ready():
            return {}
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT id, version, content_hash FROM records"))
            return {row.id: (row.version, row.content_hash) for row in rows}

    def records(self) -> Records:
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(text("SELECT * FROM records")).mappings()]
        return {row["id"]: comparable_row({name: _decoded(value) for name, value in row.items()}) for row in rows}

    def versions(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM versions")).scalar_one())

    def balanced(self) -> bool:
        if not self._ready():
            return True
        with self.engine.connect().execution_options(newscrawl_readonly=True) as connection:
            return bool(collect_status(connection)["balanced"])

    def close(self) -> None:
        self.engine.dispose()


def _decoded(value: Any) -> Any:
    """A column's value, without the times in it; SQLite has text where PostgreSQL has JSON and moments."""
    if isinstance(value, dt.datetime):
        return format_time(value)
    if isinstance(value, str) and value[:1] in ("{", "["):
        value = json.loads(value)
    return without_times(value)


def _settings(world: World, url: URL) -> dict[str, Any]:
    return {
        **world.settings(),
        "NEWSCRAWL_DATABASE": url.render_as_string(hide_password=False),
        "DOWNLOAD_DELAY": DELAY,
        "DOWNLOAD_TIMEOUT": 30,
        "LOG_LEVEL": "WARNING",
    }


def _words(world: World, kind: str) -> list[str]:
    return world.alpha_words("since=all") if kind == "alpha" else world.beta_words("since=all")


def _run_both(world: World, crawl: Crawl) -> list[str]:
    """Both crawls side by side to their ends; what went wrong."""
    running = {kind: crawl.start(*_words(world, kind)) for kind in KINDS}
    faults = []
    for kind, process in running.items():
        _, err = process.communicate(timeout=600)
        if process.returncode != 0:
            faults.append(f"{kind} ended with {process.returncode}: {err.strip()[-400:]}")
    return faults


def _undisturbed(world: World, folder: Path) -> tuple[Records, Counter[str]]:
    url = URL.create("sqlite", database=str(folder / "newscrawl.db"))
    folder.mkdir(parents=True)
    began = len(world.log)
    faults = _run_both(world, Crawl(folder, None, **_settings(world, url)))
    assert not faults, faults
    books = Books(url)
    records = books.records()
    books.close()
    return records, Counter(asked.host + asked.path for asked in world.log[began:])


def _lost(before: Acknowledged, now: Acknowledged) -> list[str]:
    """What was acknowledged and is there no more, as it was or in a later version."""
    return [one for one, was in before.items() if one not in now or (now[one] != was and now[one][0] <= was[0])]


def _where(done: int, whole: int) -> str:
    share = done / whole
    return "none" if not done else "first half" if share < 0.5 else "second half" if share < 1 else "all"


def kill_series(world: World, folder: Path, url: URL, seed: int, kills: int, whole: Records) -> Series:
    """A pair of crawls with at most *kills* kills, then to the end, held against *whole*."""
    folder.mkdir(parents=True)
    rng = random.Random(f"kills/{seed}")
    crawl, books = Crawl(folder, None, **_settings(world, url)), Books(url)
    series = Series(books.engine.dialect.name, seed)
    began = len(world.log)
    running: dict[str, subprocess.Popen[str]] = {}
    over: set[str] = set()
    seen: Acknowledged = {}
    try:
        while len(over) < len(KINDS):
            for kind in KINDS:
                if kind not in running and kind not in over:
                    running[kind] = crawl.start(*_words(world, kind))
                    series.starts += 1
            victim = rng.choice(sorted(running)) if series.kills < kills else None
            pause = rng.uniform(0.0, MOST_APART) if victim else 0.2
            until = time.monotonic() + pause
            while time.monotonic() < until and all(one.poll() is None for one in running.values()):
                time.sleep(0.01)
            if victim is not None and running[victim].poll() is None and time.monotonic() >= until:
                running[victim].kill()
                running.pop(victim).communicate()
                series.kills += 1
                now = books.acknowledged()
                where = _where(len(now), len(whole))
                series.progress[where] = series.progress.get(where, 0) + 1
                series.lost += sum(
                    one not in now or (now[one] != was and now[one][0] <= was[0]) for one, was in seen.items()
                )
                series.unbalanced += not books.balanced()
                seen = now
            for kind in [kind for kind, one in running.items() if one.poll() is not None]:
                process = running.pop(kind)
                _, err = process.communicate()
                if process.returncode != 0:
                    series.faults.append(f"{kind} ended with {process.returncode}: {err.strip()[-400:]}")
                    if len(series.faults) > 10:
                        return series
                elif series.kills >= kills or kind in over or rng.random() < 0.5:
                    over.add(kind)
        _compare(world, crawl, books, series, whole, began)
    finally:
        for process in running.values():
            process.kill()
            process.communicate()
        books.close()
    return series


def _compare(world: World, crawl: Crawl, books: Books, series: Series, whole: Records, began: int) -> None:
    series.faults += _run_both(world, crawl)  # finds nothing to do
    records = books.records()
    series.missing = len(whole.keys() - records.keys())
    series.surplus = len(records.keys() - whole.keys())
    for one in sorted(whole.keys() & records.keys()):
        if whole[one] != records[one]:
            series.different += 1
            names = [name for name in whole[one] if records[one].get(name) != whole[one][name]]
            if series.different <= 3:
                told = {name: (str(whole[one][name])[:80], str(records[one].get(name))[:80]) for name in names[:3]}
                series.faults.append(f"{one} differs: {told}")
    series.versions = books.versions()
    if not books.balanced():
        series.unbalanced += 1
    requests = Counter(asked.host + asked.path for asked in world.log[began:])
    series.requests = sum(requests.values())
    pages = {name: number for name, number in requests.items() if not name.endswith((".txt", ".xml", ".json"))}
    series.asked_again = sum(number - 1 for number in pages.values())
    for domain, gaps in world.gaps(began).items():
        # robots.txt tells of its delay with its answer: up to then it is the run's own.
        wanted = CRAWL_DELAYS.get(domain, DELAY)
        least = [(wanted if place >= 2 else DELAY) - TOLERANCE for place in range(len(gaps))]
        early = [gap for gap, seconds in zip(gaps, least, strict=True) if gap.at_most < seconds]
        series.gaps += len(gaps)
        series.exact += sum(gap.first.exact and gap.second.exact for gap in gaps)
        series.unsure += sum(gap.seconds < seconds for gap, seconds in zip(gaps, least, strict=True)) - len(early)
        series.too_early += len(early)
        series.early += [str(gap) for gap in early[:3]]
        series.least_gap = round(min([gap.seconds for gap in gaps] + [series.least_gap or 9.0]), 3)
    feed = crawl.folder / "all.jsonl"
    for kind in KINDS:
        done = crawl.run(*_words(world, kind), "-a", "deliver=all", "-o", str(feed), timeout=600)
        if done.status != 0:
            series.faults.append(f"deliver=all ended with {done.status}: {done.err[-300:]}")
    ids = Counter(json.loads(line)["id"] for line in feed.read_text().splitlines())
    series.delivered_twice = sum(number - 1 for number in ids.values())
    if ids.keys() != whole.keys():
        series.faults.append(f"{len(ids.keys() ^ whole.keys())} records are not delivered")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when all holds."""
    parser = argparse.ArgumentParser(prog="benchmarks.kills")
    parser.add_argument("--kills", type=int, default=KILLS, help="on each engine")
    parser.add_argument("--each", type=int, default=EACH, help="in one pair of crawls")
    parser.add_argument("--seed", type=int, default=501, help="of the first pair; the next ones count up")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    options = parser.parse_args(arguments)
    done: list[Series] = []
    with (
        tempfile.TemporaryDirectory(prefix="newscrawl-kills-") as name,
        serve_world(World(crawl_delays=CRAWL_DELAYS)) as world,
    ):
        folder = Path(name)
        whole, _ = _undisturbed(world, folder / "whole")
        print(f"undisturbed: {len(whole)} records", flush=True)
        for engine, make in on_each_engine(folder, options.engine or ENGINES):
            seed, left = options.seed, options.kills
            while left > 0:
                place = folder / f"{engine}-{seed}"
                series = kill_series(world, place, make(), seed, min(options.each, left), whole)
                done.append(series)
                print(json.dumps(asdict(series)), flush=True)
                left, seed = left - max(1, series.kills), seed + 1
    figures = {engine: _figures([one for one in done if one.engine == engine]) for engine in ENGINES}
    name = f"kills_{options.engine[0]}" if options.engine and len(options.engine) == 1 else "kills"
    path = write_result(name, {**figures, "series": [asdict(one) for one in done]}, seeds=[one.seed for one in done])
    print(json.dumps(figures, indent=2), path.relative_to(ROOT))
    return 0 if all(one.sound() for one in done) else 1


def _figures(done: list[Series]) -> dict[str, Any]:
    progress: Counter[str] = sum((Counter(one.progress) for one in done), Counter())
    names = ("kills", "starts", "lost", "unbalanced", "missing", "surplus", "different", "delivered_twice", "versions")
    return {
        **{
            name: sum(getattr(one, name) for one in done)
            for name in (*names, "requests", "asked_again", "gaps", "exact", "too_early", "unsure")
        },
        "least_gap": min((one.least_gap for one in done if one.least_gap is not None), default=None),
        "progress": dict(progress),
        "not_sound": [one.seed for one in done if not one.sound()],
    }


if __name__ == "__main__":
    raise SystemExit(main())
