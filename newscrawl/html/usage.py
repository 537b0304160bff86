"""What a page's own markup says of its use, as written: no verdict, which is `newscrawl.net.rights`'. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from newscrawl.text import clean_line

__all__ = ["licence_links", "licence_of", "usage_metas"]

#: Names of meta elements that always speak of use. Any other name may be that of an agent, ours or an AI's: it counts
#: where its content holds a directive.
_NAMES = frozenset({"robots", "tdm-reservation", "tdm-policy", "dcterms.license", "dc.license"})
_DIRECTIVE = re.compile(
    r"(?:^|[\s,])(?:none|no(?:index|follow|archive|snippet|cache|imageindex|ai|imageai|ml|translate))(?=[\s,]|$)",
    re.IGNORECASE,
)
#: Longest content that can be a list of directives, and elements that are handed on.
_MAX_DIRECTIVES = 500
_MAX_METAS = 60


def usage_metas(meta: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Name (lower case) and content of each meta element that speaks of use, at most 60. *meta*: contents by name."""
    found: list[tuple[str, str]] = []
    for name, values in meta.items():
        for value in values:
            if name in _NAMES or (len(value) <= _MAX_DIRECTIVES and _DIRECTIVE.search(value)):
                cleaned = clean_line(value, limit=_MAX_DIRECTIVES)
                if cleaned:
                    found.append((name, cleaned))
                if len(found) >= _MAX_METAS:
                    return found
    return found


def licence_links(root: Any) -> list[str]:
    """The targets of ``rel=license`` on links in the page's text (the microformat), in order, at most 5."""
    anchors = root.xpath("//a[contains(@rel, 'icense') or contains(@rel, 'ICENSE')]")[:100]
    found = (licence_of(anchor.get("rel"), anchor.get("href")) for anchor in anchors)
    return [target for target in found if target][:5]


def licence_of(rel: str, href: str | None) -> str | None:
    """The target of a link that calls itself that of a licence, as it stands there; ``None`` for any other link."""
    if not href or ("icense" not in rel and "ICENSE" not in rel) or "license" not in rel[:200].lower().split():
        return None
    return href[:2_000].strip()
