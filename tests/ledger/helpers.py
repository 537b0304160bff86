"""Posts, originals and records made for the ledger's tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from newscrawl.extraction.result import Extraction, Kind
from newscrawl.items import OriginalResult, PostPart, Record
from newscrawl.ledger.scopes import Scope, load_scope
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import ClaimedPost, Discovered, Listing, claim_posts, list_posts, park_post
from newscrawl.storage.tables import posts
from newscrawl.text import content_hash
from newscrawl.urls import record_id

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
    return claim_posts(connection, run, Window(of.id, **options), SITE, most, only)


def park(connection: Connection, name: str, url: str, *, host: str = "", text: str = "a text") -> str:
    from newscrawl.net.slots import host_of

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


def states(connection: Connection) -> dict[str, str]:
    """State by post URL's name."""
    rows = connection.execute(select(posts.c.url, posts.c.state))
    return {row.url.removeprefix(f"{SITE}/").rstrip("/"): row.state for row in rows}
