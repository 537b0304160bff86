"""Due times that a clock set back has left in the future."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import URL, Engine

from newscrawl.clock import epoch
from newscrawl.ledger.runs import open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.storage.engine import open_engine
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, originals, runs

DAY = 86_400.0


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.mark.parametrize(
    ("last_run", "state", "ahead", "kept"),
    [
        ("2999-01-01T00:00:00Z", STATE_DISCOVERED, 60.0, True),
        ("2999-01-01T00:00:00Z", STATE_DISCOVERED, 2 * DAY, False),
        ("2999-01-01T00:00:00Z", STATE_DONE, 6 * DAY, True),
        ("2999-01-01T00:00:00Z", STATE_DONE, 400 * DAY, False),
        # The clock goes right: nothing is looked through.
        ("2025-01-01T00:00:00Z", STATE_DISCOVERED, 2 * DAY, True),
    ],
)
def test_what_no_run_would_put_off_is_due(engine: Engine, last_run: str, state: str, ahead: float, kept: bool) -> None:
    due = epoch() + ahead
    row = {"id": "a" * 32, "url": "https://p.test/1", "host": "p.test", "state": state, "next_at": due}
    with engine.begin() as connection:
        connection.execute(insert(originals).values(row))
        before = {"id": "b" * 32, "number": 1, "spider": "dnyuz", "scope_id": "c" * 32, "arguments": {}}
        connection.execute(insert(runs).values(**before, process="1@a", started_at=last_run, state="lost"))
    run = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", "https://dnyuz.test"), arguments={})
    run.locks.release()
    with engine.connect() as connection:
        assert (connection.execute(select(originals.c.next_at)).scalar() == due) is kept
