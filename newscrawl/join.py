"""Join the aggregator's copy and the original into one record. Pure, no I/O.

Whatever became of the original, the record has exactly one outcome, and a
reason where that is not ``original``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from newscrawl.items import AttributionPart, OriginalPart, OriginalResult, PostPart, Publisher, Record
from newscrawl.language import recognise
from newscrawl.net.rights import detailed, effective
from newscrawl.outcomes import Outcome, Reason
from newscrawl.posts import PostCopy
from newscrawl.text import content_hash, shingles, similarity, token_count, tokens, word_count
from newscrawl.urls import is_home_page, record_id, registrable_domain, same_site

if TYPE_CHECKING:
    from newscrawl.extraction.result import Extraction

__all__ = ["COMPARED", "SAME_TEXT", "Verdict", "join", "join_article", "judge", "judge_article", "source_url"]

#: Texts that share at least this part of the shorter one's 4-token shingles are of one article. Measured on 207 real
#: originals and their copies: 0.5 and more; on other articles about the same events: at most 0.064.
SAME_TEXT = 0.2
#: What the post does not state as its source has to share as much; a follow-up of the same day may repeat a third.
PROVEN = 0.5
#: Nor does a part of the post prove it: a follow-up in a few words of its own that repeats the first quarter of the
#: post consists of the post's text. The page has to hold this part of the post; of 1,381 copies that were shortened or
#: reworded and their originals (worlds of benchmarks/originals.py, seeds 18 to 20) all but one do.
PROVEN_OF_POST = 0.6
#: A page so much shorter than the post that is its source was cut, so that nearly all that it shows is the post's.
SHORTER = 0.8
PROVEN_OF_SHORTER = 0.75
#: Much longer or shorter than the post, a page may be another.
MUCH_LONGER = 2.5
#: Characters of a copy's opening, what a page may show before it (a summary, a caption, a byline), and the part of that
#: opening that stands at the page's beginning: what is new to a follow-up comes first, as other stories of a live blog.
OPENING = 400
BEFORE_IT = 300
PROVEN_OF_OPENING = 0.5
#: Where both texts are long enough to judge, less than this is another article whatever the titles say.
OTHER_TEXT = 0.1
LONG_ENOUGH = 100
#: Titles that share at least this part of the shorter one's words are of one article.
SAME_TITLE = 0.6
#: Fewer tokens than this tell nothing about a text (a caption, a teaser cut after one line).
FEW_TOKENS = 12
#: An original that is found in the copy but holds less than this part of its words was cut.
CUT = 0.6
CUT_FROM_WORDS = 120
#: Beyond this many characters of each text the verdict does not change, the cost does.
COMPARED = 60_000

_PARTIAL = frozenset({Reason.PAYWALL, Reason.TRUNCATED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a post ends: outcome, reason, and whose text it is (``original``, ``post``, ``None``)."""

    outcome: Outcome
    reason: str | None
    text_source: str | None
    similarity: float | None = None


def judge(copy: PostCopy, original: OriginalResult | None, reason: str | None = None) -> Verdict:
    """The verdict on *copy* and what asking for its *original* gave; *reason*: why it was not asked for."""
    own = "post" if copy.text else None
    if original is None:
        return Verdict(Outcome.POST_ONLY, reason or Reason.NO_ATTRIBUTION, own)
    page = original.extraction
    text = page.text if page is not None else None
    if page is None or not text or (original.reason is not None and original.reason not in _PARTIAL):
        return Verdict(Outcome.POST_ONLY, original.reason or Reason.NOT_ARTICLE, own)
    alike = round(similarity((copy.text or "")[:COMPARED], text[:COMPARED]), 4) if copy.text else None
    if _different(copy, page, alike) or _unproven(copy, page, original.final_url or original.url, alike):
        return Verdict(Outcome.POST_ONLY, Reason.DIFFERENT_ARTICLE, own, alike)
    partial = original.reason or (Reason.PAYWALL if page.paywalled else None)
    # A copy's words were counted when it was read.
    here, there = copy.word_count or word_count(copy.text), word_count(text)
    # A page that calls itself paid for and yet shows all of what the copy shows is whole.
    whole = copy.text is not None and alike is not None and alike >= SAME_TEXT and there >= here * 0.9
    if partial == Reason.PAYWALL and whole and here >= CUT_FROM_WORDS:
        partial = None
    if partial is None and here >= CUT_FROM_WORDS and there < here * CUT and alike is not None and alike >= 0.5:
        partial = Reason.TRUNCATED
    if partial is None:
        return Verdict(Outcome.ORIGINAL, None, "original", alike)
    return Verdict(Outcome.ORIGINAL_PARTIAL, partial, "post" if here > there else "original", alike)


def _different(copy: PostCopy, page: Extraction, alike: float | None) -> bool:
    """Whether title and text are both unlike the post's: another article stands behind the link."""
    if alike is not None and alike >= SAME_TEXT and token_count(copy.text) >= FEW_TOKENS:
        return False
    long_enough = min(token_count(copy.text), token_count(page.text)) >= LONG_ENOUGH
    if alike is not None and alike < OTHER_TEXT and long_enough:
        return True
    if alike is None and not copy.title:
        return False  # nothing to compare with
    claimed = [copy.title, (copy.attribution or {}).get("original_title")]
    return not any(_same_title(title, page.title) for title in claimed)


def _unproven(copy: PostCopy, page: Extraction, url: str, alike: float | None) -> bool:
    """Whether a page that the post does not state as its source lacks the one proof: the same text."""
    if (copy.attribution or {}).get("resolved_by") in (None, "link"):
        return False
    if not _of_named_publisher(copy, page, url):
        return True
    text, shown = (copy.text or "")[:COMPARED], (page.text or "")[:COMPARED]
    here, there = token_count(copy.text), token_count(page.text)
    if alike is None or alike < PROVEN or here < FEW_TOKENS:
        return True
    cut = there < here * SHORTER and alike >= PROVEN_OF_SHORTER and _held(shown[:OPENING], text) >= PROVEN_OF_OPENING
    if not cut and _held(text, shown) < PROVEN_OF_POST:
        return True
    if _held(text[:OPENING], shown[: OPENING + BEFORE_IT]) < PROVEN_OF_OPENING:
        return True
    # One that is far longer, or a short passage that both quote, has to bear the post's title as well.
    far = max(here, there) > min(here, there) * MUCH_LONGER
    return far and not _same_title(copy.title, page.title)


def _held(part: str, whole: str) -> float:
    """The share (0 to 1) of *part*'s shingles that stand in *whole*."""
    own = shingles(part)
    return len(own & shingles(whole)) / len(own) if own else 0.0


def _of_named_publisher(copy: PostCopy, page: Extraction, url: str) -> bool:
    """Whether the page at *url* is of the publisher that the post names, where it gives that one's name alone.

    A copy on another site has the same text. Where the post links its publisher, none of another site is asked for.
    """
    # `status` and other quick commands import this module, and join nothing.
    from newscrawl.attribution.sites import name_fits_domain, name_keys

    stated = copy.stated or {}
    name = stated.get("publisher_name")
    if not name or stated.get("original_url") or stated.get("publisher_url"):
        return True
    if (copy.attribution or {}).get("resolved_by") != "candidate" or name_fits_domain(name, url):
        return True
    return bool(page.publisher_name) and bool(name_keys(name) & name_keys(page.publisher_name or ""))


def _same_title(one: str | None, other: str | None) -> bool:
    a, b = set(tokens(one)), set(tokens(other))
    if not a or not b:
        return False
    shared = len(a & b)
    # One word in common is no evidence, unless that is all there is.
    return shared >= min(2, len(a), len(b)) and shared / min(len(a), len(b)) >= SAME_TITLE


def judge_article(original: OriginalResult) -> Verdict:
    """The verdict on an article that was asked for by its own address: there is no copy to compare it with."""
    page = original.extraction
    if page is None or not page.text or (original.reason is not None and original.reason not in _PARTIAL):
        return Verdict(Outcome.FAILED, original.reason or Reason.NOT_ARTICLE, None)
    if original.reason is None and not page.paywalled:
        return Verdict(Outcome.ORIGINAL, None, "original")
    return Verdict(Outcome.ORIGINAL_PARTIAL, original.reason or Reason.PAYWALL, "original")


def join(copy: PostCopy, original: OriginalResult | None = None, reason: str | None = None) -> Record:
    """The record of *copy* and its *original*.

    Args:
        copy: the post, read (``text`` and ``attribution`` set).
        original: what asking for it gave; ``None`` where it was not asked for.
        reason: why it was not asked for, or could not be.
    """
    record = _joined(copy, original, judge(copy, original, reason))
    record.post = PostPart(**{name: getattr(copy, name) for name in _POST_FIELDS})
    return record


def join_article(copy: PostCopy, original: OriginalResult) -> Record:
    """The record of an article that was asked for by its own address (spider ``articles``).

    There is no post: the join is that of an empty copy, and the publisher is whoever answered.
    """
    empty = PostCopy(site="", url=copy.url, surface=copy.surface, attribution={}, rights=copy.rights)
    record = _joined(empty, original, judge_article(original))
    record.attribution = None
    return record


def _bylines(copy: PostCopy) -> list[str]:
    """The post's byline, unless it only repeats the aggregator or the publisher (on aggregators it mostly does)."""
    if not copy.author:
        return []
    named = copy.attribution or {}
    site = registrable_domain(copy.site)
    houses = {copy.site_name, named.get("publisher_name"), site, site.split(".")[0]}
    folded = {"".join(tokens(name)) for name in houses if name}
    return [] if "".join(tokens(copy.author)) in folded | {"admin", "editor", "staff"} else [copy.author]


#: Fields that are the original's where its page has them, else the post's; and how the post's are had from its copy.
_EITHER: dict[str, Callable[[PostCopy], Any]] = {
    "title": lambda copy: copy.title,
    "summary": lambda copy: copy.summary,
    "authors": _bylines,
    "tags": lambda copy: copy.tags,
    "published_at": lambda copy: copy.published_at,
    "modified_at": lambda copy: copy.modified_at,
    "section": lambda copy: copy.categories[0] if copy.categories else None,
    "language": lambda copy: recognise(copy.text) if copy.language is None else copy.language,
    "image_url": lambda copy: copy.image_url,
}
#: Fields of a part that are taken as they stand: of the copy, of the attribution, of the answer, of its page.
_POST_FIELDS = tuple(one.name for one in fields(PostPart))
_ATTRIBUTION_FIELDS = tuple(one.name for one in fields(AttributionPart))
_ANSWER_FIELDS = ("url", "http_status", "fetched_at", "rendered")
_PAGE_FIELDS = ("canonical_url", "paywalled")


def _joined(copy: PostCopy, original: OriginalResult | None, verdict: Verdict) -> Record:
    """The record that *verdict* makes of both; everything but `post`."""
    taken = verdict.outcome in (Outcome.ORIGINAL, Outcome.ORIGINAL_PARTIAL)
    answer = original if taken else None
    page = answer.extraction if answer is not None else None
    text = {"original": page.text if page is not None else None, "post": copy.text}.get(verdict.text_source or "")
    record = Record(
        id=record_id(copy.url),
        url=source_url(answer) if answer is not None else copy.url,
        text=text,
        text_source=verdict.text_source,
        word_count=word_count(text) if text else None,
        publisher=_publisher(copy, original if taken or not copy.site else None, page),
        attribution=_attribution_part(copy),
        original=_original_part(original, verdict),
        outcome=verdict.outcome,
        reason=verdict.reason,
    )
    _take_fields(record, copy, page)
    record.content_hash = content_hash(record.title, record.text)
    _rights(record, copy, original)
    return record


def _take_fields(record: Record, copy: PostCopy, page: Extraction | None) -> None:
    """Fill the fields of `_EITHER`, and note in `sources` where each came from."""
    of_post = copy.source or copy.surface
    of_page: Mapping[str, str] = page.sources if page is not None else {}
    for name, own in _EITHER.items():
        value, source = (getattr(page, name) if page is not None else None), of_page.get(name, "html")
        if not value:
            value, source = own(copy), of_post
        if value:
            setattr(record, name, value)
            record.sources[name] = source
    if record.published_at is not None:
        from_page = page is not None and page.published_at
        record.published_precision = page.published_precision if page and from_page else copy.published_precision
    if record.text:
        record.sources["text"] = of_page.get("text", "html") if record.text_source == "original" else of_post


def source_url(original: OriginalResult) -> str:
    """The original's canonical URL where it is of the same site, else where the answer came from."""
    landed = original.final_url or original.url
    canonical = original.extraction.canonical_url if original.extraction is not None else None
    if not canonical or not same_site(canonical, landed):
        return landed
    # A template that calls every page the front page.
    return landed if is_home_page(canonical) and not is_home_page(landed) else canonical


def _publisher(copy: PostCopy, found: OriginalResult | None, page: Extraction | None) -> Publisher | None:
    """Whose article it is. *found*: the original where it is known to be the publisher's."""
    named = copy.attribution
    if named is None:
        return None
    # Where the original was found is certain; else what the post calls the publisher's home, then where its link leads.
    home = named.get("publisher_url")
    link = home or named.get("original_url")
    landed = (found.final_url or found.url) if found is not None else link
    domain = registrable_domain(landed) if landed else None
    if home is None and landed and "//" in landed:
        home = "/".join(landed.split("/", 3)[:3])
    said = page.publisher_name if page is not None else None
    return Publisher(name=named.get("publisher_name") or said or domain or None, domain=domain or None, url=home)


def _attribution_part(copy: PostCopy) -> AttributionPart | None:
    named = copy.attribution
    if named is None:
        return None
    values = {name: named.get(name) for name in _ATTRIBUTION_FIELDS}
    values["resolved_by"] = values["resolved_by"] or ("link" if values["original_url"] else None)
    return AttributionPart(**values)


def _original_part(original: OriginalResult | None, verdict: Verdict) -> OriginalPart | None:
    if original is None:
        return None
    page = original.extraction
    part = OriginalPart(**{name: getattr(original, name) for name in _ANSWER_FIELDS}, similarity=verdict.similarity)
    if page is not None:
        for name in _PAGE_FIELDS:
            setattr(part, name, getattr(page, name))
        part.word_count = word_count(page.text) if page.text else None
    return part


def _rights(record: Record, copy: PostCopy, original: OriginalResult | None) -> None:
    of_original = (original.rights or {}) if original else {}
    record.rights.post = detailed(copy.rights, copy.looked_at)
    record.rights.original = detailed(of_original, original.fetched_at if original else None)
    record.rights.effective = effective(copy.rights, of_original)
