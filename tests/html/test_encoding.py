"""Text that was encoded twice is mended; text that only looks like it stays."""

from __future__ import annotations

import pytest

from newscrawl.html.encoding import mended

TEXT = "“Don’t,” she said – and the café’s owner, Jürgen Łoś, didn’t. 日本も."


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_what_was_encoded_twice_is_read(codec: str) -> None:
    plain = TEXT if codec == "latin-1" else "“Don’t – can’t – won’t, the café’s owner Jürgen says."
    broken = plain.encode().decode(codec, "ignore" if codec == "cp1252" else "strict")
    assert "’" in mended(broken)
    assert "Jürgen" in mended(broken)
    assert codec == "cp1252" or mended(broken) == plain


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "plain ASCII",
        "„Groß“ und »Spaß«, „NATÜRLICH Ü“, Ñandú º ª",
        "NÃO, São Paulo – â, Ã, €",
        # One mark alone may be an article about such marks.
        "A page that shows â€™ where an apostrophe was meant.",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert mended(text) == text
