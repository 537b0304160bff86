"""What texts have proven: which wordings of a site lead to originals, by which names publishers go, what was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.originals.proofs import MOST_COUNTED, Key, Proofs
from newscrawl.storage.dialect import upsert
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import proofs, publisher_names, tried

__all__ = ["domains_called", "load_proofs", "note_tried", "save_name", "save_proofs"]

#: Rows of one site that are read at most, those used last first.
MOST_ROWS = 20_000


def load_proofs(connection: Connection, site: str) -> Proofs:
    """What is known of *site*, an aggregator."""
    query = select(proofs).where(proofs.c.site == site[:255]).order_by(proofs.c.seen_at.desc()).limit(MOST_ROWS)
    return Proofs({Key(row.domain, row.phrase): (row.proven, row.failed) for row in connection.execute(query)})


def save_proofs(connection: Connection, site: str, counts: Mapping[Key, tuple[int, int]]) -> None:
    """Keep the counts of *site*: proven, failed. They stop at :data:`MOST_COUNTED`, so an old site costs no writes."""
    now = now_text()
    for key, (proven, failed) in sorted(counts.items()):
        row = {
            "site": site[:255], "domain": key.domain[:255], "phrase": key.phrase[:60],
            "proven": min(proven, MOST_COUNTED), "failed": min(failed, MOST_COUNTED), "seen_at": now,
        }  # fmt: skip
        upsert(connection, proofs, row)


_COUNTED = select(publisher_names.c.count).where(
    publisher_names.c.key == bindparam("one"), publisher_names.c.domain == bindparam("at")
)


def save_name(connection: Connection, name: str, keys: Collection[str], domain: str, home: str) -> None:
    """A post that calls its publisher *name* was proven to be of *domain*, whose front page is *home*."""
    now = now_text()
    for key in sorted(keys):
        count = execute(connection, _COUNTED, {"one": key[:200], "at": domain[:255]}).scalar() or 0
        row = {
            "key": key[:200], "domain": domain[:255], "name": name[:300], "home": home[:500],
            "count": min(count + 1, MOST_COUNTED), "seen_at": now,
        }  # fmt: skip
        upsert(connection, publisher_names, row)


def domains_called(connection: Connection, keys: Collection[str]) -> tuple[Counter[str], dict[str, str]]:
    """Domains that go by one of *keys*, with how often each was proven, and the front page of each."""
    counts: Counter[str] = Counter()
    homes: dict[str, str] = {}
    query = select(publisher_names).where(publisher_names.c.key.in_([key[:200] for key in keys]))
    for row in connection.execute(query.limit(1_000)).mappings():
        counts[row["domain"]] = max(counts[row["domain"]], row["count"])
        homes[row["domain"]] = row["home"]
    return counts, homes


def note_tried(connection: Connection, post_id: str, run_id: str, attempts: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was asked for to find a post's original, in place of what was kept of it before."""
    connection.execute(delete(tried).where(tried.c.post_id == post_id))
    now = now_text()
    rows = [
        {
            "post_id": post_id, "place": place, "run_id": run_id, "at": now, "how": str(one.get("how") or "link")[:20],
            "url": one.get("url"), "reason": one.get("reason"), "similarity": one.get("similarity"),
            "why": one.get("why"),
        }
        for place, one in enumerate(attempts)
    ]  # fmt: skip
    if rows:
        connection.execute(tried.insert(), rows)
