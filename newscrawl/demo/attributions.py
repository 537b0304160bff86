# ruff: noqa: E501 - long lines of text and markup read better whole
"""The closing sentences and blocks of the demo's posts: the usual one, its variants, and those of other languages."""

from __future__ import annotations

from html import escape

from newscrawl.demo.world import SITE_NAME, Post, World

__all__ = ["MIXED", "WORDINGS", "attribution_html"]

# {p}: the linked title (or the title); {b}: the linked publisher; {t}: the title; {o}: the publisher's name linked to the article.
_YOAST = "<p>The post {p} appeared first on {b}.</p>"

#: Other English wordings. Each links the article itself.
WORDINGS = (
    "<p>The post {p} first appeared on {b}.</p>",
    "<p>The post {t} appeared first on {o}.</p>",
    "<p>This article was originally published on {o}.</p>",
    "<p><em>This story originally appeared on {o}.</em></p>",
    "<p>“{t}” by {a} was originally published at {o}.</p>",
    '<p class="source">Source: {o}</p>',
    '<div class="wprss-feed-meta"><span class="feed-source">Source: {o}</span><span class="feed-date">Published on {day}</span></div>',
    '<p>This article, "{p}" first appeared on {b}</p>',
)

#: The sentence as Yoast's plugin has it in other languages.
LOCALISED = {
    "de": "<p>Der Beitrag {p} erschien zuerst auf {b}.</p>",
    "fr": "<p>L’article {p} est apparu en premier sur {b}.</p>",
    "es": "<p>La entrada {p} se publicó primero en {b}.</p>",
    "ru": "<p>Запись {p} впервые появилась {b}.</p>",
    "ar": "<p>ظهرت المقالة {p} أولاً على {b}.</p>",
}

#: Under English texts: the language of the sentence is that of the site's set-up, not of the post.
MIXED = (
    "<p>O post {p} apareceu primeiro em {b}.</p>",
    "<p>L'articolo {p} proviene da {b}.</p>",
    "<p>Het bericht {p} verscheen eerst op {b}.</p>",
    "<p>Сообщение {p} появились сначала на {b}.</p>",
    "<p>{p} yazısı ilk önce {b} üzerinde ortaya çıktı.</p>",
    "<p>Artykuł {p} pochodzi z serwisu {b}.</p>",
    "<p>投稿 {p} は {b} に最初に表示されました。</p>",
    "<p>ظهرت المقالة {p} أولاً على {b}.</p>",
    "<p>Inlägget {p} dök först upp på {b}.</p>",
    "<p>{p}最先出现在{b}。</p>",
)


def _a(href: str, text: str) -> str:
    return f'<a rel="nofollow" href="{escape(href)}">{escape(text, quote=False)}</a>'


def attribution_html(world: World, post: Post) -> str:
    """The block that closes *post*, empty when it names nobody."""
    kind, publisher = post.case.attribution, post.publisher
    title = escape(post.title, quote=False)
    if kind == "self":
        site = world.base()
        return _YOAST.format(p=_a(f"{site}{post.path}", post.title), b=_a(f"{site}/", SITE_NAME))
    if publisher is None:
        return ""
    home = _a(f"{world.base(publisher.host)}/", publisher.name)
    if kind == "home":
        return f"<p>The post appeared first on {home}.</p>"
    if kind == "name":
        return f"<p>The post {title} appeared first on {escape(publisher.name)}.</p>"
    link = post.original_link or f"{world.base(publisher.host)}/"
    pattern = _YOAST
    if kind == "wordings":
        pattern = WORDINGS[post.number % len(WORDINGS)]
    elif kind == "mixed":
        pattern = MIXED[post.number % len(MIXED)]
    elif kind == "localised":
        pattern = LOCALISED[publisher.language]
    return pattern.format(
        p=_a(link, post.title),
        b=home,
        t=title,
        o=_a(link, publisher.name),
        a=escape(world.article(post.number).authors[0]),
        day=f"{post.published:%B %d, %Y}",
    )
