"""``scrapy forget --url|--publisher|--id …``: take articles down, for good."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from newscrawl.console import NewscrawlCommand, opened_database
from newscrawl.errors import UserError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.storage.forget import Forgotten

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+\Z")


class Command(NewscrawlCommand):
    """Take-down: text leaves the database, versions, signatures and later exports; it does not come back."""

    def syntax(self) -> str:
        return "--url URL | --publisher DOMAIN | --id ID"

    def short_desc(self) -> str:
        return "Take articles down for good"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", action="append", default=[], help="address of a post, an article or an original")
        parser.add_argument("--publisher", action="append", default=[], help="domain: all articles of a publisher")
        parser.add_argument("--id", action="append", default=[], help="id of a record")
        parser.add_argument("--dry-run", action="store_true", help="say what would be taken down, and change nothing")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.config import Config
        from newscrawl.storage.forget import Forgotten, note, records_of, take_down

        assert self.settings is not None
        wishes: list[Forgotten] = [
            *(Forgotten("url", _url(one)) for one in opts.url),
            *(Forgotten("publisher", _domain(one)) for one in opts.publisher),
            *(Forgotten("id", _id(one)) for one in opts.id),
        ]
        if not wishes:
            raise UserError("forget needs --url, --publisher or --id")
        with opened_database(Config.from_settings(self.settings), write=not opts.dry_run) as connection:
            for wish in wishes:
                ids = records_of(connection, wish)
                if not opts.dry_run:
                    note(connection, wish)
                    take_down(connection, ids)
                done = "would be taken down" if opts.dry_run else "taken down"
                print(f"{wish.kind} {escape_controls(wish.given)}: {len(ids)} records {done}")
                for one in ids:
                    print(f"  {one}")
        if not opts.dry_run:
            print(
                "Delete these ids from exports made before (scrapy export --since-export DIR lists them as tombstones);"
                " feeds, archives and backups of the database keep what they hold"
            )


def _url(value: str) -> str:
    from newscrawl.urls import record_id

    try:
        record_id(value)
    except ValueError:
        raise UserError(f"--url {escape_controls(value)[:200]!r}: must be an http(s) address") from None
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.match(value.lower()):
        raise UserError(f"--publisher {escape_controls(value)[:200]!r}: must be a domain such as example.com")
    return value.lower()


def _id(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", value):
        raise UserError(f"--id {escape_controls(value)[:200]!r}: must be the 32 hex digits of a record")
    return value
