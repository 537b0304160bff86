"""One record for a person: what it is, how it came about, and why it is what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection

from newscrawl.errors import UserError
from newscrawl.items import as_dict
from newscrawl.outcomes import Outcome, Reason
from newscrawl.reports.clusters import collect_cluster, render_cluster
from newscrawl.reports.differences import differences, post_difference, render_differences, render_post
from newscrawl.storage.records import load_record
from newscrawl.storage.tables import originals, posts, records, requests, tried, versions
from newscrawl.text import escape_controls
from newscrawl.urls import canonical_url, record_id

__all__ = ["collect_history", "explain", "render_history"]

_ID = re.compile(r"[0-9a-f]{6,32}\Z")

#: Ids named where the start of one fits several.
MOST_ALIKE = 4

_WHY = {
    Reason.NO_ATTRIBUTION: "The post names no source.",
    Reason.NO_ORIGINAL_URL: "The post names its publisher, but does not link the article there.",
    Reason.AMBIGUOUS_ORIGINAL: "More than one article could be the original.",
    Reason.NOT_FOLLOWED: "The run was told not to follow attributions; a run with follow=yes takes it up.",
    Reason.ROBOTS: "The publisher's robots.txt forbids it, or could not be had.",
    Reason.REFUSED: "The link leads where no crawler may go (a private address, a forbidden scheme or port).",
    Reason.DNS: "The publisher's name could not be looked up.",
    Reason.TLS: "The publisher's certificate does not hold.",
    Reason.TIMEOUT: "The publisher did not answer in time.",
    Reason.CONNECTION: "The connection to the publisher failed.",
    Reason.TOO_LARGE: "The answer was larger than is read.",
    Reason.TRUNCATED: "The original arrived cut, or shows only a part of the article.",
    Reason.BAD_ENCODING: "The page's characters could not be read.",
    Reason.NEEDS_BROWSER: "The page is empty without a browser.",
    Reason.CHALLENGE: "The publisher asked for proof of a human; newscrawl does not get past that.",
    Reason.CONSENT: "The publisher asked for consent first.",
    Reason.LOGIN: "The publisher asked for a login.",
    Reason.PAYWALL: "The original is behind a paywall; only what it shows freely was read.",
    Reason.NOT_ARTICLE: "What came back is no article.",
    Reason.DIFFERENT_ARTICLE: "The link leads to another article: neither title nor text is like the post's.",
    Reason.INVALID: "The record broke its own rules, or a page could not be read; the log has the details.",
    Reason.UNREACHABLE_POST: "The post itself could not be had.",
    Reason.TAKEN_DOWN: "It was taken down by `scrapy forget`, and stays down.",
}


#: How a page came to be asked for as a post's original.
_HOW = {
    "link": "what the post states",
    "candidate": "another link of the post",
    "news_sitemap": "an entry of the publisher's news sitemap",
    "sitemap": "an entry of the publisher's sitemap",
    "feed": "an entry of the publisher's feed",
    "rest": "an entry of the publisher's WordPress API",
    "section": "an entry on the publisher's page",
    "search": "an entry of the publisher's search",
}


def explain(outcome: str, reason: str | None) -> str:
    """In plain words why a record ended as it did."""
    if outcome == Outcome.ORIGINAL:
        return "The original was found at its publisher; its text was taken."
    if reason and reason.startswith("http_"):
        why = f"The publisher answered with HTTP status {reason[5:]}."
    else:
        why = _WHY.get(Reason(reason), "") if reason and reason in Reason._value2member_map_ else ""
    tail = {
        Outcome.ORIGINAL_PARTIAL: " The longer of both copies was taken.",
        Outcome.POST_ONLY: " The post's own text was kept.",
        Outcome.FAILED: " There is no text.",
    }
    return why + tail.get(Outcome(outcome), "") if outcome in Outcome._value2member_map_ else why


def collect_history(connection: Connection, key: str, *, cluster: bool = False) -> dict[str, Any] | None:
    """The record, its versions and requests, by id (or its start), post URL or original URL; ``None`` if unknown.

    With *cluster*, the records of its cluster too.

    Raises:
        UserError: *key* is the start of more than one id.
    """
    post_id = _find(connection, key)
    if post_id is None:
        return None
    record = load_record(connection, post_id)
    plain = as_dict(record) if record is not None else None
    older = [
        {"version": row.version, "superseded_at": row.superseded_at, "changed": row.changed, "record": row.record}
        for row in connection.execute(
            select(versions).where(versions.c.id == post_id).order_by(versions.c.version.desc())
        )
    ]
    post = connection.execute(select(posts).where(posts.c.id == post_id)).first()
    original_id = post.original_id if post is not None else None
    work = [post_id, *([original_id] if original_id else [])]
    return {
        "id": post_id,
        "state": post.state if post is not None else None,
        "why": explain(record.outcome, record.reason) if record is not None else "It has no outcome yet.",
        "post_url": post.url if post is not None else None,
        "discovered_at": post.discovered_at if post is not None else None,
        "record": plain,
        "versions": older,
        "differences": differences(plain, older) if plain is not None else [],
        "post_difference": post_difference(connection, plain, older) if plain is not None else None,
        "cluster": collect_cluster(connection, post_id) if cluster else None,
        "tried": [
            {name: getattr(row, name) for name in ("at", "how", "url", "reason", "similarity", "why")}
            for row in connection.execute(select(tried).where(tried.c.post_id == post_id).order_by(tried.c.place))
        ],
        "requests": [
            {
                "at": row.at,
                "kind": row.kind,
                "url": row.url,
                "status": row.status,
                "reason": row.reason,
                "size": row.size,
            }
            for row in connection.execute(
                select(requests).where(requests.c.work_id.in_(work)).order_by(requests.c.number)
            )
        ],
    }


def _by_start(connection: Connection, start: str) -> str | None:
    found = list(
        connection.execute(
            select(posts.c.id)
            .where(posts.c.id.startswith(start))
            .union(select(records.c.id).where(records.c.id.startswith(start)))
            .order_by("id")
            .limit(MOST_ALIKE + 1)
        ).scalars()
    )
    if len(found) > 1:
        more = " and more" if len(found) > MOST_ALIKE else ""
        raise UserError(f"more than one id begins with {start}: {', '.join(found[:MOST_ALIKE])}{more}")
    return found[0] if found else None


def _find(connection: Connection, key: str) -> str | None:
    if _ID.match(key):
        return _by_start(connection, key)
    try:
        wanted, canonical = record_id(key), record_id(canonical_url(key))
    except ValueError:
        return None
    of_it = or_(originals.c.id == canonical, originals.c.same_as == canonical, originals.c.final_url == key)
    return (
        connection.execute(
            select(posts.c.id)
            .outerjoin(originals, originals.c.id == posts.c.original_id)
            .where(or_(posts.c.id == wanted, of_it))
            .limit(1)
        ).scalar()
        or connection.execute(select(records.c.id).where(or_(records.c.id == wanted, records.c.url == key))).scalar()
    )


def _aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]


def _answer(row: Mapping[str, Any]) -> str:
    """What came back, in one column: the status, and why it was no article."""
    status = "" if row["status"] is None else str(row["status"])
    return f"{status:>3}  {row['reason'] or 'article'}"


def _attempt(row: Mapping[str, Any]) -> str:
    """One try at finding the original, in words: what was asked for, what came of it, why it was likely."""
    if row["how"] == "lists":
        tail = "; two entries are as likely" if row["reason"] == Reason.AMBIGUOUS_ORIGINAL else ""
        return f"the publisher's lists do not name it{tail} ({escape_controls(row['why'])})"
    alike = "" if row["similarity"] is None else f", {row['similarity']:.0%} alike"
    why = f" ({escape_controls(row['why'])})" if row["why"] else ""
    return f"{_HOW.get(row['how'], row['how'])}: {row['reason']}{alike}: {escape_controls(row['url'])}{why}"


def render_history(history: dict[str, Any]) -> str:
    """For a person at a terminal."""
    record = history["record"]
    if record is None:
        rows = [("record", history["id"]), ("post", escape_controls(history["post_url"])), ("state", history["state"])]
        return "\n".join([*_aligned(rows), history["why"]])
    publisher = record["publisher"] or {}
    original = record["original"] or {}
    lines: list[str] = []
    rows = [
        ("record", history["id"]),
        ("title", record["title"]),
        ("url", record["url"]),
        ("post", (record["post"] or {}).get("url")),
        (
            "publisher",
            " ".join(
                part
                for part in (publisher.get("name"), f"({publisher['domain']})" if publisher.get("domain") else "")
                if part
            ),
        ),
        ("published", record["published_at"]),
        ("authors", ", ".join(record["authors"])),
        ("outcome", record["outcome"] + (f", {record['reason']}" if record["reason"] else "")),
        ("", history["why"]),
        ("text", f"{record['word_count']} words, of the {record['text_source']}" if record["text"] else "none"),
        (
            "alike",
            None
            if original.get("similarity") is None
            else f"{original['similarity']:.0%} of the shorter text stands in the other",
        ),
        ("phrase", (record["attribution"] or {}).get("phrase")),
        ("found by", _HOW.get((record["attribution"] or {}).get("resolved_by") or "")),
        ("duplicate", f"of {record['duplicate_of']}" if record["duplicate_of"] else None),
        ("cluster", record["cluster_id"] if record["cluster_id"] not in (None, history["id"]) else None),
        ("within", record["contained_in"]),
        (
            "rights",
            ", ".join(f"{name} {value}" for name, value in record["rights"]["effective"].items() if value != "none"),
        ),
        ("version", f"{record['version']}, of {record['crawled_at']}"),
    ]
    lines += _aligned([(name, escape_controls(value)) for name, value in rows if value])
    if history["tried"]:
        lines.append("\ntried for its original")
        lines += [f"  {row['at']}  {_attempt(row)}" for row in history["tried"]]
    if history["requests"]:
        lines.append("\nrequests")
        width = max(len(_answer(row)) for row in history["requests"])
        lines += [
            f"  {row['at']}  {_answer(row):<{width}}  {escape_controls(row['url'])}" for row in history["requests"]
        ]
    lines += render_post(history["post_difference"])
    for version, changes in zip(history["versions"], history["differences"], strict=True):
        lines.append(
            f"\nversion {version['version']} until {version['superseded_at']}: changed {', '.join(version['changed'])}"
        )
        lines += render_differences(changes)
    if history.get("cluster") is not None:
        lines.append(render_cluster(history["cluster"], history["id"]))
    if record["text"]:
        excerpt = record["text"] if len(record["text"]) <= 600 else record["text"][:600].rsplit(" ", 1)[0] + " …"
        lines.append("\n" + "\n".join(escape_controls(line) for line in excerpt.splitlines()))
    return "\n".join(lines)
