"""Twisted's timers on the monotonic clock."""

from __future__ import annotations

import time
from typing import Any

__all__ = ["keep_monotonic"]


def keep_monotonic(reactor: Any) -> None:
    """Let *reactor* tell its time by ``time.monotonic``; what it has scheduled already keeps its place.

    Twisted's own clock is the wall's: when that is set back by a day, every timeout, every answer of a resolver and
    every call from another thread waits for a day. Twice does nothing more.
    """
    if reactor.seconds is time.monotonic:
        return
    shift = time.monotonic() - reactor.seconds()
    for call in reactor.getDelayedCalls():
        call.time += shift
        call.seconds = time.monotonic
    reactor.seconds = time.monotonic
