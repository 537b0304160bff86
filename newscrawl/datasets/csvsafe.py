"""CSV cells that a spreadsheet does not take for formulas, and the reader that undoes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["csv_line", "guard", "unguard"]

# OWASP "CSV Injection": these begin a formula, their full-width forms too where the locale is Japanese or Chinese; the
# apostrophe, so that it can be undone. White space and what is not seen may stand before: some readers trim it.
_DANGEROUS = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]*[=+\\-@'＝＋－−＠﹣﹢﹦﹫]|[\t\r]")


def guard(cell: str) -> str:
    """*cell* with one leading ``'`` where a spreadsheet might run it."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def unguard(cell: str) -> str:
    """The inverse of :func:`guard`."""
    return cell[1:] if cell.startswith("'") else cell


def csv_line(cells: Iterable[str]) -> bytes:
    """A line of CSV in UTF-8, each cell in quotes; an empty cell stays empty, which readers take for null.

    Without quotes a spreadsheet whose locale parts cells by a semicolon takes what stands behind one for a cell of its
    own, which may begin like a formula. Whether each spreadsheet heeds quotes there was not tried: read the file as
    comma-separated.
    """
    line = ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in cells)
    return f"{line}\r\n".encode()
