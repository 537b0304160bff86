"""What `status` and `show` say of a database, on both engines."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Connection, Engine

from newscrawl.items import AttributionPart, OriginalPart, Publisher
from newscrawl.ledger.runs import close_run, open_run
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import claim_originals, finish_original, finish_record, postpone_original
from newscrawl.reports.show import collect_history, render_history
from newscrawl.reports.status import collect_status, render_status
from newscrawl.storage.tables import originals, posts
from tests.ledger.helpers import RUN, SITE, answer, enter, park, pid, post, record, scope

LINK = "https://www.paper.test/story"


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """Two posts done, one waiting for an original that is due later, one discovered."""
    news = scope(connection)
    enter(connection, [post(name) for name in "abcd"], news)
    finish_record(connection, record("a", "same"), RUN)
    finish_record(connection, record("b", "same", outcome="post_only", reason="http_404"), RUN)
    park(connection, "c", LINK)
    (claimed,) = claim_originals(connection, RUN, Window(news.id), 1, frozenset())
    postpone_original(connection, RUN, claimed, reason="http_503", status=503, due=4e9)
    return connection


def test_an_empty_database(connection: Connection) -> None:
    status = collect_status(connection)
    assert status["posts"]["discovered"] == status["posts"]["backlog"] == status["records"]["total"] == 0
    assert status["balanced"] is True
    assert "0 posts discovered, 0 records, 0 waiting" in render_status(status)
    assert collect_history(connection, "ab12cd") is None
    assert collect_history(connection, "https://nowhere.test/") is None
    assert collect_history(connection, "no url and no id") is None


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
    for words in ("4 posts discovered, 2 records, 2 waiting", "http_404", "paper.test", "exact duplicates"):
        assert words in text


def test_a_post_that_is_done_without_a_record_is_told(filled: Connection) -> None:
    filled.execute(update(posts).where(posts.c.id == pid("d")).values(state="done"))
    status = collect_status(filled)
    assert status["balanced"] is False
    assert "NOT BALANCED" in render_status(status)


def test_runs_and_how_they_ended(engine: Engine) -> None:
    from newscrawl.ledger.scopes import Scope

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


def _joined(connection: Connection) -> str:
    news = scope(connection)
    enter(connection, [post("x")], news)
    park(connection, "x", LINK)
    finish_original(connection, RUN, answer(LINK), size=5)
    made = record(
        "x", "The text \x1b[31m of it.", outcome="original", reason=None, authors=["Ann Example"], word_count=4,
        publisher=Publisher(name="The Paper", domain="paper.test"),
        attribution=AttributionPart(original_url=LINK, phrase="yoast:en"),
        original=OriginalPart(url=LINK, similarity=0.9),
    )  # fmt: skip
    made.text_source = "original"
    made.rights.effective = {"tdm": "reserved", "ai_train": "none"}
    finish_record(connection, made, RUN)
    changed = record("x", "Another text.", reason="http_404")
    finish_record(connection, changed, "second")
    finish_record(connection, made, "third")
    return made.id


@pytest.mark.parametrize("key", ["id", "start", f"{SITE}/x/", f"{SITE}/x/#top", LINK, f"{LINK}?utm_source=feed"])
def test_a_record_is_found_by_whatever_one_has(connection: Connection, key: str) -> None:
    made = _joined(connection)
    found = collect_history(connection, {"id": made, "start": made[:8]}.get(key, key))
    assert found is not None
    assert found["id"] == made


def test_its_history_is_told(connection: Connection) -> None:
    history = collect_history(connection, _joined(connection))
    assert history is not None
    assert json.loads(json.dumps(history)) == history
    assert (history["state"], history["post_url"]) == ("done", f"{SITE}/x/")
    assert history["why"].startswith("The original was found")
    assert [version["version"] for version in history["versions"]] == [2, 1]
    assert [version["record"]["outcome"] for version in history["versions"]] == ["post_only", "original"]
    (request,) = history["requests"]
    assert (request["url"], request["status"], request["size"]) == (LINK, 200, 5)
    text = render_history(history)
    for words in (
        "The Paper (paper.test)",
        "Ann Example",
        "90% of the shorter text",
        "tdm reserved",
        "version 2 until",
    ):
        assert words in text
    assert "ai_train none" not in text
    assert "\x1b" not in text


def test_a_post_without_an_outcome_yet(filled: Connection) -> None:
    history = collect_history(filled, pid("c"))
    assert history is not None
    assert (history["state"], history["record"]) == ("waiting", None)
    assert "It has no outcome yet." in render_history(history)
    assert [request["reason"] for request in history["requests"]] == ["http_503"]


def test_a_failed_record_is_shown_without_text(connection: Connection) -> None:
    enter(connection, [post("a")], scope(connection))
    finish_record(connection, record("a", None, title=None, outcome="failed", reason="unreachable_post"), RUN)
    history = collect_history(connection, pid("a"))
    assert history is not None
    text = render_history(history)
    assert "The post itself could not be had. There is no text." in text
    assert "failed, unreachable_post" in text


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
