"""Pure parsers of what listings answer: no Scrapy, no I/O."""
