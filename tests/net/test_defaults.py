"""The defaults are safe, and a crawl does not start with one of them undone."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawl.net.defaults import NET_SETTINGS, check_settings
from newscrawl.net.middleware import AddressPolicyMiddleware


def settings(**changed: Any) -> Settings:
    made = Settings()
    made.setdict(NET_SETTINGS, priority="project")
    made.setdict(changed, priority="cmdline")
    return made


def test_the_defaults_pass() -> None:
    assert check_settings(settings()) == []


def test_consoles_are_not_even_imported() -> None:
    # Scrapy imports every class of the setting, also one whose order is None: 150 ms of a web server and SSH.
    code = "import sys; from scrapy.settings import Settings; made = Settings(); made.setmodule('newscrawl.settings'); "
    code += "made.get_component_priority_dict_with_base('EXTENSIONS'); "
    code += "print([name for name in ('aiohttp', 'twisted.conch') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "[]\n"


def test_bare_scrapy_is_refused_for_each_of_its_dangers() -> None:
    found = "\n".join(check_settings(Settings()))
    for name in (
        "DOWNLOAD_HANDLERS: file",
        "DOWNLOAD_HANDLERS: ftp",
        "DOWNLOAD_HANDLERS: s3",
        "DOWNLOAD_HANDLERS: data",
        "DOWNLOAD_HANDLERS: http is",
        "DOWNLOAD_VERIFY_CERTIFICATES",
        "ROBOTSTXT_OBEY",
        "TELNETCONSOLE_ENABLED",
        "REMOTE_CONTROL_ENABLED",
        "COOKIES_ENABLED",
        "DOWNLOAD_MAXSIZE",
        "REDIRECT_MAX_TIMES",
        "TWISTED_DNS_RESOLVER",
        "AddressPolicyMiddleware is off",
        "RobotsMiddleware is off",
        "CompressionMiddleware is off",
        "ConnectGuard is off",
    ):
        assert name in found, name


class DerivedPolicy(AddressPolicyMiddleware):
    pass


MIDDLEWARES: dict[str, Any] = dict(NET_SETTINGS["DOWNLOADER_MIDDLEWARES"])  # type: ignore[call-overload]
POLICY = "newscrawl.net.middleware.AddressPolicyMiddleware"
FILE = "scrapy.core.downloader.handlers.file.FileDownloadHandler"
HANDLERS: dict[str, Any] = dict(NET_SETTINGS["DOWNLOAD_HANDLERS"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"DOWNLOAD_HANDLERS": {**HANDLERS, "file": "scrapy.core.downloader.handlers.file.FileDownloadHandler"}},
            "file",
        ),
        ({"DOWNLOAD_HANDLERS": {**HANDLERS, "gopher": "x.Y"}}, "gopher"),
        (
            {"DOWNLOAD_HANDLERS": {**HANDLERS, "https": "scrapy.core.downloader.handlers._httpx.HttpxDownloadHandler"}},
            "https is not served",
        ),
        ({"DOWNLOAD_HANDLERS": {**HANDLERS, "http": "no.such.Thing"}}, "http is not served"),
        ({"DOWNLOAD_VERIFY_CERTIFICATES": False}, "certificates"),
        ({"DOWNLOAD_MAXSIZE": 0}, "DOWNLOAD_MAXSIZE"),
        ({"DOWNLOAD_MAXSIZE": 2**30}, "DOWNLOAD_MAXSIZE"),
        ({"DOWNLOAD_MAXSIZE": "much"}, "DOWNLOAD_MAXSIZE"),
        ({"DOWNLOAD_TIMEOUT": 0}, "DOWNLOAD_TIMEOUT"),
        ({"DOWNLOAD_TIMEOUT": 3600}, "DOWNLOAD_TIMEOUT"),
        ({"DOWNLOAD_FAIL_ON_DATALOSS": False}, "DOWNLOAD_FAIL_ON_DATALOSS"),
        ({"REDIRECT_MAX_TIMES": 100}, "REDIRECT_MAX_TIMES"),
        ({"NEWSCRAWL_HEADER_BYTES": 2**30}, "NEWSCRAWL_HEADER_BYTES"),
        ({"TELNETCONSOLE_ENABLED": True}, "TELNETCONSOLE"),
        ({"REMOTE_CONTROL_ENABLED": "1"}, "REMOTE_CONTROL"),
        ({"COOKIES_ENABLED": True}, "COOKIES"),
        ({"ROBOTSTXT_OBEY": False}, "ROBOTSTXT"),
        ({"HTTPCACHE_ENABLED": True}, "HTTPCACHE_ENABLED"),
        ({"AUTOTHROTTLE_ENABLED": True}, "AUTOTHROTTLE_ENABLED"),
        ({"DOWNLOAD_DELAY_JITTER": 0.5}, "DOWNLOAD_DELAY_JITTER"),
        ({"DOWNLOAD_DELAY_JITTER": [0.5, 1.5]}, "DOWNLOAD_DELAY_JITTER"),
        ({"DEFAULT_REQUEST_HEADERS": {"Accept": "*/*", "authorization": "Bearer x"}}, "DEFAULT_REQUEST_HEADERS"),
        ({"DEFAULT_REQUEST_HEADERS": '{"Cookie": "session=x"}'}, "Cookie would be sent"),
        ({"COMPRESSION_ENABLED": False}, "COMPRESSION"),
        ({"TWISTED_REACTOR_ENABLED": False}, "TWISTED_REACTOR_ENABLED"),
        ({"TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver"}, "TWISTED_DNS_RESOLVER"),
        ({"DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver"}, "DNS_RESOLVER"),
        ({"DOWNLOADER_CLIENTCONTEXTFACTORY": "x.Y"}, "DOWNLOADER_CLIENTCONTEXTFACTORY"),
        ({"DOWNLOADER_MIDDLEWARES": {**MIDDLEWARES, POLICY: None}}, "AddressPolicyMiddleware is off"),
        ({"DOWNLOADER_MIDDLEWARES": {**MIDDLEWARES, POLICY: 200}}, "before RobotsMiddleware"),
        ({"DOWNLOADER_MIDDLEWARES": {}}, "RobotsMiddleware is off"),
        (
            {"DOWNLOADER_MIDDLEWARES": {**MIDDLEWARES, "newscrawl.net.middleware.ProxyTargetMiddleware": 1}},
            "ProxyTargetMiddleware",
        ),
        ({"EXTENSIONS": {}}, "ConnectGuard"),
        ({"JOBDIR": "/somewhere"}, "JOBDIR"),
        ({"NEWSCRAWL_PORTS": "eighty"}, "NEWSCRAWL_PORTS"),
        ({"NEWSCRAWL_HOST_OVERRIDES": "{"}, "host overrides"),
    ],
)
def test_each_danger_is_named_in_one_line(changed: dict[str, Any], says: str) -> None:
    found = check_settings(settings(**changed))
    assert any(says in line for line in found), found
    assert all(line and "\n" not in line for line in found)


def test_what_derives_from_a_guard_is_one() -> None:
    middlewares = {**MIDDLEWARES, POLICY: None, DerivedPolicy: 10}
    assert check_settings(settings(DOWNLOADER_MIDDLEWARES=middlewares)) == []
    assert check_settings(settings(TWISTED_DNS_RESOLVER="tests.net.resolvers.TableResolver")) == []


def test_stricter_settings_pass() -> None:
    assert check_settings(settings(DOWNLOAD_TIMEOUT=5, REDIRECT_MAX_TIMES=0, DOWNLOAD_MAXSIZE=1024)) == []
