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
from collections.abc import Mapping, Sequence
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
#: Characters read of an element's class, and of each of its other attributes.
MAX_CLASS = 200
MAX_ATTRIBUTE = 80

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
    "article": "article",
    "main": "main",
    "aside": "aside",
    "nav": "nav",
    "header": "header",
    "footer": "footer",
    "figure": "figure",
    "blockquote": "blockquote",
    "li": "li",
    "table": "table",
    "form": "form",
    "section": "section",
    "details": "details",
    "figcaption": "caption",
}
_ATTRIBUTES = frozenset(
    ("id", "role", "itemprop", "data-testid", "data-component", "data-qa", "data-type", "aria-label")
)


# Class names by which style sheets put text off the screen, and styles that do. A prefix of a media query ("md:") or
# "not-" says the contrary.
_UNSEEN_CLASS = re.compile(
    r"(?i)(?:^|\s)(?!not-)(?:[a-z0-9]{1,12}[-_]{1,2}){0,2}(?:sr-only(?:-focusable)?|visually-?hidden|screen-?reader(?:-text|-only|s)?"
    r"|show-for-sr|element-invisible|assistive-text|off-?screen(?:-text)?|a11y-hidden|sr-text|hidden-?visually)(?=\s|$)"
)
_UNSEEN_STYLE = re.compile(
    r"(?i)display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|clip\s{0,3}:\s{0,3}rect\(\s{0,3}[01](?:px)?[\s,]"
    r"|clip-path\s{0,3}:\s{0,3}inset\((?:50|100)%|(?:left|top|text-indent)\s{0,3}:\s{0,3}-\d{4}"
)


@lru_cache(maxsize=16_384)
def _of_word(mark: str) -> int:
    """The groups of words that stand in one class name, as bits."""
    mask = 0
    for word in _SPLIT_WORDS.findall(mark):
        mask |= _BITS.get(word.lower(), 0)
    return mask


def is_unseen_class(marks: str) -> bool:
    """Whether the class names *marks* take an element off the screen and leave it to screen readers."""
    return _of_class(marks)[1]


def word_mask(marks: str) -> int:
    """The groups of words that stand in *marks* (class names and the like) as bits."""
    return _of_class(marks)[0]


@lru_cache(maxsize=16_384)
def _of_class(marks: str) -> tuple[int, bool, str]:
    """What class names say: groups of words, whether they take the element off the screen, their plain form.

    Pages of different sites share few lists of names, but most names.
    """
    mask = 0
    for mark in marks.split():
        mask |= _of_word(mark)
    unseen = may_match(_UNSEEN_CLASS, fold(marks)) and bool(_UNSEEN_CLASS.search(marks))
    return mask, unseen, _DIGITS.sub("0", marks)


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
#: above, flags, number of its signature; and tag and class of three levels. A plain tuple: some hundreds a page are made.
_Node = tuple[int, int, int, int, int, int, int, tuple[object, ...]]
_NODE_WIDTH = 8
_HIDDEN = ANCESTOR["hidden"]

# What is done with an element, by its tag: one look-up for each.
_AS_INLINE, _AS_BLOCK, _AS_SKIPPED, _AS_BREAK = range(1, 5)
_TREATMENT: dict[Any, int] = (
    dict.fromkeys(_SKIP, _AS_SKIPPED)
    | dict.fromkeys(_BLOCK, _AS_BLOCK)
    | dict.fromkeys(_INLINE, _AS_INLINE)
    | {"br": _AS_BREAK}
)
# What an attribute of a block-level element says, by its name; all others say nothing.
_CLASS, _WORDED, _HIDING, _STYLED, _ARIA_HIDING = range(5)
_SPEAKING: dict[str, int] = dict.fromkeys(_ATTRIBUTES, _WORDED) | {
    "class": _CLASS,
    "hidden": _HIDING,
    "style": _STYLED,
    "aria-hidden": _ARIA_HIDING,
}


#: Names and values of the attributes of the elements that have any.
Attributes = Mapping[HtmlElement, list[tuple[str, str]]]


class _Walker:
    def __init__(self, clock: Clock, attributes: Attributes) -> None:
        self.clock = clock
        self.attributes = attributes
        self.blocks: list[_Block] = []
        self.nodes: list[_Node] = []
        self.signatures: dict[object, int] = {}
        self.pieces: list[str] = []
        self.run_link = self.run_bold = self.run_links = self.run_inline = 0
        self.breaks = 0
        self.left = MAX_TEXT
        self.full = False
        self.left_open = 0

    def open(self, element: HtmlElement, tag: str, parent: int) -> int:
        """Register a block-level *element*; its node number."""
        mask = 0
        own = ""
        nodes = self.nodes
        depth = above = flags = 0
        upper: tuple[object, ...] = (None, None)
        if parent >= 0:
            _, _, depth, over_mask, above, flags, _, upper = nodes[parent]
            depth, above = depth + 1, above | over_mask
        for name, value in self.attributes.get(element, ()):
            says = _SPEAKING.get(name)
            if says is None:
                continue
            if says == _CLASS:
                words, unseen, own = _of_class(value[:MAX_CLASS])
                mask |= words
                if unseen:
                    flags |= _HIDDEN
            elif says == _WORDED:
                mask |= word_mask(value[:MAX_ATTRIBUTE])
                if name == "itemprop" and "rticleBody" in value:
                    flags |= ANCESTOR["articlebody"]
            elif says == _ARIA_HIDING:
                if value == "true":
                    flags |= ANCESTOR["aria_hidden"]
            elif value != "until-found" if says == _HIDING else _UNSEEN_STYLE.search(value[:300]):
                flags |= _HIDDEN
        if bit := _ANCESTOR_OF_TAG.get(tag):
            flags |= ANCESTOR[bit]
        levels = ((tag, own), upper[0], upper[1])
        number = self.signatures.setdefault(levels, len(self.signatures))
        nodes.append((parent, TAGS.get(tag, 0), depth, mask, above, flags, number, levels))
        return len(nodes) - 1

    def flush(self, node: int) -> None:
        """End the current run of text as a block of *node*."""
        if self.pieces:
            text = "".join(self.pieces)
            self.pieces.clear()
            # Most runs are the white space between two elements.
            if not text.isspace() and (text := _squeeze(text)):
                if len(self.blocks) >= MAX_BLOCKS:
                    self.full = True
                else:
                    for start in range(0, len(text), MAX_BLOCK):
                        part = text[start : start + MAX_BLOCK]
                        run = (self.run_link, self.run_bold, self.run_links, self.run_inline)
                        self.blocks.append((part, node, *run))
            self.run_link = self.run_bold = self.run_links = self.run_inline = 0
        self.breaks = 0

    def add(self, text: str, link: bool, bold: bool) -> bool:
        """Add to the run of text; whether *text* is more than white space."""
        size = len(text)
        if size > self.left:
            text, size, self.full = text[: self.left], self.left, True
        self.left -= size
        self.pieces.append(text)
        seen = not text.isspace()
        if size > 2 or seen:
            self.breaks = 0
            if link:
                self.run_link += size
            if bold:
                self.run_bold += size
        return seen

    def walk(self, element: HtmlElement, node: int, link: bool, bold: bool) -> None:
        """Read what stands in *element*, whose text belongs to *node*."""
        if self.full:
            return
        text = element.text
        in_text = self.add(text, link, bold) if text else False
        for child in element[:]:  # a list of them is made at a third of the cost of an iterator
            tag = child.tag
            tail = child.tail
            treatment = _TREATMENT.get(tag)
            if treatment is None and isinstance(tag, str):
                by_place = _inline_by_place(child, in_text or _is_text(tail))
                treatment = _AS_INLINE if by_place else _AS_BLOCK
            elif treatment == _AS_SKIPPED and tag in _OFTEN_OPEN:
                if tag == "button" and element.tag in _HEADINGS:
                    treatment = _AS_INLINE  # what opens the section below it is the section's heading
                elif self.is_left_open(child):
                    treatment = _AS_BLOCK
            if treatment == _AS_BLOCK:
                if self.pieces:
                    self.flush(node)
                self.breaks = 0
                self.block_element(child, tag, node, link)
            elif treatment == _AS_INLINE:
                self.inline_element(child, tag, node, link, bold)
            elif treatment == _AS_BREAK:
                self.line_break(node)
            if tail:
                in_text = self.add(tail, link, bold)

    def is_left_open(self, element: HtmlElement) -> bool:
        """Whether the end tag of a control was forgotten, so that it holds the page. Each look may cost a walk."""
        if not len(element) or self.left_open >= MAX_LEFT_OPEN or not _holds_page(element):
            return False
        self.left_open += 1
        return True

    def line_break(self, node: int) -> None:
        self.breaks += 1
        if self.breaks > 1:
            self.flush(node)
        else:
            self.pieces.append(_BREAK)

    def inline_element(self, child: HtmlElement, tag: str, node: int, link: bool, bold: bool) -> None:
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
        if hidden or (style and _UNSEEN_STYLE.search(style[:300])):
            return
        if href and tag == "a":
            self.run_links += 1
            link = True
        self.walk(child, node, link, bold or tag in _BOLD)

    def block_element(self, child: HtmlElement, tag: str, parent: int, link: bool) -> None:
        number = self.open(child, tag, parent)
        if number % 512 == 0:
            self.clock.check()
        if tag == "tr" and _is_row(child):
            self.row(child, link)
        else:
            self.walk(child, number, link, tag in _BOLD)
        if self.pieces:
            self.flush(number)
        self.breaks = 0

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
    if next(element.iter("main", "article"), None) is not None:
        return True
    return next(element.iter("h1"), None) is not None and sum(1 for _ in islice(element.iter("p"), 3)) == 3


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
    number = walker.open(start, str(start.tag), -1)
    walker.walk(start, number, False, False)
    walker.flush(number)
    text, block_node, link_chars, bold_chars, links, inline = _columns(walker.blocks, 6)
    parent, tag, depth, mask, above, flags, sig, _ = _columns(walker.nodes, _NODE_WIDTH)
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
