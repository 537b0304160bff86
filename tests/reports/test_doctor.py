"""`scrapy doctor`: each check shown well and ill, and what a live site serves, on loopback."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings
from sqlalchemy import insert, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.commands.doctor import Command
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from newscrawl.ledger.robots import save_robots
from newscrawl.ledger.runs import open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.net.robots import StoredRobots
from newscrawl.reports import doctor
from newscrawl.reports.doctor import Finding, Level, examine, exit_status, render_findings
from newscrawl.reports.live import MOST_REQUESTS, BudgetSpentError, RequestBudget
from newscrawl.storage.engine import describe_error, open_engine
from newscrawl.storage.tables import runs
from tests.crawl.harness import Crawl, Outcome, one_clear_line

CONTACT = "https://example.org/crawler"


def settings_with(url: URL | str, **given: Any) -> Settings:
    settings = get_project_settings()
    shown = url.render_as_string(hide_password=False) if isinstance(url, URL) else url
    for name, value in {"NEWSCRAWL_DATABASE": shown, "NEWSCRAWL_CONTACT": CONTACT, **given}.items():
        settings.set(name, value, priority="cmdline")
    return settings


def ill(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.level in (Level.UNHEALTHY, Level.WRONG)]


def of(findings: list[Finding], subject: str, level: Level | None = None) -> list[Finding]:
    return [one for one in findings if one.subject == subject and level in (None, one.level)]


def only(findings: list[Finding], subject: str, level: Level) -> Finding:
    (one,) = of(findings, subject, level)
    return one


@pytest.fixture
def database(sqlite_only_url: URL) -> Path:
    Path(str(sqlite_only_url.database)).chmod(0o600)
    return Path(str(sqlite_only_url.database))


def sqlite(path: Path) -> str:
    return f"sqlite:///{path}"


# --- all is well -------------------------------------------------------------------------------------------


def test_a_sound_set_up_is_well_and_left_as_it_was(database: Path) -> None:
    def state() -> dict[str, tuple[str, float]]:
        return {
            one.name: (hashlib.sha256(one.read_bytes()).hexdigest(), one.stat().st_mtime)
            for one in database.parent.iterdir()
        }

    before = state()
    findings = examine(settings_with(sqlite(database)))
    assert ill(findings) == []
    assert {one.subject for one in findings} == {
        "settings", "agent", "database", "disk", "browser", "python", "libraries", "code", "clock",
        "health",
    }  # fmt: skip
    assert exit_status(findings) == 0
    assert state() == before


def test_what_is_not_well_comes_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    findings = examine(settings_with(sqlite(tmp_path / "no.db"), ROBOTSTXT_OBEY=False, COOKIES_ENABLED=True))
    assert len(ill(findings)) == 3
    assert all(one.advice for one in ill(findings))
    told = render_findings(findings)
    assert told.count("WRONG ") == 2
    assert told.count("NOT WELL ") == 1


# --- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSCRAWL_DATABASE", "mysql://x/y"),
        ("NEWSCRAWL_PORTS", "eighty"),
        ("NEWSCRAWL_RENDER", "perhaps"),
        ("DOWNLOAD_DELAY", "soon"),
        ("ROBOTSTXT_OBEY", "0"),
        ("DOWNLOAD_TIMEOUT", "1e9"),
        ("JOBDIR", "job"),
        ("TWISTED_DNS_RESOLVER", "scrapy.resolver.CachingThreadedResolver"),
    ],
)
def test_a_wrong_setting_is_named(database: Path, name: str, value: str) -> None:
    findings = examine(settings_with(sqlite(database), **{name: value}))
    told = of(findings, "settings", Level.WRONG)
    assert told
    assert all(name in one.message or "port" in one.message for one in told)
    assert exit_status(findings) == 2


def test_who_asks(database: Path) -> None:
    url = sqlite(database)
    assert CONTACT in only(examine(settings_with(url)), "agent", Level.OK).message
    assert of(examine(settings_with(url)), "contact") == []
    assert "NEWSCRAWL_CONTACT" in only(examine(settings_with(url, NEWSCRAWL_CONTACT="")), "contact", Level.NOTE).advice
    assert (
        "somebody" in only(examine(settings_with(url, NEWSCRAWL_CONTACT="somebody")), "settings", Level.WRONG).message
    )
    assert of(examine(settings_with(url, NEWSCRAWL_CONTACT="a@example.org")), "contact") == []
    another = examine(settings_with(url, ROBOTSTXT_USER_AGENT="Googlebot"))
    assert "Googlebot" in only(another, "agent", Level.UNHEALTHY).message
    disguised = examine(settings_with(url, USER_AGENT="Mozilla/5.0"))
    assert "no effect" in only(disguised, "agent", Level.NOTE).message


# --- the database ------------------------------------------------------------------------------------------


def test_no_database_yet(tmp_path: Path) -> None:
    findings = examine(settings_with(sqlite(tmp_path / "new" / "new.db")))
    assert ill(findings) == []
    assert "the first crawl makes it" in only(findings, "database", Level.NOTE).advice
    assert not (tmp_path / "new").exists()


def test_no_place_for_a_database(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert of(examine(settings_with(sqlite(tmp_path / "file" / "new.db"))), "database", Level.UNHEALTHY)
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere" / "x.db")
    assert "link" in only(examine(settings_with(sqlite(tmp_path / "link.db"))), "database", Level.UNHEALTHY).message


def test_a_database_that_may_not_be_written(database: Path) -> None:
    # Root may write whatever its mode says: opened as SQLite opens what it may only read.
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
        (told,) = doctor._writable(connection, database)
    assert (told.level, "cannot be written" in told.message) == (Level.UNHEALTHY, True)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """As a user who owns nothing here; back to root afterwards. Root alone can, and nobody else needs to."""
    if os.getuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize(
    ("ending", "mode"), [("", 0o600), ("", 0o400), ("-shm", 0o400), ("-wal", 0o000), ("-runs", 0o500)]
)
def test_files_of_another_user_are_named_and_nobody_is_told_to_throw_the_database_away(
    database: Path, ending: str, mode: int
) -> None:
    if os.getuid() != 0 and mode == 0o600:
        pytest.skip("only root can make a file of another user's")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        copy = folder / "newscrawl.db"
        shutil.copy(database, copy)
        copy.chmod(0o666)
        barred = folder / f"newscrawl.db{ending}"
        if ending == "-runs":
            barred.mkdir()
        elif ending:
            barred.touch()
        barred.chmod(mode)
        with as_somebody_else():
            findings = examine(settings_with(sqlite(copy)))
            told = only(findings, "database", Level.UNHEALTHY)
            refused = ""
            try:
                engine = open_engine(make_url(sqlite(copy)), create=False)
                with engine.begin() as connection:
                    connection.execute(text("CREATE TABLE x (y)"))
            except SQLAlchemyError as error:
                refused = describe_error(error)
        assert f"{barred} (mode {mode:o}, of " in told.message
        assert "chown" in told.advice
        assert "anew" not in told.advice
        # A crawl names the file as well, where SQLite itself says only that it is read-only or cannot be opened.
        assert ending == "-runs" or str(barred) in refused


def test_no_sqlite_file(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    findings = examine(settings_with(sqlite(tmp_path / "no.db")))
    assert "not a database" in only(findings, "database", Level.UNHEALTHY).message
    assert exit_status(findings) == 3


def test_a_damaged_file(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096 * 3)
    findings = examine(settings_with(sqlite(database)))
    assert "damaged" in only(findings, "database", Level.UNHEALTHY).message
    assert exit_status(findings) == 3


def test_a_file_too_large_to_check(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECK_TIME", -1.0)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE large (x)")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
            "INSERT INTO large SELECT i FROM n"
        )
        connection.commit()
    findings = examine(settings_with(sqlite(database)))
    assert "too large" in only(findings, "database", Level.NOTE).message
    assert ill(findings) == []


def test_tables_of_something_else(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE posts (x)")
    (tmp_path / "other.db").chmod(0o600)
    findings = examine(settings_with(sqlite(tmp_path / "other.db")))
    assert "did not make" in only(findings, "database", Level.UNHEALTHY).message
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize(("revision", "level"), [("9999", Level.UNHEALTHY), ("0000", Level.NOTE)])
def test_another_schema(database: Path, revision: str, level: Level) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()
    findings = examine(settings_with(sqlite(database)))
    assert revision in only(findings, "database", level).message


def test_a_database_that_somebody_writes(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOCK_TIME", 0.05)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        findings = examine(settings_with(sqlite(database)))
        connection.execute("ROLLBACK")
    assert "being written" in only(findings, "database", Level.NOTE).message
    assert exit_status(findings) == 0


def test_a_database_that_others_may_read(database: Path) -> None:
    database.chmod(0o644)
    assert "chmod 600" in only(examine(settings_with(sqlite(database))), "database", Level.NOTE).advice


def test_a_network_file_system(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._file_system(Path("/proc/self/mounts")) == "proc"
    monkeypatch.setattr(doctor, "_file_system", lambda path: "nfs4")
    assert "nfs4" in only(examine(settings_with(sqlite(database))), "database", Level.UNHEALTHY).message


def test_remembered_failures_of_robots_txt_are_told(database: Path, sqlite_only_url: URL) -> None:
    engine = open_engine(sqlite_only_url)
    with engine.begin() as connection:
        save_robots(connection, StoredRobots("http://www.hill.test:8080", None, b"", time.time() - 5, "dns"))
        for number in range(7):
            save_robots(connection, StoredRobots(f"http://n{number}.test:80", None, b"", time.time() - 60, "timeout"))
    engine.dispose()
    told = of(examine(settings_with(sqlite(database))), "robots", Level.NOTE)
    assert "http://www.hill.test:8080: robots.txt cannot be had (dns), remembered since" in told[0].message
    assert "scrapy retry --host hill.test" in told[0].advice
    assert (len(told), told[-1].message) == (6, "so it is with 3 more sites")


def test_runs_at_work_and_dead_ones(database: Path, sqlite_only_url: URL) -> None:
    engine = open_engine(sqlite_only_url)
    held = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", "https://one.test"), arguments={})
    with engine.begin() as connection:
        row = {"id": "d" * 32, "number": 77, "spider": "dnyuz", "scope_id": held.scope.id, "arguments": {}}
        row |= {"process": "1@x", "started_at": "2026-01-01T00:00:00Z", "state": "running"}
        connection.execute(insert(runs).values(**row))
    try:
        findings = examine(settings_with(sqlite_only_url))
    finally:
        held.locks.release()
    assert "is at work" in only(findings, "runs", Level.OK).message
    assert "died" in only(findings, "runs", Level.NOTE).message
    with engine.begin() as connection:
        connection.execute(
            update(runs).where(runs.c.number == 77).values(state="failed", exit_status=4, message="disk full")
        )
    assert any("status 4: disk full" in one.message for one in of(examine(settings_with(sqlite_only_url)), "runs"))
    with engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.number == 77).values(started_at="2199-01-01T00:00:00Z"))
    assert "2199" in only(examine(settings_with(sqlite_only_url)), "clock", Level.UNHEALTHY).message
    engine.dispose()


def test_postgresql(postgres_url: URL) -> None:
    findings = examine(settings_with(postgres_url))
    assert ill(findings) == []
    assert any("PostgreSQL" in one.message for one in of(findings, "database", Level.OK))
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {postgres_url.database} SET default_transaction_read_only = on"))
    engine.dispose()
    assert "only be read" in only(examine(settings_with(postgres_url)), "database", Level.UNHEALTHY).message


def test_a_postgresql_that_does_not_answer_keeps_its_password() -> None:
    findings = examine(settings_with("postgresql://crawler:hush-hush@127.0.0.1:1/news"))
    assert "see that it is running" in only(findings, "database", Level.UNHEALTHY).advice
    assert "hush" not in render_findings(findings)


# --- the machine -------------------------------------------------------------------------------------------


def test_little_room(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_FREE", 2**70)
    findings = examine(settings_with(sqlite(database)))
    assert of(findings, "disk", Level.NOTE)
    assert ill(findings) == []
    monkeypatch.setattr(doctor, "LEAST_FREE", 2**70)
    assert of(examine(settings_with(sqlite(database))), "disk", Level.UNHEALTHY)


def test_room_is_looked_at_where_everything_lies(database: Path) -> None:
    findings = examine(settings_with(sqlite(database)))
    told = " ".join(one.message for one in of(findings, "disk"))
    assert all(what in told for what in ("database:", "feeds:", "free"))


def test_libraries(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(doctor._requirements()) > 15
    there = doctor.metadata.version

    def pulled_down(name: str) -> str:
        if name == "courlan":
            raise doctor.metadata.PackageNotFoundError(name)
        return "2.11.2" if name == "scrapy" else there(name)

    monkeypatch.setattr(doctor.metadata, "version", pulled_down)
    told = of(examine(settings_with(sqlite(database))), "libraries", Level.UNHEALTHY)
    assert sorted(one.message.split(" ")[0] for one in told) == ["courlan", "scrapy"]


def test_browsers(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    findings = examine(settings_with(sqlite(database)))
    assert of(findings, "browser", Level.NOTE)
    assert ill(findings) == []
    own = tmp_path / "chromium-1200" / "chrome-linux" / "chrome"
    own.parent.mkdir(parents=True)
    own.touch(mode=0o755)
    assert str(own) in only(examine(settings_with(sqlite(database))), "browser", Level.OK).message


def test_code_of_another_place(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newscrawl").mkdir()
    (tmp_path / "newscrawl" / "__init__.py").touch()
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = newscrawl.settings\n")
    monkeypatch.chdir(tmp_path)
    assert of(examine(settings_with(sqlite(database))), "code", Level.UNHEALTHY)


def test_a_clock_that_is_behind(database: Path) -> None:
    later = time.time() + 3 * 86_400
    os.utime(database, (later, later))
    findings = examine(settings_with(sqlite(database)))
    assert database.name in only(findings, "clock", Level.UNHEALTHY).message
    assert exit_status(findings) == 3


# --- the command -------------------------------------------------------------------------------------------


def command(settings: Settings, capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """`scrapy doctor` in this process: exit status, standard output, standard error."""
    one = Command()
    one.settings = settings
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    one.add_options(parser)
    options, arguments = parser.parse_known_args(words)
    mask = os.umask(0o077)
    try:
        one.process_options(arguments, options)
        one.run(arguments, options)
    finally:
        os.umask(mask)
    shown = capfd.readouterr()
    return one.exitcode, shown.out, shown.err


@pytest.mark.slow
def test_the_command_and_its_exit_statuses(database: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    doctor_of = Crawl(database.parent)
    well = doctor_of.run("doctor", "--json")
    told = json.loads(well.out)
    assert (well.status, told["status"], told["live"]) == (0, 0, None)
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    sick, out, err = command(settings_with(sqlite(tmp_path / "no.db")), capfd)
    assert (sick, err) == (3, "newscrawl: something is not well, see above\n")
    assert "not a database" in out
    wrong, out, err = command(settings_with(sqlite(database), NEWSCRAWL_PORTS="eighty"), capfd)
    assert (wrong, err) == (2, "newscrawl: settings are wrong, see above\n")
    assert "NEWSCRAWL_PORTS" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--live", "nobody"], "there is no spider 'nobody'"),
        (["--live", "articles"], "no site with surfaces"),
        (["--live", "wordpress"], "argument site is required"),
        (["--live", "dnyuz", "-a", "since=2025-01-01"], "unknown argument 'since'"),
        (["--live", "dnyuz", "-a", "site=http://127.0.0.1/"], "argument site="),
        (["--live", "dnyuz", "-a", "site"], "NAME=VALUE"),
        (["--live", "dnyuz", "-s", "ROBOTSTXT_OBEY=0"], "robots.txt is ignored"),
        (["-a", "site=https://dnyuz.com"], "--live"),
        (["--lively"], "unknown option --lively"),
        (["dnyuz"], "unexpected argument"),
    ],
)
def test_wrong_words_are_one_line_and_nothing_is_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    status, out, err = command(settings_with(sqlite(tmp_path / "x.db")), capfd, *words)
    assert (status, out) == (2, "")
    assert said in one_clear_line(err)


# --- live --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve(build_world(posts=64)) as running:
        yield running


def look(server: DemoServer, folder: Path, *words: str, delay: float = 0.0) -> tuple[Outcome, dict[str, Any]]:
    """Run `doctor --live` on *server*; surfaces by name."""
    before = len(server.requests)
    crawl = Crawl(folder, server, DOWNLOAD_DELAY=delay, NEWSCRAWL_CONTACT=CONTACT)
    given = ["-a", f"site={server.url()}"]
    outcome = crawl.run("doctor", "--json", "--live", "dnyuz", *given, *words)
    live = json.loads(outcome.out)["live"]
    asked = server.requests[before:]
    assert live["requests"] == len(asked) <= MOST_REQUESTS
    assert {one.host for one in asked} <= {"dnyuz.test"}
    # Nothing is kept: no database, no feed.
    assert list(folder.iterdir()) == []
    return outcome, {**live, **{one["name"]: one for one in live["surfaces"]}}


@pytest.mark.slow
def test_live_all_surfaces_open(server: DemoServer, tmp_path: Path) -> None:
    before = len(server.requests)
    outcome, live = look(server, tmp_path, delay=0.3)
    assert outcome.status == 0, outcome.out
    assert live["takes"] == "rest"
    assert live["user_agent"].endswith(f"(+{CONTACT})")
    for name in ("rest", "feed", "sitemap", "archive", "page"):
        assert live[name]["allowed"] is True
        assert live[name]["answers"] is True
        assert live[name]["fields"]["title"] == (0.0 if name == "sitemap" else 1.0)
    assert (live["rest"]["posts"], live["rest"]["read"]) == (64, 64)
    assert 0.9 < live["rest"]["attributed"] / 64 < 1
    assert live["sitemap"]["read"] == live["archive"]["read"] == 0
    assert live["page"]["fields"]["text"] == 1.0
    starts = [one.at for one in server.requests[before:]]
    assert server.requests[before].path == "/robots.txt"
    # Over all of them: on a busy machine a single answer may be noted late.
    assert starts[-1] - starts[0] > 0.7 * 0.3 * (len(starts) - 1)


@pytest.mark.slow
def test_live_shut_and_forbidden_surfaces(server: DemoServer, tmp_path: Path) -> None:
    server.shut("rest", "401")
    server.shut("archive", "403")
    server.disallow("/feed/", "/wp-sitemap", "/sitemap")
    try:
        outcome, live = look(server, tmp_path)
        forbidden = [
            one.path for one in server.requests[-live["requests"] :] if "feed" in one.path or "map" in one.path
        ]
    finally:
        server.open()
        server.disallow()
    assert forbidden == []
    assert (live["rest"]["allowed"], live["rest"]["reason"]) == (True, "disabled")
    assert (live["feed"]["allowed"], live["feed"]["reason"]) == (False, "robots")
    assert live["sitemap"]["allowed"] is False
    # The front page is none of the archive's addresses, and open.
    assert live["takes"] == "archive"
    assert outcome.status == 0


@pytest.mark.slow
def test_live_nothing_is_asked_against_robots(server: DemoServer, tmp_path: Path) -> None:
    server.disallow("/")
    try:
        outcome, live = look(server, tmp_path)
    finally:
        server.disallow()
    assert (outcome.status, live["requests"], live["takes"]) == (3, 1, None)
    assert [live[name]["allowed"] for name in ("rest", "feed", "sitemap", "archive")] == [False] * 4


@pytest.mark.slow
def test_live_a_site_whose_robots_cannot_be_had(server: DemoServer, tmp_path: Path) -> None:
    fault = server.fail("dnyuz.test", "503", robots=True)
    try:
        outcome, live = look(server, tmp_path)
    finally:
        server.heal()
    assert fault.hits == 2
    assert (outcome.status, live["robots_answers"]) == (3, False)
    assert [live[name]["allowed"] for name in ("rest", "feed", "sitemap", "archive")] == [None] * 4


@pytest.mark.slow
def test_live_the_last_request_is_kept_for_a_page(server: DemoServer, tmp_path: Path) -> None:
    """Where every surface wants to be asked twice: eight requests, no more, and one of them for a post's page."""
    server.shut("rest", "404")
    server.shut("feed", "404")
    try:
        outcome, live = look(server, tmp_path)
    finally:
        server.open()
    assert live["requests"] == MOST_REQUESTS
    assert [live[name]["requests"] for name in ("rest", "feed", "archive", "sitemap", "page")] == [2, 2, 1, 1, 1], live
    assert live["feed"]["answers"] is False
    assert live["sitemap"]["reason"] == "spent"
    assert live["page"]["attributed"] == 1
    assert (live["takes"], outcome.status) == ("archive", 0)


@pytest.mark.slow
def test_live_feeds_of_excerpts(server: DemoServer, tmp_path: Path) -> None:
    server.full_feeds = False
    try:
        _, live = look(server, tmp_path, "-a", "surface=feed")
    finally:
        server.full_feeds = True
    assert (live["feed"]["posts"], live["feed"]["read"], live["feed"]["fields"]["text"]) == (10, 0, 0.0)
    assert [one["name"] for one in live["surfaces"]] == ["feed", "page"]


@pytest.mark.slow
def test_live_in_words(server: DemoServer, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path, server)
    words = ["doctor", "--live", "wordpress", "-a", f"site={server.url()}", "-a", "surface=feed"]
    outcome = crawl.run(*words)
    assert outcome.status == 0
    assert "3 of at most 8 requests" in outcome.out
    assert "feed       allowed, answers: 10 posts; title 100%" in outcome.out
    assert "name their source" in outcome.out
    assert outcome.last_line == "newscrawl: all is well"


def test_no_request_past_the_last_one() -> None:
    budget = RequestBudget(2)
    request: Any = None
    budget.process_request(request)
    budget.process_request(request)
    with pytest.raises(BudgetSpentError):
        budget.process_request(request)
    assert budget.spent == 2
