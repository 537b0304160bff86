"""WordPress REST answers: every kind told apart, bad posts skipped one by one, the real answers read right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import SHARED
from newscrawl.html.repair import clean_markup
from newscrawl.surfaces.parsing.rest import FIELDS, parse_posts, parse_terms, parse_total

JSON = "application/json; charset=UTF-8"
REAL = SHARED / "data" / "wordpress" / "wpjson"


def post(**over: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": 17,
        "date": "2025-06-21T18:04:05",
        "date_gmt": "2025-06-21T16:04:05",
        "guid": {"rendered": "https://agg.test/?p=17"},
        "modified": "2025-06-21T19:00:00",
        "modified_gmt": "2025-06-21T17:00:00",
        "slug": "boat-sinks",
        "status": "publish",
        "type": "post",
        "link": "https://agg.test/2025/06/21/boat-sinks/",
        "title": {"rendered": "Boat &#8216;sinks&#8217; &amp; nobody <em>drowns</em>"},
        "content": {"rendered": "<p>It sank.</p>", "protected": False},
        "excerpt": {"rendered": "<p>It sank [&hellip;]</p>", "protected": False},
        "author": 3,
        "featured_media": 99,
        "categories": [5, 6],
        "tags": [],
    }
    return {**base, **over}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_one_post_field_by_field() -> None:
    answer = parse_posts(body([post()]), JSON, 200)
    assert answer.kind == "posts"
    assert answer.skipped == []
    (got,) = answer.posts
    assert got.id == 17
    assert got.url == "https://agg.test/2025/06/21/boat-sinks/"
    assert got.guid == "https://agg.test/?p=17"
    assert got.slug == "boat-sinks"
    assert got.title == "Boat ‘sinks’ & nobody drowns"
    assert got.content_html == "<p>It sank.</p>"
    assert got.excerpt == "It sank […]"
    assert (got.published_at, got.published_precision) == ("2025-06-21T16:04:05Z", "second")
    assert got.date_local == "2025-06-21T18:04:05"
    assert got.modified_at == "2025-06-21T17:00:00Z"
    assert (got.author_id, got.author_name) == (3, None)
    assert got.category_ids == [5, 6]
    assert got.tag_ids == []
    assert got.featured_media == 99
    assert got.image_url is None
    assert got.protected is False


def test_the_excerpt_of_a_short_post_loses_its_attribution() -> None:
    excerpt = {"rendered": "<p>It sank. The post Boat sinks appeared first on The Paper.</p>"}
    (got,) = parse_posts(body([post(excerpt=excerpt)]), JSON, 200).posts
    assert got.excerpt == "It sank."


def test_without_gmt_only_the_day_is_known() -> None:
    one = post()
    del one["date_gmt"], one["modified_gmt"]
    (got,) = parse_posts(body([one]), JSON, 200).posts
    assert (got.published_at, got.published_precision) == ("2025-06-21T00:00:00Z", "day")
    assert got.date_local == "2025-06-21T18:04:05"
    assert got.modified_at == "2025-06-21T00:00:00Z"


def test_a_zone_in_date_is_used_when_gmt_is_absent() -> None:
    (got,) = parse_posts(body([post(date_gmt=None, date="2025-06-21T18:04:05+02:00")]), JSON, 200).posts
    assert (got.published_at, got.published_precision) == ("2025-06-21T16:04:05Z", "second")


@pytest.mark.parametrize("gmt", ["0000-00-00T00:00:00", "", "tomorrow", 17, ["x"], "9999-12-31T23:59:59"])
def test_impossible_gmt_falls_back_to_the_day(gmt: Any) -> None:
    (got,) = parse_posts(body([post(date_gmt=gmt)]), JSON, 200).posts
    assert (got.published_at, got.published_precision) == ("2025-06-21T00:00:00Z", "day")


def test_embedded_author_image_and_terms() -> None:
    embedded = {
        "author": [{"id": 3, "name": "The Paper &amp; Co"}],
        "wp:featuredmedia": [{"id": 99, "source_url": "https://agg.test/wp-content/uploads/boat.jpg"}],
        "wp:term": [
            [{"id": 5, "name": "News", "taxonomy": "category"}, {"id": 6, "name": "U.S.", "taxonomy": "category"}],
            [{"id": 8, "name": "boats", "taxonomy": "post_tag"}],
        ],
    }
    (got,) = parse_posts(body([post(_embedded=embedded)]), JSON, 200).posts
    assert got.author_name == "The Paper & Co"
    assert got.image_url == "https://agg.test/wp-content/uploads/boat.jpg"
    assert got.category_names == ["News", "U.S."]
    assert got.tag_names == ["boats"]


def test_embedded_errors_are_no_values() -> None:
    embedded = {
        "author": [{"code": "rest_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}}],
        "wp:featuredmedia": [{"code": "rest_forbidden"}],
        "wp:term": [[None, 3], "x"],
    }
    (got,) = parse_posts(body([post(_embedded=embedded)]), JSON, 200).posts
    assert (got.author_name, got.image_url, got.category_names, got.tag_names) == (None, None, [], [])


def test_yoast_fields() -> None:
    yoast = {
        "canonical": "https://agg.test/2025/06/21/boat-sinks/",
        "author": "The Paper",
        "article_published_time": "2025-06-21T16:04:05+00:00",
        "og_image": [{"url": "https://agg.test/og.jpg"}],
        "schema": {"@graph": []},
    }
    (got,) = parse_posts(body([post(yoast_head_json=yoast)]), JSON, 200).posts
    assert got.yoast["canonical"] == "https://agg.test/2025/06/21/boat-sinks/"
    assert "schema" not in got.yoast
    assert got.author_name == "The Paper"
    assert got.image_url == "https://agg.test/og.jpg"


def test_yoast_time_before_a_day() -> None:
    yoast = {"article_published_time": "2025-06-21T16:04:05+00:00"}
    (got,) = parse_posts(body([post(date_gmt=None, yoast_head_json=yoast)]), JSON, 200).posts
    assert (got.published_at, got.published_precision) == ("2025-06-21T16:04:05Z", "second")


def test_doubly_encoded_titles() -> None:
    (got,) = parse_posts(body([post(title={"rendered": "Tom &amp;#8217;s &amp;amp; Jerry"})]), JSON, 200).posts
    assert got.title == "Tom ’s & Jerry"


def test_a_single_bad_post_is_skipped_with_a_reason() -> None:
    bad: list[Any] = [
        post(),
        None,
        "text",
        post(id="x", link=None),
        post(id=19, link="javascript:alert(1)", guid=None),
        post(id=20, link=["https://agg.test/20/"], guid={"rendered": "x"}),
        post(id=21, type="page"),
        post(id=22, status="draft"),
        post(id=23, content=7, title=[1], excerpt=None, categories="5", tags=False, author={"x": 1}),
    ]
    answer = parse_posts(body(bad), JSON, 200)
    assert [got.id for got in answer.posts] == [17, 23]
    assert answer.skipped == [
        ("1", "not_an_object"),
        ("2", "not_an_object"),
        ("3", "no_id"),
        ("19", "no_link"),
        ("20", "no_link"),
        ("21", "not_a_post"),
        ("22", "not_published"),
    ]
    assert answer.posts[1].content_html is None
    assert answer.posts[1].title is None


def test_custom_post_types_can_be_asked_for() -> None:
    answer = parse_posts(body([post(type="news")]), JSON, 200, types=("news",))
    assert [got.id for got in answer.posts] == [17]


def test_an_empty_page_is_a_page() -> None:
    answer = parse_posts(b"[]", JSON, 200)
    assert (answer.kind, answer.posts) == ("posts", [])


def test_one_object_is_one_post() -> None:
    answer = parse_posts(body(post()), JSON, 200)
    assert [got.id for got in answer.posts] == [17]


def test_plain_id_list_of_old_plugins() -> None:
    terms = [{"term_id": 1, "name": "Information", "slug": "information"}]
    (got,) = parse_posts(body([post(categories=terms, tags=False)]), JSON, 200).posts
    assert (got.category_ids, got.category_names, got.tag_ids) == ([1], ["Information"], [])


def error(code: str, status: int) -> bytes:
    return body({"code": code, "message": "No.", "data": {"status": status}})


@pytest.mark.parametrize(
    ("answer", "content_type", "status", "kind", "code"),
    [
        (error("rest_post_invalid_page_number", 400), JSON, 400, "end", "rest_post_invalid_page_number"),
        (error("rest_post_invalid_page_number", 400), JSON, 200, "end", "rest_post_invalid_page_number"),
        (error("rest_invalid_param", 400), JSON, 400, "error", "rest_invalid_param"),
        (error("rest_not_logged_in", 401), JSON, 401, "disabled", "rest_not_logged_in"),
        (error("rest_forbidden", 401), JSON, 401, "disabled", "rest_forbidden"),
        (error("rest_cannot_access", 403), JSON, 403, "disabled", "rest_cannot_access"),
        (error("rest_login_required", 403), JSON, 200, "disabled", "rest_login_required"),
        (error("rest_no_route", 404), JSON, 404, "disabled", "rest_no_route"),
        (error("disabled_by_plugin", 403), JSON, 403, "disabled", "disabled_by_plugin"),
        (error("rest_post_invalid_id", 404), JSON, 404, "error", "rest_post_invalid_id"),
        (error("internal_server_error", 500), JSON, 500, "error", "internal_server_error"),
        (b"<!DOCTYPE html><html><body>Blocked</body></html>", "text/html", 403, "html", None),
        (b"<!DOCTYPE html><html><body>Home</body></html>", "text/html; charset=UTF-8", 200, "html", None),
        (b"\n\n <html><body>Home</body></html>", JSON, 200, "html", None),
        (b"", JSON, 200, "broken", None),
        (b"[{", JSON, 200, "broken", None),
        (b'[{"id": 1, "link": "https://agg.test/1/"}', JSON, 200, "broken", None),
        (b"[" * 100_000, JSON, 200, "broken", None),
        (b'{"a":' * 100_000, JSON, 200, "broken", None),
        (b'"text"', JSON, 200, "broken", None),
        (b"17", JSON, 200, "broken", None),
        (b'{"version": "1.0", "type": "rich"}', JSON, 200, "broken", None),
        (b"", "text/html", 503, "error", None),
        (b"rate limited", "text/plain", 429, "error", None),
    ],
)
def test_answers_told_apart(answer: bytes, content_type: str, status: int, kind: str, code: str | None) -> None:
    got = parse_posts(answer, content_type, status)
    assert (got.kind, got.code, got.posts) == (kind, code, [])
    assert got.status == status


def test_json_sent_as_html_is_json() -> None:
    assert parse_posts(body([post()]), "text/html; charset=UTF-8", 200).kind == "posts"


def test_byte_order_mark_and_bad_utf8() -> None:
    assert parse_posts(b"\xef\xbb\xbf" + body([post()]), JSON, 200).kind == "posts"
    raw = json.dumps([post(slug="X")]).encode().replace(b'"X"', b'"caf\xe9"')
    (got,) = parse_posts(raw, JSON, 200).posts
    assert got.slug == "caf\ufffd"


def test_lone_surrogates_do_not_lose_the_page() -> None:
    raw = json.dumps([post(slug="X")]).encode().replace(b'"X"', b'"a\\ud83d"')
    (got,) = parse_posts(raw, JSON, 200).posts
    assert "\ud83d" not in (got.slug or "")


def test_php_notices_before_the_json_are_passed_over() -> None:
    raw = b"<br />\n<b>Notice</b>:  Undefined index: x in <b>/srv/x.php</b> on line <b>3</b><br />\n" + body([post()])
    answer = parse_posts(raw, "text/html", 200)
    assert [got.id for got in answer.posts] == [17]


def test_too_large_is_broken() -> None:
    answer = parse_posts(b"[" + b" " * 2_000 + b"]", JSON, 200, max_bytes=1_000)
    assert (answer.kind, answer.message) == ("broken", "too_large")


def test_terms() -> None:
    raw = body(
        [
            {"id": 5, "slug": "u-s", "name": "U.S. &amp; more", "count": 12, "parent": 2, "taxonomy": "category"},
            {"id": 6, "slug": "x", "name": "X"},
            {"slug": "no-id"},
        ]
    )
    answer = parse_terms(raw, JSON, 200)
    assert answer.kind == "terms"
    assert [(term.id, term.slug, term.name, term.count, term.parent) for term in answer.terms] == [
        (5, "u-s", "U.S. & more", 12, 2),
        (6, "x", "X", None, None),
    ]
    assert answer.skipped == [("2", "no_id")]
    assert parse_terms(error("rest_no_route", 404), JSON, 404).kind == "disabled"


@pytest.mark.parametrize(
    ("headers", "total", "pages", "next_url"),
    [
        ({"X-WP-Total": "373", "X-WP-TotalPages": "38"}, 373, 38, None),
        ({b"x-wp-total": [b"373"], b"x-wp-totalpages": [b"38"]}, 373, 38, None),
        ({"X-WP-Total": "many", "X-WP-TotalPages": "-1"}, None, None, None),
        ({"X-WP-Total": "9" * 400}, None, None, None),
        ({}, None, None, None),
        (
            {
                "Link": '<https://agg.test/wp-json/wp/v2/posts?page=1>; rel="prev", '
                '<https://agg.test/wp-json/wp/v2/posts?per_page=100&page=3>; rel="next"'
            },
            None,
            None,
            "https://agg.test/wp-json/wp/v2/posts?per_page=100&page=3",
        ),
    ],
)
def test_totals(headers: dict[Any, Any], total: int | None, pages: int | None, next_url: str | None) -> None:
    got = parse_total(headers)
    assert (got.total, got.pages, got.next_url) == (total, pages, next_url)


def test_fields_are_nested_and_name_what_is_read() -> None:
    assert {"id", "link", "date", "date_gmt", "title.rendered", "content.rendered"} <= set(FIELDS.split(","))


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="real REST answers (../shared) are not here")
def test_real_answers() -> None:
    files = sorted(REAL.glob("*.json"))
    assert len(files) == 18
    for file in files:
        expected = json.loads(file.read_bytes())
        answer = parse_posts(file.read_bytes(), JSON, 200)
        if isinstance(expected, dict) and "id" not in expected:  # the oEmbed answer
            assert (answer.kind, answer.posts) == ("broken", []), file.name
            continue
        due = expected if isinstance(expected, list) else [expected]
        assert answer.kind == "posts", file.name
        assert answer.skipped == [], file.name
        assert [got.id for got in answer.posts] == [one["id"] for one in due], file.name
        for got, one in zip(answer.posts, due, strict=True):
            assert got.url == one["link"]
            assert got.title or one["id"] == 0
            if one.get("date_gmt"):
                assert got.published_at == one["date_gmt"] + "Z"
            else:
                assert (got.published_at, got.published_precision) == (one["date"][:10] + "T00:00:00Z", "day")
            assert got.content_html == (clean_markup((one.get("content") or {}).get("rendered") or "") or None)


@pytest.mark.slow
def test_expected_counts_of_real_answers() -> None:
    """The counts noted when the answers were collected."""
    manifest = REAL.parent / "MANIFEST.jsonl"
    if not manifest.exists():
        pytest.skip("real REST answers (../shared) are not here")
    seen = 0
    for row in map(json.loads, manifest.read_text(encoding="utf-8").splitlines()):
        if row["kind"] == "wpjson" and row["note"].startswith("list["):
            answer = parse_posts((REAL.parent / Path(row["file"])).read_bytes(), JSON, 200)
            assert len(answer.posts) == int(row["note"][5:-1])
            seen += 1
    assert seen == 9
