"""A rebuild ends with what the records would have had, wherever it was stopped."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.engine import Engine

from newscrawl.storage.rebuild import missing_texts, rebuild
from newscrawl.storage.records import store_record
from tests.dedupe.world import collection, state
from tests.ledger.helpers import RUN


def forget(engine: Engine) -> None:
    """As a database of before there were signatures."""
    with engine.begin() as connection:
        for table in ("texts", "text_keys", "text_pairs"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE records SET duplicate_of = NULL, contained_in = NULL, cluster_id = id"))


def test_a_rebuild_makes_what_was_there(engine: Engine) -> None:
    with engine.begin() as connection:
        for made in collection(stories=2, hot=8):
            store_record(connection, made, RUN)
        expected = state(connection)
    forget(engine)
    with engine.connect() as connection:
        assert missing_texts(connection) == len(expected["texts"])
    steps = list(rebuild(engine, page=7))
    assert [one.done for one in steps[:2]] == [7, 14]
    assert steps[-1].done == steps[-1].total == len(expected["records"])
    with engine.connect() as connection:
        assert state(connection) == expected
        assert missing_texts(connection) == 0
        assert connection.execute(text("SELECT count(*) FROM dedupe_state")).scalar() == 0


def test_a_stopped_rebuild_goes_on(engine: Engine) -> None:
    made = collection(stories=2, hot=8)
    with engine.begin() as connection:
        for one in made:
            store_record(connection, replace(one), RUN)
        expected = state(connection)
    forget(engine)
    for _ in range(2):
        running = rebuild(engine, page=7)
        next(running)
        running.close()
    # Records change meanwhile, behind the place and before it.
    with engine.begin() as connection:
        for one in made:
            store_record(connection, replace(one, text=f"{one.text} more words", content_hash="0" * 64), RUN)
        for one in made:
            store_record(connection, replace(one), RUN)
    steps = list(rebuild(engine, page=7))
    assert steps[0].done == 21
    assert steps[0].resumed
    with engine.connect() as connection:
        assert state(connection) == expected


def test_a_rebuild_from_the_beginning(engine: Engine) -> None:
    with engine.begin() as connection:
        for one in collection(stories=1, hot=4):
            store_record(connection, one, RUN)
    running = rebuild(engine, page=7)
    next(running)
    running.close()
    steps = list(rebuild(engine, page=7, again=True))
    assert steps[0].done == 7
    assert not steps[0].resumed


def test_records_of_before_have_exact_duplicates_all_the_same(engine: Engine) -> None:
    made = collection(stories=1, hot=2)
    with engine.begin() as connection:
        for one in made:
            store_record(connection, replace(one), RUN)
    forget(engine)
    copy = replace(made[0], id="0" * 32, published_at="2020-01-01T00:00:00Z")
    with engine.begin() as connection:
        store_record(connection, copy, RUN)
        rows = connection.execute(text("SELECT duplicate_of FROM records WHERE duplicate_of IS NOT NULL")).scalars()
        assert list(rows) == ["0" * 32] * 2
