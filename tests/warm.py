"""Commands of `scrapy`, modules and code of the tests, without the three seconds of imports of each new process.

A helper process imports once what a crawl imports, and forks for each command: the child is a process of its own that
runs `scrapy.cmdline.execute`, or a module as `python -m` or code as `python -c` does, with the arguments, environment,
folder and streams it was given, is signalled and killed like any other, and ends with the interpreter's usual end, but
that the modules which the helper had loaded are not taken apart. What Python reads of the environment at its start
(`PYTHON...`) does not reach it. Tests of how a process starts use :mod:`subprocess`; `NEWSCRAWL_TESTS_COLD=1` makes
every test do so.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = [
    "COLD", "WarmProcess", "parent_of_commands", "run_code", "run_module", "run_scrapy", "start_code", "start_scrapy",
]  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent
COLD = os.environ.get("NEWSCRAWL_TESTS_COLD") == "1"
#: Longest request to the helper, in bytes.
MOST = 1 << 20

#: What a crawl imports; loaded before the first fork. What installs a reactor or reads the environment is not among it.
#: To see what is missing, compare `sys.modules` at a child's start and end.
PRELOADED = (
    "scrapy.cmdline scrapy.crawler scrapy.core.engine scrapy.core.downloader.handlers.http11 "
    "scrapy.extensions.closespider scrapy.extensions.corestats scrapy.extensions.feedexport "
    "scrapy.extensions.logcount scrapy.extensions.logstats scrapy.extensions.memdebug scrapy.extensions.memusage "
    "scrapy.extensions.remote_control scrapy.extensions.spiderstate scrapy.extensions.telnet "
    "scrapy.extensions.throttle scrapy.core.scheduler scrapy.squeues scrapy.statscollectors "
    "scrapy.pqueues scrapy.logformatter scrapy.dupefilters scrapy.shell aiohttp.web platformdirs.unix email.generator "
    "smtplib encodings.charmap encodings.utf_8_sig twisted.conch.telnet twisted.conch.insults.insults "
    "twisted.internet.asyncioreactor alembic.command alembic.script psycopg newscrawl.extraction "
    "newscrawl.attribution newscrawl.net.audit newscrawl.net.robots newscrawl.net.resolver newscrawl.net.middleware "
    "newscrawl.net.stopping newscrawl.net.bodies newscrawl.reports.status newscrawl.reports.page "
    "newscrawl.reports.doctor newscrawl.reports.logs newscrawl.datasets.feeds newscrawl.datasets.exporters "
    "newscrawl.datasets.export newscrawl.console newscrawl.filters newscrawl.progress.display newscrawl.progress.crawl "
    "newscrawl.rendering.download "
).split()
#: Packages of which every module is loaded.
WHOLE = (
    "scrapy.commands scrapy.downloadermiddlewares scrapy.spidermiddlewares newscrawl.commands newscrawl.health spiders "
    "pipelines"
).split()


class _Helper:
    """The process that forks, one for each process that tests run in."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lock = threading.Lock()
        # One thread in the helper: a fork takes along only the thread that forks.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=ROOT, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        atexit.register(self.close)

    def fork(self, request: Mapping[str, Any], streams: Sequence[int]) -> int:
        """Start a child with these streams (standard ones, then where its status goes); its process number."""
        with self.lock:
            body = json.dumps(request).encode()
            assert len(body) < MOST
            socket.send_fds(self.ours, [body], list(streams))
            answer = self.ours.recv(100)
        if not answer:
            raise RuntimeError("the helper that starts commands has died")
        return int(answer)

    def close(self) -> None:
        self.ours.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)


_helper: _Helper | None = None


def _helping() -> _Helper:
    global _helper
    if _helper is None or _helper.process.poll() is not None:
        _helper = _Helper()
    return _helper


def parent_of_commands() -> int:
    """The process that commands are children of: the helper, or this one where each starts from nothing."""
    return os.getpid() if COLD else _helping().process.pid


class WarmProcess(subprocess.Popen[str]):
    """A `scrapy` command; behaves as :class:`subprocess.Popen` does, but that its parent is the helper."""

    def _execute_child(self, args: Any, _executable: Any, _preexec: Any, _close: Any, _pass: Any, cwd: Any, env: Any,
                       *rest: Any) -> None:  # fmt: skip
        # startupinfo, creationflags, shell, then the ends of the pipes: ours and the child's in turn.
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = rest[3:9]
        self._status, theirs = os.pipe()
        request = {"argv": list(args), "cwd": os.fspath(cwd or os.getcwd()), "env": dict(env or os.environ)}
        streams = [one if one != -1 else number for number, one in enumerate((p2cread, c2pwrite, errwrite))]
        try:
            self.pid = _helping().fork(request, [*streams, theirs])
        finally:
            os.close(theirs)
            self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]
        self._child_created = True

    def _internal_poll(self, _deadstate: Any = None, **_names: Any) -> int | None:
        if self.returncode is None:
            self._try_wait(os.WNOHANG)
        return self.returncode

    def _try_wait(self, flags: int) -> tuple[int, int]:
        if self.returncode is None and _is_told(self._status, 0 if flags else None):
            told = os.read(self._status, 100)
            os.close(self._status)
            # Nothing told: the helper died, and with it the knowledge of how this one ended.
            self._handle_exitstatus(int(told) if told else 255 << 8)  # type: ignore[attr-defined]
        return (self.pid if self.returncode is not None else 0), 0

    def _wait(self, timeout: float | None) -> int:
        until = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout)
            _is_told(self._status, left)
            self._try_wait(os.WNOHANG)
        return self.returncode


def _is_told(descriptor: int, seconds: float | None) -> bool:
    """Whether *descriptor* can be read within *seconds*, whatever its number: `select` takes none above 1,023."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(None if seconds is None else max(seconds, 0) * 1000))


def start_scrapy(words: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT, stdout: Any, stderr: Any) -> Any:
    """`python -m scrapy WORDS` as a process with text streams and no standard input."""
    return _start(["-m", "scrapy", *words], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)


def start_code(code: str, *words: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT, **streams: Any) -> Any:
    """`python -c CODE WORDS` as a process with text streams."""
    return _start(["-c", code, *words], env=os.environ if env is None else env, cwd=cwd, **streams)


def run_code(code: str, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """`python -c CODE WORDS` to its end with its output kept."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return _to_its_end(start_code(code, *words, **streams), None, timeout)


def _start(words: Sequence[str], *, env: Mapping[str, str], cwd: Path, **streams: Any) -> Any:
    """`python WORDS` with text streams, where WORDS are ``-m`` and a module or ``-c`` and code, and arguments."""
    options: dict[str, Any] = {"cwd": cwd, "env": dict(env), "text": True, **streams}
    if COLD or not hasattr(os, "fork"):
        return subprocess.Popen([sys.executable, *words], **options)
    return WarmProcess(list(words), **options)


def run_scrapy(
    words: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """`python -m scrapy WORDS` to its end, as :func:`subprocess.run` does with its output kept."""
    return run_module("scrapy", *words, env=env, cwd=cwd, timeout=timeout)


def run_module(
    name: str, *words: str, env: Mapping[str, str], cwd: Path = ROOT, given: str | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """`python -m NAME WORDS` to its end with its output kept, *given* on its standard input."""
    streams = {"stdin": subprocess.DEVNULL if given is None else subprocess.PIPE}
    streams |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return _to_its_end(_start(["-m", name, *words], env=env, cwd=cwd, **streams), given, timeout)


def _to_its_end(started: Any, given: str | None, timeout: float) -> subprocess.CompletedProcess[str]:
    with started as process:
        try:
            out, err = process.communicate(given, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


# --- the helper ----------------------------------------------------------------------------------------------


def _preload() -> None:
    import gc
    import importlib
    import pkgutil

    names = [*PRELOADED]
    for package in WHOLE:
        inside = importlib.import_module(package).__path__
        names += [f"{package}.{one.name}" for one in pkgutil.iter_modules(inside)]
    for name in names:
        # A module that was renamed costs its import once a command, and nothing else.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    from newscrawl.crawling.loading import load
    from newscrawl.extraction import preload

    load()
    preload()
    _read_a_little()
    _keep_entry_points()
    assert "twisted.internet.reactor" not in sys.modules, "a reactor was installed before its time"
    assert "newscrawl.settings" not in sys.modules, "settings were read before their environment"
    _loaded.update((name, one) for name, one in sys.modules.items() if name not in NEEDED_AT_THE_END)
    gc.collect()
    gc.freeze()


def _read_a_little() -> None:
    """Do a little of each thing that a crawl does: tables, patterns and statements are made when they are first used.

    Each child would make them for itself, which was a fifth of what a short crawl costs.
    """
    import tempfile

    from sqlalchemy.engine import URL

    from newscrawl.demo import pages
    from newscrawl.demo.wordpress import content_html
    from newscrawl.demo.world import build_world
    from newscrawl.extraction import extract
    from newscrawl.storage.engine import open_engine
    from newscrawl.storage.migrate import ensure_schema
    from newscrawl.surfaces.parsing.content import post_text
    from newscrawl.urls import registrable_domain

    world = build_world(seed=3, posts=24, lengths=(150,))
    for number in world.numbers():
        post_text(content_html(world, world.post(number)), base_url=world.base())
        publisher = world.publisher(number)
        if publisher is not None:
            home = world.base(publisher.host)
            page = pages.Page(world.article(number), publisher, f"{home}/{number}", home)
            extract(pages.render(page), page.url)
            registrable_domain(page.url)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(URL.create("sqlite", database=f"{folder}/a.db"))
        ensure_schema(engine)
        engine.dispose()


def _keep_entry_points() -> None:
    """Scrapy looks at each start through all that is installed for commands of others; that does not change here."""
    import functools

    from scrapy import cmdline

    cmdline.entry_points = functools.cache(cmdline.entry_points)  # type: ignore[attr-defined]


#: What was loaded before the first fork, by name.
_loaded: dict[str, ModuleType] = {}
#: Modules that the interpreter uses while it ends.
NEEDED_AT_THE_END = frozenset({"__main__", "builtins", "io", "sys", "threading", "traceback", "warnings", "weakref"})


def _leave_what_was_loaded() -> None:
    """Let the modules of :data:`_loaded` outlive this process's Python code.

    An interpreter that ends empties each module it knows. In a child that writes to 20,000 pages of memory which it
    shared with the helper: that was half of what a short crawl costs. A module that is not in
    `sys.modules` and is still referred to is not emptied. What the command itself made is let go as ever.
    """
    for name, module in _loaded.items():
        if sys.modules.get(name) is module:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(module))
            del sys.modules[name]


def _serve(control: socket.socket) -> list[str] | None:
    """Fork for each request; the arguments of `scrapy` in the child, ``None`` in the helper once nobody asks."""
    waker, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    living: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, waker], [], [])
        if waker in ready:
            os.read(waker, 4096)
        while living:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            descriptor = living.pop(pid)
            with contextlib.suppress(BrokenPipeError):
                os.write(descriptor, str(status).encode())
            os.close(descriptor)
        if control not in ready:
            continue
        body, descriptors, _, _ = socket.recv_fds(control, MOST, 4)
        if not body:
            return None
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for one in (waker, woken, *living.values()):
                os.close(one)
            control.close()
            return _become(json.loads(body), descriptors)
        living[pid] = descriptors[3]
        for one in descriptors[:3]:
            os.close(one)
        control.send(str(pid).encode())


def _become(request: Mapping[str, Any], descriptors: Sequence[int]) -> list[str]:
    """Make this child what a new process would be."""
    import random
    import tempfile

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for number, one in enumerate(descriptors[:3]):
        os.dup2(one, number)
    for one in descriptors:
        os.close(one)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    random.seed()
    tempfile.tempdir = None
    sys.path[0] = request["cwd"]
    return list(request["argv"])


def _main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path.insert(0, str(ROOT))
    # The first to be registered is the last to be called.
    atexit.register(_leave_what_was_loaded)
    _preload()
    arguments = _serve(control)
    if arguments is None:
        return
    kind, name, *words = arguments
    sys.argv = ["-c" if kind == "-c" else name, *words]
    if kind == "-c":
        exec(compile(name, "<string>", "exec"), {"__name__": "__main__"})
    elif name == "scrapy":
        from scrapy.cmdline import execute

        execute(sys.argv)
    else:
        # As `python -m` does it: the module's file takes the place of its name, and it is `__main__`.
        runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
