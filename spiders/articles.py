"""Articles by their own addresses: ``-a url=`` or ``-a urls=``."""

from newscrawl.aggregators.articles import ArticlesSpider as _ArticlesSpider


class ArticlesSpider(_ArticlesSpider):
    """Originals alone. Tried on saved pages, never on a live site by this project."""

    name = "articles"
