"""A spider's own ``parse_post``, called where the page of a stranger may be long to read: in a worker."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from scrapy.http import Response
from scrapy.utils.misc import load_object

if TYPE_CHECKING:
    from newscrawl.aggregators.aggregator import Aggregator
    from newscrawl.aggregators.arguments import Arguments
    from newscrawl.surfaces.parsing.post_page import PostPage

__all__ = ["SentPage", "SpiderClass", "read_by_own"]


@dataclass(frozen=True, slots=True)
class SpiderClass:
    """A spider's class by where it stands. *file*: of its module, which may lie outside the paths of imports."""

    module: str
    name: str
    file: str | None

    @classmethod
    def of(cls, spider: type[Aggregator]) -> SpiderClass | None:
        """Where *spider* stands; ``None`` for one that no worker can import: of a function, or of the script that was
        started, which a worker would start once more."""
        if "<locals>" in spider.__qualname__ or spider.__module__ == "__main__":
            return None
        return cls(spider.__module__, spider.__qualname__, getattr(sys.modules[spider.__module__], "__file__", None))

    def load(self) -> type[Aggregator]:
        """The class, imported where it has not been."""
        module = sys.modules.get(self.module) or self._import()
        found: type[Aggregator] = reduce(getattr, self.name.split("."), module)  # type: ignore[assignment]
        return found

    def _import(self) -> Any:
        try:
            return importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name != self.module or self.file is None:
                raise
        # `scrapy runspider FILE` imports a file of any folder.
        spec = importlib.util.spec_from_file_location(self.module, self.file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[self.module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@dataclass(frozen=True, slots=True)
class SentPage:
    """A response as it is sent to a worker: without its request, as which it would send the crawl."""

    kind: str
    url: str
    status: int
    headers: dict[bytes, list[bytes]]
    encoding: str | None

    @classmethod
    def of(cls, response: Response) -> SentPage:
        """What of *response* is sent beside its body."""
        kind = type(response)
        return cls(
            f"{kind.__module__}.{kind.__qualname__}",
            response.url,
            response.status,
            dict(response.headers),
            getattr(response, "encoding", None),
        )

    def response(self, body: bytes) -> Response:
        """The response with *body*."""
        named = {"encoding": self.encoding} if self.encoding is not None else {}
        made: Response = load_object(self.kind)(self.url, self.status, self.headers, body, **named)
        return made


def read_by_own(body: bytes, page: SentPage, spider: SpiderClass, arguments: Arguments) -> PostPage | None:
    """What the ``parse_post`` of *spider* makes of *page*. The spider has its class and *arguments*, and no crawler."""
    kind = spider.load()
    reader = kind.__new__(kind)
    reader.arguments = arguments
    return reader.parse_post(page.response(body))
