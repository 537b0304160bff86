"""A small synthetic world on loopback: an aggregator, its publishers, and what a crawl of them is to find.

All names, titles and texts are made up by a seeded generator. ``scrapy demo`` crawls it; the tests and the fault bench
use it.
"""
