"""Silent failures through real crawls: the demo's world goes wrong in one way, is crawled, is mended, is crawled again.

A collection is made by six ordinary runs, by a clock that is the world's (it lies in 2025: the crawl's process has its
wall clock set). Of each scenario a copy of it is crawled once with the failure and once without. *told*: the run ended
with status 3 (or 4, where it could not list) and its right monitor; *recovered*: the next run has closed the episode,
and did not end with status 3.

Two scenarios are not seen by a run: that no run comes, `scrapy doctor --alarm` tells; that a scope is held for hours,
the run that is turned away (status 75). For the disk a file system of 200 MiB is mounted, which only root may: else
that scenario says that it was not tried.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import commit
from newscrawl.demo.publishers import PUBLISHERS
from newscrawl.demo.server import DemoServer
from newscrawl.demo.wordpress import Answer
from newscrawl.demo.world import SITE_HOST, World, build_world

__all__ = ["Setting", "scenarios"]

#: Posts that come between two runs, ten minutes apart.
POSTS = 24
#: Ordinary runs before anything goes wrong.
RUNS = 6
#: What the disk of the full one holds (MiB), and what is left free: less than 5 %.
DISK, DISK_FREE = 200, 8
#: A process whose wall clock is so many seconds off.
_SHIFTED = (
    "import sys, time; shift = float(sys.argv.pop(1)); real = time.time; time.time = lambda: real() + shift; "
    "from scrapy.cmdline import execute; execute(['scrapy', *sys.argv[1:]])"
)
Rewrite = Callable[[str, str, bytes], bytes]


class FailingServer(DemoServer):
    """The demo's server, whose answers may be rewritten, and whose clock is the world's."""

    rewrite: Rewrite | None = None
    refusing: frozenset[str] = frozenset()  # publishers that answer 403
    ahead = 0.0  # seconds by which the world's clock differs from this machine's

    async def answer(
        self, method: str, host: str, path: str, query: dict[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        found = await super().answer(method, host, path, query, headers)
        body = found.body
        if self.rewrite is not None and found.status == 200 and isinstance(body, bytes):
            body = self.rewrite(host, path, body)
        if host in self.refusing and path != "/robots.txt":
            found, body = Answer(403, b"", {"Content-Type": "text/html"}), b"<h1>Forbidden</h1>"
        if body == b"[]":
            found.headers.update({"X-WP-Total": "0", "X-WP-TotalPages": "0"})
        told = {**found.headers, "Date": email.utils.formatdate(time.time() + self.ahead, usegmt=True)}
        return Answer(found.status, body, told, found.delivery)


def _sentences(new: str) -> Rewrite:
    """The sentence of each post is *new*; ``{link}`` stands for its link."""

    def rewrite(host: str, path: str, body: bytes) -> bytes:
        if host != SITE_HOST or "/posts" not in path:
            return body
        posts = json.loads(body)
        for post in posts:
            for name in ("content", "excerpt"):
                if name in post:
                    post[name]["rendered"] = _reword(post[name]["rendered"], new)
        return json.dumps(posts).encode()

    return rewrite


def _reword(html: str, new: str) -> str:
    paragraphs = html.rstrip().rsplit("<p>", 1)
    if len(paragraphs) < 2:
        return html
    link = re.search(r'href="([^"]+)"', paragraphs[1])
    return paragraphs[0] + (new.format(link=link[1]) if link and new else "")


def _shift_dates(hours: int) -> Rewrite:
    def later(match: re.Match[bytes]) -> bytes:
        moment = dt.datetime.fromisoformat(match[2].decode()) + dt.timedelta(hours=hours)
        return match[1] + moment.strftime("%Y-%m-%dT%H:%M:%S").encode()

    def rewrite(host: str, path: str, body: bytes) -> bytes:
        if host != SITE_HOST or "/posts" not in path:
            return body
        return re.sub(rb'("(?:date|date_gmt)": ?")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)', later, body)

    return rewrite


def _nothing(host: str, path: str, body: bytes) -> bytes:
    return b"[]" if host == SITE_HOST and "/posts" in path else body


def _no_paragraphs(host: str, path: str, body: bytes) -> bytes:
    if host == SITE_HOST or b"<p" not in body:
        return body
    found = re.sub(rb'"articleBody": ?"[^"]*"', b'"articleBody": ""', body)
    return re.sub(rb"<p\b[^>]*>.*?</p>", b"", found, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which things go wrong, and the monitors that may tell of it."""

    name: str
    monitors: tuple[str, ...]
    begin: Callable[[Bench], None] = lambda bench: None
    #: Seconds by which the crawl's clock is off.
    shift: float = 0.0
    posts: int = POSTS
    #: How the failure is met, where a plain crawl does not meet it.
    meet: Callable[[Bench, Path, Scenario], tuple[int, str]] | None = None
    #: What it needs to look at; a machine has no posts.
    examples: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """On which site the scenarios are tried."""

    seed: int = 1
    posts: int = POSTS
    theme: str = "jnews"
    slow: float = 0.1


class Bench:
    """The world, its server, and the collection that was made of it."""

    def __init__(self, folder: Path, setting: Setting, *, port: int = 0) -> None:
        self.folder = folder
        self.setting = setting
        self.world: World = build_world(seed=setting.seed, posts=72, days=3)
        self.server = FailingServer(self.world, slow=setting.slow, theme=setting.theme, port=port)
        self._kept: tuple[int, list[dt.datetime], dt.datetime] | None = None

    def command(self, database: Path, words: Sequence[str], *, shift: float = 0.0, timeout: float = 12.0) -> list[str]:
        """A command of newscrawl by the world's clock, *shift* seconds off."""
        self.server.ahead = (self.world.clock + dt.timedelta(minutes=5)).timestamp() - time.time()
        settings = {
            "NEWSCRAWL_HOST_OVERRIDES": self.server.overrides, "NEWSCRAWL_DATABASE": f"sqlite:///{database}",
            "NEWSCRAWL_RENDER": "never", "NEWSCRAWL_WORKERS": 0, "NEWSCRAWL_TDMREP": False, "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_TIMEOUT": timeout, "RETRY_TIMES": 0, "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0, "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        given = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        return [sys.executable, "-c", _SHIFTED, str(self.server.ahead + shift), *words, *given]

    def crawling(self, database: Path) -> list[str]:
        """The words of an ordinary crawl."""
        return ["crawl", "dnyuz", "-a", f"site={self.server.url()}", "-o", str(database.with_suffix(".jsonl"))]

    def run(self, database: Path, words: Sequence[str], *, shift: float = 0.0) -> tuple[int, str]:
        """Run it to its end; its exit status and last line."""
        command = self.command(database, words, shift=shift)
        done = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=900, check=False)
        return done.returncode, ((done.stderr.strip() or done.stdout.strip()).splitlines() or [""])[-1]

    def crawl(self, database: Path, *, shift: float = 0.0) -> tuple[int, str]:
        """One run now."""
        return self.run(database, self.crawling(database), shift=shift)

    def make_base(self, verbose: bool) -> Path:
        """The collection that ordinary runs make; one that lies in the folder is taken again."""
        base, done = self.folder / "base.db", self.folder / "base.done"
        for number in range(RUNS):
            if number:
                self.world.publish(self.setting.posts)
            if done.exists():
                continue
            status, line = self.crawl(base)
            if verbose:
                print(f"ordinary run {number}: {status} {line}", flush=True)
        done.touch()
        self._kept = (self.world.total, list(self.world.fresh), self.world.clock)
        return base

    def rewind(self) -> None:
        """The world is as it was after the ordinary runs."""
        assert self._kept is not None
        self.world.total, self.world.fresh, self.world.clock = self._kept[0], list(self._kept[1]), self._kept[2]
        self.mend()

    def mend(self) -> None:
        """Whatever went wrong is well again."""
        self.server.rewrite = None
        self.server.refusing = frozenset()
        self.server.faults.clear()
        self.server.open()

    def publishers(self) -> list[str]:
        return sorted({one.host for one in PUBLISHERS.values()})


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NEWSCRAWL_")}


def _refuse(hosts: Callable[[Bench], list[str]]) -> Callable[[Bench], None]:
    def begin(bench: Bench) -> None:
        bench.server.refusing = frozenset(hosts(bench))

    return begin


def _rewrite(rewrite: Rewrite) -> Callable[[Bench], None]:
    def begin(bench: Bench) -> None:
        bench.server.rewrite = rewrite

    return begin


def _shut(*surfaces: str, how: str = "404") -> Callable[[Bench], None]:
    def begin(bench: Bench) -> None:
        for one in surfaces:
            bench.server.shut(one, how)

    return begin


def _list_nothing(bench: Bench) -> None:
    bench.server.rewrite = _nothing
    for one in ("feed", "sitemap", "archive"):
        bench.server.shut(one)


def _freeze(bench: Bench) -> None:
    bench.world.clock += dt.timedelta(hours=110)


def _no_run(bench: Bench, database: Path, scenario: Scenario) -> tuple[int, str]:
    """Nothing runs for half a day; whoever looks is told."""
    bench.world.clock += dt.timedelta(hours=12)
    return bench.run(database, ["doctor", "--alarm"])


def _held(bench: Bench, database: Path, scenario: Scenario) -> tuple[int, str]:
    """A run waits for hosts that do not answer; five hours later the next one is turned away."""
    for host in bench.publishers():
        bench.server.fail(host, "hang")
    command = bench.command(database, bench.crawling(database), timeout=180)
    asked = len(bench.server.requests)
    holder = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())
    try:
        for _ in range(600):
            time.sleep(0.5)
            if len(bench.server.requests) > asked + 3 or holder.poll() is not None:
                break
        time.sleep(5)
        bench.world.clock += dt.timedelta(hours=5)
        return bench.crawl(database)
    finally:
        holder.kill()
        holder.wait()


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """*folder* as a file system of its own; whether that could be had."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)]
    try:
        could = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        could = False
    try:
        yield could
    finally:
        if could:
            subprocess.run(["umount", str(folder)], check=False)


def _full_disk(bench: Bench, database: Path, scenario: Scenario) -> tuple[int, str]:
    free = os.statvfs(database.parent).f_bavail * os.statvfs(database.parent).f_frsize
    with (database.parent / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - DISK_FREE * 1024 * 1024)
    try:
        return bench.crawl(database)
    finally:
        (database.parent / "filler").unlink()


SCENARIOS = (
    Scenario("markup changed", ("attribution",), _rewrite(_sentences(""))),
    Scenario(
        "sentence reworded", ("wording", "attribution"), _rewrite(_sentences('<p>Via <a href="{link}">them</a></p>'))
    ),
    Scenario("REST switched off", ("surface",), _shut("rest")),
    Scenario("feed frozen", ("silence", "posts"), _freeze, posts=0),
    Scenario("dates shifted", ("dates",), _rewrite(_shift_dates(5))),
    Scenario("half the publishers 403", ("originals",), _refuse(lambda bench: bench.publishers()[::2])),
    Scenario("all 403", ("originals",), _refuse(lambda bench: bench.publishers())),
    Scenario("site lists nothing", ("listing",), _list_nothing),
    Scenario(
        "challenge page everywhere", ("listing", "surface"), _shut("rest", "feed", "sitemap", "archive", how="html")
    ),
    Scenario("extraction coverage falls", ("originals", "length", "fields"), _rewrite(_no_paragraphs)),
    Scenario("disk nearly full", ("disk",), meet=_full_disk, examples=False),
    Scenario("clock wrong", ("clock",), shift=3 * 3600.0),
    Scenario("run missing", ("missing_run",), posts=0, meet=_no_run),
    Scenario("scope held for hours", ("held",), meet=_held),
)


def _monitors(database: Path) -> dict[str, dict[str, Any]]:
    """Open episodes: the findings by their monitor."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT monitor, finding FROM episodes WHERE ended_at IS NULL").fetchall()
    return {name: json.loads(finding) for name, finding in rows}


def scenarios(
    *, verbose: bool = False, only: str | None = None, setting: Setting | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """All of them, each on a copy of the collection.

    Args:
        only: those whose name holds this.
        folder: where the collection is kept, to be used again, with what came of each case, so that a measurement that
            was stopped goes on (each case names its commit); a temporary one by default.
    """
    cases = []
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        port = folder / "port"
        bench = Bench(folder, setting or Setting(), port=int(port.read_text()) if port.exists() else 0)
        port.write_text(str(bench.server.port))
        bench.server.start()
        stack.callback(bench.server.stop)
        base = bench.make_base(verbose)
        quiet = not _monitors(base)
        kept = folder / "cases.json"
        made = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        for one in SCENARIOS:
            if only is not None and only not in one.name:
                continue
            if only is not None or one.name not in made:
                bench.rewind()
                made[one.name] = {**_case(bench, base, one, verbose), "commit": commit()}
                kept.write_text(json.dumps(made), encoding="utf-8")
            cases.append(made[one.name])
    tried = [one for one in cases if one["tried"]]
    return {
        "setting": asdict(bench.setting),
        "ordinary_runs_are_well": quiet,
        "scenarios": len(cases),
        "tried": len(tried),
        "told": sum(one["told"] for one in tried),
        "with_cause_and_examples": sum(one["explained"] for one in tried),
        "recovered": sum(one["recovered"] for one in tried),
        "cases": cases,
    }


def _case(bench: Bench, base: Path, scenario: Scenario, verbose: bool) -> dict[str, Any]:
    place = bench.folder / "case"
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        place.mkdir()
        if scenario.meet is _full_disk and not stack.enter_context(_small_disk(place)):
            return {"name": scenario.name, "tried": False, "why": "a small file system cannot be mounted here"}
        result = _try(bench, base, place / "case.db", scenario)
    if verbose:
        print(json.dumps(result), flush=True)
    return result


def _try(bench: Bench, base: Path, database: Path, scenario: Scenario) -> dict[str, Any]:
    shutil.copy(base, database)
    if scenario.posts:
        bench.world.publish(bench.setting.posts)
    scenario.begin(bench)
    if scenario.meet is not None:
        status, line = scenario.meet(bench, database, scenario)
    else:
        status, line = bench.crawl(database, shift=scenario.shift)
    wrong = _monitors(database)
    hit = next((name for name in scenario.monitors if name in wrong), None)
    bench.mend()
    bench.world.publish(bench.setting.posts)
    after, again = bench.crawl(database)
    left = _monitors(database)
    finding = wrong[hit] if hit else {}
    return {
        "name": scenario.name,
        "tried": True,
        "told": hit is not None and status in (3, 4, 75),
        "status": status,
        "monitor": hit,
        "others": sorted(set(wrong) - {hit}),
        "message": finding.get("message", line).replace(str(bench.folder.absolute()), "FOLDER"),
        "examples": len(finding.get("examples", ())),
        "explained": bool(finding.get("cause")) and bool(finding.get("examples") or not scenario.examples),
        "recovered": hit is not None and hit not in left and after != 3,
        "status_after": after,
        "line_after": again,
        "left": sorted(left),
    }
