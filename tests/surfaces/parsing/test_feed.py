"""Feeds: fields, comment feeds, cut texts, hostile input; 116 real feeds counted against feedparser; OPML."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import feedparser
import pytest

from benchmarks.common import SHARED
from newscrawl.html.repair import clean_markup
from newscrawl.surfaces.parsing.feed import page_url, parse_feed, parse_opml

REAL = SHARED / "data" / "wordpress" / "feeds"
URL = "https://agg.test/feed/"

FULL = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
 <title>Agg &#38; Co</title>
 <atom:link href="/feed/" rel="self" type="application/rss+xml" />
 <atom:link href="/feed/?paged=2" rel="next" />
 <link>https://agg.test</link>
 <generator>https://wordpress.org/?v=6.8</generator>
 <item>
  <title>Boat &#8216;sinks&#8217; &amp;amp; nobody drowns</title>
  <link>https://agg.test/2025/06/21/boat/?a=1&amp;b=2</link>
  <dc:creator><![CDATA[The Paper]]></dc:creator>
  <pubDate>Sat, 21 Jun 2025 18:04:05 +0200</pubDate>
  <category><![CDATA[News]]></category>
  <category><![CDATA[U.S. &amp; World]]></category>
  <guid isPermaLink="false">https://agg.test/?p=17</guid>
  <description><![CDATA[<p>It sank [&#8230;]</p>]]></description>
  <content:encoded><![CDATA[<p><img src="/boat.jpg">It sank on <script>x()</script> Monday.</p>
  <p>Nobody drowned.</p>]]></content:encoded>
 </item>
 <item>
  <title>Relative</title>
  <link>../2025/06/20/relative/</link>
  <pubDate>Fri, 20 Jun 2025 08:00:00 GMT</pubDate>
  <guid isPermaLink="false">https://agg.test/?p=16</guid>
  <description>Only an excerpt of it [...]</description>
  <media:content url="https://agg.test/relative.jpg" medium="image" />
 </item>
 <item>
  <title>Cut in its full text</title>
  <link>https://agg.test/2025/06/19/cut/</link>
  <pubDate>Thu, 19 Jun 2025 08:00:00 GMT</pubDate>
  <description>Short</description>
  <content:encoded><![CDATA[<p>It begins here and
   <a class="more-link" href="/2025/06/19/cut/">Continue reading</a></p>]]></content:encoded>
 </item>
 <item>
  <title>No link</title>
  <guid>https://agg.test/2025/06/18/guid-only/</guid>
  <pubDate>yesterday</pubDate>
 </item>
 <item>
  <title>Nothing to go to</title>
  <link>javascript:alert(1)</link>
 </item>
</channel></rss>"""


def test_fields() -> None:
    feed = parse_feed(FULL, URL, "application/rss+xml; charset=UTF-8")
    assert feed.kind == "posts"
    assert feed.title == "Agg & Co"
    assert feed.wordpress is True
    assert feed.next_url == "https://agg.test/feed/?paged=2"
    assert len(feed.entries) == 5
    one, relative, cut, guid_only, nowhere = feed.entries
    assert one.title == "Boat ‘sinks’ & nobody drowns"
    assert one.url == "https://agg.test/2025/06/21/boat/?a=1&b=2"
    assert one.guid == "https://agg.test/?p=17"
    assert one.author == "The Paper"
    assert (one.published_at, one.published_precision) == ("2025-06-21T16:04:05Z", "second")
    assert one.modified_at is None
    assert one.categories == ["News", "U.S. & World"]
    assert one.full_text is True
    assert one.content is not None
    assert one.content.text == "It sank on Monday.\n\nNobody drowned."
    assert one.image_url == "https://agg.test/boat.jpg"
    assert one.summary_html == "<p>It sank [&#8230;]</p>"

    assert relative.url == "https://agg.test/2025/06/20/relative/"
    assert (relative.full_text, relative.content_html) == (False, None)
    assert relative.image_url == "https://agg.test/relative.jpg"

    assert cut.full_text is False
    assert cut.content is not None
    assert cut.content.truncated is True

    assert guid_only.url == "https://agg.test/2025/06/18/guid-only/"
    assert guid_only.published_at is None
    assert nowhere.url is None


ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
 <title type="html">Tom &amp;amp; Co</title>
 <entry>
  <title type="html">A &lt;em&gt;loud&lt;/em&gt; day</title>
  <link rel="alternate" href="/a/"/>
  <id>tag:agg.test,2025:1</id>
  <published>2025-06-21T10:00:00.123+02:00</published>
  <updated>2025-06-21T11:00:00Z</updated>
  <author><name>Jo Writer</name></author><author><name>Mo Writer</name></author>
  <category term="News"/>
  <content type="html">&lt;p&gt;All of it.&lt;/p&gt;</content>
 </entry>
 <entry>
  <title>Only updated</title><link href="https://agg.test/b/"/><id>b</id>
  <updated>2025-06-20T11:00Z</updated><summary>Sum</summary>
 </entry>
</feed>"""


def test_atom() -> None:
    feed = parse_feed(ATOM, "https://agg.test/feed/atom/")
    assert (feed.kind, feed.title, feed.wordpress, feed.next_url) == ("posts", "Tom & Co", False, None)
    one, two = feed.entries
    assert (one.title, one.url, one.guid) == ("A loud day", "https://agg.test/a/", "tag:agg.test,2025:1")
    assert (one.published_at, one.modified_at) == ("2025-06-21T08:00:00Z", "2025-06-21T11:00:00Z")
    assert one.author == "Jo Writer, Mo Writer"
    assert (one.categories, one.full_text, one.content_html) == (["News"], True, "<p>All of it.</p>")
    assert (two.published_at, two.published_precision) == ("2025-06-20T11:00:00Z", "minute")
    assert (two.full_text, two.content_html, two.summary_html) == (False, None, "Sum")


RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://agg.test/"><title>R</title></channel>
<item rdf:about="https://agg.test/c/"><title>C</title><link>https://agg.test/c/</link>
<dc:date>2025-06-21T10:00:00+00:00</dc:date></item></rdf:RDF>"""


def test_rdf() -> None:
    (one,) = parse_feed(RDF, "https://agg.test/feed/rdf/").entries
    assert (one.url, one.published_at) == ("https://agg.test/c/", "2025-06-21T10:00:00Z")


def rss(items: str, head: str = "<title>T</title>") -> bytes:
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


COMMENT = "<item><title>By: X</title><link>https://agg.test/p/#comment-{0}</link><guid>https://agg.test/?p=1#comment-{0}</guid></item>"


@pytest.mark.parametrize(
    ("body", "url", "kind"),
    [
        (rss(COMMENT.format(1) + COMMENT.format(2)), "https://agg.test/p/feed/", "comments"),
        (rss("", "<title>Comments on: A post</title>"), "https://agg.test/p/feed/", "comments"),
        (rss("", "<title>Kommentare zu: Ein Beitrag</title>"), "https://agg.test/p/feed/", "comments"),
        (rss("", "<title>T</title>"), "https://agg.test/comments/feed/", "comments"),
        (rss("", "<title>T</title>"), "https://agg.test/?feed=comments-rss2", "comments"),
        (rss(""), URL, "posts"),
        (rss("<item><title>No comment-worthy</title><link>https://agg.test/comment-1/</link></item>"), URL, "posts"),
        (rss("<item><title>A</title><link>https://agg.test/a/#comments</link></item>"), URL, "posts"),
        (b"<!DOCTYPE html><html><head><title>Home</title></head><body><p>Hi</p></body></html>", URL, "not_a_feed"),
        (b"", URL, "not_a_feed"),
        (b"{}", URL, "not_a_feed"),
        (b"plain words", URL, "not_a_feed"),
        (b"<?xml version='1.0'?><urlset><url><loc>https://agg.test/</loc></url></urlset>", URL, "not_a_feed"),
    ],
)
def test_kinds(body: bytes, url: str, kind: str) -> None:
    assert parse_feed(body, url).kind == kind


def test_a_body_is_never_taken_for_a_file_or_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "<feed").write_bytes(FULL)
    monkeypatch.chdir(tmp_path)
    assert parse_feed(b"<feed", URL).kind == "not_a_feed"
    assert parse_feed(b"/etc/passwd", URL).kind == "not_a_feed"
    assert parse_feed(b"http://127.0.0.1:1/feed", URL).kind == "not_a_feed"


def test_long_description_counts_as_full_text() -> None:
    text = "".join(f"<p>{'word ' * 60}.</p>" for _ in range(6))
    item = f"<item><title>A</title><link>https://agg.test/a/</link><description><![CDATA[{text}]]></description></item>"
    (one,) = parse_feed(rss(item), URL).entries
    assert one.full_text is True
    assert one.content_html is not None


def test_encodings() -> None:
    text = '<?xml version="1.0" encoding="{}"?>' + rss("<item><title>Über café</title></item>").decode()
    for name in ("iso-8859-1", "windows-1252", "utf-8", "utf-16"):
        feed = parse_feed(text.format(name).encode(name), URL, "application/xml")
        assert [entry.title for entry in feed.entries] == ["Über café"], name
    served = rss("<item><title>Über</title></item>").decode().encode("latin-1")
    assert parse_feed(served, URL, "text/xml; charset=ISO-8859-1").entries[0].title == "Über"


def test_truncated_and_dirty_feeds_give_what_is_there() -> None:
    cut = FULL[: FULL.index(b"Relative") + 3]
    assert parse_feed(cut, URL).entries[0].title == "Boat ‘sinks’ & nobody drowns"
    dirty = rss("<item><title>a\x0b &nbsp; b & c</title><link>https://agg.test/?x=1&y=2</link></item>")
    (one,) = parse_feed(b"\n\n" + dirty, URL).entries
    assert one.url == "https://agg.test/?x=1&y=2"


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">'.encode() for i in range(12))
    + b"]>"
)
QUADRATIC = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"h" * 100_000 + b'">]>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, QUADRATIC, EXTERNAL], ids=["laughs", "quadratic", "external"])
def test_entities_are_not_expanded(head: bytes) -> None:
    item = b"<item><title>T %s</title><link>https://agg.test/a/</link></item>"
    name = b"&m;" if head is LAUGHS else b"&a;"
    body = head + b'<rss version="2.0"><channel>' + item.replace(b"%s", name * 1_000) + b"</channel></rss>"
    for data in (body, body.decode().encode("utf-16")):
        started = time.process_time()
        feed = parse_feed(data, URL)
        assert time.process_time() - started < 5
        for entry in feed.entries:
            assert "hahaha" not in (entry.title or "")
            assert "hhh" not in (entry.title or "")
            assert "root:" not in (entry.title or "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        rss("<item>" * 20_000),
        rss("<item><description>" + "<" * 200_000 + "</description></item>"),
        rss("<a>" * 30_000),
        rss("<item><title>x</title></item>" * 7_000),
        b"<rss" + b" a='b'" * 100_000,
        b"<rss version='2.0'><channel><item><title>" + b"&" * 300_000,
        b"<![CDATA[" * 50_000,
    ],
    ids=["items", "lt", "deep", "many", "attributes", "ampersands", "cdata"],
)
def test_hostile_feeds_are_bounded(body: bytes) -> None:
    started = time.process_time()
    feed = parse_feed(body, URL)
    assert time.process_time() - started < 15
    assert len(feed.entries) <= 5_000


def test_page_urls() -> None:
    assert page_url("https://agg.test/feed/", 3) == "https://agg.test/feed/?paged=3"
    assert page_url("https://agg.test/?feed=rss2&paged=2", 3) == "https://agg.test/?feed=rss2&paged=3"
    assert page_url("https://agg.test/feed/?paged=2", 1) == "https://agg.test/feed/"


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="real feeds (../shared) are not here")
def test_real_feeds() -> None:
    files = sorted(REAL.glob("*.xml"))
    assert len(files) == 116
    notes = {}
    for row in map(json.loads, (REAL.parent / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()):
        notes[row["file"]] = row["note"]
    comments = 0
    for file in files:
        body = file.read_bytes()
        due = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        feed = parse_feed(body, "https://agg.test/blog/feed/", "application/rss+xml")
        assert len(feed.entries) == len(due.entries), file.name
        assert f"items={len(feed.entries)} " in notes[f"feeds/{file.name}"], file.name
        # A comment's address ends in its fragment; in these feeds either all entries are comments or none is.
        is_comments = all("#comment-" in entry.get("link", "") for entry in due.entries)
        assert feed.kind == ("comments" if is_comments else "posts"), file.name
        comments += is_comments
        for entry, wanted in zip(feed.entries, due.entries, strict=True):
            assert entry.url is not None, file.name
            assert entry.published_precision == "second", file.name
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", wanted.published_parsed)
            assert entry.published_at == stamp
            assert entry.content_html == (clean_markup(wanted.content[0].value) or None)
            assert len(entry.categories) == len({tag.term.strip() for tag in wanted.get("tags", [])})
    assert comments > 10


OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Group"><outline type="rss" text="A" xmlUrl="https://a.test/feed/?x=1&amp;y=2" htmlUrl="https://a.test/"/>
<outline text="Inner"><outline type="rss" XMLURL="https://b.test/feed/"/></outline></outline>
<outline type="rss" xmlUrl="https://a.test/feed/?x=1&amp;y=2"/>
<outline type="rss" xmlUrl="file:///etc/passwd"/><outline type="rss" xmlUrl=""/><outline text="no feed"/>
</body></opml>"""


def test_opml() -> None:
    assert parse_opml(OPML) == ["https://a.test/feed/?x=1&y=2", "https://b.test/feed/"]
    assert parse_opml(b"") == []
    assert parse_opml(b"<html><body>no</body></html>") == []
    assert parse_opml(OPML.replace(b"&amp;", b"&")) == ["https://a.test/feed/?x=1&y=2", "https://b.test/feed/"]
    assert parse_opml(OPML[: OPML.index(b'<outline text="Inner')]) == ["https://a.test/feed/?x=1&y=2"]


@pytest.mark.parametrize("head", [LAUGHS, QUADRATIC, EXTERNAL], ids=["laughs", "quadratic", "external"])
def test_opml_expands_no_entities(head: bytes) -> None:
    name = b"&m;" if head is LAUGHS else b"&a;"
    body = head + b'<opml><body><outline xmlUrl="https://a.test/' + name * 1_000 + b'"/></body></opml>'
    for data in (body, body.decode().encode("utf-16")):
        started = time.process_time()
        got = parse_opml(data)
        assert time.process_time() - started < 5
        assert not any("ha" in url or "hhh" in url or "root" in url for url in got)


def test_opml_is_bounded() -> None:
    many = (
        b"<opml><body>"
        + b"".join(b'<outline xmlUrl="https://a%d.test/"/>' % n for n in range(30_000))
        + b"</body></opml>"
    )
    assert len(parse_opml(many)) == 20_000
    assert parse_opml(b"<opml>" + b"<outline>" * 100_000) == []
