"""One parse of the page, within bounds."""

from __future__ import annotations

import re
import time

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from newscrawl.html.markup import is_costly

__all__ = ["MAX_CHARS", "MAX_TAGS", "Clock", "TooSlowError", "parse", "sniff"]

#: Longest page that is read, in characters. The longest real article page seen is 2.5 million.
MAX_CHARS = 5_000_000
#: CPU seconds that reading one page may take in this thread, all in. Far above what a real page needs on a slow
#: machine (a live blog of 841 KiB: 1.5 s), since what a page is must not depend on the machine; and below the limit of
#: a worker process (:data:`newscrawl.workers.DEFAULT_LIMIT`), which costs a process.
CPU_LIMIT = 8.0
#: A page with more ``<`` than this is not an article; the most seen on a real one is 27,000.
MAX_TAGS = 80_000

_SURROGATE = re.compile("[\ud800-\udfff]")
_DECLARATION = re.compile(r"\A\s{0,50}<\?xml[^>]{0,300}\?>", re.I)


class TooSlowError(Exception):
    """Raised by :meth:`Clock.check` inside the extraction, caught at its door."""


class Clock:
    """The CPU time that one page may take. Checked in every loop over the page's parts.

    CPU time of this thread, not wall time: a busy machine must not change what a page is.
    """

    __slots__ = ("cpu", "seconds", "wall")

    def __init__(self, seconds: float = CPU_LIMIT) -> None:
        self.seconds = seconds
        self.wall = time.perf_counter()
        self.cpu = time.thread_time()

    def check(self) -> None:
        """Raise :class:`TooSlowError` when the time is over."""
        # CPU time is never more than wall time, and asking for it is a system call.
        if time.perf_counter() - self.wall > self.seconds and time.thread_time() - self.cpu > self.seconds:
            raise TooSlowError


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
    head = text[:2000].lstrip("\ufeff \t\r\n")
    if head[:1] in "{[" and "<" not in head[:1]:
        return None if "<html" in head.lower() or "<body" in head.lower() else "JSON"
    if head.startswith("<?xml") or _XML_ROOT.match(head):
        found = _XML_ROOT.search(head)
        if found and "<html" not in head.lower():
            return f"XML ({found[1]})"
    if "<" not in text[:200_000]:
        return "plain text"
    return None


def parse(text: str) -> HtmlElement | None:
    """The tree of *text*, or ``None`` where there is none. Comments and processing instructions are left out.

    libxml2 stops at 256 open elements, so a page nested deeper loses what stands there, and no walk can overflow.
    """
    if text.lstrip("\ufeff \t\r\n")[:5] == "<?xml":
        text = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"))
    for character in ("\x00", "\x0b", "\ufeff"):
        if character in text:
            text = text.replace(character, "")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = _SURROGATE.sub("\ufffd", text).encode("utf-8")
    if not data.strip():
        return None
    if is_costly(data):
        raise TooSlowError  # a parse cannot be interrupted
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, etree.ParserError, ValueError, MemoryError):
        return None
    return root if isinstance(root, HtmlElement) else None
