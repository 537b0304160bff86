"""What a run may work on now, on both engines."""

from __future__ import annotations

import dataclasses
import threading
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.engine import URL, Connection, Engine

from newscrawl.clock import epoch
from newscrawl.ledger.claims import _original, claim_hosts, enter_hosts, settle_held
from newscrawl.ledger.hosts import LEASE, LONGEST_HOLD, Lease, Refusal, database_now, hold_host, lease_host
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import MOST_ROUNDS, backlog, end_work, finish_original, postpone, unread
from newscrawl.progress.queues import look
from newscrawl.storage.engine import open_engine
from newscrawl.storage.tables import hosts, listed, originals, posts, requests, run_hosts
from tests.ledger.helpers import (
    RUN,
    SITE,
    answer,
    claim,
    claim_works,
    due,
    enter,
    let_go,
    oid,
    park,
    pid,
    post,
    scope,
    start_run,
    states,
    waiting,
)
from tests.statements import watch

# --- posts -----------------------------------------------------------------------------------------------


def test_posts_are_claimed_newest_first_and_undated_ones_last(connection: Connection) -> None:
    news = scope(connection)
    times = {"old": "2026-03-01T00:00:00Z", "new": "2026-03-03T00:00:00Z", "mid": "2026-03-02T00:00:00Z"}
    enter(connection, [post("undated", None, None), *(post(name, at) for name, at in times.items())], news)
    assert [one.id for one in claim(connection, news, 2)] == [pid("new"), pid("mid")]
    assert [one.id for one in claim(connection, news, 5)] == [pid("old"), pid("undated")]
    assert claim(connection, news, 5) == []


def test_a_window_holds_its_dates_and_the_undated(connection: Connection) -> None:
    news = scope(connection)
    at = ["2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z"]
    enter(connection, [*(post(moment, moment) for moment in at), post("undated", None, None)], news)
    window = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}
    assert backlog(connection, Window(news.id, **window)) == 3
    assert unread(connection, Window(news.id, **window), 2) >= 2
    assert due(connection, news, **window) == 0
    assert {one.id for one in claim(connection, news, **window)} == {pid(at[1]), pid(at[2]), pid("undated")}
    assert due(connection, news, **window) is None
    assert backlog(connection, Window(news.id)) == 5
    assert len(claim(connection, news, since="2026-03-02T00:00:00Z")) == 1
    assert len(claim(connection, news, until="2026-03-01T00:00:00Z")) == 1


def test_what_another_scope_listed_is_left_to_it(connection: Connection) -> None:
    news, sport = scope(connection, "news"), scope(connection, "sport")
    enter(connection, [post("a"), post("both")], news)
    enter(connection, [post("b"), post("both")], sport)
    assert {one.id for one in claim(connection, sport)} == {pid("b"), pid("both")}
    assert backlog(connection, Window(news.id)) == 2
    assert [one.id for one in claim(connection, news)] == [pid("a")]


def test_posts_are_claimed_by_who_listed_them_whatever_they_are_filed_under(connection: Connection) -> None:
    """A list of feeds that was edited, a site that moved to https: the backlog stays within reach."""
    news = scope(connection)
    enter(connection, [post("a")], news, site="https://other.test")
    assert [one.id for one in claim(connection, news)] == [pid("a")]


def test_a_lease_is_respected_until_it_expires(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a")], news)
    assert len(claim(connection, news, run="one")) == 1
    assert claim(connection, news, run="two") == []
    assert due(connection, news) is None
    until = connection.execute(select(posts.c.lease_until)).scalar()
    assert until == pytest.approx(epoch() + LEASE, abs=30)
    connection.execute(update(posts).values(lease_until=epoch() - 1))
    assert len(claim(connection, news, run="two")) == 1
    assert connection.execute(select(posts.c.lease_run)).scalar() == "two"


def test_with_only_nothing_else_is_claimed(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post(name) for name in "abc"], news)
    assert [one.id for one in claim(connection, news, only=frozenset({pid("b"), pid("gone")}))] == [pid("b")]
    assert claim(connection, news, only=frozenset()) == []
    assert len(claim(connection, news)) == 2


@pytest.mark.slow
def test_a_limit_of_tens_of_thousands(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a"), post("b"), post("page", incomplete=True)], news)
    taken = frozenset({pid("a"), *(f"{number:032x}" for number in range(70_000))})
    assert [one.id for one in claim(connection, news, only=taken)] == [pid("a")]
    start_run(connection, news)
    park(connection, "a", "https://p.test/1")
    assert len(claim_works(connection, news, only=taken)) == 1


# --- hosts ------------------------------------------------------------------------------------------------


def test_an_original_is_one_however_many_posts_name_it(connection: Connection) -> None:
    news = waiting(connection, dict.fromkeys("abcde", "https://p.test/1"))
    start_run(connection, news)
    (work,) = claim_works(connection, news)
    assert (work.url, work.host, work.tries, work.witness) == ("https://p.test/1", "p.test", 0, "a text")
    assert claim_works(connection, news) == []
    assert finish_original(connection, RUN, answer("https://p.test/1"), size=10) == 5
    ready = claim(connection, news)
    assert {one.state for one in ready} == {"ready"}
    for one in ready:
        assert one.original is not None
        assert one.original.extraction is not None
        assert (one.original.extraction.text, one.original.extraction.title) == ("the text", "t")
    assert connection.execute(select(func.count()).select_from(requests)).scalar() == 1


def test_a_known_original_makes_a_post_ready_at_once(connection: Connection) -> None:
    news = waiting(connection, {"a": "https://p.test/1"})
    start_run(connection, news)
    finish_original(connection, RUN, answer("https://p.test/1"))
    enter(connection, [post("b")], news)
    assert park(connection, "b", "https://p.test/1") == "ready"
    assert claim_works(connection, news) == []


def test_a_host_is_leased_with_a_handful_of_its_works_newest_first(connection: Connection) -> None:
    news = scope(connection)
    names = [f"n{number}" for number in range(8)]
    enter(connection, [post(name, f"2026-03-0{number + 1}T00:00:00Z") for number, name in enumerate(names)], news)
    for name in names:
        park(connection, name, f"https://p.test/{name}")
    start_run(connection, news)
    assert [work.url[-2:] for work in claim_works(connection, news, works=5)] == ["n7", "n6", "n5", "n4", "n3"]
    # The host is this run's until it gives it back.
    assert claim_works(connection, news) == []
    for name in ("n7", "n6", "n5", "n4", "n3"):
        finish_original(connection, RUN, answer(f"https://p.test/{name}"))
    let_go(connection, "p.test")
    assert [work.url[-2:] for work in claim_works(connection, news)] == ["n2", "n1", "n0"]


def test_hosts_are_taken_in_the_order_in_which_they_are_due(connection: Connection) -> None:
    links = {f"{host}{number}": f"https://{host}.test/{number}" for host in "abc" for number in range(4)}
    news = waiting(connection, links)
    start_run(connection, news)
    served = []
    for _ in range(6):
        (work,) = claim_works(connection, news, 1, works=1)
        served.append(work.host)
        finish_original(connection, RUN, answer(work.url))
        let_go(connection, work.host)
    assert sorted(served[:3]) == ["a.test", "b.test", "c.test"]
    assert served[3:] == served[:3]


def test_a_host_is_not_due_before_its_delay(connection: Connection) -> None:
    news = waiting(connection, {"a": "https://p.test/1", "b": "https://p.test/2"})
    start_run(connection, news)
    (first,) = claim_works(connection, news, works=1)
    finish_original(connection, RUN, answer(first.url))
    let_go(connection, "p.test", wait=40.0)
    assert claim_works(connection, news) == []
    assert len(claim(connection, news)) == 1
    assert due(connection, news) == pytest.approx(40.0, abs=5)


def test_a_host_may_be_leased_a_moment_before_it_is_due_and_waits_for_the_rest(connection: Connection) -> None:
    """The claim is made while the delay runs out; what is early by more is not claimed."""
    news = waiting(connection, {"a": "https://p.test/1", "b": "https://q.test/1"})
    start_run(connection, news)
    claim_works(connection, news, works=1)
    let_go(connection, "p.test", wait=30.0)
    let_go(connection, "q.test", wait=90.0)
    window = Window(news.id)
    (early,) = claim_hosts(connection, RUN, window, most=5, works=1, delay=1.0, follow=True, ahead=60.0)
    assert early.lease.host == "p.test"
    assert early.lease.wait == pytest.approx(30.0, abs=5)


def test_two_runs_never_hold_one_host(connection: Connection) -> None:
    news, sport = scope(connection, "news"), scope(connection, "sport")
    enter(connection, [post("a"), post("b")], news)
    enter(connection, [post("c")], sport)
    for name in "abc":
        park(connection, name, f"https://p.test/{name}")
    start_run(connection, news, "one")
    start_run(connection, sport, "two")
    assert len(claim_works(connection, news, run="one")) == 2
    assert claim_works(connection, sport, run="two") == []
    let_go(connection, "p.test", "one", wait=30.0)
    # The delay after the first run's request holds for the second as well.
    assert claim_works(connection, sport, run="two") == []
    assert due(connection, sport, "two") == pytest.approx(30.0, abs=5)


def test_an_expired_lease_of_a_host_is_claimable(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    news, sport = scope(connection, "news"), scope(connection, "sport")
    enter(connection, [post("a")], news)
    enter(connection, [post("a")], sport)
    park(connection, "a", "https://p.test/1")
    start_run(connection, news, "hangs")
    start_run(connection, sport, "lives")
    assert len(claim_works(connection, news, run="hangs")) == 1
    assert claim_works(connection, sport, run="lives") == []
    monkeypatch.setattr("newscrawl.ledger.claims.database_now", lambda _: epoch() + LEASE + 60)
    assert len(claim_works(connection, sport, run="lives")) == 1


def test_a_run_that_does_not_follow_asks_for_pages_alone(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a")], news)
    enter(connection, [_page("b")], news)
    park(connection, "a", "https://p.test/1")
    start_run(connection, news, follow=False)
    assert [work.kind for work in claim_works(connection, news, follow=False)] == ["post"]
    assert due(connection, news) is not None  # the host of the page is leased


def test_a_run_that_does_not_follow_is_told_of_no_host_of_originals(connection: Connection) -> None:
    news, lists = scope(connection), scope(connection, follow=False)
    start_run(connection, news, "follows")
    start_run(connection, lists, "lists", follow=False)
    enter(connection, [post("a"), post("b"), _page("c")], news)
    enter(connection, [post("a")], lists, follow=False)
    park(connection, "a", "https://p.test/1")
    # It lists what the other one has parked, and a page of the same host as an original.
    park(connection, "b", "https://q.test/1")
    shared = dataclasses.replace(post("d"), host="q.test")
    enter(connection, [shared, post("b"), _page("c")], lists, follow=False)
    told = select(run_hosts.c.host).where(run_hosts.c.run_id == bindparam("run")).order_by(run_hosts.c.host)
    assert connection.execute(told, {"run": "follows"}).scalars().all() == ["aggregator.test", "p.test", "q.test"]
    assert connection.execute(told, {"run": "lists"}).scalars().all() == ["aggregator.test", "q.test"]


def test_a_run_that_does_not_follow_waits_for_no_original_that_is_put_off(connection: Connection) -> None:
    lists = scope(connection, follow=False)
    enter(connection, [post("a"), _page("b")], lists, follow=False)
    url = "https://aggregator.test/original"
    park(connection, "a", url)
    start_run(connection, lists, follow=False)
    assert [work.kind for work in claim_works(connection, lists, follow=False)] == ["post"]
    end_work(connection, pid("b"))
    postpone(connection, RUN, "original", oid(url), url, reason="timeout", status=None, wait=600)
    let_go(connection, "aggregator.test")
    assert claim_works(connection, lists, follow=False) == []
    assert due(connection, lists) is None


def _page(name: str, published: str | None = "2026-03-01T12:00:00Z") -> Any:
    return dataclasses.replace(post(name, published), host="aggregator.test")


def test_originals_wait_for_the_window_and_for_only(connection: Connection) -> None:
    news, sport = scope(connection, "news"), scope(connection, "sport")
    enter(connection, [post("a"), post("b", "2026-01-01T00:00:00Z")], news)
    enter(connection, [post("c")], sport)
    for name in "abc":
        park(connection, name, f"https://{name}.test/1")
    since = "2026-03-01T00:00:00Z"
    start_run(connection, news, since=since)
    start_run(connection, sport, "two")
    assert [work.host for work in claim_works(connection, news, since=since)] == ["a.test"]
    assert claim_works(connection, sport, run="two", only=frozenset({pid("a")})) == []
    start_run(connection, sport, "three")
    assert [one.host for one in claim_works(connection, sport, run="three", only=frozenset({pid("c")}))] == ["c.test"]
    start_run(connection, news, "four")
    assert [one.host for one in claim_works(connection, news, run="four")] == ["b.test"]


def test_a_postponed_original_is_due_later(connection: Connection) -> None:
    news = waiting(connection, {"a": "https://p.test/1"})
    start_run(connection, news)
    (work,) = claim_works(connection, news)
    postpone(connection, RUN, "original", work.id, work.url, reason="http_503", status=503, wait=30)
    let_go(connection, "p.test")
    assert claim_works(connection, news) == []
    assert due(connection, news) == pytest.approx(30, abs=5)
    connection.execute(update(listed).values(next_at=0))
    start_run(connection, news, "next")
    (again,) = claim_works(connection, news, run="next")
    assert again.tries == 1
    row = connection.execute(select(requests)).one()
    assert (row.status, row.reason, row.url) == (503, "http_503", "https://p.test/1")


def test_a_page_that_is_put_off_to_a_later_run_begins_a_new_round(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [_page("a")], news)
    start_run(connection, news)
    (work,) = claim_works(connection, news)
    assert (work.kind, work.recorded) == ("post", False)
    postpone(
        connection, RUN, "post", work.id, work.url, reason="timeout", status=None, wait=3600, next_round=True
    )  # fmt: skip
    let_go(connection, "aggregator.test")
    assert claim_works(connection, news) == []
    assert states(connection) == {"a": "discovered"}
    connection.execute(update(listed).values(next_at=0))
    start_run(connection, news, "next")
    (again,) = claim_works(connection, news, run="next")
    assert (again.tries, again.rounds) == (0, 1)


def test_a_host_that_is_left_alone_is_settled_in_one_step(connection: Connection) -> None:
    news = waiting(connection, {f"n{number}": f"https://dead.test/{number}" for number in range(300)})
    start_run(connection, news)
    until = hold_host(connection, "dead.test", 3600, "connection")
    assert claim_works(connection, news) == []
    statements = watch(connection)
    (held,) = settle_held(connection, RUN, Window(news.id), 60.0, follow=True)
    assert (held.host, held.ready, held.pages, held.reason) == ("dead.test", 300, 0, "connection")
    assert held.until == pytest.approx(until)
    assert len(statements) < 20
    assert set(states(connection).values()) == {"ready"}
    rows = connection.execute(select(originals.c.reason, originals.c.rounds, originals.c.next_at)).all()
    assert {(row.reason, row.rounds) for row in rows} == {("connection", 1)}
    assert {row.next_at for row in rows} == {until}
    assert settle_held(connection, RUN, Window(news.id), 60.0, follow=True) == []
    assert len(claim(connection, news, 500)) == 300


def test_a_run_asks_in_vain_once_for_what_was_under_way_when_its_host_was_settled(connection: Connection) -> None:
    news = waiting(connection, {"a": "https://busy.test/1"})
    start_run(connection, news)
    (work,) = claim_works(connection, news)
    hold_host(connection, "busy.test", 7200, "http_429")
    (held,) = settle_held(connection, RUN, Window(news.id), 60.0, follow=True)
    assert held.ready == 1
    # The answer to the request that was on its way when another one's was "429".
    finish_original(connection, RUN, answer(work.url, reason="http_429", text=None))
    (row,) = connection.execute(select(originals.c.rounds, originals.c.next_at)).all()
    assert row.rounds == 1
    assert row.next_at == pytest.approx(database_now(connection) + 3600, abs=60)


def test_an_original_is_asked_for_by_so_many_runs_and_no_more(connection: Connection) -> None:
    news = waiting(connection, {"a": "https://dead.test/1"})
    connection.execute(update(originals).values(rounds=MOST_ROUNDS - 1))
    start_run(connection, news)
    hold_host(connection, "dead.test", 3600, "connection")
    settle_held(connection, RUN, Window(news.id), 60.0, follow=True)
    assert connection.execute(select(originals.c.next_at)).scalar() == 0


@pytest.mark.slow
def test_a_claim_does_not_look_at_what_lies_outside_the_window(sqlite_only_url: URL) -> None:
    """Steps of SQLite's machine, which a busy computer does not change: with 40,000 works outside as without."""
    costs = []
    for outside in (0, 40_000):
        engine = open_engine(sqlite_only_url.set(database=f"{sqlite_only_url.database}{outside}"))
        from newscrawl.storage.migrate import ensure_schema

        ensure_schema(engine)
        with engine.begin() as connection:
            news = waiting(connection, {f"n{number}": f"https://h{number}.test/1" for number in range(20)})
            _old_works(connection, news.id, outside)
            start_run(connection, news, since="2026-02-01T00:00:00Z")
        with engine.begin() as connection:
            costs.append(_steps(connection, partial(_claim_all, connection, news)))
        engine.dispose()
    assert costs[1] < costs[0] * 1.5 + 200, costs


def _claim_all(connection: Connection, news: Any) -> None:
    assert len(claim_works(connection, news, since="2026-02-01T00:00:00Z")) == 10
    assert claim(connection, news, since="2026-02-01T00:00:00Z") == []


def _old_works(connection: Connection, scope_id: str, count: int) -> None:
    if not count:
        return
    rows = [(f"{number:032x}", f"h{number % 20}.test") for number in range(count)]
    old = "2020-01-01T00:00:00Z"
    connection.execute(
        insert(posts),
        [
            {
                "id": post_id,
                "site": SITE,
                "url": f"{SITE}/{post_id}",
                "state": "waiting",
                "published_at": old,
                "surface": "rest",
                "original_id": post_id,
                "discovered_at": old,
                "run_id": RUN,
            }
            for post_id, _ in rows
        ],
    )
    connection.execute(
        insert(listed),
        [{"scope_id": scope_id, "post_id": post_id, "host": host, "rank": old} for post_id, host in rows],
    )


def _steps(connection: Connection, work: Any) -> int:
    """Units of 100 steps of SQLite's virtual machine that *work* takes."""
    raw: Any = connection.connection.driver_connection
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    raw.set_progress_handler(step, 100)
    try:
        work()
    finally:
        raw.set_progress_handler(None, 0)
    return steps


# --- several workers -----------------------------------------------------------------------------------------


def test_workers_never_claim_the_same(url: URL) -> None:
    engines = [open_engine(url) for _ in range(4)]
    with engines[0].begin() as connection:
        news = scope(connection)
        enter(connection, [post(f"n{number}") for number in range(200)], news)
    got: list[list[str]] = [[] for _ in engines]

    def work(place: int) -> None:
        while True:
            with engines[place].begin() as connection:
                claimed = claim(connection, news, 7, run=f"run{place}")
            if not claimed:
                return
            got[place] += [one.id for one in claimed]

    _at_once(work, engines)
    everything = [one for some in got for one in some]
    assert len(everything) == len(set(everything)) == 200


def test_workers_never_lease_the_same_host(url: URL) -> None:
    engines = [open_engine(url) for _ in range(4)]
    with engines[0].begin() as connection:
        news = waiting(connection, {f"n{number}": f"https://h{number}.test/1" for number in range(100)})
        for place in range(4):
            start_run(connection, news, f"run{place}")
    got: list[list[str]] = [[] for _ in engines]

    def work(place: int) -> None:
        for _ in range(60):
            with engines[place].begin() as connection:
                got[place] += [one.host for one in claim_works(connection, news, 3, run=f"run{place}")]

    _at_once(work, engines)
    everything = [one for some in got for one in some]
    assert len(everything) == len(set(everything)) == 100


def _at_once(work: Any, engines: list[Engine]) -> None:
    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()


# --- a clock that was set ------------------------------------------------------------------------------------


def test_a_host_whose_times_are_of_a_later_clock_comes_due(connection: Connection) -> None:
    """Written by a run before the clock was set back two days: what is only read as less stays far away for ever."""
    ahead = database_now(connection) + 2 * 86_400.0
    connection.execute(insert(hosts).values(host="a.test", next_at=ahead, held_until=ahead + 400 * 86_400.0))
    refused = lease_host(connection, RUN, "a.test", 1.0, patience=0.0)
    assert isinstance(refused, Refusal)
    assert refused.held
    assert refused.wait <= LONGEST_HOLD
    connection.execute(update(hosts).values(held_until=0.0))
    first = lease_host(connection, RUN, "a.test", 1.0, patience=0.0)
    assert isinstance(first, Refusal)
    later = database_now(connection) + first.wait + 0.001
    assert isinstance(lease_host(connection, RUN, "a.test", 1.0, patience=0.0, now=later), Lease)


def test_what_a_run_does_not_work_on_does_not_hold_up_its_listing(connection: Connection) -> None:
    """A site that edits thousands of old posts at once: nobody in this run claims them."""
    news = scope(connection)
    enter(connection, [post(f"old-{number}", "2020-01-01T00:00:00Z") for number in range(30)], news)
    enter(connection, [post("new", "2026-03-01T00:00:00Z")], news)
    assert unread(connection, Window(news.id, since="2026-02-01T00:00:00Z"), 10) == 1


def test_hosts_are_gathered_from_the_window_alone(connection: Connection) -> None:
    """Read by host, the index would be walked with all that waits outside the window."""
    if connection.dialect.name != "sqlite":
        pytest.skip("the server chooses by what it counted of a table")
    news = scope(connection)
    enter(connection, [post("new", "2026-03-01T00:00:00Z")], news)
    statements = watch(connection)
    window = Window(news.id, since="2026-02-01T00:00:00Z")
    enter_hosts(connection, RUN, window, follow=True)
    look(connection, window, 1.0)
    asked = [one for one in statements if "FROM listed" in one]
    plans = [row[3] for one in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
    assert len(asked) == 6
    assert sum("listed_window" in line for line in plans) == 6, plans


def test_a_page_that_must_prove_itself_is_read_without_the_posts_help() -> None:
    def row(given: dict[str, object]) -> SimpleNamespace:
        known = {"original_id": "o", "original_url": "https://paper.example/live", "id": "p"}
        return SimpleNamespace(**known, original_tries=0, original_rounds=0, given=given)

    stating, standing_in = row({"text": "short"}), row({"text": "a longer text", "stated": {}})
    assert _original(standing_in, "paper.example", [standing_in]).witness is None
    assert _original(stating, "paper.example", [stating, standing_in]).witness == "short"
