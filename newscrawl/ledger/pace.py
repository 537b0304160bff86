"""When each host may be asked next, and which hosts were given up. In memory, pure but for the clock passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Pace"]

#: Failed requests in a row, with no success between, after which a host is given up for this run.
GIVE_UP_AFTER = 3


@dataclass(slots=True)
class _Host:
    next_at: float = 0.0
    in_flight: int = 0
    failures: int = 0
    delay: float | None = None
    given_up: str | None = None

    @property
    def remarkable(self) -> bool:
        return bool(self.in_flight or self.failures or self.given_up) or self.delay is not None


class Pace:
    """One request at a time and a delay from start to start, for each registrable domain.

    Args:
        delay: seconds between starts, where a host asks for no more.
        clock: monotonic seconds.
    """

    def __init__(self, delay: float, clock: Callable[[], float]) -> None:
        self._delay = delay
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())

    def busy(self) -> frozenset[str]:
        """Hosts that may not be asked now."""
        now = self._clock()
        # A host that is due and unremarkable need not be remembered: there may be a hundred thousand.
        forgotten = [name for name, host in self._hosts.items() if host.next_at <= now and not host.remarkable]
        for name in forgotten:
            del self._hosts[name]
        return frozenset(name for name, host in self._hosts.items() if host.in_flight or host.next_at > now)

    def next_free(self) -> float | None:
        """Seconds until the next waiting host may be asked; ``None`` where none waits for time alone."""
        now = self._clock()
        waits = [host.next_at - now for host in self._hosts.values() if host.next_at > now and not host.in_flight]
        return min(waits, default=None)

    def started(self, host: str) -> None:
        """A request to *host* starts now."""
        entry = self._host(host)
        entry.in_flight += 1
        entry.next_at = max(entry.next_at, self._clock() + self.delay_of(host))

    def ended(self, host: str) -> None:
        """That request has ended."""
        entry = self._host(host)
        entry.in_flight = max(0, entry.in_flight - 1)

    def delay_of(self, host: str) -> float:
        """Seconds from start to start: the greater of the run's delay and what the host asked for."""
        entry = self._hosts.get(host)
        return max(self._delay, entry.delay or 0.0) if entry else self._delay

    def ask_delay(self, host: str, delay: float) -> None:
        """*host*'s robots.txt asks for *delay* seconds."""
        self._host(host).delay = delay

    def hold(self, host: str, seconds: float) -> None:
        """Leave *host* alone for *seconds* (``Retry-After``)."""
        entry = self._host(host)
        entry.next_at = max(entry.next_at, self._clock() + seconds)

    def succeeded(self, host: str) -> None:
        """*host* answered: whatever failed before is forgotten."""
        self._host(host).failures = 0

    def failed(self, host: str, reason: str) -> None:
        """*host* did not answer; after `GIVE_UP_AFTER` in a row it is given up."""
        entry = self._host(host)
        entry.failures += 1
        if entry.failures >= GIVE_UP_AFTER:
            entry.given_up = reason

    def give_up(self, host: str, reason: str) -> None:
        """Ask *host* nothing more in this run."""
        self._host(host).given_up = reason

    def given_up(self, host: str) -> str | None:
        """Why *host* is not asked again in this run, or ``None``."""
        entry = self._hosts.get(host)
        return entry.given_up if entry else None
