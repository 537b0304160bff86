"""Where :class:`OriginalResult` was before it moved to :mod:`newscrawl.items`; kept for those who import it here."""

from newscrawl.items import OriginalResult

__all__ = ["OriginalResult"]
