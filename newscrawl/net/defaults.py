"""The Scrapy settings that this room needs, and the check that they were not undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scrapy.settings.default_settings import EXTENSIONS_BASE
from scrapy.utils.misc import load_object

from newscrawl.errors import UserError
from newscrawl.net.policy import Policy
from newscrawl.text import escape_controls

__all__ = ["NET_SETTINGS", "check_settings", "require_safe"]

_MIB = 1024 * 1024
#: Largest ``DOWNLOAD_MAXSIZE`` and ``DOWNLOAD_TIMEOUT`` that a crawl starts with.
MAX_MAXSIZE = 64 * _MIB
MAX_TIMEOUT = 180
MAX_REDIRECTS = 10

#: What executes Python for whoever can reach it.
_CONSOLES = ("scrapy.extensions.remote_control.RemoteControl", "scrapy.extensions.telnet.TelnetConsole")

#: Defaults of every setting that the safety of requests rests on.
NET_SETTINGS: dict[str, Any] = {
    # One class carries the header caps. A link to file: would read local
    # files, one to ftp: hangs the crawl, s3: signs with the server's keys.
    "DOWNLOAD_HANDLERS": {
        "http": "newscrawl.net.handler.BoundedHTTP11Handler",
        "https": "newscrawl.net.handler.BoundedHTTP11Handler",
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    "DOWNLOAD_VERIFY_CERTIFICATES": True,  # Scrapy's default is not to
    "DOWNLOAD_MAXSIZE": 10 * _MIB,  # 1 GiB by default; holds for the decompressed body, too
    "DOWNLOAD_WARNSIZE": 0,  # the cap says it
    "DOWNLOAD_TIMEOUT": 30,  # of the whole answer; 180 by default
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "NEWSCRAWL_HEADER_BYTES": 64 * 1024,  # status line and headers of one answer, all of them; no cap by default
    "NEWSCRAWL_HEADER_COUNT": 256,
    "REDIRECT_MAX_TIMES": 5,  # RFC 9309 wants five for robots.txt; 20 by default
    "METAREFRESH_MAXDELAY": 10,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,  # a local HTTP server that executes Python
    "COOKIES_ENABLED": False,
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": "newscrawl",  # the product token, RFC 9309 section 2.2.1
    "NEWSCRAWL_MAX_CRAWL_DELAY": 60,  # seconds; a site that asks for more is skipped, or one line would hold the crawl
    "NEWSCRAWL_TDMREP": True,  # ask a site whose text is kept for /.well-known/tdmrep.json, once in 24 hours
    "NEWSCRAWL_ROBOTS_RETRY_DELAY": 2.0,  # seconds before robots.txt is asked a second time after a passing failure
    "DOWNLOAD_DELAY_JITTER": 0,  # drawn anew each time it would undercut the delay by half of it; 0.5 by default
    "TWISTED_DNS_RESOLVER": "newscrawl.net.resolver.GuardedResolver",
    "DNS_TIMEOUT": 10,
    "DOWNLOADER_MIDDLEWARES": {
        "newscrawl.net.middleware.AddressPolicyMiddleware": 10,  # before robots asks anything of the host
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "newscrawl.net.robots.RobotsMiddleware": 100,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
        "newscrawl.net.bodies.CompressionMiddleware": 590,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
        "newscrawl.net.middleware.MetaRefreshMiddleware": 580,
        "newscrawl.net.middleware.ProxyTargetMiddleware": 760,  # after HttpProxyMiddleware (750)
    },
    "EXTENSIONS": {"newscrawl.net.audit.ConnectGuard": 0},
    # They are off by their settings, too. Left out here they are not even imported, with a web server and SSH; with
    # `None` in EXTENSIONS they are.
    "EXTENSIONS_BASE": {path: order for path, order in EXTENSIONS_BASE.items() if path not in _CONSOLES},
}


def _is_a(path: Any, base: str) -> bool:
    """Whether the class at *path* (or the class itself) is *base* or derived from it."""
    try:
        found = load_object(path)
        return isinstance(found, type) and issubclass(found, load_object(base))
    except (ImportError, NameError, ValueError, TypeError):
        return False


def _component(components: Any, base: str) -> Any:
    """The order number of *base*, or of a class derived from it, in a component setting; ``None`` when off."""
    if not components:
        return None
    for path, order in dict(components).items():
        if order is not None and _is_a(path, base):
            return order
    return None


def _handlers(settings: Any) -> Iterator[str]:
    for scheme, path in sorted(dict(settings.getwithbase("DOWNLOAD_HANDLERS")).items()):
        if scheme in {"http", "https"}:
            if not _is_a(path, "newscrawl.net.handler.BoundedHTTP11Handler"):
                yield f"DOWNLOAD_HANDLERS: {scheme} is not served by newscrawl.net.handler.BoundedHTTP11Handler"
        elif path is not None:
            yield f"DOWNLOAD_HANDLERS: {escape_controls(scheme)} is on; only http and https may be asked"


def _switches(settings: Any) -> Iterator[str]:
    wanted = {
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "ROBOTSTXT_OBEY": True,
        "COMPRESSION_ENABLED": True,
        "TWISTED_REACTOR_ENABLED": True,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "AUTOTHROTTLE_ENABLED": False,
    }
    why = {
        "DOWNLOAD_VERIFY_CERTIFICATES": "certificates are not verified",
        "DOWNLOAD_FAIL_ON_DATALOSS": "cut answers pass as whole",
        "ROBOTSTXT_OBEY": "robots.txt is ignored",
        "COMPRESSION_ENABLED": "compressed answers are not decoded, nor capped",
        "TWISTED_REACTOR_ENABLED": "the guarded resolver needs the reactor",
        "TELNETCONSOLE_ENABLED": "a console that executes Python listens",
        "REMOTE_CONTROL_ENABLED": "a server that executes Python listens",
        "COOKIES_ENABLED": "sites share cookies over ports and runs are linked",
        "HTTPCACHE_ENABLED": "it reads pickles, and answers what robots.txt and pages no longer say",
        "AUTOTHROTTLE_ENABLED": "it lowers the delay that a robots.txt asks for",
    }
    for name, value in wanted.items():
        if settings.getbool(name) is not value:
            yield f"{name} must be {value}: {why[name]}"
    # A number, or Scrapy's [low, high]: shares of the delay.
    jitter = settings.get("DOWNLOAD_DELAY_JITTER")
    if str(jitter).strip() not in ("0", "0.0"):
        yield "DOWNLOAD_DELAY_JITTER must be 0: it shortens the delay between two requests to a site"


#: Headers that prove who one is. Scrapy takes two of them off on a redirect to another host, from no other request.
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


def _headers(settings: Any) -> Iterator[str]:
    for name in settings.getdict("DEFAULT_REQUEST_HEADERS"):
        if str(name).strip().lower() in _CREDENTIALS:
            yield f"DEFAULT_REQUEST_HEADERS: {escape_controls(name)} would be sent to every site that a link leads to"


def _limits(settings: Any) -> Iterator[str]:
    for name, top in (
        ("DOWNLOAD_MAXSIZE", MAX_MAXSIZE),
        ("DOWNLOAD_TIMEOUT", MAX_TIMEOUT),
        ("DNS_TIMEOUT", MAX_TIMEOUT),
        ("REDIRECT_MAX_TIMES", MAX_REDIRECTS),
        ("NEWSCRAWL_HEADER_BYTES", _MIB),
        ("NEWSCRAWL_HEADER_COUNT", 10_000),
    ):
        try:
            value = settings.getfloat(name)
        except (TypeError, ValueError):
            yield f"{name} is not a number"
            continue
        if name == "REDIRECT_MAX_TIMES" and value == 0:
            continue
        if not 0 < value <= top:
            yield f"{name} must be above 0 and at most {top}"


def _components(settings: Any) -> Iterator[str]:
    middlewares = settings.getwithbase("DOWNLOADER_MIDDLEWARES")
    policy = _component(middlewares, "newscrawl.net.middleware.AddressPolicyMiddleware")
    robots = _component(middlewares, "newscrawl.net.robots.RobotsMiddleware")
    if policy is None:
        yield "DOWNLOADER_MIDDLEWARES: newscrawl.net.middleware.AddressPolicyMiddleware is off"
    if robots is None:
        yield "DOWNLOADER_MIDDLEWARES: newscrawl.net.robots.RobotsMiddleware is off"
    if policy is not None and robots is not None and policy >= robots:
        yield "DOWNLOADER_MIDDLEWARES: AddressPolicyMiddleware must come before RobotsMiddleware"
    if _component(middlewares, "newscrawl.net.bodies.CompressionMiddleware") is None:
        yield "DOWNLOADER_MIDDLEWARES: newscrawl.net.bodies.CompressionMiddleware is off"
    if settings.getbool("HTTPPROXY_ENABLED"):
        proxy = _component(middlewares, "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware")
        target = _component(middlewares, "newscrawl.net.middleware.ProxyTargetMiddleware")
        if proxy is not None and (target is None or target <= proxy):
            yield "DOWNLOADER_MIDDLEWARES: ProxyTargetMiddleware must come after HttpProxyMiddleware"
    if not _is_a(settings.get("TWISTED_DNS_RESOLVER"), "newscrawl.net.resolver.GuardedResolver"):
        yield "TWISTED_DNS_RESOLVER is not newscrawl.net.resolver.GuardedResolver"
    if (settings.getpriority("DNS_RESOLVER") or 0) > 0:
        yield "DNS_RESOLVER is set (deprecated): it would replace the guarded resolver"
    if (settings.getpriority("DOWNLOADER_CLIENTCONTEXTFACTORY") or 0) > 0:
        yield "DOWNLOADER_CLIENTCONTEXTFACTORY is set (deprecated): it decides whether certificates are verified"
    if _component(settings.getwithbase("EXTENSIONS"), "newscrawl.net.audit.ConnectGuard") is None:
        yield "EXTENSIONS: newscrawl.net.audit.ConnectGuard is off"
    if settings.get("JOBDIR"):
        yield "JOBDIR is set: it holds pickles and loses work silently; the database is the state"


def _what_handlers_say(settings: Any) -> Iterator[str]:
    """What the download handlers themselves object to: a handler class may have a ``check_settings`` of its own."""
    paths = {str(path): path for path in dict(settings.getwithbase("DOWNLOAD_HANDLERS")).values() if path is not None}
    for path in paths.values():
        try:
            check = getattr(load_object(path), "check_settings", None)
        except (ImportError, NameError, ValueError, TypeError):
            continue  # named by _handlers
        if check is not None:
            yield from check(settings)


def check_settings(settings: Any) -> list[str]:
    """Each dangerous one of *settings* (a Scrapy ``Settings``) in one line; empty when a crawl may start.

    Of a crawler's own settings (with the spider's ``custom_settings``), not of
    the project's alone: a spider cannot undo what is checked here.
    """
    found: list[str] = []
    try:
        Policy.from_settings(settings)
    except ValueError as error:
        found.append(str(error))
    for check in (_handlers, _switches, _headers, _limits, _components, _what_handlers_say):
        found.extend(check(settings))
    return found


def require_safe(settings: Any) -> None:
    """Raise :class:`UserError`, naming each, when one of *settings* is dangerous.

    Called by two components of every crawl, of which either may have been taken out: not only our own command
    starts crawls, but scripts, scrapyd, ``runspider``, ``fetch`` and ``shell`` as well.
    """
    dangers = check_settings(settings)
    if dangers:
        raise UserError("refusing to crawl: " + "; ".join(dangers))
