"""The address policy: notations, ranges, names, ports, answers."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import pytest

from benchmarks.common import SHARED
from newscrawl.net.overrides import HostOverrides
from newscrawl.net.policy import DEFAULT_POLICY, Policy, UrlRefused, check_address, check_answer, check_name, check_url

HOSTILE = SHARED / "data" / "hostile_urls.jsonl"


def reason_of(url: str, addresses: tuple[str, ...] = (), policy: Policy = DEFAULT_POLICY) -> str | None:
    try:
        check_url(url, addresses, policy=policy)
    except UrlRefused as refused:
        return refused.reason
    return None


@pytest.mark.skipif(not HOSTILE.exists(), reason="../shared/data/hostile_urls.jsonl is not here")
def test_hostile_urls_are_judged_right_both_ways() -> None:
    wrong = []
    cases = [json.loads(line) for line in Path(HOSTILE).read_text(encoding="utf-8").splitlines()]
    for case in cases:
        answers = case.get("dns", [])
        if isinstance(answers, dict):
            answers = [ip for name in answers.values() for ip in name]
        got = "allow" if reason_of(case["url"], tuple(answers)) is None else "deny"
        if got != case["expect"]:
            wrong.append((case["id"], case["url"], case["why"], got))
        # What the URL alone shows is refused before any lookup.
        if case["stage"] != "dns" and case["expect"] == "deny" and reason_of(case["url"]) is None:
            wrong.append((case["id"], case["url"], "refused only after a lookup", got))
    assert len(cases) >= 100
    assert wrong == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://2130706433/", "private-address"),
        ("http://0x7f.1/", "private-address"),
        ("http://0177.1/", "private-address"),
        ("http://①②⑦.⓪.⓪.①/", "private-address"),
        ("http://127.0.0.1./", "private-address"),
        ("http://127.0.0.1\\@public.example/", "private-address"),
        ("http:/\\127.0.0.1/", "private-address"),
        ("ht\ntp://127.0.0.1/", "private-address"),
        ("http://[::]/", "private-address"),
        ("http://[::127.0.0.1]/", "private-address"),
        ("http://[::ffff:0:7f00:1]/", "private-address"),
        ("http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "private-address"),
        ("http://[4000::1]/", "private-address"),
        ("http://[2606:4700::5efe:7f00:1]/", "private-address"),
        ("http://[fd00:ec2::254]/", "private-address"),
        ("http://100.100.100.200/", "private-address"),
        ("http://user@public.example/", "userinfo"),
        ("http://:secret@public.example/", "userinfo"),
        ("http://wiki/", "single-label"),
        ("http://wiki./", "single-label"),
        ("http://a.localhost/", "private-name"),
        ("http://printer.local/", "private-name"),
        ("http://db.prod.internal./", "private-name"),
        ("http://LOCALHOST./", "private-name"),
        ("http://public.example:6379/", "port"),
        ("https://public.example:0/", "port"),
        ("http://8.8.8.8:53/", "port"),
        ("gopher://public.example/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("view-source:http://public.example/", "scheme"),
        ("http://", "invalid"),
        ("", "invalid"),
        ("/relative", "invalid"),
        ("http://public.example:99999/", "invalid"),
        ("http://a..example/", "invalid"),
        ("http://public.example/\ud800", "invalid"),
        ("http://public.example/" + "a" * 9000, "invalid"),
        ("http://" + "a." * 140 + "example/", "invalid"),
    ],
)
def test_refused_with_its_reason(url: str, reason: str) -> None:
    assert reason_of(url) == reason


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.com/2025/06/20/a-b?c=d&e=http://127.0.0.1/#f",
        "http://xn--bcher-kva.example/",
        "http://bücher.example/ä?ö",
        "https://example.com.:8443/",
        "http://9.9.9.9/",
        "http://0x08080808/",
        "http://localhost.example.com/",
        "http://internal.example.com/",
        "http://homes.example/",
        "HTTP://EXAMPLE.COM:80",
        "http://[2a00:1450:4001:81b::2004]/",
        "https://a-very_odd.sub-domain.example:443/x;y=z",
    ],
)
def test_public_urls_are_allowed(url: str) -> None:
    assert reason_of(url) is None


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ],
)
def test_both_ends_of_each_ipv4_range_and_their_embeddings(network: str) -> None:
    net = ipaddress.IPv4Network(network)
    for address in (net.network_address, net.broadcast_address):
        number = int(address)
        for literal in (
            str(address),
            f"::ffff:{address}",
            f"::{address}",
            f"64:ff9b::{address}",
            str(ipaddress.IPv6Address(0x2002 << 112 | number << 80)),
        ):
            with pytest.raises(UrlRefused) as refused:
                check_address(literal)
            assert refused.value.reason == "private-address"
    for neighbour in (int(net.network_address) - 1, int(net.broadcast_address) + 1):
        if 0 < neighbour < 2**32:
            other = ipaddress.IPv4Address(neighbour)
            if other.is_global and not other.is_multicast:
                check_address(str(other))


@pytest.mark.parametrize("text", ["", "public.example", "127.1", "1.2.3", "fe80::1%eth0", "[::1]", "1.2.3.4 "])
def test_what_is_no_public_address_is_refused(text: str) -> None:
    with pytest.raises(UrlRefused):
        check_address(text)


def test_one_bad_address_refuses_the_whole_answer() -> None:
    check_answer("a.example", ("93.184.215.14", "2606:4700::1"))
    with pytest.raises(UrlRefused, match="mixed-dns") as refused:
        check_answer("a.example", ("93.184.215.14", "10.0.0.1"))
    assert refused.value.reason == "mixed-dns"
    with pytest.raises(UrlRefused) as refused:
        check_answer("a.example", ("10.0.0.1", "::1"))
    assert refused.value.reason == "private-address"
    assert reason_of("http://a.example/", ("93.184.215.14", "not an address")) == "mixed-dns"


def test_an_override_excepts_the_name_and_nothing_else() -> None:
    overrides = HostOverrides.parse('{"site.test:8950": "127.0.0.1:8950", "*.test:8960": "127.0.0.1:8960"}')
    policy = Policy(overrides=overrides)
    assert reason_of("http://site.test:8950/", policy=policy) is None
    assert reason_of("https://SITE.test.:8950/", policy=policy) is None
    assert reason_of("http://a.b.test:8960/", policy=policy) is None
    assert reason_of("http://site.test:8951/", policy=policy) == "port"
    assert reason_of("http://127.0.0.1:8950/", policy=policy) == "port"
    assert reason_of("http://127.0.0.1/", policy=policy) == "private-address"
    assert reason_of("http://user@site.test:8950/", policy=policy) == "userinfo"
    assert reason_of("ftp://site.test:8950/", policy=policy) == "scheme"
    # Another name that leads to the same address is judged by its address.
    assert reason_of("http://other.example/", ("127.0.0.1",), policy=policy) == "private-address"


def test_a_wildcard_does_not_except_literals() -> None:
    policy = Policy(overrides=HostOverrides.parse('{"*:*": "127.0.0.1:8960"}'))
    assert reason_of("http://anything.example:22/", policy=policy) is None
    assert reason_of("http://10.0.0.1/", policy=policy) == "private-address"
    assert reason_of("http://[::1]/", policy=policy) == "private-address"
    assert reason_of("http://2130706433/", policy=policy) == "private-address"


def test_ports_are_a_setting() -> None:
    policy = Policy.from_settings({"NEWSCRAWL_PORTS": "443, 9000"})
    assert reason_of("https://a.example/", policy=policy) is None
    assert reason_of("http://a.example:9000/", policy=policy) is None
    assert reason_of("http://a.example/", policy=policy) == "port"
    assert Policy.from_settings({"NEWSCRAWL_PORTS": [80, 81]}).ports == {80, 81}
    assert Policy.from_settings({}) == DEFAULT_POLICY
    for bad in ("x", "80,", "0", "65536", "-1", "８０", "1" * 5000):
        with pytest.raises(ValueError, match="NEWSCRAWL_PORTS"):
            Policy.from_settings({"NEWSCRAWL_PORTS": bad})


def test_the_message_is_one_escaped_line() -> None:
    with pytest.raises(UrlRefused) as refused:
        check_url("http://intranet/\x1b]0;x\x07\n\u202e" + "a" * 1000)
    message = str(refused.value)
    assert message.isprintable()
    assert len(message) < 400


def test_names() -> None:
    check_name("a.example")
    check_name("xn--fiqs8s")
    for bad in ("", ".", "a", "home.arpa", "x.home.arpa", "a..b"):
        with pytest.raises(UrlRefused):
            check_name(bad)
