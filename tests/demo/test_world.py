"""The world itself: the same for the same seed, texts apart from each other, answers that agree with the table."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from collections import Counter
from itertools import combinations, pairwise

import pytest

from newscrawl.demo.world import BLOCK, CASES, EPOCH, World, build_world
from newscrawl.outcomes import Outcome, is_reason
from newscrawl.text import content_hash, shingles, word_count


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=7, posts=3 * BLOCK)


def test_same_seed_same_world() -> None:
    one, two, other = build_world(seed=3), build_world(seed=3), build_world(seed=4)
    assert list(one.posts()) == list(two.posts())
    assert list(one.all_expected()) == list(two.all_expected())
    assert {post.title for post in one.posts()}.isdisjoint(post.title for post in other.posts())


def test_a_post_does_not_depend_on_the_size_read_so_far() -> None:
    whole, part = build_world(posts=200), build_world(posts=200)
    first = [whole.post(number) for number in range(200)]
    assert part.post(177) == first[177]


def test_table_is_of_the_closed_list() -> None:
    for case in CASES:
        assert case.outcome in set(Outcome)
        assert case.reason is None or is_reason(case.reason)
        assert (case.reason is None) == (case.outcome == Outcome.ORIGINAL)
        assert case.text_source == ("original" if case.outcome == Outcome.ORIGINAL else "post")
        assert bool(case.publishers) == (case.attribution not in ("none", "self"))
        assert (case.link == "-") == (case.original == "-")


def test_every_block_holds_every_case(world: World) -> None:
    for block in range(3):
        held = Counter(world.case(number).name for number in range(block * BLOCK, (block + 1) * BLOCK))
        assert held == {case.name: case.posts for case in CASES}


def test_enough_of_everything() -> None:
    small = build_world()
    assert small.total >= 120
    publishers = {post.publisher.key: post.publisher for post in small.posts() if post.publisher}
    assert len(publishers) >= 10
    assert len({publisher.layout for publisher in publishers.values()}) >= 7


def test_times_grow_and_lie_before_the_epoch(world: World) -> None:
    times = [world.published(number) for number in range(world.total)]
    assert all(early < late for early, late in pairwise(times))
    assert times[-1] < EPOCH
    assert times[-1] - times[0] > dt.timedelta(days=100)
    for number in range(world.total):
        article, post = world.article(number), world.post(number)
        assert article.published < post.published
        assert article.published <= article.modified
        assert post.published <= post.modified


def test_first_after_agrees_with_a_search(world: World) -> None:
    for number in (0, 1, 50, 100, world.total - 1):
        moment = world.published(number)
        assert world.first_after(moment) == number
        assert world.first_after(moment + dt.timedelta(seconds=1)) == number + 1


def test_addresses_are_unique_and_lead_back(world: World) -> None:
    paths = [world.post(number).path for number in range(world.total)]
    assert len(set(paths)) == world.total
    assert [world.number_of_path(path) for path in paths] == list(range(world.total))
    assert [world.number_of_id(world.post(number).id) for number in range(world.total)] == list(range(world.total))
    assert world.number_of_path("/2025/02/30/no-such-day/") is None
    assert world.number_of_id(2) is None


def test_titles_are_different_in_a_large_world() -> None:
    large = build_world(posts=200_000)
    numbers = range(0, 200_000, 97)
    titles = {large.article(number).title: large.article_number(number) for number in numbers}
    assert len(titles) == len({large.article_number(number) for number in numbers})


def test_texts_are_apart_and_of_ordinary_length(world: World) -> None:
    texts = {
        number: world.article(number).text for number in range(world.total) if world.article_number(number) == number
    }
    counts = [word_count(text) for text in texts.values()]
    assert min(counts) >= 140
    assert max(counts) <= 1000
    sets = {number: shingles(text) for number, text in texts.items()}
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, of in sets.items():
        for shingle in of:
            holders.setdefault(shingle, []).append(number)
    shared = Counter(pair for numbers in holders.values() for pair in combinations(numbers, 2))
    worst = max(count / min(len(sets[one]), len(sets[two])) for (one, two), count in shared.items())
    assert worst < 0.12, f"two articles share {worst:.3f} of their shingles"


def test_texts_of_one_group_are_the_same_and_others_differ(world: World) -> None:
    originals = [answer for answer in world.all_expected() if answer.outcome == "original"]
    hashes: dict[str, set[int]] = {}
    for answer in originals:
        hashes.setdefault(content_hash(answer.title, answer.text), set()).add(answer.group)
    assert all(len(groups) == 1 for groups in hashes.values())
    assert len(originals) - len(hashes) == 3 * 2, "each block has two pairs"


def test_follow_and_browser_change_the_answers(world: World) -> None:
    for number in range(BLOCK):
        usual, alone, drawn = (world.expected(number, **how) for how in ({}, {"follow": False}, {"rendered": True}))
        case = world.case(number)
        assert (alone.reason == "not_followed") == (case.link != "-")
        assert alone.outcome == "post_only"
        assert (drawn.outcome, drawn.reason) == (
            ("original", None) if case.original == "script" else (usual.outcome, usual.reason)
        )
        assert usual.record_url == (world.original_url(number) if "original" in usual.outcome else usual.url)


def test_a_large_world_is_read_in_constant_memory() -> None:
    large = build_world(posts=200_000, lengths=(60,))
    sys_posts = [large.post(number) for number in (0, 99_999, 199_999)]
    assert [large.number_of_path(post.path) for post in sys_posts] == [0, 99_999, 199_999]
    tracemalloc.start()
    try:
        for number in range(100_000, 100_200):
            large.post(number)
        first = tracemalloc.get_traced_memory()[0]
        for number in range(100_200, 100_600):
            large.post(number)
        assert tracemalloc.get_traced_memory()[0] - first < 200_000
    finally:
        tracemalloc.stop()


def test_some_texts_are_hard(world: World) -> None:
    text = "".join(answer.text for answer in world.all_expected())
    for character in "“”’–…é€ß«":
        assert character in text
    assert any("&" in answer.title for answer in world.all_expected())


def test_expected_answers_are_consistent(world: World) -> None:
    for answer in world.all_expected():
        case = next(case for case in CASES if case.name == answer.case)
        assert (answer.publisher_name is None) == (not case.publishers)
        assert (answer.original_url is None) == (case.link == "-")
        assert answer.published_at.endswith("Z")
        if answer.published_precision == "day":
            assert answer.published_at.endswith("T00:00:00Z")
        if answer.original_url is not None and case.link != "private":
            assert answer.publisher_domain is not None
            assert answer.publisher_domain in answer.original_url


def test_events(world: World) -> None:
    scene = build_world(seed=2, posts=BLOCK)
    before = scene.post(10)
    article = scene.article(10)
    assert scene.publish(3) == [BLOCK, BLOCK + 1, BLOCK + 2]
    assert scene.published(BLOCK + 2) > scene.published(BLOCK) > EPOCH
    scene.change(10)
    assert scene.article(10).paragraphs[: len(article.paragraphs)] == article.paragraphs
    assert len(scene.article(10).text) > len(article.text)
    assert scene.post(10).modified > max(scene.post(number).modified for number in range(BLOCK + 3) if number != 10)
    assert (scene.post(10).id, scene.post(10).path, scene.post(10).published) == (
        before.id,
        before.path,
        before.published,
    )
    again = scene.article(10)
    scene.change(10)
    assert scene.article(10) != again
    first, second = (number for number in range(BLOCK) if scene.case(number).name == "shared_original")
    scene.change(second)
    assert scene.article(first) == scene.article(second), "both posts name the one original that changed"
    assert scene.post(first).modified == scene.post(second).modified
    scene.delete(11)
    assert scene.number_of_path(scene.post(11).path) is None
    assert len(list(scene.posts())) == BLOCK + 2


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a post"):
        build_world(posts=0)
    with pytest.raises(IndexError):
        build_world(posts=5).post(5)
