"""Whether a publication's name and a domain say the same, in any script. Pure, no I/O.

*ネタフル* is ``netafull.net``, *Ведомости* is ``vedomosti.ru``, *TRAICY（トライシー）* is ``traicy.com``.
"""

from __future__ import annotations

import re

from anyascii import anyascii

from newscrawl.urls import registrable_domain

__all__ = ["name_fits_domain", "name_keys"]

_BRACKETS = re.compile(r"[(（\[【〔「『](.{2,60}?)[)）\]】〕」』]")
_PARTS = re.compile(r"\s+[|｜–—:·•-]+\s+|[|｜]")
# Words that a domain leaves out.
_FILLERS = re.compile(
    r"\b(?:the|la|le|el|il|der|die|das|news|online|media|blog|magazine|site|website|com|net|org|n'?yus|nius|onlayn|mediya)\b"
)
# The same, as part of a domain's label.
_FILLED = re.compile(r"^(?:the|le)(?=\w{4})|(?:news|online|media|blog|mag|tv|info|press)$")
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
#: Letters that a name must have before its sound alone says anything.
_LEAST = 4
_MOST_PARTS = 12


def name_keys(name: str) -> frozenset[str]:
    """The forms in Latin letters by which *name* may be compared: whole, its parts, what stands in brackets."""
    name = _ADDRESS.sub("", name.strip()[:300])
    pieces = [name, _BRACKETS.sub(" ", name), *_BRACKETS.findall(name), *_PARTS.split(name)]
    keys = set()
    for piece in pieces[:_MOST_PARTS]:
        latin = anyascii(piece[:200]).lower()
        for form in (latin, _FILLERS.sub(" ", latin)):
            key = "".join(char for char in form if char.isalnum())
            if len(key) > 1:
                keys.add(key)
    return frozenset(keys)


def name_fits_domain(name: str, url_or_domain: str) -> bool:
    """Whether *name* says the same as the domain's label: letter by letter, or by its sound in another script."""
    domain = registrable_domain(url_or_domain)
    label = "".join(char for char in domain.partition(".")[0] if char.isalnum())
    whole = "".join(char for char in domain if char.isalnum())
    if not label:
        return False
    keys = name_keys(name)
    if keys & {label, whole}:
        return True
    if name.isascii():
        return False
    sounds = {sound for one in (label, _FILLED.sub("", label)) if len(sound := _skeleton(one)) >= _LEAST - 1}
    return any(_skeleton(key) in sounds for key in keys if len(key) >= _LEAST)


def _skeleton(latin: str) -> str:
    """The consonants of a word as transcriptions keep them: l and r one, doubled ones single, vowels left out."""
    plain = latin.replace("ph", "f").replace("ts", "c").translate(str.maketrans("lvckqy", "rbkkki"))
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouw\d]", "", plain))
