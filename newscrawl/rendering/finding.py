"""Which Chromium there is, and whether pages can be rendered at all. Starts nothing, imports no browser library."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from newscrawl.net.endpoints import proxy_endpoints

__all__ = ["Rendering", "find_browser", "find_rendering"]

#: What rendering needs, as the extra `render` in pyproject.toml has it. newscrawl itself is on no package index.
PACKAGES = "'scrapy-playwright>=0.0.48,<0.0.49' 'playwright>=1.58,<2'"

#: Names on the path, and Debian's program behind its wrapper, which adds extensions and switches of its own.
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_BEHIND = {"/usr/bin/chromium": "/usr/lib/chromium/chromium"}
#: Where Playwright's own install keeps them.
_OWN = (
    "chromium-*/chrome-linux*/chrome",
    "chromium_headless_shell-*/chrome-linux*/headless_shell",
    "chromium_headless_shell-*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


@dataclass(frozen=True, slots=True)
class Rendering:
    """``browser``: the program that renders, or ``""`` where none does, and ``why`` not."""

    browser: str
    why: str = ""


def find_browser(setting: str) -> str:
    """The Chromium that *setting* (``NEWSCRAWL_RENDER_BROWSER``) names; for ``auto`` Playwright's, else the system's.

    ``""`` where there is none.
    """
    if setting not in ("", "auto"):
        path = shutil.which(os.path.expanduser(setting))
        return os.path.abspath(path) if path else ""
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "").strip() or "~/.cache/ms-playwright").expanduser()
    for pattern in _OWN:
        # The highest build number is the newest.
        try:
            own = sorted(root.glob(pattern), key=lambda path: (len(path.parts[len(root.parts)]), str(path)))
        except PermissionError:
            # The home of another user, as `runuser` leaves it in the environment.
            own = []
        if own and os.access(own[-1], os.X_OK):
            return str(own[-1])
    for name in _NAMES:
        if path := shutil.which(name):
            return _BEHIND[path] if os.access(_BEHIND.get(path, ""), os.X_OK) else path
    return ""


def find_rendering(settings: Any) -> Rendering:
    """Whether pages can be rendered with these Scrapy *settings*, whatever ``NEWSCRAWL_RENDER`` says."""
    setting = str(settings.get("NEWSCRAWL_RENDER_BROWSER") or "auto").strip()
    if sys.platform == "win32":
        return Rendering("", "not on Windows")
    if find_spec("scrapy_playwright") is None or find_spec("playwright") is None:
        return Rendering("", f"scrapy-playwright is not installed: pip install {PACKAGES}")
    browser = find_browser(setting)
    if not browser:
        if setting != "auto":
            return Rendering("", f"NEWSCRAWL_RENDER_BROWSER={setting}: there is no such program")
        return Rendering("", "there is no Chromium: install the system's (apt install chromium), or playwright install")
    if proxy_endpoints(settings):
        # The browser would have to go another way than the crawl does, or through two proxies.
        return Rendering("", "not behind a proxy (http_proxy, https_proxy)")
    return Rendering(browser)
