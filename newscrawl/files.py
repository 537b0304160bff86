"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from newscrawl.errors import OperationError, UserError
from newscrawl.text import escape_controls

__all__ = ["sync_folder", "write_whole"]


def sync_folder(folder: Path) -> None:
    """Make renames in *folder* last. Raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to *path*, readable by its owner only: a temporary file beside it, synced, then renamed.

    A link is followed. Killed in between, what was there before stands.

    Raises:
        UserError: *path* is a folder, a device or a pipe.
        OperationError: it cannot be written.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            kind = "a folder" if target.is_dir() else "no regular file"
            raise UserError(f"{escape_controls(path)} is {kind}")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_name(f".{target.name}.part")
        try:
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
    except (OSError, RuntimeError, ValueError) as error:
        # RuntimeError: links in a circle; ValueError: a NUL in the name.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise OperationError(f"cannot write {escape_controls(path)}: {escape_controls(reason)}") from None
