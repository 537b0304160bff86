"""Listings without an end: sitemaps, list pages, calendars. Each crawl ends by itself after a bounded number."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crawl.harness import Crawl, Outcome
from tests.net.harness import Server, answer, path_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WORDS = " ".join(f"Sentence number {n} of this article says something of its own." for n in range(40))
POST = answer(
    "<!doctype html><html lang=en><head><title>A post</title>"
    '<meta property="article:published_time" content="2026-11-20T10:00:00Z"></head><body class="single-post"><article>'
    f'<h1 class="entry-title">A post</h1><div class="entry-content"><p>{WORDS}</p></div></article></body></html>'
)


def _xml(body: str) -> bytes:
    return answer(f'<?xml version="1.0" encoding="UTF-8"?>{body}', content_type="application/xml")


def _index(base: str, names: list[str]) -> bytes:
    entries = "".join(f"<sitemap><loc>{base}/{name}</loc></sitemap>" for name in names)
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>')


def _urls(base: str, paths: list[str]) -> bytes:
    entries = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
    return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>')


def _crawl(folder: Path, site: Callable[[str, str], bytes | None], *arguments: str) -> tuple[Outcome, list[str]]:
    """Crawl an aggregator whose *site* (of base and path) answers; the outcome and what was asked for."""

    def script(peer: Any, head: bytes) -> bool:
        path = path_of(head)
        if path == "/robots.txt":
            sent: bytes | None = answer("User-agent: *\nAllow: /\n", content_type="text/plain")
        else:
            sent = site(f"http://agg.test:{server.port}", path)
        peer.sendall(sent or answer("no", "404 Not Found"))
        return True

    with Server(script) as server:
        overrides = json.dumps({f"agg.test:{server.port}": f"127.0.0.1:{server.port}"})
        crawl = Crawl(folder, None, RETRY_TIMES=0, NEWSCRAWL_HOST_OVERRIDES=overrides)
        words = ["crawl", "wordpress", "-a", f"site=http://agg.test:{server.port}"]
        for one in arguments:
            words += ["-a", one]
        done = crawl.run(*words, timeout=200)
        return done, server.paths()


def test_a_sitemap_index_of_very_many_files(tmp_path: Path) -> None:
    def site(base: str, path: str) -> bytes | None:
        if path == "/wp-sitemap.xml":
            return _index(base, [f"wp-sitemap-posts-post-{n}.xml" for n in range(1, 5_001)])
        if path.startswith("/wp-sitemap-posts-post-"):
            return _urls(base, [])
        return None

    done, asked = _crawl(tmp_path, site, "surface=sitemap", "since=all", "follow=no")
    assert done.status == 4
    assert "more than 500 files" in done.last_line
    assert len([path for path in asked if path.endswith(".xml")]) == 500


def test_sitemap_indexes_that_lead_ever_deeper(tmp_path: Path) -> None:
    def site(base: str, path: str) -> bytes | None:
        if path == "/wp-sitemap.xml":
            return _index(base, ["wp-sitemap-posts-post-1.xml", "wp-sitemap.xml"])
        if path.startswith("/wp-sitemap-posts-post-"):
            # Under a new name each time, so that none has been seen before.
            number = int(path.removeprefix("/wp-sitemap-posts-post-").removesuffix(".xml"))
            return _index(base, [f"wp-sitemap-posts-post-{2 * number + more}.xml" for more in (0, 1)])
        return None

    done, asked = _crawl(tmp_path, site, "surface=sitemap", "since=all", "follow=no")
    assert "sitemap indexes lead deeper than" in done.last_line
    assert len(asked) < 20, asked
    assert "Traceback" not in done.err


def _list(posts: list[str], following: str | None) -> bytes:
    entries = "".join(
        f'<article class="post"><h2 class="entry-title"><a href="{path}" rel="bookmark">Post {path}</a></h2>'
        '<time class="entry-date published" datetime="2026-11-20T10:00:00Z">November 20, 2026</time></article>'
        for path in posts
    )
    onward = f'<a class="next page-numbers" href="{following}">Next</a>' if following else ""
    head = "<!doctype html><html><head><title>Blog</title></head>"
    return answer(f'{head}<body><main>{entries}<div class="nav-links">{onward}</div></main></body></html>')


@pytest.mark.parametrize("kind", ["same-page", "same-posts", "nothing-new"])
def test_list_pages_that_never_end(tmp_path: Path, kind: str) -> None:
    """Next leads to the page itself, or to ever new addresses with the same posts, or with none."""
    posts = [f"/2026/11/20/post-{n}/" for n in range(5)]

    def site(base: str, path: str) -> bytes | None:
        if path in posts:
            return POST
        number = int(path.rstrip("/").rpartition("/")[2]) if path.startswith("/page/") else 1
        if path not in ("/", f"/page/{number}/"):
            return None
        if kind == "same-page":
            return _list(posts, f"{base}{path}")
        return _list(posts if kind == "same-posts" or number == 1 else [], f"{base}/page/{number + 1}/")

    done, asked = _crawl(tmp_path, site, "surface=archive", "since=all", "follow=no")
    # What repeats or shows nothing new has not proven its end.
    assert done.status == (0 if kind == "same-page" else 4), done.err
    assert set(posts) <= set(asked)
    assert len([path for path in asked if path == "/" or path.startswith("/page/")]) <= 8, asked


def test_a_calendar_without_a_beginning(tmp_path: Path) -> None:
    """Every day of every year has its list, back to the year 1: a window of years is not asked for day by day."""

    def site(base: str, path: str) -> bytes | None:
        parts = path.strip("/").split("/")
        if path == "/" or (len(parts) == 3 and all(part.isdigit() for part in parts)):
            return _list([f"{path.rstrip('/')}/post-1/"], None)
        return POST if path.endswith("/post-1/") else None

    done, asked = _crawl(tmp_path, site, "surface=archive", "since=1990-01-01", "follow=no")
    assert done.status == 4, done.err
    assert "not complete" in done.last_line
    days = [path for path in asked if len(path.strip("/").split("/")) == 3 and "post" not in path]
    assert len(days) <= 62, len(days)
    assert "Traceback" not in done.err
