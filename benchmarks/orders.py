"""``python -m benchmarks.orders``: whether manners are the only bound, in whatever order posts are listed.

300 publishers, of whom some answer slowly and some not at all, with few posts or many, at a delay of 1 s. They are
listed in four orders: at random, host by host, dribbled (each host's posts spread over the whole list), dead ones
first. newscrawl and stock Scrapy crawl the same lists. What counts is when the servers of the fast hosts were asked:

* ``done``: when the last page of a fast host was asked for, against the earliest moment that manners allow: each
  request of the host one delay after the one before (robots.txt counts), no page before the list named it;
* ``nine_tenths``: the same of nine tenths of their pages;
* ``least_gap``: the shortest time between two requests to one host, of all hosts.

The world is that of `benchmarks.speed_world`, whose server stays apart for the reasons that it gives.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.common import write_result
from benchmarks.speed import environment, newscrawl, scrapy
from benchmarks.speed_world import Served, World, listed, make_small_pages, publisher_of, serve

__all__ = ["Asked", "allowed", "judge", "main", "orders"]

HOSTS = 300
POSTS = 900
#: Posts of the host that has most; the others have the fewer the later they come.
MOST_POSTS = 60
SLOW, DEAD = 20, 15
SLOWNESS = (2.0, 8.0)
DELAY = 1.0
TIMEOUT = 10
GOALS = {"done": 1.05, "nine_tenths": 1.2, "gaps_too_short": 0}
#: Statuses of a run that could not have everything: dead hosts are left alone.
ENDINGS = (0, 4)


# --- the world ---------------------------------------------------------------------------------------------------


def owners(hosts: int, posts: int, most: int, rng: random.Random) -> list[int]:
    """Whose each post is: the first host has *most*, the later ones ever fewer, each at least one."""
    weights = [1 / (place + 1) ** 0.7 for place in range(hosts)]
    found = [1 + round((most - 1) * one / weights[0]) for one in weights]
    while sum(found) > posts:
        place = rng.randrange(1, hosts)
        found[place] -= found[place] > 1
    names = list(range(hosts))
    rng.shuffle(names)
    return [name for name, count in zip(names, found, strict=True) for _ in range(count)]


def orders(owner: Sequence[int], bad: Mapping[int, float | None], rng: random.Random) -> dict[str, list[int]]:
    """Numbers of posts in four orders, newest first."""
    shuffled = rng.sample(range(len(owner)), len(owner))
    hosts = list(dict.fromkeys(owner[post] for post in shuffled))
    by_host: dict[int, list[int]] = {host: [] for host in hosts}
    for post in shuffled:
        by_host[owner[post]].append(post)
    # A host's posts at even distances: the k-th of n stands at (k + 1/2)/n of the list.
    places = {post: (at + 0.5) / len(found) for found in by_host.values() for at, post in enumerate(found)}
    return {
        "random": shuffled,
        "host_by_host": [post for found in by_host.values() for post in found],
        "dribbled": sorted(shuffled, key=places.__getitem__),
        "dead_first": sorted(shuffled, key=lambda post: owner[post] not in bad),
    }


# --- what the servers saw ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests to one host: the time of each, and the numbers of the posts that were asked for (``None``: robots)."""

    times: tuple[float, ...]
    posts: tuple[int | None, ...]


def by_publisher(requests: Sequence[tuple[float, str, str]]) -> tuple[dict[int, Asked], list[tuple[float, range]]]:
    """Requests by publisher, and the pages of the list: time, and places of the posts on it."""
    found: dict[int, list[tuple[float, int | None]]] = defaultdict(list)
    pages = []
    for at, host, target in requests:
        publisher = publisher_of(host)
        parts = urlsplit(target)
        if publisher is not None:
            post = int(parts.path.rpartition("-")[2]) if parts.path.startswith("/2026/") else None
            found[publisher].append((at, post))
        elif parts.path == "/wp-json/wp/v2/posts":
            pages.append((at, listed(parse_qs(parts.query))))
    asked = {one: Asked(*zip(*sorted(rows, key=lambda row: row[0]), strict=True)) for one, rows in found.items()}
    return asked, pages


def released(order: Sequence[int], pages: Sequence[tuple[float, range]]) -> dict[int, float]:
    """When the list named each post first."""
    found: dict[int, float] = {}
    for at, places in sorted(pages, key=lambda page: page[0]):
        for post in order[places.start : places.stop]:
            found.setdefault(post, at)
    return found


def allowed(asked: Asked, release: Mapping[int, float], delay: float) -> list[float]:
    """The earliest times at which the pages that were asked for may have been, in order.

    Requests beside pages (robots.txt) come first, as they must.
    """
    pages = sorted(release[post] for post in dict.fromkeys(asked.posts) if post is not None)
    beside = sum(post is None for post in asked.posts)
    found: list[float] = []
    free = pages[0] + beside * delay if pages else 0.0
    for named in pages:
        found.append(max(free, named))
        free = found[-1] + delay
    return found


def judge(
    requests: Sequence[tuple[float, str, str]], order: Sequence[int], bad: Mapping[int, float | None], delay: float
) -> dict[str, Any]:
    """What the servers saw of one crawl, against what manners allow."""
    asked, pages = by_publisher(requests)
    start = min(at for at, _, _ in requests)
    release = released(order, pages)
    real: list[float] = []
    ideal: list[float] = []
    for publisher, one in asked.items():
        if publisher in bad:
            continue
        first: dict[int, float] = {}
        for at, post in zip(one.times, one.posts, strict=True):
            if post is not None:
                first.setdefault(post, at)
        real += [at - start for at in first.values()]
        ideal += [at - start for at in allowed(one, release, delay)]
    gaps = [b - a for one in asked.values() for a, b in zip(one.times, one.times[1:], strict=False)]
    return {
        "fast_pages": len(real),
        "seconds": round(max(real), 1),
        "done": round(max(real) / max(ideal), 3),
        "nine_tenths": round(_ninth(real) / _ninth(ideal), 3),
        "half": round(statistics.median(real) / statistics.median(ideal), 3),
        "least_gap": round(min(gaps), 4),
        "gaps_too_short": sum(gap < delay for gap in gaps),
    }


def _ninth(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=10)[-1]


# --- crawls ------------------------------------------------------------------------------------------------------


def _crawl(name: str, served: Served, folder: Path, delay: float) -> tuple[float, int]:
    """CPU seconds of one crawl, and its records."""
    common = {"DOWNLOAD_DELAY": delay, "DOWNLOAD_TIMEOUT": TIMEOUT, "CONCURRENT_REQUESTS": 32}
    if name == "newscrawl":
        run = newscrawl(served, folder, workers=0, settings=common, endings=ENDINGS)
    else:
        one_by_one = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY_JITTER": 0, "ROBOTSTXT_OBEY": True}
        run = scrapy(served, folder, "bare", {**common, **one_by_one})
    return run.cpu, run.records


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl, print, write ``results/orders.json`` of all orders; 0 where newscrawl keeps to the goals in every one."""
    parser = argparse.ArgumentParser(prog="benchmarks.orders", description="Whether manners are the only bound.")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--most", type=int, default=MOST_POSTS, help="posts of the host that has most")
    parser.add_argument("--delay", type=float, default=DELAY, help="seconds; longer ones for a machine that is busy")
    parser.add_argument("--order", action="append", choices=("random", "host_by_host", "dribbled", "dead_first"))
    parser.add_argument("--only", action="append", choices=("newscrawl", "stock Scrapy"))
    options = parser.parse_args(arguments)
    rng = random.Random(1)
    owner = owners(options.hosts, options.posts, options.most, rng)
    # The host with most posts is a fast one: what is judged is whether the others hold it up.
    others = rng.sample([one for one in range(options.hosts) if one != owner[0]], min(SLOW + DEAD, options.hosts // 8))
    dead = len(others) * DEAD // (SLOW + DEAD)
    bad: dict[int, float | None] = dict.fromkeys(others[:dead])
    bad |= {one: rng.uniform(*SLOWNESS) for one in others[dead:]}
    crawlers = [
        one for one in options.only or ("newscrawl", "stock Scrapy") if one == "newscrawl" or environment("scrapy")
    ]
    figures: dict[str, Any] = {
        "crawlers": crawlers,
        "hosts": options.hosts,
        "posts": len(owner),
        "most_posts": options.most,
        "slow": len(others) - dead,
        "dead": dead,
        "delay": options.delay,
        "goals": GOALS,
    }
    held = True
    for kind, order in orders(owner, bad, rng).items():
        if options.order and kind not in options.order:
            continue
        world = World(make_small_pages(40), options.hosts, order=order, slow=bad, owners=owner)
        figures[kind] = {}
        with serve(world) as served:
            for name in crawlers:
                with tempfile.TemporaryDirectory() as folder:
                    cpu, records = _crawl(name, served, Path(folder), options.delay)
                found = judge(served.requests(), order, bad, options.delay) | {
                    "cpu_s": round(cpu, 1),
                    "records": records,
                }
                figures[kind][name] = found
                print(kind, name, json.dumps(found), flush=True)
                if name == "newscrawl":
                    held &= found["done"] <= GOALS["done"] and found["nine_tenths"] <= GOALS["nine_tenths"]
                    held &= not found["gaps_too_short"]
    if not options.order:
        write_result("orders", figures, seeds=[1])
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
