"""Migrations make the tables that the code knows, and refuse what they did not make."""

from __future__ import annotations

import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import OperationalError

from newscrawl.errors import OperationError
from newscrawl.storage import migrate
from newscrawl.storage.engine import describe_error, open_engine
from newscrawl.storage.migrate import HEAD, current_revision, ensure_schema, upgrade
from newscrawl.storage.tables import metadata
from newscrawl.storage.views import VIEWS
from tests.conftest import sqlite_url
from tests.warm import start_code

MIGRATIONS = Path(migrate.__file__).parent / "migrations"


def test_migrations_make_what_the_tables_say(empty_url: URL) -> None:
    """A new database is made of the tables, an old one by the migrations: both are the same."""
    engine = open_engine(empty_url)
    try:
        upgrade(engine, None)
        # SQLite's reflection quotes the empty default another way; what is compared there is enough.
        defaults = engine.dialect.name == "postgresql"
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": defaults}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []
        assert current_revision(engine) == HEAD
        assert set(inspect(engine).get_view_names()) == {*VIEWS}
    finally:
        engine.dispose()


def test_the_comparison_would_tell(connection: Connection) -> None:
    # Shown failing once: without it the test above might compare nothing.
    connection.execute(text("DROP INDEX posts_original"))
    connection.execute(text("ALTER TABLE posts DROP COLUMN tries"))
    context = MigrationContext.configure(connection)
    assert len(compare_metadata(context, metadata)) == 2


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_an_empty_database_gets_the_schema_once(empty_url: URL) -> None:
    engine = open_engine(empty_url)
    try:
        assert current_revision(engine) is None
        ensure_schema(engine)
        assert current_revision(engine) == HEAD
        assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
        assert set(inspect(engine).get_view_names()) == {*VIEWS}
        ensure_schema(engine)
        assert current_revision(engine) == HEAD
    finally:
        engine.dispose()


def test_a_newer_schema_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OperationError, match=r"schema 9999, newer .*upgrade newscrawl"):
        ensure_schema(engine)
    assert current_revision(engine) == "9999"


def test_foreign_tables_are_refused(empty_url: URL) -> None:
    engine = open_engine(empty_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE posts (number INTEGER)"))
        with pytest.raises(OperationError, match="did not make"):
            ensure_schema(engine)
        assert inspect(engine).get_table_names() == ["posts"]
    finally:
        engine.dispose()


def test_a_strangers_table_of_one_of_our_names_is_refused_and_left_alone(empty_url: URL) -> None:
    engine = open_engine(empty_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE hosts (number INTEGER)"))
        with pytest.raises(OperationError, match="cannot make the tables of the database"):
            ensure_schema(engine)
        assert inspect(engine).get_table_names() == ["hosts"]
    finally:
        engine.dispose()


def test_who_only_reads_makes_no_tables_in_another_programs_database(empty_url: URL) -> None:
    engine = open_engine(empty_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE invoices (number INTEGER)"))
        with pytest.raises(OperationError, match="did not make"):
            ensure_schema(engine, beside_others=False)
        assert inspect(engine).get_table_names() == ["invoices"]
        ensure_schema(engine)
        ensure_schema(engine, beside_others=False)
    finally:
        engine.dispose()


def test_unrelated_tables_beside_ours_are_no_obstacle(empty_url: URL) -> None:
    engine = open_engine(empty_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE invoices (number INTEGER)"))
        ensure_schema(engine)
        assert "invoices" in inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_a_failed_migration_leaves_nothing(empty_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    made: list[str] = []
    create = op.create_table

    def full(name: str, *parts: object, **options: object) -> object:
        if len(made) == 4:
            raise OperationalError("CREATE TABLE", {}, Exception("disk full"))
        made.append(name)
        return create(name, *parts, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(op, "create_table", full)
    engine = open_engine(empty_url)
    try:
        with pytest.raises(OperationError, match="cannot upgrade the database: disk full"):
            upgrade(engine, None)
        _is_empty_and_can_be_made(engine, monkeypatch)
    finally:
        engine.dispose()


def test_a_database_that_cannot_be_made_whole_is_left_empty(empty_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_connection: Connection) -> None:
        raise OperationalError("CREATE VIEW", {}, Exception("disk full"))

    monkeypatch.setattr(migrate, "create_views", full)
    engine = open_engine(empty_url)
    try:
        with pytest.raises(OperationError, match="cannot make the tables of the database: disk full"):
            ensure_schema(engine)
        _is_empty_and_can_be_made(engine, monkeypatch)
    finally:
        engine.dispose()


def _is_empty_and_can_be_made(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert inspect(engine).get_table_names() == []
    monkeypatch.undo()
    ensure_schema(engine)
    assert current_revision(engine) == HEAD


_BRING_UP = """
import sys
from sqlalchemy.engine import make_url
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
engine = open_engine(make_url(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
ensure_schema(engine)
"""


def test_several_workers_may_start_on_an_empty_database_at_once(empty_url: URL) -> None:
    url, pipes = empty_url.render_as_string(hide_password=False), ("stdin", "stdout", "stderr")
    workers = [start_code(_BRING_UP, url, **dict.fromkeys(pipes, subprocess.PIPE)) for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [worker.communicate(timeout=30)[1][-300:] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], told


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("what to buy\n" * 200)
    engine = open_engine(sqlite_url(path))
    try:
        with pytest.raises(OperationError, match="cannot read the database: file is not a database"):
            ensure_schema(engine)
    finally:
        engine.dispose()
    assert path.read_text() == "what to buy\n" * 200


def test_database_and_its_folder_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.db"
    engine = open_engine(sqlite_url(path))
    ensure_schema(engine)
    with engine.begin():
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in [path.parent, *path.parent.iterdir()]}
    engine.dispose()
    assert modes.pop("a") == 0o700
    assert set(modes.values()) == {0o600}


def test_commits_are_on_disk(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "x.db"))
    with engine.begin() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


@pytest.mark.parametrize("where", ["no/such/../../etc/passwd/x.db", "folder"])
def test_a_database_that_cannot_be_made(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "no").write_text("a file where a folder was due")
    with pytest.raises(OperationError, match="cannot write the database"):
        open_engine(sqlite_url(tmp_path / where))


def test_a_database_that_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="run a crawl, or name another with NEWSCRAWL_DATABASE"):
        open_engine(sqlite_url(tmp_path / "none.db"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told_in_one_line_without_the_password(tmp_path: Path) -> None:
    url = URL.create("postgresql+psycopg", username="x", password="hunter2", host=str(tmp_path), database="y")
    engine = open_engine(url)
    with pytest.raises(OperationError) as raised:
        ensure_schema(engine)
    message = str(raised.value)
    assert message.startswith("cannot read the database: ")
    assert "\n" not in message
    assert "hunter2" not in message


def test_a_fault_is_described_without_statement_and_parameters(connection: Connection) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each driver has its own
        connection.execute(text("SELECT :secret FROM nowhere"), {"secret": "hunter2"})
    described = describe_error(raised.value)
    assert "nowhere" in described
    assert "hunter2" not in described
    assert "SELECT" not in described


def test_several_open_a_new_database_at_once(tmp_path: Path) -> None:
    """Turning a new file to write-ahead logging does not wait for another who does: some would find it locked."""
    for attempt in range(5):
        url = make_url(f"sqlite:///{tmp_path}/{attempt}.db")

        def open_it(url: URL = url) -> None:
            engine = open_engine(url)
            ensure_schema(engine)
            engine.dispose()

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(open_it) for _ in range(4)]:
                done.result()
