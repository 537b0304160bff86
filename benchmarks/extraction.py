# ruff: noqa: E501 - tables
"""The extraction beside its peers: ``python -m benchmarks.extraction``.

Needs ``../shared`` and ``requirements-train.txt``. Every body figure of newscrawl
is cross-validated by host: a page is read by forests that saw no page of its
host, through the same :func:`newscrawl.extraction.extract` that ships. The
shipped weights are trained on all pages, so measuring them here would be
measuring memory.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import extraction_data as data
from benchmarks import train_extraction as training
from benchmarks.common import ROOT, write_result
from newscrawl.clock import format_time, parse_time
from newscrawl.extraction import Extraction, body, extract, model
from newscrawl.extraction.model import Forest
from newscrawl.text import clean_text

FOLDS = 5
SETS = ("scrapinghub", "fundus")
#: Pages of all sets on which trafilatura has at least the first and newscrawl less than the second are catastrophes.
THEIRS, OURS = 0.9, 0.7
COLUMNS = [f"{name[:6]} {what}" for name in SETS for what in ("F1", "alike", "exact", "<.5")]
Answer = dict[str, Any]


def answer(found: Extraction) -> Answer:
    """An extraction as ``tools/extraction_eval.py`` wants it.

    ``published`` is the field as it is, in the page's own zone where it told one: the harness looks at the day there
    and in UTC. ``published_utc`` is the same instant in UTC, as records have it.
    """
    local = found.published_at
    return {
        "body": found.text,
        "title": found.title,
        "authors": found.authors,
        "published": local,
        "published_utc": format_time(parse_time(local)) if local else None,
    }


class Using:
    """For the length of a block, newscrawl reads with other forests than the shipped ones."""

    def __init__(self, forests: dict[str, Forest]) -> None:
        self.forests = forests

    def __enter__(self) -> None:
        self.load = model.load
        model.load = lambda names: self.forests  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        model.load = self.load


# --- peers -------------------------------------------------------------------


def by_trafilatura(html: str, url: str) -> Answer:
    import trafilatura

    found = trafilatura.bare_extraction(html, url=url, with_metadata=True)
    if found is None:
        return {}
    values = found if isinstance(found, dict) else found.as_dict()
    names = re.split(r"\s*;\s*", values.get("author") or "")
    return {
        "body": values.get("text"),
        "title": values.get("title"),
        "authors": [n for n in names if n],
        "published": values.get("date"),
    }


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


def fold_forests(
    pages: Sequence[data.Page], seed: int, keep: Path | None, count: int = FOLDS
) -> tuple[dict[str, int], list[dict[str, Forest]]]:
    """The fold of each domain over all sets, and the forests trained without it; kept in and read from the folder *keep*."""
    parts = data.folds(pages, count, seed)
    forests = []
    for part in range(count):
        file = keep / f"seed{seed}-{part + 1}of{count}.bin" if keep else None
        if file and file.exists():
            forests.append(model.unpack(file.read_bytes(), body.NAMES))
            continue
        started = time.monotonic()
        forests.append(training.fit_all([p for p in pages if parts[p.host] != part], seed))
        seconds = time.monotonic() - started
        print(f"  fold {part + 1} of {count} trained in {seconds:.0f} s", file=sys.stderr, flush=True)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(model.pack(forests[-1], body.NAMES))
    return parts, forests


def measure_wcxb(
    pages: Sequence[data.Page],
    html: Callable[[data.Page], str],
    parts: dict[str, int],
    forests: list[dict[str, Forest]],
    theirs: dict[str, str],
) -> dict[str, Any]:
    """Cross-validated: words F1 of WCXB's articles, refusals, and what its other pages were told to be.

    *theirs*: trafilatura's text by page name, where it was asked: catastrophes are counted over all sets.
    """
    scores: list[float] = []
    refused: list[str] = []
    kinds: dict[str, dict[str, int]] = {}
    worse: list[str] = []
    compared = 0
    for part, trained in enumerate(forests):
        with Using(trained):
            for page in pages:
                if parts[page.host] != part or page.set not in (*SETS, data.WCXB) or "body" not in page.gold:
                    continue
                found = extract(html(page), page.gold["url"])
                own = data.words_f1(page.gold["body"], found.text)
                if page.set == data.WCXB:
                    row = kinds.setdefault(page.gold["type"], {"pages": 0, "told apart": 0, "in doubt": 0})
                    row["pages"] += 1
                    row["told apart"] += found.kind != "article"
                    row["in doubt"] += found.kind == "article" and "in doubt" in (found.detail or "")
                if not page.is_article:
                    continue
                if page.set == data.WCXB:
                    scores.append(own)
                if found.kind != "article":
                    refused.append(f"{page.name}: {found.kind}, {found.detail}")
                if page.name in theirs:
                    compared += 1
                    if own < OURS and data.words_f1(page.gold["body"], theirs[page.name]) >= THEIRS:
                        worse.append(page.name)
    return {
        "words F1": round(sum(scores) / len(scores), 4),
        "pages": len(scores),
        "under .5": sum(score < 0.5 for score in scores),
        "refused": refused,
        "kinds": kinds,
        "compared with trafilatura": compared,
        "far worse than trafilatura": worse,
    }


def witnesses(page: data.Page, others: Sequence[data.Page], rng: random.Random) -> dict[str, str]:
    """The copies of the issue's table for one page."""
    own = page.gold["body"]
    chosen = rng.sample([o for o in others if o.host != page.host], 6)
    return {
        "clean, degraded": data.degraded(own, rng),
        "clean, as it is": own,
        "another article": chosen[0].gold["body"],
        "first two paragraphs": data.first_two(own),
        "made by readability": data.readability_text(page.html),
        "made by trafilatura": by_trafilatura(page.html, page.gold["url"]).get("body") or "",
        "a live blog": data.live_blog(own, [o.gold["body"] for o in chosen[1:]], rng),
        "empty": "",
    }


def measure_bodies(
    ee: Any, gold: Sequence[data.Page], parts: dict[str, int], forests: list[dict[str, Forest]], seed: int
) -> dict[str, Any]:
    """Cross-validated bodies without and with each kind of witness; refusals; sentences that are not the page's."""
    modes: dict[str, dict[str, Answer]] = {}
    refused: list[str] = []
    foreign = 0
    for part, trained in enumerate(forests):
        with Using(trained):
            for page in gold:
                if parts.get(page.host, 0) != part:
                    continue
                rng = random.Random(f"{seed}{page.name}")
                found = extract(page.html, page.gold["url"])
                modes.setdefault("no witness", {})[page.name] = answer(found)
                if found.kind != "article":
                    refused.append(f"{page.name}: {found.kind}, {found.detail}")
                squeezed = re.sub(r"\s+", " ", " ".join(page.blocks.text))
                for kind, copy in witnesses(page, gold, rng).items():
                    found = extract(page.html, page.gold["url"], witness=copy)
                    modes.setdefault(kind, {})[page.name] = answer(found)
                    if found.sources.get("text") == "html":
                        lines = (re.sub(r"\s+", " ", line) for line in (found.text or "").split("\n\n"))
                        foreign += sum(line not in squeezed for line in lines if line.isascii())
    table: dict[str, Any] = {}
    for kind, answers in modes.items():
        row: dict[str, Any] = {}
        for name in SETS:
            pages = [p for p in gold if p.set == name]
            figures = summary(ee, [p.gold for p in pages], [answers[p.name] for p in pages])
            row |= {
                f"{name[:6]} F1": figures["f1"],
                f"{name[:6]} alike": figures["f1_alike"],
                f"{name[:6]} exact": figures["acc"],
                f"{name[:6]} <.5": figures["under_half"],
            }
        table[kind] = row
    return {"modes": table, "refused": refused, "foreign_paragraphs": foreign}


def _safely(function: Callable[[str, str], Any], html: str, url: str) -> Any:
    try:
        return function(html, url) or {}
    except Exception:  # a peer that fails on a page has no answer
        return {}


def _reset() -> None:
    from trafilatura.meta import reset_caches

    reset_caches()
    gc.collect()


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure_side_by_side(ee: Any, pages: Sequence[tuple[Answer, str]]) -> dict[str, dict[str, Any]]:
    """Everybody on the same pages, page by page in turn, so that the machine's moods fall on all alike.

    CPU of each, and what each answered: bodies of the peers, title, authors and date of those that read them.
    newscrawl's bodies are not among them: they are cross-validated elsewhere.
    """
    candidates: dict[str, Callable[[str, str], Any]] = {"newscrawl": extract, **PEERS}
    spent: dict[str, list[float]] = {name: [] for name in candidates}
    answers: dict[str, list[Answer]] = {name: [] for name in candidates}
    for number, (gold, html) in enumerate(pages):
        for name, function in candidates.items():
            if not number:
                _safely(function, html, gold["url"])  # what is loaded once counts for nobody
            started = time.thread_time()
            found = _safely(function, html, gold["url"])
            spent[name].append((time.thread_time() - started) * 1e3)
            answers[name].append(answer(found) if isinstance(found, Extraction) else found)
        if number % 100 == 99:
            _reset()
    base = sum(spent["trafilatura"])
    cpu = {
        name: {
            "mean ms": round(sum(values) / len(values), 1),
            "median ms": round(quantile(values, 0.5), 1),
            "p99 ms": round(quantile(values, 0.99), 1),
            "max ms": round(max(values), 1),
            "x trafilatura": round(sum(values) / base, 3),
        }
        for name, values in spent.items()
    }
    bodies: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for who, found_all in answers.items():
        for name in (*SETS, "postlight"):
            at = [i for i, (gold, _) in enumerate(pages) if gold["set"] == name]
            figures = summary(ee, [pages[i][0] for i in at], [found_all[i] for i in at])
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
    texts = {
        str(gold["name"]): str(found.get("body") or "")
        for (gold, _), found in zip(pages, answers["trafilatura"], strict=True)
    }
    return {"cpu": cpu, "bodies": bodies, "metadata": metadata, "texts": texts}


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="one cross-validation each")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--keep", type=Path, help="folder for the folds' forests: they are trained once")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child)
        return
    ee = data.evaluation()
    figures: dict[str, Any] = {}

    print("Non-articles (synthetic fixtures)")
    figures["non_articles"] = measure_non_articles()
    print(f"  {figures['non_articles']}\n")
    print("Pages built to be slow")
    figures["worst_case"] = measure_worst()
    show(figures["worst_case"], ("CPU s", "wall s", "kind", "reason"))
    side = measure_side_by_side(ee, list(data.gold_pages([*SETS, "postlight", data.WCXB])))
    print("Title, authors, date: right of known")
    figures["metadata"] = side["metadata"]
    for name in ("fundus", "postlight"):
        print(f"  {name}")
        show({who: rows[name] for who, rows in side["metadata"].items()}, ("title", "auth", "date", "date in UTC"))
    print("CPU a page, in turn on each page")
    figures["cpu"] = side["cpu"]
    show(figures["cpu"], ("mean ms", "median ms", "p99 ms", "max ms", "x trafilatura"))
    print("Peak memory of a process that reads all pages, MB")
    figures["memory_mb"] = {what: peak_memory(what) for what in ("nothing", "newscrawl", "worst", "trafilatura")}
    print(f"  {figures['memory_mb']}\n", flush=True)

    pages = data.load()
    gold = [page for page in pages if "body" in page.gold and page.set in SETS]
    figures["body"] = {}
    theirs = side["texts"]
    for seed in arguments.seeds:
        print(f"Body, seed {seed}: newscrawl cross-validated in {arguments.folds} folds by domain over all sets")
        parts, forests = fold_forests(pages, seed, arguments.keep, arguments.folds)
        row = measure_bodies(ee, gold, parts, forests, seed)
        row["wcxb"] = measure_wcxb(pages, lambda page: page.html, parts, forests, theirs)
        figures["body"][str(seed)] = row
        show({f"newscrawl, {kind}": values for kind, values in row["modes"].items()}, COLUMNS)
        print(f"  refused: {row['refused']}; paragraphs not of the page: {row['foreign_paragraphs']}")
        print(f"  WCXB: {row['wcxb']}\n", flush=True)
    figures["body_peers"] = side["bodies"]
    show(figures["body_peers"], COLUMNS)
    print(
        "F1 is the harness's, on the texts as they stand. Gold bodies in decomposed Unicode or with soft hyphens count as"
    )
    print(
        "other words than the same text composed and without; 'alike': gold and every answer cleaned in the same way."
    )
    write_result("extraction", figures, seeds=arguments.seeds)


if __name__ == "__main__":
    main()
