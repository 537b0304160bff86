# ruff: noqa: E501 - markup in long lines
"""List pages: each post once, in order, nothing of menus and sidebars; where the next page is."""

from __future__ import annotations

import time

import pytest

from newscrawl.surfaces.parsing.archive import Listing, is_list_page, page_address, parse_listing
from tests.aggregators.markup import block, card, jnews_list, jnews_single, sidebar

BASE = "https://agg.test/category/news/"


def urls(listing: Listing) -> list[str]:
    return [entry.url.removeprefix("https://agg.test") for entry in listing.entries]


NAVIGATION = (
    '<div class="jeg_navigation jeg_pagination jeg_pagenav_1"><span class="page_info">Page 2 of 5</span>'
    '<a class="page_nav prev" data-id="1" href="https://agg.test/category/news/"><span class="navtext">Prev</span></a>'
    '<a class="page_number" href="https://agg.test/category/news/">1</a><span class="page_number active">2</span>'
    '<a class="page_number" href="https://agg.test/category/news/page/3/">3</a><span class="page_number dots">&hellip;</span>'
    '<a class="page_number" href="https://agg.test/category/news/page/5/">5</a>'
    '<a class="page_nav next" href="https://agg.test/category/news/page/3/"><span class="navtext">Next</span></a></div>'
)
CARDS = "".join(
    card(f"Story {n}", f"/2025/06/{n:02}/story-{n}/", author="The Paper", date=f"June {n}, 2025", excerpt="Words")
    for n in (9, 8, 7)
)
HERO = card("Story 21", "https://agg.test/2025/06/21/story-21/", kind="hero_1") + card(
    "Story 9", "/2025/06/09/story-9/", kind="hero_2"
)
SIDE = sidebar(card("Side", "/2025/05/01/side/") + card("Story 9", "/2025/06/09/story-9/"))


def test_jnews_category() -> None:
    html = jnews_list(block(CARDS, navigation=NAVIGATION), hero=HERO, side=SIDE)
    listing = parse_listing(html, BASE + "page/2/")
    assert urls(listing) == [
        "/2025/06/21/story-21/",
        "/2025/06/09/story-9/",
        "/2025/06/08/story-8/",
        "/2025/06/07/story-7/",
    ]
    assert [entry.featured for entry in listing.entries] == [True, False, False, False]
    assert [entry.title for entry in listing.entries] == ["Story 21", "Story 9", "Story 8", "Story 7"]
    assert [entry.day for entry in listing.entries] == ["2025-06-21", "2025-06-09", "2025-06-08", "2025-06-07"]
    assert listing.next_url == "https://agg.test/category/news/page/3/"
    assert (listing.page, listing.pages, listing.empty) == (2, 5, False)
    assert listing.theme == "jnews"


def test_jnews_last_page_has_no_next() -> None:
    last = NAVIGATION.replace("page_nav next", "page_nav").replace("page_number active", "x")
    last = (
        '<div class="jeg_navigation jeg_pagination"><span class="page_info">Page 5 of 5</span><a class="page_nav prev" href="/category/news/page/4/">Prev</a>'
        '<a class="page_number" href="/category/news/page/4/">4</a><span class="page_number active">5</span></div>'
    )
    listing = parse_listing(jnews_list(block(CARDS, navigation=last)), BASE + "page/5/")
    assert (listing.next_url, listing.page, listing.pages) == (None, 5, 5)


def test_jnews_digits_may_be_localised() -> None:
    navigation = (
        NAVIGATION.replace("Page 2 of 5", "صفحة ٢ من ٥")
        .replace(">2<", ">٢<")
        .replace(">5<", ">٥<")
        .replace(">3<", ">٣<")
    )
    listing = parse_listing(jnews_list(block(CARDS, navigation=navigation)), BASE + "page/2/")
    assert (listing.next_url, listing.page, listing.pages) == (BASE + "page/3/", 2, 5)


def test_jnews_load_more_names_no_next_page() -> None:
    more = '<div class="jeg_block_loadmore"><a href="#" data-load="Load More">Load More</a></div>'
    html = jnews_list(block(CARDS, navigation=more, kind="jeg_postblock_5 jeg_pagination_loadmore"))
    first = parse_listing(html, BASE)
    # The surface tries the address that WordPress gives its second page.
    assert (first.next_url, first.wordpress) == (None, True)
    second = parse_listing(html, BASE + "page/2/")
    assert (second.next_url, second.page) == (None, 2)
    assert page_address("https://agg.test/?cat=5", 2) == "https://agg.test/?cat=5&paged=2"
    assert page_address("https://agg.test/?s=boat&paged=2", 3) == "https://agg.test/?s=boat&paged=3"


def test_jnews_empty() -> None:
    html = jnews_list(
        '<div class="jeg_postblock_5 jeg_postblock"><div class="jeg_block_container"><div class="jeg_empty_module">No Content Available</div></div></div>',
        side=SIDE,
    )
    listing = parse_listing(html, BASE)
    assert (listing.entries, listing.empty, listing.next_url) == ([], True, None)


def test_jnews_home_repeats_links() -> None:
    html = jnews_list(
        block(CARDS, kind="jeg_postblock_2 jeg_pagination_disable")
        + block(CARDS + card("Story 6", "/2025/06/06/story-6/"), kind="jeg_postblock_15"),
        hero=HERO,
        body_class="home page page-id-64",
    )
    listing = parse_listing(html, "https://agg.test/")
    assert urls(listing) == [
        "/2025/06/21/story-21/",
        "/2025/06/09/story-9/",
        "/2025/06/08/story-8/",
        "/2025/06/07/story-7/",
        "/2025/06/06/story-6/",
    ]


TAGDIV = """<html><body class="archive category category-news td-standard-pack"><div class="td-header-wrap"><div class="td_module_mega_menu"><h3 class="entry-title td-module-title"><a href="/mega/">Mega</a></h3></div></div>
<div class="td-category-header"><div class="td_block_wrap td-category-grid"><div class="td_module_mx5 td_module_wrap"><div class="td-module-thumb"><a href="/2025/06/21/grid/"><img></a></div><h3 class="entry-title td-module-title"><a href="/2025/06/21/grid/">Grid</a></h3></div></div></div>
<div class="td-main-content-wrap"><div class="td-pb-span8 td-main-content"><div class="td-ss-main-content">
<div class="td_module_10 td_module_wrap"><div class="td-module-thumb"><a href="/2025/06/20/a/"><img></a></div><a class="td-post-category" href="/category/news/">News</a><h3 class="entry-title td-module-title"><a href="/2025/06/20/a/" rel="bookmark">A</a></h3>
<div class="td-module-meta-info"><span class="td-post-author-name"><a href="/author/p/">P</a></span><span class="td-post-date"><time class="entry-date updated td-module-date" datetime="2025-06-20T10:00:00+02:00">June 20, 2025</time></span></div></div>
<div class="tdb_module_loop td_module_wrap"><h3 class="entry-title td-module-title"><a href="/2025/06/19/b/">B</a></h3><span class="td-post-date"><time class="entry-date" datetime="2025-06-19T10:00:00+00:00">June 19</time></span></div>
<div class="page-nav td-pb-padding-side"><span class="current">1</span><a class="page" href="https://agg.test/category/news/page/2/" title="2">2</a><span class="extend">...</span><a class="last" href="https://agg.test/category/news/page/9/" title="9">9</a>
<a href="https://agg.test/category/news/page/2/" aria-label="next-page"><i class="td-icon-menu-right"></i></a><span class="pages">Page 1 of 9</span></div></div></div>
<div class="td-pb-span4 td-main-sidebar"><div class="td_module_6 td_module_wrap"><h3 class="entry-title td-module-title"><a href="/side/">Side</a></h3></div></div></div>
<div class="td-footer-wrapper"><div class="td_module_6 td_module_wrap"><h3 class="entry-title td-module-title"><a href="/foot/">Foot</a></h3></div></div></body></html>"""


def test_tagdiv() -> None:
    listing = parse_listing(TAGDIV, BASE)
    assert urls(listing) == ["/2025/06/21/grid/", "/2025/06/20/a/", "/2025/06/19/b/"]
    assert [entry.published_at for entry in listing.entries] == [None, "2025-06-20T08:00:00Z", "2025-06-19T10:00:00Z"]
    assert (listing.next_url, listing.page, listing.pages, listing.theme) == (BASE + "page/2/", 1, 9, "tagdiv")


BLOCK = """<html><body class="archive category"><div class="wp-site-blocks"><header><nav class="wp-block-navigation"><a href="/2025/01/01/menu/">Menu</a></nav></header><main><h1 class="wp-block-query-title">Category: News</h1>
<div class="wp-block-query"><ul class="wp-block-post-template"><li class="wp-block-post post-1 post"><figure class="wp-block-post-featured-image"><a href="/2025/06/20/a/"><img></a></figure><h2 class="wp-block-post-title"><a href="/2025/06/20/a/">A</a></h2>
<div class="wp-block-post-excerpt"><p>Words <a class="wp-block-post-excerpt__more-link" href="/2025/06/20/a/">more</a></p></div><div class="wp-block-post-date"><time datetime="2025-06-20T10:00:00+02:00"><a href="/2025/06/20/a/">June 20</a></time></div>
<div class="taxonomy-category wp-block-post-terms"><a href="/category/news/" rel="tag">News</a></div></li>
<li class="wp-block-post post-2 post"><h2 class="wp-block-post-title"><a href="/2025/06/19/b/">B</a></h2></li></ul>
<nav class="wp-block-query-pagination"><a class="wp-block-query-pagination-previous" href="/category/news/">Prev</a><div class="wp-block-query-pagination-numbers"><a class="page-numbers" href="/category/news/">1</a><span class="page-numbers current">2</span><a class="page-numbers" href="/category/news/page/3/">3</a></div>
<a class="wp-block-query-pagination-next" href="/category/news/page/3/">Next</a></nav></div></main><aside><ul class="wp-block-latest-posts"><li><a href="/2025/02/02/latest/">Latest</a></li></ul></aside><footer><a href="/2025/03/03/foot/">Foot</a></footer></div></body></html>"""

BLOCK_EMPTY = """<html><body class="archive"><div class="wp-site-blocks"><main><div class="wp-block-query"><div class="wp-block-query-no-results"><p>No posts were found.</p></div></div></main></div></body></html>"""


def test_block_theme() -> None:
    listing = parse_listing(BLOCK, BASE + "page/2/")
    assert urls(listing) == ["/2025/06/20/a/", "/2025/06/19/b/"]
    assert listing.entries[0].published_at == "2025-06-20T08:00:00Z"
    assert (listing.next_url, listing.page, listing.theme) == (BASE + "page/3/", 2, "block")
    assert parse_listing(BLOCK_EMPTY, BASE).empty is True


ASTRA = """<html><body class="archive category ast-separate-container"><header class="site-header"><nav><a href="/2025/01/01/menu/">Menu</a></nav></header><div id="primary"><main id="main" class="site-main"><section class="ast-archive-description"><h1 class="page-title">News</h1></section>
<article class="post-1 post type-post ast-article-post"><div class="post-thumb"><a href="/boat-sinks/"><img></a></div><h2 class="entry-title"><a href="/boat-sinks/" rel="bookmark">Boat sinks</a></h2><div class="entry-meta"><a rel="author" href="/author/p/">P</a>
<span class="posted-on"><span class="published">June 20, 2025</span></span><a rel="category tag" href="/category/news/">News</a></div><div class="entry-content"><p>Words with <a href="https://elsewhere.test/">a link</a></p><p class="read-more"><a href="/boat-sinks/">Read More</a></p></div></article>
<article class="post-2 post type-post ast-article-post"><h2 class="entry-title"><a href="https://agg.test/ship-floats/#more-2" rel="bookmark">Ship floats</a></h2></article>
<div class="ast-pagination"><nav class="navigation pagination"><div class="nav-links"><span class="page-numbers current">1</span><a class="page-numbers" href="/category/news/page/2/">2</a><span class="page-numbers dots">…</span><a class="page-numbers" href="/category/news/page/12/">12</a><a class="next page-numbers" href="/category/news/page/2/">Next</a></div></nav></div></main></div>
<div id="secondary" class="widget-area"><aside class="widget widget_recent_entries"><ul><li><a href="/recent/">Recent</a></li></ul></aside></div><footer class="site-footer"><a href="/foot/">Foot</a></footer></body></html>"""


def test_generic_articles() -> None:
    listing = parse_listing(ASTRA, BASE)
    assert urls(listing) == ["/boat-sinks/", "/ship-floats/"]
    assert [entry.title for entry in listing.entries] == ["Boat sinks", "Ship floats"]
    assert (listing.next_url, listing.page, listing.pages, listing.theme) == (BASE + "page/2/", 1, 12, "generic")


def test_search_results_and_older_posts_link() -> None:
    html = """<html><body class="search search-results"><main><article class="post type-post"><h2 class="entry-title"><a href="/2025/06/20/a/">A</a></h2></article>
    <article class="page type-page"><h2 class="entry-title"><a href="/about/">About</a></h2></article>
    <nav class="navigation posts-navigation"><div class="nav-previous"><a href="https://agg.test/page/2/?s=boat">Older posts</a></div></nav></main></body></html>"""
    listing = parse_listing(html, "https://agg.test/?s=boat")
    assert urls(listing) == ["/2025/06/20/a/"]
    assert listing.next_url == "https://agg.test/page/2/?s=boat"


def test_rel_next_in_the_head() -> None:
    html = """<html><head><link rel="next" href="/category/news/page/2/"></head><body class="archive"><main><article><h2><a href="/a-story-of-boats/">A</a></h2></article><article><h2><a href="/b-story-of-ships/">B</a></h2></article></main></body></html>"""
    listing = parse_listing(html, BASE)
    assert urls(listing) == ["/a-story-of-boats/", "/b-story-of-ships/"]
    assert listing.next_url == BASE + "page/2/"


def test_no_class_at_all_but_dated_permalinks() -> None:
    html = """<html><body><div><a href="/">Home</a><a href="/category/x/">X</a></div><div><ul><li><a href="/2025/06/20/a-story/">A</a> <a href="/2025/06/20/a-story/#respond">2 comments</a></li>
    <li><a href="/2025/06/19/b-story/?utm_source=list">B</a></li><li><a href="/2025/06/">June</a></li><li><a href="https://elsewhere.test/2025/06/19/c/">C</a></li></ul></div></body></html>"""
    listing = parse_listing(html, "https://agg.test/2025/06/")
    assert urls(listing) == ["/2025/06/20/a-story/", "/2025/06/19/b-story/?utm_source=list"]


def test_other_hosts_and_schemes_are_no_posts() -> None:
    html = jnews_list(
        block(
            card("A", "https://elsewhere.test/a/")
            + card("B", "javascript:void(0)")
            + card("C", "http://www.agg.test/c-story/")
            + card("D", "#")
        )
    )
    assert [entry.url for entry in parse_listing(html, BASE).entries] == ["http://www.agg.test/c-story/"]


def test_permalink_structures() -> None:
    links = [
        "/archives/123",
        "/?p=17",
        "/index.php/2025/06/21/a/",
        "/news/tagged-story/",
        "/2025/06/21/category-of-boats/",
        "/search-for-boats/",
        "/en/a-story/",
    ]
    others = [
        "/category/news/boats/",
        "/en/tag/boats/",
        "/author/x/",
        "/a-story/feed/",
        "/page/2/",
        "/wp-content/uploads/a.pdf",
        "/",
        "/index.php",
    ]
    html = jnews_list(block("".join(card(link, link) for link in [*others, *links])))
    assert urls(parse_listing(html, "https://agg.test/en/")) == links


@pytest.mark.parametrize(
    ("html", "answer"),
    [
        (jnews_list(block(CARDS)), True),
        (jnews_single(title="Boat", body="<p>Text</p>"), False),
        (TAGDIV, True),
        (BLOCK, True),
        (ASTRA, True),
        ("<html><body class='home blog'><main></main></body></html>", True),
        ("<html><body class='error404'><main><h1>Not found</h1></main></body></html>", False),
        ("<html><body><article><h1>T</h1><p>Text</p></article></body></html>", False),
        (
            "<html><body><article><h2><a href='/a/'>A</a></h2></article><article><h2><a href='/b/'>B</a></h2></article></body></html>",
            True,
        ),
        (
            "<html><head><meta property='og:type' content='article'></head><body><article><h2><a href='/a/'>A</a></h2></article><article><h2><a href='/b/'>B</a></h2></article></body></html>",
            False,
        ),
        ("", False),
    ],
)
def test_is_list_page(html: str, answer: bool) -> None:
    assert is_list_page(html) is answer


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "<article>" * 100_000,
        "<a href='/2025/06/20/x/'>x</a>" * 100_000,
        "\x00",
        "<body class='jnews'>" + "<article class='jeg_post'>" * 50_000,
    ],
)
def test_hostile_lists(html: str) -> None:
    started = time.process_time()
    listing = parse_listing(html, BASE)
    assert time.process_time() - started < 10
    assert len(listing.entries) <= 2_000


@pytest.mark.slow
def test_markup_that_made_each_heading_and_link_cost_the_whole_page() -> None:
    """Of 39 and 24 seconds."""
    links = "".join(f"<a href=/page/{number}/>x</a>" for number in range(5_000))
    headings = "".join(f"<h2 class=entry-title><a href=/x/{number}-story/>x</a></h2>" for number in range(500))
    begun = time.process_time()
    parse_listing("<html><body>" + "<div class='nav-links'>" * 100 + links, "https://a.example/category/x/")
    page = f"<html><body><div class=post>{headings}{'<p>y</p>' * 5_000}</div>"
    assert len(parse_listing(page, "https://a.example/category/x/").entries) == 500
    assert time.process_time() - begun < 12
