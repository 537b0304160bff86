"""A small world for all faults, crawled once undisturbed; what each test does to it is healed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from tests.crawl.harness import Crawl, Outcome
from tests.faults.bench import acknowledged, lost, settled_status, snapshot

#: Of which every second has its original; the others end in nine ways. Eight wait for one host: a crawl with a delay
#: is under way for long enough to be struck.
POSTS = 28
SETTINGS: dict[str, Any] = {"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 20}


@pytest.fixture(scope="session")
def fault_server() -> Iterator[DemoServer]:
    with serve(build_world(seed=53, posts=POSTS, lengths=(150,)), slow=0.1) as running:
        yield running


@pytest.fixture(scope="session")
def _undisturbed(
    fault_server: DemoServer, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, dict[str, Any]]]:
    known: dict[str, dict[str, dict[str, Any]]] = {}

    def records(follow: str) -> dict[str, dict[str, Any]]:
        if follow not in known:
            crawl = Crawl(tmp_path_factory.mktemp("undisturbed"), fault_server, **SETTINGS)
            done = crawl.crawl("since=all", f"follow={follow}")
            assert done.status == 0, done.err
            known[follow] = crawl.records()
            assert len(known[follow]) == POSTS
        return known[follow]

    return records


class Case:
    """One fault: a database of its own, what it had acknowledged, and what must hold afterwards."""

    def __init__(
        self, crawl: Crawl, follow: str, undisturbed: Callable[[str], dict[str, Any]], note: Callable[[str, Any], None]
    ) -> None:
        self.crawl = crawl
        self.arguments = ("since=all", f"follow={follow}")
        self.note = note
        self._follow = follow
        self._undisturbed = undisturbed
        self._before: dict[str, tuple[Any, ...]] = {}

    @property
    def whole(self) -> dict[str, Any]:
        """Records of an undisturbed crawl."""
        return self._undisturbed(self._follow)

    def words(self, *more: str, feed: str | None = "out.jsonl") -> list[str]:
        """The words of the crawl command."""
        return self.crawl.arguments(*self.arguments, *more, feed=feed)

    def run(self, *more: str, feed: str | None = "out.jsonl", timeout: float = 150, **settings: Any) -> Outcome:
        """Crawl, to whatever end."""
        return self.crawl.run(*self.words(*more, feed=feed), timeout=timeout, **settings)

    def struck(self) -> None:
        """The fault has struck: what is acknowledged now must never be lost, and the books balance."""
        state = snapshot(self.crawl.database)
        assert state.balanced
        self._before = state.records
        self.note("acknowledged", len(state.records))

    def loud(self, done: Outcome, *words: str, status: int = 4) -> None:
        """The run ended with *status* and one line that says what could not be done."""
        self.note("status", done.status)
        assert done.status == status, done.err[-2000:]
        for word in words:
            assert word in done.last_line, done.err[-2000:]
        assert "Traceback" not in done.err, done.err[-4000:]

    def complete(self, done: Outcome | None = None) -> None:
        """The run ended well, with the records of an undisturbed one; nothing acknowledged was lost on the way."""
        if done is not None:
            self.note("status_at_last", done.status)
            assert done.status == 0, done.err[-3000:]
        gone = lost(self._before, self.crawl.database)
        self.note("lost", len(gone))
        assert gone == []
        records = self.crawl.records()
        assert records.keys() == self.whole.keys()
        for one, record in records.items():
            whole = self.whole[one]
            differ = {k: (v, whole[k]) for k, v in record.items() if v != whole[k]}
            assert not differ, (record["outcome"], record["reason"], differ)
        status = settled_status(self.crawl.database)
        assert status is not None
        assert status["balanced"]
        assert status["posts"]["backlog"] == 0

    def acknowledged(self) -> int:
        """Records in the database."""
        return len(acknowledged(self.crawl.database))


@pytest.fixture
def case(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    fault_server: DemoServer,
    _undisturbed: Callable[[str], dict[str, Any]],
    record_property: Callable[[str, Any], None],
) -> Iterator[Callable[..., Case]]:
    """Makes a `Case`: ``case()`` follows attributions, ``case(follow="no")`` does not (and is quicker)."""

    def make(folder: Path = tmp_path, follow: str = "yes", **settings: Any) -> Case:
        crawl = Crawl(folder, fault_server, **{**SETTINGS, **settings})
        return Case(crawl, follow, _undisturbed, record_property)

    yield make
    fault_server.heal()
    fault_server.open()
