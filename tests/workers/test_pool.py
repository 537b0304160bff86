"""Workers with real processes: what they answer, how they are ended, what is left of them."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from newscrawl.workers import (
    Ending,
    Limit,
    WorkerKilledError,
    Workers,
    WorkersClosedError,
    WorkersUnavailableError,
)
from tests.workers import calls

ROOT = Path(__file__).parent.parent.parent
MIB = 1024 * 1024
ONE_SECOND = Limit(cpu=1)


def use(test: Callable[[Workers], Awaitable[None]], **settings: Any) -> None:
    """Run *test* with workers that take every call, also small ones."""

    async def main() -> None:
        async with Workers(**{"count": 1, "small": 0, **settings}) as workers:
            await test(workers)

    asyncio.run(main(), debug=False)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_a_call_is_answered_by_another_process() -> None:
    async def test(workers: Workers) -> None:
        assert await workers.run(calls.measure, b"x" * 300_000, note="été") == calls.Answer("été", 300_000)
        assert await workers.run(calls.pid) not in (os.getpid(), 0)
        assert workers.counts == {"calls": 2, "started": 1}

    use(test)


def test_calls_that_wait_hold_no_copy_of_what_they_were_given() -> None:
    data = os.urandom(MIB)

    async def test(workers: Workers) -> None:
        await workers.run(calls.pid)
        tracemalloc.start()
        answers = [asyncio.ensure_future(workers.run(calls.measure, data)) for _ in range(40)]
        await asyncio.sleep(0)
        held, _ = tracemalloc.get_traced_memory()
        await asyncio.gather(*answers)
        tracemalloc.stop()
        assert held < 5 * MIB

    use(test)


def test_what_cannot_be_pickled_is_its_callers_fault_alone() -> None:
    async def test(workers: Workers) -> None:
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            await workers.run(calls.identity, threading.Lock())
        assert await workers.run(calls.identity, b"next") == b"next"

    use(test)


def test_large_values_pass_whole() -> None:
    data = os.urandom(10 * MIB)

    async def test(workers: Workers) -> None:
        assert await workers.run(calls.identity, data) == data

    use(test)


def test_small_arguments_stay_in_the_process() -> None:
    async def test(workers: Workers) -> None:
        assert await workers.run(calls.pid) == os.getpid()
        assert (await workers.run(calls.measure, b"x" * 8191)).size == 8191
        assert workers.counts == {"calls": 2, "inline": 2}
        assert await workers.run(calls.pid, inline=False) != os.getpid()
        await workers.run(calls.measure, b"x" * 4096, note="y" * 4096)
        assert workers.counts["inline"] == 2

    use(test, small=8192)


def test_each_call_gets_its_own_answer_in_any_order() -> None:
    async def test(workers: Workers) -> None:
        sizes = [(number * 7919) % 5000 for number in range(300)]
        answers = await asyncio.gather(*(workers.run(calls.measure, bytes(size)) for size in sizes))
        assert [answer.size for answer in answers] == sizes
        assert workers.counts["started"] == 2

    use(test, count=2)


def test_calls_are_made_at_the_same_time() -> None:
    async def test(workers: Workers) -> None:
        while len(set(await asyncio.gather(*(workers.run(calls.pid) for _ in range(20))))) < 2:
            await asyncio.sleep(0.05)  # the second one is still starting
        begun = time.monotonic()
        await asyncio.gather(*(workers.run(calls.sleep, 1.0) for _ in range(2)))
        assert time.monotonic() - begun < 1.9

    use(test, count=2)


def test_code_in_c_is_ended_at_its_cpu_limit_while_the_loop_goes_on() -> None:
    async def test(workers: Workers) -> None:
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            while True:
                begun = time.monotonic()
                await asyncio.sleep(0.01)
                longest = max(longest, time.monotonic() - begun)

        watcher = asyncio.ensure_future(watch())
        with pytest.raises(WorkerKilledError) as killed:
            await workers.run(calls.normalize, 200_000, limit=ONE_SECOND)
        watcher.cancel()
        assert killed.value.reason is Ending.CPU
        assert workers.counts[Ending.CPU] == 1
        assert longest < 1.0
        # Another takes its place.
        assert await workers.run(calls.spin, 0.0) == "done"
        assert workers.counts["started"] == 2

    use(test)


def test_the_limit_is_of_each_call_and_of_cpu_time() -> None:
    async def test(workers: Workers) -> None:
        for _ in range(4):
            assert await workers.run(calls.spin, 0.7, limit=ONE_SECOND) == "done"
        assert await workers.run(calls.sleep, 2.5, limit=ONE_SECOND) == "done"
        assert workers.counts["started"] == 1

    use(test)


def test_memory_is_bounded() -> None:
    async def test(workers: Workers) -> None:
        small = Limit(memory=64 * MIB)
        assert await workers.run(calls.hog, 32 * MIB, limit=small) == 32
        with pytest.raises(WorkerKilledError) as killed:
            await workers.run(calls.hog, 256 * MIB, limit=small)
        assert killed.value.reason is Ending.MEMORY
        assert await workers.run(calls.hog, 256 * MIB) == 256
        assert workers.counts["started"] == 2

    use(test)


def test_a_worker_that_has_grown_is_replaced() -> None:
    async def test(workers: Workers) -> None:
        first = await workers.run(calls.hold, 300 * MIB)
        pids = await asyncio.gather(*(workers.run(calls.pid) for _ in range(5)))
        assert first not in pids
        assert workers.counts == {"calls": 6, "started": 2}
        assert wait_for_end(first, 2)

    use(test)


def test_a_call_that_ends_two_workers_is_given_up_and_its_neighbours_are_not() -> None:
    async def test(workers: Workers) -> None:
        others = [asyncio.ensure_future(workers.run(calls.measure, bytes(size))) for size in range(10)]
        bad = asyncio.ensure_future(workers.run(calls.fault))
        others += [asyncio.ensure_future(workers.run(calls.measure, bytes(size))) for size in range(10)]
        with pytest.raises(WorkerKilledError) as killed:
            await bad
        assert killed.value.reason is Ending.CRASH
        assert [answer.size for answer in await asyncio.gather(*others)] == [*range(10), *range(10)]
        assert workers.counts == {"calls": 21, "started": 3, Ending.CRASH: 1}

    use(test)


def test_a_worker_that_somebody_kills_costs_nothing(tmp_path: Path) -> None:
    async def test(workers: Workers) -> None:
        assert await workers.run(calls.fault_once, str(tmp_path / "marker")) == "second"
        assert Ending.CRASH not in workers.counts

    use(test)


def test_an_idle_worker_that_somebody_kills_costs_nothing() -> None:
    async def test(workers: Workers) -> None:
        os.kill(await workers.run(calls.pid), signal.SIGKILL)
        assert (await workers.run(calls.measure, b"abc")).size == 3
        await asyncio.sleep(0.1)
        assert (await workers.run(calls.measure, b"abc")).size == 3

    use(test)


def test_a_worker_that_hangs_is_ended() -> None:
    async def test(workers: Workers) -> None:
        await workers.run(calls.pid)
        with pytest.raises(WorkerKilledError) as killed:
            await workers.run(calls.sleep, 600, limit=ONE_SECOND)
        assert killed.value.reason is Ending.STALLED

    use(test, patience=0.05)


def test_what_the_function_raises_is_raised_with_its_place() -> None:
    async def test(workers: Workers) -> None:
        with pytest.raises(ValueError, match="the word") as raised:
            await workers.run(calls.refuse, "the word")
        assert "in refuse" in raised.value.__notes__[0]
        with pytest.raises(RuntimeError, match="Unpicklable: 1 and 2"):
            await workers.run(calls.refuse_oddly)
        assert workers.counts == {"calls": 2, "started": 1}

    use(test)


def test_a_result_that_cannot_be_handed_on() -> None:
    async def test(workers: Workers) -> None:
        for call, argument in ((calls.closure, ()), (calls.flood, (65 * MIB,))):
            with pytest.raises(WorkerKilledError) as killed:
                await workers.run(call, *argument)
            assert killed.value.reason is Ending.RESULT
        assert workers.counts["started"] == 1

    use(test)


def test_what_is_logged_in_a_worker_is_logged_here(caplog: pytest.LogCaptureFixture) -> None:
    async def test(workers: Workers) -> None:
        await workers.run(calls.log, 30)

    with caplog.at_level(logging.WARNING):
        use(test)
    told = [record.getMessage() for record in caplog.records if record.name == "newscrawl.test"]
    assert told == [f"record {number}" for number in range(20)]
    assert "10 more log records of one call were left out" in caplog.text


def test_a_worker_has_no_more_than_it_needs(capfd: pytest.CaptureFixture[str]) -> None:
    async def test(workers: Workers) -> None:
        # Standard streams, its socket, and the folder that is being read.
        assert await workers.run(calls.environment) == ("1", 5)
        await workers.run(calls.speak)

    with open("/dev/null"):
        use(test)
    assert capfd.readouterr().out == ""


def test_a_cancelled_call_leaves_the_worker_to_others() -> None:
    async def test(workers: Workers) -> None:
        await workers.run(calls.pid)
        slow = asyncio.ensure_future(workers.run(calls.sleep, 0.5))
        queued = asyncio.ensure_future(workers.run(calls.sleep, 60))
        waiting = asyncio.ensure_future(workers.run(calls.sleep, 60))
        await asyncio.sleep(0.05)
        for call in (slow, waiting):
            call.cancel()
        queued.cancel()
        assert await asyncio.gather(slow, waiting, queued, return_exceptions=True) != [None] * 3

    use(test)


def test_close_ends_everything_at_once() -> None:
    async def main() -> None:
        workers = Workers(count=2, small=0)
        pids = {await workers.run(calls.pid)}
        running = [asyncio.ensure_future(workers.run(calls.normalize, 400_000)) for _ in range(5)]
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        workers.close()
        workers.close()
        assert time.monotonic() - begun < 1
        for one in await asyncio.gather(*running, return_exceptions=True):
            assert isinstance(one, WorkersClosedError)
        with pytest.raises(WorkersClosedError):
            await workers.run(calls.pid)
        assert all(wait_for_end(pid, 1) for pid in pids)

    asyncio.run(main())


def test_close_when_the_loop_has_gone() -> None:
    workers = Workers(count=1, small=0)
    pid = asyncio.run(workers.run(calls.pid))
    workers.close()
    assert wait_for_end(pid, 1)


def test_workers_that_cannot_start_are_no_fault_of_a_page(caplog: pytest.LogCaptureFixture) -> None:
    async def test(workers: Workers) -> None:
        with pytest.raises(WorkersUnavailableError, match=r"No module named 'newscrawl\.nowhere'"):
            await workers.run(calls.pid)
        assert workers.counts["started"] == 3

    use(test, preload=("newscrawl.nowhere",))
    assert caplog.text.count("could not be started") == 3


HEAVY = "tests.workers.heavy"


def test_light_calls_do_not_wait_for_what_others_need() -> None:
    async def test(workers: Workers) -> None:
        early, late = await asyncio.gather(
            workers.run(partial(calls.has_loaded, HEAVY)), workers.run(time.monotonic, inline=False)
        )
        assert early is False
        assert late > 0
        assert await workers.run(calls.has_loaded, HEAVY) is True
        assert workers.counts["started"] == 1

    use(test, preload=(HEAVY,), light=("tests.workers.calls",))


def test_what_others_need_is_loaded_while_no_call_comes() -> None:
    async def test(workers: Workers) -> None:
        assert await workers.run(calls.has_loaded, HEAVY) is False
        for _ in range(200):
            await asyncio.sleep(0.05)
            if await workers.run(calls.has_loaded, HEAVY):
                break
        else:
            pytest.fail("it was never loaded")

    use(test, preload=(HEAVY,), light=("tests.workers.calls",))


def test_workers_tell_whether_they_are_loading_yet() -> None:
    async def test(workers: Workers) -> None:
        assert not workers.are_loading
        assert await workers.run(calls.has_loaded, HEAVY) is False
        assert workers.are_loading
        await workers.run(time.monotonic, inline=False)
        assert not workers.are_loading

    use(test, preload=(HEAVY,), light=("tests.workers.calls",))


def test_light_calls_are_made_where_the_rest_cannot_be_loaded() -> None:
    async def test(workers: Workers) -> None:
        light, other = workers.run(calls.pid), workers.run(time.monotonic, inline=False)
        assert await light not in (os.getpid(), 0)
        with pytest.raises(WorkersUnavailableError, match=r"No module named 'newscrawl\.nowhere'"):
            await other
        # Such workers are no endless line: what ends each of them is the call's own fault.
        with pytest.raises(WorkerKilledError, match="crash"):
            await workers.run(calls.fault)

    use(test, preload=("newscrawl.nowhere",), light=("tests.workers.calls",))


def test_no_processes_at_all() -> None:
    async def test(workers: Workers) -> None:
        assert await workers.run(calls.pid) == os.getpid()

    use(test, count=0)


def test_what_calls_need_is_loaded_beside_the_event_loop() -> None:
    """Small calls are made in this process, whose event loop a model would hold for a second."""

    async def test(workers: Workers) -> None:
        ours = threading.current_thread().name
        found = await asyncio.gather(*(workers.run(calls.loaded_in) for _ in range(3)))
        assert found == [found[0]] * 3
        assert len(found[0]) == 1
        assert found[0][0] != ours
        assert workers.counts == {"calls": 3, "inline": 3}

    calls.LOADED_IN.clear()
    use(test, preload=(calls.__name__,), small=8192)


PARENT = """
import asyncio, sys
from newscrawl.workers import Workers
from tests.workers import calls

async def main():
    workers = Workers(count=2, small=0)
    print(await workers.run(calls.pid), flush=True)
    await asyncio.gather(*(workers.run(calls.normalize, 600_000) for _ in range(4)))

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(number: signal.Signals) -> None:
    """Also those that are inside one long call of C code."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=ROOT, text=True) as parent:
        assert parent.stdout is not None
        first = int(parent.stdout.readline())
        time.sleep(1)
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        assert len(children) == 2
        assert str(first) in children
        parent.send_signal(number)
        parent.wait(10)
    assert all(wait_for_end(int(child), 30) for child in children)


def test_a_signal_to_the_whole_group_ends_no_worker() -> None:
    """systemd and Ctrl-C signal every process: the crawl decides when its workers end."""

    async def test(workers: Workers) -> None:
        pid = await workers.run(calls.pid)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, number)
        assert await workers.run(calls.pid) == pid

    use(test)
