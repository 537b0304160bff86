# ruff: noqa: E501 - tables of words
"""The smaller fields: article node, canonical URL, publisher, section, tags, summary, image, language, rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from newscrawl.html.structured import ARTICLE_TYPES, PageData, text_of, types_of, unescape
from newscrawl.html.usage import usage_metas
from newscrawl.language import recognise
from newscrawl.text import clean_line
from newscrawl.urls import join, registrable_domain

__all__ = [
    "article_node",
    "read_canonical",
    "read_image",
    "read_language",
    "read_paywalled",
    "read_publisher",
    "read_rights",
    "read_section",
    "read_summary",
    "read_tags",
    "same_site",
]

_SPACE = re.compile(r"\s+")
MAX_URL = 2_000


def _key(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("amp.")
    return host + parts.path.rstrip("/")


def _url_of(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value if isinstance(value, str) else None


def article_node(data: PageData, url: str) -> dict[str, Any] | None:
    """The JSON-LD object that describes the page's own article, or ``None``.

    Among several, the one whose URL is the page's; then the one whose headline
    stands in the page's heading or title; then the first that has a headline.
    One whose address and headline are both another article's is not taken.
    """
    candidates = [n for n in data.nodes if types_of(n) & ARTICLE_TYPES][:200]
    heads = [_SPACE.sub(" ", "".join(h.itertext())[:2000]).strip().casefold() for h in data.h1]
    heads += [(data.title_tag or "").casefold(), unescape(data.first("og:title") or "").casefold()]
    heads = [head for head in heads if head]
    best: tuple[int, dict[str, Any]] | None = None
    for node in candidates:
        score = _rank(node, url, heads)
        if (best is None or score > best[0]) and not _is_another(node, url, heads):
            best = score, node
    return best[1] if best else None


def _addresses(node: dict[str, Any], url: str) -> Iterator[bool]:
    """For each address that *node* gives itself whether it is that of the page."""
    try:
        here = _key(url)
    except ValueError:
        return
    for key in ("url", "@id", "mainEntityOfPage"):
        target = _url_of(node.get(key))
        try:
            # An address of the front page, or a bare fragment, says nothing.
            if target and (there := _key(join(url, target.split("#")[0]))) and "/" in there:
                yield there == here
        except ValueError:
            continue


def _headline(node: dict[str, Any]) -> str:
    return (text_of(node.get("headline")) or text_of(node.get("name")) or "").casefold()


def _rank(node: dict[str, Any], url: str, heads: list[str]) -> int:
    score = 4 * any(_addresses(node, url))
    headline = _headline(node)
    if headline and any(headline[:80] in head or head in headline for head in heads):
        score += 3
    score += sum(bool(node.get(key)) for key in ("headline", "datePublished", "author"))
    return score - 2 * bool(types_of(node) & {"review", "criticreview", "recipe", "discussionforumposting"})


def _is_another(node: dict[str, Any], url: str, heads: list[str]) -> bool:
    """Whether *node* is about another article: its address is another's, and its headline shares no word in three."""
    own = list(_addresses(node, url))
    headline = set(_WORD.findall(_headline(node)))
    if any(own) or not own or not headline or not heads:
        return False
    return all(len(headline & set(_WORD.findall(head))) * 3 < len(headline) for head in heads)


_WORD = re.compile(r"[^\W_]{3,}|[\u0e00-\uffff]")


def same_site(one: str, other: str) -> bool:
    """Whether two hosts are of one registrable domain (the last two labels where the suffix is unknown)."""
    if not one or not other:
        return False
    return one == other or registrable_domain(one, private=False) == registrable_domain(other, private=False) != ""


def _clean_url(value: str | None, base: str) -> str | None:
    """*value* made absolute against *base*, if it is a plausible http(s) URL."""
    if not value:
        return None
    value = unescape(value.strip())
    if not value or len(value) > MAX_URL or any(c in value for c in '<>"{}|\\^`\n\r\t '):
        return None
    try:
        absolute = join(base, value)
        parts = urlsplit(absolute)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        return None
    if port == 0 or not re.fullmatch(r"[\w.\-]{1,253}|[0-9a-fA-F:.]{2,45}", host):
        return None
    return urlunsplit(parts._replace(fragment=""))


def read_canonical(data: PageData, article: dict[str, Any] | None, url: str) -> tuple[str | None, str | None]:
    """(canonical URL, source): of the page's own site where there is one, and not its front page when the page is not.

    A canonical of another site is how syndicated copies, test mirrors and
    attackers look: it is told where there is no other, and the caller must
    not take it for the page's address.
    """
    candidates: list[tuple[str | None, str]] = [(href, "html") for href, _ in data.links.get("canonical", ())[:3]]
    candidates.append((data.first("og:url"), "opengraph"))
    if article:
        candidates.append((_url_of(article.get("url")) or _url_of(article.get("mainEntityOfPage")), "json-ld"))
    try:
        here = urlsplit(url)
        host, path = here.hostname or "", here.path
    except ValueError:
        return None, None
    foreign: tuple[str, str] | None = None
    for value, source in candidates:
        clean = _clean_url(value, url)
        if not clean:
            continue
        parts = urlsplit(clean)
        if len(path.strip("/")) > 1 and not parts.path.strip("/") and not parts.query:
            continue  # the front page as the canonical of an article: a broken template
        if "undefined" in parts.path or "null" in parts.path.split("/"):
            continue
        if same_site((parts.hostname or "").lower(), host.lower()):
            return clean, source
        foreign = foreign or (clean, source)
    return foreign or (None, None)


def read_publisher(data: PageData, article: dict[str, Any] | None) -> tuple[str | None, str | None]:
    """(publisher's name, source)."""
    if article:
        for key in ("publisher", "sourceOrganization", "provider"):
            value = data.resolve(article.get(key))
            if isinstance(value, list) and value:
                value = data.resolve(value[0])
            name = clean_line(text_of(value), limit=200) if not isinstance(value, str) else clean_line(value, limit=200)
            if name and not name.startswith(("http:", "https:", "//", "#")):
                return name, "json-ld"
    if name := clean_line(data.first("og:site_name", "og:sitename"), limit=200):
        return name, "opengraph"
    name = clean_line(data.first("dc.publisher", "publisher", "application-name", "cre", "copyright"), limit=200)
    if name and not name.startswith(("http:", "https:")):
        return name, "meta"
    for kind in ({"newsmediaorganization"}, {"organization"}, {"website"}):
        for node in data.nodes[:300]:
            if types_of(node) & kind and (name := clean_line(text_of(node.get("name")), limit=200)):
                return name, "json-ld"
    return None, None


def read_section(data: PageData, article: dict[str, Any] | None) -> tuple[str | None, str | None]:
    """(section, source)."""
    if article:
        section = article.get("articleSection")
        if isinstance(section, list):
            section = next((s for s in section if isinstance(s, str) and s.strip()), None)
        if isinstance(section, str) and (name := clean_line(unescape(section), limit=100)):
            return name, "json-ld"
    name = data.first("article:section", "og:article:section")
    if name and (clean := clean_line(name, limit=100)):
        return clean, "opengraph"
    for key in (
        "section",
        "parsely-section",
        "sailthru.section",
        "cxenseparse:section",
        "dc.subject.section",
        "lp.section",
    ):
        if clean := clean_line(data.first(key), limit=100):
            return clean, "meta"
    for node in data.nodes[:300]:
        if "breadcrumblist" in types_of(node):
            items = node.get("itemListElement")
            names = []
            for item in items[:12] if isinstance(items, list) else ():
                if isinstance(item, dict):
                    name = text_of(item.get("name")) or text_of(item.get("item"))
                    if name and not name.startswith("http"):
                        names.append(name)
            # First is the site's front page, last the article itself.
            if len(names) >= 3 and (clean := clean_line(names[1], limit=100)):
                return clean, "json-ld"
    return None, None


def read_tags(data: PageData, article: dict[str, Any] | None) -> tuple[list[str], str | None]:
    """(tags, source): keywords without repeats, at most 50."""
    sources: list[tuple[list[str], str]] = []
    if article:
        keywords = article.get("keywords")
        values = keywords if isinstance(keywords, list) else [keywords]
        sources.append(([t for v in values[:100] if (t := text_of(v))], "json-ld"))
    sources.append((data.meta.get("article:tag", []), "opengraph"))
    for name in ("news_keywords", "keywords", "parsely-tags", "sailthru.tags", "cxenseparse:taxonomy"):
        sources.append((data.meta.get(name, []), "meta"))
    for values, source in sources:
        out: list[str] = []
        seen: set[str] = set()
        for value in values[:100]:
            parts = (
                re.split(r"\s*[;|]\s*", value) if ";" in value or "|" in value else re.split(r"\s*[,，、]\s*", value)
            )
            for part in parts:
                tag = clean_line(unescape(part), limit=100)
                # Machine tags (nsPath:article, 1.234567) say nothing to a reader.
                if not tag or tag.casefold() in seen or re.fullmatch(r"[\d.\-_:]+", tag) or "://" in tag:
                    continue
                seen.add(tag.casefold())
                out.append(tag)
        if out:
            return out[:50], source
    return [], None


def read_summary(data: PageData, article: dict[str, Any] | None) -> tuple[str | None, str | None]:
    """(the page's own summary, source)."""
    candidates = [
        (text_of(article.get("description")) if article else None, "json-ld"),
        (data.first("og:description"), "opengraph"),
        (data.first("description", "dc.description", "twitter:description", "sailthru.description"), "meta"),
    ]
    for value, source in candidates:
        clean = clean_line(re.sub(r"<[^<>]{1,200}>", " ", unescape(value)) if value else None)
        if clean and len(clean) > 15:
            return clean, source
    return None, None


def read_image(data: PageData, article: dict[str, Any] | None, url: str) -> tuple[str | None, str | None]:
    """(absolute URL of the lead image, source)."""
    if article:
        value: Any = article.get("image")
        for _ in range(3):
            if isinstance(value, list):
                value = value[0] if value else None
            value = data.resolve(value)
            if isinstance(value, dict):
                value = value.get("url") or value.get("contentUrl") or value.get("@id")
        if isinstance(value, str) and (clean := _clean_url(value.split("#")[0], url)):
            return clean, "json-ld"
    for name, source in (("og:image:secure_url", "opengraph"), ("og:image", "opengraph"), ("og:image:url", "opengraph"), ("twitter:image", "meta"), ("twitter:image:src", "meta"), ("thumbnail", "meta")):  # fmt: skip
        if clean := _clean_url(data.first(name), url):
            return clean, source
    for href, _ in data.links.get("image_src", ()):
        if clean := _clean_url(href, url):
            return clean, "html"
    return None, None


_BCP47 = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}\Z", re.I)
_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi", "jp": "ja", "cz": "cs", "kr": "ko", "gr": "el", "ua": "uk", "se": "sv", "dk": "da", "cn": "zh"}  # fmt: skip
_LANGUAGE_NAMES = {"english": "en", "deutsch": "de", "german": "de", "french": "fr", "spanish": "es", "portuguese": "pt", "italian": "it", "dutch": "nl", "russian": "ru"}  # fmt: skip


def _tag(value: str | None) -> str | None:
    """*value* as a BCP 47 tag in its usual case (``en``, ``pt-BR``, ``zh-Hans``), or ``None``."""
    if not value:
        return None
    value = value.strip().split(",")[0].split(";")[0].strip()
    value = _LANGUAGE_NAMES.get(value.lower(), value)
    if not _BCP47.match(value):
        return None
    parts = value.replace("_", "-").split("-")
    parts[0] = _OLD_CODES.get(parts[0].lower(), parts[0].lower())
    if parts[0] in {"und", "mul", "zxx", "xx"}:
        return None
    out = [parts[0]]
    for part in parts[1:]:
        if len(part) == 2:
            out.append(part.upper())
        elif len(part) == 4 and part.isalpha():
            out.append(part.title())
        elif len(part) == 3 and part.isdigit():
            out.append(part)
        else:
            break
    return "-".join(out)


#: Characters read of a text to see that it begins in the declared language, as nearly all do, and to name another one.
#: Every page pays for them.
_TO_AGREE, _TO_JUDGE = 300, 700


def read_language(data: PageData, article: dict[str, Any] | None, text: str | None) -> tuple[str | None, str | None]:
    """(BCP 47 tag, source): what the page declares, unless its text is plainly in another language.

    Templates are copied with their ``lang``: a declaration that contradicts a long, clearly recognised text loses.
    """
    candidates: list[tuple[str | None, str]] = []
    if article:
        language = article.get("inLanguage")
        if isinstance(language, dict):
            language = language.get("alternateName") or language.get("name")
        candidates.append((language if isinstance(language, str) else None, "json-ld"))
    candidates.append((data.html_lang, "html"))
    candidates.append((data.first("og:locale"), "opengraph"))
    candidates.append((data.first("content-language", "language", "dc.language", "dcterms.language"), "meta"))
    declared: tuple[str, str] | None = None
    for value, source in candidates:
        if tag := _tag(value):
            declared = (tag, source)
            break
    base = declared[0].split("-")[0] if declared else None
    if declared and recognise(text, most=_TO_AGREE) == base:
        return declared
    guessed = recognise(text, most=_TO_JUDGE)
    # Closely related languages are mistaken for each other; there the page knows better.
    if guessed and guessed != base and not (base and _close(guessed, base)):
        for value, source in candidates:
            if (tag := _tag(value)) and tag.split("-")[0] == guessed:
                return tag, source
        return guessed, "text"
    return declared or (None, None)


_CLOSE = (
    {"da", "no", "nb", "nn", "sv", "fo", "is", "kl"}, {"hr", "sr", "bs", "sl", "mk", "bg", "sh"}, {"cs", "sk"}, {"es", "gl", "ca", "pt", "oc", "an", "ast"},
    {"id", "ms", "jv", "su"}, {"ru", "uk", "be", "bg"}, {"hi", "mr", "ne", "bho", "sa"}, {"ur", "ar", "fa", "ps"}, {"nl", "af", "fy"},
    {"de", "lb", "gsw", "nds", "als"}, {"xh", "zu", "st", "tn", "ss", "nr", "ve", "ts", "sw", "rw"}, {"zh", "yue", "wuu"}, {"it", "co", "scn"}, {"az", "tr", "tk"},
)  # fmt: skip


def _close(one: str, other: str) -> bool:
    return any(one in group and other in group for group in _CLOSE)


def read_paywalled(data: PageData, article: dict[str, Any] | None) -> tuple[bool | None, str | None]:
    """(what the page declares about free access, source)."""
    for node in [article, *data.nodes[:300]] if article else data.nodes[:300]:
        value = node.get("isAccessibleForFree") if node else None
        if value is None:
            continue
        text = str(value).strip().lower()
        if text in {"false", "0", "no"}:
            return True, "json-ld"
        if text in {"true", "1", "yes"}:
            return False, "json-ld"
    tier = (data.first("article:content_tier", "og:article:content_tier") or "").lower()
    if tier in {"locked", "metered"}:
        return True, "opengraph"
    if tier == "free":
        return False, "opengraph"
    return None, None


def read_rights(data: PageData, article: dict[str, Any] | None) -> dict[str, str]:
    """Raw rights signals in the page: signal name -> value as written. No verdict.

    Sources: meta elements for robots, for agents by name, and of the TDM Reservation Protocol (W3C CG); schema.org
    ``license`` and ``isAccessibleForFree``; ``rel=license`` of links (the microformat, RSL). ``license_source``:
    ``json-ld`` or ``html``.
    """
    rights: dict[str, str] = {}
    for name, content in usage_metas(data.meta):
        rights[name] = f"{rights[name]}, {content}" if name in rights else content
    for name in ("dc.rights", "dcterms.rights", "copyright"):
        if value := clean_line(data.first(name), limit=300):
            rights[name] = value
    if article:
        for key in ("license", "isAccessibleForFree", "copyrightHolder", "usageInfo", "conditionsOfAccess"):
            value = article.get(key)
            if value is None:
                continue
            text = (
                str(value).lower() if isinstance(value, bool) else clean_line(text_of(data.resolve(value)), limit=300)
            )
            if text:
                rights[key] = text
    if "license" in rights:
        rights["license_source"] = "json-ld"
    else:
        for href, _ in data.links.get("license", ())[:1]:
            rights["license"] = clean_line(href, limit=300) or ""
            rights["license_source"] = "html" if rights["license"] else ""
    return {key: value for key, value in rights.items() if value}
