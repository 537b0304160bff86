# ruff: noqa: E501 - tables of words and patterns
"""What the classifier is told of each block: numbers only, computed on arrays, each with a name.

Sizes are in *words*: a character of a script written without spaces counts as
half of one. *Content mass* is the number of non-link words of blocks that look
like prose; where the mass of a page sits is what tells its body from the rest.

:func:`build` computes groups of columns one after another (``lexical`` for the
characters, then the tree, cue words, places, neighbours). Each group is a
function that returns arrays by name; :data:`NAMES` is their order in the matrix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.html.dates import is_called_published
from newscrawl.html.literals import Beginnings

from . import lexical
from .blocks import ANCESTOR, CONSENT, FLAGS, TAGS, Blocks
from .grams import CJK, HEAD, Grams, unspaced_characters, words_of
from .lexical import Lexical

__all__ = ["NAMES", "Hints", "Table", "Tree", "build", "runs"]

Array = NDArray[np.float32]
Columns = dict[str, NDArray[Any]]

#: Whether the tag of a number is a heading.
_IS_HEADING = np.zeros(max(TAGS.values()) + 1, dtype=bool)
_IS_HEADING[[TAGS[name] for name in ("h1", "h2", "h3", "h4", "h5", "h6")]] = True

_BULLETS = "•·▪►➤→>»*-–—"
_BULLET = re.compile(rf"^\s*[{re.escape(_BULLETS)}]\s")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b|\b(?:19|20)\d\d\b|年\d{1,2}月")
#: Words at the start of lines that lead to other stories.
LEADS_ON = re.compile(
    r"(?i)^\s*(?:read|see|watch|listen|click|more|also|related|recommended|up next|next|previous|lesen|mehr|lire|voir|aussi|lea|leer|ver|vea|leggi|guarda|lees|les også|läs|ler|leia|czytaj|читайте|ещё|più|más|plus|similar|trending|popular|don'?t miss|you may|you might|in pictures|in case you missed|関連|続きを|あわせて|관련|相关|延伸|المزيد|اقرأ|شاهد|קראו|devamı|ayrıca)\b"
)
_BYLINE = re.compile(
    r"(?i)^\s*(?:by|von|par|por|di|door|av|af|text|author|autor\w*|written by|reporting by|posted|published|updated|last (?:updated|modified)|stand|veröffentlicht|aktualisiert|publié|mis à jour|publicado|actualizado|pubblicato|gepubliceerd|publicerad|опубликовано)\b"
)

_MAY_LEAD_ON, _MAY_BE_BYLINE = Beginnings(LEADS_ON), Beginnings(_BYLINE)


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where *mask* holds without a gap: first place, and the place behind the last."""
    if not mask.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Single words, casefolded, that say what a short block is for. Sets: searching for phrases cost more than the rest together.
_CREDIT = _set(
    "photo photos photograph image images picture foto fotos bild bilder imagen credit credits crédit quelle source fuente fonte getty shutterstock istock imago afp dpa reuters epa archivfoto symbolbild handout courtesy illustration pixabay alamy"
)
_SIGNUP = _set(
    "subscribe subscribed subscriber subscribers subscription subscriptions newsletter newsletters signup inbox register registered registration login email advertisement advert anzeige publicidad werbung sponsored whatsapp telegram donate donation membership trial abo abonnieren abonnent abonnenten abonnement abonnez anmelden registrieren suscríbete suscripción suscriptores iscriviti abbonati prenumerera app download follow podcast unlock offer offers"
)
_TALK = _set(
    "comment comments commented reply replies kommentar kommentare antworten commentaire commentaires comentario comentarios commenti commento reacties reageer share likes teilen partager compartir condividi tweet retweet facebook twitter login posted moderation"
)
_NOTE = _set(
    "contributed reached correction corrections disclosure reprinted syndicated originally editing reporting editor reporter correspondent columnist professor autor autorin redakteur journalist clarification updated"
)
_PRIVACY = _set(
    "cookie cookies privacy consent optout opt personal tracking datenschutz datenschutzerklärung einwilligung personenbezogene drittanbieter externen inhalte confidentialité consentement traceurs privacidad consentimiento gdpr dsgvo ccpa california third parties purposes legitimate browser device settings"
)
_PERSON = _set("my me you your ich mir mich du je moi vous yo tu usted io jeg jag ik im ive dont thats lol")


_GROUPS = {
    "credit": _CREDIT,
    "signup": _SIGNUP,
    "talk": _TALK,
    "note": _NOTE,
    "privacy": _PRIVACY,
    "person": _PERSON,
    "owner": _set("copyright reserved"),
}
_CUES = frozenset().union(*_GROUPS.values())
#: For each word the groups that it is of.
_MEMBERS = {word: tuple(word in group for group in _GROUPS.values()) for word in _CUES}


class Hints:
    """What the page says of itself that helps to tell blocks apart."""

    __slots__ = ("article_body", "authors", "description", "title")

    def __init__(
        self,
        title: str | None = None,
        description: str | None = None,
        authors: list[str] | None = None,
        article_body: str | None = None,
    ) -> None:
        self.title = title
        self.description = description
        self.authors = authors or []
        self.article_body = article_body


class Tree:
    """The block-level elements of a page ("nodes") as arrays, and sums over them.

    ``n``, ``p``, ``g``, ``gg``: the node of each block, its parent, grandparent and great-grandparent.
    """

    __slots__ = (
        "above",
        "depth",
        "flags",
        "g",
        "gg",
        "levels",
        "mask",
        "n",
        "p",
        "parent",
        "raw_parent",
        "sig",
        "size",
        "tag",
        "up",
    )

    def __init__(self, blocks: Blocks) -> None:
        def of(values: list[int]) -> NDArray[np.int64]:
            return np.asarray(values, dtype=np.int64)

        self.n = of(blocks.node)
        self.raw_parent = of(blocks.node_parent)
        self.up = self.parent = np.maximum(self.raw_parent, 0)
        self.depth, self.tag = of(blocks.node_depth), of(blocks.node_tag)
        self.mask, self.above, self.flags = of(blocks.node_mask), of(blocks.node_above), of(blocks.node_flags)
        self.sig = of(blocks.node_sig)[self.n]
        self.size = len(self.parent)
        self.p = self.parent[self.n]
        self.g = self.parent[self.p]
        self.gg = self.parent[self.g]
        order = np.argsort(-self.depth, kind="stable")
        self.levels = np.split(order, np.flatnonzero(np.diff(self.depth[order])) + 1)
        """The nodes of one depth, the deepest first."""

    def own(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of block *values* over each node itself."""
        return np.asarray(np.bincount(self.n, weights=values, minlength=self.size), dtype=np.float64)

    def subtree(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of node *values* (a row a node, or a number) over each node's subtree."""
        out = values.copy()
        for level in self.levels[:-1]:
            np.add.at(out, self.parent[level], out[level])
        return out

    def children(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of node *values* over each node's children."""
        return np.asarray(np.bincount(self.parent[1:], weights=values[1:], minlength=self.size), dtype=np.float64)

    def family(self, own: NDArray[np.float64]) -> NDArray[np.float64]:
        """What stands in a node, in its children, and half of what stands one deeper: the paragraphs of one container."""
        children = self.children(own)
        return own + children + 0.5 * self.children(children)

    def from_path(self, bottom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each node the steps from *bottom* up to where its path joins, and from there down to the node."""
        join = np.full(self.size, -1, dtype=np.int64)
        at, steps = bottom, 0
        while at >= 0:
            join[at] = steps
            at, steps = int(self.raw_parent[at]), steps + 1
        climb = np.zeros(self.size, dtype=np.int64)
        for level in reversed(self.levels):
            inner = level[join[level] < 0]
            if len(inner):
                join[inner] = join[self.parent[inner]]
                climb[inner] = climb[self.parent[inner]] + 1
        return join, climb

    def by_signature(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of block *values* over all blocks of the same signature."""
        return np.asarray(np.bincount(self.sig, weights=values)[self.sig], dtype=np.float64)


@dataclass(slots=True)
class Table:
    """The feature matrix (a row for each block), and arrays that later steps use again.

    ``live``: the blocks worth a classification; the others are menus and link lists beyond doubt.
    """

    matrix: Array
    words: Array
    content: NDArray[np.bool_]
    live: NDArray[np.bool_]
    heading: int
    tree: Tree
    grams: Grams
    lexical: Lexical | None = None
    mass: Array | None = None


def count_words(text: str) -> float:
    """Words by white space; characters of scripts without spaces as halves."""
    return len(text.split()) + unspaced_characters(text) / 2


def _fold(text: str) -> str:
    return " ".join(words_of(text))


#: Columns of the characters (:mod:`newscrawl.extraction.lexical`), of the links and the weight of type.
_TEXT = tuple(
    "chars words word_length links link_share bold_share ends stops commas quotes digits upper capital unspaced breaks colon question"
    " punctuation repeats".split()
)
#: Columns of cue words and of what the page says of itself, computed block by block for blocks that are not menus.
_CUE = tuple(
    "bullet time owner credit more signup byline talk note privacy person mail title_share title_equal title_in author short_author"
    " desc_share body_share".split()
)
_SINCE = ("talk", "more", "signup", "owner", "byline")
_AROUND = ("time", "talk", "signup", "byline", "privacy", "person", "credit")
_MASS = tuple(
    "log_chars log_words log_free content log_total log_count mass own_node own_parent sub_parent sub_grand sub_great children_parent"
    " children_grand family_node family_parent family_grand raw_parent raw_grand raw_great log_sub_parent log_sub_grand link_parent link_grand"
    " link_great prose_parent prose_grand log_number log_number_parent log_number_grand sig_mass sig_number sig_link sig_content sig_words".split()
)
_PLACE = tuple(
    "join climb steps main_family main_sub depth depth_main position before words_before from_first from_last side to_next to_last"
    " from_heading mass_from_heading has_heading tag tag_parent tag_grand page_links".split()
)
_CORE = ("log_words", "link_share", "ends", "stops", "content")
_SHIFTS = (-3, -2, -1, 1, 2, 3)


def _names() -> tuple[str, ...]:
    names = [
        *_TEXT,
        *_CUE,
        *(f"since_{name}" for name in _SINCE),
        *(f"around_{name}" for name in _AROUND),
        *_MASS,
        *_PLACE,
    ]
    for shift in _SHIFTS:
        names += [f"{core}@{shift}" for core in (*_CORE, "same_parent", "same_sig")]
    names += [f"{name}@{shift}" for shift in (-1, 1) for name in ("tag", "join", "title_share", "colon", "digits")]
    names += [f"{where}_{flag}" for where in ("below", "near", "in") for flag in FLAGS]
    return (*names, *(f"under_{name}" for name in ANCESTOR))


NAMES = _names()
COLUMN = {name: number for number, name in enumerate(NAMES)}


def build(blocks: Blocks, hints: Hints) -> Table:
    """The features of *blocks*, in the order of :data:`NAMES`."""
    tree = Tree(blocks)
    if not blocks.text:
        none = np.zeros(0, dtype=bool)
        empty = np.zeros((0, len(NAMES)), dtype=np.float32)
        return Table(empty, np.zeros(0, dtype=np.float32), none, none, -1, tree, Grams([]))
    found = lexical.count(blocks.text)
    columns = _text_columns(blocks, found)
    menu = (columns["link_share"] > 0.8) & (found.words < 15)
    # Two blocks of three are lines of menus; of these only the headings are read word by word.
    skipped = menu & ~_IS_HEADING[tree.tag[tree.n]]
    grams = Grams(blocks.text, found.highest)
    cues, heading = _cue_columns(blocks, hints, found, grams, tree, skipped)
    columns |= cues
    content = (found.words >= 8) & (found.ends | (found.stops >= 2)) & (columns["link_share"] < 0.5)
    mass, below, edges = _mass(tree, columns, content, heading)
    columns |= _mass_columns(tree, columns, content, mass)
    columns |= _place_columns(tree, columns, content, mass, heading)
    columns |= _since_columns(columns, content)
    columns |= _neighbour_columns(tree, columns)
    # Column by column in memory: so they are written, and so the forests ask for them.
    matrix = np.empty((len(found.words), len(NAMES)), dtype=np.float32, order="F")
    for name, values in columns.items():
        matrix[:, COLUMN[name]] = values
    start = COLUMN[f"below_{FLAGS[0]}"]
    matrix[:, start:] = _flag_columns(tree, blocks, below)
    for name, inside in edges.items():
        matrix[:, COLUMN[f"under_{name}"]] = inside
    live = ~_dead(tree, columns, menu, edges["nav"] | edges["footer"]) & ((below[tree.n] & CONSENT) == 0)
    return Table(matrix, found.words, content, live, heading, tree, grams, found, mass)


def _text_columns(blocks: Blocks, found: Lexical) -> Columns:
    chars = found.chars
    seen: dict[str, int] = {}
    for text in blocks.text:
        seen[text] = seen.get(text, 0) + 1
    links = np.asarray(blocks.links, dtype=np.float32)
    out: Columns = {name: getattr(found, name) for name in _TEXT if hasattr(found, name)}
    return out | {
        "word_length": chars / np.maximum(1, found.words),
        "links": links,
        "link_share": np.minimum(1, np.asarray(blocks.link_chars, dtype=np.float32) / chars),
        "bold_share": np.minimum(1, np.asarray(blocks.bold_chars, dtype=np.float32) / chars),
        "repeats": np.fromiter((seen[text] for text in blocks.text), dtype=np.float32, count=len(chars)),
    }


def _cue_columns(
    blocks: Blocks, hints: Hints, found: Lexical, grams: Grams, tree: Tree, menu: NDArray[np.bool_]
) -> tuple[Columns, int]:
    """The columns of :data:`_CUE`, and the block of the heading (-1 where there is none)."""
    rows: Columns = {name: np.zeros(len(menu), dtype=np.float32) for name in _CUE}
    read: NDArray[np.bool_] = np.logical_not(menu)
    # The different words of each block, as numbers.
    owner = np.repeat(np.arange(len(menu)), np.diff(grams.start))
    here = read[owner]
    span = int(grams.words.max(initial=0)) + 1
    block, word = np.divmod(np.unique(owner[here] * span + grams.words[here]), span)
    _word_cues(rows, grams, block, word)
    digits = ((found.digits > 0) | (found.unspaced > 0)).tolist()  # Thai and other digits are among those
    for i in np.flatnonzero(read & (found.chars < 700)).tolist():
        _pattern_cues(rows, i, blocks.text[i][:HEAD], len(blocks.text[i]), digits[i])
    _name_cues(rows, hints, found, grams, read)
    _hint_cues(rows, hints, found, grams, read)
    is_h1 = np.equal(tree.tag[tree.n], TAGS["h1"], dtype=bool)
    heading = _title_cues(rows, blocks, hints, grams, (block, word), is_h1)
    if heading < 0 and (read & is_h1).any():
        heading = int(np.argmax(read & is_h1))
    return rows, heading


def _word_cues(rows: Columns, grams: Grams, block: NDArray[np.int64], word: NDArray[np.int64]) -> None:
    """How many different words of each group stand in a block. *block* holds *word*."""
    known = grams.number_of(_CUES)
    if not known:
        return
    groups = np.zeros((int(word.max(initial=0)) + 1, len(_GROUPS)), dtype=np.float32)
    for name, number in known.items():
        if number < len(groups):
            groups[number] = _MEMBERS[name]
    kept = np.flatnonzero(groups[word].any(axis=1))
    for at, name in enumerate(_GROUPS):
        rows[name] = np.bincount(block[kept], weights=groups[word[kept], at], minlength=len(rows[name]))


def _pattern_cues(rows: Columns, i: int, head: str, size: int, digits: bool) -> None:
    start = head.lstrip()[:2]
    if start[:1] in _BULLETS and _BULLET.match(head):
        rows["bullet"][i] = 1
    if digits and size < 200 and _TIME.search(head):
        rows["time"][i] = 1
    if "©" in head:
        rows["owner"][i] = 1
    if "@" in head:
        rows["mail"][i] = 1
    if _MAY_LEAD_ON[start] and LEADS_ON.match(head):
        rows["more"][i] = 1
    if _MAY_BE_BYLINE[start] and _BYLINE.match(head):
        rows["byline"][i] = 1


def _title_cues(
    rows: Columns,
    blocks: Blocks,
    hints: Hints,
    grams: Grams,
    held: tuple[NDArray[np.int64], NDArray[np.int64]],
    is_h1: NDArray[np.bool_],
) -> int:
    """How much of the title stands in each block; the block that is the heading, or -1. *held*: blocks and their words."""
    title = set(words_of(hints.title or ""))
    if not title:
        return -1
    block, word = held
    size = np.bincount(block, minlength=len(is_h1))
    numbers = list(grams.number_of(title).values())
    shared = np.bincount(block[np.isin(word, numbers)], minlength=len(is_h1))
    line = _fold(hints.title or "")
    heading, best = -1, 0.0
    for i in np.flatnonzero(shared).tolist():
        if len(blocks.text[i]) >= 500:
            continue
        own, both = int(size[i]), int(shared[i])
        rows["title_share"][i] = both / len(title)
        rows["title_in"][i] = both / own
        if both < 0.6 * len(title):
            continue
        rows["title_equal"][i] = _fold(blocks.text[i]) == line
        score = 2.0 * both / (own + len(title)) + bool(is_h1[i])
        if score > best:
            heading, best = i, score
    return heading


def _name_cues(rows: Columns, hints: Hints, found: Lexical, grams: Grams, read: NDArray[np.bool_]) -> None:
    """Which blocks name an author."""
    names = [name.casefold() for name in hints.authors if len(name) > 3][:10]
    if not names:
        return
    for i in np.flatnonzero(read & (found.chars < HEAD)).tolist():
        if any(name in grams.folded[i] for name in names):
            rows["author"][i] = 1
            rows["short_author"][i] = found.chars[i] < 80


def _hint_cues(rows: Columns, hints: Hints, found: Lexical, grams: Grams, read: NDArray[np.bool_]) -> None:
    """How much of each block stands in the description and in the text that the page declares."""
    rows["body_share"] -= 1
    description, declared = hints.description or "", hints.article_body or ""
    told = (("desc_share", description, 30), ("body_share", declared, 400))
    looked = read & (found.chars > 20)
    if len(declared) <= 400:
        looked &= found.chars < 600
    for name, text, least in told:
        if len(text) > least:
            pairs = grams.pairs()
            both = np.bincount(pairs.block[np.isin(pairs.gram, grams.in_order(text))], minlength=len(read))
            rows[name][looked] = both[looked] / pairs.size[looked]


#: What stands in a box of comments or of a consent dialog is no content.
_NEVER = (1 << FLAGS.index("comment")) | CONSENT
_RARELY = sum(1 << FLAGS.index(name) for name in ("footer", "bio", "share"))
#: A <footer> that closes one of these is part of it (the speaker of a quotation), not the foot of the page.
_FOOT_OF = ANCESTOR["blockquote"] | ANCESTOR["figure"]
_EDGES = {TAGS["nav"]: "nav", TAGS["footer"]: "footer"}
#: A <nav> that holds more of the page's prose than this was never closed.
EDGE_SHARE = 0.4


def _edges(tree: Tree, raw: Array, heading: int) -> dict[str, NDArray[np.bool_]]:
    """The blocks in a <nav> and in the foot of the page, by name.

    One that holds the heading is none; nor is a <nav> that holds much of the prose. A foot may: the page says little else.
    """
    share = tree.subtree(tree.own(raw))
    held = _holding(tree, heading)
    open_menu = share > EDGE_SHARE * max(1.0, float(share[0]))
    out = {}
    for number, name in _EDGES.items():
        inside = (tree.tag == number) & ~held
        if name == "footer":
            inside &= tree.flags & _FOOT_OF == 0
        if name == "nav" or heading < 0:
            inside &= ~open_menu
        for level in reversed(tree.levels):
            inner = level[tree.raw_parent[level] >= 0]
            inside[inner] |= inside[tree.parent[inner]]
        out[name] = inside[tree.n]
    return out


def _holding(tree: Tree, heading: int) -> NDArray[np.bool_]:
    """The nodes that hold the heading; none where there is no heading."""
    out = np.zeros(tree.size, dtype=bool)
    at = int(tree.n[heading]) if heading >= 0 else -1
    while at >= 0:
        out[at] = True
        at = int(tree.raw_parent[at])
    return out


def _mass(
    tree: Tree, columns: Columns, content: NDArray[np.bool_], heading: int
) -> tuple[Array, NDArray[np.int64], dict[str, NDArray[np.bool_]]]:
    """Content mass of each block, the class words that count against each node, and the blocks of menus and feet."""
    below = _below(tree, columns["words"], heading, content)
    raw = np.where(content, columns["words"] * (1 - columns["link_share"]), 0)
    edges = _edges(tree, raw, heading)
    never = ((below[tree.n] & _NEVER) > 0) | edges["nav"] | edges["footer"]
    weight = np.where(never, 0.0, np.where(below[tree.n] & _RARELY, 0.3, 1.0))
    return (raw * weight).astype(np.float32), below, edges


def _below(tree: Tree, words: Array, heading: int, content: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The masks of each node and its ancestors that may count against it.

    <body class="has-comments sidebar-right"> says nothing: ancestors that hold the heading or most of the page's
    words do not count, but for comments and consent dialogs beside the heading: they may be longer than all else. Nor do those of the first prose below the heading: an article may stand in
    <div class="comment-piece">, but comments never stand right below the headline.
    """
    share = tree.subtree(tree.own(words))
    kept = np.where(_holding(tree, heading), 0, tree.mask & _NEVER) if heading >= 0 else 0
    own = np.where(share > 0.7 * share[0], kept, tree.mask)
    spared = [int(tree.n[heading])] if heading >= 0 else []
    if heading >= 0:
        after = np.flatnonzero(content[heading + 1 : heading + 20])
        if len(after):
            spared.append(int(tree.n[heading + 1 + int(after[0])]))
    for at in spared:
        while at >= 0:
            own[at] = 0
            at = int(tree.raw_parent[at])
    out = own.copy()
    for level in reversed(tree.levels):
        inner = level[tree.raw_parent[level] >= 0]
        out[inner] |= out[tree.parent[inner]]
    return out


def _mass_columns(tree: Tree, columns: Columns, content: NDArray[np.bool_], mass: Array) -> Columns:
    words, link = columns["words"], columns["link_share"]
    count = len(words)
    total = float(mass.sum()) or 1.0
    raw = np.where(content, words * (1 - link), 0)
    raw_total = float(raw.sum()) or 1.0
    own, every = tree.own(mass), tree.own(words)
    stacked = np.column_stack([own, every, tree.own(words * link), tree.own(np.ones(count)), tree.own(raw)])
    sub, sub_words, sub_links, sub_number, sub_raw = tree.subtree(stacked).T
    children = tree.children(own)
    family = own + children + 0.5 * tree.children(children)
    n, p, g, gg = tree.n, tree.p, tree.g, tree.gg
    log = np.log1p
    held = np.maximum(1, sub_words)
    sig_number = tree.by_signature(np.ones(count))
    sig_words = tree.by_signature(words)
    return {
        "log_chars": log(columns["chars"]),
        "log_words": log(words),
        "log_free": log(words * (1 - link)),
        "content": content,
        "log_total": np.full(count, log(total)),
        "log_count": np.full(count, log(count)),
        "mass": mass / total,
        "own_node": own[n] / total,
        "own_parent": own[p] / total,
        "sub_parent": sub[p] / total,
        "sub_grand": sub[g] / total,
        "sub_great": sub[gg] / total,
        "children_parent": children[p] / total,
        "children_grand": children[g] / total,
        "family_node": family[n] / total,
        "family_parent": family[p] / total,
        "family_grand": family[g] / total,
        "raw_parent": sub_raw[p] / raw_total,
        "raw_grand": sub_raw[g] / raw_total,
        "raw_great": sub_raw[gg] / raw_total,
        "log_sub_parent": log(sub[p]),
        "log_sub_grand": log(sub[g]),
        "link_parent": sub_links[p] / held[p],
        "link_grand": sub_links[g] / held[g],
        "link_great": sub_links[gg] / held[gg],
        "prose_parent": sub[p] / held[p],
        "prose_grand": sub[g] / held[g],
        "log_number": log(sub_number[n]),
        "log_number_parent": log(sub_number[p]),
        "log_number_grand": log(sub_number[g]),
        "sig_mass": tree.by_signature(mass) / total,
        "sig_number": log(sig_number),
        "sig_link": tree.by_signature(words * link) / np.maximum(1, sig_words),
        "sig_content": tree.by_signature(content) / sig_number,
        "sig_words": log(sig_words),
    }


def _place_columns(tree: Tree, columns: Columns, content: NDArray[np.bool_], mass: Array, heading: int) -> Columns:
    """Where a block stands: to the main container, in the order of the page, to its heading."""
    words = columns["words"]
    count = len(words)
    total = float(mass.sum()) or 1.0
    own = tree.own(mass)
    family = tree.family(own)
    main = int(np.argmax(family))
    join, climb = tree.from_path(main)
    position = np.arange(count, dtype=np.float32)
    before = np.cumsum(mass) - mass
    all_words = float(words.sum()) or 1.0
    inside = np.flatnonzero(content & (join[tree.n] == 0))
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, count - 1)
    to_next, to_last = _to_content(content, position)
    n = tree.n
    full = np.full
    return {
        "join": join[n],
        "climb": climb[n],
        "steps": join[n] + climb[n],
        "main_family": full(count, family[main] / total),
        "main_sub": full(count, float(mass[join[n] == 0].sum()) / total),
        "depth": tree.depth[n],
        "depth_main": tree.depth[n] - tree.depth[main],
        "position": position / max(1, count),
        "before": before / total,
        "words_before": (np.cumsum(words) - words) / all_words,
        "from_first": position - first,
        "from_last": position - last,
        "side": np.where(position < first, -1, np.where(position > last, 1, 0)),
        "to_next": to_next,
        "to_last": to_last,
        "from_heading": position - heading if heading >= 0 else full(count, -99),
        "mass_from_heading": (before - before[heading]) / total if heading >= 0 else full(count, -1),
        "has_heading": full(count, heading >= 0),
        "tag": tree.tag[n],
        "tag_parent": tree.tag[tree.p],
        "tag_grand": tree.tag[tree.g],
        "page_links": full(count, float((words * columns["link_share"]).sum()) / all_words),
    }


def _to_content(content: NDArray[np.bool_], position: Array) -> tuple[NDArray[Any], NDArray[Any]]:
    """Blocks to the next and from the last block of prose, at most 50; 50 where there is none."""
    at = np.flatnonzero(content)
    if not len(at):
        return np.full(len(content), 50.0), np.full(len(content), 50.0)
    index = np.searchsorted(at, np.arange(len(content)))
    following = np.where(index < len(at), at[np.minimum(index, len(at) - 1)] - position, 50)
    last = np.where(index > 0, position - at[np.maximum(index - 1, 0)], 50)
    return np.minimum(following, 50), np.minimum(last, 50)


def _since_columns(columns: Columns, content: NDArray[np.bool_]) -> Columns:
    """Blocks since the last short line that opens comments, further reading or a sign-up box; cues close by."""
    short = (columns["words"] < 12) & ~content
    position = np.arange(len(content), dtype=np.float32)
    out: Columns = {f"since_{name}": _since(short & (columns[name] > 0), position) for name in _SINCE}
    soft = np.minimum(np.column_stack([columns[name] for name in _AROUND]), 2.0)
    around = _window(soft, 4)
    return out | {f"around_{name}": around[:, number] for number, name in enumerate(_AROUND)}


def _neighbour_columns(tree: Tree, columns: Columns) -> Columns:
    """The same for neighbours: five core columns, whether they share the parent or the signature, their tags."""
    out: Columns = {}
    for shift in _SHIFTS:
        for name in _CORE:
            out[f"{name}@{shift}"] = _shift(columns[name].astype(np.float32), shift, 0)
        out[f"same_parent@{shift}"] = _shift(tree.p, shift, -1) == tree.p
        out[f"same_sig@{shift}"] = _shift(tree.sig, shift, -1) == tree.sig
    for shift in (-1, 1):
        for name in ("tag", "join", "title_share", "colon", "digits"):
            out[f"{name}@{shift}"] = _shift(columns[name].astype(np.float32), shift, 0)
    return out


def _flag_columns(tree: Tree, blocks: Blocks, below: NDArray[np.int64]) -> NDArray[Any]:
    """Groups of class words: on ancestors that may count against the block, near it (3 own, 2 parent, 1 grandparent), anywhere above."""
    n = tree.n
    own = tree.mask[n] | np.asarray(blocks.inline_mask, dtype=np.int64)
    bits = np.arange(len(FLAGS))

    def spread(masks: NDArray[np.int64]) -> NDArray[np.int64]:
        return (masks[:, None] >> bits) & 1

    near = np.where(spread(own), 3, np.where(spread(tree.mask[tree.p]), 2, spread(tree.mask[tree.g])))
    under = (tree.flags[n][:, None] >> np.arange(len(ANCESTOR))) & 1
    return np.concatenate([spread(below[n]), near, spread(tree.above[n] | tree.mask[n]), under], axis=1)


#: A line of links is looked at where its container holds at least this share of the page's prose.
LINKS_NEAR_PROSE = 0.15


def _dead(tree: Tree, columns: Columns, menu: NDArray[np.bool_], edge: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The blocks that are menus and link lists beyond doubt: they are never classified.

    A linked subheading, a linked sentence or a row of links between paragraphs is no menu.
    """
    in_prose = np.maximum(columns["own_parent"], columns["children_parent"]) > LINKS_NEAR_PROSE
    is_heading = _IS_HEADING[columns["tag"]] | _IS_HEADING[columns["tag_parent"]]
    between = (columns["side"] == 0) & (columns["join"] == 0)
    dead: NDArray[np.bool_] = (menu & ~(in_prose | is_heading | between)) | (edge & (columns["words"] < 40))
    return dead


def _since(marks: NDArray[np.bool_], position: Array) -> Array:
    """Blocks since the last marked one, at most 60; -1 before the first."""
    last = np.maximum.accumulate(np.where(marks, position, -1.0))
    return np.where(last >= 0, np.minimum(position - last, 60), -1.0).astype(np.float32)


def _window(values: NDArray[Any], radius: int) -> NDArray[Any]:
    """Mean over the rows up to *radius* away on either side."""
    count = len(values)
    sums = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    at = np.arange(count)
    low, high = np.maximum(at - radius, 0), np.minimum(at + radius + 1, count)
    mean: NDArray[Any] = (sums[high] - sums[low]) / (high - low)[:, None]
    return mean


def _shift(values: NDArray[Any], by: int, fill: float) -> NDArray[Any]:
    """The row *by* places further on, *fill* where there is none."""
    out = np.full_like(values, fill)
    if by > 0:
        out[:-by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


#: Lines that begin with a word for publication: words of one, and how many are looked at.
LABELLED_WORDS, MAX_LABELLED = 12, 5
#: Characters of a line that is a date and hardly anything else, and the most of them that are looked at.
DATED_CHARACTERS, MAX_DATED = 40, 3
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


#: Characters of a short line in a script whose characters count as words.
SHORT_WITHOUT_SPACES = 80


def _is_short(text: str) -> bool:
    return len(text) < SHORT_WITHOUT_SPACES and not text.isascii() and bool(CJK.search(text))


def near_heading(blocks: Blocks, table: Table, before: int = 8, after: int = 16) -> list[str]:
    """Short lines around the heading, nearest first, those below it before those above.

    After them lines from anywhere that begin with a word for publication: some themes print the day below the text.
    Last short lines with a year in them, where they are few: a list of stories has many.
    """
    at = max(table.heading, 0)
    below = range(at, min(len(blocks.text), at + after))
    above = range(at - 1, max(-1, at - before - 1), -1)
    sizes = table.words.tolist()
    near = [blocks.text[i] for i in (*below, *above) if sizes[i] < 20 or _is_short(blocks.text[i])]
    short = [text for text, words in zip(blocks.text, sizes, strict=True) if words < LABELLED_WORDS]
    dated = [text for text in short if len(text) < DATED_CHARACTERS and _YEAR.search(text)]
    alone = dated if len(set(dated)) <= MAX_DATED else []
    return near + [text for text in short if is_called_published(text)][:MAX_LABELLED] + alone
