"""newscrawl: everything reusable; `spiders` and `pipelines` are thin modules beside it."""
