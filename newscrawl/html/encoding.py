"""Bytes to text, in the order browsers use: BOM, HTTP charset, ``<meta>``, UTF-8 if valid, else a guess.

Source: WHATWG HTML, "Determining the character encoding", and the WHATWG
Encoding Standard's labels (``iso-8859-1`` and ``ascii`` mean windows-1252).
"""

from __future__ import annotations

import codecs
import re

__all__ = ["Decoded", "decode", "mended"]

from dataclasses import dataclass

_META = re.compile(rb"""<meta[^>]{0,300}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([A-Za-z0-9_.:\-]{2,40})""", re.I)
_XML = re.compile(rb"""\A\s{0,20}<\?xml[^>]{0,200}?encoding\s{0,5}=\s{0,5}["']([A-Za-z0-9_.:\-]{2,40})["']""", re.I)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Labels whose Python codec is narrower than what browsers (and so pages) mean by them.
_LABELS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "x-mac-roman": "mac-roman",
    "unicode": "utf-16-le",
    "utf-16": "utf-16-le",
    "utf8": "utf-8",
}
# What declares itself UTF-16 in a <meta> that could be read as ASCII is not (WHATWG).
_NOT_IN_META = {"utf-16-le", "utf-16-be", "utf-7", "utf-32"}
#: Above this share of replacement characters a page is not text in that encoding.
BROKEN_SHARE = 0.02


# UTF-8 that was read as windows-1252 or ISO 8859-1 and written as UTF-8 again. These marks stand in no language's text:
# the first two bytes of quotation marks and dashes, and letters of Western Europe.
_TWICE_MARKS = (
    "\u00e2\u0080",
    "\u00e2\u20ac",
    "\u00c3\u00a9",
    "\u00c3\u00bc",
    "\u00c3\u00a4",
    "\u00c3\u00b6",
    "\u00c3\u00b3",
    "\u00c3\u00a1",
)
_TWICE_FIRST = tuple(dict.fromkeys(mark[0] for mark in _TWICE_MARKS))
#: So many marks show it.
TWICE_FROM = 3
_TWICE = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf]|\u00e2\u20ac[\u0080-\u00bf\u0152-\u2122]"
    "|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)


def mended(text: str) -> str:
    """*text* with what was encoded twice ("donâ€™t", "FlÃ¼ge") as it was meant; other text as it is."""
    if text.isascii():
        return text
    # One look for a single letter costs a tenth of one for two: most pages hold neither.
    marks = [mark for first in _TWICE_FIRST if first in text for mark in _TWICE_MARKS if mark[0] == first]
    if sum(map(text.count, marks)) < TWICE_FROM:
        return text
    return _TWICE.sub(_once, text)


def _once(found: re.Match[str]) -> str:
    try:
        return b"".join(_byte(character) for character in found[0]).decode("utf-8")
    except UnicodeError:
        return found[0]


def _byte(character: str) -> bytes:
    return character.encode("latin-1" if character < "\u0100" else "cp1252")


@dataclass(slots=True)
class Decoded:
    """``text``; the codec used; where the choice came from; share of characters that could not be read.

    ``utf8``: the bytes that were read, where they are the text in UTF-8 to the last one.
    """

    text: str
    encoding: str
    source: str
    broken: float
    utf8: bytes | None = None


def _codec(label: str | None) -> str | None:
    if not label:
        return None
    label = label.strip().strip("\"'").lower()
    name = _LABELS.get(label, label)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Python's rot13, base64, idna … are codecs, not character encodings.
    if not getattr(info, "_is_text_encoding", True) or info.name in {"idna", "punycode", "undefined", "unicode-escape"}:
        return None
    if info.name in {"raw-unicode-escape", "utf-7", "mbcs", "oem"}:
        return None
    return info.name


def _try(data: bytes, codec: str) -> tuple[str, float]:
    text = data.decode(codec, "replace")
    # A page cut in the middle of a character ends in one replacement: that is not a wrong encoding.
    bad = text.count("\ufffd")
    return text, bad / max(1, len(text))


def _bad_controls(text: str) -> float:
    sample = text[:20_000]
    bad = sum(1 for c in sample if c < " " and c not in "\t\n\r\f") + sample.count("\ufffd")
    return bad / max(1, len(sample))


def decode(data: bytes, http_charset: str | None = None) -> Decoded:
    """*data* as text. *http_charset* is the charset of the ``Content-Type`` header, if any.

    A declaration that does not fit loses to UTF-8 where the bytes are valid
    UTF-8, and otherwise to a guess. Never raises.
    """
    for bom, codec in _BOMS:
        if data.startswith(bom):
            text, broken = _try(data[len(bom) :], codec)
            return Decoded(text, codec, "bom", broken)
    head = data[:4096]
    declared: list[tuple[str, str]] = []
    if http := _codec(http_charset):
        declared.append((http, "http"))
    # A few pages put long scripts before their <meta charset>.
    found = _META.search(head) or _META.search(data[4096:65536]) or _XML.search(head)
    if found and (meta := _codec(found[1].decode("ascii"))):
        declared.append(("utf-8" if meta in _NOT_IN_META else meta, "meta"))
    utf8 = None
    try:
        valid_utf8: str | None = data.decode("utf-8")
        utf8 = data
    except UnicodeDecodeError as error:
        # A cut last character does not make the rest invalid.
        valid_utf8 = data[: error.start].decode("utf-8") if len(data) - error.start < 4 else None
    # Multi-byte text that is valid UTF-8 by chance is next to impossible, whatever is declared;
    # ISO-2022 and UTF-16 are the exceptions: their bytes can be all ASCII.
    seven_bit = any(codec.startswith(("iso2022", "utf-16", "hz")) for codec, _ in declared)
    plain = not declared or declared[0][0] == "utf-8"
    if valid_utf8 is not None and not seven_bit and (plain or not valid_utf8.isascii()):
        source = next((where for codec, where in declared if codec == "utf-8"), "valid")
        return Decoded(valid_utf8, "utf-8", source, 0.0, utf8)
    best: Decoded | None = None
    for codec, where in declared:
        text, broken = _try(data, codec)
        if broken == 0 or (broken < 0.002 and _bad_controls(text) < 0.002):
            return Decoded(text, codec, where, broken)
        if best is None or broken < best.broken:
            best = Decoded(text, codec, where, broken)
    if valid_utf8 is not None:
        return Decoded(valid_utf8, "utf-8", "valid", 0.0, utf8)
    if guessed := _guess(data):
        text, broken = _try(data, guessed)
        if best is None or broken < best.broken:
            best = Decoded(text, guessed, "guess", broken)
    text, broken = _try(data, "utf-8")
    if best is None or broken < best.broken:
        best = Decoded(text, "utf-8", "guess", broken)
    return best


def _guess(data: bytes) -> str | None:
    """The encoding that the bytes look like: resiliparse's port of uchardet, then windows-1252."""
    from resiliparse.parse.encoding import detect_encoding  # costs an import only where it is needed

    try:
        return _codec(detect_encoding(data[:200_000])) or "cp1252"
    except Exception:  # a third party's native code on hostile bytes
        return "cp1252"
