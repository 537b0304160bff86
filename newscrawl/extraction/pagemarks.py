# ruff: noqa: E501 - tables of words
"""What a page's markup and data say of its kind: elements, words of class names, links, claims.

Words are generic ones of markup and of content systems; none belongs to one publisher. Of links those are counted that
lead to a basket, to a further page of a list, to a telephone or out of the site. The page's own address is not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from math import log1p
from operator import attrgetter
from typing import Any

from newscrawl.html.structured import PageData, types_of

__all__ = ["NAMES", "marks"]

#: Elements that are counted.
_ELEMENTS = (
    "img a form button p br figure article section li label svg time code table select option iframe video picture dt"
    " pre blockquote details hr input".split()
)
_INPUTS = "radio checkbox number hidden search email tel submit".split()
#: Words of class, id, name and action attributes, by what they are about; counted once for each value that differs.
_WORDS = {
    "cart": "cart basket bag checkout buy addtocart purchase addtobag buynow warenkorb panier carrito wishlist minicart",
    "price": "price prices money sku currency pricing sale discount",
    "goods": "product products shop store catalog collection collections vendor brand woocommerce shopify plp pdp",
    "choice": "variant variants swatch swatches quantity qty selector option options size color thumbnail thumbnails zoom",
    "filter": "filter filters facet facets sort sorting sortby refine orderby toolbar",
    "pager": "pagination pager paging paginate paginated loadmore infinite",
    "card": "card cards tile tiles teaser teasers grid listing listings result results item items",
    "rating": "rating ratings star stars review reviews testimonial testimonials",
    "comment": "comment comments",
    "post": "reply replies message messages avatar username userinfo signature forum thread threads topic topics postbody upvote votes",
    "byline": "byline author authors",
    "entry": "entry articlebody storybody postcontent prose richtext blogpost",
    "article": "article story blog post posts news",
    "sales": "hero cta pricing feature features service services client clients faq accordion team counter",
    "crumbs": "breadcrumb breadcrumbs",
    "share": "share sharing social",
    "related": "related recommended recommendations",
    "toc": "toc contents docs documentation sidebar sphinx highlight code api",
}
_GROUPS_OF: dict[str, tuple[str, ...]] = {}
for _group, _words in _WORDS.items():
    for _word in _words.split():
        _GROUPS_OF[_word] = (*_GROUPS_OF.get(_word, ()), _group)
#: Small letters for capitals, spaces for what is no letter: one look-up in C for each character.
_LETTERS = "".join(chr(at).lower() if chr(at).isalpha() else " " for at in range(128))
#: Elements whose attributes are looked at; characters read of their names, of all addresses of links, and of what <html>
#: and <body> are called.
MAX_ELEMENTS, MAX_VALUES, MAX_LINKS, MAX_ROOT = 6_000, 20_000, 60_000, 1_000
_NAMED = frozenset(("class", "id", "name", "action"))
_TYPED = frozenset(("type", "itemtype"))

#: What <html> and <body> are called by content systems, and who says to have made the page.
_ROOT = {
    "single": r"single|postid|article|story|blog-?post|post-template|type-post|news-?detail",
    "page": r"page-template|page-id|type-page|page-child|page-parent|landing",
    "front": r"\bhome\b|homepage|front|\bindex\b",
    "archive": r"archive|category|taxonomy|\btag\b|\btax\b|listing|\bhub\b|search|directory|\bterm\b",
    "shop": r"product|woocommerce|shop|catalog|cart|collection|store|\bitem\b|sku|\bpdp\b|\bplp\b",
    "forum": r"forum|topic|thread|phpbb|discourse|xenforo|bbpress|question|community",
    "docs": r"docs?\b|documentation|sphinx|mkdocs|docusaurus|reference|manual|wiki|\bapi\b|gitbook|vitepress|antora|doxygen",
    "wordpress": r"wordpress|\bwp-",
    "shop_system": r"woocommerce|shopify|magento|prestashop|bigcommerce|opencart|shopware",
    "builder": r"wix|squarespace|webflow|elementor|weebly|divi|framer",
}
_ROOT_PATTERNS = {name: re.compile(pattern) for name, pattern in _ROOT.items()}

_SHOPPING = ("add-to-cart", "/cart", "/basket", "checkout")
_PAGES = ("?page=", "&page=", "/page/", "?p=", "paged=", "offset=")
_WORD = re.compile(r"\w+")

_LD = {
    "product": frozenset(("product", "productgroup")),
    "article": frozenset(("article", "newsarticle", "blogposting", "report", "techarticle")),
    "question": frozenset(("question",)),
    "review": frozenset(("review",)),
}
_ITEM_TYPES = {
    "product": re.compile(r"/Product|Offer"),
    "article": re.compile(r"Article|BlogPosting"),
    "talk": re.compile(r"Comment|Answer|Question|Discussion"),
    "list": re.compile(r"ItemList|CollectionPage|SearchResults"),
}
_ITEM_PROPERTIES = ("price", "name", "headline", "articlebody", "sku")
_META = tuple(
    "price label_price label_written label_read modified_only publisher large_card image description feeds languages shortlink".split()
)
_TITLE = tuple(
    "h1_words h1_count title_words tag_words h1_in_tag h1_like_tag title_lower title_digit title_asks".split()
)

NAMES = (
    "elements",
    "words_per_element",
    "words_per_link",
    "words_per_picture",
    *(f"tag_{name}" for name in _ELEMENTS),
    *(f"input_{name}" for name in _INPUTS),
    *(f"class_{name}" for name in _WORDS),
    *(f"root_{name}" for name in _ROOT),
    *(f"link_{name}" for name in ("cart", "page", "query", "anchor", "call", "mail", "out", "differ")),
    *(f"nodes_{name}" for name in _LD),
    *(f"ld_{name}" for name in ("offers", "items", "parts", "crumbs", "page_dated", "text", "signed", "dated")),
    *(f"type_{name}" for name in _ITEM_TYPES),
    *(f"prop_{name}" for name in _ITEM_PROPERTIES),
    *(f"meta_{name}" for name in _META),
    *_TITLE,
    "days",
)


def marks(data: PageData, node: dict[str, Any] | None, words: float, title: str | None, host: str) -> dict[str, float]:
    """The numbers of :data:`NAMES`. *words*: of the visible text. *host*: the page's, to tell links that leave it."""
    out = _elements(data, words)
    out |= _attributes(data, host)
    out |= _linked_data(data, node)
    out |= _meta(data)
    out |= _title(data, title or "")
    out["days"] = log1p(len({(e.get("datetime") or e.text or "")[:10] for e in data.times}))
    return out


def _elements(data: PageData, words: float) -> dict[str, float]:
    tags = Counter(map(attrgetter("tag"), data.elements))
    out = {f"tag_{name}": log1p(tags[name]) for name in _ELEMENTS}
    return out | {
        "elements": log1p(len(data.elements)),
        "words_per_element": (words + 10) / (len(data.elements) + 10),
        "words_per_link": (words + 10) / (tags["a"] + 3),
        "words_per_picture": (words + 10) / (tags["img"] + 1),
    }


def _attributes(data: PageData, host: str) -> dict[str, float]:
    named: list[str] = []
    links: list[str] = []
    others: list[str] = []
    kept = dict.fromkeys(_NAMED, named.append) | dict.fromkeys(_TYPED, others.append) | {"href": links.append}
    find = kept.get
    for items in islice(data.every_attribute(), MAX_ELEMENTS):
        for name, value in items:
            keep = find(name)
            if keep is not None:
                keep(value)
    out = _of_words("\n".join(dict.fromkeys(named))[:MAX_VALUES])
    counts = Counter(others)
    out |= {f"input_{name}": log1p(counts[name]) for name in _INPUTS}
    for name, found in _ITEM_TYPES.items():
        kinds = [number for value, number in counts.items() if "schema" in value and found.search(value)]
        out[f"type_{name}"] = log1p(sum(kinds))
    for name in _ITEM_PROPERTIES:
        out[f"prop_{name}"] = log1p(len(data.itemprops.get(name, ())))
    return out | _links(links, host) | _root(data)


def _of_words(values: str) -> dict[str, float]:
    numbers = dict.fromkeys(_WORDS, 0)
    words = values.translate(_LETTERS).split()
    for word, number in Counter([word for word in words if word in _GROUPS_OF]).items():
        for group in _GROUPS_OF[word]:
            numbers[group] += number
    return {f"class_{name}": log1p(number) for name, number in numbers.items()}


def _links(links: list[str], host: str) -> dict[str, float]:
    joined = "\n".join(links)[:MAX_LINKS]
    own = joined.count(f"//{host}") if host else 0
    return {
        "link_cart": log1p(sum(map(joined.count, _SHOPPING))),
        "link_page": log1p(sum(map(joined.count, _PAGES))),
        "link_query": log1p(joined.count("?")),
        "link_anchor": log1p(joined.count("\n#")),
        "link_call": log1p(joined.count("tel:")),
        "link_mail": log1p(joined.count("mailto:")),
        "link_out": max(0, joined.count("\nhttp") - own) / max(1, len(links)),
        "link_differ": len(set(links)) / max(1, len(links)),
    }


def _root(data: PageData) -> dict[str, float]:
    """Words of <html>, of <body>, and of the program that made the page."""
    values = list(data.meta.get("generator", ())[:3])
    for element in (data.elements[0], data.elements[0].find("body")) if data.elements else ():
        if element is not None:
            values += [value[:MAX_ROOT] for name, value in data.attributes.get(element, ()) if name in ("class", "id")]
    joined = " ".join(values)[:MAX_ROOT].lower()
    return {f"root_{name}": min(3, len(found.findall(joined))) for name, found in _ROOT_PATTERNS.items()}


def _sizes(nodes: Iterable[dict[str, Any]]) -> int:
    """The length of the longest list of items among *nodes*."""
    lists = (node.get("itemListElement") for node in nodes)
    return max((len(items) for items in lists if isinstance(items, list)), default=0)


def _linked_data(data: PageData, node: dict[str, Any] | None) -> dict[str, float]:
    typed = [(one, types_of(one)) for one in data.nodes[:200]]
    pages = [one for one, types in typed if types & {"webpage", "collectionpage", "itempage"}]
    article = node or {}
    text = article.get("articleBody")
    out = {f"nodes_{name}": log1p(sum(1 for _, types in typed if types & group)) for name, group in _LD.items()}
    return out | {
        "ld_offers": any("offers" in one for one, _ in typed),
        "ld_items": log1p(_sizes(one for one, types in typed if "breadcrumblist" not in types)),
        "ld_parts": any("hasPart" in one or "blogPost" in one for one, _ in typed),
        "ld_crumbs": min(8, _sizes(one for one, types in typed if "breadcrumblist" in types)),
        "ld_page_dated": any(one.get("datePublished") for one in pages),
        "ld_text": log1p(len(text)) if isinstance(text, str) else 0.0,
        "ld_signed": bool(article.get("author")),
        "ld_dated": bool(article.get("datePublished")),
    }


def _meta(data: PageData) -> dict[str, float]:
    labels = f"{data.first('twitter:label1')} {data.first('twitter:label2')}".lower()
    other = data.links.get("alternate", ())
    return {
        "meta_price": data.first("product:price:amount", "og:price:amount", "product:price", "product:availability")
        is not None,
        "meta_label_price": "price" in labels or "availab" in labels,
        "meta_label_written": "written" in labels,
        "meta_label_read": "reading" in labels,
        "meta_modified_only": data.first("article:modified_time") is not None
        and data.first("article:published_time") is None,
        "meta_publisher": data.first("article:publisher") is not None,
        "meta_large_card": data.first("twitter:card") == "summary_large_image",
        "meta_image": data.first("og:image") is not None,
        "meta_description": log1p(len(data.first("description", "og:description") or "")),
        "meta_feeds": log1p(sum("rss" in kind or "atom" in kind for _, kind in other)),
        "meta_languages": log1p(len(other)),
        "meta_shortlink": "shortlink" in data.links,
    }


def _title(data: PageData, title: str) -> dict[str, float]:
    """How the page is headed: by a sentence, by a name, by what <title> says."""
    heads = [text for e in data.h1[:10] if (text := "".join(e.itertext()).strip()[:300])]
    first = _WORD.findall(heads[0].lower()) if heads else []
    tag = _WORD.findall((data.title_tag or "").lower()[:400])
    words = _WORD.findall(title[:400])
    both = len(set(first) & set(tag))
    return {
        "h1_words": len(first) if heads else -1.0,
        "h1_count": min(6, len(heads)),
        "title_words": len(words),
        "tag_words": len(tag),
        "h1_in_tag": both / max(1, len(set(first))) if heads else -1.0,
        "h1_like_tag": both / max(1, len(set(first) | set(tag))),
        "title_lower": sum(word[0].islower() for word in words) / max(1, len(words)),
        "title_digit": any(map(str.isdigit, title)),
        "title_asks": "?" in title or "？" in title,
    }
