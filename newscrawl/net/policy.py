"""The address policy: which URLs and addresses a stranger's link may make us ask. Pure, no I/O.

The same rules hold before scheduling, on every redirect and meta refresh, and
when a name has been looked up (:mod:`newscrawl.net.resolver`). URLs are read as
browsers read them (WHATWG URL Standard, by ada), so that a notation of an
address is judged as that address. Ranges are listed explicitly:
``ipaddress.is_global`` is True for NAT64, 6to4, ``fec0::`` and multicast.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import ada_url

from newscrawl.net.overrides import HostOverrides
from newscrawl.text import escape_controls

__all__ = [
    "DEFAULT_POLICY",
    "DEFAULT_PORTS",
    "Policy",
    "UrlRefused",
    "check_address",
    "check_answer",
    "check_name",
    "check_url",
    "parse_ports",
]

#: Ports a page may name unless the setting says otherwise.
DEFAULT_PORTS = frozenset({80, 443, 8080, 8443})
#: Longest URL asked, in characters; longer ones are attacks or broken pages.
MAX_URL = 8_192

_SCHEME_PORTS = {"http": 80, "https": 443}
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)

# IANA IPv4 special-purpose registry (RFC 6890 and successors) where it is not
# globally reachable, multicast, the reserved block, and single addresses of
# cloud metadata services that stand in public space.
_IPV4_REFUSED: tuple[tuple[ipaddress.IPv4Network, str], ...] = tuple(
    (ipaddress.IPv4Network(net), why)
    for net, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

# Global unicast is 2000::/3 (RFC 4291); everything outside it is refused by
# that alone and named here only for the message. Whatever embeds an IPv4
# address is refused whole: a translator would reach the inside with it.
_IPV6_GLOBAL = ipaddress.IPv6Network("2000::/3")
_IPV6_REFUSED: tuple[tuple[ipaddress.IPv6Network, str], ...] = tuple(
    (ipaddress.IPv6Network(net), why)
    for net, why in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "v4-mapped"),
        ("::ffff:0:0:0/96", "v4-translated"),
        ("::/96", "v4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001::/23", "protocol assignments, Teredo, ORCHID"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

# Names that are never public (RFC 6761, 6762 with its appendix G, 8375, and
# ICANN's reservation of `internal`), whatever a resolver answers for them.
_PRIVATE_SUFFIXES = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa"}
)


class UrlRefused(ValueError):  # noqa: N818 - the name users script against
    """A URL or address that the policy forbids.

    ``reason`` is a short word: ``scheme``, ``port``, ``userinfo``,
    ``single-label``, ``private-name``, ``private-address``, ``mixed-dns``,
    ``invalid``. Raised by this module and by the resolver.
    """

    def __init__(self, reason: str, detail: str, subject: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"refused ({reason}): {detail}: {escape_controls(subject[:200])}")

    @property
    def way_out(self) -> str:
        """What to do where the address is a server of one's own, to follow the message; ``""`` for other refusals."""
        if self.reason not in ("private-address", "private-name", "single-label"):
            return ""
        return (
            "; a server of your own is reached by a public-looking name: "
            """NEWSCRAWL_HOST_OVERRIDES='{"news.test:8080": "127.0.0.1:8080"}' and http://news.test:8080"""
        )


@dataclass(frozen=True)
class Policy:
    """What may be asked. There is no switch that turns the policy off."""

    ports: frozenset[int] = DEFAULT_PORTS
    overrides: HostOverrides = field(default_factory=HostOverrides)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any] | Any) -> Policy:
        """The policy of ``NEWSCRAWL_PORTS`` and ``NEWSCRAWL_HOST_OVERRIDES`` (anything with ``get``).

        Raises ``ValueError`` with one line when either is malformed.
        """
        try:
            ports = parse_ports(settings.get("NEWSCRAWL_PORTS"))
        except ValueError as error:
            raise ValueError(f"NEWSCRAWL_PORTS: {error}") from None
        return cls(
            ports=ports,
            overrides=_parse_overrides(settings.get("NEWSCRAWL_HOST_OVERRIDES")),
        )


def parse_ports(value: Any) -> frozenset[int]:
    """The ports of a comma-separated text or of a list; nothing stands for :data:`DEFAULT_PORTS`.

    Raises ``ValueError`` with one line where one is no port.
    """
    if value is None or value == "":
        return DEFAULT_PORTS
    parts = value.split(",") if isinstance(value, str) else list(value)
    ports = set()
    for part in parts:
        text = str(part).strip()
        if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
            raise ValueError("must be comma-separated port numbers between 1 and 65535")
        ports.add(int(text))
    return frozenset(ports)


def _parse_overrides(value: Any) -> HostOverrides:
    if isinstance(value, HostOverrides):
        return value
    if value is None:
        return HostOverrides()
    if isinstance(value, Mapping):
        value = json.dumps(dict(value))
    return HostOverrides.parse(str(value))


DEFAULT_POLICY = Policy()


@lru_cache(maxsize=4096)
def _why_refused(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    if isinstance(address, ipaddress.IPv4Address):
        for net4, why in _IPV4_REFUSED:
            if address in net4:
                return f"{why} ({net4})"
        return None
    for net6, why in _IPV6_REFUSED:
        if address in net6:
            return f"{why} ({net6})"
    if address not in _IPV6_GLOBAL:
        return "outside global unicast (2000::/3)"
    # ISATAP (RFC 5214) carries an IPv4 address in any prefix.
    if (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE:
        return "ISATAP"
    return None


def check_address(ip: str) -> None:
    """Raise :class:`UrlRefused` unless *ip* (a literal, no brackets) is a public unicast address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        raise UrlRefused("invalid", "not an address", ip) from None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise UrlRefused("private-address", "scoped", ip)
    why = _why_refused(address)
    if why is not None:
        raise UrlRefused("private-address", why, ip)


def check_name(host: str) -> None:
    """Raise :class:`UrlRefused` unless *host* (ASCII, lower case) may be a public name.

    A single label is refused: search domains turn it into an intranet name.
    An IDN top-level domain is the exception, no search domain makes one.
    """
    name = host.rstrip(".")
    if not name or ".." in name:
        raise UrlRefused("invalid", "no host name", host)
    if len(name) > 253:
        raise UrlRefused("invalid", "host name too long", host)
    labels = name.rsplit(".", 2)
    for suffix in (labels[-1], ".".join(labels[-2:])):
        if suffix in _PRIVATE_SUFFIXES:
            raise UrlRefused("private-name", f"names under .{suffix} are never public", host)
    if len(labels) == 1 and not name.startswith("xn--"):
        raise UrlRefused("single-label", "a host name without a dot", host)


def check_answer(host: str, addresses: Sequence[str]) -> None:
    """Raise :class:`UrlRefused` when any of *addresses*, the whole answer of a lookup of *host*, is not public.

    One bad address among good ones refuses the whole answer (``mixed-dns``):
    whoever answers that way is rebinding, and the next dial may pick the other.
    """
    bad: list[tuple[str, UrlRefused]] = []
    for ip in addresses:
        try:
            check_address(ip)
        except UrlRefused as refused:
            bad.append((ip, refused))
    if not bad:
        return
    ip, first = bad[0]
    if len(bad) < len(addresses):
        raise UrlRefused("mixed-dns", f"public addresses and {escape_controls(ip[:60])}, {first.detail}", host)
    raise UrlRefused(first.reason, f"leads to {escape_controls(ip[:60])}, {first.detail}", host)


def check_url(url: str, addresses: Sequence[str] = (), *, policy: Policy = DEFAULT_POLICY) -> None:
    """Raise :class:`UrlRefused` unless *url* may be asked.

    *addresses*: every address its name was found to have (literals), when it
    has been looked up already; without them only the URL is judged, and the
    resolver judges the addresses at connect.
    """
    if len(url) > MAX_URL:
        raise UrlRefused("invalid", f"longer than {MAX_URL} characters", url)
    try:
        parsed = ada_url.URL(url)
    except (ValueError, UnicodeError):
        raise UrlRefused("invalid", "not a URL", url) from None
    # One attribute of the parser's, not six: each crosses into C. What it serialises is always
    # scheme://[userinfo@]host[:port]/..., with an IPv4 host in dotted decimal and IPv6 in brackets.
    scheme, separator, rest = parsed.href.partition("://")
    scheme_port = _SCHEME_PORTS.get(scheme) if separator else None
    if scheme_port is None:
        raise UrlRefused("scheme", "only http and https", url)
    authority = rest.partition("/")[0]
    if "@" in authority:
        raise UrlRefused("userinfo", "a user or password in the address", url)
    host, colon, port_text = authority.rpartition(":")
    if not colon or port_text.endswith("]"):
        host, port_text = authority, ""
    port = int(port_text) if port_text else scheme_port
    if host.startswith("[") or _IPV4.fullmatch(host):
        _check_port(port, policy, url)
        check_address(host.strip("[]"))
    else:
        if policy.overrides.lookup(host, port) is not None:
            return
        _check_port(port, policy, url)
        check_name(host)
    if addresses:
        check_answer(host, addresses)


def _check_port(port: int, policy: Policy, url: str) -> None:
    if port not in policy.ports:
        raise UrlRefused("port", f"port {port} is not among those allowed", url)
