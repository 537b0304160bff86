"""A scope: what a run is about, and what its listings have covered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.storage.dialect import insert_new
from newscrawl.storage.tables import scopes

__all__ = ["Memory", "Scope", "load_scope", "save_cursor", "save_listing_end", "save_memory"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a scope's later runs build on. Times are UTC strings, ``…_epoch`` seconds since 1970."""

    #: Newest ``modified_at`` that a complete listing has seen.
    modified_water: str | None = None
    #: When posts were last listed by date to the end.
    listed_epoch: float | None = None
    #: The API was caught ignoring ``modified_after`` (WordPress before 5.7).
    ignores_modified_after: bool = False
    #: The surface that `auto` took, and when.
    surface: str | None = None
    surface_epoch: float | None = None
    #: Validators of what was fetched, by URL: ``[ETag, Last-Modified]``.
    validators: dict[str, list[str | None]] = field(default_factory=dict)
    #: From when on posts are owed: a listing that began there was cut, and none since has been over.
    owed_since: str | None = None
    #: What surfaces keep for later runs, by their name.
    surfaces: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Memory:
        """The memory in a scope's row; names it does not know are left out."""
        kept = row.get("memory") or {}
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types, without what is absent."""
        return {name: value for name, value in asdict(self).items() if value not in (None, False, {})}


def load_scope(connection: Connection, scope: Scope) -> dict[str, Any]:
    """The scope's row (``high_water``, ``cursor``, ``memory``), made when it is new."""
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


def save_listing_end(connection: Connection, scope_id: str, mark: str | None) -> None:
    """A listing is complete: nothing is half covered any more; the high-water mark rises to *mark*, and never falls."""
    save_cursor(connection, scope_id, None)
    if mark:
        connection.execute(
            update(scopes)
            .where(scopes.c.id == scope_id)
            .where((scopes.c.high_water.is_(None)) | (scopes.c.high_water < mark))
            .values(high_water=mark)
        )


def save_memory(connection: Connection, scope_id: str, memory: Memory) -> None:
    """What later runs of the scope build on."""
    connection.execute(update(scopes).where(scopes.c.id == scope_id).values(memory=memory.to_json()))
