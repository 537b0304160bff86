"""Originals that need a browser: found, started, fenced in and bounded. See ``docs/rendering.md``."""
