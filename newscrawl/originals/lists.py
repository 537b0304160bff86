"""A publisher's lists as they are kept: entries of its news sitemap, sitemaps, feeds and pages. Pure, no I/O."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from newscrawl.originals.ranking import MOST_ENTRIES, Entry

__all__ = ["LIST_NAMES", "Lists", "Read"]

#: The lists in the order in which they are asked for, cheapest first; what `resolved_by` and ``scrapy show`` call them.
LIST_NAMES = ("news_sitemap", "sitemap", "feed", "rest", "section", "search")
#: Characters of a title and of an address that are kept.
MOST_TITLE, MOST_URL = 300, 2_000
#: Bytes of kept entries that are unpacked at most.
MOST_BYTES = 32 * 2**20


@dataclass(slots=True)
class Read:
    """When a list was read (seconds since 1970), and how many posts' originals it named that were proven."""

    at: float
    found: int = 0


@dataclass(slots=True)
class Lists:
    """What is known of one publisher's lists. *cut*: entries left out, beyond :data:`~.ranking.MOST_ENTRIES`."""

    read: dict[str, Read] = field(default_factory=dict)
    failures: int = 0
    due: float = 0.0
    cut: int = 0
    _entries: dict[str, tuple[Entry, str]] = field(default_factory=dict)

    def add(self, name: str, entries: Iterable[Entry]) -> int:
        """Take entries of the list *name*; how many of them are new. One with a title replaces one without."""
        new = 0
        for entry in entries:
            if len(entry.url) > MOST_URL:
                continue
            before = self._entries.get(entry.url)
            if before is None:
                if len(self._entries) >= MOST_ENTRIES:
                    self.cut += 1
                    continue
                new += 1
                self._entries[entry.url] = (entry, name)
            elif entry.title and not before[0].title:
                dated = Entry(
                    entry.url, entry.title, entry.published_at or before[0].published_at, before[0].changed_at
                )
                self._entries[entry.url] = (dated, name)
        return new

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def named_by(self, url: str) -> str | None:
        """The list that named *url*."""
        found = self._entries.get(url)
        return found[1] if found is not None else None

    # --- in the database ---------------------------------------------------------------------------------------

    def read_json(self) -> dict[str, list[Any]]:
        """When each list was read, as plain JSON."""
        return {name: [one.at, one.found] for name, one in self.read.items()}

    def packed(self) -> bytes:
        """The entries, gzipped."""
        rows = [
            [entry.url, (entry.title or "")[:MOST_TITLE] or None, entry.published_at, entry.changed_at, name]
            for entry, name in self._entries.values()
        ]
        return gzip.compress(orjson.dumps(rows), compresslevel=5, mtime=0)

    @classmethod
    def kept(cls, read: dict[str, list[Any]], packed: bytes | None, failures: int, due: float) -> Lists:
        """The inverse of :meth:`read_json` and :meth:`packed`; what cannot be unpacked is read anew."""
        lists = cls(failures=failures, due=due)
        try:
            unpacked = zlib.decompressobj(31).decompress(packed or b"", MOST_BYTES)
            rows = orjson.loads(unpacked) if packed else []
        except (zlib.error, orjson.JSONDecodeError):
            return lists
        lists.read = {name: Read(float(at), int(found)) for name, (at, found) in read.items() if name in LIST_NAMES}
        for url, title, published_at, changed_at, name in rows:
            lists._entries[url] = (Entry(url, title, published_at, changed_at), name)
        return lists
