"""``python -m benchmarks.rendering``: 300 script pages in a row, five of which crash or hang the browser.

A real ``scrapy crawl articles`` over the demo's script pages, 15 of each of the 20 kinds, by Debian's or any other
Chromium. The 20th, 60th, 100th, 130th and 160th page that is asked for is replaced by one that kills the browser, kills
its renderer, never ends, ends never after its article is there, or eats memory. Measured: how many of the others are
stored and how well their text is read, the browser's resident memory after 50 pages and at the end, time and CPU a
page, and what is left running.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scrapy.settings import Settings

from benchmarks.common import ROOT, write_result
from newscrawl.demo.check import text_f1
from newscrawl.demo.run import crawl_environment, read_records
from newscrawl.demo.scripted import KINDS
from newscrawl.demo.server import DemoServer
from newscrawl.demo.wordpress import Answer
from newscrawl.demo.world import BLOCK, build_world
from newscrawl.rendering.finding import find_rendering

SEED = 1
PAGES = 300
HOST = "www.glassapp.test"
#: Which page in a row is a bad one, and how.
BAD = {20: "crash", 60: "renderer", 100: "hang", 130: "late_hang", 160: "swell"}
GOALS = {"lost": 0, "rss_ratio": 1.2, "left": 0, "f1": 0.98}
_SCRIPTS = {
    "crash": '<script src="/static/kill.js"></script>',
    "renderer": '<script src="/static/kill-renderers.js"></script>',
    "hang": "<script>for (;;) {}</script>",
    "late_hang": "<script>setTimeout(function () { for (;;) {} }, 300);</script>",
    "swell": "<script>var all = []; setInterval(function () { for (var n = 0; n < 4; n++) {"
    " var one = new Uint8Array(64e6); one.fill(n + 1); all.push(one); } }, 20);</script>",
}


def lines() -> dict[int, str]:
    """Command lines of all processes by their number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
    return found


def browser(place: Path) -> dict[int, str]:
    """Processes of the browser: whatever was started in its room in *place*, and below."""
    known = lines()
    parents = {}
    for pid in known:
        try:
            parents[pid] = int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, IndexError):
            continue
    found = {pid for pid, line in known.items() if f"{place}/newscrawl-browser-" in line}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return {pid: known[pid] for pid in found}


def resident(pids: Mapping[int, str]) -> int:
    """Resident bytes of *pids*, added up; the keeper is not the browser."""
    total = 0
    for pid, line in pids.items():
        if "keeper.py" in line:
            continue
        try:
            total += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            continue
    return total


class BadServer(DemoServer):
    """The demo's world, with a bad page here and there. ``shown``: documents asked for; ``bad``: which, and how."""

    shown = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.bad: dict[str, str] = {}
        self.place = Path(tempfile.gettempdir())

    async def answer(
        self, method: str, host: str, path: str, query: dict[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        if host == HOST and path.startswith("/static/kill"):
            for pid, line in browser(self.place).items():
                first = "--user-data-dir" in line and "--type=" not in line and "keeper.py" not in line
                if first if path == "/static/kill.js" else "--type=renderer" in line:
                    os.kill(pid, signal.SIGKILL)
            return Answer(200, b"", {"Content-Type": "text/javascript"})
        answer = await super().answer(method, host, path, query, headers)
        if host == HOST and path.startswith("/story/"):
            self.shown += 1
            kind = BAD.get(self.shown)
            if kind is not None:
                self.bad[path] = kind
                body = answer.body.replace(b"<head>", b"<head>" + _SCRIPTS[kind].encode())
                return Answer(answer.status, body, answer.headers)
        return answer


class Watch(threading.Thread):
    """Looks at the browser's memory four times a second: bytes by how many pages had been asked for."""

    def __init__(self, server: BadServer) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.seen: list[tuple[int, int]] = []
        self.browsers = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.25):
            pids = browser(self.server.place)
            # Two keepers for each browser; a third is one that is about to become the browser.
            self.browsers = max(self.browsers, (sum("keeper.py" in line for line in pids.values()) + 2) // 3)
            if (used := resident(pids)) > 0:
                self.seen.append((self.server.shown, used))

    def at(self, least: int, most: int) -> float:
        """Median MB between two numbers of pages."""
        found = [used for shown, used in self.seen if least <= shown <= most]
        return statistics.median(found) / 2**20 if found else 0.0


def measure(pages: int, folder: Path) -> dict[str, Any]:
    """Crawl *pages* pages into *folder*; the figures."""
    world = build_world(seed=SEED, posts=BLOCK * (pages // 20 + 1))
    numbers = [number for number in world.numbers() if world.case(number).original == "script"][:pages]
    server = BadServer(world)
    server.place = folder
    server.start()
    watch = Watch(server)
    try:
        wanted = {str(world.original_url(number)): number for number in numbers}
        urls = folder / "urls.txt"
        urls.write_text("".join(f"{url}\n" for url in wanted))
        feed, log = folder / "out.jsonl", folder / "log"
        command = [sys.executable, "-m", "scrapy", "crawl", "articles", "-a", f"urls={urls}", "-O", str(feed)]
        settings = {
            "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
            "NEWSCRAWL_HOST_OVERRIDES": server.overrides,
            "NEWSCRAWL_RENDER": "auto",
            # Nobody is disturbed on loopback. Pages of one publisher come one after the other.
            "DOWNLOAD_DELAY": 0,
        }
        for name, value in settings.items():
            command += ["-s", f"{name}={value}"]
        # Browsers of others, at the same time, are neither counted nor killed.
        environment = {**crawl_environment(), "TMPDIR": str(folder)}
        watch.start()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        with log.open("w") as errors:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=errors, check=False
            )
        took = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        time.sleep(1.0)
        left = len(browser(folder)) + len(list(folder.glob("newscrawl-browser-*")))
    finally:
        watch.over.set()
        server.stop()
    records = {record["original"]["url"]: record for record in read_records(feed) if record["original"]}
    bad = {f"http://{HOST}:{server.port}{path}": kind for path, kind in server.bad.items()}
    good = [url for url in wanted if url not in bad]
    stored = [url for url in good if url in records and records[url]["original"]["rendered"]]
    by_kind: dict[str, list[float]] = {}
    for url in stored:
        number = wanted[url]
        score = text_f1(records[url]["text"], world.expected(number, rendered=True).text)
        by_kind.setdefault(KINDS[world.turn(number) % len(KINDS)], []).append(score)
    scores = [score for some in by_kind.values() for score in some]
    at_50, at_end = watch.at(45, 55), watch.at(pages - 10, pages)
    told = log.read_text(errors="replace")
    counts = Counter({kind: sum(kind == one for one in bad.values()) for kind in BAD.values()})
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "pages": len(wanted),
        "bad_pages": dict(counts),
        "stored": len(stored),
        "lost": len(good) - len(stored),
        "bad_stored": sum(url in records for url in bad),
        "exit_status": done.returncode,
        "f1_mean": round(statistics.mean(scores), 4) if scores else 0.0,
        "f1_least": round(min(scores, default=0.0), 4),
        "kinds": len(by_kind),
        "kinds_least_f1": {kind: round(min(some), 4) for kind, some in sorted(by_kind.items())},
        "documents_asked_for": server.shown,
        "rss_mb_after_50": round(at_50),
        "rss_mb_at_end": round(at_end),
        "rss_ratio": round(at_end / at_50, 3) if at_50 else None,
        "rss_mb_peak": round(max((used for _, used in watch.seen), default=0) / 2**20),
        "browsers_at_once": watch.browsers,
        "browsers_started": _stat(told, "browsers"),
        "left": left,
        "seconds": round(took, 1),
        "pages_a_minute": round(60 * len(wanted) / took, 1),
        "cpu_seconds_a_page": round(cpu / len(wanted), 3),
        "goals": GOALS,
    }


def _stat(log: str, name: str) -> int:
    _, _, found = log.partition(f"'newscrawl/rendering/{name}': ")
    digits = found.split(",")[0].strip("}\n ")
    return int(digits) if digits.isdigit() else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where a goal is not reached."""
    parser = argparse.ArgumentParser(prog="benchmarks.rendering")
    parser.add_argument("--pages", type=int, default=PAGES, help=f"fewer are not written (default {PAGES})")
    given = parser.parse_args(arguments)
    found = find_rendering(Settings({"HTTPPROXY_ENABLED": False}))
    if not found.browser:
        print(f"skipped: {found.why}", file=sys.stderr)
        return 0
    version = subprocess.run([found.browser, "--version"], capture_output=True, text=True, check=False).stdout.split()
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "browser": " ".join(version[:2]),
            "load_before": round(os.getloadavg()[0], 1),
            **measure(given.pages, Path(folder)),
        }
    for name, value in figures.items():
        print(f"{name:<22} {value}")
    if given.pages == PAGES:
        print(write_result("rendering", figures, seeds=[SEED]).relative_to(ROOT))
    ratio = figures["rss_ratio"] or 99.0
    reached = (
        figures["lost"] <= GOALS["lost"]
        and 2 - GOALS["rss_ratio"] <= ratio <= GOALS["rss_ratio"]
        and figures["left"] <= GOALS["left"]
        and figures["f1_least"] >= GOALS["f1"]
    )
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
