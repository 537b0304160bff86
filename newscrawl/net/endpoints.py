"""The operator's own endpoints: the one list of exceptions to the address policy beside the host overrides.

Whoever runs the crawl may keep the database, the mail relay, the webhook and
the proxy inside the network; these exact hosts and ports may be dialled by the
parts that need them, never by a page's link.
"""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

__all__ = ["endpoint_of", "operator_endpoints", "proxy_endpoints"]

#: Settings that hold a URL of the operator's, with the port of each scheme where the URL names none.
_URL_SETTINGS = ("NEWSCRAWL_DATABASE", "NEWSCRAWL_WEBHOOK")
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


def proxy_endpoints(settings: Any) -> frozenset[tuple[str, int]]:
    """Host and port of each proxy that the environment configures (``http_proxy``, ``https_proxy``)."""
    if not settings.getbool("HTTPPROXY_ENABLED"):
        return frozenset()
    found = (endpoint_of(url) for scheme, url in getproxies().items() if scheme in {"http", "https"})
    return frozenset(endpoint for endpoint in found if endpoint)


def operator_endpoints(settings: Any) -> frozenset[tuple[str, int]]:
    """Every ``(ip, port)`` of the operator's database, mail relay, webhook and proxies, names looked up (blocking).

    A name that cannot be looked up is left out: it cannot be dialled either.
    """
    named = set(proxy_endpoints(settings))
    for setting in _URL_SETTINGS:
        if endpoint := endpoint_of(str(settings.get(setting) or "")):
            named.add(endpoint)
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
