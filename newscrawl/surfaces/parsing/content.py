"""The body of a post to clean text: REST ``content.rendered``, a feed's ``content:encoded``, a page's body.

What a theme or a plugin puts into the body (share bars, related posts, ads,
author boxes, forms, players, tag lists) goes; what the text itself consists of
(paragraphs, headings, list items, quotations, rows of tables) stays, each as a
paragraph. The attribution sentence is cut and returned beside the text.
"""

from __future__ import annotations

import html as html_module
import re
from dataclasses import dataclass

from lxml import etree

from newscrawl.attribution import Attribution, Rest, read_post
from newscrawl.html import dom
from newscrawl.html.dom import Element
from newscrawl.text import clean_text, word_count

__all__ = ["MOST_CANDIDATES", "PostContent", "is_truncated", "post_text"]

#: Candidates that are kept of a post, the likeliest: what else is known of the post and its site decides which of them
#: are asked for (:func:`newscrawl.originals.proofs.worth_asking`).
MOST_CANDIDATES = 6
#: The least probability at which what names a publisher and no page is one of them.
NAMES_PUBLISHER = 0.1


@dataclass(frozen=True, slots=True)
class PostContent:
    """A post's body. ``text``: paragraphs parted by one blank line, without the attribution, ``None`` when empty.

    ``candidates``: the pages of other sites that may be the source, beside the attribution's, likeliest first; and what
    may well name its publisher and no page.
    """

    text: str | None = None
    attribution: Attribution | None = None
    image_url: str | None = None
    truncated: bool = False
    word_count: int = 0
    candidates: tuple[Attribution, ...] = ()


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figure footer h1 h2 h3 "
    "h4 h5 h6 header hgroup hr li main ol p pre section summary table tbody tfoot thead tr ul"
)
# Where an id names a box. On headings and in them it is an anchor made of the heading's own words.
_BOXES = _names("div section ins ul ol table center article footer fieldset")
_DROP_TAGS = _names(
    "aside audio button canvas dialog embed figcaption form frame frameset head iframe input link map meta nav "
    "noscript object script select style svg template textarea title video"
)
# Classes and ids that mean the same wherever they stand: WordPress core's, JNews's, tagDiv's and known plugins'.
_DROP_NAMES = _names(
    """
    jnews_inline_related_post jnews_inline_related_post_wrapper jnews_content_inline_ads jeg_ad jeg_ad_article
    jeg_share_button jeg_sharelist jeg_share_stats jeg_share_top_container jeg_share_bottom_container jeg_post_tags
    jeg_post_source jeg_post_via jeg_authorbox jnews_author_box_container jnews_related_post_container
    jnews_prev_next_container jnews_popup_post_container jnews_comment_container jnews_article_top_ads jeg_readmore
    jeg_meta_container jeg_video_player post-autoload
    td-a-rec td-adspot-title td-post-source-tags td-post-sharing td_block_related_posts td-related-title td-ss-main-ad
    td-author-name tdb-author-box td_block_template_related
    wp-caption-text wp-element-caption gallery-caption wp-caption-dd screen-reader-text sr-only visually-hidden
    wp-block-embed wp-embedded-content wp-block-latest-posts wp-block-query wp-block-tag-cloud wp-block-categories
    wp-block-archives wp-block-search wp-block-social-links wp-block-button wp-block-buttons wp-block-post-terms
    wp-block-post-author wp-block-post-author-biography wp-block-comments wp-block-rss wp-block-page-list
    wp-block-audio wp-block-video wp-block-file wp-block-navigation wp-block-post-navigation-link
    wp-video wp-audio-shortcode wp-playlist mejs-container page-links post-nav-links post-page-numbers
    sharedaddy sd-sharing jp-relatedposts addtoany_share_save_container addtoany_content a2a_kit essb_links
    heateor_sss_sharing_container heateor_sss_horizontal_sharing shareaholic-canvas ssba mashsb-container
    yarpp-related yarpp crp_related rp4wp-related-posts saboxplugin-wrap pp-multiple-authors-boxes-wrapper
    mc4wp-form wpcf7 tnp mailpoet_form wp-block-jetpack-subscriptions wp-block-jetpack-subscriptions__container
    toc_container ez-toc-container lwptoc wp-block-rank-math-toc-block wp-block-yoast-seo-table-of-contents
    blogcard blogcard-wrap rt-reading-time span-reading-time kk-star-ratings post-views post-ratings tptn_counter
    twitter-tweet twitter-video instagram-media tiktok-embed fb-post fb-video reddit-embed bluesky-embed
    adsbygoogle google-auto-placed author-box authorbox author-bio about-author author-info entry-utility
    wprss-feed-meta feed-source feed-date feedzy-source
    post-tags tags-links tagcloud entry-tags cat-links entry-meta entry-footer post-meta
    """
)
_DROP_PATTERN = re.compile(r"^(?:code-block-\d{1,4}|div-gpt-ad.*|google_ads_.*|taboola-.*|outbrain_.*|ai-viewport-.*)$")
# Words in a class or id that mostly mean furniture. An element that holds most of the text is never dropped for
# one of them: bodies are called `with-share`, wrappers `has-ads`.
_DROP_WORDS = _names(
    """
    ad ads advert adverts advertisement advertisements advertising adsense adslot adunit adbox dfp sponsor sponsored
    promo share shares sharing sharebar socialshare social newsletter newsletters subscribe subscription signup optin
    related relatedposts tags breadcrumb breadcrumbs pagination comments respond toc
    """
)
_MOST = 0.7
_MORE_LINK = frozenset({"more-link", "read-more", "readmore", "wp-block-read-more", "readmore-btn", "read-more-link"})

_LABELS = (
    "read more|read also|also read|read next|read this next|see also|also see|more on this|more on this story|"
    "more from|more|related|related article|related articles|related story|related stories|related post|related posts|"
    "related news|recommended|recommended reading|must read|don['’]t miss|you may also like|you might also like|"
    "further reading|watch|"
    "lesen sie auch|lesen sie mehr|mehr dazu|auch interessant|mehr zum thema|weiterlesen|"
    "lire aussi|à lire aussi|a lire aussi|lire la suite|à lire|en savoir plus|voir aussi|"
    "leer más|leer mas|lea también|lea tambien|te puede interesar|ver también|leer también|también te puede interesar|"
    "leia também|leia mais|veja também|saiba mais|leggi anche|leggi tutto|potrebbe interessarti|"
    "lees ook|lees meer|lees verder|läs också|läs mer|les også|les mer|læs også|læs mere|lue myös|lue lisää|"
    "czytaj także|czytaj też|czytaj więcej|zobacz także|zobacz też|číst dále|čtěte také|"
    "читайте также|читать далее|читать дальше|читайте також|читати далі|"
    "devamını oku|ayrıca okuyun|ilgili haber|ilginizi çekebilir|baca juga|baca selengkapnya|đọc thêm|xem thêm|"
    "اقرأ أيضا|اقرأ أيضاً|اقرأ ايضا|إقرأ أيضا|اقرأ المزيد|قراءة المزيد|المزيد|بیشتر بخوانید|קראו עוד|קרא עוד|"
    "関連記事|続きを読む|阅读更多|继续阅读|閱讀更多|繼續閱讀|もっと読む|더 읽기|और पढ़ें"
)
_LABEL = re.compile(rf"[\W_]*(?:{_LABELS})[\W_]*", re.IGNORECASE)
_LABEL_COLON = re.compile(rf"[\W_]{{0,5}}(?:{_LABELS})\s{{0,3}}[:：|>–—-]", re.IGNORECASE)
_GO_ON = re.compile(
    r"[\W_]*(?:continue reading|keep reading|read more|read (?:the )?full (?:story|article|post)|"
    r"read the rest(?: of this entry)?|read the original article|click here to (?:read|continue)[\w ]{0,40}|"
    r"weiterlesen|lire la suite|leer más|seguir leyendo|continuar leyendo|continua a leggere|leggi tutto|"
    r"continue lendo|leia mais|lees verder|lees meer|läs mer|les mer|læs mere|lue lisää|czytaj dalej|czytaj więcej|"
    r"číst dále|читать далее|читать дальше|читати далі|devamını oku|selengkapnya|baca selengkapnya|xem thêm|"
    r"اقرأ المزيد|قراءة المزيد|続きを読む|阅读更多|继续阅读|閱讀更多|繼續閱讀)[\W_]*",
    re.IGNORECASE,
)
_GO_ON_START = re.compile(r"[\W_]{0,5}(?:continue reading|keep reading)\b", re.IGNORECASE)
_AD_LABEL = re.compile(
    r"[\W_]*(?:advertisement|advertisements|advertising|story continues below(?: this)? advertisement|"
    r"article continues below(?: this)? ad|advertisement - scroll to continue|scroll to continue(?: with content)?|"
    r"anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie|reklam|reklama|реклама|iklan|إعلان|广告)"
    r"[\W_]*",
    re.IGNORECASE,
)
_CUT_END = re.compile(r"(?:[\[(]\s?(?:…|\.\.\.)\s?[\])]|…|\.\.\.|\. \. \.)\s*$")
# But a single space, which is what it becomes: a text has a thousand.
_HTML_SPACE = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")
#: Longest paragraph that can be a label, a pointer to another story, or a notice.
_MAX_POINTER = 300


def is_truncated(text: str | None) -> bool:
    """Whether *text* ends as an excerpt does: in an ellipsis, bracketed or not, or with 'Continue reading'."""
    return bool(text) and bool(_CUT_END.search((text or "")[-20:]))


def _strip_furniture(root: Element) -> None:
    """Remove what does not belong to the text: first what is certain, then by words, sparing what holds the text."""
    doomed = []
    for element in root.iter(etree.Element):
        if element is root:
            continue
        if element.tag in _DROP_TAGS:
            doomed.append(element)
            continue
        if not element.keys():
            continue
        if element.get("hidden") is not None:
            doomed.append(element)
            continue
        names = dom.class_tokens(element)
        if element.get("id") and element.tag in _BOXES:
            names.append(element.get("id").lower())
        if any(name in _DROP_NAMES or _DROP_PATTERN.match(name[:100]) for name in names):
            doomed.append(element)
            continue
        style = element.get("style")
        if style and "display:none" in style[:1_000].replace(" ", "").lower():
            doomed.append(element)
    dom.remove_all(doomed)

    suspects = [
        element
        for element in root.iter(etree.Element)
        if element is not root
        and element.tag != "body"
        and (element.get("class") or element.get("id"))
        and _DROP_WORDS.intersection(dom.words_of(element, ids=element.tag in _BOXES))
    ]
    if not suspects:
        return
    sizes: dict[Element, int] = {}
    for element in reversed(list(root.iter(etree.Element))):
        sizes[element] = len((element.text or "").strip()) + sum(
            sizes[child] + len((child.tail or "").strip()) for child in element if child in sizes
        )
    most = sizes[root] * _MOST
    dom.remove_all(element for element in suspects if sizes[element] <= most)


class _Paragraphs:
    """Collects text into paragraphs, each with how much of it stands in links."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.cut_at_end = False
        self._parts: list[str] = []
        self._plain: list[str] = []

    def add(self, text: str, *, linked: bool, pre: bool) -> None:
        # What is printable holds no white space but spaces, and a pattern takes ten times as long to see that.
        if not pre and ("  " in text or not text.isprintable()):
            text = _HTML_SPACE.sub(" ", text)
        self._parts.append(text)
        if not linked:
            self._plain.append(text)

    def line_break(self) -> None:
        self._parts.append("\n")
        self._plain.append("\n")

    def more_link(self) -> None:
        """A link to the rest was here; if nothing follows, the text is cut."""
        self.flush()
        self.cut_at_end = bool(self.done)

    def flush(self) -> None:
        if not self._parts:
            return
        text, plain = "".join(self._parts), "".join(self._plain).strip()
        self._parts, self._plain = [], []
        bare = text.strip()
        if not bare:
            return
        if len(bare) <= _MAX_POINTER:
            if _AD_LABEL.fullmatch(bare):
                return
            linked = len(plain) < len(bare)
            if linked and not plain:
                if _GO_ON.fullmatch(bare) or _GO_ON_START.match(bare):
                    self.cut_at_end = bool(self.done)
                    return
                if _LABEL_COLON.match(bare) or _LABEL.fullmatch(bare):
                    return
            elif linked and _LABEL.fullmatch(plain):
                return
            elif not linked and len(bare) < 60 and _GO_ON.fullmatch(bare):
                self.cut_at_end = bool(self.done)
                return
        self.cut_at_end = False
        self.done.append(text)


def _walk(root: Element) -> _Paragraphs:
    out = _Paragraphs()
    if root.text:
        out.add(root.text, linked=False, pre=False)
    for child in root:
        if child.tag == "p" and not len(child) and not child.keys():
            # Most of a post: a paragraph of text alone.
            out.flush()
            if child.text:
                out.add(child.text, linked=False, pre=False)
                out.flush()
        else:
            _walk_element(child, out)
        if child.tail:
            out.add(child.tail, linked=False, pre=False)
    out.flush()
    return out


def _walk_element(root: Element, out: _Paragraphs) -> None:
    """What *root* holds, without the text behind it."""
    links = pres = 0
    skipping: Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
                if element.tail and element is not root:
                    out.add(element.tail, linked=links > 0, pre=pres > 0)
            continue
        if event == "start":
            if tag == "a" or tag in ("span", "p", "div"):
                tokens = dom.class_tokens(element)
                if _MORE_LINK.intersection(tokens) and sum(map(len, element.itertext())) <= _MAX_POINTER:
                    out.more_link()
                    skipping = element
                    continue
            if tag in _BLOCKS:
                out.flush()
            if tag == "a":
                links += 1
            elif tag == "pre":
                pres += 1
            elif tag == "br":
                out.line_break()
            elif tag in ("td", "th"):
                out.add(" ", linked=False, pre=False)
            elif tag == "img" and dom.has_class(element, "wp-smiley", "emoji"):
                out.add((element.get("alt") or "")[:20], linked=links > 0, pre=False)
            if element.text:
                out.add(element.text, linked=links > 0, pre=pres > 0)
        else:
            if tag == "a":
                links -= 1
            elif tag == "pre":
                pres -= 1
            if tag in _BLOCKS:
                out.flush()
            if element.tail and element is not root:
                out.add(element.tail, linked=links > 0, pre=pres > 0)


def _read(rest: Rest, base_url: str) -> tuple[str | None, bool, str | None]:
    """Text, whether it is cut short, and the first image of a body without its attribution."""
    root = rest.tree()
    if root is None:
        html = rest.html()
        if "<" not in html:
            text = clean_text(html_module.unescape(html[: dom.MAX_HTML]))
            return text, is_truncated(text), None
        root = dom.fragment(html)
    if root is None:
        return None, False, None
    _strip_furniture(root)
    image = dom.first(dom.images(root, base_url))
    paragraphs = _walk(root)
    text = clean_text("\n\n".join(paragraphs.done))
    return text, bool(text) and (paragraphs.cut_at_end or is_truncated(text)), image


def post_text(html: str, *, base_url: str = "") -> PostContent:
    """The body of a post.

    *html* is the inside of the body; *base_url* the post's own address, against
    which relative links are read. Never raises on account of *html*; at most
    ``newscrawl.text.MAX_TEXT`` characters of text come out.
    """
    html = html[: dom.MAX_HTML].replace("\x00", "")
    attribution, rest, candidates = read_post(html, base_url)
    named = attribution.original_url if attribution is not None else None
    stated = attribution.publisher_name if attribution is not None else None
    others = [
        one
        for one in candidates
        if (one.original_url not in (None, named))
        or (one.original_url is None and one.confidence >= NAMES_PUBLISHER and one.publisher_name != stated)
    ]
    text, truncated, image = _read(rest, base_url)
    return PostContent(
        text=text,
        attribution=attribution,
        image_url=image,
        truncated=truncated,
        word_count=word_count(text),
        candidates=tuple(others[:MOST_CANDIDATES]),
    )
