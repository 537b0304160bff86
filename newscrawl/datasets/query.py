"""Which records a data set is about, as conditions on the table ``records``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.engine import Connection
from sqlalchemy.sql import select

from newscrawl.outcomes import Outcome
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
        one_per_cluster: the first record of each cluster alone.
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
    one_per_cluster: bool = False
    duplicates: str = "mark"
    versions: str = "latest"
    rights: str = "no-optout"

    def as_dict(self) -> dict[str, Any]:
        """As JSON types, for a manifest."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions, but for `since` and `until`, which the order of reading serves."""
        column = records.c
        terms: list[ColumnElement[bool]] = []
        if self.changed_since is not None:
            terms.append(column.changed_at >= self.changed_since)
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
        if self.one_per_cluster or self.duplicates == "drop-near":
            terms.append(or_(column.cluster_id.is_(None), column.cluster_id == column.id))
        if self.duplicates in ("drop", "drop-near"):
            terms.append(column.duplicate_of.is_(None))
        return terms

    def count(self, connection: Connection) -> int:
        """How many records that are, before the policy on rights."""
        query = select(func.count()).select_from(records).where(*self.where())
        if self.since is not None:
            query = query.where(or_(records.c.published_at.is_(None), records.c.published_at >= self.since))
        if self.until is not None:
            query = query.where(or_(records.c.published_at.is_(None), records.c.published_at < self.until))
        return connection.execute(query).scalar() or 0
