"""A world in which originals are to be found: an aggregator's feed, and publishers with pages and lists.

Every text is an article of one publisher. Posts copy it and name its source in one of many ways; some name the
publisher alone, or a dead link, and the publisher's lists hold the article or something that resembles it. The texts
come from outside (real pages, or made up by a test); what is built around them is drawn by one seed. It is a site of
`tests.site`; its pages and lists are its own since each says something of one of the same articles.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from anyascii import anyascii

from tests.site import Page, Served, serve_site

__all__ = ["Article", "Plan", "Post", "Text", "World", "build"]

#: The publishers' kinds of lists, in turn.
KINDS = ("news", "sitemap", "wordpress", "front", "feed")
_NAMES = (
    "Harbour Ledger", "Nordbote", "La Gazette du Canal", "El Faro de la Ría", "Вечерний Маяк", "港町新聞",
    "Corriere del Molo", "Jornal da Foz", "Kanalkurier", "Ostseewelle", "Liman Postası", "Přístavní noviny",
    "Hafenblatt", "Quay Street Times", "Мост", "항구일보", "Upland Mirror", "Courrier des Dunes", "Deichkieker",
    "Saltmarsh Review", "Diario del Estuario",
    "Fjordtidende", "Głos Nabrzeża", "Lighthouse Weekly", "Nachtfähre", "Tribuna do Cais", "Канал", "Slipway News",
    "Mole und Meer", "Estuary Post",
)  # fmt: skip
#: Wordings that say where a text comes from, as sites write them: {link} is the article with its title as text, {name}
#: the publisher's name linked to the article, {home} the name linked to the front page, {plain} the name alone.
KNOWN: dict[str, tuple[str, ...]] = {
    "yoast": (
        "The post {link} appeared first on {home}.", "Der Beitrag {link} erschien zuerst auf {home}.",
        "L’article {link} est apparu en premier sur {home}.", "La entrada {link} se publicó primero en {home}.",
        "Сообщение {link} появились сначала на {home}.", "{link} は {home} に最初に表示されました。",
        "L'articolo {link} proviene da {home}.", "O post {link} apareceu primeiro em {home}.",
        "Příspěvek {link} se nejdříve objevil na {home}.", "Artykuł {link} pochodzi z serwisu {home}.",
        "{link} yazısı ilk önce {home} üzerinde ortaya çıktı.", "Het bericht {link} verscheen eerst op {home}.",
        "Innlegget {link} dukket først opp på {home}.", "Indlægget {link} blev først udgivet på {home}.",
        "Inlägget {link} dök först upp på {home}.", "{link} 게시물이 {home}에 처음 등장했습니다.",
    ),
    "originally": (
        "This article was originally published on {name}.", "Originally published by {name}.",
        "Dieser Artikel wurde zuerst von {name} veröffentlicht.", "Cet article a été publié à l’origine par {name}.",
        "Este artículo fue publicado originalmente por {name}.", "Статья впервые опубликована: {name}.",
        "Este artigo foi publicado originalmente em {name}.",
        "Questo articolo è stato pubblicato originariamente su {name}.",
        "Artikkelen ble først publisert i {name}.", "Bu yazı ilk olarak {name} tarafından yayımlandı.",
    ),
    "source": (
        "Source: {name}", "Quelle: {name}", "Source : {name}", "Fuente: {name}", "Источник: {name}", "出典：{name}",
        "Fonte: {name}", "Zdroj: {name}", "Źródło: {name}", "Kaynak: {name}", "Bron: {name}", "Kilde: {name}",
        "Källa: {name}", "출처: {name}", "स्रोत: {name}", "Chanzo: {name}", "المصدر: {name}", "Източник: {name}",
    ),
    "via": ("Via {name}", "via {link}", "(via {name})", "Übernommen von {name}"),
    "read": (
        "Read the original article at {name}.", "Read the full story on {name}.", "Zum Originalartikel: {link}",
        "Lire l’article original : {link}", "Leer el artículo original: {link}", "Читать оригинал: {link}",
    ),
    "republished": (
        "Republished with permission from {name}.", "This story is republished from {name} under a licence.",
        "Mit freundlicher Genehmigung von {name}.", "Reproduit avec l’autorisation de {name}.",
    ),
}  # fmt: skip
#: Wordings of no word that tells of sources, in English, German, French, and in no language at all.
UNKNOWN = (
    "Hats off to {name}, whose people dug this up.", "We tip our cap to {name} for the legwork.",
    "Big thanks to the team behind {link}.", "All of the above was the doing of {name}.",
    "Unser Dank gilt {name}, wo man das ausgegraben hat.", "Gefunden haben wir das bei {name}.",
    "Chapeau à {name} pour le travail.", "On a déniché ça chez {name}.",
    "Zemblat orvi {name} tamurek.", "Quolpa {link} vendrik ostam.", "Brelu {name}!", "Hatterim pol {link}.",
)  # fmt: skip
#: The publisher is named, and the article is not linked.
BARE = (
    "This article was originally published by {home}.", "Source: {home}", "Quelle: {plain}", "Source: {plain}",
    "The post appeared first on {home}.", "Originally published in {plain}.", "Источник: {plain}", "Fuente: {home}",
)  # fmt: skip
#: Posts in one feed of the aggregator.
FEED_HOLDS = 100
DECOYS = ("follow_up", "updated", "live_blog", "syndicated", "other_year")


@dataclass(frozen=True, slots=True)
class Text:
    """An article: its title, its paragraphs, its language."""

    title: str
    paragraphs: tuple[str, ...]
    language: str


@dataclass(slots=True)
class Article:
    """A page of a publisher. *listed*: its lists name it. *headline*: what page and lists call it."""

    host: str
    path: str
    text: Text
    at: dt.datetime
    headline: str
    listed: bool = True
    paragraphs: tuple[str, ...] = ()


@dataclass(slots=True)
class Post:
    """A post and what is to come of it: *original* is ``None`` where it cannot be had, and nothing may be taken."""

    number: int
    family: str
    language: str
    body: str
    title: str
    at: dt.datetime
    publisher: str
    original: str | None
    changed_headline: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How many posts of each kind; *linked*: with a known wording and a live link."""

    linked: int
    unknown: int
    unlinked: int
    dead: int
    decoys: int
    publishers: int = 30

    @property
    def posts(self) -> int:
        return self.linked + self.unknown + self.unlinked + self.dead + self.decoys


@dataclass(slots=True)
class World:
    """Posts, pages and lists, served by :meth:`start` on one port under many names."""

    posts: list[Post]
    pages: dict[tuple[str, str], Article]
    names: dict[str, str]
    kinds: dict[str, str]
    now: dt.datetime
    served: Served = field(default_factory=lambda: Served(0))
    _open: ExitStack = field(default_factory=ExitStack)

    # --- serving ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.served = self._open.enter_context(serve_site(self))

    def stop(self) -> None:
        self._open.close()

    @property
    def asked(self) -> Counter[str]:
        """How often each address was asked for, without its scheme and port."""
        return Counter(self.served.asked)

    @property
    def overrides(self) -> str:
        """For NEWSCRAWL_HOST_OVERRIDES."""
        return self.served.overrides

    def url(self, host: str, path: str) -> str:
        return self.served.url(path, host)

    @property
    def feed_urls(self) -> str:
        """For ``-a feeds=``: one feed for each :data:`FEED_HOLDS` posts."""
        count = -(-len(self.posts) // FEED_HOLDS)
        return ",".join(self.url("agg.test", f"/feed/{number}/") for number in range(count))

    def __call__(self, path: str, query: dict[str, str], url: str) -> Page:
        host = urlsplit(url).hostname or ""
        text: str | None = None
        kind = "text/html; charset=utf-8"
        if host == "agg.test":
            feed = re.fullmatch(r"/feed/(\d+)/", path)
            text, kind = (self._feed(int(feed[1])), "application/rss+xml") if feed else (self._post(path), kind)
        elif (host, path) in self.pages:
            text = _page(self.pages[host, path], self.names[host])
        elif host in self.names:
            text, kind = self._list(host, path, query)
        if path == "/robots.txt":
            text, kind = self._robots(host), "text/plain"
        return None if text is None else (200, {"Content-Type": kind}, text)

    def _of(self, host: str) -> list[Article]:
        mine = [one for (name, _), one in self.pages.items() if name == host and one.listed]
        return sorted(mine, key=lambda one: one.at, reverse=True)

    def _robots(self, host: str) -> str:
        named = {"news": "/news-sitemap.xml", "sitemap": "/sitemap.xml"}.get(self.kinds.get(host, ""))
        extra = f"Sitemap: {self.url(host, named)}\n" if named else ""
        return f"User-agent: *\nAllow: /\n{extra}"

    def _list(self, host: str, path: str, query: dict[str, str]) -> tuple[str | None, str]:
        kind, xml = self.kinds[host], "application/xml"
        articles = self._of(host)
        if path == "/":
            return self._front(host, articles), "text/html; charset=utf-8"
        if kind == "news" and path == "/news-sitemap.xml":
            return self._urls(
                host, [one for one in articles if self.now - one.at < dt.timedelta(days=2)], news=True
            ), xml
        if kind == "sitemap" and path == "/sitemap.xml":
            months = sorted({f"{one.at:%Y-%m}" for one in articles}, reverse=True)
            rows = "".join(
                f"<sitemap><loc>{self.url(host, f'/sitemap-{month}.xml')}</loc></sitemap>" for month in months
            )
            return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</sitemapindex>", xml
        if kind == "sitemap" and (found := re.fullmatch(r"/sitemap-(\d{4}-\d\d)\.xml", path)):
            return self._urls(host, [one for one in articles if f"{one.at:%Y-%m}" == found[1]], news=False), xml
        if kind == "wordpress" and path == "/wp-json/wp/v2/posts":
            return self._api(host, articles, query), "application/json"
        if kind in ("feed", "wordpress") and path == "/feed/":
            return self._rss(host, articles[: 10 if kind == "wordpress" else 60]), "application/rss+xml"
        return None, xml

    def _front(self, host: str, articles: list[Article]) -> str:
        shown = articles[: 80 if self.kinds[host] == "front" else 12]
        cards = "".join(
            f"<article class='post'><h2 class='entry-title'><a href='{one.path}'>{escape(one.headline)}</a></h2>"
            f"<time datetime='{one.at.isoformat()}'>{one.at:%d.%m.%Y}</time></article>"
            for one in shown
        )
        head = ""
        if self.kinds[host] in ("feed", "wordpress"):
            head = f"<link rel='alternate' type='application/rss+xml' href='{self.url(host, '/feed/')}'>"
        return (
            f"<html><head><title>{escape(self.names[host])}</title>{head}</head><body class='home blog'>"
            f"<main>{cards}</main></body></html>"
        )

    def _urls(self, host: str, articles: list[Article], *, news: bool) -> str:
        rows = []
        for one in articles:
            extra = f"<lastmod>{one.at:%Y-%m-%dT%H:%M:%SZ}</lastmod>"
            if news:
                extra = (
                    f"<n:news><n:publication><n:name>{escape(self.names[host])}</n:name><n:language>en</n:language>"
                    f"</n:publication><n:publication_date>{one.at:%Y-%m-%dT%H:%M:%SZ}</n:publication_date>"
                    f"<n:title>{escape(one.headline)}</n:title></n:news>"
                )
            rows.append(f"<url><loc>{escape(self.url(host, one.path))}</loc>{extra}</url>")
        return (
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
            f"xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{''.join(rows)}</urlset>"
        )

    def _api(self, host: str, articles: list[Article], query: dict[str, str]) -> str:
        after, before = query.get("after", ""), query.get("before", "9")
        page, size = int(query.get("page", "1")), int(query.get("per_page", "10"))
        some = [one for one in articles if after < f"{one.at:%Y-%m-%dT%H:%M:%S}" < before]
        rows = [
            {
                "id": number, "link": self.url(host, one.path), "slug": one.path.strip("/").rpartition("/")[2],
                "date_gmt": f"{one.at:%Y-%m-%dT%H:%M:%S}", "title": {"rendered": html.escape(one.headline)},
            }
            for number, one in enumerate(some, 1)
        ]  # fmt: skip
        return json.dumps(rows[(page - 1) * size : page * size])

    def _rss(self, host: str, articles: list[Article]) -> str:
        items = "".join(
            f"<item><title>{escape(one.headline)}</title><link>{escape(self.url(host, one.path))}</link>"
            f"<pubDate>{one.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for one in articles
        )
        made = "<generator>https://wordpress.org/?v=6.8</generator>" if self.kinds[host] == "wordpress" else ""
        return (
            f"<rss version='2.0'><channel><title>{escape(self.names[host])}</title>"
            f"<link>{self.url(host, '/')}</link>{made}{items}</channel></rss>"
        )

    def _post(self, path: str) -> str | None:
        """The page of the post at *path*: a feed whose body ends in an ellipsis is asked for more."""
        post = next((one for one in self.posts if path == f"/{one.number}/"), None)
        if post is None:
            return None
        return (
            f"<html lang='{post.language}'><head><title>{escape(post.title)} - Agg</title><meta property='og:type' "
            f"content='article'></head><body class='single'><header><a href='/'>Agg</a></header><main><article>"
            f"<h1 class='entry-title'>{escape(post.title)}</h1><div class='entry-content'>"
            f"{post.body.replace('PORT', str(self.served.port))}</div></article></main></body></html>"
        )

    def _feed(self, number: int) -> str:
        items = "".join(
            f"<item><title>{escape(one.title)}</title><link>{self.url('agg.test', f'/{one.number}/')}</link>"
            f"<pubDate>{one.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
            f"<content:encoded><![CDATA[{one.body.replace('PORT', str(self.served.port))}]]></content:encoded></item>"
            for one in self.posts[number * FEED_HOLDS : (number + 1) * FEED_HOLDS]
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Agg</title>'
            f"<link>{self.url('agg.test', '/')}</link>{items}</channel></rss>"
        )


def _page(article: Article, name: str) -> str:
    paragraphs = "".join(f"<p>{escape(one)}</p>" for one in article.paragraphs or article.text.paragraphs)
    return (
        f"<html lang='{article.text.language}'><head><title>{escape(article.headline)} - {escape(name)}</title>"
        f"<meta property='og:type' content='article'><meta property='og:title' "
        f"content='{html.escape(article.headline)}'>"
        f"<meta property='og:site_name' content='{html.escape(name)}'>"
        f"<meta property='article:published_time' content='{article.at:%Y-%m-%dT%H:%M:%SZ}'></head>"
        f"<body><header><a href='/'>{escape(name)}</a></header><main><article><h1>{escape(article.headline)}</h1>"
        f"{paragraphs}</article></main></body></html>"
    )


# --- building ----------------------------------------------------------------------------------------------------


class _Builder:
    def __init__(self, texts: Sequence[Text], plan: Plan, seed: int, now: dt.datetime) -> None:
        self.dice = random.Random(seed)
        self.texts = list(texts)
        self.dice.shuffle(self.texts)
        self.plan = plan
        self.now = now.replace(microsecond=0)
        names = [*_NAMES, *(f"{name} {number}" for number in range(2, 9) for name in _NAMES)][: plan.publishers]
        self.names = {f"p{number}.{_domain(name)}.test": name for number, name in enumerate(names)}
        self.hosts = list(self.names)
        self.kinds = {host: KINDS[number % len(KINDS)] for number, host in enumerate(self.hosts)}
        self.pages: dict[tuple[str, str], Article] = {}
        self.posts: list[Post] = []
        self._used = 0

    def build(self) -> World:
        plan = self.plan
        if len(self.texts) < plan.posts:
            raise ValueError(f"{plan.posts} texts are needed, {len(self.texts)} are there")
        families = list(KNOWN)
        for number in range(plan.linked):
            family = families[number % len(families)]
            wording = KNOWN[family][(number // len(families)) % len(KNOWN[family])]
            self._add(f"known:{family}", wording, changed=number % 6 == 5)
        for number in range(plan.unknown):
            self._add("unknown", UNKNOWN[number % len(UNKNOWN)], further=2)
        for number in range(plan.unlinked):
            self._add("unlinked", BARE[number % len(BARE)], changed=number % 3 == 2)
        for number in range(plan.dead):
            family = families[number % len(families)]
            self._add("dead", KNOWN[family][number % len(KNOWN[family])], dead=True, changed=number % 3 == 2)
        for number in range(plan.decoys):
            self._decoy(DECOYS[number % len(DECOYS)], number)
        self.dice.shuffle(self.posts)
        return World(self.posts, self.pages, self.names, self.kinds, self.now)

    def _text(self) -> Text:
        text = self.texts[self._used % len(self.texts)]
        self._used += 1
        return text

    def _article(self, host: str, text: Text, *, at: dt.datetime | None = None, **more: object) -> Article:
        # A news sitemap holds two days, a feed its newest entries: what is older is in the other lists alone.
        span = 40 if self.kinds[host] == "news" else 24 * 6
        at = at or self.now - dt.timedelta(hours=self.dice.uniform(2, span))
        headline = str(more.pop("headline", text.title))
        slug = _slug(headline if self.dice.random() < 0.7 else text.title)
        path = str(more.pop("path", "")) or self._path(host, slug, at)
        article = Article(host, path, text, at, headline, **more)  # type: ignore[arg-type]
        self.pages[host, path] = article
        return article

    def _path(self, host: str, slug: str, at: dt.datetime) -> str:
        number = len(self.pages) + 1000
        style = self.hosts.index(host) % 3
        if style == 0 or self.kinds[host] == "sitemap":
            # A sitemap tells addresses alone: an address without words could not be found there by anybody.
            return f"/{at:%Y/%m/%d}/{slug}-{number}/"
        return f"/{slug}-{number}" if style == 1 else f"/article/{number}"

    def _body(self, text: Text, kind: int) -> str:
        paragraphs = list(text.paragraphs)
        if kind == 1 and len(paragraphs) > 4:
            paragraphs = [one for number, one in enumerate(paragraphs) if number % 5 != 4]
        elif kind == 2 and len(paragraphs) > 5:
            paragraphs = paragraphs[: max(3, len(paragraphs) // 2)]
        elif kind == 3:
            words = [one.split(" ") for one in paragraphs]
            for some in words:
                for place in range(19, len(some), 20):
                    some[place] = "some"
            paragraphs = [" ".join(some) for some in words]
        return "".join(f"<p>{escape(one)}</p>" for one in paragraphs)

    def _add(
        self, family: str, wording: str, *, changed: bool = False, dead: bool = False, further: int = 0
    ) -> tuple[Post, Article]:
        host = self.dice.choice(self.hosts)
        text = self._text()
        headline = _new_headline(text) if changed else text.title
        article = self._article(host, text, headline=headline)
        link = f"/old/{article.path.strip('/').replace('/', '-')}" if dead else article.path
        closing = self._closing(wording, host, link, text.title)
        body = self._body(text, len(self.posts) % 4)
        if further:
            body = self._with_links(body, further, host)
        post = Post(
            len(self.posts), family, text.language, f"{body}{closing}", text.title,
            article.at + dt.timedelta(minutes=self.dice.randint(5, 300)), host, article.path, headline != text.title,
        )  # fmt: skip
        self.posts.append(post)
        return post, article

    def _closing(self, wording: str, host: str, path: str, title: str) -> str:
        name = escape(self.names[host])
        article, home = f"http://{host}:PORT{quote(path)}", f"http://{host}:PORT/"
        said = wording.format(
            link=f'<a href="{article}">{escape(title)}</a>', name=f'<a href="{article}">{name}</a>',
            home=f'<a href="{home}">{name}</a>', plain=name,
        )  # fmt: skip
        return f"<p>{said}</p>"

    def _with_links(self, body: str, count: int, host: str) -> str:
        """Links to other things within the text: a related page, a study, a front page."""
        pieces = body.split("</p>")
        others = [name for name in self.hosts if name != host]
        for number in range(count):
            target = self.dice.choice(others)
            where = [f"http://{target}:PORT/topics/{number}/", "https://doi.org/10.1000/182", f"http://{target}:PORT/"]
            place = min(len(pieces) - 2, 1 + number)
            if place >= 0:
                pieces[place] += f' <a href="{where[(number + len(self.posts)) % 3]}">more on this</a>'
        return "</p>".join(pieces)

    def _decoy(self, kind: str, number: int) -> None:
        """A post whose publisher is named, whose article is not to be had, and something there that resembles it."""
        wording = BARE[number % len(BARE)]
        post, article = self._add(f"decoy:{kind}", wording)
        del self.pages[article.host, article.path]
        post.original = None
        text, host = article.text, article.host
        other = self.texts[(self._used * 7 + number) % len(self.texts)]
        half = max(1, len(text.paragraphs) // 4)
        words = text.title.split()
        if kind == "follow_up":
            mixed = other.paragraphs + text.paragraphs[:half]
            title = f"{' '.join(words[: max(3, len(words) // 2)])}: what is known so far"
            self._article(host, other, at=article.at, headline=title, paragraphs=mixed)
        elif kind == "updated":
            self._article(host, other, at=article.at, headline=text.title, paragraphs=other.paragraphs)
        elif kind == "live_blog":
            entries = [one for each in self.dice.sample(self.texts, 8) for one in each.paragraphs[:6]]
            spot = len(entries) // 2
            mixed_in = (*entries[:spot], *text.paragraphs, *entries[spot:])
            self._article(host, text, at=article.at, headline=f"Live: {text.title}", paragraphs=mixed_in)
        elif kind == "syndicated":
            copy_host = self.dice.choice([name for name in self.hosts if name != host])
            copy = self._article(copy_host, text, at=article.at)
            url = f"http://{copy_host}:PORT{quote(copy.path)}"
            post.body = f'<p>Via <a href="{url}">{escape(text.title)}</a></p>' + post.body
        else:
            at = article.at - dt.timedelta(days=365)
            self._article(host, other, at=at, headline=text.title, paragraphs=other.paragraphs)


def _domain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", anyascii(name).lower())[:30]


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", anyascii(title).lower()))[:70].strip("-") or "text"


def _new_headline(text: Text) -> str:
    """Another headline for the same article: what its second sentence begins with, as an editor might put it."""
    sentences = re.split(r"(?<=[.!?。！？])\s*", " ".join(text.paragraphs[:3])[:1500])
    for sentence in [*sentences[1:], *sentences[:1]]:
        words = sentence.split()
        if len(words) >= 7:
            return " ".join(words[:12]).rstrip(".,;:")
        if len(sentence) >= 18 and len(words) < 4:
            return sentence[:26]
    return text.title


def build(texts: Sequence[Text], plan: Plan, *, seed: int, now: dt.datetime | None = None) -> World:
    """A world of *plan* out of *texts*, each used once as an article."""
    return _Builder(texts, plan, seed, now or dt.datetime.now(dt.UTC)).build()


def by_family(posts: Sequence[Post]) -> dict[str, list[Post]]:
    """*posts* by their families, in alphabetical order."""
    groups: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        groups[post.family].append(post)
    return dict(sorted(groups.items()))
