"""Content that is long to parse, against the real crawl: longest stall of the event loop, peak memory, time of a stop.

Each payload is served on loopback beside good content, and crawled twice: once to its end, once with SIGTERM while
the payload is being read. An extension in the crawl measures how long the event loop stood still, by the clock and
in CPU time of its thread: what is judged is CPU time, since the clock also tells what else the machine had to do.

    python -m benchmarks.siege [NAME ...]
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, write_result
from tests.site import Page, Served, serve_site
from tests.surfaces.sites import index, item, rest_post, rss, sitemap

__all__ = ["PAYLOADS", "Payload", "besiege", "main"]

GOOD = 10
#: Seconds after the payload was sent at which SIGTERM is sent, and that a run may take.
TERM_AFTER = 0.7
MOST_SECONDS = 300
#: What has to hold, in seconds.
MAX_STALL = 1.0
MAX_STOP = 10.0


@dataclass(frozen=True)
class Payload:
    """*words*: the command, by the server's port and a folder. *routes*: body and content type by path."""

    name: str
    words: Callable[[int, Path], list[str]]
    routes: Callable[[int], dict[str, tuple[bytes, str]]]
    #: Paths whose answer is the payload.
    hostile: tuple[str, ...] = ()
    good: int = GOOD


#: Made when it is served: some are tens of megabytes.
Text = Callable[[], str]
HTML = "text/html; charset=utf-8"
XML = "application/xml"
JSON = "application/json"
_SENTENCE = "The council of the town met at the harbour and spoke of the bridge that the winter had taken. "


def _story(number: int, head: str = "", body: str = "") -> bytes:
    text = "".join(f"<p>{_SENTENCE * 3} Part {part} of story {number}.</p>" for part in range(8))
    title = f"Story number {number} of the harbour"
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"{text}{body}</article></body></html>"
    ).encode()


def _when(number: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1, minutes=number)


def _articles(head: Text = str, body: Text = str) -> Callable[[int], dict[str, tuple[bytes, str]]]:
    def routes(_port: int) -> dict[str, tuple[bytes, str]]:
        found = {f"/story-{number}": (_story(number), HTML) for number in range(GOOD)}
        return {**found, "/evil": (_story(99, head(), body()), HTML)}

    return routes


def _article_words(port: int, folder: Path) -> list[str]:
    urls = [f"http://good{number}.test:{port}/story-{number}" for number in range(GOOD)]
    (folder / "urls.txt").write_text("\n".join([f"http://evil.test:{port}/evil", *urls]))
    return ["crawl", "articles", "-a", f"urls={folder / 'urls.txt'}"]


def _site_words(surface: str) -> Callable[[int, Path], list[str]]:
    def words(port: int, _folder: Path) -> list[str]:
        site = f"site=http://agg.test:{port}"
        return ["crawl", "wordpress", "-a", site, "-a", f"surface={surface}", "-a", "since=all", "-a", "follow=no"]

    return words


def _rest(extra: Text) -> Callable[[int], dict[str, tuple[bytes, str]]]:
    def routes(port: int) -> dict[str, tuple[bytes, str]]:
        posts = []
        for number in range(GOOD + 1):
            text = f"<p>{_SENTENCE * 3} {number}</p>" + (extra() if number == 3 else "")
            content = {"rendered": text, "protected": False}
            link = f"http://agg.test:{port}/2026/{number}/"
            posts.append(rest_post(1000 - number, _when(number), link=link, content=content))
        return {"/wp-json/wp/v2/posts": (json.dumps(posts).encode(), JSON)}

    return routes


def _body(page: Page) -> bytes:
    assert page is not None
    assert isinstance(page[2], str)
    return page[2].encode()


def _rss(port: int, name: str, *, channel: str = "", entry: str = "") -> bytes:
    items = [
        item(
            f"post-{name}-{number}",
            _when(number),
            link=f"http://{name}.test:{port}/2026/{number}/",
            body=f"<p>{_SENTENCE * 5} {number}</p>",
        )
        for number in range(GOOD)
    ]
    return _body(rss(*items, head=channel + entry))


def _feeds(*, channel: Text = str, entry: Text = str) -> Callable[[int], dict[str, tuple[bytes, str]]]:
    return lambda port: {
        "/evil-feed/": (_rss(port, "evil", channel=channel(), entry=entry()), XML),
        "/good-feed/": (_rss(port, "good"), XML),
    }


def _feed_words(port: int, _folder: Path) -> list[str]:
    feeds = f"feeds=http://evil.test:{port}/evil-feed/,http://good.test:{port}/good-feed/"
    return ["crawl", "feeds", "-a", feeds, "-a", "since=all", "-a", "follow=no"]


def _sitemap(packed: Callable[[], bytes]) -> Callable[[int], dict[str, tuple[bytes, str]]]:
    def routes(port: int) -> dict[str, tuple[bytes, str]]:
        base = f"http://agg.test:{port}"
        body = packed()
        good = sitemap(*((f"{base}/2026/{number}/", _when(number)) for number in range(GOOD)))
        files = _body(index(*((f"{base}/{name}", None) for name in ("post-sitemap2.xml", "post-sitemap.xml"))))
        found = {
            "/sitemap.xml": (files, XML),
            "/wp-sitemap.xml": (files, XML),
            "/post-sitemap2.xml": (body, "application/x-gzip" if body[:2] == b"\x1f\x8b" else XML),
            "/post-sitemap.xml": (_body(good), XML),
        }
        return {**found, **{f"/2026/{number}/": (_story(number), HTML) for number in range(GOOD)}}

    return routes


def _lists(extra: Text) -> Callable[[int], dict[str, tuple[bytes, str]]]:
    def routes(port: int) -> dict[str, tuple[bytes, str]]:
        cards = "".join(
            f'<article class="post"><h2 class="entry-title"><a href="/2026/{number}-story/">Story {number}</a></h2>'
            f'<time datetime="{_when(number).isoformat()}"></time></article>'
            for number in range(GOOD)
        )
        page = f'<!doctype html><html><body class="home blog">{cards}{extra()}</body></html>'.encode()
        return {"/": (page, HTML), **{f"/2026/{number}-story/": (_story(number), HTML) for number in range(GOOD)}}

    return routes


def _packed(start: bytes, piece: bytes, size: int) -> bytes:
    return gzip.compress(start + piece * (size // len(piece)), 9)


MARKS = "\u0316\u0301"
_URLSET = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def _attributes(count: int) -> str:
    return " ".join(f"a{number}=1" for number in range(count))


def _numbered(count: int, form: str) -> str:
    return "".join(form.format(n=number) for number in range(count))


def _in_json_ld(value: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{value}"}}</script>'


def _robots(port: int) -> dict[str, tuple[bytes, str]]:
    rules = _numbered(20_000, "Disallow: /x{n}/*a*b\n")
    robots = f"User-agent: *\nUser-agent: GPTBot\n{rules}Allow: /\n".encode()
    return {**_articles()(port), "/robots.txt": (robots, "text/plain")}


def _of_originals() -> Iterator[Payload]:
    yield Payload("nothing", _article_words, _articles())
    for name, head, body in (
        ("marks-original", lambda: _in_json_ld(MARKS * 250_000), str),
        ("marks-text", str, lambda: f"<p>{MARKS * 250_000}</p>"),
        ("inputs-original", str, lambda: "<input>text of it" * 60_000),
        ("bylines", str, lambda: "<div class=byline>" * 240 + "By x" * 500),
        ("scripts", lambda: _in_json_ld("x") * 2_000, str),
        ("attributes-original", str, lambda: f"<p {_attributes(100_000)}>"),
    ):
        yield Payload(name, _article_words, _articles(head, body), ("/evil",))
    yield Payload("robots-rules", _article_words, _robots, ("/robots.txt",))


def _of_posts() -> Iterator[Payload]:
    for name, extra in (
        ("marks-post", lambda: f"<p>{MARKS * 150_000}</p>"),
        ("inputs-post", lambda: "<input>text" * 40_000),
        ("sources-post", lambda: "<div class=jeg_post_source>" * 240 + "x" * 9_999),
        ("hosts-post", lambda: _numbered(400, "<a href='https://" + MARKS * 2_000 + "{n}/'>x</a>")),
    ):
        yield Payload(name, _site_words("rest"), _rest(extra), ("/wp-json/wp/v2/posts",))


def _of_lists() -> Iterator[Payload]:
    feed = ("/evil-feed/",)
    yield Payload("feed-attributes", _feed_words, _feeds(channel=lambda: f"<image {_attributes(50_000)}/>"), feed)
    yield Payload("feed-elements", _feed_words, _feeds(channel=lambda: "<x/>" * 2_500_000), feed)
    yield Payload(
        "feed-marks", _feed_words, _feeds(entry=lambda: f"<item><title>{MARKS * 200_000}</title></item>"), feed
    )
    size = 52_000_000
    for name, packed in (
        ("sitemap-ampersands", lambda: _packed(_URLSET + b"<url><loc>", b"&", size)),
        ("sitemap-lines", lambda: _packed(b"", b"\n", size)),
        ("sitemap-empty", lambda: _packed(_URLSET, b"<url/>", size)),
    ):
        yield Payload(name, _site_words("sitemap"), _sitemap(packed), ("/post-sitemap2.xml",))
    for name, extra in (
        ("list-nested", lambda: "<div class='nav-links'>" * 100 + _numbered(5_000, "<a href=/page/{n}/>x</a>")),
        (
            "list-headings",
            lambda: (
                "<div class=post>"
                + _numbered(500, "<h2 class=entry-title><a href=/x/{n}-aaa/>x</a></h2>")
                + "<p>y</p>" * 5_000
            ),
        ),
        (
            "list-hosts",
            lambda: _numbered(400, "<article><h2><a href='//" + MARKS * 2_000 + "/{n}'>x</a></h2></article>"),
        ),
    ):
        yield Payload(name, _site_words("archive"), _lists(extra), ("/",))


SPIDER = """
from newscrawl.aggregators.html import HtmlAggregator


class SiegedSpider(HtmlAggregator):
    name = "sieged"
    post_links = "h2.entry-title a"
    post_date = "time::attr(datetime)"
    next_page = "//a[contains(., 'older posts')]"
    title = "h1"
    body = "article"
    attribution = "p.source"
"""
OWN_READER = """
    def parse_post(self, response):
        response.css("article div div p")
        return super().parse_post(response)
"""


def _spider_words(own: str = "") -> Callable[[int, Path], list[str]]:
    def words(port: int, folder: Path) -> list[str]:
        (folder / "sieged.py").write_text(SPIDER + own)
        return [
            "crawl", "sieged", "-s", "SPIDER_MODULES=sieged",
            "-a", f"site=http://agg.test:{port}", "-a", "since=all", "-a", "follow=no",
        ]  # fmt: skip

    return words


def _selected(posts: Text) -> Callable[[int], dict[str, tuple[bytes, str]]]:
    """A list of posts, one of which has *posts* on its page."""

    def routes(port: int) -> dict[str, tuple[bytes, str]]:
        evil = "<article><h2 class=entry-title><a href=/evil>x</a></h2></article>"
        return {**_lists(lambda: evil)(port), "/evil": (_story(99, body=posts()), HTML)}

    return routes


def _of_selectors() -> Iterator[Payload]:
    """What is long to read by the selectors of a spider, or by its own reader."""
    nested = "<div><div>" + "<p>x</p>" * 40_000
    for name, posts in (
        ("selected-siblings", lambda: "<article>x</article>" * 50_000),
        ("selected-nested", lambda: "<article>" * 2_000 + "x " * 200_000),
        ("selected-marks", lambda: f"<p class=source>{MARKS * 250_000}</p>"),
        ("selected-inputs", lambda: "<input>text" * 60_000),
        ("selected-links", lambda: "<p class=source>" + "<a href=/x>y</a>" * 30_000),
    ):
        yield Payload(name, _spider_words(), _selected(posts), ("/evil",))
    yield Payload("own-reader", _spider_words(OWN_READER), _selected(lambda: nested), ("/evil",))
    dates = "<time datetime=x></time>" * 40_000
    for name, extra in (
        ("selected-list", lambda: "<h2 class=entry-title>" + "<a href=/imprint>x</a>" * 2_000 + dates),
        ("selected-list-nested", lambda: "<h2 class=entry-title>" * 250 + "<a href=/imprint>x</a>" * 10_000 + dates),
    ):
        yield Payload(name, _spider_words(), _lists(extra), ("/",))


PAYLOADS = {
    payload.name: payload for part in (_of_originals, _of_posts, _of_lists, _of_selectors) for payload in part()
}


@dataclass
class Siege:
    """One crawl. *busy*: the most CPU seconds that the event loop's thread used at one go; *stall*: the longest time
    for which it did not run. *peak*: MiB of all processes together. *stop*: seconds from SIGTERM to the end."""

    status: int
    seconds: float
    busy: float
    stall: float
    peak: float
    good: int
    stop: float | None
    log: str = field(repr=False)


def _resident(pid: int) -> int:
    """Resident bytes of the process and its children."""
    total = 0
    with contextlib.suppress(OSError, ValueError):
        pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        for one in pids:
            with contextlib.suppress(OSError):
                total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def besiege(payload: Payload, folder: Path, *, stop: bool) -> Siege:
    """Crawl the world of *payload*; *stop*: with SIGTERM while it is being read."""
    sent = threading.Event()
    routes: dict[str, tuple[bytes, str]] = {}

    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        if path in payload.hostile:
            sent.set()
        body, kind = routes.get(path, (b"", ""))
        return (200, {"Content-Type": kind}, body) if kind else None

    with serve_site(site) as world:
        routes |= payload.routes(world.port)
        return _crawl(payload, folder, world, sent, stop=stop)


def _crawl(payload: Payload, folder: Path, world: Served, sent: threading.Event, *, stop: bool) -> Siege:
    stall_file, output, log_path = folder / "stall", folder / "out.jsonl", folder / "log"
    extensions = {
        "newscrawl.net.audit.ConnectGuard": 0,
        "scrapy.extensions.feedexport.FeedExporter": None,
        "newscrawl.datasets.feeds.WatchedFeedExporter": 0,
        "benchmarks.stall.StallMeter": 10,
    }
    settings = {
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_HOST_OVERRIDES": world.overrides,
        "NEWSCRAWL_RENDER": "never", "NEWSCRAWL_TDMREP": "0", "DOWNLOAD_DELAY": 0, "DOWNLOAD_TIMEOUT": 20,
        "RETRY_TIMES": 0, "EXTENSIONS": json.dumps(extensions), "SIEGE_FILE": str(stall_file),
    }  # fmt: skip
    command = [sys.executable, "-m", "scrapy", *payload.words(world.port, folder), "-o", str(output)]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    begun = time.monotonic()
    peak, stopped_at = 0, None
    with log_path.open("wb") as log:
        environment = {**os.environ, "PYTHONPATH": str(folder)}  # where a payload's own spider lies
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        sent_at = None
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            now = time.monotonic()
            if sent_at is None and sent.is_set():
                sent_at = now
            if stop and stopped_at is None and sent_at is not None and now - sent_at > TERM_AFTER:
                stopped_at = now
                process.send_signal(signal.SIGTERM)
            if now - begun > MOST_SECONDS:
                process.kill()
            time.sleep(0.02)
    ended = time.monotonic()
    records = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
    return Siege(
        process.returncode,
        ended - begun,
        *(map(float, stall_file.read_text().split()) if stall_file.exists() else (0.0, 0.0)),
        peak / 2**20,
        len({record["id"] for record in records if record["text"] and "evil" not in record["url"]}),
        None if stopped_at is None else ended - stopped_at,
        log_path.read_text(errors="replace"),
    )


def judge(payload: Payload, whole: Siege, stopped: Siege | None) -> list[str]:
    """What does not hold."""
    wrong = []
    if whole.good < payload.good:
        wrong.append(f"{whole.good} of {payload.good} good ones")
    if whole.busy > MAX_STALL:
        wrong.append(f"the event loop was busy for {whole.busy:.1f} s of CPU time at one go")
    if whole.status not in (0, 4):
        wrong.append(f"exit status {whole.status}")
    if stopped is not None and stopped.stop is not None and stopped.stop > MAX_STOP:
        wrong.append(f"SIGTERM took {stopped.stop:.1f} s")
    return wrong


def main() -> int:
    wanted = sys.argv[1:]
    unknown = sorted(set(wanted) - set(PAYLOADS))
    if unknown:
        print(f"there is no payload {', '.join(unknown)}", file=sys.stderr)
        return 2
    figures: dict[str, Any] = {
        "held": 0,
        "of": 0,
        "longest_busy": 0.0,
        "longest_stall": 0.0,
        "peak_mib": 0,
        "longest_stop": 0.0,
        "payloads": {},
    }
    for name in wanted or PAYLOADS:
        payload = PAYLOADS[name]
        with tempfile.TemporaryDirectory() as folder:
            whole = besiege(payload, Path(folder), stop=False)
        stopped = None
        if payload.hostile:
            with tempfile.TemporaryDirectory() as folder:
                stopped = besiege(payload, Path(folder), stop=True)
        wrong = judge(payload, whole, stopped)
        stop = stopped.stop if stopped is not None else None
        told = "  -  " if stop is None else f"{stop:4.1f} s"
        print(
            f"{name:20} {whole.seconds:6.1f} s  busy {whole.busy:6.2f} s  stall {whole.stall:6.2f} s"
            f"  {whole.peak:5.0f} MiB  good {whole.good:2}"
            f"  stop {told}  status {whole.status}  {'; '.join(wrong)}",
            flush=True,
        )
        if wrong and os.environ.get("SIEGE_LOG"):
            print(whole.log[-4_000:])
        figures["of"] += 1
        figures["held"] += not wrong
        figures["longest_busy"] = max(figures["longest_busy"], round(whole.busy, 2))
        figures["longest_stall"] = max(figures["longest_stall"], round(whole.stall, 2))
        figures["peak_mib"] = max(figures["peak_mib"], round(whole.peak))
        figures["longest_stop"] = max(figures["longest_stop"], round(stop or 0.0, 1))
        figures["payloads"][name] = {
            "seconds": round(whole.seconds, 1),
            "busy_seconds": round(whole.busy, 2),
            "stall_seconds": round(whole.stall, 2),
            "peak_mib": round(whole.peak),
            "good": whole.good,
            "stop_seconds": None if stop is None else round(stop, 1),
            "wrong": wrong,
        }
    if not wanted:
        write_result("siege", figures)
    return 0 if figures["held"] == figures["of"] else 1


if __name__ == "__main__":
    sys.exit(main())
