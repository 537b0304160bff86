# ruff: noqa: E501 - tables of words and patterns
"""The page as blocks: runs of text between block-level elements, with what is known of each.

One walk over the tree. Inline elements are merged into their block with the
number of characters that stand in links and in bold type; two line breaks in a
row part blocks; scripts, controls and pictures are left out. What a block
stands in (its element, that element's ancestors) is kept as small integers,
so that the features can be computed on arrays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from lxml.html import HtmlElement

from newscrawl.html.literals import fold, may_match
from newscrawl.html.opening import Clock

__all__ = ["CONSENT", "FLAGS", "TAGS", "Blocks", "segment"]

#: A page with more blocks than this is not an article; what follows is not read.
MAX_BLOCKS = 6_000
#: Longest block in characters; a longer run is cut into several.
MAX_BLOCK = 20_000
#: Characters of text read of one page: some 150,000 words.
MAX_TEXT = 1_000_000
#: Characters read of an element's class, of what else it is called, and of its style.
MAX_CLASS = 200
MAX_ATTRIBUTE = 80
MAX_STYLE = 300

_SKIP = frozenset(
    "script style noscript template svg iframe object embed canvas audio video select textarea input map math"
    " picture img source button head link meta area col colgroup datalist dialog frame frameset noframes param"
    " progress meter track applet".split()
)
#: Of these the ones whose end tag is often forgotten.
_OFTEN_OPEN = frozenset("button svg select object dialog picture video audio noframes".split())
#: Most controls of a page that are taken to be left open.
MAX_LEFT_OPEN = 8
_INLINE = frozenset(
    "a span b strong i em u s small big sub sup font mark abbr cite code q time label tt ins del bdi bdo wbr acronym"
    " var kbd samp dfn nobr data ruby rb rt rp rtc output strike tagging location person org money num chron pronounce".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section summary"
    " table caption tbody td tfoot th thead tr ul marquee slot".split()
)
#: A table row with one of these in it is layout, or too much for one line.
_NO_ROW = frozenset(
    "table tr h1 h2 h3 h4 h5 h6 ul ol dl article section aside form figure blockquote pre nav header footer".split()
)
_CELLS = ("td", "th")
#: Elements looked at, and characters of text, of a table row that is one block.
MAX_ROW_ELEMENTS = 120
MAX_ROW = 600
#: Stands between the cells of a row.
CELL = " | "
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BOLD = frozenset(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"))

#: Tags told apart by the features; everything else is 0.
TAGS = {
    name: i + 1
    for i, name in enumerate(
        (
            "p",
            "div",
            "li",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "td",
            "blockquote",
            "figcaption",
            "section",
            "article",
            "aside",
            "header",
            "footer",
            "main",
            "nav",
            "ul",
            "ol",
            "body",
            "figure",
            "dd",
            "dt",
            "form",
            "table",
            "tr",
            "tbody",
            "th",
            "pre",
            "center",
            "details",
            "summary",
            "address",
            "h6",
            "span",
            "a",
        )
    )
}

# Words of class, id, role and test attributes, by what they say of an element. Generic vocabulary of
# markup only: no word here belongs to one publisher.
_WORDS = {
    "content": "content contents body text entry story post copy prose richtext maincontent articlebody articletext storybody storytext postbody bodytext postcontent entrycontent wysiwyg rte inhalt texto cuerpo contenu corps testo contenido artikeltext",
    "article": "article artikel articulo articolo news story nota notice noticia newsarticle storypage singlepost single hentry articlepage",
    "paragraph": "paragraph paragraphs para parrafo paragraphe absatz textblock",
    "comment": "comment comments commentlist commentbody commentthread commentsection usercomment usercomments disqus discussion discussions conversation reply replies respond kommentare leserkommentare comentarios comentario commentaires commentaire commenti reacties reactions reaktionen livefyre viafoura coral commenting usergenerated talkback",
    "related": "related relateds recommended recommendation recommendations recirc recirculation outbrain taboola more moreon readmore also similar suggested trending popular mostread mostpopular latest teaser teasers teaserlist card cards promo promos crosslink crosslinks linklist verwandt mehr ahnliche relacionadas relacionados relacionado upnext nextup readnext further morestories topstories headlines river",
    "share": "share sharing social addthis sharethis shareaholic facebook twitter whatsapp linkedin pinterest teilen follow followus instagram socials sharebar",
    "ad": "ad ads advert adverts advertisement advertising sponsor sponsored sponsors banner dfp gpt adslot adunit anzeige werbung publicidad pub reklame commercial partner affiliate outbrain shopping product products deal deals price buy",
    "nav": "nav navigation navbar menu breadcrumb breadcrumbs crumb crumbs pagination pager paging toc topbar toolbar subnav skip jump anchor sitemap tabs tab filter",
    "byline": "byline author authors autor autoren auteur contributor contributors writer journalist bylines authorname signature firma reporter",
    "date": "date time timestamp dateline published pubdate publishdate updated datetime datum fecha posted modified publication",
    "caption": "caption captions figcaption credit credits copyright photo photos image images img picture figure gallery slideshow slide media thumbnail thumb legend bildunterschrift bild foto fotos leyenda lightbox carousel",
    "signup": "newsletter newsletters subscribe subscription subscriptions signup paywall premium register registration login signin optin membership member abo regwall piano offer offers donate donation support cta",
    "footer": "footer foot bottom colophon imprint impressum legal copyright disclaimer terms rights footnote footnotes",
    "header": "header head top masthead topper hero title headline heading titel titulo titre kicker eyebrow dachzeile overline subhead subtitle section",
    "sidebar": "sidebar side aside rail rightrail leftrail right left column widget widgets secondary complementary sidebars",
    "tag": "tag tags topic topics keyword keywords category categories label labels taxonomy schlagwort etiquetas section",
    "modal": "modal popup overlay cookie cookies consent gdpr cmp onetrust notification alert toast tooltip dropdown dialog lightbox offcanvas hidden hide invisible collapse collapsed",
    "lead": "lead lede intro introduction summary standfirst deck dek excerpt abstract subtitle subheadline teaser chapo entradilla vorspann anriss sommaire description preamble ingress keypoints highlights bullets",
    "bio": "bio biography about profile authorbox authorinfo aboutauthor authorbio vcard",
    "embed": "embed embedded tweet twitter instagram youtube video videos player podcast audio jwplayer brightcove oembed iframe widget vid media",
    "live": "live liveblog ticker feed stream timeline update updates",
    "box": "box infobox factbox fact facts inset pullout sidebarbox module callout panel aside infocard card faktenbox faktaboks fakta factfile insert inline interstitial",
    "quote": "quote pullquote blockquote zitat citation pull cite",
    "meta": "meta info metadata details byline infos postmeta entrymeta metabar",
    "sr": "sr only visuallyhidden screenreader offscreen print noprint accessibility hidden visually assistive",
    "correction": "correction corrections note notes editorsnote clarification errata disclosure acknowledgement",
    "rating": "rating ratings vote votes poll quiz survey score stars review likes",
    "list": "list lists listing items item grid feed archive results stack collection",
    "wrap": "main wrapper container page site root app layout inner outer row col",
}
#: Bit of each group of words in a block's masks, in order.
FLAGS = tuple(_WORDS)
_BITS: dict[str, int] = {}
for _bit, _group in enumerate(_WORDS):
    for _word in _WORDS[_group].split():
        _BITS[_word] = _BITS.get(_word, 0) | (1 << _bit)
#: The bit of consent dialogs, behind those of the groups: it is no column of its own, what bears it is no text.
CONSENT = 1 << len(FLAGS)
for _word in (
    "onetrust optanon didomi usercentrics cookiebot cybot cookieyes cookielaw cookieconsent trustarc truste quantcast"
    " complianz iubenda borlabs sourcepoint termly cookiebar cookiebanner cookienotice gdpr ccpa"
).split():
    _BITS[_word] = _BITS.get(_word, 0) | CONSENT
_SPLIT_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DIGITS = re.compile(r"\d+")
#: Stands for any digits.
_DIGIT = "0"
# What nine lists of class names in ten are made of, small letters of ASCII, parted from all else; digits are told apart.
_LETTERS = "".join(one if one.islower() else _DIGIT if one.isdigit() else " " for one in map(chr, range(128)))

#: Bits of ancestor tags, and of what hides an element.
ANCESTOR = {
    name: 1 << i
    for i, name in enumerate(
        (
            "article",
            "main",
            "aside",
            "nav",
            "header",
            "footer",
            "figure",
            "blockquote",
            "li",
            "table",
            "form",
            "section",
            "details",
            "hidden",
            "aria_hidden",
            "articlebody",
            "comments",
            "caption",
        )
    )
}
_ANCESTOR_OF_TAG = {
    tag: ANCESTOR[tag]
    for tag in ("article main aside nav header footer figure blockquote li table form section details".split())
} | {"figcaption": ANCESTOR["caption"]}
_ATTRIBUTES = frozenset(
    ("id", "role", "itemprop", "data-testid", "data-component", "data-qa", "data-type", "aria-label")
)


# Class names by which style sheets put text off the screen, and styles that do. A prefix of a media query ("md:") or
# "not-" says the contrary.
_UNSEEN_CLASS = re.compile(
    r"(?i)(?:^|\s)(?!not-)(?:[a-z0-9]{1,12}[-_]{1,2}){0,2}(?:sr-only(?:-focusable)?|visually-?hidden|screen-?reader(?:-text|-only|s)?"
    r"|show-for-sr|element-invisible|assistive-text|off-?screen(?:-text)?|a11y-hidden|sr-text|hidden-?visually)(?=\s|$)"
)
#: Words, as small letters alone, of which each match of it holds one.
_UNSEEN_WORDS = frozenset(
    "sr visually visuallyhidden screen screenreader screenreaders invisible assistive off offscreen hidden hiddenvisually".split()
)
_UNSEEN_STYLE = re.compile(
    r"(?i)display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|clip\s{0,3}:\s{0,3}rect\(\s{0,3}[01](?:px)?[\s,]"
    r"|clip-path\s{0,3}:\s{0,3}inset\((?:50|100)%|(?:left|top|text-indent)\s{0,3}:\s{0,3}-\d{4}"
)
# Each match of it holds one of these, or a long way.
_UNSEEN_STYLES = ("none", "hidden", "rect(", "inset(")
_FAR_OUT = re.compile(r"-\d{4}")


def is_unseen_class(marks: str) -> bool:
    """Whether the class names *marks* take an element off the screen and leave it to screen readers."""
    return _of_class(marks)[1]


def is_unseen_style(style: str) -> bool:
    """Whether *style* takes an element off the screen."""
    style = style[:MAX_STYLE]
    folded = fold(style)
    if any(map(folded.__contains__, _UNSEEN_STYLES)) or _FAR_OUT.search(style):
        return bool(_UNSEEN_STYLE.search(style))
    return False


@lru_cache(maxsize=16_384)
def word_mask(marks: str) -> int:
    """The groups of words that stand in *marks* (class names and the like) as bits."""
    if marks.isascii() and marks.islower():
        return _mask(marks.translate(_LETTERS).replace(_DIGIT, " ").split())
    return _mask(map(str.lower, _SPLIT_WORDS.findall(marks)))


def _mask(words: Iterable[str]) -> int:
    mask = 0
    for word in words:
        if word in _BITS:
            mask |= _BITS[word]
    return mask


@lru_cache(maxsize=16_384)
def _of_class(marks: str) -> tuple[int, bool, str]:
    """What class names say: groups of words, whether they take the element off the screen, their plain form.

    Pages of different sites share few lists of names, so what a new one costs counts.
    """
    if not (marks.isascii() and marks.islower()):
        unseen = may_match(_UNSEEN_CLASS, fold(marks)) and bool(_UNSEEN_CLASS.search(marks))
        return _mask(map(str.lower, _SPLIT_WORDS.findall(marks))), unseen, _DIGITS.sub(_DIGIT, marks)
    letters, plain = marks.translate(_LETTERS), marks
    if _DIGIT in letters:
        letters, plain = letters.replace(_DIGIT, " "), _DIGITS.sub(_DIGIT, marks)
    words = letters.split()
    unseen = not _UNSEEN_WORDS.isdisjoint(words) and bool(_UNSEEN_CLASS.search(marks))
    return _mask(words), unseen, plain


class Blocks(NamedTuple):
    """Parallel lists over blocks, and over the block-level elements ("nodes") that they stand in."""

    text: list[str]
    node: list[int]
    link_chars: list[int]
    bold_chars: list[int]
    links: list[int]
    inline_mask: list[int]
    """Words on inline elements that hold the block's text."""
    node_parent: list[int]
    node_tag: list[int]
    node_depth: list[int]
    node_mask: list[int]
    """Words on the node itself."""
    node_above: list[int]
    """Words on its ancestors."""
    node_flags: list[int]
    """Bits of :data:`ANCESTOR` for itself and its ancestors."""
    node_sig: list[int]
    """Number of the node's signature: tag and class of three levels, digits masked."""
    cut: bool
    """Whether the page had more blocks than are read."""


#: Text, node, characters in links, in bold type, number of links, words on inline elements.
_Block = tuple[str, int, int, int, int, int]


#: One block-level element, as the columns of :class:`Blocks` have it: parent, tag, depth, words of its own and of those
#: above, flags, number of its signature. A plain tuple: some hundreds a page are made.
_Node = tuple[int, int, int, int, int, int, int]
#: A node as what stands in it sees it: its number; depth, words above, flags and levels of what it holds.
_Place = tuple[int, int, int, int, int]
_NOWHERE: _Place = (-1, 0, 0, 0, 0)
#: Bits of a number of tag and class; a signature is three of them in one number, the lowest level highest.
_LEVEL = 20
_HIDDEN = ANCESTOR["hidden"]

# What is done with an element, by its tag: one look-up for each.
_AS_INLINE, _AS_BLOCK, _AS_SKIPPED, _AS_BREAK, _BY_PLACE = range(1, 6)
_TREATMENT: dict[Any, int] = (
    dict.fromkeys(_SKIP, _AS_SKIPPED)
    | dict.fromkeys(_OFTEN_OPEN, _BY_PLACE)
    | dict.fromkeys(_BLOCK, _AS_BLOCK)
    | dict.fromkeys(_INLINE, _AS_INLINE)
    | {"br": _AS_BREAK}
)


def _words_of(value: str) -> tuple[int, int]:
    return word_mask(value[:MAX_ATTRIBUTE]), 0


def _property(value: str) -> tuple[int, int]:
    return word_mask(value[:MAX_ATTRIBUTE]), ANCESTOR["articlebody"] if "rticleBody" in value else 0


#: What an attribute of a block-level element says, by its name: words and flags. But for ``class`` all others say nothing.
_SPEAKING: dict[str, Callable[[str], tuple[int, int]]] = dict.fromkeys(_ATTRIBUTES, _words_of) | {
    "itemprop": _property,
    "hidden": lambda value: (0, _HIDDEN if value != "until-found" else 0),
    "style": lambda value: (0, _HIDDEN if is_unseen_style(value) else 0),
    "aria-hidden": lambda value: (0, ANCESTOR["aria_hidden"] if value == "true" else 0),
}


#: Names and values of the attributes of the elements that have any.
Attributes = Mapping[HtmlElement, list[tuple[str, str]]]


class _Walker:
    """Reads a tree into rows of blocks and nodes. What is done for each element of a page stands in few calls."""

    def __init__(self, clock: Clock, attributes: Attributes) -> None:
        self.clock = clock
        self.attributes = attributes
        self.blocks: list[_Block] = []
        self.nodes: list[_Node] = []
        self.names: dict[tuple[str, str], int] = {}
        self.signatures: dict[int, int] = {}
        self.pieces: list[str] = []
        self.seen = False
        """Whether one of the pieces is more than white space."""
        self.run_link = self.run_bold = self.run_links = self.run_inline = 0
        self.broken = False
        """Whether the last piece is a line break, but for a little white space."""
        self.left = MAX_TEXT
        self.full = False
        self.left_open = 0

    def flush(self, node: int) -> None:
        """End the current run of text as a block of *node*."""
        if self.pieces:
            # Most runs are the white space between two elements.
            if self.seen and (text := _squeeze("".join(self.pieces))):
                if len(self.blocks) >= MAX_BLOCKS:
                    self.full = True
                else:
                    for at in range(0, len(text), MAX_BLOCK):
                        part = text[at : at + MAX_BLOCK]
                        self.blocks.append((part, node, self.run_link, self.run_bold, self.run_links, self.run_inline))
            self.pieces.clear()
            self.seen = False
            self.run_link = self.run_bold = self.run_links = self.run_inline = 0
        self.broken = False

    def add(self, text: str, link: bool, bold: bool) -> bool:
        """Add to the run of text; whether *text* is more than white space."""
        size = len(text)
        if size > self.left:
            text, size, self.full = text[: self.left], self.left, True
        self.left -= size
        self.pieces.append(text)
        seen = not text.isspace()
        if seen:
            self.seen = True
        if size > 2 or seen:
            self.broken = False
            if link:
                self.run_link += size
            if bold:
                self.run_bold += size
        return seen

    def walk(self, element: HtmlElement, place: _Place, link: bool, bold: bool) -> None:
        """Read what stands in *element*, whose text belongs to the node of *place*."""
        if self.full:
            return
        text = element.text
        in_text = self.add(text, link, bold) if text else False
        for child in element[:]:  # a list of them is made at a third of the cost of an iterator
            tag = child.tag
            tail = child.tail
            treatment = _TREATMENT.get(tag, _BY_PLACE)
            if treatment == _BY_PLACE:
                treatment = self.by_place(child, tag, element, in_text or _is_text(tail))
            if treatment == _AS_BLOCK:
                if self.pieces:
                    self.flush(place[0])
                self.broken = False
                self.block(child, tag, place, link)
            elif treatment == _AS_INLINE:
                self.inline(child, tag, place, link, bold)
            elif treatment == _AS_BREAK:
                self.line_break(place[0])
            if tail:
                in_text = self.add(tail, link, bold)

    def by_place(self, child: HtmlElement, tag: Any, element: HtmlElement, in_text: bool) -> int:
        """What is done with a *child* of *element* whose tag alone does not tell. *in_text*: it stands beside text."""
        if tag in _OFTEN_OPEN:
            if tag == "button" and element.tag in _HEADINGS:
                return _AS_INLINE  # what opens the section below it is the section's heading
            return _AS_BLOCK if self.is_left_open(child) else _AS_SKIPPED
        if not isinstance(tag, str):
            return _AS_SKIPPED
        return _AS_INLINE if _inline_by_place(child, in_text) else _AS_BLOCK

    def is_left_open(self, element: HtmlElement) -> bool:
        """Whether the end tag of a control was forgotten, so that it holds the page. Each look may cost a walk."""
        if not len(element) or self.left_open >= MAX_LEFT_OPEN or not _holds_page(element):
            return False
        self.left_open += 1
        return True

    def line_break(self, node: int) -> None:
        if self.broken:
            self.flush(node)
        else:
            self.broken = True
            self.pieces.append(_BREAK)

    def inline(self, child: HtmlElement, tag: str, place: _Place, link: bool, bold: bool) -> None:
        """Read a part of a run of text, unless nobody sees it."""
        marks = style = href = ""
        hidden = False
        for name, value in self.attributes.get(child, ()):
            if name == "class":
                marks = value[:MAX_CLASS]
            elif name == "href":
                href = value
            elif name == "style":
                style = value
            elif name == "hidden":
                hidden = True
        if marks:
            words, unseen, _ = _of_class(marks)
            if unseen:
                return
            if tag != "a":
                self.run_inline |= words
        if hidden or (style and is_unseen_style(style)):
            return
        if href and tag == "a":
            self.run_links += 1
            link = True
        self.walk(child, place, link, bold or tag in _BOLD)

    def block(self, element: HtmlElement, tag: str, above: _Place, link: bool) -> None:
        """Register a block-level *element* that stands in the node of *above*, and read what is in it."""
        parent, depth, words_above, flags, levels = above
        mask = 0
        own = ""
        for name, value in self.attributes.get(element, ()):
            if name == "class":
                words, unseen, own = _of_class(value[:MAX_CLASS])
                mask |= words
                if unseen:
                    flags |= _HIDDEN
            elif name in _SPEAKING:
                words, flag = _SPEAKING[name](value)
                mask |= words
                flags |= flag
        flags |= _ANCESTOR_OF_TAG.get(tag, 0)
        names, nodes, signatures = self.names, self.nodes, self.signatures
        levels = (names.setdefault((tag, own), len(names) + 1) << (2 * _LEVEL)) | (levels >> _LEVEL)
        number = len(nodes)
        sig = signatures.setdefault(levels, len(signatures))
        nodes.append((parent, TAGS.get(tag, 0), depth, mask, words_above, flags, sig))
        if number and number % 512 == 0:
            self.clock.check()
        if tag == "tr" and _is_row(element):
            self.row(element, link)
        else:
            self.walk(element, (number, depth + 1, words_above | mask, flags, levels), link, tag in _BOLD)
        if self.pieces:
            self.flush(number)
        self.broken = False

    def row(self, row: HtmlElement, link: bool) -> None:
        """Read a table row as one line: a number without the name before it says nothing."""
        filled = False
        for cell in row:
            if cell.tag in _CELLS:
                start = len(self.pieces)
                self.flat(cell, link, cell.tag == "th")
                if any(not piece.isspace() for piece in self.pieces[start:]):
                    if filled:
                        self.pieces.insert(start, CELL)
                        self.seen = True
                    filled = True

    def flat(self, element: HtmlElement, link: bool, bold: bool) -> None:
        """Read what is seen of a cell, whatever its elements, as one run of text."""
        if element.text:
            self.add(element.text, link, bold)
        for child in element:
            tag = child.tag
            if (
                isinstance(tag, str)
                and tag not in _SKIP
                and not is_unseen_class((child.get("class") or "")[:MAX_CLASS])
            ):
                linked = tag == "a" and bool(child.get("href"))
                self.run_links += linked
                self.pieces.append(" " if tag in _BLOCK or tag == "br" else "")
                self.flat(child, link or linked, bold or tag in _BOLD)
                self.pieces.append(" " if tag in _BLOCK else "")
            if child.tail:
                self.add(child.tail, link, bold)


def _holds_page(element: HtmlElement) -> bool:
    """Whether a control or a drawing holds the page's text: its end tag was forgotten, and browsers show what follows."""
    first = next(element.iter("main", "article", "h1"), None)
    if first is None:
        return False
    if first.tag != "h1" or next(element.iter("main", "article"), None) is not None:
        return True
    return sum(1 for _ in islice(element.iter("p"), 3)) == 3


def _is_text(text: str | None) -> bool:
    return bool(text) and not text.isspace()  # type: ignore[union-attr]


def _inline_by_place(element: HtmlElement, in_text: bool) -> bool:
    """Whether an element that HTML does not know is part of a run of text: beside text, and without blocks in it."""
    return in_text and not any(child.tag in _BLOCK for child in element)


def _is_row(row: HtmlElement) -> bool:
    """Whether a table row is data: two cells or more, short, with nothing in them that is a text of its own."""
    cells = size = 0
    for number, element in enumerate(row.iter()):
        if number > MAX_ROW_ELEMENTS or (number and element.tag in _NO_ROW):
            return False
        cells += element.tag in _CELLS
        size += len(element.text or "") + (len(element.tail or "") if number else 0)
    return cells >= 2 and size <= MAX_ROW


# Stands for <br> while a block is put together; clean text never holds it.
_BREAK = "\x1e"


def _squeeze(text: str) -> str:
    """White space folded: line breaks of the source are spaces, those of ``<br>`` stay."""
    text = text.strip()
    if text.isprintable() and "  " not in text:
        return text  # the only white space that is printed is the space
    if _BREAK not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def segment(root: HtmlElement, clock: Clock, attributes: Attributes | None = None) -> Blocks:
    """The blocks of the page whose tree is *root*. Raises ``TooSlowError`` by way of *clock*.

    *attributes*: those of its elements, where somebody has read them already.
    """
    body = root.find("body")
    start = body if body is not None else root
    if attributes is None:
        attributes = {element: items for element in start.iter() if (items := element.items())}
    walker = _Walker(clock, attributes)
    walker.block(start, str(start.tag), _NOWHERE, False)
    text, block_node, link_chars, bold_chars, links, inline = _columns(walker.blocks, 6)
    parent, tag, depth, mask, above, flags, sig = _columns(walker.nodes, 7)
    return Blocks(
        text,
        block_node,
        link_chars,
        bold_chars,
        links,
        inline,
        parent,
        tag,
        depth,
        mask,
        above,
        flags,
        sig,
        walker.full,
    )


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """*rows* of *width* values each as columns."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
