"""Worlds for `benchmarks.progress`: each seed makes other publishers, another skew, other failures and answer times.

The demo's own world has 34 publishers in the same proportions for every seed. An estimate of the time left that was
made on it would be measured on what it was made for.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from newscrawl.demo import server as demo
from newscrawl.demo.publishers import PUBLISHERS, Publisher
from newscrawl.demo.wordpress import Answer
from newscrawl.demo.world import CASES, SITE_HOST, Case, World

__all__ = ["Kind", "VariedWorld", "build_varied", "draw", "serve_varied"]

#: The surfaces, in turn, and whether the window has a beginning: a feed says how long it is in no other way.
SURFACES = (("rest", False), ("feed", True), ("sitemap", False), ("archive", True), ("feed", False))
#: Seconds between two requests to a host, drawn from; quicker ones are bound by the machine.
DELAYS = (1.0, 0.7, 0.4, 0.15, 0.05)
#: From this seed on worlds have hosts that ask for patience, hosts that are down, limits, and crawls beside them.
HARDER = 324
#: Made-up publishers beside the demo's own.
MORE = 60
_PLAIN = next(case for case in CASES if case.name == "plain")
_OTHERS = tuple(case for case in CASES if case.original not in ("shared", "wire") and case.name != "plain")


@dataclass(frozen=True, slots=True)
class Kind:
    """One world and how it is crawled.

    ``since_share``: the part of its days that the crawl's window holds. ``patience``: seconds that a quarter of the
    publishers, and in half of such worlds the site, ask for by Crawl-delay. ``down``: share of the publishers that
    answer 503 or break connections off. ``limit``: of the crawl. ``beside``: another site is crawled at the same time.
    """

    seed: int
    surface: str
    delay: float
    posts: int
    hosts: int
    skew: float
    special: float
    slowest: float
    since_share: float | None
    patience: float = 0.0
    down: float = 0.0
    limit: int | None = None
    beside: bool = False

    def __str__(self) -> str:
        window = "" if self.since_share is None else f", the last {self.since_share:.0%} of its days"
        more = [
            f"Crawl-delay {self.patience:g} s" if self.patience else "",
            f"{self.down:.0%} of publishers down" if self.down else "",
            f"limit {self.limit}" if self.limit else "",
            "another crawl beside it" if self.beside else "",
        ]
        return (
            f"seed {self.seed}: {self.surface}, {self.delay:g} s, {self.posts} posts, {self.hosts} hosts, "
            f"skew {self.skew:.1f}, {self.special:.0%} special, answers up to {self.slowest:.1f} s{window}"
            + "".join(f", {one}" for one in more if one)
        )


def draw(seed: int) -> Kind:
    """The world of *seed*."""
    rng = random.Random(f"kind/{seed}")
    surface, window = SURFACES[seed % len(SURFACES)]
    delay = rng.choice(DELAYS)
    by_page = surface in ("sitemap", "archive")
    # Crawls of half a minute to a minute and a half: what asks for each post's page goes by that.
    posts = rng.randint(60, 260)
    if by_page:
        posts = min(posts, int(60 / delay), 200)
    harder = random.Random(f"harder/{seed}") if seed >= HARDER else None
    return Kind(
        seed=seed,
        surface=surface,
        delay=delay,
        posts=posts,
        hosts=rng.choice((6, 12, 25, 50, 80)),
        skew=rng.uniform(0.0, 1.3),
        special=rng.choice((0.0, 0.05, 0.15, 0.3)),
        slowest=rng.choice((0.05, 0.3, 1.0, 2.0)),
        since_share=rng.uniform(0.4, 0.9) if window else None,
        **({} if harder is None else _harder(harder, posts, delay)),
    )


def _harder(rng: random.Random, posts: int, delay: float) -> dict[str, Any]:
    return {
        "patience": rng.choice((0.0, 0.0, 2 * delay)),
        "down": rng.choice((0.0, 0.0, 0.1, 0.2)),
        "limit": rng.choice((None, None, None, posts // 2)),
        "beside": rng.random() < 0.2,
    }


def _more_publishers() -> list[str]:
    """The keys of publishers in ordinary layouts, the demo's own first; made-up ones are entered where they are not."""
    ordinary = list(_PLAIN.publishers)
    for number in range(MORE):
        key = f"gazette{number:02d}"
        if key not in PUBLISHERS:
            like = PUBLISHERS[ordinary[number % len(_PLAIN.publishers)]]
            made = dataclasses.replace(like, key=key, name=f"Gazette {number:02d}", host=f"www.{key}.test")
            PUBLISHERS[key] = made
            demo._HOSTS[made.host] = demo._HOSTS[made.domain] = made
        ordinary.append(key)
    return ordinary


@dataclass(slots=True)
class VariedWorld(World):
    """The demo's world with its own plan: for each post its case, its publisher, its turn."""

    plan: list[tuple[Case, str | None, int]] = field(default_factory=list)

    def case(self, number: int) -> Case:
        return self.plan[number][0]

    def publisher(self, number: int) -> Publisher | None:
        key = self.plan[number][1]
        return None if key is None else PUBLISHERS[key]

    def turn(self, number: int) -> int:
        return self.plan[number][2]

    def group(self, number: int) -> list[int]:
        return [number]


def build_varied(kind: Kind) -> VariedWorld:
    """The world that *kind* describes: publishers by a power law, among them posts of the demo's other cases."""
    rng = random.Random(f"world/{kind.seed}")
    keys = _more_publishers()
    rng.shuffle(keys)
    keys = keys[: kind.hosts]
    weights = [1.0 / (place + 1) ** kind.skew for place in range(len(keys))]
    plan: list[tuple[Case, str | None, int]] = []
    for number in range(kind.posts):
        if rng.random() < kind.special:
            case = rng.choices(_OTHERS, [one.posts for one in _OTHERS])[0]
            plan.append((case, rng.choice(case.publishers) if case.publishers else None, number))
        else:
            plan.append((_PLAIN, rng.choices(keys, weights)[0], number))
    return VariedWorld(
        seed=kind.seed, total=kind.posts, initial=kind.posts, days=150.0, lengths=(150, 300, 600), plan=plan
    )


class _SlowServer(demo.DemoServer):
    """Each host answers after a time of its own."""

    def __init__(self, world: World, kind: Kind) -> None:
        super().__init__(world)
        self._kind = kind

    async def answer(
        self, method: str, host: str, path: str, query: dict[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        rng = random.Random(f"answers/{self._kind.seed}/{host}")
        # Most are quick; a few take as long as the slowest.
        slowest = self._kind.slowest / 2 if host == SITE_HOST else self._kind.slowest
        await asyncio.sleep(slowest * math.exp(-rng.expovariate(0.6)) * random.uniform(0.7, 1.3))
        if host != SITE_HOST and self._drawn(host, "down") < self._kind.down:
            return Answer(503) if self._drawn(host, "how") < 0.5 else Answer(delivery="reset")
        answer = await super().answer(method, host, path, query, headers)
        share = 0.5 if host == SITE_HOST else 0.25
        if path == "/robots.txt" and answer.status == 200 and self._drawn(host, "patience") < share:
            asked = f"User-agent: newscrawl\nCrawl-delay: {self._kind.patience:g}\n\n" if self._kind.patience else ""
            answer = Answer(200, asked.encode() + answer.body, answer.headers)
        return answer

    def _drawn(self, host: str, what: str) -> float:
        return random.Random(f"{what}/{self._kind.seed}/{host}").random()


@contextmanager
def serve_varied(kind: Kind) -> Iterator[demo.DemoServer]:
    """Serve the world of *kind* while the block runs."""
    server = _SlowServer(build_varied(kind), kind)
    try:
        server.start()
        yield server
    finally:
        server.stop()
