"""Who says when a request may go out. Every request of a crawl waits for its turn here, whatever made it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Turn", "Turns", "set_turns", "turns_of"]


class Turn(Protocol):
    """One request on its way."""

    def answered(self, status: int, retry_after: str | None) -> None:
        """The host answered with *status* and, where there was one, this ``Retry-After``."""

    def failed(self, reason: str) -> None:
        """The host did not answer, for *reason* of the closed list."""


class Turns(Protocol):
    """The book of manners as the download handler sees it."""

    def turn(self, url: str) -> AbstractAsyncContextManager[Turn]:
        """Wait until a request for *url* may go out; the host is asked nothing else until the block ends.

        Raises :class:`newscrawl.net.failures.HostHeld` where the host is left alone for longer than a run waits.
        """

    def sent(self, host: str) -> None:
        """A request to the host *host* (a name) goes out on the wire now."""


_turns: WeakKeyDictionary[Crawler, Turns] = WeakKeyDictionary()


def set_turns(crawler: Crawler, turns: Turns) -> None:
    """Let every request of *crawler* wait for its turn. Without this none waits (``fetch``, ``shell``)."""
    _turns[crawler] = turns


def turns_of(crawler: Crawler) -> Turns | None:
    """What :func:`set_turns` set for *crawler*."""
    return _turns.get(crawler)
