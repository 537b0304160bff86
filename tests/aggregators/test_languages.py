"""Sites in several languages: WPML's and Polylang's posts of each are found, and looked for once a day."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from newscrawl.aggregators.languages import remembered_languages, request_in, to_memory
from newscrawl.surfaces.answers import SurfaceRequest
from newscrawl.surfaces.parsing.links import Language, site_languages
from tests.crawl.harness import Crawl
from tests.site import HTML, JSON, Page, serve_site
from tests.surfaces.sites import ago, rest_post

WPML = "<meta name='generator' content='WPML ver:4.6.8 stt:1,4;'>"
SWITCHER = "<ul><li class='lang-item lang-item-4 lang-item-fr'><a hreflang='fr-FR' href='/fr/'>Français</a></li></ul>"


def front(head: str = "", body: str = "", base: str = "https://agg.test") -> bytes:
    links = "".join(
        f"<link rel='alternate' hreflang='{code}' href='{base}{path}'>"
        for code, path in (("en", "/"), ("fr", "/fr/"), ("pt-BR", "/pt-br/"), ("x-default", "/"))
    )
    return f"<!DOCTYPE html><html lang='en'><head>{head}{links}</head><body>{body}</body></html>".encode()


def test_languages_that_wpml_makes() -> None:
    assert site_languages(front(WPML), "https://agg.test/") == [
        Language("fr", "https://agg.test/fr", wpml=True),
        Language("pt-br", "https://agg.test/pt-br", wpml=True),
    ]


def test_languages_that_polylang_makes() -> None:
    found = site_languages(f"<html><body>{SWITCHER}</body></html>".encode(), "https://agg.test/")
    assert found == [Language("fr-fr", "https://agg.test/fr", wpml=False)]


@pytest.mark.parametrize(
    "page",
    [
        front(),  # who makes them is not known: pages may be translated as they are shown
        front(body="<div class='trp-language-switcher'></div>"),
        f"<html><head>{WPML}<link rel='alternate' hreflang='fr' href='https://agg-fr.example/'></head></html>".encode(),
        b"",
    ],
)
def test_no_posts_of_their_own(page: bytes) -> None:
    assert site_languages(page, "https://agg.test/") == []


def test_how_a_language_is_listed() -> None:
    request = SurfaceRequest("https://agg.test", since="2026-11-25T00:00:00Z")
    french = Language("fr", "https://agg.test/fr", wpml=True)
    by_rest, by_feed = request_in(request, french, "rest"), request_in(request, french, "feed")
    assert by_rest is not None
    assert (by_rest.site, by_rest.language) == ("https://agg.test", "fr")
    assert by_feed is not None
    assert (by_feed.site, by_feed.since) == ("https://agg.test/fr", request.since)
    assert request_in(request, Language("fr", "https://agg.test/fr", wpml=False), "rest") is None


def test_memory() -> None:
    found = [Language("fr", "https://agg.test/fr", wpml=True)]
    assert remembered_languages(json.loads(json.dumps(to_memory(found)))) == found
    assert remembered_languages({**to_memory(found), "looked_at": "2026-01-01T00:00:00Z"}) is None
    assert remembered_languages(None) is None


def _posts(url: str, *numbers: int) -> Page:
    shown = [rest_post(n, ago(hours=n), link=urljoin(url, f"/post-{n}/")) for n in numbers]
    return 200, {**JSON, "X-WP-Total": str(len(shown))}, json.dumps(shown)


def _beside_the_api(path: str, url: str) -> Page:
    """What a site of several languages has beside its API: the front page."""
    return (200, HTML, front(WPML, base=url.rstrip("/"))) if path == "/" else None


@pytest.mark.slow
def test_the_posts_of_all_languages_come(tmp_path: Path) -> None:
    posts = {"": (1, 2, 3), "fr": (11, 12), "pt-br": (21,)}

    def site(path: str, query: dict[str, str], url: str) -> Page:
        if path != "/wp-json/wp/v2/posts":
            return _beside_the_api(path, url)
        return _posts(url, *(() if "modified_after" in query else posts[query.get("lang", "")]))

    with serve_site(site) as served:
        crawl = Crawl(tmp_path, served, RETRY_TIMES=0)
        first = crawl.crawl("follow=no", spider="wordpress")
        assert first.status == 0, first.err[-2000:]
        urls = {one["post"]["url"] for one in crawl.feed()}
        assert {urlsplit(url).path for url in urls} == {f"/post-{n}/" for numbers in posts.values() for n in numbers}
        assert {one["post"]["site"] for one in crawl.feed()} == {served.url()}
        before = len(served.asked)
        assert crawl.crawl("follow=no", spider="wordpress").status == 0
        # Changes of the first language (and, now and then, its newest posts), and the newest posts of the two others.
        assert len(served.asked) - before <= 4


@pytest.mark.slow
def test_a_run_that_is_killed_between_two_languages_loses_none(tmp_path: Path) -> None:
    """The first language's list moved the mark past what the second had still to show."""
    killed = threading.Event()
    running: list[Any] = []

    def site(path: str, query: dict[str, str], url: str) -> Page:
        if path != "/wp-json/wp/v2/posts":
            return _beside_the_api(path, url)
        french = query.get("lang") == "fr"
        if french and not killed.is_set():
            running[0].kill()
            killed.set()
        return _posts(url, *((40,) if french else () if "lang" in query or "modified_after" in query else (1, 2)))

    with serve_site(site) as served:
        crawl = Crawl(tmp_path, served, RETRY_TIMES=0)
        running.append(crawl.start(*crawl.arguments("follow=no", spider="wordpress")))
        running[0].communicate(timeout=120)
        assert killed.is_set()
        assert crawl.crawl("follow=no", spider="wordpress").status == 0
        assert {urlsplit(one["url"]).path for one in crawl.records().values()} == {"/post-1/", "/post-2/", "/post-40/"}
