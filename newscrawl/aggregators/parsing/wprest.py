"""The old place of :mod:`newscrawl.surfaces.parsing.rest`, kept for scripts that import it."""

from newscrawl.surfaces.parsing.rest import parse_posts, parse_terms, parse_total

__all__ = ["parse_posts", "parse_terms", "parse_total"]
