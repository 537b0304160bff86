"""How long a crawl takes yet: from what waits for whom, and how fast that went so far. Pure.

A host is asked for one thing after the other, so a crawl lasts as long as its longest queue; where the machine is the
slower of the two, as long as its pace says. What is not known yet (posts that no list has shown, posts that are not
read) is taken to go where the posts before it went.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

__all__ = ["DOWN_SECONDS", "HALF", "HostQueue", "Outlook", "Service", "crawl_left"]

#: Posts that are taken to have gone before to a host like most aggregators' busiest, and its share of them: what is
#: told before anything is known, and less and less of it once it is.
SUPPOSED = 10
SUPPOSED_SHARE = 0.2
#: Pieces of work after which a host's own speed counts as much as that of all hosts.
OWN_AFTER = 4
#: Pieces of work after which a host is one of those by which it is told how quick hosts are.
LEAST_BEGUN = 2
#: How many times as long as the quickest of late a host's answers take.
USUAL_ANSWER = 1.25
#: A host that was asked is half through a piece of its work, whenever one looks.
HALF = 0.5
#: What was seen longer ago than so many seconds, and so many intervals of the host, counts for little.
MEMORY_SECONDS, MEMORY_INTERVALS = 10.0, 20.0
#: Requests that a host is sent before the first for an original: robots.txt and tdmrep.json.
BEFORE_FIRST = 2
#: Seconds in which a host is found to be down and its posts go on without it: robots.txt is asked for twice, two
#: seconds apart, and each post is tried twice more, after a second and after two.
DOWN_SECONDS = 5.0
#: Requests for a publisher's lists where one post is looked for, and of how many publishers at a time.
LISTS_OF_ONE = 4
LISTS_AT_ONCE = 8
#: Seconds in which a crawl is closed.
CLOSING = 1.0


@dataclass(frozen=True, slots=True)
class HostQueue:
    """Work that waits for a host.

    ``waiting``: pieces of it; ``interval``: least seconds between two requests; ``answer``: seconds that the
    quickest of the last answers took; ``begins``: seconds until the next request; ``most``: pieces after which the host
    is left alone, whatever waits for it yet. ``known``: its robots.txt was asked for.
    ``least``: seconds until nothing waits for it, at least.
    """

    waiting: int
    interval: float
    answer: float = 0.0
    begins: float = 0.0
    most: float = math.inf
    known: bool = False
    least: float = 0.0

    @property
    def quick(self) -> float:
        """Seconds for one piece where nothing but the host itself takes time."""
        return max(self.interval, USUAL_ANSWER * self.answer)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left to do.

    ``begun``: works of each host that were asked for. ``homes``: hosts of the aggregator; what waits there becomes work
    for others. ``down``: share of the hosts met so far that are down; ``unmet``: hosts that have work and are not met
    yet. ``looked_for``: posts whose originals are to be looked for in lists, once all else is done; ``looking``:
    seconds since that began. ``placed``: posts of which it is known whom to ask, or that there is nobody. ``unread``,
    ``unlisted``: posts of which it is not. ``listing``: seconds of listing. ``interval``: seconds between two requests
    to a host that asks for no more.
    """

    hosts: Mapping[str, HostQueue] = field(default_factory=dict)
    begun: Mapping[str, int] = field(default_factory=dict)
    homes: frozenset[str] = frozenset()
    down: float = 0.0
    unmet: int = 0
    looked_for: int = 0
    looking: float = 0.0
    placed: int = 0
    unread: float = 0.0
    unlisted: float = 0.0
    listing: float = 0.0
    interval: float = 0.0


class Service:
    """How many seconds a host takes for a piece of work, as this run saw it: its delay, its answers, our own speed."""

    def __init__(self) -> None:
        self._then: tuple[float, Mapping[str, HostQueue], Mapping[str, int]] | None = None
        # While a host had work to begin: seconds, works that were begun, and the seconds that the host takes for one.
        self._busy: defaultdict[str, float] = defaultdict(float)
        self._begun: defaultdict[str, float] = defaultdict(float)
        self._quick: dict[str, float] = {}
        #: Seconds that a piece of work takes at most hosts beyond their delays and answers: those are ours. They do
        #: not grow with a host's delay.
        self.ours = 0.0

    def note(self, now: float, hosts: Mapping[str, HostQueue], begun: Mapping[str, int]) -> None:
        """What waits at the time *now* (seconds of a clock that never goes back), and what was begun so far."""
        if self._then is not None:
            then, before, begun_before = self._then
            for host in before.keys() & hosts.keys():
                # One of what waits may be on the wire. A host that was not asked yet says nothing of its speed.
                if before[host].waiting > 1 and begun_before.get(host) and not before[host].begins:
                    interval = hosts[host].interval
                    self._quick[host] = hosts[host].quick
                    kept = math.exp((then - now) / max(MEMORY_SECONDS, MEMORY_INTERVALS * interval))
                    self._busy[host] = kept * self._busy[host] + now - then
                    self._begun[host] = kept * self._begun[host] + begun.get(host, 0) - begun_before[host]
        self._then = (now, dict(hosts), dict(begun))
        known = [
            self._busy[host] / (begun + HALF) - self._quick[host]
            for host, begun in self._begun.items()
            if begun >= LEAST_BEGUN
        ]
        if known:
            self.ours = max(0.0, median(known))

    def seconds(self, host: str, queue: HostQueue) -> float:
        """Seconds for one piece of work of *host*."""
        usual = queue.quick + self.ours
        begun = self._begun[host] + (HALF if self._busy[host] else 0.0)
        return max(queue.interval, (self._busy[host] + OWN_AFTER * usual) / (begun + OWN_AFTER))


def crawl_left(work: Outlook, service: Service, by_pace: float | None) -> float:
    """Seconds that a crawl takes yet.

    Args:
        by_pace: seconds by the pace so far; ``None`` where that is not known.
    """
    pages = sum(queue.waiting for host, queue in work.hosts.items() if host in work.homes)
    unplaced = work.unread + pages + work.unlisted
    seen = work.placed + SUPPOSED
    longest = [work.listing, by_pace or 0.0, unplaced * SUPPOSED * SUPPOSED_SHARE / seen * work.interval]
    for host in work.hosts.keys() | work.begun.keys():
        queue = work.hosts.get(host) or HostQueue(0, work.interval)
        begun = work.begun.get(host, 0)
        seconds = service.seconds(host, queue)
        waiting = queue.waiting - HALF if begun and queue.waiting else queue.waiting
        if host in work.homes:
            longest.append(work.listing + queue.begins + waiting * seconds)
        else:
            expected = unplaced * (begun + queue.waiting) / seen
            before = 0.0 if begun or queue.known else BEFORE_FIRST * queue.interval
            number = min(waiting + expected, queue.most)
            # One that is down fails the posts that come to it until all are listed.
            until = work.listing if queue.most < math.inf and work.unlisted else 0.0
            longest.append(until + queue.begins + before + _queue_left(number, seconds, queue, by_pace))
            longest.append(queue.least)
    unmet = work.unmet + (unplaced > 0)
    if 1.0 - (1.0 - work.down) ** unmet > HALF:
        # One more of them is likely to be down, too.
        longest.append(work.listing + DOWN_SECONDS)
    # What they cost this machine is part of the pace.
    lists = _requests_for_lists(work, unplaced) * work.interval
    return max(longest) + max(0.0, lists - work.looking) + CLOSING


def _queue_left(number: float, seconds: float, queue: HostQueue, by_pace: float | None) -> float:
    """Seconds for *number* pieces of a host that takes *seconds* for one now.

    It may be slow because all hosts share this machine, for as long as *by_pace* says. From then on it is as quick as
    it can.
    """
    quick = queue.quick
    if by_pace is None or seconds <= quick or number * seconds <= by_pace:
        return number * seconds
    return by_pace + (number - by_pace / seconds) * quick


def _requests_for_lists(work: Outlook, unplaced: float) -> float:
    """Requests, one after the other, by which originals are looked for in lists at the end."""
    looked_for = work.looked_for * (1 + unplaced / max(1, work.placed))
    if not looked_for:
        return 0.0
    # Those of one publisher are looked for together, and how many that are is not known before.
    return LISTS_OF_ONE + max(math.sqrt(looked_for), looked_for / LISTS_AT_ONCE)
