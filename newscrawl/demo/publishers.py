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
    """

    key: str
    name: str
    host: str
    layout: str
    path: str
    language: str = "en"
    utc_offset: int = 0
    robots: str = "User-agent: *\nDisallow: /search\nDisallow: /account/\n"

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
            "northfieldcourier", "Northfield Courier", "northfieldcourier.test", "opengraph", "/news/{slug}-{id}"
        ),
        Publisher(
            "meridianpost",
            "The Meridian Post",
            "www.meridianpost.test",
            "microdata",
            "/story/{id}/{slug}",
            utc_offset=60,
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
        ),
        Publisher(
            "blufftribune",
            "Bluff Tribune",
            "blufftribune.test",
            "hentry",
            "/{y}/{m}/{d}/{slug}/?id={id}",
            utc_offset=-360,
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
        Publisher("capitalstandard", "The Capital Standard", "www.capitalstandard.test", "plain", "/{id}/{slug}"),
    )
}
