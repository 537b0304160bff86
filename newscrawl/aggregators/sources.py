"""Addresses given on the command line or in a file (``feeds=``, ``url=``, ``urls=``). Reads local files, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from newscrawl.errors import UserError
from newscrawl.net.policy import Policy, UrlRefused, check_url
from newscrawl.text import escape_controls
from newscrawl.urls import canonical_url, record_id

__all__ = ["digest", "read_addresses"]

#: Bytes of a file and addresses that are read at most.
MAX_FILE = 64 * 1024 * 1024
MOST = 1_000_000


def digest(addresses: Sequence[str]) -> str:
    """12 hex digits that tell one set of addresses from another, whatever their order."""
    return hashlib.sha256("\n".join(sorted(addresses)).encode()).hexdigest()[:12]


def read_addresses(name: str, value: str, policy: Policy, *, split: bool = True) -> list[str]:
    """The addresses that argument *name* gives, in order, each once.

    *value*: addresses (comma-separated with *split*), or the path of a file: one a line (``#`` begins a
    comment), or OPML.

    Raises:
        UserError: one line, for a file that cannot be read and for the first address that is none or may not be asked.
    """
    value = feed_address(value)
    if value.lower().startswith(("http://", "https://")):
        given = [feed_address(part.strip()) for part in value.split(",")] if split else [value]
        lines = [(0, part) for part in given if part]
    else:
        lines = _file(name, value)
    found: dict[str, None] = {}
    for number, line in lines:
        try:
            check_url(line, policy=policy)
            record_id(line)
            canonical_url(line)
        except (UrlRefused, ValueError) as refused:
            where = f" (line {number} of {escape_controls(value)[:200]})" if number else ""
            why = refused if isinstance(refused, UrlRefused) else f"{escape_controls(line)[:200]}: is no address"
            raise UserError(f"argument {name}: {why}{where}") from None
        found[line] = None
    if not found:
        raise UserError(f"argument {name}: {escape_controls(value)[:200]} holds no address")
    if len(found) > MOST:
        raise UserError(f"argument {name}: more than {MOST} addresses")
    return list(found)


def feed_address(value: str) -> str:
    """*value* with ``http`` or ``https`` in place of the scheme ``feed:`` that readers were once called with."""
    if not value.lower().startswith("feed:"):
        return value
    rest = value[5:]
    return rest if rest.lower().startswith(("http://", "https://")) else f"http://{rest.lstrip('/')}"


def _file(name: str, value: str) -> list[tuple[int, str]]:
    path = Path(value).expanduser()
    shown = escape_controls(value)[:200]
    try:
        if path.stat().st_size > MAX_FILE:
            raise UserError(f"argument {name}: {shown} is larger than {MAX_FILE >> 20} MiB")
        body = path.read_bytes()
    except OSError as error:
        raise UserError(f"argument {name}: {shown}: {error.strerror}") from None
    if body.lstrip()[:1] == b"<":
        from newscrawl.surfaces.parsing.feed import parse_opml

        return [(0, url) for url in parse_opml(body)]
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = [
        (number, feed_address(line.partition(" #")[0].strip())) for number, line in enumerate(text.splitlines(), 1)
    ]
    return [(number, line) for number, line in lines if line and not line.startswith("#")]
