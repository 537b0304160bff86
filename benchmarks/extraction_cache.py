"""What training and measuring the extraction compute once: pages read, peers' answers, forests, readings of a fold.

Each is kept in a file whose name holds a hash of everything it was made from: code, data, versions of libraries,
seeds. What is changed is made again, nothing is ever stale. The folder lies outside the project, since it holds text of
``../shared``: ``$XDG_CACHE_HOME/newscrawl-benchmarks``, by default ``~/.cache/newscrawl-benchmarks``. It may be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from benchmarks.common import ROOT, need_shared

__all__ = ["FOLDER", "code", "kept", "material", "versions"]

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "newscrawl-benchmarks"
Made = TypeVar("Made")


def _hash(parts: Iterable[bytes]) -> str:
    out = hashlib.sha256()
    for part in parts:
        out.update(len(part).to_bytes(8, "big") + part)
    return out.hexdigest()[:20]


def code(*paths: str) -> str:
    """A hash of the sources at *paths* below the project: files, or folders with all their ``.py`` and ``.json``.

    Weights are left out: those who measure give their own.
    """
    files: list[Path] = []
    for path in paths:
        at = ROOT / path
        files += sorted(f for f in at.rglob("*") if f.suffix in {".py", ".json"}) if at.is_dir() else [at]
    return _hash(part for file in files for part in (str(file.relative_to(ROOT)).encode(), file.read_bytes()))


def material(*folders: str) -> str:
    """A hash of the *folders* of ``../shared``: gold by what it holds, pages by name and size."""
    parts = []
    for folder in folders:
        for file in sorted(need_shared(folder).rglob("*")):
            if file.is_file():
                parts.append(f"{file.name} {file.stat().st_size}".encode())
                if file.name.startswith("gold."):
                    parts.append(file.read_bytes())
    return _hash(parts)


def versions(*packages: str) -> str:
    """The versions of *packages* in one string."""
    return " ".join(f"{name}={version(name)}" for name in packages)


def kept(name: str, made_from: Iterable[object], make: Callable[[], Made], folder: Path = FOLDER) -> Made:
    """What *make* returns, from the file for *name* and *made_from* where there is one.

    The file is written under another name first: one who is stopped leaves no half of a file.
    """
    file = folder / f"{name}-{_hash(str(part).encode() for part in made_from)}.pickle"
    if file.exists():
        with file.open("rb") as stream:
            return pickle.load(stream)  # type: ignore[no-any-return]  # our own file
    value = make()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as stream:
        pickle.dump(value, stream, protocol=5)
    Path(stream.name).rename(file)
    return value
