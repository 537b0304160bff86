"""The text of a post whose record has its original's text: kept for comparing the two, in very few bytes.

It is packed with the original's text as the dictionary, so of a copy that was taken over word for word a few dozen
bytes remain. Readers of records never see it; :mod:`newscrawl.reports.differences` shows what differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from newscrawl.items import Record
from newscrawl.storage.dialect import among, upsert
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import post_texts, posts

__all__ = ["MOST_BYTES", "drop_copies", "keep_copy", "load_copy", "pack", "unpack"]

#: Bytes of a text that are kept, before packing. A post's text is shorter than this by the rules of extraction.
MOST_BYTES = 2_000_000

_GIVEN = select(posts.c.given).where(posts.c.id == bindparam("own"))


def pack(text: str, beside: str) -> bytes:
    """*text* in as few bytes as the text *beside* it allows."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 15, zdict=beside.encode("utf-8", "replace"))
    return packer.compress(text.encode("utf-8", "replace")[:MOST_BYTES]) + packer.flush()


def unpack(packed: bytes, beside: str) -> str | None:
    """The reverse of :func:`pack`; ``None`` where it was packed beside another text."""
    try:
        opened = zlib.decompressobj(15, zdict=beside.encode("utf-8", "replace")).decompress(packed, MOST_BYTES)
    except zlib.error:
        return None
    return opened.decode("utf-8", "ignore")


def keep_copy(connection: Connection, record: Record) -> None:
    """Keep the text that the post of *record* was given with, where the record has its original's text instead.

    Call it before ``posts.given`` is cleared. A post that was not read again keeps what it had.
    """
    if record.text_source != "original" or not record.text:
        return
    # Read here, which takes half as long as to have the engine read it.
    own = (execute(connection, _GIVEN, {"own": record.id}).scalar() or {}).get("text")
    if own:
        upsert(connection, post_texts, {"id": record.id, "packed": pack(own, record.text)})


def load_copy(connection: Connection, record_id: str, beside: Iterable[str | None]) -> str | None:
    """The post's text, ``None`` where it is not kept. *beside*: texts that the record has or had, the newest first."""
    packed = connection.execute(select(post_texts.c.packed).where(post_texts.c.id == record_id)).scalar()
    if packed is None:
        return None
    opened = (unpack(bytes(packed), text) for text in beside if text)
    return next((text for text in opened if text is not None), None)


def drop_copies(connection: Connection, ids: Iterable[str]) -> None:
    """Remove what is kept of the posts *ids*."""
    wanted = list(ids)
    if wanted:
        connection.execute(delete(post_texts).where(among(connection, post_texts.c.id, wanted)))
