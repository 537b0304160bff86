"""The model of the recogniser of languages, unpacked once for all runs.

It comes packed: to unpack it takes half a second and 70 MB at each start, in the crawl and in each of its workers. So
it is unpacked into the user's folder for caches, and mapped from there: the processes that use it share one copy. Where
the folder cannot be used, or what lies there is not what was written, the packed one is read.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import shutil
import stat
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["cache_folder", "identifier"]

logger = logging.getLogger("newscrawl.language_model")

#: Parts of the model that are arrays, as `LanguageIdentifier` calls them.
_ARRAYS = ("nb_ptc", "nb_pc", "tk_nextmove", "tk_row", "tk_output")
_LAYOUT = 1


def identifier() -> Any:
    """py3langid's recogniser, its model mapped from the cache where that can be."""
    folder = cache_folder()
    found = _mapped(folder) if folder is not None else None
    if found is None:
        # 0.3 to 1.5 s and 60 MB.
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        if folder is not None:
            _keep(found, folder)
            found = _mapped(folder) or found
    return found


def cache_folder() -> Path | None:
    """Where the unpacked model is kept; ``None`` where this user has no folder for it."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(home):
        return None
    return Path(home) / "newscrawl" / f"language-{version('py3langid')}-{_LAYOUT}"


def _mapped(folder: Path) -> Any:
    """The recogniser with the arrays that are kept in *folder*; ``None`` where they are not (all) there."""
    import numpy as np
    from py3langid.langid import LanguageIdentifier

    try:
        if not _is_ours(folder):
            return None
        about = json.loads((folder / "about.json").read_text("utf-8"))
        arrays = {}
        for name in _ARRAYS:
            path = folder / f"{name}.npy"
            if path.stat().st_size != about["sizes"][name]:
                return None
            # As plain arrays: each slice of numpy's own kind for files costs 0.2 ms.
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        return LanguageIdentifier(
            arrays["nb_ptc"],
            arrays["nb_pc"],
            about["classes"],
            # Read byte for byte of a text: a view gives numbers of Python's, and faster than an array does.
            memoryview(arrays["tk_nextmove"]),
            arrays["tk_output"].tolist(),
            norm_probs=True,
            tk_row=arrays["tk_row"].tolist(),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_ours(folder: Path) -> bool:
    """Whether *folder* is this user's, and nobody else may write there."""
    found = folder.stat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _keep(model: Any, folder: Path) -> None:
    """Write the arrays of *model* to *folder*: beside it first, so that nobody finds half of it."""
    import numpy as np

    beside = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}")
    try:
        beside.mkdir(parents=True, mode=0o700)
        sizes = {}
        for name in _ARRAYS:
            path = beside / f"{name}.npy"
            np.save(path, np.asarray(getattr(model, name)), allow_pickle=False)
            sizes[name] = path.stat().st_size
        about = {"classes": list(model.nb_classes), "sizes": sizes}
        (beside / "about.json").write_text(json.dumps(about), "utf-8")
        if folder.exists():
            shutil.rmtree(folder)  # incomplete, or it would have been read
        beside.rename(folder)
    except (OSError, ValueError, AttributeError) as error:
        logger.debug("The language model is not kept unpacked: %s", error)
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(beside)
