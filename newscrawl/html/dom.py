"""Hostile HTML to a bounded tree, and small questions asked of its elements.

libxml2's HTML parser is used without its ``huge`` option, so nesting is bounded
by the parser itself; what is built on top walks the tree without recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from newscrawl.html.markup import is_costly
from newscrawl.html.repair import clean_markup, unescape
from newscrawl.text import clean_line
from newscrawl.urls import join

__all__ = [
    "MAX_HTML",
    "Element",
    "absolute_url",
    "class_tokens",
    "document",
    "first",
    "fragment",
    "has_class",
    "image_of",
    "inner_html",
    "line",
    "plain_title",
    "remove_all",
    "words_of",
]

#: Characters (or bytes) of one document that are read; the rest is cut off.
MAX_HTML = 12_000_000
MAX_URL = 4_000

# lxml's stubs know too little of it to be of use here.
Element = Any

_DECLARATION = re.compile(r"\s{0,100}<\?xml[^>]{0,300}\?>", re.IGNORECASE)
_BAD_IN_URL = re.compile("[\x00-\x20\x7f]")
_ENTITY_LEFT = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|amp|quot|apos|lt|gt|nbsp|[lr][sd]quo|[nm]dash|hellip);")
_WORD_BREAK = re.compile(r"[-_:./\s]+")


# What no XML may hold: the parser lets it into the tree, and refuses it when text is moved.
_CONTROLS = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0C, 0x0D))
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACES = bytes.maketrans(b"\x0c", b" ")
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def _parse(data: bytes) -> Element | None:
    if is_costly(data):
        return None  # a parse cannot be interrupted
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, recover=True, huge_tree=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None


def _undeclared(text: str) -> str:
    """*text* without byte order mark and XML declaration; only its start is looked at, a page may be full of space."""
    text = text.removeprefix("\ufeff")
    found = _DECLARATION.match(text)
    return text[found.end() :] if found else text


def document(html: bytes | str, *, encoding: str | None = None) -> Element | None:
    """The root of a whole page, or ``None`` where nothing can be parsed.

    *encoding*: what the transport said of bytes; :func:`newscrawl.html.encoding.decode` weighs it.
    """
    if isinstance(html, bytes):
        from newscrawl.html.encoding import decode  # brings all of extraction with it: only where it is needed

        html = decode(html[:MAX_HTML], encoding).text
    text = html[:MAX_HTML]
    # The tree is built from UTF-8 whatever the page declares: libxml2 looks for a declaration in the first
    # kilobyte only, and themes print theirs later.
    data = _undeclared(text).encode("utf-8", "replace").translate(_SPACES, _CONTROLS)
    for one in _NONCHARACTERS:
        data = data.replace(one, b"")
    return _parse(data) if data.strip() else None


def fragment(html: str) -> Element | None:
    """The ``body`` element around a piece of HTML, or ``None`` where there is nothing."""
    if not html or not html.strip():
        return None
    root = document("<body>" + _undeclared(html[:MAX_HTML]))
    return None if root is None else root.find("body")


def class_tokens(element: Element) -> list[str]:
    """The classes of *element*, lower-case; at most 50."""
    value = element.get("class")
    return value[:4_000].lower().split()[:50] if value else []


def has_class(element: Element, *names: str) -> bool:
    """Whether *element* has one of the classes *names* (given in lower case)."""
    tokens = class_tokens(element)
    return any(name in tokens for name in names)


def words_of(element: Element, *, ids: bool = True) -> set[str]:
    """The words that the classes (and the id) of *element* are made of: ``post-ad-box`` gives post, ad, box."""
    value = f"{element.get('class') or ''} {(element.get('id') or '') if ids else ''}"[:4_000].lower()
    return set(_WORD_BREAK.split(value)) - {""}


def remove_all(elements: Iterable[Element]) -> None:
    """Take *elements* out of their trees; the text after each stays.

    The text that stays is joined once for each gap. Joined at each removal, its time was the square of what is removed:
    132 s for 40,000 elements that stand side by side.
    """
    gone = set(elements)
    for parent in dict.fromkeys(element.getparent() for element in gone):
        if parent is None:
            continue
        kept: Element | None = None
        text = [parent.text or ""]
        for child in list(parent):
            if child in gone:
                text.append(child.tail or "")
                child.tail = None
                parent.remove(child)
                continue
            _set_text(parent, kept, text)
            kept, text = child, [child.tail or ""]
        _set_text(parent, kept, text)


def _set_text(parent: Element, before: Element | None, text: list[str]) -> None:
    """Let *text* stand behind *before*, or at the start of *parent*; one piece stands there already."""
    if len(text) == 1:
        return
    # A reference (`&#1;`) brings into a tree what lxml then refuses to set as text.
    joined = _REFUSED.sub("", "".join(text)) or None
    if before is None:
        parent.text = joined
    else:
        before.tail = joined


def line(element: Element | None, *, limit: int = 2_000) -> str | None:
    """The text of *element* on one clean line, or ``None``."""
    if element is None:
        return None
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(part)
        size += len(part)
        if size > limit * 4:
            break
    return clean_line("".join(parts), limit=limit)


def first(elements: Iterable[Element]) -> Element | None:
    """The first of *elements*, or ``None``."""
    return next(iter(elements), None)


# What is markup's own and no text, to its end tag or to the end.
_CODE = re.compile(r"<(script|style)\b[^>]{0,2000}>[^<]*(?:<(?!/\1)[^<]*)*(?:</\1\s{0,9}>|\Z)", re.IGNORECASE)


def plain_title(value: object) -> str | None:
    """A rendered title or name: markup out, entities decoded (twice where an importer encoded them twice)."""
    if not isinstance(value, str) or not value:
        return None
    value = clean_markup(value[:20_000])
    text: str | None = value
    if "<" in value:
        text = line(fragment(_CODE.sub(" ", value))) or None
    else:
        text = unescape(value)
    if text and _ENTITY_LEFT.search(text):
        text = unescape(text)
    return clean_line(text)


def inner_html(element: Element) -> str:
    """What stands inside *element*, as HTML."""
    head = (element.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return head + "".join(etree.tostring(child, encoding="unicode", method="html", with_tail=True) for child in element)


def absolute_url(value: str | None, base_url: str = "") -> str | None:
    """*value* against *base_url* as an http(s) URL with a host, or ``None``; nothing else is changed in it."""
    if not value:
        return None
    value = _BAD_IN_URL.sub(lambda found: "%20" if found[0] == " " else "", value.strip())
    if not value or len(value) > MAX_URL or (value.startswith("//") and not value.strip("/")):
        return None
    if "\\" in value:
        # Browsers read a backslash as a slash in http addresses (WHATWG URL, special schemes), up to the query.
        path = re.match(r"[^?#]*", value)
        assert path is not None
        value = path[0].replace("\\", "/") + value[path.end() :]
    try:
        joined = join(base_url, value)
        parts = urlsplit(joined)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(joined) > MAX_URL:
            return None
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return joined.encode("utf-8", "replace").decode("utf-8")


_NO_IMAGE = {"wp-smiley", "emoji", "avatar", "lazyload-placeholder", "tracking-pixel"}
_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "data-full-url", "src")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")


def _tiny(element: Element) -> bool:
    for name in ("width", "height"):
        value = (element.get(name) or "").strip().removesuffix("px")
        if value.isascii() and value.isdigit() and len(value) < 6 and int(value) <= 50:
            return True
    return False


def _widest(srcset: str) -> str | None:
    best: tuple[float, str] | None = None
    for candidate in srcset[:20_000].split(", "):
        url, _, size = candidate.strip().strip(",").partition(" ")
        try:
            width = float(size.strip().rstrip("wx") or 1)
        except ValueError:
            continue
        if url and (best is None or width > best[0]):
            best = (width, url)
    return best[1] if best else None


def image_of(element: Element, base_url: str) -> str | None:
    """The address of an ``img``: the lazy-loading attributes before ``src``, which is often a placeholder."""
    if _tiny(element) or _NO_IMAGE.intersection(class_tokens(element)):
        return None
    for name in _SOURCES:
        value = element.get(name)
        if value and not value.lstrip().lower().startswith("data:") and "jeg-empty" not in value:
            url = absolute_url(value, base_url)
            if url:
                return url
    for name in _SETS:
        value = element.get(name)
        if value:
            url = absolute_url(_widest(value), base_url)
            if url:
                return url
    return None


def images(root: Element, base_url: str) -> Iterator[str]:
    """The addresses of the images under *root*, in order, without smileys, avatars and tracking pixels."""
    for element in root.iter("img", "amp-img"):
        url = image_of(element, base_url)
        if url:
            yield url
