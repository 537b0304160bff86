"""Duplicates and clusters: counted for all, and one cluster in words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection

from newscrawl.storage.duplicates import text_number
from newscrawl.storage.rebuild import missing_texts
from newscrawl.storage.tables import cluster_joins, records, text_pairs, texts
from newscrawl.text import escape_controls

__all__ = ["collect_cluster", "collect_clusters", "render_cluster", "render_clusters"]

#: Records of one cluster, and texts within or around it, that are shown.
MOST_SHOWN = 50


def collect_clusters(connection: Connection) -> dict[str, Any]:
    """Counts, as plain JSON types: duplicates, clusters of several records, joins, pairs that were refused."""
    sizes = select(func.count().label("size")).select_from(records).where(records.c.cluster_id.is_not(None))
    several = sizes.group_by(records.c.cluster_id).having(func.count() > 1).subquery()
    row = connection.execute(select(func.count(), func.sum(several.c.size), func.max(several.c.size))).one()
    refused = connection.execute(
        select(text_pairs.c.why_not, func.count())
        .where(text_pairs.c.why_not.is_not(None))
        .group_by(text_pairs.c.why_not)
    )
    return {
        "duplicates": _count(connection, records.c.duplicate_of),
        "contained": _count(connection, records.c.contained_in),
        "clusters": int(row[0] or 0),
        "clustered_records": int(row[1] or 0),
        "largest_cluster": int(row[2] or 0),
        "joins": int(connection.execute(select(func.count()).select_from(cluster_joins)).scalar() or 0),
        # Each pair stands there twice.
        "refused_pairs": {why: number // 2 for why, number in sorted(tuple(one) for one in refused)},
        "texts_left_out": int(
            connection.execute(select(func.count()).select_from(texts).where(texts.c.left_out > 0)).scalar() or 0
        ),
        "not_compared": missing_texts(connection),
    }


def _count(connection: Connection, column: Any) -> int:
    query = select(func.count()).select_from(records).where(column.is_not(None))
    return int(connection.execute(query).scalar() or 0)


def render_clusters(counts: dict[str, Any]) -> str:
    """For a person at a terminal; empty where there is nothing to tell."""
    lines = []
    if counts["clusters"]:
        lines.append(
            f"{counts['clustered_records']} records tell {counts['clusters']} stories more than once"
            f" (the largest cluster has {counts['largest_cluster']}); {counts['duplicates']} are equal to another"
        )
    if counts["contained"]:
        lines.append(f"{counts['contained']} records stand within the longer text of another")
    if counts["joins"]:
        lines.append(f"{counts['joins']} times clusters became one")
    refused = counts["refused_pairs"]
    if refused:
        told = ", ".join(f"{number} for {why}" for why, number in refused.items())
        lines.append(f"similar pairs that are no duplicates: {told}")
    if counts["texts_left_out"]:
        lines.append(f"{counts['texts_left_out']} texts are too long to be found by all of their passages")
    if counts["not_compared"]:
        lines.append(f"{counts['not_compared']} texts were never compared: scrapy dedupe --rebuild")
    return "\n".join(lines)


def collect_cluster(connection: Connection, record_id: str) -> dict[str, Any] | None:
    """The cluster of a record: its records in order, how alike each is to this one, joins; ``None`` if unknown."""
    own = connection.execute(
        select(records.c.id, records.c.cluster_id, records.c.text_hash, records.c.contained_in).where(
            records.c.id == record_id
        )
    ).first()
    if own is None:
        return None
    alike = _alike(connection, own.text_hash)
    order = (records.c.published_at.asc().nulls_last(), records.c.id)
    rows = connection.execute(
        select(records).where(records.c.cluster_id == own.cluster_id).order_by(*order).limit(MOST_SHOWN)
    ).all()
    total = connection.execute(
        select(func.count()).select_from(records).where(records.c.cluster_id == own.cluster_id)
    ).scalar()
    inside = select(records.c.id).where(records.c.contained_in == record_id).order_by(records.c.id).limit(MOST_SHOWN)
    joins = connection.execute(
        select(cluster_joins).where(cluster_joins.c.into_cluster == own.cluster_id).order_by(cluster_joins.c.number)
    )
    return {
        "cluster_id": own.cluster_id,
        "total": int(total or 0),
        "contained_in": own.contained_in,
        "holds": list(connection.execute(inside).scalars()),
        "records": [
            {
                "id": row.id,
                "title": row.title,
                "url": row.url,
                "publisher": (row.publisher or {}).get("name") or (row.publisher or {}).get("domain"),
                "published_at": row.published_at,
                "word_count": row.word_count,
                "duplicate_of": row.duplicate_of,
                "similarity": 1.0 if row.text_hash == own.text_hash else alike.get(row.text_hash),
            }
            for row in rows
        ],
        "joins": [
            {"at": row.at, "from_cluster": row.from_cluster, "record_id": row.record_id}
            for row in joins.fetchmany(MOST_SHOWN)
        ],
    }


def _alike(connection: Connection, text_hash: str | None) -> dict[str, float]:
    """How alike other texts are to this one, by their hash."""
    if text_hash is None:
        return {}
    rows = connection.execute(
        text(
            "SELECT texts.text_hash, text_pairs.similarity FROM text_pairs JOIN texts ON texts.ref = text_pairs.other"
            " WHERE text_pairs.one = :ref"
        ),
        {"ref": text_number(text_hash)},
    )
    return {row.text_hash: row.similarity for row in rows}


def render_cluster(cluster: dict[str, Any], own: str) -> str:
    """For a person at a terminal."""
    total = cluster["total"]
    if total < 2:
        lines = ["\ncluster: no other record tells this story"]
    else:
        lines = [f"\ncluster {cluster['cluster_id']}: {total} records"]
        lines += [_line(row, own) for row in cluster["records"]]
        if total > len(cluster["records"]):
            lines.append(f"  and {total - len(cluster['records'])} more")
    if cluster["contained_in"]:
        lines.append(f"its text stands within the longer one of {cluster['contained_in']}")
    if cluster["holds"]:
        lines.append(f"holds the text of {', '.join(cluster['holds'])}")
    for join in cluster["joins"]:
        lines.append(f"joined with the cluster {join['from_cluster']} at {join['at']}, by record {join['record_id']}")
    return "\n".join(lines)


def _line(row: dict[str, Any], own: str) -> str:
    if row["id"] == own:
        alike = "this one"
    elif row["similarity"] is None:
        alike = "by others"  # alike to a third, not compared with or not like this one
    else:
        alike = "equal" if row["similarity"] == 1.0 else f"{row['similarity']:.0%} alike"
    told = (
        row["published_at"] or "undated",
        alike,
        f"{row['word_count'] or 0} words",
        row["publisher"] or "",
        row["title"] or "",
    )
    return f"  {row['id']}  " + "  ".join(escape_controls(part) for part in told if part)
