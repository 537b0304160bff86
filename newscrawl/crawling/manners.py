"""A run's side of the book of manners: hosts that it has leased, and the turn of each request.

The book itself is in the database (:mod:`newscrawl.ledger.hosts`). A host is
leased before its first request and given back when nothing of this run wants
it any more. While it is leased, requests to it go out one at a time, with the
delay from one to the next.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from newscrawl.clock import epoch, format_span, steady_epoch
from newscrawl.crawling.retrying import PATIENCE
from newscrawl.errors import OperationError
from newscrawl.ledger.hosts import (
    GIVE_UP_AFTER,
    GivenBack,
    Lease,
    Refusal,
    ask_delay,
    give_back,
    hold_host,
    lease_host,
)
from newscrawl.net.backoff import parse_retry_after
from newscrawl.net.failures import HostHeld
from newscrawl.outcomes import Reason, http_reason
from newscrawl.urls import host_of

__all__ = ["LINE_REASONS", "Manners"]

logger = logging.getLogger("newscrawl.crawling.manners")

#: Failures that may be our own line's as well as the host's.
LINE_REASONS = frozenset({Reason.DNS, Reason.CONNECTION, Reason.TIMEOUT})
#: Failures that count against a host; any other answer shows that it serves.
_FAILURES = LINE_REASONS | {"http_429", "http_503"}
#: Hosts that must fail, with no answer from any other between, before our own line is suspected.
DARK_HOSTS = 3
#: Seconds, at most, that are waited beyond the delay: what one request may be slower on its way than the next.
MARGIN = 0.01
#: Seconds, at most, by which a request is taken to have arrived later than it was sent.
MOST_LATE = 0.5
#: Answers of a host by which it is told how long the next one should take.
LATENCIES = 5
#: Seconds after which a request to a host that is not known to be quick gives its place on the wire to another: hosts
#: that are slow or dead hold up no others.
SLOW = 1.0
#: Seconds between two looks at a host that another run holds.
LOOK_AGAIN = 0.25


class Writes(Protocol):
    """How the ledger is asked: :meth:`newscrawl.storage.writer.Writer.run`."""

    async def __call__(self, step: Callable[..., Any], *arguments: Any, urgent: bool = True) -> Any: ...


@dataclass(slots=True)
class _Host:
    """A host that this run holds. ``next_at``: monotonic seconds. ``users``: parts of the crawl that want it."""

    name: str
    delay: float
    next_at: float
    failures: int
    users: int = 0
    answered: bool = False
    # When the last request went out (monotonic), and how long the last answers took.
    sent_at: float = 0.0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES))
    hold: float = 0.0
    reason: str | None = None
    # Monotonic time of the first failure in a row.
    failing_since: float | None = None
    # The failures are known to be this host's and not our line's.
    to_blame: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_quick(self) -> bool:
        """Whether it answered before, and mostly soon."""
        return bool(self.latencies) and statistics.median(self.latencies) < SLOW


@dataclass(slots=True)
class _Turn:
    """One request on its way."""

    manners: Manners
    host: _Host

    def answered(self, status: int, retry_after: str | None) -> None:
        self.manners.answered(self.host, status, retry_after)

    def failed(self, reason: str) -> None:
        self.manners.failed(self.host, reason)


class Wire:
    """Places for requests on the wire: *concurrency*, and as many again for slow ones: see `SLOW`."""

    def __init__(self, concurrency: int, patience: float = SLOW) -> None:
        self._patience = patience
        self._places = asyncio.Semaphore(concurrency)
        self._most_slow = concurrency
        self._slow = 0

    @asynccontextmanager
    async def place(self, quick: Callable[[], bool] = lambda: False) -> AsyncIterator[None]:
        """Wait for a place, and keep it, or one among the slow, until the block ends.

        *quick*: whether the host is known to answer soon: if its request is slow, it is we who are busy.
        """
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        slow = False
        alarm: asyncio.TimerHandle

        def give_way() -> None:
            nonlocal slow, alarm
            if self._slow >= self._most_slow or quick():
                alarm = loop.call_later(self._patience, give_way)
                return
            self._slow += 1
            slow = True
            self._places.release()

        alarm = loop.call_later(self._patience, give_way)
        try:
            yield
        finally:
            alarm.cancel()
            if slow:
                self._slow -= 1
            else:
                self._places.release()


class Manners:
    """When this run may ask which host.

    Args:
        write: runs a step of the ledger.
        run_id: of the run that leases.
        delay: seconds between two requests to a host that asks for no more.
        concurrency: requests on the wire at once, those aside that have taken longer than `SLOW`.
        changed: called when a host may have become due.
    """

    def __init__(
        self, write: Writes, run_id: str, delay: float, concurrency: int, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._write = write
        self._run_id = run_id
        self.delay = delay
        self._wire = Wire(concurrency)
        self._changed = changed
        self._hosts: dict[str, _Host] = {}
        self._leasing: dict[str, asyncio.Task[_Host]] = {}
        self._background: set[asyncio.Task[Any]] = set()
        # Hosts that failed by what may be our own line, since the last answer of any host.
        self._dark: set[str] = set()
        self._last_answer = float("-inf")
        self._checking: asyncio.Task[bool] | None = None
        #: Asks whether a host that answered before answers now; ``None`` where there is none to ask.
        self.probe: Callable[[], Awaitable[bool | None]] | None = None
        #: Nothing answers any more: not a host's fault but that of our own line.
        self.line_is_down = False

    # --- what the loop asks ----------------------------------------------------------------------------------

    def adopt(self, lease: Lease) -> None:
        """The loop has leased a host; :meth:`release` gives it back."""
        self._enter(lease).users += 1

    def release(self, name: str) -> None:
        """The loop wants nothing more of the host."""
        self._leave(self._hosts[name])

    def due_in(self, name: str) -> float:
        """Seconds until a leased host may be asked next."""
        return self._hosts[name].next_at - time.monotonic()

    def delay_of(self, name: str) -> float:
        """Seconds from one request to the next of a host, as far as it is known."""
        host = self._hosts.get(name)
        return self.delay if host is None else host.delay

    def given_up(self, name: str) -> bool:
        """Whether a leased host is not to be asked again in this run."""
        host = self._hosts[name]
        return host.hold > PATIENCE or host.failures >= GIVE_UP_AFTER

    # --- turns -----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[_Turn]:
        """Wait until a request for *url* may go out; see :class:`newscrawl.net.turns.Turns`."""
        name = host_of(url)
        host = await self._leased(name)
        host.users += 1
        try:
            async with host.turn:
                while (wait := host.next_at - time.monotonic()) > 0:
                    if wait > PATIENCE + host.delay:
                        raise HostHeld(name, wait, host.reason)
                    await asyncio.sleep(wait)
                async with self._wire.place(host.is_quick):
                    self._sent(host)
                    yield _Turn(self, host)
        finally:
            self._leave(host)

    def sent(self, host: str) -> None:
        """A request goes out to the name *host* now: the delay to the next one begins here, not before it connects."""
        held = self._hosts.get(host_of(f"http://{host}/"))
        if held is not None:
            self._sent(held)

    @staticmethod
    def _sent(host: _Host) -> None:
        host.sent_at = time.monotonic()
        host.next_at = max(host.next_at, host.sent_at + host.delay + min(MARGIN, host.delay / 50))

    async def _leased(self, name: str) -> _Host:
        while True:
            host = self._hosts.get(name)
            if host is not None:
                return host
            task = self._leasing.get(name)
            if task is None:
                task = self._leasing[name] = asyncio.ensure_future(self._lease(name))
                task.add_done_callback(lambda _: self._leasing.pop(name, None))
            await asyncio.shield(task)

    async def _lease(self, name: str) -> _Host:
        while True:
            got: Lease | Refusal = await self._write(
                lambda connection: lease_host(
                    connection, self._run_id, name, self.delay, patience=PATIENCE + 2 * self.delay + 60.0
                )
            )
            if isinstance(got, Lease):
                return self._enter(got)
            if got.held and got.wait > PATIENCE:
                raise HostHeld(name, got.wait, got.reason)
            # Another run is asking it now, or it is left alone for a moment.
            await asyncio.sleep(min(got.wait, LOOK_AGAIN) if not got.held else got.wait)

    def _enter(self, lease: Lease) -> _Host:
        due = time.monotonic() + lease.wait
        host = self._hosts.get(lease.host)
        if host is None:
            host = self._hosts[lease.host] = _Host(lease.host, lease.delay, due, lease.failures)
        host.next_at = max(host.next_at, due)
        host.delay = max(host.delay, lease.delay)
        return host

    def _leave(self, host: _Host) -> None:
        host.users -= 1
        if host.users > 0 or self._hosts.get(host.name) is not host:
            self._changed()
            return
        del self._hosts[host.name]
        failures = host.failures
        if host.reason in LINE_REASONS and not host.to_blame:
            # It may be our own line: later runs are not to leave the host alone for that.
            failures = min(failures, GIVE_UP_AFTER - 1)
        told = GivenBack(
            host.name,
            wait=host.next_at - time.monotonic(),
            failures=failures,
            answered=host.answered,
            hold=host.hold,
            reason=host.reason,
        )
        self._later(self._give_back(told))

    async def _give_back(self, told: GivenBack) -> None:
        until = await self._write(give_back, self._run_id, told)
        if until:
            wait = format_span(until - steady_epoch())
            logger.info("%s is left alone for %s (%s)", told.host, wait, told.reason or "failures")
        self._changed()

    def _later(self, work: Awaitable[Any]) -> None:
        """Do *work* beside the crawl; a database that fails tells the writer, which ends the run."""

        async def guarded() -> None:
            try:
                await work
            except OperationError:
                logger.debug("The book of manners could not be written")

        task = asyncio.ensure_future(guarded())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def settle(self) -> None:
        """Wait until what was told to the book is written."""
        while self._background:
            await asyncio.gather(*tuple(self._background), return_exceptions=True)

    # --- what came of a request ---------------------------------------------------------------------------------

    def answered(self, host: _Host, status: int, retry_after: str | None) -> None:
        """*host* answered: it is there, whatever it says."""
        now = time.monotonic()
        self._last_answer = now
        self._dark.clear()
        # An answer that came late may be to a request that arrived late (a connection that was accepted late, a busy
        # machine): the delay is between two requests as the host sees them.
        latency = now - host.sent_at
        late = latency - statistics.median(host.latencies) if host.latencies else latency
        host.latencies.append(latency)
        host.next_at = max(host.next_at, host.sent_at + min(late, MOST_LATE) + host.delay)
        if status not in (429, 503):
            host.failures, host.answered, host.failing_since = 0, True, None
            return
        host.failures += 1
        host.reason = http_reason(status)
        pause = parse_retry_after(retry_after, epoch()) if retry_after else None
        if pause is None:
            return
        if pause > PATIENCE:
            host.hold = max(host.hold, pause)
            # At once, and not when the host is given back: other runs are not to ask before.
            self._later(self._hold(host.name, pause, host.reason))
        else:
            host.next_at = max(host.next_at, time.monotonic() + pause)

    async def _hold(self, name: str, pause: float, reason: str) -> None:
        await self._write(hold_host, name, pause, reason)
        logger.info("%s asks to be left alone for %s (%s)", name, format_span(pause), reason)

    def failed(self, host: _Host, reason: str) -> None:
        """*host* did not answer."""
        if reason not in _FAILURES:
            return
        host.failures += 1
        host.reason = reason
        if reason in LINE_REASONS:
            self._dark.add(host.name)
            host.failing_since = host.failing_since or time.monotonic()

    async def is_to_blame(self, url: str, reason: str) -> bool:
        """Whether a failure for *reason* is the host's; if not, our own line is down.

        Many hosts that fail at once, with no answer of any other between, may each be dead; or the line is. One that
        answered before is asked then.
        """
        if reason not in LINE_REASONS:
            return True
        host = self._hosts.get(host_of(url))
        blamed = not self.line_is_down and await self._is_well(host)
        if blamed and host is not None:
            host.to_blame = True
        return blamed

    async def _is_well(self, host: _Host | None) -> bool:
        """Whether our own line is well, as far as *host*, which failed, gives a reason to look."""
        suspicious = len(self._dark) >= DARK_HOSTS or (
            host is not None
            and host.failures >= GIVE_UP_AFTER
            and host.failing_since is not None
            and self._last_answer < host.failing_since
        )
        if not suspicious or self.probe is None:
            return True
        if self._checking is None:
            self._checking = asyncio.ensure_future(self._check_line())
            self._checking.add_done_callback(self._checked)
        return await asyncio.shield(self._checking)

    def _checked(self, _task: asyncio.Task[bool]) -> None:
        self._checking = None

    async def _check_line(self) -> bool:
        """Ask a host that answered before; whether the line is well."""
        assert self.probe is not None
        answer = await self.probe()
        if answer is None:
            # Nobody answered in this run: several hosts that all fail are more likely one line.
            answer = len(self._dark) < DARK_HOSTS
        if not answer:
            self.line_is_down = True
            for host in self._hosts.values():
                # None of them is to blame.
                if host.reason in LINE_REASONS:
                    host.failures, host.hold, host.reason = 0, 0.0, None
            self._changed()
        return answer

    # --- what robots.txt asks for ---------------------------------------------------------------------------------

    def ask_delay(self, name: str, seconds: float) -> None:
        """robots.txt of *name* asks for *seconds* between two requests: it holds for the whole domain."""
        host = self._hosts.get(host_of(f"http://{name}/"))
        if host is not None:
            extra = max(0.0, seconds - host.delay)
            host.delay += extra
            host.next_at += extra
        self._later(self._write(ask_delay, host_of(f"http://{name}/"), name, seconds, urgent=False))
