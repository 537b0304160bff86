"""The monitors: a scope's history and its last run in, what is wrong out. Pure.

A monitor finds something wrong, finds it well, or cannot say. What was found wrong stays so until the monitor finds it
well. Runs in which a monitor failed are no history for it. A share is judged by the last run alone and by the last 8,
16 and 32 posts, whatever number of runs they took: a site with a post a day is judged as surely as one with a hundred,
only later.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from newscrawl.clock import format_span, time_text
from newscrawl.health.evidence import ALPHA, LEAST_BEFORE, LEAST_NOW, Fall, Share, fall, log_likelihood, pooled, spread
from newscrawl.health.figures import FIELDS, LACKING, Figures, merged
from newscrawl.health.findings import MONITORS, Finding, Level, Monitor
from newscrawl.health.volume import HOUR, Hours, few_posts, quiet
from newscrawl.outcomes import is_passing

__all__ = ["Case", "Judgement", "failing_names", "judge"]

DAY = 86_400.0
#: Numbers of posts that a share is judged by, beside the last run alone; and for how long they are collected (seconds).
WINDOWS = (8, 16, 32)
LONGEST_WINDOW = 21 * DAY
#: History that a share is held against: the last runs with so many posts, no older than this (seconds).
MOST_POSTS = 3_000
MOST_RUNS = 250
OLDEST = 70 * DAY
#: By how much (the logarithm of the ratio) posts must be likelier as usual than as they fell: a hundred times.
CONVINCING = 4.6
#: Requests to publishers that refused, by which it is told whether they still do.
ASKED_AGAIN = 3
#: What passes by itself must have lasted this long (seconds) over so many runs, or longer over two.
LASTS, RUNS_OF_IT = 6 * 3600.0, 3
LASTS_OF_TWO = 30 * 3600.0
#: A publisher is told of by itself where it was reached before, and turned this many requests away in a row.
KNOWN_BEFORE, TURNED_AWAY = 8, 4
#: By how much more originals than usual must fail for reasons that pass.
LEAST_ERRORS = 0.25
#: By how much the share of one language's or publisher's posts must fall, where that of all does not.
LEAST_IN_PART = 0.5
#: A publisher is great with this share of the originals: what befalls it alone is worth an alarm.
GREAT = 0.15
NAMED_PUBLISHERS = 5
#: Publishers that turn away at once, at least, for it to be no coincidence.
LEAST_TURNED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is judged.

    Args:
        scope, name: the scope's id, and itself in words.
        history: its runs before, in their order.
        now: the run to be judged.
        hours: its posts by hour; ``None`` where the run did not list up to the present.
        failing: what was found wrong before, and stands.
        accepted: from when on a state that was accepted is the usual one (seconds since the epoch).
    """

    scope: str
    name: str
    history: Sequence[Figures]
    now: Figures
    hours: Hours | None = None
    failing: Mapping[Monitor, Finding] = field(default_factory=dict)
    accepted: Mapping[Monitor, float] = field(default_factory=dict)
    _usual: dict[Monitor, list[Figures]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fails(self, monitor: Monitor) -> bool:
        """Whether *monitor* failed before, and stands; a note is no failure."""
        before = self.failing.get(monitor)
        return before is not None and before.level is Level.FAILING

    def usual(self, monitor: Monitor) -> list[Figures]:
        """The history that *monitor* holds against, in order: the last runs that found posts."""
        if monitor not in self._usual:
            self._usual[monitor] = self._find_usual(monitor)
        return self._usual[monitor]

    def _find_usual(self, monitor: Monitor) -> list[Figures]:
        names, all_runs = {monitor.value}, monitor is Monitor.SURFACE
        if monitor is Monitor.PUBLISHERS:
            names.add(Monitor.ORIGINALS.value)  # it tells of the same, and then `publishers` does not
        accepted = self.accepted.get(monitor)
        oldest = max(self.now.started - OLDEST, accepted or 0.0)
        found: list[Figures] = []
        for one in reversed(self.history):
            if one.started < oldest or len(found) == MOST_RUNS:
                break
            if (one.posts or all_runs) and (accepted is not None or names.isdisjoint(one.failing)):
                found.append(one)
        found.reverse()
        return found

    def finding(self, monitor: Monitor, what: str, **more: object) -> Finding:
        """A finding of this scope that fails, since when it stands or the run began."""
        before = self.failing.get(monitor)
        since = before.since if before is not None else str(more.pop("since", time_text(self.now.started)))
        more.pop("since", None)
        values = {"monitor": monitor, "level": Level.FAILING, "scope": self.scope, "name": self.name, "what": what}
        return Finding.of({**values, "since": since, "advice": MONITORS[monitor], **more})


@dataclass(slots=True)
class Judgement:
    """What is wrong, and what was found well; a monitor in neither could not say."""

    wrong: dict[Monitor, Finding] = field(default_factory=dict)
    well: set[Monitor] = field(default_factory=set)

    def standing(self, before: Mapping[Monitor, Finding]) -> dict[Monitor, Finding]:
        """What is wrong after this run, where *before* it was what is given."""
        return {monitor: one for monitor, one in before.items() if monitor not in self.well} | self.wrong


def failing_names(findings: Mapping[Monitor, Finding]) -> list[str]:
    """The monitors of *findings* that fail, as figures keep them.

    A note is no failure: what comes while it stands is history as well.
    """
    return sorted(monitor.value for monitor, one in findings.items() if one.level is Level.FAILING)


#: A monitor's word: a finding, ``True`` for well, ``None`` where it cannot say.
Verdict = Finding | bool | None


def judge(case: Case) -> Judgement:
    """All monitors on *case*."""
    judgement = Judgement()
    for monitor, look in _LOOKS.items():
        verdict = look(case)
        if isinstance(verdict, Finding):
            judgement.wrong[monitor] = verdict
        elif verdict:
            judgement.well.add(monitor)
    lost = judgement.wrong.get(Monitor.PUBLISHERS)
    if lost is not None and {Monitor.ORIGINALS, Monitor.ERRORS} & {*judgement.wrong, *case.failing}:
        # One alarm of one cause.
        judgement.wrong[Monitor.PUBLISHERS] = replace(lost, level=Level.NOTE)
    return judgement


def examples(figures: Sequence[Figures], *keys: str) -> list[str]:
    """At most three addresses under *keys*, of the last of *figures* first."""
    found = [url for one in reversed(figures) for key in keys for url in one.examples.get(key, ())]
    return list(dict.fromkeys(found))[:3]


def percent(share: float) -> str:
    """For a person: ``97 %``."""
    return f"{share:.0%}".replace("%", " %")


# --- shares ------------------------------------------------------------------------------------------------------

#: Of one run's figures the share that is judged.
ShareOf = Callable[[Figures], Share]


@dataclass(frozen=True, slots=True)
class _Fallen:
    """A share that has fallen, and the runs that show it."""

    fall: Fall
    runs: list[Figures]


def _windows(runs: Sequence[Figures], sizes: Sequence[int]) -> Iterator[int]:
    """Where the runs that are judged begin: the last run alone, then the last ones with 8, 16 and 32 posts.

    Args:
        sizes: of each run, how many posts its share is of.
    """
    if not runs:
        return
    told = len(runs) - 1
    if sizes[-1] >= LEAST_NOW:
        yield told
    gathered, start = 0, len(runs)
    for size in WINDOWS:
        while start and gathered < size and runs[-1].started - runs[start - 1].started <= LONGEST_WINDOW:
            start -= 1
            gathered += sizes[start]
        if gathered >= size and start < told:
            told = start
            yield start


def _pooled(runs: Sequence[Figures], share: ShareOf) -> Share:
    return pooled([share(one) for one in runs])


def _latest(runs: Sequence[Figures], share: ShareOf) -> list[Figures]:
    """The last runs with the posts of a whole run at least."""
    total = 0
    for back in range(1, len(runs) + 1):
        total += share(runs[-back]).whole
        if total >= LEAST_NOW:
            return list(runs[-back:])
    return []


def _share(
    case: Case, monitor: Monitor, share: ShareOf, *, least: float, alpha: float = ALPHA, several: bool = False
) -> _Fallen | bool | None:
    """Whether *share* has fallen by *least* at least; once it has, until the last posts no longer say so.

    Args:
        several: it is one of several shares of *monitor*: where another one fell, this one holds no episode open.
    """
    if case.fails(monitor):
        return _still_fallen(case, monitor, share, least, several)
    usual = case.usual(monitor)
    runs = [*usual, case.now]
    shares = [share(one) for one in runs]
    judged = False
    for start in _windows(runs, [one.whole for one in shares]):
        judged = True
        found = fall(_recent(shares[:start]), pooled(shares[start:]), least=least, alpha=alpha)
        if found is not None:
            return _Fallen(found, runs[start:])
    return judged or None


def _still_fallen(case: Case, monitor: Monitor, share: ShareOf, least: float, several: bool) -> _Fallen | bool | None:
    """Whether *share*, which had fallen, is as usual again: the last posts must be far likelier so than as they fell.

    The last run may say so alone, else the last ones with 8, 16 or 32 posts. A few posts prove nothing: an episode that
    ended by chance would soon be told of as a new one.
    """
    if not share(case.now).whole:
        return None
    episode = [*_episode(case, monitor), case.now]
    shares = [share(one) for one in episode]
    before = _recent([share(one) for one in case.usual(monitor)])
    usual, known = _usual_share(case, monitor, before), spread(before, pooled(before).value)
    for start in _windows(episode, [one.whole for one in shares]):
        then, now = pooled(shares[:start]), pooled(shares[start:])
        fallen = then.value if then.whole >= LEAST_NOW else case.failing[monitor].value
        another = several and then.whole >= LEAST_NOW and fall(before, then, least=least, alpha=0.01) is None
        if another or fallen is None or usual - fallen < least / 2:
            # It is another share that fell (each field has its own), or most of the episode is well already.
            if fall(before, now, least=least, alpha=0.01) is None:
                return True
        elif log_likelihood(now, usual, fallen) / (1 + (now.whole - 1) * known) >= CONVINCING:
            return True
    latest = _latest(episode, share)
    return _Fallen(Fall(_pooled(latest, share), usual), latest) if latest else None


def _or_in_part(
    case: Case,
    monitor: Monitor,
    whole: _Fallen | bool | None,
    parts: Sequence[tuple[str, ShareOf]],
    of_all: ShareOf | None = None,
) -> tuple[str, _Fallen | bool | None]:
    """The verdict on the *whole*, else on the first of *parts* whose share has fallen, with that part's name.

    A part of the posts (a language, a publisher) may lose all that it had while the share of all hardly moves. A part
    that had fallen and has no posts in this run is not well for that.

    Args:
        of_all: the share of the whole. Where it is that which had fallen and it is well again, a part holds the episode
            open only if its posts of this run say so: it has few, and would prove nothing for days.
    """
    if isinstance(whole, _Fallen):
        return "", whole
    if whole is True and of_all is not None and case.fails(monitor) and _fell_in_episode(case, monitor, of_all):
        return "", None if any(_looks_fallen(case, monitor, share) for _, share in parts) else True
    unsure = False
    for name, share in parts:
        found = _share(case, monitor, share, least=LEAST_IN_PART, several=True)
        if isinstance(found, _Fallen):
            return name, found
        if found is None and case.fails(monitor):
            before = _recent([share(one) for one in case.usual(monitor)])
            episode = pooled([share(one) for one in _episode(case, monitor)])
            unsure |= fall(before, episode, least=LEAST_IN_PART, alpha=0.01) is not None
    return "", None if unsure else whole


def _fell_in_episode(case: Case, monitor: Monitor, share: ShareOf) -> bool:
    """Whether *share* is what had fallen in the runs in which *monitor* failed."""
    before = _recent([share(one) for one in case.usual(monitor)])
    then = pooled([share(one) for one in _episode(case, monitor)])
    return fall(before, then, least=LEAST_IN_PART, alpha=0.01) is not None


def _looks_fallen(case: Case, monitor: Monitor, share: ShareOf) -> bool:
    """Whether *share* of this run alone is likelier as it was in the episode than as it was before."""
    then, before = _pooled(_episode(case, monitor), share), _pooled(case.usual(monitor), share)
    now = share(case.now)
    return bool(now.whole and then.whole and before.whole) and log_likelihood(now, before.value, then.value) < 0


def _episode(case: Case, monitor: Monitor) -> list[Figures]:
    """The runs before this one in which *monitor* failed, since it last did not."""
    found = list(takewhile(lambda one: monitor.value in one.failing, reversed(case.history)))
    found.reverse()
    return found


def _usual_share(case: Case, monitor: Monitor, before: Sequence[Share]) -> float:
    """What was usual before the episode; where all that is forgotten, what was said when it began."""
    known = pooled(before)
    if known.whole >= LEAST_BEFORE:
        return known.value
    expected = case.failing[monitor].expected
    return known.value if expected is None else expected


def _recent(shares: list[Share]) -> list[Share]:
    """The last ones, of as many posts as a share is held against."""
    total = 0
    for back in range(1, len(shares) + 1):
        total += shares[-back].whole
        if total >= MOST_POSTS:
            return shares[-back:]
    return shares


def _fallen_finding(case: Case, monitor: Monitor, fallen: _Fallen, what: str, **more: object) -> Finding:
    return case.finding(
        monitor,
        f"{what} ({percent(fallen.fall.now.value)})",
        usual=percent(fallen.fall.before),
        since=time_text(fallen.runs[0].started),
        value=fallen.fall.now.value,
        expected=fallen.fall.before,
        **more,
    )


# --- the monitors ------------------------------------------------------------------------------------------------


def _listing(case: Case) -> Verdict:
    """The lists show nothing, or are refused for a reason that does not pass by itself."""
    now = case.now
    worked = any(one.complete and (one.listed or one.unmodified) for one in case.history)
    if now.unlisted:
        reason, words = now.unlisted[0], now.unlisted[-1]
        reasons = [one[0] for one in now.refused.values()] or [reason]
        if not worked or any(is_passing(one) or one == "left_alone" for one in reasons):
            return None  # `unreachable` waits and sees
        return case.finding(
            Monitor.LISTING,
            "no list of the site can be read",
            cause=words,
            usual="it served",
            examples=now.examples.get("known", []),
        )
    if now.left_out and not now.listed and worked:
        why = ", ".join(f"{number} {name}" for name, number in now.left_out.items())
        return case.finding(
            Monitor.LISTING,
            "not one entry of the lists can be used",
            usual=f"{_usual_listed(case)} posts a run",
            cause=f"the lists have another form than before: {why}",
            examples=now.examples.get("known", []),
            value=0.0,
            expected=float(_usual_listed(case)),
        )
    if not now.regular or not now.complete:
        return None
    if now.listed or now.unmodified:
        return True
    if not worked or not now.in_window:
        return None
    return case.finding(
        Monitor.LISTING,
        f"the lists show no post, though {now.in_window} of the run's window are known",
        usual=f"{_usual_listed(case)} posts a run",
        cause="the list is empty, or its markup has changed",
        examples=now.examples.get("known", []),
        value=0.0,
        expected=float(_usual_listed(case)),
    )


def _usual_listed(case: Case) -> int:
    listed = sorted(one.listed for one in case.history if one.complete and one.listed)
    return listed[len(listed) // 2] if listed else 0


def _unreachable(case: Case) -> Verdict:
    """Runs in a row could not list, or not to the end, for reasons that pass by themselves: these did not."""
    if not _why_unlisted(case.now):
        return True if case.now.complete else None
    row: list[Figures] = [case.now]
    for one in reversed(case.history):
        if not _why_unlisted(one):
            break
        row.insert(0, one)
    lasted = case.now.started - row[0].started
    if not (_has_lasted(lasted, len(row))):
        return None
    return case.finding(
        Monitor.UNREACHABLE,
        f"{len(row)} runs in a row could not list its posts" + ("" if case.now.unlisted else " to the end"),
        since=time_text(row[0].started),
        cause=_why_unlisted(case.now),
        examples=case.now.examples.get("known", []),
        value=float(len(row)),
        expected=0.0,
    )


def _why_unlisted(figures: Figures) -> str:
    """Why the run could not list, or not to the end; empty where it could."""
    if figures.unlisted:
        return figures.unlisted[-1]
    cut = [why[-1] for why in figures.refused.values() if why[0] == "cut"]
    return cut[-1] if cut and not figures.complete else ""


def _has_lasted(seconds: float, runs: int) -> bool:
    return (seconds >= LASTS and runs >= RUNS_OF_IT) or (seconds >= LASTS_OF_TWO and runs >= 2)


def _surface(case: Case) -> Verdict:
    """Another surface is read than ever, since the usual one no longer serves."""
    now = case.now
    if not (now.auto and now.regular and now.listed):
        return None
    usual = (one for one in reversed(case.usual(Monitor.SURFACE)) if one.auto and one.regular and one.listed)
    read = _main_surface(now)
    known = [one for one in map(_main_surface, islice(usual, 5)) if one]
    if len(known) < 1 or len(set(known)) != 1:
        return None
    before = known[0]
    if read == before:
        return True
    if before not in now.refused:
        return None
    reason, words = now.refused[before][0], now.refused[before][-1]
    if is_passing(reason):
        row = [now]
        for one in reversed(case.history):
            if before not in one.refused:
                break
            row.insert(0, one)
        if not _has_lasted(now.started - row[0].started, len(row)):
            return None
    return case.finding(
        Monitor.SURFACE,
        f"{before} no longer serves, {read} is read in its place",
        usual=before,
        cause=words,
        examples=now.examples.get("new") or now.examples.get("known", []),
    )


def _main_surface(figures: Figures) -> str:
    return max(figures.surfaces.items(), key=lambda pair: pair[1], default=("", 0))[0]


def _silence(case: Case) -> Verdict:
    if case.hours is None:
        return None
    declared = case.now.expect.get("quiet_hours")
    found = quiet(case.hours)
    if found is None and declared is None:
        return True
    known = [hour for hour, number in case.hours.counts.items() if number and hour <= case.hours.last]
    if not known:
        return None
    newest = max(known)
    hours = case.hours.last - newest
    if declared is not None and hours <= declared:
        return True
    if declared is None and found is None:
        return True
    usual = f"at most {declared:g} h (declared)" if declared is not None else ""
    if not usual and found is not None:
        usual = f"no pause of more than {format_span(found.longest * HOUR)}"
    return case.finding(
        Monitor.SILENCE,
        f"the newest post is {format_span(hours * HOUR)} old",
        usual=usual,
        since=time_text(newest * HOUR),
        cause="the list is frozen, or the site rests",
        examples=case.now.examples.get("known", []),
        value=float(hours),
        expected=float(declared if declared is not None else found.longest if found is not None else 0),
    )


def _posts(case: Case) -> Verdict:
    if case.hours is None:
        return None
    declared = case.now.expect.get("posts_per_day")
    few = few_posts(case.hours)
    span, number, usual, how = (few.span, few.number, few.usual, "") if few else (48, 0, 0.0, "")
    if few is None and declared:
        number, usual, how = case.hours.between(case.hours.last - 48, case.hours.last), 2 * declared, " (declared)"
        if case.hours.last - case.hours.first < 48 or number >= 0.5 * usual:
            return True
    elif few is None:
        return True
    return case.finding(
        Monitor.POSTS,
        f"{number} posts in {span} h",
        usual=f"{usual:g}{how or ' on these weekdays'}",
        since=time_text((case.hours.last - span) * HOUR),
        cause="the list shows less than the site has, or the site has less",
        examples=case.now.examples.get("known", []),
        value=float(number),
        expected=float(usual),
    )


def _declared(case: Case, name: str, share: ShareOf) -> Fall | None:
    """The last posts fall short of the declared share by more than chance."""
    declared = case.now.expect.get(name)
    if declared is None:
        return None
    latest = _latest([*case.history, case.now], share)
    now = _pooled(latest, share)
    if now.whole < LEAST_NOW or now.value >= declared:
        return None
    # As if the declaration had been observed on a thousand posts.
    return fall([Share(round(declared * 1000), 1000)] * 3, now, least=0.0, alpha=0.01) and Fall(now, declared)


def _attribution(case: Case) -> Verdict:
    share: ShareOf = lambda one: Share(one.attributed, one.posts)  # noqa: E731
    found = _share(case, Monitor.ATTRIBUTION, share, least=0.3)
    short = _declared(case, "attributed", share)
    if short is not None and not isinstance(found, _Fallen):
        found = _Fallen(short, [case.now])
    where, found = _or_in_part(
        case, Monitor.ATTRIBUTION, found, [(name, _attributed_in(name)) for name in _great_languages(case)], share
    )
    if not isinstance(found, _Fallen):
        return found
    of, key = (f" in {where}", f"no_attribution {where}") if where else ("", "no_attribution")
    return _fallen_finding(
        case, Monitor.ATTRIBUTION, found,
        f"of {found.fall.now.whole} posts{of} {found.fall.now.part} have a source",
        cause="the sentence that names the source is gone or written otherwise, or the posts' markup has changed",
        examples=examples(found.runs, key),
    )  # fmt: skip


def _attributed_in(language: str) -> ShareOf:
    def share(one: Figures) -> Share:
        posts, attributed = one.languages.get(language, (0, 0))
        return Share(attributed, posts)

    return share


def _great_languages(case: Case) -> list[str]:
    """Languages with a twentieth of the posts at least, where there are several."""
    sizes = merged([{name: counts[0] for name, counts in one.languages.items()} for one in case.usual(Monitor.WORDING)])
    found = [name for name, posts in sizes.items() if posts >= 0.05 * sum(sizes.values())]
    return found if len(found) > 1 else []


def _families(figures: Figures) -> dict[str, int]:
    """Sources by the kind of their wording, in whatever language: ``yoast:fr`` is ``yoast``."""
    found: dict[str, int] = {}
    for name, number in figures.wordings.items():
        family = name.partition(":")[0]
        found[family] = found.get(family, 0) + number
    return found


def _worded_in(language: str, usual: Container[str]) -> ShareOf:
    def share(one: Figures) -> Share:
        wordings = one.language_wordings.get(language, {})
        as_usual = sum(number for name, number in wordings.items() if name.partition(":")[0] in usual)
        return Share(as_usual, sum(wordings.values()))

    return share


def _wording(case: Case) -> Verdict:
    before = merged([_families(one) for one in case.usual(Monitor.WORDING)])
    total = sum(before.values())
    usual = {name for name, number in before.items() if number >= 0.05 * total}
    if not usual:
        return None

    def share(one: Figures) -> Share:
        as_usual = sum(number for name, number in one.wordings.items() if name.partition(":")[0] in usual)
        return Share(as_usual, sum(one.wordings.values()))

    found = _share(case, Monitor.WORDING, share, least=0.5)
    where, found = _or_in_part(
        case, Monitor.WORDING, found, [(name, _worded_in(name, usual)) for name in _great_languages(case)], share
    )
    if not isinstance(found, _Fallen):
        return found
    new = Counter(merged([one.language_wordings.get(where, {}) if where else one.wordings for one in found.runs]))
    odd = [name for name, _ in new.most_common() if name.partition(":")[0] not in usual]
    now = ", ".join(dict.fromkeys(name.partition(":")[0] for name in odd))
    return _fallen_finding(
        case, Monitor.WORDING, found,
        f"of {found.fall.now.whole} sources{f' in {where}' if where else ''} {found.fall.now.part} are named in the"
        " usual words",
        cause=f"the sentence is written otherwise: now {now}, before {', '.join(sorted(usual)[:3])}",
        examples=examples(found.runs, *(f"wording {name}" for name in odd)),
    )  # fmt: skip


def _originals(case: Case) -> Verdict:
    """Fewer originals are reached, or more are turned away. What passes by itself is for `errors`."""
    looks: tuple[ShareOf, ShareOf] = (
        lambda one: Share(one.asked - one.passing - one.turned_away, one.asked - one.passing),
        lambda one: Share(one.reached, one.asked - one.passing),
    )
    again = _serve_again(case) if Monitor.ORIGINALS in case.failing else None
    verdicts = [True if again else _share(case, Monitor.ORIGINALS, look, least=0.25) for look in looks]
    if (
        verdicts[0] is True
        and case.fails(Monitor.ORIGINALS)
        and _fell_in_episode(case, Monitor.ORIGINALS, looks[0])
        and not _looks_fallen(case, Monitor.ORIGINALS, looks[1])
    ):
        # They were turned away and are not any more. How many are articles hangs on whose posts a day brings, and of a
        # few posts it would prove nothing for days.
        verdicts[1] = True
    if again is False:
        verdicts = [None if one is True else one for one in verdicts]
    fallen = next((one for one in verdicts if isinstance(one, _Fallen)), None)
    short = _declared(case, "reached", looks[1])
    if fallen is None and short is not None:
        fallen = _Fallen(short, [case.now])
    if fallen is None and Monitor.ORIGINALS not in case.failing and _many_turned(case):
        now = case.now
        fallen = _Fallen(Fall(Share(now.reached, now.asked - now.passing), 1.0), [now])
    if fallen is None:
        return None if all(one is None for one in verdicts) else all(one is not None for one in verdicts)
    runs = fallen.runs
    asked = sum(one.asked - one.passing for one in runs)
    reached = sum(one.reached for one in runs)
    return _fallen_finding(
        case, Monitor.ORIGINALS, replace(fallen, fall=Fall(Share(reached, asked), _usual_reached(case))),
        f"of {asked} originals {reached} are reached",
        cause=_why_not_reached(runs),
        examples=examples(runs, *_new_reasons(case, runs)),
    )  # fmt: skip


def _lost(counts: Sequence[int]) -> int:
    """Requests to a publisher that failed for good: it turned them away, or what it sent was no article."""
    asked, reached, _, *passing = counts
    return asked - reached - sum(passing)


def _serve_again(case: Case) -> bool | None:
    """Whether the publishers that turned every request away since it began serve again; ``None``: too few were asked.

    It says more than the share of all, which hangs on whose posts a day brings.
    """
    refusing, _ = _refusing(_episode(case, Monitor.ORIGINALS))
    served = {
        name
        for one in case.usual(Monitor.ORIGINALS)
        for name, counts in one.publishers.items()
        if name in refusing and _lost(counts) < counts[0]
    }
    asked = sum(counts[0] for name, counts in case.now.publishers.items() if name in served)
    away = sum(_lost(counts) for name, counts in case.now.publishers.items() if name in served)
    if asked < ASKED_AGAIN or 0.3 < away / asked < 0.7:
        return None
    return away <= 0.3 * asked


def _turned(counts: Sequence[int]) -> int:
    """Requests to a publisher that it turned away."""
    return counts[2]


def _many_turned(case: Case) -> bool:
    """Whether so many publishers at once give not one original that did before, that it is no coincidence.

    Of a publisher with a few posts a run the share says little; that a third of all publishers change on one day does.
    So it is where they turn away what they had answered before, though not with an article that could be read.
    """
    return any(_many_changed(case, failed) for failed in (_lost, _turned))


def _many_changed(case: Case, failed: Callable[[Sequence[int]], int]) -> bool:
    """Whether all requests to many publishers at once *failed*, of whose requests before few did."""
    if sum(0 < counts[0] == failed(counts) for counts in case.now.publishers.values()) < LEAST_TURNED:
        return False
    before: dict[str, Share] = {}
    for one in case.usual(Monitor.ORIGINALS):
        for name, counts in one.publishers.items():
            had = before.get(name, Share(0, 0))
            before[name] = Share(had.part + failed(counts), had.whole + counts[0])
    total = Share(sum(one.part for one in before.values()), sum(one.whole for one in before.values()))
    tested = changed = 0
    expected = 0.0
    for name, counts in case.now.publishers.items():
        had, asked = before.get(name, Share(0, 0)), counts[0]
        if had.whole < 3 or had.value > 0.3 or not asked:
            continue
        tested += 1
        changed += failed(counts) == asked
        # The publisher's own past, and a little of what all do.
        expected += ((had.part + 2 * (total.value + 0.02)) / (had.whole + 2)) ** asked
    if changed < LEAST_TURNED or changed < 0.3 * tested:
        return False
    below = sum(math.exp(-expected + k * math.log(expected) - math.lgamma(k + 1)) for k in range(changed))
    return 1.0 - below < 1e-5


def _usual_reached(case: Case) -> float:
    pooled = _pooled(case.usual(Monitor.ORIGINALS), lambda one: Share(one.reached, one.asked - one.passing))
    return pooled.value


def _new_reasons(case: Case, runs: Sequence[Figures]) -> list[str]:
    """Reasons, by how much more frequent they are than before."""
    before = merged([one.reasons for one in case.usual(Monitor.ORIGINALS)])
    posts = max(1, sum(one.posts for one in case.usual(Monitor.ORIGINALS)))
    now, total = merged([one.reasons for one in runs]), max(1, sum(one.posts for one in runs))
    grown = {name: number / total - before.get(name, 0) / posts for name, number in now.items()}
    return [name for name, _ in sorted(grown.items(), key=lambda pair: -pair[1]) if name != "no_attribution"]


def _why_not_reached(runs: Sequence[Figures]) -> str:
    reasons = Counter(merged([one.reasons for one in runs]))
    reasons.pop("no_attribution", None)
    told = ", ".join(f"{number} {name}" for name, number in reasons.most_common(3))
    refusing, asked = _refusing(runs)
    if len(refusing) >= 2 or (refusing and len(asked) == len(refusing)):
        named = ", ".join(refusing[:5])
        told += f"; {len(refusing)} of {len(asked)} publishers are not reached once: {named}"
    return told


def _refusing(runs: Sequence[Figures]) -> tuple[list[str], list[str]]:
    """Publishers that no request of *runs* was answered by as it should, the most asked first, and all that were asked.

    What passes by itself counts for neither.
    """
    asked: Counter[str] = Counter()
    away: Counter[str] = Counter()
    for one in runs:
        for name, counts in one.publishers.items():
            asked[name] += counts[0]
            away[name] += _lost(counts)
    return [name for name, times in asked.most_common() if away[name] == times], list(asked)


@dataclass(frozen=True, slots=True)
class _LostPublisher:
    """A publisher that was reached before and is not once since: requests in a row, since when, and its share."""

    name: str
    in_row: int
    since: float
    before: Share
    great: bool


def _lost_publishers(case: Case) -> list[_LostPublisher]:
    """Publishers that were reached before, and not once of late; the one with the most requests first.

    Failures that pass by themselves count once they have lasted.
    """
    runs = [*case.usual(Monitor.ORIGINALS), case.now]
    asked_of_all = sum(one.asked for one in runs[:-1])
    groups: dict[str, list[tuple[float, Share, int]]] = {}
    for one in runs:
        for name, (asked, reached, _, *passing) in one.publishers.items():
            groups.setdefault(name, []).append((one.started, Share(reached, asked), passing[0] if passing else 0))
    found = []
    for name, times in groups.items():
        row = list(takewhile(lambda one: not one[1].part, reversed(times)))
        if not row:
            continue
        since = row[-1][0]
        lasted = case.now.started - since >= LASTS_OF_TWO
        in_row = sum(share.whole - (0 if lasted else passing) for _, share, passing in row)
        earlier = [share for _, share, _ in times[: len(times) - len(row)]]
        before = pooled(earlier)
        if in_row < TURNED_AWAY or before.whole < KNOWN_BEFORE or before.value < 0.7:
            continue
        surely = fall(earlier, Share(0, in_row), least=LEAST_IN_PART) is not None
        found.append(_LostPublisher(name, in_row, since, before, surely and before.whole >= GREAT * asked_of_all))
    return sorted(found, key=lambda one: (not one.great, -one.in_row, one.name))


def _reached_of(publisher: str) -> ShareOf:
    def share(one: Figures) -> Share:
        asked, reached, _, *passing = one.publishers.get(publisher, (0, 0, 0))
        return Share(reached, asked - sum(passing))

    return share


def _great_asked(case: Case) -> list[str]:
    """Publishers with a great share of the originals that are asked for, where there are several."""
    runs = case.usual(Monitor.PUBLISHERS)
    asked = merged([{name: counts[0] for name, counts in one.publishers.items()} for one in runs])
    return [name for name, times in asked.items() if times >= GREAT * sum(asked.values())] if len(asked) > 1 else []


def _publishers(case: Case) -> Verdict:
    """Publishers that were reached before and are not since; an alarm where one of them is a great one."""
    well = True if case.now.publishers else None
    lost = _lost_publishers(case)
    if not lost or not lost[0].great:
        whose, fallen = _or_in_part(
            case, Monitor.PUBLISHERS, well, [(name, _reached_of(name)) for name in _great_asked(case)]
        )
        if isinstance(fallen, _Fallen):
            runs = fallen.runs
            now = fallen.fall.now
            return _fallen_finding(
                case, Monitor.PUBLISHERS, fallen,
                f"of {now.whole} originals of {whose} {now.part} are reached",
                cause=_reasons_of([whose], runs),
                examples=examples(runs, f"away {whose}"),
            )  # fmt: skip
        if not lost:
            return fallen
    runs = [*case.usual(Monitor.ORIGINALS), case.now]
    named = ", ".join(
        f"{who.name} ({who.in_row} of {who.in_row}, reached before {percent(who.before.value)})"
        for who in lost[:NAMED_PUBLISHERS]
    )
    more = f" and {len(lost) - NAMED_PUBLISHERS} more" if len(lost) > NAMED_PUBLISHERS else ""
    found = case.finding(
        Monitor.PUBLISHERS,
        f"nothing is had any more of {named}{more}",
        cause=_reasons_of([who.name for who in lost], [one for one in runs if one.started >= lost[0].since]),
        since=time_text(lost[0].since),
        examples=examples(runs, *(f"away {who.name}" for who in lost)),
        value=0.0,
        expected=lost[0].before.value,
    )
    return found if lost[0].great else replace(found, level=Level.NOTE)


def _reasons_of(names: Sequence[str], runs: Sequence[Figures]) -> str:
    """Why originals of these publishers were not had, the most frequent reasons first."""
    reasons = merged([one.publisher_reasons.get(name, {}) for one in runs for name in names])
    return ", ".join(f"{number} {name}" for name, number in Counter(reasons).most_common(3))


def _errors(case: Case) -> Verdict:
    """Many more originals than usual fail for reasons that pass, for hours and over several runs."""
    serving: ShareOf = lambda one: Share(one.asked - one.passing, one.asked)  # noqa: E731
    usual = pooled([serving(one) for one in case.usual(Monitor.ERRORS)]).value or 1.0
    row: list[Figures] = []
    for one in reversed([*case.history, case.now]):
        if not one.asked:
            continue
        if serving(one).value > usual - LEAST_ERRORS or case.now.started - one.started > 3 * DAY:
            break
        row.insert(0, one)
    if not row:
        return True if case.now.asked else None
    now = _pooled(row, serving)
    before = [serving(one) for one in case.usual(Monitor.ERRORS) if one.started < row[0].started]
    if not _has_lasted(row[-1].started - row[0].started, len(row)) or now.whole < 10:
        return None
    known = pooled(before).value if before else 1.0
    surely = fall(before, now, least=LEAST_ERRORS) is not None or now.value < 0.5 < 0.7 <= known
    if not surely and Monitor.ERRORS not in case.failing:
        return None
    passing = now.whole - now.part
    return case.finding(
        Monitor.ERRORS,
        f"{passing} of {now.whole} originals fail for reasons that usually pass ({percent(passing / now.whole)})",
        usual=percent(1.0 - known),
        since=time_text(row[0].started),
        cause=_why_not_reached(row),
        examples=examples(row, *(name for one in row for name in one.reasons if is_passing(name))),
        value=passing / now.whole,
        expected=1.0 - known,
    )


def _having(name: str) -> ShareOf:
    return lambda one: Share(one.have.get(name, 0), one.whole)


def _having_of(name: str, publisher: str) -> ShareOf:
    def share(one: Figures) -> Share:
        whole = sum(one.publisher_words.get(publisher, {}).values())
        return Share(whole - one.publisher_lacks.get(publisher, {}).get(name, 0), whole)

    return share


def _great_publishers(case: Case) -> list[str]:
    """Publishers with a great share of the texts, where there are several."""
    runs = case.usual(Monitor.LENGTH)
    sizes = merged([{name: sum(words.values()) for name, words in one.publisher_words.items()} for one in runs])
    return [name for name, texts in sizes.items() if texts >= GREAT * sum(sizes.values())] if len(sizes) > 1 else []


def _fields(case: Case) -> Verdict:
    verdicts = []
    great = _great_publishers(case)
    for name in FIELDS:
        having = _having(name)
        found = _share(case, Monitor.FIELDS, having, least=0.35, several=True)
        whose, found = _or_in_part(case, Monitor.FIELDS, found, [(one, _having_of(name, one)) for one in great], having)
        if isinstance(found, _Fallen):
            of, key = (f" of {whose}", f"{name}{LACKING}{whose}") if whose else ("", f"without {name}")
            return _fallen_finding(
                case, Monitor.FIELDS, found,
                f"of {found.fall.now.whole} articles{of} {found.fall.now.part} have {name}",
                cause=f"{name} is no longer found on the pages{of or ' of the publishers'}",
                examples=examples(found.runs, key),
            )  # fmt: skip
        verdicts.append(found)
    if Monitor.FIELDS in case.failing and None in verdicts:
        return None
    return True if any(one is True for one in verdicts) else None


def _usual_length(sizes: Mapping[str, int], at_least: int) -> int | None:
    """The class of length that nine of ten texts have at least; ``None`` of fewer texts than *at_least*."""
    total, seen = sum(sizes.values()), 0
    if total < at_least:
        return None
    for size in sorted(map(int, sizes)):
        seen += sizes[str(size)]
        if seen > 0.1 * total:
            return size
    return None


def _long_enough(shortest: int, words: Callable[[Figures], Mapping[str, int]]) -> ShareOf:
    def share(one: Figures) -> Share:
        sizes = words(one)
        # One class of grace: articles are a little shorter on some days.
        long = sum(number for size, number in sizes.items() if int(size) >= shortest - 1)
        return Share(long, sum(sizes.values()))

    return share


def _words_of(publisher: str) -> Callable[[Figures], Mapping[str, int]]:
    return lambda one: one.publisher_words.get(publisher, {})


def _length(case: Case) -> Verdict:
    """Articles are shorter than nine of ten were."""
    runs = case.usual(Monitor.LENGTH)
    shortest = {"": _usual_length(merged([one.words for one in runs]), 2 * LEAST_BEFORE)}
    if shortest[""] is None:
        return None
    long_enough = _long_enough(shortest[""], lambda one: one.words)
    found = _share(case, Monitor.LENGTH, long_enough, least=0.5)
    parts = []
    for name in _great_publishers(case):
        words = _words_of(name)
        least = shortest[name] = _usual_length(merged([words(one) for one in runs]), LEAST_BEFORE)
        if least is not None:
            parts.append((name, _long_enough(least, words)))
    whose, found = _or_in_part(case, Monitor.LENGTH, found, parts, long_enough)
    if not isinstance(found, _Fallen):
        return found
    size = shortest[whose] or 0
    least = round(1.5 ** max(0, size - 1))
    return _fallen_finding(
        case, Monitor.LENGTH, found,
        f"of {found.fall.now.whole} texts{f' of {whose}' if whose else ''} {found.fall.now.part} have {least} words"
        " or more",
        cause="articles are cut, or something else is taken for them",
        examples=examples(found.runs, *(f"words {one}" for one in range(size - 1))),
    )  # fmt: skip


def _dates(case: Case) -> Verdict:
    history = case.usual(Monitor.DATES)
    shifts = sorted(minutes for one in history for minutes in one.shifts)
    # A date that cannot be needs less evidence than one that is seldom: a zone that is an hour off shows at few posts
    # of a run where runs come every few hours.
    looks: list[tuple[ShareOf, float, float, str, str]] = [
        (lambda one: Share(one.dated - one.ahead, one.dated), 0.15, 1e-4, "are not dated in the future", "ahead"),
        (lambda one: Share(one.dated - one.late, one.dated), 0.15, 1e-5, "are not dated before the last run", "late"),
    ]
    if len(shifts) >= 20:
        low, high = shifts[len(shifts) // 20] - 45, shifts[-1 - len(shifts) // 20] + 45
        looks.append(
            (
                lambda one: Share(sum(low <= minutes <= high for minutes in one.shifts), len(one.shifts)),
                0.5,
                ALPHA,
                f"are dated {low} to {high} min after their original",
                "shift",
            )
        )
    verdicts = []
    for share, least, alpha, what, key in looks:
        found = _share(case, Monitor.DATES, share, least=least, alpha=alpha, several=True)
        if isinstance(found, _Fallen):
            return _fallen_finding(
                case, Monitor.DATES, found,
                f"of {found.fall.now.whole} posts {found.fall.now.part} {what}",
                cause="the site's time zone has changed, or its dates are written otherwise",
                examples=examples(found.runs, key),
            )  # fmt: skip
        verdicts.append(found)
    return True if any(one is True for one in verdicts) else None


_LOOKS: Mapping[Monitor, Callable[[Case], Verdict]] = {
    Monitor.LISTING: _listing,
    Monitor.UNREACHABLE: _unreachable,
    Monitor.SURFACE: _surface,
    Monitor.SILENCE: _silence,
    Monitor.POSTS: _posts,
    Monitor.ATTRIBUTION: _attribution,
    Monitor.WORDING: _wording,
    Monitor.ORIGINALS: _originals,
    Monitor.PUBLISHERS: _publishers,
    Monitor.ERRORS: _errors,
    Monitor.FIELDS: _fields,
    Monitor.LENGTH: _length,
    Monitor.DATES: _dates,
}
