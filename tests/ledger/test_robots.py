"""What is kept of robots.txt between runs: failures are told, and can be forgotten by domain."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from newscrawl.ledger.robots import forget_robots, load_robots, robots_failures, save_robots
from newscrawl.net.robots import ERROR_TTL, LINE_TTL, StoredRobots

NOW = 1_750_000_000.0


def keep(connection: Connection, origin: str, age: float, status: int | None = None, reason: str | None = None) -> None:
    save_robots(connection, StoredRobots(origin, status, b"User-agent: *\n\0", NOW - age, reason))


def test_failures_are_told_for_as_long_as_they_hold(connection: Connection) -> None:
    keep(connection, "https://well.test:443", 10, 200)
    keep(connection, "https://gone.test:443", 10, 404)
    keep(connection, "https://slow.test:443", ERROR_TTL - 1, reason="timeout")
    keep(connection, "https://old.test:443", ERROR_TTL + 1, reason="timeout")
    keep(connection, "https://line.test:443", LINE_TTL - 1, reason="dns")
    keep(connection, "https://line-again.test:443", LINE_TTL + 1, reason="dns")
    keep(connection, "https://busy.test:443", 5, 503, "http_503")
    told = [one.origin for one in robots_failures(connection, NOW)]
    assert told == ["https://busy.test:443", "https://line.test:443", "https://slow.test:443"]


def test_a_domain_is_forgotten_with_all_its_origins_and_no_other(connection: Connection) -> None:
    for origin in ("https://news.example.org:443", "http://example.org:8080", "https://example.org.evil.test:443",
                   "https://notexample.org:443", "https://a.blogspot.com:443"):  # fmt: skip
        keep(connection, origin, 10, 200)
    assert forget_robots(connection, "example.org") == 2
    assert forget_robots(connection, "example.org") == 0
    assert load_robots(connection, "http://example.org:8080") is None
    assert load_robots(connection, "https://notexample.org:443") is not None
    # A platform is one host for politeness, and many publishers: both names forget.
    assert forget_robots(connection, "a.blogspot.com") == 1
    keep(connection, "https://b.blogspot.com:443", 10, 200)
    assert forget_robots(connection, "blogspot.com") == 1
