"""An original under several addresses is one, with all of its posts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from newscrawl.items import OriginalPart
from newscrawl.ledger.work import finish_original, finish_record
from newscrawl.reports.show import collect_history
from newscrawl.storage.forget import Forgotten, records_of
from newscrawl.storage.records import load_record
from newscrawl.storage.tables import originals
from tests.ledger.helpers import RUN, answer, enter, oid, park, pid, post, record, scope

STORY = "https://www.paper.test/2026/story"
AMP, PRINT, MOBILE = f"{STORY}/amp/", f"{STORY}/print/", "https://m.paper.test/2026/story"
TEXT = "The bridge over the river was opened on Monday by the mayor, who spoke of a great day for the town."
OTHER = "A cat was found in a tree on Tuesday and was brought down by two firemen, who were given cake by its owner."


def read(connection: Connection, links: dict[str, str], texts: dict[str, str], canonical: dict[str, str]) -> None:
    """Posts by name, each with the original at its link."""
    enter(connection, [post(name) for name in links], scope(connection))
    for name, link in links.items():
        park(connection, name, link)
        told: Any = answer(link, text=texts.get(link, TEXT))
        assert told.extraction is not None
        told.extraction.canonical_url = canonical.get(link, STORY)
        finish_original(connection, RUN, told)
        made = record(name, told.extraction.text, outcome="original", reason=None, original=OriginalPart(url=link))
        made.text_source = "original"
        finish_record(connection, made, RUN)


def naming(connection: Connection, name: str) -> set[str]:
    found = load_record(connection, pid(name))
    assert found is not None
    assert found.original is not None
    assert found.original.posts_total == len(found.original.posts)
    return set(found.original.posts)


def test_variants_are_one_original(connection: Connection) -> None:
    links = {"amp": AMP, "print": PRINT, "mobile": MOBILE, "own": STORY, "tracked": f"{STORY}?utm_source=x"}
    read(connection, links, {}, {})
    everyone = {pid(name) for name in links}
    for name in links:
        assert naming(connection, name) == everyone
    same = dict(connection.execute(select(originals.c.url, originals.c.same_as)).all())
    assert same == {AMP: oid(STORY), PRINT: oid(STORY), MOBILE: oid(STORY), STORY: None}
    assert collect_history(connection, STORY) is not None
    assert set(records_of(connection, Forgotten("url", STORY))) == everyone


def test_variants_of_an_address_that_was_never_asked_for(connection: Connection) -> None:
    read(connection, {"amp": AMP, "print": PRINT}, {}, {})
    assert naming(connection, "amp") == naming(connection, "print") == {pid("amp"), pid("print")}
    assert collect_history(connection, STORY) is not None


def test_a_page_that_calls_itself_another_article_is_not_believed(connection: Connection) -> None:
    wrong = "https://www.paper.test/2026/cat"
    read(connection, {"own": STORY, "cat": wrong}, {wrong: OTHER}, {})
    assert naming(connection, "cat") == {pid("cat")}
    assert naming(connection, "own") == {pid("own")}


def test_the_article_itself_takes_its_name_back(connection: Connection) -> None:
    wrong = "https://www.paper.test/2026/cat"
    read(connection, {"cat": wrong, "own": STORY}, {wrong: OTHER}, {})
    assert naming(connection, "cat") == {pid("cat")}
    assert naming(connection, "own") == {pid("own")}


def test_another_site_is_not_believed(connection: Connection) -> None:
    read(connection, {"one": AMP, "two": "https://www.thief.test/x"}, {}, {})
    assert naming(connection, "two") == {pid("two")}
