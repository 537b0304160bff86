"""Records leaving the database or a crawl as data sets."""
