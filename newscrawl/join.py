"""Join the aggregator's copy and the original into one record. Pure, no I/O.

Whatever became of the original, the record has exactly one outcome, and a
reason where that is not ``original``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record
from newscrawl.language import recognise
from newscrawl.ledger.results import OriginalResult
from newscrawl.net.rights import effective
from newscrawl.outcomes import Outcome, Reason
from newscrawl.posts import PostCopy
from newscrawl.text import content_hash, similarity, tokens, word_count
from newscrawl.urls import is_home_page, record_id, registrable_domain, same_site

__all__ = ["Verdict", "join", "join_article", "judge"]

#: Texts that share at least this part of the shorter one's 4-token shingles are of one article. Measured on 207 real
#: originals and their copies: 0.5 and more; on other articles about the same events: at most 0.064.
SAME_TEXT = 0.2
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
    page = original.extraction or {}
    text = page.get("text")
    if not text or (original.reason is not None and original.reason not in _PARTIAL):
        return Verdict(Outcome.POST_ONLY, original.reason or Reason.NOT_ARTICLE, own)
    alike = round(similarity((copy.text or "")[:COMPARED], text[:COMPARED]), 4) if copy.text else None
    if _different(copy, page, alike):
        return Verdict(Outcome.POST_ONLY, Reason.DIFFERENT_ARTICLE, own, alike)
    partial = original.reason or (Reason.PAYWALL if page.get("paywalled") else None)
    here, there = word_count(copy.text), word_count(text)
    # A page that calls itself paid for and yet shows all of what the copy shows is whole.
    whole = copy.text is not None and alike is not None and alike >= SAME_TEXT and there >= here * 0.9
    if partial == Reason.PAYWALL and whole and here >= CUT_FROM_WORDS:
        partial = None
    if partial is None and here >= CUT_FROM_WORDS and there < here * CUT and alike is not None and alike >= 0.5:
        partial = Reason.TRUNCATED
    if partial is None:
        return Verdict(Outcome.ORIGINAL, None, "original", alike)
    return Verdict(Outcome.ORIGINAL_PARTIAL, partial, "post" if here > there else "original", alike)


def _different(copy: PostCopy, page: Mapping[str, Any], alike: float | None) -> bool:
    """Whether title and text are both unlike the post's: another article stands behind the link."""
    if alike is not None and alike >= SAME_TEXT and len(tokens(copy.text)) >= FEW_TOKENS:
        return False
    long_enough = min(len(tokens(copy.text)), len(tokens(page.get("text")))) >= LONG_ENOUGH
    if alike is not None and alike < OTHER_TEXT and long_enough:
        return True
    if alike is None and not copy.title:
        return False  # nothing to compare with
    claimed = [copy.title, (copy.attribution or {}).get("original_title")]
    return not any(_same_title(title, page.get("title")) for title in claimed)


def _same_title(one: str | None, other: str | None) -> bool:
    a, b = set(tokens(one)), set(tokens(other))
    if not a or not b:
        return False
    shared = len(a & b)
    # One word in common is no evidence, unless that is all there is.
    return shared >= min(2, len(a), len(b)) and shared / min(len(a), len(b)) >= SAME_TITLE


def join(copy: PostCopy, original: OriginalResult | None = None, reason: str | None = None) -> Record:
    """The record of *copy* and its *original*.

    Args:
        copy: the post, read (``text`` and ``attribution`` set).
        original: what asking for it gave; ``None`` where it was not asked for.
        reason: why it was not asked for, or could not be.
    """
    verdict = judge(copy, original, reason)
    page: Mapping[str, Any] = (original.extraction or {}) if original else {}
    taken = verdict.outcome in (Outcome.ORIGINAL, Outcome.ORIGINAL_PARTIAL)
    fields = _Fields(copy, page if taken else {})
    text = page.get("text") if verdict.text_source == "original" else copy.text
    if verdict.text_source is None:
        text = None
    if text:
        fields.sources["text"] = (
            fields.page_sources.get("text", "html") if verdict.text_source == "original" else fields.own
        )
    published = fields.pick("published_at", copy.published_at)
    from_page = bool(published and page.get("published_at") and taken)
    record = Record(
        id=record_id(copy.url),
        url=_source_url(original) if taken and original else copy.url,
        title=fields.pick("title", copy.title),
        summary=fields.pick("summary", copy.summary),
        text=text,
        text_source=verdict.text_source,
        authors=fields.pick("authors", _bylines(copy)) or [],
        tags=fields.pick("tags", copy.tags) or [],
        published_at=published,
        published_precision=page.get("published_precision") if from_page else copy.published_precision,
        modified_at=fields.pick("modified_at", copy.modified_at),
        section=fields.pick("section", copy.categories[0] if copy.categories else None),
        language=fields.pick("language", recognise(copy.text)),
        image_url=fields.pick("image_url", copy.image_url),
        word_count=word_count(text) if text else None,
        publisher=_publisher(copy, original, page, taken),
        post=_post_part(copy),
        attribution=_attribution_part(copy),
        original=_original_part(original, verdict),
        outcome=verdict.outcome,
        reason=verdict.reason,
        content_hash=None,
        sources=fields.sources,
    )
    record.content_hash = content_hash(record.title, record.text)
    _rights(record, copy, original)
    return record


def join_article(copy: PostCopy, original: OriginalResult) -> Record:
    """The record of an article that was asked for by its own address (spider ``articles``): there is no post."""
    page: Mapping[str, Any] = original.extraction or {}
    text = page.get("text")
    whole = bool(text) and original.reason is None and not page.get("paywalled")
    if whole:
        outcome, reason = Outcome.ORIGINAL, None
    elif text and (original.reason is None or original.reason in _PARTIAL):
        outcome, reason = Outcome.ORIGINAL_PARTIAL, original.reason or Reason.PAYWALL
    else:
        outcome, reason, text, page = Outcome.FAILED, original.reason or Reason.NOT_ARTICLE, None, {}
    verdict = Verdict(outcome, reason, "original" if text else None)
    landed = original.final_url or original.url
    domain = registrable_domain(landed) or None
    record = Record(
        id=record_id(copy.url),
        url=_source_url(original) if text else copy.url,
        title=page.get("title"),
        summary=page.get("summary"),
        text=text,
        text_source=verdict.text_source,
        authors=list(page.get("authors") or []),
        tags=list(page.get("tags") or []),
        published_at=page.get("published_at"),
        published_precision=page.get("published_precision"),
        modified_at=page.get("modified_at"),
        section=page.get("section"),
        language=page.get("language"),
        image_url=page.get("image_url"),
        word_count=word_count(text) if text else None,
        publisher=Publisher(
            name=page.get("publisher_name") or domain, domain=domain, url="/".join(landed.split("/", 3)[:3])
        ),
        original=_original_part(original, verdict),
        outcome=outcome,
        reason=reason,
        sources=dict(page.get("sources") or {}),
    )
    record.content_hash = content_hash(record.title, record.text)
    _rights(record, copy, original)
    return record


class _Fields:
    """Takes each field from the original where it has it, else from the post, and notes which."""

    def __init__(self, copy: PostCopy, page: Mapping[str, Any]) -> None:
        self.own = copy.source or copy.surface
        self.page = page
        self.page_sources: Mapping[str, str] = page.get("sources") or {}
        self.sources: dict[str, str] = {}

    def pick(self, name: str, own: Any) -> Any:
        value = self.page.get(name)
        if value:
            self.sources[name] = self.page_sources.get(name, "html")
            return value
        if own:
            self.sources[name] = self.own
            return own
        return None


def _source_url(original: OriginalResult) -> str:
    """The original's canonical URL where it is of the same site, else where the answer came from."""
    landed = original.final_url or original.url
    canonical = (original.extraction or {}).get("canonical_url")
    if not canonical or not same_site(canonical, landed):
        return landed
    # A template that calls every page the front page.
    return landed if is_home_page(canonical) and not is_home_page(landed) else canonical


def _bylines(copy: PostCopy) -> list[str]:
    """The post's byline, unless it only repeats the aggregator or the publisher (on aggregators it mostly does)."""
    if not copy.author:
        return []
    named = copy.attribution or {}
    site = registrable_domain(copy.site)
    houses = {copy.site_name, named.get("publisher_name"), site, site.split(".")[0]}
    folded = {"".join(tokens(name)) for name in houses if name}
    return [] if "".join(tokens(copy.author)) in folded | {"admin", "editor", "staff"} else [copy.author]


def _publisher(
    copy: PostCopy, original: OriginalResult | None, page: Mapping[str, Any], taken: bool
) -> Publisher | None:
    named = copy.attribution
    if named is None:
        return None
    # Where the original was found is certain; else what the post calls the publisher's home, then where its link leads.
    link = named.get("publisher_url") or named.get("original_url")
    landed = (original.final_url or original.url) if taken and original else link
    domain = registrable_domain(landed) if landed else None
    home = named.get("publisher_url")
    if home is None and landed and "//" in landed:
        home = "/".join(landed.split("/", 3)[:3])
    return Publisher(
        name=named.get("publisher_name") or (page.get("publisher_name") if taken else None) or domain or None,
        domain=domain or None,
        url=home,
    )


def _post_part(copy: PostCopy) -> PostPart:
    return PostPart(
        site=copy.site,
        url=copy.url,
        title=copy.title,
        author=copy.author,
        published_at=copy.published_at,
        modified_at=copy.modified_at,
        categories=copy.categories,
        tags=copy.tags,
        image_url=copy.image_url,
        displayed_shares=copy.displayed_shares,
        displayed_views=copy.displayed_views,
        word_count=copy.word_count,
        surface=copy.surface,
    )


def _attribution_part(copy: PostCopy) -> AttributionPart | None:
    named = copy.attribution
    if named is None:
        return None
    return AttributionPart(
        original_url=named.get("original_url"),
        original_title=named.get("original_title"),
        publisher_name=named.get("publisher_name"),
        publisher_url=named.get("publisher_url"),
        phrase=named.get("phrase"),
        language=named.get("language"),
        resolved_by="link" if named.get("original_url") else None,
    )


def _original_part(original: OriginalResult | None, verdict: Verdict) -> OriginalPart | None:
    if original is None:
        return None
    page = original.extraction or {}
    return OriginalPart(
        url=original.url,
        canonical_url=page.get("canonical_url"),
        http_status=original.http_status,
        fetched_at=original.fetched_at,
        rendered=original.rendered,
        paywalled=page.get("paywalled"),
        word_count=word_count(page["text"]) if page.get("text") else None,
        similarity=verdict.similarity,
    )


def _rights(record: Record, copy: PostCopy, original: OriginalResult | None) -> None:
    def dated(signals: Mapping[str, Any], at: str | None) -> dict[str, dict[str, str]]:
        return {name: {"value": str(value), "at": at or ""} for name, value in sorted(signals.items())}

    of_original: Mapping[str, Any] = (original.rights or {}) if original else {}
    record.rights.post = dated(copy.rights, copy.looked_at)
    record.rights.original = dated(of_original, original.fetched_at if original else None)
    record.rights.effective = effective(copy.rights, {name: str(value) for name, value in of_original.items()})
