"""Item pipelines: thin adapters over newscrawl functions."""
