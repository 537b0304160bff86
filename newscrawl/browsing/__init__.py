"""``scrapy browse``: Datasette on the SQLite file, with what newscrawl knows of its tables and a page for a story."""
