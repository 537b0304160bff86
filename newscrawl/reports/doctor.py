"""Is all well here? Checks of settings, database, browser, disk, libraries and clock, in plain words.

Nothing is asked of the network but the database server, and nothing is changed:
but for the lock files of dead runs, which whoever looks at them removes.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from sqlalchemy import func, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

import newscrawl
from newscrawl.clock import epoch, format_time, parse_time
from newscrawl.config import Config
from newscrawl.errors import ExitStatus, OperationError, UserError
from newscrawl.health import findings as health
from newscrawl.health.current import current
from newscrawl.health.findings import Monitor
from newscrawl.ledger.locks import locks_for
from newscrawl.ledger.robots import robots_failures
from newscrawl.net.defaults import check_settings
from newscrawl.rendering.finding import find_rendering
from newscrawl.storage.engine import barred_files, describe_error, open_engine
from newscrawl.storage.migrate import HEAD, current_revision
from newscrawl.storage.tables import run_figures, runs, scopes
from newscrawl.text import escape_controls
from newscrawl.urls import registrable_domain

__all__ = ["Finding", "Level", "examine", "exit_status", "render_findings"]

_MIB = 1024 * 1024
#: Free bytes under which a crawl is in danger, and under which one should know.
LEAST_FREE = 500 * _MIB
LITTLE_FREE = 2048 * _MIB
LEAST_FILES = 1_000
#: Seconds that the check of a SQLite file may take, and that a lock is waited for.
CHECK_TIME = 60.0
LOCK_TIME = 2.0
#: Seconds by which a file may be younger than the clock says now.
CLOCK_SLACK = 120.0
#: A run that is at work for longer than this is told about.
LONG_RUN = dt.timedelta(days=1)
#: Sites told of whose robots.txt could not be had.
MOST_REMEMBERED = 5
#: Files of a folder whose times are read.
MOST_FILES = 2_000
#: File systems on which SQLite's shared memory and locks do not hold over machines.
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "fuse.sshfs"})


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"  # good to know; a crawl works
    UNHEALTHY = "unhealthy"
    WRONG = "wrong"  # a setting with which no crawl starts


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``advice``: what to do, ``""`` where nothing needs to be done."""

    level: Level
    subject: str
    message: str
    advice: str = ""


def exit_status(findings: list[Finding]) -> ExitStatus:
    """2 where a setting is wrong, 3 where something is unhealthy, else 0."""
    levels = {one.level for one in findings}
    if Level.WRONG in levels:
        return ExitStatus.USAGE
    return ExitStatus.UNHEALTHY if Level.UNHEALTHY in levels else ExitStatus.COMPLETE


def render_findings(findings: list[Finding]) -> str:
    """For a person at a terminal."""
    marks = {Level.OK: "ok", Level.NOTE: "note", Level.UNHEALTHY: "NOT WELL", Level.WRONG: "WRONG"}
    lines = []
    for one in findings:
        lines.append(f"{marks[one.level]:<9} {one.subject:<10} {escape_controls(one.message)}")
        if one.advice:
            lines.append(f"{'':<20} -> {escape_controls(one.advice)}")
    return "\n".join(lines)


def examine(settings: Any) -> list[Finding]:
    """All checks on the project's Scrapy *settings*, in the order they are told."""
    findings: list[Finding] = []
    config: Config | None = None
    try:
        config = Config.from_settings(settings)
    except UserError as error:
        findings.append(Finding(Level.WRONG, "settings", str(error), "docs/settings.md says what it may be"))
    findings += [
        Finding(Level.WRONG, "settings", danger, "take the change back: no crawl starts with it (docs/security.md)")
        for danger in check_settings(settings)
    ]
    if not findings:
        findings.append(Finding(Level.OK, "settings", "all are in order"))
    findings += _agent(settings, config)
    if config is not None:
        findings += _database(config)
        findings += _disk(config)
    findings += _browser(settings, config)
    findings += _python()
    findings += _libraries()
    findings += _code(config)
    findings += _clock(config)
    return findings


# --- who asks ----------------------------------------------------------------------------------------------


def _agent(settings: Any, config: Config | None) -> Iterator[Finding]:
    from newscrawl.config import user_agent

    told = str(settings.get("USER_AGENT") or "")
    ours = user_agent(config.contact) if config is not None else told
    token = str(settings.get("ROBOTSTXT_USER_AGENT") or "")
    if not token or token.lower() not in ours.lower():
        yield Finding(
            Level.UNHEALTHY, "agent", f"robots.txt is read for {token!r}, which the user agent {ours!r} does not hold",
            "unset ROBOTSTXT_USER_AGENT: sites could not tell which of their rules are meant (RFC 9309, 2.2.1)",
        )  # fmt: skip
    else:
        yield Finding(Level.OK, "agent", f"{ours}; robots.txt is read for {token!r}")
    if told and not told.startswith(f"newscrawl/{newscrawl.__version__}"):
        yield Finding(
            Level.NOTE, "agent", f"USER_AGENT={told!r} has no effect: spiders say who they are",
            "unset it; NEWSCRAWL_CONTACT is what may be added",
        )  # fmt: skip
    if config is None:
        return
    if not config.contact:
        yield Finding(
            Level.NOTE, "contact", "none: whoever is disturbed by a crawl cannot reach you",
            "set NEWSCRAWL_CONTACT to a URL or an e-mail address before a public site is crawled",
        )  # fmt: skip


# --- the database ------------------------------------------------------------------------------------------


def _database(config: Config) -> Iterator[Finding]:
    if config.database.get_backend_name() == "sqlite":
        path = Path(str(config.database.database))
        if not path.exists():
            yield from _no_database_yet(path)
            return
        found = list(_sqlite(path))
        yield from found
        if any(one.level is Level.UNHEALTHY for one in found):
            return
        where = str(path)
    else:
        where = config.database.render_as_string(hide_password=True)
    try:
        engine = open_engine(config.database, create=False)
    except OperationError as error:
        yield Finding(Level.UNHEALTHY, "database", str(error), "make it a file that this user may read and write")
        return
    try:
        yield from _schema(engine, where)
    except SQLAlchemyError as error:
        yield _unreachable(engine, where, describe_error(error))
    finally:
        engine.dispose()


def _no_database_yet(path: Path) -> Iterator[Finding]:
    if path.is_symlink():
        yield Finding(Level.UNHEALTHY, "database", f"{path} is a link that leads nowhere", "mend or remove the link")
        return
    folder = _existing(path.parent)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        yield Finding(Level.NOTE, "database", f"{path} is not there yet", "nothing: the first crawl makes it")
    else:
        yield Finding(
            Level.UNHEALTHY, "database", f"{path} is not there, and {folder} may not be written",
            "let this user write there, or name another place by NEWSCRAWL_DATABASE",
        )  # fmt: skip


def _sqlite(path: Path) -> Iterator[Finding]:
    """What can be told of the file alone, without changing it."""
    kind = _file_system(path)
    if kind in _NETWORK_FILE_SYSTEMS:
        yield Finding(
            Level.UNHEALTHY, "database", f"{path} is on a network file system ({kind}): SQLite may lose data there",
            "move it to a local disk, or use PostgreSQL (NEWSCRAWL_DATABASE=postgresql://…)",
        )  # fmt: skip
    if barred := barred_files(path):
        yield Finding(
            Level.UNHEALTHY, "database", f"this user may not use {', '.join(barred)}",
            "give them to the user that crawls (chown, chmod u+rw); -shm may be removed while no crawl is at work",
        )  # fmt: skip
        return
    try:
        mode = path.stat().st_mode
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=LOCK_TIME, isolation_level=None)) as connection:
            yield from _integrity(connection, path)
            yield from _writable(connection, path)
    except sqlite3.OperationalError as error:
        # Not the file's content: something about it, its folder or the system.
        yield Finding(
            Level.UNHEALTHY, "database", f"{path}: {escape_controls(error)}",
            "see that it is a file on a disk with room, which this user and nobody else has in use; leave it in place",
        )  # fmt: skip
    except sqlite3.DatabaseError as error:
        yield Finding(
            Level.UNHEALTHY, "database", f"{path}: {escape_controls(error)}",
            "put the last copy of it in its place, or move it away and crawl anew",
        )  # fmt: skip
    except OSError as error:
        yield Finding(
            Level.UNHEALTHY, "database", f"{path}: {error.strerror}", "let this user read and write it and its folder"
        )
    else:
        if mode & 0o077:
            yield Finding(
                Level.NOTE, "database", f"{path} may be read by others", f"chmod 600 {path}, unless that is meant"
            )


def _integrity(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    until = time.monotonic() + CHECK_TIME
    connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
    # Older SQLite does not tell of its progress within one large table; but it can be interrupted there.
    alarm = threading.Timer(max(CHECK_TIME, 0.0) + 1.0, connection.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        yield Finding(
            Level.NOTE, "database", f"{path} is too large to check its integrity within {CHECK_TIME:.0f} s",
            f"when there is time: sqlite3 {path} 'PRAGMA integrity_check'",
        )  # fmt: skip
    else:
        if said == ["ok"]:
            yield Finding(Level.OK, "database", f"{path} ({_size(path.stat().st_size)}) is intact")
        else:
            yield Finding(
                Level.UNHEALTHY, "database", f"{path} is damaged: {'; '.join(said)}",
                "stop all crawls and put the last copy of it in its place; sqlite3's .recover saves what can be read",
            )  # fmt: skip
    finally:
        alarm.cancel()
        connection.set_progress_handler(None, 0)


def _writable(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        # A file that may only be read says so at the first write. It is taken back.
        connection.execute("CREATE TABLE newscrawl_doctor (x)")
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            yield Finding(
                Level.NOTE, "database", f"{path} is being written for longer than {LOCK_TIME:.0f} s",
                "nothing while a crawl is at work; else look for another program that holds it open",
            )  # fmt: skip
        else:
            yield Finding(
                Level.UNHEALTHY, "database", f"{path} cannot be written: {error}",
                "let this user write the file and its folder",
            )  # fmt: skip
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _unreachable(engine: Engine, where: str, why: str) -> Finding:
    advice = "see that it is running, and that address, user and password in NEWSCRAWL_DATABASE are right"
    if engine.dialect.name == "sqlite":
        advice = "let this user read and write it and its folder"
    return Finding(Level.UNHEALTHY, "database", f"{where}: {why}", advice)


def _schema(engine: Engine, where: str) -> Iterator[Finding]:
    try:
        revision = current_revision(engine)
    except OperationError as error:
        yield _unreachable(engine, where, str(error))
        return
    if engine.dialect.name == "postgresql":
        yield from _postgres(engine, where)
    if revision is None:
        yield Finding(Level.NOTE, "database", "it holds no tables yet", "nothing: the first crawl makes them")
        return
    if revision != HEAD:
        if revision > HEAD:
            yield Finding(
                Level.UNHEALTHY, "database", f"its schema is {revision}; this newscrawl knows {HEAD}",
                "upgrade newscrawl: a newer one has worked with this database",
            )  # fmt: skip
        else:
            yield Finding(
                Level.NOTE, "database", f"its schema is {revision}; this newscrawl works with {HEAD}",
                "copy it, then run any command: it is upgraded",
            )  # fmt: skip
        return
    yield Finding(Level.OK, "database", f"schema {revision}, as this newscrawl has it")
    yield from _runs(engine)
    yield from _remembered(engine)
    yield from _health(engine)


def _health(engine: Engine) -> Iterator[Finding]:
    """What runs found to be wrong with the collection, and runs that did not come."""
    with engine.connect().execution_options(newscrawl_readonly=True) as connection:
        wrong = [
            one for one in current(connection) if not (one.monitor is Monitor.CLOCK and one.value and one.value < 0)
        ]
        judged = connection.execute(select(func.count()).select_from(run_figures)).scalar()
    for one in wrong:
        level = Level.UNHEALTHY if one.level is health.Level.FAILING else Level.NOTE
        yield Finding(level, "health", one.message, one.advice)
    if not wrong:
        yield Finding(Level.OK, "health", f"nothing is unusual ({judged} runs judged)")


def _remembered(engine: Engine) -> Iterator[Finding]:
    """Sites whose robots.txt could not be had and that are not asked until later: a crawl would not ask them now."""
    with engine.connect().execution_options(newscrawl_readonly=True) as connection:
        failures = robots_failures(connection, epoch())
    for one in failures[:MOST_REMEMBERED]:
        yield Finding(
            Level.NOTE, "robots", f"{one.origin}: {one.describe_failure()}",
            f"nothing; or scrapy retry --host {registrable_domain(one.origin)}, and a crawl asks at once",
        )  # fmt: skip
    if len(failures) > MOST_REMEMBERED:
        yield Finding(Level.NOTE, "robots", f"so it is with {len(failures) - MOST_REMEMBERED} more sites")


def _postgres(engine: Engine, where: str) -> Iterator[Finding]:
    with engine.connect() as connection:
        version, encoding, readonly = (
            str(connection.execute(text(f"SHOW {name}")).scalar())
            for name in ("server_version", "server_encoding", "transaction_read_only")
        )
        mine = connection.execute(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")).scalar()
        encrypted = connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar()
    yield Finding(Level.OK, "database", f"{where} answers: PostgreSQL {version.split(' ')[0]}")
    if encoding != "UTF8":
        yield Finding(
            Level.UNHEALTHY, "database", f"its encoding is {encoding}: texts in other scripts cannot be kept",
            "make the database anew with ENCODING 'UTF8' TEMPLATE template0",
        )  # fmt: skip
    if readonly == "on":
        yield Finding(
            Level.UNHEALTHY, "database", "it can only be read (a standby, or default_transaction_read_only)",
            "name the primary server in NEWSCRAWL_DATABASE",
        )  # fmt: skip
    elif not mine:
        yield Finding(
            Level.UNHEALTHY, "database", "this user may not make tables there",
            "GRANT CREATE ON SCHEMA public TO the user of NEWSCRAWL_DATABASE",
        )  # fmt: skip
    local = (engine.url.host or "").startswith("/") or engine.url.host in (None, "", "localhost", "127.0.0.1", "::1")
    if not encrypted and not local:
        yield Finding(
            Level.NOTE, "database", "the connection over the network is not encrypted",
            "add ?sslmode=verify-full to NEWSCRAWL_DATABASE",
        )  # fmt: skip


def _runs(engine: Engine) -> Iterator[Finding]:
    """Runs at work, runs that died, and how the last one ended."""
    locks = locks_for(engine)
    query = select(runs, scopes.c.site).outerjoin(scopes, scopes.c.id == runs.c.scope_id)
    with engine.connect().execution_options(newscrawl_readonly=True) as connection:
        open_runs = connection.execute(query.where(runs.c.state == "running").order_by(runs.c.number)).all()
        last = connection.execute(query.where(runs.c.state != "running").order_by(runs.c.number.desc())).first()
        newest = connection.execute(select(func.max(runs.c.started_at))).scalar()
    for run in open_runs:
        name = f"run {run.id[:12]} ({run.spider} {run.site or ''}, process {run.process}, since {run.started_at})"
        if not locks.alive(run.id, run.number):
            yield Finding(Level.NOTE, "runs", f"{name} died", "nothing: the next crawl takes up what it left")
        elif epoch() - parse_time(run.started_at).timestamp() > LONG_RUN.total_seconds():
            yield Finding(
                Level.NOTE, "runs", f"{name} is at work for more than a day",
                "see in its log that it moves; runs of its scope wait for it",
            )  # fmt: skip
        else:
            yield Finding(Level.OK, "runs", f"{name} is at work")
    if last is not None and last.exit_status not in (0, None, ExitStatus.INTERRUPTED, ExitStatus.TERMINATED):
        said = f": {last.message}" if last.message else ""
        yield Finding(
            Level.NOTE, "runs", f"the last one ({last.spider}, {last.started_at}) ended with status "
            f"{last.exit_status}{said}", "scrapy status tells more",
        )  # fmt: skip
    if newest and parse_time(newest).timestamp() > epoch() + CLOCK_SLACK:
        yield Finding(
            Level.UNHEALTHY, "clock", f"a run began at {newest}, which by this clock has not come yet",
            "set the clock (timedatectl): due times and the time of records hang on it",
        )  # fmt: skip


# --- disk --------------------------------------------------------------------------------------------------


def _existing(path: Path) -> Path:
    """*path*, or the nearest folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _places(config: Config) -> dict[str, Path]:
    places: dict[str, Path] = {}
    if config.database.get_backend_name() == "sqlite":
        places["database"] = Path(str(config.database.database)).parent
    if config.folder is not None:
        places["feeds"] = config.folder / "data"
    return places


def _disk(config: Config) -> Iterator[Finding]:
    told: set[tuple[int, Path]] = set()
    for what, place in _places(config).items():
        folder = _existing(place)
        try:
            found = os.statvfs(folder)
            device = folder.stat().st_dev
        except OSError as error:
            yield Finding(Level.UNHEALTHY, "disk", f"{what} in {place}: {error.strerror}", "let this user reach it")
            continue
        if not os.access(folder, os.W_OK | os.X_OK):
            yield Finding(
                Level.UNHEALTHY, "disk", f"{what}: {folder} may not be written by this user",
                "give it to the user that crawls, or name another place",
            )  # fmt: skip
        if (device, folder) in told:
            continue
        told.add((device, folder))
        free = found.f_bavail * found.f_frsize
        files = found.f_favail if found.f_files else None
        if free < LEAST_FREE or (files is not None and files < LEAST_FILES):
            short = f"{_size(free)} are free" if free < LEAST_FREE else f"{files} files can still be made"
            yield Finding(
                Level.UNHEALTHY, "disk", f"{what}: {short} in {folder}", "make room: a crawl ends where the disk does"
            )
        elif free < LITTLE_FREE:
            yield Finding(Level.NOTE, "disk", f"{what}: {_size(free)} are free in {folder}", "make room in time")
        else:
            yield Finding(Level.OK, "disk", f"{what}: {_size(free)} are free in {folder}")


def _file_system(path: Path) -> str:
    """Type of the file system that *path* is on, ``""`` where the system does not tell (not Linux)."""
    best, kind = "", ""
    target = os.path.realpath(path)
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount = parts[1].replace("\\040", " ")
        inside = target == mount or target.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, parts[2]
    return kind


def _size(number: int) -> str:
    size = float(number)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit in ("bytes", "KiB") else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


# --- browser, Python, libraries, code -----------------------------------------------------------------------


def _browser(settings: Any, config: Config | None) -> Iterator[Finding]:
    """Whether pages that need a browser get one."""
    rendering = find_rendering(settings)
    if rendering.browser:
        never = config is not None and config.render == "never"
        yield Finding(Level.OK, "browser", rendering.browser + ("; not used (NEWSCRAWL_RENDER=never)" if never else ""))
        if not never and sys.platform == "linux" and os.geteuid() == 0:
            yield Finding(
                Level.NOTE, "browser", "as root Chromium runs without its sandbox",
                "let the crawl run as a user of its own (docs/rendering.md)",
            )  # fmt: skip
    else:
        yield Finding(
            Level.NOTE, "browser", f"rendering is off: {rendering.why}",
            "nothing, unless articles end as needs_browser (docs/rendering.md)",
        )  # fmt: skip


def _python() -> Iterator[Finding]:
    # An older one than 3.11 does not come this far.
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(Level.OK, "python", f"{version} ({sys.executable})")


def _requirements() -> list[Requirement]:
    """What this code asks for: its requirements.txt, or what the wheel or egg says of itself."""
    beside = Path(newscrawl.__file__).absolute().parent.parent / "requirements.txt"
    try:
        lines = beside.read_text(encoding="utf-8").splitlines()
    except OSError:
        try:
            lines = metadata.requires("newscrawl") or []
        except metadata.PackageNotFoundError:
            lines = []
    found = []
    for line in lines:
        # A comment, an option, or an address is no requirement with a version to check.
        try:
            requirement = Requirement(line.partition(" #")[0].strip())
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate():
            found.append(requirement)
    return found


def _libraries() -> Iterator[Finding]:
    wanted = _requirements()
    bad = False
    for requirement in wanted:
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Finding(
                Level.UNHEALTHY, "libraries", f"{requirement.name} is not installed", f"pip install '{requirement}'"
            )
            bad = True
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            yield Finding(
                Level.UNHEALTHY, "libraries", f"{requirement.name} is {version}; tested with {requirement.specifier}",
                f"pip install '{requirement}'; another package may have pulled it away: one environment a project",
            )  # fmt: skip
            bad = True
    if not bad and wanted:
        named = ", ".join(f"{name} {metadata.version(name)}" for name in ("scrapy", "sqlalchemy", "lxml"))
        yield Finding(Level.OK, "libraries", f"all {len(wanted)} are as required ({named})")
    elif not wanted:
        yield Finding(Level.NOTE, "libraries", "what is required is not known here", "install from requirements.txt")


def _code(config: Config | None) -> Iterator[Finding]:
    """The code that runs is the one that stands here."""
    running = Path(newscrawl.__file__).absolute().parent
    here = config.folder / "newscrawl" if config is not None and config.folder is not None else None
    if here is not None and (here / "__init__.py").is_file() and here.resolve() != running.resolve():
        yield Finding(
            Level.UNHEALTHY, "code", f"the code that runs is in {running}, not the one in {here}",
            "uninstall the other newscrawl (pip uninstall newscrawl), then pip install -e .",
        )  # fmt: skip
    else:
        yield Finding(Level.OK, "code", f"newscrawl {newscrawl.__version__} in {running}")


# --- clock -------------------------------------------------------------------------------------------------


def _clock(config: Config | None) -> Iterator[Finding]:
    """Nothing was written in the future. Asks no server: file times alone."""
    newest, where = 0.0, Path()
    for path in _dated_files(config):
        try:
            changed = path.stat().st_mtime
        except OSError:
            continue
        if changed > newest:
            newest, where = changed, path
    now = epoch()
    shown = format_time(dt.datetime.fromtimestamp(now, dt.UTC))
    if newest > now + CLOCK_SLACK:
        then = format_time(dt.datetime.fromtimestamp(newest, dt.UTC))
        yield Finding(
            Level.UNHEALTHY, "clock", f"it is {shown} here, but {where} was written at {then}",
            "set the clock (timedatectl): due times and the time of records hang on it",
        )  # fmt: skip
    else:
        yield Finding(Level.OK, "clock", f"{shown}, later than all files")


def _dated_files(config: Config | None) -> Iterator[Path]:
    yield Path(newscrawl.__file__)
    if config is None:
        return
    for folder in set(_places(config).values()):
        try:
            with os.scandir(folder) as entries:
                for number, entry in enumerate(entries):
                    if number >= MOST_FILES:
                        break
                    if entry.is_file():
                        yield Path(entry.path)
        except OSError:
            continue
