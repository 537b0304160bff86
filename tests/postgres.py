"""A private PostgreSQL cluster: own folder, own socket, no TCP, stopped by its own pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

__all__ = ["SERVER_SETTINGS", "Cluster", "Missing", "binaries"]

_USER = "newscrawl"
# Speed, not safety: what is tested here is our own behaviour, and the folder goes away with the run.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
    "deadlock_timeout": "200ms",
}


class Missing(Exception):  # noqa: N818
    """PostgreSQL's server programs, or someone to run them as, are not on this machine."""


def binaries() -> Path:
    """The folder of the newest server's programs. Raises :class:`Missing`."""
    found = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").is_file()),
        key=lambda path: float(path.parent.name),
    )
    if found:
        return found[-1]
    elsewhere = shutil.which("initdb")
    if elsewhere is None:
        raise Missing("no PostgreSQL server programs (on Debian: apt-get install postgresql)")
    return Path(elsewhere).resolve().parent


def _other_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: whom it runs as then; ``None`` where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing("running as root, and there is no unprivileged user to run PostgreSQL as")


class Cluster:
    """Started by the constructor, ended by :meth:`stop`. Databases are copies of a template.

    *settings*: of the server, in place of those that spare the tests' memory and time.
    """

    def __init__(self, **settings: str) -> None:
        self._settings = {**SERVER_SETTINGS, **settings}
        programs, user = binaries(), _other_user()
        # In /tmp itself: a socket's path may have 107 characters, and the other user must get there.
        self.folder = Path(tempfile.mkdtemp(prefix="newscrawl-pg-", dir="/tmp"))
        self._as = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        try:
            self._start(programs)
        except BaseException:
            self.stop()
            raise

    def _start(self, programs: Path) -> None:
        data, log = self.folder / "data", self.folder / "log"
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        # An ICU collation of a language, as most servers have one: order by code point is a thing of tests alone.
        common = ["-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]
        icu = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C"]
        for locale in (icu, ["--locale=C"]):
            made = subprocess.run(
                [programs / "initdb", *common, *locale], capture_output=True, cwd="/", env=environment, **self._as
            )
            if made.returncode == 0:
                break
            shutil.rmtree(data, ignore_errors=True)
        else:
            raise RuntimeError(f"initdb failed: {made.stderr.decode(errors='replace')[-500:]}")
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", str(data), "-k", str(self.folder), *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", env=environment,
                start_new_session=True, **self._as,
            )  # fmt: skip
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-500:]}") from None
                time.sleep(0.05)

    def _conninfo(self, database: str) -> str:
        return f"host={self.folder} user={_USER} dbname={database}"

    def execute(self, statement: str) -> None:
        """Run *statement* as superuser, outside a transaction."""
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def url(self, database: str) -> URL:
        """The SQLAlchemy URL of *database*."""
        return URL.create("postgresql+psycopg", username=_USER, database=database, query={"host": str(self.folder)})

    def create(self, template: str = "template0") -> URL:
        """A fresh database, a copy of *template*."""
        self._made += 1
        name = f"t{self._made}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, url: URL) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
