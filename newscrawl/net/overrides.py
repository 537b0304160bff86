"""Host overrides: where a *name* (and port) really goes, like curl's ``--connect-to``. Pure, no I/O.

``NEWSCRAWL_HOST_OVERRIDES`` is JSON, pattern to target, first match wins::

    {"dnyuz.test:8950": "127.0.0.1:8950", "*.test:8960": "127.0.0.1:8960"}

Only the address that is dialled changes: URL, ``Host`` header, SNI and the
certificate check keep the name. An override excepts that name from the address
policy, never the literal address nor another name that resolves to it.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import Any

from newscrawl.text import escape_controls

__all__ = ["HostOverrides"]

#: More patterns than any test bed or mirror needs; each lookup may try them all.
MAX_OVERRIDES = 10_000


@dataclass(frozen=True)
class _Override:
    host: re.Pattern[str]
    port: int | None  # None: any
    target: tuple[str, int]


def _show(value: object) -> str:
    return escape_controls(str(value)[:100])


def _port(text: str, what: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise ValueError(f"host overrides: {what} has no valid port")
    return int(text)


def _host_pattern(host: str) -> re.Pattern[str]:
    # `*` stands for any run of characters, dots included; runs of it are one.
    parts = re.split(r"\*+", host)
    return re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)


def _entry(pattern: str, target: Any) -> _Override:
    shown = f"{_show(pattern)!r}"
    host, colon, port = pattern.strip().rpartition(":")
    if not colon or not host:
        raise ValueError(f"host overrides: the pattern {shown} is not host:port")
    if host.startswith("[") or ":" in host or _is_address(host):
        raise ValueError(f"host overrides: the pattern {shown} is an address; overrides are for names")
    try:
        ascii_host = host.lower().rstrip(".").encode("idna").decode("ascii") if not host.isascii() else host.lower()
    except UnicodeError:
        raise ValueError(f"host overrides: the pattern {shown} is not a host name") from None
    if not isinstance(target, str):
        raise ValueError(f"host overrides: the target of {shown} is not a string ip:port")
    address, colon, target_port = target.strip().rpartition(":")
    bare = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    if not colon or not _is_address(bare) or (":" in bare) != address.startswith("["):
        raise ValueError(f"host overrides: the target of {shown} is not ip:port (an address, not a name)")
    return _Override(
        host=_host_pattern(ascii_host.rstrip(".")),
        port=None if port == "*" else _port(port, f"the pattern {shown}"),
        target=(str(ipaddress.ip_address(bare)), _port(target_port, f"the target of {shown}")),
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class HostOverrides:
    """The parsed overrides; the empty instance overrides nothing."""

    entries: tuple[_Override, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> HostOverrides:
        """Overrides from JSON *text*; empty text overrides nothing.

        Raises ``ValueError`` with one line saying what is wrong.
        """
        if not text.strip():
            return cls()
        try:
            # Pairs, not a dict: order decides, and a pattern given twice must not change it.
            pairs = json.loads(text, object_pairs_hook=tuple)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"host overrides: not JSON ({_show(error)})") from None
        if text.lstrip()[0] != "{":
            raise ValueError('host overrides: not a JSON object such as {"name.test:8950": "127.0.0.1:8950"}')
        if len(pairs) > MAX_OVERRIDES:
            raise ValueError(f"host overrides: more than {MAX_OVERRIDES} patterns")
        return cls(tuple(_entry(pattern, target) for pattern, target in pairs))

    def lookup(self, host: str, port: int) -> tuple[str, int] | None:
        """``(ip, port)`` to dial for the name *host* (ASCII) and *port*, or ``None``. Never for a literal address."""
        if not self.entries:
            return None
        name = host.lower().rstrip(".")
        # Only what ends in a digit or holds a colon can be an address.
        if not name or ((name[-1] in "0123456789]" or ":" in name) and _is_address(name.strip("[]"))):
            return None
        for entry in self.entries:
            if (entry.port is None or entry.port == port) and entry.host.fullmatch(name):
                return entry.target
        return None

    def targets(self) -> frozenset[tuple[str, int]]:
        """Every ``(ip, port)`` that some override leads to."""
        return frozenset(entry.target for entry in self.entries)
