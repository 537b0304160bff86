"""Posts and originals as work: runs, scopes, cursors, claims and acknowledgements.

Every function here takes a connection and is one step inside a transaction
that the caller commits (`newscrawl.storage.writer`). There is no state beside
the database: a killed run's leases become claimable at the next start.
"""
