"""A publisher's page in, an article out. Pure: no Scrapy, no I/O.

:func:`extract` is the one door. The parts, in the order a page meets them:
``encoding``, ``dom`` (one parse, bounds), ``structured`` (what the page says of
itself), ``fields``, ``titles``, ``dates``, ``authors``, ``body``, ``classify``.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any
from urllib.parse import urlsplit

from newscrawl.outcomes import Reason
from newscrawl.text import clean_line, clean_text

from . import authors, classify, dates, fields, titles
from .body import Body, extract_body
from .dom import MAX_CHARS, Clock, TooSlowError, parse, sniff, sniff_text
from .encoding import BROKEN_SHARE, decode
from .result import REASON_OF_KIND, Extraction, Kind
from .structured import collect

__all__ = ["Extraction", "Kind", "extract"]

logger = logging.getLogger("newscrawl.extraction")


def extract(
    html: bytes | str,
    url: str,
    *,
    encoding: str | None = None,
    witness: str | None = None,
    boilerplate: Any = None,
) -> Extraction:
    """Read one page.

    *html*: the response body; bytes are decoded here. *url*: where it was
    found, absolute. *encoding*: the charset of the HTTP header. *witness*:
    another copy of the same article's text, which helps to find the text but
    never supplies it. *boilerplate*: lines known to repeat on pages of the
    host, as a container of casefolded strings; they are left out.

    Never raises on what a page may hold: what cannot be read comes back with
    a kind and a reason.
    """
    try:
        return _extract(html, url, encoding, witness, boilerplate)
    except TooSlowError:
        return _refused(Kind.BROKEN, Reason.INVALID, "took longer than a page may")
    except (
        RecursionError,
        MemoryError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        LookupError,
        OverflowError,
    ):
        # A page must not stop a crawl. The traceback goes to the log: it is a defect to mend.
        logger.exception("extraction failed on a page of %s", _host(url))
        return _refused(Kind.BROKEN, Reason.INVALID, "the page broke the extraction")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _refused(kind: Kind, reason: Reason | None, detail: str) -> Extraction:
    return Extraction(kind=kind, reason=reason or REASON_OF_KIND[kind], detail=detail)


def _extract(html: bytes | str, url: str, encoding: str | None, witness: str | None, boilerplate: Any) -> Extraction:
    clock = Clock()
    if isinstance(html, bytes):
        if len(html) > MAX_CHARS * 2:
            return _refused(Kind.BROKEN, Reason.TOO_LARGE, f"{len(html)} bytes")
        if what := sniff(html):
            return _refused(Kind.NOT_HTML, None, what)
        decoded = decode(html, encoding)
        if decoded.broken > BROKEN_SHARE:
            return _refused(Kind.BROKEN, Reason.BAD_ENCODING, f"{decoded.broken:.0%} unreadable as {decoded.encoding}")
        text = decoded.text
    else:
        text = html
    if len(text) > MAX_CHARS:
        return _refused(Kind.BROKEN, Reason.TOO_LARGE, f"{len(text)} characters")
    if what := sniff_text(text):
        return _refused(Kind.NOT_HTML, None, what)
    root = parse(text)
    if root is None:
        return _refused(Kind.EMPTY, None, "no HTML")
    clock.check()

    data = collect(root)
    host = _host(url)
    node = fields.article_node(data, url)
    out = Extraction(kind=Kind.ARTICLE)

    def put(name: str, found: tuple[Any, str | None]) -> None:
        value, source = found
        if value is not None and value != []:
            setattr(out, name, value)
            if source:
                out.sources[name] = source

    put("publisher_name", fields.read_publisher(data, node))
    put("title", titles.read_title(data, node, out.publisher_name, host))
    put("authors", authors.read_authors(data, node, root))
    published, modified = dates.read_dates(data, node, url, dt.datetime.now(dt.UTC))
    if published:
        stamp, source = published
        put("published_at", (stamp.utc(), _zone_note(stamp, source)))
        out.published_precision = stamp.precision
    if modified:
        stamp, source = modified
        put("modified_at", (stamp.utc(), _zone_note(stamp, source)))
    put("canonical_url", fields.read_canonical(data, node, url))
    put("section", fields.read_section(data, node))
    put("tags", fields.read_tags(data, node))
    put("summary", fields.read_summary(data, node))
    put("image_url", fields.read_image(data, node, url))
    put("paywalled", fields.read_paywalled(data, node))
    out.rights = fields.read_rights(data, node)
    clock.check()

    links = {line for a in root.iter("a") if (line := clean_line(a.text_content()[:300]))}
    body: Body = extract_body(root, text, out.title, links)
    clean = body.text
    if clean and boilerplate:
        clean = clean_text("\n\n".join(p for p in clean.split("\n\n") if p.casefold() not in boilerplate))
    put("text", (clean, body.source))
    put("language", fields.read_language(data, node, clean))
    verdict = classify.judge(root, data, node, out, url)
    out.kind, out.reason, out.detail = verdict.kind, verdict.reason, verdict.detail
    if out.kind is not Kind.ARTICLE:
        out.text = None
        out.sources.pop("text", None)
    return out


def _zone_note(stamp: dates.Stamp, source: str) -> str:
    return source if stamp.zoned or stamp.precision == "day" else f"{source};no-zone"
