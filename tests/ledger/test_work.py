"""Posts and originals as work, on both engines."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import URL, Connection, Engine

from newscrawl.ledger.scopes import Scope, load_scope, save_cursor
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import backlog, finish_original, finish_record
from newscrawl.storage.engine import open_engine
from newscrawl.storage.tables import listed, records, scopes
from tests.ledger.helpers import (
    RUN,
    SITE,
    answer,
    claim,
    claim_works,
    enter,
    oid,
    park,
    post,
    record,
    scope,
    start_run,
    states,
    waiting,
)

# --- scopes --------------------------------------------------------------------------------------------


def test_a_scope_is_the_same_whatever_the_order_of_its_categories() -> None:
    one = Scope("dnyuz", SITE, ("news", "sport"))
    assert one.id == Scope("dnyuz", SITE, ("sport", "news")).id
    others = [
        Scope("dnyuz", "https://other.test", ("news", "sport")),
        Scope("dnyuz", SITE, ("news",)),
        Scope("dnyuz", SITE, ("news", "sport"), "query"),
        Scope("dnyuz", SITE, ("news", "sport"), follow=False),
        Scope("dnyuz", SITE, ("news,sport",)),
    ]
    assert len({one.id, *(other.id for other in others)}) == 6


def test_a_scope_with_many_categories_fits(connection: Connection) -> None:
    made = Scope("dnyuz", SITE, tuple(f"category-{number:02}-{'x' * 180}" for number in range(50)), "q" * 500)
    row = load_scope(connection, made)
    assert load_scope(connection, made) == row


def test_a_scope_remembers_its_cursor(connection: Connection) -> None:
    made = scope(connection)
    assert load_scope(connection, made)["cursor"] is None
    save_cursor(connection, made.id, {"covered": [["b", "a"]]})
    assert load_scope(connection, made)["cursor"] == {"covered": [["b", "a"]]}
    save_cursor(connection, made.id, None)
    assert load_scope(connection, made)["cursor"] is None


# --- listings ------------------------------------------------------------------------------------------


def test_a_listing_tells_new_from_known(connection: Connection) -> None:
    news = scope(connection)
    first = enter(connection, [post("a"), post("b"), post("a")], news)
    assert (first.new, first.changed, first.known) == (2, 0, 0)
    # What waits already is neither new nor known: its run has not ended.
    second = enter(connection, [post("b"), post("c")], news)
    assert (second.new, second.changed, second.known) == (1, 0, 0)
    assert states(connection) == dict.fromkeys("abc", "discovered")
    finish_record(connection, record("b"), RUN)
    third = enter(connection, [post("a"), post("b")], news)
    assert (third.new, third.changed, third.known) == (0, 0, 1)


def test_an_empty_listing_moves_the_cursor_alone(connection: Connection) -> None:
    news = scope(connection)
    empty = enter(connection, [], news, cursor={"covered": []})
    assert (empty.new, empty.changed, empty.known) == (0, 0, 0)
    assert load_scope(connection, news)["cursor"] == {"covered": []}


def test_a_post_that_is_done_is_taken_up_when_it_changed(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a"), post("b"), post("c", modified="2026-03-02T00:00:00Z")], news)
    for name in "abc":
        finish_record(connection, record(name), RUN)
    assert states(connection) == dict.fromkeys("abc", "done")
    changed = [
        post("a", modified="2026-03-01T12:00:01Z", title="a new title"),
        post("b"),
        post("c", modified="2026-03-01T00:00:00Z"),  # older than what is known
    ]
    listing = enter(connection, changed, news)
    assert (listing.new, listing.changed, listing.known) == (0, 1, 2)
    assert states(connection) == {"a": "discovered", "b": "done", "c": "done"}
    (claimed,) = claim(connection, news)
    assert claimed.given["title"] == "a new title"
    assert claimed.tries == 0


def test_what_was_not_followed_is_taken_up_under_follow(connection: Connection) -> None:
    reading = scope(connection, follow=False)
    enter(connection, [post("a"), post("b")], reading, follow=False)
    finish_record(connection, record("a", reason="not_followed"), RUN)
    finish_record(connection, record("b", reason="no_attribution"), RUN)
    assert enter(connection, [post("a"), post("b")], reading, follow=False).changed == 0
    following = scope(connection)
    assert enter(connection, [post("a"), post("b")], following).changed == 1
    assert states(connection) == {"a": "discovered", "b": "done"}


def test_a_listing_is_one_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        news = scope(connection)
        enter(connection, [post("a")], news, cursor={"covered": [["1", "0"]]})

    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)
        if statement.startswith("UPDATE scopes"):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"), engine.begin() as connection:
        enter(connection, [post("b"), post("c")], news, cursor={"covered": [["2", "0"]]})
    event.remove(engine, "before_cursor_execute", _before)
    assert any(statement.startswith("INSERT INTO posts") for statement in statements)
    with engine.connect() as connection:
        assert states(connection) == {"a": "discovered"}
        assert connection.execute(select(func.count()).select_from(listed)).scalar() == 1
        assert connection.execute(select(scopes.c.cursor)).scalar() == {"covered": [["1", "0"]]}


@pytest.mark.slow
def test_a_listing_of_thousands(connection: Connection) -> None:
    news = scope(connection)
    found = [post(f"n{number}") for number in range(5000)]
    assert enter(connection, found, news).new == 5000
    again = enter(connection, found, news)
    assert (again.new, again.changed) == (0, 0)
    assert states(connection) == dict.fromkeys((f"n{number}" for number in range(5000)), "discovered")


def test_discovered_is_done_and_backlog(connection: Connection) -> None:
    """The sum holds after every step that a run can take."""
    news = scope(connection)
    names = [f"n{number}" for number in range(12)]

    def balanced() -> bool:
        done = connection.execute(select(func.count()).select_from(records)).scalar()
        return done + backlog(connection, Window(news.id)) == len(names)

    enter(connection, [post(name) for name in names], news)
    assert balanced()
    names_of = {one.id: one.url.removeprefix(SITE).strip("/") for one in claim(connection, news, 8)}
    names = [*names_of.values(), *(name for name in names if name not in names_of.values())]
    assert balanced()
    for number, name in enumerate(names[:6]):
        park(connection, name, f"https://p{number % 3}.test/1")
    assert balanced()
    for name in names[6:8]:
        finish_record(connection, record(name), RUN)
    assert balanced()
    start_run(connection, news)
    for work in claim_works(connection, news):
        finish_original(connection, RUN, answer(work.url))
    assert balanced()
    for one in claim(connection, news):
        finish_record(connection, record(one.url.removeprefix(SITE).strip("/")), RUN)
    assert balanced()
    assert set(states(connection).values()) == {"done"}


def test_a_post_that_parks_while_its_original_is_finished_elsewhere_does_not_wait_for_ever(postgres_url: URL) -> None:
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    try:
        with engine.begin() as connection:
            news = waiting(connection, {"a": "https://p.test/1"})
            enter(connection, [post("b")], news)

        def finish() -> None:
            with other.begin() as connection:
                finish_original(connection, RUN, answer("https://p.test/1"))

        finishing = threading.Thread(target=finish)
        with engine.begin() as connection:
            park(connection, "b", "https://p.test/1")
            # The other worker's commit falls between this one's look at the original and its own commit.
            finishing.start()
            time.sleep(0.3)
        finishing.join(10)
        with engine.connect() as connection:
            assert states(connection) == {"a": "ready", "b": "ready"}
    finally:
        engine.dispose()
        other.dispose()


def test_an_original_that_is_asked_for_twice_ends_once(connection: Connection) -> None:
    news = waiting(connection, {"a": "https://p.test/1"})
    finish_original(connection, "slow", answer("https://p.test/1"))
    assert finish_original(connection, "other", answer("https://p.test/1", text="other")) == 0
    (ready,) = claim(connection, news)
    assert ready.original_id == oid("https://p.test/1")
