"""Posts and originals as work, on both engines."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.engine import URL, Connection, Engine

from newscrawl.clock import epoch
from newscrawl.ledger.scopes import Scope, load_scope, save_cursor
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import (
    LEASE,
    backlog,
    claim_originals,
    finish_original,
    finish_record,
    next_due,
    postpone_original,
)
from newscrawl.storage.engine import open_engine
from newscrawl.storage.tables import listed, originals, posts, records, requests, scopes
from tests.ledger.helpers import RUN, SITE, answer, claim, enter, oid, park, pid, post, record, scope, states

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


def test_a_listing_of_thousands(connection: Connection) -> None:
    news = scope(connection)
    found = [post(f"n{number}") for number in range(5000)]
    assert enter(connection, found, news).new == 5000
    again = enter(connection, found, news)
    assert (again.new, again.changed) == (0, 0)
    assert states(connection) == dict.fromkeys((f"n{number}" for number in range(5000)), "discovered")


# --- claims on posts -------------------------------------------------------------------------------------


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
    assert backlog(connection, Window(news.id, **window), SITE) == 3
    assert next_due(connection, Window(news.id, **window), SITE) == 0
    assert {one.id for one in claim(connection, news, **window)} == {pid(at[1]), pid(at[2]), pid("undated")}
    assert next_due(connection, Window(news.id, **window), SITE) is None
    assert backlog(connection, Window(news.id), SITE) == 5
    assert len(claim(connection, news, since="2026-03-02T00:00:00Z")) == 1
    assert len(claim(connection, news, until="2026-03-01T00:00:00Z")) == 1


def test_what_another_scope_listed_is_left_to_it(connection: Connection) -> None:
    news, sport = scope(connection, "news"), scope(connection, "sport")
    enter(connection, [post("a"), post("both")], news)
    enter(connection, [post("b"), post("both")], sport)
    assert {one.id for one in claim(connection, sport)} == {pid("b"), pid("both")}
    assert backlog(connection, Window(news.id), SITE) == 2
    assert [one.id for one in claim(connection, news)] == [pid("a")]


def test_posts_of_another_site_are_left_alone(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a")], news, site="https://other.test")
    assert claim(connection, news) == []
    assert next_due(connection, Window(news.id), SITE) is None


def test_a_lease_is_respected_until_it_expires(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a")], news)
    assert len(claim(connection, news, run="one")) == 1
    assert claim(connection, news, run="two") == []
    assert next_due(connection, Window(news.id), SITE) is None
    until = connection.execute(select(posts.c.lease_until)).scalar()
    assert until == pytest.approx(epoch() + LEASE, abs=30)
    connection.execute(update(posts).values(lease_until=epoch() - 1))
    assert len(claim(connection, news, run="two")) == 1
    assert connection.execute(select(posts.c.lease_run)).scalar() == "two"


def test_what_is_due_later_is_not_claimed_now(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a"), post("b")], news)
    later = epoch() + 60
    connection.execute(update(posts).where(posts.c.id == pid("a")).values(next_at=later))
    assert [one.id for one in claim(connection, news)] == [pid("b")]
    assert next_due(connection, Window(news.id), SITE) == pytest.approx(later)


def test_what_waits_for_an_original_is_the_work_of_runs_that_follow(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a")], news)
    park(connection, "a", "https://p.test/1")
    assert next_due(connection, Window(news.id), SITE) == 0
    assert next_due(connection, Window(news.id), SITE, follow=False) is None


def test_with_only_nothing_else_is_claimed(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post(name) for name in "abc"], news)
    assert [one.id for one in claim(connection, news, only=frozenset({pid("b"), pid("gone")}))] == [pid("b")]
    assert claim(connection, news, only=frozenset()) == []
    assert len(claim(connection, news)) == 2


def test_a_limit_of_tens_of_thousands(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post("a"), post("b")], news)
    taken = frozenset({pid("a"), *(f"{number:032x}" for number in range(70_000))})
    assert [one.id for one in claim(connection, news, only=taken)] == [pid("a")]
    park(connection, "a", "https://p.test/1")
    assert len(claim_originals(connection, RUN, Window(news.id), 5, frozenset(), taken)) == 1


# --- originals --------------------------------------------------------------------------------------------


def _waiting(connection: Connection, links: dict[str, str]) -> Scope:
    """Posts by name, each waiting for the original at its URL."""
    news = scope(connection)
    enter(connection, [post(name) for name in links], news)
    for name, url in links.items():
        assert park(connection, name, url) == "waiting"
    return news


def _hosts(connection: Connection, of: Scope, most: int = 10, **options: Any) -> list[str]:
    busy, only, after = options.get("busy", frozenset()), options.get("only"), options.get("after", "")
    return [one.host for one in claim_originals(connection, RUN, Window(of.id), most, busy, only, after)]


def test_an_original_is_one_however_many_posts_name_it(connection: Connection) -> None:
    news = _waiting(connection, dict.fromkeys("abcde", "https://p.test/1"))
    (claimed,) = claim_originals(connection, RUN, Window(news.id), 10, frozenset())
    assert (claimed.url, claimed.host, claimed.tries) == ("https://p.test/1", "p.test", 0)
    assert claimed.witness == "a text"
    assert claim_originals(connection, RUN, Window(news.id), 10, frozenset()) == []
    assert finish_original(connection, RUN, answer("https://p.test/1"), size=10) == 5
    ready = claim(connection, news)
    assert {one.state for one in ready} == {"ready"}
    for one in ready:
        assert one.original is not None
        assert one.original.extraction is not None
        assert (one.original.extraction.text, one.original.extraction.title) == ("the text", "t")
    assert connection.execute(select(func.count()).select_from(requests)).scalar() == 1


def test_a_known_original_makes_a_post_ready_at_once(connection: Connection) -> None:
    news = _waiting(connection, {"a": "https://p.test/1"})
    finish_original(connection, RUN, answer("https://p.test/1"))
    enter(connection, [post("b")], news)
    assert park(connection, "b", "https://p.test/1") == "ready"
    assert _hosts(connection, news) == []


def test_one_original_a_host_and_none_of_the_busy(connection: Connection) -> None:
    links = {f"{host}{number}": f"https://{host}.test/{number}" for host in "abc" for number in range(3)}
    news = _waiting(connection, links)
    assert _hosts(connection, news, busy=frozenset({"b.test"})) == ["a.test", "c.test"]
    # What is leased does not keep the host's next one back: whether the host is busy is the caller's to say.
    assert _hosts(connection, news, busy=frozenset({"a.test", "c.test"})) == ["b.test"]
    assert _hosts(connection, news, most=1) == ["a.test"]


def test_hosts_take_turns(connection: Connection) -> None:
    hosts = [f"{name}.test" for name in ("a-b", "ab", "b", "b-", "c")]
    links = {f"{place}x{number}": f"https://{host}/{number}" for place, host in enumerate(hosts) for number in range(3)}
    news = scope(connection)
    enter(connection, [post(name) for name in links], news)
    for name, url in links.items():
        park(connection, name, url, host=hosts[int(name[0])])
    served, last = [], ""
    for _ in range(10):
        (last,) = _hosts(connection, news, most=1, after=last)
        served.append(last)
    # Each was served once before any was served twice, whatever order the database sorts them in.
    assert sorted(served[:5]) == sorted(hosts)
    assert served[5:] == served[:5]


def test_originals_wait_for_the_window_and_for_only(connection: Connection) -> None:
    news, sport = scope(connection, "news"), scope(connection, "sport")
    enter(connection, [post("a"), post("b", "2026-01-01T00:00:00Z")], news)
    enter(connection, [post("c")], sport)
    for name in "abc":
        park(connection, name, f"https://{name}.test/1")
    window = Window(news.id, since="2026-03-01T00:00:00Z")
    assert next_due(connection, window, SITE) == 0
    assert [one.host for one in claim_originals(connection, RUN, window, 9, frozenset())] == ["a.test"]
    assert next_due(connection, window, SITE) is None
    assert _hosts(connection, sport, only=frozenset({pid("a")})) == []
    assert _hosts(connection, sport, only=frozenset({pid("c")})) == ["c.test"]
    assert _hosts(connection, news) == ["b.test"]


def test_a_postponed_original_is_due_later(connection: Connection) -> None:
    news = _waiting(connection, {"a": "https://p.test/1"})
    (claimed,) = claim_originals(connection, RUN, Window(news.id), 1, frozenset())
    due = epoch() + 30
    postpone_original(connection, RUN, claimed, reason="http_503", status=503, due=due)
    assert _hosts(connection, news) == []
    assert next_due(connection, Window(news.id), SITE) == pytest.approx(due)
    connection.execute(update(originals).values(next_at=epoch() - 1))
    (again,) = claim_originals(connection, RUN, Window(news.id), 1, frozenset())
    assert again.tries == 1
    row = connection.execute(select(requests)).one()
    assert (row.status, row.reason, row.url) == (503, "http_503", "https://p.test/1")


def test_an_expired_lease_of_an_original_is_claimable(connection: Connection) -> None:
    news = _waiting(connection, {"a": "https://p.test/1"})
    assert _hosts(connection, news) == ["p.test"]
    assert _hosts(connection, news) == []
    connection.execute(update(originals).values(lease_until=epoch() - 1))
    assert _hosts(connection, news) == ["p.test"]


def test_discovered_is_done_and_backlog(connection: Connection) -> None:
    """The sum holds after every step that a run can take."""
    news = scope(connection)
    names = [f"n{number}" for number in range(12)]

    def balanced() -> bool:
        done = connection.execute(select(func.count()).select_from(records)).scalar()
        return done + backlog(connection, Window(news.id), SITE) == len(names)

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
    for claimed in claim_originals(connection, RUN, Window(news.id), 9, frozenset()):
        finish_original(connection, RUN, answer(claimed.url))
    assert balanced()
    for one in claim(connection, news):
        finish_record(connection, record(one.url.removeprefix(SITE).strip("/")), RUN)
    assert balanced()
    assert set(states(connection).values()) == {"done"}


# --- several workers ---------------------------------------------------------------------------------------


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

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()
    everything = [one for some in got for one in some]
    assert len(everything) == len(set(everything)) == 200


def test_a_post_that_parks_while_its_original_is_finished_elsewhere_does_not_wait_for_ever(postgres_url: URL) -> None:
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    try:
        with engine.begin() as connection:
            news = _waiting(connection, {"a": "https://p.test/1"})
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
    news = _waiting(connection, {"a": "https://p.test/1"})
    finish_original(connection, "slow", answer("https://p.test/1"))
    assert finish_original(connection, "other", answer("https://p.test/1", text="other")) == 0
    (ready,) = claim(connection, news)
    assert ready.original_id == oid("https://p.test/1")
