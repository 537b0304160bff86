"""The demo: serve the world on loopback, crawl it as anyone would, and say what was found."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from newscrawl.console import complain
from newscrawl.demo.check import Comparison, compare, latest
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from newscrawl.progress.display import Display, Lines, Nowhere, counter, on_terminal

__all__ = ["crawl_command", "crawl_environment", "read_records", "run_demo"]

#: Longer than any sound run takes; past it something hangs.
TIME_LIMIT = 600


def crawl_command(
    server: DemoServer,
    database: Path,
    feed: Path,
    *,
    log: Path | None = None,
    arguments: Mapping[str, str] | None = None,
    **settings: Any,
) -> list[str]:
    """The command line that crawls *server*'s world, with spider *arguments* and *settings* on top."""
    given: dict[str, Any] = {
        "NEWSCRAWL_HOST_OVERRIDES": server.overrides,
        "NEWSCRAWL_DATABASE": f"sqlite:///{database}",
        "NEWSCRAWL_RENDER": "never",
        # Nobody is disturbed on loopback. On the web the defaults are far slower.
        "DOWNLOAD_DELAY": 0.05,
        "LOG_LEVEL": "INFO",
        **settings,
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "dnyuz"]
    for name, value in {"site": server.url(), "since": "all", **(arguments or {})}.items():
        command += ["-a", f"{name}={value}"]
    for name, value in given.items():
        command += ["-s", f"{name}={value}"]
    if log is not None:
        command += ["--logfile", str(log)]
    return [*command, "-O", str(feed)]


def crawl_environment() -> dict[str, str]:
    """The environment without what would change the demo: the project's own settings and proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NEWSCRAWL_") and not name.lower().endswith("_proxy")
    }


def read_records(feed: Path) -> Iterator[dict[str, Any]]:
    """Records of a JSON Lines file; none when it is not there."""
    if feed.exists():
        with feed.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def _fresh(folder: Path) -> tuple[Path, Path, Path]:
    """Paths of database, feed and log in *folder*, with what an earlier run left taken away."""
    folder.mkdir(parents=True, exist_ok=True)
    database, feed, log = folder / "newscrawl.db", folder / "articles.jsonl", folder / "crawl.log"
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm", feed.name, log.name):
        (folder / name).unlink(missing_ok=True)
    return database, feed, log


_IN_WORDS = {
    ("original", None): "the publisher's own text, found by the post's attribution",
    ("original_partial", "paywall"): "the publisher shows only the beginning; the longer copy is kept",
    ("post_only", "paywall"): "the publisher shows an offer and nothing of the article",
    ("post_only", "robots"): "the publisher's robots.txt forbids the article: not asked",
    ("post_only", "no_attribution"): "the post does not say where it comes from",
    ("post_only", "no_original_url"): "the post names the publisher but not the article",
    ("post_only", "different_article"): "the link leads to another article: not taken",
    ("post_only", "needs_browser"): "the publisher sends an empty shell and a script",
    ("post_only", "challenge"): "the publisher asks for proof of being human: respected",
    ("post_only", "consent"): "the publisher shows a consent wall: respected",
    ("post_only", "login"): "the publisher asks for a login: respected",
    ("post_only", "not_article"): "the link leads to a section page, not to an article",
    ("post_only", "refused"): "the link leads into a private network: never asked",
    ("post_only", "tls"): "no secure connection to the publisher",
    ("post_only", "connection"): "the publisher breaks the connection off",
    ("post_only", "truncated"): "the publisher's answer ends too early",
    ("post_only", "too_large"): "the publisher sends more than any article has",
    ("post_only", "timeout"): "the publisher does not answer in time",
    ("post_only", "not_followed"): "not asked for",
}


def _explain(outcome: str, reason: str | None) -> str:
    if (outcome, reason) in _IN_WORDS:
        return _IN_WORDS[outcome, reason]
    if reason and reason.startswith("http_"):
        return f"the publisher answered {reason.removeprefix('http_')}: the post's own text is kept"
    return "the post's own text is kept"


def _sample(records: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """A record to show: an ordinary one that followed its attribution."""
    whole = [
        record
        for record in records.values()
        if record.get("outcome") == "original" and record.get("language") == "en" and record.get("authors")
    ]
    return min(whole, key=lambda record: abs((record.get("word_count") or 0) - 300), default=None)


def _show(record: Mapping[str, Any], say: Callable[[str], None]) -> None:
    post, original = record.get("post") or {}, record.get("original") or {}
    attribution, publisher = record.get("attribution") or {}, record.get("publisher") or {}
    rows = {
        "title": record.get("title"),
        "authors": ", ".join(record.get("authors") or []),
        "published_at": record.get("published_at"),
        "publisher": f"{publisher.get('name')} ({publisher.get('domain')})",
        "post.url": post.get("url"),
        "attribution": attribution.get("phrase"),
        "original.url": original.get("url"),
        "similarity": original.get("similarity"),
        "outcome": record.get("outcome"),
        "text": textwrap.shorten(record.get("text") or "", 240, placeholder=" …"),
        "word_count": record.get("word_count"),
    }
    for name, value in rows.items():
        wrapped = textwrap.wrap(
            str(value if value is not None else "-"), 92, break_long_words=False, break_on_hyphens=False
        )
        say(f"    {name:<13} {wrapped[0] if wrapped else ''}")
        for line in wrapped[1:]:
            say(f"    {'':<13} {line}")


def _near(path: Path) -> str:
    """*path* as seen from here, when that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def summary(records: Mapping[str, Mapping[str, Any]], comparison: Comparison, say: Callable[[str], None]) -> None:
    """Say what the crawl found and whether it is what the world intends."""
    counts = Counter((str(record.get("outcome")), record.get("reason")) for record in records.values())
    say("What became of the posts")
    for (outcome, reason), count in sorted(
        counts.items(), key=lambda item: (item[0][0] != "original", -item[1], str(item[0]))
    ):
        label = outcome if reason is None else f"{outcome}, {reason}"
        say(f"  {count:>5}  {label:<30} {_explain(outcome, reason)}")
    hashes = Counter(record.get("content_hash") for record in records.values())
    twice = sum(1 for count in hashes.values() if count > 1)
    languages = Counter(record.get("language") or "?" for record in records.values())
    say("")
    surfaces = Counter((record.get("post") or {}).get("surface") or "?" for record in records.values())
    say(f"  posts found by {', '.join(sorted(surfaces))}")
    spread = ", ".join(f"{language} {count}" for language, count in languages.most_common())
    say(f"  {twice} texts stand under more than one post; languages: {spread}")
    if comparison.text_f1:
        mean = sum(comparison.text_f1) / len(comparison.text_f1)
        say(f"  text against the intended one: mean F1 {mean:.3f}, least {min(comparison.text_f1):.3f}")
    record = _sample(records)
    if record is not None:
        say("")
        say("One record")
        _show(record, say)


def _scrapy() -> str:
    """How the `scrapy` that runs here is called from a shell: by its path where the shell finds none, or another."""
    own = Path(sys.executable).parent / "scrapy"
    found = shutil.which("scrapy")
    return "scrapy" if found is not None and Path(found) == own else _near(own)


def _crawl(command: list[str], project: Path | None, database: Path, posts: int) -> tuple[int, str]:
    """Run the crawl; its exit status, and what it said.

    On a terminal the crawl shows its own panel. Elsewhere a line says how many of *posts* have their record.

    Raises:
        subprocess.TimeoutExpired: it did not end in time, and was killed.
    """
    watched = on_terminal()
    display: Display = Nowhere() if watched else Lines(complain)
    until = time.monotonic() + TIME_LIMIT
    with tempfile.TemporaryFile() as out, counter("crawling", "posts", display) as told:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
            command, cwd=project, env=crawl_environment(), stdout=out, stderr=None if watched else out
        )
        try:
            while True:
                try:
                    status = process.wait(timeout=min(0.5, max(0.0, until - time.monotonic())))
                    break
                except subprocess.TimeoutExpired:
                    if time.monotonic() >= until:
                        raise
                    told(_records_in(database), posts)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        out.seek(0)
        return status, out.read().decode("utf-8", "replace")


def _records_in(database: Path) -> int:
    """How many records the crawl has made so far; none while there is no database."""
    try:
        with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=0.2)) as connection:
            return int(connection.execute("SELECT count(*) FROM records").fetchone()[0])
    except sqlite3.Error:
        return 0


def run_demo(
    folder: Path,
    *,
    posts: int,
    seed: int = 1,
    surface: str = "auto",
    project: Path | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Serve a world of *posts* posts, crawl it into *folder* (emptied of an earlier run), and sum up through *say*.

    *surface* as in the spider's argument; *project* is the folder of ``scrapy.cfg`` (default: the current one). Returns
    the exit status: 0 when every post ended as the world intends, 1 when not, the crawl's own when it failed.
    """
    folder = folder.resolve()
    database, feed, log = _fresh(folder)
    world = build_world(seed=seed, posts=posts)
    with serve(world) as server:
        say(f"A small world is served on {server.address}: dnyuz.test with {posts} posts, and their publishers.")
        say("All of it is made up. No other machine is asked. Crawling ...")
        say("")
        started = time.monotonic()
        command = crawl_command(server, database, feed, log=log, arguments={"surface": surface})
        try:
            status, told = _crawl(command, project, database, posts)
        except subprocess.TimeoutExpired:
            say(f"The crawl did not end within {TIME_LIMIT} s. Its log: {_near(log)}")
            return 1
        took = time.monotonic() - started
        asked = Counter(entry.host for entry in server.requests)
        if status not in (0, 3):
            say(f"The crawl failed with status {status}:")
            say(textwrap.indent("\n".join(told.strip().splitlines()[-15:]), "    "))
            say(f"Its log: {_near(log)}")
            return status if status > 0 else 1
        delivered = latest(read_records(feed))
        comparison = compare(world.all_expected(), delivered.values(), surface=None if surface == "auto" else surface)
        requests = sum(asked.values())
        site = server.count("dnyuz.test")
    summary(delivered, comparison, say)
    say("")
    others = f"the others to {len(asked) - 1} hosts of publishers"
    say(f"{requests} requests in {took:.1f} s: {site} to the aggregator, {others}.")
    say("Files")
    for path, what in (
        (feed, "the records, one JSON object a line"),
        (database, "the database, the truth"),
        (log, "the crawl's log"),
    ):
        say(f"  {_near(path):<28} {what}")
    further = f"{_scrapy()} status -s NEWSCRAWL_DATABASE=sqlite:///{_near(database)}"
    say(f"Look further: {further}")
    say("")
    say(f"{comparison.matching} of {comparison.total} posts as the world intends")
    for difference in comparison.differences[:40]:
        say(f"  differs: {difference}")
    return 0 if comparison.ok else 1
