"""How long a crawl takes yet, from what waits for whom and how fast that went."""

from __future__ import annotations

import pytest

from newscrawl.progress.forecast import CLOSING, DOWN_SECONDS, USUAL_ANSWER, HostQueue, Outlook, Service, crawl_left

HOME = frozenset({"agg.test"})


def left(work: Outlook, by_pace: float | None = None, service: Service | None = None) -> float:
    return crawl_left(work, service or Service(), by_pace) - CLOSING


def asked(**hosts: HostQueue) -> dict[str, HostQueue]:
    return {f"{name}.test": queue for name, queue in hosts.items()}


def test_a_crawl_lasts_as_long_as_its_longest_queue() -> None:
    assert left(Outlook()) == 0
    begun = {"a.test": 1, "b.test": 1}
    queues = asked(a=HostQueue(10, 1.0), b=HostQueue(90, 2.0))
    # Half of one piece is done, whenever one looks.
    assert left(Outlook(queues, begun)) == 179
    assert left(Outlook(queues, begun), by_pace=300.0) == 300
    # What is left alone for a while begins later; a host that was not asked yet has its robots.txt before.
    assert left(Outlook(asked(a=HostQueue(10, 1.0, begins=30.0), b=HostQueue(20, 1.0)), begun)) == 39.5
    assert left(Outlook(asked(c=HostQueue(10, 1.0)), begun)) == 12


def test_what_is_not_read_yet_goes_where_the_others_went() -> None:
    # Of 190 posts so far 60 went to a.test, and of ten that are supposed none: so 30 % of the other 200 will, however
    # many of these wait for the page of the aggregator, which is asked for them in the meantime.
    queues = {"a.test": HostQueue(10, 1.0), "agg.test": HostQueue(50, 1.0)}
    work = Outlook(queues, {"a.test": 50, "agg.test": 1}, HOME, placed=190, unread=100, unlisted=50, interval=1.0)
    assert left(work) == pytest.approx(9.5 + 0.3 * 200)


def test_pages_of_the_aggregator_come_after_its_lists() -> None:
    work = Outlook({"agg.test": HostQueue(50, 2.0)}, {"agg.test": 1}, HOME, placed=200, listing=30, interval=2.0)
    assert left(work) == 129


def test_before_anything_is_known_hosts_are_taken_to_be_like_others() -> None:
    # Never nothing: a fifth of what is unread is taken to go to the busiest host.
    assert left(Outlook(homes=HOME, unread=200, interval=1.0)) == pytest.approx(40)
    assert left(Outlook(homes=HOME, unread=200, placed=990, interval=1.0)) == pytest.approx(0.4)


def test_originals_that_are_looked_for_in_lists_come_last() -> None:
    queues, begun = asked(a=HostQueue(10, 1.0)), {"a.test": 5}
    work = Outlook(queues, begun, looked_for=4, placed=100, interval=1.0)
    assert left(work) == 9.5 + 6
    # Hundreds are looked for at eight publishers at a time; of those that are not read as many will be.
    many = Outlook(looked_for=400, placed=400, unread=100, interval=1.0)
    assert left(many) - left(Outlook(placed=400, unread=100, interval=1.0)) == pytest.approx(4 + 500 / 8)
    assert left(Outlook(looked_for=4, looking=3.0, placed=100, interval=1.0)) == 3
    assert left(Outlook(looked_for=4, looking=60.0, placed=100, interval=1.0)) == 0


def test_a_host_that_is_down_holds_the_crawl_for_its_tries_after_the_last_post_is_listed() -> None:
    down = asked(a=HostQueue(2, 1.5, most=2, known=True))
    assert left(Outlook(down, interval=1.0, placed=50)) == 3
    assert left(Outlook(down, interval=1.0, placed=50, unlisted=20.0, listing=12.0)) == 15


def test_where_hosts_are_down_one_that_is_not_met_yet_may_be_down_too() -> None:
    queues = asked(a=HostQueue(2, 0.1))
    assert left(Outlook(queues, {"a.test": 1}, down=0.2, unmet=1, placed=50)) < 1
    assert left(Outlook(queues, {"a.test": 1}, down=0.2, unmet=9, placed=50)) == DOWN_SECONDS
    # One that owes an answer for long is likely to be.
    assert left(Outlook(asked(a=HostQueue(2, 0.1, least=4.0)), placed=50)) == 4


def served(host: str, every: float, seconds: float, waiting: int = 100, interval: float = 1.0) -> Service:
    """What was seen of *host* when it was asked *every* seconds for so many *seconds*."""
    service = Service()
    for now in range(int(seconds) + 1):
        service.note(float(now), {host: HostQueue(waiting, interval)}, {host: 1 + int(now / every)})
    return service


def test_a_slow_host_is_known_by_what_it_took() -> None:
    slow = served("a.test", 3.0, 60.0)
    assert slow.seconds("a.test", HostQueue(9, 1.0)) == pytest.approx(3.0, rel=0.15)
    # Most hosts take two seconds more than they ask for: so will others. Nobody is asked sooner than it allows.
    assert slow.seconds("b.test", HostQueue(9, 2.0)) == pytest.approx(4.0, rel=0.15)
    assert served("a.test", 0.5, 60.0).seconds("a.test", HostQueue(9, 1.0)) == 1.0
    # What is not known yet of one is taken from the time that its answers take: a little longer than the quickest.
    assert Service().seconds("a.test", HostQueue(9, 1.0, answer=3.0)) == 3.0 * USUAL_ANSWER
    work = Outlook(asked(a=HostQueue(10, 1.0)), {"a.test": 20})
    assert left(work, service=slow) == pytest.approx(9.5 * 3, rel=0.15)


def test_a_host_that_is_slow_because_we_are_busy_is_quick_in_the_end() -> None:
    busy = served("a.test", 3.0, 60.0, interval=0.1)
    work = Outlook(asked(a=HostQueue(100, 0.1)), {"a.test": 20})
    assert left(work, service=busy) > 200
    # All that is left takes this machine 20 seconds, in which some seven pieces of this host are done.
    assert left(work, by_pace=20.0, service=busy) == pytest.approx(20 + (99.5 - 20 / 3) * 0.1, rel=0.05)


def test_what_this_machine_is_slow_at_is_counted_once() -> None:
    # The pace holds what lists of publishers cost us; a host that is asked as often as it allows gains nothing.
    busy = served("a.test", 3.0, 60.0, interval=0.1)
    lists = left(Outlook(looked_for=64, interval=0.1), by_pace=20.0, service=busy)
    assert lists == pytest.approx(20 + (4 + 8) * 0.1)
    even = served("a.test", 1.0, 60.0)
    assert left(Outlook(asked(a=HostQueue(40, 1.0)), {"a.test": 20}), 25.0, even) == pytest.approx(39.5, rel=0.03)


def test_answers_take_longer_than_the_quickest_of_them() -> None:
    slow = served("a.test", 1.6, 60.0)
    work = Outlook(asked(a=HostQueue(60, 1.0, answer=1.2)), {"a.test": 20})
    assert left(work, by_pace=16.0, service=slow) == pytest.approx(16 + 49.5 * 1.5, rel=0.05)


def test_a_host_without_work_to_begin_says_nothing_of_its_speed() -> None:
    # The one piece that waits is on the wire; nothing was left to ask for.
    assert served("a.test", 1000.0, 60.0, waiting=1).seconds("a.test", HostQueue(9, 1.0)) == 1.0
    service = Service()
    for now in range(60):
        # Left alone, or not asked at all yet.
        service.note(float(now), asked(a=HostQueue(9, 1.0, begins=30.0), b=HostQueue(9, 1.0)), {"a.test": 1})
    assert service.seconds("a.test", HostQueue(9, 1.0)) == service.seconds("b.test", HostQueue(9, 1.0)) == 1.0


def test_one_dead_host_does_not_make_the_others_slow() -> None:
    service = Service()
    for now in range(60):
        queues = asked(dead=HostQueue(9, 1.0), a=HostQueue(90, 1.0), b=HostQueue(90, 1.0))
        service.note(float(now), queues, {"dead.test": 1 + now // 20, "a.test": 1 + now, "b.test": 1 + now})
    assert service.seconds("c.test", HostQueue(9, 1.0)) == pytest.approx(1.0, rel=0.05)


def test_a_host_that_answers_slowly_makes_no_others_slow() -> None:
    # Twenty times its delay; but that is its own time, which a host that asks for patience does not multiply.
    service = Service()
    for now in range(61):
        service.note(float(now), asked(a=HostQueue(90, 0.05, answer=0.8)), {"a.test": 1 + now})
    assert service.ours < 0.1
    assert service.seconds("b.test", HostQueue(9, 2.0)) == pytest.approx(2.0, rel=0.05)


def test_a_host_that_is_down_gets_no_more_than_the_tries_that_are_left() -> None:
    queues = {"down.test": HostQueue(2, 2.0, most=2), "agg.test": HostQueue(90, 0.1)}
    work = Outlook(queues, {"agg.test": 10}, HOME, placed=30, interval=0.1)
    # Posts that are not read yet may lead to it, too: it is left alone all the same.
    assert left(work) == pytest.approx(max(2 * 2.0 + 2 * 2.0, 89.5 * 0.1))


def test_what_was_long_ago_counts_little() -> None:
    service = served("a.test", 6.0, 60.0)
    then = service.seconds("a.test", HostQueue(9, 1.0))
    for now in range(61, 181):
        service.note(float(now), {"a.test": HostQueue(100, 1.0)}, {"a.test": 11 + now - 60})
    assert then > 4.5
    assert service.seconds("a.test", HostQueue(9, 1.0)) < 1.3
