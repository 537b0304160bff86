"""The library that draws, as far as it touches the rest of the process."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def test_drawing_leaves_imports_as_they_are() -> None:
    """pygal adds an importer of an older form: Python warns of it wherever a module is tried that is not there."""
    code = (
        "from newscrawl.reports.pictures import _chart\n_chart('Bar', 100)\n"
        "import warnings; warnings.simplefilter('error')\n"
        "try:\n    import nothing_of_this_name\nexcept ModuleNotFoundError:\n    pass\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
