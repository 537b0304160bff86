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
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, originals

DAY = 86_400.0


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.mark.parametrize(
    ("state", "ahead", "kept"),
    [
        (STATE_DISCOVERED, 60.0, True),
        (STATE_DISCOVERED, 2 * DAY, False),
        (STATE_DONE, 6 * DAY, True),
        (STATE_DONE, 400 * DAY, False),
    ],
)
def test_what_no_run_would_put_off_is_due(engine: Engine, state: str, ahead: float, kept: bool) -> None:
    due = epoch() + ahead
    row = {"id": "a" * 32, "url": "https://p.test/1", "host": "p.test", "state": state, "next_at": due}
    with engine.begin() as connection:
        connection.execute(insert(originals).values(row))
    run = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", "https://dnyuz.test"), arguments={})
    run.locks.release()
    with engine.connect() as connection:
        assert (connection.execute(select(originals.c.next_at)).scalar() == due) is kept
