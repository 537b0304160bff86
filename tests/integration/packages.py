"""What is deployed: a copy of the checkout, an egg of it, and a Python where only the egg's code can be found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from newscrawl.demo.run import crawl_environment

ROOT = Path(__file__).resolve().parent.parent.parent
#: Top-level packages of the project.
PACKAGES = ("newscrawl", "pipelines", "spiders")
_FILES = ("pyproject.toml", "scrapy.cfg", "requirements.txt", "README.md", "LICENSE")


def copy_checkout(folder: Path, *, compiled: bool = False) -> Path:
    """What a package is built from, in *folder*; building writes beside the sources.

    *compiled*: with the byte code of what has run here, so that it need not be made anew.
    """
    folder.mkdir()
    for name in (*PACKAGES, "tests"):
        # Of the tests a little is enough to see that they stay out.
        ignored = [] if compiled else ["__pycache__"]
        ignored += ["data", "golden*", "integration"] if name == "tests" else []
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*ignored))
    for name in _FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def bare_python(folder: Path) -> Path:
    """A Python with everything that this one has installed, but for newscrawl itself (an editable install)."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # A line of a path file adds a folder without reading the path files in it.
    (site / "base.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def run(python: Path | str, *words: str, cwd: Path, timeout: float = 120, **environment: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of ``python …`` in *cwd*, without settings of this process."""
    clean = {name: value for name, value in crawl_environment().items() if not name.startswith(("SCRAPY", "PYTHON"))}
    done = subprocess.run(
        [str(python), *words],
        cwd=cwd,
        env={**clean, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def build_egg(checkout: Path, egg: Path) -> Path:
    """The egg of *checkout* as ``scrapyd-deploy`` builds it."""
    status, out, err = run(sys.executable, "-m", "scrapyd_client.deploy", "--build-egg", str(egg), cwd=checkout)
    assert status == 0, out + err
    assert os.path.getsize(egg)
    return egg
