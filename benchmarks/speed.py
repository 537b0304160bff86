"""``make bench``: what a record costs, beside what a user would write instead, in one run.

Each crawler crawls the same world (:mod:`benchmarks.speed_world`), one after the other, several times in turn; what is
told are medians of CPU seconds of all its processes, a record, and ratios of them. The start is counted in.

    python -m benchmarks.speed [--pages 400] [--runs 3] [--only NAME ...] [--made-up] [--parts]

``--parts`` tells once more, of newscrawl in one process and of bare Scrapy, what the CPU goes to
(:mod:`benchmarks.speed_parts`): the parts add up to all that the process used, with the clocks, which cost 2 to 4 %.

Peers live in environments of their own below ``.venv-bench`` (`benchmarks/speed_peers`), which are made at the first
run; one that cannot be installed is left out, and said to be.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, SHARED, write_result
from benchmarks.speed_world import POSTS_EACH, Served, World, make_pages, serve
from newscrawl.demo.run import crawl_environment

__all__ = ["main"]

PEERS = ROOT / "benchmarks" / "speed_peers"
ENVIRONMENTS = ROOT / ".venv-bench"
REQUIREMENTS = {
    "scrapy": ("scrapy>=2.19,<2.20", "trafilatura>=2.0,<3", "lxml_html_clean"),
    "news-please": ("news-please>=1.6", "lxml_html_clean"),
    "newspaper4k": ("newspaper4k>=0.9.3", "lxml_html_clean"),
}
#: Of the slow libraries fewer pages tell as much.
MOST_READ = 60
#: Milliseconds a record below which parts are told as one.
LEAST_PART = 0.03
GOALS = {
    "against_scrapy_with_trafilatura": 0.55,
    "all_but_extraction_against_bare_scrapy": 1.3,
    "against_news_please": 0.12,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one crawler: CPU seconds of all its processes, seconds by the clock, records made."""

    cpu: float
    wall: float
    records: int
    peak_mb: float
    parts: dict[str, float]

    @property
    def each(self) -> float:
        """Milliseconds of CPU a record."""
        return 1000 * self.cpu / max(1, self.records)


def environment(name: str) -> str | None:
    """The Python of a peer's environment, made where it is not there; ``None`` where that fails."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if (folder / ".ready").exists():
        return str(python)
    print(f"setting up {name} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    steps = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", *REQUIREMENTS[name]],
    )
    for step in steps:
        if subprocess.run(step, check=False, stderr=subprocess.DEVNULL).returncode:
            print(f"{name} cannot be installed here: left out", file=sys.stderr)
            return None
    (folder / ".ready").touch()
    return str(python)


def timed(command: Sequence[str], out: Path, *, given: str = "", log: Path, endings: Sequence[int] = (0,)) -> Run:
    """Run *command* to its end; *out*: its JSON Lines; *endings*: the exit statuses that it may end with."""
    began = time.monotonic()
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, cwd=ROOT, env=crawl_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told
        )
        assert process.stdin is not None
        process.stdin.write(given.encode())
        process.stdin.close()
        # What a process used with all that it waited for: its workers, too.
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in endings:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
    records = sum(1 for line in out.read_text("utf-8").splitlines() if '"error"' not in line[:2000])
    return Run(used.ru_utime + used.ru_stime, time.monotonic() - began, records, used.ru_maxrss / 1024, {})


def newscrawl(
    served: Served,
    folder: Path,
    *,
    workers: int,
    settings: dict[str, Any] | None = None,
    endings: Sequence[int] = (0,),
) -> Run:
    """Our own: REST, originals with the post as witness, join, SQLite, JSON Lines."""
    from newscrawl.settings import EXTENSIONS

    given = {
        "NEWSCRAWL_HOST_OVERRIDES": json.dumps({f"*.test:{served.port}": f"127.0.0.1:{served.port}"}),
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_RENDER": "never",
        "NEWSCRAWL_WORKERS": workers,
        "DOWNLOAD_DELAY": 0,
        "LOG_LEVEL": "INFO",
        "EXTENSIONS": json.dumps({**EXTENSIONS, "benchmarks.speed_meter.CpuMeter": 0}),
        "CPU_FILE": folder / "cpu.json",
        **(settings or {}),
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "wordpress", "-O", str(folder / "out.jsonl")]
    command += ["-a", f"site=http://agg.test:{served.port}", "-a", "since=all"]
    command += [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
    run = timed(command, folder / "out.jsonl", log=folder / "log", endings=endings)
    found = json.loads((folder / "cpu.json").read_text())
    parts = {
        "start": found["start"],
        "writer": found.get("writer", 0.0),
        "reactor": found["main"] - found["start"] - found.get("writer", 0.0),
        "workers_and_end": run.cpu - found["main"],
    }
    return Run(run.cpu, run.wall, run.records, found["peak_mb"], parts)


def scrapy(served: Served, folder: Path, kind: str, settings: dict[str, Any] | None = None) -> Run:
    """The plain spider; *kind*: ``trafilatura`` or ``bare``."""
    python = environment("scrapy")
    assert python is not None
    given = [json.dumps(settings)] if settings is not None else []
    command = [python, str(PEERS / "plain.py"), str(served.port), str(folder / "out.jsonl"), kind, *given]
    return timed(command, folder / "out.jsonl", log=folder / "log")


def reader(served: Served, folder: Path, name: str) -> Run:
    """A library that asks and reads by itself."""
    python = environment(name)
    assert python is not None
    posts = range(min(MOST_READ, len(served.world.pages)))
    addresses = "\n".join(served.world.peer_url(post) for post in posts)
    command = [python, str(PEERS / "readers.py"), name, str(folder / "out.jsonl")]
    return timed(command, folder / "out.jsonl", given=addresses, log=folder / "log")


def extraction(served: Served) -> float:
    """Milliseconds of CPU that one call of `extract` takes, the models loaded: in a process of its own."""
    from newscrawl.extraction import extract, preload

    preload()
    pages = served.world.pages
    began = time.process_time()
    for number, page in enumerate(pages):
        extract(page.body, served.world.peer_url(number), encoding="utf-8", witness="\n\n".join(page.paragraphs))
    return 1000 * (time.process_time() - began) / len(pages)


def parts(served: Served) -> dict[str, dict[str, float]]:
    """Milliseconds of CPU a record by part, of newscrawl in one process and of bare Scrapy."""
    from newscrawl.settings import EXTENSIONS

    meter = {"benchmarks.speed_parts.Parts": 0}
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "parts.json"
        extensions = {**EXTENSIONS, "benchmarks.speed_meter.CpuMeter": 0, **meter}
        given = {"EXTENSIONS": json.dumps(extensions), "PARTS_FILE": file}
        run = newscrawl(served, folder, workers=0, settings=given)
        found["newscrawl, one process"] = _each(file, run.records)
        settings = {"DOWNLOAD_DELAY": 0, "EXTENSIONS": meter, "PARTS_FILE": str(file)}
        run = scrapy(served, folder, "bare", settings)
        found["Scrapy bare"] = _each(file, run.records)
    served.requests()
    for crawler, each in found.items():
        print(f"{crawler}: {sum(each.values()):.1f} ms a record")
        for part, spent in each.items():
            print(f"{spent:8.2f} {part}")
    return found


def _each(file: Path, records: int) -> dict[str, float]:
    told: dict[str, tuple[float, int]] = json.loads(file.read_text("utf-8"))
    each = {part: round(spent / max(1, records), 2) for part, (spent, _) in told.items()}
    small = round(sum(spent for spent in each.values() if spent < LEAST_PART), 2)
    return {**{part: spent for part, spent in each.items() if spent >= LEAST_PART}, "smaller parts": small}


Crawler = Callable[[Served, Path], Run]
CRAWLERS: dict[str, Crawler] = {
    "newscrawl, one process": lambda served, folder: newscrawl(served, folder, workers=0),
    "newscrawl, one worker": lambda served, folder: newscrawl(served, folder, workers=1),
    "Scrapy with trafilatura": lambda served, folder: scrapy(served, folder, "trafilatura"),
    "Scrapy bare": lambda served, folder: scrapy(served, folder, "bare"),
    "news-please": lambda served, folder: reader(served, folder, "news-please"),
    "newspaper4k": lambda served, folder: reader(served, folder, "newspaper4k"),
}
NEEDS = {
    "Scrapy with trafilatura": "scrapy",
    "Scrapy bare": "scrapy",
    "news-please": "news-please",
    "newspaper4k": "newspaper4k",
}


def compare(served: Served, names: Sequence[str], runs: int) -> dict[str, list[Run]]:
    """*runs* of each crawler, in turn."""
    found: dict[str, list[Run]] = {name: [] for name in names}
    for turn in range(runs):
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                run = CRAWLERS[name](served, Path(folder))
            served.requests()
            found[name].append(run)
            print(
                f"{turn + 1}/{runs} {name:<26} {run.each:7.1f} ms a record, {run.records} records, {run.wall:5.1f} s",
                flush=True,
            )
    return found


def _ratio(found: dict[str, float], one: str, other: str) -> float | None:
    return round(found[one] / found[other], 3) if one in found and other in found else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write ``results/speed.json``."""
    parser = argparse.ArgumentParser(prog="benchmarks.speed", description="What a record costs, beside others.")
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", choices=list(CRAWLERS))
    parser.add_argument("--parts", action="store_true", help="what the CPU goes to, part by part")
    parser.add_argument("--made-up", action="store_true", help="made-up pages, though real ones are here")
    options = parser.parse_args(arguments)
    real = not options.made_up and (SHARED / "data" / "pages").is_dir()
    pages = make_pages(options.pages, real=real)
    world = World(pages, max(1, len(pages) // POSTS_EACH))
    names = [name for name in options.only or CRAWLERS if name not in NEEDS or environment(NEEDS[name])]
    # As `make setup` does: where Python may not write byte code, each crawl would compile what was changed since.
    for package in ("newscrawl", "spiders", "pipelines", "benchmarks"):
        compileall.compile_dir(ROOT / package, quiet=2)
    with serve(world) as served:
        found = compare(served, names, options.runs)
        extract_ms = extraction(served)
        by_part = parts(served) if options.parts else None
    each = {name: statistics.median(run.each for run in runs) for name, runs in found.items()}
    ours = "newscrawl, one process"
    rest = (each[ours] - extract_ms) / each["Scrapy bare"] if ours in each and "Scrapy bare" in each else None
    figures = {
        "pages": len(pages),
        "real_pages": real,
        "mean_bytes": round(statistics.mean(len(page.body) for page in pages)),
        "goals": GOALS,
        "against_scrapy_with_trafilatura": _ratio(each, ours, "Scrapy with trafilatura"),
        "all_but_extraction_against_bare_scrapy": None if rest is None else round(rest, 3),
        "against_news_please": _ratio(each, ours, "news-please"),
        "against_newspaper4k": _ratio(each, ours, "newspaper4k"),
        "extraction_ms": round(extract_ms, 1),
        "cpu_ms_a_record": {name: round(value, 1) for name, value in each.items()},
        "parts_ms_a_record": {
            name: {
                part: round(statistics.median(1000 * run.parts[part] / max(1, run.records) for run in runs), 1)
                for part in runs[0].parts
            }
            for name, runs in found.items()
            if runs[0].parts
        },
        "parts": by_part,
        "runs": {name: [asdict(run) for run in runs] for name, runs in found.items()},
    }
    print(json.dumps({name: value for name, value in figures.items() if name != "runs"}, indent=2))
    if not options.only:
        write_result("speed", figures, seeds=[1])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
