"""Posts, originals and records made for the ledger's tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.extraction.result import Extraction, Kind
from newscrawl.items import OriginalResult, PostPart, Record
from newscrawl.ledger.claims import ClaimedPost, Work, claim_hosts, claim_posts, enter_hosts, next_due
from newscrawl.ledger.hosts import GivenBack, give_back
from newscrawl.ledger.scopes import Scope, load_scope
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import Discovered, Listing, list_posts, park_post
from newscrawl.storage.tables import posts, runs
from newscrawl.text import content_hash
from newscrawl.urls import host_of, record_id

SITE = "https://aggregator.test"
RUN = "run0"


def post(name: str, published: str | None = "2026-03-01T12:00:00Z", modified: str | None = None, **given: Any) -> Any:
    """A post as a surface shows it."""
    url = f"{SITE}/{name}/"
    return Discovered(
        record_id(url), url, published, modified or published, {"title": name, "html": "<p>x</p>", **given}
    )


def pid(name: str) -> str:
    return record_id(f"{SITE}/{name}/")


def oid(url: str) -> str:
    return record_id(url)


def scope(connection: Connection, *categories: str, follow: bool = True) -> Scope:
    made = Scope("dnyuz", SITE, categories, "", follow)
    load_scope(connection, made)
    return made


def enter(connection: Connection, found: Iterable[Any], of: Scope, **options: Any) -> Listing:
    """One listing answer into the ledger."""
    settings: dict[str, Any] = {
        "run_id": RUN,
        "scope_id": of.id,
        "site": SITE,
        "surface": "rest",
        "follow": True,
        "cursor": None,
        **options,
    }
    return list_posts(connection, found=list(found), **settings)


def claim(connection: Connection, of: Scope, most: int = 50, *, run: str = RUN, **options: Any) -> list[ClaimedPost]:
    only = options.pop("only", None)
    return claim_posts(connection, run, Window(of.id, **options), most, only)


def start_run(connection: Connection, of: Scope, run: str = RUN, *, follow: bool = True, **window: Any) -> None:
    """A living run of the scope, with the hosts that its window has work for."""
    number = (connection.execute(select(func.max(runs.c.number))).scalar() or 0) + 1
    connection.execute(
        runs.insert().values(
            id=run,
            number=number,
            spider="dnyuz",
            scope_id=of.id,
            arguments={},
            process="",
            started_at=now_text(),
            state="running",
        )
    )
    enter_hosts(connection, run, Window(of.id, **window), follow=follow)


def claim_works(connection: Connection, of: Scope, most: int = 10, *, run: str = RUN, **options: Any) -> list[Work]:
    """Works of all hosts that may be asked now; the hosts stay leased."""
    works, follow = options.pop("works", 5), options.pop("follow", True)
    only, delay = options.pop("only", None), options.pop("delay", 0.0)
    claimed = claim_hosts(
        connection, run, Window(of.id, **options), most=most, works=works, delay=delay, follow=follow, only=only
    )
    return [work for one in claimed for work in one.works]


def let_go(connection: Connection, host: str, run: str = RUN, **told: Any) -> float:
    """The run gives a host back."""
    return give_back(connection, run, GivenBack(host, **{"wait": 0.0, **told}))


def due(connection: Connection, of: Scope, run: str = RUN, **window: Any) -> float | None:
    """Seconds until the run's next work falls due."""
    return next_due(connection, run, Window(of.id, **window))


def park(connection: Connection, name: str, url: str, *, host: str = "", text: str = "a text") -> str:
    given = {"site": SITE, "url": f"{SITE}/{name}/", "surface": "rest", "title": name, "text": text}
    return park_post(connection, pid(name), given=given, original_id=oid(url), url=url, host=host or host_of(url))


def answer(url: str, *, reason: str | None = None, text: str | None = "the text", **values: Any) -> OriginalResult:
    return OriginalResult(
        id=oid(url),
        url=url,
        reason=reason,
        http_status=200,
        final_url=url,
        fetched_at="2026-03-01T13:00:00Z",
        extraction=None if text is None else Extraction(kind=Kind.ARTICLE, text=text, title="t"),
        rights={},
        **values,
    )


def record(name: str, text: str | None = "some text", **values: Any) -> Record:
    url = f"{SITE}/{name}/"
    made = Record(
        id=record_id(url),
        url=url,
        title=values.pop("title", name),
        text=text,
        text_source="post" if text else None,
        outcome=values.pop("outcome", "post_only"),
        reason=values.pop("reason", "no_attribution"),
        post=PostPart(site=SITE, url=url),
        published_at=values.pop("published_at", "2026-03-01T12:00:00Z"),
        published_precision="second",
        **values,
    )
    made.content_hash = content_hash(made.title, made.text)
    return made


def waiting(connection: Connection, links: dict[str, str]) -> Scope:
    """Posts by name, each waiting for the original at its URL."""
    news = scope(connection)
    enter(connection, [post(name) for name in links], news)
    for name, url in links.items():
        assert park(connection, name, url) == "waiting"
    return news


def states(connection: Connection) -> dict[str, str]:
    """State by post URL's name."""
    rows = connection.execute(select(posts.c.url, posts.c.state))
    return {row.url.removeprefix(f"{SITE}/").rstrip("/"): row.state for row in rows}
