"""Commands added to `scrapy`: thin, what PRODUCT lists."""
