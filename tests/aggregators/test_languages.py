"""Sites in several languages: WPML's and Polylang's posts of each are found, and looked for once a day."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from newscrawl.aggregators.languages import remembered_languages, request_in, to_memory
from newscrawl.surfaces.answers import SurfaceRequest
from newscrawl.surfaces.parsing.links import Language, site_languages
from tests.crawl.harness import Crawl
from tests.net.harness import Server, answer, path_of
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


def _beside_the_api(base: str, path: str) -> bytes:
    """What a site of several languages has beside its API: robots.txt and the front page."""
    if path == "/robots.txt":
        return answer("User-agent: *\nAllow: /\n", content_type="text/plain")
    return answer(front(WPML, base=base).decode()) if path == "/" else answer("no", "404 Not Found")


@pytest.mark.slow
def test_the_posts_of_all_languages_come(tmp_path: Path) -> None:
    posts = {"": (1, 2, 3), "fr": (11, 12), "pt-br": (21,)}

    def page(base: str, path: str, query: dict[str, list[str]]) -> bytes:
        if path != "/wp-json/wp/v2/posts":
            return _beside_the_api(base, path)
        if "modified_after" in query:
            return answer("[]", headers=[("X-WP-Total", "0")], content_type="application/json")
        shown: list[dict[str, Any]] = [
            rest_post(number, ago(hours=number), link=f"{base}/post-{number}/")
            for number in posts[query.get("lang", [""])[0]]
        ]
        total = [("X-WP-Total", str(len(shown)))]
        return answer(json.dumps(shown), headers=total, content_type="application/json")

    server, crawl = _served(tmp_path, page)
    with server:
        first = crawl(server, "follow=no")
        assert first.status == 0, first.err[-2000:]
        urls = {one["post"]["url"] for one in crawl.feed()}
        assert {urlsplit(url).path for url in urls} == {f"/post-{n}/" for numbers in posts.values() for n in numbers}
        assert {one["post"]["site"] for one in crawl.feed()} == {f"http://agg.test:{server.port}"}
        before = len(server.paths())
        assert crawl(server, "follow=no").status == 0
        # Changes of the first language (and, now and then, its newest posts), and the newest posts of the two others.
        assert len(server.paths()) - before <= 4


@pytest.mark.slow
def test_a_run_that_is_killed_between_two_languages_loses_none(tmp_path: Path) -> None:
    """The first language's list moved the mark past what the second had still to show."""
    killed = threading.Event()

    def page(base: str, path: str, query: dict[str, list[str]]) -> bytes:
        if path != "/wp-json/wp/v2/posts":
            return _beside_the_api(base, path)
        french = query.get("lang") == ["fr"]
        if french and not killed.is_set():
            running[0].kill()
            killed.set()
        numbers = (40,) if french else () if "lang" in query or "modified_after" in query else (1, 2)
        shown = [rest_post(number, ago(hours=number), link=f"{base}/post-{number}/") for number in numbers]
        total = [("X-WP-Total", str(len(shown)))]
        return answer(json.dumps(shown), headers=total, content_type="application/json")

    server, crawl = _served(tmp_path, page)
    running: list[Any] = []
    with server:
        crawl.settings["NEWSCRAWL_HOST_OVERRIDES"] = json.dumps({f"*.test:{server.port}": f"127.0.0.1:{server.port}"})
        site = f"site=http://agg.test:{server.port}"
        running.append(crawl.start("crawl", "wordpress", "-a", site, "-a", "follow=no"))
        running[0].communicate(timeout=120)
        assert killed.is_set()
        assert crawl(server, "follow=no").status == 0
        assert {urlsplit(one["url"]).path for one in crawl.records().values()} == {"/post-1/", "/post-2/", "/post-40/"}


class _LanguageCrawl(Crawl):
    """Crawls of an aggregator at ``agg.test``."""

    def __call__(self, server: Server, *arguments: str) -> Any:
        self.settings["NEWSCRAWL_HOST_OVERRIDES"] = json.dumps({f"*.test:{server.port}": f"127.0.0.1:{server.port}"})
        words = [
            "crawl",
            "wordpress",
            "-a",
            f"site=http://agg.test:{server.port}",
            "-O",
            str(self.folder / "out.jsonl"),
        ]
        for one in arguments:
            words += ["-a", one]
        return self.run(*words)


def _served(folder: Path, page: Callable[[str, str, dict[str, list[str]]], bytes]) -> tuple[Server, _LanguageCrawl]:
    def script(peer: Any, head: bytes) -> bool:
        parts = urlsplit(path_of(head))
        peer.sendall(page(f"http://agg.test:{server.port}", parts.path, parse_qs(parts.query)))
        return True

    server = Server(script)
    return server, _LanguageCrawl(folder, None, RETRY_TIMES=0)
