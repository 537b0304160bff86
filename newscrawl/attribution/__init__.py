"""Who wrote it first: a post's HTML -> :class:`Attribution`. Pure, no I/O.

Aggregators close a post with *The post TITLE appeared first on PUBLISHER*, begin it with *This story was originally
published by …*, set a *Source* block under it, or say it in words of their own. Every place that may name a source is
a candidate with evidence: words by the part they play in some seventy languages, where it stands, what its links lead
to. A small trained model weighs the evidence; Yoast's own sentence is certain.

:func:`find_attribution` gives the best candidate, :func:`find_candidates` all, :func:`is_foreign` tells a source from
a site naming itself, :func:`split_attribution` also cuts the sentence out. Parts: :mod:`~newscrawl.attribution.blocks`
(HTML to text), :mod:`~newscrawl.attribution.lexicon` (words), :mod:`~newscrawl.attribution.claims` (evidence),
:mod:`~newscrawl.attribution.weighing` (the model), :mod:`~newscrawl.attribution.phrases` (Yoast's sentence and other
known wordings).
"""

from __future__ import annotations

import html as html_entities
import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import accumulate, repeat
from typing import Any

from newscrawl.attribution.blocks import CLOSE, OPEN, SOURCE_CLASSES, Block, Document
from newscrawl.attribution.claims import LinkEvidence, read_claims, read_links
from newscrawl.attribution.lexicon import lexicon
from newscrawl.attribution.names import NO_PUBLISHER_HOSTS, is_home, name_of, title_of
from newscrawl.attribution.phrases import (
    WORDS_OF_ENGLISH,
    Found,
    find_footers,
    find_statements,
    may_hold_english,
    usable_href,
    wordings,
)
from newscrawl.attribution.sites import name_fits_domain
from newscrawl.attribution.weighing import in_words, weights
from newscrawl.html.markup import is_costly
from newscrawl.text import clean_line
from newscrawl.urls import join, registrable_domain, same_site, unwrap_redirect

__all__ = [
    "Attribution",
    "Candidate",
    "Judged",
    "Rest",
    "bare_links",
    "completed",
    "find_attribution",
    "find_candidates",
    "is_foreign",
    "judge_claims",
    "read_post",
    "split_attribution",
]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a post says of its source. ``None`` where it does not say.

    *original_url* is the article, *publisher_url* the publication's front page (or its section); wrappers are taken
    off where the target stands in the link, relative links are resolved against the base URL where one was given and
    else stay as they are written, even empty. *phrase* is the wording's key (``yoast:en``), *language* the wording's
    (not the post's), *pattern* its kind, *sentence* the text that was read. *confidence* is the probability, calibrated
    on cases of other sites, that this is the post's source; *evidence* says in words what it rests on, the heaviest
    first.
    """

    original_url: str | None
    original_title: str | None
    publisher_name: str | None
    publisher_url: str | None
    phrase: str
    language: str
    pattern: str
    sentence: str
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types: all its values are."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(one.name for one in fields(Attribution))

#: What may be the source: an :class:`Attribution` whatever its confidence.
Candidate = Attribution


def find_attribution(html: str, base_url: str = "") -> Attribution | None:
    """The attribution in a post's HTML (a fragment or a whole page), or ``None``.

    The sentence alone is judged; one that names the page's own site may be found too. Where a post carries several, a
    source of another site than *base_url*'s counts for more than its own, then the likelier. ``None`` too where even
    the likeliest is less likely than the model's threshold. Never raises.
    """
    return _read(html, base_url, cut=False)[0]


def find_candidates(html: str, base_url: str = "", *, repeated: Mapping[str, int] | None = None) -> list[Candidate]:
    """All that may be the source of a post, likeliest first, each address once, at most 50. Never raises.

    Besides the places that say so, every link to a page of another site than *base_url*'s is one, with a small
    probability: a proof by text may still tell. *repeated* gives for an address the number of posts of the site on
    which it stood: one that stands on every post is furniture.
    """
    document = _document(html)
    if document is None:
        return []
    return _candidates_of(document, _judged(document, base_url), base_url, repeated or {})


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
    only a name it is compared loosely with the domain's label, in any script: *The Aggregator News* and
    *aggregator.example* are the site *aggregator*, *ネタフル* is *netafull.net*. An attribution that
    says nothing is not foreign.
    """
    for url in (attribution.original_url, attribution.publisher_url):
        if url is not None:
            domain = registrable_domain(url) if "://" in url or url.startswith("//") else ""
            return bool(domain) and not same_site(domain, site)
    if not attribution.publisher_name:
        return False
    return not name_fits_domain(attribution.publisher_name, site)


# --- reading -----------------------------------------------------------------------------------------

#: Candidates given at most.
MOST_CANDIDATES = 50
# Yoast's sentence with its links, and without.
_CERTAIN, _NEARLY = 0.999, 0.99
# A number that int() refuses, in a character reference: the character it cannot name.
_HUGE_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{7,}|[0-9]{8,});?")


@dataclass(slots=True)
class Judged:
    """A claim with its features and, in *attribution*, its probability."""

    found: Found
    attribution: Attribution
    features: frozenset[str]
    foreign: bool


def _unescaped(html: str) -> str:
    """*html* without character references; never raises, as :func:`html.unescape` does for huge numbers."""
    return html_entities.unescape(_HUGE_REFERENCE.sub("\ufffd", html))


def _document(html: str) -> Document | None:
    """*html* parsed, or ``None`` where nothing can be read from it."""
    if not html.strip() or is_costly(html):
        return None  # no tag of a real post has thousands of attributes
    # A post that was encoded once too often on its way through a feed.
    encoded = "<" not in html and "&lt;a " in html
    html = _HUGE_REFERENCE.sub("\ufffd", html)
    return Document(html_entities.unescape(html) if encoded else html)


@dataclass(slots=True)
class Rest:
    """What a post holds beside its attribution. ``given``: its HTML as it was, where nothing was cut out of it."""

    given: str | None
    document: Document | None

    def html(self) -> str:
        """As HTML."""
        if self.given is not None:
            return self.given
        assert self.document is not None
        return self.document.html()

    def tree(self) -> Any:
        """The parsed ``body``, where what :meth:`html` gives would be parsed to the same; else ``None``."""
        if self.document is None or (self.given is not None and self.given != self.document.source):
            return None
        return self.document.body if self.document.is_simple() else None


def read_post(html: str, base_url: str = "") -> tuple[Attribution | None, Rest, list[Candidate]]:
    """:func:`split_attribution` and :func:`find_candidates` with one parse.

    Where Yoast's sentence gives all that there is to know of another site's article, the rest of the text is not read
    for claims, which costs half of the time: other links of the post are candidates by their own evidence alone.
    """
    document = _document(html)
    if document is None:
        return None, Rest(html, None), []
    judged = _judged(document, base_url, brief=bool(base_url))
    candidates = _candidates_of(document, judged, base_url, {})
    return *_taken(html, document, judged, cut=True), candidates


def _read(html: str, base_url: str, *, cut: bool) -> tuple[Attribution | None, str]:
    document = _document(html)
    if document is None:
        return None, html
    found, rest = _taken(html, document, _judged(document, base_url), cut=cut)
    return found, rest.html()


def _taken(html: str, document: Document, judged: list[Judged], *, cut: bool) -> tuple[Attribution | None, Rest]:
    """The best of *judged* where it is likely enough, and the HTML without its sentence."""
    taken = [one for one in judged if one.attribution.confidence >= weights().threshold]
    if not taken:
        return None, Rest(html, document)
    taken[0] = completed(taken)
    if not cut or document.truncated:
        return taken[0].attribution, Rest(html, document)
    least = weights().threshold
    gone = [one.found for one in judged if one.attribution.confidence >= least or isinstance(one.found, _Source)]
    _cut(document, gone, taken[0].found)
    return taken[0].attribution, Rest(None, document)


def judge_claims(html: str, base_url: str = "") -> list[Judged]:
    """Every place of a post that may name its source, with evidence and probability: what the model is trained on."""
    document = _document(html)
    return [] if document is None else _judged(document, base_url)


def _judged(document: Document, base_url: str, *, brief: bool = False) -> list[Judged]:
    """All claims of *document* with their probability, the best first; *brief*: none beside a certain sentence."""
    known = list(_known(document))
    attributions = [_finish(found, base_url) for found in known]
    certain = brief and any(map(_is_certain, known, attributions, repeat(base_url)))
    claims = [] if certain else read_claims(document)
    judged: list[Judged] = []
    for found, attribution in zip(known, attributions, strict=True):
        features = {"form:wording", f"wording:{found.rank}", f"wording:{found.phrase.partition(':')[0]}"}
        reading = found
        for claim in claims:
            if claim.block is found.block and claim.start < found.end and found.start < claim.end:
                features |= claim.features
                reading = claim if found.rank == 3 and _differs(claim, found) else reading
        if reading is not found:
            attribution = _finish(reading, base_url)
        judged.append(_judge(reading, attribution, frozenset(features), base_url))
    for claim in claims:
        if not any(claim.block is one.block and claim.start < one.end and one.start < claim.end for one in known):
            judged.append(_judge(claim, _finish(claim, base_url), claim.features, base_url))
    places = {id(one): place for place, one in enumerate(judged)}
    return sorted(
        judged,
        key=lambda one: (not one.foreign, -round(one.attribution.confidence, 2), one.found.rank, places[id(one)]),
    )


def _is_certain(found: Found, attribution: Attribution, base_url: str) -> bool:
    """Whether *found* is Yoast's sentence with the article of another site and its publication's name."""
    if found.rank > 2 or not found.original or not found.name:
        return False
    return is_foreign(attribution, base_url) and not _is_only_host(found.name, attribution.original_url or "")


def _differs(claim: Found, found: Found) -> bool:
    return (claim.original, claim.name) != (found.original, found.name)


def completed(taken: list[Judged]) -> Judged:
    """The best of *taken*, with the address, or the name, that another line of the post gives for the same source."""
    best = taken[0]
    named = best.attribution
    if named.original_url is not None and _is_only_host(named.publisher_name, named.original_url):
        for other in taken[1:]:
            name = other.attribution.publisher_name
            if name is None or (named.publisher_name is not None and _is_only_host(name, named.original_url)):
                continue
            if other.attribution.original_url == named.original_url or (
                other.attribution.original_url is None
                and (named.publisher_name is None or name_fits_domain(name, named.original_url))
                and not (
                    other.attribution.publisher_url
                    and not same_site(other.attribution.publisher_url, named.original_url)
                )
            ):
                return replace(best, attribution=replace(named, publisher_name=name))
    if named.original_url is not None or not (named.publisher_url or named.publisher_name):
        return best
    for other in taken[1:]:
        url = other.attribution.original_url
        if url is None:
            continue
        near = other.found.block is best.found.block
        same = named.publisher_url is not None and same_site(named.publisher_url, url)
        alike = near or other.attribution.publisher_name == named.publisher_name
        if named.publisher_name and other.attribution.publisher_name is None:
            alike = alike or name_fits_domain(named.publisher_name, url)
        if same or (named.publisher_url is None and alike):
            return replace(
                best, attribution=replace(named, original_url=url, original_title=other.attribution.original_title)
            )
    return best


def _is_only_host(name: str | None, url: str) -> bool:
    """Whether *name* says no more than the address does."""
    host = url.partition("://")[2].partition("/")[0].lower()
    return name is None or name.lower().removeprefix("www.") == host.removeprefix("www.")


def _judge(found: Found, attribution: Attribution, features: frozenset[str], base_url: str) -> Judged:
    foreign = not base_url or is_foreign(attribution, base_url)
    if not foreign:
        features |= {"foreign:no"}
    if found.rank <= 2:
        confidence = _CERTAIN if found.original else _NEARLY
        evidence: tuple[str, ...] = ("the sentence that Yoast SEO sets under a post",)
    else:
        confidence = weights().probability(features)
        evidence = in_words(features)
    return Judged(found, replace(attribution, confidence=round(confidence, 4), evidence=evidence), features, foreign)


def _known(document: Document) -> Iterator[Found]:
    """Yoast's sentence, other known wordings and the source blocks of themes."""
    wording = wordings()
    folded = [block.text.casefold() for block in document.blocks]
    text = "\n".join(folded)
    triggers = wording.triggers.within(text)
    footers, statements = wording.footers_of(triggers), wording.statements_of(triggers)
    # What no part of the text holds, no block does.
    words = [word for word in WORDS_OF_ENGLISH if word in triggers]
    english = [one for one in wording.statements if one.language == "en"] if words else []
    for at in _holding(text, folded, triggers):
        block, lower = document.blocks[at], folded[at]
        taken: list[tuple[int, int]] = []
        for footer in footers:
            if footer.trigger in lower:
                for found in find_footers(block, footer):
                    if not any(start < found.end and found.start < end for start, end in taken):
                        taken.append((found.start, found.end))
                        yield found
        likely = [one for one in statements if any(trigger in lower for trigger in one.triggers)]
        if english and may_hold_english(lower, words):
            likely += [one for one in english if any(word in lower for word in one.needs)]
        for statement in likely:
            for found in find_statements(block, statement):
                if not any(start < found.end and found.start < end for start, end in taken):
                    taken.append((found.start, found.end))
                    yield found
    for element in document.sources:
        source = _classed_source(element)
        if source is not None:
            yield source


def _holding(text: str, parts: list[str], strings: Iterable[str]) -> list[int]:
    """The places of those *parts* that may hold one of *strings*. *text*: the parts, joined by one character."""
    starts = list(accumulate((len(part) + 1 for part in parts), initial=0))
    found: set[int] = set()
    for string in strings:
        at = text.find(string)
        while at >= 0:
            part = bisect_right(starts, at) - 1
            found.add(part)
            at = text.find(string, starts[part + 1])
    return sorted(found)


def bare_links(html: str, base_url: str = "") -> list[tuple[str, frozenset[str]]]:
    """Addresses of other sites that a post links, with the evidence of the link alone: for training."""
    document = _document(html)
    return [] if document is None else [(url, link.features) for url, link in _bare_links(document, base_url)]


def _bare_links(document: Document, base_url: str) -> Iterator[tuple[str, LinkEvidence]]:
    for link in read_links(document):
        address = _address(usable_href(link.href), base_url)
        if address and "://" in address and not (base_url and same_site(address, base_url)):
            yield address, link


def _has_others(document: Document, base_url: str, known: Container[str]) -> bool:
    """Whether *document* holds addresses that are not *known*, and no front pages."""
    for block in document.blocks:
        addresses = (_address(usable_href(link.href), base_url) for link in block.links)
        if "://" in block.text or any(one and one not in known and not is_home(one) for one in addresses):
            return True
    return False


def _candidates_of(
    document: Document, judged: list[Judged], base_url: str, repeated: Mapping[str, int]
) -> list[Candidate]:
    chosen: dict[str, Candidate] = {}
    for one in judged:
        candidate = one.attribution
        key = candidate.original_url or candidate.publisher_url or f"name:{candidate.publisher_name}"
        if key not in chosen:
            chosen[key] = candidate
    # The evidence of links is dear, and most posts have none beside their sentence's.
    for address, link in _bare_links(document, base_url) if _has_others(document, base_url, chosen) else ():
        if address in chosen:
            continue
        features = link.features
        if repeated.get(address, 0) > 2:
            features |= {"link:repeated"}
        title = title_of(link.text, linked=True) if "link:title" in features else None
        chosen[address] = Attribution(
            original_url=address, original_title=title, publisher_name=None, publisher_url=None, phrase="link",
            language="", pattern="link", sentence=clean_line(link.text) or "",
            confidence=round(weights().probability(features), 4), evidence=in_words(features),
        )  # fmt: skip
    ordered = sorted(chosen.values(), key=lambda one: -one.confidence)
    return ordered[:MOST_CANDIDATES]


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
        sentence=clean_line(_unescaped(sentence[:4000]).replace("\u200b", "")) or "",
    )


@lru_cache(maxsize=256)
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
    gone = [best] + [one for one in found if one is not best and (one.rank <= 1 or isinstance(one, _Source))]
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
    if name is not None and len(name.split()) > 2 and any(tag.may_name() for tag in lexicon().tags(name)):
        return None  # a sentence, which is read as one
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
