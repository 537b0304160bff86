"""``scrapy genspider``: Scrapy's own, which also knows the project's templates (``-t wordpress``)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from scrapy.commands.genspider import Command as ScrapyGenspider

__all__ = ["Command"]


def own_templates() -> dict[str, Path]:
    """The project's templates by name. Of an egg, which is zipped and holds no place for a new spider, none."""
    folder = resources.files("newscrawl").joinpath("templates")
    if not isinstance(folder, Path):
        return {}
    return {path.stem: path for path in sorted(folder.glob("*.tmpl"))}


class Command(ScrapyGenspider):
    """A new spider in ``spiders/``, from a template of the project or of Scrapy."""

    def short_desc(self) -> str:
        return "Generate new spider from a template: -t wordpress for an aggregator, or one of Scrapy's"

    def _find_template(self, template: str) -> Path | None:
        return own_templates().get(template) or super()._find_template(template)

    def _list_templates(self) -> None:
        print("Templates of newscrawl:", *(f"  {name}" for name in own_templates()), sep="\n")
        super()._list_templates()
