"""Functions that the tests let workers call: well-behaved, hostile and broken ones."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """A result of our own type."""

    text: str
    size: int


class Unpicklable(Exception):  # noqa: N818
    """It pickles, and does not come back."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def measure(data: bytes, *, note: str = "") -> Answer:
    return Answer(note, len(data))


def identity(data: bytes) -> bytes:
    return data


def pid() -> int:
    return os.getpid()


def normalize(count: int) -> int:
    """A single call into C that is quadratic in *count* and holds the GIL."""
    return len(unicodedata.normalize("NFC", "a" + "\u0316\u0301" * count))


def spin(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def hog(size: int) -> int:
    kept = [b"x" * (1 << 20) for _ in range(size >> 20)]
    return len(kept)


def hold(size: int, _kept: list[bytes] = []) -> int:  # noqa: B006 - a leak is what it plays
    _kept.append(b"x" * size)
    return os.getpid()


def fault() -> None:
    ctypes.string_at(0)


def fault_on(_data: bytes) -> None:
    fault()


def fault_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "second"


def refuse(word: str) -> None:
    raise ValueError(word)


def refuse_oddly() -> None:
    raise Unpicklable(1, 2)


def log(count: int) -> None:
    for number in range(count):
        logging.getLogger("newscrawl.test").warning("record %s", number)


def closure() -> object:
    return lambda: None


def flood(size: int) -> bytes:
    return bytes(size)


def environment() -> tuple[str | None, int]:
    return os.environ.get("OPENBLAS_NUM_THREADS"), len(os.listdir("/proc/self/fd"))


def speak() -> None:
    print("on standard output", flush=True)
    subprocess.run(["echo", "from a child"], check=True)


#: The threads in which :func:`preload` was called in this process.
LOADED_IN: list[str] = []


def preload() -> None:
    """Load, as a module with a model does."""
    LOADED_IN.append(threading.current_thread().name)


def loaded_in() -> list[str]:
    """Where it was loaded, in the process that makes this call."""
    return list(LOADED_IN)


def has_loaded(module: str) -> bool:
    """Whether the process that makes this call has imported *module*."""
    return module in sys.modules
