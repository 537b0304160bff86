# ruff: noqa: E501 - long lines of markup read better whole
"""The aggregator's HTML in three themes: JNews, tagDiv's Newspaper, and WordPress's block theme. Pure.

JNews's structure follows what its templates print (single post, category, pagination); the words in it are the demo's.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from newscrawl.demo import prose
from newscrawl.demo.wordpress import content_html, texturize
from newscrawl.demo.world import CATEGORIES, SITE_NAME, SITE_OFFSET, Category, Post, World

__all__ = ["THEMES", "ListPage", "list_page", "post_page", "shown"]

THEMES = ("jnews", "tagdiv", "block")


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list: its posts, its title, its base address (with the closing slash), and where it stands."""

    posts: tuple[Post, ...]
    title: str
    base: str
    page: int
    pages: int
    #: Pages of a search are told by the query.
    query: str = ""
    category: Category | None = None

    def url(self, page: int) -> str:
        if self.query:
            return f"{self.base}?{self.query}" + (f"&paged={page}" if page > 1 else "")
        return self.base if page == 1 else f"{self.base}page/{page}/"


def shown(count: int) -> str:
    """A counter as JNews displays it."""
    return f"{count / 1000:.1f}k" if count >= 1000 else str(count)


def _local(moment: dt.datetime) -> dt.datetime:
    return moment + SITE_OFFSET


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.timezone(SITE_OFFSET)).isoformat(timespec="seconds")


def _image(world: World, post: Post) -> str:
    return f"{world.base()}/wp-content/uploads/{_local(post.published):%Y/%m}/{post.slug}-1140x570.jpg"


def _head(world: World, title: str, canonical: str, extra: str = "") -> str:
    site = world.base()
    return (
        f'<!doctype html>\n<html lang="en-US">\n<head>\n<meta charset="UTF-8" />\n<title>{texturize(title)} - {SITE_NAME}</title>\n'
        f'<link rel="canonical" href="{escape(canonical)}" />\n<link rel="alternate" type="application/rss+xml" title="{SITE_NAME} &raquo; Feed" href="{site}/feed/" />\n'
        f'<link rel="alternate" type="application/rss+xml" title="{SITE_NAME} &raquo; Comments Feed" href="{site}/comments/feed/" />\n'
        f'<link rel="https://api.w.org/" href="{site}/wp-json/" />\n<meta name="generator" content="WordPress 6.8.1" />\n{extra}\n</head>\n'
    )


def _post_head(world: World, post: Post) -> str:
    site, url = world.base(), f"{world.base()}{post.path}"
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Article",
                "@id": f"{url}#article",
                "isPartOf": {"@id": url},
                "author": {"name": post.author, "@id": f"{site}/#/schema/person/{post.id}"},
                "headline": post.title,
                "datePublished": _stamp(post.published),
                "dateModified": _stamp(post.modified),
                "articleSection": [category.name for category in post.categories],
                "publisher": {"@id": f"{site}/#organization"},
                "image": {"@id": f"{url}#primaryimage"},
                "inLanguage": "en-US",
            },
            {
                "@type": "WebPage",
                "@id": url,
                "url": url,
                "name": f"{post.title} - {SITE_NAME}",
                "datePublished": _stamp(post.published),
            },
            {"@type": "ImageObject", "@id": f"{url}#primaryimage", "url": _image(world, post)},
            {"@type": "Organization", "@id": f"{site}/#organization", "name": SITE_NAME, "url": f"{site}/"},
        ],
    }
    text = json.dumps(graph).replace("</", "<\\/")
    # JNews prints its own tags beside those of Yoast: both are there.
    rows = [
        ("og:type", "article"),
        ("og:title", post.title),
        ("og:url", url),
        ("og:site_name", SITE_NAME),
        ("article:published_time", _stamp(post.published)),
        ("article:modified_time", _stamp(post.modified)),
        ("og:image", _image(world, post)),
        ("og:title", post.title),
    ]
    metas = "\n".join(f'<meta property="{name}" content="{escape(value)}" />' for name, value in rows)
    return (
        f'{metas}\n<script type="application/ld+json" class="yoast-schema-graph">{text}</script>\n'
        f'<link rel="alternate" title="JSON" type="application/json" href="{site}/wp-json/wp/v2/posts/{post.id}" />\n<link rel="shortlink" href="{site}/?p={post.id}" />'
    )


def _links(categories: tuple[Category, ...], site: str) -> str:
    return ", ".join(
        f'<a href="{site}/category/{category.slug}/" rel="category tag" class="category-{category.slug}">{escape(category.name)}</a>'
        for category in categories
    )


def _neighbours(world: World, post: Post, count: int) -> list[Post]:
    """Other posts, for the boxes around this one."""
    rng = random.Random(f"{world.seed}/boxes/{post.number}")
    low = max(0, post.number - 40)
    candidates = [
        number
        for number in range(low, min(world.total, low + 60))
        if number != post.number and number not in world.deleted
    ]
    return [world.post(number) for number in rng.sample(candidates, min(count, len(candidates)))]


# JNews


def _jnews_card(world: World, post: Post, size: str = "md_1", by: str | None = None) -> str:
    site = world.base()
    link = f"{site}{post.path}"
    category = post.categories[-1]
    return (
        f'<article class="jeg_post jeg_pl_{size} post-{post.id} format-standard"><div class="jeg_thumb"><a href="{link}"><div class="thumbnail-container">'
        f'<img src="{site}/wp-content/themes/jnews/assets/img/jeg-empty.png" class="lazyload" data-src="{escape(_image(world, post))}"></div></a>'
        f'<div class="jeg_post_category"><span><a href="{site}/category/{category.slug}/" class="category-{category.slug}">{escape(category.name)}</a></span></div></div>'
        f'<div class="jeg_postblock_content"><h3 class="jeg_post_title"><a href="{link}">{texturize(post.title)}</a></h3><div class="jeg_post_meta">'
        f'<div class="jeg_meta_author"><span class="by">by</span> <a href="{site}/author/{prose.slugify(by or post.author) or "a"}/">{escape(by or post.author)}</a></div>'
        f'<div class="jeg_meta_date"><a href="{link}"><i class="fa fa-clock-o"></i> {_local(post.published):%B %d, %Y}</a></div></div>'
        f'<div class="jeg_post_excerpt"><p>{texturize(post.summary)[:120]}...</p><a href="{link}" class="jeg_readmore">Read more</a></div></div></article>'
    )


def _jnews_frame(body: str, site: str) -> str:
    menu = "".join(
        f'<li class="menu-item"><a href="{site}/category/{c.slug}/">{escape(c.name)}</a></li>' for c in CATEGORIES
    )
    return (
        f'<div class="jeg_viewport"><div class="jeg_header_wrapper"><div class="jeg_nav_row"><ul class="jeg_menu jeg_main_menu">{menu}</ul></div>'
        '<div class="jeg_search_wrapper"><form class="jeg_search_form"><input name="s"></form><div class="jeg_search_result"><div class="search-noresult">No Result</div>'
        f'<div class="search-all-button">View All Result</div></div></div></div>{body}'
        '<div class="footer-holder" id="footer"><div class="jeg_footer jeg_footer_1"><div class="jeg_footer_content"><p>About us</p></div>'
        f'<div class="jeg_footer_secondary"><p class="copyright">&copy; {SITE_NAME} - all the news.</p></div></div></div></div>'
    )


def _jnews_list(world: World, listing: ListPage) -> str:
    site = world.base()
    cards = "".join(_jnews_card(world, post) for post in listing.posts)
    links = []
    for page in sorted(
        {1, 2, listing.page - 1, listing.page, listing.page + 1, listing.pages} & set(range(1, listing.pages + 1))
    ):
        links.append(
            f'<span class="page_number active">{page}</span>'
            if page == listing.page
            else f'<a class="page_number" data-id="{page}" href="{escape(listing.url(page))}">{page}</a>'
        )
    if listing.page < listing.pages:
        links.append(
            f'<a class="page_nav next" data-id="{listing.page + 1}" href="{escape(listing.url(listing.page + 1))}"><span class="navtext">Next</span></a>'
        )
    pagination = (
        '<div class="jeg_block_navigation"><div class="jeg_navigation jeg_pagination jeg_pagenav_1 jeg_aligncenter no_navtext no_pageinfo">'
        f'<span class="page_info">Page {listing.page} of {listing.pages}</span>{"".join(links)}</div></div>'
        if listing.pages > 1
        else ""
    )
    hero = ""
    if listing.page == 1 and len(listing.posts) > 3:
        # The hero shows posts that stand in the list again.
        tops = "".join(_jnews_card(world, post, "lg_1") for post in listing.posts[:2])
        hero = f'<div class="jnews_category_hero_container"><div class="jeg_heroblock jeg_heroblock_1"><div class="jeg_heroblock_wrapper">{tops}</div></div></div>'
    sidebar = "".join(_jnews_card(world, post, "sm_2") for post in listing.posts[:3])
    empty = "" if listing.posts else '<div class="jeg_empty_module">No Content Available</div>'
    return _head(world, listing.title, listing.url(listing.page)) + (
        '<body class="archive category wp-theme-jnews jeg_toggle_light jnews">'
        + _jnews_frame(
            f'<div class="jeg_main"><div class="jeg_container"><div class="jeg_content"><div class="jeg_section"><div class="container">'
            f'<div class="jnews_category_header_top"><div class="jeg_cat_header jeg_cat_header_1"><h1 class="jeg_cat_title">{escape(listing.title)}</h1></div></div>{hero}'
            f'<div class="jeg_cat_content row"><div class="jeg_main_content jeg_column col-sm-8"><div class="jeg_inner_content"><div class="jnews_category_content_wrapper">'
            f'<div class="jeg_postblock_3 jeg_postblock jeg_module_hook jeg_pagination_nav_1" data-unique="jnews_module_1"><div class="jeg_block_container"><div class="jeg_posts_wrap">'
            f'<div class="jeg_posts jeg_load_more_flag">{cards}{empty}</div></div></div>{pagination}</div></div></div></div>'
            f'<div class="jeg_sidebar col-sm-4"><div class="jeg_postblock_21 jeg_postblock"><h3 class="jeg_block_title"><span>Popular</span></h3>{sidebar}</div></div></div></div></div></div></div></div>',
            site,
        )
        + "</body></html>"
    )


def _jnews_post(world: World, post: Post) -> str:
    site, url = world.base(), f"{world.base()}{post.path}"
    related = _neighbours(world, post, 4)
    share = (
        f'<div class="jeg_share_button clearfix"><div class="jeg_share_stats"><div class="jeg_share_count"><div class="counts">{shown(post.shares)}</div><span class="sharetext">SHARES</span></div>'
        f'<div class="jeg_views_count"><div class="counts">{shown(post.views)}</div><span class="sharetext">VIEWS</span></div></div><div class="jeg_sharelist">'
        f'<a href="https://share.example/f?u={escape(url)}" class="jeg_btn-facebook expanded"><span>Share</span> <b class="count">{post.shares * 40 // 100}</b></a>'
        f'<a href="https://share.example/t?u={escape(url)}" class="jeg_btn-twitter expanded"><span>Share</span> <b class="count">{post.shares * 25 // 100}</b></a></div></div>'
    )
    cards = "".join(
        _jnews_card(world, other, "md_2", by="KTAR" if at == 0 else None) for at, other in enumerate(related)
    )
    main = (
        '<div class="jeg_breadcrumbs jeg_breadcrumb_container"><div id="breadcrumbs"><span class=""><a href="'
        f'{site}">Home</a></span><i class="fa fa-angle-right"></i><span class="breadcrumb_last_link"><a href="{site}/category/{post.categories[-1].slug}/">{escape(post.categories[-1].name)}</a></span></div></div>'
        f'<div class="entry-header"><h1 class="jeg_post_title">{texturize(post.title)}</h1><div class="jeg_meta_container"><div class="jeg_post_meta jeg_post_meta_1"><div class="meta_left">'
        f'<div class="jeg_meta_author"><img src="{site}/a.png"><span class="meta_text">by</span> <a href="{site}/author/{prose.slugify(post.author) or "a"}/">{escape(post.author)}</a></div>'
        f'<div class="jeg_meta_date"><a href="{url}">{_local(post.published):%B %d, %Y}</a></div><div class="jeg_meta_category"><span><span class="meta_text">in</span> {_links(post.categories, site)}</span></div></div>'
        f'<div class="meta_right"><div class="jeg_meta_comment"><a href="{url}#comments"><i class="fa fa-comment-o"></i> 0</a></div></div></div></div></div>'
        f'<div class="jeg_featured featured_image"><a href="{escape(_image(world, post))}"><div class="thumbnail-container"><img class="lazyload" data-src="{escape(_image(world, post))}" src="{site}/e.png"></div></a></div>'
        f'<div class="jeg_share_top_container">{share}</div><div class="jeg_ad jeg_article jnews_content_top_ads"></div><div class="entry-content no-share"><div class="jeg_share_button share-float jeg_sticky_share clearfix share-monocrom"></div>'
        f'<div class="content-inner">{content_html(world, post)}</div><div class="jeg_share_bottom_container"></div></div>'
        f'<div class="jnews_prev_next_container"><div class="jeg_prevnext_post"><a href="{site}{related[0].path if related else "/"}" class="post prev-post"><span class="caption">Previous Post</span>'
        f'<h3 class="post-title">{texturize(related[0].title) if related else ""}</h3></a></div></div><div class="jnews_author_box_container"><div class="jeg_authorbox"><h3>{escape(post.author)}</h3><p>All the news.</p></div></div>'
        f'<div class="jnews_related_post_container"><div class="jeg_postblock_22 jeg_postblock"><h3 class="jeg_block_title"><span>Related<strong> Posts</strong></span></h3><div class="jeg_block_container">{cards}</div></div></div>'
        '<div class="jnews_popup_post_container"></div><div class="jnews_comment_container"><div id="comments"><ol class="commentlist"><li class="comment"><p>The post was fine. It first appeared on my screen.</p></li></ol></div></div>'
    )
    sidebar = "".join(_jnews_card(world, other, "sm_3") for other in related[1:])
    return _head(world, post.title, url, _post_head(world, post)) + (
        f'<body class="wp-singular post-template-default single single-post postid-{post.id} single-format-standard jeg_single_tpl_1 jnews">'
        + _jnews_frame(
            '<div class="post-wrapper"><div class="post-wrap"><div class="jeg_main"><div class="jeg_container"><div class="jeg_content jeg_singlepage"><div class="container">'
            '<div class="jeg_ad jeg_article_top jnews_article_top_ads"><div class="ads-wrapper"></div></div><div class="row"><div class="jeg_main_content col-md-8"><div class="jeg_inner_content">'
            f'{main}</div></div><div class="jeg_sidebar col-md-4"><div class="jeg_postblock_21 jeg_postblock"><h3 class="jeg_block_title"><span>Trending</span></h3>{sidebar}</div></div></div></div></div></div></div></div></div>',
            site,
        )
        + "</body></html>"
    )


# tagDiv


def _tagdiv_module(world: World, post: Post, kind: str = "td_module_10") -> str:
    link = f"{world.base()}{post.path}"
    return (
        f'<div class="{kind} td_module_wrap td-animation-stack"><div class="td-module-thumb"><a href="{link}" rel="bookmark"><img class="entry-thumb" src="{escape(_image(world, post))}"></a></div>'
        f'<div class="item-details"><h3 class="entry-title td-module-title"><a href="{link}" rel="bookmark" title="{texturize(post.title, quote=True)}">{texturize(post.title)}</a></h3>'
        f'<div class="td-module-meta-info"><span class="td-post-author-name"><a href="{world.base()}/author/x/">{escape(post.author)}</a> <span>-</span></span>'
        f'<span class="td-post-date"><time class="entry-date updated td-module-date" datetime="{_stamp(post.published)}">{_local(post.published):%B %d, %Y}</time></span></div>'
        f'<div class="td-excerpt">{texturize(post.summary)[:110]}...</div></div></div>'
    )


def _tagdiv_list(world: World, listing: ListPage) -> str:
    modules = "".join(_tagdiv_module(world, post) for post in listing.posts)
    links = "".join(
        f'<span class="current">{page}</span>'
        if page == listing.page
        else f'<a href="{escape(listing.url(page))}" class="page" title="{page}">{page}</a>'
        for page in range(max(1, listing.page - 2), min(listing.pages, listing.page + 2) + 1)
    )
    following = (
        f'<a href="{escape(listing.url(listing.page + 1))}" aria-label="next-page"><i class="td-icon-menu-right"></i></a>'
        if listing.page < listing.pages
        else ""
    )
    side = "".join(_tagdiv_module(world, post, "td_module_6") for post in listing.posts[:2])
    return _head(world, listing.title, listing.url(listing.page)) + (
        '<body class="archive category global-block-template-1 td-full-layout"><div id="td-outer-wrap"><div class="td-main-content-wrap td-container-wrap"><div class="td-container"><div class="td-pb-row">'
        f'<div class="td-pb-span8 td-main-content"><div class="td-ss-main-content"><h1 class="entry-title td-page-title">{escape(listing.title)}</h1>{modules}'
        f'<div class="page-nav td-pb-padding-side">{links}{following}<span class="pages">Page {listing.page} of {listing.pages}</span></div></div></div>'
        f'<div class="td-pb-span4 td-main-sidebar"><div class="td_block_wrap td_block_7">{side}</div></div></div></div></div></div></body></html>'
    )


def _tagdiv_post(world: World, post: Post) -> str:
    site, url = world.base(), f"{world.base()}{post.path}"
    related = "".join(_tagdiv_module(world, other, "td_module_related_posts") for other in _neighbours(world, post, 3))
    items = "".join(
        f'<li class="entry-category"><a href="{site}/category/{c.slug}/">{escape(c.name)}</a></li>'
        for c in post.categories
    )
    return _head(world, post.title, url, _post_head(world, post)) + (
        f'<body class="single single-post postid-{post.id} single-format-standard td-full-layout"><div id="td-outer-wrap"><div class="td-main-content-wrap"><div class="td-container">'
        f'<article id="post-{post.id}" class="post-{post.id} post type-post" itemscope itemtype="https://schema.org/Article"><div class="td-post-header"><ul class="td-category">{items}</ul>'
        f'<header class="td-post-title"><h1 class="entry-title">{texturize(post.title)}</h1><div class="td-module-meta-info"><div class="td-post-author-name"><div class="td-author-by">By</div> <a href="{site}/author/x/">{escape(post.author)}</a></div>'
        f'<span class="td-post-date"><time class="entry-date updated td-module-date" datetime="{_stamp(post.published)}">{_local(post.published):%B %d, %Y}</time></span>'
        f'<div class="td-post-views"><i class="td-icon-views"></i><span class="td-nr-views-{post.id}">{post.views}</span></div></div></header></div>'
        f'<div class="td-post-sharing-top"><div class="td-post-sharing"><a class="td-social-network" href="https://share.example/"><div>Facebook</div></a></div></div>'
        f'<div class="td-post-content tagdiv-type">{content_html(world, post, theme="tagdiv")}</div><footer><div class="td-post-source-tags"></div>'
        f'<div class="td-block-row td-post-next-prev"><span>Previous article</span></div><div class="td-author-name vcard author"><span class="fn">{escape(post.author)}</span></div></footer></article>'
        f'<div class="td_block_wrap td_block_related_posts"><h4 class="td-related-title">RELATED ARTICLES</h4>{related}</div>'
        '<div class="comments" id="comments"><ol class="comment-list"><li class="comment"><p>Source: my uncle.</p></li></ol></div></div></div></div></body></html>'
    )


# Block theme


def _block_card(world: World, post: Post) -> str:
    link = f"{world.base()}{post.path}"
    return (
        f'<li class="wp-block-post post-{post.id} post type-post status-publish"><h2 class="wp-block-post-title"><a href="{link}" target="_self">{texturize(post.title)}</a></h2>'
        f'<div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">{texturize(post.summary)[:110]}&hellip;</p></div>'
        f'<div class="wp-block-post-date"><time datetime="{_stamp(post.published)}"><a href="{link}">{_local(post.published):%b %d, %Y}</a></time></div></li>'
    )


def _block_list(world: World, listing: ListPage) -> str:
    cards = "".join(_block_card(world, post) for post in listing.posts)
    before = (
        f'<a href="{escape(listing.url(listing.page - 1))}" class="wp-block-query-pagination-previous">Previous Page</a>'
        if listing.page > 1
        else ""
    )
    after = (
        f'<a href="{escape(listing.url(listing.page + 1))}" class="wp-block-query-pagination-next">Next Page</a>'
        if listing.page < listing.pages
        else ""
    )
    return _head(world, listing.title, listing.url(listing.page)) + (
        '<body class="archive wp-embed-responsive wp-theme-twentytwentyfive"><div class="wp-site-blocks"><header class="wp-block-template-part"><p class="wp-block-site-title">'
        f'<a href="{world.base()}" rel="home">{SITE_NAME}</a></p></header><main class="wp-block-group"><h1 class="wp-block-query-title">{escape(listing.title)}</h1>'
        f'<div class="wp-block-query"><ul class="columns-1 wp-block-post-template">{cards}</ul><nav class="wp-block-query-pagination" aria-label="Pagination">{before}{after}</nav></div></main>'
        '<footer class="wp-block-template-part"><p>Proudly powered by WordPress</p></footer></div></body></html>'
    )


def _block_post(world: World, post: Post) -> str:
    site, url = world.base(), f"{world.base()}{post.path}"
    more = "".join(_block_card(world, other) for other in _neighbours(world, post, 3))
    terms = ", ".join(f'<a href="{site}/category/{c.slug}/" rel="tag">{escape(c.name)}</a>' for c in post.categories)
    return _head(world, post.title, url, _post_head(world, post)) + (
        f'<body class="wp-singular post-template-default single single-post postid-{post.id} wp-theme-twentytwentyfive"><div class="wp-site-blocks"><header class="wp-block-template-part">'
        f'<p class="wp-block-site-title"><a href="{site}" rel="home">{SITE_NAME}</a></p></header><main class="wp-block-group"><h1 class="wp-block-post-title">{texturize(post.title)}</h1>'
        f'<div class="wp-block-group post-meta"><p>Written by</p><p class="wp-block-post-author-name"><a href="{site}/author/x/" class="wp-block-post-author-name__link">{escape(post.author)}</a></p>'
        f'<p>in</p><div class="taxonomy-category wp-block-post-terms">{terms}</div><div class="wp-block-post-date"><time datetime="{_stamp(post.published)}">{_local(post.published):%b %d, %Y}</time></div></div>'
        f'<div class="entry-content wp-block-post-content is-layout-constrained">{content_html(world, post, theme="block")}</div>'
        f'<nav class="wp-block-group" aria-label="Post navigation"><div class="post-navigation-link-previous wp-block-post-navigation-link"><span>&larr;</span></div></nav>'
        f'<div class="wp-block-comments"><ol class="wp-block-comment-template"><li><div class="wp-block-comment-content"><p>This comment first appeared on paper.</p></div></li></ol></div>'
        f'<h2 class="wp-block-heading">More posts</h2><div class="wp-block-query"><ul class="wp-block-post-template">{more}</ul></div></main></div></body></html>'
    )


_LISTS: dict[str, Callable[[World, ListPage], str]] = {
    "jnews": _jnews_list,
    "tagdiv": _tagdiv_list,
    "block": _block_list,
}
_POSTS: dict[str, Callable[[World, Post], str]] = {"jnews": _jnews_post, "tagdiv": _tagdiv_post, "block": _block_post}


def list_page(world: World, listing: ListPage, theme: str = "jnews") -> str:
    """A page of a list in *theme* (one of :data:`THEMES`)."""
    return _LISTS[theme](world, listing)


def post_page(world: World, post: Post, theme: str = "jnews") -> str:
    """The page of *post* in *theme* (one of :data:`THEMES`)."""
    return _POSTS[theme](world, post)
