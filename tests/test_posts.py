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


def test_what_is_kept_of_a_copy_is_a_copy() -> None:
    """A post goes on being read while what was kept of it waits to be written."""
    copy = PostCopy(site="https://a.test", url="https://a.test/1", surface="rest", tags=["x"], rights={"tdm": "none"})
    copy.candidates = [{"original_url": "https://b.test/1", "evidence": ["a", "b"]}]
    kept = copy.to_json()
    copy.tags.append("y")
    copy.rights["tdm"] = "reserved"
    copy.candidates[0]["evidence"].append("c")
    assert (kept["tags"], kept["rights"]) == (["x"], {"tdm": "none"})
    assert kept["candidates"] == [{"original_url": "https://b.test/1", "evidence": ["a", "b"]}]
