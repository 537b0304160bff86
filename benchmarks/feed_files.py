"""``python -m benchmarks.feed_files FOLDER``: test files of other feed readers, against what they expect.

The files are not part of the project. FOLDER, or the environment's ``NEWSCRAWL_FEED_FILES``, holds, in any depth:

- test files of feedparser (``tests/`` of its source distribution): a feed each, whose first comment has an
  ``Expect:`` line. Of it are judged how many entries there are, their links, titles (as text), and their dates;
- ``*.tsv``: a date as it stands in a feed, a tab, and the instant in UTC that it means (``YYYY-MM-DDTHH:MM:SSZ``;
  empty: it is no date; ``*``: any date will do).

A date is right where it is the expected instant to the precision that is given with it: of a date whose zone is not
said only the day is known, which has to hold the instant in some zone. Where no date is due since its hour or zone is
senseless, the day that stands in it may be read all the same: an uncertain hour loses no post. Those are listed apart
(``days_kept``). Crashes are counted for every file that is read.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import write_result
from newscrawl.html.dom import plain_title
from newscrawl.html.times import Moment
from newscrawl.posts import possible_times
from newscrawl.surfaces.parsing.feed import Feed, FeedEntry, parse_feed
from newscrawl.surfaces.parsing.feedtime import feed_time

__all__ = ["Judged", "judge_date", "judge_file", "main"]

URL = "http://127.0.0.1:8097/feed.xml"
_EXPECT = re.compile(rb"Expect:\s*(.+)")
_TYPE = re.compile(rb"Header:\s*Content-type:\s*(.+)", re.IGNORECASE)
_COUNT = re.compile(r"len\(entries\) == (\d+)")
_DATE = re.compile(
    r"entries\[(\d+)\]\['?(published|updated|created|date|modified|issued)_parsed'?\] == "
    r"\((\d+), (\d+), (\d+), (\d+), (\d+), (\d+)"
)
_LINK = re.compile(r"entries\[(\d+)\]\['link'\] == u?'([^']*)'")
_TITLE = re.compile(r"entries\[(\d+)\]\['title'\] == u?'([^'\\]*)'")
_ENTRY = re.compile(r"entries\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Judged:
    """One expectation: ``kind`` (``entries``, ``link``, ``title``, ``date``); ``wrong``: ``None`` where it is met."""

    kind: str
    wrong: str | None = None


def judge_date(found: Moment | None, expected: str) -> str | None:
    """Why *found* is not the *expected* date; ``None`` where it is."""
    if expected == "*":
        return None if found is not None else "no date is read"
    if not expected:
        return None if found is None else f"{found.at} ({found.precision}) is read where no date was due"
    if found is None:
        return f"no date is read, {expected} was due"
    first, last = possible_times(found.at, found.precision)
    exact = found.at[:16] == expected[:16] if found.precision == "minute" else found.at == expected
    if exact or (found.precision == "day" and first <= expected <= last):
        return None
    return f"{found.at} ({found.precision}) is read, {expected} was due"


def judge_file(body: bytes) -> list[Judged]:
    """What a test file of feedparser expects of its entries. Raises whatever the parser raises."""
    head = body[:4_000]
    given = _TYPE.search(head)
    feed = parse_feed(body, URL, given[1].decode("latin-1").strip() if given else None)
    expected = _EXPECT.search(head)
    if expected is None or feed.kind == "comments":
        return []
    text = expected[1].decode("utf-8", "replace")
    if text.strip().startswith("not bozo or") or ("bozo" in text and "not bozo" not in text):
        return []  # about broken files, of which nothing is promised
    judged = [Judged("entries", _entries_wrong(feed, text))] if _ENTRY.search(text) or _COUNT.search(text) else []
    for found in _DATE.finditer(text):
        entry = _nth(feed, int(found[1]))
        moment = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*(int(one) for one in found.groups()[2:]))
        if entry is not None:
            judged.append(Judged("date", _date_wrong(entry, found[2], moment)))
    for found in _LINK.finditer(text):
        entry = _nth(feed, int(found[1]))
        if entry is not None and found[2]:
            judged.append(Judged("link", None if entry.url == found[2] else f"{entry.url} is read, {found[2]} was due"))
    for found in _TITLE.finditer(text):
        entry, due = _nth(feed, int(found[1])), plain_title(found[2])
        if entry is not None and due:
            judged.append(Judged("title", None if entry.title == due else f"{entry.title!r} is read, {due!r} was due"))
    return judged


def _nth(feed: Feed, number: int) -> FeedEntry | None:
    return feed.entries[number] if number < len(feed.entries) else None


def _entries_wrong(feed: Feed, text: str) -> str | None:
    counted = _COUNT.search(text)
    if counted is not None:
        due = int(counted[1])
        return None if len(feed.entries) == due else f"{len(feed.entries)} entries are read, {due} were due"
    due = max(int(found[1]) for found in _ENTRY.finditer(text)) + 1
    return None if len(feed.entries) >= due else f"{len(feed.entries)} entries are read, at least {due} were due"


def _date_wrong(entry: FeedEntry, name: str, expected: str) -> str | None:
    """An entry's only date is its publication, whatever its feed calls it."""
    times = [Moment(entry.published_at, entry.published_precision or "second")] if entry.published_at else []
    if name in ("updated", "modified", "date") and entry.modified_at:
        times.insert(0, Moment(entry.modified_at, "second"))
    wrong = [judge_date(one, expected) for one in times] or [judge_date(None, expected)]
    return None if None in wrong else wrong[0]


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        value, tab, expected = line.rpartition("\t")
        if tab:
            yield value, expected.strip()


def _stands_in(day: str, value: str) -> bool:
    """Whether year and day of the month of *day* stand in *value*."""
    numbers = {int(one) for one in re.findall(r"\d+", value)}
    return {int(day[:4]), int(day[8:10])} <= numbers


def main(words: Sequence[str] | None = None) -> int:
    """Judge a folder, print what is wrong, write ``results/feed_files.json``; 1 below 99 % or with a crash."""
    given = list(sys.argv[1:] if words is None else words) or [os.environ.get("NEWSCRAWL_FEED_FILES", "")]
    folder = Path(given[0]) if given[0] else None
    if folder is None or not folder.is_dir():
        print("skipped: no folder of test files is given (see the module)", file=sys.stderr)
        return 0
    counts: Counter[str] = Counter()
    days_kept: list[dict[str, str]] = []
    wrong: list[dict[str, Any]] = []
    crashes: list[str] = []
    for path in sorted(Path(one) / name for one, _, names in os.walk(folder, followlinks=True) for name in names):
        where = str(path.relative_to(folder))
        if path.suffix == ".tsv":
            for value, expected in _rows(path):
                counts["dates"] += 1
                found = feed_time(value)
                if (why := judge_date(found, expected)) is None:
                    continue
                if not expected and found is not None and found.precision == "day" and _stands_in(found.at, value):
                    days_kept.append({"file": where, "what": f"date {value!r}", "read": found.at[:10]})
                else:
                    wrong.append({"file": where, "what": f"date {value!r}", "wrong": why})
            continue
        if path.suffix not in (".xml", ".json", ".rss", ".atom", ".rdf"):
            continue
        counts["files"] += 1
        try:
            judged = judge_file(path.read_bytes())
        except Exception as error:
            crashes.append(f"{where}: {error!r}"[:300])
            continue
        for one in judged:
            counts["dates" if one.kind == "date" else one.kind] += 1
            if one.wrong is not None:
                wrong.append({"file": where, "what": one.kind, "wrong": one.wrong})
    expectations = counts["dates"] + counts["entries"] + counts["link"] + counts["title"]
    share = 1 - len(wrong) / max(1, expectations)
    dates_wrong = sum(1 for one in wrong if one["what"].startswith("date"))
    for row in wrong:
        print(f"{row['file']}: {row['what']}: {row['wrong']}")
    for line in crashes:
        print("crash:", line)
    print(f"{counts['files']} files, {expectations} expectations, {share:.2%} right, {len(crashes)} crashes")
    figures = {
        "files": counts["files"],
        "crashes": crashes,
        "expectations": dict(counts),
        "right": round(share, 4),
        "dates_right": round(1 - dates_wrong / max(1, counts["dates"]), 4),
        "right_where_a_kept_day_is_wrong": round(share - len(days_kept) / max(1, expectations), 4),
        "days_kept": days_kept,
        "wrong": wrong,
    }
    write_result("feed_files", figures)
    return 1 if crashes or share < 0.99 else 0


if __name__ == "__main__":
    raise SystemExit(main())
