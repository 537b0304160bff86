"""Text that is only in the page's data: JSON-LD ``articleBody`` and embedded application state.

Used where the tree holds next to no text. ``__NEXT_DATA__``, Apollo, Arc's
Fusion, Nuxt, React Server Components and the like differ in shape, not in kind:
objects somewhere in which the paragraphs are a list of long strings. The list
that holds most prose becomes a small page of its own, which is read like any other.
"""

from __future__ import annotations

import html as html_module
import json
import re
from collections.abc import Iterator
from typing import Any

from newscrawl.html.opening import Work
from newscrawl.html.structured import text_of, unescape

__all__ = ["article_body", "declared_text", "state_page"]

#: Scripts read, longest script, most values looked at.
MAX_SCRIPTS = 8
MAX_SCRIPT = 3_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 40
#: Updates of a live blog that are read; the longest seen has 400.
MAX_UPDATES = 1_000

_OPEN = re.compile(r"[=(,:]\s{0,20}([{\[])")
_PARSED = re.compile(r"JSON\.parse\(\s{0,20}(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))|\"", re.DOTALL)
_PUSHED = re.compile(r"self\.__next_f\.push\(\[1,(\"(?:[^\"\\]|\\.)*\")\]\)")
_SENTENCE = re.compile(r"[.!?…。！？।۔][\"”»’')」]{0,2}(?:\s|<|$)")
_TAG = re.compile(r"<[^<>]{1,400}>")
_BLOCK_TAG = re.compile(r"(?i)</?(?:p|div|br|h[1-6]|li|ul|ol|blockquote)\b[^<>]{0,400}>")
_LINES = re.compile(r"\s*\n\s*")


def declared_text(node: dict[str, Any] | None) -> str | None:
    """The ``articleBody`` of a JSON-LD node as it is written: for comparing blocks with it."""
    return text_of(node.get("articleBody"), 200_000) if node else None


# Where an update of a live blog says what happened, best first.
_UPDATE_KEYS = ("articleBody", "text", "description")


def article_body(node: dict[str, Any] | None) -> str | None:
    """The ``articleBody`` of a JSON-LD node as paragraphs, tags taken out; ``None`` where it is absent or short.

    Of a live blog the bodies of its updates, as they stand, each under its headline.
    """
    if node is None:
        return None
    value = node.get("articleBody")
    if isinstance(value, list):
        value = "\n".join(v for v in value[:2000] if isinstance(v, str))
    parts = [value] if isinstance(value, str) else []
    updates = node.get("liveBlogUpdate")
    for update in updates[:MAX_UPDATES] if isinstance(updates, list) else [updates]:
        if isinstance(update, dict):
            said = next((update[key] for key in _UPDATE_KEYS if text_of(update.get(key))), None)
            parts += [text for value in (update.get("headline"), said) if (text := text_of(value, 20_000))]
    joined = "\n".join(parts)
    if len(joined) < 200:
        return None
    text = unescape(joined[:500_000])
    text = _TAG.sub(" ", _BLOCK_TAG.sub("\n", text))
    return "\n\n".join(line.strip() for line in _LINES.split(text) if line.strip()) or None


#: The script in which Nuxt keeps a page's data: one list, in which numbers stand for places of the list (devalue).
NUXT_DATA = "__NUXT_DATA__"


def _unquoted(quoted: re.Match[str]) -> str:
    """The JSON in a call of ``JSON.parse`` on a JavaScript string; the empty string where it is none."""

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return f"\\u00{found[1]}"
        if found[2] is None:
            return '\\"'
        return found[2] if found[2] in "'`$" else found[0]

    inner = quoted[1] if quoted[1] is not None else quoted[2]
    try:
        value = json.loads(f'"{_ESCAPE.sub(plain, inner)}"', strict=False)
    except ValueError:
        return ""
    return str(value)


def _hydrated(value: Any, work: Work) -> Any:
    """What Nuxt's list *value* stands for, its numbers followed; bounded in number and depth."""
    if not isinstance(value, list):
        return value
    left = MAX_VALUES

    def follow(at: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > MAX_DEPTH or isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < len(value):
            return None
        if left % 2048 == 0:
            work.check(2048)
        item = value[at]
        if isinstance(item, dict):
            return {key: follow(inner, depth + 1) for key, inner in item.items()}
        if isinstance(item, list):
            # ["ShallowReactive", 1]: the name of a wrapper and the place of what it wraps.
            inner = item[1:] if item and isinstance(item[0], str) else item
            return [follow(one, depth + 1) for one in inner]
        return item

    return follow(0, 0)


def _documents(scripts: list[tuple[str, str]], work: Work) -> Iterator[Any]:
    """The JSON documents in *scripts*, longest script first."""
    decoder = json.JSONDecoder(strict=False)
    pushed = "".join(
        json.loads(found[1], strict=False)
        for _, text in scripts
        if "__next_f" in text
        for found in _PUSHED.finditer(text[:MAX_SCRIPT])
    )
    if pushed:
        # React Server Components: lines "id:json".
        for line in pushed.split("\n")[:2000]:
            head, _, rest = line.partition(":")
            if len(head) < 8 and rest[:1] in "[{":
                try:
                    yield decoder.raw_decode(rest)[0]
                except (ValueError, RecursionError):
                    continue
                work.check()
    for name, text in sorted(scripts, key=lambda item: -len(item[1]))[:MAX_SCRIPTS]:
        if len(text) > MAX_SCRIPT or "__next_f" in text:
            continue
        if (quoted := _PARSED.search(text, 0, MAX_SCRIPT)) and len(quoted[0]) * 2 > len(text):
            text = _unquoted(quoted)
        starts = [0] if text.lstrip()[:1] in "{[" else [found.start(1) for found in _OPEN.finditer(text[:4000])][:6]
        for start in starts:
            work.check()
            try:
                value, end = decoder.raw_decode(text, start if start else len(text) - len(text.lstrip()))
            except (ValueError, RecursionError):
                continue
            if end - start > 300:
                yield _hydrated(value, work) if name == NUXT_DATA else value
                break


def _prose(text: str) -> int:
    """How much of *text* looks like prose, in characters; 0 for code, URLs and labels."""
    label = (
        len(text) < 60 or text.startswith(("http", "{", "[", "data:", "function", "/*")) or " " not in text.strip()[:80]
    )
    # Scripts without spaces say in thirty characters what others need sixty for.
    if label and not (len(text) > 30 and not text.isascii() and _SENTENCE.search(text[:3000])):
        return 0
    if "{" in text[:300] and ":" in text[:300] and ";" in text[:400]:
        return 0
    if _DATA.match(text) or text.count('":', 0, 3000) > 5:
        return 0
    return len(text) if _SENTENCE.search(text[:3000]) else 0


def _groups(document: Any, work: Work) -> Iterator[tuple[int, list[str]]]:
    """(prose, strings in order) of each list of the document whose items hold prose."""
    seen = nested = 0
    stack: list[tuple[Any, int]] = [(document, 0)]
    while stack:
        value, depth = stack.pop()
        seen += 1
        if seen > MAX_VALUES or depth > MAX_DEPTH:
            return
        if seen % 2048 == 0:
            work.check(2048)
        if isinstance(value, dict):
            for child in value.values():
                if isinstance(child, str):
                    if nested < MAX_NESTED and (inner := _inner_document(child)) is not None:
                        nested += 1
                        stack.append((inner, depth + 1))
                        continue
                    if (amount := _prose(child)) > 600 or ("<p" in child and amount > 200):
                        yield amount, [child]
                elif isinstance(child, dict | list):
                    stack.append((child, depth + 1))
        elif _is_delta(value):
            text = "".join(one["insert"] for one in value[:3000] if isinstance(one.get("insert"), str))
            if (amount := _prose(text)) > 200:
                yield amount, text.split("\n")
        elif _is_element(value):
            stack.append((value[3], depth + 1))
        elif isinstance(value, list):
            strings = []
            for item in value[:3000]:
                strings += list(_strings(item, 0))
                if isinstance(item, dict | list):
                    stack.append((item, depth + 1))
            amount = sum(map(_prose, strings))
            if amount > 200:
                yield amount, strings


#: Documents written into strings that are looked into.
MAX_NESTED = 20


def _inner_document(text: str) -> Any:
    """The JSON document that the string *text* is, or ``None``."""
    if text[:1] not in ("{", "[") or not 300 < len(text) < MAX_SCRIPT:
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _is_delta(value: Any) -> bool:
    """Whether *value* is a text as Quill keeps it: a list of what is inserted, lines ended by line feeds."""
    return (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "insert" in one for one in value[:50])
    )


# WordPress keeps a block's text in its attributes or as HTML, and blocks inside it beside them.
_TEXT_KEYS = tuple(
    "content text value html innerHTML body paragraph children data attributes contents nodes items innerBlocks".split()
)
# Kinds of nodes that stand in a line of text, as editors call them (ProseMirror, Slate, Contentful, Lexical).
_INLINE = frozenset(
    "text link hyperlink a b i u em strong code span mark autolink inline entry-hyperlink asset-hyperlink mention"
    " emoji".split()
)
_BREAKS = frozenset("hardbreak hard_break linebreak line-break br break".split())


_KIND_KEYS = ("type", "nodeType", "_type", "tag", "object")


def _kind(node: Any) -> str:
    """What *node* calls itself, in lower case; of a React element its tag."""
    if isinstance(node, dict):
        kind = next((node[key] for key in _KIND_KEYS if node.get(key)), "")
        return kind.lower() if isinstance(kind, str) else ""
    if _is_element(node):
        return str(node[1]).lower()
    return ""


def _is_element(node: Any) -> bool:
    """Whether *node* is an element as React Server Components write it: ``["$", tag, key, props]``."""
    return isinstance(node, list) and len(node) >= 4 and node[0] == "$" and isinstance(node[3], dict)


def _is_inline(node: Any) -> bool:
    if isinstance(node, str):
        return True
    kind = _kind(node)
    if kind in _INLINE or kind in _BREAKS:
        return True
    # Slate's leaves have no type, their text alone.
    return isinstance(node, dict) and not kind and isinstance(node.get("text"), str)


def _line(nodes: list[Any], depth: int) -> str:
    """The text of *nodes* that stand in one line, set together as they are."""
    parts = []
    for node in nodes[:500]:
        if isinstance(node, str):
            parts.append(node)
        elif _kind(node) in _BREAKS:
            parts.append("\n")
        elif isinstance(node, dict) and isinstance(text := node.get("text", node.get("value")), str):
            parts.append(text)
        else:
            inner = _children(node)
            if depth < MAX_INLINE:
                parts.append(_line(inner if isinstance(inner, list) and not _is_element(inner) else [inner], depth + 1))
    return "".join(parts)


#: Nesting of marks in a line of text that is followed.
MAX_INLINE = 12


def _children(node: Any) -> Any:
    if _is_element(node):
        return node[3].get("children", "")
    if isinstance(node, dict):
        return next(
            (node[key] for key in ("children", "content", "nodes", "leaves") if isinstance(node.get(key), list | str)),
            "",
        )
    return ""


def _strings(item: Any, depth: int) -> Iterator[str]:
    """The text of one item of a list of paragraphs: itself, or what stands under its text keys."""
    if isinstance(item, str):
        if len(item) > 1:
            yield item
    elif depth >= 6:
        return
    elif _is_element(item):
        inner = item[3].get("children")
        inner = inner if isinstance(inner, list) and not _is_element(inner) else [inner]
        if all(one is None or _is_inline(one) for one in inner):
            yield _line([one for one in inner if one is not None], 0)
        else:
            for child in inner[:500]:
                yield from _strings(child, depth + 1)
    elif isinstance(item, dict):
        for key in _TEXT_KEYS:
            value = item.get(key)
            if isinstance(value, str) and " " in value:
                yield value
            elif isinstance(value, list) and value and all(map(_is_inline, value[:500])):
                yield _line(value, 0)
            elif isinstance(value, list):
                parts = [text for child in value[:500] for text in _strings(child, depth + 1)]
                if parts:
                    yield "\n".join(parts)
            elif isinstance(value, dict):
                yield from _strings(value, depth + 1)
    elif isinstance(item, list):
        for child in item[:500]:
            yield from _strings(child, depth + 1)


# What is data and not text, whatever surrounds it.
_DATA = re.compile(r"\s{0,20}(?:\w{0,4}:?[{\[]\s{0,20}[\"{\[]|https?://\S+\s*\Z|data:|\$[A-Za-z0-9@]{1,6}\Z)")


def state_page(scripts: list[tuple[str, str]], title: str | None, work: Work) -> str | None:
    """A small HTML page of the longest prose in *scripts* (id or type, text), or ``None``."""
    best: tuple[int, list[str]] | None = None
    for document in _documents(scripts, work):
        for amount, strings in _groups(document, work):
            # An outer list repeats what an inner one holds; take it only when it has plainly more.
            if best is None or amount > best[0] * 1.2:
                best = (amount, strings)
    if best is None or best[0] < 250:
        return None
    parts = []
    for text in best[1]:
        if _DATA.match(text):
            continue
        if "<" in text and _TAG.search(text):
            parts.append(f"<div>{text}</div>")
        else:
            parts += [f"<p>{html_module.escape(line)}</p>" for line in _LINES.split(unescape(text)) if line.strip()]
    head = f"<h1>{html_module.escape(title)}</h1>" if title else ""
    return f"<html><body><article>{head}{''.join(parts)}</article></body></html>"
