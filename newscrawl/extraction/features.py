# ruff: noqa: E501 - tables of words and patterns
"""What the classifier is told of each block: numbers only, computed on arrays.

Sizes are in *words*: a character of a script written without spaces counts as
half of one. *Content mass* is the number of non-link words of blocks that look
like prose; where the mass of a page sits is what tells its body from the rest.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import ANCESTOR, FLAGS, TAGS, Blocks

__all__ = ["NAMES", "Hints", "Table", "build"]

Array = NDArray[np.float32]

CJK = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f]")
_END = re.compile(r"""[.!?…。！？؟۔।:;]["”»’'」』)\]]{0,3}$""")
_STOP = re.compile(r"""[.!?…。！？؟۔।]["”»’'」』)\]]{0,3}(?=\s|$)|[。！？।۔]""")
_COMMA = re.compile(r"[,，、،;]")
_QUOTE = re.compile(r"[\"“”„«»「」『』]")
_DIGIT = re.compile(r"\d")
_UPPER_WORD = re.compile(r"\b[A-ZÀ-ÝА-Я]{2,}\b")
_CAPITAL = re.compile(r"\b[A-ZÀ-ÝА-Я]")
_WORD = re.compile(r"\w+")
_BULLET = re.compile(r"^\s*[•·▪►➤→>»*\-–—]\s")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b|\b(?:19|20)\d\d\b|年\d{1,2}月")
_MORE = re.compile(
    r"(?i)^\s*(?:read|see|watch|listen|click|more|also|related|recommended|up next|next|previous|lesen|mehr|lire|voir|aussi|lea|leer|ver|vea|leggi|guarda|lees|les også|läs|ler|leia|czytaj|читайте|ещё|più|más|plus|similar|trending|popular|don'?t miss|you may|you might|in pictures|in case you missed|関連|続きを|あわせて|관련|相关|延伸)\b"
)
_BYLINE = re.compile(
    r"(?i)^\s*(?:by|von|par|por|di|door|av|af|text|author|autor\w*|written by|reporting by|posted|published|updated|last (?:updated|modified)|stand|veröffentlicht|aktualisiert|publié|mis à jour|publicado|actualizado|pubblicato|gepubliceerd|publicerad|опубликовано)\b"
)


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


class Table:
    """The feature matrix (a row for each block), and arrays that later steps use again.

    ``live``: the blocks worth a classification; the others are menus and link lists beyond doubt.
    """

    __slots__ = ("content", "heading", "live", "matrix", "words")

    def __init__(
        self, matrix: Array, words: Array, content: NDArray[np.bool_], live: NDArray[np.bool_], heading: int
    ) -> None:
        self.matrix, self.words, self.content, self.live, self.heading = matrix, words, content, live, heading


def count_words(text: str) -> float:
    """Words by white space; characters of scripts without spaces as halves."""
    words = len(text.split())
    if not text.isascii() and max(text) >= "\u0e00":
        found = len(CJK.findall(text))
        if found:
            return words + found / 2
    return float(words)


def _fold(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def grams(text: str, size: int = 3) -> set[Any]:
    """Shingles of *size* casefolded words; of characters where a script has no spaces."""
    folded = text.casefold()
    if not text.isascii() and max(text) >= "\u0e00" and len(CJK.findall(text)) * 3 > len(text):
        items: list[str] = _WORD.findall(folded)
        joined = "".join(items)
        return {joined[i : i + 4] for i in range(max(1, len(joined) - 3))}
    items = _WORD.findall(folded)
    return set(zip(items, items[1:], items[2:], strict=False)) if len(items) > 2 else {tuple(items)}


#: Columns that are computed text by text.
_TEXT = (
    "chars words word_length links link_share bold_share ends stops commas quotes digits upper capital bullet time owner credit more"
    " signup byline talk note colon question title_share title_equal title_in author desc_share body_share repeats newline short_author"
    " privacy person"
).split()
_CORE = ("words", "link_share", "ends", "stops", "content")


def build(blocks: Blocks, hints: Hints) -> Table:
    """The features of *blocks*, in the order of :data:`NAMES`."""
    texts = blocks.text
    count = len(texts)
    rows = np.zeros((count, len(_TEXT)), dtype=np.float32)
    title_words = set(_WORD.findall((hints.title or "").casefold()))
    title_folded = _fold(hints.title or "")
    names = [a.casefold() for a in hints.authors if len(a) > 3][:10]
    description = grams(hints.description) if hints.description and len(hints.description) > 30 else None
    declared = grams(hints.article_body) if hints.article_body and len(hints.article_body) > 400 else None
    seen: dict[str, int] = {}
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
    heading, heading_score = -1, 0.0
    nodes = blocks.node
    node_tag = blocks.node_tag
    h1 = TAGS["h1"]
    for i, text in enumerate(texts):
        size = len(text)
        words = count_words(text)
        link = min(1.0, blocks.link_chars[i] / size)
        plain = text.isascii()
        stops = len(_STOP.findall(text)) if size > 12 else 0
        row = rows[i]
        base = [
            size,
            words,
            size / max(1.0, words),
            blocks.links[i],
            link,
            min(1.0, blocks.bold_chars[i] / size),
            1.0 if _END.search(text[-6:]) else 0.0,
            stops,
        ]
        row[:8] = base
        row[29] = -1.0
        row[30] = seen[text]
        if link > 0.8 and words < 15:
            continue  # two blocks of three: menus and link lists, which are not classified
        if size > 12 or not plain:
            share = 1 / size
            row[8:13] = (
                len(_COMMA.findall(text)),
                len(_QUOTE.findall(text)) * share * 20,
                len(_DIGIT.findall(text)) * share,
                len(_UPPER_WORD.findall(text)) / max(1.0, words),
                len(_CAPITAL.findall(text)) / max(1.0, words),
            )
        else:
            row[10] = len(_DIGIT.findall(text)) / size
            row[12] = 1.0 if text[0].isupper() else 0.0
        head = text[:400]
        own = set(_WORD.findall(head.casefold()))
        if size < 700:
            row[13] = 1.0 if _BULLET.match(head) else 0.0
            row[14] = 1.0 if size < 200 and _TIME.search(head) else 0.0
            row[15] = 1.0 if "©" in head or "copyright" in own or "reserved" in own else 0.0
            row[16] = len(own & _CREDIT)
            row[17] = 1.0 if _MORE.match(head) else 0.0
            row[18] = len(own & _SIGNUP)
            row[19] = 1.0 if _BYLINE.match(head) else 0.0
            row[20] = len(own & _TALK)
            row[21] = len(own & _NOTE) + ("@" in head)
            row[33] = len(own & _PRIVACY)
        row[34] = len(own & _PERSON)
        last = text[-1]
        row[22] = 1.0 if last == ":" else 0.0
        row[23] = 1.0 if last in "?？" else 0.0
        if title_words and size < 500 and own:
            shared = len(own & title_words)
            row[24] = shared / len(title_words)
            row[26] = shared / len(own)
            if shared and shared >= 0.6 * len(title_words):
                row[25] = 1.0 if _fold(text) == title_folded else 0.0
                score = 2.0 * shared / (len(own) + len(title_words)) + (1.0 if node_tag[nodes[i]] == h1 else 0.0)
                if score > heading_score:
                    heading, heading_score = i, score
        if names and size < 400:
            folded = text.casefold()
            row[27] = 1.0 if any(name in folded for name in names) else 0.0
            row[32] = row[27] if size < 80 else 0.0
        if (declared or (description and size < 600)) and size > 20:
            own_grams = grams(text)
            if description:
                row[28] = len(own_grams & description) / len(own_grams)
            if declared:
                row[29] = len(own_grams & declared) / len(own_grams)
        row[31] = 1.0 if "\n" in text else 0.0
    if heading < 0:
        heading = next((i for i in range(count) if node_tag[nodes[i]] == h1), -1)
    return _assemble(blocks, rows, heading)


def _assemble(blocks: Blocks, rows: Array, heading: int) -> Table:
    count = rows.shape[0]
    if not count:
        none = np.zeros(0, dtype=np.int64)
        return Table(np.zeros((0, len(NAMES)), dtype=np.float32), rows[:, 1], none.astype(bool), none.astype(bool), -1)
    node = np.asarray(blocks.node, dtype=np.int64)
    node_parent = np.asarray(blocks.node_parent, dtype=np.int64)
    node_count = len(node_parent)
    depth = np.asarray(blocks.node_depth, dtype=np.int64)
    tag = np.asarray(blocks.node_tag, dtype=np.int64)
    mask = np.asarray(blocks.node_mask, dtype=np.int64)
    above = np.asarray(blocks.node_above, dtype=np.int64)
    flags = np.asarray(blocks.node_flags, dtype=np.int64)
    signature = np.asarray(blocks.node_sig, dtype=np.int64)
    inline = np.asarray(blocks.inline_mask, dtype=np.int64)
    up = np.maximum(node_parent, 0)

    words = rows[:, 1]
    link = rows[:, 4]
    ends = rows[:, 6] > 0
    stops = rows[:, 7]
    content = (words >= 8) & (ends | (stops >= 2)) & (link < 0.5)
    free = words * (1 - link)
    # Words of class names count against a block only on ancestors that hold neither the heading nor most of
    # the page: <body class="has-comments sidebar-right"> says nothing.
    below = _below(node, node_parent, depth, mask, words, heading)
    never = ((below[node] & _NEVER) | (flags[node] & _NEVER_UNDER)) > 0
    weight = np.where(never, 0.0, np.where(below[node] & _RARELY, 0.3, 1.0))
    mass = (np.where(content, free, 0) * weight).astype(np.float32)
    total = float(mass.sum()) or 1.0

    # Mass that stands directly in a node, and in its whole subtree (children have higher numbers than parents).
    own = np.bincount(node, weights=mass, minlength=node_count)
    every = np.bincount(node, weights=words, minlength=node_count)
    linked = np.bincount(node, weights=words * link, minlength=node_count)
    number = np.bincount(node, minlength=node_count).astype(np.float64)
    sub, sub_words, sub_links, sub_number = own.copy(), every.copy(), linked.copy(), number.copy()
    order = np.argsort(-depth, kind="stable")
    levels = np.split(order, np.flatnonzero(np.diff(depth[order])) + 1)
    for level in levels:
        if depth[level[0]] == 0:
            break
        above_level = node_parent[level]
        np.add.at(sub, above_level, sub[level])
        np.add.at(sub_words, above_level, sub_words[level])
        np.add.at(sub_links, above_level, sub_links[level])
        np.add.at(sub_number, above_level, sub_number[level])
    # Mass of the paragraphs of one container: what stands in a node's children, and half of what stands one deeper.
    children = np.zeros(node_count)
    np.add.at(children, up[1:], own[1:])
    grand = np.zeros(node_count)
    np.add.at(grand, up[1:], children[1:])
    family = own + children + 0.5 * grand
    main = int(np.argmax(family)) if node_count else 0

    # Steps from each node up to the path of the main container, and down from there.
    path = []
    at = main
    while at >= 0:
        path.append(at)
        at = int(node_parent[at])
    on_path = np.full(node_count, -1, dtype=np.int64)
    for steps, at in enumerate(path):
        on_path[at] = steps
    join = on_path.copy()
    climb = np.zeros(node_count, dtype=np.int64)
    for level in reversed(levels):
        inner = level[join[level] < 0]
        if len(inner):
            join[inner] = join[node_parent[inner]]
            climb[inner] = climb[node_parent[inner]] + 1

    n, p = node, up[node]
    g = up[p]
    gg = up[g]
    sig = signature[node]
    sig_count = int(signature.max()) + 1 if node_count else 1
    sig_mass = np.bincount(sig, weights=mass, minlength=sig_count)[sig]
    sig_number = np.bincount(sig, minlength=sig_count)[sig]
    sig_words = np.bincount(sig, weights=words, minlength=sig_count)[sig]
    sig_link = np.bincount(sig, weights=words * link, minlength=sig_count)[sig] / np.maximum(1, sig_words)
    sig_ends = np.bincount(sig, weights=content, minlength=sig_count)[sig] / sig_number

    position = np.arange(count, dtype=np.float32)
    before = np.cumsum(mass) - mass
    words_before = np.cumsum(words) - words
    all_words = float(words.sum()) or 1.0
    in_main = join[node] == 0
    main_content = np.flatnonzero(content & in_main)
    first, last = (int(main_content[0]), int(main_content[-1])) if len(main_content) else (0, count - 1)
    content_at = np.flatnonzero(content)
    if len(content_at):
        index = np.searchsorted(content_at, np.arange(count))
        to_next = np.where(index < len(content_at), content_at[np.minimum(index, len(content_at) - 1)] - position, 99)
        back = np.searchsorted(content_at, np.arange(count), side="left") - 1
        to_last = np.where(back >= 0, position - content_at[np.maximum(back, 0)], 99)
    else:
        to_next = to_last = np.full(count, 99.0)

    # Blocks since the last short line that opens comments, further reading, a sign-up box, or closes the page.
    short = (words < 12) & ~content
    since = [
        _since(short & (rows[:, column] > 0), position)
        for column in (
            _TEXT.index("talk"),
            _TEXT.index("more"),
            _TEXT.index("signup"),
            _TEXT.index("owner"),
            _TEXT.index("byline"),
        )
    ]
    soft = np.stack(
        [rows[:, _TEXT.index(name)] for name in ("time", "talk", "signup", "byline", "privacy", "person", "credit")],
        axis=1,
    )
    around_soft = _window(np.minimum(soft, 2.0), 4)

    columns: list[Any] = [rows, np.column_stack(since), around_soft]
    log = np.log1p
    stack = [
        log(rows[:, 0]),
        log(words),
        log(free),
        content,
        np.full(count, log(total)),
        np.full(count, log(count)),
        mass / total,
        own[n] / total,
        own[p] / total,
        sub[p] / total,
        sub[g] / total,
        sub[gg] / total,
        children[p] / total,
        children[g] / total,
        family[n] / total,
        family[p] / total,
        family[g] / total,
        log(sub[p]),
        log(sub[g]),
        sub_links[p] / np.maximum(1, sub_words[p]),
        sub_links[g] / np.maximum(1, sub_words[g]),
        sub_links[gg] / np.maximum(1, sub_words[gg]),
        sub[p] / np.maximum(1, sub_words[p]),
        sub[g] / np.maximum(1, sub_words[g]),
        log(sub_number[n]),
        log(sub_number[p]),
        log(sub_number[g]),
        sig_mass / total,
        log(sig_number),
        sig_link,
        sig_ends,
        log(sig_words),
        join[n],
        climb[n],
        join[n] + climb[n],
        np.full(count, family[main] / total),
        np.full(count, sub[main] / total),
        depth[n],
        depth[n] - depth[main],
        position / max(1, count),
        before / total,
        words_before / all_words,
        position - first,
        position - last,
        np.where(position < first, -1, np.where(position > last, 1, 0)),
        np.minimum(to_next, 50),
        np.minimum(to_last, 50),
        position - heading if heading >= 0 else np.full(count, -99),
        (before - before[heading]) / total if heading >= 0 else np.full(count, -1),
        np.full(count, heading >= 0),
        tag[n],
        tag[p],
        tag[g],
    ]
    columns.append(np.column_stack(stack))
    own_mask, parent_mask, grand_mask = mask[n], mask[p], mask[g]
    around = above[n] | own_mask
    bits = np.arange(len(FLAGS))
    # 3 on the block's own element or inline wrapper, 2 on the parent, 1 on the grandparent.
    near = ((own_mask | inline)[:, None] >> bits) & 1
    nearness = np.where(near, 3, np.where((parent_mask[:, None] >> bits) & 1, 2, (grand_mask[:, None] >> bits) & 1))
    columns += [
        (below[n][:, None] >> bits) & 1,
        nearness,
        (around[:, None] >> bits) & 1,
        (flags[n][:, None] >> np.arange(len(ANCESTOR))) & 1,
    ]

    # The same for neighbours: five core features, whether they share the parent or the signature, their tags.
    core = np.column_stack([log(words), link, rows[:, 6], stops, content]).astype(np.float32)
    for shift in (-3, -2, -1, 1, 2, 3):
        columns.append(_shift(core, shift, 0))
        columns.append(np.column_stack([_shift(p, shift, -1) == p, _shift(sig, shift, -1) == sig]))
        if abs(shift) == 1:
            columns.append(_shift(np.column_stack([tag[n], join[n], rows[:, 24]]), shift, 0))
    matrix = np.concatenate([np.asarray(c, dtype=np.float32).reshape(count, -1) for c in columns], axis=1)
    under = flags[n] & (ANCESTOR["nav"] | ANCESTOR["footer"]) > 0
    dead = ((link > 0.8) & (words < 15)) | (under & (words < 40)) | (never & (words < 40))
    return Table(matrix, words, content, ~dead, heading)


_NEVER = sum(1 << FLAGS.index(name) for name in ("comment",))
_NEVER_UNDER = ANCESTOR["nav"] | ANCESTOR["footer"]
_RARELY = sum(1 << FLAGS.index(name) for name in ("footer", "bio", "share"))


def _below(
    node: NDArray[np.int64],
    parent: NDArray[np.int64],
    depth: NDArray[np.int64],
    mask: NDArray[np.int64],
    words: Array,
    heading: int,
) -> NDArray[np.int64]:
    """The masks of each node and its ancestors, without those that hold the heading or most of the page's words."""
    share = np.bincount(node, weights=words, minlength=len(parent))
    order = np.argsort(-depth, kind="stable")
    for level in np.split(order, np.flatnonzero(np.diff(depth[order])) + 1):
        if depth[level[0]] > 0:
            np.add.at(share, parent[level], share[level])
    own = np.where(share > 0.7 * share[0], 0, mask)
    at = int(node[heading]) if heading >= 0 else -1
    while at >= 0:
        own[at] = 0
        at = int(parent[at])
    out = own.copy()
    # Nodes are numbered in document order: a parent always comes before its children.
    for number, above in enumerate(parent.tolist()):
        if above >= 0:
            out[number] |= out[above]
    return out


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


_STACK = (
    "log_chars log_words log_free content log_total log_count mass own_node own_parent sub_parent sub_grand sub_great children_parent"
    " children_grand family_node family_parent family_grand log_sub_parent log_sub_grand link_parent link_grand link_great prose_parent"
    " prose_grand log_number log_number_parent log_number_grand sig_mass sig_number sig_link sig_content sig_words join climb steps"
    " main_family main_sub depth depth_main position before words_before from_first from_last side to_next to_last from_heading"
    " mass_from_heading has_heading tag tag_parent tag_grand"
).split()


def _names() -> tuple[str, ...]:
    names = [*_TEXT]
    names += [f"since_{name}" for name in ("talk", "more", "signup", "owner", "byline")]
    names += [f"around_{name}" for name in ("time", "talk", "signup", "byline", "privacy", "person", "credit")]
    names += _STACK
    names += [f"below_{flag}" for flag in FLAGS]
    names += (
        [f"near_{flag}" for flag in FLAGS] + [f"in_{flag}" for flag in FLAGS] + [f"under_{name}" for name in ANCESTOR]
    )
    for shift in (-3, -2, -1, 1, 2, 3):
        names += [f"{core}@{shift}" for core in _CORE] + [f"same_parent@{shift}", f"same_sig@{shift}"]
        if abs(shift) == 1:
            names += [f"tag@{shift}", f"join@{shift}", f"title@{shift}"]
    return tuple(names)


NAMES = _names()


def near_heading(blocks: Blocks, table: Table, before: int = 8, after: int = 16) -> list[str]:
    """Short lines around the heading, nearest first, those below it before those above."""
    at = max(table.heading, 0)
    below = range(at, min(len(blocks.text), at + after))
    above = range(at - 1, max(-1, at - before - 1), -1)
    return [blocks.text[i] for i in (*below, *above) if table.words[i] < 20]
