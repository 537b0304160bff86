from __future__ import annotations

import gzip

from newscrawl.originals.lists import Lists, Read
from newscrawl.originals.ranking import MOST_ENTRIES, Entry

AT = "2026-05-12T08:00:00Z"


def test_kept_and_read_again() -> None:
    lists = Lists(read={"feed": Read(1000.0, 2)}, failures=1, due=5000.0)
    lists.add("sitemap", [Entry("https://paper.example/a", None, None, AT), Entry("https://paper.example/b")])
    lists.add("feed", [Entry("https://paper.example/a", "港町新聞の記事", AT)])
    again = Lists.kept(lists.read_json(), lists.packed(), lists.failures, lists.due)
    assert list(again) == list(lists)
    assert (again.read["feed"].at, again.read["feed"].found) == (1000.0, 2)
    # What has a title replaces what has none, and the list that gave it names it.
    assert Entry("https://paper.example/a", "港町新聞の記事", AT, AT) in list(again)
    assert (again.named_by("https://paper.example/a"), again.named_by("https://paper.example/b")) == ("feed", "sitemap")
    assert again.named_by("https://paper.example/c") is None


def test_no_more_than_so_many_entries() -> None:
    lists = Lists()
    entries = [Entry(f"https://paper.example/{number}") for number in range(MOST_ENTRIES + 5)]
    assert lists.add("sitemap", [*entries, Entry("https://paper.example/" + "x" * 3000)]) == MOST_ENTRIES
    assert (len(lists), lists.cut) == (MOST_ENTRIES, 5)


def test_what_cannot_be_unpacked_is_read_anew() -> None:
    for broken in (b"no gzip", gzip.compress(b"no json"), b""):
        lists = Lists.kept({"feed": [1000.0, 1], "unknown": [1.0, 1]}, broken, 2, 9.0)
        assert len(lists) == 0
        assert lists.failures == 2
