from __future__ import annotations

from collections import Counter

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.ledger.lookups import HOLDS, LONGEST_PAUSE, load_lists, note_served, pause_of, save_lists
from newscrawl.ledger.proofs import domains_called, load_proofs, note_tried, save_name, save_proofs
from newscrawl.originals.lists import Read
from newscrawl.originals.proofs import Key
from newscrawl.originals.ranking import Entry
from newscrawl.storage.tables import lookups, tried

DOMAIN = "paper.example"


def test_lists_hold_for_a_day(connection: Connection) -> None:
    lists, now = load_lists(connection, DOMAIN)
    lists.add("feed", [Entry("https://paper.example/a", "A", None)])
    lists.read["feed"] = Read(now, 3)
    save_lists(connection, DOMAIN, lists, wanted=True, found=True)
    again, _ = load_lists(connection, DOMAIN)
    assert [one.url for one in again] == ["https://paper.example/a"]
    assert again.failures == 0
    old = {"feed": [now - HOLDS - 1, 3], "rest": [now - HOLDS - 1, 0]}
    connection.execute(update(lookups).values(lists=old))
    # A day later only which list served is known.
    later, _ = load_lists(connection, DOMAIN)
    assert (len(later), list(later.read), later.read["feed"].at) == (0, ["feed"], 0.0)


def test_the_pause_grows_where_nothing_is_found(connection: Connection) -> None:
    assert [pause_of(failures) for failures in (0, 1, 2, 3)] == [0.0, 3600.0, 14_400.0, 57_600.0]
    assert pause_of(1_000) == LONGEST_PAUSE
    for failures in (1, 2):
        lists, now = load_lists(connection, DOMAIN)
        save_lists(connection, DOMAIN, lists, wanted=True, found=False)
        again, _ = load_lists(connection, DOMAIN)
        assert again.failures == failures
        assert abs(again.due - now - pause_of(failures)) < 60
    # A clock that was set back does not hold it for longer than the longest pause.
    connection.execute(update(lookups).values(due=now * 2))
    again, now = load_lists(connection, DOMAIN)
    assert again.due <= now + LONGEST_PAUSE
    save_lists(connection, DOMAIN, again, wanted=True, found=True)
    assert load_lists(connection, DOMAIN)[0].due == 0.0


def test_what_was_proven_is_kept_by_site(connection: Connection) -> None:
    save_proofs(connection, "agg.example", {Key(DOMAIN, "yoast:en"): (1, 0)})
    save_proofs(connection, "agg.example", {Key(DOMAIN, "yoast:en"): (2, 1)})
    assert load_proofs(connection, "agg.example").counts == {Key(DOMAIN, "yoast:en"): (2, 1)}
    assert load_proofs(connection, "other.example").counts == {}


def test_names_lead_to_domains(connection: Connection) -> None:
    for _ in range(3):
        save_name(connection, "港町新聞", {"gangting"}, DOMAIN, "https://paper.example/")
    save_name(connection, "港町新聞", {"gangting"}, "copy.example", "https://copy.example/")
    counts, homes = domains_called(connection, {"gangting", "nobody"})
    assert counts == Counter({DOMAIN: 3, "copy.example": 1})
    assert homes[DOMAIN] == "https://paper.example/"


def test_what_was_tried_last_is_kept(connection: Connection) -> None:
    first = [{"how": "link", "url": "https://paper.example/a", "reason": "http_404"}, {"how": "lists", "why": "none"}]
    note_tried(connection, "p" * 32, "r" * 32, first)
    note_tried(connection, "p" * 32, "s" * 32, first[:1])
    rows = connection.execute(select(tried)).all()
    assert [(row.place, row.run_id[0], row.how, row.reason) for row in rows] == [(0, "s", "link", "http_404")]


def test_the_list_that_served_is_remembered(connection: Connection) -> None:
    note_served(connection, DOMAIN, {"feed": 1})  # nothing is known of it yet
    lists, now = load_lists(connection, DOMAIN)
    lists.read = {"news_sitemap": Read(now), "feed": Read(now, 19)}
    save_lists(connection, DOMAIN, lists, wanted=True, found=True)
    note_served(connection, DOMAIN, {"feed": 5, "rest": 2})
    again, _ = load_lists(connection, DOMAIN)
    assert {name: one.found for name, one in again.read.items()} == {"news_sitemap": 0, "feed": 20}
    assert load_lists(connection, DOMAIN)[0].read["feed"].at == now
