"""What can be wrong with the machine: the disk nearly full, the clock not right. Asks no server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from newscrawl.clock import format_span, time_text
from newscrawl.config import Config
from newscrawl.health.findings import MONITORS, Finding, Level, Monitor

__all__ = ["DateSeen", "clock_by_servers", "disk_findings", "is_nearly_full"]

_MIB = 1024 * 1024
#: A disk is nearly full where less than this is free and less than this share of it: a small one may be healthy.
LITTLE = 500 * _MIB
SMALL_SHARE = 0.05
#: Files that can still be made.
LEAST_FILES = 1_000
#: Seconds by which the clock may differ from what servers say: theirs are not always right.
CLOCK_SLACK = 300.0
#: Servers that must agree on the time within this many seconds, and how many of them.
AGREE_WITHIN = 120.0
ENOUGH_SERVERS = 3


@dataclass(frozen=True, slots=True)
class DateSeen:
    """The ``Date`` header of one host's first answer, and when it came; both in seconds since the epoch."""

    host: str
    said: float
    came: float

    @property
    def ahead(self) -> float:
        """Seconds by which our clock is ahead of the server's."""
        return self.came - self.said


def is_nearly_full(free: int, size: int, files: int | None) -> bool:
    """Whether a disk of *size* bytes with *free* bytes and *files* (``None``: not limited) left is nearly full."""
    return (free < LITTLE and free < SMALL_SHARE * size) or (files is not None and files < LEAST_FILES)


def places(config: Config) -> dict[str, Path]:
    """Where a crawl writes: the folders of the database and of feeds."""
    found: dict[str, Path] = {}
    if config.database.get_backend_name() == "sqlite":
        found["database"] = Path(str(config.database.database)).parent
    if config.folder is not None:
        found["feeds"] = config.folder / "data"
    return found


def disk_findings(where: Mapping[str, Path]) -> Iterator[Finding]:
    """One finding for each of the places whose disk is nearly full."""
    told: set[int] = set()
    for name, place in where.items():
        folder = place
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            found, device = os.statvfs(folder), folder.stat().st_dev
        except OSError:
            continue  # `doctor` says what is wrong with the place itself
        if device in told:
            continue
        told.add(device)
        free, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
        files = found.f_favail if found.f_files else None
        if is_nearly_full(free, size, files):
            yield Finding(
                monitor=Monitor.DISK,
                level=Level.FAILING,
                scope="",
                name=name,
                what=f"{free // _MIB} MiB of {size // _MIB} MiB are free in {folder}"
                + (f", and {files} files can still be made" if files is not None and files < LEAST_FILES else ""),
                cause="the disk is nearly full",
                advice=MONITORS[Monitor.DISK],
                value=float(free),
                expected=float(min(LITTLE, int(SMALL_SHARE * size))),
            )


def clock_by_servers(seen: Sequence[DateSeen]) -> Finding | None:
    """What the servers' own clocks say of ours.

    One server may be wrong. Three that agree with one another within two minutes and not with us within five are not;
    nor is the only one that was asked, where it is wrong by more than an hour.
    """
    if not seen:
        return None
    middle = median(one.ahead for one in seen)
    agreeing = [one for one in seen if abs(one.ahead - middle) <= AGREE_WITHIN]
    enough = len(agreeing) >= ENOUGH_SERVERS and len(agreeing) > 0.6 * len(seen)
    alone = len(seen) < ENOUGH_SERVERS and len(agreeing) == len(seen) and abs(middle) > 3600
    if abs(middle) <= CLOCK_SLACK or not (enough or alone):
        return None
    way = "ahead of" if middle > 0 else "behind"
    return Finding(
        monitor=Monitor.CLOCK,
        level=Level.FAILING,
        scope="",
        name="clock",
        what=f"it is {format_span(abs(middle))} {way} what {len(agreeing)} of {len(seen)} servers say",
        since=time_text(min(one.came for one in seen)),
        cause="this machine's clock is not right",
        examples=tuple(f"{one.host}={time_text(one.said)}" for one in agreeing[:3]),
        advice=MONITORS[Monitor.CLOCK],
        value=middle,
        expected=0.0,
    )
