# ruff: noqa: E501 - pages and their scripts read better whole
"""Pages that crash, hang and swell the browser, crawls that are killed: the others are stored, nobody is left."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newscrawl.demo.run import crawl_environment
from newscrawl.rendering.room import sweep
from tests.crawl.harness import Outcome, stop, wait_until
from tests.rendering.sites import SENTENCES, Answer, Site, article_script, line_of, nobody_left, processes, shell
from tests.soak import sampled
from tests.warm import run_module, run_scrapy, start_scrapy

pytestmark = pytest.mark.slow


def killing(place: Path, renderers: bool) -> Callable[[dict[str, str]], Answer]:
    """A script whose fetching kills the browser, or its renderers."""

    def answer(_query: dict[str, str]) -> Answer:
        for pid, line in processes(place).items():
            first = "--user-data-dir" in line and "--type=" not in line and "keeper.py" not in line
            if "--type=renderer" in line if renderers else first:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.3)
        return 200, {"Content-Type": "text/javascript"}, b""

    return answer


@pytest.fixture
def site(chromium: str, place: Path) -> Iterator[Site]:
    with Site() as served:
        served.pages["/good"] = shell(article_script())
        served.pages["/also"] = shell(article_script(50, "Another vote on the breakwater"))
        served.pages["/crash"] = shell(article_script(300), head='<script src="/kill.js"></script>')
        served.pages["/kill.js"] = killing(place, False)
        served.pages["/fall"] = shell(article_script(300), head='<script src="/renderers.js"></script>')
        served.pages["/renderers.js"] = killing(place, True)
        served.pages["/hang"] = shell("for (;;) {}")
        served.pages["/late-hang"] = shell(f"{article_script()} setTimeout(function () {{ for (;;) {{}} }}, 20);")
        served.pages["/swell"] = shell(
            "var all = []; setInterval(function () { for (var n = 0; n < 4; n++) {"
            "var one = new Uint8Array(32e6); one.fill(n + 1); all.push(one); } }, 20);"
        )
        served.pages["/endless"] = shell(
            "(function more() { fetch('/flood').then(r => r.arrayBuffer()).then(more); })();" + article_script()
        )
        served.pages["/flood"] = lambda query: (200, {"Content-Type": "application/octet-stream"}, b"x" * 300_000)
        served.pages["/huge"] = shell(
            "var box = document.createElement('article'); for (var n = 0; n < 20; n++) { var p = document.createElement('p');"
            "p.textContent = 'Much ado about nothing, said the mayor. '.repeat(800); box.append(p); } document.body.append(box);"
        )
        served.pages["/dialogs"] = shell(
            f"alert(1); confirm(2); prompt(3); print(); onbeforeunload = () => 'x'; {article_script()}"
        )
        yield served


def command(site: Site, folder: Path, *paths: str, **settings: object) -> list[str]:
    urls = folder / "urls.txt"
    urls.write_text("".join(f"{path if '://' in path else site.url(path)}\n" for path in paths))
    given: dict[str, object] = {
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_HOST_OVERRIDES": site.overrides,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_TIMEOUT": 5,
        "NEWSCRAWL_RENDER_TIMEOUT": 4,
        "NEWSCRAWL_WORKERS": 0,
        **settings,
    }
    words = ["crawl", "articles", "-a", f"urls={urls}", "-O", str(folder / "out.jsonl")]
    for name, value in given.items():
        words += ["-s", f"{name}={value}"]
    return words


def environment(place: Path) -> dict[str, str]:
    """What a crawl is started with: its browsers keep their folders in *place*."""
    return {**crawl_environment(), "TMPDIR": str(place)}


def crawl(
    site: Site, folder: Path, place: Path, *paths: str, **settings: object
) -> tuple[dict[str, tuple[str, str | None]], str]:
    """Outcome and reason of each path, and the log. Nobody is left behind."""
    with nobody_left(place):
        done = run_scrapy(command(site, folder, *paths, **settings), env=environment(place), timeout=200)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    with contextlib.closing(sqlite3.connect(folder / "newscrawl.db")) as connection:
        rows = connection.execute("SELECT original, url, outcome, reason FROM records").fetchall()
    return {str(url).partition(f":{site.port}")[2]: (outcome, reason) for _, url, outcome, reason in rows}, done.stderr


def stat(log: str, name: str) -> int:
    found = re.search(rf"'newscrawl/rendering/{name}': (\d+)", log)
    return int(found[1]) if found else 0


BAD = {"/crash": "crash", "/fall": "crash", "/hang": "hang", "/late-hang": "hang"}


@pytest.mark.parametrize(("bad", "others"), sampled([(3, 2), (4, 4)], keep=[(3, 2)]))
def test_browsers_that_fail_are_replaced_and_all_others_stored(
    site: Site, tmp_path: Path, place: Path, bad: int, others: int
) -> None:
    """The first so many bad pages, and so many good ones between them and as many beside them."""
    why_of = dict(list(BAD.items())[:bad])
    good = [f"/good{number}" for number in range(2 * others)]
    for path in good:
        site.pages[path] = site.pages["/good"]
    # Each bad page on a host of its own, the good ones between and beside them.
    urls = [site.url(path, f"www.paper{number}.test") for number, path in enumerate(why_of)]
    urls[1:1] = [site.url(path) for path in good[:others]]
    urls += [site.url(path, "www.other.test") for path in good[others:]]
    found, log = crawl(site, tmp_path, place, *urls, NEWSCRAWL_RENDER_TIMEOUT=2)
    assert {path: found[path] for path in good} == dict.fromkeys(good, ("original", None))
    assert {path: found[path] for path in why_of} == dict.fromkeys(why_of, ("failed", "needs_browser"))
    # The second try is alone in its browser: each page's fault is known.
    for why in ("crash", "hang"):
        assert stat(log, f"failed_pages/{why}") == list(why_of.values()).count(why), why
        assert stat(log, f"replaced_browsers/{why}") >= list(why_of.values()).count(why), why
    assert stat(log, "pages") == len(good)
    assert "'playwright/page_count/max_concurrent': 2" in log


def test_a_browser_that_swells_is_replaced(site: Site, tmp_path: Path, place: Path) -> None:
    # A patience that no machine needs: what ends it is its memory.
    found, log = crawl(
        site, tmp_path, place, "/swell", NEWSCRAWL_RENDER_MEMORY_MB=1700, NEWSCRAWL_RENDER_TIMEOUT=60
    )  # fmt: skip
    assert found == {"/swell": ("failed", "needs_browser")}
    assert stat(log, "failed_pages/memory") == 1
    assert stat(log, "replaced_browsers/memory") >= 1


def test_a_browser_that_crashes_once_costs_nothing(site: Site, tmp_path: Path, place: Path) -> None:
    once = iter([killing(place, False)])

    def first_alone(query: dict[str, str]) -> Answer:
        return next(once, lambda query: (200, {"Content-Type": "text/javascript"}, b""))(query)

    site.pages["/kill.js"] = first_alone
    found, log = crawl(site, tmp_path, place, "/crash")
    assert found == {"/crash": ("original", None)}
    assert (stat(log, "retries"), stat(log, "browsers"), stat(log, "pages")) == (1, 2, 1)


def test_a_driver_that_dies_costs_nothing(site: Site, tmp_path: Path, place: Path) -> None:
    killed: list[int] = []

    def first_alone(_query: dict[str, str]) -> Answer:
        for pid in processes(place):
            above = int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
            if not killed and "run-driver" in line_of(above):
                killed.append(above)
                os.kill(above, signal.SIGKILL)
        time.sleep(0.3)
        return 200, {"Content-Type": "text/javascript"}, b""

    site.pages["/kill.js"] = first_alone
    found, log = crawl(site, tmp_path, place, "/crash", "/good")
    assert len(killed) == 1
    assert found == {"/crash": ("original", None), "/good": ("original", None)}
    assert (stat(log, "retries"), stat(log, "browsers"), stat(log, "pages")) == (1, 2, 2)


def test_bytes_and_size_are_bounded_and_a_page_that_stays_empty_is_told(
    site: Site, tmp_path: Path, place: Path
) -> None:
    site.pages["/empty"] = shell("var x = 1;")
    found, log = crawl(
        site, tmp_path, place, "/endless", "/huge", "/good", "/dialogs", "/empty",
        NEWSCRAWL_RENDER_BYTES=2_000_000, DOWNLOAD_MAXSIZE=400_000,
    )  # fmt: skip
    assert found["/good"] == found["/dialogs"] == ("original", None)
    assert found["/endless"] == found["/huge"] == found["/empty"] == ("failed", "needs_browser")
    assert (stat(log, "failed_pages/bytes"), stat(log, "failed_pages/size")) == (1, 1)
    assert stat(log, "bytes") < 4_000_000
    assert (stat(log, "browsers"), stat(log, "pages"), stat(log, "retries")) == (1, 3, 0)


def test_a_host_that_fails_again_and_again_is_left(site: Site, tmp_path: Path, place: Path) -> None:
    # Three times in a row; once is enough here.
    words = command(site, tmp_path, "/hang", "/late-hang", NEWSCRAWL_RENDER_TIMEOUT=1, NEWSCRAWL_RENDER_PAGES=1)
    with nobody_left(place):
        done = run_module("tests.rendering.crawling", "impatient", *words, env=environment(place), timeout=100)
    assert (stat(done.stderr, "failed_pages/hang"), stat(done.stderr, "failed_pages/host")) == (1, 1)
    assert stat(done.stderr, "browsers") == 2


def start(site: Site, folder: Path, place: Path, *paths: str, **settings: object) -> subprocess.Popen[str]:
    process: subprocess.Popen[str] = start_scrapy(
        command(site, folder, *paths, **settings),
        env=environment(place), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_until(
        lambda: site.asked[paths[0]] and any("--type=renderer" in line for line in processes(place).values()),
        timeout=30,
    )
    return process


@pytest.mark.parametrize("number", sampled([signal.SIGTERM, signal.SIGINT], keep=[signal.SIGTERM]))
def test_a_stop_ends_a_hanging_render(site: Site, tmp_path: Path, place: Path, number: int) -> None:
    with nobody_left(place):
        process = start(site, tmp_path, place, "/hang", NEWSCRAWL_RENDER_TIMEOUT=60)
        status, seconds, err = stop(process, number)
    assert status == 128 + number
    assert seconds < 9.0
    assert "Traceback" not in err
    assert "newscrawl: " in err.splitlines()[-1]


def test_a_killed_crawl_leaves_nobody_and_the_next_one_takes_it_up(site: Site, tmp_path: Path, place: Path) -> None:
    with nobody_left(place):
        process = start(site, tmp_path, place, "/hang", NEWSCRAWL_RENDER_TIMEOUT=60)
        process.kill()
        process.communicate()
    site.pages["/hang"] = site.pages["/good"]
    found, _ = crawl(site, tmp_path, place, "/hang")
    assert found == {"/hang": ("original", None)}


def test_the_next_run_cleans_up_where_the_keeper_was_killed_as_well(
    site: Site, tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(site, tmp_path, place, "/hang", NEWSCRAWL_RENDER_TIMEOUT=60)
    keepers = [pid for pid, line in processes(place).items() if "keeper.py" in line]
    assert len(keepers) == 2
    with nobody_left(place):
        # Its browser dies with it (PR_SET_PDEATHSIG); the folder is left to the next run.
        for pid in (process.pid, *keepers):
            os.kill(pid, signal.SIGKILL)
        process.communicate()
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        wait_until(lambda: sweep() == 1, timeout=5)


def test_without_a_browser_the_crawl_goes_on(site: Site, tmp_path: Path, place: Path) -> None:
    found, log = crawl(site, tmp_path, place, "/good", "/also", NEWSCRAWL_RENDER_BROWSER="/nowhere/chromium")
    assert set(found.values()) == {("failed", "needs_browser")}
    assert log.count("Rendering is off: NEWSCRAWL_RENDER_BROWSER=/nowhere/chromium") == 1


def test_a_browser_that_does_not_start_is_told(site: Site, tmp_path: Path, place: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'no usable sandbox' >&2\nexit 1\n")
    broken.chmod(0o755)
    found, log = crawl(site, tmp_path, place, "/good", "/also", NEWSCRAWL_RENDER_BROWSER=broken)
    assert set(found.values()) == {("failed", "needs_browser")}
    assert "Rendering is off: the browser does not start: " in log
    assert stat(log, "failed_pages/browser") == 2


def run(site: Site, folder: Path, place: Path, *paths: str, **settings: object) -> Outcome:
    done = run_scrapy(command(site, folder, *paths, **settings), env=environment(place), timeout=60)
    return Outcome(done.returncode, done.stdout, done.stderr)


def test_always_without_a_browser_is_one_clear_line(site: Site, tmp_path: Path, place: Path) -> None:
    done = run(site, tmp_path, place, "/good", NEWSCRAWL_RENDER="always", NEWSCRAWL_RENDER_BROWSER="/nowhere/chromium")
    assert done.status == 2
    assert done.err.strip() == (
        "newscrawl: refusing to crawl: NEWSCRAWL_RENDER=always: NEWSCRAWL_RENDER_BROWSER=/nowhere/chromium: "
        "there is no such program"
    )
    assert not site.asked


def test_never_renders_nothing(site: Site, tmp_path: Path, place: Path) -> None:
    found, log = crawl(site, tmp_path, place, "/good", NEWSCRAWL_RENDER="never")
    assert found == {"/good": ("failed", "needs_browser")}
    assert "rendering" not in log.partition("Dumping Scrapy stats")[2]


def test_always_renders_articles_and_no_wall(site: Site, tmp_path: Path, place: Path) -> None:
    text = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    script = '<script src="/seen.js"></script>'
    wall = (
        f"<!DOCTYPE html><html lang=en><head><title>Security check</title>{script}</head><body><h1>Are you a human?</h1><p>We noticed "
        "unusual activity from your network. Please complete the security check to continue.</p>"
        '<form method="post"><div class="g-recaptcha"></div><button>I am not a robot</button></form></body></html>'
    )
    site.pages["/static"] = (
        f"<!DOCTYPE html><html lang=en><head><title>A vote</title></head><body><article><h1>A vote</h1>{text}</article></body></html>"
    )
    site.pages["/wall"] = wall
    site.pages["/seen.js"] = article_script()
    found, log = crawl(site, tmp_path, place, "/static", "/wall", "/good", NEWSCRAWL_RENDER="always")
    assert found == {
        "/static": ("original", None),
        "/good": ("original", None),
        "/wall": ("failed", "challenge"),
    }
    assert stat(log, "pages") == 2
    assert not site.asked["/seen.js"]
