"""Word lists of the demo's prose, read from ``words.tsv``."""

from __future__ import annotations

from importlib import resources

__all__ = [
    "ADJECTIVES",
    "ADVERBIALS",
    "AGENTS",
    "FIRST_NAMES",
    "HEADLINE_TAILS",
    "NAME_HEADS",
    "NOUNS",
    "OPENERS",
    "PHRASES",
    "PLACE_TAILS",
    "QUOTE_STARTS",
    "REASONS",
    "SURNAME_TAILS",
    "VERBS",
]


def _load() -> dict[str, tuple[str, ...]]:
    lists: dict[str, list[str]] = {}
    current: list[str] = []
    text = resources.files("newscrawl.demo").joinpath("words.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            current = lists.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.extend(line.split("|"))
    return {name: tuple(items) for name, items in lists.items()}


_LISTS = _load()

FIRST_NAMES = _LISTS["first_names"]
NAME_HEADS = _LISTS["name_heads"]
SURNAME_TAILS = _LISTS["surname_tails"]
PLACE_TAILS = _LISTS["place_tails"]
#: Who acts in a sentence, and who speaks for them.
AGENTS = tuple((who, speaker) for who, _, speaker in (item.partition(" = ") for item in _LISTS["agents"]))
VERBS = _LISTS["verbs"]
ADJECTIVES = _LISTS["adjectives"]
NOUNS = _LISTS["nouns"]
ADVERBIALS = _LISTS["adverbials"]
OPENERS = _LISTS["openers"]
REASONS = _LISTS["reasons"]
QUOTE_STARTS = _LISTS["quote_starts"]
HEADLINE_TAILS = _LISTS["headline_tails"]
#: Of each other language: subjects, verbs, objects, adverbials, openers, said.
PHRASES: dict[str, dict[str, tuple[str, ...]]] = {}
for _name, _items in _LISTS.items():
    _language, _dot, _list = _name.partition(".")
    if _dot:
        PHRASES.setdefault(_language, {})[_list] = _items
