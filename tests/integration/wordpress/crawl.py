"""Runs the project's own command on the world and judges what came out.

It stays apart from `tests.crawl.harness`: a run's log goes to a file, which is judged as well, its settings come from
the environment, and it may be stopped when a condition holds.
"""

from __future__ import annotations

import collections
import importlib.util
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from newscrawl.urls import canonical_url
from tests.warm import start_scrapy

from . import plan
from .publishers import Publishers
from .site import SITE_HOST, WordPress
from .world import Post, World

__all__ = ["ROOT", "Crawl", "Report", "crawl", "judge", "make_world"]

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared"
#: What a site says of itself to all who come: asked for once a day and host, however many posts name it.
SITE_FILES = {"/robots.txt": "robots_txt", "/.well-known/tdmrep.json": "tdmrep_json"}
#: Answers after which asking again is a retry.
_FAILED = frozenset({0, 408, 429, *range(500, 600)})


def make_world(site: WordPress, publishers: Publishers) -> World:
    """Build the world, write its posts into *site*, and note their addresses."""
    from .world import build

    world = build(SHARED, publishers)
    written = site.load([post.as_import() for post in world.posts])
    for post in world.posts:
        post.url = written[post.name]["url"]
    site.forget_requests()
    return world


# --- the crawl ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crawl:
    """One run of ``scrapy crawl``: exit status, wall seconds (since it was told to stop, if it was), records as
    delivered, its log."""

    status: int
    seconds: float
    records: list[dict[str, Any]]
    log: str


def crawl(
    site: WordPress,
    publishers: Publishers,
    folder: Path,
    *,
    spider: str = "dnyuz",
    arguments: Mapping[str, str | None] | None = None,
    settings: Mapping[str, str] | None = None,
    seconds: float = 900,
    stop: tuple[signal.Signals, Callable[[], bool]] | None = None,
) -> Crawl:
    """Run *spider* on the site in a process of its own; database, records and log are kept in *folder*.

    A second run in the same *folder* goes on with the same database. ``None`` leaves an argument out.
    With *stop* the process gets that signal as soon as the condition holds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    feed, log = folder / "records.jsonl", folder / "crawl.log"
    feed.unlink(missing_ok=True)
    options: dict[str, str | None] = {"site": site.url, "since": "all", **(arguments or {})}
    chosen = {
        "DOWNLOAD_DELAY": "0",
        # Where no publisher is asked none is slow on purpose: then only a busy machine is.
        "DOWNLOAD_TIMEOUT": "90" if options.get("follow") == "no" else str(plan.DOWNLOAD_TIMEOUT),
        "DOWNLOAD_MAXSIZE": str(plan.DOWNLOAD_MAXSIZE),
        "LOG_LEVEL": "INFO",
        # Parsing in processes of its own costs a start of each, and is the setting of the crawl of the whole world.
        "NEWSCRAWL_WORKERS": "0",
    } | dict(settings or {})
    words = ["crawl", spider]
    for name, value in options.items():
        if value is None:
            continue
        words += ["-a", f"{name}={value}"]
    for name, value in chosen.items():
        words += ["-s", f"{name}={value}"]
    words += ["-O", str(feed)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCRAWL_")} | {
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_RENDER": "never",
        "NEWSCRAWL_HOST_OVERRIDES": json.dumps(
            {
                f"{SITE_HOST}:{site.port}": f"127.0.0.1:{site.port}",
                f"*.test:{publishers.port}": f"127.0.0.1:{publishers.port}",
            }
        ),
    }
    begun = time.monotonic()
    with (
        log.open("wb") as out,
        start_scrapy(words, env=environment, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        try:
            if stop is not None:
                number, due = stop
                while process.poll() is None and not due() and time.monotonic() - begun < seconds:
                    time.sleep(0.02)
                begun = time.monotonic()
                process.send_signal(number)
            status = process.wait(max(1.0, seconds - (time.monotonic() - begun)))
        finally:
            process.kill()
    took = time.monotonic() - begun
    lines = feed.read_text(encoding="utf-8").splitlines() if feed.exists() else []
    if stop is not None and lines:
        # Killed in the middle of a line: a feed promises no more.
        lines = [line for line in lines if line.endswith("}")]
    return Crawl(status, took, [json.loads(line) for line in lines], log.read_text(errors="replace"))


# --- the judgement ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a crawl got right and wrong. Lists name posts; ``figures`` is what is written down."""

    missing: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    wrong_ending: list[str] = field(default_factory=list)
    wrong_attribution: list[str] = field(default_factory=list)
    wrong_post: list[str] = field(default_factory=list)
    decoys_taken: list[str] = field(default_factory=list)
    trespasses: list[str] = field(default_factory=list)
    poor_text: list[str] = field(default_factory=list)
    f1: float = 0.0
    requests_per_post: float = 0.0
    asked_again: int = 0
    again: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, float] = field(default_factory=dict)

    def table(self) -> str:
        """Figures and coverage as text."""
        lines = [f"{name:<34} {value}" for name, value in self.figures.items()]
        lines += ["", f"{'field':<34} share that is not null"]
        lines += [f"{name:<34} {share:6.1%}" for name, share in self.coverage.items()]
        for title, names in (
            ("missing", self.missing),
            ("in more than one record", self.repeated),
            ("of no post", self.strangers),
            ("wrong ending", self.wrong_ending),
            ("wrong attribution", self.wrong_attribution),
            ("wrong facts of the post", self.wrong_post),
            ("decoys taken", self.decoys_taken),
            ("trespasses", self.trespasses),
            ("text below .5", self.poor_text),
        ):
            if names:
                lines += ["", f"{title}:", *(f"  {name}" for name in names)]
        return "\n".join(lines)


def judge(world: World, run: Crawl, aggregator: Sequence[Mapping[str, Any]], publishers: Publishers) -> Report:
    """Compare the records of *run* with the plan, post by post, and count requests at both servers.

    *aggregator* is what :meth:`WordPress.requests` says.
    """
    report = Report()
    tools = _evaluation()
    found: dict[str, dict[str, dict[str, Any]]] = collections.defaultdict(dict)
    known = {_key(post.url) for post in world.posts}
    for record in run.records:
        key = _key((record.get("post") or {}).get("url") or record.get("url") or "")
        if key not in known:
            report.strangers.append(key)
            continue
        # In a feed one id may come again: the highest version holds.
        older = found[key].get(record["id"])
        if older is None or record["version"] >= older["version"]:
            found[key][record["id"]] = record
    scores = []
    by_copy: dict[str, list[Any]] = {kind: [] for kind in plan.COPIES}
    chosen = []
    metadata: dict[str, list[float]] = {"title": [], "auth": [], "date": []}
    for post in world.posts:
        records = list(found.get(_key(post.url), {}).values())
        if len(records) != 1:
            (report.repeated if records else report.missing).append(post.name)
            record = {}
        else:
            record = records[0]
            chosen.append(record)
            _check_post(report, post, record, tools)
        if post.gold is not None:
            text = record.get("text") if record.get("text_source") == "original" else ""
            scores.append(tools.counts(post.gold["body"], text or ""))
            by_copy[post.copy].append(scores[-1])
            shown = {"title": record.get("title"), "authors": record.get("authors")}
            score = tools.score_page(post.gold, shown | {"published": record.get("published_at")})
            for name, values in metadata.items():
                values += [score[name]] if name in score else []
            if tools.page_f1(scores[-1]) < 0.5:
                report.poor_text.append(f"{post.name} {tools.page_f1(scores[-1]):.2f}")
    summary = tools.summarise(scores, [0.0] * len(scores))
    report.f1 = summary["f1"]
    report.coverage = _coverage(chosen)
    report.trespasses = [f"{seen.host}{seen.target}" for seen in publishers.trespasses()]
    listed, ignored = _requests(
        [(row["host"], row["target"], row["status"]) for row in aggregator],
        [(seen.host, seen.target, seen.status) for seen in publishers.requests()],
    )
    answered = collections.Counter(
        (seen.host, seen.target)
        for seen in publishers.requests()
        if 200 <= seen.status < 300 and publishers.behaviour(seen.host) is None
    )
    again = sum(number - 1 for (_, target), number in answered.items() if target not in SITE_FILES)
    report.asked_again = again
    report.again = [f"{host}{target} {number}" for (host, target), number in answered.items() if number > 1]
    report.requests_per_post = sum(listed) / len(world.posts)
    right = len(world.posts) - len(report.missing) - len(report.repeated)
    report.figures = {
        "posts": len(world.posts),
        "faults": len(world.by_kind("fault")),
        "decoys": len(world.by_kind("decoy")),
        "exit_status": run.status,
        "seconds": round(run.seconds, 1),
        "posts_in_exactly_one_record": right,
        "records_of_no_post": len(report.strangers),
        "outcome_and_reason_right": right - len(report.wrong_ending),
        "attribution_right": right - len({line.partition(":")[0] for line in report.wrong_attribution}),
        "post_facts_right": right - len({line.partition(":")[0] for line in report.wrong_post}),
        "decoys_taken": len(report.decoys_taken),
        "trespasses": len(report.trespasses),
        "original_text_f1": round(report.f1, 4),
        "original_text_precision": round(summary["p"], 4),
        "original_text_recall": round(summary["r"], 4),
        "original_text_f1_mean_of_pages": round(summary["f1pg"], 4),
        "original_text_f1_by_copy": {
            kind: round(tools.summarise(some, [0.0] * len(some))["f1"], 4) for kind, some in by_copy.items()
        },
        "originals_scored": len(scores),
        "original_title_right": _mean(metadata["title"]),
        "original_authors_right": _mean(metadata["auth"]),
        "original_date_right": _mean(metadata["date"]),
        "requests_aggregator": listed[0],
        "requests_publishers": listed[1],
        "requests_not_counted": ignored,
        "originals_asked_again": again,
        "requests_per_post": round(report.requests_per_post, 4),
        "outcomes": dict(
            sorted(
                collections.Counter(
                    "/".join(filter(None, (record["outcome"], record["reason"]))) for record in chosen
                ).items()
            )
        ),
    }
    return report


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _evaluation() -> ModuleType:
    file = SHARED / "tools" / "extraction_eval.py"
    spec = importlib.util.spec_from_file_location("extraction_eval", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _key(url: str) -> str:
    """WordPress writes ``%e3`` where others write ``%E3``: one post all the same."""
    return unquote(url).rstrip("/")


def _check_post(report: Report, post: Post, record: Mapping[str, Any], tools: ModuleType) -> None:
    ending = (record.get("outcome"), record.get("reason"))
    if not post.verdict.admits(*ending):
        planned = (post.verdict.outcome, post.verdict.reason)
        report.wrong_ending.append(f"{post.name}: {ending} instead of {planned}")
    if post.kind == "decoy" and (record.get("text_source") == "original" or str(ending[0]).startswith("original")):
        report.decoys_taken.append(post.name)
    got = record.get("attribution")
    if (got is None) != (post.attribution is None):
        report.wrong_attribution.append(f"{post.name}: {got} instead of {post.attribution}")
    elif got is not None and post.attribution is not None:
        for name, value in post.attribution.items():
            if not _same(name, value, got.get(name), tools):
                report.wrong_attribution.append(f"{post.name}: {name} {got.get(name)!r} instead of {value!r}")
    copy = record.get("post") or {}
    facts: list[tuple[str, Any, Any]] = [
        ("title", tools.norm(post.title), tools.norm(copy.get("title"))),
        ("published_at", post.published_at, copy.get("published_at")),
        ("categories", sorted(post.categories), sorted(copy.get("categories") or [])),
        ("tags", sorted(post.tags), sorted(copy.get("tags") or [])),
        ("author", tools.norm(post.author), tools.norm(copy.get("author"))),
        ("image", post.image is not None, copy.get("image_url") is not None),
    ]
    if post.original is not None and str(ending[0]).startswith("original"):
        facts.append(("url", canonical_url(post.original), canonical_url(str(record.get("url")))))
    elif not str(ending[0]).startswith("original"):
        facts.append(("url", _key(post.url), _key(str(record.get("url")))))
    for name, expected, value in facts:
        if expected != value:
            report.wrong_post.append(f"{post.name}: {name} {value!r} instead of {expected!r}")


def _same(name: str, expected: str | None, got: str | None, tools: ModuleType) -> bool:
    if name.endswith("_url"):
        if expected is not None and expected.startswith("file:"):
            return got in (None, expected)
        if expected is None or got is None:
            return expected == got
        try:
            return canonical_url(expected) == canonical_url(got)
        except ValueError:
            return expected == got
    return bool(tools.norm(expected) == tools.norm(got))


def _requests(*servers: Iterable[tuple[str, str, int]]) -> tuple[list[int], dict[str, int]]:
    """Requests that count, by server, and what was left out: a site's files on itself, redirects, retries.

    Of those files only the first request of a host is left out.
    """
    counted = []
    ignored = {**dict.fromkeys(SITE_FILES.values(), 0), "redirects": 0, "retries": 0}
    for requests in servers:
        number = 0
        failed: set[tuple[str, str]] = set()
        told: set[tuple[str, str]] = set()
        for host, target, status in requests:
            if target in SITE_FILES and (host, target) not in told | failed:
                ignored[SITE_FILES[target]] += 1
                told.add((host, target))
            elif (host, target) in failed:
                ignored["retries"] += 1
            elif 300 <= status < 400 and status != 304:
                ignored["redirects"] += 1
            else:
                number += 1
            if status in _FAILED:
                failed.add((host, target))
        counted.append(number)
    return counted, ignored


def _coverage(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Share of records whose field is neither null nor empty, parts taken apart."""
    filled: dict[str, int] = {}
    for record in records:
        for name, value in _fields(record):
            filled[name] = filled.get(name, 0) + (value not in (None, [], {}, ""))
    return {name: round(number / len(records), 4) for name, number in filled.items()}


def _fields(record: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    parts = ("publisher", "post", "attribution", "original", "rights")
    for name, value in record.items():
        yield name, value
        if name in parts and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", inside) for inner, inside in value.items())
