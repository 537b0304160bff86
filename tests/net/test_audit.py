"""The backstop at ``socket.connect``. An audit hook cannot be removed, so each test has a process of its own."""

from __future__ import annotations

from tests.net.harness import Server, answer, crawl, pages
from tests.warm import run_code

SETUP = """
import socket, sys
from scrapy.crawler import Crawler
from scrapy.spiders import Spider
from newscrawl.net.audit import ConnectGuard

class Probe(Spider):
    name = "probe"

def guard(**settings):
    crawler = Crawler(Probe, {"NEWSCRAWL_DATABASE": "", "HTTPPROXY_ENABLED": False, **settings})
    return ConnectGuard(crawler)

def attempt(host, port, family=socket.AF_INET):
    with socket.socket(family) as sock:
        sock.settimeout(2)
        try:
            sock.connect((host, port))
        except PermissionError as error:
            return ("refused", error.errno)
        except OSError as error:
            return ("dialled", error.errno)
        return ("dialled", 0)

with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as other:
    port, second = listener.getsockname()[1], other.getsockname()[1]
"""


def run(code: str) -> None:
    body = SETUP + "".join(f"    {line}\n" for line in code.strip().splitlines())
    done = run_code(body)
    assert done.returncode == 0, done.stderr


def test_active_only_between_engine_start_and_stop() -> None:
    run("""
assert attempt("127.0.0.1", port) == ("dialled", 0)
one = guard()
assert attempt("127.0.0.1", port) == ("dialled", 0)
one._engine_started()
assert attempt("127.0.0.1", port) == ("refused", 13)
assert attempt("127.0.0.1", port) == ("refused", 13)
one._engine_stopped()
assert attempt("127.0.0.1", port) == ("dialled", 0)
""")


def test_exceptions_are_exact_pairs() -> None:
    run("""
import json
one = guard(NEWSCRAWL_HOST_OVERRIDES=json.dumps({"a.test:80": f"127.0.0.1:{port}"}))
one._engine_started()
assert attempt("127.0.0.1", port) == ("dialled", 0)
assert attempt("127.0.0.1", second) == ("refused", 13)
assert attempt("127.0.0.2", port) == ("refused", 13)
""")


def test_the_operators_database_and_proxy_are_exceptions() -> None:
    run("""
import os
os.environ["http_proxy"] = f"http://127.0.0.1:{second}"
one = guard(NEWSCRAWL_DATABASE=f"postgresql+psycopg://user:secret@127.0.0.1:{port}/db", HTTPPROXY_ENABLED=True)
one._engine_started()
assert attempt("127.0.0.1", port) == ("dialled", 0)
assert attempt("127.0.0.1", second) == ("dialled", 0)
assert attempt("127.0.0.1", 1) == ("refused", 13)
""")


def test_own_services_are_exceptions_and_a_refusal_names_the_setting() -> None:
    run("""
one = guard(NEWSCRAWL_OWN_SERVICES=f"localhost:{port}, no-such-host.invalid:1")
one._engine_started()
assert attempt("127.0.0.1", port) == ("dialled", 0)
try:
    socket.create_connection(("127.0.0.1", second))
except PermissionError as error:
    assert str(error).endswith(f"own: NEWSCRAWL_OWN_SERVICES=127.0.0.1:{second}"), error
else:
    raise AssertionError
""")


def test_names_and_ipv6_are_refused_and_unix_sockets_are_not() -> None:
    run("""
import tempfile, os
one = guard()
one._engine_started()
assert attempt("localhost", port) == ("refused", 13)
assert attempt("", port) == ("refused", 13)
if socket.has_ipv6:
    for host in ("::1", "::ffff:127.0.0.1", "fe80::1", "::"):
        assert attempt(host, port, socket.AF_INET6)[0] == "refused", host
for host in ("10.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "168.63.129.16", "224.0.0.1"):
    assert attempt(host, 80) == ("refused", 13), host
server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
with tempfile.TemporaryDirectory() as folder, server, client:
    server.bind(os.path.join(folder, "s"))
    server.listen()
    client.connect(os.path.join(folder, "s"))
""")


def test_two_crawlers_in_one_process() -> None:
    run("""
import json
one, two = guard(), guard(NEWSCRAWL_HOST_OVERRIDES=json.dumps({"a.test:80": f"127.0.0.1:{port}"}))
one._engine_started()
two._engine_started()
assert attempt("127.0.0.1", port) == ("dialled", 0)
two._engine_stopped()
assert attempt("127.0.0.1", port) == ("refused", 13)
one._engine_stopped()
assert attempt("127.0.0.1", port) == ("dialled", 0)
""")


def test_it_stops_what_slips_past_the_resolver_and_reads_as_refused() -> None:
    """With the resolver taken away, the socket still refuses, and the crawl says so."""
    with Server(pages({"/": answer("secret")})) as canary:
        url = f"http://rebound.test:{canary.port}/"
        settings = {
            "NEWSCRAWL_PORTS": str(canary.port),
            "TWISTED_DNS_RESOLVER": "tests.net.resolvers.UnguardedResolver",
            "TEST_UNSAFE": True,
        }
        crawled = crawl([url], dns={"rebound.test": [["127.0.0.1"]]}, settings=settings)
        assert crawled.reason(url) == "refused"
        assert crawled.stats["newscrawl/net/connects_refused"] >= 1
        assert "stopped at the socket" in crawled.log
        assert canary.connections == 0
        # And with both away it is reached: the test can fail.
        crawled = crawl([url], dns={"rebound.test": [["127.0.0.1"]]}, settings={**settings, "EXTENSIONS": {}})
        assert canary.connections > 0


def test_a_link_never_reaches_an_own_service() -> None:
    """Neither by its address nor by a name that stands for it; a pipeline's own socket does, see above."""
    with Server(pages({"/": answer("secret")})) as service:
        literal, named = f"http://127.0.0.1:{service.port}/", f"http://own.test:{service.port}/"
        settings = {
            "NEWSCRAWL_PORTS": str(service.port),
            "NEWSCRAWL_OWN_SERVICES": f"127.0.0.1:{service.port},own.test:{service.port}",
        }
        crawled = crawl([literal, named], dns={"own.test": [["127.0.0.1"]]}, settings=settings)
        assert [crawled.reason(literal), crawled.reason(named)] == ["refused", "refused"]
        assert service.connections == 0
