"""DNYUZ (https://dnyuz.com): a WordPress aggregator of US and world news."""

from newscrawl.aggregators.wordpress import WordPressSpider


class DnyuzSpider(WordPressSpider):
    """Posts of dnyuz.com and their originals.

    Known from saved text and public code, never crawled live by this project:
    permalinks ``/YYYY/MM/DD/slug/``, the REST API open for searches, the
    attribution *The post … appeared first on …* linking the publisher's home
    page, or the original.
    """

    name = "dnyuz"
    site = "https://dnyuz.com"
