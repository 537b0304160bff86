"""One post, however a surface writes its address: http or https, AMP, trackers, ``?p=ID``. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newscrawl.urls import FROZEN_TRACKERS, is_home_page, same_site

__all__ = ["may_be_post", "number_in", "post_url"]

_AMP_PATH = re.compile(r"(?<=/)amp/?\Z")
# What is left of a date or the front page was no AMP form: a post may be called "amp".
_NO_POST_PATH = re.compile(r"(?:/[0-9]{4}(?:/[0-9]{1,2}){0,2})?/?\Z")
_AMP_NAMES = frozenset({"amp", "amp_markup", "noamp"})
# WordPress's own bases of what is no post.
_LISTS = re.compile(
    r"/(?:category|tag|author|page|feed|comments|wp-content|wp-json|wp-admin)/"
    r"|/(?:feed|amp|comments|wp-login\.php)/?\Z|/page/[0-9]{1,6}/?\Z"
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|xml|css|js|zip)\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


def number_in(url: str | None) -> str | None:
    """The post's number in an address such as ``https://site/?p=123``, WordPress's short form; else ``None``."""
    if not url:
        return None
    parts = urlsplit(url)
    found = dict(parse_qsl(parts.query)).get("p", "")
    return found if parts.path in ("", "/") and _NUMBER.match(found) else None


def post_url(url: str, site: str) -> str:
    """*url* as the post's own address on *site*: the site's scheme, no AMP form, trackers or fragment.

    An address of another site comes back as it is.
    """
    if not same_site(url, site):
        return url
    parts, home = urlsplit(url), urlsplit(site)
    scheme = home.scheme if parts.hostname == home.hostname and parts.port == home.port else parts.scheme
    if parts.hostname == home.hostname and not parts.port and not home.port:
        scheme = home.scheme
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in FROZEN_TRACKERS | _AMP_NAMES and not name.lower().startswith("utm_")
    ]
    path = _AMP_PATH.sub("", parts.path)
    if _NO_POST_PATH.match(path):
        path = parts.path
    return urlunsplit((scheme, parts.netloc, path or "/", urlencode(query), ""))


def may_be_post(url: str, site: str) -> bool:
    """Whether *url* may be a post of *site*, going by its address: no front page, list, feed or file."""
    path = urlsplit(url).path
    return same_site(url, site) and not is_home_page(url) and not _LISTS.search(path) and not _FILE.search(path)
