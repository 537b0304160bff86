"""Posts' texts beside their originals: kept whole, in few bytes, and gone when they are taken down."""

from __future__ import annotations

import random

from newscrawl.storage.copies import pack, unpack
from tests.dedupe.world import edited, paragraphs, story


def test_a_copy_takes_few_bytes() -> None:
    rng = random.Random(1)
    parts = story(rng, 12, 60)
    original, copy = paragraphs(parts), paragraphs(edited(rng, parts, 0.01))
    packed = pack(copy, original)
    assert unpack(packed, original) == copy
    assert len(packed) < len(copy.encode()) / 8
    assert unpack(packed, f"{original} and more") is None


def test_texts_of_any_kind() -> None:
    for text in ("", "\ud800 half a pair", "字" * 50_000, "e\u0301" * 9):
        packed = pack(text, "beside")
        assert unpack(packed, "beside") == text.encode("utf-8", "replace").decode()
    assert unpack(b"nonsense", "beside") is None
