# ruff: noqa: E501 - patterns
"""What stands beside or below the text and reads like it, and tables that are the text's own.

The forests see sizes, places and words; these kinds are told by how they are built: the terms of a form, boxes of other
stories that each have a linked heading, the whole text once more in one piece, a table right below a heading of the text.
Each function changes the blocks *taken* of one page in place.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import features
from .blocks import TAGS
from .features import Array, Table, Tree

__all__ = ["drop_pieces_again", "drop_teasers", "drop_terms", "keep_tables"]

Taken = NDArray[np.bool_]

#: From this probability on, a block is surely text.
SURE = 0.9
#: So many words of sure text tell what on a page is beside it.
TEXT_WORDS = 100
_LINK = features.COLUMN["link_share"]
_HEADINGS = [TAGS[name] for name in ("h2", "h3", "h4", "h5")]
_ROW = TAGS["tr"]


# A clause that binds who sends a form, in the languages of the press; what is agreed to must be named as well.
_BINDS = re.compile(
    r"(?i)\W{0,3}(?:by (?:signing up|subscribing|clicking|submitting|registering|entering|providing|joining|continuing|creating|checking|tapping)\b.{0,140}?\b(?:you|i) (?:\w+ )?(?:agree|confirm|consent|accept|acknowledge|authorize|opt in)\b"
    r"|i (?:agree|consent) to (?:receiv|the (?:terms|privacy|processing))"
    r"|(?:mit (?:der|ihrer|deiner|dem) |durch (?:die |das |ihre |deine )?)(?:anmeld|registrier|absend|abonn|klick|eintrag|eingabe|bestellung)"
    r"|en (?:vous |t['’])?(?:inscriv|abonn|cliqu|soumett|valid|renseign|enregistr)\w*nt\b"
    r"|al (?:suscribir|registrar|inscribir|enviar|hacer clic|pulsar)\w*"
    r"|(?:iscrivendo|registrando|cliccando|inviando|abbonando)\w*"
    r"|ao (?:se |nos )?(?:inscrever|assinar|clicar|enviar|cadastrar|subscrever|regist[ar]+r)\b"
    r"|door (?:je|u|op|jouw|uw)\b.{0,60}?\b(?:in te schrijven|aan te melden|te klikken|klikken|te registreren|te abonneren|te verzenden)"
    r"|genom att (?:prenumerera|anmäla|registrera|klicka|skicka)|ved (?:å|at) (?:melde|tilmelde|registrere|abonnere|klikke|sende)"
    r"|(?:zapisując|klikając|subskrybując|rejestrując)\b)"
)
_AGREED = re.compile(
    r"(?i)\b(?:terms (?:of|and)|our terms|privacy (?:policy|notice|statement)|(?:automated|text|marketing|promotional|e-?mail) messages?|receiv\w+ (?:e-?mails?|texts?|offers|news|marketing|communications|our)|offers from|data rates"
    r"|datenschutz\w*|nutzungsbedingungen|agb|conditions (?:générales|d['’]utilisation)|politique de (?:confidentialité|protection)|données personnelles|(?:términos|condiciones) de uso|política de privacidad|datos personales"
    r"|termini (?:d['’]uso|e condizioni|di servizio)|privacy policy|informativa sulla privacy|termos (?:de uso|e condições)|política de privacidade|gebruiksvoorwaarden|algemene voorwaarden|privacy(?:beleid|verklaring|voorwaarden)"
    r"|integritetspolicy|personuppgift\w*|användarvillkor|personvern\w*|privatlivspolitik\w*|persondatapolitik\w*|vilkår|betingelser|polityk\w+ prywatności|regulamin\w*)"
)
#: Longest terms of a form, in words, and the characters of them that are looked at.
TERMS_WORDS, TERMS_CHARS = 100, 600


def drop_terms(texts: list[str], words: Array, taken: Taken) -> None:
    """Take out the terms of a form ("By signing up, you agree to our terms"), where there is a text without them."""
    terms = [
        i
        for i in np.flatnonzero(taken & (words < TERMS_WORDS)).tolist()
        if _BINDS.match(line := texts[i][:TERMS_CHARS]) and _AGREED.search(line)
    ]
    if terms and words[taken].sum() - words[terms].sum() >= TEXT_WORDS:
        taken[terms] = False


#: So many boxes alike are a list of other stories.
TEASERS = 3
#: Words that the linked heading of a teaser has, that its box has at most, and elements between it and the box.
TEASER_WORDS, BOX_WORDS, TEASER_DEPTH = (3, 30), 80, 4


def drop_teasers(texts: list[str], table: Table, p: Array, taken: Taken) -> None:
    """Take out what stands, after all that is surely text, in boxes side by side with one linked heading each."""
    tree, words = table.tree, table.words
    sure = taken & (p >= SURE)
    if words[sure].sum() < TEXT_WORDS:
        return
    last = int(np.flatnonzero(sure)[-1])
    link = table.matrix[:, _LINK] > 0.8
    heading = link & (words >= TEASER_WORDS[0]) & (words <= TEASER_WORDS[1]) & np.isin(tree.tag[tree.n], _HEADINGS)
    if heading[last + 1 :].sum() < TEASERS:
        return
    # A question with its answer is no teaser, though it may link to itself.
    asked = [i for i in np.flatnonzero(heading).tolist() if texts[i].rstrip().endswith(("?", "？", "؟"))]
    heading[asked] = False
    held, size = tree.subtree(np.column_stack([tree.own(heading.astype(np.float64)), tree.own(words)])).T
    for i in (last + 1 + np.flatnonzero(taken[last + 1 :])).tolist():
        box = _box(tree, held, int(tree.n[i]))
        if box > 0 and held[box] == 1 and size[box] <= BOX_WORDS and held[tree.parent[box]] >= TEASERS:
            taken[i] = False


def _box(tree: Tree, held: NDArray[Any], node: int) -> int:
    """The nearest element around *node*, itself included, that holds a linked heading; 0 where it is not near."""
    for _ in range(TEASER_DEPTH):
        if node <= 0 or held[node]:
            break
        node = int(tree.raw_parent[node])
    return max(node, 0) if held[node] else 0


#: A block that is this share of the words taken, at least so long, may be the text in one piece ...
PIECE_SHARE, PIECE_WORDS = 0.3, 60
#: ... where so many earlier blocks stand in it with this share of their shingles, and make up this share of its own.
PIECE_PARTS, PART_SHARE, COPIED_SHARE = 4, 0.8, 0.7


def drop_pieces_again(texts: list[str], words: Array, taken: Taken) -> None:
    """Take out a block that holds the text once more in one piece: for machines, for printing."""
    at = np.flatnonzero(taken)
    least = max(PIECE_WORDS, PIECE_SHARE * float(words[at].sum()))
    for piece in at[words[at] >= least].tolist():
        parts = at[(at < piece) & (words[at] >= 5) & (words[at] < 0.7 * words[piece])].tolist()
        if len(parts) < PIECE_PARTS:
            continue
        whole = features.grams(texts[piece])
        inside = [own for own in (features.grams(texts[i]) for i in parts) if len(own & whole) >= PART_SHARE * len(own)]
        copied = whole & set().union(*inside)
        if len(inside) >= PIECE_PARTS and len(copied) >= COPIED_SHARE * len(whole):
            taken[piece] = False


#: From this mean probability on, and with links in at most this share of it, a table below a heading of the text is text.
TABLE_FLOOR, TABLE_LINKS = 0.2, 0.3
_PARTS_OF_TABLES = [TAGS[name] for name in ("tr", "table", "tbody", "thead") if name in TAGS]


def keep_tables(table: Table, p: Array, taken: Taken) -> None:
    """Take a table whole that follows a block of the text, or a heading below one, in the element that holds the text."""
    tree, words = table.tree, table.words
    rows = tree.tag[tree.n] == _ROW
    if not rows.any():
        return
    sure = taken & (p >= SURE) & ~rows
    total = float(words[sure].sum())
    if total < TEXT_WORDS:
        return
    held = tree.subtree(tree.own((sure * words).astype(np.float64)))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8))).tolist()
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if start < 2:
            continue
        headed = bool(tree.tag[tree.n[start - 1]] in _HEADINGS and p[start - 1] >= TABLE_FLOOR and taken[start - 2])
        if not (headed or taken[start - 1]) or held[_around(tree, held, int(tree.n[start]))] < 0.5 * total:
            continue
        weight = np.maximum(words[start:end], 1)
        likely = float((p[start:end] * weight).sum() / weight.sum())
        linked = float((table.matrix[start:end, _LINK] * weight).sum() / weight.sum())
        if likely >= TABLE_FLOOR and linked <= TABLE_LINKS:
            taken[start - headed : end] = True


def _around(tree: Tree, held: NDArray[Any], node: int) -> int:
    """The nearest element around the table of *node* that holds sure text."""
    while node > 0 and (int(tree.tag[node]) in _PARTS_OF_TABLES or not held[node]):
        node = int(tree.raw_parent[node])
    return max(node, 0)
