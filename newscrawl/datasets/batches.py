"""Pages of records as they may leave: as rows for JSON Lines and CSV, as Arrow tables for Parquet.

Both hold the same values; a test compares. The table is several times as fast: no record is made of its values, and
what many records share is turned to Arrow once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from newscrawl.datasets.rights import judge, withhold
from newscrawl.datasets.schema import complete, complete_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from newscrawl.datasets.files import Shard
    from newscrawl.storage.pages import Written

__all__ = ["Batch", "Facts", "Page", "read_rows", "read_table"]


@dataclass(slots=True)
class Facts:
    """What the figures and the partitions of a data set look at: of each field the values of some records."""

    published_at: Sequence[str | None]
    domain: Sequence[str | None]
    language: Sequence[str | None]
    outcome: Sequence[str]
    words: Sequence[int]
    has_text: Sequence[bool]

    def __len__(self) -> int:
        return len(self.outcome)

    def take(self, places: Sequence[int]) -> Facts:
        """Those of the records at these *places* alone."""
        if len(places) == len(self):
            return self
        return Facts(*([getattr(self, one.name)[place] for place in places] for one in fields(self)))


class Batch(Protocol):
    """Some records, in order."""

    facts: Facts

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
    facts: Facts

    def take(self, places: Sequence[int]) -> _Rows:
        return _Rows([self.rows[place] for place in places], self.facts.take(places))

    def write(self, shard: Shard, most: int | None) -> int:
        for number, row in enumerate(self.rows, 1):
            shard.add(row)
            if most is not None and shard.size >= most:
                return number
        return len(self.rows)


@dataclass(slots=True)
class _Table:
    table: pa.Table
    facts: Facts

    def take(self, places: Sequence[int]) -> _Table:
        if len(places) == len(self.facts):
            return self
        return _Table(_taken(self.table, places), self.facts.take(places))

    def write(self, shard: Shard, most: int | None) -> int:
        shard.add_table(self.table)  # row groups hold more than one page anyway
        return len(self.facts)


def _taken(table: pa.Table, places: Sequence[int]) -> pa.Table:
    import pyarrow as pa

    return table.take(pa.array(places, pa.int64()))


def _facts_of(rows: Sequence[Mapping[str, Any]]) -> Facts:
    return Facts(
        [row["published_at"] for row in rows],
        [_domain(row["publisher"]) for row in rows],
        [row["language"] for row in rows],
        [row["outcome"] for row in rows],
        [row["word_count"] or 0 for row in rows],
        [row["text"] is not None for row in rows],
    )


def _domain(publisher: Mapping[str, str | None] | None) -> str | None:
    return publisher.get("domain") if publisher else None


def read_rows(
    written: Written, older: Mapping[str, Sequence[dict[str, Any]]], rights: str, dropped: Counter[str]
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
    columns = complete_columns(written.columns(), dropped)
    for place, values in enumerate(zip(*columns.values(), strict=True)):
        newest = dict(zip(columns, values, strict=True))
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
    return Page(_Rows(rows, _facts_of(rows)), owners, withheld, left_out)


def read_table(
    written: Written, older: Mapping[str, Sequence[dict[str, Any]]], rights: str, dropped: Counter[str]
) -> Page:
    """A page as an Arrow table; see :func:`read_rows`."""
    from newscrawl.datasets.arrow import columns_table, table_of, withheld_table
    from newscrawl.datasets.signals import read_signals

    columns = written.columns(as_text={"rights"})
    columns["rights"], times = read_signals(columns["rights"])
    table = None if older else columns_table(columns, times)
    if table is None:
        page = read_rows(written, older, rights, dropped)
        assert isinstance(page.batch, _Rows)
        page.batch = _Table(table_of(page.batch.rows), page.batch.facts)
        return page
    had_text = [one is not None for one in columns["text"]]
    facts = Facts(
        columns["published_at"],
        [_domain(one) for one in columns["publisher"]],
        columns["language"],
        columns["outcome"],
        [one or 0 for one in columns["word_count"]],
        had_text,
    )
    if rights == "all":
        return Page(_Table(table, facts), list(range(len(written))), 0, 0)
    why = _judged(columns["rights"], had_text, rights)
    owners = [place for place, one in enumerate(why) if one is not None]
    if len(owners) < len(why):
        table, facts, why = _taken(table, owners), facts.take(owners), [why[place] for place in owners]
    withheld = sum(1 for one in why if one)
    if withheld:
        table = withheld_table(table, why)
        facts.words = [0 if one else words for one, words in zip(why, facts.words, strict=True)]
        facts.has_text = [has and not one for one, has in zip(why, facts.has_text, strict=True)]
    return Page(_Table(table, facts), owners, withheld, len(written) - len(owners))


def _judged(signals: Sequence[Mapping[str, Any]], had_text: Sequence[bool], rights: str) -> list[str | None]:
    """What :func:`newscrawl.datasets.rights.judge` says of each record."""
    return [
        _judged_once(tuple(one["effective"].items()), rights, text) for one, text in zip(signals, had_text, strict=True)
    ]


@lru_cache(maxsize=4096)
def _judged_once(effective: tuple[tuple[str, str], ...], rights: str, has_text: bool) -> str | None:
    return judge(dict(effective), rights, has_text)
