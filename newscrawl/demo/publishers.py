# ruff: noqa: E501 - long lines of text and markup read better whole
"""The demo's publishers: who they are and how their sites are built."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PUBLISHERS", "Publisher"]


@dataclass(frozen=True, slots=True)
class Publisher:
    """A publisher's site.

    ``layout`` names a function of :mod:`newscrawl.demo.pages`; ``path`` is the pattern of an article's address (``{id}`` is
    always in it: the server finds the article by it); ``utc_offset`` is in minutes; ``robots`` is the text of robots.txt.
    ``encoding`` is how pages are sent and ``charset_in`` where that is said (``header``, ``meta``, ``bom``);
    ``canonical_host`` is another site that pages name as their canonical; ``headers`` and ``head`` are sent with each page.
    """

    key: str
    name: str
    host: str
    layout: str
    path: str
    language: str = "en"
    utc_offset: int = 0
    robots: str = "User-agent: *\nDisallow: /search\nDisallow: /account/\n"
    encoding: str = "utf-8"
    charset_in: str = "header"
    canonical_host: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    head: str = ""

    @property
    def domain(self) -> str:
        """The registrable domain: hosts of the demo end in ``.test``, so it is the last two labels."""
        return ".".join(self.host.split(".")[-2:])


PUBLISHERS: dict[str, Publisher] = {
    publisher.key: publisher
    for publisher in (
        Publisher(
            "harborledger", "Harbor Ledger", "www.harborledger.test", "graph", "/{y}/{m}/{slug}-{id}/", utc_offset=-300
        ),
        Publisher(
            "northfieldcourier",
            "Northfield Courier",
            "northfieldcourier.test",
            "opengraph",
            "/news/{slug}-{id}",
            head='<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
        ),
        Publisher(
            "meridianpost",
            "The Meridian Post",
            "www.meridianpost.test",
            "microdata",
            "/story/{id}/{slug}",
            utc_offset=60,
            head='<meta name="robots" content="noai, noimageai, max-image-preview:large">',
        ),
        Publisher(
            "plainsdispatch", "Plains Dispatch", "plainsdispatch.test", "plain", "/archive/{id}.html", utc_offset=-420
        ),
        Publisher(
            "quaysideecho",
            "Quayside Echo",
            "www.quaysideecho.test",
            "cms",
            "/{section}/{slug}.{id}.html",
            utc_offset=60,
            robots="User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow: /search\n",
        ),
        Publisher(
            "blufftribune",
            "Bluff Tribune",
            "blufftribune.test",
            "hentry",
            "/{y}/{m}/{d}/{slug}/?id={id}",
            utc_offset=-360,
            headers=(("TDM-Reservation", "1"), ("X-Robots-Tag", "max-snippet:50")),
        ),
        Publisher(
            "zeitungamfluss",
            "Zeitung am Fluss",
            "www.zeitungamfluss.test",
            "cms",
            "/{section}/{slug}-{id}.html",
            "de",
            60,
        ),
        Publisher(
            "voixdelaplaine", "La Voix de la Plaine", "www.voixdelaplaine.test", "opengraph", "/a/{id}/{slug}", "fr", 60
        ),
        Publisher("farodelsur", "El Faro del Sur", "farodelsur.test", "graph", "/{y}/{m}/{d}/{slug}-{id}/", "es", 60),
        Publisher("lanternnews", "Lantern News", "lanternnews.test", "amp", "/{slug}-{id}/", utc_offset=-300),
        Publisher("slowriver", "Slow River Weekly", "slowriver.test", "microdata", "/w/{id}/{slug}", utc_offset=120),
        Publisher("relaygazette", "Relay Gazette", "www.relaygazette.test", "cms", "/articles/{id}-{slug}"),
        Publisher(
            "vaultweekly", "Vault Weekly", "www.vaultweekly.test", "paywall", "/read/{id}/{slug}", utc_offset=-300
        ),
        Publisher(
            "closedgate",
            "Closed Gate Journal",
            "closedgate.test",
            "graph",
            "/{y}/{slug}-{id}/",
            robots="User-agent: *\nDisallow: /\n",
        ),
        Publisher("lostpages", "Lost Pages", "lostpages.test", "hentry", "/p/{id}/{slug}"),
        Publisher("brokenpress", "Broken Press", "brokenpress.test", "opengraph", "/{slug}-{id}"),
        Publisher("wanderingtimes", "Wandering Times", "wanderingtimes.test", "graph", "/latest/{slug}-{id}/"),
        Publisher(
            "widesheet",
            "The Widesheet",
            "widesheet.test",
            "opengraph",
            "/{id}/{slug}",
            encoding="utf-16",
            charset_in="bom",
        ),
        Publisher(
            "altstadtbote",
            "Altstadtbote",
            "www.altstadtbote.test",
            "hentry",
            "/{y}/{slug}-{id}.html",
            "de",
            60,
            encoding="windows-1252",
        ),
        Publisher(
            "gazettedulac",
            "Gazette du Lac",
            "gazettedulac.test",
            "cms",
            "/{section}/{id}-{slug}",
            "fr",
            60,
            encoding="windows-1252",
            charset_in="meta",
        ),
        Publisher(
            "rechnoyvestnik",
            "Речной вестник",
            "rechnoyvestnik.test",
            "microdata",
            "/news/{id}",
            "ru",
            180,
            encoding="windows-1251",
        ),
        Publisher("sahifatalmina", "صحيفة الميناء", "www.sahifatalmina.test", "graph", "/{y}/{m}/{id}/", "ar", 180),
        Publisher(
            "sistersun", "Sister Sun", "sistersun.test", "cms", "/{slug}-{id}", canonical_host="www.mothermoon.test"
        ),
        Publisher(
            "glassapp", "Glass App News", "www.glassapp.test", "opengraph", "/story/{id}/{slug}", utc_offset=-300
        ),
        Publisher("moatherald", "Moat Herald", "moatherald.test", "graph", "/{slug}-{id}/"),
        Publisher(
            "cookiekurier", "Cookie-Kurier", "www.cookiekurier.test", "cms", "/artikel/{slug}-{id}.html", "de", 60
        ),
        Publisher("memberspost", "Members Post", "www.memberspost.test", "opengraph", "/{y}/{slug}-{id}"),
        Publisher("sectionsdaily", "Sections Daily", "sectionsdaily.test", "cms", "/section/{section}/{slug}-{id}"),
        Publisher("innercircle", "Inner Circle", "innercircle.test", "graph", "/{slug}-{id}/"),
        Publisher("plainsocket", "Plain Socket", "plainsocket.test", "graph", "/{slug}-{id}/"),
        Publisher("bulkbulletin", "Bulk Bulletin", "bulkbulletin.test", "opengraph", "/{slug}-{id}"),
        Publisher("halfline", "Halfline", "halfline.test", "opengraph", "/{slug}-{id}"),
        Publisher("snapchronicle", "Snap Chronicle", "snapchronicle.test", "opengraph", "/{slug}-{id}"),
        Publisher("capitalstandard", "The Capital Standard", "www.capitalstandard.test", "plain", "/{id}/{slug}"),
    )
}
