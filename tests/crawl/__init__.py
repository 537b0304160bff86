"""The crawl as a user runs it: subprocesses against the demo world on loopback."""
