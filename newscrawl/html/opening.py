"""One parse of the page, within bounds."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HTMLParser, HtmlProcessingInstruction

from newscrawl.html.markup import is_costly

__all__ = [
    "MAX_CHARS",
    "MAX_TAGS",
    "PLAIN_ELEMENTS",
    "Clock",
    "TooMuchWorkError",
    "TooSlowError",
    "Work",
    "parse",
    "sniff",
]

#: Longest page that is read, in characters. The longest real article page seen is 2.5 million.
MAX_CHARS = 5_000_000
#: Steps that reading one page may take: elements walked, values of page data looked at. The most of 2,300 real pages
#: takes 100,000; a million take a second or two.
MAX_WORK = 1_000_000
#: A page with more ``<`` than this is not an article; the most seen on a real one is 27,000.
MAX_TAGS = 80_000

#: Each element is one of lxml.html's plain ones: its own look-up, which knows forms and inputs, is asked in Python for
#: each element that is looked at.
PLAIN_ELEMENTS = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECLARATION = re.compile(r"\A\s{0,50}<\?xml[^>]{0,300}\?>", re.I)


class TooMuchWorkError(Exception):
    """Raised inside the reading of one page, caught at its door; the message says what was too much."""


class Work:
    """The work that one page may cost, in steps that are counted.

    Steps and no clock: what a page is must not depend on how fast the machine is, or how busy. The limit of time is
    that of the worker process which reads the page.
    """

    __slots__ = ("left",)

    def __init__(self, steps: int | None = None) -> None:
        self.left = MAX_WORK if steps is None else steps

    def check(self, steps: int = 512) -> None:
        """Count *steps*; raise :class:`TooMuchWorkError` when they are more than what is left."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchWorkError("more work than one page may cost")


# The names under which the block reader asks for them.
Clock = Work
TooSlowError = TooMuchWorkError

_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"RIFF", "media file"),
    (b"PK\x03\x04", "zip archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"ID3", "audio file"),
    (b"\x00\x00\x00\x18ftyp", "video file"),
    (b"\x00\x00\x00 ftyp", "video file"),
    (b"OggS", "audio file"),
    (b"\x1aE\xdf\xa3", "video file"),
    (b"{\\rtf", "RTF"),
    (b"\xd0\xcf\x11\xe0", "office document"),
)


def sniff(data: bytes) -> str | None:
    """What *data* is when it is plainly no HTML, from its first bytes (WHATWG MIME Sniffing); else ``None``."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    return None


_XML_ROOT = re.compile(r"<(rss|feed|urlset|sitemapindex|rdf:RDF|svg|opml|Error|soap:Envelope)[\s>]", re.I)


def sniff_text(text: str) -> str | None:
    """What decoded *text* is when it is plainly no HTML: JSON, a feed, plain text without a tag."""
    head = text[:2000].lstrip(_BEFORE_MARKUP)
    if head[:1] in "{[" and "<" not in head[:1]:
        return None if "<html" in head.lower() or "<body" in head.lower() else "JSON"
    if head.startswith("<?xml") or _XML_ROOT.match(head):
        found = _XML_ROOT.search(head)
        if found and "<html" not in head.lower():
            return f"XML ({found[1]})"
    if text.find("<", 0, 200_000) < 0:
        return "plain text"
    return None


_BEFORE_MARKUP = "\ufeff \t\r\n"
#: Characters in which a page begins; what comes before its markup is hardly ever longer.
_HEAD = 1_000


def _encoded(text: str, utf8: bytes | None) -> bytes:
    """*text* as it is parsed. *utf8*: the same in UTF-8, where it is at hand; most pages are parsed as they came."""
    plain = text
    head = text[:_HEAD].lstrip(_BEFORE_MARKUP)
    if (len(head) < 5 or head.startswith("<?xml")) and (start := text.lstrip(_BEFORE_MARKUP)).startswith("<?xml"):
        plain = _DECLARATION.sub("", start)
    if "\ufeff" in plain:
        plain = plain.replace("\ufeff", "")
    data = utf8 if utf8 is not None and plain is text else _as_utf8(plain)
    # Looked for among bytes: in a text of two bytes a character zeros are nearly everywhere.
    if b"\x00" in data or b"\x0b" in data:
        data = data.translate(None, b"\x00\x0b")
    return data


def _as_utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode("utf-8")


# The end of <body> or of <html>, and what may stand behind it without being content.
_END = re.compile(rb"(?i)</(?:body|html)(?=[\s/>])[^<>]*+>")
_NO_CONTENT = re.compile(rb"(?i)(?:\s++|</(?:body|html)(?=[\s/>])[^<>]*+>|<!--(?:[^-]++|-(?!->))*+-->)*+\Z")


def _without_early_end(data: bytes) -> bytes:
    """*data* without its ends of ``<body>`` and ``<html>`` where content follows one.

    What follows belongs to the body (WHATWG HTML, "after body" and "after after body" insertion modes). libxml2 drops
    what stands behind ``</html>``, and sets beside the body what stands behind ``</body>``.
    """
    first = _END.search(data)
    if first is None or _NO_CONTENT.match(data, first.end()):
        return data
    return _END.sub(b"", data)


def parse(text: str, utf8: bytes | None = None) -> HtmlElement | None:
    """The tree of *text*, or ``None`` where there is none. Comments and processing instructions are left out.

    *utf8*: *text* in UTF-8, where it is at hand. libxml2 stops at 256 open elements, so a page nested deeper loses what
    stands there, and no walk can overflow.
    """
    data = _encoded(text, utf8)
    if not data or data.isspace():
        return None
    if is_costly(data):
        raise TooMuchWorkError("markup that would cost a parser minutes")  # a parse cannot be interrupted
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(PLAIN_ELEMENTS)
    try:
        root = etree.fromstring(_without_early_end(data), parser)
    except (etree.XMLSyntaxError, etree.ParserError, ValueError, MemoryError):
        return None
    return root if isinstance(root, HtmlElement) else None
