"""The card of a data set: ``README.md`` as Hugging Face reads it, with figures and pictures drawn from the data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import orjson

from newscrawl import __version__
from newscrawl.datasets.schema import features
from newscrawl.items import SCHEMA_VERSION
from newscrawl.text import clean_line

__all__ = ["card_files"]

#: Bars in a picture, and rows in a table, at most; the rest is summed up.
MOST_BARS = 60
MOST_ROWS = 20
#: https://huggingface.co/docs/hub/datasets-cards: the words for sizes.
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_RIGHTS = {
    "all": "No text was withheld: records that opted out of AI training or of text and data mining are among them.",
    "no-optout": "The text of records that opted out of AI training or of text and data mining was withheld; "
    "`sources.text` says why.",
    "open": "Only records under an open licence are in it.",
}


def card_files(
    figures: Mapping[str, Counter[str]],
    form: str,
    files: Sequence[Mapping[str, Any]],
    query: Mapping[str, Any],
    as_of: str | None,
) -> dict[str, bytes]:
    """The card and its pictures, by file name. *figures*: how many records by day, publisher, language, outcome."""
    pictures = {
        "by-day": _bars(
            "Records by day of publication", _by_time(figures.get("day", Counter()), figures.get("month", Counter()))
        ),
        "by-publisher": _bars("Records by publisher", _largest(figures.get("publisher", Counter()), MOST_ROWS)),
        "by-language": _bars("Records by language", _largest(figures.get("language", Counter()), MOST_ROWS)),
        "by-outcome": _bars("Records by outcome", _largest(figures.get("outcome", Counter()), MOST_ROWS)),
    }
    made = {f"card/{name}.svg": picture.encode() for name, picture in pictures.items()}
    made["README.md"] = _card(figures, form, files, query, as_of).encode()
    return made


def _card(
    figures: Mapping[str, Counter[str]],
    form: str,
    files: Sequence[Mapping[str, Any]],
    query: Mapping[str, Any],
    as_of: str | None,
) -> str:
    total = sum(figures.get("outcome", Counter()).values())
    days = sorted(day for day in figures.get("day", Counter()) if day)
    languages = sorted({tag.partition("-")[0].lower() for tag in figures.get("language", Counter()) if tag})
    head: dict[str, Any] = {
        "pretty_name": "News articles, with their aggregators' copies",
        "license": "other",
        "language": [tag for tag in languages if re.fullmatch(r"[a-z]{2,3}", tag)],
        "size_categories": [next((word for most, word in _SIZES if total < most), "n>10M")],
        "task_categories": ["text-generation", "text-classification", "summarization"],
        "configs": [{"config_name": "default", "data_files": _patterns(form, files)}],
        "dataset_info": {"features": features()} if form != "csv" else {},
    }
    # JSON is YAML: nothing that stands in the data can end a line or begin a key.
    yaml = "\n".join(f"{name}: {orjson.dumps(value).decode()}" for name, value in head.items() if value)
    words = figures.get("words", Counter())["all"]
    with_text = figures.get("text", Counter())["with text"]
    filters = {name: value for name, value in query.items() if value and name not in ("rights", "duplicates")}
    parts = [
        f"---\n{yaml}\n---\n",
        "# News articles, with their aggregators' copies\n",
        f"Made by newscrawl {__version__} (schema {SCHEMA_VERSION}) of its database as of {as_of or '(empty)'}. "
        "Each record joins an article with the post of an aggregator that republished it.\n",
        "## Figures\n",
        f"{total} records, {with_text} of them with text, {words} words."
        + (f" Published from {days[0]} to {days[-1]}." if days else "")
        + "\n",
        "![Records by day](card/by-day.svg)\n",
        "![Records by outcome](card/by-outcome.svg)\n",
        _table("outcome", figures.get("outcome", Counter())),
        "![Records by publisher](card/by-publisher.svg)\n",
        _table("publisher", figures.get("publisher", Counter())),
        "![Records by language](card/by-language.svg)\n",
        _table("language", figures.get("language", Counter())),
        "## Rights\n",
        _RIGHTS[query["rights"]]
        + " The texts are their publishers'. `rights` holds what both sites signalled, each with its time; "
        "`rights.effective` is the stricter of both.\n",
        "## What was asked for\n",
        f"`{orjson.dumps(filters, option=orjson.OPT_SORT_KEYS).decode()}`, duplicates: `{query['duplicates']}`.\n"
        if filters
        else f"All records with an article; duplicates: `{query['duplicates']}`.\n",
        "## Fields\n",
        "`schema.json` is the schema. `manifest.json` lists the files with their checksums.\n",
    ]
    return "\n".join(parts)


def _patterns(form: str, files: Sequence[Mapping[str, Any]]) -> list[str]:
    names = [str(one["path"]) for one in files if f".{form}" in str(one["path"]) and "records" in str(one["path"])]
    if len(names) <= 1:
        return names
    deep = "**/" if any("/" in name for name in names) else ""
    return [f"{deep}records-*{names[0][names[0].index(f'.{form}') :]}"]


def _table(what: str, counts: Counter[str]) -> str:
    lines = [f"| {what} | records |", "|---|---|"]
    lines += [f"| {_cell(name)} | {number} |" for name, number in _largest(counts, MOST_ROWS)]
    return "\n".join(lines) + "\n"


def _cell(name: str) -> str:
    """*name* in a Markdown table: it comes from the web."""
    return (
        escape(clean_line(name, limit=80) or "(none)")
        .replace("|", "&#124;")
        .replace("`", "&#96;")
        .replace("[", "&#91;")
    )


def _largest(counts: Counter[str], most: int) -> list[tuple[str, int]]:
    """The *most* largest, ties by name; the others summed up."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(number for _, number in ranked[most:])
    return [*ranked[:most], *([(f"{len(ranked) - most} others", rest)] if rest else [])]


def _by_time(days: Counter[str], months: Counter[str]) -> list[tuple[str, int]]:
    """By day, or by month where there are too many days; undated ones last."""
    counts = days if len(days) <= MOST_BARS else months
    dated = sorted((name, number) for name, number in counts.items() if name)
    older = dated[:-MOST_BARS]
    head = [("before", sum(number for _, number in older))] if older else []
    return [*head, *dated[-MOST_BARS:], *([("undated", counts[""])] if counts.get("") else [])]


def _bars(title: str, rows: Sequence[tuple[str, int]]) -> str:
    """A bar chart as SVG, a bar a row, each with its number. Nothing in it runs or loads anything."""
    height, top, label, width = 22, 34, 190, 640
    most = max((number for _, number in rows), default=1) or 1
    bars = []
    for place, (name, number) in enumerate(rows):
        y = top + place * height
        long = max(1, round((width - label - 80) * number / most))
        shown = escape(clean_line(name, limit=26) or "(none)")
        bars.append(
            f'<text x="{label - 8}" y="{y + 15}" text-anchor="end">{shown}</text>'
            f'<rect x="{label}" y="{y + 3}" width="{long}" height="{height - 6}" fill="#4472a8"/>'
            f'<text x="{label + long + 6}" y="{y + 15}">{number}</text>'
        )
    tall = top + len(rows) * height + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}" width="{width}" height="{tall}"'
        f' role="img" font-family="sans-serif" font-size="12" fill="#222"><title>{escape(title)}</title>'
        f'<rect width="{width}" height="{tall}" fill="#fff"/><text x="8" y="20" font-size="14">{escape(title)}</text>'
        f"{''.join(bars)}</svg>\n"
    )
