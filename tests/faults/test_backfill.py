"""What keeps a ledger of 200,000 posts cheap; ``python -m benchmarks.backfill`` measures it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL, Engine

from benchmarks import backfill
from newscrawl.ledger.claims import claim_posts
from newscrawl.ledger.runs import OpenRun, open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import finish_record
from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.tables import records
from tests.statements import watch

SCOPE = Scope("wordpress", backfill.SITE, follow=False)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(URL.create("sqlite", database=str(tmp_path / "ledger.db")))
    ensure_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def run(engine: Engine) -> Iterator[OpenRun]:
    opened = open_run(engine, spider="wordpress", scope=SCOPE, arguments={})
    step = backfill.Timed(engine)
    backfill._list(step, opened.id, SCOPE, range(60))
    step.close()
    yield opened
    opened.locks.release()


def test_an_acknowledgement_takes_few_statements(engine: Engine, run: OpenRun) -> None:
    with engine.begin() as connection:
        statements = watch(connection)
        (post,) = claim_posts(connection, run.id, Window(SCOPE.id), 1)
        record = backfill._record(PostCopy.from_json(post.given), post.id, Reason.NOT_FOLLOWED, None)
        statements.clear()
        assert finish_record(connection, record, run.id) == "new"
        # Record, versions, work, and what tells near-duplicates.
        assert len(statements) <= 10, statements
        stored = connection.execute(select(records)).one()
    assert (stored.duplicate_of, stored.cluster_id) == (None, record.id) == (record.duplicate_of, record.cluster_id)


def test_posts_are_claimed_in_the_order_of_an_index(engine: Engine, run: OpenRun) -> None:
    plans: list[str] = []
    with engine.connect() as connection:
        statements = watch(connection)
        assert claim_posts(connection, run.id, Window(SCOPE.id), 10)
        for statement in [one for one in statements if one.startswith("SELECT posts")]:
            plans += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
        connection.rollback()
    assert any("INDEX listed_work" in line for line in plans), plans
    assert not any("TEMP B-TREE" in line or line.startswith("SCAN") for line in plans), plans


def test_the_figures_of_a_small_ledger(tmp_path: Path) -> None:
    figures = backfill.ledger(tmp_path, 1_200, 100)
    assert figures["few_claimable"]["reclaimed"] == 200
    assert figures["with_originals"]["posts"] == 100
    for stage in ("all_claimable", "few_claimable"):
        assert figures[stage]["claimable_after_start_s"] < 2
