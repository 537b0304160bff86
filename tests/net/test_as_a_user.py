"""What an operator meets: warnings, refusals and records, through the real commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.run import crawl_environment
from tests.crawl.harness import Crawl, one_clear_line
from tests.net.certificates import Authority
from tests.net.harness import ROOT, Server, answer, pages
from tests.warm import run_scrapy

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

ALLOW = answer("User-agent: *\nAllow: /\n", content_type="text/plain")
WORDS = " ".join(f"Sentence number {n} of this article says something of its own." for n in range(60))


def article(title: str, *, head: str = "", headers: Any = ()) -> bytes:
    return answer(
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"<p>{WORDS}</p><p>{WORDS.upper()}</p></article></body></html>",
        headers=headers,
    )


def crawl_of(folder: Path, *servers: tuple[str, Server], **settings: Any) -> Crawl:
    """Commands in *folder* for names that lead to servers of the test."""
    overrides = json.dumps({f"{name}:{server.port}": f"127.0.0.1:{server.port}" for name, server in servers})
    own: dict[str, Any] = {"NEWSCRAWL_HOST_OVERRIDES": overrides} if servers else {}
    # The guarded resolver over an empty table: no name server is asked.
    return Crawl(folder, None, TWISTED_DNS_RESOLVER="tests.net.resolvers.TableResolver", **own, **settings)


# --- the contact -------------------------------------------------------------------------------------------

NO_CONTACT = "no contact in the user agent"


@pytest.mark.parametrize(
    "words",
    [
        ("wordpress", "-a", "site=http://agg.invalid"),
        ("articles", "-a", "url=http://pub.invalid/story"),
        ("feeds", "-a", "feeds=http://agg.invalid/feed/"),
    ],
    ids=lambda words: words[0],
)
def test_a_crawl_of_a_public_site_warns_where_nobody_can_be_reached(tmp_path: Path, words: tuple[str, ...]) -> None:
    crawl = crawl_of(tmp_path, RETRY_TIMES=0)
    assert NO_CONTACT in crawl.run("crawl", *words).err
    assert NO_CONTACT not in crawl.run("crawl", *words, NEWSCRAWL_CONTACT="https://example.org/us").err


def test_a_crawl_of_ones_own_test_bed_does_not_warn(tmp_path: Path) -> None:
    with Server(pages({"/robots.txt": ALLOW, "/story": article("A story of the harbour")})) as server:
        crawl = crawl_of(tmp_path, ("pub.example.org", server))
        done = crawl.run("crawl", "articles", "-a", f"url=http://pub.example.org:{server.port}/story")
        assert done.status == 0, done.err
        assert NO_CONTACT not in done.err
        # An override for one name says nothing of another.
        crawl = crawl_of(tmp_path, ("pub.example.org", server), RETRY_TIMES=0)
        assert NO_CONTACT in crawl.run("crawl", "wordpress", "-a", "site=http://agg.invalid").err


# --- dangerous settings ------------------------------------------------------------------------------------

DANGERS = {
    "COOKIES_ENABLED": "True",
    "ROBOTSTXT_OBEY": "False",
    "TELNETCONSOLE_ENABLED": "True",
    "REMOTE_CONTROL_ENABLED": "True",
    "DOWNLOAD_VERIFY_CERTIFICATES": "False",
    "DOWNLOAD_MAXSIZE": "0",
    "DOWNLOAD_TIMEOUT": "0",
    "REDIRECT_MAX_TIMES": "100",
    "NEWSCRAWL_HEADER_BYTES": "999999999",
    "COMPRESSION_ENABLED": "False",
    "DOWNLOAD_FAIL_ON_DATALOSS": "False",
    "TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver",
    "DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver",
    "JOBDIR": "/tmp/jobs",
}


def test_crawl_and_doctor_name_every_danger_and_ask_nothing(tmp_path: Path) -> None:
    with Server(pages({"/robots.txt": ALLOW})) as server:
        crawl = crawl_of(tmp_path, ("pub.test", server))
        words = ("crawl", "articles", "-a", f"url=http://pub.test:{server.port}/story")
        refused = crawl.run(*words, **DANGERS)
        assert refused.status == 2
        line = one_clear_line(refused.err)
        assert [name for name in DANGERS if name not in line] == []
        doctor = crawl.run("doctor", **DANGERS)
        assert doctor.status == 2
        assert [name for name in DANGERS if name not in doctor.out + doctor.err] == []
        assert server.connections == 0
    assert not crawl.database.exists()


SCRIPT = """
import sys
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

settings = get_project_settings()
for pair in sys.argv[2:]:
    settings.set(*pair.split("=", 1), priority="cmdline")
process = AsyncCrawlerProcess(settings)
process.crawl("articles", url=sys.argv[1])
process.start()
"""


@pytest.mark.parametrize("how", ["script", "runspider", "fetch"])
def test_dangers_are_refused_however_a_crawl_is_started(tmp_path: Path, how: str) -> None:
    """Not by our command alone: by a script, by Scrapy's other commands."""
    with Server(pages({"/robots.txt": ALLOW, "/story": article("A story of the harbour")})) as server:
        url = f"http://pub.test:{server.port}/story"
        crawl = crawl_of(tmp_path, ("pub.test", server))
        pairs = [f"{name}={value}" for name, value in crawl.settings.items()]
        commands = {
            "script": [sys.executable, "-c", SCRIPT, url],
            "runspider": ["runspider", "spiders/articles.py", "-a", f"url={url}"],
            "fetch": ["fetch", url],
        }

        def start(*more: str) -> subprocess.CompletedProcess[str]:
            given = [part for pair in (*pairs, *more) for part in ((pair,) if how == "script" else ("-s", pair))]
            if how != "script":
                return run_scrapy([*commands[how], *given], env=crawl_environment())
            return subprocess.run(
                [*commands[how], *given],
                cwd=ROOT, env=crawl_environment(), capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

        refused = start("COOKIES_ENABLED=True", "LOG_ENABLED=True")
        assert "COOKIES_ENABLED must be False" in refused.stderr, refused.stderr[-2000:]
        assert server.connections == 0
        start()
        assert "/story" in server.paths()


# --- what is recorded --------------------------------------------------------------------------------------


RESERVED = b'[{"location": "/paid/*", "tdm-reservation": 1, "tdm-policy": "https://a.example/p.json"}]'


def test_the_sites_files_are_heard_with_source_and_time(tmp_path: Path) -> None:
    """robots.txt's signals for the article's path, and tdmrep.json: asked for once, where robots.txt allows it."""
    robots = answer(
        "Content-Signal: ai-train=no\nLicense: https://a.example/license.xml\n"
        "User-agent: GPTBot\nDisallow: /paid/\nUser-agent: *\nAllow: /\n",
        content_type="text/plain",
    )
    shut = answer("User-agent: *\nDisallow: /.well-known/\n", content_type="text/plain")
    tdm = answer(RESERVED, content_type="application/json")
    routes = {
        "/robots.txt": robots,
        "/.well-known/tdmrep.json": tdm,
        "/paid/one": article("The first story of the town"),
    }
    routes["/free/two"] = article("The second story of the harbour")
    with Server(pages(routes)) as told, Server(pages({**routes, "/robots.txt": shut})) as denied:
        crawl = crawl_of(tmp_path, ("told.test", told), ("denied.test", denied), NEWSCRAWL_TDMREP=True)
        urls = tmp_path / "urls.txt"
        there, shut_there = f"http://told.test:{told.port}", f"http://denied.test:{denied.port}"
        urls.write_text(f"{there}/paid/one\n{there}/free/two\n{shut_there}/paid/one\n")
        for _ in range(2):  # the second run knows it from the database
            done = crawl.run("crawl", "articles", "-a", f"urls={urls}", "-a", "refresh=originals")
            assert done.status == 0, done.err
        assert told.paths().count("/.well-known/tdmrep.json") == 1
        assert denied.paths().count("/.well-known/tdmrep.json") == 0
    said = {one["url"]: _rights(one)["original"] for one in crawl.records().values()}
    paid, free, other = said[f"{there}/paid/one"], said[f"{there}/free/two"], said[f"{shut_there}/paid/one"]
    assert (paid["tdm"]["value"], paid["tdm"]["source"]) == ("reserved", "tdmrep.json")
    assert paid["tdm_policy"]["value"] == "https://a.example/p.json"
    assert paid["ai_agents"]["value"] == "GPTBot"
    assert (paid["ai_train"]["value"], paid["ai_train"]["source"]) == ("no", "robots.txt")
    assert (paid["licence"]["value"], paid["licence"]["source"]) == ("https://a.example/license.xml", "robots.txt")
    assert (free["tdm"]["value"], free["ai_agents"]["value"]) == ("none", "none")
    assert other["tdm"]["value"] == "none"


def _rights(record: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(record["rights"]) if isinstance(record["rights"], str) else record["rights"]
    return told


def test_directives_and_downgrades_are_recorded(tmp_path: Path) -> None:
    """X-Robots-Tag and meta robots in the record; https that fell to http in flag, log, stats and report."""
    authority = Authority(tmp_path)
    stories = {
        "/tagged": article("The tagged story of the harbour", headers=[("X-Robots-Tag", "noarchive, noai")]),
        "/meta": article(
            "The other story",
            head='<meta name="robots" content="noindex, max-snippet:5"><meta name="newscrawl" content="noai">',
        ),
        "/plain": article("The third story of the town"),
    }
    with Server(pages({"/robots.txt": ALLOW, **stories})) as plain:
        down = answer("", "301 Moved Permanently", [("Location", f"http://plain.test:{plain.port}/plain")])
        with Server(pages({"/robots.txt": ALLOW, "/down": down}), tls=authority.context("good.test")) as good:
            crawl = crawl_of(tmp_path, ("plain.test", plain), ("good.test", good))
            urls = tmp_path / "urls.txt"
            base = f"http://plain.test:{plain.port}"
            urls.write_text(f"{base}/tagged\n{base}/meta\nhttps://good.test:{good.port}/down\n")
            done = _run_with(crawl, {"SSL_CERT_FILE": str(authority.path)}, "crawl", "articles", "-a", f"urls={urls}")
    assert done.returncode == 0, done.stderr
    records = {one["title"]: one for one in crawl.records().values()}
    assert len(records) == 3
    said = {
        title: json.loads(one["rights"]) if isinstance(one["rights"], str) else one["rights"]
        for title, one in records.items()
    }
    tagged = said["The tagged story of the harbour"]["original"]
    assert tagged["robots_meta"]["value"] == "noai,noarchive"
    assert tagged["ai_train"]["value"] == "no"
    assert said["The other story"]["original"]["robots_meta"]["value"] == "max-snippet,noai,noindex"
    assert said["The third story of the town"]["original"]["robots_meta"]["value"] == "none"
    assert "redirected from https to http" in done.stderr
    assert "'newscrawl/net/tls_downgrades': 1" in done.stderr
    page = tmp_path / "report.html"
    assert crawl.run("report", "-o", str(page)).status == 0
    assert "One original was linked by https and answered by plain http" in page.read_text(encoding="utf-8")


def _run_with(crawl: Crawl, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        crawl.command(*words),
        cwd=ROOT, env={**crawl_environment(), **environment}, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


def test_a_large_body_whose_tree_is_empty_is_no_article(tmp_path: Path) -> None:
    """Parsers stop at some depth, and say nothing of what they left out: the page reads as empty, not as whole."""
    deep = answer(
        "<!doctype html><html lang=en><head><title>A deep story</title></head><body>"
        + "<div>" * 5_000
        + f"<h1>A deep story</h1><p>{WORDS * 20}</p></body></html>"
    )
    lies = {
        "/deep": deep,
        "/comment": answer(f"<html><head><title>A story</title></head><body><!-- {WORDS * 20} --></body></html>"),
        "/script": answer(
            f"<html><head><title>A story</title></head><body><script>{WORDS * 20}</script></body></html>"
        ),
        "/nul": answer("<html><head><title>A story</title></head><body>" + "\0" * 500_000 + "</body></html>"),
    }
    with Server(pages({"/robots.txt": ALLOW, **lies})) as server:
        crawl = crawl_of(tmp_path, ("pub.test", server))
        urls = tmp_path / "urls.txt"
        urls.write_text("\n".join(f"http://pub.test:{server.port}{path}" for path in lies))
        done = crawl.run("crawl", "articles", "-a", f"urls={urls}", RETRY_TIMES=0)
    assert "Traceback" not in done.err
    records = crawl.records().values()
    assert len(records) == len(lies)
    assert {(one["outcome"], one["text"]) for one in records} == {("failed", None)}
