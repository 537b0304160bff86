"""Crawls disturbed in every way that a server knows, and what must hold afterwards."""
