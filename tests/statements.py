"""What a database is asked: also what goes past SQLAlchemy's events (`newscrawl.storage.prepared`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection

__all__ = ["watch"]


def watch(connection: Connection) -> list[str]:
    """The statements that *connection* runs from now on; on SQLite as they are run, with their values."""
    statements: list[str] = []
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        return statements

    @event.listens_for(connection, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    return statements
