"""Any aggregator on any platform: what it serves is found."""

from __future__ import annotations

from newscrawl.aggregators.wordpress import WordPressSpider

__all__ = ["SiteSpider"]


class SiteSpider(WordPressSpider):
    """Base of the spider ``site``: Ghost, Blogger, Drupal, Medium, Substack, WordPress, or anything with a feed, a
    sitemap, JSON-LD lists or list pages.

    The surfaces find the platform's own addresses: see :mod:`newscrawl.surfaces.feed`.
    """
