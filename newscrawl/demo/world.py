"""The synthetic world: what the aggregator posts, who published it first, and how a crawl of each post is to end.

Pure and lazy: post *n* follows from the seed and *n* alone, so 200,000 posts take no more memory than 64. Numbers run
from 0, the oldest. ``cases.tsv`` is the table of cases; every block of posts holds each of its rows as often as the row
says, in an order drawn from the seed.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from urllib.parse import quote

from newscrawl.demo import prose, words
from newscrawl.demo.publishers import PUBLISHERS, Publisher

__all__ = ["BLOCK", "CASES", "CATEGORIES", "Article", "Case", "Category", "Expected", "Post", "World", "build_world"]

SITE_NAME = "DNYUZ"
SITE_HOST = "dnyuz.test"
TRACKER_HOST = "click.adtracker.test"
#: The aggregator's own time zone: not UTC, so that ``date`` and ``date_gmt`` differ.
SITE_OFFSET = dt.timedelta(hours=-4)
#: The newest post of a new world is a little older than this.
EPOCH = dt.datetime(2025, 6, 22, 0, 0, tzinfo=dt.UTC)
#: The first WordPress id; ids of posts grow by 3, as revisions and uploads take some.
FIRST_ID = 41_007
ARTICLE_ID = 100_003
LENGTHS = (150, 220, 280, 340, 420, 520, 640, 820)


@dataclass(frozen=True, slots=True)
class Case:
    """One row of ``cases.tsv``."""

    name: str
    posts: int
    publishers: tuple[str, ...]
    attribution: str
    link: str
    original: str
    outcome: str
    reason: str | None
    text_source: str | None


def _load_cases() -> tuple[Case, ...]:
    text = resources.files("newscrawl.demo").joinpath("cases.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    cases = []
    for name, posts, publishers, attribution, link, original, outcome, reason, text_source in rows[1:]:
        cases.append(
            Case(
                name,
                int(posts),
                () if publishers == "-" else tuple(publishers.split()),
                attribution,
                link,
                original,
                outcome,
                None if reason == "-" else reason,
                None if text_source == "-" else text_source,
            )
        )
    return tuple(cases)


CASES = _load_cases()
#: Posts in one block of the world.
BLOCK = sum(case.posts for case in CASES)


@dataclass(frozen=True, slots=True)
class Category:
    id: int
    slug: str
    name: str


CATEGORIES = (
    Category(3, "news", "News"),
    Category(4, "politics", "Politics"),
    Category(7, "business", "Business & Money"),
    Category(9, "technology", "Technology"),
    Category(12, "science", "Science"),
    Category(15, "sports", "Sports"),
    Category(18, "culture", "Culture"),
    Category(21, "health", "Health"),
)


@dataclass(frozen=True, slots=True)
class Article:
    """An article as its author wrote it: the text that both copies come from. Times are UTC."""

    title: str
    authors: tuple[str, ...]
    paragraphs: tuple[str, ...]
    summary: str
    language: str
    section: str
    tags: tuple[str, ...]
    published: dt.datetime
    modified: dt.datetime

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Post:
    """The aggregator's copy. Times are UTC; ``slug`` and ``path`` as WordPress makes them."""

    number: int
    id: int
    case: Case
    slug: str
    path: str
    title: str
    author: str
    paragraphs: tuple[str, ...]
    summary: str
    categories: tuple[Category, ...]
    published: dt.datetime
    modified: dt.datetime
    publisher: Publisher | None
    original_link: str | None
    language: str
    #: What the theme displays; it makes both up.
    views: int
    shares: int

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Expected:
    """How the crawl of one post is to end.

    Times are ISO 8601 in UTC with ``Z``; ``group`` joins posts with the same text.
    """

    url: str
    case: str
    outcome: str
    reason: str | None
    text_source: str | None
    title: str
    text: str
    published_at: str
    published_precision: str
    publisher_name: str | None
    publisher_domain: str | None
    original_url: str | None
    group: int
    #: Where the text stands: the original's canonical address on its own site, else the post's.
    record_url: str


def iso(moment: dt.datetime) -> str:
    """*moment* (aware) in UTC, to the second, ending in ``Z``."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class World:
    """The world and what has happened to it since: posts published, changed and deleted."""

    seed: int
    total: int
    days: float
    port: int = 80
    #: Posts (and their originals) changed: number to how often and when last.
    changes: dict[int, tuple[int, dt.datetime]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    initial: int = 0
    #: The world's time; it moves when something happens, and nothing is dated later.
    clock: dt.datetime = EPOCH
    #: When the posts went up that came later than the first ones.
    fresh: list[dt.datetime] = field(default_factory=list)
    #: Lengths of articles in words, drawn from evenly.
    lengths: tuple[int, ...] = LENGTHS
    _of_category: dict[str, tuple[int, list[int]]] = field(default_factory=dict, repr=False)
    # The article made last: a post, its address and its original ask for the same one.
    _last: tuple[object, Article] | None = field(default=None, repr=False)

    # Addresses

    def authority(self, host: str) -> str:
        return host if self.port == 80 else f"{host}:{self.port}"

    def base(self, host: str = SITE_HOST) -> str:
        return f"http://{self.authority(host)}"

    # The plan: which case is which post

    def _block(self, block: int) -> list[tuple[int, int]]:
        return _block_plan(self.seed, block)

    def case(self, number: int) -> Case:
        return CASES[self._block(number // BLOCK)[number % BLOCK][0]]

    def publisher(self, number: int) -> Publisher | None:
        """The publisher that post *number* comes from, or ``None``."""
        block, place = divmod(number, BLOCK)
        row, turn = self._block(block)[place]
        case = CASES[row]
        if not case.publishers:
            return None
        return PUBLISHERS[case.publishers[(block * case.posts + turn) % len(case.publishers)]]

    def turn(self, number: int) -> int:
        """The how-manieth of its case post *number* is in its block."""
        return self._block(number // BLOCK)[number % BLOCK][1]

    def group(self, number: int) -> list[int]:
        """The posts with the text of post *number*: itself, or its pair, oldest first."""
        if self.case(number).original not in ("shared", "wire"):
            return [number]
        block, place = divmod(number, BLOCK)
        plan = self._block(block)
        row, turn = plan[place]
        return [block * BLOCK + at for at, (other, nth) in enumerate(plan) if other == row and nth // 2 == turn // 2]

    def article_number(self, number: int) -> int:
        """The post whose text this one carries: itself, or the oldest of its pair."""
        return self.group(number)[0]

    def origin_number(self, number: int) -> int:
        """The post under whose number the original stands: one original may be named by two posts."""
        return self.article_number(number) if self.case(number).original == "shared" else number

    # Time

    @property
    def step(self) -> float:
        return self.days * 86_400 / max(1, self.initial)

    def published(self, number: int) -> dt.datetime:
        """When post *number* went up. Strictly growing with the number."""
        if number >= self.initial:
            return self.fresh[number - self.initial]
        jitter = random.Random(f"{self.seed}/when/{number}").random() * 0.8
        seconds = math.floor((number - self.initial + jitter) * self.step)
        return EPOCH + dt.timedelta(seconds=seconds)

    def first_after(self, moment: dt.datetime) -> int:
        """The least number published at or after *moment* (``total`` when there is none)."""
        return bisect_left(range(self.total), moment, key=self.published)

    def modified(self, number: int) -> dt.datetime:
        """When post *number* last changed: one in six was touched within two days of going up."""
        if number in self.changes:
            return self.changes[number][1]
        published = self.published(number)
        rng = random.Random(f"{self.seed}/modified/{number}")
        if number >= self.initial or rng.random() >= 1 / 6:
            return published
        return min(published + dt.timedelta(seconds=rng.randint(60, 172_000)), EPOCH)

    # Content

    def _opening(self, number: int, other: bool) -> tuple[random.Random, prose.Cast, str, str]:
        """How every article begins: its random source, cast, language and title."""
        rng = random.Random(f"{self.seed}/{'other' if other else 'article'}/{number}")
        publisher = self.publisher(number)
        language = publisher.language if publisher else "en"
        cast = prose.Cast(rng)
        # Place and verb together are different for each of the first two million articles.
        places = len(words.NAME_HEADS) ** 2 * len(words.PLACE_TAILS)
        key = (number * 2 + other) * 611_953 + self.seed * 7_919
        place, verb = prose.placename(key % places), words.VERBS[(key // places) % len(words.VERBS)]
        cast.places[0] = place
        return rng, cast, language, prose.headline(rng, place, verb, language=language)

    def title(self, number: int) -> str:
        """The title of post *number*, without making its text."""
        return self._opening(self.article_number(number), False)[3]

    def article(self, number: int, *, other: bool = False) -> Article:
        """The article behind post *number*; with *other*, an unrelated one (for links that lead astray)."""
        number = self.article_number(number)
        key = (number, other, self.changes.get(number))
        last = self._last
        if last is None or last[0] != key:
            last = self._last = (key, self._article(number, other))
        return last[1]

    def _article(self, number: int, other: bool) -> Article:
        rng, cast, language, title = self._opening(number, other)
        paragraphs = prose.paragraphs(rng, cast, language=language, words_wanted=rng.choice(self.lengths))
        if rng.random() < 0.2:
            # A parser that confuses bytes and characters shows it here.
            paragraphs[-1] += (
                f" ({cast.orgs[0]} – {rng.randint(12, 480)} m², −{rng.randint(2, 20)} °C, “naïve” façade…)"
            )
        published = self.published(number) - dt.timedelta(seconds=rng.randint(1_800, 108_000))
        modified = published
        if rng.random() < 0.4:
            modified = published + dt.timedelta(seconds=rng.randint(600, 40_000))
        if number in self.changes and not other:
            times, modified = self.changes[number]
            extra = random.Random(f"{self.seed}/change/{number}/{times}")
            paragraphs.extend(prose.paragraphs(extra, cast, language=language, words_wanted=60))
        names = [f"{first} {last}" for first, last in prose.Cast(rng).people]
        return Article(
            title=title,
            authors=tuple(names[: rng.choice((1, 1, 1, 2))]),
            paragraphs=tuple(paragraphs),
            summary=paragraphs[0].split(". ")[0].rstrip(".") + ".",
            language=language,
            section=rng.choice(CATEGORIES).slug,
            tags=tuple(dict.fromkeys(rng.sample(cast.nouns, 3))),
            published=published,
            modified=modified,
        )

    def original_path(self, number: int, *, amp: bool = False) -> str | None:
        """The path (and query) of the original of post *number* on its publisher's site."""
        number = self.origin_number(number)
        publisher = self.publisher(number)
        if publisher is None:
            return None
        article = self.article(number)
        local = article.published + dt.timedelta(minutes=publisher.utc_offset)
        path = publisher.path.format(
            id=ARTICLE_ID + number,
            slug=prose.slugify(article.title, 8) or "story",
            section=article.section,
            y=f"{local:%Y}",
            m=f"{local:%m}",
            d=f"{local:%d}",
        )
        return f"{path}amp/" if amp else path

    def original_url(self, number: int) -> str | None:
        """The canonical address of the original of post *number*."""
        publisher, path = self.publisher(number), self.original_path(number)
        return f"{self.base(publisher.host)}{path}" if publisher and path else None

    def _link(self, number: int, case: Case, publisher: Publisher | None) -> str | None:
        url = self.original_url(number)
        if publisher is None or url is None or case.link == "-":
            return None
        if case.link == "amp":
            return f"{self.base(publisher.host)}{self.original_path(number, amp=True)}"
        if case.link == "chain":
            return f"{self.base(publisher.domain)}/r/{ARTICLE_ID + number}"
        if case.link == "private":
            return f"http://10.20.30.40{self.original_path(number)}"
        if case.link == "tls":
            return f"https://{self.authority(publisher.host)}{self.original_path(number)}"
        if case.link == "tracker":
            return f"{self.base(TRACKER_HOST)}/click?campaign=rss&url={quote(url, safe='')}"
        return url

    def categories(self, number: int) -> tuple[Category, ...]:
        """The categories of post *number*: one or two."""
        rng = random.Random(f"{self.seed}/categories/{number}")
        first = CATEGORIES[rng.randrange(len(CATEGORIES))]
        return (first,) if first is CATEGORIES[0] or rng.random() < 0.5 else (CATEGORIES[0], first)

    def of_category(self, slug: str) -> list[int]:
        """All numbers of the category *slug*, deleted ones too, oldest first. Kept, and continued as posts appear."""
        done, found = self._of_category.setdefault(slug, (0, []))
        for number in range(done, self.total):
            if slug in {category.slug for category in self.categories(number)}:
                found.append(number)
        self._of_category[slug] = (self.total, found)
        return found

    def slug(self, number: int, title: str | None = None) -> str:
        """The post's slug as WordPress makes it from its *title*, a second one of the same title with ``-2``."""
        slug = prose.slugify(self.title(number) if title is None else title)
        return slug if self.article_number(number) == number else f"{slug}-2"

    def path(self, number: int, slug: str | None = None) -> str:
        """The post's path, ``/YYYY/MM/DD/slug/``; the day is the site's own."""
        slug = self.slug(number) if slug is None else slug
        return f"/{self.published(number) + SITE_OFFSET:%Y/%m/%d}/{slug}/"

    def post(self, number: int) -> Post:
        """Post *number*. Raises ``IndexError`` outside the world; deleted posts can still be had."""
        if not 0 <= number < self.total:
            raise IndexError(number)
        case, publisher = self.case(number), self.publisher(number)
        article = self.article(number)
        rng = random.Random(f"{self.seed}/post/{number}")
        published = self.published(number)
        slug = self.slug(number, article.title)
        # Themes round counters above a thousand; what is shown is all there is.
        views = rng.randint(120, 9_800)
        views = round(views, -2) if views >= 1000 else views
        shares = views * 35 // 100
        shares = round(shares, -2) if shares >= 1000 else shares
        paragraphs = article.paragraphs
        # Half of the copies are whole; others lack their end or one paragraph, as real ones do.
        if case.original in ("full", "slow") and len(paragraphs) > 4:
            form = rng.randrange(4)
            if form == 0:
                paragraphs = paragraphs[: math.ceil(len(paragraphs) * 0.7)]
            elif form == 1:
                skipped = rng.randrange(1, len(paragraphs) - 1)
                paragraphs = paragraphs[:skipped] + paragraphs[skipped + 1 :]
        return Post(
            number=number,
            id=FIRST_ID + 3 * number,
            case=case,
            slug=slug,
            path=self.path(number, slug),
            title=article.title,
            author=publisher.name if publisher else SITE_NAME,
            paragraphs=paragraphs,
            summary=article.summary,
            categories=self.categories(number),
            published=published,
            modified=max(self.modified(number), published),
            publisher=publisher,
            original_link=self._link(number, case, publisher),
            language=article.language,
            views=views,
            shares=shares,
        )

    def numbers(self) -> Iterator[int]:
        """Numbers of all posts that are up, newest first."""
        return (number for number in range(self.total - 1, -1, -1) if number not in self.deleted)

    def posts(self) -> Iterator[Post]:
        """All posts that are up, newest first."""
        return map(self.post, self.numbers())

    def number_of_id(self, post_id: int) -> int | None:
        number, rest = divmod(post_id - FIRST_ID, 3)
        return number if rest == 0 and 0 <= number < self.total and number not in self.deleted else None

    def number_of_path(self, path: str, *, deleted: bool = False) -> int | None:
        """The post at *path* (``/YYYY/MM/DD/slug/``), found among those of its day; with *deleted*, those too."""
        parts = path.strip("/").split("/")
        try:
            day = dt.datetime(int(parts[0]), int(parts[1]), int(parts[2]), tzinfo=dt.UTC) - SITE_OFFSET
        except (ValueError, IndexError, OverflowError):
            return None
        for number in range(self.first_after(day), self.first_after(day + dt.timedelta(days=1))):
            if (deleted or number not in self.deleted) and self.path(number) == path:
                return number
        return None

    # Expected answers

    def expected(self, number: int, *, follow: bool = True, rendered: bool = False) -> Expected:
        """How the crawl of post *number* is to end: the table's row, with the names and texts of this post.

        *follow* as in the spider's argument; *rendered* says that originals which need a browser get one.
        """
        post, article = self.post(number), self.article(number)
        case, publisher = post.case, post.publisher
        outcome, reason, text_source = case.outcome, case.reason, case.text_source
        if rendered and case.original == "script":
            outcome, reason, text_source = "original", None, "original"
        if not follow and case.link != "-":
            outcome, reason, text_source = "post_only", "not_followed", "post"
        from_original = text_source == "original"
        # An original that was read, if only in part, dates the record.
        dated_by_original = outcome in ("original", "original_partial")
        published, precision = post.published, "second"
        published_at = iso(published)
        if dated_by_original and publisher is not None:
            published_at = iso(article.published)
            if publisher.layout == "plain":
                local = article.published + dt.timedelta(minutes=publisher.utc_offset)
                published_at, precision = f"{local:%Y-%m-%d}T00:00:00Z", "day"
        # The link as the post gives it, but for trackers that carry their target.
        original_url = self.original_url(number) if case.link == "tracker" else post.original_link
        return Expected(
            url=f"{self.base()}{post.path}",
            case=case.name,
            outcome=outcome,
            reason=reason,
            text_source=text_source,
            title=post.title,
            text=article.text if from_original else post.text,
            published_at=published_at,
            published_precision=precision,
            publisher_name=publisher.name if publisher else None,
            publisher_domain=publisher.domain if publisher and case.attribution != "name" else None,
            original_url=original_url,
            group=self.article_number(number),
            record_url=(self.original_url(number) if dated_by_original else None) or f"{self.base()}{post.path}",
        )

    def all_expected(self, *, follow: bool = True, rendered: bool = False) -> Iterator[Expected]:
        """Expected answers of all posts that are up, newest first."""
        return (self.expected(number, follow=follow, rendered=rendered) for number in self.numbers())

    # What may happen to a world

    def _tick(self) -> dt.datetime:
        self.clock += dt.timedelta(minutes=10)
        return self.clock

    def publish(self, count: int = 1) -> list[int]:
        """Let *count* new posts appear, ten minutes apart; returns their numbers."""
        fresh = list(range(self.total, self.total + count))
        self.fresh.extend(self._tick() for _ in fresh)
        self.total += count
        return fresh

    def change(self, number: int) -> None:
        """Let post *number* and its original (and the post that shares them) gain a paragraph, ten minutes from now."""
        times = self.changes.get(number, (0, EPOCH))[0] + 1
        moment = self._tick()
        for member in self.group(number):
            self.changes[member] = (times, moment)

    def delete(self, number: int) -> None:
        """Let post *number* disappear."""
        self.deleted.add(number)


@lru_cache(maxsize=64)
def _block_plan(seed: int, block: int) -> list[tuple[int, int]]:
    slots = [(row, turn) for row, case in enumerate(CASES) for turn in range(case.posts)]
    random.Random(f"{seed}/block/{block}").shuffle(slots)
    return slots


def build_world(
    *,
    seed: int = 1,
    posts: int = BLOCK,
    days: float | None = None,
    port: int = 80,
    lengths: tuple[int, ...] = LENGTHS,
) -> World:
    """A world of *posts* posts over *days* days (default: five months, or longer for more than 180 posts a day).

    *lengths*: words of an article, drawn from evenly; one short length makes a large world cheap to serve.
    """
    if posts < 1:
        raise ValueError(f"a world needs a post: {posts}")
    return World(
        seed=seed, total=posts, initial=posts, days=days or max(150.0, posts / 180), port=port, lengths=lengths
    )
