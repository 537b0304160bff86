"""``python -m benchmarks.surfaces``: each surface on each theme, feed and sitemap, crawled and held against REST.

Attributions are not followed: originals do not depend on how their post was found.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import write_result
from newscrawl.demo.check import compare
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world
from tests.crawl.harness import Crawl
from tests.crawl.test_surfaces import NOT_CARRIED, differences, kinds

SEED, POSTS = 7, 64
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


def main() -> int:
    """Crawl all ways, print a line each, write ``results/surfaces.json``; 1 when one of them misses something."""
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
    figures = {
        "ways": len(rows),
        "ways_with_all_posts_and_the_same_records": len(ok),
        "not_carried": {name: sorted(fields) for name, fields in NOT_CARRIED.items()},
        "rows": rows,
    }
    write_result("surfaces", figures, seeds=[SEED])
    return 0 if len(ok) == len(rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
