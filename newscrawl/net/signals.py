"""Signals of this room, sent through ``crawler.signals``."""

from __future__ import annotations

__all__ = ["robots_known"]

#: A host's robots.txt is known. Arguments: ``host`` (ASCII name), ``origin`` (``https://name:port``), ``crawl_delay``
#: (seconds or ``None``), ``rights`` (dict of :mod:`newscrawl.net.rights` signals), ``reachable`` (bool).
robots_known = object()
