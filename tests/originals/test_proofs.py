from __future__ import annotations

from typing import Any

from newscrawl.originals.proofs import (
    MOST_COUNTED,
    MOST_UNPROVEN,
    MOST_UNPROVEN_OF_SITE,
    UNLIKELY,
    Key,
    Proofs,
    key_of,
    likely_publisher,
    names_another,
    worth_asking,
)

STATED: dict[str, Any] = {"original_url": "https://www.paper.example/a", "phrase": "originally", "confidence": 0.9}
BESIDE: dict[str, Any] = {"original_url": "https://other.example/b", "phrase": "via", "confidence": 0.4}


def test_what_is_remembered_of_an_attribution() -> None:
    assert key_of(STATED) == Key("paper.example", "originally")
    assert key_of({"publisher_url": "https://paper.example/", "phrase": "yoast:en"}) == Key("paper.example", "yoast:en")
    assert key_of({"publisher_name": "The Paper"}) is None


def test_what_was_proven_comes_first_and_what_always_failed_last() -> None:
    proofs, fresh = Proofs(), {"original_url": "https://third.example/c", "phrase": "via", "confidence": 0.35}
    stated, beside = key_of(STATED), key_of(BESIDE)
    assert stated is not None
    assert beside is not None

    def order() -> list[dict[str, Any]]:
        return worth_asking([STATED, fresh, BESIDE], "A title", proofs, unlikely=True)

    assert order() == [STATED, BESIDE, fresh]
    proofs.learn(stated, proven=False)
    proofs.learn(beside, proven=True)
    assert (proofs.doubts(stated), proofs.trusts(stated)) == (True, False)
    assert (proofs.doubts(beside), proofs.trusts(beside)) == (False, True)
    assert order() == [BESIDE, fresh, STATED]
    # One proof ends the doubt; it is trusted again when proofs outnumber failures.
    proofs.learn(stated, proven=True)
    assert (proofs.doubts(stated), proofs.trusts(stated)) == (False, False)


def test_links_that_nothing_is_said_of() -> None:
    bare = [
        {"original_url": f"https://paper.example/{slug}/", "phrase": "link", "confidence": 0.03, "sentence": text}
        for slug, text in (("2026/05/a-mill-for-sale", "see there"), ("x", "The Old Bridge Opens Again"), ("y", "here"))
    ]
    # One that is called like the post is asked for in any case; of the others two, where that pays.
    assert worth_asking(bare, "A Mill Is for Sale", Proofs(), unlikely=False) == [bare[0]]
    assert worth_asking(bare, "Old Bridge Opens Again", Proofs(), unlikely=False) == [bare[1]]
    assert worth_asking(bare, "Something Else Altogether", Proofs(), unlikely=False) == []
    assert worth_asking(bare, "Something Else Altogether", Proofs(), unlikely=True) == bare[:2]
    assert worth_asking([{"phrase": "link"}], None, Proofs(), unlikely=True) == []
    proofs = Proofs()
    assert proofs.pays(UNLIKELY)
    proofs.learn(UNLIKELY, proven=False)
    assert not proofs.pays(UNLIKELY)
    proofs.learn(UNLIKELY, proven=True)
    assert proofs.pays(UNLIKELY)


SITE = "https://aggregator.example"
SOURCE: dict[str, Any] = {
    "publisher_url": "https://paper.example/", "publisher_name": "The Paper", "phrase": "source:en",
    "pattern": "evidence", "confidence": 0.55,
}  # fmt: skip
VIA: dict[str, Any] = {
    "original_url": "https://copier.example/2026/a-mill/", "phrase": "via:en", "pattern": "evidence", "confidence": 0.9,
}  # fmt: skip


def test_a_line_of_source_names_the_publisher_before_a_link_that_says_via() -> None:
    assert likely_publisher([VIA, SOURCE], SITE) == SOURCE
    assert likely_publisher([VIA], SITE) == VIA
    assert likely_publisher([SOURCE | {"confidence": 0.2}], SITE) is None
    # Beside "via" it need not be likely, and the link that says so need not be either.
    weak = SOURCE | {"confidence": 0.2}
    assert likely_publisher([VIA | {"confidence": 0.02}, weak], SITE) == weak
    assert likely_publisher([SOURCE | {"pattern": "link"}], SITE) is None
    # A site that names itself names no source.
    own = SOURCE | {"publisher_url": f"{SITE}/", "publisher_name": "Aggregator"}
    assert likely_publisher([own], SITE) is None
    assert likely_publisher([own | {"publisher_url": None}], SITE) is None


def test_what_only_says_via_is_a_copy_where_another_publisher_is_named() -> None:
    assert names_another(VIA, SOURCE)
    assert names_another(VIA, SOURCE | {"publisher_url": None})
    assert not names_another(VIA, None)
    assert not names_another(VIA, VIA)
    assert not names_another(VIA, SOURCE | {"publisher_url": "https://copier.example/"})
    assert not names_another(VIA, SOURCE | {"publisher_url": None, "publisher_name": "Copier"})
    assert not names_another(BESIDE | {"phrase": "originally"}, SOURCE)


def test_a_publisher_that_is_named_in_vain_is_looked_at_no_more() -> None:
    proofs = Proofs()
    for _ in range(MOST_UNPROVEN):
        assert proofs.may_look("statistics.example")
        proofs.learn_named("statistics.example", proven=False)
    assert not proofs.may_look("statistics.example")
    assert proofs.may_look("paper.example")
    for number in range(MOST_UNPROVEN_OF_SITE):
        proofs.learn_named(f"office{number}.example", proven=False)
    # A site whose lines credit data alone: no further publisher of it is asked either.
    assert not proofs.may_look("paper.example")
    proofs.learn_named("journal.example", proven=True)
    proofs.learn_named("journal.example", proven=True)
    assert proofs.may_look("journal.example")
    assert proofs.may_look("paper.example")


def test_counting_ends_and_so_does_writing() -> None:
    proofs, key = Proofs(), Key("paper.example", "via")
    for _ in range(MOST_COUNTED):
        proofs.learn(key, proven=True)
    assert proofs.take_changes() == {key: (MOST_COUNTED, 0)}
    proofs.learn(key, proven=True)
    assert proofs.take_changes() == {}
