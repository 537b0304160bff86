"""Any aggregator on any platform, named by ``-a site=https://…``."""

from newscrawl.aggregators.site import SiteSpider as _SiteSpider


class SiteSpider(_SiteSpider):
    """Posts of the site given and their originals, by whichever surface serves.

    Tried on made-up sites of Ghost, Blogger, Drupal, Medium and Substack, never on a live one by this project.
    """

    name = "site"
    needs = frozenset({"site"})
