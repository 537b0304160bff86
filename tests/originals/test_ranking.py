from __future__ import annotations

from newscrawl.originals.ranking import Entry, Ranker, Sought, choose, rank

DAY = "2026-05-12T08:00:00Z"
TITLE = "Council Votes to Reopen the Old Harbour Bridge"
SLUG = "https://paper.example/2026/05/12/council-votes-to-reopen-the-old-harbour-bridge/"


def _chosen(entries: list[Entry], title: str = TITLE) -> str | None:
    choice = choose(rank(Sought((title,), DAY), entries))
    return choice.entry.url if choice.entry else None


def test_by_title_by_slug_and_by_both() -> None:
    others = [
        Entry(f"https://paper.example/2026/05/12/other-{n}/", f"Another story of the day {n}", DAY) for n in range(50)
    ]
    assert _chosen([*others, Entry("https://paper.example/a/1", TITLE, DAY)]) == "https://paper.example/a/1"
    assert _chosen([*others, Entry(SLUG, None, None)]) == SLUG
    assert _chosen([*others, Entry(SLUG, "Old Harbour Bridge to Reopen", DAY)]) == SLUG
    assert _chosen(others) is None


def test_the_same_title_in_another_year_is_another_article() -> None:
    assert _chosen([Entry("https://paper.example/2019/1", TITLE, "2019-05-12T08:00:00Z")]) is None


def test_two_equally_likely_are_neither() -> None:
    entries = [Entry("https://paper.example/a", TITLE, DAY), Entry("https://paper.example/b", TITLE, DAY)]
    choice = choose(rank(Sought((TITLE,), DAY), entries))
    assert choice.entry is None
    assert choice.ambiguous


def test_a_follow_up_of_the_day_is_behind_the_article() -> None:
    follow_up = Entry("https://paper.example/follow", "Old Harbour Bridge: What the Vote Means for Cyclists", DAY)
    assert _chosen([follow_up, Entry("https://paper.example/a", TITLE, DAY)]) == "https://paper.example/a"
    assert _chosen([follow_up]) is None


def test_slugs_in_latin_letters_of_titles_in_other_scripts() -> None:
    russian = Entry("https://gazeta.example/news/sovet-progolosoval-za-otkrytie-starogo-mosta-12345.html", None, DAY)
    assert _chosen([russian], "Совет проголосовал за открытие старого моста") == russian.url
    japanese = Entry("https://shimbun.example/a/1", "市議会、港の古い橋の再開を決定", DAY)
    assert _chosen([japanese], "市議会、港の古い橋の再開を決定") == japanese.url


def test_a_headline_that_was_changed_is_found_by_the_text() -> None:
    text = (
        "Ferries between Saltmarsh and the island will run at night from June, the harbour board said on Monday. "
        "Skipper Odile Brandt had gathered signatures for years. The timetable foresees three crossings after midnight."
    )
    others = [
        Entry(f"https://paper.example/{n}", f"{word} committee hears the council on schools and roads", DAY)
        for n, word in enumerate(["Budget", "Housing", "Planning", "Traffic", "Sports"])
    ]
    changed = Entry("https://paper.example/n", "Night ferries for the island: Brandt wins over harbour board", DAY)
    sought = Sought(("Board agrees to late crossings",), DAY, text)
    choice = choose(rank(sought, [*others, changed]))
    assert choice.entry == changed
    assert choose(rank(sought, others)).entry is None


def test_what_was_last_changed_long_before_the_post_is_another_article() -> None:
    assert _chosen([Entry(SLUG, TITLE, None, "2025-05-12T08:00:00Z")]) is None
    # Changed after the post: when it was published is not known.
    assert _chosen([Entry(SLUG, TITLE, None, "2026-11-01T08:00:00Z")]) == SLUG


def test_many_posts_share_one_ranker() -> None:
    entries = [Entry(f"https://paper.example/{n}", f"Story number {n} of the harbour ward", DAY) for n in range(3_000)]
    ranker = Ranker([*entries, Entry(SLUG, TITLE, DAY), Entry(SLUG, TITLE, DAY)])
    assert len(ranker.entries) == 3_001
    assert ranker.rank(Sought((TITLE,), DAY))[0].entry.url == SLUG


def test_odd_input_ranks_nothing() -> None:
    assert rank(Sought(("",), "no time"), [Entry("not an address"), Entry("", "", "")]) == []
    assert choose([]).entry is None
