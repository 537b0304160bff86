"""The workers of one crawl: started when there is work, one call at a time each, replaced when they end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self, TypeVar

from newscrawl.workers.child import ANSWER, CALL, MAX_RESULT, load
from newscrawl.workers.errors import Ending, WorkerKilledError, WorkersClosedError, WorkersUnavailableError

__all__ = ["DEFAULT_LIMIT", "SMALL", "Limit", "Workers"]

logger = logging.getLogger("newscrawl.workers")

T = TypeVar("T")

_MIB = 1024 * 1024
#: Arguments of fewer bytes and characters than this are parsed at once, in the crawl's own process: what is quadratic
#: in 8 KiB costs at most some tens of milliseconds, and a call to a worker costs about 0.3.
SMALL = 8 * 1024
#: Starts that may fail one after the other before the workers are given up.
MAX_FAILED_STARTS = 3
#: Calls handed to a busy worker beside the one that it makes, so that it need not wait for the reactor.
AHEAD = 1
#: A worker is ended when it has neither answered nor died in this many times its CPU limit and this many seconds.
PATIENCE_FACTOR = 10.0
PATIENCE_SECONDS = 30.0
#: Seconds that a start may take, imports included.
START_SECONDS = 120.0
#: Seconds between starts that fail, times their number.
RESTART_SECONDS = 0.2
#: Seconds in which a process whose socket is closed must have ended.
DEATH_SECONDS = 2.0
LOOK_SECONDS = 0.005

_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from newscrawl.workers.child import main; main(int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one call may use.

    ``cpu``: seconds of CPU time, rounded up to the next whole second of the worker's clock. ``memory``: bytes of
    private memory above what the worker holds when it starts (``RLIMIT_DATA``: Linux).
    """

    cpu: float = 10.0
    memory: int = 768 * _MIB


#: Far above what any real page needs (the dearest of 841 takes 1.5 s of CPU): what a page is must not depend on how
#: fast the machine is.
DEFAULT_LIMIT = Limit()


@dataclass(eq=False, slots=True)
class _Call:
    """A call that waits, or that a worker makes."""

    #: Function, arguments, named arguments. Pickled when a worker takes it: a copy of all that wait would cost as much
    #: memory as they do.
    content: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
    what: str
    limit: Limit
    answer: asyncio.Future[Any]
    #: It needs nothing of what workers load.
    light: bool = False
    #: Workers that ended without an answer to it.
    deaths: int = 0


@dataclass(eq=False, slots=True)
class _Worker:
    """A worker process, seen from the crawl."""

    process: subprocess.Popen[bytes]
    pipe: socket.socket
    #: It takes calls; it has loaded what calls need that are not light.
    ready: bool = False
    loaded: bool = False
    #: The call that it makes, and those that lie in its socket behind it.
    calls: deque[_Call] = field(default_factory=deque)
    #: Pieces that the socket has not taken yet.
    unsent: deque[memoryview] = field(default_factory=deque)
    received: bytearray = field(default_factory=bytearray)
    #: Ends the worker when it is neither done nor dead in time.
    alarm: asyncio.TimerHandle | None = None
    stalled: bool = False
    #: Its socket is closed, its exit status not known yet.
    gone: bool = False


class Workers:
    """Up to *count* worker processes (default: one for each usable core, at most 8) that make calls for one event loop.

    *preload*: modules that each worker imports at its start; where a module has a function ``preload`` it is called.
    *light*: packages whose functions need nothing of that: calls of them do not wait for it.
    Methods belong to the thread of the loop. :meth:`close` also works when the loop has stopped. A worker ends by
    itself when this process ends, however it ends.
    """

    def __init__(
        self,
        *,
        count: int | None = None,
        preload: Sequence[str] = (),
        light: Sequence[str] = (),
        small: int = SMALL,
        patience: float = 1.0,
    ) -> None:
        self.count = usable_cores() if count is None else count
        self.small = small
        #: What was done: ``calls``, ``inline``, ``started`` workers, and how calls ended, by :class:`Ending`.
        self.counts: Counter[str] = Counter()
        self._preload = tuple(preload)
        self._light = tuple(f"{package}." for package in light)
        #: Modules of *preload* whose calls are also made in this process, and the loading of what they need.
        self._warmed: dict[str, asyncio.Future[None]] = {}
        self._patience = patience
        self._workers: list[_Worker] = []
        self._waiting: deque[_Call] = deque()
        #: Killed, not waited for yet.
        self._dying: list[subprocess.Popen[bytes]] = []
        self._failed_starts = 0
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def are_running(self) -> bool:
        """Whether a call to a worker costs no start of one."""
        return bool(self._workers)

    @property
    def are_loading(self) -> bool:
        """Whether a worker that was started has not loaded yet what its calls need."""
        return any(not worker.loaded for worker in self._workers if not worker.gone)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.close()

    async def run(
        self,
        function: Callable[..., T],
        *arguments: Any,
        limit: Limit = DEFAULT_LIMIT,
        inline: bool = True,
        **named: Any,
    ) -> T:
        """``function(*arguments, **named)``, made by a worker within *limit*.

        Where *inline*, arguments of fewer than :data:`SMALL` bytes and characters in all are not worth a worker: the
        call is made here and now. Pass ``inline=False`` for what may grow: compressed bodies, documents that refer
        to themselves.

        Raises what the function raises; :class:`WorkerKilledError` when the call was ended at its limit, or ended two
        workers; :class:`WorkersUnavailableError` when no worker can be started; :class:`WorkersClosedError` when
        :meth:`close` came first.
        """
        if self._closed:
            raise WorkersClosedError("the workers are closed")
        self.counts["calls"] += 1
        if not self.count or (inline and _size(arguments) + _size(named.values()) < self.small):
            self.counts["inline"] += 1
            await self._warm_here(function)
            return function(*arguments, **named)
        self._loop = asyncio.get_running_loop()
        called = _unwrap(function)
        what = getattr(called, "__qualname__", type(called).__name__)
        light = f"{called.__module__}.".startswith(self._light)
        call = _Call((function, arguments, named), what, limit, self._loop.create_future(), light)
        self._waiting.append(call)
        self._hand_out()
        try:
            result: T = await call.answer
        except asyncio.CancelledError:
            # Its worker goes on until the answer or the limit; nobody waits for it.
            with contextlib.suppress(ValueError):
                self._waiting.remove(call)
            raise
        return result

    async def _warm_here(self, function: Callable[..., Any]) -> None:
        """Before the first call that is made here: load in a thread what a worker loads at its start.

        Models take a second and more; the event loop goes on meanwhile.
        """
        module = _unwrap(function).__module__
        if module not in self._preload:
            return
        if module not in self._warmed:
            self._warmed[module] = asyncio.ensure_future(asyncio.to_thread(load, module))
        await asyncio.shield(self._warmed[module])

    def close(self) -> None:
        """End all workers at once; what waits for them raises :class:`WorkersClosedError`. Twice does nothing more."""
        self._closed = True
        for worker in tuple(self._workers):
            self._drop(worker)
            worker.process.kill()
        for process in (*(worker.process for worker in self._workers), *self._dying):
            process.wait()
        self._dying.clear()
        calls = [call for worker in self._workers for call in worker.calls] + list(self._waiting)
        self._workers.clear()
        self._waiting.clear()
        for call in calls:
            _fail(call, WorkersClosedError("the workers were closed"))

    # --- handing out ----------------------------------------------------------------------------

    def _hand_out(self) -> None:
        """Give waiting calls to workers that have room, and start workers while calls wait for one."""
        while self._waiting:
            call = self._waiting[0]
            if call.answer.done():
                self._waiting.popleft()
                continue
            worker = self._free(call)
            if worker is None:
                break
            self._waiting.popleft()
            self._give(worker, call)
        starting = sum(not worker.ready for worker in self._workers)
        if not self._closed and len(self._waiting) > starting and len(self._workers) < self.count:
            self._start()

    def _free(self, call: _Call) -> _Worker | None:
        """The worker to give *call* to: an idle one, else one with room for a call ahead."""
        ready = [worker for worker in self._workers if worker.ready and not worker.gone]
        for worker in ready:
            if not worker.calls:
                return worker
        # A call that has ended a worker waits for an idle one: nothing stands behind it when it ends another.
        if call.deaths or len(self._workers) < self.count:
            return None
        with_room = [one for one in ready if len(one.calls) <= AHEAD and not any(call.deaths for call in one.calls)]
        return min(with_room, key=lambda one: len(one.calls), default=None)

    def _give(self, worker: _Worker, call: _Call) -> None:
        try:
            packed = pickle.dumps(call.content, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            _fail(call, error)  # what cannot be pickled is its caller's defect
            return
        worker.calls.append(call)
        if len(worker.calls) == 1:
            self._set_alarm(worker)
        header = CALL.pack(len(packed), call.limit.cpu, call.limit.memory, call.light)
        worker.unsent.extend((memoryview(header), memoryview(packed)))
        self._send(worker)

    def _set_alarm(self, worker: _Worker) -> None:
        assert self._loop is not None
        if worker.alarm is not None:
            worker.alarm.cancel()
            worker.alarm = None
        if not worker.ready:
            seconds = START_SECONDS
        elif worker.calls:
            seconds = worker.calls[0].limit.cpu * PATIENCE_FACTOR + PATIENCE_SECONDS
        else:
            return
        worker.alarm = self._loop.call_later(seconds * self._patience, self._stalled, worker)

    def _stalled(self, worker: _Worker) -> None:
        worker.stalled = True
        worker.process.kill()  # its end is seen at its socket

    # --- sockets --------------------------------------------------------------------------------

    def _start(self) -> None:
        assert self._loop is not None
        self._dying = [process for process in self._dying if process.poll() is None]
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        command = [sys.executable, "-P", "-c", _START, json.dumps(sys.path), str(theirs.fileno())]
        command += [str(os.getpid()), json.dumps(self._preload)]
        # numpy's threads would cost memory and CPU time that belongs to nobody.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # an export may stand there
                env=environment,
                pass_fds=(theirs.fileno(),),
            )
        except OSError as error:
            ours.close()
            self._not_started(f"{error.strerror or error}")
            return
        finally:
            theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        self.counts["started"] += 1
        self._set_alarm(worker)
        self._loop.add_reader(ours.fileno(), self._readable, worker)

    def _not_started(self, why: str) -> None:
        assert self._loop is not None
        self._failed_starts += 1
        logger.error("A worker could not be started: %s", why)
        if self._failed_starts < MAX_FAILED_STARTS:
            self._loop.call_later(RESTART_SECONDS * self._failed_starts, self._hand_out)
            return
        calls, self._waiting = self._waiting, deque()
        for call in calls:
            _fail(call, WorkersUnavailableError(f"no worker process can be started: {why.strip().splitlines()[-1]}"))

    def _send(self, worker: _Worker) -> None:
        assert self._loop is not None
        try:
            while worker.unsent:
                sent = worker.pipe.send(worker.unsent[0])
                if sent == len(worker.unsent[0]):
                    worker.unsent.popleft()
                else:
                    worker.unsent[0] = worker.unsent[0][sent:]
        except BlockingIOError:
            self._loop.add_writer(worker.pipe.fileno(), self._send, worker)
            return
        except OSError:
            worker.unsent.clear()  # it has ended: seen where its answers are read
        self._loop.remove_writer(worker.pipe.fileno())

    def _readable(self, worker: _Worker) -> None:
        try:
            piece = worker.pipe.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._ended(worker)
            return
        worker.received += piece
        while len(worker.received) >= ANSWER.size:
            size = ANSWER.unpack_from(worker.received)[0]
            if size > MAX_RESULT + 1024 * 1024:
                worker.process.kill()
                self._ended(worker)
                return
            if len(worker.received) < ANSWER.size + size:
                return
            message = bytes(memoryview(worker.received)[ANSWER.size : ANSWER.size + size])
            del worker.received[: ANSWER.size + size]
            if not self._answered(worker, pickle.loads(message)):  # noqa: S301 - from our own child
                return

    def _answered(self, worker: _Worker, message: tuple[Any, ...]) -> bool:
        """Take an answer; whether the worker goes on."""
        if message[0] == "broken":
            self._retire(worker)
            self._not_started(message[1])
            return False
        if message[0] == "ready":
            worker.ready = True
            self._set_alarm(worker)
            self._hand_out()
            return True
        if message[0] == "loaded":
            worker.loaded = True
            self._failed_starts = 0
            return True
        *answer, records, retiring = message
        call = worker.calls.popleft()
        for name, level, text in records:
            logging.getLogger(name).log(level, "%s", text)
        self._settle(call, answer)
        if retiring:
            self._retire(worker)
        else:
            self._set_alarm(worker)
        self._hand_out()
        return not retiring

    def _settle(self, call: _Call, answer: Sequence[Any]) -> None:
        if call.answer.done():
            return
        if answer[0] == "done":
            call.answer.set_result(pickle.loads(answer[1]))  # noqa: S301 - from our own child
        elif answer[0] == "raised":
            call.answer.set_exception(pickle.loads(answer[1]))  # noqa: S301
        elif answer[0] == "memory":
            self._kill(call, Ending.MEMORY)
        else:
            logger.error("The result of %s cannot be handed on: %s", call.what, answer[1])
            self._kill(call, Ending.RESULT)

    def _kill(self, call: _Call, ending: Ending) -> None:
        self.counts[ending] += 1
        _fail(call, WorkerKilledError(ending, call.what))

    # --- ends -----------------------------------------------------------------------------------

    def _drop(self, worker: _Worker) -> None:
        """Let go of the worker's socket and alarm."""
        if worker.alarm is not None:
            worker.alarm.cancel()
        if self._loop is not None and not self._loop.is_closed() and worker.pipe.fileno() >= 0:
            self._loop.remove_reader(worker.pipe.fileno())
            self._loop.remove_writer(worker.pipe.fileno())
        worker.pipe.close()

    def _retire(self, worker: _Worker) -> None:
        """It has answered and is of no more use; what lies in its socket goes to another."""
        self._drop(worker)
        self._workers.remove(worker)
        self._waiting.extendleft(reversed(worker.calls))
        worker.calls.clear()
        worker.process.kill()
        self._dying.append(worker.process)

    def _ended(self, worker: _Worker) -> None:
        """The worker has closed its socket: judge it when it is dead."""
        worker.gone = True
        self._drop(worker)
        self._bury(worker, DEATH_SECONDS)

    def _bury(self, worker: _Worker, patience: float) -> None:
        """Look for the exit status of a worker whose socket is closed; after *patience* seconds kill it."""
        assert self._loop is not None
        if self._closed:
            return
        status = worker.process.poll()
        if status is None:
            if patience <= 0:
                worker.process.kill()
            self._loop.call_later(LOOK_SECONDS, self._bury, worker, patience - LOOK_SECONDS)
            return
        self._workers.remove(worker)
        calls, worker.calls = worker.calls, deque()
        if not worker.loaded and not (calls and calls[0].light):
            # No call is to blame for it.
            self._waiting.extendleft(reversed(calls))
            self._not_started("it took too long" if worker.stalled else f"exit status {status} before its first call")
            return
        if calls:
            call = calls.popleft()
            self._waiting.extendleft(reversed(calls))
            self._judge(call, status, worker.stalled)
        self._hand_out()

    def _judge(self, call: _Call, status: int | None, stalled: bool) -> None:
        if status == -signal.SIGXCPU:
            logger.warning("A worker used %g s of CPU time on %s and was ended", call.limit.cpu, call.what)
            self._kill(call, Ending.CPU)
            return
        if call.answer.done():
            return
        call.deaths += 1
        ending = Ending.STALLED if stalled else Ending.CRASH
        if call.deaths < 2:
            # Somebody may have killed it, or the system for want of memory: once more, alone.
            logger.warning("A worker ended (%s, status %s) on %s: tried once more", ending, status, call.what)
            self._waiting.appendleft(call)
            return
        logger.warning("A second worker ended (%s, status %s) on %s", ending, status, call.what)
        self._kill(call, ending)


def usable_cores() -> int:
    """Cores that this process may use, at most 8."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    return min(cores, 8)


def _unwrap(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that a ``partial`` calls."""
    while isinstance(function, partial):
        function = function.func
    return function


def _size(values: Any) -> int:
    return sum(len(value) for value in values if isinstance(value, bytes | str))


def _fail(call: _Call, error: Exception) -> None:
    if not call.answer.done():
        call.answer.set_exception(error)
