"""Which records a data set is about: one record of each cluster, among those that are asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from sqlalchemy.engine import Connection

from newscrawl.datasets.query import Query
from newscrawl.items import Publisher, Record
from newscrawl.storage.duplicates import REPRESENTATIVES
from newscrawl.storage.pages import iter_plain
from newscrawl.storage.records import store_record
from tests.dedupe.world import collection
from tests.ledger.helpers import RUN


def fill(connection: Connection) -> list[Record]:
    """Clusters of records that differ in length, outcome and publisher."""
    stored = []
    for number, one in enumerate(collection(stories=2, hot=4)):
        made = replace(one, word_count=len((one.text or "").split()))
        if number % 3 == 0:
            made.outcome, made.reason = "original", None
        made.publisher = Publisher(domain="one.test" if number % 2 else "two.test")
        store_record(connection, made, RUN)
        stored.append(made)
    return stored


def found(connection: Connection, query: Query) -> list[dict[str, object]]:
    rows = list(iter_plain(connection, where=query.where(), since=query.since, until=query.until))
    assert query.count(connection) == len(rows)
    return rows


@pytest.mark.parametrize("which", REPRESENTATIVES)
@pytest.mark.parametrize("publisher", [None, "two.test"])
def test_one_record_a_cluster(connection: Connection, which: str, publisher: str | None) -> None:
    fill(connection)
    publishers = (publisher,) if publisher else ()
    everything = found(connection, Query(publishers=publishers))
    clusters = defaultdict(list)
    for row in everything:
        clusters[row["cluster_id"]].append(row)
    assert max(map(len, clusters.values())) > 3

    def place(row: dict[str, object]) -> tuple[object, object]:
        return (row["published_at"] or "9999", row["id"])

    orders = {
        "original": lambda row: (row["outcome"] != "original", *place(row)),
        "first": place,
        "longest": lambda row: (-row["word_count"], *place(row)),
    }
    expected = {min(members, key=orders[which])["id"] for members in clusters.values()}
    chosen = found(connection, Query(publishers=publishers, one_per_cluster=which))
    assert {row["id"] for row in chosen} == expected
    assert len(chosen) == len(expected)


def test_one_record_a_cluster_among_those_of_a_time(connection: Connection) -> None:
    """A cluster whose first record is older than what is asked for is not lost."""
    fill(connection)
    asked = {"since": "2026-03-03T00:00:00Z", "until": "2026-03-07T00:00:00Z"}
    everything = found(connection, Query(**asked))
    chosen = found(connection, Query(**asked, one_per_cluster="first"))
    assert {row["cluster_id"] for row in chosen} == {row["cluster_id"] for row in everything}
    assert any(row["id"] != row["cluster_id"] for row in chosen)


def test_a_change_elsewhere_makes_no_other_record_stand_for_a_cluster(connection: Connection) -> None:
    """What changed is told of the records that a full export has, not of others in their place."""
    fill(connection)
    full = {row["id"] for row in found(connection, Query(one_per_cluster="first"))}
    changed = found(connection, Query(one_per_cluster="first", changed_since="2000-01-01T00:00:00Z"))
    assert {row["id"] for row in changed} == full
    assert found(connection, Query(one_per_cluster="first", changed_since="2999-01-01T00:00:00Z")) == []


def test_no_other_word(connection: Connection) -> None:
    with pytest.raises(ValueError, match="none of"):
        Query(one_per_cluster="least").where()
