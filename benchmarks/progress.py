"""How good the time that progress tells is: each estimate beside what the work took yet.

Usage: python -m benchmarks.progress [--only CASE] [--quick]

Crawls of the demo's world at several paces and by several surfaces, an export and a rebuild of clusters, each as a
command whose lines of progress are read. `quarter_error` is the worst error, as a share of the time that was really
left, of the estimates told between a quarter and three quarters of the work; `first_seconds` is when the first line
with a time came, counted from the start of the process.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import ROOT, write_result
from newscrawl.demo.run import crawl_command, crawl_environment
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world

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
_LINE = re.compile(
    r"(?P<done>[\d,]+) of (?:at least )?(?P<total>[\d,]+) \w+, (?P<share>\d+) %, (?:about|at least) (?P<left>.+) left"
)
_UNITS = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}


def seconds(span: str) -> float:
    """What `format_span` wrote, as seconds."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+) (d|h|min|s)\b", span))


def watch(command: Sequence[str]) -> dict[str, Any]:
    """Run *command* and compare what it tells with how long it took."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=crawl_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    told: list[tuple[float, float, float]] = []
    last = ""
    for line in process.stderr:
        found = _LINE.search(line)
        last = line.strip()
        if found is not None:
            share = int(found["done"].replace(",", "")) / max(1, int(found["total"].replace(",", "")))
            told.append((time.monotonic() - began, share, seconds(found["left"])))
    status = process.wait()
    took = time.monotonic() - began
    # The last seconds are those of closing; an error of a second or two is none.
    rows = [(at, share, left, took - at) for at, share, left in told]
    middle = [abs(left - really) / really for _, share, left, really in rows if 0.25 <= share <= 0.75 and really > 4]
    quarter = next((row for row in rows if row[1] >= 0.25), None)
    return {
        "seconds": round(took, 1),
        "first_seconds": round(rows[0][0], 1) if rows else None,
        "at_a_quarter": None if quarter is None else {"told": quarter[2], "really": round(quarter[3], 1)},
        "quarter_error": None if quarter is None else round(abs(quarter[2] - quarter[3]) / quarter[3], 2),
        "median_error": round(sorted(middle)[len(middle) // 2], 2) if middle else None,
        "worst_error": round(max(middle), 2) if middle else None,
        "status": status,
        "last_line": last[-200:],
        "told": [[round(at, 1), round(share, 2), left, round(really, 1)] for at, share, left, really in rows[::3]],
    }


def crawl(folder: Path, posts: int, delay: float, surface: str) -> dict[str, Any]:
    """A crawl of a world of *posts* posts."""
    with serve(build_world(seed=SEED, posts=posts)) as server:
        command = crawl_command(
            server, folder / "crawl.db", folder / "crawl.jsonl", arguments={"surface": surface},
            DOWNLOAD_DELAY=delay, LOGSTATS_INTERVAL=1,
        )  # fmt: skip
        return watch(command)


def commands(folder: Path) -> dict[str, list[str]]:
    """An export and a rebuild of `RECORDS` made-up records."""
    from benchmarks.export import fill

    database = folder / "records.db"
    fill(database, RECORDS)
    program = (
        "import sys, newscrawl.progress.display as d; d.EVERY = d.FIRST = 1.0; "
        "d.Lines.__init__.__kwdefaults__.update(every=1.0, first=1.0); "
        "from scrapy.cmdline import execute; execute(['scrapy', *sys.argv[1:]])"
    )
    base = [sys.executable, "-c", program]
    option = ["-s", f"NEWSCRAWL_DATABASE=sqlite:///{database}"]
    return {
        "export, jsonl": [*base, "export", "-o", str(folder / "out.jsonl"), *option],
        "export, parquet": [*base, "export", "-o", str(folder / "out.parquet"), *option],
        "rebuild": [*base, "dedupe", "--rebuild", *option],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="a case by the beginning of its name; may be repeated")
    parser.add_argument("--no-write", action="store_true", help="print alone")
    options = parser.parse_args()

    def wanted(name: str) -> bool:
        return not options.only or any(name.startswith(one) for one in options.only)

    figures: dict[str, Any] = {}
    with TemporaryDirectory(prefix="newscrawl-bench-") as made:
        for number, (name, (posts, delay, surface)) in enumerate(CRAWLS.items()):
            if wanted(name):
                folder = Path(made) / str(number)
                folder.mkdir()
                figures[name] = crawl(folder, posts, delay, surface)
                print(name, figures[name], flush=True)
        if not options.only or any(one.startswith(("export", "rebuild")) for one in options.only):
            for name, command in commands(Path(made)).items():
                if wanted(name):
                    figures[name] = watch(command)
                    print(name, figures[name], flush=True)
    if not options.no_write:
        write_result("progress", figures, seeds=[SEED])


if __name__ == "__main__":
    main()
