# ruff: noqa: E501 - tables of words
"""Real pages for training and measuring the extraction: blocks, labels, folds, witnesses.

Everything is computed from ``../shared/data/pages`` at run time; nothing of it
is kept. The body metric is that of ``../shared/tools/extraction_eval.py``.
"""

from __future__ import annotations

import collections
import datetime as dt
import gzip
import hashlib
import importlib.util
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import extraction_cache
from benchmarks.common import ROOT, need_shared
from newscrawl.extraction import authors, dates, features, fields, pagekind, state, titles
from newscrawl.extraction.blocks import Blocks, segment
from newscrawl.html import opening, structured
from newscrawl.html.encoding import decode, mended
from newscrawl.urls import registrable_domain

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
    row: NDArray[np.float32]
    """The page as a whole (``pagekind``)."""
    label: NDArray[np.bool_] | None = None
    body: str | None = None
    """The text that the labels stand for: the gold body, or the recipe's where it was accepted."""
    weight: float = 1.0
    made: dict[str, str] = field(default_factory=dict)
    """Articles with a known body: what other extractors make of the page, as copies that an aggregator may hold."""

    @property
    def name(self) -> str:
        return str(self.gold["name"])

    @property
    def is_article(self) -> bool:
        """Whether people called it an article; only WCXB and the fixtures hold others."""
        return self.gold.get("type", "article") == "article"

    @property
    def set(self) -> str:
        return str(self.gold["set"])

    def text(self, taken: Iterable[bool] | NDArray[np.bool_]) -> str:
        """The blocks *taken*, joined."""
        return "\n\n".join(text for text, yes in zip(self.blocks.text, taken, strict=True) if yes)


def registrable(url: str, name: str) -> str:
    """The host's registrable domain: pages of one never stand on both sides of a split."""
    return registrable_domain(url, private=False) if "//" in url else name


def look(html: str, url: str) -> tuple[Blocks, features.Table, NDArray[np.float32]] | None:
    """Blocks, features and the page's own row of ``pagekind``, read as :func:`newscrawl.extraction.extract` reads them."""
    root = opening.parse(mended(html))
    if root is None:
        return None
    data = structured.collect(root)
    node = fields.article_node(data, url)
    host = url.split("/")[2] if "//" in url else ""
    publisher, _ = fields.read_publisher(data, node)
    title, _ = titles.read_title(data, node, publisher, host)
    names, _ = authors.read_authors(data, node, root, publisher, host, title)
    summary, _ = fields.read_summary(data, node)
    hints = features.Hints(title, summary, names, state.declared_text(node))
    blocks = segment(root, opening.Work())
    table = features.build(blocks, hints)
    near = features.near_heading(blocks, table)
    when = dates.read_dates(data, node, url, dt.datetime.now(dt.UTC), near, None)
    row = pagekind.describe(
        data, node, blocks, table, published=bool(when.published), authors=bool(names), title=title, host=host
    )
    return blocks, table, row


#: The set of WCXB's development split, of which ``type`` tells what each page is.
WCXB = "wcxb"


def gold_pages(sets: Iterable[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """(gold, HTML) of the pages of *sets*; of WCXB all seven types of page."""
    wanted = set(sets)
    folder = need_shared("data/pages")
    for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        if gold["set"] in wanted:
            yield gold, gzip.decompress((folder / f"{gold['name']}.html.gz").read_bytes()).decode("utf-8")
    if WCXB in wanted:
        folder = need_shared("data/wcxb")
        for line in gzip.decompress((folder / "gold.jsonl.gz").read_bytes()).decode("utf-8").rstrip("\n").split("\n"):
            gold = json.loads(line)
            file = folder / "html" / f"{gold['name']}.html.gz"
            html = decode(gzip.decompress(file.read_bytes()), None).text
            yield {**gold, "set": WCXB, "name": f"wcxb-{gold['name']}"}, html


def read(gold: dict[str, Any], html: str) -> Page | None:
    """One page with labels where there is a gold body; ``None`` where it has no tree."""
    seen = look(html, gold["url"])
    if seen is None:
        return None
    blocks, table, row = seen
    tokens = np.array([len(TOKEN.findall(text)) for text in blocks.text], dtype=np.int64)
    page = Page(gold, html, registrable(gold["url"], gold["name"]), blocks, table, tokens, row)
    if gold.get("body") and blocks.text:
        page.body = gold["body"]
        page.label = label(blocks.text, gold["body"])
    return page


def fixtures() -> Iterator[tuple[dict[str, Any], str]]:
    """(gold, HTML) of the project's own synthetic pages that are no articles; ``type`` is the kind expected."""
    folder = ROOT / "tests" / "golden_pages" / "non_articles"
    for name, entry in json.loads((folder / "expected.json").read_text(encoding="utf-8")).items():
        data = (folder / f"{name}.html").read_bytes()
        yield (
            {"name": f"fixture-{name}", "set": "fixtures", "url": entry["url"], "type": entry["kind"]},
            decode(data, None).text,
        )


#: Sets that the forests learn from: those with a gold body, and postlight, whose pages are known to be articles.
LEARNED = ("scrapinghub", "fundus", "postlight", WCXB)
#: What decides how a page is read and labelled.
LOOKED_AT = ("newscrawl/extraction", "newscrawl/html", "newscrawl/text.py", "benchmarks/extraction_data.py")


def material() -> str:
    """A hash of the pages that are learned from and measured, and of what reads them."""
    given = extraction_cache.material("data/pages", "data/wcxb")
    own = hashlib.sha256()
    for file in sorted((ROOT / "tests" / "golden_pages" / "non_articles").iterdir()):
        own.update(file.name.encode() + file.read_bytes())
    packages = extraction_cache.versions("lxml", "numpy", "readability-lxml", "resiliparse")
    return f"{given} {own.hexdigest()} {extraction_cache.code(*LOOKED_AT)} {packages}"


@lru_cache(maxsize=1)
def loaded() -> list[Page]:
    """The pages of :func:`load`, from the cache where their code and data are the same."""
    return extraction_cache.kept("pages", [material()], load)


def load(sets: Iterable[str] = LEARNED) -> list[Page]:
    """Read the pages of *sets* once: blocks, features, and labels where there is a gold body."""
    out = []
    for gold, html in chain(gold_pages(sets), fixtures()):
        try:
            page = read(gold, html)
        except opening.TooSlowError:  # refused for its markup, as the extraction refuses it
            continue
        if page is None:
            continue
        if "body" in gold and page.is_article:
            page.made = {"resiliparse": resiliparse_text(page.html), "readability": readability_text(page.html)}
        out.append(page)
    return out


def words_f1(gold: str, text: str | None) -> float:
    """WCXB's measure: F1 of lower-case words as multisets."""
    one = collections.Counter(TOKEN.findall(gold.lower()))
    other = collections.Counter(TOKEN.findall((text or "").lower()))
    both = sum(one.values()) + sum(other.values())
    return 2 * sum((one & other).values()) / both if both else 1.0


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
    "readability_text",
    "resiliparse_text",
    "words_f1",
]
