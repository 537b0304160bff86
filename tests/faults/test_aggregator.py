"""The aggregator fails in the middle of a listing: once, and for as long as the run has patience."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import SITE_HOST, build_world
from tests.crawl.harness import Crawl
from tests.faults.bench import Later, acknowledged, let_time_pass, lost, settled_status, snapshot
from tests.soak import sampled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

POSTS = 103  # two listings, of which the first has 100
GIVEN = ("since=all", "follow=no", "surface=rest")
#: Where the listing itself is not what fails, its last weeks are enough.
SINCE = "2025-06-12"
LATELY = (f"since={SINCE}", "follow=no", "surface=rest")
#: What a single try cannot mend: the run ends, loudly, and the next one goes on.
ENDS_THE_RUN = {"429-long"}
#: What is read all the same: a body that is not packed although its header says so.
READ_ALL_THE_SAME = {"bad_gzip"}
LISTINGS = {"feed": "/feed", "sitemap": "/wp-sitemap", "archive": "/"}
KINDS: dict[str, dict[str, Any]] = {
    "reset": {},
    "close": {},
    "truncate": {},
    "cut_chunks": {},
    "lie": {},
    "bad_gzip": {},
    "garbage": {},
    "empty": {},
    "hang": {},
    "drip": {},
    "500": {},
    "503": {},
    "429": {"retry_after": "2"},
    "429-long": {"retry_after": "7200"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve(build_world(seed=5, posts=POSTS, lengths=(40,))) as running:
        yield running


@pytest.fixture(scope="module")
def whole(server: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    crawl = Crawl(tmp_path_factory.mktemp("whole"), server)
    assert crawl.crawl(*GIVEN).status == 0
    assert len(crawl.records()) == POSTS
    return crawl.records()


@pytest.fixture(scope="module")
def lately(whole: dict[str, Any]) -> dict[str, Any]:
    """The records of the last weeks."""
    found = {one: record for one, record in whole.items() if record["published_at"] >= SINCE}
    assert 5 < len(found) < 40
    return found


@pytest.fixture(autouse=True)
def _healed(server: DemoServer) -> Iterator[None]:
    yield
    server.heal()


def _fault(kind: str, options: dict[str, Any], times: int | None) -> Later:
    return Later(SITE_HOST, kind.partition("-")[0], times=times, prefix="/wp-json/wp/v2/posts", spared=1, **options)


# The others break off, hang or fail in the way of one of these; publishers fail in each of them (test_publishers).
@pytest.mark.parametrize("kind", sampled(KINDS, keep=KINDS.keys() - {"close", "garbage", "drip", "500"}))
def test_in_the_middle_of_a_listing(
    tmp_path: Path, server: DemoServer, whole: dict[str, Any], kind: str, record_property: Callable[[str, Any], None]
) -> None:
    crawl = Crawl(tmp_path, server, DOWNLOAD_TIMEOUT=3)
    # For good: what was listed is made into records, and the end is loud.
    server.faults.append(_fault(kind, KINDS[kind], None))
    first = crawl.crawl(*GIVEN)
    record_property("status", first.status)
    if kind in READ_ALL_THE_SAME:
        assert first.status == 0, first.err[-2000:]
        assert crawl.records() == whole
        return
    assert first.status == 4, first.err[-2000:]
    assert "dnyuz.test" in first.last_line
    assert "Traceback" not in first.err
    state = snapshot(crawl.database)
    record_property("acknowledged", len(state.records))
    assert len(state.records) == 100
    assert state.balanced
    run = (settled_status(crawl.database) or {})["runs"][0]
    assert (run["state"], run["exit_status"]) == ("failed", 4)
    assert "dnyuz.test" in run["message"]
    # Once: the next run sees it through, and lists nothing twice but its first page. A host that failed three times
    # in a row, or asks for it, is left alone for a while.
    server.heal()
    let_time_pass(crawl.database, 3 * 3600)
    server.faults.append(_fault(kind, KINDS[kind], 1))
    before = server.count(SITE_HOST, path="/wp-json/wp/v2/posts")
    second = crawl.crawl(*GIVEN)
    assert second.status in ((4, 0) if kind in ENDS_THE_RUN else (0,)), second.err[-2000:]
    if second.status == 4:
        assert "dnyuz.test" in second.last_line
        server.heal()
        let_time_pass(crawl.database, 3 * 3600)
        third = crawl.crawl(*GIVEN)
        assert third.status == 0, third.err[-2000:]
    else:
        # The first page, the one that was missing, the one that failed, and one to see the end.
        assert server.count(SITE_HOST, path="/wp-json/wp/v2/posts") - before <= 4
    gone = lost(state.records, crawl.database)
    record_property("lost", len(gone))
    assert gone == []
    assert crawl.records() == whole
    assert len(acknowledged(crawl.database)) == POSTS


@pytest.mark.parametrize(
    ("surface", "kind"), [("feed", "lie"), ("sitemap", "lie"), ("archive", "lie"), ("feed", "empty")]
)
def test_a_listing_of_another_surface_is_cut(
    tmp_path: Path, server: DemoServer, kind: str, surface: str, record_property: Callable[[str, Any], None]
) -> None:
    """XML and HTML that end early can be read, and what they miss would be missed for good (304 the next time)."""
    given = (f"since={SINCE}", "follow=no", f"surface={surface}")
    fault = Later(SITE_HOST, kind, times=None, prefix=LISTINGS[surface], spared=0)
    undisturbed = Crawl(tmp_path / "whole", server)
    undisturbed.folder.mkdir()
    assert undisturbed.crawl(*given).status == 0
    whole = undisturbed.records()
    assert len(whole) > 5
    crawl = Crawl(tmp_path, server, DOWNLOAD_TIMEOUT=3)
    server.faults.append(fault)
    first = crawl.crawl(*given)
    record_property("status", first.status)
    assert first.status == 4, first.err[-2000:]
    assert "Traceback" not in first.err
    server.heal()
    second = crawl.crawl(*given)
    assert second.status == 0, second.err[-2000:]
    assert crawl.records() == whole
    record_property("lost", 0)
    # Once: mended within the run.
    third = Crawl(tmp_path / "once", server, DOWNLOAD_TIMEOUT=3)
    third.folder.mkdir()
    server.faults.append(Later(SITE_HOST, kind, times=1, prefix=LISTINGS[surface], spared=0))
    assert third.crawl(*given).status == 0
    assert third.records() == whole


@pytest.mark.parametrize("kind", sampled(["503", "hang", "reset"], keep=["503", "hang"]))
def test_robots_fail_for_a_while(
    tmp_path: Path, server: DemoServer, lately: dict[str, Any], kind: str, record_property: Callable[[str, Any], None]
) -> None:
    """A robots.txt that cannot be had forbids everything (RFC 9309, 2.3.1.4)."""
    crawl = Crawl(tmp_path, server, DOWNLOAD_TIMEOUT=3)
    server.fail(SITE_HOST, kind, prefix="/robots.txt", robots=True)
    before = server.count(SITE_HOST, path="/wp-json")
    first = crawl.crawl(*LATELY)
    record_property("status", first.status)
    assert first.status == 4, first.err[-2000:]
    assert "dnyuz.test" in first.last_line
    assert server.count(SITE_HOST, path="/wp-json") == before
    server.heal()
    let_time_pass(crawl.database, 3600)
    assert crawl.crawl(*LATELY).status == 0
    record_property("lost", 0)
    assert crawl.records() == lately


def test_its_name_is_not_known_for_a_while(
    tmp_path: Path, server: DemoServer, lately: dict[str, Any], record_property: Callable[[str, Any], None]
) -> None:
    crawl = Crawl(tmp_path, server)
    first = crawl.crawl(*LATELY, NEWSCRAWL_HOST_OVERRIDES="{}", NEWSCRAWL_PORTS=f"80,{server.port}")
    record_property("status", first.status)
    assert first.status == 4, first.err[-2000:]
    assert "(dns)" in first.last_line
    let_time_pass(crawl.database, 3600)
    second = crawl.crawl(*LATELY)
    assert second.status == 0, second.err[-2000:]
    record_property("lost", 0)
    assert crawl.records() == lately


def test_nobody_listens_for_a_while(
    tmp_path: Path, server: DemoServer, lately: dict[str, Any], record_property: Callable[[str, Any], None]
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and deaf
        deaf = f'{{"*.test:{server.port}": "127.0.0.1:{taken.getsockname()[1]}"}}'
        crawl = Crawl(tmp_path, server)
        first = crawl.crawl(*LATELY, NEWSCRAWL_HOST_OVERRIDES=deaf)
    record_property("status", first.status)
    assert first.status == 4, first.err[-2000:]
    assert "(connection)" in first.last_line
    let_time_pass(crawl.database, 3600)
    assert crawl.crawl(*LATELY).status == 0
    record_property("lost", 0)
    assert crawl.records() == lately
