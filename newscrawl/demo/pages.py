# ruff: noqa: E501 - long lines of text and markup read better whole
"""Article pages of the demo's publishers: one function for each way of building a site.

Each page carries what real ones carry around an article (navigation, related boxes, captions, newsletter forms, footers), in
markup of its own. Pure: an :class:`~newscrawl.demo.world.Article` in, HTML out.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from newscrawl.demo import prose
from newscrawl.demo.publishers import Publisher
from newscrawl.demo.world import Article

__all__ = ["LAYOUTS", "Page", "encoded", "render"]


@dataclass(frozen=True, slots=True)
class Page:
    """What a layout needs: the article, its publisher, its addresses, and how much of it is given away."""

    article: Article
    publisher: Publisher
    url: str
    home: str
    amp_url: str | None = None
    #: Paragraphs are shown until they have so many words; ``None``: all of them.
    free_words: int | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        if self.free_words is None:
            return self.article.paragraphs
        shown: list[str] = []
        while len(" ".join(shown).split()) < self.free_words and len(shown) < len(self.article.paragraphs):
            shown.append(self.article.paragraphs[len(shown)])
        return tuple(shown)

    @property
    def image(self) -> str:
        return f"{self.home}/media/{prose.slugify(self.article.title, 3)}-1200x675.jpg"

    def local(self, moment: dt.datetime) -> str:
        """*moment* in the publisher's zone, ISO 8601 with its offset."""
        zone = dt.timezone(dt.timedelta(minutes=self.publisher.utc_offset))
        return moment.astimezone(zone).isoformat(timespec="seconds")

    def day(self) -> dt.datetime:
        return self.article.published + dt.timedelta(minutes=self.publisher.utc_offset)

    def others(self, count: int, salt: str) -> list[str]:
        """Headlines of other articles, for the boxes around this one."""
        rng = random.Random(f"{self.url.partition('.test')[0]}/{self.article.title}/{salt}")
        verbs = ("delay", "open", "question", "rename", "revise", "weigh", "welcome")
        return [
            prose.headline(rng, prose.placename(rng.randrange(1500)), rng.choice(verbs), language=self.article.language)
            for _ in range(count)
        ]


_LABELS = {
    "en": {
        "nav": "Home,World,Business,Sport,Culture,Opinion",
        "related": "Related stories",
        "newsletter": "Get our morning briefing in your inbox. Sign up here.",
        "caption": "A view of {place}. Photograph: {name}/Staff",
        "by": "By",
        "read": "Read more",
        "footer": "All rights reserved. Terms of use · Privacy · Contact · Advertise",
        "comments": "comments",
    },
    "de": {
        "nav": "Start,Politik,Wirtschaft,Sport,Kultur,Meinung",
        "related": "Das könnte Sie auch interessieren",
        "newsletter": "Unser Newsletter am Morgen: hier kostenlos anmelden.",
        "caption": "Blick auf {place}. Foto: {name}",
        "by": "Von",
        "read": "Weiterlesen",
        "footer": "Alle Rechte vorbehalten. Impressum · Datenschutz · Kontakt · Anzeigen",
        "comments": "Kommentare",
    },
    "fr": {
        "nav": "Accueil,Politique,Économie,Sport,Culture,Idées",
        "related": "À lire aussi",
        "newsletter": "Recevez notre lettre du matin : inscrivez-vous.",
        "caption": "Vue de {place}. Photo : {name}",
        "by": "Par",
        "read": "Lire la suite",
        "footer": "Tous droits réservés. Mentions légales · Confidentialité · Contact · Publicité",
        "comments": "commentaires",
    },
    "es": {
        "nav": "Portada,Política,Economía,Deportes,Cultura,Opinión",
        "related": "Noticias relacionadas",
        "newsletter": "Reciba nuestro boletín cada mañana. Suscríbase aquí.",
        "caption": "Vista de {place}. Foto: {name}",
        "by": "Por",
        "read": "Leer más",
        "footer": "Todos los derechos reservados. Aviso legal · Privacidad · Contacto · Publicidad",
        "comments": "comentarios",
    },
    "ru": {
        "nav": "Главная,Политика,Экономика,Спорт,Культура,Мнения",
        "related": "Читайте также",
        "newsletter": "Утренняя рассылка: подпишитесь здесь.",
        "caption": "Вид города {place}. Фото: {name}",
        "by": "Автор:",
        "read": "Читать дальше",
        "footer": "Все права защищены. Условия · Конфиденциальность · Контакты · Реклама",
        "comments": "комментария",
    },
    "ar": {
        "nav": "الرئيسية,سياسة,اقتصاد,رياضة,ثقافة,آراء",
        "related": "اقرأ أيضا",
        "newsletter": "نشرتنا الصباحية: اشترك هنا.",
        "caption": "مشهد من {place}. تصوير: {name}",
        "by": "بقلم",
        "read": "المزيد",
        "footer": "جميع الحقوق محفوظة. الشروط · الخصوصية · اتصل بنا · أعلن معنا",
        "comments": "تعليقات",
    },
}


def _labels(page: Page) -> dict[str, str]:
    return _LABELS.get(page.article.language, _LABELS["en"])


def _caption(page: Page) -> str:
    rng = random.Random(f"caption/{page.article.title}")
    cast = prose.Cast(rng)
    return _labels(page)["caption"].format(place=cast.places[0], name=" ".join(cast.people[0]))


def _nav(page: Page, tag: str = "nav", attributes: str = 'class="main-nav"') -> str:
    items = "".join(
        f'<li><a href="{page.home}/section/{prose.slugify(item) or "s"}">{escape(item)}</a></li>'
        for item in _labels(page)["nav"].split(",")
    )
    return f"<{tag} {attributes}><ul>{items}</ul></{tag}>"


def _box(page: Page, salt: str, count: int, attributes: str, tag: str = "aside") -> str:
    items = "".join(
        f'<li><a href="{page.home}/more/{prose.slugify(title)}">{escape(title)}</a></li>'
        for title in page.others(count, salt)
    )
    return f"<{tag} {attributes}><h3>{_labels(page)['related']}</h3><ul>{items}</ul></{tag}>"


def _json_ld(data: object, attributes: str = "") -> str:
    # Escaped, a script means the same in every encoding.
    text = json.dumps(data).replace("</", "<\\/")
    return f'<script type="application/ld+json"{attributes}>{text}</script>'


def _news_article(page: Page, **more: object) -> dict[str, object]:
    article, publisher = page.article, page.publisher
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": page.url},
        "headline": article.title,
        "description": article.summary,
        "image": [page.image],
        "datePublished": page.local(article.published),
        "dateModified": page.local(article.modified),
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": publisher.name, "url": f"{page.home}/"},
        "articleSection": article.section.title(),
        "keywords": list(article.tags),
        "inLanguage": article.language,
        "isAccessibleForFree": True,
        **more,
    }


def _open_graph(page: Page, *, published: bool = True) -> str:
    article = page.article
    rows = [
        ("og:type", "article"),
        ("og:site_name", page.publisher.name),
        ("og:title", article.title),
        ("og:description", article.summary),
        ("og:url", page.url),
        ("og:image", page.image),
    ]
    if published:
        rows += [
            ("article:published_time", page.local(article.published)),
            ("article:modified_time", page.local(article.modified)),
            ("article:section", article.section.title()),
            *(("article:tag", tag) for tag in article.tags),
        ]
    return "\n".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in rows)


def _head(page: Page, extra: str, *, canonical: bool = True) -> str:
    article = page.article
    link = f'\n<link rel="canonical" href="{escape(page.url)}">' if canonical else ""
    direction = ' dir="rtl"' if article.language == "ar" else ""
    # UTF-16 is told by its byte order mark; a meta element could not be read before it is known.
    charset = f'<meta charset="{page.publisher.encoding}">\n' if page.publisher.encoding != "utf-16" else ""
    extra = f"{page.publisher.head}\n{extra}" if page.publisher.head else extra
    return (
        f'<!DOCTYPE html>\n<html lang="{article.language}"{direction}>\n<head>\n{charset}'
        f"<title>{escape(article.title)} | {escape(page.publisher.name)}</title>\n"
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{link}\n{extra}\n</head>\n'
    )


def _paragraphs(page: Page, *, attributes: str = "", between: dict[int, str] | None = None) -> str:
    out = []
    for number, paragraph in enumerate(page.paragraphs):
        out.append(f"<p{attributes}>{escape(paragraph, quote=False)}</p>")
        if between and number in between:
            out.append(between[number])
    return "\n".join(out)


def graph(page: Page) -> str:
    """A WordPress site with Yoast's JSON-LD graph."""
    article, labels = page.article, _labels(page)
    people = [
        {"@type": "Person", "@id": f"{page.home}/#/schema/person/{n}", "name": a} for n, a in enumerate(article.authors)
    ]
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Article",
                "@id": f"{page.url}#article",
                "isPartOf": {"@id": page.url},
                "author": [{"@id": person["@id"], "name": person["name"]} for person in people],
                "headline": article.title,
                "datePublished": page.local(article.published),
                "dateModified": page.local(article.modified),
                "mainEntityOfPage": {"@id": page.url},
                "publisher": {"@id": f"{page.home}/#organization"},
                "image": {"@id": f"{page.url}#primaryimage"},
                "keywords": list(article.tags),
                "articleSection": [article.section.title()],
                "inLanguage": article.language,
            },
            {
                "@type": "WebPage",
                "@id": page.url,
                "url": page.url,
                "name": f"{article.title} - {page.publisher.name}",
                "isPartOf": {"@id": f"{page.home}/#website"},
                "datePublished": page.local(article.published),
                "description": article.summary,
            },
            {"@type": "ImageObject", "@id": f"{page.url}#primaryimage", "url": page.image, "contentUrl": page.image},
            {"@type": "WebSite", "@id": f"{page.home}/#website", "url": f"{page.home}/", "name": page.publisher.name},
            {
                "@type": "Organization",
                "@id": f"{page.home}/#organization",
                "name": page.publisher.name,
                "url": f"{page.home}/",
            },
            *people,
        ],
    }
    head = _head(page, _open_graph(page) + "\n" + _json_ld(data, ' class="yoast-schema-graph"'))
    names = " &amp; ".join(
        f'<a class="url fn n" rel="author" href="{page.home}/author/{prose.slugify(name)}/">{escape(name)}</a>'
        for name in article.authors
    )
    inline = f'<p class="also"><strong>{labels["read"]}:</strong> <a href="{page.home}/x/">{escape(page.others(1, "inline")[0])}</a></p>'
    return (
        f'{head}<body class="post-template-default single single-post postid-77">\n<header id="masthead">'
        f'<a class="site-title" href="{page.home}/">{escape(page.publisher.name)}</a>{_nav(page, attributes="class=menu-primary")}</header>\n'
        f'<main id="primary"><article class="post type-post hentry"><header class="entry-header"><h1 class="entry-title">{escape(article.title)}</h1>'
        f'<div class="entry-meta"><span class="byline">{labels["by"]} {names}</span> <time class="entry-date published" '
        f'datetime="{page.local(article.published)}">{page.day():%d.%m.%Y}</time></div></header>\n'
        f'<figure class="post-thumbnail"><img src="{page.image}" alt=""><figcaption>{escape(_caption(page))}</figcaption></figure>\n'
        f'<div class="entry-content">\n{_paragraphs(page, between={2: inline})}\n</div>\n'
        f'<footer class="entry-footer"><span class="tags-links">{", ".join(article.tags)}</span></footer></article>\n'
        f'<div id="comments"><h2>3 {labels["comments"]}</h2></div></main>\n'
        f'{_box(page, "sidebar", 5, "id=secondary class=widget-area")}\n<footer id="colophon"><p>© {page.day():%Y} '
        f"{escape(page.publisher.name)}. {labels['footer']}</p></footer></body></html>"
    )


def opengraph(page: Page) -> str:
    """A home-made system: OpenGraph and nothing else; the body is in ``div`` elements of a grid."""
    article, labels = page.article, _labels(page)
    head = _head(page, _open_graph(page) + f'\n<meta name="author" content="{escape(", ".join(article.authors))}">')
    return (
        f'{head}<body><div class="topbar">{_nav(page, "div", "class=links")}</div>\n<div class="grid"><div class="col-8 story">'
        f'<div class="kicker">{escape(article.section.title())}</div><h1>{escape(article.title)}</h1>'
        f'<div class="who">{labels["by"]} {escape(", ".join(article.authors))}</div>'
        f'<div class="lede-image"><img src="{page.image}"><div class="caption">{escape(_caption(page))}</div></div>\n'
        f'<div class="story-text">\n{_paragraphs(page, between={1: _box(page, "mid", 3, "class=inset", "div")})}\n</div>\n'
        f'<div class="signup"><form><p>{labels["newsletter"]}</p><input type="email"><button>OK</button></form></div></div>\n'
        f'<div class="col-4 rail">{_box(page, "rail", 6, "class=most-read", "div")}</div></div>\n'
        f'<div class="foot">{escape(page.publisher.name)} — {labels["footer"]}</div></body></html>'
    )


def microdata(page: Page) -> str:
    """schema.org in attributes."""
    article, labels = page.article, _labels(page)
    authors = ", ".join(
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">{escape(name)}</span></span>'
        for name in article.authors
    )
    return (
        f"{_head(page, _meta_description(page))}<body>{_nav(page, attributes='id=nav role=navigation')}\n"
        f'<article itemscope itemtype="https://schema.org/NewsArticle"><link itemprop="mainEntityOfPage" href="{escape(page.url)}">'
        f'<h1 itemprop="headline">{escape(article.title)}</h1>\n<p class="standfirst-meta">{labels["by"]} {authors} · '
        f'<time itemprop="datePublished" datetime="{page.local(article.published)}">{page.day():%d/%m/%Y %H:%M}</time>'
        f'<meta itemprop="dateModified" content="{page.local(article.modified)}"></p>\n'
        f'<div itemprop="image" itemscope itemtype="https://schema.org/ImageObject"><img itemprop="url" src="{page.image}">'
        f'<span class="cap" itemprop="caption">{escape(_caption(page))}</span></div>\n'
        f'<section itemprop="articleBody">\n{_paragraphs(page)}\n</section>\n'
        f'<div itemprop="publisher" itemscope itemtype="https://schema.org/Organization"><meta itemprop="name" content="{escape(page.publisher.name)}">'
        f'<meta itemprop="url" content="{page.home}/"></div><meta itemprop="inLanguage" content="{article.language}">'
        f'<ul class="share"><li><a href="https://share.example/a">Share</a></li><li><a href="https://share.example/b">Post</a></li></ul></article>\n'
        f"{_box(page, 'below', 4, 'class=related role=complementary', 'section')}\n<footer><small>{labels['footer']}</small></footer></body></html>"
    )


def _meta_description(page: Page) -> str:
    return f'<meta name="description" content="{escape(page.article.summary)}">'


def plain(page: Page) -> str:
    """No metadata at all: a table for the frame, a heading, a day, paragraphs."""
    article, labels = page.article, _labels(page)
    names = escape(" and ".join(article.authors))
    return (
        f"{_head(page, '', canonical=False)}<body bgcolor=white><table width=100%><tr><td width=160 valign=top>"
        f"{_nav(page, 'div', 'class=menu')}</td><td valign=top>\n<h1>{escape(article.title)}</h1>\n"
        f'<div class="byline">{labels["by"]} {names}</div><div class="date"><time datetime="{page.day():%Y-%m-%d}">'
        f"{page.day():%B %d, %Y}</time></div>\n<div class=content>\n{_paragraphs(page)}\n</div>\n<hr>"
        f"<p><small>© {escape(page.publisher.name)}. {labels['footer']}</small></p></td></tr></table></body></html>"
    )


def cms(page: Page) -> str:
    """A publishing house's system: one JSON-LD object, components with hashed class names, boxes inside the text."""
    article, labels = page.article, _labels(page)
    head = _head(page, _open_graph(page, published=False) + "\n" + _json_ld([_news_article(page)]))
    box = f'<div class="c-teaser-inline_x7f" data-component="teaser">{_box(page, "teaser", 2, "class=c-teaser__list_a9", "div")}</div>'
    letter = f'<div class="c-newsletter_q2" data-component="newsletter"><h4>{escape(page.publisher.name)} am</h4><p>{labels["newsletter"]}</p></div>'
    return (
        f'{head}<body class="l-page"><div class="o-header_b1">{_nav(page, attributes="class=o-nav_b2")}</div>\n<main class="l-main_c3">'
        f'<div class="c-head_d4"><span class="c-kicker_e5">{escape(article.section.title())}</span><h1 class="c-title_f6">{escape(article.title)}</h1>'
        f'<p class="c-lead-meta_g7"><span class="c-author_h8">{labels["by"]} <a rel="author" href="{page.home}/autor/1">'
        f"{escape(article.authors[0])}</a></span>"
        f'<time datetime="{page.local(article.published)}">{page.day():%d.%m.%Y, %H:%M}</time></p></div>\n'
        f'<figure class="c-media_i9"><img src="{page.image}" loading="lazy"><figcaption>{escape(_caption(page))}</figcaption></figure>\n'
        f'<div class="c-body_j1" data-article-body>\n{_paragraphs(page, attributes=" class=c-p_k2", between={1: box, 4: letter})}\n</div>'
        f'<div class="c-share_l3"><button>Link</button><button>Mail</button></div></main>\n'
        f'{_box(page, "more", 6, "class=c-more_m4", "section")}\n<footer class="o-footer_n5"><p>{labels["footer"]}</p></footer></body></html>'
    )


def hentry(page: Page) -> str:
    """Microformats of an old weblog theme, with OpenGraph for the title only."""
    article, labels = page.article, _labels(page)
    return (
        f'{_head(page, _open_graph(page, published=False))}<body><div id="wrapper"><div id="menu">{_nav(page, "div", "class=m")}</div>\n'
        f'<div class="hentry"><h1 class="entry-title p-name">{escape(article.title)}</h1><p class="postmeta">{labels["by"]} '
        f'<span class="vcard author p-author"><span class="fn">{escape(article.authors[0])}</span></span> on '
        f'<abbr class="published dt-published" title="{page.local(article.published)}"><time datetime="{page.local(article.published)}">'
        f"{page.day():%B %d, %Y at %H:%M}</time></abbr></p>\n"
        f'<div class="entry-content e-content">\n<blockquote class="pullout"><p>{escape(page.others(1, "pull")[0])}</p></blockquote>\n'
        f'{_paragraphs(page)}\n</div><p class="tags">Filed under: {", ".join(article.tags)}</p></div>\n'
        f'{_box(page, "side", 5, "id=sidebar", "div")}<div id="footer">{labels["footer"]}</div></div></body></html>'
    )


def amp(page: Page) -> str:
    """The canonical page of a site that has AMP pages too: at the AMP address comes the AMP document."""
    if page.amp_url is not None:
        head = _head(page, f'<link rel="amphtml" href="{escape(page.amp_url)}">\n' + _json_ld(_news_article(page)))
        labels = _labels(page)
        return (
            f'{head}<body>{_nav(page)}<article><h1>{escape(page.article.title)}</h1><p class="by">{labels["by"]} '
            f'{escape(", ".join(page.article.authors))}</p><div class="article-body">\n{_paragraphs(page)}\n</div></article>'
            f"{_box(page, 'foot', 4, 'class=rel')}<footer>{labels['footer']}</footer></body></html>"
        )
    article, labels = page.article, _labels(page)
    return (
        f'<!doctype html><html amp lang="{article.language}"><head><meta charset="utf-8"><script async src="https://cdn.ampproject.example/v0.js"></script>'
        f'<title>{escape(article.title)}</title><link rel="canonical" href="{escape(page.url)}">'
        f'<meta name="viewport" content="width=device-width">{_json_ld(_news_article(page))}</head><body>'
        f'<amp-sidebar id="sidebar" layout="nodisplay">{_nav(page, "div", "class=amp-nav")}</amp-sidebar>'
        f'<article class="amp-wp-article"><header><h1 class="amp-wp-title">{escape(article.title)}</h1>'
        f'<div class="amp-wp-meta amp-wp-byline">{labels["by"]} {escape(", ".join(article.authors))}</div></header>'
        f'<amp-img src="{page.image}" width="1200" height="675" layout="responsive"></amp-img>'
        f'<div class="amp-wp-article-content">\n{_paragraphs(page)}\n</div>'
        f'<amp-ad width="300" height="250" type="demo"></amp-ad></article><footer class="amp-wp-footer">{labels["footer"]}</footer></body></html>'
    )


def paywall(page: Page) -> str:
    """A paywalled article as publishers mark it for search engines: the first paragraphs, then the offer."""
    article, labels = page.article, _labels(page)
    part = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".subscriber-only"}
    head = _head(
        page, _open_graph(page) + "\n" + _json_ld(_news_article(page, isAccessibleForFree=False, hasPart=part))
    )
    return (
        f'{head}<body>{_nav(page)}<main><article><h1>{escape(article.title)}</h1><p class="byline">{labels["by"]} '
        f'{escape(", ".join(article.authors))}</p><div class="article__body subscriber-only">\n{_paragraphs(page)}\n</div>'
        '<div class="paywall"><h2>Subscribe to continue reading</h2><p>This article is for subscribers. Digital access from $1 a week.</p>'
        f'<a class="cta" href="{page.home}/subscribe">See all offers</a><p>Already a subscriber? <a href="{page.home}/login">Log in</a></p></div></article></main>'
        f"{_box(page, 'end', 4, 'class=related')}<footer>{labels['footer']}</footer></body></html>"
    )


LAYOUTS: dict[str, Callable[[Page], str]] = {
    layout.__name__: layout for layout in (graph, opengraph, microdata, plain, cms, hentry, amp, paywall)
}


def render(page: Page) -> str:
    """The page's HTML in its publisher's layout."""
    return LAYOUTS[page.publisher.layout](page)


def encoded(html: str, publisher: Publisher) -> tuple[bytes, str]:
    """*html* as *publisher* sends it: the bytes and the ``Content-Type``. What the encoding lacks becomes a reference."""
    body = html.encode(publisher.encoding, "xmlcharrefreplace")
    if publisher.charset_in == "header":
        return body, f"text/html; charset={publisher.encoding}"
    return body, "text/html"
