"""Make signatures and clusters again from the stored texts, a page of records to a transaction.

A rebuild that was stopped goes on where it was: the place is kept in the database, in the same transaction as what
was done. Records that are stored meanwhile settle as ever; the end is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.engine import Connection, Engine

from newscrawl.storage.duplicates import Held, begin_settling, settle
from newscrawl.storage.tables import records

__all__ = ["Progress", "missing_texts", "rebuild"]

_NAME = "rebuild"
_TABLES = ("text_pairs", "text_keys", "texts")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild has come, in records; ``resumed``: it began in an earlier call."""

    done: int
    total: int
    resumed: bool


def rebuild(engine: Engine, *, page: int = 200, again: bool = False) -> Iterator[Progress]:
    """Rebuild; what was done so far after each page, which is committed by then.

    Args:
        page: records to a transaction.
        again: start from the beginning, whatever an earlier call has done.
    """
    from newscrawl.dedupe import SCHEME

    with engine.begin() as connection:
        state = None if again else _state(connection)
        resumed = state is not None and state.get("scheme") == SCHEME
        if state is None or not resumed:
            begin_settling(connection)
            for table in _TABLES:
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of our own
            state = {"scheme": SCHEME, "after": "", "done": 0}
            _keep(connection, state)
    while True:
        with engine.begin() as connection:
            done = _page(connection, state["after"], page)
            total = int(connection.execute(text("SELECT count(*) FROM records")).scalar() or 0)
            if not done:
                connection.execute(text("DELETE FROM dedupe_state WHERE name = :name"), {"name": _NAME})
                break
            state = {"scheme": SCHEME, "after": done[-1], "done": state["done"] + len(done)}
            _keep(connection, state)
        yield Progress(state["done"], total, resumed)


def _state(connection: Connection) -> dict[str, Any] | None:
    kept = connection.execute(text("SELECT value FROM dedupe_state WHERE name = :name"), {"name": _NAME}).scalar()
    return json.loads(kept) if isinstance(kept, str) else kept


def _keep(connection: Connection, state: dict[str, Any]) -> None:
    connection.execute(text("DELETE FROM dedupe_state WHERE name = :name"), {"name": _NAME})
    connection.execute(
        text("INSERT INTO dedupe_state (name, value) VALUES (:name, :value)"),
        {"name": _NAME, "value": json.dumps(state)},
    )


def _page(connection: Connection, after: str, page: int) -> list[str]:
    """Settle the next records behind id *after*; their ids."""
    begin_settling(connection)
    held_columns = (records.c.id, records.c.text, records.c.text_hash, records.c.published_at)
    rows = connection.execute(
        select(*held_columns).where(records.c.id > after).order_by(records.c.id).limit(page)
    ).all()
    for row in rows:
        held = None if row.text_hash is None else Held(row.text_hash, row.published_at)
        marks = settle(connection, row.id, None, held, row.text)
        connection.execute(
            text(
                "UPDATE records SET duplicate_of = :duplicate_of, contained_in = :contained_in,"
                " cluster_id = :cluster_id WHERE id = :id"
            ),
            {
                "id": row.id,
                "duplicate_of": marks.duplicate_of,
                "contained_in": marks.contained_in,
                "cluster_id": marks.cluster_id,
            },
        )
    return [row.id for row in rows]


def missing_texts(connection: Connection) -> int:
    """Texts that records hold and that were never compared: those stored before there were signatures."""
    query = (
        "SELECT (SELECT count(DISTINCT text_hash) FROM records WHERE text_hash IS NOT NULL)"
        " - (SELECT count(*) FROM texts)"
    )
    return max(0, int(connection.execute(text(query)).scalar() or 0))
