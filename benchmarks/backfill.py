"""``python -m benchmarks.backfill``: years of a site in one go: memory, time and restarts.

Two parts. Over HTTP, the demo's server makes a site of 200,000 posts (180 a day); crawls of 1,000 and of 20,000 of
them (``follow=no``), and of 5,000 with originals, run as a user's do, each in a process of its own: peak memory, time a
post, and a restart after kill -9. In the ledger, all 200,000 posts are entered through the ledger's own functions in
the writer's thread, and claiming and acknowledging them is timed there (``time.thread_time``).
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL, Connection, Engine

from benchmarks.common import ROOT, write_result
from newscrawl.clock import format_time
from newscrawl.demo.run import crawl_environment
from newscrawl.demo.world import EPOCH
from newscrawl.extraction.result import Extraction, Kind
from newscrawl.items import OriginalResult, Record
from newscrawl.join import join
from newscrawl.ledger.claims import claim_hosts, claim_posts
from newscrawl.ledger.hosts import GivenBack, give_back
from newscrawl.ledger.runs import close_run, open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import (
    Discovered,
    finish_original,
    finish_record,
    list_posts,
    park_post,
)
from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy
from newscrawl.records import normalize
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.writer import Writer
from newscrawl.text import content_hash

SITE = "http://backfill.test"
POSTS = 200_000
SEED = 1
PER_DAY = 180
GOALS = {"rss_above_mb": 80, "claim_and_acknowledge_ms": 1.0, "claimable_after_start_s": 2.0}


# --- in the ledger ---------------------------------------------------------------------------------


class Timed:
    """Runs steps in the writer's thread and adds up the processor time that they took there."""

    def __init__(self, engine: Engine) -> None:
        self.writer = Writer(engine)
        self.writer.start()
        self.seconds = 0.0
        self.wall = 0.0

    def __call__(self, step: Callable[[Connection], Any], *, wait: bool = True) -> Any:
        def timed(connection: Connection) -> Any:
            began = time.thread_time()
            try:
                return step(connection)
            finally:
                self.seconds += time.thread_time() - began

        future: Future[Any] = self.writer.submit(timed)
        return future.result() if wait else future

    def reset(self) -> None:
        self.seconds, self.wall = 0.0, time.monotonic()

    def close(self) -> None:
        self.writer.close()


def _id(number: int) -> str:
    return f"{number * 2_654_435_761 % 2**128:032x}"


def _copy(number: int) -> PostCopy:
    published = format_time(EPOCH - dt.timedelta(seconds=480 * number))
    url = f"{SITE}/{published[:10].replace('-', '/')}/post-{number}/"
    body = f"Post {number} says what {number * 7919 % 10_007} others say. " * 40
    return PostCopy(
        site=SITE, url=url, surface="rest", source="wp-rest", title=f"Post {number}", published_at=published,
        published_precision="second", modified_at=published, html=f"<p>{body}</p>", remote_id=str(number + 1),
    )  # fmt: skip


def _discovered(number: int) -> Discovered:
    copy = _copy(number)
    return Discovered(_id(number), copy.url, copy.published_at, copy.modified_at, copy.to_json(), "", copy.remote_id)


def _record(copy: PostCopy, record_id: str, reason: str | None, original: OriginalResult | None) -> Record:
    copy.text, copy.html = copy.html, None
    record = join(copy, original, reason)
    record.id, record.spider, record.run_id = record_id, "wordpress", "r" * 32
    normalize(record)
    record.content_hash = content_hash(record.title, record.text)
    return record


def _list(step: Timed, run_id: str, scope: Scope, numbers: range) -> None:
    found = [_discovered(number) for number in numbers]
    step(
        lambda connection: list_posts(
            connection, run_id=run_id, scope_id=scope.id, site=SITE, surface="rest", found=found, follow=False,
            cursor={"covered": [["a", "b"]]},
        )
    )  # fmt: skip


def _acknowledge(step: Timed, run_id: str, window: Window, most: int) -> float:
    """Claim and acknowledge *most* posts as a crawl does, 50 at a time; processor milliseconds a post."""
    step.reset()
    done = 0
    while done < most:
        claimed = step(lambda connection: claim_posts(connection, run_id, window, 50))
        if not claimed:
            break
        records = [_record(PostCopy.from_json(post.given), post.id, Reason.NOT_FOLLOWED, None) for post in claimed]
        futures = [step(lambda c, r=record: finish_record(c, r, run_id), wait=False) for record in records]
        for future in futures:
            future.result()
        done += len(claimed)
    return 1000 * step.seconds / max(1, done)


def _originals(step: Timed, run_id: str, window: Window, most: int, hosts: int) -> dict[str, float]:
    """Park posts, claim their originals, acknowledge them, join and acknowledge; processor milliseconds a post."""
    step.reset()
    claimed = []
    while len(claimed) < most:
        more = step(lambda connection: claim_posts(connection, run_id, window, 50))
        claimed += more
        for post in more:
            host = f"publisher{int(post.id, 16) % hosts}.test"
            url = f"http://{host}/{post.id}"
            step(
                lambda c, p=post, u=url, h=host: park_post(
                    c, p.id, given=p.given, original_id=p.id[::-1], url=u, host=h
                )
            )
    parked = step.seconds
    answered = 0
    while answered < most:
        held = step(
            lambda connection: claim_hosts(connection, run_id, window, most=32, works=5, delay=0.0, follow=True)
        )
        claims = [work for one in held for work in one.works]
        if not claims:
            break
        for claim in claims:
            result = OriginalResult(
                id=claim.id, url=claim.url, reason=None, http_status=200, final_url=claim.url,
                fetched_at="2025-06-22T00:00:00Z",
                extraction=Extraction(kind=Kind.ARTICLE, title="Post", text=f"{claim.id} " * 200),
            )  # fmt: skip
            step(lambda c, r=result: finish_original(c, run_id, r), wait=False)
        for one in held:
            step(lambda c, h=one.lease.host: give_back(c, run_id, GivenBack(h, wait=0.0, answered=True)), wait=False)
        answered += len(claims)
    asked = step.seconds
    joined = 0
    while joined < most:
        ready = step(lambda connection: claim_posts(connection, run_id, window, 50))
        ready = [post for post in ready if post.original is not None]
        if not ready:
            break
        for post in ready:
            record = _record(PostCopy.from_json(post.given), post.id, None, post.original)
            step(lambda c, r=record: finish_record(c, r, run_id), wait=False)
        joined += len(ready)
    step(lambda connection: None)
    return {
        "posts": joined,
        "park_ms": round(1000 * parked / most, 3),
        "claim_and_answer_ms": round(1000 * (asked - parked) / most, 3),
        "join_ms": round(1000 * (step.seconds - asked) / most, 3),
        "all_ms": round(1000 * step.seconds / most, 3),
    }


_FILL = """
INSERT INTO records (id, url, title, text, text_source, authors, tags, published_at, published_precision, modified_at,
    language, word_count, post, outcome, reason, content_hash, cluster_id, version, rights, sources, archive, spider,
    run_id, crawled_at, schema_version, text_hash, stored_run)
SELECT p.id, p.url, 'Post', 'Text of ' || p.id, 'post', '[]', '[]', p.published_at, 'second', p.modified_at,
    'en', 3, '{}', 'post_only', 'not_followed', p.id, p.id, 1, '{}', '{}', '[]', 'wordpress',
    'r', '2025-06-22T00:00:00Z', 1, p.id || p.id, 'r'
FROM posts p WHERE p.state = 'discovered' ORDER BY p.published_at DESC LIMIT :most
"""
_NOTHING_LEFT = "UPDATE listed SET host = NULL WHERE post_id IN (SELECT id FROM posts WHERE state = 'done')"
_FINISH = """
UPDATE posts SET state = 'done', given = NULL WHERE state = 'discovered' AND EXISTS
    (SELECT 1 FROM records r WHERE r.id = posts.id)
"""


def _open(path: Path, scope: Scope) -> tuple[Engine, Any, float, float]:
    """Open a ledger as a run does; engine, run, and seconds until the run holds its scope and has claimable work."""
    began = time.monotonic()
    engine = open_engine(URL.create("sqlite", database=str(path)))
    ensure_schema(engine)
    run = open_run(engine, spider="wordpress", scope=scope, arguments={})
    opened = time.monotonic() - began
    with engine.begin() as connection:
        claimed = claim_posts(connection, run.id, Window(scope.id), 50)
        assert claimed, "nothing to claim"
        connection.rollback()
    return engine, run, opened, time.monotonic() - began


def _end(engine: Engine, run: Any) -> None:
    with engine.begin() as connection:
        close_run(connection, run.id, state="finished", exit_status=0, message=None, counts={})
    run.locks.release()
    engine.dispose()


def ledger(folder: Path, posts: int, sample: int) -> dict[str, Any]:
    """Figures of a ledger of *posts* posts, *sample* of them acknowledged at each stage."""
    path = folder / "ledger.db"
    scope = Scope("wordpress", SITE)
    window = Window(scope.id)
    engine = open_engine(URL.create("sqlite", database=str(path)))
    ensure_schema(engine)
    run = open_run(engine, spider="wordpress", scope=scope, arguments={})
    step = Timed(engine)
    figures: dict[str, Any] = {"posts": posts, "sample": sample}
    stages = []
    entered = 0
    for part in (1_000, posts // 4, posts // 2, posts):
        step.reset()
        before = entered
        for start in range(entered, part, 100):
            _list(step, run.id, scope, range(start, min(start + 100, part)))
        entered = part
        listing = 1000 * step.seconds / max(1, part - before)
        stages.append({"posts": part, "list_ms": round(listing, 3)})
    figures["listing"] = stages
    print(f"  listed {posts}", flush=True)
    all_claimable = _acknowledge(step, run.id, window, sample)
    step.close()
    _end(engine, run)
    engine, run, opened, claimable = _open(path, scope)
    figures["all_claimable"] = {
        "claim_and_acknowledge_ms": round(all_claimable, 3),
        "open_s": round(opened, 3),
        "claimable_after_start_s": round(claimable, 3),
    }
    print(f"  {figures['all_claimable']}", flush=True)
    # Nearly all done, and the last ones killed in flight.
    with engine.begin() as connection:
        connection.execute(text(_FILL), {"most": posts - 3 * sample})
        connection.execute(text(_FINISH))
        connection.execute(text(_NOTHING_LEFT))
        connection.execute(text("UPDATE posts SET lease_run = :run, lease_until = 9e9 WHERE state = 'discovered'"),
                           {"run": run.id})  # fmt: skip
    run.locks.release()
    engine.dispose()
    engine, run, opened, claimable = _open(path, scope)
    figures["few_claimable"] = {
        "reclaimed": run.reclaimed,
        "open_s": round(opened, 3),
        "claimable_after_start_s": round(claimable, 3),
    }
    step = Timed(engine)
    figures["few_claimable"]["claim_and_acknowledge_ms"] = round(_acknowledge(step, run.id, window, sample), 3)
    print(f"  {figures['few_claimable']}", flush=True)
    figures["with_originals"] = _originals(step, run.id, window, sample, 200)
    print(f"  {figures['with_originals']}", flush=True)
    step.close()
    _end(engine, run)
    figures["database_mb"] = round(path.stat().st_size / 1e6, 1)
    return figures


# --- over HTTP ---------------------------------------------------------------------------------------


@contextmanager
def _server(posts: int) -> Iterator[tuple[str, str]]:
    """The demo's server in a process of its own; its site's address and the overrides that lead there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "newscrawl.demo.server", "--posts", str(posts), "--seed", str(SEED), "--words", "60"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip().rstrip("/")
        yield url, process.stdout.readline().strip().partition("=")[2].strip("'")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _since(posts: int) -> str:
    return format_time(EPOCH - dt.timedelta(days=posts / PER_DAY))


def _records(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM records").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def _peak_rss(pid: int) -> float:
    """The process's own peak, in MB; ``ru_maxrss`` would begin with that of the process it was forked from."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _start(folder: Path, site: str, overrides: str, since: str, follow: bool) -> subprocess.Popen[bytes]:
    settings = {
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_HOST_OVERRIDES": overrides,
        "NEWSCRAWL_RENDER": "never",
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_TIMEOUT": 10,
        "RETRY_TIMES": 0,
        "LOG_LEVEL": "WARNING",
    }
    words = [
        "crawl",
        "dnyuz",
        "-a",
        f"site={site}",
        "-a",
        f"since={since}",
        "-a",
        f"follow={'yes' if follow else 'no'}",
    ]
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", *words, *options, "-O", str(folder / "out.jsonl")],
            cwd=ROOT, env=crawl_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def crawl(folder: Path, site: str, overrides: str, posts: int, *, follow: bool, kill_at: float = 0.0) -> dict[str, Any]:
    """Crawl the newest *posts* posts; peak memory, time a post. *kill_at*: kill -9 at this share, and start again."""
    folder.mkdir()
    database, since = folder / "newscrawl.db", _since(posts)
    figures: dict[str, Any] = {"posts_wanted": posts, "follow": follow}
    if kill_at:
        process = _start(folder, site, overrides, since, follow)
        while process.poll() is None and _records(database) < kill_at * posts:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        figures["killed_at"] = _records(database)
    began, held = time.monotonic(), _records(database)
    process = _start(folder, site, overrides, since, follow)
    halves: list[float] = []
    peak = 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        peak = max(peak, _peak_rss(process.pid))
        time.sleep(0.2)
        done = _records(database)
        if not halves and done > held:
            figures["first_record_s"] = round(time.monotonic() - began, 2)
            halves.append(time.monotonic())
        if len(halves) == 1 and done >= held + (posts - held) / 2:
            halves.append(time.monotonic())
    seconds = time.monotonic() - began
    made = _records(database)
    figures |= {
        "exit_status": process.returncode,
        "records": made,
        "peak_rss_mb": round(peak, 1),
        "cpu_ms_a_post": round(1000 * (usage.ru_utime + usage.ru_stime) / max(1, made - held), 2),
        "seconds": round(seconds, 1),
        "database_mb": round(database.stat().st_size / 1e6, 1),
    }
    if len(halves) == 2:
        # Linear: the second half takes as long as the first.
        first, second = halves[1] - halves[0], began + seconds - halves[1]
        figures["second_half_to_first"] = round(second / max(0.1, first), 2)
    print(f"  {figures}", flush=True)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="benchmarks.backfill")
    parser.add_argument("--http", type=int, default=20_000, metavar="N", help="posts of the long crawl over HTTP")
    parser.add_argument("--originals", type=int, default=5_000, metavar="N", help="posts crawled with originals")
    parser.add_argument("--ledger", type=int, default=POSTS, metavar="N", help="posts of the ledger")
    parser.add_argument("--sample", type=int, default=2_000, metavar="N", help="posts acknowledged at each stage")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newscrawl-backfill-") as name:
        folder = Path(name)
        print("Ledger", flush=True)
        figures: dict[str, Any] = {"ledger": ledger(folder, options.ledger, options.sample)}
        print("HTTP", flush=True)
        with _server(POSTS) as (site, overrides):
            small = crawl(folder / "small", site, overrides, 1_000, follow=False)
            figures["crawl_1000"] = small
            if options.http:
                figures["crawl_long"] = crawl(folder / "long", site, overrides, options.http, follow=False, kill_at=0.5)
            if options.originals:
                small_followed = crawl(folder / "small-followed", site, overrides, 1_000, follow=True)
                figures["crawl_1000_originals"] = small_followed
                figures["crawl_originals"] = crawl(
                    folder / "originals", site, overrides, options.originals, follow=True
                )
    above = {
        name: round(figures[name]["peak_rss_mb"] - figures[base]["peak_rss_mb"], 1)
        for name, base in (("crawl_long", "crawl_1000"), ("crawl_originals", "crawl_1000_originals"))
        if name in figures
    }
    stages = figures["ledger"]
    slowest = max(stages[name]["claim_and_acknowledge_ms"] for name in ("all_claimable", "few_claimable"))
    latest = max(stages[name]["claimable_after_start_s"] for name in ("all_claimable", "few_claimable"))
    met = {
        "rss_above_mb": max(above.values(), default=0.0) <= GOALS["rss_above_mb"],
        "claim_and_acknowledge_ms": slowest <= GOALS["claim_and_acknowledge_ms"],
        "claimable_after_start_s": latest <= GOALS["claimable_after_start_s"],
    }
    headline = {
        "goals": GOALS,
        "met": met,
        "rss_above_1000_posts_mb": above,
        "claim_and_acknowledge_ms": slowest,
        "claimable_after_start_s": latest,
        "bounded": (
            f"{options.http} of the {POSTS} posts were crawled over HTTP; the ledger of {options.ledger} was filled "
            "through list_posts, its last part set to done by SQL"
        ),
    }
    path = write_result("backfill", {**headline, **figures}, seeds=[SEED])
    print(f"{headline}\n{path.relative_to(ROOT)}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
