from __future__ import annotations

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.urls import (
    canonical_url,
    frozen_form,
    is_home_page,
    join,
    record_id,
    registrable_domain,
    same_site,
    unwrap_redirect,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "record_id_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["shows"])
def test_frozen_form_and_id_never_change(vector: dict[str, str]) -> None:
    assert frozen_form(vector["url"]) == vector["frozen"]
    assert record_id(vector["url"]) == vector["id"]
    assert hashlib.sha256(vector["frozen"].encode()).hexdigest()[:32] == vector["id"]
    assert frozen_form(vector["frozen"]) == vector["frozen"]


def test_there_are_at_least_fifty_vectors() -> None:
    assert len(VECTORS["vectors"]) >= 50


@pytest.mark.parametrize("url", VECTORS["invalid"])
def test_no_id_without_an_absolute_http_url(url: str) -> None:
    for function in (frozen_form, record_id, canonical_url):
        with pytest.raises(ValueError, match=r"URL|label"):
            function(url)
    assert unwrap_redirect(url) == url
    assert not is_home_page(url)


TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=40)
HOSTS = st.sampled_from(["a.example", "WWW.A.Example", "bücher.example", "127.0.0.1:8950", "[::1]:443", "user@b.test"])
URLS = st.builds("{}://{}/{}?{}#{}".format, st.sampled_from(["http", "https"]), HOSTS, TEXT, TEXT, TEXT) | st.builds(
    "{}://{}{}?{}".format,
    st.sampled_from(["http", "https"]),
    HOSTS,
    st.text("/.%25aA2Fé ;'()&=~", max_size=20).map(lambda path: "/" + path),
    st.text("utm_=&%2541+?/amp1;[]é ", max_size=30),
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(URLS)
def test_both_forms_are_stable_and_ascii(url: str) -> None:
    frozen = frozen_form(url)
    assert frozen.isascii()
    assert frozen_form(frozen) == frozen
    assert record_id(frozen) == record_id(url)
    once = canonical_url(url)
    assert once.isascii()
    assert canonical_url(once) == once
    assert canonical_url(frozen) == once


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["utm_source=a", "FBCLID=x", "utm_x", "gclid="]), URLS)
def test_a_tracker_changes_no_id(tracker: str, url: str) -> None:
    base, _, query = url.partition("#")[0].partition("?")
    assert record_id(f"{base}?{tracker}&{query}") == record_id(f"{base}?{query}")


@settings(max_examples=200, deadline=None)
@given(TEXT | URLS)
def test_nothing_but_value_error(value: str) -> None:
    for function in (canonical_url, record_id):
        with contextlib.suppress(ValueError):
            function(value)
    registrable_domain(value)
    unwrap_redirect(value)
    is_home_page(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.a.example/x/", "https://www.a.example/x"),
        ("https://a.example/x?smid=tw-share&b=2&a=1", "https://a.example/x?a=1&b=2"),
        ("https://a.example/x?ref=home&source=rss", "https://a.example/x"),
        ("https://a.example/x?amp=1", "https://a.example/x/"),
        ("https://a.example/x?amp", "https://a.example/x"),
        ("https://a.example/x?outputType=amp", "https://a.example/x"),
        ("https://a.example/a/./b/../x#top", "https://a.example/a/x"),
        ("https://a.example//x", "https://a.example/x"),
        ("https://a.example/x?a=1&amp;b=2", "https://a.example/x?a=1&b=2"),
        ("https://a.example/%7ex", "https://a.example/~x"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example:443/x"),
        ("https://a.example/x?unlocked_article_code=abc", "https://a.example/x"),
        ("https://a.example", "http://a.example:80/?utm_source=a"),
    ],
)
def test_the_same_article(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/story?12345", "https://a.example/story?12346"),
        ("https://a.example/x?id=1", "https://a.example/x?id=2"),
        ("https://a.example/x?gallery=5", "https://a.example/x?gallery=6"),
        ("https://a.example/X", "https://a.example/x"),
        ("https://a.example/x", "https://www.a.example/x"),
        ("https://a.example/x:8080", "https://a.example/x"),
        ("https://a.example:8080/x", "https://a.example/x"),
        ("https://a.example/guitar/amp/", "https://a.example/guitar/"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/?u=https://b.example/1", "https://a.example/?u=https://b.example/2"),
        ("https://a.example/web/https://b.example/1", "https://a.example/web/https://b.example/2"),
    ],
)
def test_different_articles(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("https://www.news.example.co.uk/x", "example.co.uk"),
        ("example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("www.example.com:8080", "example.com"),
        ("//www.example.com/x", "example.com"),
        ("https://one.blogspot.com/x", "one.blogspot.com"),
        ("https://deep.one.github.io/x", "one.github.io"),
        ("https://letter.substack.com/p/x", "letter.substack.com"),
        ("https://substack.com/x", "substack.com"),
        ("blogspot.com", "blogspot.com"),
        ("https://www.publisher.test/x", "publisher.test"),
        ("http://a.b.publisher.test:8950/x", "publisher.test"),
        ("http://localhost:8000/", "localhost"),
        ("wiki.corp.intranet", "corp.intranet"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("https://bücher.de/x", "xn--bcher-kva.de"),
        ("", ""),
        ("not a host", ""),
        ("https://", ""),
        ("a..b", ""),
        ("x" * 9000, ""),
    ],
)
def test_registrable_domain(value: str, domain: str) -> None:
    assert registrable_domain(value) == domain


def test_registrable_domain_for_politeness() -> None:
    assert registrable_domain("https://one.blogspot.com/", private=False) == "blogspot.com"


def test_registrable_domain_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert registrable_domain("https://never.asked.before.example.org/") == "example.org"


def test_same_site() -> None:
    assert same_site("https://www.a.example.com/x", "http://a.example.com:8080")
    assert same_site("http://a.publisher.test/", "publisher.test")
    assert not same_site("https://one.blogspot.com", "https://two.blogspot.com")
    assert not same_site("http://one.test", "http://two.test")
    assert not same_site("", "")


def test_is_home_page() -> None:
    for url in (
        "https://a.example",
        "https://a.example/",
        "http://a.example/?utm_source=x",
        "https://a.example/index.php",
    ):
        assert is_home_page(url), url
    for url in ("https://a.example/x", "https://a.example/?p=12", "/", ""):
        assert not is_home_page(url), url


TARGET = "https://publisher.example/2026/11/story?id=7&x=1"
ENCODED = "https%3A%2F%2Fpublisher.example%2F2026%2F11%2Fstory%3Fid%3D7%26x%3D1"
BASE64 = "aHR0cHM6Ly9wdWJsaXNoZXIuZXhhbXBsZS8yMDI2LzExL3N0b3J5P2lkPTcmeD0x"


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.google.com/url?rct=j&sa=t&url={ENCODED}&ct=ga",
        f"https://www.google.co.uk/url?q={ENCODED}&sa=U",
        f"https://l.facebook.com/l.php?u={ENCODED}&h=AT0",
        f"https://www.facebook.com/l.php?u={ENCODED}",
        f"https://news.google.com/news/url?sa=t&url={ENCODED}",
        f"https://www.youtube.com/redirect?event=x&q={ENCODED}",
        f"https://out.reddit.com/t3_x?url={ENCODED}&token=y",
        f"https://eur01.safelinks.protection.outlook.com/?url={ENCODED}&data=z",
        f"https://go.skimresources.com/?id=1&url={ENCODED}",
        f"https://duckduckgo.com/l/?uddg={ENCODED}",
        f"https://www.bing.com/ck/a?!&&p=1&u=a1{BASE64}&ntb=1",
        f"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU={ENCODED}/RK=2/RS=x-",
        f"https://aggregator.example/out?url={ENCODED}",
        f"https://aggregator.example/goto.php?u={BASE64}",
        f"https://click.mailer.example/?url={ENCODED}",
        f"https://aggregator.example/redirect?url={ENCODED.replace('%', '%25')}",
        f"https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D{ENCODED.replace('%', '%25')}",
        f"https://disq.us/url?url={ENCODED}%3AAbCdEfGhIjKlMnOpQrStUvWxYz0&cuid=1",
        f"https://href.li/?{TARGET}",
    ],
)
def test_unwrap_redirect(url: str) -> None:
    assert unwrap_redirect(url) == TARGET


def test_unwrap_more_redirects() -> None:
    assert (
        unwrap_redirect("https://publisher-example.cdn.ampproject.org/c/s/publisher.example/story/amp")
        == "https://publisher.example/story/amp"
    )
    assert unwrap_redirect("https://www.google.com/amp/s/publisher.example/story") == "https://publisher.example/story"
    assert (
        unwrap_redirect("https://urldefense.com/v3/__https://publisher.example/story__;!!x$")
        == "https://publisher.example/story"
    )
    assert (
        unwrap_redirect("https://urldefense.proofpoint.com/v2/url?u=https-3A__publisher.example_story&d=x")
        == "https://publisher.example/story"
    )
    assert unwrap_redirect("https://a.example/out?url=//publisher.example/story") == "https://publisher.example/story"


@pytest.mark.parametrize(
    "url",
    [
        TARGET,
        "https://t.co/abc",
        "https://bit.ly/abc",
        "https://trib.al/abc",
        "https://feedproxy.google.com/~r/feed/~3/abc/",
        "https://news.google.com/rss/articles/CBMiabc?oc=5",
        f"https://www.facebook.com/sharer/sharer.php?u={ENCODED}",
        f"https://twitter.com/intent/tweet?url={ENCODED}",
        f"https://www.linkedin.com/shareArticle?mini=true&url={ENCODED}",
        f"https://aggregator.example/login?redirect={ENCODED}",
        f"https://aggregator.example/wp-json/oembed/1.0/embed?url={ENCODED}",
        "https://aggregator.example/out?url=/inner/path",
        "https://aggregator.example/out?url=javascript:alert(1)",
        "https://aggregator.example/out?url=file:///etc/passwd",
        "https://aggregator.example/out?url=https://",
        "https://aggregator.example/goto?u=aHR0c%25%25",
        "https://www.google.com/search?q=https://publisher.example/",
        "no url",
        "",
    ],
)
def test_nothing_to_unwrap(url: str) -> None:
    assert unwrap_redirect(url) == url


def test_unwrapping_is_bounded() -> None:
    url = TARGET
    for _ in range(7):
        url = "https://a.example/out?url=" + quote(url, safe="")
    assert unwrap_redirect(url).startswith("https://a.example/out?url=")
    assert unwrap_redirect("https://a.example/out?" + "url=%25" * 1000) is not None


@given(st.sampled_from(["https://a.example/b/c?d", "http://[::1]:8080/"]), st.text(st.characters(max_codepoint=0x24F)))
def test_join_is_urljoin_with_nothing_that_commands_a_terminal(base: str, link: str) -> None:
    try:
        joined = join(base, link)
    except ValueError:
        return
    assert not any(ord(one) < 0x20 or 0x7F <= ord(one) <= 0x9F for one in joined)
    if link.isascii() and link.isprintable() and link == link.strip():
        assert joined == urljoin(base, link)


@pytest.mark.parametrize(
    "link",
    [
        "http://a.example/b/../c", "https://a.example:81/b;p=1?q=1&r=%20#f", "http://a.example/?", "http://a.example/b?",
        "http://a.example//b", "HTTP://A.example/b", "http://a.example", "http://u@a.example/b", "http://a.example/b#",
        "http://a.example:/b", "http://a.example/b?c=d?e", "https://a.example/~b/(c)!*'",
    ],
)  # fmt: skip
def test_an_absolute_link_is_joined_as_urljoin_does_it(link: str) -> None:
    assert join("http://base.example/x/y", link) == urljoin("http://base.example/x/y", link)
    assert join("", link) == urljoin("", link)


def test_join_escapes_bidi_and_c1_controls() -> None:
    assert join("https://a.example/", "/x\u202egpj.exe") == "https://a.example/x%E2%80%AEgpj.exe"
    assert join("https://a.example/", "/x\x9b31my") == "https://a.example/x%C2%9B31my"
    assert join("https://a.example/", "/été") == "https://a.example/été"


@pytest.mark.parametrize(
    "link",
    [
        "//" + "a\u0316\u0301" * 2_000 + "/x",
        "https://" + "\u0316\u0301" * 2_000,
        "ht\ntps:/\t/" + "\u0316\u0301" * 2_000 + "?q",
        "/" * 9_000,
    ],
)
def test_a_host_of_marks_is_no_host(link: str) -> None:
    """400 of them on a list page took 13 s."""
    begun = time.process_time()
    for _ in range(400):
        for function in (lambda: join("https://a.example/", link), lambda: record_id("https:" + link)):
            with pytest.raises(ValueError, match="URL"):
                function()
        assert unwrap_redirect(link) == link
    assert time.process_time() - begun < 1
