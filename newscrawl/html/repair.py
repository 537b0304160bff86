"""Strangers' markup made safe to hand on: what makes a parser, an encoder or a database fail is taken out. Pure.

Every surface passes a post's HTML through :func:`clean_markup` before anything reads it.
"""

from __future__ import annotations

import html
import re

__all__ = ["clean_markup", "unescape", "unescaped_markup"]

#: Characters of one post's markup that are kept.
MAX_MARKUP = 12_000_000
# C0 but tab, line feed, form feed and carriage return; lone surrogates; U+FFFE and U+FFFF.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,5000})|([0-9]{1,5000}));?")
# Longer runs of digits than any reference has: int() refuses 4,301 of them, and sgmllib's fallbacks do not.
_ENDLESS_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{5000,}(?:;|(?=\W)|\Z)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(?:[a-zA-Z]|/[a-zA-Z]|!--)")
_ESCAPED_TAG = re.compile(
    r"&(?:amp;){0,3}lt;/?(?:p|div|br|a|img|ul|ol|li|h[1-6]|blockquote|figure|span|strong|em|b|i|table|section|article)\b",
    re.IGNORECASE,
)


def _replacement(found: re.Match[str]) -> str:
    digits = (found[1] or found[2]).lstrip("0") or "0"
    code = 0x110000 if len(digits) > 8 else int(digits, 16 if found[1] else 10)
    if code in (9, 10, 13) or (0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and code & 0xFFFE != 0xFFFE):
        return found[0]
    return "" if code < 0x20 else "\ufffd"


def _safe_references(value: str) -> str:
    """*value* with numeric references that name no character replaced (WHATWG, numeric character reference end)."""
    if "&#" not in value:
        return value
    return _REFERENCE.sub(_replacement, _ENDLESS_REFERENCE.sub("\ufffd", value))


def clean_markup(value: str) -> str:
    """*value* (HTML) without controls, lone surrogates, comments and references to what is no character.

    At most :data:`MAX_MARKUP` characters. Tags and text stay as they are.
    """
    value = _CONTROL.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", value[:MAX_MARKUP])
    if "<!--" in value:
        value = _COMMENT.sub("", value)
    return _safe_references(value)


def unescape(value: str) -> str:
    """:func:`html.unescape` that never raises: references of thousands of digits are no characters."""
    return html.unescape(_safe_references(value))


def unescaped_markup(value: str) -> str:
    """HTML that was escaped once or twice too often (``&lt;p&gt;``, ``&amp;lt;p&amp;gt;``), as markup again.

    Text that merely speaks of tags has tags of its own, or none that are escaped: it stays as it is.
    """
    for _ in range(3):
        if _TAG.search(value) or not _ESCAPED_TAG.search(value):
            break
        value = unescape(value)
    return value
