"""The safety of every request: address policy, guarded resolver, robots, Retry-After. See ``docs/security.md``."""
