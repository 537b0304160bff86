"""How good the time that progress tells is: each estimate beside what the work took yet.

Usage: python -m benchmarks.progress [--only CASE] [--seeds FROM-TO] [--no-write]

Crawls of the demo's world at several paces and by several surfaces, crawls of worlds that differ by seed
(`benchmarks.progress_world`: other publishers, skew, posts, delays, failures, answer times, hosts that ask for patience
or are down, limits, another crawl at the same time), an export, a rebuild of clusters and the demo, each as a command
whose lines of progress are read. What tells the time was made and looked at on worlds below 540; those that are
measured here begin there. Some of what the worlds before showed: hosts which are down were counted with all of their
posts (325), the posts beyond a limit too (331, 341, 342), a page of a list that had to wait once stood for all others
(501), and what workers take to load for the pace of the crawl (405, 406).

`quarter_error` is the error, as a share of the time that was really left, of the first estimate told when a quarter of
the posts had their record; `median_error` and `worst_error` are those from a quarter to three quarters.
`first_line_seconds` and `first_seconds` are when the first line of progress and the first one with a time came, counted
from the start of the process. `open`: the list does not say how long it is, and the line says "perhaps".
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import ROOT, write_result
from benchmarks.progress_world import Kind, draw, serve_varied
from newscrawl.demo.run import crawl_command, crawl_environment
from newscrawl.demo.server import serve
from newscrawl.demo.world import EPOCH, build_world, iso

SEED = 5
#: Worlds that are crawled: posts, seconds between two requests to a host, surface.
CRAWLS: dict[str, tuple[int, float, str]] = {
    "polite, REST": (220, 1.0, "rest"),
    "polite, feed": (150, 1.0, "feed"),
    "polite, archive pages": (120, 0.5, "archive"),
    "quick, REST": (400, 0.05, "rest"),
    "quick, sitemap": (150, 0.2, "sitemap"),
}
RECORDS = 60_000
#: How the names of the cases begin that are no crawls.
COMMANDS = ("export", "rebuild", "demo")
#: Worlds that differ, measured where no others are asked for.
SEEDS = range(540, 550)
_LINE = re.compile(
    r"(?P<done>[\d,]+) of (?:at least )?(?P<total>[\d,]+) \w+, \d+ %, (?P<how>about|at least|perhaps) (?P<left>.+) left"
)
_PROGRESS = re.compile(r"\[newscrawl\.progress\]|newscrawl: .*(?:records|posts)")
_UNITS = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}


def seconds(span: str) -> float:
    """What `format_span` wrote, as seconds."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+) (d|h|min|s)\b", span))


@dataclass(frozen=True, slots=True)
class Told:
    """One estimate: seconds since the start, pieces done, seconds left, and whether the list has no known length."""

    at: float
    done: int
    left: float
    open: bool


def watch(command: Sequence[str]) -> dict[str, Any]:
    """Run *command* and compare what it tells with how long it took."""
    load = os.getloadavg()[0]
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=crawl_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    told: list[Told] = []
    first_line, last, whole = None, "", 0
    for line in process.stderr:
        at, last = time.monotonic() - began, line.strip()
        if first_line is None and _PROGRESS.search(line):
            first_line = at
        found = _LINE.search(line)
        if found is not None:
            done, whole = (int(found[name].replace(",", "")) for name in ("done", "total"))
            told.append(Told(at, done, seconds(found["left"]), found["how"] == "perhaps"))
    status = process.wait()
    took = time.monotonic() - began
    return {
        "seconds": round(took, 1),
        "load": round(load, 1),
        "first_line_seconds": None if first_line is None else round(first_line, 1),
        "first_seconds": round(told[0].at, 1) if told else None,
        **_errors(told, took, whole),
        "status": status,
        "last_line": last[-200:],
        "told": [[round(one.at, 1), one.done, one.left, round(took - one.at, 1)] for one in told[::3]],
    }


def _watch_in(_folder: Path, command: Sequence[str]) -> dict[str, Any]:
    return watch(command)


def _errors(told: Sequence[Told], took: float, whole: int) -> dict[str, Any]:
    """How far the estimates were from the truth, once a quarter of the *whole* was done."""
    quarter = next((one for one in told if one.done >= whole / 4), None)
    if quarter is None:
        return {"at_a_quarter": None, "quarter_error": None}
    really = took - quarter.at
    # The last seconds are those of closing; an error of a second or two is none.
    middle = sorted(
        abs(one.left - left) / left
        for one in told
        if whole / 4 <= one.done <= 3 * whole / 4 and (left := took - one.at) > 4
    )
    return {
        "at_a_quarter": {"told": quarter.left, "really": round(really, 1)},
        "open": quarter.open,
        "quarter_error": round((quarter.left - really) / really, 2),
        "median_error": round(middle[len(middle) // 2], 2) if middle else None,
        "worst_error": round(middle[-1], 2) if middle else None,
    }


def crawl(folder: Path, posts: int, delay: float, surface: str) -> dict[str, Any]:
    """A crawl of the demo's world with *posts* posts."""
    with serve(build_world(seed=SEED, posts=posts)) as server:
        command = crawl_command(
            server, folder / "crawl.db", folder / "crawl.jsonl", arguments={"surface": surface},
            DOWNLOAD_DELAY=delay, LOGSTATS_INTERVAL=1,
        )  # fmt: skip
        return watch(command)


def crawl_varied(folder: Path, kind: Kind) -> dict[str, Any]:
    """A crawl of the world that *kind* describes."""
    arguments = {"surface": kind.surface, **({"limit": str(kind.limit)} if kind.limit else {})}
    with serve_varied(kind) as server:
        if kind.since_share is not None:
            since = EPOCH - dt.timedelta(days=server.world.days * kind.since_share)
            arguments |= {"since": iso(since), "until": iso(EPOCH)}
        command = crawl_command(
            server, folder / "crawl.db", folder / "crawl.jsonl", arguments=arguments,
            DOWNLOAD_DELAY=kind.delay, LOGSTATS_INTERVAL=1,
        )  # fmt: skip
        with _beside(folder / "beside") if kind.beside else nullcontext():
            return {"world": str(kind), **watch(command)}


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Another site is crawled while the block runs."""
    folder.mkdir()
    with serve(build_world(seed=SEED, posts=400)) as server:
        command = crawl_command(server, folder / "crawl.db", folder / "crawl.jsonl", DOWNLOAD_DELAY=0.5)
        process = subprocess.Popen(
            command, cwd=ROOT, env=crawl_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def spread(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The errors at a quarter of all worlds that differ, those of open lists apart."""
    found: dict[str, Any] = {}
    for name, is_open in (("known length", False), ("open lists", True)):
        errors = sorted(
            (
                one["quarter_error"]
                for one in figures.values()
                if one["quarter_error"] is not None and one["open"] == is_open
            ),
            key=abs,
        )
        if errors:
            found[name] = {
                "worlds": len(errors),
                "within_30_percent": sum(abs(error) <= 0.3 for error in errors),
                "median": round(median(map(abs, errors)), 2),
                "worst": errors[-1],
            }
    return found


def commands(folder: Path) -> dict[str, list[str]]:
    """An export and a rebuild of `RECORDS` made-up records, and the demo; a line each second."""
    from benchmarks.export import fill

    database = folder / "records.db"
    fill(database, RECORDS)
    program = (
        "import sys, newscrawl.progress.display as d; d.Lines.__init__.__kwdefaults__.update(every=1.0); "
        "from scrapy.cmdline import execute; execute(['scrapy', *sys.argv[1:]])"
    )
    base = [sys.executable, "-c", program]
    option = ["-s", f"NEWSCRAWL_DATABASE=sqlite:///{database}"]
    return {
        "export, jsonl": [*base, "export", "-o", str(folder / "out.jsonl"), *option],
        "export, parquet": [*base, "export", "-o", str(folder / "out.parquet"), *option],
        "rebuild": [*base, "dedupe", "--rebuild", *option],
        "demo": [*base, "demo", "--posts", "400", "--data", str(folder / "demo")],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="a case by the beginning of its name; may be repeated")
    parser.add_argument("--seeds", help="worlds that differ: from-to, both included (540-549 unless given)")
    parser.add_argument("--no-write", action="store_true", help="print alone")
    options = parser.parse_args()
    seeds = SEEDS
    if options.seeds:
        least, most = options.seeds.split("-")
        seeds = range(int(least), int(most) + 1)

    def wanted(name: str) -> bool:
        return not options.only or any(name.startswith(one) for one in options.only)

    figures: dict[str, Any] = {}
    with TemporaryDirectory(prefix="newscrawl-bench-") as made:

        def measure(name: str, run: Callable[[Path], dict[str, Any]]) -> None:
            if wanted(name):
                folder = Path(made) / str(len(figures))
                folder.mkdir()
                figures[name] = run(folder)
                print(name, figures[name], flush=True)

        for name, (posts, delay, surface) in CRAWLS.items():
            measure(name, partial(crawl, posts=posts, delay=delay, surface=surface))
        for seed in seeds:
            measure(f"world {seed}", partial(crawl_varied, kind=draw(seed)))
        if not options.only or any(one.startswith(COMMANDS) for one in options.only):
            for name, command in commands(Path(made)).items():
                measure(name, partial(_watch_in, command=command))
    worlds = {name: one for name, one in figures.items() if name.startswith("world ")}
    if worlds:
        figures["spread over worlds"] = spread(worlds)
        print("spread", figures["spread over worlds"], flush=True)
    if not options.no_write:
        write_result("progress", figures, seeds=[SEED, *(seeds if worlds else ())])


if __name__ == "__main__":
    main()
