"""The aggregator's copy on its way through the ledger."""

from __future__ import annotations

from newscrawl.posts import PostCopy


def test_there_and_back() -> None:
    copy = PostCopy(
        site="https://a.test", url="https://a.test/x/", surface="rest", categories=["News"], displayed_views=0
    )
    kept = copy.to_json()
    assert kept["displayed_views"] == 0  # a counter of nought is no absence
    assert "title" not in kept
    assert "truncated" not in kept
    assert PostCopy.from_json(kept) == copy


def test_what_another_version_wrote_is_read() -> None:
    kept = {"site": "s", "url": "u", "surface": "rest", "of_a_later_version": 1}
    assert PostCopy.from_json(kept).url == "u"
