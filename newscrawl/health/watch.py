"""What is wrong at this moment, told by whoever looks: a run that is turned away, `scrapy doctor --alarm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.clock import epoch, now_text
from newscrawl.errors import OperationError, UserError
from newscrawl.health.alarms import give_alarms
from newscrawl.health.current import LIVE, current
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.judge import sync_live
from newscrawl.storage.engine import describe_error, open_engine
from newscrawl.storage.tables import episodes

if TYPE_CHECKING:
    from newscrawl.config import Config

__all__ = ["accept", "watch"]


def watch(config: Config, *, scope: str | None = None) -> list[Finding]:
    """Enter what is wrong now, give the alarms, and return what is failing (of *scope* alone, where it is given).

    Raises:
        OperationError: the database cannot be used.
    """
    engine = open_engine(config.database, create=False)
    try:
        with engine.begin() as connection:
            sync_live(connection, None, epoch(), config=config)
        give_alarms(engine, config)
        with engine.connect().execution_options(newscrawl_readonly=True) as connection:
            found = current(connection, config)
    except SQLAlchemyError as error:
        raise OperationError(f"the database cannot be used: {describe_error(error)}") from None
    finally:
        engine.dispose()
    return [one for one in found if one.level is Level.FAILING and scope in (None, one.scope)]


def accept(connection: Connection, name: str) -> list[Finding]:
    """Take what monitor *name* found wrong for the usual from now on; what was accepted.

    Raises:
        UserError: there is no such monitor, or it finds nothing wrong.
    """
    known = [one.value for one in Monitor if one not in LIVE]
    if name not in known:
        raise UserError(f"--accept {name!r}: must be one of {', '.join(known)}")
    rows = connection.execute(select(episodes).where(episodes.c.monitor == name, episodes.c.ended_at.is_(None))).all()
    if not rows:
        raise UserError(f"--accept {name}: it finds nothing wrong")
    connection.execute(
        update(episodes)
        .where(episodes.c.number.in_([row.number for row in rows]))
        .values(ended_at=now_text(), how="accepted")
    )
    return [Finding.of(row.finding) for row in rows]
