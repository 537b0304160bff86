"""The runbook has an entry for every message: outcomes of runs, reasons, exit statuses, monitors, warnings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from newscrawl.errors import ExitStatus
from newscrawl.health.findings import Monitor
from newscrawl.outcomes import Reason
from tests.test_docs import names, page, python_files, section, trees

#: Calls whose words a run ends with, and which of their arguments says them.
_TOLD = re.compile(r"(\.problem|(?:\A|\.)(?:OperationError|ScopeHeldError|SurfaceError))\Z")
#: What `doctor --live` tells it explains itself; a publisher whose lists cannot be read ends no run.
_APART = frozenset({"live.py", "publisher_lists.py"})


def _parts(message: str) -> list[str]:
    """What stands between the fillings of a message, whatever they are."""
    return [part.strip(" ;:,.()") for part in message.split("…") if part.strip(" ;:,.()`")]


def _told(node: ast.expr) -> str | None:
    """The words of an argument, with ``…`` for what is filled in; ``None`` for what was told elsewhere."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _messages() -> dict[str, str]:
    """Every message that a run or a command may end with, and the file that it stands in."""
    found = {}
    for path, tree in trees():
        if "demo" in path.parts or path.name in _APART:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _TOLD.search(ast.unparse(node.func)):
                told = _told(node.args[-1 if ast.unparse(node.func).endswith("SurfaceError") else 0])
                # Without words of its own it passes on what was told elsewhere.
                if told and any(len(part) > 3 for part in _parts(told)):
                    found[told] = path.name
    return found


def _entries() -> list[list[str]]:
    """The entries of the table of messages, each as the parts that must stand in a message."""
    text = section("operating.md", "## What a run ends with")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| `")]
    # An entry that holds backticks itself is one message.
    told = [one for row in rows for one in re.findall(r"`((?:[^`]|`scrapy [^`]*`)+)`", row)]
    return [parts for one in told if (parts := _parts(one))]


@pytest.mark.slow
def test_every_message_that_a_run_ends_with_has_an_entry() -> None:
    entries = _entries()
    missing = [
        f"{name}: {told}"
        for told, name in _messages().items()
        if not any(all(part in told for part in parts) for parts in entries)
    ]
    assert not missing
    assert len(_messages()) > 40


def test_every_entry_is_a_message_of_the_code() -> None:
    words = "\n".join(path.read_text(encoding="utf-8") for path in python_files())
    # A literal may go over several lines.
    words = re.sub(r'"\s*\n\s*f?"', "", words)
    missing = [parts for parts in _entries() if not all(part in words for part in parts)]
    assert not missing


def test_every_part_of_the_last_line_has_an_entry() -> None:
    text = section("operating.md", "## What a run ends with")
    for part in (
        "for the known ones too: -a deliver=all",
        "run the same command again",
        "without follow=no",
        "dropped",
    ):
        assert part in text


def test_every_reason_has_an_entry() -> None:
    found = names(section("operating.md", "## Reasons of records"))
    assert sorted(set(found) & {*(one.value for one in Reason), "http_NNN"}) == sorted(
        [*(one.value for one in Reason), "http_NNN"]
    )


def test_every_exit_status_has_an_entry() -> None:
    found = {int(one) for one in names(section("operating.md", "## Exit statuses")) if one.isdigit()}
    assert found == {int(one) for one in ExitStatus} | {130, 143}


@pytest.mark.parametrize("monitor", list(Monitor))
def test_every_monitor_has_an_entry(monitor: Monitor) -> None:
    assert monitor.value in names(section("health.md", "## Monitors"))


def test_the_links_of_the_runbook_lead_somewhere() -> None:
    for target, anchor in re.findall(r"\]\(([\w.-]+\.md)(?:#([\w-]+))?\)", page("operating.md")):
        assert (Path(__file__).parent.parent / "docs" / target).exists(), target
        headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in page(target).splitlines() if line.startswith("#")}  # noqa: E501  # fmt: skip
        assert not anchor or anchor in headings, anchor
