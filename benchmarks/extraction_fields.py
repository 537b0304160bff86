"""Titles, authors and dates of all sets through the real ``extract``: ``python -m benchmarks.extraction_fields``.

Needs ``../shared``. Nothing is trained here: the readers of fields are rules. The norms are those of
``../shared/tools/extraction_eval.py``. WCXB tells a byline as one string: it counts as right whole, or split into the
names that it holds (``authors``), and strictly whole beside it (``authors, whole``).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from benchmarks import extraction_data as data
from benchmarks.common import write_result
from benchmarks.extraction_readings import answer
from newscrawl.extraction import extract
from newscrawl.extraction.authors import clean_authors

SETS = ("fundus", "postlight", data.WCXB)


def as_harness(gold: dict[str, Any]) -> dict[str, Any]:
    """WCXB's gold under the names of the other sets."""
    if gold["set"] != data.WCXB:
        return gold
    author, published = gold.get("author"), gold.get("published")
    days = {"published_days": [published[:10]]} if published else {}
    return {**gold, "authors": [author] if author else [], **days}


def judge(ee: Any, gold: dict[str, Any], found: dict[str, Any]) -> dict[str, bool]:
    """Which fields of one page are right; fields without gold are not judged."""
    score = ee.score_page({key: gold[key] for key in gold if key not in ("body", "with", "without")}, found)
    out = {name: bool(score[key]) for key, name in (("title", "titles"), ("date", "dates")) if key in score}
    if "auth" in score:
        split = ee.aset(clean_authors(gold["authors"])) if len(gold["authors"]) == 1 else set()
        out["authors, whole"] = bool(score["auth"])
        out["authors"] = out["authors, whole"] or (bool(split) and ee.aset(found["authors"]) == split)
    elif "auth0" in score:
        out["nobody named, none claimed"] = bool(score["auth0"])
    return out


def main() -> None:
    ee = data.evaluation()
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for gold, html in data.gold_pages(SETS):
        if gold.get("type", "article") != "article":
            continue
        verdict = judge(ee, as_harness(gold), answer(extract(html, gold.get("url") or "")))
        for field, right in verdict.items():
            rows[gold["set"]][field].append(right)
    figures = {
        name: {
            field: {"share": round(sum(right) / len(right), 4), "right": sum(right), "of": len(right)}
            for field, right in sorted(fields.items())
        }
        for name, fields in rows.items()
    }
    for name, fields in figures.items():
        print(name, ", ".join(f"{field} {row['share']:.3f} of {row['of']}" for field, row in fields.items()))
    write_result("extraction_fields", figures)


if __name__ == "__main__":
    main()
