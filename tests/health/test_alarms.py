"""Whoever runs the crawl is told of an episode once when it begins, and once when it ends, by each way that is set."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from sqlalchemy import insert, update
from sqlalchemy.engine import Engine

from newscrawl.clock import epoch, now_text
from newscrawl.config import Config, Mail
from newscrawl.errors import UserError
from newscrawl.health import alarms
from newscrawl.health.alarms import give_alarms
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.watch import accept
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.tables import episodes


def config(tmp_path: Path, **given: Any) -> Config:
    settings = Settings()
    settings.setmodule("newscrawl.settings")
    settings.setdict({"NEWSCRAWL_DATABASE": f"sqlite:///{tmp_path}/news.db", **given})
    return Config.from_settings(settings)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(config(tmp_path).database)
    ensure_schema(made)
    yield made
    made.dispose()


def begin(engine: Engine, monitor: Monitor, level: Level = Level.FAILING) -> None:
    finding = Finding(monitor=monitor, level=level, scope="s", name="https://a.test", what="<b> & 0 of 20")
    with engine.begin() as connection:
        connection.execute(
            insert(episodes).values(
                scope_id="s", monitor=monitor, level=level, began_at=now_text(), seen_at=now_text(),
                finding=finding.to_json(), told={},
            )
        )  # fmt: skip


def end(engine: Engine, how: str = "recovered") -> None:
    with engine.begin() as connection:
        connection.execute(update(episodes).values(ended_at=now_text(), how=how))


@contextmanager
def webhook(
    status: int = 200, *, location: str = "", before: Callable[[], object] = lambda: None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            before()
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def do_GET(self) -> None:
            got.append({"method": "GET"})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook/secret", got
    finally:
        server.shutdown()
        server.server_close()


def test_each_episode_is_told_once_when_it_begins_and_once_when_it_ends(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "alarms" / "alarms.jsonl"
    with webhook() as (url, got):
        ours = config(tmp_path, NEWSCRAWL_ALARM_FILE=str(file), NEWSCRAWL_ALARM_WEBHOOK=url)
        begin(engine, Monitor.LISTING)
        begin(engine, Monitor.PUBLISHERS, Level.NOTE)
        for _ in range(3):
            give_alarms(engine, ours)
        end(engine)
        for _ in range(3):
            give_alarms(engine, ours)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["event"], one["monitor"]) for one in lines] == [("began", "listing"), ("recovered", "listing")]
    assert [one["newscrawl"]["event"] for one in got] == ["began", "recovered"]
    assert got[0]["text"].startswith("newscrawl ALARM listing: https://a.test: &lt;b&gt; &amp; 0 of 20")
    assert file.stat().st_mode & 0o077 in (0, 0o044)


def test_a_way_that_fails_is_tried_again_and_keeps_its_secret(
    tmp_path: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    begin(engine, Monitor.LISTING)
    with webhook(500) as (url, got):
        give_alarms(engine, config(tmp_path, NEWSCRAWL_ALARM_WEBHOOK=url))
        assert len(got) == 1
    with webhook() as (url, got):
        give_alarms(engine, config(tmp_path, NEWSCRAWL_ALARM_WEBHOOK=url))
        assert len(got) == 1
    assert "could not be given by webhook" in caplog.text
    assert "secret" not in caplog.text
    assert caplog.text.count("Health is failing") == 1


def test_of_runs_that_end_at_once_one_tells(tmp_path: Path, engine: Engine) -> None:
    """A slow webhook is asked by the first; the others neither tell again nor wait for it."""
    go_on = threading.Event()
    with webhook(before=lambda: go_on.wait(20)) as (url, got):
        ours = config(tmp_path, NEWSCRAWL_ALARM_WEBHOOK=url)
        begin(engine, Monitor.LISTING)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(give_alarms, engine, ours)
            while not got:
                time.sleep(0.01)
            others = [give_alarms(engine, ours) for _ in range(3)]
            go_on.set()
            assert first.result() == 2  # by log and by webhook
        assert others == [0, 0, 0]
        assert give_alarms(engine, ours) == 0
    assert len(got) == 1


def test_a_run_that_died_while_it_told_keeps_nobody_from_it(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alarms.jsonl"
    ours = config(tmp_path, NEWSCRAWL_ALARM_FILE=str(file))
    begin(engine, Monitor.LISTING)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(alarms, "_write", die)
        with pytest.raises(KeyboardInterrupt):
            give_alarms(engine, ours)
    give_alarms(engine, ours)
    assert not file.exists()
    monkeypatch.setattr(alarms, "epoch", lambda: epoch() + alarms.CLAIM)
    assert give_alarms(engine, ours) == 1
    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_webhook_that_leads_elsewhere_has_failed(
    tmp_path: Path, engine: Engine, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """A redirect drops what was sent, and may lead into the network of whoever runs the crawl."""
    begin(engine, Monitor.LISTING)
    with webhook() as (inside, inner), webhook(status, location=inside) as (url, got):
        ours = config(tmp_path, NEWSCRAWL_ALARM_WEBHOOK=url)
        assert give_alarms(engine, ours) == 1  # by the log alone
        assert (len(got), inner) == (1, [])
    assert f"HTTP status {status}" in caplog.text


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200, b"HTTP/1.1 2"]
)
def test_an_answer_that_is_none_is_a_failure(
    tmp_path: Path, engine: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(alarms, "LIMIT", 0.5)
    begin(engine, Monitor.LISTING)

    class Odd(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)
            # The last one sends a byte now and then, for ever.
            for _ in range(100 if answer.endswith(b" 2") else 0):
                time.sleep(0.1)
                self.request.sendall(b"0")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Odd) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        ours = config(tmp_path, NEWSCRAWL_ALARM_WEBHOOK=f"http://127.0.0.1:{server.server_address[1]}/secret")
        assert give_alarms(engine, ours) == 1
        server.shutdown()
    assert "could not be given by webhook" in caplog.text
    assert "secret" not in caplog.text


def test_an_accepted_episode_is_no_recovery(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "alarms.jsonl"
    ours = config(tmp_path, NEWSCRAWL_ALARM_FILE=str(file))
    begin(engine, Monitor.WORDING)
    give_alarms(engine, ours)
    with engine.begin() as connection:
        assert [one.monitor for one in accept(connection, "wording")] == [Monitor.WORDING]
        with pytest.raises(UserError, match="finds nothing wrong"):
            accept(connection, "wording")
        with pytest.raises(UserError, match="must be one of"):
            accept(connection, "disk")
    give_alarms(engine, ours)
    assert len(file.read_text().splitlines()) == 1


class _Smtp(socketserver.StreamRequestHandler):
    got: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                message = b""
                while not message.endswith(b"\r\n.\r\n"):
                    message += self.rfile.readline()
                type(self).got.append(message)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


def test_mail(tmp_path: Path, engine: Engine) -> None:
    _Smtp.got = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        ours = config(tmp_path, NEWSCRAWL_ALARM_MAIL="ops@example.org, two@example.org", MAIL_FROM="crawl@example.org")
        assert isinstance(ours.alarm_mail, Mail)
        mail = replace(ours.alarm_mail, host="127.0.0.1", port=server.server_address[1])
        begin(engine, Monitor.LISTING)
        give_alarms(engine, replace(ours, alarm_mail=mail))
        give_alarms(engine, replace(ours, alarm_mail=mail))
        server.shutdown()
    (message,) = _Smtp.got
    assert b"To: ops@example.org, two@example.org" in message
    assert b"Subject: newscrawl ALARM listing: https://a.test" in message
    for name in (b"Date: ", b"Message-ID: <", b"Auto-Submitted: auto-generated"):
        assert b"\r\n" + name in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSCRAWL_EXPECT", '{"https://a.test": {"post_per_day": 4}}'),
        ("NEWSCRAWL_EXPECT", '{"https://a.test": {"posts_per_day": "many"}}'),
        ("NEWSCRAWL_EXPECT", "[1]"),
        ("NEWSCRAWL_EXPECT", "{"),
        ("NEWSCRAWL_ALARM_WEBHOOK", "file:///etc/passwd"),
        ("NEWSCRAWL_ALARM_MAIL", "nobody"),
        ("NEWSCRAWL_METRICS_PORT", "70000"),
        ("NEWSCRAWL_LOG_FORMAT", "xml"),
        ("NEWSCRAWL_HEALTH", "maybe"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UserError, match=name):
        config(tmp_path, **{name: value})
