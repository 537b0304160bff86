"""Scrapy settings of the project. `docs/settings.md` explains each to its users.

Settings of our own (``NEWSCRAWL_…``) are also read from the environment under
the same name, here and nowhere else; ``-s`` on the command line wins.
"""

import gc
import importlib.util
import os
import sys
from pathlib import Path

from newscrawl.config import ENVIRONMENT, check_environment, user_agent
from newscrawl.errors import ExitStatus, UserError
from newscrawl.net.defaults import NET_SETTINGS
from newscrawl.rendering import limits

# What starts here makes some 300,000 objects that stay, and by default the collector looks for garbage among them at
# every 700: a tenth of the CPU of `scrapy status`. A crawl sets it anew when all is loaded (`workers.garbage`).
gc.set_threshold(250_000)


def _refuse_strays() -> None:
    """`spiders` and `pipelines` must be the packages beside `newscrawl`.

    Scrapy appends the project to ``sys.path``: a package of the same name
    elsewhere on the path would win, and a crawl would silently run its code.
    """
    home = Path(__file__).absolute().parent.parent
    for name in ("spiders", "pipelines"):
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).absolute().parent.parent if spec and spec.origin else None
        if found != home:
            where = "is missing" if found is None else f"is taken from {found}"
            sys.stderr.write(f"newscrawl: the package {name!r} {where}, not from {home}: rename or remove the other\n")
            raise SystemExit(int(ExitStatus.USAGE))


_refuse_strays()
try:
    check_environment(os.environ)
except UserError as error:
    sys.stderr.write(f"newscrawl: {error}\n")
    raise SystemExit(int(ExitStatus.USAGE)) from None

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
COMMANDS_MODULE = "newscrawl.commands"

# --- our own, from the environment ---
NEWSCRAWL_DATABASE = ""
NEWSCRAWL_CONTACT = ""
NEWSCRAWL_HOST_OVERRIDES = ""
NEWSCRAWL_PORTS = ""
NEWSCRAWL_OWN_SERVICES = ""
NEWSCRAWL_ARCHIVE = ""
NEWSCRAWL_REPLAY = ""
NEWSCRAWL_RENDER = ""
NEWSCRAWL_DUPLICATES = ""
NEWSCRAWL_WORKERS = ""
NEWSCRAWL_RIGHTS = ""
NEWSCRAWL_HEALTH = ""
NEWSCRAWL_EXPECT = ""
NEWSCRAWL_ALARM_FILE = ""
NEWSCRAWL_ALARM_WEBHOOK = ""
NEWSCRAWL_ALARM_MAIL = ""
NEWSCRAWL_METRICS_FILE = ""
NEWSCRAWL_METRICS_PORT = ""
NEWSCRAWL_LOG_FORMAT = ""
# Empty means unset.
globals().update({name: os.environ.get(name, "").strip() or default for name, default in ENVIRONMENT.items()})

# The contact given with -s is added when the spider's settings are read.
USER_AGENT = user_agent(NEWSCRAWL_CONTACT)

# --- safety of every request: handlers, resolver, caps, robots (newscrawl/net) ---
globals().update(NET_SETTINGS)
# --- bounds of the browser (newscrawl/rendering/limits.py) ---
globals().update(limits.RENDER_SETTINGS)
# A stop must also end what hangs, a page may need a browser; and every request takes the slot of the domain it goes to.
DOWNLOAD_HANDLERS = {
    **NET_SETTINGS["DOWNLOAD_HANDLERS"],
    "http": "newscrawl.rendering.download.RenderingOnDemand",
    "https": "newscrawl.rendering.download.RenderingOnDemand",
}
DOWNLOADER_MIDDLEWARES = {
    **NET_SETTINGS["DOWNLOADER_MIDDLEWARES"],
    "newscrawl.net.slots.SlotMiddleware": 770,
}

# --- politeness ---
# Seconds between the starts of two requests to one registrable domain, held by the claim on work and once more
# by the downloader's slot; default 0.
DOWNLOAD_DELAY = 1.0
# One request at a time to one registrable domain; default 8.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# What may truly be in flight; the claim hands out no more. Default 16.
CONCURRENT_REQUESTS = 32
# The book of manners paces each host. Scrapy's own queue looks at every host that waits to give away a place, and takes
# them in the order of their names: those with most to ask are to go first, and of the others who waited longest.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
# A response's output is spread over this many tasks; ours yield nothing or little. Default 100.
CONCURRENT_ITEMS = 2
# The ledger tries again, politely and across restarts: Scrapy's own retries would not wait. Default True.
RETRY_ENABLED = False
# Tries of an original beyond the first within a run; default 2.
RETRY_TIMES = 2

# --- the way of a record ---
# Order matters: clean, then look for duplicates, then write. Pipelines of your own go between 100 and 900 where they
# change records, behind 900 where they pass them on (docs/settings.md).
ITEM_PIPELINES = {
    "pipelines.clean.CleanPipeline": 100,
    "pipelines.dedupe.DedupePipeline": 500,
    "pipelines.store.StorePipeline": 900,
}
FEED_EXPORTERS = {
    "jsonl": "newscrawl.datasets.exporters.RecordLinesExporter",
    "jsonlines": "newscrawl.datasets.exporters.RecordLinesExporter",
    "jl": "newscrawl.datasets.exporters.RecordLinesExporter",
    "csv": "newscrawl.datasets.exporters.RecordCsvExporter",
    "parquet": "newscrawl.datasets.exporters.RecordParquetExporter",
}
# Scrapy's own ends with status 0 when a feed could not be written.
EXTENSIONS = {
    **NET_SETTINGS["EXTENSIONS"],
    "scrapy.extensions.feedexport.FeedExporter": None,
    "newscrawl.datasets.feeds.WatchedFeedExporter": 0,
    # Scrapy's own counts pages; ours says how much of the work is done and how long it takes yet.
    "scrapy.extensions.logstats.LogStats": None,
    "newscrawl.progress.crawl.CrawlProgress": 0,
    # Shows and writes metrics, where that is set.
    "newscrawl.health.showing.MetricsExtension": 0,
}
# An empty file tells nothing; default True.
FEED_STORE_EMPTY = False
FEED_EXPORT_ENCODING = "utf-8"

# --- what Scrapy would do beside it ---
# Every request is decided by the ledger; the filter would only remember them all. Default RFPDupeFilter.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# Originals are on other sites by nature: the address policy decides, not a list of domains.
# No site is told where a link to it was found.
REFERRER_POLICY = "no-referrer"
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
LOG_LEVEL = "INFO"
LOG_FORMATTER = "newscrawl.reports.logs.QuietLogFormatter"
# Seconds between two lines of progress, where no panel shows it; default 60.
LOGSTATS_INTERVAL = 30.0
# Bytes of memory are watched where the platform allows; a crawl past this stops in order. Default 0 (off).
MEMUSAGE_LIMIT_MB = 2048
