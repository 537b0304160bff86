"""What runs inside a worker process: take a call, make it within its limit, answer.

A call is a header (length in bytes, CPU seconds, bytes of memory, whether it is light) and a pickle of function,
arguments and named arguments. An answer is a length and a pickle. Light calls are made before the worker has loaded
what the others need.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import logging
import math
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from newscrawl.workers.garbage import spare_the_loaded

__all__ = ["ANSWER", "CALL", "MAX_RESULT", "load", "main"]

#: What stands in front of a call, and in front of an answer.
CALL = struct.Struct("!QdQ?")
ANSWER = struct.Struct("!Q")
#: Largest pickled result, in bytes: six times the largest body that a crawl reads.
MAX_RESULT = 64 * 1024 * 1024
#: A worker that holds this many bytes more than at its start is replaced after its answer.
RETIRE_AT = 256 * 1024 * 1024
#: Log records of one call that are handed on, and the characters of each.
MAX_RECORDS = 20
MAX_RECORD = 8_000

#: CPU seconds for taking the next call, and for loading what calls need.
BETWEEN_CALLS = 60.0

#: Seconds that a worker waits for its first call before it loads what is not needed for a light one.
FIRST_CALL = 0.5

_PR_SET_PDEATHSIG = 1
_PAGE = resource.getpagesize()


def main(descriptor: int, parent: int, preload: Sequence[str]) -> None:
    """Serve the calls that come over the socket *descriptor* until it is closed.

    *parent*: the process that started this one; the kernel ends this one with it. *preload*: modules to import
    before the first call that is not light, or while none comes; the ``preload()`` of a module that has one is called.
    """
    _end_with(parent)
    # Ctrl-C and systemd signal all processes of the crawl. The crawl decides what becomes of its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # SIGXCPU and a fault in C code would write a core file of the page's memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    records = _Records()
    root = logging.getLogger()
    root.handlers[:] = [records]
    root.setLevel(logging.WARNING)
    with socket.socket(fileno=descriptor) as pipe:
        base = _Use.now()
        _send(pipe, ("ready",))
        loaded = False
        # A call waits for this worker, or it would not have been started.
        patience = FIRST_CALL
        while True:
            if not loaded and not _call_comes(pipe, patience):
                loaded, base = _load_all(pipe, preload), _Use.now()
            call = _receive(pipe)
            if call is None:
                break
            if not loaded and not call.light:
                loaded, base = _load_all(pipe, preload), _Use.now()
            patience = 0.0
            answer = _call(call, base)
            retiring = answer[0] == "memory" or _resident() - base.resident > RETIRE_AT
            _send(pipe, (*answer, records.take(), retiring))
            if retiring:
                break
            # Or the next call would be blamed for the seconds that the last one left.
            _limit(BETWEEN_CALLS, MAX_RESULT * 4, base)
    os._exit(0)  # nothing here needs an orderly end, which takes a tenth of a second


def _call_comes(pipe: socket.socket, seconds: float) -> bool:
    """Whether a call comes within *seconds*, or the other side closes."""
    return bool(select.select([pipe], [], [], seconds)[0])


def _load_all(pipe: socket.socket, modules: Sequence[str]) -> bool:
    """Load *modules* and say so. Where one cannot be loaded the process says why, and ends."""
    _unlimit_memory()
    try:
        for name in modules:
            load(name)
    except Exception:
        _send(pipe, ("broken", traceback.format_exc()[-MAX_RECORD:]))
        os._exit(0)
    spare_the_loaded()
    _send(pipe, ("loaded",))
    return True


def load(module: str) -> None:
    """Import *module*, and call its ``preload()`` where it has one."""
    preload = getattr(importlib.import_module(module), "preload", None)
    if preload is not None:
        preload()


def _end_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however it ends. Linux alone has this.

    Elsewhere a worker ends at the closed socket, after the call that it is making.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # it ended before the kernel was asked


class _Use:
    """Memory of this process in bytes: resident, and private data as ``RLIMIT_DATA`` counts it."""

    def __init__(self, resident: int, data: int) -> None:
        self.resident = resident
        self.data = data

    @classmethod
    def now(cls) -> _Use:
        data = 0
        with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as lines:
            data = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData")), 0)
        return cls(_resident(), data)


def _resident() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        # macOS has no /proc: the most that was ever resident, in bytes there.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _limit(cpu: float, memory: int, base: _Use) -> None:
    """Let the kernel end this process *cpu* seconds of CPU time from now, and refuse it more than *memory* bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + cpu))
    _soft(resource.RLIMIT_DATA, base.data + memory)


def _unlimit_memory() -> None:
    """Lift what a light call was limited to: what is loaded is ours."""
    _soft(resource.RLIMIT_DATA, resource.RLIM_INFINITY)


def _soft(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = hard if value == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # a system that does not have this limit
        resource.setrlimit(kind, (value, hard))


@dataclass(frozen=True, slots=True)
class _Call:
    """A call as it came: CPU seconds, bytes of memory, whether nothing needs to be loaded for it, its pickle."""

    cpu: float
    memory: int
    light: bool
    packed: bytes


def _call(call: _Call, base: _Use) -> tuple[Any, ...]:
    """One call; the first word of the answer says how it ended: ``done``, ``raised``, ``memory`` or ``result``."""
    _limit(call.cpu, call.memory, base)
    try:
        function, arguments, named = pickle.loads(call.packed)  # noqa: S301 - from our own parent
        result = function(*arguments, **named)
    except MemoryError:
        return ("memory",)
    except Exception as error:
        return ("raised", _portable(error))
    try:
        packed = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return ("memory",)
    except Exception as error:
        return ("result", f"{type(error).__name__}: {error}"[:MAX_RECORD])
    if len(packed) > MAX_RESULT:
        return ("result", f"{len(packed)} bytes")
    return ("done", packed)


def _portable(error: Exception) -> bytes:
    """*error* pickled with its traceback as a note; one that cannot be pickled as a ``RuntimeError`` of its text."""
    where = "".join(traceback.format_exception(error))[-MAX_RECORD:]
    error = error.with_traceback(None)
    error.__cause__ = error.__context__ = None
    error.add_note(f"in a worker:\n{where}")
    try:
        packed = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        pickle.loads(packed)  # noqa: S301 - some exceptions pickle and do not come back
    except Exception:
        plain = RuntimeError(f"{type(error).__name__}: {error}"[:MAX_RECORD])
        plain.add_note(f"in a worker:\n{where}")
        packed = pickle.dumps(plain, pickle.HIGHEST_PROTOCOL)
    return packed


class _Records(logging.Handler):
    """Keeps log records for the answer: the crawl's own handlers write them."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, int, str]] = []
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.kept) >= MAX_RECORDS:
            self.lost += 1
            return
        self.kept.append((record.name, record.levelno, self.format(record)[:MAX_RECORD]))

    def take(self) -> list[tuple[str, int, str]]:
        """The records since the last call."""
        kept, lost = self.kept, self.lost
        self.kept, self.lost = [], 0
        if lost:
            kept.append((__name__, logging.WARNING, f"{lost} more log records of one call were left out"))
        return kept


def _send(pipe: socket.socket, message: tuple[Any, ...]) -> None:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    try:
        pipe.sendall(ANSWER.pack(len(data)) + data)
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)  # nobody waits for the answer any more


def _receive(pipe: socket.socket) -> _Call | None:
    """The next call, or ``None`` when the other side has closed."""
    header = _read(pipe, CALL.size)
    if header is None:
        return None
    size, cpu, memory, light = CALL.unpack(header)
    packed = _read(pipe, size)
    return None if packed is None else _Call(cpu, memory, light, packed)


def _read(pipe: socket.socket, size: int) -> bytes | None:
    buffer = io.BytesIO()
    while (left := size - buffer.tell()) > 0:
        try:
            piece = pipe.recv(min(left, 1 << 20))
        except ConnectionResetError:
            return None
        if not piece:
            return None
        buffer.write(piece)
    return buffer.getvalue()
