"""The operator's own endpoints: the one list of exceptions to the address policy beside the host overrides.

Whoever runs the crawl may keep the database, the mail relay, the proxy and
whatever ``NEWSCRAWL_OWN_SERVICES`` names inside the network. These exact hosts
and ports may be dialled by pipelines, extensions and libraries. A page's link
never may: links pass the address policy and the resolver, which know nothing of
this list.
"""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

__all__ = ["endpoint_of", "operator_endpoints", "parse_services", "proxy_endpoints"]

#: Most services of one's own.
MOST_SERVICES = 100

#: Ports of URLs that name none.
_DEFAULT_PORTS = {"http": 80, "https": 443, "postgresql": 5432}


def endpoint_of(url: str) -> tuple[str, int] | None:
    """Host (no brackets, lower case) and port of *url*, or ``None`` where it names no host."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "http", url
    scheme = scheme.partition("+")[0].lower()
    try:
        parsed = urlsplit(f"//{rest}")
        host = (parsed.hostname or "").rstrip(".")
        port = parsed.port or _DEFAULT_PORTS.get(scheme)
    except ValueError:
        return None
    return (host, port) if host and port else None


def parse_services(text: str) -> frozenset[tuple[str, int]]:
    """Hosts (lower case, no brackets) and ports of ``host:port, host:port``; the empty text names none.

    Raises:
        ValueError: one line that says what is wrong.
    """
    found: set[tuple[str, int]] = set()
    for part in (one.strip() for one in text.split(",")):
        if not part and not text.strip():
            continue
        host, colon, port = part.rpartition(":")
        if not colon or not host or "/" in part or "@" in part or "*" in part:
            raise ValueError("must be a comma-separated list of host:port, such as redis.internal:6379")
        if (":" in host) != (host.startswith("[") and host.endswith("]")):
            raise ValueError("an IPv6 address stands in brackets, such as [fd00::5]:6379")
        if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
            raise ValueError("a port is a number between 1 and 65535")
        found.add((host.strip("[]").lower().rstrip("."), int(port)))
    if len(found) > MOST_SERVICES:
        raise ValueError(f"at most {MOST_SERVICES} services")
    return frozenset(found)


def proxy_endpoints(settings: Any) -> frozenset[tuple[str, int]]:
    """Host and port of each proxy that the environment configures (``http_proxy``, ``https_proxy``)."""
    if not settings.getbool("HTTPPROXY_ENABLED"):
        return frozenset()
    found = (endpoint_of(url) for scheme, url in getproxies().items() if scheme in {"http", "https"})
    return frozenset(endpoint for endpoint in found if endpoint)


def operator_endpoints(settings: Any) -> frozenset[tuple[str, int]]:
    """Every ``(ip, port)`` of the operator's database, mail relay, proxies and own services; looks names up (blocking).

    A name that cannot be looked up is left out: it cannot be dialled either. Raises ``ValueError`` for
    ``NEWSCRAWL_OWN_SERVICES`` that cannot be read.
    """
    named = set(proxy_endpoints(settings))
    if endpoint := endpoint_of(str(settings.get("NEWSCRAWL_DATABASE") or "")):
        named.add(endpoint)
    if endpoint := endpoint_of(str(settings.get("NEWSCRAWL_ALARM_WEBHOOK") or "")):
        named.add(endpoint)
    named |= parse_services(str(settings.get("NEWSCRAWL_OWN_SERVICES") or ""))
    if settings.get("MAIL_HOST"):
        named.add((str(settings.get("MAIL_HOST")), settings.getint("MAIL_PORT", 25)))
    exact: set[tuple[str, int]] = set()
    for host, port in named:
        try:
            answers = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        except OSError:
            continue
        exact.update((str(answer[4][0]), port) for answer in answers)
    return frozenset(exact)
