"""Whose fault it is: what a redirect's target says or fails to say is not held against the host that redirects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crawl.harness import Crawl, database
from tests.net.harness import Server, answer, pages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

ALLOW = answer("User-agent: *\nAllow: /\n", content_type="text/plain")
WORDS = " ".join(f"Sentence number {n} of this article says something of its own." for n in range(60))
STORY = answer(
    "<!doctype html><html lang=en><head><title>The story of the harbour</title></head><body><article>"
    f"<h1>The story of the harbour</h1><p>{WORDS}</p></article></body></html>"
)


@pytest.fixture
def fine() -> Iterator[Server]:
    with Server(pages({"/robots.txt": ALLOW, "/story": STORY})) as server:
        yield server


def _crawl(folder: Path, servers: dict[str, int], urls: list[str], **settings: Any) -> dict[str, Any]:
    """Crawl *urls* as originals, the first of them first; reason by path, and the hosts that are left alone."""
    overrides = json.dumps({f"{name}:{port}": f"127.0.0.1:{port}" for name, port in servers.items()})
    # The guarded resolver over an empty table: no name server is asked.
    resolver = "tests.net.resolvers.TableResolver"
    own = {"NEWSCRAWL_HOST_OVERRIDES": overrides, "RETRY_TIMES": 0, "TWISTED_DNS_RESOLVER": resolver}
    crawl = Crawl(folder, None, **own, **settings)
    held: set[str] = set()
    reasons: dict[str, str | None] = {}
    (folder / "urls.txt").write_text("\n".join(urls))
    done = crawl.run("crawl", "articles", "-a", f"urls={folder / 'urls.txt'}")
    assert done.status == 0, done.err
    with database(crawl.database) as connection:
        held.update(row[0] for row in connection.execute("SELECT host FROM hosts WHERE held_until > 0"))
        for url, reason in connection.execute("SELECT url, reason FROM originals"):
            reasons[url.rpartition("/")[2]] = reason
    return {"held": held, "reasons": reasons}


def _short(targets: dict[str, str]) -> Server:
    moved = {f"/{name}": answer("", "302 Found", [("Location", target)]) for name, target in targets.items()}
    return Server(pages({"/robots.txt": ALLOW, **moved}))


def test_a_retry_after_holds_the_host_that_asks_for_it(tmp_path: Path, fine: Server) -> None:
    busy = answer("busy", "429 Too Many Requests", [("Retry-After", "3600")])
    with Server(pages({"/robots.txt": ALLOW, "/busy": busy})) as throttling:
        # Originals are claimed in the order of their ids: several, so that some come behind the one that is held.
        targets = {f"fine{n}": f"http://fine.test:{fine.port}/story?{n}" for n in range(6)}
        fine._script = pages({"/robots.txt": ALLOW, **{f"/story?{n}": STORY for n in range(6)}})
        targets |= {f"busy{n}": f"http://busy.test:{throttling.port}/busy" for n in range(3)}
        with _short(targets) as short:
            found = _crawl(
                tmp_path,
                {"short.test": short.port, "fine.test": fine.port, "busy.test": throttling.port},
                [f"http://short.test:{short.port}/{name}" for name in targets],
            )
    assert found["held"] == {"busy.test"}
    assert found["reasons"] == {name: "http_429" if name.startswith("busy") else None for name in targets}


def test_targets_that_are_dead_do_not_give_up_the_host_that_redirects(tmp_path: Path, fine: Server) -> None:
    # Wherever the claim begins: more dead ones in a row than a host is given up for.
    targets = {f"dead{n}": f"http://dead{n}.test:9/story" for n in range(12)}
    targets |= {f"fine{n}": f"http://fine.test:{fine.port}/story?{n}" for n in range(3)}
    targets |= {f"dead{n}": f"http://dead{n}.test:9/story" for n in range(12, 24)}
    fine._script = pages({"/robots.txt": ALLOW, **{f"/story?{n}": STORY for n in range(3)}})
    with _short(targets) as short:
        found = _crawl(
            tmp_path,
            {"short.test": short.port, "fine.test": fine.port},
            [f"http://short.test:{short.port}/{name}" for name in targets],
            NEWSCRAWL_PORTS="9",
        )
    assert found["held"] == set()
    assert found["reasons"] == {name: "dns" if name.startswith("dead") else None for name in targets}
