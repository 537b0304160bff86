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
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.html.dates import is_called_published
from newscrawl.html.literals import MOST_BEGINNINGS, Beginnings

from . import lexical
from .blocks import ANCESTOR, CONSENT, FLAGS, TAGS, Blocks
from .grams import CJK, HEAD, Grams, changes, marks_of, unspaced_characters, words_of
from .lexical import Lexical

__all__ = ["NAMES", "Hints", "Table", "Tree", "build", "runs", "span", "tags"]

Array = NDArray[np.float32]


def tags(*names: str) -> NDArray[np.bool_]:
    """For the number of each tag whether it is one of *names*."""
    out = np.zeros(max(TAGS.values()) + 1, dtype=bool)
    out[[TAGS[name] for name in names]] = True
    return out


_IS_HEADING = tags("h1", "h2", "h3", "h4", "h5", "h6")

_BULLETS = "•·▪►➤→>»*-–—"
_BULLET = re.compile(rf"^\s*[{re.escape(_BULLETS)}]\s")
# A time, a day or a year, not within a word. What it begins with comes first: other characters are passed over.
_TIME = re.compile(
    r"[\d年](?:(?<=\d)(?<!\w.)(?:\d?[:.h]\d{2}\b|\d?[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b|(?:(?<=1)9|(?<=2)0)\d\d\b)|(?<=年)\d{1,2}月)"
)
#: Words at the start of lines that lead to other stories.
LEADS_ON = re.compile(
    r"(?i)^\s*(?:read|see|watch|listen|click|more|also|related|recommended|up next|next|previous|lesen|mehr|lire|voir|aussi|lea|leer|ver|vea|leggi|guarda|lees|les også|läs|ler|leia|czytaj|читайте|ещё|più|más|plus|similar|trending|popular|don'?t miss|you may|you might|in pictures|in case you missed|関連|続きを|あわせて|관련|相关|延伸|المزيد|اقرأ|شاهد|קראו|devamı|ayrıca)\b"
)
_BYLINE = re.compile(
    r"(?i)^\s*(?:by|von|par|por|di|door|av|af|text|author|autor\w*|written by|reporting by|posted|published|updated|last (?:updated|modified)|stand|veröffentlicht|aktualisiert|publié|mis à jour|publicado|actualizado|pubblicato|gepubliceerd|publicerad|опубликовано)\b"
)

_BULLETED, _LEADING, _BY = 1, 2, 4


class _Starts(dict[str, int]):
    """For the first two characters of a text which of three patterns may match at its start, as bits."""

    def __init__(self) -> None:
        super().__init__()
        self._leading, self._by = Beginnings(LEADS_ON), Beginnings(_BYLINE)

    def __missing__(self, start: str) -> int:
        if start[:1].isspace():
            return _BULLETED | _LEADING | _BY  # the patterns pass over it
        may = _BULLETED * (start[:1] in _BULLETS) | _LEADING * self._leading[start] | _BY * self._by[start]
        if len(self) < MOST_BEGINNINGS:
            self[start] = may
        return may


_MAY_BEGIN = _Starts()


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
#: For each word the groups that it is of, as bits.
_MEMBERS = {
    word: sum(1 << bit for bit, group in enumerate(_GROUPS.values()) if word in group)
    for word in frozenset().union(*_GROUPS.values())
}


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

    They stand in the order in which they open: behind a node come the nodes in it, up to ``end``. ``n``, ``p``, ``g``,
    ``gg``: the node of each block, its parent, grandparent and great-grandparent; ``line``: the four as rows;
    ``of_block``: the tag of each block; ``first``: the first block of the same text.
    """

    __slots__ = (
        "above",
        "depth",
        "end",
        "first",
        "flags",
        "g",
        "gg",
        "line",
        "mask",
        "n",
        "of_block",
        "p",
        "parent",
        "place",
        "raw_parent",
        "sig",
        "size",
        "tag",
    )

    def __init__(self, blocks: Blocks) -> None:
        def of(values: list[int]) -> NDArray[np.int64]:
            return np.asarray(values, dtype=np.int64)

        self.n = of(blocks.node)
        self.raw_parent = of(blocks.node_parent)
        self.parent = np.maximum(self.raw_parent, 0)
        self.depth, self.tag = of(blocks.node_depth), of(blocks.node_tag)
        self.mask, self.above, self.flags = of(blocks.node_mask), of(blocks.node_above), of(blocks.node_flags)
        self.sig = of(blocks.node_sig)[self.n]
        self.size = len(self.parent)
        self.place = np.arange(self.size)
        self.end = self.place + of(_held(blocks.node_parent))
        self.line = np.empty((4, len(self.n)), dtype=np.int64)
        self.line[0] = self.n
        for above in range(1, 4):
            self.line[above] = self.parent[self.line[above - 1]]
        _, self.p, self.g, self.gg = self.line
        self.of_block = self.tag[self.n]
        seen: dict[str, int] = {}
        self.first = of([seen.setdefault(text, i) for i, text in enumerate(blocks.text)])

    def own(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of block *values* over each node itself."""
        return np.asarray(np.bincount(self.n, weights=values, minlength=self.size), dtype=np.float64)

    def subtree(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of node *values* (a row a node, or a number) over each node's subtree.

        They are differences of running sums, which loses nothing: numbers of 32 bits add up to less than 64 hold.
        """
        sums = np.zeros((self.size + 1, *values.shape[1:]))
        values.cumsum(axis=0, out=sums[1:])
        out: NDArray[np.float64] = sums[self.end] - sums[:-1]
        return out

    def children(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of node *values* over each node's children."""
        return np.asarray(np.bincount(self.parent[1:], weights=values[1:], minlength=self.size), dtype=np.float64)

    def around(self, node: int) -> NDArray[np.bool_]:
        """*node* and the nodes that hold it."""
        out: NDArray[np.bool_] = (self.place <= node) & (self.end > node)
        return out

    def inside(self, marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The nodes that *marks* holds, and all that stand in them."""
        return self._number_around(np.flatnonzero(marks)) > 0

    def _number_around(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """In how many of *nodes* each node stands, itself included."""
        opened = np.bincount(nodes, minlength=self.size + 1) - np.bincount(self.end[nodes], minlength=self.size + 1)
        out: NDArray[np.int64] = opened.cumsum()[:-1]
        return out

    def from_path(self, bottom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each node the steps from *bottom* up to where its path joins, and from there down to the node."""
        path = np.flatnonzero(self.around(bottom))
        join = len(path) - self._number_around(path)
        return join, self.depth - self.depth[bottom] + join

    def by_signature(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of block *values* over all blocks of the same signature."""
        return np.asarray(np.bincount(self.sig, weights=values)[self.sig], dtype=np.float64)


def _held(parents: list[int]) -> list[int]:
    """How many nodes stand in each one, itself included. *parents*: those of nodes in the order in which they open."""
    out = [1] * len(parents)
    for node in range(len(parents) - 1, 0, -1):
        out[parents[node]] += out[node]
    return out


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


def span(column: dict[str, int], names: str) -> slice:
    """Where in *column* the columns of *names* stand, which stand side by side."""
    at = [column[name] for name in names.split()]
    if at != list(range(at[0], at[-1] + 1)):
        raise ValueError(f"not side by side: {names}")
    return slice(at[0], at[-1] + 1)


def _span(names: str) -> slice:
    return span(COLUMN, names)


def build(blocks: Blocks, hints: Hints) -> Table:
    """The features of *blocks*, in the order of :data:`NAMES`."""
    tree = Tree(blocks)
    if not blocks.text:
        none = np.zeros(0, dtype=bool)
        empty = np.zeros((0, len(NAMES)), dtype=np.float32)
        return Table(empty, np.zeros(0, dtype=np.float32), none, none, -1, tree, Grams([]))
    found = lexical.count(blocks.text)
    words = found.words
    # Column by column in memory: so they are written, and so the forests ask for them. Here a row is a column.
    rows = np.empty((len(NAMES), len(words)), dtype=np.float32)
    link = _text_columns(rows, blocks, tree, found)
    menu = (link > 0.8) & (words < 15)
    # Two blocks of three are lines of menus; of these only the headings are read word by word.
    skipped = menu & ~_IS_HEADING[tree.of_block]
    grams = Grams(blocks.text, found.unspaced_characters, _told(hints))
    heading = _cue_columns(rows, blocks, hints, found, grams, tree, ~skipped)
    content = (words >= 8) & (found.ends | (found.stops >= 2)) & (link < 0.5)
    sums = _Sums(tree, words, link, content)
    mass, below, edges = _mass(tree, sums, words, heading, content)
    near, family = _mass_columns(rows, tree, found, link, content, mass, sums)
    between = _place_columns(rows, tree, words, link, content, mass, family, heading)
    _since_columns(rows, words, content)
    _neighbour_columns(rows, tree)
    _flag_columns(rows, tree, blocks, below)
    for name, inside in edges.items():
        rows[COLUMN[f"under_{name}"]] = inside
    dead = _dead(tree, near, between, menu) | ((edges["nav"] | edges["footer"]) & (words < 40))
    live = ~dead & ((below[tree.n] & CONSENT) == 0)
    return Table(rows.T, words, content, live, heading, tree, grams, found, mass)


_COUNTED = tuple(name for name in _TEXT if name in Lexical._fields)


def _text_columns(rows: Array, blocks: Blocks, tree: Tree, found: Lexical) -> Array:
    """Write the columns of :data:`_TEXT`; the share of characters in links."""
    chars = found.chars
    for name in _COUNTED:
        rows[COLUMN[name]] = getattr(found, name)
    link: Array = np.minimum(1, np.asarray(blocks.link_chars, dtype=np.float32) / chars)
    rows[COLUMN["word_length"]] = chars / np.maximum(1, found.words)
    rows[COLUMN["links"]] = blocks.links
    rows[COLUMN["link_share"]] = link
    rows[COLUMN["bold_share"]] = np.minimum(1, np.asarray(blocks.bold_chars, dtype=np.float32) / chars)
    rows[COLUMN["repeats"]] = np.bincount(tree.first)[tree.first]
    return link


#: Bits of the number of a word behind that of its block. No page has two million different words.
_WORD_BITS = 21


def _cue_columns(
    rows: Array, blocks: Blocks, hints: Hints, found: Lexical, grams: Grams, tree: Tree, read: NDArray[np.bool_]
) -> int:
    """Write the columns of :data:`_CUE` for the blocks *read*; the block of the heading, -1 where there is none."""
    rows[COLUMN[_CUE[0]] : COLUMN[_CUE[-1]] + 1] = 0
    # The different words of each block, as numbers.
    owner = np.arange(len(read)).repeat(grams.start[1:] - grams.start[:-1])
    here = read[owner]
    held = (owner[here] << _WORD_BITS) | grams.words[here]
    held.sort()
    held = held[changes(held)]
    block, word = held >> _WORD_BITS, held & ((1 << _WORD_BITS) - 1)
    _word_cues(rows, grams, block, word)
    _pattern_cues(rows, blocks, found, grams, read)
    _name_cues(rows, blocks, hints, found, grams, read)
    _hint_cues(rows, hints, found, grams, read)
    is_h1 = tree.of_block == TAGS["h1"]
    heading = _title_cues(rows, blocks, hints, grams, (block, word), found.chars, is_h1)
    if heading < 0 and (read & is_h1).any():
        heading = int(np.argmax(read & is_h1))
    return heading


@cache
def _cues() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What the cue words are known by, the least first; the groups of each, as bits. Made once a process."""
    words = sorted(_MEMBERS)
    marks = marks_of(words)
    order = marks.argsort()
    return marks[order], np.array([_MEMBERS[word] for word in words])[order]


def _word_cues(rows: Array, grams: Grams, block: NDArray[np.int64], word: NDArray[np.int64]) -> None:
    """How many different words of each group stand in a block. *block* holds *word*."""
    marks, groups = _cues()
    member = np.zeros(grams.count + 1, dtype=np.int64)
    member[grams.numbers(marks)] = groups
    member[0] = 0
    groups = member[word]
    held = np.flatnonzero(groups)
    at, bit = np.nonzero(groups[held][:, None] & _GROUP_BITS)
    count = rows.shape[1]
    number = np.bincount(bit * count + block[held][at], minlength=len(_GROUPS) * count)
    rows[_GROUP_ROWS] = number.reshape(len(_GROUPS), count)


_GROUP_BITS = 1 << np.arange(len(_GROUPS))
_GROUP_ROWS = [COLUMN[name] for name in _GROUPS]


def _pattern_cues(rows: Array, blocks: Blocks, found: Lexical, grams: Grams, read: NDArray[np.bool_]) -> None:
    """What the beginnings of the blocks *read* say, where they are not long."""
    at = np.flatnonzero(read & (found.chars < 700))
    timed = (found.digits[at] > 0) | (found.unspaced[at] > 0)  # Thai and other digits are among those
    whole = "".join(blocks.text)
    owned, mailed = "©" in whole, "@" in whole
    for i, digits in zip(at.tolist(), timed.tolist(), strict=True):
        text = blocks.text[i]
        may = _MAY_BEGIN[text[:2]]
        if not (may or digits or owned or mailed):
            continue
        head = text[:HEAD]
        if may & _BULLETED and _BULLET.match(head):
            rows[_BULLET_AT, i] = 1
        if digits and len(text) < 200 and _TIME.search(head):
            rows[_TIME_AT, i] = 1
        if owned and "©" in head:
            rows[_OWNER_AT, i] = 1
        if mailed and "@" in head:
            rows[_MAIL_AT, i] = 1
        if may & _LEADING and LEADS_ON.match(head):
            rows[_MORE_AT, i] = 1
        if may & _BY and _BYLINE.match(head):
            rows[_BYLINE_AT, i] = 1


_BULLET_AT, _TIME_AT, _OWNER_AT, _MAIL_AT, _MORE_AT, _BYLINE_AT = (
    COLUMN[name] for name in "bullet time owner mail more byline".split()
)


def _title_cues(
    rows: Array,
    blocks: Blocks,
    hints: Hints,
    grams: Grams,
    held: tuple[NDArray[np.int64], NDArray[np.int64]],
    chars: Array,
    is_h1: NDArray[np.bool_],
) -> int:
    """How much of the title stands in each block; the block that is the heading, or -1. *held*: blocks and their words."""
    words = np.unique(grams.others[_TITLE])
    number = len(words)
    if not number:
        return -1
    block, word = held
    count = len(is_h1)
    marked = np.zeros(grams.count + 1, dtype=bool)
    marked[words] = True
    shared = np.bincount(block[marked[word]], minlength=count)
    some = np.flatnonzero((shared > 0) & (chars < 500))
    shared, size = shared[some], np.bincount(block, minlength=count)[some]
    rows[COLUMN["title_share"], some] = shared / number
    rows[COLUMN["title_in"], some] = shared / size
    line = _fold(hints.title or "")
    heading, best = -1, 0.0
    for at in np.flatnonzero(shared >= 0.6 * number).tolist():
        i = int(some[at])
        rows[COLUMN["title_equal"], i] = _fold(blocks.text[i]) == line
        score = 2.0 * int(shared[at]) / (int(size[at]) + number) + bool(is_h1[i])
        if score > best:
            heading, best = i, score
    return heading


def _name_cues(
    rows: Array, blocks: Blocks, hints: Hints, found: Lexical, grams: Grams, read: NDArray[np.bool_]
) -> None:
    """Which blocks name an author."""
    names = [name.casefold() for name in hints.authors if len(name) > 3][:10]
    if not names:
        return
    for i in grams.may_hold(names):
        if read[i] and found.chars[i] < HEAD and any(map(blocks.text[i].casefold().__contains__, names)):
            rows[COLUMN["author"], i] = 1
            rows[COLUMN["short_author"], i] = found.chars[i] < 80


#: The texts that blocks are compared with, in their order.
_TITLE, _DESCRIPTION, _DECLARED = range(3)
#: Characters of a description and of a declared text from which on blocks are compared with them.
_LEAST_DESCRIPTION, _LEAST_DECLARED = 30, 400


def _told(hints: Hints) -> tuple[str, str, str]:
    """The title, the description and the text that the page declares: the last two only where they are long enough."""
    description, declared = hints.description or "", hints.article_body or ""
    return (
        hints.title or "",
        description if len(description) > _LEAST_DESCRIPTION else "",
        declared if len(declared) > _LEAST_DECLARED else "",
    )


def _hint_cues(rows: Array, hints: Hints, found: Lexical, grams: Grams, read: NDArray[np.bool_]) -> None:
    """How much of each block stands in the description and in the text that the page declares."""
    rows[COLUMN["body_share"]] = -1
    told = _told(hints)
    looked = read & (found.chars > 20)
    if not told[_DECLARED]:
        looked &= found.chars < 600
    for name, number in (("desc_share", _DESCRIPTION), ("body_share", _DECLARED)):
        if text := told[number]:
            pairs = grams.pairs()
            both = np.bincount(pairs.block[grams.among(text, grams.others[number])], minlength=len(read))
            rows[COLUMN[name], looked] = both[looked] / pairs.size[looked]


#: What stands in a box of comments or of a consent dialog is no content.
_NEVER = (1 << FLAGS.index("comment")) | CONSENT
_RARELY = sum(1 << FLAGS.index(name) for name in ("footer", "bio", "share"))
#: A <footer> that closes one of these is part of it (the speaker of a quotation), not the foot of the page.
_FOOT_OF = ANCESTOR["blockquote"] | ANCESTOR["figure"]
_EDGES = {TAGS["nav"]: "nav", TAGS["footer"]: "footer"}
#: A <nav> that holds more of the page's prose than this was never closed.
EDGE_SHARE = 0.4


class _Sums:
    """What stands in each node and under it: words, words in links, blocks, words of prose that are not links."""

    __slots__ = ("linked", "number", "own_words", "prose", "raw", "words")

    def __init__(self, tree: Tree, words: Array, link: Array, content: NDArray[np.bool_]) -> None:
        self.raw: Array = np.where(content, words * (1 - link), 0)
        """Words of each block that are prose and not in links."""
        own = (words, words * link, np.ones(len(words)), self.raw)
        self.words, self.linked, self.number, self.prose = tree.subtree(np.stack([tree.own(v) for v in own], axis=1)).T


def _edges(
    tree: Tree, share: NDArray[np.float64], heading: int, held: NDArray[np.bool_]
) -> dict[str, NDArray[np.bool_]]:
    """The blocks in a <nav> and in the foot of the page, by name. *share*: words of prose that stand in each node.

    One that holds the heading is none; nor is a <nav> that holds much of the prose. A foot may: the page says little else.
    """
    open_menu = share > EDGE_SHARE * max(1.0, float(share[0]))
    out = {}
    for number, name in _EDGES.items():
        inside = (tree.tag == number) & ~held
        if name == "footer":
            inside &= tree.flags & _FOOT_OF == 0
        if name == "nav" or heading < 0:
            inside &= ~open_menu
        out[name] = tree.inside(inside)[tree.n] if inside.any() else np.zeros(len(tree.n), dtype=bool)
    return out


def _mass(
    tree: Tree, sums: _Sums, words: Array, heading: int, content: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.int64], dict[str, NDArray[np.bool_]]]:
    """Content mass of each block, the class words that count against each node, and the blocks of menus and feet."""
    # The nodes that hold the heading; none where there is no heading.
    held = tree.around(int(tree.n[heading])) if heading >= 0 else np.zeros(tree.size, dtype=bool)
    below = _below(tree, sums.words, heading, held, content)
    edges = _edges(tree, sums.prose, heading, held)
    counted = below[tree.n]
    never = ((counted & _NEVER) > 0) | edges["nav"] | edges["footer"]
    weight = np.where(never, 0.0, np.where(counted & _RARELY, 0.3, 1.0))
    return (sums.raw * weight).astype(np.float32), below, edges


def _below(
    tree: Tree, share: NDArray[np.float64], heading: int, held: NDArray[np.bool_], content: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The masks of each node and its ancestors that may count against it. *share*: words that stand in each node.

    <body class="has-comments sidebar-right"> says nothing: ancestors that hold the heading or most of the page's
    words do not count, but for comments and consent dialogs beside the heading: they may be longer than all else. Nor do those of the first prose below the heading: an article may stand in
    <div class="comment-piece">, but comments never stand right below the headline.
    """
    own = np.where(share > 0.7 * share[0], tree.mask & _NEVER if heading >= 0 else 0, tree.mask)
    if heading >= 0:
        own[held] = 0
        after = np.flatnonzero(content[heading + 1 : heading + 20])
        if len(after):
            own[tree.around(int(tree.n[heading + 1 + int(after[0])]))] = 0
    out = own.tolist()
    for node, parent in enumerate(tree.parent.tolist()):  # parents stand before their children
        out[node] |= out[parent]
    return np.asarray(out, dtype=np.int64)


_OWN, _SUB = _span("own_node own_parent"), _span("sub_parent sub_grand sub_great")
_CHILDREN, _FAMILY = _span("children_parent children_grand"), _span("family_node family_parent family_grand")
_RAW, _LOG_SUB = _span("raw_parent raw_grand raw_great"), _span("log_sub_parent log_sub_grand")
_LINKS, _PROSE = _span("link_parent link_grand link_great"), _span("prose_parent prose_grand")
_NUMBER = _span("log_number log_number_parent log_number_grand")


def _mass_columns(
    rows: Array,
    tree: Tree,
    found: Lexical,
    link: Array,
    content: NDArray[np.bool_],
    mass: Array,
    sums: _Sums,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Write the columns of :data:`_MASS`; the blocks whose container holds much of the page's prose.

    Returned beside them: the mass of each node, its children, and half of what stands one deeper, which is that of the
    paragraphs of one container.
    """
    words, log = found.words, np.log1p
    count = len(words)
    total = float(mass.sum()) or 1.0
    own = tree.own(mass)
    sub, children = tree.subtree(own), tree.children(own)
    family = own + children + 0.5 * tree.children(children)
    line, over, near = tree.line, tree.line[1:], tree.line[1:3]
    held = np.maximum(1, sums.words)
    sig_number, sig_words = tree.by_signature(np.ones(count)), tree.by_signature(words)
    in_own, in_children = own[line[:2]] / total, children[near] / total
    rows[COLUMN["log_chars"]] = log(found.chars)
    rows[COLUMN["log_words"]] = log(words)
    rows[COLUMN["log_free"]] = log(words * (1 - link))
    rows[COLUMN["content"]] = content
    rows[COLUMN["log_total"]] = log(total)
    rows[COLUMN["log_count"]] = log(count)
    rows[COLUMN["mass"]] = mass / total
    rows[_OWN] = in_own
    rows[_SUB] = sub[over] / total
    rows[_CHILDREN] = in_children
    rows[_FAMILY] = family[line[:3]] / total
    rows[_RAW] = sums.prose[over] / (float(sums.raw.sum()) or 1.0)
    rows[_LOG_SUB] = log(sub[near])
    rows[_LINKS] = sums.linked[over] / held[over]
    rows[_PROSE] = sub[near] / held[near]
    rows[_NUMBER] = log(sums.number[line[:3]])
    rows[COLUMN["sig_mass"]] = tree.by_signature(mass) / total
    rows[COLUMN["sig_number"]] = log(sig_number)
    rows[COLUMN["sig_link"]] = tree.by_signature(words * link) / np.maximum(1, sig_words)
    rows[COLUMN["sig_content"]] = tree.by_signature(content) / sig_number
    rows[COLUMN["sig_words"]] = log(sig_words)
    return np.maximum(in_own[1], in_children[0]) > LINKS_NEAR_PROSE, family


_TAG = _span("tag tag_parent tag_grand")


def _place_columns(
    rows: Array,
    tree: Tree,
    words: Array,
    link: Array,
    content: NDArray[np.bool_],
    mass: Array,
    family: NDArray[np.float64],
    heading: int,
) -> NDArray[np.bool_]:
    """Write the columns of :data:`_PLACE`: where a block stands in the main container, the page, below the heading.

    Returned: the blocks that stand in the main container between the first and the last prose of it.
    """
    count = len(words)
    total = float(mass.sum()) or 1.0
    main = int(np.argmax(family))
    node_join, node_climb = tree.from_path(main)
    join, climb = node_join[tree.n], node_climb[tree.n]
    position = np.arange(count, dtype=np.float32)
    before = mass.cumsum() - mass
    all_words = float(words.sum()) or 1.0
    at_main = join == 0
    inside = np.flatnonzero(content & at_main)
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, count - 1)
    to_next, to_last = _to_content(content, position)
    side = np.where(position < first, -1, np.where(position > last, 1, 0))
    depth = tree.depth[tree.n]
    rows[COLUMN["join"]] = join
    rows[COLUMN["climb"]] = climb
    rows[COLUMN["steps"]] = join + climb
    rows[COLUMN["main_family"]] = family[main] / total
    rows[COLUMN["main_sub"]] = float(mass[at_main].sum()) / total
    rows[COLUMN["depth"]] = depth
    rows[COLUMN["depth_main"]] = depth - tree.depth[main]
    rows[COLUMN["position"]] = position / max(1, count)
    rows[COLUMN["before"]] = before / total
    rows[COLUMN["words_before"]] = (words.cumsum() - words) / all_words
    rows[COLUMN["from_first"]] = position - first
    rows[COLUMN["from_last"]] = position - last
    rows[COLUMN["side"]] = side
    rows[COLUMN["to_next"]] = to_next
    rows[COLUMN["to_last"]] = to_last
    rows[COLUMN["from_heading"]] = position - heading if heading >= 0 else -99
    rows[COLUMN["mass_from_heading"]] = (before - before[heading]) / total if heading >= 0 else -1
    rows[COLUMN["has_heading"]] = heading >= 0
    rows[_TAG] = tree.tag[tree.line[:3]]
    rows[COLUMN["page_links"]] = float((words * link).sum()) / all_words
    between: NDArray[np.bool_] = (side == 0) & at_main
    return between


def _to_content(content: NDArray[np.bool_], position: Array) -> tuple[NDArray[Any] | float, NDArray[Any] | float]:
    """Blocks to the next and from the last block of prose, at most 50; 50 where there is none."""
    at = np.flatnonzero(content)
    if not len(at):
        return 50.0, 50.0
    index = at.searchsorted(np.arange(len(content)))
    following = np.where(index < len(at), at[np.minimum(index, len(at) - 1)] - position, 50)
    last = np.where(index > 0, position - at[np.maximum(index - 1, 0)], 50)
    return np.minimum(following, 50), np.minimum(last, 50)


_SINCE_ROWS, _AROUND_ROWS = ([COLUMN[name] for name in names] for names in (_SINCE, _AROUND))
_SINCE_SPAN = _span(" ".join(f"since_{name}" for name in _SINCE))
_AROUND_SPAN = _span(" ".join(f"around_{name}" for name in _AROUND))


def _since_columns(rows: Array, words: Array, content: NDArray[np.bool_]) -> None:
    """Write: blocks since the last short line that opens comments, further reading or a sign-up box; cues close by."""
    short = (words < 12) & ~content
    position = np.arange(len(content), dtype=np.float32)
    last = np.maximum.accumulate(np.where(short & (rows[_SINCE_ROWS] > 0), position, np.float32(-1)), axis=1)
    # At most 60; -1 before the first.
    rows[_SINCE_SPAN] = np.where(last >= 0, np.minimum(position - last, 60), np.float32(-1))
    rows[_AROUND_SPAN] = _window(np.minimum(rows[_AROUND_ROWS], 2), 4)


_CORE_ROWS = [COLUMN[name] for name in _CORE]
_SHIFTED = _span(" ".join(name for name in NAMES if "@" in name))
_CLOSE = "tag join title_share colon digits".split()
_CLOSE_ROWS = [COLUMN[name] for name in _CLOSE]
_CORE_SPANS = {shift: _span(" ".join(f"{name}@{shift}" for name in _CORE)) for shift in _SHIFTS}
_CLOSE_SPANS = {shift: _span(" ".join(f"{name}@{shift}" for name in _CLOSE)) for shift in (-1, 1)}


def _neighbour_columns(rows: Array, tree: Tree) -> None:
    """Write the same of neighbours: five core columns, whether they share the parent or the signature, their tags."""
    rows[_SHIFTED] = 0
    core = rows[_CORE_ROWS]
    for by in (1, 2, 3):
        rows[_CORE_SPANS[by], :-by] = core[:, by:]
        rows[_CORE_SPANS[-by], by:] = core[:, :-by]
        for name, own in (("same_parent", tree.p), ("same_sig", tree.sig)):
            same = own[by:] == own[:-by]
            rows[COLUMN[f"{name}@{by}"], :-by] = same
            rows[COLUMN[f"{name}@{-by}"], by:] = same
    close = rows[_CLOSE_ROWS]
    rows[_CLOSE_SPANS[1], :-1] = close[:, 1:]
    rows[_CLOSE_SPANS[-1], 1:] = close[:, :-1]


_BELOW, _NEAR, _IN = (_span(" ".join(f"{where}_{flag}" for flag in FLAGS)) for where in ("below", "near", "in"))
_UNDER = _span(" ".join(f"under_{name}" for name in ANCESTOR))


def _flag_columns(rows: Array, tree: Tree, blocks: Blocks, below: NDArray[np.int64]) -> None:
    """Write groups of class words: on ancestors that may count against the block, near it (3 own, 2 parent, 1 grandparent), anywhere above."""
    n = tree.n
    masks = np.empty((6, len(n)), dtype="<i8")
    masks[0] = below[n]
    masks[1:4] = tree.mask[tree.line[:3]]
    masks[4] = tree.above[n] | masks[1]
    masks[5] = tree.flags[n]
    masks[1] |= blocks.inline_mask
    # A row for each bit.
    bits = np.unpackbits(masks.view(np.uint8).reshape(6, len(n), 8), axis=2, bitorder="little").transpose(0, 2, 1)
    flags = bits[:, : len(FLAGS)]
    rows[_BELOW], rows[_IN] = flags[0], flags[4]
    rows[_NEAR] = np.maximum(flags[1] * np.uint8(3), np.maximum(flags[2] * np.uint8(2), flags[3]))
    rows[_UNDER] = bits[5, : len(ANCESTOR)]


#: A line of links is looked at where its container holds at least this share of the page's prose.
LINKS_NEAR_PROSE = 0.15


def _dead(
    tree: Tree, near: NDArray[np.bool_], between: NDArray[np.bool_], menu: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The blocks that are menus and link lists beyond doubt: they are never classified.

    A linked subheading, a linked sentence or a row of links between paragraphs is no menu.
    """
    is_heading = _IS_HEADING[tree.tag]
    dead: NDArray[np.bool_] = menu & ~(near | is_heading[tree.n] | is_heading[tree.p] | between)
    return dead


def _window(values: NDArray[Any], radius: int) -> NDArray[Any]:
    """Mean over the columns up to *radius* away on either side."""
    count = values.shape[1]
    sums = np.zeros((len(values), count + 1), dtype=values.dtype)
    values.cumsum(axis=1, out=sums[:, 1:])
    at = np.arange(count)
    low, high = np.maximum(at - radius, 0), np.minimum(at + radius + 1, count)
    mean: NDArray[Any] = (sums[:, high] - sums[:, low]) / (high - low)
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
    texts = blocks.text
    if table.lexical is None:
        return []
    at = max(table.heading, 0)
    below = range(at, min(len(texts), at + after))
    above = range(at - 1, max(-1, at - before - 1), -1)
    near = [texts[i] for i in (*below, *above) if table.words[i] < 20 or _is_short(texts[i])]
    is_short = table.words < LABELLED_WORDS
    may_be_dated = is_short & (table.lexical.chars < DATED_CHARACTERS) & (table.lexical.digits > 0)
    dated = [texts[i] for i in np.flatnonzero(may_be_dated).tolist() if _YEAR.search(texts[i])]
    alone = dated if len(set(dated)) <= MAX_DATED else []
    short = (texts[i] for i in np.flatnonzero(is_short).tolist())
    return near + list(islice(filter(is_called_published, short), MAX_LABELLED)) + alone
