"""The verdict on a post and its original, and the record that both make."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.attribution import find_attribution
from newscrawl.extraction.result import Extraction, Kind
from newscrawl.items import OriginalResult
from newscrawl.join import FEW_TOKENS, join, judge
from newscrawl.outcomes import Outcome, Reason, is_reason
from newscrawl.posts import PostCopy
from newscrawl.records import faults, normalize
from newscrawl.text import content_hash, word_count
from newscrawl.urls import record_id

SITE = "https://aggregator.test"
ORIGINAL = "https://www.paper.test/2026/story"


def prose(words: int, seed: int = 1) -> str:
    """Made-up text: another seed, another article."""
    rng = random.Random(seed)
    made = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(3, 9))) for _ in range(words)]
    return " ".join(made)


LONG = prose(400)


def copy(**values: Any) -> PostCopy:
    settings: dict[str, Any] = {
        "site": SITE, "url": f"{SITE}/story/", "surface": "rest", "source": "wp-rest", "title": "A story of the day",
        "text": LONG, "published_at": "2026-03-01T12:00:00Z", "published_precision": "second",
        "looked_at": "2026-03-01T13:00:00Z",
        "attribution": {
            "original_url": ORIGINAL, "original_title": "A story of the day", "publisher_name": "The Paper",
            "publisher_url": None, "phrase": "appeared first on", "language": "en",
        },
        **values,
    }  # fmt: skip
    return PostCopy(**settings)


def original(text: str | None = LONG, *, reason: str | None = None, **page: Any) -> OriginalResult:
    result = {name: page.pop(name) for name in ("final_url", "rights", "http_status") if name in page}
    values = {"text": text, "title": "A story of the day", "sources": {"text": "html", "title": "json-ld"}, **page}
    extraction = Extraction.from_json({"kind": "article", **values})
    settings: dict[str, Any] = {
        "http_status": 200,
        "final_url": ORIGINAL,
        "fetched_at": "2026-03-01T14:00:00Z",
        **result,
    }
    return OriginalResult(id=record_id(ORIGINAL), url=ORIGINAL, reason=reason, extraction=extraction, **settings)


def verdict(one: PostCopy, other: OriginalResult | None = None, reason: str | None = None) -> tuple[Any, ...]:
    given = judge(one, other, reason)
    return given.outcome, given.reason, given.text_source


# --- pages that the post does not state ------------------------------------------------------------------------


def standing_in(resolved_by: str = "candidate", stated: dict[str, Any] | None = None, **values: Any) -> PostCopy:
    """A post for whose source another page stands in."""
    one = copy(**values)
    one.stated = one.attribution if stated is None else stated
    one.attribution = {"original_url": ORIGINAL, "resolved_by": resolved_by}
    return one


TAKEN, NOT_TAKEN = ("original", None, "original"), ("post_only", "different_article", "post")


def test_the_text_alone_proves_what_is_not_stated() -> None:
    assert verdict(standing_in(), original(title="Another headline")) == TAKEN
    assert verdict(standing_in("rest"), original(title="Another headline")) == TAKEN
    # A follow-up of the same day repeats a third of it, under nearly the same title.
    third = " ".join(LONG.split()[:130])
    assert verdict(standing_in(), original(f"{third} {prose(300, 5)}")) == NOT_TAKEN
    # One that is short besides: what it repeats is two thirds of its own words.
    assert verdict(standing_in(), original(f"{third} {prose(70, 5)}")) == NOT_TAKEN
    # It repeats the greater half of the post, below what is new.
    most = " ".join(LONG.split()[:260])
    assert verdict(standing_in(), original(f"{prose(140, 5)} {most}")) == NOT_TAKEN
    assert verdict(standing_in("section"), original(f"{prose(140, 5)} {most}")) == NOT_TAKEN
    # Its own words are few, and most of what it shows is the post's: a page that was cut begins with the post.
    assert verdict(standing_in(), original(f"{prose(45, 5)} {third}")) == NOT_TAKEN
    # Every twentieth word of the copy was edited.
    edited = " ".join(word if place % 20 else "edited" for place, word in enumerate(LONG.split()))
    assert verdict(standing_in(text=edited), original()) == TAKEN
    # An original that was cut after a third, and edited here and there.
    cut = [word if place % 25 else "edited" for place, word in enumerate(third.split())]
    assert verdict(standing_in(), original(" ".join(cut)))[0] == "original_partial"
    assert verdict(standing_in(text=None), original()) == ("post_only", "different_article", None)


def test_a_page_that_holds_the_text_among_others_is_not_it() -> None:
    live_blog = f"{prose(300, 6)} {LONG} {prose(300, 7)}"
    assert verdict(standing_in(), original(live_blog)) == NOT_TAKEN
    # The other stories are short: two fifths of the page, of which a quarter stands before its own.
    assert verdict(standing_in(), original(f"{prose(160, 6)} {LONG} {prose(90, 7)}")) == NOT_TAKEN
    # A summary, a caption and a byline before the text are the page's own.
    assert verdict(standing_in(), original(f"{prose(35, 6)} {LONG} {prose(150, 7)}")) == TAKEN
    # A copy of the opening is a copy.
    opening = " ".join(LONG.split()[:150])
    assert verdict(standing_in(text=opening), original()) == TAKEN
    assert verdict(standing_in(text=opening), original(title="Tonight's digest")) == NOT_TAKEN
    # A short passage that the post quotes is not its source.
    passage = " ".join(LONG.split()[100:160])
    assert verdict(standing_in(), original(passage, title="What she said")) == NOT_TAKEN


@pytest.mark.parametrize(
    ("name", "url", "publisher_name", "taken"),
    [
        ("The Paper", "https://copies.test/a", "Copies of the Day", False),
        ("The Paper", "https://copies.test/a", None, False),
        ("The Paper", "https://copies.test/a", "The Paper", True),
        ("The Paper", "https://www.paper.test/a", None, True),
        ("港町新聞", "https://copies.test/a", "Copies of the Day", False),
    ],
)
def test_a_copy_on_another_site_is_no_original(name: str, url: str, publisher_name: str | None, taken: bool) -> None:
    one = standing_in(stated={"publisher_name": name})
    page = original(final_url=url, publisher_name=publisher_name)
    assert verdict(one, page) == (TAKEN if taken else NOT_TAKEN)


# --- outcomes and reasons ------------------------------------------------------------------------------------


def test_the_same_text_is_the_original() -> None:
    assert verdict(copy(), original()) == ("original", None, "original")
    assert judge(copy(), original()).similarity == 1.0


@pytest.mark.parametrize("reason", [Reason.NO_ATTRIBUTION, Reason.NO_ORIGINAL_URL, Reason.NOT_FOLLOWED, Reason.REFUSED])
def test_what_was_not_asked_for_says_why(reason: Reason) -> None:
    assert verdict(copy(), None, reason) == ("post_only", reason, "post")
    assert verdict(copy(text=None), None, reason) == ("post_only", reason, None)


@pytest.mark.parametrize("reason", [*Reason, "http_404", "http_503"])
def test_an_original_without_text_leaves_the_posts(reason: str) -> None:
    for extraction in (None, Extraction(kind=Kind.ARTICLE), Extraction(kind=Kind.ARTICLE, text="")):
        result = OriginalResult(id="0" * 32, url=ORIGINAL, reason=reason, extraction=extraction)
        assert verdict(copy(), result) == ("post_only", reason, "post")
        assert verdict(copy(text=None), result) == ("post_only", reason, None)


@pytest.mark.parametrize(
    "reason", [Reason.CHALLENGE, Reason.LOGIN, Reason.CONSENT, Reason.NOT_ARTICLE, "http_404", Reason.BAD_ENCODING]
)
def test_text_beside_such_a_reason_is_not_the_articles(reason: str) -> None:
    assert verdict(copy(), original(reason=reason)) == ("post_only", reason, "post")


def test_no_text_and_no_reason_is_no_article() -> None:
    assert verdict(copy(), original(None)) == ("post_only", "not_article", "post")


@pytest.mark.parametrize("reason", [Reason.PAYWALL, Reason.TRUNCATED])
def test_a_part_of_the_original_leaves_the_longer_text(reason: Reason) -> None:
    words = LONG.split()
    assert verdict(copy(), original(" ".join(words[:100]), reason=reason)) == ("original_partial", reason, "post")
    teaser = copy(text=" ".join(words[:50]))
    assert verdict(teaser, original(" ".join(words[:200]), reason=reason)) == ("original_partial", reason, "original")
    assert verdict(copy(text=None), original(" ".join(words[:200]), reason=reason)) == (
        "original_partial",
        reason,
        "original",
    )


def test_a_page_that_calls_itself_paid_for_and_shows_all_is_whole() -> None:
    assert verdict(copy(), original(paywalled=True)) == ("original", None, "original")
    assert verdict(copy(), original(reason="paywall", paywalled=True)) == ("original", None, "original")
    cut = " ".join(LONG.split()[:150])
    assert verdict(copy(), original(cut, paywalled=True)) == ("original_partial", "paywall", "post")
    # A teaser as copy proves nothing.
    assert verdict(copy(text=cut[:300]), original(cut, paywalled=True)) == ("original_partial", "paywall", "original")


def test_an_original_that_lacks_much_of_the_copy_was_cut() -> None:
    words = LONG.split()
    assert verdict(copy(), original(" ".join(words[:150]))) == ("original_partial", "truncated", "post")
    assert verdict(copy(), original(" ".join(words[:300]))) == ("original", None, "original")
    # A short copy is not evidence enough.
    assert verdict(copy(text=" ".join(words[:100])), original(" ".join(words[:40]))) == ("original", None, "original")


def test_a_longer_original_is_whole_whatever_the_copy_lacks() -> None:
    assert verdict(copy(text=" ".join(LONG.split()[:80])), original()) == ("original", None, "original")


def test_another_article_is_not_taken() -> None:
    other = original(prose(400, 2), title="Something else entirely happened")
    assert verdict(copy(), other) == ("post_only", "different_article", "post")
    assert judge(copy(), other).similarity is not None
    # Titles are not proof where whole texts disagree.
    assert verdict(copy(), original(prose(400, 2))) == ("post_only", "different_article", "post")


def test_a_title_speaks_where_texts_are_too_short_to() -> None:
    teaser = copy(text="A teaser in other words than the article's own.")
    assert verdict(teaser, original()) == ("original", None, "original")
    assert verdict(teaser, original(title="Something else entirely")) == ("post_only", "different_article", "post")
    # The title that the attribution gives counts as well.
    renamed = copy(text=teaser.text, title="How we see it here", attribution={"original_title": "A Story of the Day!"})
    assert verdict(renamed, original()) == ("original", None, "original")
    assert verdict(copy(text=None, title=None), original()) == ("original", None, "original")


def test_few_words_in_common_are_no_evidence() -> None:
    caption = " ".join(LONG.split()[: FEW_TOKENS - 2])
    assert verdict(copy(text=caption), original(title="Something else entirely"))[1] == "different_article"


def test_one_word_in_common_is_no_title() -> None:
    teaser = "A teaser in quite other words."
    assert (
        verdict(copy(text=teaser, title="Weather today"), original(title="Weather report for sailors"))[1]
        == "different_article"
    )
    assert verdict(copy(text=teaser, title="Weather", attribution={}), original(title="Weather"))[0] == "original"


@pytest.mark.parametrize("script", ["汉字文章内容测试", "ภาษาไทยบทความ", "한국어기사내용"])
def test_scripts_without_spaces_are_compared_as_well(script: str) -> None:
    rng = random.Random(3)
    text = "".join(rng.choices(script, k=300))
    other = "".join(random.Random(4).choices(script[::-1] + "其他的文章ขคง가나다", k=300))
    assert verdict(copy(text=text), original(text, title=None)) == ("original", None, "original")
    assert verdict(copy(text=text), original(other, title="x"))[1] == "different_article"


@settings(max_examples=60, deadline=None)
@given(
    words=st.integers(0, 300),
    there=st.integers(0, 300),
    same=st.booleans(),
    reason=st.sampled_from([None, *Reason, "http_500"]),
    paywalled=st.sampled_from([None, True, False]),
    title=st.sampled_from([None, "A story of the day", "Something else entirely"]),
)
def test_whatever_came_back_there_is_one_outcome_and_its_reason(
    words: int, there: int, same: bool, reason: str | None, paywalled: bool | None, title: str | None
) -> None:
    one = copy(text=prose(words) or None)
    other = original(prose(there, 1 if same else 2) or None, reason=reason, paywalled=paywalled, title=title)
    record = join(one, other)
    normalize(record)
    assert faults(record) == []
    assert (record.outcome == Outcome.ORIGINAL) == (record.reason is None)
    assert record.reason is None or is_reason(record.reason)
    if record.outcome == Outcome.ORIGINAL_PARTIAL:
        assert record.word_count == max(word_count(one.text), there)
    assert record.text_source == (None if record.text is None else record.text_source)
    assert record.url == (ORIGINAL if record.outcome.startswith("original") else one.url)


# --- the record ----------------------------------------------------------------------------------------------


def test_the_originals_fields_are_taken_and_named() -> None:
    page = {
        "title": "The original's title", "authors": ["Ann Example"], "tags": ["t"],
        "published_at": "2026-02-28T08:00:00Z",
        "published_precision": "minute", "modified_at": "2026-02-28T09:00:00Z", "section": "World", "language": "en-GB",
        "image_url": "https://i.test/x.jpg", "summary": "In short", "canonical_url": ORIGINAL,
        "sources": {"title": "json-ld", "authors": "meta", "text": "html"},
    }  # fmt: skip
    record = join(copy(author="A Person", tags=["post's"], summary="other"), original(**page))
    assert (record.title, record.authors, record.tags, record.summary) == (
        "The original's title",
        ["Ann Example"],
        ["t"],
        "In short",
    )
    assert (record.published_at, record.published_precision) == ("2026-02-28T08:00:00Z", "minute")
    assert (record.section, record.language, record.image_url) == ("World", "en-GB", "https://i.test/x.jpg")
    assert (record.sources["title"], record.sources["authors"], record.sources["text"]) == ("json-ld", "meta", "html")
    assert record.sources["section"] == "html"  # where the page does not say which
    assert record.id == record_id(f"{SITE}/story/")
    assert record.word_count == word_count(LONG)
    assert record.content_hash == content_hash(record.title, record.text)
    assert record.post is not None
    assert (record.post.title, record.post.author) == ("A story of the day", "A Person")
    assert record.attribution is not None
    assert record.attribution.resolved_by == "link"
    assert record.original is not None
    assert (record.original.url, record.original.similarity, record.original.http_status) == (ORIGINAL, 1.0, 200)


def test_what_the_original_lacks_is_the_posts() -> None:
    one = copy(
        author="A Person",
        categories=["Local", "News"],
        tags=["x"],
        image_url="https://a.test/i.jpg",
        modified_at="2026-03-02T00:00:00Z",
    )
    record = join(one, original(title=None))
    assert (record.title, record.authors, record.section, record.tags) == (
        "A story of the day",
        ["A Person"],
        "Local",
        ["x"],
    )
    assert (record.published_at, record.published_precision) == ("2026-03-01T12:00:00Z", "second")
    assert {record.sources[name] for name in ("title", "authors", "section", "published_at", "modified_at")} == {
        "wp-rest"
    }


def test_nothing_of_another_article_is_taken() -> None:
    page = {
        "title": "Something else entirely",
        "authors": ["Wrong"],
        "canonical_url": "https://www.paper.test/other",
        "published_at": "2020-01-01T00:00:00Z",
        "published_precision": "day",
    }
    record = join(copy(), original(prose(400, 2), **page))
    assert (record.title, record.authors, record.text, record.url) == ("A story of the day", [], LONG, f"{SITE}/story/")
    assert (record.published_at, record.published_precision) == ("2026-03-01T12:00:00Z", "second")
    assert record.sources["text"] == "wp-rest"
    assert record.original is not None
    assert record.original.canonical_url == "https://www.paper.test/other"


def test_without_any_text_there_is_none_from_nowhere() -> None:
    record = join(copy(text=None), None, Reason.NO_ATTRIBUTION)
    assert (record.text, record.text_source, record.word_count) == (None, None, None)
    assert "text" not in record.sources
    assert record.original is None


@pytest.mark.parametrize(
    ("landed", "canonical", "url"),
    [
        (ORIGINAL, None, ORIGINAL),
        ("https://amp.paper.test/s", "https://www.paper.test/2026/story", "https://www.paper.test/2026/story"),
        # A canonical on another site is recorded, not used: syndication, or a page under a test host.
        (ORIGINAL, "https://elsewhere.test/story", ORIGINAL),
        ("https://new.paper.test/moved", None, "https://new.paper.test/moved"),
        (None, None, ORIGINAL),
        # A canonical that names the front page is a broken template.
        (ORIGINAL, "https://www.paper.test/", ORIGINAL),
        (ORIGINAL, "javascript:alert(1)", ORIGINAL),
        (ORIGINAL, "/2026/story", ORIGINAL),
    ],
)
def test_the_url_is_the_originals_canonical_of_the_same_site(
    landed: str | None, canonical: str | None, url: str
) -> None:
    record = join(copy(), original(final_url=landed, canonical_url=canonical))
    assert record.url == url
    assert record.original is not None
    assert record.original.canonical_url == canonical


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("Ann Example", ["Ann Example"]),
        ("The Paper", []),
        ("the  paper", []),
        ("Aggregator", []),
        ("aggregator.test", []),
        ("AGGREGATOR NEWS", []),
        ("admin", []),
        ("Staff", []),
        (None, []),
        ("Aggregator Newsom", ["Aggregator Newsom"]),
    ],
)
def test_a_byline_that_names_a_house_is_none(author: str | None, authors: list[str]) -> None:
    assert join(copy(author=author, site_name="Aggregator News"), None, "no_original_url").authors == authors


@pytest.mark.parametrize(
    ("named", "page", "publisher"),
    [
        ({}, {"publisher_name": "Paper Inc"}, ("The Paper", "paper.test", "https://www.paper.test")),
        (
            {"publisher_name": None},
            {"publisher_name": "Paper Inc"},
            ("Paper Inc", "paper.test", "https://www.paper.test"),
        ),
        ({"publisher_name": None}, {}, ("paper.test", "paper.test", "https://www.paper.test")),
        ({"publisher_url": "https://paper.test/home"}, {}, ("The Paper", "paper.test", "https://paper.test/home")),
        ({}, {"final_url": "https://www.new.test/x"}, ("The Paper", "new.test", "https://www.new.test")),
    ],
)
def test_the_publisher(named: dict[str, Any], page: dict[str, Any], publisher: tuple[str, ...]) -> None:
    attribution = {**(copy().attribution or {}), **named}
    found = join(copy(attribution=attribution), original(**page)).publisher
    assert found is not None
    assert (found.name, found.domain, found.url) == publisher


def test_the_publisher_of_what_was_not_had() -> None:
    failed = OriginalResult(id="0" * 32, url=ORIGINAL, reason="timeout")
    found = join(copy(), failed).publisher
    assert found is not None
    assert (found.name, found.domain) == ("The Paper", "paper.test")
    named = {"publisher_name": "The Paper", "original_url": None}
    found = join(copy(attribution=named), None, "no_original_url").publisher
    assert found is not None
    assert (found.name, found.domain, found.url) == ("The Paper", None, None)
    assert join(copy(attribution=None), None, "no_attribution").publisher is None


def test_rights_of_both_are_kept_and_the_stricter_holds() -> None:
    one = copy(rights={"tdm": "open", "ai_train": "no"})
    record = join(one, original(rights={"tdm": "reserved", "ai_train": "none"}))
    assert record.rights.post["tdm"] == {"value": "open", "at": "2026-03-01T13:00:00Z"}
    assert record.rights.original["tdm"] == {"value": "reserved", "at": "2026-03-01T14:00:00Z"}
    assert (record.rights.effective["tdm"], record.rights.effective["ai_train"]) == ("reserved", "no")
    # Also where its text was not taken: it was looked at.
    record = join(one, original(prose(400, 2), title="Other", rights={"tdm": "reserved"}))
    assert record.rights.effective["tdm"] == "reserved"


def test_a_copy_survives_the_ledger() -> None:
    one = copy(categories=["a"], displayed_views=7, rights={"tdm": "none"}, truncated=True)
    again = PostCopy.from_json(one.to_json())
    assert again == one
    assert PostCopy.from_json({**one.to_json(), "of_a_later_version": 1}) == one
    one.attributed(
        find_attribution(
            f'<p>The post <a href="{ORIGINAL}">X</a> appeared first on <a href="https://paper.test">P</a>.</p>'
        )
    )
    assert one.attribution is not None
    assert one.attribution["original_url"] == ORIGINAL
    assert PostCopy.from_json(one.to_json()) == one
    one.attributed(None)
    assert one.attribution is None
