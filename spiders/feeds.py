"""RSS and Atom feeds, named by ``-a feeds=``."""

from newscrawl.aggregators.feeds import FeedsSpider as _FeedsSpider


class FeedsSpider(_FeedsSpider):
    """What feeds list, and the originals that their entries name. Tried on saved feeds, never on a live one."""

    name = "feeds"
