"""Commands added to `scrapy`: thin; the logic is in the rooms they call."""
