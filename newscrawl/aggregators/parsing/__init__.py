"""Pure parsers of what aggregators answer: no Scrapy, no I/O."""
