"""Write ``data/datasette.json``, the metadata that Datasette shows, from ``docs/database.md``.

Usage: python -m benchmarks.datasette_metadata
"""

from __future__ import annotations

import json
import re
from typing import Any

from benchmarks.common import ROOT
from newscrawl.storage import tables
from newscrawl.storage.views import VIEWS

FILE = ROOT / "data" / "datasette.json"
#: Tables for readers, by what they are sorted by.
READERS = {"records": "published_at", "versions": "superseded_at", "runs": "number", "requests": "number"}
FACETS = ("outcome", "reason", "language")


def metadata() -> dict[str, Any]:
    """What stands in the file."""
    page = (ROOT / "docs" / "database.md").read_text("utf-8")
    described: dict[str, dict[str, Any]] = {}
    for heading in re.findall(r"^### (.*)$", page, re.MULTILINE):
        section = page.split(f"### {heading}\n", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
        names = re.findall(r"`(\w+)`", heading)
        for name in names:
            known = {column.name for column in tables.metadata.tables[name].columns}
            columns = {column: what for column, what in _cells(section, meaning=1).items() if column in known}
            described[name] = {"description": _plain(section.strip().split("\n\n", 1)[0]), "columns": columns}
            if name in READERS:
                described[name]["sort_desc"] = READERS[name]
            else:
                described[name]["hidden"] = True
    described["records"]["facets"] = list(FACETS)
    for name, what in VIEWS.items():
        described[name] = {"description": what}
    described["articles"] |= {"facets": list(FACETS), "sort_desc": "published_at"}
    # Not field by field: a new field would have to be entered here as well.
    for name in ("records", "articles"):
        described[name]["description"] += ". docs/fields.md says what each field is."
    return {
        "title": "newscrawl",
        "description": "News articles, joined with the posts of aggregators that republished them",
        "databases": {"newscrawl": {"tables": dict(sorted(described.items())), "queries": queries(page)}},
    }


def queries(page: str) -> dict[str, dict[str, str]]:
    """The queries of *page* for SQLite, by a short name."""
    found = {}
    for title, sql in statements(page)[0].items():
        name = "-".join(re.findall(r"\w+", title.lower())[:5])
        found[name] = {"title": title, "sql": sql}
    return found


def statements(page: str) -> list[dict[str, str]]:
    """Of each block of SQL in *page* the statements by the comment above them."""
    blocks = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    return [
        {title.strip(): sql.strip() for title, sql in re.findall(r"^-- (.*?)\n(.*?);", block, re.DOTALL | re.MULTILINE)}
        for block in blocks
    ]


def _cells(text: str, *, meaning: int) -> dict[str, str]:
    """By each name in the first column of the tables of *text* what stands in column *meaning*."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if line.startswith("|") and len(cells) > meaning and "---" not in cells[0]:
            found |= {name: _plain(cells[meaning]) for name in re.findall(r"`(\w+)`", cells[0]) if cells[meaning]}
    return found


def _plain(text: str) -> str:
    """Markdown as plain text."""
    return re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text).replace("`", "").replace("*", "").replace("\\|", "|")


def write() -> None:
    """Write the file."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(metadata(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
