"""Simulated sites: what runs of ordinary months find, drawn from a seed. No crawl: figures as a crawl would enter them.

A site has its size, its hours and weekdays, its publishers and how often each is reached, and a schedule of runs. Into
its ordinary life fall public holidays, days off, bursts, outages of a few hours of the site, of publishers and of this
machine, publishers that block for good, and features that do not come from the feed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from newscrawl.health.figures import FIELDS, Figures, Seen, count
from newscrawl.health.volume import HOUR, Hours

__all__ = ["Site", "life", "make_site"]

DAY = 86_400.0
#: A Monday.
BEGIN = 1_772_409_600.0


@dataclass(slots=True)
class Site:
    """What a site is like."""

    number: int
    rng: random.Random
    per_day: float
    every: float  # seconds between runs
    weekend: float  # share of a weekday's posts
    night: float  # share of a day hour's posts, from 23 to 6
    attributed: float
    publishers: list[tuple[str, float, float]]  # domain, weight, share reached
    fields: dict[str, float]
    holidays: dict[int, float] = field(default_factory=dict)  # day: share of the usual posts
    outages: list[tuple[float, float, str]] = field(default_factory=list)  # begin, end, of what
    blocks: dict[str, float] = field(default_factory=dict)  # publishers that refuse from then on


def make_site(seed: int, number: int, days: int) -> Site:
    """Site *number* of *seed*, with what will happen to it in *days* days."""
    rng = random.Random(f"{seed}/{number}")
    per_day = 10 ** rng.uniform(-0.3, 2.4)  # from a post in two days to 250 a day
    every = rng.choice([3600.0, 7200.0, 6 * 3600.0, DAY])
    office = rng.random() < 0.35
    names = [f"pub{one}.test" for one in range(rng.randint(2, 40))]
    publishers = [(name, rng.paretovariate(1.1), rng.choice([0.0, 0.6, 0.8, 0.9, 0.97, 0.97, 0.99])) for name in names]
    site = Site(
        number, rng, per_day, every,
        weekend=rng.choice([0.0, 0.02, 0.1]) if office else rng.uniform(0.3, 1.0),
        night=rng.choice([0.0, 0.05]) if office else rng.uniform(0.1, 0.9),
        attributed=rng.choice([0.5, 0.75, 0.9, 0.97, 0.995, 1.0]),
        publishers=publishers,
        fields={name: rng.choice([0.3, 0.7, 0.9, 0.98, 1.0]) for name in FIELDS} | {"text": 1.0, "title": 1.0},
    )  # fmt: skip
    for _ in range(rng.randint(1, 4)):  # holidays, some of which make a long weekend
        day = rng.randrange(days)
        quiet = rng.choice([0.0, 0.1, 0.2, 0.4]) if office else rng.uniform(0.15, 0.6)
        for one in range(rng.choice([1, 1, 2])):
            site.holidays[day + one] = quiet
    for _ in range(days // 8):
        begin = BEGIN + rng.uniform(0, days) * DAY
        what = rng.choice(["site", "site", "publishers", "one publisher", "machine"])
        site.outages.append((begin, begin + rng.uniform(0.3, 5.5) * 3600, what))
    for name, _, _ in rng.sample(publishers, k=min(len(publishers), rng.randint(0, 2))):
        site.blocks[name] = BEGIN + rng.uniform(0.3, 1.0) * days * DAY
    return site


@dataclass(frozen=True, slots=True)
class _Post:
    at: float
    publisher: int | None  # None: no source
    lag: float  # from the original to the post


def _rate(site: Site, moment: float) -> float:
    """Posts an hour."""
    day = int((moment - BEGIN) // DAY)
    weekday, hour = day % 7, int(moment % DAY // 3600)
    night = hour >= 23 or hour < 6
    mean = (17 + 7 * site.night) / 24
    rate = site.per_day / 24 * (site.night if night else 1.0) / mean
    return rate * (site.weekend if weekday >= 5 else 1.0) * site.holidays.get(day, 1.0)


def _posts(site: Site, days: int) -> list[_Post]:
    rng, found = site.rng, []
    for day in range(-2, days):
        mood = rng.gammavariate(12, 1 / 12)  # some days have more news
        for hour in range(24):
            begin = BEGIN + day * DAY + hour * 3600
            mean = _rate(site, begin) * mood * rng.gammavariate(3, 1 / 3)
            for _ in range(_poisson(rng, mean)):
                source = rng.random() < site.attributed
                who = rng.choices(range(len(site.publishers)), [one[1] for one in site.publishers])[0]
                lag = rng.lognormvariate(0.5, 1.0) * 3600
                found.append(_Post(begin + rng.uniform(0, 3600), who if source else None, lag))
    return sorted(found, key=lambda one: one.at)


def _poisson(rng: random.Random, mean: float) -> int:
    number, left = 0, rng.expovariate(1.0)
    while left < mean and number < 500:
        number += 1
        left += rng.expovariate(1.0)
    return number


def _down(site: Site, moment: float, what: str) -> bool:
    return any(begin <= moment < end and of == what for begin, end, of in site.outages)


def life(site: Site, days: int) -> Iterator[tuple[Figures, Hours | None]]:
    """The runs of *days* days, in their order: what each found, and the site's posts by hour."""
    rng = site.rng
    posts = _posts(site, days)
    start = BEGIN + rng.uniform(0, site.every)
    listed_to = BEGIN - 2 * DAY
    previous: float | None = None
    counts: Counter[int] = Counter()
    number, moment = 0, start
    while moment < BEGIN + days * DAY:
        began = moment + rng.uniform(0, 120)
        moment += site.every
        if _down(site, began, "machine"):
            continue
        figures = Figures(run_id=str(number), started=began)
        number += 1
        if _down(site, began, "site"):
            figures.complete = False
            figures.status = 4
            figures.unlisted = [rng.choice(["http_503", "timeout", "http_502"]), "the site does not serve"]
            yield figures, None
            continue
        new = [one for one in posts if listed_to <= one.at < began]
        known = [one for one in posts if began - DAY <= one.at < listed_to] or [one for one in posts if one.at < began]
        listed_to = began
        figures.surfaces = {"rest": max(len(new) + len(known), 1)}
        figures.in_window = len(known)
        counts.update(int(one.at) // HOUR for one in new)
        count(figures, [_see(site, one, began) for one in new], previous=previous)
        previous = began
        yield figures, Hours(dict(counts), int(start) // HOUR - 48, int(began) // HOUR)


def _see(site: Site, post: _Post, began: float) -> Seen:
    rng = site.rng
    outcome, reason, publisher, published = "post_only", "no_attribution", None, None
    whole = False
    if post.publisher is not None:
        publisher, _, share = site.publishers[post.publisher]
        if _down(site, began, "publishers") or (_down(site, began, "one publisher") and post.publisher == 0):
            reason = rng.choice(["timeout", "http_503", "connection"])
        elif began >= site.blocks.get(publisher, float("inf")):
            reason = "http_403"
        elif rng.random() < share:
            outcome, reason, whole = "original", "", True
            published = post.at - post.lag
        else:
            reason = rng.choice(["http_403", "http_404", "not_article", "paywall", "timeout"])
    present = frozenset(name for name, chance in site.fields.items() if rng.random() < chance) if whole else frozenset()
    late = rng.random() < 0.01  # scheduled by hand with an older date
    return Seen(
        url=f"https://site{site.number}.test/{post.at:.0f}",
        outcome=outcome,
        reason=reason or None,
        wording="yoast:en" if rng.random() < 0.97 else "link",
        publisher=publisher,
        present=present,
        words=round(rng.lognormvariate(6.2, 0.6)) if whole else None,
        text_source="original" if whole else "post",
        posted=post.at - (2 * DAY if late else 0.0),
        published=published,
        discovered=began,
    )
