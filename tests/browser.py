"""A page as a real browser shows it: what it says on the console, asks for, breaks, and what axe-core finds."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["CHROMIUM", "WIDTHS", "Seen", "look_at"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: A phone, a tablet, a desktop.
WIDTHS = (390, 768, 1280)

# A word is broken where two letters that stand together are on different lines.
_BROKEN = r"""() => {
  const found = [], range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("script, style, svg")) continue;
    for (const word of node.data.matchAll(/[\p{L}\p{N}]{2,}/gu)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const tops = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
      if (tops.size > 1) found.push(word[0].slice(0, 60));
    }
  }
  return found;
}"""
# What is cut by its own box is not out of the page.
_OUTSIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen. ``outside``: pixels that the page is too wide; ``serious``: what axe found."""

    console: list[str]
    requests: list[str]
    broken_words: list[str]
    outside: int
    serious: list[str]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)


def look_at(page: Path, *, width: int, scheme: str = "light", picture: Path | None = None, axe: bool = True) -> Seen:
    """Open the file *page* in a window of *width* pixels and look.

    *picture*: where a screenshot of the whole page is kept.
    """
    from playwright.sync_api import sync_playwright

    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": width, "height": 1_000}, color_scheme=scheme)
        view.on("console", lambda message: said.append(message.text[:300]))
        view.on("pageerror", lambda error: said.append(str(error)[:300]))
        view.on("request", lambda request: asked.append(request.url))
        view.goto(page.absolute().as_uri())
        # Everything that is folded is looked at as well.
        view.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        if picture is not None:
            view.screenshot(path=str(picture), full_page=True)
        broken: list[str] = view.evaluate(_BROKEN)
        outside: int = view.evaluate(_OUTSIDE)
        serious: list[str] = []
        if axe:
            from axe_playwright_python.sync_playwright import Axe

            found = Axe().run(view).response["violations"]
            serious = [
                f"{one['id']}: {one['nodes'][0]['html'][:120]} ({len(one['nodes'])})"
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
        browser.close()
    return Seen(said, [url for url in asked if url != page.absolute().as_uri()], broken[:20], outside, serious)
