"""The crawl itself: no platform knows of it, and it knows none.

A `Run` is passed to every part: `Loop` claims work and hands it to `Posts`,
`Pages` and `Originals`; `Manners` paces every request.
"""
