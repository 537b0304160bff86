"""What a crawl tells of itself: from a real run and its ledger, before, during and after listing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.utils.project import get_project_settings

from newscrawl.crawling.run import Run
from newscrawl.ledger.hosts import Lease
from newscrawl.ledger.work import end_work, move_work
from newscrawl.progress.forecast import DOWN_SECONDS, HostQueue
from newscrawl.progress.queues import look
from newscrawl.progress.snapshot import ABOUT, AT_LEAST, PERHAPS
from newscrawl.progress.standing import Lists, Watch
from newscrawl.storage.tables import JOIN, LOOK, READ
from newscrawl.urls import host_of
from spiders.dnyuz import DnyuzSpider
from tests.ledger.helpers import SITE, enter, pid, post

HOME = "dnyuz.test"


@pytest.fixture
def open_run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    opened: list[Run] = []

    def open_one(**arguments: str) -> Run:
        settings = get_project_settings()
        settings.set("NEWSCRAWL_DATABASE", f"sqlite:///{tmp_path / 'x.db'}", priority="cmdline")
        settings.set("DOWNLOAD_DELAY", 2.0, priority="cmdline")
        run = DnyuzSpider.open_run(settings, {"site": SITE, "since": "all", **arguments})
        opened.append(run)
        return run

    yield open_one
    for run in opened:
        run.close()


def list_some(run: Run, watch: Watch, now: float, **steps: int) -> None:
    """List as many posts as *steps* say, each with its next step, and look at the ledger."""
    names = {"read": READ, "join": JOIN, "lists": LOOK}
    with run.engine.begin() as connection:
        for step, number in steps.items():
            found = [post(f"{step}-{now}-{one}") for one in range(number)]
            enter(connection, found, run.entry.scope, run_id=run.id)
            host = names.get(step, f"{step}.test" if step != "page" else HOME)
            move_work(connection, [pid(f"{step}-{now}-{one}") for one in range(number)], host)
            run.listing.listed += number
            run.listing.to_read += number
        watch.note(look(connection, run.window, run.config.delay), now)


def test_nothing_is_told_before_anything_is_listed(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    list_some(run, watch, 0.0)
    snapshot = watch.snapshot(0.0)
    assert (snapshot.doing, snapshot.left, snapshot.total) == ("asking what there is", None, None)


def test_a_site_that_asks_for_patience_is_named(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.manners.adopt(Lease(host_of(SITE), delay=30.0, wait=0.0, failures=0))
    assert watch.snapshot(0.0).doing == "asking what there is (aggregator.test asks for 30 s between requests)"


def test_a_list_that_says_how_long_it_is(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.listing.total = 200
    list_some(run, watch, 1.0, read=100)
    first = watch.snapshot(1.0)
    # Little is known: never that it is nearly over. A fifth of all may go to one host, two seconds for each.
    assert first.how == AT_LEAST
    assert (first.total, first.at_least) == (200, False)
    assert first.left is not None
    assert first.left > 60
    list_some(run, watch, 3.0, a=40, b=20, join=20, lists=20)
    second = watch.snapshot(3.0)
    assert second.how == ABOUT
    assert second.left is not None
    # Of 110 posts 40 go to a.test, so of 100 more 36; at the end 40 are looked for in lists.
    assert second.left == pytest.approx(176, rel=0.02)
    assert "?" not in second.facts["waiting for"]
    assert "a.test 40 (2 s apart)" in second.facts["waiting for"]


def test_a_list_of_unknown_length_is_taken_to_be_half_read(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    list_some(run, watch, 1.0, a=30, join=30)
    open_list = watch.snapshot(1.0)
    assert (open_list.how, open_list.at_least, open_list.total) == (PERHAPS, True, 60)
    run.listing.over = True
    known = watch.snapshot(1.0)
    assert (known.how, known.at_least, known.total) == (ABOUT, False, 60)
    assert open_list.left is not None
    assert known.left is not None
    assert open_list.left > 1.5 * known.left


def test_a_window_tells_how_much_of_a_list_is_read(open_run: Callable[..., Run]) -> None:
    run = open_run(since="2026-01-01", until="2026-01-11")
    watch = Watch(run, {}, "dnyuz")
    run.listing.oldest = "2026-01-06T00:00:00Z"
    list_some(run, watch, 1.0, a=30, join=30)
    assert (watch.snapshot(1.0).total, watch.snapshot(1.0).how) == (120, ABOUT)


def test_a_limit_is_all_that_is_to_do(open_run: Callable[..., Run]) -> None:
    run = open_run(limit="10")
    watch = Watch(run, {}, "dnyuz")
    list_some(run, watch, 1.0, read=100)
    snapshot = watch.snapshot(1.0)
    assert (snapshot.total, snapshot.at_least) == (10, False)
    assert snapshot.left is not None
    assert snapshot.left < 30


def test_posts_beyond_the_limit_take_no_time(open_run: Callable[..., Run]) -> None:
    run = open_run(limit="10")
    watch = Watch(run, {}, "dnyuz")
    run.listing.over = True
    list_some(run, watch, 0.0, a=100)
    left = watch.snapshot(0.0).left
    assert left is not None
    assert left < 40


def test_once_the_limit_is_taken_its_posts_are_all_that_counts(open_run: Callable[..., Run]) -> None:
    """Those that it took wait for a quick host; a hundred others would wait for one."""
    run = open_run(limit="8")
    watch = Watch(run, {}, "dnyuz")
    list_some(run, watch, 0.0, a=100, b=5, join=2)
    run.taken.update(pid(name) for name in ("a-0.0-7", *(f"b-0.0-{n}" for n in range(5)), "join-0.0-0", "join-0.0-1"))
    with run.engine.begin() as connection:
        end_work(connection, pid("a-0.0-7"))
        watch.note(look(connection, run.window, run.config.delay, run.only_these()), 5.0)
    snapshot = watch.snapshot(5.0)
    assert (snapshot.done, snapshot.total, snapshot.how) == (1, 8, ABOUT)
    assert snapshot.left is not None
    assert snapshot.left < 20


def test_how_fast_hosts_are_is_told_by_works_and_not_by_what_goes_with_them(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.listing.over = True

    def asked(url: str, tries: int | None = None, **meta: int) -> None:
        work = None if tries is None else SimpleNamespace(host="a.test", tries=tries)
        request = Request(url, cb_kwargs={} if work is None else {"work": work}, meta=meta)
        watch.asked(request)
        watch.answered(request, None, 200)

    list_some(run, watch, 0.0, a=100)
    for number in range(31):
        # The first posts, which wait for parsers that start, do not count: five have their record from here on.
        run.listing.to_read += 5 * (number == 10)
        asked("https://a.test/robots.txt")
        asked(f"https://a.test/{number}", tries=0)
        asked(f"https://a.test/{number}", tries=1)
        asked(f"https://www.a.test/{number}", tries=0, redirect_times=1)
        list_some(run, watch, 6.0 * number)
    left = watch.snapshot(180.0).left
    # One work in six seconds: the retries and redirects are part of it.
    assert left is not None
    assert left == pytest.approx(600, rel=0.1)


def test_a_host_that_is_down_is_soon_left_alone(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.listing.over = True
    list_some(run, watch, 0.0, down=100, b=20)
    for host in ("down", "moved"):
        for _ in range(2):
            watch.asked(Request(f"https://{host}.test/robots.txt"))
    watch.answered(Request("https://down.test/robots.txt"), 0.1, 503)
    elsewhere = Request("https://www.moved.test/robots.txt", meta={"redirect_urls": ["https://moved.test/robots.txt"]})
    watch.answered(elsewhere, 0.1, 200)
    list_some(run, watch, 4.0)
    left = watch.snapshot(4.0).left
    # Two more tries, not a hundred; the other host has 20 posts, two seconds for each.
    assert left is not None
    assert 30 < left < 60
    # Once it answers, all of it is asked for.
    watch.answered(Request("https://down.test/robots.txt"), 0.1, 200)
    left = watch.snapshot(5.0).left
    assert left is not None
    assert left > 190
    # Who sends elsewhere is not down.
    list_some(run, watch, 6.0, moved=300)
    left = watch.snapshot(6.0).left
    assert left is not None
    assert left > 500


def test_looking_for_originals_in_lists_comes_to_an_end(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.listing.over = True
    list_some(run, watch, 0.0, lists=4)
    before = watch.snapshot(0.0)
    assert before.doing == "looking for originals in lists of publishers"
    list_some(run, watch, 8.0)
    after = watch.snapshot(8.0)
    assert before.left is not None
    assert after.left == pytest.approx(before.left - 8.0)


def test_a_slow_host_is_known_by_the_answer_to_its_robots_txt_or_by_the_lack_of_one(
    open_run: Callable[..., Run],
) -> None:
    run = open_run()
    clock = 0.0
    watch = Watch(run, {}, "dnyuz", clock=lambda: clock)
    run.listing.over = True
    robots = {host: Request(f"https://{host}.test/robots.txt") for host in ("slow", "silent")}
    watch.asked(robots["slow"])
    watch.asked(robots["silent"])
    clock = 6.0
    watch.answered(robots["slow"], None, 200)
    list_some(run, watch, clock, slow=10)
    known = watch.snapshot(clock).left
    # At least six seconds for each, where two are the least between two requests.
    assert known is not None
    assert known > 60
    # Who has not answered yet takes as long as that, but is not taken to be slower than all others.
    list_some(run, watch, clock, silent=20)
    owed = watch.snapshot(clock).left
    assert owed is not None
    assert owed > 120
    clock = 60.0
    assert watch.snapshot(clock).left == pytest.approx(owed)


def test_what_a_limit_takes_is_what_was_listed_first(open_run: Callable[..., Run]) -> None:
    run = open_run(limit="50")
    watch = Watch(run, {}, "dnyuz")
    run.listing.total = 500
    list_some(run, watch, 1.0, a=40)
    left = watch.snapshot(1.0).left
    # All forty that wait count, and ten of those to come, most of which will go where these went.
    assert left is not None
    assert left == pytest.approx(2.0 * (40 + 2 + 10 * 40 / 50), rel=0.1)


def test_posts_that_wait_until_all_else_is_done_do_not_slow_the_pace(open_run: Callable[..., Run]) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.listing.over = True
    list_some(run, watch, 0.0, a=4, lists=40)
    queues = watch.queues
    assert queues is not None
    assert queues.pending == 44
    assert queues.steps({HOME}) == 4 * 2


def test_lists_go_on_as_their_pages_came_but_for_one_that_had_to_wait() -> None:
    lists = Lists()
    home = HostQueue(0, 1.0)
    assert lists.left(100, 0, home) == 0
    for now in (0.0, 2.0, 4.0, 13.0, 15.0):
        lists.asked(now)
        lists.note(10 + 10 * int(now > 0))
    # Four pages showed ten entries more than the first one: the others that are to come are forty, two seconds each.
    assert lists.left(100, 20, home) == pytest.approx(100 / (10 / 4) * 2.0)
    # Where posts wait for the same host, each page of the lists takes no longer than theirs.
    assert lists.left(100, 20, HostQueue(50, 1.0)) == pytest.approx(40.0)


def test_a_list_that_is_over_takes_no_time() -> None:
    lists = Lists()
    lists.asked(1.0)
    lists.note(20)
    assert lists.left(0, 20, HostQueue(0, 1.0)) == 0
    # Of one page it is known how much it showed, and of the host how long it takes at least.
    assert lists.left(60, 20, HostQueue(0, 1.5)) == pytest.approx(4.5)


def test_a_host_that_fails_at_first_or_owes_an_answer_for_long_is_likely_to_be_down(
    open_run: Callable[..., Run],
) -> None:
    run = open_run()
    clock = 0.0
    watch = Watch(run, {}, "dnyuz", clock=lambda: clock)
    run.listing.over = True
    for host in ("quick", "failing", "silent"):
        watch.asked(Request(f"https://{host}.test/robots.txt"))
    watch.answered(Request("https://quick.test/robots.txt"), 0.1, 200)
    watch.answered(Request("https://failing.test/robots.txt"), 0.1, 503)
    list_some(run, watch, 0.0, quick=1, failing=1, silent=1)
    assert [watch._hosts()[f"{host}.test"].least for host in ("quick", "failing", "silent")] == [0, DOWN_SECONDS, 0]
    clock = 4.0
    # Nothing for so long from a host where all others answered.
    assert watch._hosts()["silent.test"].least == pytest.approx(DOWN_SECONDS - 4.0)
    assert watch._hosts()["quick.test"].least == 0


def test_what_workers_take_to_load_says_nothing_of_the_pace(
    open_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = open_run()
    watch = Watch(run, {}, "dnyuz")
    run.listing.over = True
    loading = True
    monkeypatch.setattr(type(run.workers), "are_loading", property(lambda _: loading))
    list_some(run, watch, 0.0, a=30, b=30)
    run.listing.to_read += 20  # so many are done
    for now in (1.0, 9.0, 17.0):
        list_some(run, watch, now)
        assert not watch._is_warm()
    # Two hosts with thirty posts each, two seconds apart.
    assert (watch.snapshot(18.0).left or 0.0) < 90
    loading = False
    assert watch._is_warm()
    # Workers that are started later, in place of others, change nothing.
    loading = True
    assert watch._is_warm()
