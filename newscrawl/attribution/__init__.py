"""Who wrote it first: a post's HTML -> :class:`Attribution`. Pure, no I/O.

Aggregators close a post with *The post TITLE appeared first on PUBLISHER*, begin it with *This story was originally
published by …*, or set a *Source* block under it. :func:`find_attribution` reads that sentence for what it says,
:func:`is_foreign` tells a source from a site naming itself, :func:`split_attribution` also cuts the sentence out.
Wordings: :mod:`newscrawl.attribution.phrases` and ``newscrawl/data/attribution.json``.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from newscrawl.attribution.blocks import CLOSE, OPEN, SOURCE_CLASSES, Block, Document
from newscrawl.attribution.names import NO_PUBLISHER_HOSTS, is_home, name_of, title_of
from newscrawl.attribution.phrases import (
    Found,
    find_footers,
    find_source_line,
    find_statements,
    may_hold_english,
    wordings,
)
from newscrawl.html.markup import is_costly
from newscrawl.text import clean_line, normalized
from newscrawl.urls import join, registrable_domain, same_site, unwrap_redirect

__all__ = ["Attribution", "find_attribution", "is_foreign", "split_attribution"]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a post says of its source. ``None`` where it does not say.

    *original_url* is the article, *publisher_url* the publication's front page (or its section); wrappers are taken
    off where the target stands in the link, relative links are resolved against the base URL where one was given and
    else stay as they are written, even empty. *phrase* is the wording's key (``yoast:en``), *language* the wording's
    (not the post's), *pattern* its kind, *sentence* the text that was read.
    """

    original_url: str | None
    original_title: str | None
    publisher_name: str | None
    publisher_url: str | None
    phrase: str
    language: str
    pattern: str
    sentence: str


def find_attribution(html: str, base_url: str = "") -> Attribution | None:
    """The attribution in a post's HTML (a fragment or a whole page), or ``None``.

    The sentence alone is judged: also one that names the page's own site is found. Where a post carries several, a
    linked title counts for more than a bare name, a source of another site than *base_url*'s for more than its own,
    and the first for more than later ones, since every republication adds its line below. Never raises.
    """
    return _read(html, base_url, cut=False)[0]


def split_attribution(html: str, base_url: str = "") -> tuple[Attribution | None, str]:
    """The same, and the HTML without it.

    Only the sentence goes; a paragraph that says more keeps the rest, an emptied element goes with it. Further
    *appeared first on* sentences (the site's own beside the publisher's) go too. Without an attribution the HTML
    comes back as it was, as it does when it is nested too deeply to be read whole.
    """
    return _read(html, base_url, cut=True)


def is_foreign(attribution: Attribution, site: str) -> bool:
    """Whether *attribution* names another site than *site* (URL or host).

    Registrable domains are compared: the original's, else the publisher's. A relative link is the site's own. With
    only a name it is compared loosely with the domain's label: *The Aggregator News* and *aggregator.example* are
    the site *aggregator*. An attribution that says nothing is not foreign.
    """
    for url in (attribution.original_url, attribution.publisher_url):
        if url is not None:
            domain = registrable_domain(url) if "://" in url or url.startswith("//") else ""
            return bool(domain) and not same_site(domain, site)
    if not attribution.publisher_name:
        return False
    domain = registrable_domain(site)
    labels = {_key(domain), _key(domain.partition(".")[0])}
    return not labels & {_key(attribution.publisher_name), _key(_bare_name(attribution.publisher_name))}


def _key(value: str) -> str:
    folded = normalized(value, "NFKD").casefold()
    return "".join(char for char in folded if char.isalnum())


def _bare_name(name: str) -> str:
    """A name without the words that a domain leaves out."""
    name = re.sub(r"^(?:https?://)?(?:www\.)?", "", name.strip(), flags=re.IGNORECASE)
    name = re.sub(r"^the\s+", "", name, flags=re.IGNORECASE)
    bare = re.sub(r"(?:\s+|\.)(?:news|online|com|net|org|blog|site|magazine|media)$", "", name, flags=re.IGNORECASE)
    return bare or name


# --- reading -----------------------------------------------------------------------------------------

_TAG = re.compile(r"<[^<>]*>")
_QUICK_SOURCES = (
    "jeg_post_",
    "td-post-source",
    "tdb_single_",
    "feed-source",
    "item-source",
    "feedzy-source",
    "syndicat",
    "-source",
    "_source",
)
# What is read for its look: enough of either end.
_QUICK = 1_000_000


def _read(html: str, base_url: str, *, cut: bool) -> tuple[Attribution | None, str]:
    if is_costly(html):
        return None, html  # no tag of a real post has thousands of attributes
    part = html if len(html) <= _QUICK else html[: _QUICK // 2] + " " + html[-_QUICK // 2 :]
    plain = html_entities.unescape(_TAG.sub(" ", part)).casefold()
    wording = wordings()
    triggers = {trigger for trigger in wording.triggers if trigger in plain}
    # Lines that only name a source count at either end of a post, where "source" is not just a word of it.
    ends = plain if len(plain) < 3000 else plain[:1500] + "\n" + plain[-1500:]
    triggers |= {label for label in wording.labels if label in ends}
    classed = any(name in part for name in _QUICK_SOURCES)
    english = may_hold_english(plain)
    if not triggers and not classed and not english:
        return None, html
    # A post that was encoded once too often on its way through a feed.
    encoded = "<" not in html and "&lt;a " in html
    document = Document(html_entities.unescape(html) if encoded else html)
    found = list(_candidates(document, triggers, classed))
    if not found:
        return None, html
    attributions = [_finish(one, base_url) for one in found]
    order = sorted(
        range(len(found)),
        key=lambda place: (
            bool(base_url) and not is_foreign(attributions[place], base_url),
            found[place].rank,
            place,
        ),
    )
    best = order[0]
    if not cut or document.truncated:
        return attributions[best], html
    _cut(document, found, found[best])
    return attributions[best], document.html()


def _candidates(document: Document, triggers: set[str], classed: bool) -> Iterator[Found]:
    wording = wordings()
    footers = [footer for footer in wording.footers if footer.trigger in triggers]
    statements = [one for one in wording.statements if any(trigger in triggers for trigger in one.triggers)]
    english = [one for one in wording.statements if one.language == "en"]
    for block in document.blocks:
        folded = block.text.casefold()
        taken: list[tuple[int, int]] = []
        for footer in footers:
            if footer.trigger in folded:
                for found in find_footers(block, footer):
                    if not any(start < found.end and found.start < end for start, end in taken):
                        taken.append((found.start, found.end))
                        yield found
        likely = [one for one in statements if any(trigger in folded for trigger in one.triggers)]
        if may_hold_english(folded):
            likely += english
        for statement in likely:
            for found in find_statements(block, statement):
                if not any(start < found.end and found.start < end for start, end in taken):
                    taken.append((found.start, found.end))
                    yield found
    if classed:
        for element in document.sources:
            source = _classed_source(element)
            if source is not None:
                yield source
    # A line that only says "Source" may stand under any table: at a post's very start or end it is the post's own.
    count = len(document.blocks)
    for place, block in enumerate(document.blocks):
        if place < 1 or place >= count - 3:
            line = find_source_line(block, wording)
            if line is not None:
                yield line


def _finish(found: Found, base_url: str) -> Attribution:
    sentence = found.block.text[found.start : found.end].replace(OPEN, "").replace(CLOSE, "")
    return Attribution(
        original_url=_address(found.original, base_url),
        original_title=found.title,
        publisher_name=found.name,
        publisher_url=_address(found.publisher, base_url),
        phrase=found.phrase,
        language=found.language,
        pattern=found.pattern,
        sentence=clean_line(html_entities.unescape(sentence).replace("\u200b", "")) or "",
    )


def _address(href: str | None, base_url: str) -> str | None:
    if href is None:
        return None
    href = clean_line(re.sub(r"[\t\r\n]", "", href), limit=8000) or ""
    if base_url:
        try:
            href = join(base_url, href)
        except ValueError:
            return None
    return unwrap_redirect(href)


def _cut(document: Document, found: list[Found], best: Found) -> None:
    gone = [best] + [
        one
        for one in found
        if one is not best and (one.rank <= 1 or (isinstance(best, _Source) and isinstance(one, _Source)))
    ]
    spans: dict[int, tuple[Block, list[tuple[int, int]]]] = {}
    for one in gone:
        if isinstance(one, _Source):
            document.drop(one.element)
            document.drop_if_empty(one.parent)
            continue
        spans.setdefault(id(one.block), (one.block, []))[1].extend([(one.start, one.end), *one.also])
    for block, stretches in spans.values():
        document.cut_all(block, stretches)


@dataclass(slots=True)
class _Source(Found):
    element: Any = None
    parent: Any = None


def _classed_source(element: Any) -> Found | None:
    """The source that a theme or importer set in a block of a class of its own."""
    class_name = SOURCE_CLASSES.search(element.get("class") or "")
    assert class_name is not None
    kind = class_name[1]
    wording = wordings()
    labels: dict[str, Any] = {}
    name = href = None
    label = ""
    for inner in element.iter("span", "li", "b", "strong"):
        text = " ".join("".join(inner.itertext()).split()).rstrip(":： ").casefold()
        if text in wording.labels and text not in labels and inner.find(".//a") is None:
            labels[text] = _next_link(element, inner)
    order = sorted(labels, key=lambda text: text in {"via", "vía"})
    anchor = labels[order[0]] if order else next(element.iter("a"), None)
    label = order[0] if order else ""
    if anchor is not None:
        name, href = name_of("".join(anchor.itertext()), linked=True), anchor.get("href")
    elif not order:
        said = " ".join("".join(element.itertext()).split())
        parted = re.fullmatch(r"(?P<label>[^:：]{1,30})[:：]\s*(?P<name>.{2,120})", said)
        if parted is None or parted["label"].casefold().strip() not in wording.labels:
            return None
        label, name = parted["label"].casefold().strip(), name_of(parted["name"], linked=False)
    if kind.startswith("td") and not order:
        return None
    if href is not None and (
        href.lower().startswith(("javascript:", "mailto:", "#")) or registrable_domain(href) in NO_PUBLISHER_HOSTS
    ):
        href = None
    if name is None and not href:
        return None
    home = href is None or is_home(href)
    original, title = (None if home else href), None
    if kind in {"feed-source", "wprss-item-source"} and original is None:
        item = next((one for one in element.iterancestors() if "feed-item" in (one.get("class") or "").split()), None)
        first = next(item.iter("a"), None) if item is not None else None
        if first is not None and first.get("href") and not is_home(first.get("href")) and first is not anchor:
            original, title = first.get("href"), title_of("".join(first.itertext()), linked=True)
    text = " ".join("".join(element.itertext()).split())
    return _Source(
        Block(text),
        0,
        len(text),
        f"{kind.replace('_', '-')}",
        wording.labels.get(label, "en"),
        "source_block",
        4 if "via" not in kind else 5,
        original,
        title,
        name,
        href if home else None,
        (),
        element,
        element.getparent(),
    )


def _next_link(element: Any, label: Any) -> Any:
    """The first link in *element* after *label*, but none after another label."""
    after = False
    for inner in element.iter():
        if inner is label:
            after = True
        elif after and inner.tag == "a":
            return inner
    return None
