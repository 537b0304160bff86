"""Which records a data set is about, as conditions on the table ``records``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, func, or_, tuple_
from sqlalchemy.engine import Connection
from sqlalchemy.sql import select

from newscrawl.outcomes import Outcome
from newscrawl.storage.duplicates import standing
from newscrawl.storage.tables import records

__all__ = ["Query"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for; absent asks for all. Values of one list are alternatives, lists narrow each other down.

    Attributes:
        since, until: published in ``[since, until)``, UTC; undated records stay.
        changed_since: made or changed then or later, UTC.
        languages: BCP 47 tags; ``en`` takes ``en-GB`` in.
        publishers: registrable domains.
        outcomes: without them all but ``failed``.
        sites: base URLs of aggregators.
        clusters: ids of clusters.
        one_per_cluster: one record of each cluster alone: of those that are asked for the first whose original was had
            (``original``), the ``first``, or the ``longest``.
        duplicates: ``NEWSCRAWL_DUPLICATES``: what is left out.
        versions: ``latest``, or ``all``: each record's older versions before it.
        rights: the policy of :mod:`newscrawl.datasets.rights`.
    """

    since: str | None = None
    until: str | None = None
    changed_since: str | None = None
    languages: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    one_per_cluster: str | None = None
    duplicates: str = "mark"
    versions: str = "latest"
    rights: str = "no-optout"

    def as_dict(self) -> dict[str, Any]:
        """As JSON types, for a manifest."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions, but for `since` and `until`, which the order of reading serves."""
        terms = self._terms(records)
        if self.changed_since is not None:
            terms.append(records.c.changed_at >= self.changed_since)
        if self.one_per_cluster is not None:
            terms.append(~self._better(self.one_per_cluster))
        return terms

    def _terms(self, table: FromClause) -> list[ColumnElement[bool]]:
        """The conditions on a record of *table* that do not depend on others, nor on when it changed."""
        column = table.c
        terms: list[ColumnElement[bool]] = []
        if self.languages:
            low = func.lower(column.language)
            tags = [one.lower() for one in self.languages]
            terms.append(or_(low.in_(tags), *(low.startswith(f"{one}-", autoescape=True) for one in tags)))
        if self.publishers:
            terms.append(column.publisher["domain"].as_string().in_([one.lower() for one in self.publishers]))
        terms.append(column.outcome.in_(self.outcomes) if self.outcomes else column.outcome != str(Outcome.FAILED))
        if self.sites:
            terms.append(column.post["site"].as_string().in_(self.sites))
        if self.clusters:
            terms.append(column.cluster_id.in_(self.clusters))
        if self.duplicates == "drop-near":
            terms.append(or_(column.cluster_id.is_(None), column.cluster_id == column.id))
        if self.duplicates in ("drop", "drop-near"):
            terms.append(column.duplicate_of.is_(None))
        return terms

    def _dated(self, table: FromClause) -> list[ColumnElement[bool]]:
        """`since` and `until`; undated records stay."""
        at = table.c.published_at
        terms = []
        if self.since is not None:
            terms.append(or_(at.is_(None), at >= self.since))
        if self.until is not None:
            terms.append(or_(at.is_(None), at < self.until))
        return terms

    def _better(self, which: str) -> ColumnElement[bool]:
        """Whether another record that is asked for stands for the cluster instead; the index of clusters serves it."""
        other = records.alias("other")
        return exists().where(
            other.c.cluster_id == records.c.cluster_id,
            tuple_(*standing(other, which)) < tuple_(*standing(records, which)),
            *self._terms(other),
            *self._dated(other),
        )

    def count(self, connection: Connection) -> int:
        """How many records that are, before the policy on rights."""
        query = select(func.count()).select_from(records).where(*self.where(), *self._dated(records))
        return connection.execute(query).scalar() or 0
