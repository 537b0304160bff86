"""The old place of :mod:`newscrawl.surfaces.parsing.feed`, kept for scripts that import it."""

from newscrawl.surfaces.parsing.feed import parse_feed, parse_opml

__all__ = ["parse_feed", "parse_opml"]
