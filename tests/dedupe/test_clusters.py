"""Clusters of stored records: which there are, and that no order of arrival and no number of writers changes them."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection

from newscrawl.items import Record
from newscrawl.storage import duplicates
from newscrawl.storage.engine import open_engine
from newscrawl.storage.records import load_record, store_record
from tests.dedupe.world import clusters, collection, edited, paragraphs, state, story, words
from tests.ledger.helpers import RUN, pid, record
from tests.soak import sampled

TABLES = ("records", "versions", "texts", "text_keys", "text_pairs", "cluster_joins")


def clear(connection: Connection) -> None:
    for table in TABLES:
        connection.execute(text(f"DELETE FROM {table}"))


def store(connection: Connection, made: list[Record]) -> None:
    for one in made:
        store_record(connection, replace(one), RUN)


def test_a_story_is_one_cluster(connection: Connection) -> None:
    made = collection(stories=3)
    store(connection, made)
    found = clusters(connection)
    for number in range(3):
        own = {f"s{number}{rest}" for rest in ("", "-copy", "-footer", "-edit1", "-edit2", "-edit3", "-cut")}
        assert own in found
        assert {f"s{number}-long"} in found
    assert {f"hot{n}" for n in range(14)} in found
    assert all({f"stub{n}"} in found for n in range(3))


def test_a_footer_chains_nothing(connection: Connection) -> None:
    store(connection, collection(stories=2))
    assert all({f"brief{n}"} in clusters(connection) for n in range(14))
    refused = connection.execute(text("SELECT count(*) FROM text_pairs WHERE why_not = 'boilerplate'")).scalar()
    assert refused


def test_a_text_within_a_longer_one(connection: Connection) -> None:
    made = collection(stories=1)
    store(connection, made)
    inner = load_record(connection, pid("s0"))
    assert inner is not None
    assert inner.contained_in == pid("s0-long")
    longer = load_record(connection, pid("s0-long"))
    assert longer is not None
    assert longer.contained_in is None


@pytest.mark.slow
@pytest.mark.parametrize("orders", sampled([5, 20], keep=[5]))
def test_many_orders_end_the_same(connection: Connection, orders: int) -> None:
    made = collection(stories=2, hot=12)
    store(connection, made)
    expected = state(connection)
    assert len(expected["pairs"]) > 100
    rng = random.Random(3)
    for _ in range(orders):
        clear(connection)
        rng.shuffle(made)
        store(connection, made)
        assert state(connection) == expected


@pytest.mark.slow
def test_any_history_ends_the_same(connection: Connection) -> None:
    """Records that had other texts and dates before, or none, end as if they had come as they are."""
    made = collection(stories=2, hot=8)
    store(connection, made)
    expected = state(connection)
    rng = random.Random(4)
    for _ in range(4):
        clear(connection)
        for one in rng.sample(made, len(made)):
            other = rng.choice(made)
            store_record(connection, replace(one, text=other.text, published_at=other.published_at), RUN)
            if rng.random() < 0.3:
                store_record(connection, replace(one, text=None, text_source=None), RUN)
        store(connection, rng.sample(made, len(made)))
        assert state(connection) == expected


def test_what_goes_leaves_what_would_be_there_without_it(connection: Connection) -> None:
    made = collection(stories=2, hot=10)
    gone = random.Random(5).sample(made, 15)
    kept = [one for one in made if one not in gone]
    store(connection, kept)
    expected = state(connection)
    clear(connection)
    store(connection, made)
    for one in gone:
        store_record(connection, replace(one, text=None, text_source=None), RUN)
    found = state(connection)
    ids = {one.id for one in gone}
    assert [row for row in found["records"] if row[0] not in ids] == expected["records"]
    assert {name: found[name] for name in ("texts", "keys", "pairs")} == {
        name: expected[name] for name in ("texts", "keys", "pairs")
    }
    assert [row for row in found["records"] if row[0] in ids] == sorted((one, None, None, one) for one in ids)


def test_four_writers_end_as_one(postgres_url: URL) -> None:
    made = collection(stories=3)
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        store(connection, made)
        expected = state(connection)
        clear(connection)
    rng = random.Random(6)
    rng.shuffle(made)
    failures: list[BaseException] = []

    def write(part: list[Record], size: int) -> None:
        try:
            own = open_engine(postgres_url)
            for start in range(0, len(part), size):
                with own.begin() as connection:
                    store(connection, part[start : start + size])
            own.dispose()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(made[n::4], n + 1)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    with engine.begin() as connection:
        assert state(connection) == expected
    engine.dispose()


def test_joins_are_noted(connection: Connection) -> None:
    """Two texts that are not alike become one cluster by a third that is like both."""
    rng = random.Random(8)
    parts = story(rng, 10)
    one, other = edited(rng, parts, 0.05), edited(rng, parts, 0.05)
    store(connection, [record("a", paragraphs(one)), record("b", paragraphs(other))])
    first, second = sorted([pid("a"), pid("b")])
    before = clusters(connection)
    bridge = replace(record("c", paragraphs(parts)), published_at="2026-04-01T00:00:00Z")
    store_record(connection, bridge, "run7")
    joins = connection.execute(text("SELECT run_id, record_id, from_cluster, into_cluster FROM cluster_joins")).all()
    if before == {frozenset("ab")}:
        raise AssertionError("the two were to be unlike")
    assert [tuple(row) for row in joins] == [("run7", pid("c"), second, first)]
    assert bridge.cluster_id == first


def test_a_key_that_many_texts_share_costs_no_more(connection: Connection) -> None:
    """However many texts stand under a key, a new one is compared with WINDOW of them on either side."""
    rng = random.Random(9)
    footer = words(rng, 200)
    parts = [record(f"n{n}", paragraphs([words(rng, 60), footer])) for n in range(60)]
    store(connection, parts[:-1])
    work = duplicates._Settling(connection, "x", None)
    keys = [row.key for row in connection.execute(text("SELECT key FROM text_keys GROUP BY key HAVING count(*) > 40"))]
    assert keys
    numbers = duplicates._numbers(connection, keys)
    beside, found = work._neighbours(numbers, (duplicates._NEIGHBOURS[connection.dialect.name],), {"ref": 0})
    assert len(beside) == len(keys)
    assert len(found) <= 2 * duplicates.WINDOW * len(keys)
    for below, above in beside:
        assert len(below) <= duplicates.WINDOW
        assert len(above) <= duplicates.WINDOW
    store(connection, parts[-1:])
