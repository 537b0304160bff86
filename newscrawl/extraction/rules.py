"""Publisher rules: where the generic way fails on a publisher that matters. One declarative file a domain.

``rules/<registrable domain>.json`` holds a list of rules, newest first::

    [{"from": "2024-03-01", "why": "...", "drop": ["//aside[...]"], "body": "//div[...]",
      "title": "//h1", "published_at": "//time/@datetime"}]

``drop``: XPaths taken out of the tree before it is read. ``body``, ``title``,
``published_at``, ``modified_at``: XPaths whose text replaces what the generic way
found; of a date the first one that can be read and is not in the future.
``from``: the day from which the rule holds; the newest that has begun is used.
Each file has a golden case under ``tests/extraction/golden_rules``. This is data,
not a plugin framework.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from newscrawl.text import clean_line, clean_text

__all__ = ["Rule", "for_host"]

_FIELDS = frozenset({"from", "why", "drop", "body", "title", "published_at", "modified_at"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One publisher's exceptions."""

    valid_from: dt.date
    why: str
    drop: tuple[etree.XPath, ...] = ()
    body: etree.XPath | None = None
    title: etree.XPath | None = None
    published_at: etree.XPath | None = None
    modified_at: etree.XPath | None = None

    def prune(self, root: HtmlElement) -> None:
        """Take out of the tree what the rule drops; the text behind an element stays."""
        for path in self.drop:
            for element in _select(path, root):
                if isinstance(element, HtmlElement) and element.getparent() is not None:
                    element.drop_tree()

    def read(self, root: HtmlElement) -> dict[str, str]:
        """The fields that the rule names, where its paths find something."""
        out = {}
        if self.title is not None and (line := clean_line(" ".join(_texts(self.title, root)[:1]))):
            out["title"] = line
        if self.body is not None and (text := clean_text("\n\n".join(_texts(self.body, root)))):
            out["text"] = text
        return out

    def dates(self, root: HtmlElement) -> dict[str, list[str]]:
        """What the date paths find, at most five strings each, for :class:`newscrawl.extraction.dates.DateReader`."""
        paths = {"published_at": self.published_at, "modified_at": self.modified_at}
        return {name: _texts(path, root)[:5] for name, path in paths.items() if path is not None}


def _select(path: etree.XPath, root: HtmlElement) -> list[Any]:
    """What *path* finds, at most 5,000; nothing where it is no path to nodes or strings."""
    found: Any = path(root)
    return found[:5000] if isinstance(found, list) else []


def _texts(path: etree.XPath, root: HtmlElement) -> list[str]:
    parts = (e.text_content() if isinstance(e, HtmlElement) else str(e) for e in _select(path, root))
    return [" ".join(part.split()) for part in parts]


def parse_rules(document: str) -> tuple[Rule, ...]:
    """The rules of one file, newest first. Raises ``ValueError`` on an unknown key or a bad path or date."""
    out = []
    for entry in json.loads(document):
        if unknown := set(entry) - _FIELDS:
            raise ValueError(f"unknown keys in a publisher rule: {sorted(unknown)}")
        try:
            out.append(
                Rule(
                    dt.date.fromisoformat(entry.get("from", "1970-01-01")),
                    entry["why"],
                    tuple(etree.XPath(path) for path in entry.get("drop", ())),
                    *(
                        etree.XPath(entry[name]) if name in entry else None
                        for name in ("body", "title", "published_at", "modified_at")
                    ),
                )
            )
        except (etree.XPathSyntaxError, KeyError) as error:
            raise ValueError(f"bad publisher rule: {error}") from error
    return tuple(sorted(out, key=lambda rule: rule.valid_from, reverse=True))


@cache
def _files() -> dict[str, tuple[Rule, ...]]:
    folder = resources.files(__package__).joinpath("rules")
    if not folder.is_dir():
        return {}
    return {
        file.name.removesuffix(".json"): parse_rules(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }


@lru_cache(maxsize=4096)
def for_host(host: str, today: dt.date | None = None) -> Rule | None:
    """The rule that holds for *host* now: its own file's, or that of a parent domain."""
    labels = host.lower().split(".")
    day = today or dt.datetime.now(dt.UTC).date()
    for start in range(max(1, len(labels) - 1)):
        for rule in _files().get(".".join(labels[start:]), ()):
            if rule.valid_from <= day:
                return rule
    return None
