"""A publisher's page in, an article out. Pure: no Scrapy, no I/O.

:func:`extract` is the one door. The parts, in the order a page meets them:
``encoding``, ``dom`` (one parse, bounds), ``structured`` (what the page says of
itself), ``fields``, ``titles``, ``authors``, ``body`` (by way of ``blocks``,
``features``, ``model``, ``context``, ``witness``, ``state``), ``dates``, ``classify``.
"""

from __future__ import annotations

import datetime as dt
import gc
import logging
from collections.abc import Container
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from lxml.html import HtmlElement

from newscrawl import language
from newscrawl.html.dates import Stamp
from newscrawl.html.encoding import BROKEN_SHARE, decode, mended
from newscrawl.html.markup import SHORTEST_TAG
from newscrawl.html.opening import MAX_CHARS, MAX_TAGS, TooMuchWorkError, Work, parse, sniff, sniff_text
from newscrawl.html.structured import PageData, collect
from newscrawl.outcomes import Reason
from newscrawl.text import word_count

from . import authors, body, classify, dates, features, fields, grams, lexical, model, pagekind, rules, state, titles
from . import witness as witness_module
from .blocks import segment
from .result import REASON_OF_KIND, Extraction, Kind
from .scope import Scope

__all__ = ["Extraction", "Kind", "extract", "preload"]

logger = logging.getLogger("newscrawl.extraction")


def extract(
    html: bytes | str,
    url: str,
    *,
    encoding: str | None = None,
    witness: str | None = None,
    boilerplate: Container[str] | None = None,
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
    preload()
    collecting = gc.isenabled()
    # The many small objects of one page go with their last reference; looking for circles among them costs a tenth.
    gc.disable()
    try:
        return _extract(html, url, encoding, witness, boilerplate)
    except TooMuchWorkError as error:
        return _refused(Kind.BROKEN, Reason.INVALID, str(error))
    except Exception:
        # A page must not stop a crawl. The traceback goes to the log: it is a defect to mend.
        logger.exception("extraction failed on a page of %s", _host(url))
        return _refused(Kind.BROKEN, Reason.INVALID, "the page broke the extraction")
    finally:
        if collecting:
            gc.enable()


def preload() -> None:
    """Load the models, once for all pages: not in the time of the first one.

    Raises where the weights do not fit the code: such a checkout must stop, not call every page broken.
    """
    model.load(body.NAMES)
    lexical.load()
    grams.load()
    language.load()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _refused(kind: Kind, reason: Reason | None, detail: str) -> Extraction:
    return Extraction(kind=kind, reason=reason or REASON_OF_KIND[kind], detail=detail)


def _extract(
    html: bytes | str, url: str, encoding: str | None, witness: str | None, boilerplate: Container[str] | None
) -> Extraction:
    work = Work()
    utf8 = None
    if isinstance(html, bytes):
        if len(html) > MAX_CHARS * 2:
            return _refused(Kind.BROKEN, Reason.TOO_LARGE, f"{len(html)} bytes")
        if what := sniff(html):
            return _refused(Kind.NOT_HTML, None, what)
        decoded = decode(html, encoding)
        if decoded.broken > BROKEN_SHARE:
            return _refused(Kind.BROKEN, Reason.BAD_ENCODING, f"{decoded.broken:.0%} unreadable as {decoded.encoding}")
        text, utf8 = decoded.text, decoded.utf8
    else:
        text = html
    if len(text) > MAX_CHARS:
        return _refused(Kind.BROKEN, Reason.TOO_LARGE, f"{len(text)} characters")
    if len(text) > MAX_TAGS * SHORTEST_TAG and (tags := _opened(text, utf8)) > MAX_TAGS:
        return _refused(Kind.BROKEN, Reason.TOO_LARGE, f"{tags} tags")
    if what := sniff_text(text):
        return _refused(Kind.NOT_HTML, None, what)
    whole = mended(text)
    root = parse(whole, utf8 if whole is text else None)
    if root is None:
        return _refused(Kind.EMPTY, None, "no HTML")
    work.check()

    data = collect(root)
    host = _host(url)
    rule = rules.for_host(host)
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
    scope = Scope(data, out.title)
    put("authors", authors.read_authors(data, node, root, out.publisher_name, host, out.title, scope))
    put("summary", fields.read_summary(data, node))
    work.check()
    if rule:
        rule.prune(root)
        scope = Scope(data, out.title)  # what was found of elements may hold no more

    hints = features.Hints(out.title, out.summary, out.authors, state.declared_text(node))
    reading, found = _body(root, data, node, hints, work, witness, boilerplate)
    put("text", (found.text, found.source))
    if rule:
        for name, value in rule.read(root).items():
            put(name, (value, "rule"))

    near = features.near_heading(reading.blocks, reading.table)
    put("authors", (authors.read_contradicted(near, out.authors, out.sources.get("authors")), "html"))
    if not out.authors:
        put("authors", (authors.read_unmarked(near, data, out.publisher_name, host, out.title), "html"))
    if not out.authors:
        put("authors", (authors.read_owner(data, out.text, host), "html"))
    ruled = rule.dates(root) if rule else None
    when = dates.read_dates(data, node, url, dt.datetime.now(dt.UTC), near, ruled, out.title, scope)
    if when.published:
        stamp, source = when.published
        put("published_at", (stamp.local(when.zone), _zone_note(stamp, source)))
        out.published_precision = stamp.precision
    if when.modified:
        stamp, source = when.modified
        put("modified_at", (stamp.local(), _zone_note(stamp, source)))
    put("canonical_url", fields.read_canonical(data, node, url))
    put("section", fields.read_section(data, node))
    put("tags", fields.read_tags(data, node))
    put("image_url", fields.read_image(data, node, url))
    put("paywalled", fields.read_paywalled(data, node))
    out.rights = fields.read_rights(data, node)
    put("language", fields.read_language(data, node, out.text))
    work.check()

    seen = classify.Evidence(root, data, node, out, url, reading.blocks, reading.table, host, reading.copied)
    verdict = classify.judge(seen, lambda row: pagekind.otherness(row, model.load(body.NAMES)))
    out.kind, out.reason, out.detail = verdict.kind, verdict.reason, verdict.detail
    if out.kind is Kind.ARTICLE and out.reason is None and _cut(reading.measure, out.text):
        out.reason = Reason.PAYWALL if out.paywalled else Reason.TRUNCATED
        out.detail = "the other copy goes on where this one ends"
    if out.kind is Kind.ARTICLE and out.reason is None and reading.blocks.cut:
        out.reason, out.detail = Reason.TRUNCATED, "more text than is read of one page"
    if out.kind is not Kind.ARTICLE:
        out.text = None
        out.sources.pop("text", None)
    return out


def _opened(text: str, utf8: bytes | None) -> int:
    """How many ``<`` stand in *text*. *utf8*: the same in UTF-8, in which numpy counts in a third of the time."""
    return text.count("<") if utf8 is None else int(np.count_nonzero(np.frombuffer(utf8, np.uint8) == ord("<")))


#: Below this many words the tree is taken to hold no article, and the page's data is looked at.
FEW_WORDS = 80
#: From this many words on the page's JSON-LD is not asked for a longer text.
DECLARED_BELOW = 400


def _body(
    root: HtmlElement,
    data: PageData,
    node: dict[str, Any] | None,
    hints: features.Hints,
    work: Work,
    copy: str | None,
    boilerplate: Container[str] | None,
) -> tuple[body.Reading, body.Body]:
    """The text from the tree, or from the page's data where the tree has next to none."""
    blocks = segment(root, work, data.attributes)
    found, reading = body.read(blocks, hints, work, copy, boilerplate)
    words = 0.0
    for paragraph in found.paragraphs:
        words += features.count_words(paragraph)
        if words >= max(DECLARED_BELOW, FEW_WORDS):
            break  # more is not asked for
    declared = state.article_body(node) if words < DECLARED_BELOW else None
    if declared and (size := features.count_words(declared)) > FEW_WORDS and words * 4 < size:
        return reading, body.Body(declared.split("\n\n"), "json-ld", 1.0)
    if words < FEW_WORDS and data.state:
        page = state.state_page(data.state, hints.title, work)
        inner = parse(page) if page else None
        if inner is not None:
            second, other = body.read(segment(inner, work), hints, work, copy, boilerplate)
            if sum(map(features.count_words, second.paragraphs)) > 2 * words:
                second.source = "state"
                other.measure = other.measure or reading.measure
                return other, second
    return reading, found


def _cut(measure: witness_module.Measure | None, text: str | None) -> bool:
    """Whether another copy shows *text* to be cut: what is here stands in the copy, and the copy is much longer."""
    if measure is None or measure.words < 120 or measure.covered < 0.7 or measure.found >= 0.6:
        return False
    return measure.words > 1.8 * word_count(text)


def _zone_note(stamp: Stamp, source: str) -> str:
    return source if stamp.zoned or stamp.precision == "day" else f"{source};no-zone"
