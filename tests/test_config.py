"""Every setting checked and typed; every fault one line that names it and keeps secrets."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawl.config import ENVIRONMENT, Config, check_environment, project_folder, require_store, user_agent
from newscrawl.errors import ExitStatus, UserError
from newscrawl.net.policy import DEFAULT_PORTS, UrlRefused, check_url
from tests.warm import run_scrapy

ROOT = Path(__file__).parent.parent
FOLDER = Path("/srv/newscrawl")


def read(folder: Path | None = FOLDER, /, **settings: Any) -> Config:
    base = {"DOWNLOAD_DELAY": 1.0, "CONCURRENT_REQUESTS": 32}
    return Config.from_settings(Settings({**base, **settings}), folder=folder)


def complaint(folder: Path | None = FOLDER, /, **settings: Any) -> str:
    with pytest.raises(UserError) as raised:
        read(folder, **settings)
    message = str(raised.value)
    assert raised.value.exit_status == ExitStatus.USAGE
    assert len(message.splitlines()) == 1
    assert message.startswith(f"setting {next(iter(settings))}")
    return message


def test_the_defaults() -> None:
    config = read()
    assert config.database.render_as_string() == "sqlite:////srv/newscrawl/data/newscrawl.db"
    assert (config.contact, config.own_services) == ("", frozenset())
    assert (config.render, config.duplicates, config.delay, config.concurrency) == ("auto", "mark", 1.0, 32)
    assert config.policy.ports == DEFAULT_PORTS
    assert config.folder == FOLDER


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_empty_is_unset(name: str, empty: str | None) -> None:
    assert read(**{name: empty}) == read()


def test_the_environment_is_read_and_stripped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_CONTACT", " ops@example.org ")
    monkeypatch.setenv("NEWSCRAWL_RENDER", "")
    monkeypatch.setenv("NEWSCRAWL_DUPLICATES", "drop")
    monkeypatch.delenv("NEWSCRAWL_PORTS", raising=False)
    monkeypatch.delitem(sys.modules, "newscrawl.settings", raising=False)
    settings = importlib.import_module("newscrawl.settings")
    assert settings.NEWSCRAWL_CONTACT == "ops@example.org"
    assert settings.USER_AGENT.endswith("(+ops@example.org)")
    assert settings.NEWSCRAWL_RENDER == "auto"
    assert settings.NEWSCRAWL_DUPLICATES == "drop"
    assert ENVIRONMENT["NEWSCRAWL_PORTS"] == settings.NEWSCRAWL_PORTS
    monkeypatch.delitem(sys.modules, "newscrawl.settings")


def test_the_settings_module_names_every_setting() -> None:
    text = (ROOT / "newscrawl" / "settings.py").read_text()
    assert [name for name in ENVIRONMENT if f'\n{name} = ""\n' not in text] == []


@pytest.mark.parametrize(
    "value", ["mysql://h/d", "oracle://x", "postgres://h/d", "not a url", "sqlite://", "sqlite:///:memory:",
              "/a/path.db", "postgresql://user:hunter2@host:port/db", "postgresql://h:1:2/x", "://"],
)  # fmt: skip
def test_a_database_that_is_none(value: str) -> None:
    assert "hunter2" not in complaint(NEWSCRAWL_DATABASE=value)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("sqlite:///x.db", "sqlite:////srv/newscrawl/x.db"),
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
        ("sqlite+pysqlite:///x.db", "sqlite:////srv/newscrawl/x.db"),
        ("postgresql://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"),
        ("postgresql+psycopg2://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg:///d?host=/run/x", "postgresql+psycopg:///d?host=/run/x"),
    ],
)
def test_a_database(value: str, url: str) -> None:
    assert read(NEWSCRAWL_DATABASE=value).database.render_as_string(hide_password=False).replace("%2F", "/") == url


def test_relative_paths_need_a_scrapy_cfg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert project_folder() is None
    assert "absolute path" in complaint(None, NEWSCRAWL_DATABASE="sqlite:///x.db")
    absolute = "sqlite:////var/x.db"
    assert read(None, NEWSCRAWL_DATABASE=absolute).folder is None
    (tmp_path / "scrapy.cfg").write_text("[settings]\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert project_folder() == tmp_path
    assert read(None).database.database == str(tmp_path / "data" / "newscrawl.db")


@pytest.mark.parametrize("name", ["NEWSCRAWL_ARCHIVE", "NEWSCRAWL_REPLAY"])
def test_what_is_not_there_yet_is_refused(name: str) -> None:
    assert "yet" in complaint(**{name: "/var/lib/warc"})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("NEWSCRAWL_DATABSE", "NEWSCRAWL_DATABASE"),
        ("NEWSCRAWL_HOST_OVERRIDE", "NEWSCRAWL_HOST_OVERRIDES"),
        ("NEWSCRAWL_RENDER_PAGE", "NEWSCRAWL_RENDER_PAGES"),
        ("NEWSCRAWL_HEADERS_BYTES", "NEWSCRAWL_HEADER_BYTES"),
        ("NEWSCRAWL_", None),
    ],
)
def test_a_setting_that_is_none_is_refused_with_the_nearest(name: str, nearest: str | None) -> None:
    with pytest.raises(UserError, match=f"there is no setting {name}; the nearest is {nearest or 'NEWSCRAWL_'}"):
        read(**{name: "x"})
    with pytest.raises(UserError, match=f"there is no setting {name}; the nearest is"):
        check_environment({"PATH": "/bin", name: "x"})


def test_the_environment_may_hold_what_is_read_from_it() -> None:
    check_environment({"NEWSCRAWL_DATABASE": "x", "NEWSCRAWL_DATABSE": " ", "NEWSPAPER": "x"})
    with pytest.raises(UserError, match="NEWSCRAWL_HEADER_BYTES is not read from the environment: give it as -s"):
        check_environment({"NEWSCRAWL_HEADER_BYTES": "1"})


def test_every_setting_of_our_own_that_the_code_reads_is_known() -> None:
    """A name that the code reads, and that `Config` would refuse, could never be set."""
    read_by_code: set[str] = set()
    for folder in ("newscrawl", "spiders", "pipelines"):
        for path in (ROOT / folder).rglob("*.py"):
            read_by_code |= set(re.findall(r'"(NEWSCRAWL_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    refused = set()
    for name in read_by_code - {"NEWSCRAWL_"}:
        try:
            read(**{name: ""})
        except UserError as error:
            if "there is no setting" in str(error):
                refused.add(name)
    assert refused == set()
    assert len(read_by_code) > 15


@pytest.mark.parametrize("variable", [True, False])
def test_a_slip_ends_every_command_with_one_line(variable: bool) -> None:
    environment = {**os.environ, "NEWSCRAWL_CONTCT": "x"} if variable else dict(os.environ)
    done = run_scrapy(["status"] if variable else ["status", "-s", "NEWSCRAWL_CONTCT=x"], env=environment)
    assert done.returncode == ExitStatus.USAGE
    assert done.stderr == "newscrawl: there is no setting NEWSCRAWL_CONTCT; the nearest is NEWSCRAWL_CONTACT\n"


@pytest.mark.parametrize("value", ["LOUD", "", "info please"])
def test_a_log_level_that_is_none(value: str) -> None:
    assert "must be one of DEBUG, INFO" in complaint(LOG_LEVEL=value)


@pytest.mark.parametrize("value", ["INFO", "debug", 10, "30"])
def test_a_log_level(value: str | int) -> None:
    assert read(LOG_LEVEL=value) == read()


def test_own_services() -> None:
    found = read(NEWSCRAWL_OWN_SERVICES=" Redis.internal:6379, 10.0.0.5:9092,[FD00::5]:80 ").own_services
    assert found == {("redis.internal", 6379), ("10.0.0.5", 9092), ("fd00::5", 80)}


@pytest.mark.parametrize(
    "value", ["redis", "redis:", ":6379", "http://redis:6379", "u@redis:1", "*:80", "fd00::5:80", "a:0", "a:65536",
              "a:1,,b:2", ",".join(f"h{n}:1" for n in range(101))],
)  # fmt: skip
def test_own_services_that_are_none(value: str) -> None:
    complaint(NEWSCRAWL_OWN_SERVICES=value)


@pytest.mark.parametrize("name", ["NEWSCRAWL_RENDER", "NEWSCRAWL_DUPLICATES"])
@pytest.mark.parametrize("value", ["yes", "AUTO", "Mark", "auto,never"])
def test_a_choice(name: str, value: str) -> None:
    assert "must be one of" in complaint(**{name: value})


@pytest.mark.parametrize(
    "value", ["http", "80;443", "0", "65536", "-1", "80,,443", "80-90", "8_0", "1e2", "９", "9" * 5000]
)
def test_ports_that_are_none(value: str) -> None:
    assert "port" in complaint(NEWSCRAWL_PORTS=value)


def test_ports() -> None:
    config = read(NEWSCRAWL_PORTS=" 80 , 8081")
    assert config.policy.ports == {80, 8081}
    check_url("http://a.example:8081/", policy=config.policy)
    with pytest.raises(UrlRefused):
        check_url("https://a.example/", policy=config.policy)


@pytest.mark.parametrize(
    "value", ["{", "[]", '"x"', '{"a": 1}', '{"127.0.0.1:80": "127.0.0.1:1"}', '{"a.test": "127.0.0.1:1"}', "\x1b[31m"]
)
def test_overrides_that_are_none(value: str) -> None:
    assert "\x1b" not in complaint(NEWSCRAWL_HOST_OVERRIDES=value)


def test_overrides() -> None:
    config = read(NEWSCRAWL_HOST_OVERRIDES='{"*.test:8960": "127.0.0.1:9"}')
    check_url("http://a.test:8960/", policy=config.policy)


@pytest.mark.parametrize("value", ["ops@example.org", "https://example.org/bot?x=1", "mailto:ops@example.org"])
def test_a_contact(value: str) -> None:
    assert read(NEWSCRAWL_CONTACT=value).contact == value
    assert user_agent(value).endswith(f"(+{value})")
    assert "(" not in user_agent("")


@pytest.mark.parametrize(
    "value", ["a b", "x\r\nEvil: 1", "x)", "<x>", "x", "x" * 300, "x\x00yz",
              "foo", "https://", "http://nohost", "ops@localhost", "ftp://example.org/x", "a@b@c.d", "mailto:"],
)  # fmt: skip
def test_a_contact_that_would_break_the_header(value: str) -> None:
    complaint(NEWSCRAWL_CONTACT=value)


@pytest.mark.parametrize("value", ["fast", "-1", "nan", "inf", "4000", None])
def test_a_delay_that_is_none(value: str | None) -> None:
    complaint(DOWNLOAD_DELAY=value)


@pytest.mark.parametrize("value", ["0", "0.5", "2000", "many", "nan", "2.5"])
def test_a_concurrency_that_is_none(value: str) -> None:
    complaint(CONCURRENT_REQUESTS=value)


def test_a_config_does_not_show_the_password() -> None:
    assert "hunter2" not in repr(read(NEWSCRAWL_DATABASE="postgresql://u:hunter2@h/d"))


# --- pipelines -------------------------------------------------------------------------------------------


class _Mine:
    """A pipeline of a user's."""


class _MyStore:
    stores_records = True


@pytest.mark.parametrize(
    ("pipelines", "kept"),
    [
        ({"pipelines.clean.CleanPipeline": 100, "pipelines.store.StorePipeline": 900}, True),
        ({_Mine: 950, "pipelines.store.StorePipeline": 900}, True),
        ({_MyStore: 900}, True),
        ({_Mine: 950}, False),
        ({"pipelines.store.StorePipeline": None}, False),
        ({}, False),
    ],
)
def test_a_crawl_without_its_store_is_refused(pipelines: dict[Any, int | None], kept: bool) -> None:
    settings = Settings({"ITEM_PIPELINES": pipelines})
    if kept:
        require_store(settings)
    else:
        with pytest.raises(UserError, match=r"^setting ITEM_PIPELINES: .*pipelines\.store\.StorePipeline"):
            require_store(settings)


def test_a_pipeline_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"no\.such\.Pipeline.*cannot be loaded"):
        require_store(Settings({"ITEM_PIPELINES": {"no.such.Pipeline": 1}}))
