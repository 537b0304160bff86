"""What is shown of progress, on a real pseudo-terminal and elsewhere."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.run import crawl_command, crawl_environment
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from newscrawl.progress.display import LATER, SOON, Lines, Nowhere, Panel, counter, on_terminal, open_display
from newscrawl.progress.snapshot import Snapshot
from tests.warm import run_scrapy, start_scrapy

ROOT = Path(__file__).resolve().parents[2]
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Terminal:
    """A pseudo-terminal of *columns*; what was written to it is read at the end."""

    def __init__(self, columns: int = 100) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def read(self, until: Callable[[], bool]) -> str:
        """All that is written until *until* is true and nothing more is there."""
        found = b""
        while True:
            over = until()
            if select.select([self.ours], [], [], 0.1)[0]:
                try:
                    found += os.read(self.ours, 65_536)
                except OSError:
                    break
            elif over:
                break
        return found.decode("utf-8", "replace")

    def close(self) -> None:
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def environment() -> Mapping[str, str]:
    return {**crawl_environment(), "TERM": "xterm-256color"}


def run_on(terminal: Terminal, command: list[str], environment: Mapping[str, str], *, out: bool = False) -> str:
    """What `scrapy` with *command* writes on *terminal*: its standard error, with *out* its standard output too."""
    process = start_scrapy(
        command, env=environment, stderr=terminal.theirs, stdout=terminal.theirs if out else subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 400
        return terminal.read(lambda: process.poll() is not None or time.monotonic() > until)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def crawling(server: DemoServer, folder: Path, **settings: Any) -> list[str]:
    """The words that crawl the demo's world into *folder*, parsing in the crawl's own process."""
    python = crawl_command(server, folder / "x.db", folder / "x.jsonl", NEWSCRAWL_WORKERS=0, **settings)
    return python[python.index("crawl") :]


@pytest.mark.slow
def test_a_crawl_on_a_terminal_shows_one_panel(tmp_path: Path, environment: Mapping[str, str]) -> None:
    terminal = Terminal()
    with serve(build_world(posts=8)) as server:
        command = crawling(server, tmp_path, DOWNLOAD_DELAY=0.2)
        written = run_on(terminal, command, environment)
    terminal.close()
    plain = _CONTROL.sub("", written)
    for words in ("scrapy crawl dnyuz", "of 8 posts", "left", "with original", "waiting for", "requests a second"):
        assert words in plain
    # Scrapy's preamble is below INFO there, the last line is what it was, and the cursor is back.
    assert "Overridden settings" not in plain
    assert "Enabled downloader middlewares" not in plain
    assert "Dumping Scrapy stats" not in plain
    assert plain.rstrip().splitlines()[-1].startswith("newscrawl: 8 new, 0 changed")
    assert written.rindex(SHOW) > written.rindex(HIDE)


@pytest.mark.slow
def test_a_crawl_elsewhere_says_a_line_now_and_then(tmp_path: Path, environment: Mapping[str, str]) -> None:
    with serve(build_world(posts=8)) as server:
        command = crawling(server, tmp_path, DOWNLOAD_DELAY=0.3, LOGSTATS_INTERVAL=0.5)
        done = run_scrapy(command, env=environment, timeout=400)
    assert done.returncode == 0
    lines = re.findall(r"\[newscrawl\.progress\] INFO: (.*)", done.stderr)
    # At once, and again when the time left is known: what it does, which no interval holds back.
    assert lines[1] == "asking what there is"
    assert any(re.search(r"\A[a-z, ]+: \d+ of 8 posts, \d+ %, about .+ left\Z", line) for line in lines), lines
    assert "\x1b" not in done.stderr
    assert "Overridden settings" in done.stderr


@pytest.mark.slow
def test_data_on_a_terminal_has_no_panel_among_it(tmp_path: Path, environment: Mapping[str, str]) -> None:
    with serve(build_world(posts=3)) as server:
        base = crawling(server, tmp_path, LOG_LEVEL="ERROR")
        terminal = Terminal()
        written = run_on(terminal, [*base[:-1], "-"], environment, out=True)
        terminal.close()
    assert HIDE not in written
    assert sum(line.startswith('{"id"') for line in written.splitlines()) == 3
    export = ["export", "-o", "-"]
    option = ["-s", f"NEWSCRAWL_DATABASE=sqlite:///{tmp_path / 'x.db'}"]
    for out in (True, False):
        terminal = Terminal()
        written = run_on(terminal, [*export, *option], environment, out=out)
        terminal.close()
        assert ("exporting" in _CONTROL.sub("", written)) is not out
        assert (HIDE in written) is not out


def test_a_panel_is_safe_and_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal(columns=40)
    with os.fdopen(os.dup(terminal.theirs), "w") as stream:
        assert on_terminal(stream)
        panel = Panel("scrapy \x1b]0;owned\x07 [red]x[/red]", stream)
        facts = {"waiting for": "\x1b[2Jevil.test 7 \u202eslaiciffo, " + "x" * 500, "errors": "[bold]no markup[/bold]"}
        panel.show(Snapshot("crawling", 5, 10, "posts", 65.0, facts=facts))
        panel.stream().write("a log line\n")
        panel.close()
    written = terminal.read(lambda: True)
    terminal.close()
    plain = _CONTROL.sub("", written)
    assert "\x1b]0" not in written
    assert "\x1b[2J" not in written
    assert "\u202e" not in written
    for words in ("[red]x[/red]", "[bold]no markup[/bold]", "50 %", "a log line"):
        assert words in plain
    assert max(map(len, plain.replace("\r", "\n").split("\n"))) <= 40


def test_where_there_is_no_terminal_a_line_comes_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("newscrawl.progress.display.time.monotonic", lambda: clock[0])
    said: list[str] = []
    lines = Lines(said.append)
    with counter("exporting", "records", lines, clock=lambda: clock[0]) as told:
        for number in range(1, 101):
            clock[0] = float(number)
            told(number * 10, 1_000)
    assert said[0] == "exporting: 20 of 1,000 records, 2 %, about 1 min 38 s left"
    assert len(said) == 4
    assert said[1].endswith("about 1 min 08 s left")


def test_the_first_pieces_do_not_tell_how_long_the_rest_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("newscrawl.progress.display.time.monotonic", lambda: clock[0])
    said: list[str] = []
    with counter("crawling", "posts", Lines(said.append, every=1.0), clock=lambda: clock[0]) as told:
        for number in range(1, 7):
            clock[0] = float(number)
            told(number, 1_000)
    assert said[0] == "crawling: 2 of 1,000 posts, 0 %"
    assert said[-1].endswith("left")


def test_the_time_left_is_told_as_soon_as_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("newscrawl.progress.display.time.monotonic", lambda: clock[0])
    said: list[str] = []
    lines = Lines(said.append)
    for second in range(40):
        clock[0] = float(second)
        lines.show(Snapshot("listing", 0, None, "posts", None if second < 6 else 100.0 - second))
        # Looked at more often until then.
        assert lines.interval == (SOON if second < 6 else LATER)
    assert said == [
        "listing",
        "listing, about 1 min 34 s left",
        "listing, about 1 min 04 s left",
    ]


def test_dumb_terminals_and_closed_streams_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    with os.fdopen(os.dup(terminal.theirs), "w") as stream:
        for term in ("dumb", ""):
            monkeypatch.setenv("TERM", term)
            assert not on_terminal(stream)
    assert not on_terminal(stream)
    terminal.close()
    assert isinstance(open_display("x", print), Lines)
    assert Nowhere().interval > 0
