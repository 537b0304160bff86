# ruff: noqa: E501 - markup in long lines
"""Post pages: JNews in its versions, tagDiv, block themes and others, all synthetic; expected values written first."""

from __future__ import annotations

import time

import pytest

from newscrawl.html.dates import day_in_words
from newscrawl.net.rights import page_signals
from newscrawl.surfaces.parsing.counts import displayed_count
from newscrawl.surfaces.parsing.post_page import parse_post_page
from tests.aggregators.markup import card, jnews_single, sidebar

URL = "https://agg.test/2025/06/21/boat-sinks/"
SENTENCE = '<p>The post <a href="https://paper.test/boat/">Boat sinks</a> appeared first on <a href="https://paper.test/">The Paper</a>.</p>'
INLINE = (
    '<div class="jnews_inline_related_post_wrapper left"><div class="jnews_inline_related_post"><div class="jeg_postblock_21 jeg_postblock">'
    '<h3 class="jeg_block_title"><span>Related Posts</span></h3>'
    + card("Inline story", "/2025/01/01/inline/")
    + "</div></div></div>"
)
AD = '<div class="jeg_ad jeg_ad_article jnews_content_inline_ads"><div class="ads-wrapper"><div class="ads-text">ADVERTISEMENT</div></div></div>'
BODY = f"<p>The boat sank on Monday.</p>{AD}<p>Nobody drowned, the harbour said.</p>{INLINE}<p>It was an old boat.</p>{SENTENCE}"
TEXT = "The boat sank on Monday.\n\nNobody drowned, the harbour said.\n\nIt was an old boat."
STATS = (
    '<div class="jeg_share_stats"><div class="jeg_share_count"><div class="counts">493</div><span class="sharetext">SHARES</span></div>'
    '<div class="jeg_views_count"><div class="counts">1.4k</div><span class="sharetext">VIEWS</span></div></div>'
)
BOTTOM = (
    '<div class="jeg_share_bottom_container"><div class="jeg_share_button share-bottom"><div class="jeg_sharelist">'
    '<a class="jeg_btn-facebook"><span>Share<span class="count">197</span></span></a>'
    '<a class="jeg_btn-twitter"><span>Tweet<span class="count">123</span></span></a></div></div></div>'
)
RELATED = '<div class="jeg_postblock_22 jeg_postblock">' + card(
    "Related story", "/2025/06/21/related/", author="KTAR", date="June 20, 2025", excerpt="Words of another story"
) + "</div>"  # fmt: skip
SIDE = sidebar(card("Side story", "/2025/06/19/side/", author="Side Author", date="June 19, 2025"))
TAGS = '<span>Tags:</span> <a href="/tag/boats/" rel="tag">boats</a><a href="/tag/harbour/" rel="tag">harbour</a>'
AUTOLOAD = (
    '<div class="post-wrap post-autoload" data-url="/2025/06/18/next/"><div class="jeg_inner_content"><div class="entry-header">'
    '<h1 class="jeg_post_title">Next article</h1><div class="jeg_meta_author"><a href="/author/n/">Next Author</a></div>'
    '<div class="jeg_meta_date"><a>June 18, 2025</a></div></div><div class="entry-content"><div class="content-inner">'
    "<p>Text of the next article.</p></div></div></div></div>"
)
ZONED = (
    '<meta property="article:published_time" content="2025-06-21T18:04:05+02:00">'
    '<meta property="article:modified_time" content="2025-06-21T17:00:00+00:00">'
)


@pytest.mark.parametrize("template", range(1, 11))
def test_jnews_layouts(template: int) -> None:
    page = parse_post_page(
        jnews_single(
            title="Boat &#8216;sinks&#8217; &amp; nobody drowns",
            body=BODY, head=ZONED, template=template, date="June 21, 2025", author="The Paper", stats=STATS,
            share_bottom=BOTTOM, tags=TAGS, related=RELATED, side=SIDE, after=AUTOLOAD,
        ),
        URL,
    )  # fmt: skip
    assert page.theme == "jnews"
    assert page.title == "Boat ‘sinks’ & nobody drowns"
    assert page.author == "The Paper"
    assert (page.published_at, page.published_precision) == ("2025-06-21T16:04:05Z", "second")
    assert page.modified_at == "2025-06-21T17:00:00Z"
    assert page.categories == ["News"]
    assert page.tags == ["boats", "harbour"]
    assert (page.displayed_shares, page.displayed_views) == (493, 1400)
    assert page.wp_id == 4711
    assert page.image_url == "https://agg.test/wp-content/uploads/full-750x375.jpg"
    assert page.content.text == TEXT
    assert page.content.attribution is not None
    assert page.content.attribution.original_url == "https://paper.test/boat/"


def test_jnews_without_author_and_machine_date() -> None:
    html = jnews_single(title="Boat", body=BODY, date="June 21, 2025", related=RELATED, side=SIDE, after=AUTOLOAD)
    page = parse_post_page(html, "https://agg.test/?p=4711")
    assert page.author is None
    assert (page.published_at, page.published_precision) == ("2025-06-21T00:00:00Z", "day")
    assert page.sources["published_at"] == "html"
    assert (page.displayed_shares, page.displayed_views) == (None, None)


def test_the_first_article_may_itself_be_marked_for_autoload() -> None:
    html = jnews_single(
        title="Boat",
        body=BODY,
        date="June 21, 2025",
        wrapper=('<div class="post-wrap post-autoload">', "</div>"),
        after=AUTOLOAD,
    )
    page = parse_post_page(html, URL)
    assert (page.title, page.content.text) == ("Boat", TEXT)


def test_jnews_own_json_ld_is_in_local_time_and_loses_against_a_zone() -> None:
    local = (
        '<script type="application/ld+json">{"@context":"http://schema.org","@type":"article","headline":"Boat",'
        '"datePublished":"2025-06-21 18:04:05"}</script>'
    )
    page = parse_post_page(jnews_single(title="Boat", body=BODY, head=local + ZONED), URL)
    assert (page.published_at, page.published_precision) == ("2025-06-21T16:04:05Z", "second")
    page = parse_post_page(jnews_single(title="Boat", body=BODY, head=local), "https://agg.test/boat/")
    assert (page.published_at, page.published_precision) == ("2025-06-21T00:00:00Z", "day")


def test_builder_layout_co_authors_views_and_custom_heading() -> None:
    html = (
        '<html lang="en"><head></head><body class="single single-post postid-9 jnews"><div class="jeg_content"><div class="jeg_custom_post_wrapper">'
        '<div class="entry-header"><div class="wpb_wrapper"><h1 class="title">Boat</h1></div></div>'
        '<div class="jeg_post_meta"><div class="jeg_meta_author coauthor"><a href="/author/a/">Ann One</a> <span>and</span> <a href="/author/b/">Bob Two</a></div>'
        '<div class="jeg_meta_date"><a>21 June 2025</a></div><div class="jeg_meta_views"><a><i class="fa fa-eye"></i> 2.3K</a></div></div>'
        f'<div class="entry-content"><div class="content-inner">{BODY}</div></div></div></div></body></html>'
    )
    page = parse_post_page(html, "https://agg.test/boat/")
    assert (page.title, page.author) == ("Boat", "Ann One, Bob Two")
    assert page.published_at == "2025-06-21T00:00:00Z"
    assert page.displayed_views == 2300
    assert page.content.text == TEXT


def test_doubled_og_tags() -> None:
    head = (
        '<meta property="og:title" content="First - Agg"><meta property="og:image" content="https://agg.test/first.jpg">'
        '<meta property="og:site_name" content="Agg"><meta property="og:title" content="Boat - Agg">'
        '<meta property="og:image" content=""><meta property="og:image" content="https://agg.test/last.jpg">'
        '<meta property="og:title" content="">'
    )
    html = f"<html><head>{head}</head><body><article><div class='entry-content'><p>Text of it.</p></div></article></body></html>"
    page = parse_post_page(html, URL)
    assert page.title == "Boat"
    assert page.image_url == "https://agg.test/last.jpg"
    graph = (
        '<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2025-06-21T08:00:00+00:00"},'
        '{"@type":["NewsArticle"],"headline":"Boat sinks","author":{"@id":"#me"},"image":{"@id":"#img"},"articleSection":["News"],'
        '"keywords":["boats"]},{"@type":"Person","@id":"#me","name":"Jo Writer"},'
        '{"@type":"ImageObject","@id":"#img","url":"https://agg.test/graph.jpg"}]}</script>'
    )
    page = parse_post_page(html.replace("</head>", graph + "</head>"), URL)
    assert (page.title, page.author, page.image_url) == ("Boat sinks", "Jo Writer", "https://agg.test/graph.jpg")
    assert (page.categories, page.tags) == (["News"], ["boats"])
    assert page.published_at == "2025-06-21T08:00:00Z"


HEAD_LINKS = (
    '<link rel="canonical" href="/2025/06/21/boat-sinks/"><meta name="robots" content="noindex, follow, max-snippet:-1">'
    '<meta name="robots" content="noai"><link rel="https://api.w.org/" href="https://agg.test/wp-json/">'
    '<link rel="alternate" type="application/json" href="https://agg.test/wp-json/wp/v2/posts/77">'
    '<link rel="shortlink" href="https://agg.test/?p=77"><link rel="alternate" type="application/rss+xml" href="/feed/">'
    '<link rel="alternate" type="application/rss+xml" href="/comments/feed/"><link rel="alternate" type="application/atom+xml" href="/feed/">'
)


def test_head_links() -> None:
    page = parse_post_page(f"<html><head>{HEAD_LINKS}</head><body><p>x</p></body></html>", URL)
    assert page.canonical_url == "https://agg.test/2025/06/21/boat-sinks/"
    assert ("robots", "noindex, follow, max-snippet:-1") in page.usage_metas
    assert page_signals(metas=page.usage_metas)["robots_meta"] == "max-snippet,noai,noindex"
    assert page.rest_link == "https://agg.test/wp-json/wp/v2/posts/77"
    assert page.rest_root == "https://agg.test/wp-json/"
    assert page.wp_id == 77
    assert page.feed_links == ["https://agg.test/feed/", "https://agg.test/comments/feed/"]


TAGDIV = f"""<html lang="en-US"><head>{ZONED}</head><body class="post-template-default single single-post postid-31 td-standard-pack global-block-template-1">
<div class="td-header-wrap"><div class="td-main-menu-logo"><ul class="sf-menu"><li><a href="/category/news/">News</a></li></ul></div>
<div class="td_module_mega_menu td_mod_mega_menu"><h3 class="entry-title td-module-title"><a href="/mega/">Mega</a></h3></div></div>
<div class="td-main-content-wrap"><div class="td-container"><div class="td-crumb-container"><div class="entry-crumbs"><span><a class="entry-crumb" href="/">Home</a></span></div></div>
<div class="td-pb-row"><div class="td-pb-span8 td-main-content"><div class="td-ss-main-content"><article id="post-31" class="post-31 post type-post">
<div class="td-post-header"><ul class="td-category"><li class="entry-category"><a href="/category/news/">News</a></li><li class="entry-category"><a href="/category/sea/">Sea</a></li></ul>
<header class="td-post-title"><h1 class="entry-title">Boat sinks</h1><p class="td-post-sub-title">Sub</p><div class="td-module-meta-info">
<div class="td-post-author-name"><div class="td-author-by">By</div> <a href="/author/p/">The Paper</a><div class="td-author-line"> - </div></div>
<span class="td-post-date"><time class="entry-date updated td-module-date" datetime="2025-06-21T18:04:05+02:00">June 21, 2025</time></span>
<div class="td-post-views"><i class="td-icon-views"></i><span class="td-nr-views-31">2,345</span></div></div></header></div>
<div class="td-post-sharing-top"><div class="td-post-sharing">Share 12</div></div>
<div class="td-post-content tagdiv-type"><div class="td-post-featured-image"><figure><a href="/f.jpg"><img class="entry-thumb" src="/wp-content/uploads/f-696x464.jpg"></a><figcaption class="wp-caption-text">Cap</figcaption></figure></div>
<p>The boat sank on Monday.</p><div class="td-a-rec td-a-rec-id-content_inline"><span class="td-adspot-title">- Advertisement -</span></div>
<p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>{SENTENCE}</div>
<footer><div class="td-post-source-tags"><ul class="td-tags td-post-small-box clearfix"><li><span>TAGS</span></li><li><a href="/tag/boats/">boats</a></li><li><a href="/tag/harbour/">harbour</a></li></ul></div>
<div class="author-box-wrap"><div class="desc"><div class="td-author-name"><span><a href="/author/p/">Box Author</a></span></div></div></div></footer></article>
<div class="td_block_wrap td_block_related_posts"><div class="td_module_related_posts"><h3 class="entry-title td-module-title"><a href="/r/">Related</a></h3><span class="td-post-author-name"><a>KTAR</a></span>
<time class="entry-date" datetime="2024-01-01T00:00:00+00:00">x</time></div></div></div></div>
<div class="td-pb-span4 td-main-sidebar"><div class="td_module_6 td_module_wrap"><h3 class="entry-title td-module-title"><a href="/s/">Side</a></h3></div></div></div></div></div>
<div class="td-footer-wrapper"><p>Footer</p></div></body></html>"""


def test_tagdiv() -> None:
    page = parse_post_page(TAGDIV, URL)
    assert (page.theme, page.title, page.author) == ("tagdiv", "Boat sinks", "The Paper")
    assert (page.published_at, page.published_precision) == ("2025-06-21T16:04:05Z", "second")
    assert (page.categories, page.tags) == (["News", "Sea"], ["boats", "harbour"])
    assert (page.displayed_views, page.displayed_shares) == (2345, None)
    assert page.image_url == "https://agg.test/wp-content/uploads/f-696x464.jpg"
    assert page.content.text == TEXT
    assert page.wp_id == 31


TDB = f"""<html lang="en"><head></head><body class="single single-post postid-32 tdb_template tdb-template"><div class="td-header-template-wrap"><a href="/">Home</a></div>
<div id="tdb-autoload-article"><div class="td-main-content-wrap td-container-wrap"><div class="tdc-content-wrap"><article class="tdb-autoload-article">
<div class="td_block_wrap tdb-single-categories"><div class="tdb-category"><a class="tdb-entry-category" href="/category/news/">News</a></div></div>
<div class="td_block_wrap tdb_title tdb-single-title"><div class="tdb-block-inner"><h1 class="tdb-title-text">Boat sinks</h1></div></div>
<div class="td_block_wrap tdb-single-author"><div class="tdb-author-name-wrap"><span class="tdb-author-by">By</span> <a class="tdb-author-name" href="/author/p/">The Paper</a></div></div>
<div class="td_block_wrap tdb-single-date"><div class="tdb-block-inner"><time class="entry-date updated td-module-date" datetime="2025-06-21T16:04:05+00:00">June 21</time></div></div>
<div class="td_block_wrap tdb-post-views"><span class="td-nr-views-32">1.4k</span></div>
<div class="td_block_wrap tdb_single_content td-post-content tagdiv-type"><div class="tdb-block-inner td-fix-index"><p>The boat sank on Monday.</p>
<p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>{SENTENCE}</div></div>
<div class="td_block_wrap tdb-single-tags"><ul class="tdb-tags"><li><span>TAGS</span></li><li><a href="/tag/boats/">boats</a></li></ul></div>
<div class="td_block_wrap tdb_single_related"><div class="td_module_wrap tdb_module_related"><h3 class="entry-title"><a href="/r/">Related</a></h3></div></div></article></div></div></div></body></html>"""


def test_tagdiv_builder() -> None:
    page = parse_post_page(TDB, URL)
    assert (page.theme, page.title, page.author) == ("tagdiv", "Boat sinks", "The Paper")
    assert page.published_at == "2025-06-21T16:04:05Z"
    assert (page.categories, page.tags, page.displayed_views) == (["News"], ["boats"], 1400)
    assert page.content.text == TEXT


BLOCK = f"""<html lang="en-US"><head></head><body class="single single-post postid-33 wp-embed-responsive"><div class="wp-site-blocks">
<header class="wp-block-template-part"><nav class="wp-block-navigation"><a href="/">Agg</a></nav><p class="wp-block-site-title"><a href="/">Agg</a></p></header>
<main class="wp-block-group"><h1 class="wp-block-post-title">Boat sinks</h1><div class="wp-block-group"><div class="wp-block-post-date"><time datetime="2025-06-21T18:04:05+02:00"><a href="/p/">June 21, 2025</a></time></div>
<p>by <a class="wp-block-post-author-name__link" href="/author/p/">The Paper</a></p><div class="taxonomy-category wp-block-post-terms"><a href="/category/news/" rel="tag">News</a></div></div>
<figure class="wp-block-post-featured-image"><img src="/wp-content/uploads/f.jpg"></figure>
<div class="entry-content wp-block-post-content is-layout-constrained"><p>The boat sank on Monday.</p><p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>{SENTENCE}</div>
<div class="taxonomy-post_tag wp-block-post-terms"><a href="/tag/boats/" rel="tag">boats</a></div>
<div class="wp-block-comments"><h2 class="wp-block-comments-title">Comments</h2><p>Reader says.</p></div>
<h2>More posts</h2><div class="wp-block-query"><ul class="wp-block-post-template"><li class="wp-block-post"><h3 class="wp-block-post-title"><a href="/2025/06/01/more/">More</a></h3>
<div class="wp-block-post-date"><time datetime="2025-06-01T00:00:00+00:00">June 1</time></div></li></ul></div></main><footer class="wp-block-template-part"><p>Foot</p></footer></div></body></html>"""


def test_block_theme() -> None:
    page = parse_post_page(BLOCK, URL)
    assert (page.theme, page.title, page.author) == ("block", "Boat sinks", "The Paper")
    assert (page.published_at, page.published_precision) == ("2025-06-21T16:04:05Z", "second")
    assert (page.categories, page.tags) == (["News"], ["boats"])
    assert page.image_url == "https://agg.test/wp-content/uploads/f.jpg"
    assert page.content.text == TEXT


ASTRA = f"""<html lang="de-DE"><head></head><body class="single single-post postid-34 ast-single-post"><header class="site-header"><h1 class="site-title"><a href="/">Agg</a></h1></header>
<div id="content" class="site-content"><div id="primary"><main id="main"><article class="post-34 post type-post category-news ast-article-single" itemtype="https://schema.org/CreativeWork">
<header class="entry-header"><h1 class="entry-title" itemprop="headline">Boat sinks</h1><div class="entry-meta"><span class="ast-terms-link"><a href="/category/news/" rel="category tag">News</a></span> /
<span class="posted-by vcard author"><a class="url fn n" rel="author" href="/author/p/"><span class="author-name" itemprop="name">The Paper</span></a></span> /
<span class="posted-on"><span class="published" itemprop="datePublished">21. Juni 2025</span><span class="updated" itemprop="dateModified">22. Juni 2025</span></span></div></header>
<div class="entry-content clear" itemprop="text"><p>The boat sank on Monday.</p><p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>{SENTENCE}
<div class="wp-block-social-links">Follow</div></div><div class="ast-related"></div></article>
<nav class="navigation post-navigation"><a href="/2025/06/20/before/" rel="prev">Before</a></nav><div id="comments" class="comments-area"><ol><li>Reader</li></ol></div></main></div>
<div id="secondary" class="widget-area"><aside class="widget"><ul><li><a href="/category/sport/" rel="category">Sport</a></li><li><a rel="tag" href="/tag/z/">Z</a></li></ul></aside></div></div></body></html>"""

GENERATEPRESS = f"""<html lang="en"><head></head><body class="single single-post postid-35 right-sidebar"><div class="site-header"><p class="main-title">Agg</p></div>
<div class="site grid-container"><div class="site-content"><div class="content-area"><main class="site-main"><article id="post-35" class="post-35 post type-post hentry">
<div class="inside-article"><header class="entry-header"><h1 class="entry-title">Boat sinks</h1><div class="entry-meta"><span class="posted-on"><time class="updated" datetime="2025-06-22T10:00:00+02:00">June 22, 2025</time>
<time class="entry-date published" datetime="2025-06-21T18:04:05+02:00">June 21, 2025</time></span> <span class="byline">by <span class="author vcard"><a class="url fn n" rel="author" href="/author/p/"><span class="author-name">The Paper</span></a></span></span></div></header>
<div class="entry-content" itemprop="text"><p>The boat sank on Monday.</p><p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>{SENTENCE}</div>
<footer class="entry-meta"><span class="cat-links"><a href="/category/news/" rel="category tag">News</a></span><span class="tags-links"><a href="/tag/boats/" rel="tag">boats</a></span></footer></div></article></main></div>
<div class="widget-area sidebar is-right-sidebar"><aside class="widget"><h2>Recent</h2></aside></div></div></div></body></html>"""


@pytest.mark.parametrize(
    ("html", "published", "precision", "modified", "tags"),
    [
        (ASTRA, "2025-06-21T00:00:00Z", "day", "2025-06-22T00:00:00Z", []),
        (GENERATEPRESS, "2025-06-21T16:04:05Z", "second", "2025-06-22T08:00:00Z", ["boats"]),
    ],
)
def test_generic_themes(html: str, published: str, precision: str, modified: str, tags: list[str]) -> None:
    page = parse_post_page(html, "https://agg.test/boat-sinks/")
    assert (page.theme, page.title, page.author) == ("generic", "Boat sinks", "The Paper")
    assert (page.published_at, page.published_precision, page.modified_at) == (published, precision, modified)
    assert (page.categories, page.tags) == (["News"], tags)
    assert page.content.text == TEXT


PARAGRAPHS = "<p>The boat sank on Monday.</p><p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>"


def test_tagdiv_templates_are_posts_with_numbers_of_their_own() -> None:
    page = parse_post_page(
        TDB.replace('class="tdb-autoload-article"', 'class="tdb-autoload-article post-116 tdb_templates"'), URL
    )
    assert (page.title, page.content.text) == ("Boat sinks", TEXT)


@pytest.mark.parametrize(
    "wrapper", ["elementor-widget-theme-post-content", "et_pb_post_content", "entry-content-wrapper"]
)
def test_page_builders_and_teasers_of_other_posts(wrapper: str) -> None:
    teaser = (
        '<article class="post-9 post type-post"><h2 class="entry-title"><a href="/9/">Another title of nine</a></h2><time datetime="2024-01-01T00:00:00Z"></time>'
        '<a rel="author" href="/a/">Other</a><div class="post-content entry-content"><p>'
        + "Teaser words of another post. " * 40
        + "</p></div></article>"
    )
    html = (
        f'<html><head><meta property="og:title" content="Boat sinks"></head><body class="single single-post postid-7">{teaser}<h1>Boat sinks</h1>'
        f'<div class="{wrapper}"><div>{PARAGRAPHS}</div></div>{teaser}</body></html>'
    )
    page = parse_post_page(html, "https://agg.test/boat/")
    assert (page.title, page.author, page.published_at) == ("Boat sinks", None, None)
    assert page.content.text == TEXT


def test_boxes_of_a_page_builder_in_the_body_are_the_body() -> None:
    body = (
        '<div class="so-panel widget widget_sow-editor"><div class="textwidget"><p>The boat sank on Monday.</p></div></div>'
        f'<h2 id="comments">Comments of the harbour</h2><p>Nobody drowned.</p>{INLINE}'
    )
    html = f'<html><body class="single single-post postid-7"><article><h1 class="entry-title">Boat</h1><div class="entry-content">{body}</div></article></body></html>'
    page = parse_post_page(html, "https://agg.test/boat/")
    assert page.content.text == "The boat sank on Monday.\n\nComments of the harbour\n\nNobody drowned."
    related = INLINE.replace(
        '<div class="jeg_post_meta">',
        '<div class="jeg_post_meta"><div class="jeg_meta_author"><a>Inline Author</a></div>',
    )
    page = parse_post_page(jnews_single(title="Boat", body=f"<p>It sank.</p>{related}<p>Slowly.</p>"), URL)
    assert (page.author, page.content.text) == (None, "It sank.\n\nSlowly.")


@pytest.mark.parametrize(
    ("headings", "title"),
    [
        ("<h1>Agg</h1><h2 class='entry-title'>Boat sinks in the harbour</h2>", "Boat sinks in the harbour"),
        ("<h1>Log in</h1><h1>Boat sinks in the harbour</h1>", "Boat sinks in the harbour"),
        ("<h1>Remember this article</h1><h1>Newest</h1>", "Boat sinks in the harbour"),
        ("<h1><span>Shipping</span> Boat sinks in the harbour</h1>", "Boat sinks in the harbour"),
        ("<h1>Another wording of it</h1>", "Another wording of it"),
        ("", "Boat sinks in the harbour"),
    ],
)
def test_headings_are_held_against_the_head(headings: str, title: str) -> None:
    head = '<meta property="og:site_name" content="Agg"><meta property="og:title" content="Boat sinks in the harbour - Agg">'
    html = f"<html><head>{head}<title>Boat sinks in the harbour - Agg</title></head><body>{headings}<div class='entry-content'>{PARAGRAPHS}</div></body></html>"
    assert parse_post_page(html, URL).title == title


def test_a_late_charset_declaration_and_pages_full_of_space() -> None:
    filler = "<script>" + "x" * 20_000 + "</script>" + " " * 1_000_000
    html = f'<html><head>{filler}<meta charset="utf-8"></head><body><h1>Über “Café”</h1><div class="entry-content"><p>Später</p></div></body></html>'
    started = time.process_time()
    page = parse_post_page(html.encode(), URL)
    assert (page.title, page.content.text) == ("Über “Café”", "Später")
    assert time.process_time() - started < 5


def test_a_page_without_any_known_class() -> None:
    html = (
        "<html><head><title>Boat sinks | Agg</title></head><body><div id='top'><a href='/'>Agg</a></div><div id='x'><h1>Boat sinks</h1>"
        f"<p>The boat sank on Monday.</p><p>Nobody drowned, the harbour said.</p><p>It was an old boat.</p>{SENTENCE}</div>"
        "<div id='y'><a href='/1/'>One</a><a href='/2/'>Two</a></div></body></html>"
    )
    page = parse_post_page(html, URL)
    assert (page.title, page.theme) == ("Boat sinks", "generic")
    assert page.content.text is not None
    assert page.content.text.endswith(TEXT)
    assert (page.published_at, page.published_precision, page.sources["published_at"]) == (
        "2025-06-21T00:00:00Z",
        "day",
        "url",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "html", [b"", b"\x00", "<", "<html>", b"\xff\xfe\x00", "<p>" * 100_000, "<body class='" + "jeg_ " * 100_000 + "'>"]
)
def test_hostile_pages(html: bytes | str) -> None:
    started = time.process_time()
    page = parse_post_page(html, URL)
    assert time.process_time() - started < 5
    assert page.title is None


def test_hostile_json_ld() -> None:
    for script in (
        "[" * 100_000,
        '{"@graph":' * 5_000 + "1",
        '{"@type":"Article","author":{"@id":"#a"},"@id":"#a"}',
        "null",
        "{'a'}",
    ):
        html = f'<html><head><script type="application/ld+json">{script}</script></head><body><h1>T</h1></body></html>'
        assert parse_post_page(html, URL).title == "T"


def test_bytes_in_their_encoding() -> None:
    html = '<html><head><meta charset="windows-1252"></head><body><h1>Café “quoted”</h1><div class="entry-content"><p>Über</p></div></body></html>'
    page = parse_post_page(html.encode("windows-1252"), URL)
    assert (page.title, page.content.text) == ("Café “quoted”", "Über")
    assert parse_post_page(html.replace("windows-1252", "utf-8").encode(), URL).title == "Café “quoted”"


@pytest.mark.parametrize(
    ("shown", "count"),
    [
        ("493", 493), ("1.4k", 1400), ("2,3 Mio", 2_300_000), ("1,4 k", 1400), ("1.4K", 1400), ("12M", 12_000_000), ("1,234", 1234),
        ("1.234.567", 1_234_567), ("1 234", 1234), ("1\u202f234", 1234), ("3 B", 3_000_000_000), ("٤٩٣", 493), ("3.4万", 34_000),
        ("2 тыс.", 2000), ("1,5 mil", 1500), ("1.2 lakh", 120_000), ("0", 0), ("1.4k views", 1400), ("493 SHARES", 493), ("1’234", 1234),
        ("12K+", 12_000), ("1.4", None), ("", None), ("views", None), (None, None), ("9" * 40, None), ("-5", None), ("1k2k3k", None),
        ("2.3 Mio.", 2_300_000), ("1,2 Mrd.", 1_200_000_000), ("5 مليون", 5_000_000),
    ],
)  # fmt: skip
def test_displayed_counts(shown: str | None, count: int | None) -> None:
    assert displayed_count(shown) == count


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("June 21, 2025", None, "2025-06-21"), ("21 June 2025", None, "2025-06-21"), ("Jun 21, 2025", None, "2025-06-21"),
        ("21. Juni 2025", "de", "2025-06-21"), ("21 juin 2025", "fr", "2025-06-21"), ("1er juin 2025", "fr", "2025-06-01"),
        ("21 de junio de 2025", "es", "2025-06-21"), ("junio 21, 2025", "es", "2025-06-21"), ("21 de junho de 2025", "pt-BR", "2025-06-21"),
        ("21 Giugno 2025", "it", "2025-06-21"), ("5 أبريل، 2020", "ar", "2020-04-05"), ("٥ أبريل ٢٠٢٠", "ar", "2020-04-05"),
        ("5 نيسان، 2020", "ar", "2020-04-05"), ("21 июня 2025", "ru", "2025-06-21"), ("21 czerwca 2025", "pl", "2025-06-21"),
        ("21 Haziran 2025", "tr", "2025-06-21"), ("2025年6月21日", "ja", "2025-06-21"), ("2025년 6월 21일", "ko", "2025-06-21"),
        ("21 ביוני 2025", "he", "2025-06-21"), ("21 जून 2025", "hi", "2025-06-21"), ("21 Juni 2025", "id", "2025-06-21"),
        ("21 Tháng Sáu, 2025", "vi", "2025-06-21"), ("21 tháng 6, 2025", "vi", "2025-06-21"), ("มิถุนายน 21, 2568", "th", "2025-06-21"),
        ("21 Ιουνίου 2025", "el", "2025-06-21"), ("2025. június 21.", "hu", "2025-06-21"), ("21. června 2025", "cs", "2025-06-21"),
        ("21.06.2025", None, "2025-06-21"), ("2025/06/21", None, "2025-06-21"), ("2025-06-21", None, "2025-06-21"),
        ("06/21/2025", None, "2025-06-21"), ("21/06/2025", None, "2025-06-21"), ("03/04/2025", "en-US", "2025-03-04"),
        ("03/04/2025", "en-GB", "2025-04-03"), ("03/04/2025", None, None), ("Published on Saturday, June 21st, 2025 at 5 pm", "en", "2025-06-21"),
        ("2 days ago", None, None), ("June 2025", None, None), ("31 February 2025", None, None), ("", None, None), ("maybe 21, 2025", None, None),
        ("June 21, 3025", None, None), ("x" * 5000, None, None), ("21 тир 1404", None, None), ("21 junij 2025", "sl", "2025-06-21"),
        ("June 21, 2025 / Updated June 30, 2025", None, "2025-06-21"),
    ],
)  # fmt: skip
def test_days_in_words(text: str, language: str | None, day: str | None) -> None:
    assert day_in_words(text, language) == day
