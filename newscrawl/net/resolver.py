"""The resolver that stands between every handler and the network.

Twisted dials the very addresses that its name resolver answers, literals
included, so what passes here is what is dialled: there is no second lookup to
rebind. Set as ``TWISTED_DNS_RESOLVER`` (it does not work from a spider's
``custom_settings``). Handlers with resolvers of their own (httpx, aiohttp) are
not covered; :mod:`newscrawl.net.defaults` refuses them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import idna
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from newscrawl.net.endpoints import proxy_endpoints
from newscrawl.net.policy import Policy, UrlRefused, check_address, check_answer, check_name

if TYPE_CHECKING:
    from typing import Self

__all__ = ["GuardedResolver"]

logger = logging.getLogger("newscrawl.net.resolver")

#: Seconds an answer is kept, and a failed lookup. Answers are checked on every use.
ANSWER_TTL = 300.0
FAILURE_TTL = 30.0
#: Lookups at once, each in a daemon thread of its own: a name server that
#: never answers must hold neither the reactor's pool nor the end of the process.
MAX_LOOKUPS = 32
#: Threads altogether, with those that nobody waits for any more.
MAX_THREADS = 128
#: Addresses of one answer that are looked at; an answer with more is refused.
MAX_ADDRESSES = 256


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing to cancel: an answer that nobody waits for is only kept."""


class _RefusedAddress(IPv4Address):
    """An answer that cannot be dialled: taking its host raises the refusal.

    ``IResolutionReceiver`` has no way to fail, an empty answer would read as a
    DNS error, and the endpoint turns addresses into connections inside its own
    Deferred: so this is how the refusal reaches the request that caused it.
    """

    def __init__(self, refusal: UrlRefused) -> None:  # deliberately without the base's fields
        self.refusal = refusal

    @property
    def host(self) -> str:  # type: ignore[override]
        raise self.refusal

    def __repr__(self) -> str:
        return f"<{self.refusal}>"


class _Lookup:
    """One lookup under way, whoever waits for it."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[tuple[str, ...]], None]] = []
        self.started = False
        self.late = False
        self.timer: Any = None


def _system_lookup(host: str) -> list[str]:
    """Every address of *host* by the system's resolver, in its order; blocking."""
    found = socket.getaddrinfo(host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _key(host: str) -> str:
    """*host* as looked up: ASCII, lower case, no root dot. Twisted hands over the Unicode form of an ``xn--`` name."""
    name = host.lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return idna.encode(name).decode("ascii")
    except UnicodeError:
        with contextlib.suppress(UnicodeError):
            return name.encode("idna").decode("ascii")
    raise UrlRefused("invalid", "not a host name", host)


@implementer(IHostnameResolver)
class GuardedResolver:
    """Looks names up, and answers only what the address policy lets be dialled.

    - An overridden name and port is answered with its override, not looked up.
    - A bad literal, a forbidden port, a private name, or an answer with one bad
      address in it fails the request with :class:`UrlRefused`.
    - A name that cannot be found in ``DNS_TIMEOUT`` seconds fails it as a DNS error.

    The proxies that the operator configured may be dialled, too.
    """

    def __init__(
        self,
        reactor: Any,
        policy: Policy,
        *,
        timeout: float = 10.0,
        cache_size: int = 10_000,
        proxies: Iterable[tuple[str, int]] = (),
    ) -> None:
        self.reactor = reactor
        self.policy = policy
        self.timeout = timeout
        self.cache_size = cache_size
        self._proxies = frozenset(proxies)
        # A tunnel looks its proxy up without a port, by way of connectTCP. Nothing else dials that way: the host of a
        # link is looked up with its port.
        self._proxy_names = frozenset(host for host, _ in self._proxies)
        self._cache: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()
        self._lookups: dict[str, _Lookup] = {}
        self._queue: deque[str] = deque()
        self._running = 0
        self._abandoned = 0

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:
        """From the settings of *crawler* (the process, at this point). ``ValueError`` where they are malformed."""
        settings = crawler.settings
        return cls(
            reactor,
            Policy.from_settings(settings),
            timeout=settings.getfloat("DNS_TIMEOUT"),
            cache_size=settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0,
            proxies=proxy_endpoints(settings),
        )

    def install_on_reactor(self) -> None:
        """Make this the reactor's resolver, for names given to ``connectTCP`` as well."""
        self.reactor.installNameResolver(self)

    def lookup(self, host: str) -> Sequence[str]:
        """Every address of *host*, by the system; blocking. Raises ``OSError`` where there is none."""
        return _system_lookup(host)

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """See ``IHostnameResolver``. A refusal is an address that raises :class:`UrlRefused` when it is dialled."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def refuse(refusal: UrlRefused) -> None:
            logger.info("%s", refusal)
            resolutionReceiver.addressResolved(_RefusedAddress(refusal))
            resolutionReceiver.resolutionComplete()

        def dial(addresses: Iterable[str], port: int) -> None:
            for ip in addresses:
                kind = IPv6Address if ":" in ip else IPv4Address
                if addressTypes is None or kind in addressTypes:
                    resolutionReceiver.addressResolved(kind("TCP", ip, port))
            resolutionReceiver.resolutionComplete()

        def looked_up(addresses: tuple[str, ...]) -> None:
            try:
                self._check(hostName, addresses)
            except UrlRefused as refusal:
                refuse(refusal)
            else:
                dial(addresses, portNumber)

        try:
            name = _key(hostName)
            if (name, portNumber) in self._proxies or (not portNumber and name in self._proxy_names):
                # For requests to others; a request to the proxy itself is refused before it comes here.
                if _is_literal(name):
                    dial((name,), portNumber)
                else:
                    self._look_up(name, lambda addresses: dial(addresses, portNumber))
            elif (known := self._without_lookup(name, portNumber)) is not None:
                dial(*known)
            else:
                self._look_up(name, looked_up)
        except UrlRefused as refusal:
            refuse(refusal)
        return resolution

    async def check(self, host: str, port: int) -> None:
        """Raise :class:`UrlRefused` when *host* and *port* may not be dialled, ``gaierror`` when *host* is not found.

        For requests that a proxy dials: it looks the name up itself, so this
        is a check before, not a guarantee.
        """
        name = _key(host)
        if self._without_lookup(name, port) is not None:
            return
        found: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._look_up(name, lambda addresses: None if found.done() else found.set_result(addresses))
        addresses = await found
        self._check(name, addresses)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, f"no address for {name}")

    @staticmethod
    def _check(host: str, addresses: Sequence[str]) -> None:
        if len(addresses) > MAX_ADDRESSES:
            raise UrlRefused("invalid", f"more than {MAX_ADDRESSES} addresses", host)
        check_answer(host, addresses)

    def _without_lookup(self, name: str, port: int) -> tuple[tuple[str, ...], int] | None:
        """Addresses and port to dial where no lookup is needed; raises :class:`UrlRefused` where none is allowed."""
        if (override := self.policy.overrides.lookup(name, port)) is not None:
            return (override[0],), override[1]
        literal = name.strip("[]")
        # Port 0 is a lookup with no connection in mind.
        if port and port not in self.policy.ports:
            raise UrlRefused("port", f"port {port} is not among those allowed", name)
        if _is_literal(literal):
            check_address(literal)
            return (literal,), port
        check_name(name)
        return None

    def _look_up(self, name: str, callback: Callable[[tuple[str, ...]], None]) -> None:
        """Call *callback* with every address of *name*, none when there is none in time."""
        kept = self._cache.get(name)
        if kept is not None and kept[0] > self.reactor.seconds():
            self._cache.move_to_end(name)
            callback(kept[1])
            return
        lookup = self._lookups.get(name)
        if lookup is None:
            lookup = self._lookups[name] = _Lookup()
            lookup.timer = self.reactor.callLater(self.timeout, self._late, name, lookup)
            self._queue.append(name)
        lookup.callbacks.append(callback)
        self._start_lookups()

    def _start_lookups(self) -> None:
        while self._queue and self._running < MAX_LOOKUPS and self._running + self._abandoned < MAX_THREADS:
            name = self._queue.popleft()
            lookup = self._lookups.get(name)
            if lookup is None or lookup.started:
                continue
            lookup.started = True
            self._running += 1
            threading.Thread(target=self._in_thread, args=(name, lookup), name="newscrawl-dns", daemon=True).start()

    def _in_thread(self, name: str, lookup: _Lookup) -> None:
        found: tuple[str, ...] = ()
        try:
            found = tuple(self.lookup(name))
        except (OSError, UnicodeError) as error:
            logger.debug("no address for %s: %s", name, error)
        except Exception:
            logger.exception("the lookup of %s failed", name)
        # RuntimeError: the reactor has gone, nobody waits.
        with contextlib.suppress(RuntimeError):
            self.reactor.callFromThread(self._found, name, lookup, found)

    def _late(self, name: str, lookup: _Lookup) -> None:
        lookup.late = True
        if lookup.started:
            self._running -= 1
            self._abandoned += 1
        logger.info("no address for %s in %g s", name, self.timeout)
        self._answer(name, lookup, ())
        self._start_lookups()

    def _found(self, name: str, lookup: _Lookup, found: tuple[str, ...]) -> None:
        if lookup.late:
            self._abandoned -= 1
        else:
            self._running -= 1
            lookup.timer.cancel()
            self._answer(name, lookup, found)
        self._start_lookups()

    def _answer(self, name: str, lookup: _Lookup, addresses: tuple[str, ...]) -> None:
        if self._lookups.get(name) is lookup:
            del self._lookups[name]
        if self.cache_size:
            self._cache[name] = (self.reactor.seconds() + (ANSWER_TTL if addresses else FAILURE_TTL), addresses)
            self._cache.move_to_end(name)
            while len(self._cache) > self.cache_size:
                self._cache.popitem(last=False)
        for callback in lookup.callbacks:
            try:
                callback(addresses)
            except Exception:
                logger.exception("after the lookup of %s", name)
