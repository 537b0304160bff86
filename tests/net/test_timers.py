"""Timers outlive a clock that is set back."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SET_BACK = """
import sys, time
import twisted.python.runtime as runtime
real, shift = time.time, 0.0
runtime.platform.seconds = runtime.seconds = lambda: real() + shift
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from newscrawl.net.timers import keep_monotonic
came = []
def set_back():
    global shift
    shift = -86400.0
def begin():
    reactor.callLater(0.3, came.append, "pending before")
    if sys.argv[1] == "kept":
        keep_monotonic(reactor)
        keep_monotonic(reactor)
    reactor.callLater(0.3, came.append, "pending")
    set_back()
    reactor.callLater(0.1, came.append, "later")
    reactor._asyncioEventloop.call_later(2.0, reactor.stop)
reactor.callWhenRunning(begin)
reactor.run()
print(sorted(came))
"""


@pytest.mark.parametrize(
    ("how", "came"), [("kept", "['later', 'pending', 'pending before']"), ("bare", "['later']")], ids=["on", "off"]
)
def test_the_clock_is_set_back_by_a_day(how: str, came: str) -> None:
    done = subprocess.run([sys.executable, "-c", _SET_BACK, how], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == came
