"""A person's mistake: one clear line, the exit status of the README, nothing half-written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from tests.site import HTML, serve_site

from .harness import Crawl, database, one_clear_line

NOISE = ("no contact in the user agent",)


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve(build_world(seed=3, posts=12)) as running:
        yield running


@pytest.fixture
def crawl(tmp_path: Path, server: DemoServer) -> Crawl:
    return Crawl(tmp_path, server, LOG_LEVEL="ERROR")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["sinse=2025-01-01"], "sinse"),
        (["since=yesterday"], "since"),
        (["since=2025-06-02", "until=2025-06-01"], "before"),
        (["limit=0"], "limit"),
        (["follow=no", "refresh=originals"], "contradict"),
        (["categories=,"], "categories"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list) else "",
)
def test_wrong_arguments(crawl: Crawl, arguments: list[str], word: str) -> None:
    done = crawl.crawl(*arguments)
    assert done.status == 2
    assert word in one_clear_line(done.err)
    assert not crawl.database.exists()
    assert not (crawl.folder / "out.jsonl").exists()


@pytest.mark.parametrize("site", ["ftp://dnyuz.com", "http://127.0.0.1/"])
def test_wrong_site(crawl: Crawl, site: str) -> None:
    done = crawl.run("crawl", "dnyuz", "-a", f"site={site}")
    assert done.status == 2
    assert "site" in one_clear_line(done.err)


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["crawl", "nosuch"], "nosuch"),
        (["crawl"], "usage"),
        (["crawl", "dnyuz", "--frobnicate"], "--frobnicate"),
        (["crawl", "dnyuz", "dnyuz"], "unexpected"),
        (["crawl", "dnyuz", "-a", "since"], "-a"),
        (["status", "--frobnicate"], "--frobnicate"),
        (["show"], "usage"),
        (["extract", "/no/such/file"], "no/such/file"),
        (["extract", "http://10.0.0.1/"], "refused"),
    ],
    ids=" ".join,
)
def test_wrong_words(crawl: Crawl, words: list[str], word: str) -> None:
    done = crawl.run(*words)
    assert done.status == 2
    assert word in one_clear_line(done.err)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSCRAWL_DATABASE", "mysql://x/y"),
        ("NEWSCRAWL_DATABASE", "sqlite://"),
        ("NEWSCRAWL_DATABASE", "nonsense"),
        ("NEWSCRAWL_HOST_OVERRIDES", "{"),
        ("NEWSCRAWL_PORTS", "http"),
        ("NEWSCRAWL_RENDER", "sometimes"),
        ("NEWSCRAWL_DUPLICATES", "burn"),
        ("NEWSCRAWL_CONTACT", "two words"),
        ("DOWNLOAD_DELAY", "fast"),
        ("TELNETCONSOLE_ENABLED", "1"),
        ("ROBOTSTXT_OBEY", "0"),
        ("JOBDIR", "somewhere"),
        # In place of the project's own, as -s does it: nothing would store a record.
        ("ITEM_PIPELINES", '{"pipelines.clean.CleanPipeline": 100}'),
    ],
)
def test_wrong_settings(crawl: Crawl, name: str, value: str) -> None:
    done = crawl.crawl(**{name: value})
    assert done.status == 2
    assert name in one_clear_line(done.err)
    assert not crawl.database.exists()


def test_a_password_is_never_shown(crawl: Crawl) -> None:
    done = crawl.crawl(NEWSCRAWL_DATABASE="postgresql://reader:hunter2@db.invalid/news")
    assert done.status == 4
    assert "hunter2" not in done.err + done.out
    one_clear_line(done.err)


def test_unreachable_site(crawl: Crawl) -> None:
    done = crawl.run(
        "crawl", "dnyuz", "-a", "site=http://nobody.test:8080",
        NEWSCRAWL_HOST_OVERRIDES='{"nobody.test:8080": "127.0.0.1:9"}', NEWSCRAWL_ROBOTS_RETRY_DELAY=0,
    )  # fmt: skip
    assert done.status == 4
    assert "nobody.test" in one_clear_line(done.err, but=NOISE)
    assert crawl.status()["runs"][0]["state"] == "failed"


def test_a_page_where_json_was_due(tmp_path: Path) -> None:
    page = (200, HTML, "<html><body><h1>Welcome</h1></body></html>")
    with serve_site(lambda path, _query, _url: None if path == "/robots.txt" else page) as site:
        done = Crawl(tmp_path, site, LOG_LEVEL="ERROR").crawl("surface=rest")
    assert done.status == 4
    assert "HTML" in one_clear_line(done.err, but=NOISE)


def test_unwritable_data_folder(crawl: Crawl, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = crawl.crawl(NEWSCRAWL_DATABASE=f"sqlite:///{tmp_path}/file/newscrawl.db")
    assert done.status == 4
    assert "cannot write" in one_clear_line(done.err)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_data_folder(crawl: Crawl, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    done = crawl.crawl(NEWSCRAWL_DATABASE=f"sqlite:///{folder}/newscrawl.db")
    assert done.status == 4
    one_clear_line(done.err)


def test_database_of_a_newer_schema(crawl: Crawl) -> None:
    with database(crawl.database) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    before = crawl.database.read_bytes()
    done = crawl.crawl()
    assert done.status == 4
    assert "9999" in one_clear_line(done.err)
    assert crawl.database.read_bytes() == before


def test_not_a_database(crawl: Crawl) -> None:
    crawl.database.write_text("this is no database, but it is long enough to be taken for one" * 50)
    done = crawl.crawl()
    assert done.status == 4
    one_clear_line(done.err)


def test_status_and_show_without_a_database(crawl: Crawl) -> None:
    for words in (["status"], ["show", "ab" * 16]):
        done = crawl.run(*words)
        assert done.status == 4
        assert "no database" in one_clear_line(done.err)
        assert not crawl.database.exists()


def test_files_are_their_owners_alone(crawl: Crawl) -> None:
    assert crawl.crawl("since=all", "follow=no").status == 0
    for path in (crawl.database, crawl.folder / "out.jsonl"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
