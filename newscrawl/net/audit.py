"""The backstop: whatever in this process opens a socket, the address is checked once more.

``sys.addaudithook`` sees every ``socket.connect`` of Python code, also of
handlers and libraries with resolvers of their own. It does not see libpq or a
browser, and cannot be removed, so it does nothing but between engine start and
stop. It is no replacement for egress rules of the system (``docs/security.md``).
"""

from __future__ import annotations

import errno
import logging
import socket
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from scrapy import signals

from newscrawl.net.defaults import require_safe
from newscrawl.net.endpoints import operator_endpoints
from newscrawl.net.policy import Policy, UrlRefused, check_address
from newscrawl.net.timers import keep_monotonic
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

__all__ = ["ConnectGuard"]

logger = logging.getLogger("newscrawl.net.audit")

# One hook for the process, however many crawlers it runs; each adds its exceptions.
_active: dict[int, frozenset[tuple[str, int]]] = {}
_refused: dict[int, Counter[str]] = {}
_installed = False
_IP_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not _active:
        return
    sock, address = arguments
    if sock.family not in _IP_FAMILIES or not isinstance(address, tuple) or len(address) < 2:
        return
    host, port = str(address[0]), address[1]
    for exceptions in _active.values():
        if (host, port) in exceptions:
            return
    try:
        # A name here would be looked up where nothing judges the answer. It is not an address, so it is refused.
        check_address(host)
    except UrlRefused as refused:
        pair = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        for key in _active:
            _refused[key][pair] += 1
        # Without an errno Twisted makes a TypeError of it.
        raise PermissionError(
            errno.EACCES, f"{refused} port {port}; for a service of your own: NEWSCRAWL_OWN_SERVICES={pair}"
        ) from None


class ConnectGuard:
    """Extension: refuses connections to non-public addresses while the engine runs, with ``PermissionError``.

    Exceptions are exact pairs of address and port: targets of
    ``NEWSCRAWL_HOST_OVERRIDES``, and the operator's database, mail relay,
    proxies and ``NEWSCRAWL_OWN_SERVICES``. Counts refusals in
    ``newscrawl/net/connects_refused``: anything above zero means that a request
    slipped past the resolver, or that a pipeline dialled a service that is not named.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._key = id(self)
        self._targets = Policy.from_settings(crawler.settings).overrides.targets()
        crawler.signals.connect(self._engine_started, signals.engine_started)
        crawler.signals.connect(self._engine_stopped, signals.engine_stopped)
        crawler.signals.connect(self._spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        require_safe(crawler.settings)
        return cls(crawler)

    def _engine_started(self) -> None:
        from twisted.internet import reactor

        keep_monotonic(reactor)
        global _installed
        if not _installed:
            sys.addaudithook(_hook)
            _installed = True
        _refused[self._key] = Counter()
        _active[self._key] = self._targets | operator_endpoints(self.crawler.settings)

    def _spider_closed(self) -> None:
        refused = _refused.get(self._key)
        if not refused:
            return
        self.crawler.stats.set_value("newscrawl/net/connects_refused", refused.total())
        logger.warning(
            "%d connections to non-public addresses were stopped at the socket (%s). If a pipeline or extension of "
            "yours made them, name these in NEWSCRAWL_OWN_SERVICES; if none did, please report it",
            refused.total(),
            escape_controls(", ".join(pair for pair, _ in refused.most_common(5))),
        )

    def _engine_stopped(self) -> None:
        _active.pop(self._key, None)
        _refused.pop(self._key, None)
