# ruff: noqa: E501 - markup in long lines
"""Listings as sites really serve them, two of each kind: all posts of the window, or the run says that it was cut."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from html import escape
from typing import Any
from urllib.parse import urlsplit

import pytest

from newscrawl.clock import format_time
from newscrawl.surfaces.parsing.archive import is_list_page
from newscrawl.surfaces.parsing.feed import parse_feed
from newscrawl.surfaces.parsing.rest import parse_posts
from newscrawl.surfaces.parsing.sitemap import parse_sitemap, url_day
from tests.site import HTML, JSON, XML, Page
from tests.surfaces.sites import (
    BODY,
    CHALLENGE,
    SITE,
    ago,
    card,
    index,
    item,
    list_page,
    listed,
    rest_post,
    rss,
    sitemap,
)

SINCE = ago(2)
RECENT = {f"post-{hours}" for hours in (1, 5, 30)}


def recent(*hours: int) -> Page:
    return sitemap(*((f"{SITE}/post-{hour}/", ago(hours=hour)) for hour in hours))


def site_of(pages: dict[str, Page]) -> Any:
    return lambda path, query, url: pages.get(
        f"{path}?{urlsplit(url).query}" if urlsplit(url).query else path, pages.get(path)
    )


# --- sitemaps: neither the order of files nor `lastmod` is publication ----------------------------------


def test_the_newest_file_is_hidden_by_two_edited_ones() -> None:
    old = sitemap(*((f"{SITE}/2018/0{month}/11/old-{month}/", ago(0.1 * month)) for month in range(1, 9)))
    pages = {
        "/sitemap_index.xml": index(*((f"{SITE}/post-sitemap{n}.xml", ago(0.05 * n)) for n in (1, 2, 3)), (f"{SITE}/post-sitemap4.xml", ago(hours=20))),
        **{f"/post-sitemap{n}.xml": old for n in (1, 2, 3)},
        "/post-sitemap4.xml": recent(1, 5, 30),
    }  # fmt: skip
    got = listed("sitemap", site_of(pages), since=SINCE)
    assert got.names >= RECENT
    assert not got.loud


def test_a_file_whose_last_change_is_a_comment_of_today() -> None:
    """Jetpack: the newest posts are in the file that sorts last."""
    files = {
        f"/sitemap-{n}.xml": sitemap((f"{SITE}/2020/05/{n:02}/a-{n}/", "2020-05-01T00:00:00Z")) for n in range(1, 12)
    }
    files["/sitemap-12.xml"] = recent(1, 5, 30)
    top = index(*((f"{SITE}{path}", ago(hours=1) if path != "/sitemap-12.xml" else ago(1.9)) for path in files))
    got = listed("sitemap", site_of({"/sitemap.xml": top, **files}), since=SINCE)
    assert got.names >= RECENT


@pytest.mark.parametrize("touched", [(1, 3), (12, 2, 7, 4, 9)])
def test_a_window_far_back_in_files_that_were_touched_since(touched: tuple[int, ...]) -> None:
    files = {}
    entries = []
    for month in range(1, 13):
        path = f"/post-sitemap{month}.xml"
        files[path] = sitemap(
            *(
                (f"{SITE}/2024/{month:02}/{day:02}/s-{month}-{day}/", f"2024-{month:02}-{day:02}T10:00:00Z")
                for day in (3, 17)
            )
        )
        entries.append((f"{SITE}{path}", ago(month) if month in touched else f"2024-{month:02}-28T00:00:00Z"))
    for month in (1, 6, 12):
        got = listed(
            "sitemap", site_of({"/sitemap_index.xml": index(*entries), **files}),
            since=ago(0).replace(2024, month, 1), until=ago(0).replace(2024, month, 28),
        )  # fmt: skip
        assert got.names >= {f"s-{month}-3", f"s-{month}-17"}
        assert not got.loud


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2026/11/3d-printing-is-back/", None),
        ("/2026/11/12/", None),
        ("/2026/11/25-years-later.html", None),
        ("/2026/1105-group/", None),
        ("/news/2026/11/05/story/", "2026-11-05"),
        ("/2026/11/5/story.html", "2026-11-05"),
        ("/2026-11-05/story/", "2026-11-05"),
        ("/20261105/story", "2026-11-05"),
        ("/2026-11-05-in-pictures/", None),
        ("/2026/13/45/story/", None),
    ],
)
def test_a_day_in_an_address(path: str, day: str | None) -> None:
    assert url_day(SITE + path) == day


@pytest.mark.parametrize("name", ["10-ways-to-save", "2-dead-in-crash"])
def test_names_that_begin_with_a_number_are_no_days(name: str) -> None:
    made = sitemap((f"{SITE}/2026/01/{name}/", ago(hours=3)), (f"{SITE}/2026/01/plain/", ago(hours=4)))
    assert listed("sitemap", site_of({"/wp-sitemap.xml": made}), since=SINCE).names == {name, "plain"}
    page = list_page(*(card(f"2026/01/{one}") for one in (name, "plain")), card("old", ago(9)))
    got = listed("archive", lambda path, _query, _: page if path == "/" else None, since=SINCE)
    assert got.names >= {name, "plain"}


@pytest.mark.parametrize("saved", [3, 13])
def test_scheduled_posts_were_last_changed_before_they_were_published(saved: int) -> None:
    made = sitemap(
        (f"{SITE}/{ago(0, 3):%Y/%m/%d}/dated/", ago(saved)), (f"{SITE}/undated/", ago(saved)), (f"{SITE}/old/", ago(90))
    )
    pages = {
        "/wp-sitemap.xml": index((f"{SITE}/wp-sitemap-posts-post-1.xml", ago(saved))),
        "/wp-sitemap-posts-post-1.xml": made,
    }
    assert listed("sitemap", site_of(pages), since=SINCE).names == {"dated", "undated"}


def test_yoast_writes_the_later_of_the_two_times() -> None:
    made = '<?xml-stylesheet type="text/xsl" href="//agg.test/main-sitemap.xsl"?>'
    got = listed(
        "sitemap",
        site_of({"/sitemap_index.xml": sitemap((f"{SITE}/new/", ago(1)), (f"{SITE}/old/", ago(3)), made=made)}),
        since=SINCE,
    )
    assert got.names == {"new"}


@pytest.mark.parametrize(
    "form",
    ["/sitemaps/{0:%Y/%m/%d}.xml", "/sitemap-daily-{0:%Y%m%d}.xml", "/sitemap.php?month={0:%m}&year={0:%Y}&day={0:%d}"],
)
def test_files_of_days_in_no_order(form: str) -> None:
    days = [ago(day) for day in (7, 0, 33, 2, 1, 400, 3, 12)]
    files = {form.format(day): sitemap((f"{SITE}/story-{day:%Y%m%d}/", None)) for day in days}
    top = index(*((SITE + path, None) for path in files))
    got = listed("sitemap", site_of({"/sitemap.xml": top, **files}), since=SINCE)
    assert got.names >= {f"story-{ago(day):%Y%m%d}" for day in (0, 1, 2)}
    if "year" not in form:
        assert len(got.asked) <= 8


@pytest.mark.parametrize(
    "names", [("sitemap-topics-1.xml", "sitemap-events-2.xml"), ("local.xml", "sitemap-home.xml", "misc-1.xml")]
)
def test_children_are_judged_by_what_they_hold(names: tuple[str, ...]) -> None:
    files = {f"/{name}": recent(hour) for name, hour in zip(names, (1, 5, 30), strict=False)}
    top = index(*((SITE + path, None) for path in files))
    got = listed("sitemap", site_of({"/sitemap.xml": top, **files}), since=SINCE)
    assert got.names == {f"post-{hour}" for hour in (1, 5, 30)[: len(names)]}


@pytest.mark.parametrize(
    "entries",
    [
        [("https://cdn-of-agg.example/sitemap-1.xml", None)],
        [("https://cdn-of-agg.example/a.xml", None), (f"{SITE}/b.xml", None)],
    ],
)
def test_sitemaps_of_another_domain_are_told(entries: list[tuple[str, None]]) -> None:
    got = listed("sitemap", site_of({"/sitemap.xml": index(*entries), "/b.xml": recent(1)}), since=SINCE)
    assert got.loud


@pytest.mark.parametrize("host", ["https://staging.example", "http://localhost"])
def test_addresses_of_another_domain_are_told(host: str) -> None:
    made = sitemap(*((f"{host}/story-{n}/", ago(hours=n)) for n in range(5)))
    got = listed("sitemap", site_of({"/sitemap.xml": index((f"{SITE}/s.xml", None)), "/s.xml": made}), since=SINCE)
    assert got.loud
    assert not got.posts


def test_a_sitemap_on_another_host_of_the_site_is_read() -> None:
    other = "https://static.agg.test/sitemap.xml"
    got = listed(
        "sitemap", lambda _path, _query, url: recent(1, 5, 30) if url == other else None, since=SINCE, sitemaps=(other,)
    )
    assert got.names == RECENT
    assert not got.loud


@pytest.mark.parametrize("said", ["2020-01-01", "2020-03-05T10:00:00Z"])
@pytest.mark.parametrize("apart", [0, 1])
def test_an_index_that_says_of_files_what_is_not_so(said: str, apart: int) -> None:
    """Written once and never again: one time for all, or older than what stands in the files."""
    pages = {
        "/sitemap.xml": index(
            (f"{SITE}/a.xml", said), (f"{SITE}/b.xml", f"201{9 - apart}{said[4:]}" if apart else said)
        ),
        "/a.xml": recent(1),
        "/b.xml": recent(5, 30),
    }
    assert listed("sitemap", site_of(pages), since=SINCE).names == RECENT


@pytest.mark.parametrize("lastmod", ["1970-01-01T00:00:00+00:00", "0000-00-00", "-0001-11-30T00:00:00+00:00"])
def test_a_senseless_last_change_is_none(lastmod: str) -> None:
    pages = {"/sitemap.xml": sitemap(*((f"{SITE}/post-{hour}/", lastmod) for hour in (1, 5, 30)))}
    assert listed("sitemap", site_of(pages), since=SINCE).names == RECENT


@pytest.mark.parametrize("at", [100, 300])
def test_a_gzip_file_of_several_members(at: int) -> None:
    made = recent(1, 5, 30)
    assert made is not None
    plain = str(made[2]).encode()
    packed = gzip.compress(plain[:at]) + gzip.compress(plain[at:]) + bytes(7)
    got = listed("sitemap", site_of({"/sitemap.xml": (200, XML, packed)}), since=SINCE)
    assert got.names == RECENT
    assert not got.loud


@pytest.mark.parametrize("end", [".xml", ".xml.gz"])
def test_an_index_by_the_names_of_a_urlset(end: str) -> None:
    inner = recent(1, 5, 30)
    assert inner is not None
    body = gzip.compress(str(inner[2]).encode()) if end.endswith("gz") else inner[2]
    pages = {"/sitemap.xml": sitemap((f"{SITE}/posts{end}", None)), f"/posts{end}": (200, XML, body)}
    assert listed("sitemap", site_of(pages), since=SINCE).names == RECENT


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_feed_may_be_named_as_a_sitemap(form: str) -> None:
    """sitemaps.org, "Syndication feed": its links are addresses, its times the last change."""
    entries = [(f"{SITE}/post-{hour}/", ago(hours=hour)) for hour in (1, 5, 30)]
    atom = "".join(
        f"<entry><title>t</title><id>{loc}</id><link rel='alternate' href='{loc}'/><link rel='edit' href='{loc}edit'/>"
        f"<updated>{time.isoformat()}</updated></entry>"
        for loc, time in entries
    )
    pages = {
        "/news.php": rss(*(item("x", time, link=loc) for loc, time in entries))
        if form == "rss"
        else (
            200,
            XML,
            f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{atom}</feed>",
        ),
        "/sitemap.xml": sitemap((f"{SITE}/post-40/", ago(hours=40))),
    }
    got = listed("sitemap", site_of(pages), since=SINCE, sitemaps=(f"{SITE}/news.php",))
    assert got.names == RECENT | {"post-40"}
    assert not got.loud


@pytest.mark.parametrize("dead", [(500, HTML, ""), (200, HTML, "<html><body>Oops</body></html>"), (404, HTML, "")])
def test_one_dead_file_costs_itself(dead: Page) -> None:
    files = {f"/post-sitemap{n}.xml": recent(hour) for n, hour in ((1, 1), (3, 5), (4, 30))} | {
        "/post-sitemap2.xml": dead
    }
    top = index(*((SITE + path, ago(hours=1)) for path in sorted(files)))
    got = listed("sitemap", site_of({"/sitemap_index.xml": top, **files}), since=SINCE)
    assert got.names == RECENT
    assert got.loud
    assert any("post-sitemap2.xml" in why for why in (got.end.cut if got.end else ()))


def test_a_quiet_hour_costs_two_requests() -> None:
    files = {f"/wp-sitemap-posts-post-{n}.xml": sitemap((f"{SITE}/2020/01/{n:02}/a/", None)) for n in range(1, 25)}
    files["/wp-sitemap-posts-post-25.xml"] = sitemap(
        *((f"{SITE}/{ago(0, h):%Y/%m/%d}/post-{h}/", None) for h in (1, 5, 30))
    )
    site = site_of({"/wp-sitemap.xml": index(*((SITE + path, None) for path in files)), **files})
    first = listed("sitemap", site, since=SINCE, changes=True)
    assert first.names >= RECENT
    assert len(first.asked) == 26
    second = listed("sitemap", site, since=SINCE, changes=True, kept=first.kept)
    assert second.names >= RECENT
    assert not second.loud
    assert len(second.asked) == 2


# --- feeds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("redirected", [False, True])
def test_a_feed_that_ignores_its_page_is_cut(redirected: bool) -> None:
    made = rss(
        *(item(f"post-{n}", ago(hours=n)) for n in range(1, 11)),
        head="" if redirected else "<generator>https://wordpress.org/?v=6</generator>",
    )
    got = listed("feed", lambda path, _query, _: made if path == "/feed/" else None, since=SINCE)
    assert len(got.posts) == 10
    assert got.loud


def test_a_feed_that_reaches_the_windows_begin_is_over() -> None:
    made = rss(*(item(f"post-{n}", ago(hours=6 * n)) for n in range(1, 11)))
    got = listed("feed", lambda path, _query, _: made if path == "/feed/" else None, since=SINCE)
    assert not got.loud
    assert len(got.names) == 8


@pytest.mark.parametrize("bad", [CHALLENGE, (200, HTML, "<html><body>Database error</body></html>"), (200, XML, "")])
@pytest.mark.parametrize("surface", ["feed", "archive"])
def test_a_page_that_is_none_in_the_middle_of_a_list(surface: str, bad: Page) -> None:
    def site(path: str, query: dict[str, str], _url: str) -> Page:
        number = (
            int(query.get("paged", 1))
            if surface == "feed"
            else int(path.split("/")[2])
            if path.startswith("/page/")
            else 1
        )
        if path not in ("/feed/", "/") and not path.startswith("/page/"):
            return None
        if number >= 2:
            return bad
        times = {n: ago(hours=n) for n in range(1, 11)}
        if surface == "feed":
            return rss(*(item(f"post-{n}", time) for n, time in times.items()))
        return list_page(
            *(card(f"post-{n}", time) for n, time in times.items()),
            more=f"<a class='next page-numbers' href='{SITE}/page/2/'>Next</a>",
        )

    got = listed(surface, site, since=SINCE)
    assert len(got.names) == 10
    assert got.loud


@pytest.mark.parametrize("zone", ["IST", "BST", "", "Local"])
def test_an_uncertain_hour_loses_no_post(zone: str) -> None:
    hours = (2, 20, 30, 44, 47)
    made = rss(
        *(item(f"post-{h}", f"{ago(hours=h):%a, %d %b %Y %H:%M:%S} {zone}".strip()) for h in hours), item("old", ago(5))
    )
    got = listed(
        "feed", lambda path, query, _: made if path == "/feed/" and "paged" not in query else None, since=SINCE
    )
    assert got.names == {f"post-{h}" for h in hours}


@pytest.mark.slow
def test_what_is_cut_off_a_feed_is_told() -> None:
    made = rss(*(item(f"post-{n}", ago(hours=1), body="x") for n in range(1, 5_003)))
    assert made is not None
    feed = parse_feed(str(made[2]).encode(), f"{SITE}/feed/")
    assert len(feed.entries) == 5_000
    assert feed.truncated
    short = parse_feed(
        b'{"version":"https://jsonfeed.org/version/1.1","items":['
        + b",".join([b'{"id":"1","url":"https://a.test/1"}'] * 5_001)
        + b"]}",
        SITE,
    )
    assert short.truncated


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://www.google.com/url?rct=j&sa=t&url=https://p.test/a/&ct=ga&usg=A", "https://p.test/a/"),
        ("https://www.google.de/url?q=https%3A%2F%2Fp.test%2Fa%2F&sa=U", "https://p.test/a/"),
        (
            "http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fp.test%2fa%2f&c=1",
            "https://p.test/a/",
        ),
    ],
)
def test_search_feeds_lead_to_their_targets(link: str, target: str) -> None:
    made = rss(item("x", ago(hours=1), link=link), item("old", ago(9)))
    got = listed("feed", lambda path, query, _: made if path == "/feed/" else None, since=SINCE)
    assert list(got.posts) == [target]


@pytest.mark.parametrize(
    "link",
    ["https://news.google.com/rss/articles/CBMiXkFVX3lxTE?oc=5&hl=en", "https://news.google.com/articles/CAIiEA"],
)
def test_google_news_names_title_and_source(link: str) -> None:
    more = "<source url='https://www.ledger.test'>Harbour Ledger</source>"
    entry = item("x", ago(hours=1), link=link, more=more, body="").replace(
        "<title>x</title>", "<title>Wall to cost more - Harbour Ledger</title>"
    )
    got = listed(
        "feed", lambda path, query, _: rss(entry, item("old", ago(9))) if path == "/feed/" else None, since=SINCE
    )
    (post,) = got.posts.values()
    assert (post.given["title"], post.host) == ("Wall to cost more", "")
    named = post.given["attribution"]
    assert (named["publisher_name"], named["publisher_url"], named["original_url"]) == (
        "Harbour Ledger",
        "https://www.ledger.test",
        None,
    )


@pytest.mark.parametrize("times", [2, 3])
def test_bodies_that_were_escaped_too_often(times: int) -> None:
    body = "<p>The council met &amp; voted.</p><p>It weighed the harbour wall.</p>"
    for _ in range(times):
        body = escape(body)
    xml = f"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title><item><title>A</title><link>{SITE}/a/</link><content:encoded>{body}</content:encoded></item></channel></rss>"
    (entry,) = parse_feed(xml.encode(), SITE).entries
    assert entry.content is not None
    assert entry.content.text == "The council met & voted.\n\nIt weighed the harbour wall."


def test_a_text_about_tags_stays_as_it_is() -> None:
    xml = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title><item><title>A</title><link>https://a.test/a/</link><content:encoded><![CDATA[<p>Write &lt;p&gt; for a paragraph.</p>]]></content:encoded></item></channel></rss>"
    (entry,) = parse_feed(xml.encode(), SITE).entries
    assert entry.content is not None
    assert entry.content.text == "Write <p> for a paragraph."


# --- list pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "button",
    [
        "<button class='blocksy-more'>More</button>",
        "<div class='ajax-load-more-wrap'><a href='javascript:void(0)'>+</a></div>",
    ],
)
def test_a_list_that_loads_more_by_script(button: str) -> None:
    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        number = 1 if path == "/" else int(path.split("/")[2]) if path.startswith("/page/") else 9
        return (
            list_page(*(card(f"post-{n}", ago(hours=n)) for n in range(6 * number - 5, 6 * number + 1)), more=button)
            if number <= 3
            else None
        )

    got = listed("archive", site, since=SINCE)
    assert len(got.names) == 18
    assert not got.loud


@pytest.mark.parametrize("second", ["same", "missing"])
def test_a_static_front_page_is_cut(second: str) -> None:
    page = list_page(
        *(card(f"post-{n}", kind="elementor-post") for n in range(1, 7)), classes="home page elementor-page"
    )
    got = listed("archive", lambda path, _query, _: page if path == "/" or second == "same" else None, since=SINCE)
    assert got.loud
    assert got.posts


@pytest.mark.parametrize(
    "link",
    [
        "<a href='?page={0}' rel='next'>Vor</a>",
        "<a href='/seite/{0}/'>Weiter</a>",
        "<div class='pager'><a href='/?start={0}0'>»</a></div>",
        "<a class='blog-pager-older-link' href='/search?updated-max=2026-11-0{0}'>x</a>",
        "<nav><a href='/{0}.html?page={0}'>Older posts</a></nav>",
        "<div class='strankovani'><a href='/?strana={0}'>Starší články »</a></div>",
        "<p><a href='/p/{0}'>Eldri færslur →</a></p>",
        "<ul class='paging'><li><a href='/?s={0}'>{0}</a></li></ul>",
    ],
)
def test_next_links_in_any_wording_or_query(link: str) -> None:
    (address,) = re.findall("href='([^']+)'", link)
    places = {f"/{address.format(number).removeprefix('/')}": number for number in (2, 3)} | {"/": 1}

    def site(_path: str, _query: dict[str, str], url: str) -> Page:
        number = places.get(url.removeprefix(SITE))
        if number is None:
            return None
        cards = [card(f"post-{n}", ago(hours=n), kind="story") for n in range(10 * number - 9, 10 * number + 1)]
        more = link.format(number + 1) if number < 3 else ""
        return list_page(
            *cards,
            *([card("old", ago(9))] * (number == 3)),
            *(card(f"older-{n}", ago(9 + n)) for n in range(3) if number == 3),
            more=more,
            classes="",
        )

    got = listed("archive", site, since=SINCE)
    assert {f"post-{n}" for n in range(1, 31)} <= got.names
    assert not got.loud


@pytest.mark.parametrize(
    "link", ["<a href='/?lk={0}'>Lisää juttuja</a>", "<b><a href='/uutiset/{0}'>Vanhemmat</a></b>"]
)
def test_a_next_link_that_is_not_understood_is_no_end(link: str) -> None:
    """WordPress answers 404 behind the last page: but this site has its pages somewhere else."""
    page = list_page(*(card(f"post-{n}", ago(hours=n)) for n in range(1, 6)), more=link.format(2))
    got = listed("archive", lambda path, query, _url: page if path == "/" and not query else None, since=SINCE)
    assert got.loud


@pytest.mark.parametrize("behind", ["same", "missing"])
def test_the_last_page_of_a_list_that_named_each_next_one_is_its_end(behind: str) -> None:
    """Whatever answers under an address that nobody named."""

    def site(path: str, query: dict[str, str], _url: str) -> Page:
        number = int(query.get("page", 1))
        if path != "/" or (behind == "missing" and "paged" in query):
            return None
        cards = [card(f"post-{n}", ago(hours=n), kind="story") for n in range(6 * number - 5, 6 * number + 1)]
        return list_page(*cards, more=f"<a rel='next' href='/?page={number + 1}'>x</a>" * (number < 3), classes="")

    got = listed("archive", site, since=SINCE)
    assert len(got.names) == 18
    assert not got.loud


def test_links_to_other_lists_are_no_next_pages() -> None:
    """A calendar's next day, a numbered category or tag."""
    beside = (
        "<aside><table><tr><td><a href='/2026/11/02/'>2</a></td></tr></table></aside>"
        "<nav><a href='/?cat=2'>Sports 2</a> <a href='/tag/2/'>2</a></nav>"
    )
    page = list_page(*(card(f"post-{n}", ago(hours=n)) for n in range(1, 6)), more=beside)
    asked: list[str] = []

    def site(path: str, _query: dict[str, str], url: str) -> Page:
        asked.append(url.removeprefix(SITE))
        return page if url.removeprefix(SITE) == "/" else None

    listed("archive", site, since=SINCE)
    assert asked[:2] == ["/", "/page/2/"]


ROWS = {
    "headings": "<div class='item'><h2><a href='/{0}/'>A headline of {0}</a></h2><p>text</p></div>",
    "links around headings": "<a class='tile' href='/{0}/'><h3>A headline of {0}</h3></a>",
    "rows with times": "<li><a href='/{0}/'>A headline of {0}</a> <time datetime='{1}'>x</time></li>",
    "titles by class": "<div class='teaser'><div class='teaser__title'><a href='/{0}/'>A headline of {0}</a></div></div>",
    "spans": "<div><a href='/{0}/'><span class='headline'>A headline of {0}</span></a></div>",
}


@pytest.mark.parametrize("form", ROWS)
def test_lists_in_markup_of_no_known_theme(form: str) -> None:
    def site(path: str, _query: dict[str, str], url: str) -> Page:
        number = {"/": 1, "/page/2": 2, "/page/3": 3}.get(url.removeprefix(SITE).rstrip("/") or "/")
        if number is None:
            return None
        rows = "".join(
            ROWS[form].format(f"post-{n}", format_time(ago(hours=n))) for n in range(5 * number - 4, 5 * number + 1)
        )
        menu = "<ul><li><a href='/about/'>About this site and us</a></li><li><a href='/shop/'>The shop of this site</a></li></ul>"
        next_page = f"<a rel='next' href='/page/{number + 1}'>x</a>" * (number < 3)
        return list_page(f"<ul>{rows}</ul>", more=menu + next_page, classes="")

    got = listed("archive", site, since=SINCE)
    assert got.names == {f"post-{n}" for n in range(1, 16)}
    assert not got.loud


def test_date_archives_that_show_the_front_page_are_no_days() -> None:
    """Switched off, they lead to the front page; where that shows no dates, only its posts tell."""
    pages = {n: list_page(*(card(f"post-{hour}") for hour in range(10 * n - 9, 10 * n + 1))) for n in range(1, 8)}

    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        if path.startswith("/page/"):
            return pages.get(int(path.split("/")[2]))
        return None if "/page/" in path else pages[1]

    got = listed("archive", site, since=ago(2), until=ago(1))
    assert got.names >= {f"post-{hour}" for hour in range(25, 48)}


@pytest.mark.parametrize("shown", [3, 5])
def test_lists_of_days_that_have_one_page_each_are_not_the_whole_days(shown: int) -> None:
    """Eight posts a day; each day's list shows the first of them, and has no second page."""
    posts = [(f"post-{n}", ago(hours=3 * n)) for n in range(1, 60)]

    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        parts = path.strip("/").split("/")
        if path == "/" or parts[0] == "page":
            number = int(parts[1]) if parts[0] == "page" else 1
            some = posts[(number - 1) * 10 : number * 10]
        else:
            some = [one for one in posts if f"{one[1]:%Y/%m/%d}" == path.strip("/")][:shown]
        return list_page(*(card(*one) for one in some)) if some else None

    got = listed("archive", site, since=ago(4), until=ago(3))
    assert got.loud or got.names >= {name for name, time in posts if ago(4) <= time < ago(3)}


def test_a_days_list_as_long_as_the_front_page_is_not_the_whole_day() -> None:
    """Six posts on the one day of the window, two on the days around it, five on a page, no second page of a day."""
    midnight = ago(3).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [24 * day + hour for day in (1, 2) for hour in (5, 3)]
    hours += [3, 6, 9, 12, 15, 18]
    hours += [-24 * day + hour for day in (1, 2, 3, 4) for hour in (5, 3)]
    times = sorted((midnight + dt.timedelta(hours=hour) for hour in hours), reverse=True)
    posts = [(f"post-{n}", time) for n, time in enumerate(times)]

    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        parts = path.strip("/").split("/")
        if path == "/" or parts[0] == "page":
            number = int(parts[1]) if parts[0] == "page" else 1
            some = posts[(number - 1) * 5 : number * 5]
        else:
            some = [one for one in posts if f"{one[1]:%Y/%m/%d}" == path.strip("/")][:5]
        return list_page(*(card(*one) for one in some)) if some else None

    day = (midnight, midnight + dt.timedelta(days=1))
    got = listed("archive", site, since=day[0], until=day[1])
    assert got.loud or got.names >= {name for name, time in posts if day[0] <= time < day[1]}


def test_old_posts_beside_the_list_do_not_end_it() -> None:
    popular = [card(f"popular-{n}", ago(30 + n)) for n in range(4)]

    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        number = 1 if path == "/" else int(path.split("/")[2]) if path.startswith("/page/") else 9
        if number > 4:
            return None
        return list_page(*(card(f"post-{n}", ago(hours=n)) for n in range(10 * number - 9, 10 * number + 1)), *popular)

    got = listed("archive", site, since=SINCE)
    assert {f"post-{n}" for n in range(1, 41)} <= got.names


@pytest.mark.parametrize(
    "page",
    [
        list_page(*(card(f"post-{n}") for n in range(3)), classes="blog"),
        (200, HTML, "<html><head><script type='application/ld+json'>{\"@type\":\"CollectionPage\"}</script></head><body><main>"
         + "".join(card(f"p-{n}") for n in range(3)) + "</main></body></html>"),
    ],
)  # fmt: skip
def test_a_blog_page_among_the_posts_is_no_post(page: Page) -> None:
    assert page is not None
    assert is_list_page(page[2])


def test_a_section_page_of_no_known_theme_is_no_post() -> None:
    rows = "".join(
        f"<div class='c'><h2><a href='/s-{n}.html'>Story number {n} of the day</a></h2></div>" for n in range(5)
    )
    assert is_list_page(f"<html><body><h1>Politics</h1>{rows}</body></html>")
    assert not is_list_page(f"<html><body><h1>A story</h1>{BODY}{rows}</body></html>")


def test_a_post_with_related_posts_is_one() -> None:
    body = f"<html><head><meta property='article:published_time' content='2026-11-01T00:00:00Z'></head><body><article><h1>T</h1>{BODY}</article>{''.join(card(f'r-{n}') for n in range(4))}</body></html>"
    assert not is_list_page(body)


def test_posts_that_json_ld_lists() -> None:
    posts = [
        {
            "@type": "BlogPosting",
            "headline": f"H {n}",
            "url": f"{SITE}/p/post-{n}",
            "datePublished": ago(hours=n).isoformat(),
        }
        for n in (1, 5, 30, 90, 100, 120)
    ]
    page = (
        200,
        HTML,
        f"<html><head><script type='application/ld+json'>{json.dumps({'@type': 'Blog', 'blogPost': posts})}</script></head><body><div id='app'></div></body></html>",
    )
    got = listed("archive", lambda path, _query, _: page if path == "/" else None, since=SINCE)
    assert got.names == RECENT
    assert not got.loud


# --- REST ----------------------------------------------------------------------------------------------


def rest(posts: list[dict[str, Any]], total: int | None = None) -> Page:
    return 200, {**JSON, "X-WP-Total": str(len(posts) if total is None else total)}, json.dumps(posts)


@pytest.mark.parametrize("status", [500, 502])
@pytest.mark.parametrize("cap", [50, 10])
def test_a_site_that_fails_at_a_full_page(status: int, cap: int) -> None:
    posts = [rest_post(n, ago(hours=n)) for n in range(1, 31)]

    def site(_path: str, query: dict[str, str], _url: str) -> Page:
        size = int(query["per_page"])
        if size > cap:
            return status, HTML, "<html><body>There has been a critical error.</body></html>"
        begin = (int(query.get("page", 1)) - 1) * size
        left = [one for one in posts if one["date"] < query.get("before", "9999")]
        return rest(left[begin : begin + size], len(left))

    got = listed("rest", site, since=SINCE)
    assert len(got.posts) == 30
    assert not got.loud


@pytest.mark.parametrize("ignores", ["nested", "all names"])
def test_fields_that_are_not_understood(ignores: str) -> None:
    posts = [rest_post(n, ago(hours=n)) for n in range(1, 4)]

    def site(_path: str, query: dict[str, str], _url: str) -> Page:
        names = set(query.get("_fields", "").split(","))
        known = {"id", "link", "date_gmt", "date"} if ignores == "all names" else names
        return rest([{k: v for k, v in one.items() if "_fields" not in query or k in names & known} for one in posts])

    got = listed("rest", site, since=SINCE)
    assert {one.given["title"] for one in got.posts.values()} == {"Post 1", "Post 2", "Post 3"}
    assert all(one.given["html"] for one in got.posts.values())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[vc_row][vc_column][vc_column_text]x[/vc_column_text][/vc_column][/vc_row]",
        "<div class='elementor-widget-container'></div>",
        '[et_pb_section fb_built="1"][et_pb_row]',
        "<p>[fusion_builder_container]</p>",
    ],
)
def test_a_body_that_the_api_leaves_out_is_asked_of_the_page(body: str) -> None:
    posts = [rest_post(1, ago(hours=1), content={"rendered": body, "protected": False})]
    got = listed("rest", lambda *_: rest(posts), since=SINCE)
    (post,) = got.posts.values()
    assert post.given["incomplete"] is True
    assert post.host == "agg.test"


@pytest.mark.parametrize(
    "said",
    [
        "He said [the mayor] and [sic] and [laughs] that [they] would come [Harbour Board of the town].",
        "See [1] and [note] and [a] of it, [emphasis added], [translated from German].",
    ],
)
def test_brackets_of_an_editor_are_no_shortcodes(said: str) -> None:
    """The text is there: its page is not asked for, and may be gone."""
    posts = [rest_post(1, ago(hours=1), content={"rendered": f"<p>{said}</p>{BODY}", "protected": False})]
    got = listed("rest", lambda *_: rest(posts), since=SINCE)
    (post,) = got.posts.values()
    assert not post.given.get("incomplete")


@pytest.mark.parametrize("shown", [0, 40])
def test_a_total_that_is_not_reached_is_cut(shown: int) -> None:
    posts = [rest_post(n, ago(hours=n / 2)) for n in range(1, shown + 1)]

    def site(_path: str, query: dict[str, str], _url: str) -> Page:
        left = [one for one in posts if one["date"] < query.get("before", "9999")]
        return rest(left[:100], len(left) + 20)

    assert listed("rest", site, since=SINCE).loud


@pytest.mark.parametrize("apart", [0, 30])
def test_a_page_that_repeats_before_the_total_is_reached_is_cut(apart: int) -> None:
    """A cache that leaves the query away: each page is the first, or begins *apart* posts behind it."""
    posts = [rest_post(n, ago(hours=n / 10)) for n in range(1, 151)]

    def site(_path: str, query: dict[str, str], _url: str) -> Page:
        first = apart if query.get("page", "1") != "1" else 0
        return rest(posts[first : first + 100], 150)

    got = listed("rest", site, since=SINCE)
    assert len(got.posts) == 100 + apart
    assert got.loud


def test_a_total_of_0_beside_posts_is_none() -> None:
    posts = [rest_post(n, ago(hours=n / 6)) for n in range(1, 251)]

    def site(_path: str, query: dict[str, str], _url: str) -> Page:
        left = [one for one in posts if one["date"] < query.get("before", "9999")]
        return rest(left[:100], 0)

    got = listed("rest", site, since=SINCE)
    assert len(got.posts) == 250


@pytest.mark.parametrize("keys", [(0, 1, 2), (0, 4, 9)])
def test_a_list_that_php_wrote_as_an_object(keys: tuple[int, ...]) -> None:
    posts = [rest_post(n, ago(hours=n)) for n in (1, 5, 30)]
    body = json.dumps({str(key): post for key, post in zip(keys, posts, strict=True)})
    assert listed("rest", lambda *_: (200, {**JSON, "X-WP-Total": "3"}, body), since=SINCE).names == RECENT


def test_a_post_without_a_link_is_known_by_its_guid() -> None:
    post = rest_post(7, ago(hours=1), guid={"rendered": f"{SITE}/?p=7"})
    del post["link"]
    got = listed("rest", lambda *_: rest([post]), since=SINCE)
    assert list(got.posts) == [f"{SITE}/?p=7"]


def test_several_post_types_where_asked() -> None:
    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        if path.endswith("/types/story"):
            return 200, JSON, json.dumps({"slug": "story", "rest_base": "stories"})
        if path.endswith("/stories"):
            return rest([rest_post(7, ago(hours=7), type="story")])
        return rest([rest_post(1, ago(hours=1))]) if path.endswith("/posts") else None

    assert listed("rest", site, since=SINCE, post_types=("story",)).names == {"post-1", "post-7"}


def test_a_post_type_whose_route_the_site_does_not_tell() -> None:
    """Plugins shut `/types`; the route is called like the type then."""

    def site(path: str, _query: dict[str, str], _url: str) -> Page:
        if path.endswith("/wp/v2/story"):
            return rest([rest_post(7, ago(hours=7), type="story")])
        if path.endswith("/posts"):
            return rest([rest_post(1, ago(hours=1))])
        return 404, JSON, '{"code":"rest_no_route","message":"none","data":{"status":404}}'

    got = listed("rest", site, since=SINCE, post_types=("post", "story"))
    assert got.names == {"post-1", "post-7"}
    assert not got.loud
    lacking = listed("rest", site, since=SINCE, post_types=("gallery", "story"))
    assert lacking.names == {"post-1", "post-7"}
    assert lacking.loud


NOISES = {
    "query monitor": lambda body: body + b"<!-- 75 queries. 1.2 seconds. -->",
    "two comments": lambda body: b"<!-- a -->\n<!-- b -->" + body + b"\n\n<!-- c -->",
    "xdebug table": lambda body: (
        b"<br />\n<font size='1'><table class='xdebug-error'><tr><th>Deprecated</th></tr></table></font>" + body
    ),
    "warning as text": lambda body: b'PHP Warning:  Undefined array key "x" in /srv/a.php on line 7\n\n' + body,
    "BOM between notices": lambda body: b"\xef\xbb\xbf\nNotice: y\n\xef\xbb\xbf" + body,
    "tracking after": lambda body: body + b"\n<script>var a=[1];</script><noscript><img src='x'></noscript>",
}


@pytest.mark.parametrize("noise", NOISES)
def test_noise_around_documents(noise: str) -> None:
    dirty = NOISES[noise]
    as_json = b'[{"id":1,"link":"https://x.test/a/","title":{"rendered":"A"},"date_gmt":"2026-11-27T10:00:00"}]'
    feed = b'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><item><title>A</title><link>http://x.test/a/</link></item></channel></rss>'
    sites = b'<?xml version="1.0"?><urlset><url><loc>http://x.test/a/</loc></url></urlset>'
    assert len(parse_posts(dirty(as_json), "application/json", 200).posts) == 1
    assert len(parse_feed(dirty(feed), "http://x.test/feed/").entries) == 1
    assert len(parse_sitemap(dirty(sites), "http://x.test/s.xml").entries) == 1
    assert len(parse_sitemap(gzip.compress(sites), "http://x.test/s.xml.gz").entries) == 1


def test_a_page_that_speaks_of_json_is_a_page() -> None:
    page = b'<!DOCTYPE html><html><body><script>var x = [{"id":1,"link":"https://x.test/"}]</script></body></html>'
    assert parse_posts(page, "text/html", 200).kind == "html"


# --- other platforms -----------------------------------------------------------------------------------


def _platform(name: str) -> dict[str, Page]:
    entries = [(f"post-{h}", ago(hours=h)) for h in (1, 5, 30)] + [("old", ago(9))]
    plain = rss(*(item(one, time) for one, time in entries))
    atom_of = "".join(
        f"<entry><id>tag:{one}</id><title>{one}</title><link rel='alternate' href='{SITE}/{one}/'/><published>{time.isoformat()}</published><content type='html'>{escape(BODY)}</content></entry>"
        for one, time in entries
    )
    front = "<html><head><link rel='alternate' type='application/rss+xml' href='{}'></head><body></body></html>"
    items = [
        {"id": one, "url": f"{SITE}/{one}/", "title": one, "content_html": BODY, "date_published": time.isoformat()}
        for one, time in entries
    ]
    return {
        "ghost": {"/rss/": plain, "/": (200, HTML, front.format("/rss/"))},
        "drupal": {"/rss.xml": plain},
        "medium": {"/": (200, HTML, front.format("https://agg.test/feed/publication")), "/feed/publication": plain},
        "substack": {"/feed": plain},
        "blogger": {
            "/feeds/posts/default": (
                200,
                XML,
                f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{atom_of}</feed>",
            )
        },
        "json": {
            "/feed.json": (
                200,
                JSON,
                json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}),
            )
        },
    }[name]


@pytest.mark.parametrize("name", ["ghost", "drupal", "medium", "substack", "blogger", "json"])
def test_feeds_of_other_platforms(name: str) -> None:
    got = listed("feed", site_of(_platform(name)), since=SINCE)
    assert got.names == RECENT
    assert not got.loud
    assert all(one.given.get("html") for one in got.posts.values())


def test_a_feed_of_another_platform_that_does_not_reach_the_window_is_cut() -> None:
    made = rss(*(item(f"post-{h}", ago(hours=h)) for h in (1, 5, 30)))
    assert listed("feed", site_of({"/rss/": made}), since=SINCE).loud


def test_a_feed_of_another_platform_goes_on_by_its_own_links() -> None:
    def page(number: int) -> Page:
        entries = "".join(
            f"<entry><id>{n}</id><title>{n}</title><link href='{SITE}/post-{n}/'/><published>{ago(hours=n).isoformat()}</published></entry>"
            for n in range(20 * number - 19, 20 * number + 1)
        )
        following = f"<link rel='next' href='{SITE}/feeds/posts/default?start-index={20 * number + 1}'/>"
        return 200, XML, f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{following}{entries}</feed>"

    pages = {
        "/feeds/posts/default": page(1),
        "/feeds/posts/default?start-index=21": page(2),
        "/feeds/posts/default?start-index=41": page(3),
    }
    got = listed("feed", site_of(pages), since=SINCE)
    assert got.names == {f"post-{n}" for n in range(1, 49)}
    assert not got.loud
