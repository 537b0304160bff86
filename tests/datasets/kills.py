"""Exports that are killed at random moments, and what they leave."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from tests.warm import start_code

__all__ = ["kill_exports", "tree"]

_EXPORT = """
import sys
from pathlib import Path
from sqlalchemy.engine import make_url
from newscrawl.datasets.export import Layout, export_folder
from newscrawl.datasets.files import Form
from newscrawl.datasets.query import Query
from newscrawl.storage.engine import open_engine
engine = open_engine(make_url(sys.argv[1]))
import newscrawl.datasets.arrow, newscrawl.datasets.croissant
print("ready", flush=True)
with engine.connect() as connection:
    layout = Layout(form=Form(sys.argv[3]), partition="month", shard=20_000, croissant=True)
    export_folder(connection, Path(sys.argv[2]), layout, Query(rights="all"))
"""


def tree(folder: Path) -> dict[str, str]:
    """SHA-256 of each file, by its path in *folder*."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def kill_exports(url: URL, folder: Path, *, kills: int, seed: int, form: str = "parquet") -> list[str]:
    """Kill an export *kills* times, run it again after each kill but the last, and then to its end.

    Returns: how each kill found the folder: ``nothing``, ``aside`` (being made), ``moving`` or ``whole``.

    Raises:
        AssertionError: the bytes are not those of an export that was left alone.
    """
    command = [_EXPORT, url.render_as_string(hide_password=False)]
    whole, out = folder / "whole", folder / "out"
    lasts = _lasts([*command, str(whole), form])
    expected = tree(whole)
    rng = random.Random(seed)
    seen = []
    for _ in range(kills):
        running = _started([*command, str(out), form])
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(rng.random() * lasts)
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        seen.append(_state(out, expected))
        if rng.random() < 0.3:
            _lasts([*command, str(out), form])
            assert tree(out) == expected
    _lasts([*command, str(out), form])
    assert tree(out) == expected
    return seen


def _started(command: list[str]) -> Any:
    """The code and its arguments as a process."""
    return start_code(*command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=None)


def _lasts(command: list[str]) -> float:
    """Run *command* to its end; the seconds that it takes from its first word on."""
    running = _started(command)
    assert running.stdout is not None
    running.stdout.readline()
    began = time.monotonic()
    assert running.wait() == 0
    running.stdout.close()
    return time.monotonic() - began


def _state(out: Path, expected: dict[str, str]) -> str:
    found = tree(out) if out.exists() else {}
    if found == expected:
        return "whole"
    aside = any(name.startswith(".export/") for name in found)
    there = any(not name.startswith(".export/") for name in found)
    return "moving" if there else "aside" if aside else "nothing"
