"""One post, however a surface writes its address: http or https, AMP, trackers, ``?p=ID``. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newscrawl.urls import FROZEN_TRACKERS, same_site

__all__ = ["number_in", "post_url"]

_AMP_PATH = re.compile(r"(?<=/)amp/?\Z")
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
        if name.lower() not in FROZEN_TRACKERS and not name.lower().startswith("utm_") and name.lower() != "amp"
    ]
    return urlunsplit((scheme, parts.netloc, _AMP_PATH.sub("", parts.path) or "/", urlencode(query), ""))
