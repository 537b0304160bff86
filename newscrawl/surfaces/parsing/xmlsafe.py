"""Hostile XML made harmless before any parser sees it: no DTD, no entities of its own, one byte encoding.

Entity definitions live in the document type declaration. It is cut off, so that
neither expansion (billion laughs, quadratic blow-up) nor external entities can
happen, whatever the parser behind does (CWE-776, CWE-611).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

__all__ = ["elements", "escape_bare_ampersands", "local_name", "plain_xml"]

_ENCODING = re.compile(rb"""(<\?xml[^>]{0,200}?encoding\s{0,5}=\s{0,5}["'])[\w.:-]{1,40}(["'])""", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,32};)")
_MARK = b"\xef\xbb\xbf"
# Where a feed or sitemap begins, behind what PHP or a theme printed before it.
_BEGIN = re.compile(rb"<\?xml\b|<(?:[\w-]{1,20}:)?(?:rss|feed|RDF|urlset|sitemapindex|opml)\b", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s{1,5}html|html|head|body)\b", re.IGNORECASE)
#: Bytes of notices before a document that are passed over.
MAX_NOISE = 100_000
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"


def _to_utf8(body: bytes) -> bytes:
    """UTF-16 and UTF-32, by their marks or by the zeros around the first ``<``, as UTF-8; anything else as it is."""
    name = None
    if body.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        name = "utf-32"
    elif body.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    elif body[:4] in (b"<\x00?\x00", b"<\x00!\x00", b"<\x00r\x00", b"<\x00u\x00", b"<\x00s\x00", b"<\x00f\x00"):
        name = "utf-16-le"
    elif body[:4] in (b"\x00<\x00?", b"\x00<\x00!", b"\x00<\x00r", b"\x00<\x00u", b"\x00<\x00s", b"\x00<\x00f"):
        name = "utf-16-be"
    if name is None:
        return body
    text = body.decode(name, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    return _ENCODING.sub(rb"\g<1>utf-8\g<2>", text[:400], count=1) + text[400:]


def _end_of_doctype(body: bytes, start: int) -> int:
    """Where the declaration that begins at *start* ends; the end of *body* when it never does."""
    at, depth, quote = start, 0, 0
    limit = len(body)
    while at < limit:
        char = body[at]
        if quote:
            if char == quote:
                quote = 0
        elif char in b"\"'":
            quote = char
        elif char == 0x5B:  # [
            depth += 1
        elif char == 0x5D:  # ]
            depth = max(0, depth - 1)
        elif char == 0x3E and not depth:  # >
            return at + 1
        at += 1
    return limit


def _without_noise(body: bytes) -> bytes:
    """*body* from where its document begins: byte order marks, notices and comments printed before it are cut off.

    A page stays what it is, though it may speak of feeds.
    """
    while True:
        bare = body.lstrip().removeprefix(_MARK)
        if bare == body:
            break
        body = bare
    begin = _BEGIN.search(body, 0, MAX_NOISE)
    if begin is None or begin.start() == 0 or _PAGE.search(body, 0, begin.start()):
        return body
    # A declaration that stands before the root is part of the document.
    return body if re.match(rb"<!DOCTYPE|<\?", body) else body[begin.start() :]


def plain_xml(body: bytes, *, max_bytes: int) -> bytes:
    """The first *max_bytes* of *body* in a byte encoding, without what is printed before it and without DOCTYPE."""
    body = _without_noise(_to_utf8(body[:max_bytes]))
    at = 0
    while at < len(body):
        if body.startswith(b"<?", at):
            end = body.find(b"?>", at, at + 2_000)
            if end < 0:
                return body
            at = end + 2
        elif body.startswith(b"<!--", at):
            end = body.find(b"-->", at)
            if end < 0:
                return b""
            at = end + 3
        elif body[at : at + 9].upper() == b"<!DOCTYPE":
            return body[:at] + body[_end_of_doctype(body, at) :]
        elif body[at : at + 1].isspace():
            at += 1
        else:
            return body
    return body


def escape_bare_ampersands(body: bytes) -> bytes:
    """``&`` that begins no entity as ``&amp;``, CDATA sections untouched: libxml2 drops it otherwise, and ``?a=1&b=2``
    would become ``?a=1=2``."""
    out: list[bytes] = []
    at = 0
    while True:
        start = body.find(_CDATA, at)
        end = body.find(_CDATA_END, start) if start >= 0 else -1
        if start < 0 or end < 0:
            out.append(_BARE_AMPERSAND.sub(b"&amp;", body[at:]))
            return b"".join(out)
        out.append(_BARE_AMPERSAND.sub(b"&amp;", body[at:start]))
        out.append(body[start : end + 3])
        at = end + 3


def local_name(element: Any) -> str:
    """The lower-case tag of *element* without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def elements(body: bytes) -> Iterator[tuple[str, Any]]:
    """``("start" | "end", element)`` through *body* (of :func:`plain_xml`), ending quietly where it is broken off."""
    parsing = etree.iterparse(
        BytesIO(escape_bare_ampersands(body)),
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        yield from parsing
    except etree.XMLSyntaxError:
        return
