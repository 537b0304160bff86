"""Sitemaps: what they are, what they hold, which to read first, and what they must not do."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib

import pytest

from newscrawl.surfaces.parsing.sitemap import (
    SitemapEntry,
    newest_first,
    parse_sitemap,
    post_sitemaps,
    prune,
    url_day,
)

URL = "https://agg.test/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = (
    f'<urlset {NS} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
    "<loc>https://agg.test/2025/06/21/boat/</loc><news:news>"
    "<news:publication><news:name>Agg &amp; Co</news:name><news:language>en</news:language></news:publication>"
    "<news:publication_date>2025-06-21T18:04:05+02:00</news:publication_date>"
    "<news:title>Boat &#8216;sinks&#8217;</news:title></news:news></url></urlset>"
)
OLD = b"<s:urlset xmlns:s='http://www.google.com/schemas/sitemap/0.84'><s:url><s:loc>https://agg.test/</s:loc></s:url>"
ONE = "<url><loc>https://agg.test/a/</loc></url>"


def urlset(inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NS}>{inner}</urlset>'.encode()


def test_urlset() -> None:
    body = urlset(
        "<url><loc> https://agg.test/?a=1&amp;b=2 </loc><lastmod>2025-06-21T18:04:05+02:00</lastmod></url>"
        "<url><loc><![CDATA[https://agg.test/b/]]></loc><lastmod>2025-06-21</lastmod></url>"
        "<url><loc>/relative/</loc><lastmod>soon</lastmod></url>"
        "<url><loc>javascript:alert(1)</loc></url><url></url>"
    )
    got = parse_sitemap(body, URL)
    assert got.kind == "urlset"
    assert [(one.loc, one.lastmod, one.lastmod_precision) for one in got.entries] == [
        ("https://agg.test/?a=1&b=2", "2025-06-21T16:04:05Z", "second"),
        ("https://agg.test/b/", "2025-06-21T00:00:00Z", "day"),
        ("https://agg.test/relative/", None, None),
    ]
    assert got.skipped == 2
    assert got.truncated is False


def test_news_fields() -> None:
    (one,) = parse_sitemap(NEWS.encode(), URL).entries
    assert one.news_published_at == "2025-06-21T16:04:05Z"
    assert one.news_title == "Boat ‘sinks’"


def test_image_locs_are_not_pages() -> None:
    body = urlset(
        "<url><loc>https://agg.test/a/</loc><image:image xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>"
        "<image:loc>https://agg.test/a.jpg</image:loc></image:image></url>"
    )
    assert [one.loc for one in parse_sitemap(body, URL).entries] == ["https://agg.test/a/"]


def test_index() -> None:
    body = (
        f"<sitemapindex {NS}><sitemap><loc>https://agg.test/post-sitemap.xml</loc><lastmod>2025-06-21T16:04:05+00:00"
        "</lastmod></sitemap><sitemap><loc>https://agg.test/page-sitemap.xml</loc></sitemap></sitemapindex>"
    )
    got = parse_sitemap(body.encode(), URL)
    assert got.kind == "index"
    assert [one.loc for one in got.entries] == [
        "https://agg.test/post-sitemap.xml",
        "https://agg.test/page-sitemap.xml",
    ]


@pytest.mark.parametrize(
    ("body", "kind", "count"),
    [
        (urlset(""), "empty", 0),
        (f"<sitemapindex {NS}></sitemapindex>".encode(), "empty", 0),
        (b"", "not_a_sitemap", 0),
        (b"<!DOCTYPE html><html><body><a href='https://agg.test/'>x</a></body></html>", "not_a_sitemap", 0),
        (b"<rss><channel><item><link>https://agg.test/</link></item></channel></rss>", "urlset", 1),
        (b"{}", "not_a_sitemap", 0),
        (b"https://agg.test/a/\nhttps://agg.test/b/\r\n\n", "urlset", 2),
        (b"\xef\xbb\xbfhttps://agg.test/a/\n", "urlset", 1),
        (b"not found\nhttps://agg.test/a/", "not_a_sitemap", 0),
        (b"<urlset><url><loc>https://agg.test/a/</loc></url></urlset>", "urlset", 1),
        (OLD + b"</s:urlset>", "urlset", 1),
        (gzip.compress(urlset(ONE), mtime=0), "urlset", 1),
        (gzip.compress(urlset(ONE), mtime=0)[:60], "not_a_sitemap", 0),
        (b"\n \n" + urlset(ONE), "urlset", 1),
        (urlset(ONE).decode().replace("UTF-8", "UTF-16").encode("utf-16"), "urlset", 1),
    ],
)  # fmt: skip
def test_kinds(body: bytes, kind: str, count: int) -> None:
    got = parse_sitemap(body, URL)
    assert (got.kind, len(got.entries)) == (kind, count)


def test_bare_ampersands_do_not_corrupt_addresses() -> None:
    body = urlset("<url><loc>https://agg.test/?a=1&b=2&amp;c=3</loc></url><url><loc>https://agg.test/b/</loc></url>")
    assert [one.loc for one in parse_sitemap(body, URL).entries] == [
        "https://agg.test/?a=1&b=2&c=3",
        "https://agg.test/b/",
    ]


def test_a_cut_sitemap_gives_what_is_there_and_says_so() -> None:
    body = urlset("".join(f"<url><loc>https://agg.test/{n}/</loc></url>" for n in range(10)))[:-60]
    got = parse_sitemap(body, URL)
    assert got.kind == "urlset"
    assert len(got.entries) in (8, 9)
    assert got.truncated is True
    for cut in range(1, 60):
        got = parse_sitemap(body[:-cut], URL)
        assert all(one.loc == f"https://agg.test/{n}/" for n, one in enumerate(got.entries)), cut


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]>"
)
QUADRATIC = '<!DOCTYPE x [<!ENTITY m "' + "h" * 100_000 + '">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY m SYSTEM "file:///etc/passwd">]>'
EXTERNAL_DTD = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("head", [LAUGHS, QUADRATIC, EXTERNAL, EXTERNAL_DTD])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_and_dtds_are_not_read(head: str, encoding: str) -> None:
    body = f"{head}<urlset><url><loc>https://agg.test/{'&m;' * 1_000}</loc></url><url><loc>https://agg.test/b/</loc></url></urlset>"
    started = time.process_time()
    got = parse_sitemap(body.encode(encoding), URL)
    assert time.process_time() - started < 5
    assert not any("haha" in one.loc or "hhh" in one.loc or "root" in one.loc for one in got.entries)
    assert "https://agg.test/b/" in [one.loc for one in got.entries]


@pytest.mark.slow
def test_limits() -> None:
    many = urlset("".join(f"<url><loc>https://agg.test/{n}/</loc></url>" for n in range(50_010)))
    got = parse_sitemap(many, URL)
    assert (len(got.entries), got.truncated) == (50_000, True)
    assert parse_sitemap(b"<urlset>" + b"<url>" * 200_000, URL).entries == []
    lines = b"\n".join(b"https://agg.test/%d/" % n for n in range(50_010))
    assert len(parse_sitemap(lines, URL).entries) == 50_000


@pytest.mark.parametrize("filler", [b" ", b"&", b"\n", b"<url/>", b"https://agg.test/a/\n"])
def test_gzip_bombs_are_bounded(monkeypatch: pytest.MonkeyPatch, filler: bytes) -> None:
    """50 KB of ampersands cost 4.8 GB, one Python object for each."""
    most = 10_000_000 if filler == b"&" else 1_000_000
    monkeypatch.setattr("newscrawl.surfaces.parsing.sitemap.MAX_SITEMAP", most)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(urlset("")[:-9] + b"<url><loc>https://agg.test/a/</loc></url>")
    piece = filler * (1_000_000 // len(filler))
    bomb += b"".join(packer.compress(piece) for _ in range(60)) + packer.flush()
    assert len(bomb) < 500_000
    tracemalloc.start()
    try:
        got = parse_sitemap(bomb, URL)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000 + 3 * most
    if filler == b"&":
        assert got.kind == "not_a_sitemap"
        return
    assert got.truncated is True
    assert [one.loc for one in got.entries] == ["https://agg.test/a/"]


def entry(name: str, lastmod: str | None = None) -> SitemapEntry:
    return SitemapEntry(loc=f"https://agg.test/{name}", lastmod=lastmod, lastmod_precision=lastmod and "second")


def names(entries: list[SitemapEntry]) -> list[str]:
    return [one.loc.removeprefix("https://agg.test/") for one in entries]


def test_core_newest_in_the_last_file() -> None:
    children = [
        entry("wp-sitemap-posts-post-1.xml"),
        entry("wp-sitemap-posts-post-2.xml"),
        entry("wp-sitemap-posts-post-10.xml"),
        entry("wp-sitemap-posts-page-1.xml"),
        entry("wp-sitemap-taxonomies-category-1.xml"),
        entry("wp-sitemap-users-1.xml"),
    ]
    assert names(post_sitemaps(children)) == [
        "wp-sitemap-posts-post-10.xml",
        "wp-sitemap-posts-post-2.xml",
        "wp-sitemap-posts-post-1.xml",
    ]


def test_yoast_by_lastmod_the_unnumbered_being_the_first() -> None:
    children = [
        entry("post-sitemap.xml", "2023-01-01T00:00:00Z"),
        entry("post-sitemap2.xml", "2024-01-01T00:00:00Z"),
        entry("post-sitemap3.xml", "2025-06-21T00:00:00Z"),
        entry("page-sitemap.xml", "2025-06-21T00:00:00Z"),
        entry("category-sitemap.xml", "2025-06-21T00:00:00Z"),
        entry("post_tag-sitemap.xml", "2025-06-21T00:00:00Z"),
        entry("author-sitemap.xml", "2025-06-21T00:00:00Z"),
        entry("news-sitemap.xml"),
    ]
    assert names(post_sitemaps(children)) == [
        "news-sitemap.xml",
        "post-sitemap3.xml",
        "post-sitemap2.xml",
        "post-sitemap.xml",
    ]
    assert names(post_sitemaps(children, since="2024-06-01T00:00:00Z")) == ["news-sitemap.xml", "post-sitemap3.xml"]
    without = [entry("post-sitemap.xml"), entry("post-sitemap2.xml")]
    assert names(post_sitemaps(without)) == ["post-sitemap2.xml", "post-sitemap.xml"]


def test_rank_math() -> None:
    children = [
        entry("post-sitemap1.xml", "2025-06-21T00:00:00Z"),
        entry("post-sitemap2.xml", "2024-01-01T00:00:00Z"),
        entry("local-sitemap.xml", "2025-06-21T00:00:00Z"),
        entry("product-sitemap1.xml", "2025-06-21T00:00:00Z"),
    ]
    assert names(post_sitemaps(children)) == ["post-sitemap1.xml", "post-sitemap2.xml"]


def test_children_named_by_month() -> None:
    children = [
        entry("sitemap-pt-post-p1-2023-01.xml"),
        entry("sitemap-pt-post-2025-06.xml"),
        entry("sitemap-misc.xml"),
    ]
    children += [entry("sitemap-pt-post-2025-05.xml")]
    assert names(post_sitemaps(children, since="2025-06-01T00:00:00Z")) == [
        "sitemap-pt-post-2025-06.xml",
        "sitemap-pt-post-2025-05.xml",  # its last day may be the first of June elsewhere
    ]
    assert names(post_sitemaps(children, since="2025-06-03T00:00:00Z")) == ["sitemap-pt-post-2025-06.xml"]


def test_unknown_names_are_all_read() -> None:
    children = [entry("sitemap1.xml"), entry("sitemap2.xml.gz"), entry("sitemap-authors.xml")]
    assert names(post_sitemaps(children)) == ["sitemap2.xml.gz", "sitemap1.xml", "sitemap-authors.xml"]


def test_prune_by_lastmod_and_by_the_day_in_the_address() -> None:
    entries = [
        entry("2025/06/18/old/", "2025-06-18T10:00:00Z"),
        entry("2023/01/01/old-but-edited/", "2025-06-21T10:00:00Z"),
        entry("2025/06/21/new/", "2025-06-21T10:00:00Z"),
        entry("2025/06/20/no-lastmod/"),
        entry("no-date/"),
        SitemapEntry(loc="https://agg.test/by-day/", lastmod="2025-06-20T00:00:00Z", lastmod_precision="day"),
        entry("2025/06/25/later/", "2025-06-25T10:00:00Z"),
    ]
    kept = prune(entries, since="2025-06-20T12:00:00Z", until="2025-06-23T00:00:00Z")
    assert names(kept) == ["2025/06/21/new/", "2025/06/20/no-lastmod/", "no-date/", "by-day/"]
    assert prune(entries) == entries


def test_newest_first() -> None:
    ids_ascending = [entry("a/"), entry("b/"), entry("c/")]
    assert names(newest_first(ids_ascending)) == ["c/", "b/", "a/"]
    mixed = [entry("a/", "2025-06-01T00:00:00Z"), entry("2025/06/21/b/"), entry("c/", "2025-06-20T00:00:00Z")]
    assert names(newest_first(mixed)) == ["2025/06/21/b/", "c/", "a/"]


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://agg.test/2025/06/21/boat/", "2025-06-21"),
        ("https://agg.test/news/2025/6/1/boat/", "2025-06-01"),
        # No day is meant for certain: it may be what the post is about.
        ("https://agg.test/2025-06-21-boat/", None),
        ("https://agg.test/2025/06/boat/", None),
        ("https://agg.test/2025/13/41/boat/", None),
        ("https://agg.test/12025/06/21/", None),
    ],
)
def test_url_day(url: str, day: str | None) -> None:
    assert url_day(url) == day


@pytest.mark.slow
def test_a_text_sitemap_of_empty_lines_is_none() -> None:
    begun = time.process_time()
    assert parse_sitemap(gzip.compress(b"\n" * 20_000_000), "https://a.example/sitemap.txt.gz").kind == "not_a_sitemap"
    many = b"\n\r\n".join(b"https://a.example/%d" % number for number in range(50_001))
    found = parse_sitemap(many, "https://a.example/sitemap.txt")
    assert (len(found.entries), found.truncated) == (50_000, True)
    assert time.process_time() - begun < 20
