"""The language of a text, told by a recogniser that is shipped with its model. Pure, no network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

__all__ = ["is_judged", "load", "recognise"]

#: Shorter texts are not judged, and only so much of a longer one is read.
LEAST = 200
MOST = 2_000
#: Below this probability nothing is said: a wrong language is worse than none.
SURE = 0.99


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # 0.3 to 1.5 s and 60 MB where its model is to be unpacked: only where a text needs it.
    from newscrawl.language_model import identifier

    return identifier()


def load() -> None:
    """Load the recogniser now: whoever bounds the time of a text must not count it."""
    _identifier()


def is_judged(text: str | None) -> bool:
    """Whether *text* is long enough for its language to be told."""
    return text is not None and len(text) >= LEAST


def recognise(text: str | None, *, most: int = MOST) -> str | None:
    """The ISO 639-1 code of *text*'s language, told by its first *most* characters; ``None`` where that is not sure."""
    if text is None or not is_judged(text):
        return None
    language, probability = _identifier().classify(text[:most])
    return str(language) if probability > SURE else None
