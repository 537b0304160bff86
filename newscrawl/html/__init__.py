"""The room that opens a page, for posts and originals alike. Pure: no Scrapy, no I/O.

``encoding`` decodes bytes, ``markup`` refuses markup that a parser would choke on, ``opening`` and ``dom`` parse within
bounds, ``structured`` and ``head`` read what a page says of itself, ``times`` and ``dates`` read dates, ``literals``
tells in which texts a pattern may match.
"""
