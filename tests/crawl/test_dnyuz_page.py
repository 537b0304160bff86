"""The one real DNYUZ page at hand, set in JNews markup and crawled: the record is right in every field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.aggregators.test_real_pages import ARTICLE, set_in_jnews
from tests.site import HTML, Page, serve_site

from .harness import Crawl

PATH = "/2025/06/21/trump-sends-envoy/"


@pytest.mark.skipif(not ARTICLE.exists(), reason="the DNYUZ page (../shared) is not here")
def test_the_record_of_the_dnyuz_page(tmp_path: Path) -> None:
    page, title, paragraphs = set_in_jnews(ARTICLE.read_text(encoding="utf-8"), 1)
    front = (
        '<html><body class="home blog jnews"><div class="jeg_posts"><article class="jeg_post jeg_pl_md_2 post-4711">'
        f'<h3 class="jeg_post_title"><a href="{PATH}">A card</a></h3></article></div></body></html>'
    )
    answers: dict[str, Page] = {"/": (200, HTML, front), PATH: (200, HTML, page)}
    # REST, feed and sitemap are shut: `auto` takes the list pages.
    with serve_site(lambda path, query, _url: None if query else answers.get(path)) as site:
        crawl = Crawl(tmp_path, site)
        done = crawl.crawl("since=all")
    assert done.status == 0, done.err
    (record,) = crawl.feed()
    assert record["title"] == title
    assert (record["published_at"], record["published_precision"]) == ("2025-06-21T00:00:00Z", "day")
    assert record["post"]["categories"] == ["News"]
    assert (record["post"]["displayed_shares"], record["post"]["displayed_views"]) == (493, 1400)
    assert record["publisher"]["name"] == "New York Times"
    assert record["publisher"]["domain"] == "nytimes.com"
    assert (record["outcome"], record["reason"]) == ("post_only", "no_original_url")
    assert record["attribution"]["original_url"] is None
    assert record["text"] == "\n\n".join(paragraphs)
    assert record["text"].startswith("Unable to broker")
    assert record["text_source"] == "post"
    assert record["authors"] == []
    assert record["post"]["surface"] == "archive"
