"""Silent failures through real crawls: the demo's world goes wrong in one way, is crawled, is mended, is crawled again.

A collection is made by four ordinary runs, by a clock that is the world's (it lies in 2025: the crawl's process has its
wall clock set). Of each scenario a copy of it is crawled once with the failure and once without. *told*: the run ended
with status 3 (or 4, where it could not list) and its right monitor; *recovered*: the next run has closed the episode.
"""

from __future__ import annotations

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newscrawl.demo.publishers import PUBLISHERS
from newscrawl.demo.server import SITE_HOST, DemoServer
from newscrawl.demo.wordpress import Answer
from newscrawl.demo.world import World, build_world

__all__ = ["scenarios"]

#: Posts that come between two runs, ten minutes apart.
POSTS = 24
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
    begin: Callable[[Bench], None]
    #: Seconds by which the crawl's clock is off; whether the next run comes late; whether it is run at all.
    shift: float = 0.0
    posts: int = POSTS


class Bench:
    """The world, its server, and the collection that was made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world: World = build_world(posts=72, days=3)
        self.server = FailingServer(self.world, slow=0.1)

    def crawl(self, database: Path, *, shift: float = 0.0) -> tuple[int, str]:
        """One run now, by the world's clock; its exit status and last line."""
        self.server.ahead = (self.world.clock + dt.timedelta(minutes=5)).timestamp() - time.time()
        settings = {
            "NEWSCRAWL_HOST_OVERRIDES": self.server.overrides, "NEWSCRAWL_DATABASE": f"sqlite:///{database}",
            "NEWSCRAWL_RENDER": "never", "NEWSCRAWL_WORKERS": 0, "NEWSCRAWL_TDMREP": False, "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_TIMEOUT": 3, "RETRY_TIMES": 0, "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0, "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        words = ["crawl", "dnyuz", "-a", f"site={self.server.url()}", "-o", str(database.with_suffix(".jsonl"))]
        for name, value in settings.items():
            words += ["-s", f"{name}={value}"]
        command = [sys.executable, "-c", _SHIFTED, str(self.server.ahead + shift), *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCRAWL_")}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
        return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]

    def publishers(self) -> list[str]:
        return sorted({one.host for one in PUBLISHERS.values()})


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
    Scenario("clock wrong", ("clock",), lambda bench: None, shift=3 * 3600.0),
)


def _open_monitors(database: Path, *, ended: bool = False) -> dict[str, dict[str, Any]]:
    with sqlite3.connect(database) as connection:
        where = "is not null" if ended else "is null"
        rows = connection.execute(f"SELECT monitor, finding FROM episodes WHERE ended_at {where}").fetchall()
    return {name: json.loads(finding) for name, finding in rows}


def scenarios(*, verbose: bool = False, only: str | None = None) -> dict[str, Any]:
    """All of them, each on a copy of the collection."""
    cases = []
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        bench.server.start()
        try:
            base = bench.folder / "base.db"
            for number in range(4):
                if number:
                    bench.world.publish(POSTS)
                status, line = bench.crawl(base)
                if verbose:
                    print(f"ordinary run {number}: {status} {line}", flush=True)
            quiet = not _open_monitors(base)
            kept = (bench.world.total, list(bench.world.fresh), bench.world.clock)
            for one in SCENARIOS:
                if only is not None and only not in one.name:
                    continue
                bench.world.total, bench.world.fresh, bench.world.clock = kept[0], list(kept[1]), kept[2]
                cases.append(_case(bench, base, one, verbose))
        finally:
            bench.server.stop()
    told = sum(one["told"] for one in cases)
    return {"ordinary_runs_are_well": quiet, "scenarios": len(cases), "told": told, "cases": cases}


def _case(bench: Bench, base: Path, scenario: Scenario, verbose: bool) -> dict[str, Any]:
    database = bench.folder / "case.db"
    for path in bench.folder.glob("case.*"):
        if path.is_file():
            path.unlink()
    shutil.copy(base, database)
    if scenario.posts:
        bench.world.publish(scenario.posts)
    scenario.begin(bench)
    status, line = bench.crawl(database, shift=scenario.shift)
    wrong = _open_monitors(database)
    hit = next((name for name in scenario.monitors if name in wrong), None)
    bench.server.rewrite = None
    bench.server.refusing = frozenset()
    bench.server.open()
    bench.world.publish(POSTS)
    _, again = bench.crawl(database)
    left = _open_monitors(database)
    result = {
        "name": scenario.name,
        "told": hit is not None and status in (3, 4),
        "status": status,
        "monitor": hit,
        "others": sorted(set(wrong) - {hit}),
        "message": wrong[hit]["message"] if hit else line,
        "examples": len(wrong[hit].get("examples", ())) if hit else 0,
        "recovered": hit is not None and hit not in left,
        "left": sorted(left),
    }
    if verbose:
        print(json.dumps(result), again, flush=True)
    return result
