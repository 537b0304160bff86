"""Datasette for newscrawl: metadata, facets, and a route for one story. Needs the extra `browse`."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils import tilde_encode
from datasette.utils.asgi import NotFound, Request, Response
from jinja2 import ChoiceLoader, DictLoader, Environment
from markupsafe import Markup

from newscrawl.browsing.story import STORY_SQL, story_of
from newscrawl.storage.tables import metadata as tables
from newscrawl.storage.views import VIEWS

__all__ = ["datasette_for", "metadata_for"]

_FACETS = ["outcome", "reason", "language", "publisher_domain", "post_site"]
#: Tables that a reader looks at; all others are the ledger's and are hidden.
_SHOWN: dict[str, dict[str, Any]] = {
    "records": {
        "description": "All records, one for each post, failed ones too; what is nested is JSON. `articles` is easier.",
        "facets": ["outcome", "reason", "language"],
        "sort_desc": "published_at",
        "size": 50,
    },
    "versions": {"description": "What records were before they changed.", "sort_desc": "superseded_at"},
    "runs": {"description": "Every run and how it ended.", "facets": ["spider", "state"], "sort_desc": "number"},
    "hosts": {"description": "When each host may be asked next, and why it is left alone.", "facets": ["reason"]},
    "requests": {"description": "What was asked of the web for posts and originals, and what came back."},
}
_QUERIES = {
    "publishers_not_reached": {
        "title": "Publishers of which nothing was reached",
        "sql": "SELECT domain, name, articles, last_at FROM publishers WHERE originals = 0 AND partial = 0"
        " ORDER BY articles DESC",
    },
    "reasons": {
        "title": "Why records are not the original",
        "sql": "SELECT outcome, reason, count(*) AS records FROM records GROUP BY outcome, reason"
        " ORDER BY records DESC",
    },
    "largest_clusters": {
        "title": "Stories that most publishers tell",
        "sql": "SELECT cluster_id, count(*) AS records, min(title) AS a_title FROM articles"
        " GROUP BY cluster_id HAVING count(*) > 1 ORDER BY records DESC",
    },
}


def metadata_for(name: str) -> dict[str, Any]:
    """Datasette's metadata for a database called *name*."""
    shown = {
        **_SHOWN,
        **{
            view: {"description": what, **({"facets": _FACETS} if view != "publishers" else {})}
            for view, what in VIEWS.items()
        },
    }
    shown["articles"] |= {"sort_desc": "published_at", "size": 50}
    shown["publishers"] |= {"sort_desc": "articles"}
    hidden = {table: {"hidden": True} for table in (*tables.tables, "alembic_version") if table not in shown}
    return {
        "title": "newscrawl",
        # The name of a file is quoted as Datasette does it.
        "description_html": "Posts of aggregators and the originals that they name. Open "
        f'<a href="/{tilde_encode(name)}/articles">the articles</a>; the id of one leads to its story.',
        "databases": {name: {"tables": {**hidden, **shown}, "queries": _QUERIES}},
    }


def datasette_for(path: Path) -> Datasette:
    """Datasette on the SQLite file at *path*, which it opens to read alone."""
    if pm.get_plugin("newscrawl") is None:
        pm.register(sys.modules[__name__], name="newscrawl")
    return Datasette(
        files=[str(path)],
        metadata=metadata_for(path.stem),
        settings={
            "allow_download": False,
            "suggest_facets": False,
            # The table stands above the fold.
            "default_facet_size": 8,
            "facet_time_limit_ms": 3_000,
            "sql_time_limit_ms": 10_000,
            "num_sql_threads": 2,
            "truncate_cells_html": 200,
        },
    )


# --- what newscrawl adds to Datasette: its hooks, by their names ---


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/story/(?P<id>[0-9a-f]{32})$", _story)]


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Environment) -> None:
    page = resources.files("newscrawl.browsing").joinpath("story.html").read_text(encoding="utf-8")
    env.loader = ChoiceLoader([DictLoader({"newscrawl_story.html": page}), *([env.loader] if env.loader else [])])


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None, datasette: Datasette) -> Markup | None:
    if table in ("records", "articles", "latest") and column == "id" and isinstance(value, str):
        url = datasette.urls.path(f"/-/story/{quote(value)}")
        return Markup('<a href="{}">{}</a>').format(url, value[:8] + "…")
    return None


async def _story(request: Request, datasette: Datasette) -> Response:
    """The page of one story."""
    database = datasette.get_database()
    found = await database.execute(STORY_SQL, {"id": request.url_vars["id"]})
    row = found.first()
    if row is None:
        raise NotFound("There is no such record")
    story = story_of(dict(row))
    page = await datasette.render_template("newscrawl_story.html", {"story": story, "database": database.name}, request)
    return Response.html(page)
