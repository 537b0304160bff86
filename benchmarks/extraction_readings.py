"""Pages read by forests that saw no page of their domain: what ``python -m benchmarks.extraction`` tells of.

One fold of one seed is the unit: its forests are trained, its pages read through the real
:func:`newscrawl.extraction.extract`, without a witness and with each kind of one, and both are kept
(``extraction_cache``). One who is stopped loses one fold at most.
"""

from __future__ import annotations

import hashlib
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks import extraction_cache as cache
from benchmarks import extraction_data as data
from benchmarks import train_extraction as training
from newscrawl.clock import format_time, parse_time
from newscrawl.extraction import Extraction, body, context, extract, model, witness
from newscrawl.extraction.model import Forest
from newscrawl.text import clean_text

__all__ = [
    "NO_WITNESS",
    "SETS",
    "Answer",
    "Read",
    "Using",
    "answer",
    "by_trafilatura",
    "forests_of",
    "read_fold",
    "trafilatura_of",
]

Answer = dict[str, Any]
#: Sets that are read with witnesses as well.
SETS = ("scrapinghub", "fundus")
NO_WITNESS = "no witness"


@dataclass(slots=True)
class Read:
    """One page read by forests that saw no page of its domain."""

    page: str
    kind: str
    detail: str
    answers: dict[str, Answer] = field(default_factory=dict)
    """By the kind of witness; ``no witness`` is among them."""
    foreign: int = 0
    """Paragraphs of all answers that do not stand in the page."""


def answer(found: Extraction) -> Answer:
    """An extraction as ``tools/extraction_eval.py`` wants it.

    ``published`` is the field as it is, in the page's own zone where it told one: the harness looks at the day there
    and in UTC. ``published_utc`` is the same instant in UTC, as records have it.
    """
    local = found.published_at
    return {
        "body": found.text,
        "title": found.title,
        "authors": found.authors,
        "published": local,
        "published_utc": format_time(parse_time(local)) if local else None,
    }


class Using:
    """For the length of a block, newscrawl reads with other forests than the shipped ones."""

    def __init__(self, forests: dict[str, Forest]) -> None:
        self.forests = forests

    def __enter__(self) -> None:
        self.load = model.load
        model.load = lambda names: self.forests  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        model.load = self.load


def by_trafilatura(html: str, url: str) -> Answer:
    """What trafilatura makes of the page; nothing where it fails."""
    import trafilatura

    found = trafilatura.bare_extraction(html, url=url, with_metadata=True)
    if found is None:
        return {}
    values = found if isinstance(found, dict) else found.as_dict()
    names = re.split(r"\s*;\s*", values.get("author") or "")
    return {
        "body": values.get("text"),
        "title": values.get("title"),
        "authors": [n for n in names if n],
        "published": values.get("date"),
    }


def trafilatura_of(pages: Sequence[data.Page]) -> dict[str, str]:
    """trafilatura's text of each article with a known body, by the page's name."""

    def make() -> dict[str, str]:
        out = {}
        for page in pages:
            if "body" in page.gold and page.is_article:
                try:
                    out[page.name] = str(by_trafilatura(page.html, page.gold["url"]).get("body") or "")
                except Exception:  # a peer that fails on a page has no text
                    out[page.name] = ""
        return out

    given = [cache.material("data/pages", "data/wcxb"), cache.versions("trafilatura", "lxml")]
    return cache.kept("trafilatura", given, make)


@lru_cache(maxsize=1)
def _taught() -> str:
    """A hash of what the forests see of the pages: code that gives the same columns may change and they stay.

    The context of probabilities and the measures of copies are computed while training: here from the labels.
    """
    out = hashlib.sha256()
    for page in data.loaded():
        table = page.table
        out.update(f"{page.name} {page.host} {page.is_article} {page.body}".encode())
        arrays = [table.matrix, table.live, table.words, page.tokens, page.row]
        if page.label is not None and len(page.label) and page.is_article:
            known = (page.label * 0.8 + 0.1).astype(np.float32)
            around = context.context(table.tree, known, table.words)
            found = witness.measure(table.grams, table.words, known, page.made["readability"])
            arrays += [page.label, around, witness.columns(page.blocks, table, around, known, known, found)]
            out.update(f"{page.made} {witness.verified(found)}".encode())
            arrays.append(witness.matched(found, table.words))
        for array in arrays:
            out.update(np.ascontiguousarray(array).tobytes())
    return out.hexdigest()


def _trained_from(seed: int, part: int, count: int) -> list[object]:
    code = cache.code("benchmarks/train_extraction.py", "benchmarks/extraction_data.py")
    return [_taught(), code, cache.versions("catboost"), seed, part, count]


def forests_of(
    pages: Sequence[data.Page], parts: dict[str, int], part: int, seed: int, count: int
) -> dict[str, Forest]:
    """The forests trained without the domains of fold *part* of *count*."""

    def make() -> bytes:
        started, spent = time.monotonic(), time.process_time()
        forests = training.fit_all([p for p in pages if parts[p.host] != part], seed)
        told = f"{time.monotonic() - started:.0f} s, {time.process_time() - spent:.0f} s of CPU"
        print(f"  seed {seed}, fold {part + 1} of {count} trained in {told}", file=sys.stderr, flush=True)
        return model.pack(forests, body.NAMES)

    return model.unpack(
        cache.kept(f"forests-{seed}-{part + 1}of{count}", _trained_from(seed, part, count), make), body.NAMES
    )


def read_fold(pages: Sequence[data.Page], theirs: dict[str, str], part: int, seed: int, count: int) -> list[Read]:
    """The pages of fold *part* of *count* that have a body, read; *theirs*: trafilatura's texts, as copies."""
    parts = data.folds(pages, count, seed)

    def make() -> list[Read]:
        forests = forests_of(pages, parts, part, seed, count)
        started = time.process_time()
        gold = [page for page in pages if page.set in SETS and "body" in page.gold]
        with Using(forests):
            read = [
                _read(page, gold, theirs, seed)
                for page in pages
                if parts[page.host] == part and page.set in (*SETS, data.WCXB) and "body" in page.gold
            ]
        spent = time.process_time() - started
        print(
            f"  seed {seed}, fold {part + 1}: {len(read)} pages read in {spent:.0f} s of CPU",
            file=sys.stderr,
            flush=True,
        )
        return read

    made_from = [
        data.material(),
        *_trained_from(seed, part, count),
        cache.code("benchmarks/extraction_readings.py", "newscrawl/language.py"),
    ]
    return cache.kept(f"read-{seed}-{part + 1}of{count}", made_from, make)


def _read(page: data.Page, gold: Sequence[data.Page], theirs: dict[str, str], seed: int) -> Read:
    found = extract(page.html, page.gold["url"])
    out = Read(page.name, str(found.kind), found.detail or "", {NO_WITNESS: answer(found)})
    if page.set not in SETS:
        return out
    squeezed = re.sub(r"\s+", " ", clean_text(" ".join(page.blocks.text)) or "")  # as delivered text is cleaned
    for kind, copy in witnesses(page, gold, theirs, random.Random(f"{seed}{page.name}")).items():
        found = extract(page.html, page.gold["url"], witness=copy)
        out.answers[kind] = answer(found)
        if found.sources.get("text") == "html":
            lines = (re.sub(r"\s+", " ", line) for line in (found.text or "").split("\n\n"))
            out.foreign += sum(line not in squeezed for line in lines if line.isascii())
    return out


def witnesses(
    page: data.Page, others: Sequence[data.Page], theirs: dict[str, str], rng: random.Random
) -> dict[str, str]:
    """The copies of the table for one page."""
    own = page.gold["body"]
    chosen = rng.sample([o for o in others if o.host != page.host], 6)
    return {
        "clean, degraded": data.degraded(own, rng),
        "clean, as it is": own,
        "another article": chosen[0].gold["body"],
        "first two paragraphs": data.first_two(own),
        "made by readability": page.made["readability"],
        "made by trafilatura": theirs[page.name],
        "a live blog": data.live_blog(own, [o.gold["body"] for o in chosen[1:]], rng),
        "empty": "",
    }
