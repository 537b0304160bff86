"""Pages of records as they may leave: as rows for JSON Lines and CSV, as Arrow tables for Parquet.

Both hold the same values; a test compares. The table is four times as fast, since the JSON that the database holds is
never turned to Python objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from newscrawl.datasets.rights import judge, withhold
from newscrawl.datasets.schema import complete

if TYPE_CHECKING:
    import pyarrow as pa

    from newscrawl.datasets.files import Shard
    from newscrawl.storage.records import Written

__all__ = ["Batch", "Fact", "Page", "read_rows", "read_table"]


class Fact(NamedTuple):
    """What the figures and the partitions of a data set look at."""

    published_at: str | None
    domain: str | None
    language: str | None
    outcome: str
    words: int
    has_text: bool


class Batch(Protocol):
    """Some records, in order."""

    facts: Sequence[Fact]

    def take(self, places: Sequence[int]) -> Batch:
        """The records at these *places* alone."""
        ...

    def write(self, shard: Shard, most: int | None) -> int:
        """Write records to *shard*, up to the one by which it has *most* bytes; how many were written."""
        ...


@dataclass(slots=True)
class Page:
    """What a page of the database gives under a policy.

    Attributes:
        batch: the records that may leave.
        owners: of each of them the place in the page of the record that it is of (itself, or a version of it).
        withheld: how many go without their text.
        left_out: how many may not leave.
    """

    batch: Batch
    owners: list[int]
    withheld: int
    left_out: int


@dataclass(slots=True)
class _Rows:
    rows: list[dict[str, Any]]
    facts: Sequence[Fact]

    def take(self, places: Sequence[int]) -> _Rows:
        return _Rows([self.rows[place] for place in places], [self.facts[place] for place in places])

    def write(self, shard: Shard, most: int | None) -> int:
        for number, row in enumerate(self.rows, 1):
            shard.add(row)
            if most is not None and shard.size >= most:
                return number
        return len(self.rows)


@dataclass(slots=True)
class _Table:
    table: pa.Table
    facts: Sequence[Fact]

    def take(self, places: Sequence[int]) -> _Table:
        if len(places) == len(self.facts):
            return self
        return _Table(_taken(self.table, places), [self.facts[place] for place in places])

    def write(self, shard: Shard, most: int | None) -> int:
        shard.add_table(self.table)  # row groups hold more than one page anyway
        return len(self.facts)


def _taken(table: pa.Table, places: Sequence[int]) -> pa.Table:
    import pyarrow as pa

    return table.take(pa.array(places, pa.int64()))


def _fact(row: Mapping[str, Any]) -> Fact:
    domain = (row["publisher"] or {}).get("domain")
    text = row["text"] is not None
    return Fact(row["published_at"], domain, row["language"], row["outcome"], row["word_count"] or 0, text)


def read_rows(
    written: Sequence[Written], older: Mapping[str, Sequence[dict[str, Any]]], rights: str, dropped: Counter[str]
) -> Page:
    """A page as rows.

    Args:
        written: the records.
        older: by id, their versions before, oldest first, where these leave too.
        rights: the policy. What a record signals now governs its older versions as well.
        dropped: counts the names that the schema lacks.
    """
    rows: list[dict[str, Any]] = []
    owners: list[int] = []
    withheld = left_out = 0
    for place, one in enumerate(written):
        newest = complete(one.plain(), dropped)
        versions = [complete(version, dropped) for version in older.get(newest["id"], ())]
        for version in versions:
            version["rights"] = newest["rights"]
        for row in (*versions, newest):
            free = withhold(row, rights)
            if free is None:
                left_out += 1
                continue
            withheld += free["text"] is None and row["text"] is not None
            rows.append(free)
            owners.append(place)
    return Page(_Rows(rows, [_fact(row) for row in rows]), owners, withheld, left_out)


def read_table(
    written: Sequence[Written], older: Mapping[str, Sequence[dict[str, Any]]], rights: str, dropped: Counter[str]
) -> Page:
    """A page as an Arrow table; see :func:`read_rows`."""
    from newscrawl.datasets.arrow import table_of, withheld_table, written_table

    table = None if older else written_table(written)
    if table is None:
        page = read_rows(written, older, rights, dropped)
        assert isinstance(page.batch, _Rows)
        page.batch = _Table(table_of(page.batch.rows), page.batch.facts)
        return page
    had_text = [one is not None for one in table["text"].to_pylist()] if rights != "all" else []
    why = _judged(table, had_text, rights)
    owners = [place for place, one in enumerate(why) if one is not None]
    if len(owners) < len(why):
        table, why = _taken(table, owners), [why[place] for place in owners]
    withheld = sum(1 for one in why if one)
    if withheld:
        table = withheld_table(table, why)
    return Page(
        _Table(table, _facts(table, [written[place] for place in owners])), owners, withheld, len(written) - len(owners)
    )


def _judged(table: pa.Table, had_text: Sequence[bool], rights: str) -> list[str | None]:
    """What :func:`newscrawl.datasets.rights.judge` says of each row."""
    if rights == "all":
        return [""] * table.num_rows
    effective = table["rights"].combine_chunks().field("effective").to_pylist()
    signals = [{name: value for name, value in one.items() if value is not None} for one in effective]
    return [judge(one, rights, text) for one, text in zip(signals, had_text, strict=True)]


def _facts(table: pa.Table, written: Sequence[Written]) -> list[Fact]:
    places = {name: place for place, name in enumerate(table.column_names)}
    published, language, outcome = places["published_at"], places["language"], places["outcome"]
    publishers = table["publisher"].combine_chunks()
    domains = publishers.flatten()[publishers.type.get_field_index("domain")].to_pylist()
    words = table["word_count"].to_pylist()
    texts = table["text"].is_valid().to_pylist()
    return [
        Fact(one.values[published], domain, one.values[language], one.values[outcome], count or 0, text)
        for one, domain, count, text in zip(written, domains, words, texts, strict=True)
    ]
