"""Bodies that lie: cut, truncated inside their compression, or in another encoding than they say.

What is found is left on ``response.flags``; :func:`check_body` reads it. The
raw bytes are seen by :class:`CompressionMiddleware` alone, so it looks at the
end of the compressed stream: Scrapy's delivers half a gzip with no flag.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
import sys
import zlib
from typing import TYPE_CHECKING, Any

import brotli  # type: ignore[import-untyped]
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import HtmlResponse, TextResponse, XmlResponse

from newscrawl.html.markup import is_costly
from newscrawl.net.failures import BodyTooLarge
from newscrawl.outcomes import Reason
from newscrawl.text import escape_controls

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

__all__ = ["CompressionMiddleware", "best_encoding", "check_body", "decompress", "stops_early"]

logger = logging.getLogger("newscrawl.net.bodies")

#: Flag of a response whose compressed stream had no end, or was none.
TRUNCATED_FLAG = "newscrawl-truncated"
#: Codings laid over each other that are undone; nobody honest uses more than one.
MAX_CODINGS = 2
#: Members of a gzip, frames of a zstd stream that are read.
MAX_MEMBERS = 64
_CHUNK = 64 * 1024
_CUT_FLAGS = frozenset({"dataloss", "download_stopped", TRUNCATED_FLAG})


class _TooLargeError(Exception):
    pass


class _Collector:
    """Decompressed pieces, up to *limit* bytes (0: no limit)."""

    def __init__(self, limit: int) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self.limit = limit

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.limit and self.size > self.limit:
            raise _TooLargeError
        self.pieces.append(piece)

    def value(self) -> bytes:
        return b"".join(self.pieces)


def _zlib(body: bytes, wbits: int, out: _Collector) -> bool:
    """Undo zlib in the format that *wbits* says, gzip members one after another; whether the stream had its end."""
    view = memoryview(body)
    position = 0
    complete = False
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(wbits)
        try:
            while position < len(view) and not stream.eof:
                # Fed in pieces: each call copies what it leaves over.
                data: bytes | memoryview = view[position : position + _CHUNK]
                position += len(data)
                while not stream.eof:
                    piece = stream.decompress(data, _CHUNK)
                    out.add(piece)
                    data = stream.unconsumed_tail
                    if not data and len(piece) < _CHUNK:
                        break
        except zlib.error:
            if complete:
                return True  # padding after the last member
            if out.size:
                return False
            raise
        complete = stream.eof
        position -= len(stream.unused_data)
        if wbits != 31 or not complete or position >= len(view):
            return complete
    return False


def _deflate(body: bytes, out: _Collector) -> bool:
    try:
        return _zlib(body, 15, out)
    except zlib.error:
        # Some servers send the bare stream, without zlib's wrapper.
        return _zlib(body, -15, out)


def _brotli(body: bytes, out: _Collector) -> bool:
    stream = brotli.Decompressor()
    out.add(stream.process(body, output_buffer_limit=_CHUNK))
    while not stream.is_finished():
        piece = stream.process(b"", output_buffer_limit=_CHUNK)
        if not piece:
            return False
        out.add(piece)
    return True


def _zstd(body: bytes, out: _Collector) -> bool:
    rest = body
    complete = False
    for _ in range(MAX_MEMBERS):
        if not rest:
            break
        # 8 MiB of window: what RFC 9659 lets a browser expect.
        stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})
        data = rest
        while not stream.eof:
            piece = stream.decompress(data, _CHUNK)
            data = b""
            out.add(piece)
            if stream.needs_input:
                break
        complete = stream.eof
        rest = stream.unused_data if complete else b""
    return complete


def decompress(body: bytes, coding: str, limit: int) -> tuple[bytes, bool]:
    """*body* undone by *coding* (``gzip``, ``deflate``, ``br``, ``zstd``), and whether its stream had its end.

    Raises :class:`BodyTooLarge` past *limit* bytes (0: none), ``OSError`` or
    ``zlib.error`` when it is not of that coding at all.
    """
    out = _Collector(limit)
    if not body:
        return b"", False
    try:
        if coding in {"gzip", "x-gzip"}:
            complete = _zlib(body, 31, out)
        elif coding == "deflate":
            complete = _deflate(body, out)
        elif coding == "br":
            complete = _brotli(body, out)
        elif coding == "zstd":
            complete = _zstd(body, out)
        else:
            raise OSError(f"unknown coding {coding[:40]}")
    except _TooLargeError:
        raise BodyTooLarge(f"{len(body)} bytes of {coding} are more than {limit} bytes") from None
    except (brotli.error, zstd.ZstdError) as error:
        if out.size:
            return out.value(), False
        raise OSError(f"not {coding}: {error}") from error
    return out.value(), complete


class CompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's, with a cap on codings, and a flag where the compressed stream is cut.

    The same flag where the body is not of the coding that it claims. Raises
    :class:`BodyTooLarge` past ``DOWNLOAD_MAXSIZE``.
    """

    _cut = False

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        self._cut = False
        try:
            answer = super().process_response(request, response)
        except (OSError, zlib.error) as error:
            # A lie about the coding is a cut answer, and tried again as one.
            logger.info("not of the coding that it claims (%s): %s", error, escape_controls(request.url))
            response.flags.append(TRUNCATED_FLAG)
            return response
        if self._cut:
            answer.flags.append(TRUNCATED_FLAG)
            logger.info("cut inside its compression: %s", escape_controls(request.url))
        return answer

    def _handle_encoding(self, body: bytes, content_encoding: list[bytes], max_size: int) -> tuple[bytes, list[bytes]]:
        codings, kept = self._split_encodings(content_encoding)
        if len(codings) > MAX_CODINGS:
            raise BodyTooLarge(f"{len(codings)} codings over each other")
        for coding in codings:
            # An empty body, whatever it claims, is empty and whole: answers to HEAD, 304.
            if body:
                body, complete = decompress(body, coding.decode("ascii", "replace"), max_size)
                self._cut = self._cut or not complete
        return body, kept

    def _warn_unknown_encoding(self, response: Response, encodings: list[bytes]) -> None:
        """Scrapy's prints the header as it came: the name of a coding commanded the operator's terminal."""
        names = b",".join(encodings)[:200].decode("latin-1")
        logger.info("of a coding that nobody knows (%s): %s", escape_controls(names), escape_controls(response.url))


_CLOSERS = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_PAGE_OPENED = re.compile(rb"<(?:html|head|body)[\s>]", re.IGNORECASE)
_CLEAN_END = re.compile(rb"(?:</[a-zA-Z][\w:-]{0,60}\s{0,60}>|-->)\Z")


def _html_is_cut(body: bytes) -> bool:
    """Whether an HTML page neither closes its body nor ends where a tag or comment does.

    Of 796 real pages none does, four of them without ``</html>``; of the same
    pages cut at random 94 % do. Fragments without a page's tags are not judged.
    """
    if _CLOSERS.search(body[-512:]) or _CLOSERS.search(body) or not _PAGE_OPENED.search(body[:65536]):
        return False
    return not _CLEAN_END.search(body.rstrip()[-200:])


def _ends(response: Response) -> bool:
    """Whether a body of unknown length has an end of its own that can be seen."""
    body = response.body.rstrip(b" \t\r\n\0")
    content_type = (response.headers.get("Content-Type") or b"").lower()
    if b"json" in content_type or body[:1] in (b"{", b"["):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return False
        return True
    if isinstance(response, HtmlResponse):
        return bool(_CLOSERS.search(body[-4096:]))
    if isinstance(response, XmlResponse) or body.startswith(b"<?xml"):
        root = re.search(rb"<([A-Za-z_][\w:.-]{0,60})[\s>]", body[:4096])
        return root is not None and re.search(rb"</" + re.escape(root[1]) + rb"\s*>\Z", body[-200:]) is not None
    return False


def stops_early(response: Response) -> bool:
    """Whether *response* is a page of HTML whose markup stops before its end."""
    if not isinstance(response, HtmlResponse) or response.body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return False
    return _html_is_cut(response.body)


def check_body(response: Response, *, markup: bool = True) -> Reason | None:
    """What is wrong with the body of *response* (as a callback sees it), or ``None``.

    ``truncated``: cut on the wire, inside its compression, or, where no length
    was named, without the end that its kind has. ``bad_encoding``: no encoding makes text of it.
    ``invalid``: markup that would cost a parser minutes, whatever the status;
    everything else is judged of answers with status 200 alone.
    *markup* false: that is not looked at, since whoever parses the body looks first, as `extract` does.
    """
    if markup and isinstance(response, TextResponse) and _is_costly(response):
        return Reason.INVALID
    if response.status != 200:
        return None
    flags = set(response.flags)
    if flags & _CUT_FLAGS:
        return Reason.TRUNCATED
    if "partial" in flags and not _ends(response):
        return Reason.TRUNCATED
    if not isinstance(response, TextResponse) or not response.body:
        return None
    # A body of the length that its server named is all that the server has, however its markup ends: it is read.
    if not response.headers.get("Content-Length") and stops_early(response):
        return Reason.TRUNCATED
    # Where nothing is declared `response.encoding` decodes the whole body and keeps the text; hardly any page needs it.
    if best_encoding(response.body, None) is None and best_encoding(response.body, response.encoding) is None:
        return Reason.BAD_ENCODING
    return None


def _is_costly(response: TextResponse) -> bool:
    utf_16 = response.body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    # What Scrapy would guess of a body that declares nothing contains ASCII, and the guess decodes and keeps all of it.
    encoding = "utf-16" if utf_16 else response._declared_encoding() or "utf-8"
    try:
        if "<a b=/>".encode(encoding) != b"<a b=/>":
            # Encodings that do not contain ASCII (UTF-16, UTF-7, EBCDIC) hide tags from a look at the bytes.
            return is_costly(response.body.decode(encoding, "replace"))
    except (LookupError, ValueError):
        pass
    return is_costly(response.body)


_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([\w-]{1,40})""", re.IGNORECASE)
#: Share of characters that may fail to decode: one broken advertisement is not a broken page.
MAX_BROKEN = 0.01


def _fits(body: bytes, encoding: str) -> bool:
    """Whether *body* is text in *encoding*: few broken characters, and markup where the bytes have markup."""
    try:
        text = body.decode(encoding, "replace")
    except (LookupError, ValueError):
        return False
    if not text:
        return False
    if text.count("\ufffd") > MAX_BROKEN * len(text):
        return False
    # UTF-16 over single bytes decodes to ideographs without an error.
    return text.count("<") * 4 >= body.count(b"<")


def best_encoding(body: bytes, declared: str | None) -> str | None:
    """The encoding that makes text of *body*: its BOM's, UTF-8 where it is valid, *declared*, its meta's; or ``None``.

    Valid UTF-8 with multi-byte sequences is hardly ever anything else, so it
    wins over a header that says otherwise.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name if _fits(body, name) else None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8" if b"\0" not in body[:1024] or declared is None else declared
    for encoding in (declared, _meta(body), "utf-8"):
        if encoding and _fits(body, encoding):
            return encoding
    return None


def _meta(body: bytes) -> str | None:
    found = _META_CHARSET.search(body[:4096])
    return found[1].decode("ascii") if found else None
