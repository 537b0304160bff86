"""robots.txt against RFC 9309: groups, paths, statuses, sizes."""

from __future__ import annotations

import gc
import random
import time

import pytest

from newscrawl.net.robots_rules import FEW_RULES, MAX_ROBOTS_BYTES, decide, parse
from tests.soak import sampled

SITE = "https://site.example"


def allowed(robots: str | bytes, path: str, agent: str = "newscrawl") -> bool:
    body = robots.encode() if isinstance(robots, str) else robots
    return parse(body, agent).allowed(SITE + path)


# The numbered cases: what the text of RFC 9309 says of each (section in the id).
CASES = [
    # Section 2.2.1: groups and product tokens.
    ("2.2.1-own-group", "User-agent: newscrawl\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
    ("2.2.1-any-case", "USER-AGENT: NewsCrawl\ndisallow: /a", "/a", False),
    ("2.2.1-merged-groups", "User-agent: newscrawl\nDisallow: /a\nUser-agent: x\nDisallow: /\n"
     "User-agent: newscrawl\nDisallow: /b", "/b", False),
    ("2.2.1-star-when-no-own", "User-agent: other\nAllow: /\n\nUser-agent: *\nDisallow: /a", "/a", False),
    ("2.2.1-no-group-no-rules", "User-agent: other\nDisallow: /", "/a", True),
    ("2.2.1-prefix-is-another-agent", "User-agent: news\nDisallow: /", "/a", True),
    ("2.2.1-longer-is-another-agent", "User-agent: newscrawlers\nDisallow: /", "/a", True),
    ("2.2.1-version-is-not-the-token", "User-agent: newscrawl/9.1\nDisallow: /a", "/a", False),
    ("2.2.1-several-agents-one-group", "User-agent: a\nUser-agent: newscrawl\nDisallow: /a", "/a", False),
    ("2.2.1-rules-before-any-group", "Disallow: /\nUser-agent: *\nDisallow: /b", "/a", True),
    # Section 2.2.2: allow and disallow.
    ("2.2.2-longest-match", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
    ("2.2.2-longest-match-deny", "User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b", False),
    ("2.2.2-tie-goes-to-allow", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    ("2.2.2-empty-disallow", "User-agent: *\nDisallow:", "/a", True),
    ("2.2.2-case-of-paths", "User-agent: *\nDisallow: /A", "/a", True),
    ("2.2.2-percent-encoded-path", "User-agent: *\nDisallow: /b%C3%A4r", "/b%C3%A4r", False),
    ("2.2.2-unicode-rule", "User-agent: *\nDisallow: /bär", "/b%C3%A4r", False),
    ("2.2.2-encoded-letter", "User-agent: *\nDisallow: /a%62c", "/abc", False),
    ("2.2.2-query", "User-agent: *\nDisallow: /a?x=", "/a?x=1", False),
    ("2.2.2-robots-txt-itself", "User-agent: *\nDisallow: /", "/robots.txt", True),
    ("2.2.2-two-slashes-all-denied", "User-agent: *\nDisallow: /\nAllow: /$", "//anything", False),
    ("2.2.2-two-slashes-rule", "User-agent: *\nDisallow: //secret/", "//secret/x", False),
    ("2.2.2-two-slashes-are-no-one", "User-agent: *\nDisallow: //secret/", "/secret/x", True),
    ("2.2.2-two-slashes-no-first-segment", "User-agent: *\nDisallow: /\nAllow: /public/", "//x/public/", False),
    ("2.2.2-three-slashes", "User-agent: *\nDisallow: ///a", "///a/b", False),
    ("2.2.2-two-slashes-robots-txt", "User-agent: *\nDisallow: /", "//robots.txt", False),
    ("2.2.2-empty-query", "User-agent: *\nDisallow: /a?", "/a?", False),
    ("2.2.2-empty-query-is-not-none", "User-agent: *\nDisallow: /a$", "/a?", True),
    ("2.2.2-query-without-path", "User-agent: *\nDisallow: /?s=", "?s=1", False),
    ("2.2.2-address-in-a-query", "User-agent: *\nDisallow: /a?u=http://x/", "/a?u=http://x/y", False),
    ("2.2.2-address-in-a-path", "User-agent: *\nDisallow: /a/http:", "/a/http://x/robots.txt", False),
    ("2.2.2-semicolon", "User-agent: *\nDisallow: /a;b", "/a;b", False),
    # Section 2.2.3: special characters.
    ("2.2.3-comment", "User-agent: * # all\nDisallow: /a # here", "/a", False),
    ("2.2.3-star", "User-agent: *\nDisallow: /*.gif", "/x/y.gif?z", False),
    ("2.2.3-end", "User-agent: *\nDisallow: /a$", "/ab", True),
    ("2.2.3-end-matches", "User-agent: *\nDisallow: /*.php$", "/x.php", False),
    # Section 2.2.4: other records do not end a group.
    ("2.2.4-sitemap", "User-agent: newscrawl\nSitemap: https://x/s.xml\nUser-agent: b\nDisallow: /", "/a", False),
    ("2.2.4-crawl-delay", "User-agent: newscrawl\nCrawl-delay: 1\nDisallow: /a", "/a", False),
    # Section 2.2: the file.
    ("2.2-byte-order-mark", "\ufeffUser-agent: *\nDisallow: /a", "/a", False),
    ("2.2-carriage-returns", "User-agent: *\rDisallow: /a\r", "/a", False),
    ("2.2-not-utf8", b"User-agent: *\nDisallow: /\xff\nDisallow: /a", "/a", False),
    ("2.2-html", "<!doctype html><html><body>Not found: /</body></html>", "/a", True),
]  # fmt: skip


@pytest.mark.parametrize(("robots", "path", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_text(robots: str | bytes, path: str, expected: bool) -> None:
    assert allowed(robots, path) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, False), (204, False), (206, False), (301, True), (302, True), (304, True)]
    + [(status, True) for status in (400, 401, 403, 404, 410, 418, 429, 451)]
    + [(status, False) for status in (500, 502, 503, 504, 520, 599, 999)]
    + [(None, False), (100, False)],
)
def test_status(status: int | None, expected: bool) -> None:
    # The body denies: only an answer of 2xx is read, 4xx allow whatever it says.
    assert decide(status, b"User-agent: *\nDisallow: /", "newscrawl").allowed(f"{SITE}/a") is expected


def test_a_body_under_5xx_is_not_read() -> None:
    assert not decide(503, b"User-agent: *\nAllow: /", "newscrawl").allowed(f"{SITE}/a")
    # robots.txt itself may always be asked, or a site could never come back.
    assert decide(503, b"", "newscrawl").allowed(f"{SITE}/robots.txt")


def test_500_kib_are_read_and_no_half_rule() -> None:
    head = b"User-agent: *\nDisallow: /first\n"
    filler = b"#" * 79 + b"\n"
    within = head + filler * ((MAX_ROBOTS_BYTES - len(head) - 40) // 80) + b"Disallow: /last\n"
    assert len(within) <= MAX_ROBOTS_BYTES
    assert not allowed(within, "/last")
    beyond = within + b"Allow: /last/but/later\n" * 100
    assert not allowed(beyond + b"Disallow: /never\n", "/last")
    assert allowed(beyond + filler * 10 + b"Disallow: /never\n", "/never")
    # Cut inside `Disallow: /private/area`, `Disallow: /p` would deny far more.
    cut = head + b"#" * (MAX_ROBOTS_BYTES - len(head) - 14) + b"\nDisallow: /private/area\n"
    assert cut[:MAX_ROBOTS_BYTES].endswith(b"Disallow: /pr")
    assert allowed(cut, "/prize")
    assert not allowed(cut, "/first")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), ("0.5", 0.5), ("-1", None), ("x", None), ("inf", None), ("nan", None), ("1e9", 86400.0), ("", None)],
)
def test_crawl_delay(value: str, seconds: float | None) -> None:
    assert parse(f"User-agent: *\nCrawl-delay: {value}\n".encode(), "newscrawl").crawl_delay == seconds


def test_crawl_delay_is_of_our_group() -> None:
    robots = b"User-agent: newscrawl\nCrawl-delay: 2\nDisallow:\n\nUser-agent: *\nCrawl-delay: 60\nDisallow:\n"
    assert parse(robots, "newscrawl").crawl_delay == 2
    assert parse(robots, "other").crawl_delay == 60


def test_sitemaps_signals_and_denied_ai_agents() -> None:
    robots = b"""User-agent: *
Content-Signal: search=yes, ai-train=no
Disallow: /x

User-agent: GPTBot
User-agent: CCBot/2.0
Disallow: /

User-agent: Google-Extended
Disallow: /some

Sitemap: https://site.example/map.xml
"""
    rules = parse(robots, "newscrawl")
    assert rules.content_signals == ("search=yes, ai-train=no",)
    assert rules.ai_denied == ("CCBot", "GPTBot")
    assert rules.sitemaps == ("https://site.example/map.xml",)
    assert rules.allowed(f"{SITE}/a")
    assert not rules.allowed(f"{SITE}/x/y")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a$\n" * 8_000,
        b"User-agent: *\n" + b"Disallow: /" + b"*a" * 200_000 + b"$\n",
        b"User-agent: *\n" + b"".join(b"Disallow: /%d\n" % n for n in range(40_000)),
        b"User-agent: " + b"a" * 400_000,
        b"".join(b"User-agent: a%d\nDisallow: /\n" % n for n in range(20_000)),
        b"User-agent: GPTBot\nDisallow: /\n" * 15_000,
        b"\x00" * 500_000,
        b"\n" * 500_000,
        b":" * 500_000,
    ],
    ids=[
        "stars",
        "one-long-star",
        "many-rules",
        "long-agent",
        "many-groups",
        "one-agent-often",
        "nul",
        "empty",
        "colons",
    ],
)
def test_hostile_files_cost_little(body: bytes) -> None:
    start = time.process_time()
    rules = parse(body, "newscrawl")
    for path in ("/" + "a" * 2_000, "/1", "/"):
        rules.allowed(SITE + path)
    assert time.process_time() - start < 3.0


@pytest.mark.parametrize("url", ["https://site.example", "https://site.example?x", "https://site.example/#f"])
def test_urls_without_a_path(url: str) -> None:
    assert not parse(b"User-agent: *\nDisallow: /", "newscrawl").allowed(url)
    assert parse(b"User-agent: *\nDisallow: /a", "newscrawl").allowed(url)


_PARTS = ("/", "a", "b/", "story", "%61", "%2F", "é", "*", "$", "?", "=", "index.html", "//", ";", "&", "~", "%", "\\")


def _made(chance: random.Random, parts: tuple[str, ...]) -> str:
    return "".join(chance.choices(parts, k=chance.randint(1, 5)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", sampled(range(20), keep=(0, 7)))
def test_of_many_rules_those_that_may_match_decide_as_all_of_them_would(seed: int) -> None:
    chance = random.Random(seed)
    start = ("/", "", "/", "/", "http://x/")
    rules = [(chance.choice(("Allow", "Disallow")), chance.choice(start) + _made(chance, _PARTS)) for _ in range(40)]
    lines = [f"{key}: {value}" for key, value in rules]
    never = [f"Disallow: /never{number}/*x" for number in range(FEW_RULES)]
    few = parse("\n".join(["User-agent: *", *lines]).encode(), "newscrawl")
    many = parse("\n".join(["User-agent: *", *lines, *never]).encode(), "newscrawl")
    assert (few.is_long, many.is_long) == (False, True)
    plain = tuple(part for part in _PARTS if part not in {"*", "$"})
    for url in (SITE + "/" + _made(chance, plain) for _ in range(300)):
        assert many.allowed(url) == few.allowed(url), (url, lines)


def test_who_allows_an_index_page_allows_its_folder_in_a_long_file_too() -> None:
    never = "\n".join(f"Disallow: /never{number}/" for number in range(FEW_RULES))
    rules = parse(f"User-agent: *\nDisallow: /\nAllow: /a/index.html\n{never}".encode(), "newscrawl")
    assert rules.allowed(f"{SITE}/a/")
    assert not rules.allowed(f"{SITE}/a/b")


def test_a_long_file_leaves_few_objects_to_the_garbage_collector() -> None:
    """Each full collection looks at all of them while the event loop waits."""
    body = "User-agent: *\nUser-agent: GPTBot\n" + "\n".join(f"Disallow: /x{n}/*a*b" for n in range(20_000))
    gc.collect()
    before = len(gc.get_objects())
    rules = parse(body.encode(), "newscrawl")
    assert not rules.allowed(f"{SITE}/x7/cab")
    gc.collect()
    assert len(gc.get_objects()) - before < 1_000
