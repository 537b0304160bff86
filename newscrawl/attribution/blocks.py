"""A post's HTML as blocks of running text that remember where each character came from.

What is no part of a post (navigation, sidebars, comments, share links, related posts, scripts, captions) is left
out, so nothing in it can pass for an attribution. In a block's text a link stands between :data:`OPEN` and
:data:`CLOSE`, a line break is :data:`BREAK`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from lxml import etree

from newscrawl.html.opening import PLAIN_ELEMENTS

__all__ = ["BREAK", "CLOSE", "OPEN", "Block", "Document", "Link"]

OPEN, CLOSE, BREAK = "\ue000", "\ue001", "\u2028"
_FILL = "\u200b"
_MARKERS = str.maketrans({OPEN: "\ufffd", CLOSE: "\ufffd"})

#: An attribution stands at a post's start or end: of longer input this much of either end is read, in characters.
MAX_PART = 500_000
# Emptied parents that go with an emptied element.
_EMPTY_PARENTS = 30
#: Elements looked at, and text of one block, in characters.
MAX_ELEMENTS = 50_000
#: Source blocks of themes that are looked at.
MAX_SOURCES = 20
MAX_BLOCK = 50_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _words(
    "address article aside body blockquote center dd details div dl dt fieldset figure footer h1 h2 h3 h4 h5 h6 header "
    "hgroup hr li main ol p section summary table tbody td tfoot th thead tr ul"
)
_NEVER = _words(
    "aside audio button canvas code datalist dialog figcaption form frameset head iframe input map math menu nav "
    "noscript object option picture pre samp script select style svg template textarea title video"
)
#: Classes of an aside that tells where its article comes from.
_TELLS_SOURCE = re.compile(r"source|reprint|repost|republi|credit|attribution|origin|syndicat", re.IGNORECASE)
#: Elements that show something which is not running text.
_MEDIA = _words("img picture video audio iframe embed object canvas svg table figure pre code math")
_BREAKING = _NEVER | _BLOCKS
_ROLES = frozenset(("navigation", "complementary", "search", "dialog", "contentinfo", "banner", "menu", "toolbar"))
_ALIEN = re.compile(
    r"(?:sidebar|widget|comments?|commentlist|respond|related|relatedposts|jp-relatedposts|yarpp|share|shared|sharing|"
    r"sharedaddy|sd-sharing|social|breadcrumbs?|nav|navigation|newsletter|subscribe|popular|trending|recommended|"
    r"disqus|cookie|consent|author-?box|site-footer|site-header|colophon|twitter-tweet|twitter-video|instagram-media|"
    r"wp-embedded-content|wp-caption-text|screen-reader-text|sr-only|addtoany|jeg_sidebar|jeg_share|jeg_related|"
    r"jeg_ad|jeg_nav|jeg_footer|jeg_authorbox|jnews_(?:related|inline_related|comment|prev_next|author|popup)|"
    r"td_block_related|td-post-sharing|tdb_single_related|tdb_single_comments|td-post-next-prev|footer-widgets?)"
    r"(?:$|[-_].*)"
    r"|.*(?:related[-_]?posts|[-_]comments|post-navigation|post-share|social-share|share-buttons|jeg_footer).*"
)
_OURS = re.compile(
    r"(?:entry|post|article|single|td-post|the)[-_](?:content|body|text)|content-inner|tdb_single_content"
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,2000})\)")
#: Classes in which themes and importers set a source.
SOURCE_CLASSES = re.compile(
    r"(?:^|\s)(jeg_post_source|jeg_post_via|td-post-source-tags|td-post-source-via|tdb_single_source|tdb_single_via|"
    r"feed-source|wprss-item-source|feedzy-source|syndicated-attribution|syndication-source|"
    r"(?:post|entry|article|original)[-_]source)(?:$|\s)"
)
# What an emptied element may still hold and then has to stay.
_CONTENT = _words("img picture video audio iframe embed object svg canvas input hr source")


# No post has such a run of white space, and patterns would try each of its parts.
_LONG_BLANK = re.compile(r"[ \t\r\n\xa0]{1000,}")


def _may_be_blank(html: str) -> bool:
    """Whether *html* may hold such a run: it covers a place of a thousand, half of it on one side."""
    return any(
        not html[place : place + 500].strip(" \t\r\n\xa0") or not html[place - 500 : place].strip(" \t\r\n\xa0")
        for place in range(1000, len(html), 1000)
    ) or not html[:500].strip(" \t\r\n\xa0")


@dataclass(slots=True)
class Link:
    """A link in a block: the offsets of its markers, and its address as written."""

    start: int
    end: int
    href: str
    element: Any = None
    #: The text of a picture that stands in place of words.
    alt: str = ""
    #: Whether the address stands as plain text; the offsets are then one off on either side.
    bare: bool = False


@dataclass(slots=True)
class Block:
    """Running text between two block-level boundaries."""

    text: str = ""
    links: list[Link] = field(default_factory=list)
    # (offset, element, whether the text is its tail): where each stretch came from.
    pieces: list[tuple[int, Any, bool]] = field(default_factory=list)
    #: What the markup says of it: ``source``, ``caption``, ``emphasis``, ``quotation``, ``heading``, ``list``,
    #: ``footer``, and ``media`` where a picture, a table, code or a film stands in it or right before it.
    marks: frozenset[str] = frozenset()

    def link_at(self, start: int) -> Link | None:
        """The link whose opening marker stands at *start*."""
        return next((link for link in self.links if link.start == start), None)

    def link_ending(self, end: int) -> Link | None:
        """The link whose closing marker ends at *end*."""
        return next((link for link in self.links if link.end == end), None)

    def link_around(self, start: int, end: int) -> Link | None:
        """The link that encloses everything from *start* to *end*."""
        return next((link for link in self.links if link.start <= start and end <= link.end), None)

    def inside(self, link: Link) -> str:
        """A link's text."""
        return self.text[link.start + 1 : link.end - 1]


class Document:
    """*html* parsed: its blocks, and the elements of known source classes. Fragments and whole pages, of any size."""

    def __init__(self, html: str) -> None:
        html = _encodable(html.replace("\x00", ""))
        if _may_be_blank(html):
            html = _LONG_BLANK.sub(" ", html)
        #: What was parsed.
        self.source = html
        # The middle of a huge post is passed over, and put back when it is written.
        self._middle = ""
        if len(html) > 2 * MAX_PART:
            first = max(html.rfind("<p", 0, MAX_PART), 0) or MAX_PART
            last = html.find("<p", len(html) - MAX_PART)
            last = last if last > 0 else len(html) - MAX_PART
            html, self._middle = f"{html[:first]}<hr data-middle>{html[last:]}", html[first:last]
        self._whole = re.match(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype|html)\b", html, re.IGNORECASE) is not None
        parser = etree.HTMLParser(huge_tree=True, remove_pis=True)
        parser.set_element_class_lookup(PLAIN_ELEMENTS)
        source = html if self._whole else f"<html><body>{html}</body></html>"
        source = re.sub(r"^\s*<\?xml[^>]*>", "", source)
        try:
            root = lxml.html.document_fromstring(source, parser=parser)
        except etree.ParserError:  # a document type alone, in which nothing can be read
            root = lxml.html.document_fromstring("<html><body></body></html>")
        self.root: Any = root
        #: Whether the parser gave up on depth, so that the tree holds only a part and must not be written back.
        self.truncated = any("depth" in error.message for error in parser.error_log)
        body = root.find("body")
        self.body: Any = root if body is None else body
        self.blocks: list[Block] = []
        self.sources: list[Any] = []
        #: The elements of the body that are read, but for its paragraphs of text alone.
        self._others: list[Any] = []
        self._whole_read = True
        #: What `newscrawl.attribution.claims` cuts the blocks into, once it has.
        self.units: list[Any] | None = None
        self._read()

    def _read(self) -> None:
        writer = _Writer(self.blocks)
        wrappers = self._wrappers()
        todo: list[tuple[Any, bool]] = [(self.body, False)]
        seen = 0
        within: Any = None
        while todo:
            element, leaving = todo.pop()
            if leaving:
                writer.leave(element)
                within = None if element is within else within
            else:
                seen += 1
                if seen > MAX_ELEMENTS:
                    self._whole_read = False
                    break
                if element.tag == "p" and not len(element) and not element.keys():
                    # Most of a post: a paragraph of text alone, of which nothing below has more to say.
                    writer.paragraph(element)
                    if element.tail:
                        writer.add(element.tail, element, True)
                    continue
                self._others.append(element)
                if not isinstance(element.tag, str) or (element is not self.body and _is_alien(element, wrappers)):
                    if isinstance(element.tag, str) and element.tag in _BREAKING:
                        writer.flush()
                    if element.tag in _MEDIA:
                        writer.show()
                else:
                    if within is None and SOURCE_CLASSES.search(element.get("class") or ""):
                        # One within another is the same source; read each, nested ones cost the square of their depth.
                        within = element
                        if len(self.sources) < MAX_SOURCES:
                            self.sources.append(element)
                    writer.enter(element)
                    todo.append((element, True))
                    todo.extend((child, False) for child in reversed(element))
                    continue
            if element is not self.body and element.tail:
                writer.add(element.tail, element, True)
        writer.flush()

    def _wrappers(self) -> set[Any]:
        """The elements that hold an element in which a theme sets a post's body."""
        found: set[Any] = set()
        for inner in self.body.iter("div", "section"):
            if _OURS.search(inner.get("class") or ""):
                outer = inner
                while outer is not None and outer not in found:
                    found.add(outer)
                    outer = outer.getparent()
        return found

    def is_simple(self) -> bool:
        """Whether the body holds paragraphs of plain running text alone: written and parsed again it is the same."""
        if self._whole or self._middle or self.truncated or not self._whole_read or not len(self.body):
            return False
        if len(self.source) > MAX_PART:
            return False
        for child in self._others:
            if child.getparent() is not self.body:
                continue  # it was cut, or stands in one that is looked at
            if child.tag != "p" or child.keys():
                return False
            inner = list(child.iterdescendants())
            if len(inner) > _MOST_INLINE:
                return False
            if any(one.tag not in _INLINE or (one.tag != "a" and one.keys()) for one in inner):
                return False
        if _CONTROL.search(self.source):
            return False
        return "&#" not in self.source or _CONTROL.search("".join(self.body.itertext())) is None

    def cut_all(self, block: Block, stretches: list[tuple[int, int]]) -> None:
        """Remove *stretches* (offsets) of *block*, and the elements that are empty then."""
        for link in block.links:
            if link.element is not None and any(a <= link.start and link.end <= b for a, b in stretches):
                # A logo in place of the name goes with the link.
                for image in list(link.element.iter(*_CONTENT)):
                    self.drop(image)
        ends = [piece[0] for piece in block.pieces[1:]] + [len(block.text)]
        touched = []
        for (offset, element, tail), stop in zip(block.pieces, ends, strict=True):
            overlaps = [(a, b) for a, b in stretches if a < stop and offset < b]
            if element is _NOWHERE or not overlaps:
                continue
            raw = (element.tail if tail else element.text) or ""
            for start, end in sorted(overlaps, reverse=True):
                raw = raw[: max(0, start - offset)] + raw[max(0, end - offset) :]
            if tail:
                element.tail = _settable(raw)
                touched += [element, element.getparent()]
            else:
                element.text = _settable(raw)
                touched.append(element)
        for element in touched:
            self.drop_if_empty(element)

    def drop_if_empty(self, element: Any) -> None:
        """Remove *element*, and then its parents, while they hold nothing to read or see."""
        for _ in range(_EMPTY_PARENTS):
            if element is None or element is self.body or element.getparent() is None:
                return
            if not isinstance(element.tag, str):
                element = element.getparent()  # a comment, whose text is its tail
                continue
            if any(True for child in element.iter() if child.tag in _CONTENT):
                return
            if "".join(element.itertext()).strip(" \t\r\n\f\xa0.,;:()[]*_\u200b\u200e\u200f"):
                return
            parent = element.getparent()
            self.drop(element)
            element = parent

    def drop(self, element: Any) -> None:
        """Remove *element*, keeping the text after it."""
        parent = element.getparent()
        if parent is None:
            return
        before = element.getprevious()
        if element.tail and before is not None:
            before.tail = _settable((before.tail or "") + element.tail)
        elif element.tail:
            parent.text = _settable((parent.text or "") + element.tail)
        parent.remove(element)

    def html(self) -> str:
        """The document as HTML again: a fragment where it was one."""
        if self._whole:
            text: str = lxml.html.tostring(self.root, encoding="unicode", doctype="<!DOCTYPE html>")
        else:
            head = etree_text(self.body.text)
            text = f"{head}{self._children()}"
            if "<meta" in text:  # of which lxml's own function, slower for each child, leaves some out
                text = head + "".join(lxml.html.tostring(child, encoding="unicode") for child in self.body)
        if self._middle:
            text = re.sub(r"<hr data-middle(?:=\"\")?>", lambda _: self._middle, text, count=1)
        return text.strip()

    def _children(self) -> str:
        """The children of the body as HTML, with the text behind each: written at once, or else one by one."""
        body = self.body
        if body.tag == "body" and not body.keys() and not (body.text and body.text.strip()):
            text = etree.tostring(body, encoding="unicode", method="html", with_tail=False)
            written = f"<body>{body.text or ''}"
            if text.startswith(written) and text.endswith("</body>"):
                return text[len(written) : -len("</body>")]
        return "".join(etree.tostring(child, encoding="unicode", method="html") for child in body)


def _encodable(value: str) -> str:
    """*value* with a question mark for each lone surrogate, of which there are mostly none."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _settable(value: str) -> str:
    """*value* without what lxml refuses to take as text: control characters that stood there as references."""
    return _REFUSED.sub("", value)


#: Elements of running text, and how many of them a simple paragraph holds at most: far fewer than may be nested.
_INLINE = _words("a strong em b i br")
_MOST_INLINE = 100
# What a parser may drop or change between one parse and the next.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufeff\ufffe\uffff]")
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def etree_text(value: str | None) -> str:
    """Text as it stands in HTML."""
    return (value or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_alien(element: Any, wrappers: set[Any]) -> bool:
    tag = element.tag
    if tag in _NEVER and not (tag == "aside" and _TELLS_SOURCE.search((element.get("class") or "")[:300])):
        return True
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    if (element.get("role") or "").lower() in _ROLES:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()[:1000].split()
    if tag == "footer" and not any(re.search(r"entry|post|article|content", name) for name in names):
        return element.getparent().tag == "body" or any(_ALIEN.fullmatch(name) for name in names)
    if not names or tag in {"main", "html", "body"}:
        return False
    if not any(_ALIEN.fullmatch(name) for name in names) or any(_OURS.search(name) for name in names):
        return False
    # A layout's wrapper may carry such a name and hold the post: not skipped then.
    return element not in wrappers


class _Writer:
    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.parts: list[str] = []
        self.length = 0
        self.pieces: list[tuple[int, Any, bool]] = []
        self.links: list[Link] = []
        self.open: tuple[int, str] | None = None
        self.anchor: Any = None
        # What the elements around say of the text, and what elements within it say.
        self.marks: list[frozenset[str]] = []
        self.inline: frozenset[str] = frozenset()
        # The offset at which a picture or the like was last shown in this block; -1: right before it.
        self.shown: int | None = None

    def add(self, text: str, element: Any, tail: bool) -> None:
        self.pieces.append((self.length, element, tail))
        self._put(text.translate(_MARKERS) if OPEN in text or CLOSE in text else text)

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _mark(self, marker: str) -> None:
        # A marker has no text of its own: it belongs to a piece that maps to nothing.
        self.pieces.append((self.length, _NOWHERE, False))
        self._put(marker)

    def show(self) -> None:
        """A picture, a table or the like stands here. One within a link stands for its text, as a logo does."""
        if self.open is None:
            self.shown = self.length

    def enter(self, element: Any) -> None:
        if element.tag in _BLOCKS:
            self.flush()
            self.marks.append(_marks(element))
        elif element.tag == "img" and not _is_pixel(element):
            self.show()
        elif element.tag in {"em", "i", "small"}:
            self.inline |= {"emphasis"}
        elif _SOURCE_CLASS.search(element.get("class") or ""):
            self.inline |= {"source"}
        elif element.tag in {"br", "wbr"}:
            self._mark(" " if self.open else BREAK)
        elif element.tag == "a" and self.open is None:
            self.anchor = element
            self._begin(element.get("href"))
        if element.text:
            self.add(element.text, element, False)

    def paragraph(self, element: Any) -> None:
        """`enter` and `leave` of a paragraph without attributes or elements in it."""
        self.flush()
        text = element.text
        if not text:
            return
        if self.open is not None or self.shown is not None or OPEN in text or CLOSE in text:
            self.add(text, element, False)
            self.flush()
        elif text.strip(_UNREAD):
            self._end(Block(text, [], [(0, element, False)], frozenset().union(*self.marks)))

    def _end(self, block: Block) -> None:
        if "](" in block.text:
            _read_markdown(block)
        self.blocks.append(block)

    def leave(self, element: Any) -> None:
        if element is self.anchor:
            self._finish()
            self.anchor = None
        if element.tag in _BLOCKS:
            self.flush()
            self.marks.pop()
            if element.tag in _MEDIA:
                self.show()

    def _begin(self, href: str | None) -> None:
        self.open = (self.length, href if href is not None else "#")
        self._mark(OPEN)

    def _finish(self) -> None:
        if self.open is not None:
            self._mark(CLOSE)
            alt = ""
            if self.length - self.open[0] < 12 and not "".join(self.parts[-8:]).rpartition(OPEN)[2].strip(
                f" {CLOSE}\r\n\t"
            ):
                picture = next(self.anchor.iter("img"), None)
                alt = ((picture.get("alt") or picture.get("title") or "") if picture is not None else "")[:200].strip()
            self.links.append(Link(self.open[0], self.length, self.open[1], self.anchor, alt))
            self.open = None

    def flush(self) -> None:
        again = self.open
        if again is not None:
            self._finish()
        elif not self.parts:
            self.shown, self.inline = None if self.shown is None else -1, frozenset()
            return
        text = "".join(self.parts)
        if text.strip(_UNREAD) or any(link.alt for link in self.links):
            marks = frozenset().union(*self.marks) | self.inline
            if self.shown is not None:
                marks |= {"media"}
                if self.shown <= 0 or text[self.shown :].strip():
                    self.shown = None  # text follows it: it does not stand right before the next block
            self._end(Block(text, self.links, self.pieces, marks))
        self.shown = None if self.shown is None else -1
        self.parts, self.length, self.pieces, self.links, self.inline = [], 0, [], [], frozenset()
        if again is not None:
            self._begin(again[1])


def _is_pixel(image: Any) -> bool:
    """Whether *image* only counts readers."""
    return image.get("width") in ("0", "1") or image.get("height") in ("0", "1")


_SOURCE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:sources?|fonte|quelle|credits?|attribution|syndicat\w+|original|copyright|meta__label)(?:$|[\s_-])",
    re.I,
)
_CAPTION_CLASS = re.compile(r"caption|legend|figure|chart|embed|gallery|footnote|reference|citation", re.IGNORECASE)


def _marks(element: Any) -> frozenset[str]:
    """What a block element says of its text."""
    tag, name = element.tag, (element.get("class") or "")[:500]
    found = set()
    if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
        found.add("heading")
    elif tag in {"li", "ul", "ol"}:
        found.add("list")
    elif tag in {"figure", "figcaption", "table"}:
        found.add("caption")
    elif tag == "blockquote":
        found |= {"emphasis", "quotation"}
    elif tag == "footer":
        found.add("footer")
    if name and _SOURCE_CLASS.search(name):
        found.add("source")
    if name and _CAPTION_CLASS.search(name):
        found.add("caption")
    return frozenset(found)


# What stands in a block's text and is nothing to read.
_UNREAD = f" \t\r\n\xa0{OPEN}{CLOSE}{BREAK}{_FILL}"

# The element of a marker, which has no text in the document.
_NOWHERE = etree.Element("nowhere")


def _read_markdown(block: Block) -> None:
    """Turn ``[text](https://…)`` into a link, character for character, so that offsets stay."""

    def link(found: re.Match[str]) -> str:
        label = found[1]
        block.links.append(Link(found.start(), found.start() + len(label) + 2, found[2]))
        return OPEN + label + CLOSE + _FILL * (len(found[0]) - len(label) - 2)

    block.text = _MARKDOWN.sub(link, block.text)
    block.links.sort(key=lambda one: one.start)
