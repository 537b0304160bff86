"""Options that say which records are meant, the same for `export` and `show --list`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from newscrawl.console import moment_option
from newscrawl.errors import UserError
from newscrawl.outcomes import Outcome
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.datasets.query import Query

__all__ = ["add_filters", "one_of", "query_of"]

#: Options that take several values, and what each narrows down to.
_LISTS = {
    "language": "only these languages (BCP 47; en takes en-GB in)",
    "publisher": "only these publishers, by domain",
    "outcome": f"only these outcomes: {', '.join(Outcome)} (default: all but failed)",
    "site": "only posts of these aggregators, by base URL",
    "cluster": "only these clusters, by id",
}


def add_filters(parser: argparse.ArgumentParser, *, rights: str) -> None:
    """Add the options to *parser*; *rights* is the default of ``--rights``."""
    add = parser.add_argument
    add("--since", metavar="DATE", help="only records published then or later")
    add("--until", metavar="DATE", help="only records published before")
    add("--changed-since", metavar="DATE", help="only records made or changed then or later, and what was taken down")
    for name, what in _LISTS.items():
        add(f"--{name}", action="append", default=[], metavar="A,B", help=what)
    add(
        "--one-per-cluster",
        nargs="?",
        const="first",
        metavar="WHICH",
        help="of near-duplicates one record alone: original (the first whose original was had), first (the default),"
        " longest",
    )
    add("--versions", help="latest (the default), or all: what each record was before as well")
    add("--duplicates", help="mark, drop or drop-near (default: NEWSCRAWL_DUPLICATES)")
    words = "open (open licences only), no-optout (texts that opted out are withheld) or all"
    add("--rights", default=rights, help=f"{words} (default: {rights})")


def query_of(opts: argparse.Namespace, duplicates: str) -> Query:
    """What the options ask for; *duplicates* where ``--duplicates`` is not given.

    Raises:
        UserError: an option is malformed, or two contradict each other.
    """
    from newscrawl.datasets.query import Query
    from newscrawl.net.rights import POLICIES
    from newscrawl.storage.duplicates import REPRESENTATIVES

    since, until = moment_option("since", opts.since), moment_option("until", opts.until)
    if since and until and since >= until:
        raise UserError("--since must be before --until")
    lists: dict[str, Any] = {
        f"{name}s": tuple(
            sorted({one.strip() for given in getattr(opts, name) for one in given.split(",") if one.strip()})
        )
        for name in _LISTS
    }
    for outcome in lists["outcomes"]:
        one_of("outcome", outcome, tuple(Outcome))
    return Query(
        since=since,
        until=until,
        changed_since=moment_option("changed-since", opts.changed_since),
        one_per_cluster=one_of("one-per-cluster", opts.one_per_cluster, REPRESENTATIVES),
        versions=one_of("versions", opts.versions, ("latest", "all")) or "latest",
        duplicates=one_of("duplicates", opts.duplicates, ("mark", "drop", "drop-near")) or duplicates,
        rights=one_of("rights", opts.rights, POLICIES) or "no-optout",
        **lists,
    )


def one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    """*value* of the option *name*. Raises :class:`UserError` where it is not *allowed*; ``None`` is."""
    if value is not None and value not in allowed:
        raise UserError(f"--{name} {escape_controls(value)!r}: must be one of {', '.join(allowed)}")
    return value
