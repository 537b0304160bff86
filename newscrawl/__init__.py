"""newscrawl: everything reusable; `spiders` and `pipelines` are thin modules beside it."""

__version__ = "0.1.0"
