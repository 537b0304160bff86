"""The turn of each request, on a real database and a real clock: small delays, compared with what was asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from newscrawl.crawling.manners import DARK_HOSTS, Manners, Wire
from newscrawl.ledger.hosts import GIVE_UP_AFTER, lease_host
from newscrawl.net.failures import HostHeld
from newscrawl.storage.tables import hosts
from newscrawl.storage.writer import Writer

DELAY = 0.15
URL = "https://www.paper.test/story"


@asynccontextmanager
async def manners(engine: Engine, run: str = "run0", delay: float = DELAY) -> AsyncIterator[Manners]:
    writer = Writer(engine)
    writer.start()
    made = Manners(writer.run, run, delay, concurrency=8)
    try:
        yield made
    finally:
        await made.settle()
        writer.close()


def row(engine: Engine, host: str = "paper.test") -> Any:
    with engine.connect() as connection:
        return connection.execute(select(hosts).where(hosts.c.host == host)).first()


async def ask(some: Manners, url: str = URL, status: int = 200, retry_after: str | None = None) -> float:
    """One request that is answered at once; when it went out."""
    async with some.turn(url) as turn:
        at = time.monotonic()
        turn.answered(status, retry_after)
    return at


async def fail(some: Manners, url: str = URL, reason: str = "timeout") -> None:
    async with some.turn(url) as turn:
        turn.failed(reason)


def run(test: Callable[[], Any]) -> None:
    asyncio.run(test())


def gaps(times: list[float]) -> list[float]:
    ordered = sorted(times)
    return [later - earlier for earlier, later in pairwise(ordered)]


def test_requests_to_one_domain_go_out_one_at_a_time_with_the_delay_between(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine) as some:
            names = [URL, "http://paper.test/", "https://m.paper.test/x", URL]
            times = await asyncio.gather(*(ask(some, url) for url in names))
            assert min(gaps(list(times))) >= DELAY

    run(test)


def test_two_runs_on_one_database_share_the_pace(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, "one") as one, manners(engine, "two") as two:
            times = await asyncio.gather(*(ask(some) for some in (one, two) * 4))
            assert min(gaps(list(times))) >= DELAY * 0.99

    run(test)


def test_the_pace_is_kept_from_one_run_to_the_next(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, "one") as one:
            first = await ask(one)
        async with manners(engine, "two") as two:
            assert await ask(two) - first >= DELAY * 0.99

    run(test)


def test_the_greatest_delay_that_any_name_of_a_domain_asks_for_holds(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:
            some.ask_delay("victim.paper.test", 0.4)
            some.ask_delay("evil.paper.test", 0.01)
            await some.settle()
            times = [await ask(some) for _ in range(3)]
            assert min(gaps(times)) >= 0.4
            # What a name takes back holds no more.
            some.ask_delay("victim.paper.test", 0.0)
            await some.settle()
        assert set(row(engine).delays) == {"evil.paper.test"}

    run(test)


def test_a_short_retry_after_is_waited_for_and_a_long_one_holds_the_host_for_all_runs(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:
            first = await ask(some, status=503, retry_after="1")
            assert await ask(some) - first >= 1.0
            await ask(some, status=429, retry_after="600")
            with pytest.raises(HostHeld) as held:
                await ask(some)
            assert held.value.reason == "http_429"
            assert held.value.wait == pytest.approx(600, abs=20)
        async with manners(engine, "next", delay=0.0) as later:
            with pytest.raises(HostHeld):
                await ask(later)

    run(test)


def test_429_without_a_pause_counts_as_a_failure(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:
            for _ in range(GIVE_UP_AFTER):
                await ask(some, status=429)
            with pytest.raises(HostHeld):
                await ask(some)

    run(test)


def test_an_answer_between_failures_is_a_new_beginning(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:
            for _ in range(6):
                for _ in range(GIVE_UP_AFTER - 1):
                    await ask(some, status=503)
                await ask(some, status=404)
            assert row(engine).held_until == 0

    run(test)


def test_failures_count_from_run_to_run(engine: Engine) -> None:
    async def test() -> None:
        for number in range(GIVE_UP_AFTER):
            async with manners(engine, f"run{number}", delay=0.0) as some:
                await ask(some, status=503)
        async with manners(engine, "last", delay=0.0) as some:
            with pytest.raises(HostHeld):
                await ask(some)

    run(test)


def test_a_lease_that_a_living_run_holds_is_waited_for(engine: Engine) -> None:
    with engine.begin() as connection:
        lease_host(connection, "other", "paper.test", 0.0, patience=60.0)

    async def test() -> None:
        async with manners(engine, delay=0.0) as some:
            waiting = asyncio.ensure_future(ask(some))
            await asyncio.sleep(0.6)
            assert not waiting.done()
            with engine.begin() as connection:
                connection.execute(update(hosts).values(lease_run=None))
            await asyncio.wait_for(waiting, 10)

    run(test)


def test_hosts_that_fail_while_another_answers_are_to_blame(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:

            async def well() -> bool:
                await ask(some, "https://alive.test/")
                return True

            some.probe = well
            for number in range(DARK_HOSTS + 2):
                url = f"https://dead{number}.test/"
                await fail(some, url)
                assert await some.is_to_blame(url, "timeout")
            assert not some.line_is_down

    run(test)


def test_when_nothing_answers_nobody_is_to_blame(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:

            async def dead() -> bool:
                return False

            some.probe = dead
            blamed = []
            for number in range(DARK_HOSTS + 2):
                url = f"https://h{number}.test/"
                await fail(some, url, "dns")
                blamed.append(await some.is_to_blame(url, "dns"))
            assert not blamed[-1]
            assert some.line_is_down
        assert [row(engine, f"h{number}.test").held_until for number in range(DARK_HOSTS)] == [0] * DARK_HOSTS

    run(test)


def test_an_answer_that_is_a_fault_of_the_request_is_no_failure_of_the_host(engine: Engine) -> None:
    async def test() -> None:
        async with manners(engine, delay=0.0) as some:
            for _ in range(2 * GIVE_UP_AFTER):
                await fail(some, reason="too_large")
                await fail(some, reason="tls")
            assert row(engine).failures == 0

    run(test)


def test_a_request_that_seems_to_have_arrived_late_puts_off_the_next(engine: Engine) -> None:
    """What answers late may have been read late: the host is to see the whole delay all the same."""

    async def test() -> None:
        async with manners(engine) as some:
            for _ in range(3):
                await ask(some)
            async with some.turn(URL) as turn:
                sent = time.monotonic()
                await asyncio.sleep(0.3)
                turn.answered(200, None)
            assert await ask(some) - sent >= 0.28 + DELAY

    run(test)


def test_slow_requests_give_their_places_to_others_and_no_more_than_as_many_again() -> None:
    async def test() -> None:
        wire = Wire(4, patience=0.01)
        ended = asyncio.Event()
        on_the_wire: set[int] = set()

        async def silent(number: int, quick: bool = False) -> None:
            async with wire.place(lambda: quick):
                on_the_wire.add(number)
                await ended.wait()

        waiting = [asyncio.ensure_future(silent(number)) for number in range(12)]
        await asyncio.sleep(0)
        assert len(on_the_wire) == 4
        async with asyncio.timeout(60):
            while len(on_the_wire) < 8:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(on_the_wire) == 8
        ended.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*waiting)
        assert len(on_the_wire) == 12
        # All places are free again, and no more than there were. A host that is known to be quick keeps its place.
        ended.clear()
        on_the_wire.clear()
        waiting = [asyncio.ensure_future(silent(number, quick=True)) for number in range(6)]
        await asyncio.sleep(0.1)
        assert len(on_the_wire) == 4
        ended.set()
        await asyncio.gather(*waiting)

    run(test)
