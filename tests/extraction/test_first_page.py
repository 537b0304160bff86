"""What is loaded once for all pages is not the time of the first one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_FIRST = """
from newscrawl.html import opening
opening.Clock.__init__.__defaults__ = (0.25,)
from newscrawl.extraction import extract
line = "<p>The council voted on plan {}, which residents and officials had discussed for many months.</p>"
page = "<html><body><h1>A plan</h1>" + "".join(map(line.format, range(20))) + "</body></html>"
got = extract(page, "https://a.test/2026/a-plan")
print(got.kind)
"""


def test_the_first_page_of_a_process_has_all_its_time() -> None:
    """Loading takes .4 s on a quick machine: on a slow one the first page of each run would be too slow to read."""
    done = subprocess.run(
        [sys.executable, "-c", _FIRST], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "article"
