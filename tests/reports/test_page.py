"""The HTML report: what it counts, that it holds nothing that acts, and how it is written."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from resiliparse.parse.html import HTMLTree, NodeType
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.clock import format_time, parse_time
from newscrawl.errors import OperationError, UserError
from newscrawl.files import write_whole
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.items import OriginalPart, PostPart, Publisher
from newscrawl.ledger.hosts import hold_host
from newscrawl.ledger.runs import close_run, open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.ledger.work import finish_original, finish_record
from newscrawl.net.overrides import HostOverrides
from newscrawl.net.policy import DEFAULT_POLICY, Policy
from newscrawl.reports import page as report_page
from newscrawl.reports.advice import todos
from newscrawl.reports.overview import MOST_RECORDS, Overview
from newscrawl.reports.page import MOST_CHARS, collect_report, render_report, shown
from newscrawl.storage.engine import open_engine
from newscrawl.storage.records import store_record
from newscrawl.storage.tables import metadata, originals, posts, records, runs
from newscrawl.text import clean_line
from tests.browser import Seen, look_at
from tests.conftest import sqlite_url
from tests.ledger.helpers import RUN, SITE, answer, enter, oid, park, pid, post, record, scope
from tests.net.harness import Server, pages
from tests.net.harness import answer as http_answer
from tests.net.test_nasty_strings import NASTY, nasty_record
from tests.warm import run_scrapy

ROOT = Path(__file__).resolve().parent.parent.parent
AT = "2026-03-05T10:00:00Z"


def render(report: Overview, policy: Policy = DEFAULT_POLICY) -> str:
    return render_report(report, made_at=AT, policy=policy)


def _run(engine: Engine, state: str, status: int, message: str | None = None, site: str = SITE, **counts: int) -> None:
    run = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", site, ("news",)), arguments={})
    with engine.begin() as connection:
        close_run(connection, run.id, state=state, exit_status=status, message=message, counts=dict(counts))
    run.locks.release()


def _fill(engine: Engine) -> Engine:
    """A collection with something in every list of the page."""
    _run(engine, "finished", 0, new=4)
    _run(engine, "failed", 4, "the disk is full", failed=1)
    with engine.begin() as connection:
        news = scope(connection)
        enter(connection, [post(name) for name in "abcdef"], news)
        made = record(
            "a",
            "some text",
            title="The <b>first</b> title",
            outcome="original",
            reason=None,
            publisher=Publisher(name="The Paper", domain="paper.example", url="https://www.paper.example/"),
            published_at="2026-03-01T12:34:56Z",
        )
        made.url = "https://www.paper.example/a?x=1&y=2"
        made.original = OriginalPart(url=made.url)
        finish_record(connection, made, RUN)
        for name, day, domain in (("b", "2026-03-02", "paper.example"), ("c", "2026-02-28", "other.example")):
            one = record(name, f"text {name}", reason="http_404", published_at=f"{day}T00:00:00Z")
            one.publisher = Publisher(name=f"Publisher of {domain}", domain=domain)
            finish_record(connection, one, RUN)
        # An original that is due again, one that was given up, one that fell back to plain http, one that waits.
        links = {name: f"https://{name}.example/story" for name in ("again", "never", "plain", "waits")}
        for name, link in zip("adef", links.values(), strict=True):
            park(connection, name, link)
        again, never, plain, waits = links.values()
        connection.execute(
            update(originals)
            .where(originals.c.id.in_([oid(again), oid(never)]))
            .values(state="done", rounds=1, reason="timeout", next_at=1.9e9)
        )
        connection.execute(update(originals).where(originals.c.id == oid(never)).values(rounds=9))
        finish_original(connection, RUN, answer(plain), size=5)
        connection.execute(
            update(originals).where(originals.c.id == oid(plain)).values(final_url="http://plain.example/story")
        )
        hold_host(connection, "slow.example", 3600.0, "http_503")
        # Records without posts of their own (articles), one of them with a date that is a lie.
        for number, published in ((1, "2999-01-01T00:00:00Z"), (2, None)):
            odd = nasty_record(number)
            odd.published_at = published
            odd.publisher = None
            odd.duplicate_of = None
            store_record(connection, odd, RUN)
        assert waits
    return engine


@pytest.fixture
def filled(engine: Engine) -> Engine:
    return _fill(engine)


def collected(engine: Engine) -> Overview:
    with engine.connect() as connection:
        return collect_report(connection)


def test_an_empty_database_is_a_page(connection: Connection) -> None:
    report = collect_report(connection)
    assert (report.posts, report.records, report.balanced) == (0, 0, True)
    text = lxml.html.fromstring(render(report)).text_content()
    assert "There is no record yet." in text
    assert "No run yet." in text


def test_everything_is_counted(filled: Engine) -> None:
    report = collected(filled)
    assert (report.posts, report.records, report.joined) == (6, 5, 3)
    assert report.outcomes == {"original": 3, "post_only": 2}
    assert report.reasons == {"http_404": 2}
    assert [(one.domain, one.records, one.reached, one.newest) for one in report.publishers] == [
        ("paper.example", 2, 1, "2026-03-02"), ("other.example", 1, 0, "2026-02-28"),
    ]  # fmt: skip
    assert report.publishers[0].reasons == {"http_404": 1}
    assert [one.title for one in report.publishers[0].examples][1:] == ["The <b>first</b> title"]
    assert report.publishers[0].url == "https://www.paper.example/"
    assert [(day.day, day.outcomes.total()) for day in report.days] == [
        ("2026-02-28", 1), ("2026-03-01", 1), ("2026-03-02", 1),
    ]  # fmt: skip
    assert (report.undated, report.ahead) == (1, 1)
    assert [(run.state, run.exit_status) for run in report.runs] == [("failed", 4), ("finished", 0)]
    assert report.retries.waiting == 1
    assert report.retries.given_up == 1
    assert [one.url for one in report.retries.next] == ["https://again.example/story"]
    assert [one.host for one in report.backlog.hosts] == ["waits.example"]
    assert [one.host for one in report.held] == ["slow.example"]
    assert report.downgrades_known == 1
    assert sum(report.languages.values()) == 5
    assert [one.published_at for one in report.latest] == [
        "2026-03-02T00:00:00Z", "2026-03-01T12:34:56Z", "2026-02-28T00:00:00Z", None,
    ]  # fmt: skip


def test_weeks_are_counted_back_from_the_newest_run(filled: Engine) -> None:
    with filled.begin() as connection:
        started = connection.execute(select(runs.c.started_at).order_by(runs.c.number.desc()).limit(1)).scalar_one()
        newest = parse_time(started)
        for name, days in (("a", 1), ("b", 8), ("c", 15)):
            at = format_time(newest - dt.timedelta(days=days))
            connection.execute(update(records).where(records.c.id == pid(name)).values(crawled_at=at))
            connection.execute(update(posts).where(posts.c.id == pid(name)).values(discovered_at=at))
    report = collected(filled)
    assert (report.this_week.runs, report.this_week.runs_well) == (2, 1)
    assert report.last_week.outcomes == {"post_only": 1}
    assert report.last_week.posts == 1
    assert report.this_week.posts == 4


def test_the_page_says_it(filled: Engine) -> None:
    html = render(collected(filled))
    tree = lxml.html.fromstring(html)
    text = " ".join(tree.text_content().split())
    for words in (
        "Made at 2026-03-05 10:00",
        "The last run of this scope ended badly: failed (status 4, something could not be done).",
        "6 posts were discovered, 3 of them have a record",
        "The <b>first</b> title",
        "The publisher answered with HTTP status 404.",
        "failed (status 4, something could not be done): the disk is full",
        "1 were asked for in vain that often",
        "One original was linked by https and answered by plain http",
        "1 records have no date. 1 claim to be newer than the last run",
        "2030-03-17 17:46",
    ):
        assert words in text, words
    hrefs = [link.get("href") for link in tree.iter("a")]
    assert "https://www.paper.example/a?x=1&y=2" in hrefs
    assert "https://www.paper.example/" in hrefs
    away = [link for link in tree.iter("a") if not link.get("href").startswith("#")]
    assert all(link.get("rel") == "noopener noreferrer nofollow" for link in away)
    assert away
    anchors = {one.get("id") for one in tree.iter("*")}
    assert {link.get("href")[1:] for link in tree.iter("a") if link.get("href").startswith("#")} <= anchors


def test_the_policy_allows_our_style_and_script_and_the_page_needs_nothing_else(filled: Engine) -> None:
    tree = lxml.html.document_fromstring(render(collected(filled)))
    head = tree.find("head")
    (policy,) = (one for one in head.iter("meta") if one.get("http-equiv") == "Content-Security-Policy")
    (style,), (script,) = tree.iter("style"), tree.iter("script")

    def digest(element: Any) -> str:
        return base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()

    assert policy.get("content") == (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    # It holds for what comes behind it: nothing but the charset may stand before.
    assert [one.tag for one in head][: list(head).index(policy)] == ["meta"]
    assert [one.get("content") for one in head.iter("meta") if one.get("name") == "referrer"] == ["no-referrer"]
    used = {name for one in tree.iter("*") for name in one.attrib}
    # Neither `style` nor `on...`, which the policy forbids, nor anything that loads.
    assert not {name for name in used if name.startswith("on")} | (used & {"style", "src", "srcset", "action"})
    assert not {"img", "link", "iframe", "form", "object", "base", "use", "image"} & {one.tag for one in tree.iter("*")}
    assert [one.tag for one in tree.iter("*") if one.get("href") and one.tag != "a"] == []
    assert len(list(tree.iter("svg"))) >= 5
    # The script makes elements and text, never markup.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|fetch|XMLHttp", script.text)


def test_a_database_that_does_not_add_up_is_told(filled: Engine) -> None:
    with filled.begin() as connection:
        connection.execute(update(posts).where(posts.c.id == pid("f")).values(state="done"))
    assert "The sums do not add up" in render(collected(filled))


def test_the_same_database_gives_the_same_page(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    first = render(collected(filled))
    # No clock but the one that is passed in: not a minute later, not a year.
    monkeypatch.setattr("newscrawl.clock.time.time", lambda: 4e9)
    assert render(collected(filled)) == first
    later = render_report(collected(filled), made_at="2027-01-01T00:00:00Z", policy=DEFAULT_POLICY)
    differing = [
        (one, other) for one, other in zip(first.splitlines(), later.splitlines(), strict=True) if one != other
    ]
    assert len(differing) == 1
    assert "Made at" in differing[0][0]


def test_collecting_writes_nothing(filled: Engine) -> None:
    def dump() -> dict[str, list[Any]]:
        with filled.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table)))) for table in metadata.sorted_tables
            }

    before = dump()
    options: dict[str, Any] = {"newscrawl_readonly": True, "postgresql_readonly": True}
    with filled.connect().execution_options(**options) as connection:
        if filled.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only=ON")
        assert collect_report(connection).records == 5
        # The database itself refuses to be written to here.
        with pytest.raises(SQLAlchemyError):
            connection.execute(update(posts).values(state="done"))
    filled.dispose()
    assert dump() == before


# --- hostile strings ---------------------------------------------------------------------------------------


def _poisoned(value: Any, nasty: str) -> Any:
    """*value* with every string in it replaced, words of closed lists and times included."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = {
            one.name: (_poisoned_words if one.name in WORDS else _poisoned)(getattr(value, one.name), nasty)
            for one in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **made)
    if isinstance(value, list):
        return [_poisoned(one, nasty) for one in value]
    return nasty if isinstance(value, str) else value


#: Fields of the report whose values are counts by word: there the words are the keys.
WORDS = frozenset({"reasons", "outcomes", "counts", "languages", "clusters", "latencies", "this_week", "last_week"})


def _poisoned_words(counts: Any, nasty: str) -> Any:
    if dataclasses.is_dataclass(counts):
        return counts  # a week: its counts are shown as sums
    return type(counts)({f"{nasty}{' ' * number}": one for number, one in enumerate(counts.values())})


def _skeleton_lxml(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.tag, tuple(sorted(one.attrib))) for one in lxml.html.document_fromstring(html).iter("*")]


def _elements_html5(html: str) -> Iterator[Any]:
    """Every element in the order of the document: a walk, since each step through a found collection searches anew."""
    return (node for node in HTMLTree.parse(html).document if node.type == NodeType.ELEMENT)


def _skeleton_html5(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(node.tag, tuple(sorted(node.attrs))) for node in _elements_html5(html)]


SKELETONS = {"lxml": _skeleton_lxml, "html5": _skeleton_html5}


def _texts(html: str, parser: str) -> list[str]:
    """What stands in each place for a value, as *parser* reads it back."""
    if parser == "lxml":
        return [one.text_content() for one in lxml.html.document_fromstring(html).iter("bdi")]
    return [node.text for node in _elements_html5(html) if node.tag == "bdi"]


@pytest.fixture(scope="module")
def plain_skeletons(sqlite_filled: Overview) -> dict[str, Any]:
    """The elements of the page whose every string is a plain word, by parser."""
    html = render(_poisoned(sqlite_filled, "plain"))
    return {parser: skeleton(html) for parser, skeleton in SKELETONS.items()}


@pytest.mark.parametrize("name", NASTY)
def test_nasty_strings_in_every_place_are_read_back_and_make_no_markup(
    sqlite_filled: Overview, plain_skeletons: dict[str, Any], name: str
) -> None:
    nasty = NASTY[name]
    html = render(_poisoned(sqlite_filled, nasty))
    assert {parser: skeleton(html) for parser, skeleton in SKELETONS.items()} == plain_skeletons
    wanted = shown(nasty)
    assert wanted
    scopes = {shown(f"{nasty}; categories {nasty}; query {nasty}"), shown(f"{nasty}; categories {nasty}")}
    for parser in SKELETONS:
        values = [one for one in _texts(html, parser) if one]
        assert values.count(wanted) >= 35, parser
        assert set(values) - {wanted, wanted[:10].rstrip(), *scopes} == set(), parser
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)


@pytest.fixture(scope="module")
def sqlite_filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Overview:
    """What is collected from a filled database; tests make what they change of it anew."""
    path = tmp_path_factory.mktemp("filled") / "newscrawl.db"
    shutil.copy(sqlite_template, path)
    opened = open_engine(sqlite_url(path))
    try:
        return collected(_fill(opened))
    finally:
        opened.dispose()


def test_without_escaping_the_same_strings_do_make_markup(
    sqlite_filled: Overview, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the tests above can fail."""
    monkeypatch.setattr(report_page, "_environment", _unescaped)
    html = render(_poisoned(sqlite_filled, NASTY["html"]))
    for skeleton in SKELETONS.values():
        assert {"script", "img"} <= {tag for tag, _ in skeleton(html)}


def test_records_of_nasty_strings_come_from_the_database_as_they_are(engine: Engine) -> None:
    made = [nasty_record(2 * number, value) for number, value in enumerate(NASTY.values(), 1)]
    neighbours = [nasty_record(2 * number + 1) for number in range(len(NASTY) + 1)]
    with engine.begin() as connection:
        for one in (*made, *neighbours):
            store_record(connection, one, RUN)
    values = _texts(render(collected(engine)), "html5")
    for one in (*made, *neighbours):
        assert shown(one.title) in values, one.title
    for one in made:
        assert one.publisher is not None
        assert shown(one.publisher.name) in values


def test_a_run_that_ended_with_a_nasty_message(engine: Engine) -> None:
    for value in NASTY.values():
        _run(engine, "failed", 4, clean_line(value), site=(clean_line(value) or "x")[:500])
    html = render(collected(engine))
    values = _texts(html, "html5")
    for value in NASTY.values():
        assert shown(value) in values


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://site.example/x",
        "//site.example/x",
        "/relative",
        "https://user:secret@site.example/",
        "http://127.0.0.1/admin",
        "http://192.168.1.1/reboot",
        "http://printer.local/",
        "https://site.example:22/",
        "https://site.example/\u202egnp.exe",
        "https://site.example/" + "a" * 3000,
        "https://site.example/\nx",
        "",
        None,
        7,
    ],
)
def test_what_no_crawl_would_ask_is_no_link(sqlite_filled: Overview, url: Any) -> None:
    latest = [dataclasses.replace(sqlite_filled.latest[0], url=url, post_url=url)]
    retries = dataclasses.replace(sqlite_filled.retries, next=[])
    report = dataclasses.replace(sqlite_filled, latest=latest, publishers=[], retries=retries, downgrades=[])
    tree = lxml.html.document_fromstring(render(report))
    assert [one for one in tree.iter("a") if not one.get("href").startswith("#")] == []


def test_links_that_the_operator_excepts_are_links(sqlite_filled: Overview) -> None:
    url = "http://dnyuz.test:8950/x"
    report = dataclasses.replace(sqlite_filled, latest=[dataclasses.replace(sqlite_filled.latest[0], url=url)])
    policy = Policy(overrides=HostOverrides.parse('{"dnyuz.test:8950": "127.0.0.1:8950"}'))
    assert f'href="{url}"' in render(report, policy)
    assert f'href="{url}"' not in render(report)


def test_the_page_is_bounded(connection: Connection) -> None:
    """However much there is and however long it is."""
    long = "<" * 5_000
    rows = []
    for number in range(400):
        made = nasty_record(number)
        made.title = f"{number} {long}"
        made.url = f"https://site{number}.example/" + "'" * 2_000
        made.post = PostPart(site=made.url, url=made.url)
        made.publisher = Publisher(name=f"{number}{long}", domain=f"{number}{long}", url=made.url)
        made.reason = f"http_{number}"
        made.published_at = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T00:00:00Z"
        rows.append(made)
    for made in rows:
        store_record(connection, made, RUN)
    for number in range(200):
        connection.execute(
            insert(originals).values(
                id=f"{number:032x}", url=f"https://{number}.example/" + "'" * 2_000, host=f"{number}" + "'" * 250,
                state="done", rounds=2, next_at=number, reason="timeout",
            )
        )  # fmt: skip
    report = collect_report(connection)
    assert len(report.latest) == MOST_RECORDS
    html = render(report)
    assert len(html.encode()) < 3_000_000
    assert max(map(len, _texts(html, "html5"))) <= MOST_CHARS
    assert "The 300 with most records of 400." in lxml.html.document_fromstring(html).text_content()


# --- in a browser ------------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _unescaped() -> Any:
    escaping = _NEW_ENVIRONMENT()
    escaping.autoescape = False
    return escaping


_NEW_ENVIRONMENT = report_page._environment.__wrapped__


def _browse(html: str, folder: Path) -> str:
    """The page's document as Chromium has it after load; skipped where there is none, in CI a failure."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("in CI Chromium must be there")
        pytest.skip("there is no Chromium")
    page = folder / "report.html"
    page.write_text(html, encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--no-first-run", f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=3000", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=90, check=False, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    assert "<html" in done.stdout, done.stderr[-2000:]
    return done.stdout


def _payload(port: int) -> str:
    """Whatever a page can be made to load or run."""
    base = f"http://127.0.0.1:{port}"
    run = "document.documentElement.setAttribute(&quot;data-owned&quot;,1)".replace("&quot;", "'")
    return (
        f'"><script>{run};new Image().src="{base}/script"</script>'
        f'<script src="{base}/src.js"></script><img src="{base}/img"><link rel="stylesheet" href="{base}/css">'
        f'<style>@import url("{base}/import"); body {{ background: url({base}/background) }}</style>'
        f'<iframe src="{base}/frame"></iframe><object data="{base}/object"></object><svg onload="{run}"></svg>'
        f'<video src="{base}/video" poster="{base}/poster"></video><img src=x onerror="{run}">'
    )


@pytest.mark.slow
@pytest.mark.parametrize("escape", [True, False], ids=["escaped", "unescaped"])
@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no-policy"])
def test_in_a_real_browser_nothing_is_loaded_or_run(
    sqlite_filled: Overview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, escape: bool, policy: bool
) -> None:
    """Escaping holds without the content security policy, the policy without escaping; without both it is reached."""
    if not escape:
        monkeypatch.setattr(report_page, "_environment", _unescaped)
    with Server(pages({})) as canary:
        # Long enough to be whole within one value, whatever the limit is.
        monkeypatch.setattr(report_page, "MOST_CHARS", 10_000)
        if escape:
            html = render(_poisoned(sqlite_filled, _payload(canary.port)))
        else:
            # In five places: eighty times as many players and frames show no more, and cost a browser ten seconds.
            html = render(_poisoned(sqlite_filled, "<b>here</b>"))
            assert html.count("<b>here</b>") > 50
            html = html.replace("<b>here</b>", _payload(canary.port), 5)
        if not policy:
            html, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
            assert removed == 1
        dom = _browse(html, tmp_path)
        asked = canary.paths()
    if escape or policy:
        assert asked == []
        assert 'data-owned="1"' not in dom
    else:
        assert {"/script", "/src.js", "/img", "/css", "/frame"} <= set(asked)
        assert 'data-owned="1"' in dom
    if escape:
        # What Chromium made of it has the elements of the page that was written, and no other.
        assert {tag for tag, _ in _skeleton_html5(dom)} <= {tag for tag, _ in _skeleton_html5(render(sqlite_filled))}


@pytest.mark.slow
def test_a_refresh_or_a_base_in_a_title_leads_nowhere(sqlite_filled: Overview, tmp_path: Path) -> None:
    """What no content security policy of a page stops is stopped by escaping."""
    with Server(pages({"/away": http_answer("<html><body id=away></body></html>")})) as canary:
        base = f"http://127.0.0.1:{canary.port}"
        nasty = f'</title><meta http-equiv="refresh" content="0;url={base}/away"><base href="{base}/">'
        dom = _browse(render(_poisoned(sqlite_filled, nasty)), tmp_path)
        assert canary.paths() == []
    assert 'id="away"' not in dom
    assert "The collection and its runs" in dom


# --- the file ----------------------------------------------------------------------------------------------


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "report.html"
    write_whole(path, b"first")
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("newscrawl.files.os.fsync", full)
        with pytest.raises(OperationError, match="No space left"):
            write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]
    # What a killed report left behind is no hindrance, and a link is followed.
    (path.parent / ".report.html.part").write_bytes(b"half")
    link = tmp_path / "link.html"
    link.symlink_to(path)
    write_whole(link, b"third")
    assert link.is_symlink()
    assert path.read_bytes() == b"third"


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "folder.html"
    folder.mkdir()
    pipe = tmp_path / "pipe.html"
    os.mkfifo(pipe)
    for path in (folder, pipe, Path("/dev/null")):
        with pytest.raises(UserError):
            write_whole(path, b"x")
    circle = tmp_path / "circle.html"
    circle.symlink_to(circle)
    for path in (circle, tmp_path / ("x" * 300), Path("/proc/nowhere/report.html")):
        with pytest.raises(OperationError):
            write_whole(path, b"x")


def _report(*words: str, database: Path) -> subprocess.CompletedProcess[str]:
    words = ("report", *words, "-s", f"NEWSCRAWL_DATABASE=sqlite:///{database}")
    return run_scrapy(words, env=os.environ, timeout=60)


@pytest.mark.slow
def test_the_command(sqlite_only_url: Any, tmp_path: Path) -> None:
    database = Path(str(sqlite_only_url.database))
    target = tmp_path / "out" / "report.html"
    done = _report("-o", str(target), database=database)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{target}: 0 records, 0 runs\n"
    assert "The collection and its runs" in target.read_text(encoding="utf-8")
    assert target.stat().st_mode & 0o777 == 0o600
    mistakes: list[tuple[tuple[str, ...], int, str]] = [
        ((), 2, "report needs a file"),
        (("-o", str(database)), 2, "its name ends in .html"),
        (("-o", str(target), "more"), 2, "unexpected argument"),
        (("-o", str(target), "--no-such"), 2, "unknown option --no-such"),
        (("-o", "/proc/nowhere/report.html"), 4, "cannot write"),
    ]
    lines: dict[int, subprocess.CompletedProcess[str]] = {}

    def ask(number: int, words: tuple[str, ...]) -> None:
        lines[number] = _report(*words, database=database)

    threads = [threading.Thread(target=ask, args=(number, words)) for number, (words, _, _) in enumerate(mistakes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, (words, status, says) in enumerate(mistakes):
        found = lines[number]
        assert found.returncode == status, (words, found.stderr)
        assert says in found.stderr
        assert len(found.stderr.strip().splitlines()) == 1, found.stderr
    missing = _report("-o", str(target), database=tmp_path / "none.db")
    assert missing.returncode == 4
    assert "run a crawl, or name another" in missing.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_in_a_browser_nothing_is_broken_or_hard_to_use(
    sqlite_filled: Overview, tmp_path: Path, width: int, scheme: str
) -> None:
    """No message, no request, no word parted at a line's end, nothing out of the page, nothing serious for axe-core."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    page = tmp_path / "report.html"
    long = dataclasses.replace(sqlite_filled.latest[0], title="Donaudampfschifffahrtsgesellschaft" * 5)
    latest = [dataclasses.replace(one, id=f"{number:032x}") for number in range(5) for one in sqlite_filled.latest]
    page.write_text(render(dataclasses.replace(sqlite_filled, latest=[long, *latest])), encoding="utf-8")
    seen = look_at(page, width=width, scheme=scheme)
    assert seen == Seen(console=[], requests=[], broken_words=[], outside=0, serious=[])


def test_a_browser_does_see_what_is_broken(tmp_path: Path) -> None:
    """So the test above can fail."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    page = tmp_path / "broken.html"
    page.write_text(
        "<html><body><p style='width: 4em; overflow-wrap: anywhere'>Donaudampfschifffahrt</p>"
        "<p style='width: 2000px'>wide</p><img src='missing.png'><script>undefined.x</script></body></html>"
    )
    seen = look_at(page, width=390)
    assert seen.console
    assert seen.requests
    assert seen.broken_words == ["Donaudampfschifffahrt"]
    assert seen.outside > 1_000
    assert seen.serious


def test_addresses_to_look_at_may_be_broken_at_their_slashes(sqlite_filled: Overview) -> None:
    address = "https://aggregator.test/2025/06/22/anderbank-pems-tower/"
    finding = Finding(
        monitor=Monitor.SILENCE, level=Level.FAILING, scope="s", name="site", what="x", examples=(address, "a<b>/c")
    )  # fmt: skip
    page = render_report(sqlite_filled, made_at=AT, policy=DEFAULT_POLICY, findings=[finding])
    assert (
        "<bdi>https:/<wbr>/<wbr>aggregator.test/<wbr>2025/<wbr>06/<wbr>22/<wbr>anderbank-pems-tower/<wbr></bdi>" in page
    )
    assert "<bdi>a&lt;b&gt;/<wbr>c</bdi>" in page


def test_what_health_found_comes_first(sqlite_filled: Overview) -> None:
    finding = Finding(
        monitor=Monitor.ATTRIBUTION, level=Level.FAILING, scope="s", name="https://agg.example",
        what="2 of 60 posts name a source", usual="95 %", since="2026-03-04T10:00:00Z",
        examples=("https://agg.example/post", "javascript:alert(1)"),
    )  # fmt: skip
    html = render_report(sqlite_filled, made_at=AT, policy=DEFAULT_POLICY, findings=[finding])
    tree = lxml.html.document_fromstring(html)
    (first, *_) = tree.xpath("//ul[@class='todo']/li")
    assert first.get("class") == "bad"
    text = " ".join(tree.text_content().split())
    for words in ("attribution: 2 of 60 posts name a source", "usual: 95 %", "since 2026-03-04 10:00"):
        assert words in text
    hrefs = [one.get("href") for one in tree.iter("a")]
    assert "https://agg.example/post" in hrefs
    assert "javascript:alert(1)" not in hrefs
    assert "broken" in tree.findtext(".//h1") + "".join(tree.xpath("//h1//text()"))
    # What to type stands as such, and each address on a line of its own.
    assert "scrapy parse URL" in [one.text for one in first.iter("code")]
    assert "`" not in first.text_content()
    assert len(first.xpath(".//ul[@class='links']/li")) == 2


def test_a_run_that_health_ended_is_no_second_thing_to_do(sqlite_filled: Overview) -> None:
    last = sqlite_filled.runs[0]
    failed, unhealthy = (
        todos(dataclasses.replace(sqlite_filled, runs=[dataclasses.replace(last, state=state, exit_status=status)]))
        for state, status in (("failed", 4), ("finished", 3))
    )
    assert [one.what for one in failed if "last run" in one.what]
    assert not [one.what for one in unhealthy if "last run" in one.what]
