"""Metrics for Prometheus, made from the database: at the end of a run into a file, or at a port.

The names stand in :data:`METRICS`, and in ``docs/health.md``: dashboards hang on them.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from newscrawl import __version__
from newscrawl.clock import parse_time
from newscrawl.errors import OperationError
from newscrawl.health.current import current, scope_names
from newscrawl.health.findings import Level
from newscrawl.health.machine import places
from newscrawl.storage.engine import describe_error, open_engine
from newscrawl.storage.migrate import HEAD, current_revision
from newscrawl.storage.tables import STATE_DONE, episodes, hosts, posts, records, run_figures, runs

if TYPE_CHECKING:
    from newscrawl.config import Config

__all__ = ["METRICS", "registry_of", "serve", "text_of", "write"]

logger = logging.getLogger("newscrawl.health.metrics")

#: Name: labels, and what it says. All are gauges: they are read from the database, which is the truth.
METRICS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "newscrawl_build_info": (("version",), "1; the version of newscrawl"),
    "newscrawl_up": ((), "1 where the database could be read, else 0"),
    "newscrawl_records": (("outcome",), "Records by outcome"),
    "newscrawl_posts_waiting": ((), "Posts that have no outcome yet"),
    "newscrawl_hosts_held": ((), "Hosts that are left alone at the moment"),
    "newscrawl_last_run_start_timestamp_seconds": (("scope",), "When the last run of the scope began"),
    "newscrawl_last_run_end_timestamp_seconds": (("scope",), "When the last run that ended did so"),
    "newscrawl_last_run_exit_status": (("scope",), "Exit status of the last run that ended"),
    "newscrawl_last_run_posts": (("scope", "result"), "Posts of the last run that ended: new, changed, known, failed"),
    "newscrawl_runs_at_work": (("scope",), "Runs that are at work"),
    "newscrawl_attributed_ratio": (("scope",), "Share of the last judged run's posts whose source was found"),
    "newscrawl_reached_ratio": (("scope",), "Share of the last judged run's originals that were reached"),
    "newscrawl_listed_posts": (("scope",), "Posts that the lists of the last judged run showed"),
    "newscrawl_health_failing": (("scope", "monitor"), "1 for each monitor that fails"),
    "newscrawl_health_episodes": (("monitor",), "Episodes of failing health so far"),
    "newscrawl_disk_free_bytes": (("place",), "Free bytes where the database and feeds are"),
}
#: Scopes that are told of at most: labels cost memory in Prometheus.
MOST_SCOPES = 500
#: Seconds for which what was read is told again: scrapes must not load the database.
FRESH = 5.0
_COUNTS = ("new", "changed", "known", "failed")

#: Name, values of its labels, value.
Sample = tuple[str, tuple[str, ...], float]


class _Database(Collector):
    """Reads the metrics from the database when they are asked for."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._samples: list[Sample] = []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All metrics, each with its samples."""
        with self._lock:
            if time.monotonic() - self._read_at > FRESH:
                self._samples = list(_samples(self._config))
                self._read_at = time.monotonic()
            samples = self._samples
        for name, (labels, what) in METRICS.items():
            family = GaugeMetricFamily(name, what, labels=labels)
            for other, values, value in samples:
                if other == name:
                    family.add_metric(values, value)
            yield family


def registry_of(config: Config) -> CollectorRegistry:
    """A registry that reads the database of *config* when it is asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Database(config))
    return registry


def text_of(config: Config) -> str:
    """The metrics in Prometheus' text format."""
    return generate_latest(registry_of(config)).decode()


def write(config: Config, path: Path) -> None:
    """Write the metrics for the textfile collector, in one step: it never reads half a file.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text_of(config))
        Path(name).chmod(0o644)  # the node exporter is another user
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def serve(config: Config, port: int, address: str = "127.0.0.1") -> Any:
    """Serve the metrics in a thread; what it returns has ``shutdown()``. Raises ``OSError`` where the port is taken."""
    server, _ = start_http_server(port, addr=address, registry=registry_of(config))
    return server


# --- reading -----------------------------------------------------------------------------------------------------


def _samples(config: Config) -> Iterator[Sample]:
    yield "newscrawl_build_info", (__version__,), 1.0
    for name, path in places(config).items():
        if path.exists():
            found = os.statvfs(path)
            yield "newscrawl_disk_free_bytes", (name,), float(found.f_bavail * found.f_frsize)
    try:
        engine = open_engine(config.database, create=False)
    except OperationError:
        yield "newscrawl_up", (), 0.0
        return
    read: list[Sample] = []
    try:
        if current_revision(engine) == HEAD:
            with engine.connect().execution_options(newscrawl_readonly=True) as connection:
                read = [*_collection(connection), *_runs(connection), *_health(connection, config)]
    except (SQLAlchemyError, OperationError) as error:
        logger.info(
            "Metrics cannot be read: %s", describe_error(error) if isinstance(error, SQLAlchemyError) else error
        )
    finally:
        engine.dispose()
    yield "newscrawl_up", (), float(bool(read))
    yield from read


def _collection(connection: Connection) -> Iterator[Sample]:
    outcomes = select(records.c.outcome, func.count()).group_by(records.c.outcome)
    for outcome, number in connection.execute(outcomes):
        yield "newscrawl_records", (str(outcome),), float(number)
    waiting = select(func.count()).select_from(posts).where(posts.c.state != STATE_DONE)
    yield "newscrawl_posts_waiting", (), float(connection.execute(waiting).scalar() or 0)
    held = select(func.count()).select_from(hosts).where(hosts.c.held_until > time.time())
    yield "newscrawl_hosts_held", (), float(connection.execute(held).scalar() or 0)


def _runs(connection: Connection) -> Iterator[Sample]:
    names = scope_names(connection)
    last = select(runs.c.scope_id, func.max(runs.c.number).label("number")).group_by(runs.c.scope_id)
    last_started = last.limit(MOST_SCOPES).subquery()
    last_ended = last.where(runs.c.ended_at.is_not(None)).limit(MOST_SCOPES).subquery()
    for row in connection.execute(select(runs).join(last_started, runs.c.number == last_started.c.number)):
        scope = (names.get(row.scope_id, row.scope_id),)
        yield "newscrawl_last_run_start_timestamp_seconds", scope, parse_time(row.started_at).timestamp()
        yield "newscrawl_runs_at_work", scope, float(row.state == "running")
    for row in connection.execute(select(runs).join(last_ended, runs.c.number == last_ended.c.number)):
        name = names.get(row.scope_id, row.scope_id)
        yield "newscrawl_last_run_end_timestamp_seconds", (name,), parse_time(row.ended_at).timestamp()
        if row.exit_status is not None:
            yield "newscrawl_last_run_exit_status", (name,), float(row.exit_status)
        for one in _COUNTS:
            yield "newscrawl_last_run_posts", (name, one), float((row.counts or {}).get(one, 0))


def _health(connection: Connection, config: Config) -> Iterator[Sample]:
    names = scope_names(connection)
    newest = select(run_figures.c.scope_id, func.max(run_figures.c.started_at).label("at"))
    last = newest.group_by(run_figures.c.scope_id).limit(MOST_SCOPES).subquery()
    chosen = (run_figures.c.scope_id == last.c.scope_id) & (run_figures.c.started_at == last.c.at)
    for row in connection.execute(select(run_figures).join(last, chosen)):
        scope, figures = (names.get(row.scope_id, row.scope_id),), row.figures
        yield "newscrawl_listed_posts", scope, float(sum(figures.get("surfaces", {}).values()))
        for name, part, whole in (
            ("newscrawl_attributed_ratio", "attributed", "posts"),
            ("newscrawl_reached_ratio", "reached", "asked"),
        ):
            if figures.get(whole):
                yield name, scope, figures.get(part, 0) / figures[whole]
    failing = {(one.name, one.monitor.value) for one in current(connection, config) if one.level is Level.FAILING}
    for labels in sorted(failing):
        yield "newscrawl_health_failing", labels, 1.0
    for monitor, number in connection.execute(select(episodes.c.monitor, func.count()).group_by(episodes.c.monitor)):
        yield "newscrawl_health_episodes", (monitor,), float(number)
