# ruff: noqa: E501 - markup in long lines
"""Theme markup for tests, written from the themes' documented structure; every word in it is made up."""

from __future__ import annotations

from html import escape

MENU = """<div class="jeg_header_wrapper"><div class="jeg_header normal"><div class="jeg_navbar"><ul class="jeg_menu">
<li class="menu-item"><a href="/category/news/">News</a><div class="sub-menu"><div class="jeg_newsfeed clearfix">
<div class="jeg_newsfeed_item"><h3 class="jeg_post_title"><a href="/2020/01/01/menu-story/">Menu story</a></h3></div></div></div></li>
<li class="menu-item"><a href="/category/world/">World</a></li></ul></div>
<div class="jeg_search_wrapper"><form class="jeg_search_form"><input name="s"></form><div class="jeg_search_result">
<div class="search-link search-noresult">No Result</div><div class="search-link search-all-button">View All Result</div></div></div>
<div class="jeg_nav_item jeg_top_date">Monday, January 1, 2018</div></div></div>"""
FOOTER = """<div class="footer-holder" id="footer"><div class="jeg_footer jeg_footer_1"><div class="jeg_footer_content">
<div class="footer_widget widget_recent_entries"><ul><li><a href="/2020/02/02/footer-story/">Footer story</a></li></ul></div></div>
<div class="jeg_footer_secondary"><p class="copyright">Copyright 2025.</p></div></div></div>"""


def card(title: str, url: str, *, author: str | None = None, date: str | None = None, excerpt: str = "", kind: str = "md_2",
         category: str = "News") -> str:  # fmt: skip
    """A JNews card as lists, blocks and related posts show it."""
    by = (
        f'<div class="jeg_meta_author"><span class="by">by</span> <a href="/author/x/">{escape(author)}</a></div>'
        if author
        else ""
    )
    on = (
        f'<div class="jeg_meta_date"><a href="{url}"><i class="fa fa-clock-o"></i> {escape(date)}</a></div>'
        if date
        else ""
    )
    text = (
        f'<div class="jeg_post_excerpt"><p>{escape(excerpt)} ...</p><a class="jeg_readmore" href="{url}">Read more</a></div>'
        if excerpt
        else ""
    )
    return (
        f'<article class="jeg_post jeg_pl_{kind} format-standard"><div class="jeg_thumb"><a href="{url}">'
        f'<div class="thumbnail-container"><img src="/wp-content/themes/jnews/assets/img/jeg-empty.png" '
        f'data-src="https://agg.test/wp-content/uploads/thumb-120x86.jpg" alt="{escape(title)}"></div></a>'
        f'<div class="jeg_post_category"><span><a class="category-news" href="/category/news/">{category}</a></span></div></div>'
        f'<div class="jeg_postblock_content"><h3 class="jeg_post_title"><a href="{url}">{escape(title)}</a></h3>'
        f'<div class="jeg_post_meta">{by}{on}</div>{text}</div></article>'
    )


def block(cards: str, *, navigation: str = "", kind: str = "jeg_postblock_23 jeg_pagination_nav_1") -> str:
    """A JNews post block around *cards*."""
    return (
        f'<div class="{kind} jeg_postblock jeg_module_hook jeg_col_2o3" data-unique="jnews_module_1">'
        '<div class="jeg_block_container"><div class="jeg_posts_wrap"><div class="jeg_posts jeg_load_more_flag">'
        f'{cards}</div></div></div><div class="jeg_block_navigation">{navigation}</div></div>'
    )


def sidebar(cards: str) -> str:
    """JNews's sidebar with a block of *cards*."""
    return (
        '<div class="jeg_sidebar jeg_sticky_sidebar col-md-4"><div class="widget widget_jnews_module_block_22">'
        f"{block(cards, kind='jeg_postblock_22 jeg_pagination_loadmore')}</div></div>"
    )


def jnews_single(
    *,
    title: str,
    body: str,
    head: str = "",
    template: int = 1,
    post_id: int = 4711,
    date: str | None = None,
    author: str | None = None,
    categories: str = '<a href="/category/news/" rel="category tag">News</a>',
    stats: str = "",
    share_bottom: str = "",
    tags: str = "",
    related: str = "",
    side: str = "",
    after: str = "",
    lang: str = "en-US",
    wrapper: tuple[str, str] = ("", ""),
    body_class: str = "",
) -> str:
    """A JNews single post. Templates 3 and 4 have the header above the columns, 1 and others inside the first."""
    meta_author = (
        f'<div class="jeg_meta_author"><img class="avatar photo" src="/a.png"><span class="meta_text">by</span> '
        f'<a href="/author/x/">{escape(author)}</a></div>'
        if author
        else ""
    )
    meta_date = f'<div class="jeg_meta_date"><a href="/p/">{escape(date)}</a></div>' if date else ""
    header = (
        '<div class="jeg_breadcrumbs jeg_breadcrumb_container"><div id="breadcrumbs"><span><a href="/">Home</a></span>'
        '<i class="fa fa-angle-right"></i><span class="breadcrumb_last_link"><a href="/category/news/">News</a></span></div></div>'
        f'<div class="entry-header"><h1 class="jeg_post_title">{title}</h1><h2 class="jeg_post_subtitle">A subtitle</h2>'
        f'<div class="jeg_meta_container"><div class="jeg_post_meta jeg_post_meta_1"><div class="meta_left">{meta_author}{meta_date}'
        f'<div class="jeg_meta_category"><span><span class="meta_text">in</span> {categories}</span></div></div>'
        '<div class="meta_right"><div class="jeg_meta_comment"><a href="/p/#comments"><i class="fa fa-comment-o"></i> 0</a></div></div>'
        "</div></div></div>"
        '<div class="jeg_featured featured_image"><a href="/wp-content/uploads/full.jpg"><div class="thumbnail-container">'
        '<img src="/wp-content/themes/jnews/assets/img/jeg-empty.png" data-src="https://agg.test/wp-content/uploads/full-750x375.jpg">'
        '</div></a><p class="wp-caption-text">A caption of the featured image</p></div>'
        f'<div class="jeg_share_top_container"><div class="jeg_share_button clearfix">{stats}<div class="jeg_sharelist">'
        '<a class="jeg_btn-facebook expanded"><span>Share on Facebook</span></a></div></div></div>'
    )
    above, inside = (
        (f'<div class="row"><div class="col-md-12">{header}</div></div>', "") if template in (3, 4) else ("", header)
    )
    return (
        f'<!doctype html><html class="no-js" lang="{lang}"><head><title>{title} - Agg</title>{head}</head>'
        f'<body class="post-template-default single single-post postid-{post_id} single-format-standard jeg_toggle_light '
        f'jeg_single_tpl_{template} jnews jsc_normal {body_class}">{MENU}<div class="jeg_viewport"><div class="post-wrapper"><div class="jeg_main">'
        f'<div class="jeg_container"><div class="jeg_content jeg_singlepage"><div class="container">{wrapper[0]}'
        '<div class="jeg_ad jeg_article_top jnews_article_top_ads"><div class="ads-wrapper"><div class="ads-text">ADVERTISEMENT</div></div></div>'
        f'{above}<div class="row"><div class="jeg_main_content col-md-8"><div class="jeg_inner_content">{inside}'
        '<div class="entry-content with-share"><div class="jeg_share_button share-float jeg_sticky_share"><div>Share</div></div>'
        f'<div class="content-inner jeg_link_underline">{body}<div class="jeg_post_tags">{tags}</div></div>{share_bottom}</div>'
        '<div class="jnews_prev_next_container"><div class="jeg_prevnext_post"><a class="post prev-post" href="/2019/01/01/before/">'
        '<span class="caption">Previous Post</span><h3 class="post-title">Post before</h3></a></div></div>'
        '<div class="jnews_author_box_container"><div class="jeg_authorbox"><div class="jeg_author_content"><h3 class="jeg_author_name">'
        '<a href="/author/box/">Box Author</a></h3><p class="jeg_author_desc">Writes boxes.</p></div></div></div>'
        f'<div class="jnews_related_post_container">{related}</div>'
        '<div class="jnews_popup_post_container"><section class="jeg_popup_post"><h3 class="post-title"><a href="/2019/03/03/popup/">Popup</a></h3></section></div>'
        '<div class="jnews_comment_container"><div id="comments"><ol class="commentlist"><li class="comment"><p>A comment of a reader.</p></li></ol></div></div>'
        f"</div></div>{side}</div>{wrapper[1]}</div></div></div></div>{after}</div></div>{FOOTER}</body></html>"
    )


def jnews_list(content: str, *, side: str = "", hero: str = "", body_class: str = "archive category category-5") -> str:
    """A JNews archive: hero block, list, sidebar, menu and footer."""
    hero_block = (
        f'<div class="jnews_category_hero_container"><div class="jeg_heroblock jeg_heroblock_1">{hero}</div></div>'
        if hero
        else ""
    )
    return (
        '<!doctype html><html lang="en-US"><head><title>News Archives - Agg</title></head>'
        f'<body class="{body_class} jeg_toggle_light jnews jsc_normal">{MENU}<div class="jeg_viewport"><div class="jeg_main"><div class="jeg_container">'
        f'<div class="jeg_content"><div class="jnews_category_header_top"><div class="jeg_cat_header"><h1 class="jeg_cat_title">News</h1></div></div>{hero_block}'
        '<div class="jeg_cat_content row"><div class="jeg_main_content jeg_column col-sm-8"><div class="jeg_inner_content">'
        f'<div class="jnews_category_content_wrapper">{content}</div></div></div>{side}</div></div></div></div></div>{FOOTER}</body></html>'
    )
