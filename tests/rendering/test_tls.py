"""Pages over TLS: what scripts load goes through the proxy's tunnels, and the browser verifies certificates itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.demo.run import crawl_environment
from tests.net.certificates import Authority
from tests.rendering.sites import Site, article_script, nobody_left, shell
from tests.warm import run_module

pytestmark = pytest.mark.slow


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def site(chromium: str, authority: Authority) -> Iterator[Site]:
    with Site(authority.context("www.harbour.test")) as served:
        served.pages["/story"] = shell("", head='<script defer src="/app.js"></script>')
        served.pages["/app.js"] = (
            "fetch('/data').then(r => r.text()).then(function (t) { if (t === 'yes') show(); });"
            + (f"function show() {{ {article_script()} }}")
        )
        served.pages["/data"] = lambda query: (200, {"Content-Type": "text/plain"}, b"yes")
        yield served


def crawl(
    mode: str, site: Site, authority: Authority, folder: Path, place: Path
) -> tuple[list[dict[str, object]], str]:
    feed = folder / "out.jsonl"
    words = [mode, "crawl", "articles", "-a", f"url={site.url('/story')}", "-O", str(feed)]
    settings = {
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_HOST_OVERRIDES": site.overrides,
        "DOWNLOAD_DELAY": "0",
        "NEWSCRAWL_WORKERS": "0",
    }
    for name, value in settings.items():
        words += ["-s", f"{name}={value}"]
    environment = {**crawl_environment(), "TMPDIR": str(place), "SSL_CERT_FILE": str(authority.path)}
    with nobody_left(place):
        done = run_module("tests.rendering.crawling", *words, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    records = [json.loads(line) for line in feed.read_text().splitlines()] if feed.exists() else []
    return records, done.stderr


def test_scripts_and_data_over_tls(site: Site, authority: Authority, tmp_path: Path, place: Path) -> None:
    (record,), _ = crawl("trust", site, authority, tmp_path, place)
    assert (record["outcome"], record["original"]["rendered"]) == ("original", True)  # type: ignore[index]
    assert (site.asked["/story"], site.asked["/app.js"], site.asked["/data"]) == (1, 1, 1)


def test_a_certificate_that_the_browser_does_not_know(
    site: Site, authority: Authority, tmp_path: Path, place: Path
) -> None:
    records, log = crawl("whole", site, authority, tmp_path, place)
    assert not records  # the article could not be had
    assert "'newscrawl/originals/needs_browser': 1" in log
    assert site.asked["/story"] == 1
    assert not site.asked["/app.js"]
