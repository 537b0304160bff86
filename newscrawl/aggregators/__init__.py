"""Aggregators: what is common to a platform, written once."""
