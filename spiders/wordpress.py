"""Any WordPress aggregator, named by ``-a site=https://…``."""

from newscrawl.aggregators.wordpress import WordPressSpider as _WordPressSpider


class WordpressSpider(_WordPressSpider):
    """Posts of the site given and their originals; surfaces are probed, the attribution's language is found.

    Tried on WordPress 6.1 and saved pages, never on a live site by this project.
    """

    name = "wordpress"
    needs = frozenset({"site"})
