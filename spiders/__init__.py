"""Spiders: one thin module for each; the logic is in `newscrawl.aggregators`."""
