"""Where progress is shown: one live panel on a terminal, a plain line every 30 seconds elsewhere, or nowhere.

Both go to standard error or the log; standard output is left to data.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import IO, Any, Protocol, cast

from newscrawl.progress.snapshot import Pace, Snapshot, left_in_words, share
from newscrawl.text import escape_controls

__all__ = [
    "EVERY",
    "FIRST",
    "Display",
    "Lines",
    "Nowhere",
    "Panel",
    "counter",
    "demote_preamble",
    "on_terminal",
    "open_display",
    "show_cursor",
]

#: Seconds between two plain lines.
EVERY = 30.0
#: Seconds until the first one: whoever looks is to see soon what is done and how long it takes, and to start takes two
#: or three by itself.
FIRST = 2.0
#: Seconds between two snapshots for plain lines: until one told the time left, and after that.
SOON, LATER = 0.5, 5.0
#: Seconds after which a pace says how long the rest takes: where this share is done, and where less is.
SURE_AFTER, SURE_SHARE, UNSURE_AFTER = 1.0, 0.02, 5.0
#: Seconds between two pictures of the panel.
REDRAW = 0.5
#: Characters of one fact at most; a narrow terminal shows less.
MOST_CHARS = 200

#: Characters of the bar, and of the names of facts.
_BAR = 28
_NAMES = 13


class Display(Protocol):
    """What shows snapshots. ``interval``: seconds after which it wants the next one."""

    interval: float

    def show(self, snapshot: Snapshot) -> None:
        """Show *snapshot*, unless the last one was shown just before."""

    def close(self) -> None:
        """Show no more; leave a terminal as it was."""


class Nowhere:
    """Shows nothing."""

    interval = FIRST

    def show(self, snapshot: Snapshot) -> None:
        pass

    def close(self) -> None:
        pass


class Lines:
    """One plain line after *first* seconds and every *every* seconds from then on, through *say*.

    Where the first ones tell no time left, one more comes as soon as it is known. What is over sooner says nothing.
    """

    def __init__(self, say: Callable[[str], None], *, every: float = EVERY, first: float = FIRST) -> None:
        self._say = say
        self._every = every
        self.interval = min(SOON, every)
        self._due = time.monotonic() + first
        self._said = False
        self._told_time = False

    def show(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        tells_time = snapshot.left is not None
        awaited = self._said and tells_time and not self._told_time
        # A caller's own timer may come a moment early.
        if now < self._due - 0.1 and not awaited:
            return
        self._due = now + self._every
        self._said = True
        if tells_time:
            self._told_time = True
            self.interval = min(LATER, self._every)
        self._say(escape_controls(snapshot.line()))

    def close(self) -> None:
        pass


class Panel:
    """One live panel on a terminal; what is logged meanwhile goes above it."""

    interval = REDRAW

    def __init__(self, title: str, stream: IO[str]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._title = escape_controls(title)[:MOST_CHARS]
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        # Drawn when a snapshot comes, by whoever brings it: no thread of its own.
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._drawn = float("-inf")
        self._live.start()

    def show(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        if now - self._drawn < self.interval * 0.9:
            return
        self._drawn = now
        with contextlib.suppress(OSError, ValueError):
            # Of this stream, and as it is now: rich looks at standard input first.
            self._console.width, self._console.height = os.get_terminal_size(self._console.file.fileno())
        self._live.update(self._picture(snapshot), refresh=True)

    def stream(self) -> IO[str]:
        """A stream whose lines go above the panel."""
        from rich.file_proxy import FileProxy

        return cast("IO[str]", FileProxy(self._console, self._console.file))

    def close(self) -> None:
        self._live.stop()

    def _picture(self, snapshot: Snapshot) -> Any:
        from rich.table import Table
        from rich.text import Text

        def words(value: str, style: str = "") -> Any:
            return Text(escape_controls(value)[:MOST_CHARS], style=style, no_wrap=True, overflow="ellipsis")

        head = Text(no_wrap=True, overflow="ellipsis")
        head.append(escape_controls(snapshot.doing), style="bold")
        if snapshot.total:
            percent = share(snapshot.done, snapshot.total)
            full = _BAR * percent // 100
            head.append(f"  {percent} %")
        left = left_in_words(snapshot.left, snapshot.how)
        head.append("  " + (left or "working out how long it takes"), style="bold" if left else "dim")
        if snapshot.total:
            # Last: a narrow terminal does without it.
            head.append("  ")
            head.append("━" * full, style="green")
            head.append("━" * (_BAR - full), style="dim")
        rows = Table.grid(padding=(0, 2))
        rows.add_column(no_wrap=True, min_width=_NAMES)
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        rows.add_row(words("done", "dim"), words(snapshot.counted()))
        for name, value in snapshot.facts.items():
            rows.add_row(words(name, "dim"), words(value))
        whole = Table.grid()
        whole.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for one in (words(self._title, "dim"), head, rows):
            whole.add_row(one)
        return whole


def on_terminal(stream: IO[str] | None = None) -> bool:
    """Whether *stream* (standard error unless given) is a terminal that a panel can be drawn on."""
    stream = sys.stderr if stream is None else stream
    try:
        return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
    except ValueError:  # it is closed
        return False


def open_display(title: str, say: Callable[[str], None], *, data_to_stdout: bool = False) -> Display:
    """The display for a command: a panel on a terminal, else lines through *say*.

    *data_to_stdout*: standard output carries data. Where that is a terminal as well nothing is shown: a panel would
    stand among the data.
    """
    if data_to_stdout and sys.stdout is not None and sys.stdout.isatty():
        return Nowhere()
    return Panel(title, sys.stderr) if on_terminal() else Lines(say)


def show_cursor() -> None:
    """Give the terminal back its cursor, when the process is about to end at once."""
    if on_terminal():
        with contextlib.suppress(OSError):
            os.write(sys.stderr.fileno(), b"\x1b[?25h\n")


@contextlib.contextmanager
def counter(
    doing: str, unit: str, display: Display, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many pieces of how many are done, and shows that and the time left on *display*."""
    pace = Pace()
    began = clock()
    display.show(Snapshot(doing, 0, None, unit))
    looked = float("-inf")

    def told(done: int, total: int) -> None:
        nonlocal looked
        now = clock()
        if now - looked < min(0.25, display.interval) and done < total:
            return
        looked = now
        pace.note(now, done)
        rate = pace.rate()
        facts = {"rate": f"{rate:,.0f} {unit} a second"} if rate else {}
        known_after = SURE_AFTER if done >= SURE_SHARE * total else UNSURE_AFTER
        left = pace.left(total - done) if now - began >= known_after else None
        display.show(Snapshot(doing, done, total, unit, left, facts=facts))

    try:
        yield told
    finally:
        display.close()


#: Loggers that tell of Scrapy's own start and end. What they say at INFO is below INFO on a terminal.
_PREAMBLE = (
    "scrapy.utils.log scrapy.addons scrapy.crawler scrapy.middleware scrapy.core.engine scrapy.extensions.logstats "
    "scrapy.extensions.memusage scrapy.extensions.feedexport scrapy.statscollectors"
).split()


def demote_preamble() -> None:
    """Let what Scrapy tells of its own start and end be below INFO: seen with ``LOG_LEVEL=DEBUG`` alone."""
    for name in _PREAMBLE:
        logging.getLogger(name).addFilter(_demoted)


def _demoted(record: logging.LogRecord) -> bool:
    if record.levelno == logging.INFO:
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return True
