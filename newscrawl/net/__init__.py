"""The safety of every request: address policy, guarded resolver, robots, back-off. See ``docs/security.md``."""
