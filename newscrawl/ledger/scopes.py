"""A scope: what a run is about, and what its listings have covered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.storage.dialect import insert_new
from newscrawl.storage.tables import scopes

__all__ = ["Scope", "load_scope", "save_cursor", "save_high_water"]


@dataclass(frozen=True, slots=True)
class Scope:
    """(site, categories, query, follow), and the spider that crawls it."""

    spider: str
    site: str
    categories: tuple[str, ...] = ()
    query: str = ""
    follow: bool = True

    @property
    def id(self) -> str:
        """32 hex digits; the same for the same scope, whatever the order of its categories."""
        parts = [self.site, sorted(self.categories), self.query, self.follow]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:32]

    def describe(self) -> str:
        """For a person: ``https://dnyuz.com, categories news``."""
        extras = []
        if self.categories:
            extras.append(f"categories {','.join(self.categories)}")
        if self.query:
            extras.append(f"query {self.query!r}")
        if not self.follow:
            extras.append("not following")
        return ", ".join([self.site or self.spider, *extras])


def load_scope(connection: Connection, scope: Scope) -> dict[str, Any]:
    """The scope's row (``high_water``, ``cursor``, ``surface``), made when it is new."""
    insert_new(
        connection,
        scopes,
        {
            "id": scope.id,
            "spider": scope.spider,
            "site": scope.site,
            "categories": ",".join(sorted(scope.categories)),
            "query": scope.query,
            "follow": scope.follow,
        },
    )
    row = connection.execute(select(scopes).where(scopes.c.id == scope.id)).one()
    return dict(row._mapping)


def save_cursor(connection: Connection, scope_id: str, cursor: dict[str, Any] | None) -> None:
    """What an unfinished listing has covered; ``None`` when it is complete."""
    connection.execute(update(scopes).where(scopes.c.id == scope_id).values(cursor=cursor))


def save_high_water(connection: Connection, scope_id: str, mark: str) -> None:
    """Raise the scope's high-water mark to *mark* (never lower it)."""
    connection.execute(
        update(scopes)
        .where(scopes.c.id == scope_id)
        .where((scopes.c.high_water.is_(None)) | (scopes.c.high_water < mark))
        .values(high_water=mark)
    )
