"""A real WordPress on loopback: MariaDB, PHP's built-in server, Debian's ``wordpress``, all in one temporary folder.

Nothing under ``/etc``, ``/usr`` or ``/var`` is written, no request leaves the machine, and
every process ends with the context manager, also when setting up fails half-way.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .plan import TIMEZONE

__all__ = ["BLOCK_THEME", "JNEWS_THEME", "SITE_HOST", "SiteFailedError", "WordPress", "missing_parts"]

HERE = Path(__file__).resolve().parent
WORDPRESS = Path("/usr/share/wordpress")
SITE_HOST = "aggregator.test"
BLOCK_THEME = "twentytwentythree"
JNEWS_THEME = "theme-jnews"
#: Debian's packages that the harness needs; CI installs them.
PACKAGES = (
    "wordpress",
    "wordpress-theme-twentytwentythree",
    "mariadb-server",
    "php-cli",
    "php-mysql",
    "php-xml",
    "php-mbstring",
)
_START_SECONDS = 60


class SiteFailedError(RuntimeError):
    """A part of the site did not start; the message holds the end of its log."""


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def missing_parts() -> list[str]:
    """What of Debian's packages is not on this machine, in words; empty when WordPress can be booted."""
    missing = [name for name in ("php", "mariadbd", "mariadb-install-db") if _program(name) is None]
    if not (WORDPRESS / "wp-load.php").exists():
        missing.append("wordpress")
    if not (WORDPRESS / "wp-content" / "themes" / BLOCK_THEME / "style.css").exists():
        missing.append(f"wordpress-theme-{BLOCK_THEME}")
    php = _program("php")
    if php is not None:
        answer = subprocess.run([php, "-m"], capture_output=True, text=True, check=False, timeout=30).stdout.lower()
        missing += [f"php-{name}" for name in ("mysqli", "xml", "mbstring") if name not in answer.split()]
    return missing


def _account() -> str | None:
    """MariaDB refuses to run as root: the account that everything runs as then."""
    if os.geteuid() != 0:
        return None
    for name in ("mysql", "www-data", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise SiteFailedError("no unprivileged account to run MariaDB as")


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class WordPress:
    """A context manager: ``with WordPress() as site: site.load(posts)``.

    ``url`` is the site's address (host :data:`SITE_HOST`; it answers on 127.0.0.1 at
    ``port``), ``version`` WordPress's own.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://{SITE_HOST}:{self.port}"
        self.version = ""
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="newscrawl-wordpress-"))
        self._root = self._folder / "www"
        self._log = self._folder / "access.jsonl"
        self._processes: list[tuple[str, subprocess.Popen[bytes], IO[bytes]]] = []

    def __enter__(self) -> Self:
        try:
            self._lay_out()
            self._start_database()
            self.version = self._php("install.php").strip()
            self.use_theme(BLOCK_THEME)
            self._start_server()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process that was started and remove the folder."""
        for _, process, log in reversed(self._processes):
            self._end(process)
            log.close()
        self._processes.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def load(self, posts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Write *posts* (see ``php/import.php``); WordPress's answer by name: id, url, local date."""
        source = self._folder / "posts.json"
        source.write_text(json.dumps(list(posts)), encoding="utf-8")
        self._hand_over(source)
        written: dict[str, dict[str, Any]] = json.loads(self._php("import.php", str(source), seconds=300))
        return written

    def edit(self, update: Mapping[int, str] | None = None, delete: Sequence[int] = ()) -> None:
        """Give posts new content, or delete them, by their WordPress ids."""
        source = self._folder / "edits.json"
        source.write_text(json.dumps({"update": dict(update or {}), "delete": list(delete)}), encoding="utf-8")
        self._hand_over(source)
        self._php("edit.php", str(source))

    def use_theme(self, slug: str) -> None:
        """Show the site in the theme *slug* (:data:`BLOCK_THEME` or :data:`JNEWS_THEME`)."""
        self._php("theme.php", slug)

    def shut(self, *surfaces: str) -> None:
        """Shut these ways in (``rest``, ``feed``, ``sitemap``) as plugins do, open all others.

        ``modified_after``: the API ignores that parameter, as WordPress before 5.7 does. ``core-sitemap``: sitemaps
        like those of Yoast SEO stand in the place of core's.
        """
        self._php("shut.php", *surfaces)

    def requests(self) -> list[dict[str, Any]]:
        """Every request so far: method, host, target, status, agent, seconds."""
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def forget_requests(self) -> None:
        """Begin a new count."""
        self._log.write_text("", encoding="utf-8")

    def get(self, target: str) -> tuple[int, Message, bytes]:
        """Ask the site for *target* as its own host: status, headers, body. Redirects are not followed."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{target}", headers={"Host": f"{SITE_HOST}:{self.port}"}
        )
        opener = urllib.request.build_opener(_StayHere)
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    # The parts.

    def _lay_out(self) -> None:
        """A copy of Debian's tree: its own ``wp-config.php`` reads ``/etc/wordpress``."""
        shutil.copytree(
            WORDPRESS,
            self._root,
            ignore=lambda folder, names: {"wp-content", "wp-config.php", ".htaccess"} & set(names),
        )
        content = self._root / "wp-content"
        for name in ("mu-plugins", "plugins", "uploads", "themes"):
            (content / name).mkdir(parents=True)
        shutil.copytree(WORDPRESS / "wp-content" / "themes" / BLOCK_THEME, content / "themes" / BLOCK_THEME)
        if (HERE / JNEWS_THEME).exists():
            shutil.copytree(HERE / JNEWS_THEME, content / "themes" / JNEWS_THEME)
        scripts = self._folder / "php"
        shutil.copytree(HERE / "php", scripts)
        shutil.copy(scripts / "wp-config.php", self._root / "wp-config.php")
        for name in ("closed-doors.php", "yoast-like.php"):
            shutil.copy(scripts / name, content / "mu-plugins" / name)
        self.forget_requests()
        self._hand_over(self._folder)

    def _hand_over(self, path: Path) -> None:
        """Give *path* to the account that the servers run as."""
        if self._account is None:
            return
        entry = pwd.getpwnam(self._account)
        for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
            os.chown(each, entry.pw_uid, entry.pw_gid, follow_symlinks=False)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
            "WP_DB_SOCKET": str(self._folder / "db.sock"),
            "WP_SITE_URL": self.url,
            "WP_TIMEZONE": TIMEZONE,
            "WP_ACCESS_LOG": str(self._log),
            "PHP_CLI_SERVER_WORKERS": "4",
        }

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{name}.log").open("wb")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=self._environment(),
            user=self._account,
            group=self._group(),
            extra_groups=[] if self._account else None,
            start_new_session=True,
        )
        self._processes.append((name, process, log))
        return process

    def _group(self) -> int | None:
        return None if self._account is None else pwd.getpwnam(self._account).pw_gid

    def _run(self, command: list[str], *, seconds: float, cwd: Path | None = None) -> str:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=cwd or self._folder,
            env=self._environment(),
            user=self._account,
            group=self._group(),
            extra_groups=[] if self._account else None,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise SiteFailedError(
                f"{command[0]}: status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
            )
        return done.stdout

    def _php(self, script: str, *arguments: str, seconds: float = 120) -> str:
        command = [
            str(_program("php")),
            "-d",
            "display_errors=stderr",
            "-d",
            "error_reporting=1",
            "-d",
            "memory_limit=512M",
            # Each script loads all of WordPress: compiled once, for the next one as well.
            *("-d", "opcache.enable_cli=1", "-d", "opcache.validate_timestamps=0"),
            *("-d", "opcache.file_cache_only=1", "-d", f"opcache.file_cache={self._folder}"),
        ]
        return self._run([*command, str(self._folder / "php" / script), *arguments], seconds=seconds, cwd=self._root)

    def _start_database(self) -> None:
        data = self._folder / "db"
        common = ["--no-defaults", f"--datadir={data}"]
        self._run(
            [
                str(_program("mariadb-install-db")),
                *common,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--innodb-log-file-size=16M",
            ],
            seconds=_START_SECONDS,
        )
        process = self._spawn(
            "mariadbd",
            [
                str(_program("mariadbd")),
                *common,
                f"--socket={self._folder / 'db.sock'}",
                f"--pid-file={self._folder / 'db.pid'}",
                "--skip-networking",
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-log-file-size=16M",
                "--innodb-buffer-pool-size=64M",
                "--skip-log-bin",
                "--performance-schema=OFF",
            ],
        )
        create = [
            str(_program("php")),
            "-r",
            "mysqli_report(MYSQLI_REPORT_OFF);"
            "$db = mysqli_init();"
            "if (!@$db->real_connect('localhost', 'root', '', '', 0, getenv('WP_DB_SOCKET'))) exit(9);"
            "exit($db->query('CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4') ? 0 : 8);",
        ]
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._run(create, seconds=30)
                return
            except SiteFailedError:
                self._check(process, "mariadbd", deadline)
                time.sleep(0.1)

    def _start_server(self) -> None:
        process = self._spawn(
            "php",
            [
                str(_program("php")),
                *("-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_reporting=1", "-d", "memory_limit=512M"),
                *("-d", "opcache.enable=1", "-d", "opcache.validate_timestamps=0"),
                *("-S", f"127.0.0.1:{self.port}", "-t", str(self._root), str(self._folder / "php" / "router.php")),
            ],
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                if self.get("/wp-json/")[0] == 200:
                    break
            except OSError:
                pass
            self._check(process, "php", deadline)
            time.sleep(0.1)
        self.forget_requests()

    def _check(self, process: subprocess.Popen[bytes], name: str, deadline: float) -> None:
        if process.poll() is None and time.monotonic() < deadline:
            return
        log = (self._folder / f"{name}.log").read_text(errors="replace")[-2000:]
        state = "does not answer" if process.poll() is None else f"ended with status {process.returncode}"
        raise SiteFailedError(f"{name} {state}\n{log}")

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        """End *process* and the workers in the session that it leads."""
        for number, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        process.wait(10)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None
