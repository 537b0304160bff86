"""Which theme made a page, and what on it is not the post or the list: menus, sidebars, related posts, footers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree

from newscrawl.html import dom
from newscrawl.html.dom import Element

__all__ = ["Index", "body_classes", "detect_theme", "host_of", "of_other_post", "strip_outside"]


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# JNews 2 to 11, tagDiv's Newspaper and Newsmag, core's blocks, Astra, GeneratePress, older default themes.
_OUTSIDE = _names(
    """
    post-autoload jeg_header_wrapper jeg_header jeg_header_sticky jeg_navbar_mobile_wrapper jeg_navbar_mobile
    jeg_mobile_wrapper jeg_sidebar jeg_sidecontent jeg_bg_overlay jnews_related_post_container
    jnews_popup_post_container jnews_comment_container jnews_prev_next_container jnews_author_box_container
    jnews_inline_related_post jnews_inline_related_post_wrapper jnews_content_inline_ads jeg_ad footer-holder
    jeg_footer jeg_search_result jeg_newsfeed jeg_popup_post jeg_authorbox jeg_top_date jeg_cart jeg_sidefeed
    td-header-wrap td-header-template-wrap td-main-sidebar td-ss-main-sidebar td-footer-wrapper
    td-footer-template-wrap td-footer-container td-sub-footer-container td_block_related_posts
    tdb_single_related td_mega_menu td_mod_mega_menu td_block_mega_menu td-menu-background td-search-background
    td-mobile-content td-post-next-prev tdb_single_next_prev tdb-author-box author-box-wrap td-post-sharing
    td-post-sharing-top td-post-sharing-bottom tdb_single_sharing tdb_single_comments tdb_single_author_box
    td-a-rec td-category-siblings td-trending-now-wrapper wp-block-comments wp-block-latest-posts
    wp-block-post-navigation-link wp-block-post-comments-form wp-block-post-author-biography site-header
    site-footer site-branding main-navigation mobile-navigation widget-area sidebar widget comments-area
    comment-respond related-posts relatedposts jp-relatedposts yarpp-related yarpp ast-related-posts-wrapper
    ast-single-related-posts-container post-navigation author-box authorbox author-bio sharedaddy breadcrumbs
    breadcrumb rank-math-breadcrumb yoast-breadcrumb screen-reader-text skip-link
    """
)
_OUTSIDE_IDS = _names(
    "masthead colophon secondary tertiary comments respond sidebar footer site-navigation wpadminbar disqus_thread"
)
# Cards: posts shown on another post's page.
_CARDS = _names(
    "jeg_post jeg_postblock jeg_heroblock td_module_wrap tdb_module_related wp-block-query wp-block-post-template"
)
_TAGDIV = _names(
    "td-standard-pack tdb_template tdb-template td-main-content-wrap td-post-content tdb_single_content "
    "td-ss-main-content tdc-content-wrap"
)


_POST_CLASS = re.compile(r"post-(\d{1,18})")


def body_classes(root: Element) -> list[str]:
    """The classes of ``body`` (of several, a broken page's first that has any)."""
    for element in root.iter("body"):
        tokens = dom.class_tokens(element)
        if tokens:
            return tokens
    return []


class Index:
    """Elements by class, in document order, each class's first 5,000."""

    def __init__(self, root: Element) -> None:
        self._by_class: dict[str, list[Element]] = {}
        for element in root.iter(etree.Element):
            for token in dom.class_tokens(element):
                found = self._by_class.setdefault(token, [])
                if len(found) < 5_000:
                    found.append(element)

    def all(self, *names: str) -> list[Element]:
        """The elements of the first of *names* that any element has."""
        for name in names:
            found = self._by_class.get(name)
            if found:
                return found
        return []

    def first(self, *names: str) -> Element | None:
        """The first element of the first of *names* that any element has."""
        return dom.first(self.all(*names))

    def has(self, *names: str) -> bool:
        """Whether an element has any of *names*."""
        return any(name in self._by_class for name in names)

    def starting(self, prefix: str) -> list[Element]:
        """The elements with a class that starts with *prefix*."""
        return [element for name, found in self._by_class.items() if name.startswith(prefix) for element in found]


def detect_theme(root: Element, index: Index) -> str:
    """``jnews``, ``tagdiv``, ``block`` or ``generic``."""
    classes = body_classes(root)
    if "jnews" in classes or index.has("jeg_singlepage", "jeg_viewport", "jeg_postblock", "jeg_post_title"):
        return "jnews"
    if _TAGDIV.intersection(classes) or index.has(*_TAGDIV):
        return "tagdiv"
    if index.has("wp-site-blocks", "wp-block-post-content", "wp-block-post-template"):
        return "block"
    return "generic"


def of_other_post(element: Element, post_id: int | None) -> bool:
    """Whether WordPress's ``post_class`` says that *element* is a post other than *post_id*."""
    if post_id is None:
        return False
    found = [match for token in dom.class_tokens(element) if (match := _POST_CLASS.fullmatch(token))]
    return bool(found) and all(int(match[1]) != post_id for match in found)


def strip_outside(
    root: Element, keep: Element | None = None, *, cards: bool = False, post_id: int | None = None
) -> None:
    """Remove what is neither post nor list. What *keep* stands in stays.

    *cards*: also lists of other posts, and whatever WordPress marks as a post other than *post_id*.
    """
    spared = {keep, *keep.iterancestors()} if keep is not None else set()
    within = set(keep.iterdescendants()) if keep is not None else set()
    doomed = []
    for element in root.iter(etree.Element):
        if element in spared or element.tag in ("html", "body", "head", "main"):
            continue
        if element in within:
            # Page builders call parts of a text widgets; what is no text there, the body's own rules know.
            if cards and _CARDS.intersection(dom.class_tokens(element)):
                doomed.append(element)
            continue
        if element.tag in ("nav", "aside"):
            doomed.append(element)
            continue
        tokens = dom.class_tokens(element)
        if (
            _OUTSIDE.intersection(tokens)
            or (element.get("id") or "").lower() in _OUTSIDE_IDS
            or (cards and (_CARDS.intersection(tokens) or of_other_post(element, post_id)))
            or (element.tag in ("header", "footer") and "wp-block-template-part" in tokens)
        ):
            doomed.append(element)
    dom.remove_all(doomed)


def host_of(url: str) -> str:
    """The host of *url* in lower case without ``www.``; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
