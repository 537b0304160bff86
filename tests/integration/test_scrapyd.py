"""The project as an egg on a real scrapyd, with authentication, crawling the demo's world on loopback."""

from __future__ import annotations

import base64
import configparser
import contextlib
import json
import re
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.check import compare, latest
from newscrawl.demo.run import crawl_environment, read_records
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from tests.crawl.harness import wait_until
from tests.integration.packages import ROOT, bare_python, build_egg, copy_checkout, run
from tests.soak import sampled

pytestmark = pytest.mark.slow

USER, PASSWORD = "deployer", "correct horse"  # with a blank: it must survive the trip
POSTS = 28
#: What scrapyd and Twisted write to a log where something went wrong.
BAD = re.compile(r"\b(?:ERROR|CRITICAL|Traceback|Unhandled|DeprecationWarning)\b")


@dataclass
class Scrapyd:
    """A running scrapyd and how to ask it."""

    url: str
    folder: Path
    python: Path
    environment: dict[str, str]

    def ask(self, command: str, *, password: str | None = PASSWORD, post: bool = False, **fields: Any) -> Any:
        pairs = urllib.parse.urlencode(fields, doseq=True)
        address = f"{self.url}{command}.json" + ("" if post or not pairs else f"?{pairs}")
        request = urllib.request.Request(address, data=pairs.encode() if post else None)
        if password is not None:
            token = base64.b64encode(f"{USER}:{password}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.loads(answer.read())

    def schedule(
        self, server: DemoServer, database: Path, feed: Path | None = None, *, deliver: str = "new", **settings: Any
    ) -> str:
        """Schedule a crawl of *server*'s world; the job's id."""
        given: dict[str, Any] = {
            "NEWSCRAWL_DATABASE": f"sqlite:///{database}",
            "NEWSCRAWL_HOST_OVERRIDES": server.overrides,
            "NEWSCRAWL_RENDER": "never",
            "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_TIMEOUT": 3,
            "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0,
            "RETRY_TIMES": 0,
            "NEWSCRAWL_WORKERS": 0,
            **({"FEEDS": json.dumps({feed.as_uri(): {"format": "jsonl"}})} if feed else {}),
            **settings,
        }
        answer = self.ask(
            "schedule",
            post=True,
            project="newscrawl",
            spider="dnyuz",
            site=server.url(),
            since="all",
            deliver=deliver,
            setting=[f"{name}={value}" for name, value in given.items()],
        )
        assert answer["status"] == "ok", answer
        return str(answer["jobid"])

    def jobs(self, state: str) -> set[str]:
        return {job["id"] for job in self.ask("listjobs", project="newscrawl")[state]}

    def log(self, job: str) -> str:
        return (self.folder / "logs" / "newscrawl" / "dnyuz" / f"{job}.log").read_text(encoding="utf-8")

    def own_log(self) -> str:
        return (self.folder / "scrapyd.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("source") / "checkout")


@pytest.fixture(scope="module")
def egg(checkout: Path) -> Path:
    return build_egg(checkout, checkout.parent / "newscrawl.egg")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_python(tmp_path_factory.mktemp("python") / "venv")


def _configuration(folder: Path) -> str:
    """The configuration that the project ships, in *folder* in place of /var/lib, and faster."""
    config = configparser.ConfigParser()
    config.read(ROOT / "deploy" / "scrapyd" / "scrapyd.conf")
    section = config["scrapyd"]
    assert section["bind_address"] == "127.0.0.1"
    for name in ("eggs_dir", "logs_dir", "dbs_dir"):
        section[name] = str(folder / name.removesuffix("_dir"))
    section["poll_interval"] = "0.1"
    path = folder / "scrapyd.conf"
    with path.open("w") as file:
        config.write(file)
    return str(path)


@pytest.fixture(scope="module")
def scrapyd(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapyd]:
    folder = tmp_path_factory.mktemp("scrapyd")
    _configuration(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **crawl_environment(),
        "HOME": str(folder),
        "SCRAPYD_HTTP_PORT": str(port),
        "SCRAPYD_USERNAME": USER,
        "SCRAPYD_PASSWORD": PASSWORD,
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder}/unused.db",
    }
    with (folder / "scrapyd.log").open("wb") as log:
        process = subprocess.Popen(
            [str(python), "-m", "scrapyd", "--pidfile="],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Scrapyd(f"http://127.0.0.1:{port}/", folder, python, environment)

    def answers() -> bool:
        assert process.poll() is None, server.own_log()
        try:
            return bool(server.ask("daemonstatus"))
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            return False

    try:
        wait_until(answers, timeout=30, every=0.1)
        yield server
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def deployed(scrapyd: Scrapyd, checkout: Path, egg: Path) -> Scrapyd:
    """The egg, sent by ``scrapyd-deploy`` with the project's own ``scrapy.cfg``: user and password by environment."""
    config = (checkout / "scrapy.cfg").read_text()
    assert "http://127.0.0.1:6800/" in config
    (checkout / "scrapy.cfg").write_text(config.replace("http://127.0.0.1:6800/", scrapyd.url))
    environment = {"SCRAPYD_USERNAME": USER, "SCRAPYD_PASSWORD": PASSWORD}
    words = ["-m", "scrapyd_client.deploy", "--egg", str(egg), "--version", "1"]
    status, out, err = run(sys.executable, *words, cwd=checkout, **environment)
    assert status == 0, out + err
    answer = json.loads(out)
    assert answer["status"] == "ok", answer
    assert answer["spiders"] == len(list((ROOT / "spiders").glob("[!_]*.py")))
    return scrapyd


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_the_egg_holds_the_project_and_nothing_else(egg: Path, checkout: Path) -> None:
    names = set(zipfile.ZipFile(egg).namelist())
    assert {name.split("/")[0] for name in names} == {"EGG-INFO", "newscrawl", "pipelines", "spiders"}
    here = {
        str(path.relative_to(checkout))
        for package in ("newscrawl", "pipelines", "spiders")
        for path in (checkout / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert here - names == set()
    assert b"newscrawl.settings" in zipfile.ZipFile(egg).read("EGG-INFO/entry_points.txt")


def test_nobody_deploys_or_looks_without_the_password(deployed: Scrapyd) -> None:
    for password in (None, "", "wrong"):
        for command in ("listjobs", "daemonstatus", "addversion"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                deployed.ask(command, password=password, post=command == "addversion", project="newscrawl")
            assert refused.value.code == 401
            refused.value.close()


def test_a_cancelled_job_ends_and_a_new_one_runs_to_its_end(deployed: Scrapyd, tmp_path: Path) -> None:
    database, feed = tmp_path / "new.db", tmp_path / "records.jsonl"
    with serve(build_world(seed=53, posts=POSTS), slow=0.2) as server:
        first = deployed.schedule(server, database, DOWNLOAD_DELAY=0.4)
        wait_until(lambda: database.exists() and _recorded(database) >= 5, timeout=60)
        assert deployed.ask("cancel", post=True, project="newscrawl", job=first)["prevstate"] == "running"
        wait_until(lambda: first in deployed.jobs("finished"), timeout=12, every=0.2)
        assert 5 <= _recorded(database) < POSTS
        had = {url for (url,) in _rows(database, "SELECT url FROM originals WHERE state = 'done'")}
        assert had
        before = len(server.requests)
        # As by default, parsing in a process of its own, which has to find the egg's code as well.
        second = deployed.schedule(server, database, feed, deliver="all", NEWSCRAWL_WORKERS=1)
        wait_until(lambda: second in deployed.jobs("finished"), timeout=90, every=0.2)
        again = {f"http://{one.host}:{server.port}{one.path}" for one in server.requests[before:]}
        expected = server.world.all_expected()
    # scrapyd cancels by SIGINT.
    assert _rows(database, "SELECT state, exit_status FROM runs ORDER BY number") == [("stopped", 130), ("finished", 0)]
    assert _rows(database, "SELECT count(*) FROM posts WHERE state <> 'done'") == [(0,)]
    assert _recorded(database) == POSTS
    assert again
    assert had & again == set()
    logs = [deployed.log(job) for job in (first, second)]
    assert [BAD.findall(log) for log in logs] == [[], []]
    assert "Spider closed (finished)" in logs[1]
    delivered = latest(read_records(feed))
    assert len(delivered) == POSTS
    # What each should be is tested elsewhere; here it tells that phrases and weights came along in the egg.
    comparison = compare(expected, delivered.values())
    assert comparison.matching >= 0.9 * comparison.total, comparison.differences[:10]
    own = deployed.own_log()
    assert re.search(rf"Process finished: .*{second}", own), own
    assert "Traceback" not in own
    assert PASSWORD not in own + "".join(logs)
    # The code was the egg's: nothing else by that name can be found.
    assert run(deployed.python, "-c", "import newscrawl", cwd=tmp_path)[0] == 1


def _recorded(database: Path) -> int:
    try:
        return int(_rows(database, "SELECT count(*) FROM records")[0][0])
    except sqlite3.OperationalError:
        return 0  # its tables are being made


def test_wrong_arguments_and_settings_end_a_job_with_one_line(deployed: Scrapyd, tmp_path: Path) -> None:
    with serve(build_world(posts=1)) as server:
        relative = deployed.schedule(server, Path("relative.db"), NEWSCRAWL_DATABASE="sqlite:///relative.db")
        jobdir = deployed.schedule(server, tmp_path / "x.db", JOBDIR=str(tmp_path / "job"))
        wait_until(lambda: {relative, jobdir} <= deployed.jobs("finished"), timeout=60, every=0.2)
        assert server.requests == []
    own = deployed.own_log()
    assert "must be an absolute path where there is no scrapy.cfg" in own
    assert "JOBDIR is set" in own
    assert len(re.findall(r"Process died: exitstatus=2 ", own)) == 2
    assert "Traceback" not in own


@pytest.mark.parametrize("name", sampled(["spiders", "pipelines"], keep=["spiders"]))
def test_a_stray_package_on_the_server_is_refused(egg: Path, python: Path, tmp_path: Path, name: str) -> None:
    """scrapyd puts the egg at the end of the path: a package of the server's by that name would win."""
    (tmp_path / "eggs" / "newscrawl").mkdir(parents=True)
    (tmp_path / "eggs" / "newscrawl" / "1.egg").write_bytes(egg.read_bytes())
    (tmp_path / "scrapyd.conf").write_text(f"[scrapyd]\neggs_dir = {tmp_path}/eggs\n")
    words = ["-W", "ignore", "-m", "scrapyd.runner", "list"]
    status, out, err = run(python, *words, cwd=tmp_path, SCRAPY_PROJECT="newscrawl")
    assert (status, out.split()) == (0, ["articles", "dnyuz", "feeds", "site", "wordpress"]), err
    stray = tmp_path / "stray" / name
    stray.mkdir(parents=True)
    (stray / "__init__.py").touch()
    status, out, err = run(python, *words, cwd=tmp_path, SCRAPY_PROJECT="newscrawl", PYTHONPATH=str(stray.parent))
    assert status == 2, out + err
    assert out == ""
    assert err.strip().splitlines() == [
        f"newscrawl: the package '{name}' is taken from {stray.parent}, not from "
        f"{tmp_path}/eggs/newscrawl/1.egg: rename or remove the other"
    ]
