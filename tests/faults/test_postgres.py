"""PostgreSQL ends a connection, is restarted, is away for too long."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from newscrawl.demo.server import DemoServer
from newscrawl.reports.status import collect_status
from newscrawl.storage.engine import open_engine
from tests.crawl.harness import Crawl, Outcome, comparable_row
from tests.faults.bench import running, wait_while_running
from tests.faults.conftest import SETTINGS
from tests.postgres import SERVER_SETTINGS, Cluster, Missing, binaries

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


class Restartable(Cluster):
    """A cluster that can be ended as by a crash, and started again."""

    def crash(self) -> None:
        """Immediate shutdown: backends are killed, nothing is written back."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def again(self) -> None:
        """Start it on the data that it left."""
        options = [part for name, value in SERVER_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        self._process = subprocess.Popen(
            [binaries() / "postgres", "-D", str(self.folder / "data"), "-k", str(self.folder), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env=environment,
            start_new_session=True, **self._as,
        )  # fmt: skip
        until = time.monotonic() + 30
        while True:
            try:
                return self.execute("SELECT 1")
            except Exception:
                assert time.monotonic() < until, "PostgreSQL did not start again"
                time.sleep(0.1)


@pytest.fixture(scope="module")
def server_of_databases() -> Iterator[Restartable]:
    try:
        cluster = Restartable()
    except Missing as why:
        if os.environ.get("CI") == "true":
            pytest.fail(f"in CI PostgreSQL must be there: {why}")
        pytest.skip(str(why))
    yield cluster
    cluster.stop()


class Stored:
    """A crawl into a PostgreSQL database."""

    def __init__(self, crawl: Crawl, url: URL) -> None:
        self.crawl = crawl
        self.engine = open_engine(url)

    def rows(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)).mappings())

    def count(self) -> int:
        try:
            return int(self.rows("SELECT count(*) AS n FROM records")[0]["n"])
        except Exception:
            return 0

    def acknowledged(self) -> dict[str, tuple[Any, ...]]:
        rows = self.rows("SELECT id, content_hash, outcome, reason, text FROM records")
        return {row["id"]: tuple(row.values()) for row in rows}

    def status(self) -> dict[str, Any]:
        with self.engine.connect() as connection:
            return collect_status(connection)

    def plain(self) -> dict[str, Any]:
        return {row["id"]: comparable_row(dict(row)) for row in self.rows("SELECT * FROM records")}


@pytest.fixture
def stored(
    tmp_path: Any, fault_server: DemoServer, server_of_databases: Restartable
) -> Iterator[Callable[..., Stored]]:
    made: list[Stored] = []

    def make(name: str = "") -> Stored:
        url = server_of_databases.create()
        folder = tmp_path / (name or "one")
        folder.mkdir()
        crawl = Crawl(
            folder, fault_server,
            **{**SETTINGS, "NEWSCRAWL_DATABASE": url.render_as_string(hide_password=False)},
        )  # fmt: skip
        made.append(Stored(crawl, url))
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()


@pytest.fixture(scope="module")
def wanted(fault_server: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How each post ends undisturbed."""
    crawl = Crawl(tmp_path_factory.mktemp("whole"), fault_server, **SETTINGS)
    assert crawl.crawl("since=all").status == 0
    return {one: (record["outcome"], record["reason"], record["text"]) for one, record in crawl.records().items()}


def _complete(one: Stored, wanted: dict[str, Any], before: dict[str, Any], note: Callable[[str, Any], None]) -> None:
    now = one.acknowledged()
    gone = [record for record, was in before.items() if now.get(record) != was]
    note("lost", len(gone))
    assert gone == []
    rows = one.rows("SELECT id, outcome, reason, text FROM records")
    assert {row["id"]: (row["outcome"], row["reason"], row["text"]) for row in rows} == wanted
    status = one.status()
    assert status["balanced"]
    assert status["posts"]["backlog"] == 0


def test_backends_are_ended(
    stored: Callable[..., Stored],
    server_of_databases: Restartable,
    wanted: dict[str, Any],
    record_property: Callable[[str, Any], None],
) -> None:
    one = stored()
    with running(one.crawl, *one.crawl.arguments("since=all"), DOWNLOAD_DELAY=0.4) as process:
        for number in (8, 14, 20):
            assert wait_while_running(process, lambda number=number: one.count() >= number)  # type: ignore[misc]
            server_of_databases.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'newscrawl' "
                "AND query NOT LIKE '%pg_try_advisory_lock%' AND state IS NOT NULL"
            )
        before = one.acknowledged()
        _, err = process.communicate(timeout=120)
    record_property("status", process.returncode)
    assert process.returncode == 0, err[-3000:]
    _complete(one, wanted, before, record_property)


def test_it_crashes_and_comes_back(
    stored: Callable[..., Stored],
    server_of_databases: Restartable,
    wanted: dict[str, Any],
    record_property: Callable[[str, Any], None],
) -> None:
    one = stored()
    with running(one.crawl, *one.crawl.arguments("since=all"), DOWNLOAD_DELAY=0.4) as process:
        assert wait_while_running(process, lambda: one.count() >= 8, every=0.05)
        server_of_databases.crash()
        time.sleep(2)
        server_of_databases.again()
        one.engine.dispose()
        before = one.acknowledged()
        _, err = process.communicate(timeout=120)
    record_property("status", process.returncode)
    assert process.returncode == 0, err[-3000:]
    _complete(one, wanted, before, record_property)


def test_it_stays_away(
    stored: Callable[..., Stored],
    server_of_databases: Restartable,
    wanted: dict[str, Any],
    record_property: Callable[[str, Any], None],
) -> None:
    one = stored()
    with running(one.crawl, *one.crawl.arguments("since=all"), DOWNLOAD_DELAY=0.4) as process:
        assert wait_while_running(process, lambda: one.count() >= 8, every=0.05)
        server_of_databases.crash()
        try:
            _, err = process.communicate(timeout=120)
            second = one.crawl.crawl("since=all")
        finally:
            server_of_databases.again()
    done = Outcome(process.returncode, "", err)
    record_property("status", done.status)
    assert done.status == 4, err[-3000:]
    assert "the database cannot be written" in done.last_line
    assert second.status == 4
    assert "database" in second.last_line
    one.engine.dispose()
    before = one.acknowledged()
    assert len(before) >= 8
    third = one.crawl.crawl("since=all")
    assert third.status == 0, third.err[-3000:]
    _complete(one, wanted, before, record_property)


def test_killed_on_postgresql(
    stored: Callable[..., Stored], wanted: dict[str, Any], record_property: Callable[[str, Any], None]
) -> None:
    one = stored()
    for number in (5, 15, 30):
        with running(one.crawl, *one.crawl.arguments("since=all"), DOWNLOAD_DELAY=0.4) as process:
            wait_while_running(process, lambda number=number: one.count() >= number)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        assert one.status()["balanced"]
    before = one.acknowledged()
    done = one.crawl.crawl("since=all")
    record_property("status", done.status)
    assert done.status == 0, done.err[-3000:]
    _complete(one, wanted, before, record_property)
