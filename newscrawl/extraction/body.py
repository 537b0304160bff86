# ruff: noqa: E501 - patterns
"""The article's text: which blocks of the page belong to it.

``blocks`` cuts the page, ``features`` describes each block, ``model`` gives each
a probability, ``context`` looks a second time with all of a page's
probabilities at hand, ``witness`` brings in another copy where there is one
that can be trusted, and here the blocks are chosen and joined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.html.opening import Clock
from newscrawl.text import clean_text

from . import apart, beside, context, features, model, pagekind, witness
from .blocks import ANCESTOR, FLAGS, TAGS, Blocks
from .features import Array, Hints, Table
from .grams import Grams

__all__ = ["Body", "Reading", "choose", "read", "spread", "weigh"]

#: A copy stands on a page nearly whole where so many of its shingles do.
NEARLY_WHOLE = 0.8
#: With a witness, a block is taken from this probability on.
THRESHOLD = 0.5
#: Without one, the probability from which on blocks are taken is the page's own (:func:`expected_best`), between these.
LOWEST, HIGHEST = 0.15, 0.6
#: What nobody sees is no text, unless it is this share of the text: then a script shows it.
UNSEEN_SHARE = 0.5
#: Where no block reaches it, those near the most likely one are taken, if that one is likely enough.
FALLBACK_FLOOR = 0.15
FALLBACK_SHARE = 0.6
#: A block whose shingles stand to this share in what was taken before is a repeat.
REPEAT_SHARE = 0.95
#: A second copy goes when it is this share of the text.
DOUBLED_SHARE = 0.3

#: What the forests see, in the weights' order: the first the features, the second the context as well, the third the
#: witness's columns alone, the fourth the page as a whole.
NAMES = (*features.NAMES, *context.NAMES, *witness.NAMES, *(f"page_{name}" for name in pagekind.NAMES))


#: Lines that editors' systems put between paragraphs of the same markup; read only where they are short.
_PROMO = re.compile(
    r"(?i)^\W{0,3}(?:(?:article|story|post) continues (?:after|below)|(?:continue reading|scroll down)\b|advertisement\W{0,3}$|anzeige\W{0,3}$"
    r"|publicité\W{0,3}$|publicidad\W{0,3}$|reklama?\W{0,3}$|(?:sign up|subscribe|register) (?:for|to)\b.{0,80}\b(?:newsletters?|(?:daily|weekly|morning|evening|monthly|free) (?:letter|briefing|digest|e-?mails?|updates))\b"
    r"|get .{0,60}\bin your inbox\b|(?:this|the) (?:video|content|audio) can(?: ?not|'t|’t) be (?:played|displayed|shown|loaded)(?: (?:here|right now|at the moment|(?:in|on) your \w+))?\W{0,3}$|to (?:play|view|see|watch) (?:this|the) \w+.{0,20} (?:enable|turn on) javascript\b|(?:(?:share|post|tweet|pin|send|save)(?: this)?(?: \w+)? (?:on|to|via|by|with) (?:facebook|x|twitter|linkedin|whatsapp|telegram|reddit|pinterest|bluesky|threads|e-?mail)|copy (?:the )?link(?: to clipboard)?)\W{0,3}$|(?:also|must|don'?t miss) read\b\W|read (?:also|more|next)\s?[:|–—-])"
)
# A label of at most four words before a colon.
_LABELLED = re.compile(r"\W{0,3}\w+(?:[\s'’-]\w+){0,3}\s?[:：]\s*\S")
# "Read also" in the languages of the press, before a link to another story.
_READ_ALSO = re.compile(
    r"(?i)\W{0,3}(?:(?:read|see|watch|listen) (?:also|more|next)|(?:also|more) (?:read|on this|from)|see also|related(?: \w+)?|lesen sie auch|mehr zum thema|lies auch|auch interessant|zum thema"
    r"|[àa] lire(?: aussi| également)?|lire (?:aussi|également|la suite)|à voir aussi|sur le même sujet|voir aussi|le[ea] también|te puede interesar|mira también|ver también|además lee|llegiu també"
    r"|leggi anche|leggi tutto|vedi anche|leia (?:também|mais)|veja também|saiba mais|lees ook|lees meer|lees verder|læs (?:også|mere)|les (?:også|mer)|läs (?:också|mer|även|vidare)|lue (?:myös|lisää)|lesa meira"
    r"|czytaj (?:też|także|również|więcej)|zobacz (?:też|także|również)|čtěte (?:také|též)|přečtěte si|čítajte (?:aj|tiež)|prečítajte si|olvassa el|kapcsolódó|cite(?:ște|şte) (?:și|şi)|citi(?:ți|ţi) (?:și|şi)|pročitajte|preberite"
    r"|skaityk|skaitykite|lasi arī|loe ka|прочетете|вижте още|читайте (?:также|ще|також)|по теме|διαβάστε|δείτε|ayrıca oku|ilgili haber|bunu da oku|baca juga|xem thêm|đọc thêm|lexo edhe|soma pia"
    r"|اقرأ أيضا|إقرأ أيضا|اقرأ المزيد|شاهد أيضا|بیشتر بخوانید|یہ بھی پڑھیں|קראו גם|ראו גם|यह भी पढ़ें|ये भी पढ़ें|আরও পড়ুন|อ่านเพิ่มเติม|อ่านต่อ|อ่านข่าว|관련 ?기사|関連(?:記事)?|あわせて読みたい|相关阅读|延伸阅读|延伸閱讀|推荐阅读)"
    r"\s{0,3}(?P<sign>[:：>»→|–—-])?"
)
#: Longest of them, in words.
PROMO_WORDS = 30


@dataclass(slots=True)
class Reading:
    """The blocks of one page and what the classifier thinks of each."""

    blocks: Blocks
    table: Table
    first: Array
    second: Array
    final: Array
    measure: witness.Measure | None = None
    trusted: bool = False
    led: bool = False
    """Whether a trusted copy helps to choose the blocks (:func:`witness.may_lead`)."""

    @property
    def copied(self) -> bool:
        """Whether a copy that proved good stands on the page nearly whole."""
        return self.trusted and self.measure is not None and self.measure.found >= NEARLY_WHOLE


@dataclass(slots=True)
class Body:
    """Paragraphs in page order; ``source`` says where they were found."""

    paragraphs: list[str] = field(default_factory=list)
    source: str = "html"
    confidence: float = 0.0
    """Mean probability of the words taken."""

    text: str | None = None
    """The paragraphs joined and cleaned."""

    def __post_init__(self) -> None:
        self.text = clean_text("\n\n".join(self.paragraphs))


def weigh(
    blocks: Blocks, table: Table, copy: str | None = None, forests: dict[str, model.Forest] | None = None
) -> Reading:
    """Give each block its probability, with *copy* as a witness if it proves good."""
    forests = forests or model.load(NAMES)
    live = table.live
    if not live.any():
        none = np.zeros(len(live), dtype=np.float32)
        return Reading(blocks, table, none, none, none)
    rows = table.matrix.T[:, live]
    first = spread(forests["first"].probability(rows.T), live)
    around = context.context(table.tree, first, table.words)
    rows = np.concatenate([rows, around.T[:, live]])
    second = ((first + spread(forests["second"].probability(rows.T), live)) / 2).astype(np.float32)
    out = Reading(blocks, table, first, second, second)
    if copy:
        out.measure = witness.measure(table.grams, table.words, first, copy)
        if witness.verified(out.measure):
            out.trusted = True
            out.led = witness.may_lead(out.measure, table.words)
        if out.led:
            # What stands in the copy is looked at, even where it is a list of links.
            wide = live | witness.matched(out.measure, table.words)
            columns = witness.columns(blocks, table, around, first, second, out.measure)
            out.final = spread(forests["witness"].probability(columns[wide]), wide)
            out.final[witness.surplus(out.measure, out.final > THRESHOLD, second)] = 0
    return out


def spread(values: Array, live: NDArray[np.bool_]) -> Array:
    """*values* of the live blocks among zeros for the others."""
    out = np.zeros(len(live), dtype=np.float32)
    out[live] = values
    return out


def expected_best(p: Array, words: Array) -> float:
    """The probability from which on to take blocks so that the expected F1 of the words is highest.

    With probabilities *p*, a text of the likeliest blocks is expected to hold ``sum(p * words)`` right words; F1 sets
    them against the words taken and all that are expected to be right. Where a page is read with doubt, more is taken.
    """
    order = np.argsort(-p, kind="stable")
    right = np.cumsum((p * words)[order], dtype=np.float64)
    taken = np.cumsum(words[order], dtype=np.float64)
    best = int(np.argmax(2 * right / np.maximum(1e-9, taken + right[-1])))
    return float(min(max(float(p[order[best]]) - 1e-6, LOWEST), HIGHEST))


def choose(reading: Reading) -> NDArray[np.bool_]:
    """The blocks to take."""
    p, words = reading.final, reading.table.words
    if not len(p):
        return p > 0
    taken = p > (THRESHOLD if reading.led else expected_best(p, words))
    if float(words[taken].sum()) < 15:
        top = float(p.max())
        if top >= FALLBACK_FLOOR:
            taken = taken | (p >= FALLBACK_SHARE * top)
    _drop_unseen(reading, taken)
    _drop_outside(reading, taken)
    _drop_promos(reading, taken)
    _drop_box_headings(reading, taken)
    _join_quotations(reading, taken)
    _keep_code(reading, taken)
    if not reading.led:
        _join_definitions(reading, taken)
        _keep_under_headings(reading, taken)
        beside.keep_tables(reading.table, p, taken)
        beside.keep_announced(reading.blocks.text, reading.table, p, taken)
        beside.drop_teasers(reading.blocks.text, reading.table, p, taken)
    apart.drop_articles(reading.table, p, taken)
    apart.drop_columns(reading.table, taken)
    apart.drop_filler(reading.blocks.text, reading.table, taken)
    apart.drop_credits(reading.blocks.text, reading.table, taken)
    beside.drop_consent(reading.blocks.text, reading.table, taken)
    beside.drop_terms(reading.blocks.text, words, taken)
    beside.drop_pieces_again(reading.table, taken)
    repeats = _second_copy(reading, taken)
    # Only where the article stands twice: a refrain, a line of a list or a sentence quoted twice is left alone.
    if repeats and words[repeats].sum() >= DOUBLED_SHARE * words[taken].sum():
        taken[repeats] = False
    return taken


def _drop_promos(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Take out of *taken* the short lines that lead elsewhere: by their words, or by a label ("Read more:") before a link."""
    blocks = reading.blocks
    for i in np.flatnonzero(taken & (reading.table.words < PROMO_WORDS)).tolist():
        line = blocks.text[i][:200]
        linked = blocks.link_chars[i] * 2 >= len(blocks.text[i])
        also = _READ_ALSO.match(line) if linked else None
        labelled = linked and _LABELLED.match(line) and features.LEADS_ON.match(line)
        # A sentence may begin with these words: the sign behind them makes them a label.
        if _PROMO.match(line) or labelled or (also and also["sign"]):
            taken[i] = False


#: Groups of class words of boxes that are not the article's.
_BOX = sum(1 << FLAGS.index(name) for name in ("signup", "related", "share"))
_BOX_HEADINGS = features.tags("h2", "h3", "h4", "h5", "h6")


def _drop_box_headings(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Take out of *taken* the headings of boxes (of a newsletter, of other stories) of which nothing else is taken."""
    tree = reading.table.tree
    marked = taken & _BOX_HEADINGS[tree.of_block] & ((tree.mask[tree.p] & _BOX) > 0)
    if marked.any():
        held = tree.subtree(tree.own(taken.astype(np.float64)))
        taken[marked & (held[tree.p] <= 1)] = False


#: A quotation that is taken whole has no more blocks and words.
QUOTATION_BLOCKS, QUOTATION_WORDS = 6, 150
_QUOTED = ANCESTOR["blockquote"] | ANCESTOR["figure"]
_EMBEDDED = sum(1 << FLAGS.index(name) for name in ("embed", "share"))


def _join_quotations(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Let quotations be whole: what is said and who said it stand in one ``<blockquote>``, or in a ``<figure>`` around it."""
    tree, words = reading.table.tree, reading.table.words
    groups: dict[int, list[int]] = {}
    for i in np.flatnonzero(tree.flags[tree.n] & _QUOTED).tolist():
        groups.setdefault(_quotation(tree, int(tree.n[i])), []).append(i)
    for node, group in groups.items():
        quoted = any(int(tree.flags[tree.n[i]]) & ANCESTOR["blockquote"] for i in group)
        small = len(group) <= QUOTATION_BLOCKS and words[group].sum() <= QUOTATION_WORDS
        if quoted and small and taken[group].any() and not int(tree.mask[node]) & _EMBEDDED:
            taken[group] = True


def _quotation(tree: features.Tree, node: int) -> int:
    """The ``<figure>`` around *node*, else the ``<blockquote>``."""
    found = at = node
    while at >= 0 and int(tree.flags[at]) & _QUOTED:
        if int(tree.tag[at]) in (TAGS["figure"], TAGS["blockquote"]):
            found = at
        at = int(tree.raw_parent[at])
    return found


#: From this mean probability on, a definition list or a table between blocks that are surely text is text.
DEFINITIONS = 0.3
_DEFINITIONS, _ROWS = features.tags("dt", "dd"), features.tags("tr")


def _join_definitions(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Let a definition list or a table in the middle of the text be whole: terms, or some rows, alone say nothing."""
    tree, p, words = reading.table.tree, reading.final, reading.table.words
    for kind in (_DEFINITIONS, _ROWS):
        for start, end in features.runs(kind[tree.of_block]):
            if start == 0 or end == len(p) or min(p[start - 1], p[end]) < beside.SURE:
                continue
            weight = np.maximum(words[start:end], 1)
            if float((p[start:end] * weight).sum() / weight.sum()) >= DEFINITIONS:
                taken[start:end] = True


#: From this probability on, prose right below a heading that is taken is taken.
UNDER_HEADING = 0.35


def _keep_under_headings(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Take what stands right below a heading that is taken, inside the text: a heading without its section is none."""
    tree, p = reading.table.tree, reading.final
    heading = beside.HEADINGS[tree.of_block]
    above = taken & heading
    above[:-1] &= ~taken[1:]
    last = int(np.flatnonzero(taken)[-1]) if taken.any() else -1
    for i in np.flatnonzero(above).tolist():
        at = i + 1
        while at < last and not taken[at] and not heading[at] and tree.p[at] == tree.p[i] and p[at] >= UNDER_HEADING:
            taken[at] = True
            at += 1


#: So many words of text beside comments and the foot of the page are the article.
ARTICLE_WORDS = 40
_OUTSIDE = [features.COLUMN[name] for name in ("below_comment", "under_footer")]


def _drop_outside(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Take out of *taken* what stands in boxes of comments or in the foot of the page, where there is a text beside them."""
    outside = taken & (reading.table.matrix[:, _OUTSIDE] > 0).any(axis=1)
    if outside.any() and reading.table.words[taken & ~outside].sum() >= ARTICLE_WORDS:
        taken[outside] = False


_CODE = TAGS["pre"]


def _keep_code(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Take the code between the first and the last block of the text: it reads like nothing else, and stands nowhere else.

    Code right below the last one is taken where that ends with a colon: a line that announces nothing is none.
    """
    at = np.flatnonzero(taken)
    if len(at):
        tree = reading.table.tree
        code = tree.of_block == _CODE
        end = int(at[-1]) + 1
        if reading.blocks.text[end - 1].endswith((":", "：")):
            while end < len(code) and code[end]:
                end += 1
        inside = slice(int(at[0]), end)
        taken[inside] |= code[inside]


#: What names a section that a reader opens.
_OPENERS = [TAGS[name] for name in ("h2", "h3", "h4", "h5", "h6", "dt", "summary")]


def _drop_unseen(reading: Reading, taken: NDArray[np.bool_]) -> None:
    """Take out of *taken* what nobody sees. A section right below its heading is closed: a reader opens it."""
    tree = reading.table.tree
    hidden = tree.flags & ANCESTOR["hidden"] > 0
    unseen = taken & hidden[tree.n]
    for i in np.flatnonzero(unseen).tolist():
        unseen[i] = not _is_section(tree, hidden, int(tree.n[i]))
    words = reading.table.words
    if unseen.any() and words[unseen].sum() < UNSEEN_SHARE * words[taken].sum():
        taken[unseen] = False


def _is_section(tree: features.Tree, hidden: NDArray[np.bool_], node: int) -> bool:
    """Whether the *hidden* element around *node* stands right behind a heading that is seen."""
    above = tree.raw_parent
    while above[node] >= 0 and hidden[above[node]]:
        node = int(above[node])
    # The element opened before it, or the one around that, is its neighbour.
    before = node - 1
    while before > above[node] and above[before] != above[node]:
        before = int(above[before])
    return bool(before > above[node] and not hidden[before] and tree.tag[before] in _OPENERS)


def _second_copy(reading: Reading, taken: NDArray[np.bool_]) -> list[int]:
    """The longest run of taken blocks that repeats earlier ones in their order.

    A block of six words or more repeats an earlier one when it is the same, or when its shingles stand in it.
    """
    read = taken & (reading.table.words >= 6)
    if not _repeats(reading.table.grams, read):
        return []
    owner: dict[Any, int] = {}
    seen: dict[str, int] = {}
    known: set[Any] = set()  # what will be in *owner*: sets among themselves go by the hashes that they hold already
    waiting: list[tuple[int, frozenset[Any]]] = []
    best: list[int] = []
    run: list[int] = []
    source = -1
    for i in np.flatnonzero(read).tolist():
        text = reading.blocks.text[i]
        at = seen.get(text, -1)
        if at < 0:
            grams = reading.table.grams.of(i)
            shared = grams & known
            if len(shared) >= REPEAT_SHARE * len(grams):
                for place, held in waiting:
                    for gram in held:
                        owner.setdefault(gram, place)
                waiting.clear()
                place, number = Counter(map(owner.__getitem__, shared)).most_common(1)[0]
                at = place if number >= REPEAT_SHARE * len(grams) else -1
            if at < 0:
                run, source = [], -1
                seen[text] = i
                waiting.append((i, grams))
                known |= grams
                continue
        run = [*run, i] if at > source else [i]
        source = at
        if len(run) > len(best):
            best = run
    return best


def _repeats(grams: Grams, read: NDArray[np.bool_]) -> bool:
    """Whether the shingles of any of the blocks *read* may stand in earlier ones: on most pages there is no such block."""
    pairs = grams.pairs()
    held = np.flatnonzero(read[pairs.block])
    kind, block = pairs.rank[held], pairs.block[held]
    place = np.arange(len(held))
    first = np.empty(len(pairs.kinds), dtype=np.int64)
    first[kind[::-1]] = place[::-1]  # of several places the one that is written last stays
    again = block[first[kind] < place]
    if not len(again):
        return False
    return bool((read & (np.bincount(again, minlength=len(read)) >= REPEAT_SHARE * pairs.size)).any())


def read(
    blocks: Blocks, hints: Hints, clock: Clock, copy: str | None = None, boilerplate: Container[str] | None = None
) -> tuple[Body, Reading]:
    """The text of *blocks*, without lines whose casefolded text is in *boilerplate*.

    Raises ``TooSlowError`` by way of *clock*.
    """
    table = features.build(blocks, hints)
    clock.check()
    reading = weigh(blocks, table, copy)
    clock.check()
    taken = np.flatnonzero(choose(reading))
    words = table.words[taken]
    confidence = float((words * reading.final[taken]).sum() / max(1.0, float(words.sum())))
    lines = [blocks.text[i] for i in taken]
    if boilerplate is not None:
        lines = [line for line in lines if line.casefold() not in boilerplate]
    return Body(lines, "html", confidence), reading
