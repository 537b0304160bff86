"""Ways to list the posts of a site: REST API, feed, sitemap, list pages; each beside its parser."""
