"""The project's own settings, read once into one frozen value.

Scrapy's settings hold strings from a file, the environment or ``-s``; here
they are checked and typed. Every fault is a :class:`~newscrawl.errors.UserError`
of one line, raised before the first request.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from newscrawl import __version__
from newscrawl.errors import UserError
from newscrawl.net.defaults import NET_SETTINGS
from newscrawl.net.endpoints import endpoint_of, parse_services
from newscrawl.net.overrides import HostOverrides
from newscrawl.net.policy import Policy, parse_ports
from newscrawl.net.rights import POLICIES
from newscrawl.rendering.limits import RENDER_SETTINGS
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings
    from sqlalchemy.engine import URL

__all__ = [
    "ENVIRONMENT",
    "EXPECTATIONS",
    "PREFIX",
    "Config",
    "Mail",
    "check_environment",
    "check_expectations",
    "project_folder",
    "require_store",
    "user_agent",
]

#: Settings whose names begin so are our own: a name that is not known is a slip.
PREFIX = "NEWSCRAWL_"

#: Default of every setting of our own, also read from the environment under the same name.
ENVIRONMENT: Mapping[str, str] = {
    "NEWSCRAWL_DATABASE": "sqlite:///data/newscrawl.db",
    "NEWSCRAWL_CONTACT": "",
    "NEWSCRAWL_HOST_OVERRIDES": "{}",
    "NEWSCRAWL_PORTS": "80,443,8080,8443",
    "NEWSCRAWL_OWN_SERVICES": "",
    "NEWSCRAWL_ARCHIVE": "",
    "NEWSCRAWL_REPLAY": "",
    "NEWSCRAWL_RENDER": "auto",
    "NEWSCRAWL_DUPLICATES": "mark",
    "NEWSCRAWL_WORKERS": "auto",
    "NEWSCRAWL_RIGHTS": "all",
    "NEWSCRAWL_HEALTH": "on",
    "NEWSCRAWL_EXPECT": "{}",
    "NEWSCRAWL_ALARM_FILE": "",
    "NEWSCRAWL_ALARM_WEBHOOK": "",
    "NEWSCRAWL_ALARM_MAIL": "",
    "NEWSCRAWL_METRICS_FILE": "",
    "NEWSCRAWL_METRICS_PORT": "",
    "NEWSCRAWL_LOG_FORMAT": "text",
}

#: Every setting of our own; those that are not in `ENVIRONMENT` are given with ``-s`` alone.
_KNOWN = frozenset(ENVIRONMENT) | {name for name in (*NET_SETTINGS, *RENDER_SETTINGS) if name.startswith(PREFIX)}
#: Settings that are reserved until newscrawl can do what they say.
_NOT_YET = {
    "NEWSCRAWL_ARCHIVE": "responses cannot be kept as WARC yet",
    "NEWSCRAWL_REPLAY": "a crawl cannot be answered from WARC files yet",
}

# Neither may hold what would end the header or its comment in brackets.
_HEADER_SAFE = re.compile(r"[^\s()<>\x00-\x1f\x7f]{3,200}\Z")
_EMAIL = re.compile(r"(mailto:)?[^@/:]+@[^@/:]+\.[^@/:.]+\Z")


def project_folder() -> Path | None:
    """The folder of the nearest ``scrapy.cfg`` at or above the working directory, or ``None`` (an egg, a wheel)."""
    from scrapy.utils.conf import closest_scrapy_cfg

    found = closest_scrapy_cfg()
    return Path(found).parent if found else None


def require_store(settings: BaseSettings) -> None:
    """Refuse a crawl whose records nothing would store: each run would make them anew and acknowledge none.

    ``-s ITEM_PIPELINES=…`` replaces the project's pipelines, the one that stores among them. One of your own may take
    its place: it says so by the class attribute ``stores_records = True``.

    Raises:
        UserError: in one line, how to add a pipeline without losing that one.
    """
    from scrapy.utils.misc import load_object

    pipelines = settings.getdict("ITEM_PIPELINES")
    for path, order in pipelines.items():
        if order is None:
            continue
        try:
            pipeline: Any = load_object(path)
        except (ImportError, ValueError, NameError, AttributeError) as error:
            raise _fault("ITEM_PIPELINES", path, f"cannot be loaded ({error})") from None
        if getattr(pipeline, "stores_records", False):
            return
    raise UserError(
        "setting ITEM_PIPELINES: without pipelines.store.StorePipeline nothing would be kept; "
        'keep it at 900: {"pipelines.clean.CleanPipeline": 100, "pipelines.dedupe.DedupePipeline": 500, '
        '"pipelines.store.StorePipeline": 900, "yours": 950}'
    )


def user_agent(contact: str) -> str:
    """Who asks: the project, its version and, where given, how to reach whoever runs it."""
    return f"newscrawl/{__version__} (+{contact})" if contact else f"newscrawl/{__version__}"


@dataclass(frozen=True, slots=True)
class Mail:
    """Where alarms are mailed, and by which server (Scrapy's ``MAIL_…`` settings)."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    ssl: bool = False


#: What a site's declaration may expect (`Aggregator.expect`, ``NEWSCRAWL_EXPECT``), and what it means.
EXPECTATIONS: Mapping[str, str] = {
    "posts_per_day": "posts a day at least, over two days",
    "attributed": "share of posts whose source is found, from 0 to 1",
    "reached": "share of originals that are reached, from 0 to 1",
    "quiet_hours": "hours without a post at most",
    "every_hours": "hours from one run to the next",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a run was told about where it works and how."""

    database: URL
    contact: str
    policy: Policy
    own_services: frozenset[tuple[str, int]]
    render: str
    duplicates: str
    #: Processes that parse pages; ``None``: one for each core. 0: the crawl's own process parses, without a limit.
    workers: int | None
    rights: str
    #: Whether runs are judged.
    health: bool
    #: What sites are expected to do: by site, then by name of `newscrawl.health.monitors.EXPECTATIONS`.
    expect: Mapping[str, Mapping[str, float]]
    alarm_file: Path | None
    alarm_webhook: str
    alarm_mail: Mail | None
    metrics_file: Path | None
    metrics_port: int | None
    log_format: str
    delay: float
    concurrency: int
    folder: Path | None

    @classmethod
    def from_settings(cls, settings: BaseSettings, *, folder: Path | None = None) -> Config:
        """Check and type the settings. *folder*: what relative paths are relative to (default: of ``scrapy.cfg``).

        Raises:
            UserError: naming the setting and what is wrong with it, in one line.
        """
        _refuse_unknown([str(name) for name in settings if str(name).startswith(PREFIX)], _KNOWN)
        folder = folder or project_folder()
        values = {name: _text(settings, name) or default for name, default in ENVIRONMENT.items()}
        for name, why in _NOT_YET.items():
            if values[name]:
                raise _fault(name, values[name], why)
        _log_level(settings)
        return cls(
            database=_database(values["NEWSCRAWL_DATABASE"], folder),
            contact=_contact(values["NEWSCRAWL_CONTACT"]),
            policy=_policy(values["NEWSCRAWL_PORTS"], values["NEWSCRAWL_HOST_OVERRIDES"]),
            own_services=_services(values["NEWSCRAWL_OWN_SERVICES"]),
            render=_choice("NEWSCRAWL_RENDER", values["NEWSCRAWL_RENDER"], ("auto", "never", "always")),
            duplicates=_choice("NEWSCRAWL_DUPLICATES", values["NEWSCRAWL_DUPLICATES"], ("mark", "drop", "drop-near")),
            workers=_workers(values["NEWSCRAWL_WORKERS"]),
            rights=_choice("NEWSCRAWL_RIGHTS", values["NEWSCRAWL_RIGHTS"], POLICIES),
            health=_choice("NEWSCRAWL_HEALTH", values["NEWSCRAWL_HEALTH"], ("on", "off")) == "on",
            expect=_expectations(values["NEWSCRAWL_EXPECT"]),
            alarm_file=_path("NEWSCRAWL_ALARM_FILE", values["NEWSCRAWL_ALARM_FILE"], folder),
            alarm_webhook=_webhook(values["NEWSCRAWL_ALARM_WEBHOOK"]),
            alarm_mail=_mail(settings, values["NEWSCRAWL_ALARM_MAIL"]),
            metrics_file=_path("NEWSCRAWL_METRICS_FILE", values["NEWSCRAWL_METRICS_FILE"], folder),
            metrics_port=_port("NEWSCRAWL_METRICS_PORT", values["NEWSCRAWL_METRICS_PORT"]),
            log_format=_choice("NEWSCRAWL_LOG_FORMAT", values["NEWSCRAWL_LOG_FORMAT"], ("text", "json")),
            delay=_number(settings, "DOWNLOAD_DELAY", 0.0, 3600.0),
            concurrency=_whole(settings, "CONCURRENT_REQUESTS", 1, 1000),
            folder=folder,
        )


def check_environment(environment: Mapping[str, str]) -> None:
    """Refuse variables that begin like our settings and are none, or are read from ``-s`` alone.

    Raises:
        UserError: one line that names the variable and the nearest setting.
    """
    given = [name for name, value in environment.items() if name.startswith(PREFIX) and value.strip()]
    for name in sorted(given):
        if name in _KNOWN and name not in ENVIRONMENT:
            raise UserError(f"setting {name} is not read from the environment: give it as -s {name}=…")
    _refuse_unknown(given, ENVIRONMENT)


def _refuse_unknown(names: Iterable[str], known: Iterable[str]) -> None:
    known = sorted(known)
    for name in sorted(names):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise UserError(f"there is no setting {escape_controls(name)[:120]}; the nearest is {near[0]}")


def _log_level(settings: BaseSettings) -> None:
    level: Any = settings.get("LOG_LEVEL")
    if isinstance(level, int) or str(level).upper() in logging.getLevelNamesMapping() or str(level).isdigit():
        return
    raise _fault("LOG_LEVEL", level, "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL")


def _services(value: str) -> frozenset[tuple[str, int]]:
    try:
        return parse_services(value)
    except ValueError as error:
        raise _fault("NEWSCRAWL_OWN_SERVICES", value, str(error)) from None


def _text(settings: BaseSettings, name: str) -> str:
    value: Any = settings.get(name)
    return "" if value is None else str(value).strip()


def _fault(name: str, value: object, what: str) -> UserError:
    return UserError(f"setting {name}={escape_controls(value)[:120]}: {what}")


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise _fault(name, value, f"must be one of {', '.join(allowed)}")
    return value


def _number(settings: BaseSettings, name: str, least: float, most: float) -> float:
    raw: Any = settings.get(name)
    try:
        value = float(raw)
    except (TypeError, ValueError):
        raise _fault(name, raw, "must be a number") from None
    if not least <= value <= most:
        raise _fault(name, raw, f"must be between {least:g} and {most:g}")
    return value


def _whole(settings: BaseSettings, name: str, least: int, most: int) -> int:
    value = _number(settings, name, least, most)
    if value != int(value):
        raise _fault(name, settings.get(name), "must be a whole number")
    return int(value)


def _workers(value: str) -> int | None:
    if value == "auto":
        return None
    if not value.isascii() or not value.isdigit() or int(value[:4]) > 64:
        raise _fault("NEWSCRAWL_WORKERS", value, "must be auto, or a whole number from 0 to 64")
    return int(value)


def _path(name: str, value: str, folder: Path | None) -> Path | None:
    if not value:
        return None
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise _fault(name, value, "there is no such user") from None
    if path.is_absolute():
        return path
    if folder is None:
        raise _fault(name, value, "must be an absolute path where there is no scrapy.cfg")
    return folder / path


def _expectations(value: str) -> dict[str, dict[str, float]]:
    """``{"https://site": {"posts_per_day": 40}}``, each name one of :data:`EXPECTATIONS`, each number above 0."""
    try:
        given = json.loads(value)
        if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
            raise ValueError
        return {str(site).rstrip("/"): check_expectations(one) for site, one in given.items()}
    except (ValueError, RecursionError) as error:
        why = f" ({error})" if str(error) and not isinstance(error, json.JSONDecodeError) else ""
        example = '{"https://dnyuz.com": {"posts_per_day": 40}}'
        raise _fault("NEWSCRAWL_EXPECT", value, f"must be JSON such as {example}{why}") from None


def check_expectations(given: Mapping[str, Any]) -> dict[str, float]:
    """*given* with its numbers as floats. Raises ``ValueError`` for a name that is none, or a number that cannot be."""
    for name, number in given.items():
        if name not in EXPECTATIONS:
            raise ValueError(f"{name} is not one of {', '.join(EXPECTATIONS)}")
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < 1e6:
            raise ValueError(f"{name} must be a number above 0")
    return {name: float(number) for name, number in given.items()}


def _webhook(value: str) -> str:
    # The value is a secret: it is not shown.
    if value and not (_is_endpoint(value) and len(value) < 2000 and value.isprintable() and " " not in value):
        raise UserError("setting NEWSCRAWL_ALARM_WEBHOOK: must be an http or https address")
    return value


def _is_endpoint(value: str) -> bool:
    return value.startswith(("http://", "https://")) and endpoint_of(value) is not None


def _mail(settings: BaseSettings, value: str) -> Mail | None:
    to = tuple(one.strip() for one in value.split(",") if one.strip())
    if not to:
        return None
    if len(to) > 20 or not all(_EMAIL.match(one) and one.isprintable() and " " not in one for one in to):
        raise _fault("NEWSCRAWL_ALARM_MAIL", value, "must be e-mail addresses, comma-separated")
    return Mail(
        to=to,
        sender=_text(settings, "MAIL_FROM") or "newscrawl@localhost",
        host=_text(settings, "MAIL_HOST") or "localhost",
        port=_whole(settings, "MAIL_PORT", 1, 65535),
        user=_text(settings, "MAIL_USER"),
        password=_text(settings, "MAIL_PASS"),
        tls=settings.getbool("MAIL_TLS"),
        ssl=settings.getbool("MAIL_SSL"),
    )


def _port(name: str, value: str) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not 0 < int(value[:6]) < 65536:
        raise _fault(name, value, "must be a port, from 1 to 65535")
    return int(value)


def _contact(value: str) -> str:
    if value and not (_HEADER_SAFE.match(value) and (_EMAIL.match(value) or _is_web_address(value))):
        raise _fault(
            "NEWSCRAWL_CONTACT", value, "must be one URL or e-mail address, such as https://example.org/crawler"
        )
    return value


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "")


def _policy(ports: str, overrides: str) -> Policy:
    try:
        numbers = parse_ports(ports)
    except ValueError as error:
        raise _fault("NEWSCRAWL_PORTS", ports, str(error)) from None
    try:
        return Policy(ports=numbers, overrides=HostOverrides.parse(overrides))
    except ValueError as error:
        raise _fault("NEWSCRAWL_HOST_OVERRIDES", overrides, str(error)) from None


def _database(value: str, folder: Path | None) -> URL:
    # 0.3 s of imports, which `scrapy list` and `-h` can do without.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        # ValueError: a port that is no number. The value may hold a password: it is not shown.
        raise UserError("setting NEWSCRAWL_DATABASE: not a database URL (try sqlite:///data/newscrawl.db)") from None
    backend = url.get_backend_name()
    if backend == "postgresql":
        # The one driver that the project installs and is tested with.
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise UserError(f"setting NEWSCRAWL_DATABASE: {backend} is not supported (sqlite or postgresql)")
    if not url.database or url.database == ":memory:":
        raise UserError("setting NEWSCRAWL_DATABASE: a database in memory would lose what a crawl acknowledged")
    path = _path("NEWSCRAWL_DATABASE", url.database, folder)
    return url.set(drivername="sqlite", database=str(path))
