# ruff: noqa: E501 - tables
"""The extraction beside its peers: ``python -m benchmarks.extraction [--parts bodies,cpu,...] [--seeds 1 2 3 4 5]``.

Needs ``../shared`` and ``requirements-train.txt``. Every body figure of newscrawl
is cross-validated by host: a page is read by forests that saw no page of its
host, through the same :func:`newscrawl.extraction.extract` that ships. The
shipped weights are trained on all pages, so measuring them here would be
measuring memory.

A training takes three minutes of one core, and there are as many as seeds
times folds. What was computed once is kept (``extraction_cache``), and the result
file is written after every fold: it says which seeds are whole. A part that is not
asked for keeps what the file says of it; ``measured`` tells the commit of each part.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import Any

from benchmarks import extraction_cache as cache
from benchmarks import extraction_data as data
from benchmarks import train_extraction as training
from benchmarks.common import RESULTS, ROOT, commit, write_result
from benchmarks.extraction_readings import (
    NO_WITNESS,
    SETS,
    Answer,
    Read,
    answer,
    by_trafilatura,
    read_fold,
    trafilatura_of,
)
from newscrawl.extraction import blocks, extract
from newscrawl.text import clean_text

FOLDS = 5
#: Pages of all sets on which trafilatura has at least the first and newscrawl less than the second are catastrophes.
THEIRS, OURS = 0.9, 0.7
COLUMNS = [f"{name[:6]} {what}" for name in SETS for what in ("F1", "alike", "exact", "<.5")]
#: Pages of all sets, evenly chosen, on which CPU is compared; all sets whose peers' answers are compared.
CPU_PAGES = 150
COMPARED = (*SETS, "postlight")


# --- peers -------------------------------------------------------------------


def by_readability(html: str, _url: str) -> Answer:
    import lxml.html
    from readability import Document

    document = Document(html)
    tree = lxml.html.fromstring(document.summary())
    lines = (" ".join(e.text_content().split()) for e in tree.iter("p", "li", "h2", "h3", "blockquote", "pre"))
    return {"body": "\n\n".join(line for line in lines if line), "title": document.short_title()}


def by_newspaper(html: str, url: str) -> Answer:
    import newspaper

    article = newspaper.Article(url or "https://example.org/", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    return {"body": article.text, "title": article.title, "authors": article.authors, "published": article.publish_date}


def by_resiliparse(html: str, _url: str) -> Answer:
    return {"body": data.resiliparse_text(html)}


PEERS: dict[str, Callable[[str, str], Answer]] = {
    "trafilatura": by_trafilatura,
    "readability-lxml": by_readability,
    "newspaper4k": by_newspaper,
    "resiliparse": by_resiliparse,
}


# --- tables ------------------------------------------------------------------


def summary(ee: Any, golds: Sequence[Answer], answers: Sequence[Answer]) -> dict[str, Any]:
    """Body and metadata figures of one set."""
    scores = [ee.score_page(gold, found) for gold, found in zip(golds, answers, strict=True)]
    bodies = [(s["c"], s["acc"]) for s in scores if "c" in s]
    out: dict[str, Any] = {"pages": len(golds)}
    if bodies:
        whole = ee.summarise([c for c, _ in bodies], [a for _, a in bodies])
        out |= {key: round(whole[key], 4) for key in ("f1", "p", "r", "acc", "f1pg")}
        out["under_half"] = sum(ee.page_f1(c) < 0.5 for c, _ in bodies)
        alike = [
            ee.counts(clean_text(gold["body"]) or "", clean_text(found.get("body")) or "")
            for gold, found in zip(golds, answers, strict=True)
            if "body" in gold
        ]
        out["f1_alike"] = round(ee.summarise(alike, [0.0] * len(alike))["f1"], 4)
    for key in ("title", "auth", "date"):
        values = [s[key] for s in scores if key in s]
        if values:
            out[key] = [int(sum(values)), len(values)]
    if any("published_utc" in found for found in answers):
        pairs = [
            (gold, {**found, "published": found.get("published_utc")})
            for gold, found in zip(golds, answers, strict=True)
        ]
        values = [s["date"] for s in (ee.score_page(*pair) for pair in pairs) if "date" in s]
        if values:
            out["date in UTC"] = [int(sum(values)), len(values)]
    return out


def show(rows: dict[str, dict[str, Any]], columns: Sequence[str]) -> None:
    print(f"{'':<34}" + "".join(f"{c:>12}" for c in columns))
    for name, row in rows.items():
        cells = []
        for column in columns:
            value = row.get(column)
            cell = "-" if value is None else "/".join(map(str, value)) if isinstance(value, list) else f"{value}"
            cells.append(f"{cell:>12}")
        print(f"{name:<34}" + "".join(cells))
    print(flush=True)


def wcxb_figures(pages: dict[str, data.Page], read: Sequence[Read], theirs: dict[str, str]) -> dict[str, Any]:
    """Words F1 of WCXB's articles, refusals, and what its other pages were told to be.

    *theirs*: trafilatura's text by page name: catastrophes are counted over all sets.
    """
    scores: list[float] = []
    refused: list[str] = []
    kinds: dict[str, dict[str, int]] = {}
    low: list[str] = []
    worse: list[str] = []
    compared = 0
    for found in read:
        page = pages[found.page]
        own = data.words_f1(page.gold["body"], found.answers[NO_WITNESS]["body"])
        if page.set == data.WCXB:
            row = kinds.setdefault(page.gold["type"], {"pages": 0, "told apart": 0, "in doubt": 0})
            row["pages"] += 1
            row["told apart"] += found.kind != "article"
            row["in doubt"] += found.kind == "article" and "in doubt" in found.detail
        if not page.is_article:
            continue
        if page.set == data.WCXB:
            # Two of its articles hold no text in gold: read as none they are right, and no measure of a text.
            if page.label is not None:
                scores.append(own)
                if own < 0.5:
                    low.append(f"{page.name}: {own:.2f}")
            if found.kind != "article":
                refused.append(f"{page.name}: {found.kind}, {found.detail}")
        if page.name in theirs and page.label is not None:
            compared += 1
            other = data.words_f1(page.gold["body"], theirs[page.name])
            if own < OURS and other >= THEIRS:
                worse.append(f"{page.name}: {own:.2f} to {other:.2f}")
    return {
        "words F1": round(sum(scores) / len(scores), 4),
        "pages": len(scores),
        "under .5": low,
        "refused": refused,
        "kinds": kinds,
        "compared with trafilatura": compared,
        "far worse than trafilatura": worse,
    }


def body_figures(ee: Any, pages: dict[str, data.Page], read: Sequence[Read]) -> dict[str, Any]:
    """Bodies of the two sets without and with each kind of witness; refusals; sentences that are not the page's."""
    known = {found.page: found for found in read if pages[found.page].set in SETS}
    first = next(iter(known.values()))
    table: dict[str, Any] = {}
    for kind in first.answers:
        row: dict[str, Any] = {}
        for name in SETS:
            chosen = [found for found in known.values() if pages[found.page].set == name]
            figures = summary(
                ee, [pages[found.page].gold for found in chosen], [found.answers[kind] for found in chosen]
            )
            row |= {
                f"{name[:6]} F1": figures["f1"],
                f"{name[:6]} alike": figures["f1_alike"],
                f"{name[:6]} exact": figures["acc"],
                f"{name[:6]} <.5": figures["under_half"],
            }
        table[kind] = row
    refused = [f"{found.page}: {found.kind}, {found.detail}" for found in known.values() if found.kind != "article"]
    return {"modes": table, "refused": refused, "foreign_paragraphs": sum(found.foreign for found in known.values())}


def headline_figures(row: dict[str, Any]) -> dict[str, float]:
    """The figures of one seed whose mean and spread are told."""
    wcxb, modes = row["wcxb"], row["modes"]
    out = {
        "WCXB words F1": wcxb["words F1"],
        "WCXB pages under .5": len(wcxb["under .5"]),
        "WCXB refused": len(wcxb["refused"]),
        "far worse than trafilatura": len(wcxb["far worse than trafilatura"]),
    }
    for name in SETS:
        out |= {f"{name}, {kind}": values[f"{name[:6]} F1"] for kind, values in modes.items()}
        none = modes[NO_WITNESS][f"{name[:6]} F1"]
        least = min(values[f"{name[:6]} F1"] - none for values in modes.values())
        out[f"{name}, worst witness less none"] = round(least, 4)
    for kind, counts in sorted(wcxb["kinds"].items()):
        out[f"{kind}, told apart"] = counts["told apart"]
        out[f"{kind}, told apart or in doubt"] = counts["told apart"] + counts["in doubt"]
    return out


def spread(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean, lowest, highest and standard deviation over the seeds that are whole."""
    each = [headline_figures(row) for row in rows]
    out: dict[str, Any] = {}
    for name in each[0] if each else ():
        values = [one[name] for one in each]
        out[name] = {
            "mean": round(fmean(values), 4),
            "lowest": min(values),
            "highest": max(values),
            "deviation": round(pstdev(values), 4),
        }
    return out


def measure_bodies(
    ee: Any, seeds: Sequence[int], count: int, tell: Callable[[dict[str, Any], list[int]], None]
) -> None:
    """Cross-validate with each of *seeds*; *tell* is given the figures and the whole seeds after every fold."""
    loaded = data.loaded()
    pages = {page.name: page for page in loaded}
    theirs = trafilatura_of(loaded)
    rows: dict[str, Any] = {}
    whole: list[int] = []
    for seed in seeds:
        read: list[Read] = []
        for part in range(count):
            read += read_fold(loaded, theirs, part, seed, count)
            row = body_figures(ee, pages, read) | {"wcxb": wcxb_figures(pages, read, theirs)}
            rows[str(seed)] = {"folds": f"{part + 1} of {count}", **row}
            if part + 1 == count:
                whole.append(seed)
            over = spread([rows[str(one)] for one in whole])
            tell({"seeds": over, "each seed": rows}, whole)
        print(f"Body, seed {seed}: newscrawl cross-validated in {count} folds by domain over all sets")
        show({f"newscrawl, {kind}": values for kind, values in row["modes"].items()}, COLUMNS)
        print(f"  refused: {row['refused']}; paragraphs not of the page: {row['foreign_paragraphs']}")
        print(f"  WCXB: {row['wcxb']}\n", flush=True)


def _safely(function: Callable[[str, str], Any], html: str, url: str) -> Any:
    try:
        return function(html, url) or {}
    except Exception:  # a peer that fails on a page has no answer
        return {}


def _reset() -> None:
    from trafilatura.meta import reset_caches

    reset_caches()
    for known in (blocks._of_class, blocks.word_mask):
        known.cache_clear()
    gc.collect()


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def peer_answers() -> dict[str, dict[str, Answer]]:
    """What each peer makes of the pages of :data:`COMPARED`, by the page's name."""

    def make() -> dict[str, dict[str, Answer]]:
        out: dict[str, dict[str, Answer]] = {name: {} for name in PEERS}
        for number, (gold, html) in enumerate(data.gold_pages(COMPARED)):
            for name, function in PEERS.items():
                out[name][gold["name"]] = _safely(function, html, gold["url"])
            if number % 100 == 99:
                _reset()
        return out

    packages = cache.versions("trafilatura", "readability-lxml", "newspaper4k", "resiliparse", "lxml")
    return cache.kept("peers", [cache.material("data/pages"), packages, cache.code("benchmarks/extraction.py")], make)


def measure_peers(ee: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of the peers; title, authors and date of those that read them, and of newscrawl.

    newscrawl's bodies are not among them: they are cross-validated elsewhere.
    """
    pages = list(data.gold_pages(COMPARED))
    everybody = peer_answers()
    everybody["newscrawl"] = {gold["name"]: answer(extract(html, gold["url"])) for gold, html in pages}
    bodies: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for who, found in everybody.items():
        for name in COMPARED:
            golds = [gold for gold, _ in pages if gold["set"] == name]
            figures = summary(ee, golds, [found[gold["name"]] for gold in golds])
            if who not in {"readability-lxml", "resiliparse"}:
                counts = {key: value for key, value in figures.items() if isinstance(value, list)}
                metadata.setdefault(who, {})[name] = counts
            if who != "newscrawl" and "f1" in figures:
                row = bodies.setdefault(who, {})
                row |= {
                    f"{name[:6]} F1": figures["f1"],
                    f"{name[:6]} alike": figures["f1_alike"],
                    f"{name[:6]} exact": figures["acc"],
                    f"{name[:6]} <.5": figures["under_half"],
                }
    return bodies, metadata


#: How often each page is read by those two whose ratio is judged; of the times of one page the middle one counts.
CPU_PASSES = 3
JUDGED = ("newscrawl", "trafilatura")


def measure_cpu(number: int) -> dict[str, Any]:
    """CPU of everybody on *number* pages of all sets, page by page in turn, so that the machine's moods fall on all alike.

    What a reader remembers of other pages (classes that it has seen) is forgotten before each pass.
    """
    pages = [(gold, html) for gold, html in data.gold_pages([*COMPARED, data.WCXB])]
    pages = pages[:: max(1, len(pages) // number)]
    candidates: dict[str, Callable[[str, str], Any]] = {"newscrawl": extract, **PEERS}
    spent: dict[str, list[list[float]]] = {name: [[] for _ in pages] for name in candidates}
    for function in candidates.values():
        _safely(function, pages[0][1], pages[0][0]["url"])  # what is loaded once counts for nobody
    for turn in range(CPU_PASSES):
        _reset()
        for at, (gold, html) in enumerate(pages):
            for name, function in candidates.items():
                if turn and name not in JUDGED:
                    continue
                started = time.thread_time()
                _safely(function, html, gold["url"])
                spent[name][at].append((time.thread_time() - started) * 1e3)
            if at % 100 == 99:
                _reset()
    middle = {name: [median(times) for times in rows] for name, rows in spent.items()}
    base = sum(middle["trafilatura"])
    return {name: _cpu_row(values, base) for name, values in middle.items()}


def _cpu_row(values: list[float], base: float) -> dict[str, float]:
    return {
        "pages": len(values),
        "mean ms": round(sum(values) / len(values), 1),
        "median ms": round(quantile(values, 0.5), 1),
        "p99 ms": round(quantile(values, 0.99), 1),
        "max ms": round(max(values), 1),
        "p99 / median": round(quantile(values, 0.99) / quantile(values, 0.5), 2),
        "x trafilatura": round(sum(values) / base, 3),
    }


def slow_pages() -> dict[str, Callable[[], str]]:
    """Pages built to be slow, made when they are asked for: all of them at once are large."""
    prose = "<p>The harbour was closed on Tuesday after a crane lost its load above the quay, the port said.</p>"
    return {
        "deep: 70,000 open elements": lambda: "<html><body>" + "<div>" * 70_000 + prose,
        "deep: 240 levels, 150 times": lambda: "<html><body>" + ("<div>" * 240 + prose + "</div>" * 240) * 150,
        "wide: 35,000 paragraphs": lambda: "<html><body>" + prose * 35_000,
        "wide: 38,000 small spans": lambda: "<html><body><p>" + "<span>a b</span> " * 38_000 + "</p>",
        "wide: 38,000 small divs": lambda: "<html><body>" + "<div class='x y z'>a b</div> " * 38_000,
        "wide: 38,000 links": lambda: "<html><body>" + "<a href=/x>link</a>" * 38_000,
        "wide: 200,000 paragraphs": lambda: "<html><body>" + prose * 200_000,
        "huge attribute: 4 MB of class names": lambda: (
            f'<html><body><div class="{"article body " * 320_000}">{prose * 20}</div>'
        ),
        "huge attribute: 4 MB of JSON": lambda: f"<html><body><div data-state='{'[1,' * 1_400_000}'>{prose * 20}</div>",
        "many attributes": lambda: (
            "<html><body>" + "".join(f"<div {' '.join(f'a{i}=x' for i in range(200))}>x</div>" for _ in range(2_000))
        ),
        "many different classes": lambda: (
            "<html><body>"
            + "".join(
                f"<div class='c{i} articleBody{i}'><p id='p{i}'>{i} is a number.</p></div>" for i in range(15_000)
            )
        ),
        "endless script JSON": lambda: (
            '<html><head><script type="application/ld+json">'
            + '{"a":[' * 500_000
            + f"</script></head><body>{prose * 20}"
        ),
        "many JSON-LD nodes": lambda: (
            '<html><head><script type="application/ld+json">'
            + json.dumps(
                [{"@type": "NewsArticle", "headline": f"h{i}", "author": [{"name": "a"}] * 9} for i in range(9_000)]
            )
            + f"</script></head><body><h1>h</h1>{prose * 20}"
        ),
        "endless state": lambda: (
            "<html><body><script>window.__STATE__=" + json.dumps([{"t": "x" * 50}] * 45_000) + "</script>"
        ),
        "state of long strings": lambda: (
            "<html><body><script>window.__STATE__="
            + json.dumps({"a": [["The port said so. " * 9] * 20] * 500})
            + "</script>"
        ),
        "state nested deep": lambda: "<html><body><script>window.__STATE__=" + '{"a":[' * 100_000 + "</script>",
        "long digit runs": lambda: f"<html><body><p>{'1' * 2_500_000}</p><p>{'12:34 ' * 300_000}</p>",
        "digits in fields": lambda: (
            f'<html><head><meta name="date" content="{"1" * 500_000}">'
            f'<meta name="author" content="{"a, " * 200_000}"><title>{"2020-" * 100_000}</title></head><body>{prose * 20}'
        ),
        "unclosed comments": lambda: "<html><body>" + "<!--" * 75_000 + prose,
        "unclosed tags": lambda: "<html><body>" + "<p " * 75_000 + prose,
        "entities": lambda: "<html><body><p>" + "&amp;#x26;" * 400_000 + "</p>",
        "one word of 4 MB": lambda: "<html><body><p>" + "a" * 4_000_000 + "</p>",
        "spaces and breaks": lambda: "<html><body><p>" + " \n<br> x" * 75_000 + "</p>",
        "a 4.9 MB page of prose": lambda: "<html><body>" + (prose + "x" * 100) * 25_000,
        "a 9 MB page": lambda: prose * 100_000,
    }


def measure_worst() -> dict[str, Any]:
    """Time of each page built to be slow, and what came back; memory over all of them in a process of its own."""
    out: dict[str, Any] = {}
    for name, build in slow_pages().items():
        html = build()
        started, cpu = time.monotonic(), time.thread_time()
        found = extract(html, "https://slow.example/2024/05/03/story")
        out[name] = {
            "CPU s": round(time.thread_time() - cpu, 2),
            "wall s": round(time.monotonic() - started, 2),
            "kind": str(found.kind),
            "reason": str(found.reason),
        }
    return out


def peak_memory(what: str) -> float:
    """MB at the peak of a fresh process that runs *what* (a function of this module)."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.extraction", "--child", what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


def child(what: str) -> None:
    if what == "worst":
        measure_worst()
    else:
        function = {"newscrawl": extract, **PEERS}[what] if what != "nothing" else None
        for number, (gold, html) in enumerate(data.gold_pages([*SETS, "postlight"])):
            if function is not None:
                _safely(function, html, gold["url"])  # type: ignore[arg-type]
            if what == "trafilatura" and number % 100 == 99:
                _reset()
    print(round(high_water(), 1))


def high_water() -> float:
    """Peak resident memory of this process in MB; ``ru_maxrss`` may count the parent's before the exec."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_non_articles() -> dict[str, Any]:
    """The synthetic non-articles: how many were taken for articles, how many got another reason than expected."""
    folder = ROOT / "tests" / "golden_pages" / "non_articles"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    taken, other = [], []
    for name, entry in expected.items():
        found = extract((folder / f"{name}.html").read_bytes(), entry["url"])
        if found.kind == "article":
            taken.append(name)
        elif found.reason != entry["reason"]:
            other.append(name)
    held = [name for name, entry in expected.items() if entry["held_back"]]
    return {"fixtures": len(expected), "held_back": len(held), "taken_as_articles": taken, "other_reason": other}


class Told:
    """The result file: what was measured now, beside what it says of parts that were not."""

    def __init__(self) -> None:
        file = RESULTS / "extraction.json"
        old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"figures": {}, "seeds": []}
        stamped = old["figures"].get("measured", {})
        self.figures: dict[str, Any] = {key: value for key, value in old["figures"].items() if key in stamped}
        self.figures["measured"] = stamped
        self.seeds: list[int] = old["seeds"] if "bodies" in stamped else []
        self.commit = commit()

    def put(self, part: str, figures: Any, seeds: list[int] | None = None) -> None:
        """Write the *figures* of a part, measured at the commit at which this process began."""
        self.figures[part] = figures
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.figures["measured"][part] = {"commit": self.commit, "at": now}
        if seeds is not None:
            self.seeds = list(seeds)
        write_result("extraction", self.figures, seeds=self.seeds)


PARTS = ("non_articles", "worst_case", "peers", "cpu", "memory_mb", "bodies")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="one cross-validation each")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--threads", type=int, default=1, help="threads that grow a forest")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS, help=f"of {','.join(PARTS)}")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child)
        return
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    training.THREADS = arguments.threads
    parts = arguments.parts
    ee = data.evaluation()
    told = Told()

    if "non_articles" in parts:
        print("Non-articles (synthetic fixtures)")
        told.put("non_articles", measure_non_articles())
        print(f"  {told.figures['non_articles']}\n")
    if "worst_case" in parts:
        print("Pages built to be slow")
        told.put("worst_case", measure_worst())
        show(told.figures["worst_case"], ("CPU s", "wall s", "kind", "reason"))
    if "peers" in parts:
        bodies, metadata = measure_peers(ee)
        told.put("peers", {"bodies": bodies, "metadata": metadata})
        print("Title, authors, date: right of known")
        for name in ("fundus", "postlight"):
            print(f"  {name}")
            show({who: rows[name] for who, rows in metadata.items()}, ("title", "auth", "date", "date in UTC"))
        print("Bodies of peers")
        show(bodies, COLUMNS)
    if "cpu" in parts:
        print("CPU a page, in turn on each page")
        told.put("cpu", measure_cpu(CPU_PAGES))
        show(
            told.figures["cpu"], ("pages", "mean ms", "median ms", "p99 ms", "max ms", "p99 / median", "x trafilatura")
        )
    if "memory_mb" in parts:
        print("Peak memory of a process that reads all pages, MB")
        told.put("memory_mb", {what: peak_memory(what) for what in ("nothing", "newscrawl", "worst", "trafilatura")})
        print(f"  {told.figures['memory_mb']}\n", flush=True)
    if "bodies" in parts:
        measure_bodies(ee, arguments.seeds, arguments.folds, lambda row, whole: told.put("bodies", row, whole))
        show(told.figures["bodies"]["seeds"], ("mean", "lowest", "highest", "deviation"))
        print(
            "F1 is the harness's, on the texts as they stand. Gold bodies in decomposed Unicode or with soft hyphens count"
        )
        print(
            "as other words than the same text composed and without; 'alike': gold and every answer cleaned in the same way."
        )


if __name__ == "__main__":
    main()
