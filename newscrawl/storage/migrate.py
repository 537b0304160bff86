"""Bring a database to the schema of this version, or refuse it."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from newscrawl.errors import OperationError
from newscrawl.storage.engine import describe_error
from newscrawl.storage.tables import metadata
from newscrawl.storage.views import create_views

__all__ = ["HEAD", "current_revision", "ensure_schema", "upgrade"]

logger = logging.getLogger(__name__)


def _newest_revision() -> str:
    """The revision that no other one builds on, as the migrations' files say: reading them is cheaper than Alembic."""
    revisions: set[str] = set()
    built_on: set[str] = set()
    for file in resources.files("newscrawl.storage").joinpath("migrations", "versions").iterdir():
        if file.name.endswith(".py"):
            source = file.read_text("utf-8")
            revisions.update(re.findall(r'^revision = "(\w+)"', source, re.MULTILINE))
            built_on.update(re.findall(r'^down_revision = "(\w+)"', source, re.MULTILINE))
    (newest,) = revisions - built_on
    return newest


#: The revision this version works with: the newest of the migrations.
HEAD = _newest_revision()

#: Key of the advisory lock that upgrades take: the bytes "newscraw".
_LOCK = 0x6E65777363726177


def current_revision(engine: Engine) -> str | None:
    """The database's Alembic revision, or ``None`` for an empty database.

    Raises:
        OperationError: the database cannot be read, or holds tables of something else.
    """
    try:
        with _reader(engine).connect() as connection:
            names = set(inspect(connection).get_table_names())
            if "alembic_version" in names:
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError as error:
        raise OperationError(f"cannot read the database: {describe_error(error)}") from None
    if names & {"posts", "records", "runs"}:
        raise OperationError("the database holds tables that newscrawl did not make")
    return None


def _has_tables(engine: Engine) -> bool:
    with _reader(engine).connect() as connection:
        return bool(inspect(connection).get_table_names())


def _reader(engine: Engine) -> Engine:
    """An engine that changes nothing: ours turns a SQLite file to WAL as it opens it."""
    if engine.dialect.name != "sqlite":
        return engine
    address = f"{Path(str(engine.url.database)).absolute().as_uri()}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)


def ensure_schema(engine: Engine, *, beside_others: bool = True) -> None:
    """Create or upgrade the tables. A no-op where the database is at :data:`HEAD`.

    Args:
        beside_others: make them also where others have tables and we have none. Who only reads took the wrong database.

    Raises:
        OperationError: the database is of a newer newscrawl, or cannot be upgraded, or is another program's.
    """
    revision = current_revision(engine)
    if revision is None and not beside_others and _has_tables(engine):
        raise OperationError("the database holds tables that newscrawl did not make")
    if revision == HEAD or (revision is None and _made_anew(engine)):
        return
    upgrade(engine, revision)


def upgrade(engine: Engine, revision: str | None) -> None:
    """Run the migrations from *revision* (``None``: from the first) to :data:`HEAD`. Raises as `ensure_schema`."""
    # Alembic is only needed for a change of schema: 150 ms of imports.
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    with _scripts() as folder:
        config = AlembicConfig()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        script = ScriptDirectory.from_config(config)
        known = {step.revision for step in script.walk_revisions()}
        if revision is not None and revision not in known:
            raise OperationError(
                f"the database has schema {revision}, newer than this newscrawl knows ({HEAD}): upgrade newscrawl"
            )
        try:
            with engine.begin() as connection:
                _lock(connection)
                config.attributes["connection"] = connection
                command.upgrade(config, HEAD)
        except (SQLAlchemyError, CommandError) as error:
            raise OperationError(f"cannot upgrade the database: {describe_error(error)}") from None
    logger.info("Database schema brought to %s", HEAD)


def _made_anew(engine: Engine) -> bool:
    """Make the tables of an empty database as the code knows them, in a tenth of the time that a dozen migrations take.

    ``False`` where another process was faster: what it made is for the migrations to judge.
    """
    try:
        with engine.begin() as connection:
            _lock(connection)
            if inspect(connection).has_table("alembic_version"):
                return False
            # A table that is there already is a stranger's, whatever it is called.
            metadata.create_all(connection, checkfirst=False)
            create_views(connection)
            # Alembic's own table, as it makes it.
            connection.execute(
                text(
                    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
                    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
                )
            )
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    except SQLAlchemyError as error:
        raise OperationError(f"cannot make the tables of the database: {describe_error(error)}") from None
    logger.info("Database schema made: %s", HEAD)
    return True


def _lock(connection: Connection) -> None:
    """Workers that start together on a new PostgreSQL database; SQLite's transaction is exclusive by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


@contextmanager
def _scripts() -> Iterator[Path]:
    """The migrations as a folder of files; those of an egg, which is zipped, are unpacked for as long as they are used.

    By hand: `resources.as_file` takes folders from Python 3.12 on.
    """
    found = resources.files("newscrawl.storage").joinpath("migrations")
    if isinstance(found, Path):
        yield found
        return
    with TemporaryDirectory(prefix="newscrawl-") as folder:
        _unpack(found, Path(folder))
        yield Path(folder)


def _unpack(found: Traversable, folder: Path) -> None:
    for part in found.iterdir():
        target = folder / part.name
        if part.is_dir():
            target.mkdir()
            _unpack(part, target)
        else:
            target.write_bytes(part.read_bytes())
