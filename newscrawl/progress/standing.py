"""What a crawl is doing and how long it takes yet: from its ledger, its lists and its counts."""

from __future__ import annotations

import heapq
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from newscrawl.clock import epoch, format_span, parse_time
from newscrawl.outcomes import Outcome
from newscrawl.progress.forecast import DOWN_SECONDS, HALF, HostQueue, Outlook, Service, crawl_left
from newscrawl.progress.queues import MOST_HOSTS, STEPS_LISTED, Queues, Waits
from newscrawl.progress.snapshot import ABOUT, AT_LEAST, PERHAPS, Pace, Snapshot
from newscrawl.urls import host_of

if TYPE_CHECKING:
    from scrapy import Request

    from newscrawl.crawling.run import Run
    from newscrawl.ledger.claims import Work

__all__ = ["Watch"]

#: How many times slower than before a host is taken to be after one answer that took longer.
SLOWER = 1.25
#: Requests without an answer of use after which a host is taken to be down, and hosts that are looked at for that.
MUTE_AFTER = 2
MOST_MUTE = 10_000
#: Seconds in which each piece of work of such a host has its other tries: see `newscrawl.crawling.retrying`. They fail
#: without a request, so all of them are tried in that time.
TRIES_SECONDS = 3.0
#: Seconds by which an answer may be later than the slowest so far: we may be busy.
LATE = 0.5
#: Most hosts whose open requests are timed.
MOST_OPEN = 10_000
#: Pages of lists by which it is told how long the next ones take.
RECENT_PAGES = 9
#: What is asked of a host before its pages are.
ABOUT_SITE = ("/robots.txt", "/.well-known/tdmrep.json")
#: Hosts that the panel names.
NAMED = 3
#: A list that is read newest first is judged by its days once it has come this far.
LEAST_COVERED = 0.1
#: Posts that must be done before it is told by them how fast things go.
WARM_UP = 5
#: Share of the steps that must be done before their pace says how long the others take, and of the posts of which it
#: must be known whom to ask before the time is more than the least.
LEAST_DONE = 0.1
#: Seconds over which a pace must be known for that, and the seconds that a post takes of two cores until then: a tenth
#: of a second of a processor's time, as `python -m benchmarks.speed` measures it.
LEAST_SPAN = 2.0
POST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Mute:
    """A host that gave no answer of use yet to the requests that went out, the last of them at the time *at*.

    ``failed``: it gave one of no use.
    """

    asked: int
    at: float
    failed: bool = False

    @property
    def is_down(self) -> bool:
        return self.asked >= MUTE_AFTER

    def queue(self, queue: HostQueue, now: float, patience: float) -> HostQueue:
        """What is left to ask such a host for: after a few tries its posts go on without it.

        Args:
            patience: seconds in which all hosts that answer did so.
        """
        if not queue.waiting:
            return queue
        since = now - self.at
        if self.is_down:
            # Posts that came later have their tries yet.
            return HostQueue(1, max(queue.interval, TRIES_SECONDS - since, HALF * TRIES_SECONDS), most=1, known=True)
        return replace(queue, least=DOWN_SECONDS - since) if self.failed or since > patience else queue


class Lists:
    """How fast lists are read: page by page, each after a pause that the next one is likely to take as well."""

    def __init__(self) -> None:
        # When the last pages were asked for, and how many were in all.
        self._asked: deque[float] = deque(maxlen=RECENT_PAGES)
        self._pages = 0
        # Entries and pages when the first page was read.
        self._first: tuple[int, int] | None = None

    def asked(self, now: float) -> None:
        """One more page is asked for at the time *now*, in seconds of a clock that never goes back."""
        self._asked.append(now)
        self._pages += 1

    def note(self, listed: int) -> None:
        """*listed*: entries that lists showed so far."""
        if listed and self._first is None:
            self._first = listed, self._pages

    def left(self, unlisted: float, listed: int, host: HostQueue) -> float:
        """Seconds until *unlisted* more entries are listed.

        Args:
            host: of the lists. Where posts wait there, too, they share its time with the lists.
        """
        if unlisted <= 0 or self._first is None:
            return 0.0
        entries, pages = listed - self._first[0], self._pages - self._first[1]
        more = unlisted / (entries / pages if entries and pages else self._first[0])
        gaps = [after - before for before, after in pairwise(self._asked)]
        # One page that had to wait for something else says nothing of the others.
        return more * max(host.quick, 0.0 if host.waiting or not gaps else median(gaps))


class Watch:
    """One run as somebody sees it who looks now and then."""

    def __init__(
        self, run: Run, stats: Mapping[str, Any], title: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.run = run
        self._clock = clock
        self._stats = stats
        self.title = title
        self.queues: Queues | None = None
        # Posts that waited before this run listed any; posts listed and records made when the ledger was looked at.
        self._before: int | None = None
        self._entered = 0
        self._made = 0
        # When nothing was left but to look for originals in lists.
        self._looking_since: float | None = None
        # Works that each host was asked for; of the aggregator's own hosts, all requests.
        self._begun: Counter[str] = Counter()
        # Seconds that each host takes for an answer.
        self._answers: dict[str, float] = {}
        # When the request went out that a host has not answered yet.
        self._open: dict[str, float] = {}
        # Hosts that gave none that is of use yet, and those that did.
        self._mute: dict[str, Mute] = {}
        self._well: set[str] = set()
        # The hosts with the longest queues, and those that were asked most, when the ledger was looked at.
        self._longest: dict[str, Waits] = {}
        self._most_asked: dict[str, int] = {}
        self._service = Service()
        # Five posts are done, and what reads them is loaded: how fast it goes from here on says something.
        self._warm = False
        self._records = Pace()
        self._lists = Lists()
        self._requests = Pace()
        self._steps = Pace()
        homes = run.arguments.sources or (run.arguments.site,)
        self._homes = frozenset(host_of(one) for one in homes if "://" in one)

    def asked(self, request: Request) -> None:
        """A *request* goes out."""
        work: Work | None = request.cb_kwargs.get("work")
        host = host_of(request.url)
        if host not in self._well and (host in self._mute or len(self._mute) < MOST_MUTE):
            before = self._mute.get(host)
            self._mute[host] = Mute(1 + (before.asked if before is not None else 0), self._clock())
        if len(self._open) < MOST_OPEN:
            self._open[host] = self._clock()
        if host in self._homes:
            about_site = request.url.endswith(ABOUT_SITE)
            self._begun[host] += not about_site
            if work is None and not about_site:
                self._lists.asked(self._clock())
        elif work is not None and not work.tries and not request.meta.get("redirect_times"):
            self._begun[work.host] += 1

    def answered(self, request: Request, latency: float | None, status: int) -> None:
        """A *request* was answered with *status*, *latency* seconds after it went out."""
        if status not in (429, 503):
            # Who sends elsewhere answers, too.
            for url in (request.url, *request.meta.get("redirect_urls", ())):
                self._well.add(host_of(url))
                self._mute.pop(host_of(url), None)
        host = host_of(request.url)
        if host in self._mute:
            self._mute[host] = replace(self._mute[host], failed=True)
        began = self._open.pop(host, None)
        if latency is None and host not in self._answers and began is not None:
            # A robots.txt is not timed by whoever asks for it.
            latency = self._clock() - began
        if latency is not None:
            # About the least of the last few: the others tell how busy we are.
            self._answers[host] = min(latency, SLOWER * self._answers.get(host, latency))

    def note(self, queues: Queues, now: float) -> None:
        """The ledger was looked at, at *now*, in seconds of a clock that never goes back."""
        if self.queues is not None and self.queues.taken is None and queues.taken is not None:
            # Of fewer posts from now on: their pace is another one.
            self._steps = Pace()
        self.queues = queues
        self._entered = self.run.listing.to_read
        self._made = self._records_made()
        if self._before is None and queues.taken is None:
            self._before = max(0, queues.pending - self._entered)
        if not queues.looked_for or queues.looked_for < queues.pending:
            self._looking_since = None
        elif self._looking_since is None:
            self._looking_since = now
        # The crawl lasts as long as its longest queue: those of thousands of other hosts change nothing.
        self._longest = dict(heapq.nlargest(MOST_HOSTS, queues.hosts.items(), key=lambda one: one[1].waiting))
        self._most_asked = dict(self._begun.most_common(MOST_HOSTS))
        if self._is_warm():
            self._service.note(now, self._hosts(), {host: self._begun[host] for host in self._longest})

    def _is_warm(self) -> bool:
        """Whether how fast things go says something: the first posts wait for robots.txt and for workers that load."""
        if not self._warm:
            self._warm = self._done()[0] >= WARM_UP and not self.run.workers.are_loading
        return self._warm

    def _hosts(self) -> dict[str, HostQueue]:
        """The longest queues of this run; what waits longer than it does is left to a later one."""
        now, clock = epoch(), self._clock()
        patience = LATE + max(self._answers.values(), default=math.inf)
        found = {}
        for host, waits in self._longest.items():
            begins = max(0.0, waits.free_at - now)
            if begins <= self.run.policy.longest_wait:
                interval = waits.interval or self.run.config.delay
                queue = HostQueue(waits.waiting, interval, self._answer_of(host), begins)
                mute = self._mute.get(host)
                found[host] = queue if mute is None else mute.queue(queue, clock, patience)
        return found

    def _home(self, hosts: Mapping[str, HostQueue]) -> HostQueue:
        """The host of the lists, the slowest where they are several."""
        homes = [
            hosts.get(host) or HostQueue(0, self.run.manners.delay_of(host), self._answer_of(host))
            for host in self._homes
        ]
        return max(homes, key=lambda one: (one.waiting, one.quick), default=HostQueue(0, self.run.config.delay))

    def _answer_of(self, host: str) -> float:
        """Seconds that *host* takes for an answer.

        One that owes us its first answer takes at least as long as we wait for it, but is hardly slower than the
        others.
        """
        known = self._answers.get(host)
        if known is None and host in self._open:
            known = min(self._clock() - self._open[host], max(self._answers.values(), default=0.0))
        return known or 0.0

    def _records_made(self) -> int:
        return _below(self._stats, "newscrawl/outcomes/").total()

    def _done(self) -> tuple[int, int]:
        """Posts that have their outcome, and those that have none yet: as of the last look and the records since."""
        if self.queues is None:
            return 0, 0
        pending = self.queues.pending
        since = min(pending, max(0, self._records_made() - self._made))
        return max(0, self._all_entered() - pending) + since, pending - since

    def _unlisted(self) -> tuple[float, bool]:
        """Entries that are still to be listed, and whether that is known.

        A list that does not say how long it is, and has no beginning, is taken to be half read at any time: it is as
        likely to be longer as to be shorter than that.
        """
        listing, window = self.run.listing, self.run.window
        if listing.over or (self.queues is not None and self.queues.taken is not None):
            return 0.0, True
        total: float | None = listing.total
        if total is None and window.since is not None and listing.oldest is not None:
            end = parse_time(window.until).timestamp() if window.until else epoch()
            begin = parse_time(window.since).timestamp()
            covered = (end - parse_time(listing.oldest).timestamp()) / max(1.0, end - begin)
            if covered >= LEAST_COVERED:
                total = listing.listed / min(1.0, covered)
        if total is None:
            return float(listing.listed), False
        return max(0.0, total - listing.listed), True

    def snapshot(self, now: float) -> Snapshot:
        """The crawl at *now*, in seconds of a clock that never goes back."""
        listing, queues, limit = self.run.listing, self.queues or Queues(), self.run.arguments.limit
        done, pending = self._done()
        self._records.note(now, done)
        self._lists.note(listing.listed)
        self._requests.note(now, int(self._stats.get("downloader/request_count", 0)))
        unlisted, known = self._unlisted()
        to_come = unlisted * listing.to_read / listing.listed if listing.listed else 0.0
        work = pending + to_come
        if limit is not None:
            work = min(work, float(max(0, limit - done)))
        total: int | None = done + round(work if known or limit is not None else pending)
        if total == 0 and not listing.over:
            total = None
        left, how = None, ABOUT
        if self.queues is not None and (pending or listing.over):
            # A run with a limit takes what is listed first, and leaves the others as they are.
            share = min(1.0, work / pending) if pending else 0.0
            awaited = max(0.0, work - pending)
            left = self._left(now, share, unlisted * awaited / to_come if to_come else 0.0, awaited)
            if self._placed() < LEAST_DONE * (done + work):
                how = AT_LEAST
            elif not known and limit is None:
                how = PERHAPS
        return Snapshot(
            doing=self._doing(queues),
            done=done,
            total=total,
            unit="posts",
            left=left,
            at_least=not known and limit is None,
            how=how,
            facts={name: value for name, value in self._facts(queues).items() if value},
        )

    def _all_entered(self) -> int:
        """Posts of this run that are in the ledger: those that waited before it, and those that it listed.

        Where it has taken all that its limit allows: those that it took.
        """
        if self.queues is not None and self.queues.taken is not None:
            return self.queues.taken
        return (self._before or 0) + self._entered

    def _placed(self) -> int:
        """Those of which it is known whom to ask for their original, or that there is nobody."""
        queues = self.queues or Queues()
        return max(0, self._all_entered() - queues.unread - queues.pages(self._homes))

    def _steps_done(self) -> int:
        queues = self.queues or Queues()
        return max(0, STEPS_LISTED * self._all_entered() - queues.steps(self._homes))

    def _left(self, now: float, share: float, unlisted: float, to_come: float) -> float:
        """Seconds that the crawl takes yet, of which a *share* of what waits is part, and the posts *to_come*.

        *unlisted*: entries that lists are yet to show for that.
        """
        queues = self.queues or Queues()
        done, steps = self._steps_done(), share * queues.steps(self._homes) + STEPS_LISTED * to_come
        if not self._is_warm():
            self._steps = Pace()
        self._steps.note(now, done)
        sure = done >= LEAST_DONE * (done + steps) and self._steps.span() >= LEAST_SPAN
        down = {host for host, one in self._mute.items() if one.is_down}
        hosts = {host: replace(one, waiting=math.ceil(share * one.waiting)) for host, one in self._hosts().items()}
        outlook = Outlook(
            hosts=hosts,
            begun={**self._most_asked, **{host: self._begun[host] for host in self._longest}},
            homes=self._homes,
            down=len(down) / max(1, len(down) + len(self._well - self._homes)),
            unmet=sum(host not in self._well and host not in down for host in queues.hosts),
            looked_for=math.ceil(share * queues.looked_for),
            looking=now - self._looking_since if self._looking_since is not None else 0.0,
            placed=self._placed(),
            unread=share * queues.unread,
            unlisted=to_come,
            listing=self._lists.left(unlisted, self.run.listing.listed, self._home(hosts)),
            interval=self.run.config.delay,
        )
        if sure:
            return crawl_left(outlook, self._service, self._steps.left(steps))
        return max(crawl_left(outlook, self._service, None), POST_SECONDS * steps / STEPS_LISTED)

    def _doing(self, queues: Queues) -> str:
        listing = self.run.listing
        if self.run.closing:
            return "writing the last records"
        if not listing.over:
            return "listing posts, fetching originals" if listing.listed else self._asking()
        if self.run.arguments.follow and set(queues.hosts) - self._homes:
            return "fetching originals"
        if queues.looked_for and not queues.unread + queues.ready:
            return "looking for originals in lists of publishers"
        return "reading posts"

    def _asking(self) -> str:
        """What is done before anything is listed, and why that may take long."""
        slow = max(self._homes, key=self.run.manners.delay_of, default="")
        delay = self.run.manners.delay_of(slow)
        why = f" ({slow} asks for {delay:g} s between requests)" if delay > self.run.config.delay else ""
        return f"asking what there is{why}"

    def _facts(self, queues: Queues) -> dict[str, str]:
        run, listing, counts = self.run, self.run.listing, self.run.counts
        of = f" of {listing.total:,}" if listing.total and not listing.over else ""
        state = "" if listing.over else ", more to come"
        results = _below(self._stats, "newscrawl/originals/")
        results.pop("retries", None)
        had = results.pop("articles", 0)
        not_had = sum(results.values())
        outcomes = _below(self._stats, "newscrawl/outcomes/")
        rates = [
            f"{rate:.1f} {what} a second"
            for pace, what in ((self._records, "posts"), (self._requests, "requests"))
            if (rate := pace.rate()) is not None
        ]
        return {
            "posts": f"{listing.listed:,} listed{of}{state}" if listing.listed else "",
            "records": _counts({name: counts[name] for name in ("new", "changed", "failed", "dropped")}),
            "with original": f"{outcomes[Outcome.ORIGINAL]:,} of {outcomes.total():,}" if outcomes else "",
            "originals": f"{had:,} read" + (f", {not_had:,} not had ({_most(results)})" if not_had else ""),
            "rate": ", ".join(rates),
            "waiting for": _hosts_in_words(queues, self._homes),
            "left alone": _held_in_words(queues),
            "errors": "; ".join([*([f"{run.defects} defects, see the log"] if run.defects else []), *run.problems[:1]]),
        }


def _below(stats: Mapping[str, Any], prefix: str) -> Counter[str]:
    return Counter({key.removeprefix(prefix): int(value) for key, value in stats.items() if key.startswith(prefix)})


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common(NAMED))


def _hosts_in_words(queues: Queues, homes: Container[str]) -> str:
    now = epoch()
    busy = sorted(
        ((one.waiting, host, one) for host, one in queues.hosts.items() if one.free_at <= now and host not in homes),
        key=lambda row: (-row[0], row[1]),
    )
    named = [f"{host} {waiting:,} ({one.interval:g} s apart)" for waiting, host, one in busy[:NAMED]]
    more = len(busy) - NAMED
    return ", ".join(named) + (f" and {more} more hosts" if more > 0 else "")


def _held_in_words(queues: Queues) -> str:
    now = epoch()
    held = [(one.free_at - now, host, one) for host, one in queues.hosts.items() if one.free_at > now]
    held.sort(key=lambda row: row[:2])
    named = [f"{host} {one.waiting:,} for {format_span(wait)} ({one.reason})" for wait, host, one in held[:NAMED]]
    return ", ".join(named) + (f" and {len(held) - NAMED} more" if len(held) > NAMED else "")
