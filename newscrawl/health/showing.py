"""Shows a crawl's metrics while it runs, and writes them when it has ended, where settings say so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from newscrawl.config import Config

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

__all__ = ["MetricsExtension"]

logger = logging.getLogger("newscrawl.health.showing")


class MetricsExtension:
    """Shows the metrics at ``NEWSCRAWL_METRICS_PORT`` during a crawl; writes ``NEWSCRAWL_METRICS_FILE`` after it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._server: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        config = Config.from_settings(crawler.settings)
        if config.metrics_port is None and config.metrics_file is None:
            raise NotConfigured
        made = cls(config)
        crawler.signals.connect(made._opened, signal=signals.spider_opened)
        crawler.signals.connect(made._stopped, signal=signals.engine_stopped)
        return made

    def _opened(self) -> None:
        if self._config.metrics_port is None:
            return
        from newscrawl.health.metrics import serve

        try:
            self._server = serve(self._config, self._config.metrics_port)
        except OSError as error:
            logger.warning("Metrics cannot be shown at port %s: %s", self._config.metrics_port, error.strerror)

    def _stopped(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        if self._config.metrics_file is None:
            return
        from newscrawl.health.metrics import write

        try:
            write(self._config, self._config.metrics_file)
        except OSError as error:
            logger.warning("Metrics cannot be written: %s", error.strerror)
