# ruff: noqa: E501 - tables of words and names
"""What a page as a whole looks like, in numbers: for telling articles from lists, shops, forums and manuals.

Nothing here depends on which blocks are taken for the text: it is a second
opinion on the page, not an echo of the first. The page's address is not among
the columns: an article is not refused for where it stands. ``pagemarks`` reads
markup and data, ``pageshape`` the layout.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from newscrawl.html.literals import Phrases
from newscrawl.html.structured import PageData, types_of

from . import pagemarks, pageshape
from .blocks import FLAGS, TAGS, Blocks
from .features import COLUMN, Array, Table, Tree, tags
from .model import Forest

__all__ = ["NAMES", "Otherness", "describe", "otherness"]

#: Groups of JSON-LD types that say what a page is about.
_TYPES: dict[str, frozenset[str]] = {
    "news": frozenset(("newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle")),
    "post": frozenset(("blogposting", "article", "report", "scholarlyarticle")),
    "tech": frozenset(("techarticle", "apireference", "howto", "learningresource")),
    "product": frozenset(("product", "productgroup", "individualproduct", "offer", "aggregateoffer")),
    "list": frozenset(("itemlist", "collectionpage", "searchresultspage", "offercatalog", "blog")),
    "forum": frozenset(("discussionforumposting", "qapage", "question", "conversation")),
    "faq": frozenset(("faqpage",)),
    "site": frozenset(("website",)),
    "page": frozenset(("webpage", "itempage", "aboutpage", "contactpage")),
    "firm": frozenset(("localbusiness", "service", "professionalservice", "legalservice", "medicalbusiness")),
    "person": frozenset(("profilepage",)),
    "rating": frozenset(("aggregaterating",)),
    "app": frozenset(("softwareapplication", "webapplication", "videogame", "softwaresourcecode")),
    "event": frozenset(("event",)),
    "video": frozenset(("videoobject",)),
}
_OG_TYPES = ("article", "website", "product", "profile", "video", "object")


#: Phrases of a page's short lines, by the kind of page that uses them; counted.
_PHRASES: dict[str, Phrases] = {
    "cart": Phrases(
        r"add to (?:cart|basket|bag|wishlist)|buy now|in stock|out of stock|sold out|free (?:shipping|delivery)|sku|quantity"
        r"|warenkorb|ajouter au panier|añadir al carrito|in winkelwagen|reviews?"
    ),
    "forum": Phrases(
        r"repl(?:y|ies|ied)|posts?|joined|member since|threads?|topics?|views|quote|upvotes?|moderator|forums?|last post|answers?"
    ),
    "service": Phrases(
        r"get (?:a |your )?(?:free )?(?:quote|started|estimate)|contact us|book (?:a|an|now)|schedule|free consultation|request a demo"
        r"|our (?:services|team|clients|customers)|why choose|testimonials?|learn more|call (?:us|now|today)"
    ),
    "manual": Phrases(
        r"parameters?|returns?|install(?:ation)?|syntax|examples?|version|api|configur\w+|on this page|edit this page|previous|next|note:|default"
    ),
    "filter": Phrases(
        r"sort by|filters?|results|showing|load more|view all|see all|show more|page \d+|next page|categories"
    ),
}
#: The sign of a currency before a number or behind it. What it begins with comes first: other characters are passed over.
_PRICE = re.compile(r"[$€£¥₹\d](?:(?<=[$€£¥₹])\s?\d|(?<=\d)(?<![\d.,].)[\d.,]{0,18}\s?(?:€|EUR|USD|GBP|kr|zł)\b)")
_ADDRESSING = re.compile(r"\b(?=[ouwy])(?:we|our|ours|us|you|your|yours)\b")
#: Characters of the page's text that phrases are looked for in.
MAX_PHRASES = 15_000

_SHAPE = tuple(
    "log_words log_mass log_content mean_content max_content main_family main_sub page_links log_headlines headlines_main headlines_ratio"
    " parents_ratio top_parent top_grand sig_top sig_count log_h1 log_h2 log_h3 linked_headings heading_ratio list_words table_rows code"
    " quotes questions digits dates bylines more talk person comments after_heading before_heading heading_at bullets repeats forms"
    " cards card_share short_lines ends_share addressing".split()
)
_CLAIMS = tuple(
    "article_node headline published author meta_author meta_published section_meta keywords next_link times broken_ld nodes no_ld".split()
)
NAMES = (
    *_SHAPE,
    *(f"says_{name}" for name in ("price", *_PHRASES)),
    *_CLAIMS,
    *(f"ld_{name}" for name in _TYPES),
    *(f"og_{name}" for name in (*_OG_TYPES, "none")),
    *(f"body_{flag}" for flag in FLAGS),
    *pagemarks.NAMES,
    *pageshape.NAMES,
)


def describe(
    data: PageData,
    node: dict[str, Any] | None,
    blocks: Blocks,
    table: Table,
    *,
    published: bool,
    authors: bool,
    title: str | None = None,
    host: str = "",
) -> Array:
    """The page as one row of :data:`NAMES`. *node*: the page's own article in JSON-LD. *host*: the page's own."""
    columns = _claims(data, node, published, authors) | _types(data) | _body_class(blocks)
    columns |= _shape(blocks, table) if blocks.text else dict.fromkeys(_SHAPE, 0.0)
    columns |= _phrases(blocks, table)
    columns |= pagemarks.marks(data, node, float(table.words.sum()), title, host)
    columns |= pageshape.layout(blocks, table)
    return np.array([columns[name] for name in NAMES], dtype=np.float32)


def _claims(data: PageData, node: dict[str, Any] | None, published: bool, authors: bool) -> dict[str, float]:
    return {
        "article_node": node is not None,
        "headline": bool(node and node.get("headline")),
        "published": published,
        "author": authors,
        "meta_author": data.first("author", "article:author", "parsely-author") is not None,
        "meta_published": data.first("article:published_time", "datepublished", "parsely-pub-date", "date") is not None,
        "section_meta": data.first("article:section") is not None,
        "keywords": data.first("keywords", "article:tag", "news_keywords") is not None,
        "next_link": "next" in data.links or "prev" in data.links,
        "times": np.log1p(len(data.times)),
        "broken_ld": data.broken_ld > 0,
        "nodes": np.log1p(len(data.nodes)),
        "no_ld": not data.nodes,
    }


def _types(data: PageData) -> dict[str, float]:
    found: set[str] = set()
    for node in data.nodes[:200]:
        found |= types_of(node)
    kind = (data.first("og:type") or "").lower()
    out: dict[str, float] = {f"ld_{name}": bool(found & group) for name, group in _TYPES.items()}
    return out | {f"og_{name}": name in kind for name in _OG_TYPES} | {"og_none": not kind}


def _body_class(blocks: Blocks) -> dict[str, float]:
    """Groups of class words on <body>: content management systems say there what they show."""
    mask = blocks.node_mask[0] if blocks.node_mask else 0
    return {f"body_{flag}": (mask >> bit) & 1 for bit, flag in enumerate(FLAGS)}


def _phrases(blocks: Blocks, table: Table) -> dict[str, float]:
    """How often phrases stand in short lines, to the root of their number."""
    lines = (text for text, words in zip(blocks.text, table.words.tolist(), strict=True) if words < 30)
    short = "\n".join(lines)[:MAX_PHRASES]
    lower = short.lower()
    found = {"price": len(_PRICE.findall(short))} | {name: len(one.findall(lower)) for name, one in _PHRASES.items()}
    return {f"says_{name}": number**0.5 for name, number in found.items()}


def _shape(blocks: Blocks, table: Table) -> dict[str, float]:
    """Sizes, containers and headings of the page."""
    matrix, words, content, tree = table.matrix, table.words, table.content, table.tree
    mass = matrix[:, COLUMN["mass"]]
    link = matrix[:, COLUMN["link_share"]]
    count, prose = len(words), max(1, int(content.sum()))
    total = max(1.0, float(words.sum()))
    column = {
        name: matrix[:, COLUMN[name]] for name in ("time", "byline", "more", "talk", "person", "bullet", "repeats")
    }
    in_main = matrix[:, COLUMN["join"]] == 0
    edge = (matrix[:, COLUMN["under_nav"]] + matrix[:, COLUMN["under_footer"]]) > 0
    headline = (link > 0.8) & (words >= 4) & (words <= 25) & ~edge
    at = table.heading
    prose_words = words[content]
    prose_text = " ".join(text for text, yes in zip(blocks.text, content.tolist(), strict=True) if yes)[:MAX_PHRASES]
    return {
        "log_words": np.log1p(total),
        "log_mass": np.log1p(float((words * content).sum())),
        "log_content": np.log1p(prose),
        "mean_content": float(prose_words.mean()) if len(prose_words) else 0.0,
        "max_content": float(prose_words.max()) if len(prose_words) else 0.0,
        "main_family": matrix[0, COLUMN["main_family"]],
        "main_sub": matrix[0, COLUMN["main_sub"]],
        "page_links": matrix[0, COLUMN["page_links"]],
        "log_headlines": np.log1p(float(headline.sum())),
        "headlines_main": float((headline & in_main).sum()) / count,
        "headlines_ratio": float(headline.sum()) / prose,
        **_containers(tree, content, mass),
        **_headings(tree, link, edge, prose),
        "list_words": _share(words, tree.of_block == TAGS["li"], total),
        "table_rows": _share(words, tree.of_block == TAGS["tr"], total),
        "code": _share(words, tree.of_block == TAGS["pre"], total),
        "quotes": float(matrix[content, COLUMN["quotes"]].mean()) if content.any() else 0.0,
        "questions": float(matrix[:, COLUMN["question"]].sum()) / count,
        "digits": float((matrix[:, COLUMN["digits"]] * words).sum()) / total,
        "dates": np.log1p(float(column["time"].sum())),
        "bylines": np.log1p(float(column["byline"].sum())),
        "more": np.log1p(float(column["more"].sum())),
        "talk": np.log1p(float(column["talk"].sum())),
        "person": float(column["person"][content].mean()) if content.any() else 0.0,
        "comments": 1 - float(mass.sum()) if mass.sum() else 0.0,
        "after_heading": _mass_between(mass, at, at + 40) if at >= 0 else -1.0,
        "before_heading": _mass_between(mass, 0, at) if at >= 0 else -1.0,
        "heading_at": at / count,
        "bullets": float(column["bullet"].sum()) / count,
        "repeats": float((column["repeats"] > 1).mean()),
        "forms": float((matrix[:, COLUMN["under_form"]]).mean()),
        **_cards(tree, words, link, content),
        "short_lines": float(((words < 8) & (link < 0.5)).mean()),
        "ends_share": float((matrix[:, COLUMN["ends"]] * words).sum()) / total,
        "addressing": len(_ADDRESSING.findall(prose_text.lower())) / max(1.0, float(prose_words.sum())),
    }


def _share(words: Array, marks: NDArray[np.bool_], total: float) -> float:
    return float((words * marks).sum()) / total


def _mass_between(mass: Array, start: int, end: int) -> float:
    return float(mass[max(0, start) : end].sum())


def _containers(tree: Tree, content: NDArray[np.bool_], mass: Array) -> dict[str, float]:
    """Whether the prose stands together, as an article's does, or each piece in a box of its own."""
    prose = max(1, int(content.sum()))
    by_parent = np.bincount(tree.p, weights=mass, minlength=tree.size)
    by_grand = np.bincount(tree.g, weights=mass, minlength=tree.size)
    by_sig = np.bincount(tree.sig, weights=mass)
    return {
        "parents_ratio": len(np.unique(tree.p[content])) / prose,
        "top_parent": float(by_parent.max()),
        "top_grand": float(by_grand.max()),
        "sig_top": float(by_sig.max()),
        "sig_count": np.log1p(int((by_sig > 0).sum())),
    }


_HEADINGS = tags("h1", "h2", "h3", "h4")


def _headings(tree: Tree, link: Array, edge: NDArray[np.bool_], prose: int) -> dict[str, float]:
    tag = np.where(_HEADINGS[tree.of_block], tree.of_block, 0)
    heads = (tag > 0) & ~edge
    number = max(1, int(heads.sum()))
    out = {f"log_{name}": np.log1p(float((tag == TAGS[name]).sum())) for name in ("h1", "h2", "h3")}
    return out | {"linked_headings": float((heads & (link > 0.8)).sum()) / number, "heading_ratio": heads.sum() / prose}


def _cards(tree: Tree, words: Array, link: Array, content: NDArray[np.bool_]) -> dict[str, float]:
    """Boxes alike that each hold a linked headline: the teasers of a section page."""
    linked = (link > 0.8) & (words >= 3) & (words <= 25)
    boxes = np.bincount(tree.g, weights=linked, minlength=tree.size)
    one = (boxes >= 1) & (boxes <= 2)
    held = float((words * one[tree.g]).sum())
    return {"cards": np.log1p(float(one.sum())), "card_share": held / max(1.0, float(words.sum()))}


class Otherness(NamedTuple):
    """Two probabilities of one page."""

    page: float
    """That it is no article."""
    shelf: float
    """That it is a list, a collection of goods or a product: far surer where it is high."""


def otherness(row: Array, forests: dict[str, Forest]) -> Otherness:
    """How little the page described by *row* is like an article.

    ``shelf`` is the mean, in log-odds, of the three forests that were grown: two are in one, the third is ``kind``.
    """
    one = row[None, :]
    kind, shelf = (float(forests[name].probability(one)[0]) for name in ("kind", "shelf"))
    odds = (_odds(kind) + 2 * _odds(shelf)) / 3
    return Otherness(kind, 1 / (1 + math.exp(-odds)))


def _odds(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
