# ruff: noqa: E501 - patterns
"""What stands beside or below the text and reads like it, and tables that are the text's own.

The forests see sizes, places and words; these kinds are told by how they are built: the terms of a form, boxes of other
stories that each have a linked title, dialogs that ask for consent, the whole text once more in one piece, a table right below a
heading of the text, what a colon announces.
Each function changes the blocks *taken* of one page in place.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.html.literals import Beginnings

from . import features
from .blocks import TAGS
from .features import Array, Table, Tree

__all__ = ["drop_consent", "drop_pieces_again", "drop_teasers", "drop_terms", "keep_announced", "keep_tables"]

Taken = NDArray[np.bool_]

#: From this probability on, a block is surely text.
SURE = 0.9
#: So many words of sure text tell what on a page is beside it.
TEXT_WORDS = 100
_LINK, _PRIVACY = features.COLUMN["link_share"], features.COLUMN["privacy"]
HEADINGS = features.tags("h2", "h3", "h4", "h5")
_ROW = TAGS["tr"]


def _sums(tree: Tree, *values: NDArray[Any]) -> NDArray[Any]:
    """The sums of each of the block *values* over each element and all that it holds: a row for each."""
    return tree.subtree(np.column_stack([tree.own(one) for one in values])).T


# A clause that binds who sends a form, in the languages of the press: how it begins, that the reader agrees, and to what.
_BINDS = re.compile(
    r"(?i)(?:by (?:signing up|subscribing|clicking|submitting|registering|entering|providing|joining|continuing|creating|checking|tapping)\b.{0,140}?\b(?:you|i) (?:\w+ )?(?:agree|confirm|consent|accept|acknowledge|authorize|opt in)\b"
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
# The reader, and nobody else: news tells of what others agree to in sending something, too.
_AGREES = re.compile(
    r"(?i)\b(?:(?:you|i) (?:\w+ )?(?:agree|confirm|consent|accept|acknowledge|authorize|opt in)"
    r"|(?:stimm|akzeptier|erklär|willig|bestätig)(?:en sie|s?t du)"
    r"|(?:vous|j['’]) ?(?:\w+ )?(?:accept|consent|reconnaiss|confirm|autoris|déclar)(?:ez|e)"
    r"|(?:acept|autoriz|confirm|declar)as|consientes|usted (?:\w+ )?(?:acepta|autoriza|confirma|consiente)|acepta (?:nuestr\w+|recibir)"
    r"|(?:accett|autorizz|dichiar|conferm|acconsent)i|accetta (?:i nostri|la nostra|di ricevere)"
    r"|você (?:\w+ )?(?:concorda|aceita|autoriza|confirma)|(?:concorda com|aceita) (?:[oa]s? )?noss[oa]s?|aceita receber"
    r"|(?:ga|geef|accepteer|stem) (?:je|jij)|(?:gaat|geeft|accepteert|stemt) u"
    r"|(?:godkänner|accepterar|samtycker|bekräftar|godtar|godkjenner|samtykker|aksepterer|accepterer|bekrefter|bekræfter) du|du (?:godkänner|accepterar|samtycker|godtar|samtykker|aksepterer|accepterer)"
    r"|akceptujesz|zgadzasz się|wyrażasz|potwierdzasz|akceptuję|wyrażam)\b"
)
_AGREED = re.compile(
    r"(?i)\b(?:terms (?:of|and)|our terms|privacy (?:policy|notice|statement)|(?:automated|text|marketing|promotional|e-?mail) messages?|receiv\w+ (?:e-?mails?|texts?|offers|news|marketing|communications|our)|offers from|data rates"
    r"|datenschutz\w*|nutzungsbedingungen|agb|conditions (?:générales|d['’]utilisation)|politique de (?:confidentialité|protection)|données personnelles|(?:términos|condiciones) de uso|política de privacidad|datos personales"
    r"|termini (?:d['’]uso|e condizioni|di servizio)|privacy policy|informativa sulla privacy|termos (?:de uso|e condições)|política de privacidade|gebruiksvoorwaarden|algemene voorwaarden|privacy(?:beleid|verklaring|voorwaarden)"
    r"|integritetspolicy|personuppgift\w*|användarvillkor|personvern\w*|privatlivspolitik\w*|persondatapolitik\w*|vilkår|betingelser|polityk\w+ prywatności|regulamin\w*)"
)
_MAY_BIND = Beginnings(_BINDS)
#: Longest terms of a form, in words, and the characters of them that are looked at.
TERMS_WORDS, TERMS_CHARS = 100, 600


def drop_terms(texts: list[str], words: Array, taken: Taken) -> None:
    """Take out the terms of a form ("By signing up, you agree to our terms"), where there is a text without them."""
    short = np.flatnonzero(taken & (words < TERMS_WORDS)).tolist()
    begun = [i for i in short if _MAY_BIND[texts[i][:2]]]
    terms = [i for i in begun if _is_terms(texts[i][:TERMS_CHARS])]
    if terms and words[taken].sum() - words[terms].sum() >= TEXT_WORDS:
        taken[terms] = False


def _is_terms(line: str) -> bool:
    return bool(_BINDS.match(line) and _AGREES.search(line) and _AGREED.search(line))


#: So many boxes alike are a list of other stories.
TEASERS = 3
#: Words that the linked title of a teaser has, that its box has at most, its blocks, and elements between it and the box.
TITLE_WORDS, BOX_WORDS, BOX_BLOCKS, BOX_DEPTH = (3, 30), 80, (2, 5), 4


def drop_teasers(texts: list[str], table: Table, p: Array, taken: Taken) -> None:
    """Take out what stands, after all that is surely text, in small boxes side by side with one linked title each."""
    tree, words = table.tree, table.words
    sure = taken & (p >= SURE)
    if words[sure].sum() < TEXT_WORDS:
        return
    last = int(np.flatnonzero(sure)[-1])
    if not taken[last + 1 :].any():
        return
    link = table.matrix[:, _LINK] > 0.8
    title = link & (words >= TITLE_WORDS[0]) & (words <= TITLE_WORDS[1])
    if title[last + 1 :].sum() < TEASERS:
        return
    # A question with its answer is no teaser, though it may link to itself.
    asked = [i for i in np.flatnonzero(title).tolist() if texts[i].rstrip().endswith(("?", "？", "؟"))]
    title[asked] = False
    titles, size, blocks = _sums(tree, title, words, np.ones(len(words)))
    for i in (last + 1 + np.flatnonzero(taken[last + 1 :])).tolist():
        box = _box(tree, titles, blocks, int(tree.n[i]))
        small = size[box] <= BOX_WORDS and BOX_BLOCKS[0] <= blocks[box] <= BOX_BLOCKS[1]
        if box and small and titles[box] == 1 and titles[tree.parent[box]] >= TEASERS:
            taken[i] = False


def _box(tree: Tree, titles: NDArray[Any], blocks: NDArray[Any], node: int) -> int:
    """The nearest element around *node*, itself included, that holds a linked title beside it; 0 where it is not near."""
    for _ in range(BOX_DEPTH):
        if node <= 0 or (titles[node] and blocks[node] > 1):
            return max(node, 0)
        node = int(tree.raw_parent[node])
    return 0


#: From so many blocks on that speak of consent, and make up this share of an element's words, it may be a dialog.
CONSENT_BLOCKS, CONSENT_SHARE, CONSENT_CHARS = 3, 0.5, 400
#: It is one where in so many of them a site speaks to who visits it: an article about the law names personal data, too.
ASKING_BLOCKS = 2
_ASKING = re.compile(
    r"(?i)\b(?:we and our (?:\d+ )?(?:\w+ )?partners|(?:store|access)\b.{0,30}\binformation on (?:a|your) device|precise geolocation|we value your privacy|(?:we|this (?:web)?site) uses? cookies|strictly necessary cookies"
    r"|consent to (?:our|such)|your personal data|(?:manage|change|set|withdraw) your (?:cookie |privacy )?(?:preferences|consent|cookies|settings|choices)"
    r"|unsere(?:n|r)? (?:\d+ )?partnern?|(?:ihre|deine) einwilligung|nos (?:\d+ )?partenaires|vos (?:préférences|données|choix)|nuestros (?:\d+ )?socios|sus preferencias"
    r"|nostri (?:\d+ )?partner|onze (?:\d+ )?partners|nossos parceiros)\b"
)
_CONSENT = re.compile(
    r"(?i)\b(?:we and our (?:\d+ )?(?:\w+ )?partners|(?:store|access)\b.{0,30}\binformation on (?:a|your) device|precise geolocation|legitimate interests?|we value your privacy|(?:we|website|site) uses? cookies|use of cookies"
    r"|(?:strictly necessary|performance|functional|functionality|targeting|advertising|marketing|essential|analytics?|third[- ]party) cookies|consent to (?:our|the|such)|(?:your|processing of|personal) (?:personal )?data|cookie (?:banner|policy|consent|settings)"
    r"|(?:manage|change|set|withdraw) (?:your )?(?:cookie |privacy )?(?:preferences|consent|cookies|settings|choices)|(?:accept|reject) all"
    r"|unsere(?:n|r)? (?:\d+ )?partnern?|personenbezogene\w* daten|(?:ihre|deine|die) einwilligung|berechtigt\w* interesse\w*|(?:notwendige|funktionale|technisch erforderliche) cookies"
    r"|nos (?:\d+ )?partenaires|vos (?:préférences|données|choix)|données personnelles|intérêts? légitimes?|nuestros (?:\d+ )?socios|datos personales|intereses? legítimos?|sus preferencias"
    r"|(?:nostri|\d+) partner|dati personali|interess[ei] legittim[oi]|onze (?:\d+ )?partners|persoonsgegevens|gerechtvaardigd belang|nossos parceiros|dados pessoais)\b"
)


def drop_consent(texts: list[str], table: Table, taken: Taken) -> None:
    """Take out an element most of whose words ask for consent, where there is a text beside it."""
    tree, words = table.tree, table.words
    spoken_of = np.flatnonzero(taken & (table.matrix[:, _PRIVACY] > 0)).tolist()
    if len(spoken_of) < CONSENT_BLOCKS:
        return
    asking = [i for i in spoken_of if _CONSENT.search(texts[i][:CONSENT_CHARS])]
    if len(asking) < CONSENT_BLOCKS:
        return
    marks, visitors = np.zeros(len(taken)), np.zeros(len(taken))
    marks[asking] = 1
    visitors[[i for i in asking if _ASKING.search(texts[i][:CONSENT_CHARS])]] = 1
    number, asked, spoken, held = _sums(tree, marks, visitors, marks * words, taken * words)
    node, dialog = int(tree.n[asking[len(asking) // 2]]), 0
    while node > 0:
        enough = number[node] >= CONSENT_BLOCKS and asked[node] >= ASKING_BLOCKS
        if enough and spoken[node] >= CONSENT_SHARE * held[node]:
            dialog = node
        node = int(tree.raw_parent[node])
    if not dialog or float(words[taken].sum()) - held[dialog] < TEXT_WORDS:
        return
    taken[(tree.n >= dialog) & (tree.n < tree.end[dialog])] = False


#: From this probability on, what a line that ends in a colon announces is text: items of a list, a quotation, code.
ANNOUNCED = 0.2
_ANNOUNCED_IN = [TAGS[name] for name in ("li", "blockquote", "pre")]


def keep_announced(texts: list[str], table: Table, p: Array, taken: Taken) -> None:
    """Take what a line of the text announces: the list, the quotation or the code right behind its colon."""
    tree = table.tree
    for i in np.flatnonzero(taken[:-1] & ~taken[1:]).tolist():
        if not texts[i].rstrip().endswith((":", "：")):
            continue
        kind = next((tag for tag in _ANNOUNCED_IN if _stands_in(tree, i + 1, tag)), None)
        at = i + 1
        while kind is not None and at < len(taken) and _stands_in(tree, at, kind):
            if p[at] < ANNOUNCED or table.matrix[at, _LINK] >= 0.5:
                break
            taken[at] = True
            at += 1


def _stands_in(tree: Tree, block: int, tag: int) -> bool:
    """Whether the element of *block* is of this *tag*, or its parent."""
    node = int(tree.n[block])
    return bool(tree.tag[node] == tag or tree.tag[tree.parent[node]] == tag)


#: A block that is this share of the words taken, at least so long, may be the text in one piece ...
PIECE_SHARE, PIECE_WORDS = 0.3, 60
#: ... where so many earlier blocks stand in it with this share of their shingles, and make up this share of its own.
PIECE_PARTS, PART_SHARE, COPIED_SHARE = 4, 0.8, 0.7


def drop_pieces_again(table: Table, taken: Taken) -> None:
    """Take out a block that holds the text once more in one piece: for machines, for printing."""
    words, grams = table.words, table.grams
    at = np.flatnonzero(taken)
    least = max(PIECE_WORDS, PIECE_SHARE * float(words[at].sum()))
    for piece in at[words[at] >= least].tolist():
        parts = at[(at < piece) & (words[at] >= 5) & (words[at] < 0.7 * words[piece])].tolist()
        if len(parts) < PIECE_PARTS:
            continue
        whole = grams.of(piece)
        inside = [own for own in map(grams.of, parts) if len(own & whole) >= PART_SHARE * len(own)]
        copied = whole & set().union(*inside)
        if len(inside) >= PIECE_PARTS and len(copied) >= COPIED_SHARE * len(whole):
            taken[piece] = False


#: From this mean probability on, and with links in at most this share of it, a table below a heading of the text is text.
TABLE_FLOOR, TABLE_LINKS = 0.2, 0.3
_PARTS_OF_TABLES = [TAGS[name] for name in ("tr", "table", "tbody", "thead") if name in TAGS]


def keep_tables(table: Table, p: Array, taken: Taken) -> None:
    """Take a table whole that follows a block of the text, or a heading below one, in the element that holds the text."""
    tree, words = table.tree, table.words
    rows = tree.of_block == _ROW
    if not (rows & ~taken).any():
        return
    sure = taken & (p >= SURE) & ~rows
    total = float(words[sure].sum())
    if total < TEXT_WORDS:
        return
    held = tree.subtree(tree.own((sure * words).astype(np.float64)))
    for start, end in features.runs(rows):
        if start < 2:
            continue
        headed = bool(HEADINGS[tree.of_block[start - 1]] and p[start - 1] >= TABLE_FLOOR and taken[start - 2])
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
