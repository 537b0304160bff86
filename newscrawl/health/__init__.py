"""Is the collection well? What each run found is held against what its scope usually finds.

``figures`` says what a run found, ``evidence`` how unusual a number is, ``monitors`` judges (all pure). ``judge`` does
so at the end of a run. ``current`` tells what is wrong now: `status`, `doctor` and the report ask it.
"""
