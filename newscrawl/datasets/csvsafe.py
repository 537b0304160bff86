"""CSV cells that a spreadsheet does not take for formulas, and the reader that undoes it."""

from __future__ import annotations

__all__ = ["guard", "unguard"]

# OWASP "CSV Injection": these begin a formula or are skipped before one; the apostrophe, so that it can be undone.
_DANGEROUS = ("=", "+", "-", "@", "'", "\t", "\r")


def guard(cell: str) -> str:
    """*cell* with one leading ``'`` where a spreadsheet might run it."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def unguard(cell: str) -> str:
    """The inverse of :func:`guard`."""
    return cell[1:] if cell.startswith("'") else cell
