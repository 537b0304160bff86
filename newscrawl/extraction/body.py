# ruff: noqa: E501 - tables of words
"""The article's text: trafilatura's fast mode, with resiliparse as a witness of where it went wrong."""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text
from trafilatura.meta import reset_caches

from newscrawl.text import clean_text, tokens

__all__ = ["Body", "extract_body"]

_WORD = re.compile(r"\w+")
#: trafilatura and htmldate keep about 1 MB a page in caches.
RESET_EVERY = 200
_calls = 0


@dataclass(slots=True)
class Body:
    """Paragraphs in page order; ``source`` says how they were found."""

    paragraphs: list[str]
    source: str = "html"

    @property
    def text(self) -> str | None:
        return clean_text("\n\n".join(self.paragraphs))


def _overlap(one: str, other: str) -> float:
    """F1 of the two texts' 4-token shingles."""

    def grams(text: str) -> Counter[tuple[str, ...]]:
        words = _WORD.findall(text.casefold())
        return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))

    a, b = grams(one), grams(other)
    shared = sum((a & b).values())
    return 2 * shared / max(1, sum(a.values()) + sum(b.values()))


def _trafilatura(root: HtmlElement, *, fast: bool) -> str:
    document = trafilatura.bare_extraction(
        copy.deepcopy(root), fast=fast, with_metadata=False, include_comments=False, include_tables=True
    )
    return str(getattr(document, "text", None) or "")


def extract_body(root: HtmlElement, html: str, title: str | None, links: set[str]) -> Body:
    """The text of the page whose tree is *root* and whose source is *html*."""
    global _calls
    _calls += 1
    if _calls % RESET_EVERY == 0:
        reset_caches()
    text = _trafilatura(root, fast=True)
    # A page of very many tags costs resiliparse minutes; no article has them.
    if html.count("<") > 20_000:
        return Body(_filter(text, title, links))
    witness = extract_plain_text(
        html, main_content=True, alt_texts=False, links=False, form_fields=False, noscript=False
    )
    if len(tokens(witness)) > 80 and _overlap(text, witness) < 0.6:
        text = _trafilatura(root, fast=False) or text
    return Body(_filter(text, title, links))


_READ_MORE = re.compile(
    r"(?i)^(?:read more|see also|also read|related|more on this|lesen sie auch|mehr zum thema|lire aussi|lea también|leggi anche|advertisement|anzeige|publicidad)\b"
)


def _filter(text: str, title: str | None, links: set[str]) -> list[str]:
    lines = [line.strip(" -\t") for line in text.split("\n")]
    out: list[str] = []
    folded = (title or "").casefold().strip()
    for line in lines:
        if not line:
            continue
        if not out and folded and line.casefold().strip() == folded:
            continue
        if len(line) < 200 and (line in links or (_READ_MORE.match(line) and len(line) < 150)):
            continue
        if out and out[-1] == line:
            continue
        out.append(line)
    while out and len(out[0]) < 40 and len(out) > 3 and out[0][-1:] not in '.!?…:"”»。！？':
        out.pop(0)
    return out
