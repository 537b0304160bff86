"""The page of one story: what is told of either side, what is marked, and that it is safe."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import lxml.html
import pytest
from sqlalchemy import update

from newscrawl.browsing.story import Span, mark
from newscrawl.items import OriginalPart, PostPart
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.records import store_record
from newscrawl.storage.tables import originals, posts
from tests.conftest import sqlite_url
from tests.ledger.helpers import RUN, enter, oid, park, pid, post, record, scope

LINK = "https://www.paper.test/story"


def text_of(spans: list[Span], *, differs: bool | None = None) -> str:
    return "".join(one.text for one in spans if differs is None or one.differs is differs)


def test_words_that_the_other_side_lacks_are_marked() -> None:
    one, other = mark("The mayor opened the bridge.\n\nMore tomorrow.", "The old mayor opened a bridge.")
    assert text_of(one) == "The mayor opened the bridge.\n\n More tomorrow."
    assert text_of(other) == "The old mayor opened a bridge."
    assert "mayor" not in text_of(other, differs=True)
    assert "old" in text_of(other, differs=True)
    assert "tomorrow." in text_of(one, differs=True)


def test_equal_texts_have_nothing_marked() -> None:
    text = "One paragraph.\n\nAnother one."
    assert text_of(mark(text, text)[0], differs=True) == ""
    assert text_of(mark(text, text)[1]) == text


def test_hostile_texts_are_compared_in_bounded_time() -> None:
    began = time.process_time()
    one = "\n\n".join(f"a{number} b " * 200 for number in range(300))
    other = "\n\n".join(f"c{number} b " * 200 for number in range(299))
    mark(one, other)
    mark("a " * 100_000, "b " * 100_000)
    assert time.process_time() - began < 20


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A record of the post whose original was read in part, and one whose text is the original's."""
    path = tmp_path / "newscrawl.db"
    engine = open_engine(sqlite_url(path))
    ensure_schema(engine)
    with engine.begin() as connection:
        enter(connection, [post(name) for name in "ab"], scope(connection))
        park(connection, "a", LINK)
        extraction = {"kind": "article", "title": "The <i>original</i>", "text": "The mayor opened the bridge."}
        connection.execute(
            update(originals).where(originals.c.id == oid(LINK)).values(state="done", extraction=extraction)
        )
        for name, source in (("a", "post"), ("b", "original")):
            made = record(name, "The mayor opened the <script>alert(1)</script> bridge.")
            made.text_source = source
            made.title = "A <b>title</b>"
            made.post = PostPart(site="https://agg.test", url="javascript:alert(1)", title="A <b>title</b>", author="X")
            made.original = OriginalPart(url=LINK, similarity=0.5)
            store_record(connection, made, RUN)
        connection.execute(update(posts).where(posts.c.id == pid("a")).values(original_id=oid(LINK)))
    engine.dispose()
    return path


@pytest.mark.slow
def test_the_pages_of_datasette(database: Path) -> None:
    pytest.importorskip("datasette", reason="the extra `browse` is not installed")
    from newscrawl.browsing.site import datasette_for

    async def look() -> dict[str, str]:
        site = datasette_for(database)
        await site.invoke_startup()
        found = {}
        for name, address in {
            "home": "/", "articles": "/newscrawl/articles", "story": f"/-/story/{pid('a')}",
            "original": f"/-/story/{pid('b')}", "missing": f"/-/story/{'0' * 32}", "query": "/newscrawl/reasons",
        }.items():  # fmt: skip
            answer = await site.client.get(address)
            assert answer.status_code == (404 if name == "missing" else 200), address
            found[name] = answer.text
        return found

    pages = asyncio.run(look())
    articles = lxml.html.fromstring(pages["articles"])
    assert f"/-/story/{pid('a')}" in [one.get("href") for one in articles.iter("a")]
    facets = {one.text_content().split()[0] for one in articles.xpath("//*[contains(@class, 'facet-info-name')]")}
    assert {"outcome", "language", "publisher_domain"} <= facets
    home = lxml.html.fromstring(pages["home"])
    assert "/newscrawl/articles" in [one.get("href") for one in home.iter("a")]
    tree = lxml.html.fromstring(pages["story"])
    text = tree.text_content()
    assert "The <i>original</i>" in text
    assert "A <b>title</b>" in text
    assert "<script>alert(1)</script>" in [one.text_content().strip() for one in tree.iter("mark")]
    assert not [one for one in tree.iter("a") if (one.get("href") or "").startswith("javascript")]
    assert LINK in [one.get("href") for one in tree.iter("a")]
    assert "the post's is not kept beside it" in lxml.html.fromstring(pages["original"]).text_content()
    # The ledger's own tables are hidden.
    assert "run_hosts" not in pages["home"]
