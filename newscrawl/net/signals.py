"""Signals of this room, sent through ``crawler.signals``, and the meta key that two of its parts share."""

from __future__ import annotations

__all__ = ["HEAD_BYTES", "robots_known"]

#: A host's robots.txt is known. Arguments: ``host`` (ASCII name), ``origin`` (``https://name:port``), ``crawl_delay``
#: (seconds; ``None`` without one, and for a site that is skipped since it asks for too many), ``rights`` (dict of
#: :mod:`newscrawl.net.rights` signals), ``reachable`` (bool).
robots_known = object()

#: ``request.meta`` key: stop reading the body after so many bytes and keep what came.
HEAD_BYTES = "newscrawl_head_bytes"

#: The crawl stops now: whatever is in flight is to fail. No arguments.
abort_downloads = object()
