"""What `status` says of a database, on both engines."""

from __future__ import annotations

import json

from sqlalchemy import update
from sqlalchemy.engine import Connection, Engine

from newscrawl.ledger.runs import close_run, open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.reports.status import collect_status, render_status
from newscrawl.storage.tables import originals, posts
from tests.ledger.helpers import SITE, enter, park, pid, post, scope


def test_an_empty_database(connection: Connection) -> None:
    status = collect_status(connection)
    assert status["posts"]["discovered"] == status["posts"]["backlog"] == status["records"]["total"] == 0
    assert status["balanced"] is True
    assert "0 posts discovered, 0 records, 0 waiting" in render_status(status)


def test_the_sum_is_right(filled: Connection) -> None:
    status = collect_status(filled)
    assert json.loads(json.dumps(status)) == status
    assert status["posts"]["discovered"] == 4
    assert status["posts"]["backlog"] == 2
    assert status["posts"]["states"] == {"done": 2, "discovered": 1, "waiting": 1}
    assert status["posts"]["discovered"] == sum(status["records"]["outcomes"].values()) + status["posts"]["backlog"]
    assert status["records"]["reasons"] == {"http_404": 1, "no_attribution": 1}
    assert status["records"]["duplicates"] == 1
    (waiting,) = status["backlog_by_host"]
    assert (waiting["host"], waiting["originals"]) == ("paper.test", 1)
    assert waiting["due_in"] > 1e6
    text = render_status(status)
    for words in (
        "4 posts discovered, 2 records, 2 waiting",
        "http_404",
        "paper.test",
        "1 record with the same text",
        "100%  post_only",
    ):
        assert words in text


def test_a_post_that_is_done_without_a_record_is_told(filled: Connection) -> None:
    filled.execute(update(posts).where(posts.c.id == pid("d")).values(state="done"))
    status = collect_status(filled)
    assert status["balanced"] is False
    assert "NOT BALANCED" in render_status(status)


def test_runs_and_how_they_ended(engine: Engine) -> None:
    for number, (state, status) in enumerate([("finished", 0), ("failed", 4), ("stopped", 143)]):
        run = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", SITE, ("news",)), arguments={})
        with engine.begin() as connection:
            close_run(
                connection, run.id, state=state, exit_status=status,
                message="disk \x1b[31mfull" if status == 4 else None,
                counts={"new": number, "failed": 1},
            )  # fmt: skip
        run.locks.release()
    with engine.connect() as connection:
        status_now = collect_status(connection)
    assert [(run["state"], run["exit_status"]) for run in status_now["runs"]] == [
        ("stopped", 143), ("failed", 4), ("finished", 0),
    ]  # fmt: skip
    assert status_now["runs"][0]["site"] == SITE
    text = render_status(status_now)
    assert "failed (4)" in text
    assert "2 new, 1 failed" in text
    assert "\x1b" not in text


def test_a_run_whose_process_died_is_not_running(engine: Engine) -> None:
    """Until the next run settles it, the table says `running`: the lock tells the truth."""
    run = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", SITE), arguments={})
    with engine.connect() as connection:
        assert collect_status(connection)["runs"][0]["state"] == "running"
    run.locks.release()
    with engine.connect() as connection:
        status = collect_status(connection)
    assert status["runs"][0]["state"] == "lost"
    assert "died: the next crawl takes up what it left" in render_status(status)


def test_one_and_many() -> None:
    def told(number: int) -> str:
        return render_status(
            {
                "posts": {"discovered": number, "backlog": 0},
                "records": {"total": number, "outcomes": {"original": number}, "reasons": {}, "duplicates": number},
                "balanced": True,
                "backlog_by_host": [],
                "retries": {"waiting": number, "given_up": number, "next_due_in": 3396},
                "held_hosts": [{"host": "a.test", "for": 30, "reason": "http_429"}],
                "runs": [],
            }
        )

    assert "1 post discovered, 1 record, 0 waiting" in told(1)
    assert "1 original to be tried again by later runs, the next in 56 min" in told(1)
    assert "2 posts discovered, 2 records" in told(2)
    assert "a.test is left alone for 30 s more (http_429)" in told(2)


def test_many_hosts_are_cut_to_the_longest_queues(connection: Connection) -> None:
    news = scope(connection)
    names = [f"n{number}" for number in range(60)]
    enter(connection, [post(name) for name in names], news)
    for number, name in enumerate(names):
        park(connection, name, f"https://h{number % 30}.test/{number if number % 30 == 7 else 0}")
    connection.execute(update(originals).values(next_at=0))
    waiting = collect_status(connection)["backlog_by_host"]
    assert len(waiting) == 20
    assert (waiting[0]["host"], waiting[0]["originals"], waiting[0]["due_in"]) == ("h7.test", 2, 0)
