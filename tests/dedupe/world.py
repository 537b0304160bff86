"""Stories, their copies and their likes, made up: what texts a collection may hold, small."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from newscrawl.items import Record
from tests.ledger.helpers import record

#: Words that no text shares by chance with another.
SYLLABLES = "ba de fi go ku la me ni po ru sa te vi wo xu ya ze chi dru fle gno sta".split()


def words(rng: random.Random, number: int) -> list[str]:
    return ["".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))) for _ in range(number)]


def paragraphs(parts: list[list[str]]) -> str:
    return "\n\n".join(" ".join(part).capitalize() + "." for part in parts)


def edited(rng: random.Random, parts: list[list[str]], share: float) -> list[list[str]]:
    """*parts* with that share of the words changed."""
    return [[words(rng, 1)[0] if rng.random() < share else word for word in part] for part in parts]


def story(rng: random.Random, size: int = 6, length: int = 30) -> list[list[str]]:
    return [words(rng, length) for _ in range(size)]


def collection(seed: int = 1, stories: int = 6, hot: int = 14) -> list[Record]:
    """Records of *stories* stories: copies, edits, cuts, an agency's text within longer ones, a footer for all."""
    rng = random.Random(seed)
    footer = words(rng, 40)
    made: list[tuple[str, list[list[str]]]] = []
    for number in range(stories):
        parts = story(rng)
        made += [(f"s{number}", parts), (f"s{number}-copy", parts), (f"s{number}-footer", [*parts, footer])]
        made += [(f"s{number}-edit{n}", edited(rng, parts, 0.015 * n)) for n in range(1, 4)]
        made += [(f"s{number}-cut", parts[1:]), (f"s{number}-long", [*story(rng, 8), *parts, *story(rng, 4)])]
    # More copies, each with words of its own, than are compared under one key.
    parts = story(rng)
    made += [(f"hot{n}", edited(rng, parts, 0.02)) for n in range(hot)]
    # Short items that are mostly footer.
    made += [(f"brief{n}", [words(rng, 12), footer]) for n in range(hot)]
    made += [(f"stub{n}", [words(rng, 6)]) for n in range(3)]
    dates = [None, *(f"2026-03-{day:02}T00:00:00Z" for day in range(1, 9))]
    return [record(name, paragraphs(parts), published_at=rng.choice(dates)) for name, parts in made]


def state(connection: Connection) -> dict[str, Any]:
    """All that must not depend on the order in which records came."""
    queries = {
        "records": "SELECT id, duplicate_of, contained_in, cluster_id FROM records ORDER BY id",
        "texts": "SELECT ref, first_at, first_id, component, lead_at, lead_id, shingles FROM texts ORDER BY ref",
        "keys": "SELECT key, ref FROM text_keys ORDER BY key, ref",
        "pairs": "SELECT one, other, shared, near, within, why_not FROM text_pairs ORDER BY one, other",
    }
    return {name: [tuple(row) for row in connection.execute(text(query))] for name, query in queries.items()}


def clusters(connection: Connection) -> set[frozenset[str]]:
    """The clusters, as sets of the names that records have for a title."""
    found: dict[str, set[str]] = {}
    for cluster, title in connection.execute(text("SELECT cluster_id, title FROM records")):
        found.setdefault(cluster, set()).add(title)
    return {frozenset(one) for one in found.values()}
