"""``python -m benchmarks.surfaces [sites[=N]] [ways]``: whether each surface finds each post.

``sites``: 2,000 made-up sites of 1 to 5,000 posts, each listed by one surface (in turn) in a window drawn at random: a
post of the window is found, or the run says that it was cut and a later run finds it. In this process, without a crawl.

``ways``: each surface on each theme, feed and sitemap of the demo's site, crawled and held against REST. Attributions
are not followed: originals do not depend on how their post was found.

Without a name both are measured; one that is not keeps its figures of before.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, write_result
from newscrawl.demo.check import compare
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world
from tests.crawl.harness import Crawl
from tests.crawl.test_surfaces import NOT_CARRIED, differences, kinds
from tests.surfaces.random_sites import SURFACES, Outcome, try_site

SEED, POSTS = 7, 64
#: Seeds of the made-up sites: others than those of the tests.
SITES = range(10_000, 12_000)
THEMES = ("jnews", "tagdiv", "block")
SITEMAPS = ("core", "yoast", "gzip")
#: Surface, whether feeds are whole, theme, sitemap; a dimension that a surface does not see is not varied.
WAYS = [
    ("rest", True, "jnews", "core"),
    ("feed", True, "jnews", "core"),
    *(("feed", False, theme, "core") for theme in THEMES),
    *(("sitemap", True, theme, sitemap) for theme in THEMES for sitemap in SITEMAPS),
    *(("archive", True, theme, "core") for theme in THEMES),
]


def _counted(outcome: Outcome) -> Counter[str]:
    """What one site's listings come to, as figures to add up."""
    loud, missing, second = outcome.first.loud, len(outcome.missing), outcome.second
    healed = len(outcome.missing & second.names) if second is not None else 0
    return Counter(
        {
            "sites": 1,
            "posts_in_window": outcome.wanted,
            "found": outcome.wanted - missing,
            "sites_cut_and_told": int(loud),
            "sites_cut_and_told_though_all_was_found": int(loud and not missing),
            "posts_missed_and_told": missing if loud else 0,
            "posts_that_caches_did_not_show_yet": 0 if loud else missing - len(outcome.silent),
            "posts_healed_by_a_later_run": healed,
            "posts_still_missed_and_told": missing - healed if second is not None and second.loud else 0,
            "posts_lost_silently": len(outcome.silent | outcome.stays),
            "requests": len(outcome.first.asked),
        }
    )


def measure_sites(seeds: Sequence[int] = SITES) -> dict[str, Any]:
    """All sites: what was found, told and lost."""
    rows: dict[str, Counter[str]] = {surface: Counter() for surface in SURFACES}
    lost: list[dict[str, Any]] = []
    for done, seed in enumerate(seeds, 1):
        surface = SURFACES[seed % len(SURFACES)]
        outcome = try_site(seed, surface)
        rows[surface] += _counted(outcome)
        if outcome.silent or outcome.stays:
            lost.append({"seed": seed, "surface": surface, "posts": sorted(outcome.silent | outcome.stays)[:20]})
            print(f"lost: seed {seed}, {surface}: {lost[-1]['posts'][:5]}", file=sys.stderr)
        if done % 100 == 0:
            print(f"{done} sites, {len(lost)} listings with silent losses", flush=True)
    return {
        "sites": len(seeds),
        "silent_losses": len(lost),
        "by_surface": {surface: dict(row) for surface, row in rows.items()},
        "losses": lost,
    }


def measure_ways() -> dict[str, Any]:
    """All ways crawled: posts as intended, and differences from what REST gives."""
    rows: list[dict[str, Any]] = []
    baseline: dict[str, dict[str, Any]] = {}
    with serve(build_world(seed=SEED, posts=POSTS), slow=0.1) as server, tempfile.TemporaryDirectory() as folder:
        for number, (surface, full_feeds, theme, sitemap) in enumerate(WAYS):
            server.full_feeds, server.theme, server.sitemap = full_feeds, theme, sitemap
            before, began = len(server.requests), time.monotonic()
            (place := Path(folder) / str(number)).mkdir()
            crawl = Crawl(place, server, RETRY_TIMES=0)
            status = crawl.crawl("since=all", f"surface={surface}", "follow=no", timeout=600).status
            compared = compare(server.world.all_expected(follow=False), crawl.feed(), surface=surface)
            records = crawl.records()
            baseline = baseline or records
            differing = [] if surface == "rest" else differences(records, baseline, surface, full_feeds)
            row = {
                "surface": surface,
                "feeds": "full" if full_feeds else "excerpts",
                "theme": theme,
                "sitemap": sitemap,
                "status": status,
                "posts_as_intended": compared.matching,
                "posts": compared.total,
                "differences_from_rest": len(differing),
                "requests_to_the_site": kinds(server, before),
                "seconds": round(time.monotonic() - began, 1),
            }
            rows.append(row)
            print(*row.values(), flush=True)
            for line in [*compared.differences[:5], *differing[:5]]:
                print("   ", line[:300], file=sys.stderr)
    ok = [row for row in rows if row["posts_as_intended"] == row["posts"] and not row["differences_from_rest"]]
    return {
        "ways": len(rows),
        "ways_with_all_posts_and_the_same_records": len(ok),
        "not_carried": {name: sorted(fields) for name, fields in NOT_CARRIED.items()},
        "rows": rows,
    }


def main(words: Sequence[str] | None = None) -> int:
    """Measure, write ``results/surfaces.json``; 1 when a post is lost or a way misses something."""
    given = dict(one.partition("=")[::2] for one in (sys.argv[1:] if words is None else words)) or {
        "sites": "",
        "ways": "",
    }
    if set(given) - {"sites", "ways"}:
        print("usage: python -m benchmarks.surfaces [sites[=N]] [ways]", file=sys.stderr)
        return 2
    seeds = SITES[: int(given.get("sites") or len(SITES))]
    path = RESULTS / "surfaces.json"
    before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.exists() else {}
    made_up = measure_sites(seeds) if "sites" in given else before.get("made_up_sites")
    ways = measure_ways() if "ways" in given else {name: one for name, one in before.items() if name != "made_up_sites"}
    write_result("surfaces", {**ways, "made_up_sites": made_up}, seeds=[SEED, SITES.start])
    lost = bool(made_up and made_up["silent_losses"])
    return 1 if lost or ways["ways"] != ways["ways_with_all_posts_and_the_same_records"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
