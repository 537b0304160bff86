# ruff: noqa: E501 - tables of words
"""Real pages for training and measuring the extraction: blocks, labels, folds, witnesses.

Everything is computed from ``../shared/data/pages`` at run time; nothing of it
is kept. The body metric is that of ``../shared/tools/extraction_eval.py``.
"""

from __future__ import annotations

import collections
import gzip
import importlib.util
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import need_shared
from newscrawl.extraction import authors, features, fields, state, titles
from newscrawl.extraction.blocks import Blocks, segment
from newscrawl.html import opening, structured

TOKEN = re.compile(r"\w+")
Tokens = list[str]
Counts = collections.Counter[tuple[str, ...]]


def evaluation() -> ModuleType:
    """The harness ``tools/extraction_eval.py`` as a module: its metric is the one that is reported."""
    path = need_shared("tools/extraction_eval.py")
    spec = importlib.util.spec_from_file_location("extraction_eval", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["extraction_eval"] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Page:
    """One real page with its gold answers, read as the extraction reads it."""

    gold: dict[str, Any]
    html: str
    host: str
    blocks: Blocks
    table: features.Table
    tokens: NDArray[np.int64]
    label: NDArray[np.bool_] | None = None
    body: str | None = None
    """The text that the labels stand for: the gold body, or the recipe's where it was accepted."""
    weight: float = 1.0
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.gold["name"])

    @property
    def set(self) -> str:
        return str(self.gold["set"])

    def text(self, taken: Iterable[bool] | NDArray[np.bool_]) -> str:
        """The blocks *taken*, joined."""
        return "\n\n".join(text for text, yes in zip(self.blocks.text, taken, strict=True) if yes)


def registrable(url: str, name: str) -> str:
    """The host's registrable domain: pages of one never stand on both sides of a split."""
    found = fields._SUFFIXES(url)
    if found.domain and found.suffix:
        return f"{found.domain}.{found.suffix}"
    return url.split("/")[2] if "//" in url else name


def hints_of(data: structured.PageData, root: Any, url: str) -> features.Hints:
    """What the page says of itself, read as :func:`newscrawl.extraction.extract` reads it."""
    node = fields.article_node(data, url)
    host = url.split("/")[2] if "//" in url else ""
    publisher, _ = fields.read_publisher(data, node)
    title, _ = titles.read_title(data, node, publisher, host)
    names, _ = authors.read_authors(data, node, root, publisher, host)
    summary, _ = fields.read_summary(data, node)
    return features.Hints(title, summary, names, state.declared_text(node))


def gold_pages(sets: Iterable[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """(gold, HTML) of the pages of *sets*."""
    folder = need_shared("data/pages")
    wanted = set(sets)
    for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        if gold["set"] in wanted:
            yield gold, gzip.decompress((folder / f"{gold['name']}.html.gz").read_bytes()).decode("utf-8")


def load(sets: Iterable[str] = ("scrapinghub", "fundus", "trafeval", "postlight")) -> list[Page]:
    """Read the pages of *sets* once: blocks, features, and labels where there is a gold body."""
    out = []
    for gold, html in gold_pages(sets):
        root = opening.parse(html)
        if root is None:
            continue
        data = structured.collect(root)
        blocks = segment(root, opening.Clock(60))
        table = features.build(blocks, hints_of(data, root, gold["url"]))
        tokens = np.array([len(TOKEN.findall(text)) for text in blocks.text], dtype=np.int64)
        page = Page(gold, html, registrable(gold["url"], gold["name"]), blocks, table, tokens)
        if "body" in gold and blocks.text:
            page.body = gold["body"]
            page.label = label(blocks.text, gold["body"])
        out.append(page)
    return out


def grams(tokens: Tokens, size: int = 4) -> Counts:
    """The multiset of *size*-token shingles, as the metric counts them."""
    if not tokens:
        return collections.Counter()
    return collections.Counter(tuple(tokens[i : i + size]) for i in range(max(1, len(tokens) - size + 1)))


def label(texts: list[str], body: str) -> NDArray[np.bool_]:
    """Which blocks belong to *body*: half of a block's shingles in it, then flips that raise the page's F1."""
    gold = TOKEN.findall(body)
    triples = set(grams(gold, 3))
    fours = grams(gold, 4)
    lines = {" ".join(TOKEN.findall(line)) for line in body.split("\n")}
    joined = f" {' '.join(gold)} "
    tokens = [TOKEN.findall(text) for text in texts]
    out = np.zeros(len(texts), dtype=bool)
    for i, own in enumerate(tokens):
        if 0 < len(own) < 5:
            line = " ".join(own)
            out[i] = line in lines or (len(own) >= 3 and f" {line} " in joined)
        elif own:
            found = grams(own, 3)
            out[i] = sum(n for gram, n in found.items() if gram in triples) >= sum(found.values()) / 2
    own_grams = [grams(own, 4) for own in tokens]
    size = sum(fours.values())
    for _ in range(2):
        counts: Counts = collections.Counter()
        for i in np.flatnonzero(out):
            counts.update(own_grams[i])
        total = sum(counts.values())
        hits = sum(min(n, fours[gram]) for gram, n in counts.items() if gram in fours)
        changed = False
        for i, own in enumerate(tokens):
            if len(own) < 4:
                continue
            mine = own_grams[i]
            many = sum(mine.values())
            sign = -1 if out[i] else 1
            gain = sum(
                min(counts[gram] + sign * n, fours[gram]) - min(counts[gram], fours[gram])
                for gram, n in mine.items()
                if gram in fours
            )
            better = 2 * (hits + gain) / (total + sign * many + size) > 2 * hits / (total + size) + 1e-9
            if better and (gain or sign < 0):
                out[i] = not out[i]
                for gram, n in mine.items():
                    counts[gram] += sign * n
                hits, total, changed = hits + gain, total + sign * many, True
        if not changed:
            break
    return out


def overlap(one: str, other: str) -> float:
    """F1 of two texts' 4-token shingles."""
    a, b = grams(TOKEN.findall(one)), grams(TOKEN.findall(other))
    shared = sum((a & b).values())
    return 2 * shared / max(1, sum(a.values()) + sum(b.values()))


_LEAD_LINE = re.compile(
    r"(?i)^(?:read more|see also|also read|related|lesen sie auch|mehr zum thema|lire aussi|lea también|advertisement|anzeige)\b"
)


def recipe(html: str, title: str | None) -> str:
    """The text by trafilatura's fast mode with resiliparse as a witness of its failures: the teacher of the pseudo-labels."""
    import trafilatura
    from resiliparse.extract.html2text import extract_plain_text

    root = trafilatura.load_html(html)
    if root is None:
        return ""

    def run(fast: bool) -> str:
        import copy

        found = trafilatura.bare_extraction(copy.deepcopy(root), fast=fast, with_metadata=False, include_comments=False)
        return str(getattr(found, "text", None) or "")

    text = run(True)
    if html.count("<") < 20_000:
        second = extract_plain_text(html, main_content=True, alt_texts=False, links=False, form_fields=False)
        if len(TOKEN.findall(second)) > 80 and overlap(text, second) < 0.6:
            text = run(False) or text
    links = {" ".join(a.text_content().split()) for a in root.iter("a")}
    lines: list[str] = []
    for raw in text.split("\n"):
        line = raw.strip(" -\t")
        if not line or (not lines and title and line.casefold() == title.casefold()):
            continue
        if len(line) < 200 and (line in links or (_LEAD_LINE.match(line) and len(line) < 150)):
            continue
        if lines and lines[-1] == line:
            continue
        lines.append(line)
    while len(lines) > 3 and len(lines[0]) < 40 and lines[0][-1:] not in '.!?…:"”»’。！？':
        lines.pop(0)
    return "\n\n".join(lines)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def pseudo_label(pages: Iterable[Page]) -> list[Page]:
    """The pages without a gold body whose text by the recipe can be believed, labelled by it.

    Believed: every must and must-not snippet agrees, 400 characters or more,
    and the blocks reproduce it at F1 .9.
    """
    import trafilatura.meta

    out = []
    for number, page in enumerate(pages):
        text = recipe(page.html, page.gold.get("title"))
        if number % 100 == 99:
            trafilatura.meta.reset_caches()
        folded = _folded(text)
        if len(text) < 400 or not all(_folded(s) in folded for s in page.gold.get("with", ())):
            continue
        if any(_folded(s) in folded for s in page.gold.get("without", ())):
            continue
        labels = label(page.blocks.text, text)
        if overlap(text, page.text(labels)) < 0.9:
            continue
        page.label, page.body = labels, text
        out.append(page)
    return out


def folds(pages: Iterable[Page], count: int, seed: int) -> dict[str, int]:
    """The fold of each host."""
    hosts = sorted({page.host for page in pages})
    random.Random(seed).shuffle(hosts)
    return {host: number % count for number, host in enumerate(hosts)}


# --- witnesses ---------------------------------------------------------------

_FILLER = (
    "value number people house water report early large public second place result system later common special method"
    " often around during ground figure window object market summer paper letter simple general local"
).split()
_BIO = "Robin Example has covered the region for this newspaper since 2012 and has written two books about rivers."
_NOTE = "Want more stories like this one? Sign up for our morning newsletter and get the day's news by seven."


def degraded(body: str, rng: random.Random, *, drop: float = 0.2, replace: float = 0.05, extras: bool = True) -> str:
    """A clean copy as an aggregator may hold it: *drop* of the paragraphs gone, *replace* of the words changed, notes added."""
    paragraphs = [p for p in re.split(r"\n\s*\n|\n", body) if p.strip()]
    kept = [p for p in paragraphs if rng.random() >= drop] or paragraphs[:1]
    out = []
    for paragraph in kept:
        words = paragraph.split(" ")
        out.append(" ".join(rng.choice(_FILLER) if rng.random() < replace else word for word in words))
    return "\n\n".join([*out, *([_BIO, _NOTE] if extras else [])])


def first_two(body: str) -> str:
    """The first two paragraphs and an ellipsis."""
    return "\n\n".join([p for p in re.split(r"\n\s*\n", body) if p.strip()][:2]) + "…"


def live_blog(body: str, others: list[str], rng: random.Random) -> str:
    """Posts of a live blog: paragraphs of other articles, and two of this one, each with its time."""
    posts = [p for other in others for p in rng.sample(_paragraphs(other), min(3, len(_paragraphs(other))))]
    posts += _paragraphs(body)[:2]
    rng.shuffle(posts)
    return "\n\n".join(f"{8 + i // 4:02d}:{i % 4 * 15:02d}\n\n{post}" for i, post in enumerate(posts))


def _paragraphs(body: str) -> list[str]:
    return [p for p in re.split(r"\n\s*\n|\n", body) if len(p) > 60]


def readability_text(html: str) -> str:
    """What readability-lxml makes of the page."""
    import lxml.html
    from readability import Document

    try:
        return "\n\n".join(
            " ".join(e.text_content().split())
            for e in lxml.html.fromstring(Document(html).summary()).iter("p", "li", "h2", "h3", "blockquote", "pre")
        )
    except Exception:  # a peer that fails on a page has no text
        return ""


def resiliparse_text(html: str) -> str:
    """What resiliparse makes of the page."""
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(html, main_content=True, alt_texts=False, links=False, form_fields=False))


__all__ = [
    "Page",
    "Path",
    "degraded",
    "evaluation",
    "first_two",
    "folds",
    "gold_pages",
    "label",
    "live_blog",
    "load",
    "overlap",
    "pseudo_label",
    "readability_text",
    "recipe",
    "resiliparse_text",
]
