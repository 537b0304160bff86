"""``python -m benchmarks.wordpress``: a real WordPress with real articles, crawled; figures and coverage of fields."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.common import need_shared, write_result
from tests.integration.wordpress.crawl import crawl, judge, make_world
from tests.integration.wordpress.publishers import Publishers
from tests.integration.wordpress.site import WordPress, missing_parts


def main() -> int:
    """Measure, print the tables and write ``results/wordpress.json``; 0 when a crawl was judged."""
    need_shared("data/pages/gold.jsonl")
    missing = missing_parts()
    if missing:
        print(f"skipped: no WordPress, {', '.join(missing)} not here", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder, Publishers() as publishers, WordPress() as site:
        world = make_world(site, publishers)
        run = crawl(site, publishers, Path(folder), settings={"NEWSCRAWL_WORKERS": "auto"})
        report = judge(world, run, site.requests(), publishers)
        if not run.records:
            print(run.log[-4000:], file=sys.stderr)
            return 1
        print(report.table())
        wrong = report.wrong_ending + report.wrong_attribution + report.wrong_post
        posts = len(world.posts)
        wanted = {
            "posts_in_exactly_one_record": report.figures["posts_in_exactly_one_record"] == posts,
            "outcome_and_reason_right": report.figures["outcome_and_reason_right"] == posts,
            "attribution_right": report.figures["attribution_right"] == posts,
            "decoys_taken": not report.decoys_taken,
            "original_text_f1": report.f1 >= 0.955,
            "requests_per_post": report.requests_per_post <= 1.05,
        }
        write_result(
            "wordpress",
            {
                "wordpress_version": site.version,
                "as_wanted": wanted,
                **report.figures,
                # Names of pages: their titles belong to others.
                "posts_with_something_wrong": sorted({line.partition(":")[0] for line in wrong}),
                "coverage": report.coverage,
            },
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
