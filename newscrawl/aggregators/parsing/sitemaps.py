"""The old place of :mod:`newscrawl.surfaces.parsing.sitemap`, kept for scripts that import it."""

from newscrawl.surfaces.parsing.sitemap import parse_sitemap

__all__ = ["parse_sitemap"]
