"""How many like texts end in one cluster, and how many unlike ones do. Part of ``python -m benchmarks.dedupe``."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL, Connection

from benchmarks.dedupe_corpus import Item, families, unlike
from newscrawl.dedupe import relation
from newscrawl.items import PostPart, Record
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.records import store_record
from newscrawl.text import shingles
from newscrawl.urls import record_id

__all__ = ["measure_quality", "record_of"]

GRID = (0.45, 0.5, 0.55, 0.6, 0.65)


def record_of(number: int, item: Item) -> Record:
    """The record of *item*; *number* tells records apart."""
    url = f"https://site{number % 50}.test/{number}/"
    return Record(
        id=record_id(url), url=url, title=item.name[:200], text=item.text, text_source="post", outcome="post_only",
        reason="no_attribution", post=PostPart(site="https://site.test", url=url),
        published_at=f"2026-01-{number % 28 + 1:02}T00:00:00Z", published_precision="day",
    )  # fmt: skip


def _store(connection: Connection, items: Iterable[Item]) -> dict[str, Item]:
    by_id = {}
    for number, item in enumerate(items):
        made = record_of(number, item)
        store_record(connection, made, "r")
        by_id[made.id] = item
    return by_id


def _truth(items: list[Item]) -> list[tuple[str, str, float]]:
    """Pairs of each family, by name, with the Jaccard similarity of their shingles as tuples of tokens."""
    pairs = []
    grouped: dict[str, list[Item]] = {}
    for item in items:
        grouped.setdefault(item.family, []).append(item)
    for members in grouped.values():
        sets = [(one.name, shingles(one.text)) for one in members]
        for (one, a), (other, b) in itertools.combinations(sets, 2):
            pairs.append((one, other, len(a & b) / len(a | b) if a or b else 0.0))
    return pairs


def _score(clusters: dict[str, str], items: dict[str, Item], truth: list[tuple[str, str, float]]) -> dict[str, Any]:
    """*clusters*: the cluster of each record's name."""
    found: dict[str, Any] = {}
    for bound in (0.8, 0.6):
        wanted = [(one, other) for one, other, alike in truth if alike >= bound]
        had = sum(clusters[one] == clusters[other] for one, other in wanted)
        found[f"recall_at_{bound}"] = round(had / len(wanted), 5)
        found[f"pairs_at_{bound}"] = len(wanted)
    grouped: dict[str, list[Item]] = {}
    for item in items.values():
        grouped.setdefault(clusters[item.name], []).append(item)
    right = wrong = 0
    kinds: Counter[str] = Counter()
    for members in grouped.values():
        count = Counter(one.family for one in members)
        total = len(members) * (len(members) - 1) // 2
        own = sum(number * (number - 1) // 2 for number in count.values())
        right, wrong = right + own, wrong + total - own
        if total > own:
            kinds[" + ".join(sorted({one.kind.split(" ")[0] for one in members}))[:80]] += total - own
    found["precision"] = round(right / max(1, right + wrong), 5)
    found["wrong_pairs"] = wrong
    found["wrong_by_kind"] = dict(kinds.most_common(6))
    found["largest_cluster"] = max(len(members) for members in grouped.values())
    return found


def _at(connection: Connection, by_id: dict[str, Item], bound: float) -> dict[str, str]:
    """Clusters as they would be with another NEAR, from the pairs that were compared."""
    names = {ref: ref for (ref,) in connection.execute(text("SELECT ref FROM texts"))}

    def find(ref: int) -> int:
        while names[ref] != ref:
            names[ref] = ref = names[names[ref]]
        return ref

    for one, other in connection.execute(
        text("SELECT one, other FROM text_pairs WHERE near AND similarity >= :bound"), {"bound": bound}
    ):
        names[find(one)] = find(other)
    rows = connection.execute(text("SELECT records.id, texts.ref FROM records JOIN texts USING (text_hash)"))
    return {by_id[row.id].name: str(find(row.ref)) for row in rows}


def measure_quality(part: str, *, most: int | None = None) -> dict[str, Any]:
    """Recall and precision on *part*; for ``choose`` at each of :data:`GRID`, for ``measure`` as it is."""
    items = [*families(part)[:most], *unlike(part)]
    truth = _truth(items)
    chosen = relation.NEAR
    with tempfile.TemporaryDirectory(prefix="newscrawl-dedupe-") as folder:
        engine = open_engine(URL.create("sqlite", database=str(Path(folder) / "quality.db")))
        ensure_schema(engine)
        try:
            if part == "choose":
                relation.NEAR = min(GRID)
            with engine.begin() as connection:
                started = time.perf_counter()
                by_id = _store(connection, items)
                seconds = time.perf_counter() - started
                figures: dict[str, Any] = {"records": len(items), "seconds": round(seconds, 1)}
                if part == "choose":
                    for bound in GRID:
                        figures[f"near {bound}"] = _score(_at(connection, by_id, bound), by_id, truth)
                else:
                    rows = connection.execute(text("SELECT id, cluster_id FROM records"))
                    figures |= _score({by_id[row.id].name: row.cluster_id for row in rows}, by_id, truth)
                    refused = connection.execute(
                        text("SELECT why_not, count(*) / 2 FROM text_pairs WHERE why_not IS NOT NULL GROUP BY 1")
                    )
                    figures["refused_pairs"] = {row[0]: row[1] for row in refused}
                    joins = connection.execute(text("SELECT count(*) FROM cluster_joins")).scalar()
                    figures["joins_noted"] = joins
        finally:
            relation.NEAR = chosen
            engine.dispose()
    return figures


if __name__ == "__main__":
    import json

    limit = int(sys.argv[2]) if len(sys.argv) > 2 else None
    print(json.dumps(measure_quality(sys.argv[1] if len(sys.argv) > 1 else "choose", most=limit), indent=2))
