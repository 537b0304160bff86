"""Builds the aggregator's posts and the publishers' pages from real pages and the plan.

Everything is decided by the plan, the pages and their names: the same world each time.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import lxml.html
import tldextract

from . import plan
from .plan import Verdict
from .publishers import Page, Publishers

__all__ = ["CATEGORIES", "Post", "World", "build"]

CATEGORIES = ("News", "Politics", "Business", "Sports", "Culture & Media", "Technology", "Health")

_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


_UNDATED = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(slots=True)
class Post:
    """One post as it goes into WordPress, and what its record must say.

    ``published`` is UTC. ``attribution`` holds the expected fields, ``None`` where there is
    none. ``gold`` is the original's row of ``gold.jsonl`` where the verdict is ``original`` or partial.
    """

    name: str
    kind: str
    title: str
    content: str
    author: str
    verdict: Verdict
    attribution: dict[str, str | None] | None
    language: str = "en"
    #: One of the plan's COPIES; faults' posts are ``whole``.
    copy: str = "whole"
    gold: Mapping[str, Any] | None = None
    #: Where the original stands in the end.
    original: str | None = None
    published: dt.datetime = _UNDATED
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    image: str | None = None
    comments: list[str] = field(default_factory=list)
    #: Filled in by WordPress.
    url: str = ""

    def as_import(self) -> dict[str, Any]:
        """The post for ``php/import.php``."""
        return {
            "name": self.name,
            "title": self.title,
            "content": self.content,
            "published": self.published.strftime("%Y-%m-%d %H:%M:%S"),
            "categories": self.categories,
            "tags": self.tags,
            "author": self.author,
            "image": self.image,
            "comments": self.comments,
        }

    @property
    def published_at(self) -> str:
        """The publication as a record writes it."""
        return self.published.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class World:
    """All posts, newest first."""

    posts: list[Post]

    def by_kind(self, kind: str) -> list[Post]:
        """The posts of one kind: ``ordinary``, ``decoy``, ``fault``."""
        return [post for post in self.posts if post.kind == kind]


def build(shared: Path, publishers: Publishers) -> World:
    """Make the world from ``../shared`` at *shared*; *publishers* is told all pages and faults."""
    gold = {row["name"]: row for row in _gold(shared / "data" / "pages" / "gold.jsonl")}
    sentences = _Sentences(shared / "data" / "attribution" / "locale_templates.jsonl")
    pages = {name: _Saved.read(row, shared / "data" / "pages", publishers.port) for name, row in gold.items()}
    for page in pages.values():
        publishers.add_page(Page(page.url, page.file))
    posts = []
    links = {decoy.post: decoy.link for decoy in plan.DECOYS}
    for number, (name, page) in enumerate(sorted(pages.items())):
        target = pages[links.get(name, name)]
        linked = _moved(name, target, publishers) if name in plan.MOVED else target.url
        sentence, attribution = sentences.write(number, page, target, linked)
        decoy = name in links
        kind = _kind_of_copy(number, name, page.body)
        posts.append(
            Post(
                name=name,
                kind="decoy" if decoy else "ordinary",
                title=page.title,
                content=_paragraphs(_copy(kind, page.body)) + sentence,
                copy=kind,
                author=target.publisher,
                verdict=plan.DIFFERENT if decoy else plan.BY_READING.get(name, plan.ORIGINAL),
                attribution=attribution,
                language=page.language,
                gold=None if decoy else gold[name],
                original=None if decoy else page.url,
            )
        )
    # The article that a planted redirect leads to belongs to another site and another post.
    publishers.elsewhere = pages["fundus-uk-TheGuardian_2024_02_24"].url
    posts += [_fault_post(fault, publishers) for fault in plan.FAULTS]
    return World(_dated(posts))


#: A text shorter than this is copied whole.
_SHORT = 1_500
_NOTE = "Our morning letter gathers what happened overnight. It is free, and you can leave it at any time."


def _kind_of_copy(number: int, name: str, body: str) -> str:
    if name in plan.BY_READING or len(body) < _SHORT:
        return plan.COPIES[0]
    return plan.COPIES[number % len(plan.COPIES)]


def _copy(kind: str, body: str) -> list[str]:
    """The aggregator's copy of *body*, as the plan's :data:`~plan.COPIES` have it, in paragraphs."""
    paragraphs = [text.strip() for text in body.split("\n") if text.strip()]
    if kind == "whole":
        return paragraphs
    if kind == "abridged":
        return [text for place, text in enumerate(paragraphs) if place % 5 != 3] + [_NOTE]
    if kind == "opening":
        return paragraphs[: max(2, len(paragraphs) // 3)]
    return [_edited(text) for text in paragraphs]


def _edited(text: str) -> str:
    words = text.split(" ")
    for place in range(11, len(words), 20):
        words[place] = words[place - 1]
    return " ".join(words)


def _moved(name: str, page: _Saved, publishers: Publishers) -> str:
    """An address that redirects to *page* as the plan says, made known to *publishers*."""
    if plan.MOVED[name] == "elsewhere":
        link = f"http://short-links.test:{publishers.port}/{hashlib.sha256(name.encode()).hexdigest()[:7]}"
        publishers.add_redirect(link, page.url, 302)
        return link
    link, middle = f"{page.home}go/{name.lower()}", f"{page.home}gone/{name.lower()}"
    if plan.MOVED[name] == "chain":
        publishers.add_redirect(link, middle)
        publishers.add_redirect(middle, page.url)
    else:
        publishers.add_redirect(link, page.url)
    return link


# --- real pages ---------------------------------------------------------------------------------------


def _gold(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["set"] in plan.SETS and row.get("body") and row["name"] not in plan.DUPLICATE_PAGES:
                yield row


@dataclass(frozen=True, slots=True)
class _Saved:
    url: str
    home: str
    file: Path
    title: str
    body: str
    publisher: str
    language: str

    @classmethod
    def read(cls, row: Mapping[str, Any], folder: Path, port: int) -> _Saved:
        file = folder / f"{row['name']}.html.gz"
        tree = lxml.html.document_fromstring(
            gzip.decompress(file.read_bytes()), parser=lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
        )
        parts = urlsplit(row["url"])
        host = f"{_test_host(parts.hostname or '')}:{port}"
        site_name = _first(tree, "//meta[@property='og:site_name']/@content")
        title = row.get("title") or _first(tree, "//meta[@property='og:title']/@content") or _first(tree, "//h1")
        return cls(
            url=urlunsplit(("http", host, parts.path or "/", parts.query, "")),
            home=f"http://{host}/",
            file=file,
            title=_line(title or _first(tree, "//title")) or row["name"],
            body=row["body"],
            publisher=_line(site_name if "://" not in site_name else "") or (parts.hostname or "").removeprefix("www."),
            language=_line(_first(tree, "/html/@lang")).partition("-")[0].lower() or "en",
        )


def _first(tree: Any, path: str) -> str:
    for found in tree.xpath(path):
        text = found if isinstance(found, str) else found.text_content()
        if text.strip():
            return str(text)
    return ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _test_host(host: str) -> str:
    """``www.derstandard.at`` as ``www.derstandard-at.test``: one two-label domain for each registrable one."""
    found = _SUFFIXES(host)
    registrable = found.top_domain_under_public_suffix or host
    name = registrable.replace(".", "-") + ".test"
    return f"{found.subdomain}.{name}" if found.subdomain and registrable != host else name


# --- attributions -------------------------------------------------------------------------------------


class _Sentences:
    """Yoast's sentence in the languages that a file of real translations has."""

    _ANCHOR = re.compile(r"<a\b[^>]*>.*?</a>", re.DOTALL)
    _LAST = re.compile(r"<p>(?:(?!<p>).)*</p>\s*\Z", re.DOTALL)
    _LANGUAGES: Mapping[str, str] = {"no": "nb", "nn": "nb", "iw": "he"}

    def __init__(self, file: Path) -> None:
        self._by_language: dict[str, list[str]] = {}
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                case = json.loads(line)
                last = self._LAST.search(case["html"])
                if last is None or len(self._ANCHOR.findall(last[0])) != 2:
                    continue
                parts = iter(("{post}", "{blog}"))
                template = self._ANCHOR.sub(lambda _, parts=parts: next(parts), last[0].strip())  # type: ignore[misc]
                known = self._by_language.setdefault(case["lang"].partition("_")[0], [])
                if template not in known:
                    known.append(template)
        self._by_language["en"] = ["<p>The post {post} appeared first on {blog}.</p>"]

    def languages(self) -> list[str]:
        """The languages there are sentences for."""
        return sorted(self._by_language)

    def write(self, number: int, page: _Saved, target: _Saved, link: str) -> tuple[str, dict[str, str | None]]:
        """The sentence that closes post *number*, a copy of *page* linked to *target* by *link*, and what it says.

        Most have two links; every eleventh links the title alone, every seventh is nested, and
        ``rel="nofollow"`` comes and goes as it does with Yoast's versions.
        """
        known = self._by_language.get(self._LANGUAGES.get(page.language, page.language), self._by_language["en"])
        rel = ' rel="nofollow"' if number % 3 else ""
        title, publisher = html.escape(page.title, quote=False), html.escape(target.publisher, quote=False)
        post = f'<a{rel} href="{html.escape(link)}">{title}</a>'
        one_link = number % 11 == 5
        blog = publisher if one_link else f'<a{rel} href="{html.escape(target.home)}">{publisher}</a>'
        sentence = known[number % len(known)].replace("{post}", post).replace("{blog}", blog)
        if number % 7 == 3:
            sentence = sentence.replace("<p>", "<p><em>", 1).replace("</p>", "</em></p>", 1)
        return sentence, {
            "original_url": link,
            "original_title": page.title,
            "publisher_name": target.publisher,
            "publisher_url": None if one_link else target.home,
        }


def _paragraphs(texts: list[str] | tuple[str, ...]) -> str:
    return "".join(f"<p>{html.escape(text.strip(), quote=False)}</p>\n" for text in texts if text.strip())


# --- faults -------------------------------------------------------------------------------------------


def _fault_post(fault: plan.Fault, publishers: Publishers) -> Post:
    host = f"www.{re.sub('[^a-z]+', '-', fault.publisher.lower()).strip('-')}.test:{publishers.port}"
    home = f"http://{host}/"
    article = home + fault.name + "/"
    expected: dict[str, str | None] | None = {
        "original_url": article,
        "original_title": fault.title,
        "publisher_name": fault.publisher,
        "publisher_url": home,
    }
    kind, _, argument = fault.behaviour.partition("-")
    links = {
        # The server's own address, plain and as one number: a crawler that asks is seen.
        "loopback": f"http://127.0.0.1:{publishers.port}/{fault.name}/",
        "decimal": f"http://2130706433:{publishers.port}/{fault.name}/",
        "file": "file:///etc/passwd",
    }
    assert expected is not None
    if kind == "unattributed":
        sentence, expected = "", None
    elif kind == "text":
        sentence = f"<p>The post {fault.title} appeared first on {fault.publisher}.</p>"
        expected |= {"original_url": None, "publisher_url": None}
    elif kind == "home":
        sentence = f'<p>The post appeared first on <a href="{home}">{fault.publisher}</a>.</p>'
        expected |= {"original_url": None, "original_title": None}
    else:
        link = links[argument] if kind == "link" else article
        sentence = (
            f'<p>The post <a rel="nofollow" href="{link}">{fault.title}</a> appeared first on '
            f'<a rel="nofollow" href="{home}">{fault.publisher}</a>.</p>'
        )
        # A file: address may be left out of the record or kept in it: only the request is forbidden.
        expected["original_url"] = link
        if kind != "link":
            publishers.add_fault(host, fault.behaviour)
    return Post(
        name=fault.name,
        kind="fault",
        title=fault.title,
        content=_paragraphs(fault.text) + sentence,
        author=fault.publisher,
        verdict=fault.verdict,
        attribution=expected,
    )


# --- dates, categories, pictures ----------------------------------------------------------------------


#: What readers write is no attribution, whatever it says.
_COMMENT = (
    'The post <a href="http://www.commenters-own.test/best-of/">Best of everything</a> appeared first on '
    '<a href="http://www.commenters-own.test/">Commenters Own</a>.'
)


def _dated(posts: list[Post]) -> list[Post]:
    """Spread *posts* over the plan's years, newest first, in an order that has nothing to do with their kinds."""
    first, last = (dt.datetime.fromisoformat(day) for day in (plan.FIRST_DAY, plan.LAST_DAY))
    posts = sorted(posts, key=lambda post: hashlib.sha256(post.name.encode()).digest())
    step = (last - first) / (len(posts) - 1)
    for number, post in enumerate(posts):
        digest = hashlib.sha256(post.name.encode()).digest()
        # Up to a third of a step aside: days with several posts and days with none.
        aside = step * ((digest[0] - 128) / 384) if 0 < number < len(posts) - 1 else dt.timedelta()
        post.published = (last - step * number + aside).replace(microsecond=0)
        post.categories = [CATEGORIES[digest[1] % len(CATEGORIES)]]
        if digest[2] % 4 == 0 and CATEGORIES[0] not in post.categories:
            post.categories.append(CATEGORIES[0])
        post.tags = [f"Tag {digest[3] % 20}"] if digest[3] % 3 else []
        post.comments = [_COMMENT] if post.attribution is None or digest[5] % 16 == 0 else []
        if digest[4] % 2:
            post.image = f"{post.published:%Y/%m}/{hashlib.sha256(post.name.encode()).hexdigest()[:12]}.jpg"
    # Four posts of one second, across the hundredth: an API's page of 100 ends in the middle of them.
    for post in posts[99:102]:
        post.published = posts[98].published
    # Two posts an hour apart whose local time is the same: the clock went back between them.
    autumn = dt.datetime(2024, 11, 3, 3, 45, tzinfo=dt.UTC)
    at = min(range(1, len(posts) - 2), key=lambda number: abs(posts[number].published - autumn))
    posts[at].published, posts[at + 1].published = autumn + dt.timedelta(hours=1), autumn
    return posts
