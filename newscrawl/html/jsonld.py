"""JSON-LD as pages print it: read strictly where possible, mended where not, its keys alone where nothing else helps.

What is mended, in this order: CDATA and comment wrappers, comments of JavaScript, a comma before a closing bracket,
entities, raw newlines, quotes inside strings, a comma that is missing between keys, single quotes,
several documents in one script. Everything is linear in the text.
"""

from __future__ import annotations

import html as html_module
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

__all__ = ["ARTICLE_TYPES", "load", "types_of"]

#: Types of schema.org (lower case) that a page's article may have.
ARTICLE_TYPES = frozenset(
    "article newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle backgroundnewsarticle"
    " reviewnewsarticle asknewsarticle advertisercontentarticle satiricalarticle scholarlyarticle techarticle"
    " medicalscholarlyarticle blogposting liveblogposting socialmediaposting discussionforumposting report review"
    " criticreview recipe posting".split()
)

_WRAPPER = re.compile(
    r"^\s{0,100}(?:<!--|(?://|/\*)?\s{0,20}<!\[CDATA\[\s{0,5}(?:\*/)?)"
    r"|(?:(?://|/\*)?\s{0,20}\]\]>\s{0,20}(?:\*/)?|-->)\s{0,100}$"
)
_LINE_COMMENT = re.compile(r"(?m)^[ \t]{0,200}//[^\n]*$")
_BLOCK_COMMENT = re.compile(r"/\*[^*]{0,5000}(?:\*(?!/)[^*]{0,5000}){0,50}\*/")
_TRAILING_COMMA = re.compile(r",(?=\s{0,100}[}\]])")
_MISSING_COMMA = re.compile(r'(["}\]\d]|true|false|null)(?=\s)\s{1,100}("@?\w{1,60}"\s{0,20}:)')
_SINGLE_QUOTE = re.compile(r"(?<=[{\[,:\s])'|'(?=\s{0,100}[}\],:])")
# What may stand behind the quote that ends a string.
_AFTER_STRING = re.compile(r"\s{0,200}(?:[:\]}]|,\s{0,200}(?:[\"\[{\-\d\]}]|true|false|null)|\Z)")
_QUOTE = re.compile(r'(\\*+)"')
_KEY = re.compile(
    r'"(@type|headline|datePublished|dateModified|dateCreated|url|alternativeHeadline|articleSection)"\s{0,20}:\s{0,20}'
    r'"((?:[^"\\\n]|\\.){1,1000})"\s{0,20}[,}\n]'
)
_AUTHOR = re.compile(
    r'"author"\s{0,20}:\s{0,20}\[?\s{0,20}(?:"([^"\\\n]{2,200})"|\{[^{}]{0,300}?"name"\s{0,20}:\s{0,20}"([^"\\\n]{2,200})")'
)


def types_of(node: dict[str, Any]) -> set[str]:
    """The node's ``@type`` values in lower case, without a namespace."""
    value = node.get("@type") or node.get("type")
    values = value if isinstance(value, list) else [value]
    return {v.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for v in values[:10] if isinstance(v, str)}


def load(text: str) -> Any:
    """*text* as JSON, forgiving what pages get wrong; raises ``ValueError`` when it is beyond repair."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    for attempt in _mended(text):
        try:
            return _documents(attempt)
        except (ValueError, RecursionError):
            continue
    if keys := _keys(text):
        return keys
    raise ValueError("not JSON")


def _mended(text: str) -> Iterator[str]:
    text = _WRAPPER.sub("", text.strip()).strip().rstrip(";")
    if not text:
        return
    yield text
    bare = _TRAILING_COMMA.sub(
        "", _BLOCK_COMMENT.sub(" ", _LINE_COMMENT.sub("", text)) if "/" in text else text
    ).strip()
    yield bare
    if "&" in bare:
        yield html_module.unescape(bare)
    yield _escape_inner_quotes(bare)
    # A comma forgotten between two keys, strings in the quotes of JavaScript.
    yield _MISSING_COMMA.sub(r"\1, \2", bare)
    if '"' not in bare:
        yield _SINGLE_QUOTE.sub('"', bare)


def _documents(text: str) -> Any:
    """The JSON document in *text*, or a list where several stand one after the other."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    at = 0
    while at < len(text) and len(found) < 50:
        value, end = decoder.raw_decode(text, at)
        found.append(value)
        rest = text[end : end + 200].lstrip(" \t\r\n,;")
        if rest[:1] not in ("{", "["):
            break
        at = text.index(rest[0], end)
    if not all(isinstance(value, dict | list) for value in found):
        raise ValueError("not JSON")
    return found[0] if len(found) == 1 else found


def _escape_inner_quotes(text: str) -> str:
    """*text* with each quote escaped that stands inside a string: what follows it could not follow a string's end."""
    out: list[str] = []
    inside = False
    start = 0
    for found in _QUOTE.finditer(text):
        if inside and len(found[1]) % 2:
            continue
        if not inside:
            inside = True
        elif _AFTER_STRING.match(text, found.end()):
            inside = False
        else:
            out += (text[start : found.end() - 1], "\\")
            start = found.end() - 1
    out.append(text[start:])
    return "".join(out)


def _keys(text: str) -> dict[str, Any] | None:
    """The keys that tell an article, where they can be read one by one; ``None`` without a type and a headline."""
    found: dict[str, Any] = {}
    for match in _KEY.finditer(text[:200_000]):
        found.setdefault(match[1], match[2].replace('\\"', '"').replace("\\/", "/"))
    if not types_of(found) & ARTICLE_TYPES or "headline" not in found:
        return None
    if author := _AUTHOR.search(text[:200_000]):
        found["author"] = author[1] or author[2]
    return found
