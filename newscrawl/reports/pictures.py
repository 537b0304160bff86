"""The report's pictures, as inline SVG by pygal: no script, no style of their own.

Colours and type come from the report's style sheet by pygal's class names, so that both schemes and print are one
rule each. Drawn for a width of 360, that of a phone: wider pages set several side by side.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lxml import etree
from markupsafe import Markup

from newscrawl.clock import format_span
from newscrawl.outcomes import Outcome
from newscrawl.reports.overview import Day, Overview, PublisherFact
from newscrawl.text import clean_line

__all__ = ["Picture", "pictures"]

WIDTH = 360
#: Bars of one picture at most, and characters of a label: the numbers are in the tables.
MOST_BARS = 12
MOST_LABEL = 22
#: Publishers with fewer records say little by their share.
LEAST_RECORDS = 3

#: What pygal adds for its script: tooltips, and the values that they show.
_DROPPED = frozenset(("defs", "desc", "title", "script", "style"))
_KEPT = frozenset("x y x1 x2 y1 y2 cx cy r rx ry width height d class transform text-anchor viewBox dy dx".split())

#: Outcomes in the order in which they are stacked, and how they are called on the page.
OUTCOMES = {
    Outcome.ORIGINAL: "original",
    Outcome.ORIGINAL_PARTIAL: "original in part",
    Outcome.POST_ONLY: "post only",
    Outcome.FAILED: "failed",
}


class Picture:
    """One picture: its ``title``, ``words`` that say it to those who do not see it, its ``svg`` and ``legend``."""

    def __init__(self, title: str, words: str, svg: Markup, legend: Sequence[str] = ()) -> None:
        self.title = title
        self.words = words
        self.svg = svg
        self.legend = legend


def pictures(overview: Overview) -> list[Picture]:
    """The pictures of *overview*; one that would show nothing is left out."""
    drawn = (
        _by_day(overview.days),
        _ends(overview.outcomes, overview.reasons, overview.records),
        _publishers(overview.publishers),
        _latency(overview.latencies),
        _languages(overview.languages),
        _clusters(overview.clusters),
    )
    return [one for one in drawn if one is not None]


def _by_day(days: Sequence[Day]) -> Picture | None:
    if not days:
        return None
    chart = _chart("StackedBar", 230, truncate_label=-1, show_x_guides=False, max_scale=6)
    chart.value_formatter = lambda number: f"{number:,.0f}"
    # A label a week: more do not fit a phone.
    chart.x_labels = [
        _label(one.day)[5:] if number % 7 == (len(days) - 1) % 7 else "" for number, one in enumerate(days)
    ]
    for outcome in OUTCOMES:
        chart.add(outcome.value, [one.outcomes[outcome] for one in days])
    whole = sum(one.outcomes.total() for one in days)
    words = f"Records by day of publication, {_label(days[0].day)} to {_label(days[-1].day)}: {whole:,} in all."
    return Picture("By day of publication", words, _clean(chart.render_tree()), list(OUTCOMES.values()))


def _ends(outcomes: Mapping[str, int], reasons: Mapping[str, int], whole: int) -> Picture | None:
    if not whole:
        return None
    original = outcomes.get(Outcome.ORIGINAL, 0)
    bars = {"original": original, **dict(list(reasons.items())[: MOST_BARS - 1])}
    return _bars("Where posts end", bars, whole, "Records by how they ended")


def _publishers(publishers: Sequence[PublisherFact]) -> Picture | None:
    some = [one for one in publishers if one.records >= LEAST_RECORDS][:MOST_BARS]
    if not some:
        return None
    shares = {one.domain or one.name or one.key: 100 * one.reached / one.records for one in some}
    # The largest first; `_horizontal` draws from the bottom up.
    words = "Share of records with the original's text, of the largest publishers: " + ", ".join(
        f"{_label(name)} {share:.0f} %" for name, share in shares.items()
    )
    svg = _horizontal(list(shares.items()), lambda share: f"{share:.0f}\u00a0%", top=100)
    return Picture("Share reached, largest publishers", words, svg)


def _latency(latencies: Mapping[str, float]) -> Picture | None:
    some = list(latencies.items())[:MOST_BARS]
    if not some:
        return None
    words = "Time until a host answers: " + ", ".join(f"{_label(host)} {_span(time)}" for host, time in some)
    return Picture("Time to answer, slowest hosts", words, _horizontal(some, _span))


def _span(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else format_span(seconds)


def _languages(languages: Mapping[str, int]) -> Picture | None:
    whole = sum(languages.values())
    return _bars("Languages", languages, whole, "Records by language") if whole else None


def _clusters(clusters: Mapping[str, int]) -> Picture | None:
    whole = sum(clusters.values())
    if not whole:
        return None
    named = {"alone" if size == "1" else f"{size} records": number for size, number in clusters.items() if number}
    return _bars("Records that tell the same", named, whole, "Clusters by number of records")


def _bars(title: str, counts: Mapping[str, int], whole: int, what: str) -> Picture:
    some = list(counts.items())[:MOST_BARS]
    left = whole - sum(number for _, number in some)
    if left > 0:
        some.append(("others", left))

    def told(number: float) -> str:
        return f"{number:,.0f} · {100 * number / whole:.0f}\u00a0%"

    words = f"{what}: " + ", ".join(f"{_label(name)} {told(number)}" for name, number in some)
    return Picture(title, words, _horizontal([(name, float(number)) for name, number in some], told))


# --- drawing -----------------------------------------------------------------------------------------------------


def _label(name: str) -> str:
    line = clean_line(str(name)) or "?"
    return line if len(line) <= MOST_LABEL else line[: MOST_LABEL - 1] + "…"


@cache
def _pygal() -> Any:
    """pygal, without the importer for its maps: Python 3.11 warns at each import that it is of an older form."""
    import pygal

    sys.meta_path[:] = [one for one in sys.meta_path if type(one) is not pygal.PluginImportFixer]
    return pygal


def _chart(kind: str, height: int, **options: Any) -> Any:
    # 0.2 s of imports, which only a report needs.
    pygal = _pygal()
    from pygal.style import Style

    size = 11
    style = Style(label_font_size=size, major_label_font_size=size, value_font_size=size, font_family="system-ui")
    config = pygal.Config(
        css=[], js=[], disable_xml_declaration=True, width=WIDTH, height=height, show_legend=False, style=style,
        margin=6, spacing=4, **options,
    )  # fmt: skip
    return getattr(pygal, kind)(config)


def _horizontal(bars: Sequence[tuple[str, float]], told: Any, *, top: float | None = None) -> Markup:
    """Bars from top to bottom, each with its label on the left and its value at its end."""
    largest = max([top or 0.0, *(value for _, value in bars)])
    # Room at the right for the values, which pygal centres on what it is told of a bar's end.
    room = (0, (largest or 1) * 1.5)
    chart = _chart("HorizontalBar", 24 * len(bars) + 30, truncate_label=-1, show_x_labels=False, range=room)
    chart.show_x_guides = chart.show_y_guides = False
    chart.x_labels = [_label(name) for name, _ in reversed(bars)]
    chart.add("", [value for _, value in reversed(bars)])
    root = chart.render_tree()
    _write_values(root, [told(value) for _, value in reversed(bars)])
    return _clean(root)


def _name(element: Any) -> str:
    """The element's name without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _write_values(root: Any, values: Sequence[str]) -> None:
    """Put each value behind the end of its bar: pygal would centre it on the bar, where it has no contrast."""
    bars = (one for one in root.iter() if _name(one) == "g" and one.get("class") == "bar")
    for group, value in zip(bars, values, strict=False):
        bar = next((one for one in group if _name(one) == "rect"), None)
        if bar is None:
            continue
        x, y, width, height = (float(bar.get(name, 0)) for name in ("x", "y", "width", "height"))
        place = {"x": f"{x + width + 5:.1f}", "y": f"{y + height / 2 + 4:.1f}", "class": "value"}
        etree.SubElement(group, "text", place).text = value


def _clean(root: Any) -> Markup:
    """The picture without pygal's script, styles, names and tooltips, for a page whose style sheet does the rest."""
    for parent in list(root.iter()):
        for child in list(parent):
            name = _name(child)
            if not name or name in _DROPPED or "overlay" in (child.get("class") or ""):
                parent.remove(child)
    for element in root.iter():
        for name in list(element.attrib):
            if name not in _KEPT:
                del element.attrib[name]
        element.tag = _name(element)
        for name in ("x", "y", "width", "height"):
            value = element.get(name)
            if value is not None:
                element.set(name, f"{float(value):.1f}".removesuffix(".0"))
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    # lxml, in which pygal draws where it is installed, escapes what it writes.
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704
