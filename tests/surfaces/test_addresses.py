"""One post by all its names."""

from __future__ import annotations

import pytest

from newscrawl.surfaces.addresses import may_be_post, number_in, post_url
from newscrawl.urls import record_id

SITE = "https://news.example"
POST = f"{SITE}/2025/06/21/a-post/"


@pytest.mark.parametrize(
    "name",
    [
        POST,
        "http://news.example/2025/06/21/a-post/",
        f"{POST}amp/",
        f"{POST}amp",
        f"{POST}?amp=1",
        f"{POST}?amp",
        f"{POST}?noamp=mobile",
        f"{POST}?utm_source=rss&utm_medium=feed",
        f"{POST}?fbclid=abc#comments",
        f"{POST}#more-12",
    ],
)
def test_one_post(name: str) -> None:
    assert post_url(name, SITE) == POST
    assert record_id(post_url(name, SITE)) == record_id(POST)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (f"{SITE}/2025/06/21/amp/", f"{SITE}/2025/06/21/amp/"),  # a post called "amp"
        (f"{SITE}/amp/", f"{SITE}/amp/"),
        (f"{SITE}/archives/123/amp/", f"{SITE}/archives/123/"),
        (f"{SITE}/?p=7&utm_source=x", f"{SITE}/?p=7"),
        (f"{SITE}/story?id=7&page=2", f"{SITE}/story?id=7&page=2"),
        ("https://elsewhere.example/x/amp/?utm_source=x", "https://elsewhere.example/x/amp/?utm_source=x"),
    ],
)
def test_what_is_kept(name: str, kept: str) -> None:
    assert post_url(name, SITE) == kept


def test_number() -> None:
    assert number_in(f"{SITE}/?p=123") == "123"
    assert number_in(f"{SITE}?p=123&preview=1") == "123"
    for other in (None, "", POST, f"{SITE}/?p=12a", f"{SITE}/x?p=12", f"{SITE}/?page_id=3", f"{SITE}/?p=" + "9" * 19):
        assert number_in(other) is None


@pytest.mark.parametrize(
    "path", ["/2025/06/21/a-post/", "/?p=12", "/archives/12", "/news/category-killers/", "/authors/"]
)
def test_may_be_post(path: str) -> None:
    assert may_be_post(SITE + path, SITE)


@pytest.mark.parametrize(
    "path",
    ["/", "", "/?utm_source=x", "/category/news/", "/tag/x/", "/author/dnyuz/", "/page/2/", "/feed/", "/a/feed/",
     "/wp-content/uploads/x.jpg", "/x.pdf", "/sitemap.xml"],
)  # fmt: skip
def test_no_post(path: str) -> None:
    assert not may_be_post(SITE + path, SITE)
    assert not may_be_post("https://elsewhere.example/2025/06/21/a-post/", SITE)
