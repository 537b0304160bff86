"""Stamps in every form pages use; precision, zones, the future."""

# ruff: noqa: E501 - markup
from __future__ import annotations

import datetime as dt

import pytest

from newscrawl.extraction import extract
from newscrawl.html.dates import from_url, month_first_shown, parse_stamp

from .pages import ld, page, paragraphs

URL = "https://post.vellmar.example/local/harbour-closed"


@pytest.mark.parametrize(
    ("value", "utc", "precision"),
    [
        ("2024-03-05T10:15:30+01:00", "2024-03-05T09:15:30Z", "second"),
        ("2024-03-05T10:15:30Z", "2024-03-05T10:15:30Z", "second"),
        ("2024-03-05T10:15:30.123456Z", "2024-03-05T10:15:30Z", "second"),
        ("2024-03-05 10:15", "2024-03-05T10:15:00Z", "minute"),
        ("2024-03-05", "2024-03-05T00:00:00Z", "day"),
        ("20240305T101530Z", "2024-03-05T10:15:30Z", "second"),
        ("2024-03-05T00:00:00+09:00", "2024-03-05T00:00:00Z", "day"),
        ("2024-03-05T23:30:00-05:00", "2024-03-06T04:30:00Z", "second"),
        ("Tue, 05 Mar 2024 10:15:30 GMT", "2024-03-05T10:15:30Z", "second"),
        ("Tue, 05 Mar 2024 10:15:30 +0100", "2024-03-05T09:15:30Z", "second"),
        ("Tue Mar 05 12:45:00 EST 2024", "2024-03-05T17:45:00Z", "second"),
        ("March 5, 2024, 4:05 PM", "2024-03-05T16:05:00Z", "minute"),
        ("March 5th, 2024", "2024-03-05T00:00:00Z", "day"),
        ("5 March 2024 at 12:05 a.m.", "2024-03-05T00:05:00Z", "minute"),
        ("5. März 2024, 16:05 Uhr", "2024-03-05T16:05:00Z", "minute"),
        ("5 de marzo de 2024", "2024-03-05T00:00:00Z", "day"),
        ("le 5 février 2024 à 16h05", "2024-02-05T16:05:00Z", "minute"),
        ("5 марта 2024, 16:05", "2024-03-05T16:05:00Z", "minute"),
        ("05.03.2024 16:05", "2024-03-05T16:05:00Z", "minute"),
        ("2024年3月5日 16時05分", "2024-03-05T16:05:00Z", "minute"),
        ("2024.03.05 오후 4:05", "2024-03-05T16:05:00Z", "minute"),
        (1709633730, "2024-03-05T10:15:30Z", "second"),
        ("1709633730000", "2024-03-05T10:15:30Z", "second"),
    ],
)
def test_parse_stamp(value: object, utc: str, precision: str) -> None:
    stamp = parse_stamp(value)
    assert stamp is not None
    assert (stamp.utc(), stamp.precision) == (utc, precision)


@pytest.mark.parametrize("value", [None, True, "", "soon", "2024-13-45", "99999", {}, [], "1" * 100_000, "12:34 " * 9])
def test_no_stamp(value: object) -> None:
    assert parse_stamp(value) is None


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["26-11-2025", "02-12-2025"], False),
        (["11/26/2025", "02/12/2025"], True),
        (["02/12/2025"], None),
        (["02-12-2025", "2025-12-02"], False),
        (["02/12/2025", "2025-02-12T08:00:00Z"], True),
        (["26/11/2025", "11/26/2025"], None),
        (["26.11.2025", "03/04/2025"], None),
        (["03/03/2025", "2025-03-03"], None),
        ([], None),
    ],
)
def test_the_order_that_a_page_shows(texts: list[str], shown: bool | None) -> None:
    assert month_first_shown(texts) is shown


@pytest.mark.parametrize(
    ("host", "own", "other", "day"),
    [
        ("post.vellmar.com", "02-12-2025", "26-11-2025", "2025-12-02"),
        ("post.vellmar.com", "02-12-2025", "2025-12-02", "2025-12-02"),
        ("post.vellmar.com", "02/12/2025", "11/26/2025", "2025-02-12"),
        ("post.vellmar.com", "02/12/2025", "", "2025-02-12"),
        ("post.vellmar.example", "02/12/2025", "11/26/2025", "2025-02-12"),
        ("post.vellmar.example", "02/12/2025", "", "2025-12-02"),
    ],
)
def test_dates_of_other_stories_show_the_order(host: str, own: str, other: str, day: str) -> None:
    """A site writes all its dates alike: one whose day is above twelve tells how the others are meant."""
    body = f"<h1>Harbour closed after crane accident</h1><p><time>{own}</time></p>" + "".join(
        f"<p>{line}</p>" for line in paragraphs(8)
    )
    beside = f"<aside><ul><li><a href=/x>Another story of the harbour</a> <time>{other}</time></li></ul></aside>"
    html = page(body).replace("</main>", f"</main>{beside}")
    assert (extract(html, f"https://{host}/local/harbour-closed").published_at or "")[:10] == day


def test_month_first_only_where_it_is_meant() -> None:
    day, american = parse_stamp("3/4/2020"), parse_stamp("3/4/2020", month_first=True)
    assert day is not None
    assert american is not None
    assert (day.utc()[:10], american.utc()[:10]) == ("2020-04-03", "2020-03-04")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2024/03/05/story", "2024-03-05"),
        ("https://a.example/2024-03-05-story", "2024-03-05"),
        ("https://a.example/x/20240305/story", "2024-03-05"),
        ("https://a.example/world/2024/mar/05/story", "2024-03-05"),
        ("https://a.example/2016/12/nfl-story", None),
        ("https://a.example/story-20240399", None),
        ("https://a.example/page?d=2024/03/05", None),
    ],
)
def test_from_url(url: str, day: str | None) -> None:
    stamp = from_url(url)
    assert (stamp.utc()[:10] if stamp else None) == day


def test_the_future_and_the_absurd_are_rejected() -> None:
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).isoformat()
    for value in (tomorrow, "0001-01-01T00:00:00Z", "9999-12-31"):
        assert extract(page(head=ld(headline="Harbour", datePublished=value)), URL).published_at is None


def test_a_day_is_sharpened_by_a_stamp_that_agrees() -> None:
    head = ld(headline="Harbour", datePublished="2024-03-05")
    head += '<meta property="article:published_time" content="2024-03-05T10:15:30+01:00">'
    found = extract(page(head=head), URL)
    assert (found.published_at, found.published_precision) == ("2024-03-05T10:15:30+01:00", "second")


def test_a_wall_clock_takes_the_zone_of_another_stamp() -> None:
    head = ld(headline="Harbour", datePublished="2024-03-05T10:15:30")
    plain = extract(page(head=head), URL)
    assert plain.sources["published_at"].endswith(";no-zone")
    head += '<meta property="article:published_time" content="2024-03-05T10:15:30+01:00">'
    assert extract(page(head=head), URL).published_at == "2024-03-05T10:15:30+01:00"


def test_a_day_in_the_byline_is_found() -> None:
    body = "<h1>Harbour closed after crane accident</h1><p class='by'>By Ada Quill, 5 March 2024, 16:05</p>"
    found = extract(
        page(
            body
            + "".join(f"<p>{p}</p>" for p in ("The port is closed until further notice, officials said. " * 3,) * 3)
        ),
        URL,
    )
    assert found.published_at == "2024-03-05T16:05:00Z"
    assert found.published_precision == "minute"


@pytest.mark.parametrize(
    ("stamp", "visible", "published"),
    [
        ("2024-03-05T10:15:30+01:00", "", "2024-03-05T10:15:30+01:00"),
        ("2024-03-05T23:30:00-05:00", "", "2024-03-05T23:30:00-05:00"),
        # The same instant in UTC and as a wall clock: readers saw the day before.
        ("2024-03-06T00:47:31Z", "March 5, 2024, 06:47 PM", "2024-03-05T18:47:31-06:00"),
        ("2024-03-05T20:30:00Z", "2024-03-06 02:00", "2024-03-06T02:00:00+05:30"),
        # Another moment, and a bare day, say nothing of the zone.
        ("2024-03-06T00:47:31Z", "March 5, 2024, 06:59 PM", "2024-03-06T00:47:31Z"),
        ("2024-03-06T00:47:31Z", "March 5, 2024", "2024-03-06T00:47:31Z"),
        ("2024-03-05T10:15:30", "", "2024-03-05T10:15:30Z"),
        ("2024-03-05", "", "2024-03-05T00:00:00Z"),
    ],
)
def test_the_pages_own_zone(stamp: str, visible: str, published: str) -> None:
    head = f'<meta property="article:published_time" content="{stamp}">'
    head += f'<meta name="publish_date" content="{visible}">' if visible else ""
    assert extract(page(head=head), URL).published_at == published


TITLE = "Bridge over the Tarn reopens"
PAGE_URL = "https://www.valley-herald.example/bridge-reopens"


def dated(inner: str, *, head: str = "", before: str = "", after: str = "") -> tuple[str | None, str | None]:
    text = "".join(f"<p>{one}</p>" for one in paragraphs())
    page = (
        f"<html lang=en><head><title>{TITLE}</title>{head}</head><body><main>{before}"
        f"<article><h1>{TITLE}</h1>{inner}<div>{text}</div></article>{after}</main></body></html>"
    )
    found = extract(page, PAGE_URL)
    return found.published_at, found.modified_at


CARD = (
    '<div class=tile><h3><a href=/x>Two roads closed</a></h3><time datetime="2024-04-09T07:00:00Z">9 April</time></div>'
)
COMMENT = '<div id=comments><div class=comment><time datetime="2024-04-09T07:00:00Z">9 April</time><p>I saw it.</p></div></div>'


@pytest.mark.parametrize("other", [CARD, COMMENT, f"<ul class=related><li>{CARD}</li></ul>"])
def test_dates_of_cards_and_comments_are_other_stories_dates(other: str) -> None:
    own = '<time datetime="2024-03-05T10:15:00Z">5 March</time>'
    assert dated(own, before=other) == ("2024-03-05T10:15:00Z", None)
    assert dated(own, after=other) == ("2024-03-05T10:15:00Z", None)
    assert dated("", before=other, after=other) == (None, None)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Last updated 9 March 2024</p>",
        "<p>Updated: <time datetime='2024-03-09T18:40:00Z'>9 March</time></p>",
        "<time itemprop=dateModified datetime='2024-03-09T18:40:00Z'>9 March 2024</time>",
        "<p class=lastmodified><time datetime='2024-03-09T18:40:00Z'>9 March 2024</time></p>",
    ],
)
def test_an_update_is_no_publication(line: str) -> None:
    assert dated(line)[0] is None


@pytest.mark.parametrize(
    "line",
    [
        "<time itemprop=dateModified datetime='2024-03-09T18:40:00+01:00'>05/03/2024 10:15 | Actualizado a 09/03/2024</time>",
        "<p>Updated 9 March 2024 18:40. First published 5 March 2024 10:15</p>",
        "<p>5 March 2024, 10:15 (updated 9 March 2024, 18:40)</p>",
    ],
)
def test_the_publication_beside_an_update(line: str) -> None:
    assert dated(line)[0] == "2024-03-05T10:15:00Z"


@pytest.mark.parametrize(
    "zero", ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "0001-01-01T00:00:00", "1899-12-30"]
)
def test_a_placeholder_is_no_date(zero: str) -> None:
    head = f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{TITLE}","datePublished":"{zero}"}}</script>'
    assert dated("<time datetime='2024-03-05T10:15:00Z'>5 March</time>", head=head)[0] == "2024-03-05T10:15:00Z"
    assert dated("", head=head)[0] is None


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        ("", '<div class="post-date">Day of print: March 5, 2024</div>', "2024-03-05T00:00:00Z"),
        ("", "TEXT<div><span>Posted on March 5, 2024</span></div>", "2024-03-05T00:00:00Z"),
        ("", 'TEXT<span class="tb-published-date">Published On: 5 March 2024</span>', "2024-03-05T00:00:00Z"),
        ("", '<p class="date">March 5, 2024. <i>Updated: March 7, 2024</i></p>', "2024-03-05T00:00:00Z"),
        ('<meta name="published-date" content="2024-03-05">', "", "2024-03-05T00:00:00Z"),
        ('<meta name="published" content="March 5, 2024">', "", "2024-03-05T00:00:00Z"),
        # None of these is a publication.
        ("", '<div class="event-date">March 5, 2024</div>', None),
        ("", '<div class="updated-date">March 5, 2024</div>', None),
        ("", 'TEXT<div class="related"><span class="post-date">March 5, 2024</span></div>', None),
    ],
)
def test_the_day_in_the_page(head: str, body: str, published: str | None) -> None:
    text = "".join(f"<p>{line}</p>" for line in paragraphs())
    whole = body.replace("TEXT", text) if "TEXT" in body else body + text
    found = extract(page(f"<h1>Harbour closed after crane accident</h1>{whole}", head=head), URL)
    assert found.published_at == published


def test_a_date_of_scripts_that_is_later_than_the_last_change_is_another_one() -> None:
    head = ld(headline="Harbour closed after crane accident", dateModified="2024-03-05T10:00:00Z")
    script = '<script>window.x = {"published_at": "%s", "name": "what is sold beside the article, for one"}</script>'
    assert extract(page(head=head + script % "2024-05-01T10:00:00Z"), URL).published_at is None
    assert extract(page(head=head + script % "2024-03-01T10:00:00Z"), URL).published_at == "2024-03-01T10:00:00Z"


def test_months_in_words_in_an_address() -> None:
    stamp = from_url("https://post.vellmar.example/blog/2024/march/05/harbour")
    assert stamp is not None
    assert stamp.utc() == "2024-03-05T00:00:00Z"


def _built_on(shown: str, changed: str = "2025-06-10") -> str | None:
    data = ld(datePublished="2025-06-12", dateModified=changed)
    text = "".join(f"<p>{one}</p>" for one in paragraphs())
    return extract(page(f"<h1>Harbour closed after crane accident</h1>{shown}{text}", head=data), URL).published_at


@pytest.mark.parametrize("shown", ["<p>November 2, 2022</p>", "<div>Published <b>Nov 2, 2022</b></div>"])
def test_a_day_on_which_the_page_was_built_is_no_publication(shown: str) -> None:
    assert _built_on(shown) == "2022-11-02T00:00:00Z"


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "<p>Updated November 2, 2022</p>",
        "<p>The lock was opened on November 2, 2022</p>",
        "<aside><h3><a href=/other>Other story</a></h3><time>November 2, 2022</time></aside>",
    ],
)
def test_a_day_of_something_else_is_not_taken_for_it(shown: str) -> None:
    assert _built_on(shown) == "2025-06-12T00:00:00Z"


def test_an_earlier_day_does_not_go_before_a_publication_that_has_since_changed() -> None:
    assert _built_on("<p>November 2, 2022</p>", changed="2025-08-01") == "2025-06-12T00:00:00Z"


def test_of_several_times_that_next_to_the_heading_is_the_pages() -> None:
    listed = "".join(
        f"<div class=view><time>0{day}/02/2025</time><p>A note of the port {day}</p></div>" for day in (1, 2, 3)
    )
    text = "".join(f"<p>{one}</p>" for one in paragraphs())
    body = f"{listed}<h1>Harbour closed after crane accident</h1><time>March 1, 2017</time>{text}"
    assert extract(page(body), URL).published_at == "2017-03-01T00:00:00Z"


def test_days_with_hyphens_are_in_the_order_of_the_country() -> None:
    american = parse_stamp("03-09-2026", month_first=True)
    other = parse_stamp("03-09-2026")
    assert american is not None
    assert other is not None
    assert (american.utc()[:10], other.utc()[:10]) == ("2026-03-09", "2026-09-03")


@pytest.mark.parametrize(
    "shown",
    [
        '<p class="info">Published <time pubdate datetime="2022-11-02" title="November 2, 2022">November 2, 2022</time> by the port</p>',
        '<section><time class="bar__item--date" datetime="2022-11-02 05:00:00">November 2, 2022</time></section>',
    ],
)
def test_an_earlier_day_of_a_time_element_goes_before_the_day_of_the_build(shown: str) -> None:
    assert (_built_on(shown) or "")[:10] == "2022-11-02"


def test_an_earlier_time_that_is_called_an_update_does_not() -> None:
    assert _built_on("<div>Updated <time datetime='2022-11-02'>Nov 2</time></div>") == "2025-06-12T00:00:00Z"


@pytest.mark.parametrize("name", ["script:ld+json", "application/ld+json"])
def test_json_ld_in_a_meta_element_is_read(name: str) -> None:
    node = '{"@context":"https://schema.org","@type":"BlogPosting","datePublished":"2024-03-05T09:00:00-05:00","author":{"@type":"Person","name":"Elin Vasquez-Roy"}}'
    head = f'<meta name="{name}" content="{node.replace(chr(34), "&quot;")}">'
    found = extract(page(head=head), URL)
    assert (found.published_at, found.authors) == ("2024-03-05T09:00:00-05:00", ["Elin Vasquez-Roy"])


@pytest.mark.parametrize(
    "box",
    [
        "<div class='post-sidebar'><h4>Published</h4><div class='post-date'>July 8, 2024</div></div>",
        "<div class='sidebar meta'><p>Posted on:</p><span class='post-date'>July 8, 2024</span></div>",
    ],
)
def test_a_date_that_is_labelled_as_the_publication_counts_in_a_side_column(box: str) -> None:
    found = extract(page().replace("<h1>", f"{box}<h1>"), URL)
    assert (found.published_at or "")[:10] == "2024-07-08"


@pytest.mark.parametrize(
    "byline",
    [
        '<div><article><h5><a href="/author/elin" rel="bookmark">Elin Vasquez-Roy</a></h5></article><div class="post-pubdate">July 8, 2024</div></div>',
        '<div><h4><a rel="author" href="/elin">Elin Vasquez-Roy</a></h4><p class="post-date">July 8, 2024</p></div>',
    ],
)
def test_a_heading_that_leads_to_the_author_makes_no_card(byline: str) -> None:
    found = extract(page().replace("</h1>", f"</h1>{byline}"), URL)
    assert (found.published_at or "")[:10] == "2024-07-08"
