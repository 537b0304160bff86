"""Parsing in processes of its own, which are killed at their limit.

A stranger's page can make any parser slow, and code in C cannot be interrupted
inside its process. So parsing that may take long runs in a worker process. The
kernel ends the worker at its limit of CPU time or memory, and another worker
takes its place.

Use::

    workers = Workers(preload=("newscrawl.extraction",))
    ...
    try:
        page = await workers.run(extract, body, url, encoding=charset)
    except WorkerKilledError as killed:
        ...  # the page is `invalid`: count it with killed.reason
    ...
    workers.close()

The function must be importable by its module's name, and its module should
import neither Scrapy nor SQLAlchemy: a worker imports it. Arguments and result
are pickled, so they are plain values and dataclasses: a body in bytes and never
a ``Response``. What the function raises, ``run`` raises. What the function logs
appears in the log of the crawl.

One call is one unit that is lost as a whole. Give a worker one page, one feed or
one sitemap; not a list of pages.
"""

from newscrawl.workers.errors import Ending, WorkerKilledError, WorkersClosedError, WorkersUnavailableError
from newscrawl.workers.pool import DEFAULT_LIMIT, SMALL, Limit, Workers

__all__ = [
    "DEFAULT_LIMIT",
    "SMALL",
    "Ending",
    "Limit",
    "WorkerKilledError",
    "Workers",
    "WorkersClosedError",
    "WorkersUnavailableError",
]
