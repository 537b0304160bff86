"""Metrics are documented, and a real Prometheus reads them."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from scrapy.settings import Settings
from sqlalchemy import insert

from newscrawl.config import Config
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.metrics import METRICS, serve, text_of, write
from newscrawl.ledger.scopes import Scope, load_scope
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.tables import episodes, run_figures, runs

ROOT = Path(__file__).resolve().parent.parent.parent
SCOPE = Scope("dnyuz", "https://dnyuz.com")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A database with one run and one thing that is wrong."""
    settings = Settings()
    settings.setmodule("newscrawl.settings")
    settings.set("NEWSCRAWL_DATABASE", f"sqlite:///{tmp_path}/news.db")
    made = Config.from_settings(settings)
    engine = open_engine(made.database)
    ensure_schema(engine)
    with engine.begin() as connection:
        load_scope(connection, SCOPE)
        at = "2026-03-01T00:00:00Z"
        connection.execute(
            insert(runs).values(
                id="r", number=1, spider="dnyuz", scope_id=SCOPE.id, arguments={}, process="1@here", started_at=at,
                ended_at="2026-03-01T00:10:00Z", state="finished", exit_status=3, counts={"new": 20},
            )
        )  # fmt: skip
        figures = {"posts": 20, "attributed": 5, "asked": 4, "reached": 1, "surfaces": {"rest": 40}}
        connection.execute(insert(run_figures).values(run_id="r", scope_id=SCOPE.id, started_at=at, figures=figures))
        found = Finding(
            monitor=Monitor.ATTRIBUTION, level=Level.FAILING, scope=SCOPE.id, name=SCOPE.describe(), what='"x"\n'
        )
        connection.execute(
            insert(episodes).values(
                scope_id=SCOPE.id, monitor=found.monitor, level=found.level, began_at=at, seen_at=at,
                finding=found.to_json(), told={},
            )
        )  # fmt: skip
    engine.dispose()
    return made


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_what_the_database_holds_is_told(config: Config) -> None:
    told = samples(text_of(config))
    site = "https://dnyuz.com"
    assert told[("newscrawl_up",)] == 1
    assert told[("newscrawl_last_run_exit_status", site)] == 3
    assert told[("newscrawl_last_run_posts", "new", site)] == 20
    assert told[("newscrawl_attributed_ratio", site)] == 0.25
    assert told[("newscrawl_reached_ratio", site)] == 0.25
    assert told[("newscrawl_health_failing", "attribution", site)] == 1
    assert {name for name, *_ in told} <= METRICS.keys()


def test_without_a_database_nothing_is_up(tmp_path: Path, config: Config) -> None:
    Path(str(config.database.database)).unlink()
    assert samples(text_of(config))[("newscrawl_up",)] == 0


def test_the_file_is_written_in_one_step(tmp_path: Path, config: Config) -> None:
    path = tmp_path / "out" / "newscrawl.prom"
    write(config, path)
    assert samples(path.read_text())[("newscrawl_up",)] == 1
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_every_metric_is_documented_with_its_labels() -> None:
    text = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(newscrawl_\w+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    documented = {name: (tuple(re.findall(r"`(\w+)`", labels)), what) for name, labels, what in rows}
    assert documented == dict(METRICS)


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    board = json.loads((ROOT / "deploy" / "grafana" / "newscrawl.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert {name for one in asked for name in re.findall(r"newscrawl_\w+", one)} == METRICS.keys()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def ask(port: int, query: str) -> list[Any]:
    url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: list[Any] = json.load(answer)["data"]["result"]
        return found


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs prometheus (Debian package prometheus)")
def test_a_real_prometheus_reads_them_and_answers_the_dashboard(tmp_path: Path, config: Config) -> None:
    ours, theirs = free_port(), free_port()
    server = serve(config, ours)
    (tmp_path / "prometheus.yml").write_text(
        "scrape_configs:\n- job_name: newscrawl\n  scrape_interval: 1s\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{ours}']}}]\n"
    )
    process = subprocess.Popen(
        [
            "prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/tsdb",
            f"--web.listen-address=127.0.0.1:{theirs}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        found: list[Any] = []
        while not found and time.monotonic() < until:
            time.sleep(0.2)
            try:
                found = ask(theirs, 'newscrawl_health_failing{monitor="attribution"}')
            except OSError:
                continue
        assert found[0]["value"][1] == "1"
        assert found[0]["metric"]["scope"] == "https://dnyuz.com"
        board = json.loads((ROOT / "deploy" / "grafana" / "newscrawl.json").read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel["targets"]:
                ask(theirs, target["expr"].replace("$scope", ".*"))  # raises for a query that is none
        assert ask(theirs, "newscrawl_last_run_exit_status")[0]["value"][1] == "3"
    finally:
        process.terminate()
        process.wait(10)
        server.shutdown()
        server.server_close()
