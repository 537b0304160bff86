"""Scrapy's feeds, checked before the crawl, and told when one of them cannot be written.

Scrapy logs a traceback for each record and ends with status 0: a full disk
passes for a whole feed, and so does a storage whose library is missing.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter
from scrapy.utils.conf import feed_complete_default_values_from_settings
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.misc import load_object
from scrapy.utils.python import without_none_values

from newscrawl.crawling.run import Run
from newscrawl.datasets.exporters import Unclosed, chosen_fields
from newscrawl.datasets.rights import released
from newscrawl.errors import UserError
from newscrawl.items import Record
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

__all__ = ["WatchedFeedExporter", "ZstdPlugin", "check_feeds"]

logger = logging.getLogger("newscrawl.datasets.feeds")

#: Forms that newscrawl writes itself; they take the record's fields, with dotted columns or without.
_OURS = {"jsonl": False, "jsonlines": False, "jl": False, "csv": True}
_CREDENTIALS = re.compile(r"//[^/@]*@")
#: Endings that say how a feed is packed, and the plugin that packs it.
_PACKED = {".zst": "newscrawl.datasets.feeds.ZstdPlugin", ".gz": "scrapy.extensions.postprocessing.GzipPlugin"}


def check_feeds(settings: BaseSettings, *, again: bool = False) -> list[str]:
    """Judge ``FEEDS`` before the first request, and let a feed whose name ends in ``.gz`` or ``.zst`` be packed.

    Args:
        again: the crawl delivers what was delivered before as well (``deliver=all``).

    Returns: warnings, a line each.

    Raises:
        UserError: a feed could not be written, or not as it asks for.
    """
    feeds = settings.getdict("FEEDS")
    told: list[str] = []
    for given, options in feeds.items():
        uri = str(given)
        name = f"the feed {escape_controls(uri)[:200]}"
        if not isinstance(options, dict):
            raise UserError(f"setting FEEDS: the options of {name} are no object")
        whole = feed_complete_default_values_from_settings(dict(options), settings, uri)
        _check_form(name, whole, settings)
        _check_storage(name, uri, whole, settings)
        packing = _PACKED.get(os.path.splitext(urlsplit(uri).path)[1])
        if packing and "postprocessing" not in options:
            options["postprocessing"] = [packing]
        path = _local_path(uri)
        if options.get("overwrite") and not again and path and os.path.isfile(path) and os.path.getsize(path):
            told.append(
                f"{name} replaces what is in it ({os.path.getsize(path)} bytes) by the records of this run: "
                "to add to it use -o, to have all records again use deliver=all"
            )
    settings.set("FEEDS", feeds, priority=settings.getpriority("FEEDS") or 0)
    return told


def _check_form(name: str, options: dict[str, Any], settings: BaseSettings) -> None:
    form = options.get("format")
    exporters = without_none_values(settings.getwithbase("FEED_EXPORTERS"))
    if form not in exporters:
        raise UserError(
            f"setting FEEDS: {name} has the unknown format {form!r} (known: {', '.join(sorted(exporters))})"
        )
    if form in _OURS:
        try:
            chosen_fields(options.get("fields"), flat=_OURS[form])
        except ValueError as error:
            raise UserError(f"setting FEEDS or FEED_EXPORT_FIELDS, {name}: {error}") from None
    for what in ("uri_params", "item_filter"):
        function = options.get(what)
        if isinstance(function, str):
            try:
                load_object(function)
            except (ImportError, ValueError, NameError, AttributeError) as error:
                raise UserError(f"setting FEEDS: {what} of {name} cannot be loaded: {error}") from None


def _check_storage(name: str, uri: str, options: dict[str, Any], settings: BaseSettings) -> None:
    storages = without_none_values(settings.getwithbase("FEED_STORAGES"))
    scheme = urlsplit(uri).scheme
    if _local_path(uri) is not None or scheme not in storages:
        if scheme and scheme not in storages and _local_path(uri) is None:
            known = ", ".join(sorted(one for one in storages if one))
            raise UserError(f"setting FEEDS: {name} is of an unknown kind of storage (known: {known})")
        return
    try:
        load_object(storages[scheme])
        if scheme == "s3":
            import botocore  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
        if scheme == "gs":
            import google.cloud.storage  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    except (ImportError, NotConfigured) as error:
        raise UserError(f"setting FEEDS: {name} needs a library that is not installed: {error}") from None


def _local_path(uri: str) -> str | None:
    """The path of a feed that is a file of this machine without placeholders, else ``None``."""
    parts = urlsplit(uri)
    if "%(" in uri or parts.scheme not in ("", "file"):
        return None
    return parts.path if parts.scheme == "file" else uri


class ZstdPlugin:
    """Packs a feed by Zstandard (``postprocessing`` of ``FEEDS``; taken by itself for a name that ends in ``.zst``)."""

    def __init__(self, file: IO[bytes], feed_options: dict[str, Any]) -> None:
        import pyarrow as pa

        self._packed = pa.CompressedOutputStream(pa.PythonFile(Unclosed(file), mode="w"), "zstd")

    def write(self, data: bytes | memoryview) -> int:
        """Pack *data*."""
        self._packed.write(bytes(data))
        return len(data)

    def close(self) -> None:
        """Write what is left; the feed's own file stays open."""
        self._packed.close()


class WatchedFeedExporter(FeedExporter):
    """A feed that cannot be written is given up with one line, and the run ends with status 4; the others go on.

    Nothing is lost: what a feed lacks is in the database. What ``NEWSCRAWL_RIGHTS`` withholds goes into no feed.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WatchedFeedExporter:
        try:
            return super().from_crawler(crawler)
        except NotConfigured:
            if crawler.settings.getdict("FEEDS"):
                _problem(crawler, "no feed is written: one of FEEDS cannot be (see the log above)")
            raise

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rights = str(crawler.settings.get("NEWSCRAWL_RIGHTS") or "all")

    def open_spider(self, spider: Spider) -> None:
        try:
            super().open_spider(spider)
        except Exception as error:  # a function of `uri_params` is the user's: it may raise anything
            logger.exception("The feeds cannot be opened")
            self.slots = []
            _problem(self.crawler, f"cannot open the feeds: {escape_controls(error)[:300]}")

    def item_scraped(self, item: Any, spider: Spider) -> None:
        if isinstance(item, Record):
            free = released(item, self._rights)
            if free is None:
                self.crawler.stats.inc_value("newscrawl/feeds/left_out_for_rights")
                return
            if free.text is None and item.text is not None:
                self.crawler.stats.inc_value("newscrawl/feeds/texts_withheld")
            item = free
        kept: list[Any] = []
        for slot in self.slots:
            self.slots = [slot]
            try:
                super().item_scraped(item, spider)
            except OSError as error:
                self._give_up(slot, error)
            else:
                kept += self.slots
        self.slots = kept

    async def close_spider(self, spider: Spider) -> None:
        # Before the first await: the end of the run is entered with what is found here.
        for slot in list(self.slots):
            try:
                if slot.file is not None:
                    slot.file.flush()
            except OSError as error:
                self.slots.remove(slot)
                self._give_up(slot, error)
        await super().close_spider(spider)

    async def _close_slot(self, slot: Any, spider: Spider) -> None:
        """Close a feed. Scrapy logs that its storage refused it (a server that is away) and goes on."""
        store = slot.storage.store

        async def watched(file: IO[bytes]) -> Any:
            try:
                return await ensure_awaitable(store(file))
            except Exception as error:  # each storage raises its own
                _problem(self.crawler, _not_written(slot.uri, error))
                raise

        slot.storage.store = watched
        await super()._close_slot(slot, spider)

    def _give_up(self, slot: Any, error: OSError) -> None:
        with suppress(OSError):
            if slot.file is not None:
                slot.file.close()
        self.crawler.stats.inc_value(f"feedexport/failed_count/{type(slot.storage).__name__}")
        _problem(self.crawler, _not_written(slot.uri, error))


def _not_written(uri: str, error: Exception) -> str:
    """In words that a feed was not written, without what an address says of user and password."""
    why = getattr(error, "strerror", None) or error
    where = escape_controls(_CREDENTIALS.sub("//", uri))[:300]
    words = "(the records are in the database: -a deliver=all writes them again)"
    return f"cannot write the feed {where}: {escape_controls(why)[:300]} {words}"


def _problem(crawler: Crawler, message: str) -> None:
    """Let the run end with status 4 and this message; without a run of ours it is logged."""
    try:
        run = Run.of(crawler)
    except KeyError:
        logger.error("%s", message)
    else:
        run.problem(message)
