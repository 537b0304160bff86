"""A database that an older schema made is brought to this one, with what it holds."""

from __future__ import annotations

from importlib import import_module

import orjson
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect, select, text
from sqlalchemy.engine import URL, Engine

from newscrawl.items import as_dict
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import HEAD, current_revision, ensure_schema
from newscrawl.storage.pages import iter_records
from newscrawl.storage.records import load_record, store_record
from newscrawl.storage.tables import records
from tests.storage.test_records import full

FIRST = import_module("newscrawl.storage.migrations.versions.v0001_first")


def first_database(engine: Engine) -> None:
    """A database as the first migration made it, and as the newscrawl of then filled it."""
    with engine.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            FIRST.upgrade()
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        columns = {column["name"]: str(column["type"]) for column in inspect(connection).get_columns("records")}
        for number in range(3):
            made = as_dict(full()) | {"id": f"{number:032x}", "cluster_id": f"{number:032x}", "text_hash": "0" * 64}
            made["original"] = {**made["original"], "posts": [f"{other:032x}" for other in range(3)]}
            row = {name: made.get(name) for name in columns}
            row |= {name: orjson.dumps(row[name]).decode() for name, kind in columns.items() if kind == "JSON"}
            names = ", ".join(row)
            values = ", ".join(
                f"CAST(:{name} AS JSON)" if _is_json(engine, columns[name]) else f":{name}" for name in row
            )
            connection.execute(text(f"INSERT INTO records ({names}) VALUES ({values})"), row)


def _is_json(engine: Engine, kind: str) -> bool:
    return kind == "JSON" and engine.dialect.name == "postgresql"


@pytest.fixture
def old(empty_url: URL) -> Engine:
    engine = open_engine(empty_url)
    first_database(engine)
    return engine


def test_a_first_database_is_upgraded_with_its_records(old: Engine) -> None:
    assert current_revision(old) == "0001"
    ensure_schema(old)
    assert current_revision(old) == HEAD
    with old.begin() as connection:
        read = list(iter_records(connection))
        assert [one.id for one in read] == [f"{number:032x}" for number in range(3)]
        expected = full()
        for one in read:
            assert (one.text, one.authors, one.rights, one.publisher) == (
                expected.text, expected.authors, expected.rights, expected.publisher,
            )  # fmt: skip
            assert one.original is not None
            assert one.original.posts == [one.id]  # asked of the ledger, which has no posts here
        stored = connection.execute(select(records.c.original, records.c.changed_at)).all()
        assert {len(row.original["posts"]) for row in stored} == {0}
        assert {row.changed_at for row in stored} == {expected.crawled_at}
        # What is there can be written to.
        assert store_record(connection, expected, "later") == "new"
        assert load_record(connection, expected.id) is not None
        assert connection.execute(text("SELECT count(*) FROM articles")).scalar() == 4
        assert connection.execute(text("SELECT articles FROM publishers")).scalar() == 4
        assert connection.execute(text("SELECT count(*) FROM latest")).scalar() == 4
    old.dispose()


def test_json_can_be_searched_on_postgresql(postgres_url: URL) -> None:
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        store_record(connection, full(), "run")
        found = connection.execute(text("""SELECT count(*) FROM records WHERE tags @> '["a"]'"""))
        assert found.scalar() == 1
        kind = connection.execute(text("SELECT pg_typeof(published_at)::text FROM articles")).scalar()
        assert kind == "timestamp with time zone"
    engine.dispose()
