"""Any WordPress aggregator, written once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from newscrawl.aggregators.aggregator import Aggregator, latest
from newscrawl.clock import epoch, format_time, now_text, parse_time
from newscrawl.errors import UserError
from newscrawl.net.robots import RobotsMiddleware
from newscrawl.net.slots import host_of
from newscrawl.outcomes import Reason
from newscrawl.posts import Discovered
from newscrawl.surfaces.answers import Answer, End, SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import LEFT_ALONE, Fetcher
from newscrawl.surfaces.registry import Surface, names_for, open_surface, tells
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from newscrawl.aggregators.arguments import Arguments
    from newscrawl.config import Config
    from newscrawl.ledger.scopes import Memory
    from newscrawl.surfaces.parsing.links import Language
    from newscrawl.surfaces.rest import RestSurface

__all__ = ["WordPressSpider"]

#: Changes are asked for from this long before the last one seen: several may fall into its second.
MODIFIED_OVERLAP = dt.timedelta(seconds=2)
#: Seconds after which the newest posts are listed by date again, though changes are asked for at every run.
LIST_EVERY = 3600.0
#: For how long `auto` keeps to the surface that it took (seconds).
SURFACE_TTL = 86_400.0
#: Reasons for which every surface of the site would fail: `auto` tries no other.
FATAL = frozenset({Reason.DNS, Reason.TLS, Reason.REFUSED, "categories", LEFT_ALONE})
#: Reasons for which `auto` tries one other surface, where the site has answered nothing yet.
SILENT = frozenset({Reason.CONNECTION, Reason.TIMEOUT})
#: Answers that say that a language has no list of its own.
NO_LIST = frozenset({"http_404", "http_410", "html", "not_found"})
#: Seconds between two lines on progress.
TELL_EVERY = 30.0


class WordPressSpider(Aggregator):
    """Base of spiders for WordPress aggregators.

    To add a site: copy ``spiders/dnyuz.py``, set ``name`` and ``site``. Posts
    are discovered by the richest surface that serves; the attribution is found
    in whatever language it is written. ``docs/add-an-aggregator.md`` goes
    through it step by step.
    """

    @classmethod
    def read_arguments(cls, given: dict[str, Any], config: Config) -> Arguments:
        arguments = super().read_arguments(given, config)
        if arguments.surface != "auto":
            for name in ("categories", "query", "post_types"):
                if getattr(arguments, name) and name not in tells(arguments.surface):
                    what = f"arguments surface={arguments.surface} and {name} contradict each other"
                    raise UserError(f"{what}: {arguments.surface}s do not tell")
        return arguments

    async def discover(self) -> None:
        from newscrawl.ledger.scopes import Memory
        from newscrawl.ledger.upkeep import revive_originals

        run = self.run
        self._memory = Memory.of(run.entry.scope_row)
        self._widen_to_what_is_owed()
        revived = await run.write(revive_originals, self.window)
        if revived:
            self.logger.info("Asking again for %s originals that could not be had before", revived)
        self._fetcher = Fetcher(self.download, delay=max(1.0, run.config.delay), workers=run.workers)
        self._fetcher.validators = self._usable_validators()
        self._request = await self._surface_request()
        failed: list[str] = []
        cut: list[str] = []
        silent = 0
        for name in self._surfaces():
            try:
                end = await self._discover_by(name)
                if end.over:
                    end = await self._list_other_languages(name)
            except SurfaceError as error:
                failed.append(str(error))
                run.refused[name] = [error.reason, str(error)]
                silent += error.reason in SILENT and not self._fetcher.answers
                if self.arguments.surface != "auto" or error.reason in FATAL or silent > 1:
                    raise
                self.logger.info("Surface %s does not serve: %s", name, escape_controls(error))
                self.crawler.stats.inc_value(f"newscrawl/discovery/refused_surfaces/{name}")
                continue
            if not end.over:
                cut += end.cut
                run.refused[name] = ["cut", "; ".join(end.cut)]
                self.logger.info("Surface %s does not list the whole window: %s", name, "; ".join(end.cut))
                self.crawler.stats.inc_value(f"newscrawl/discovery/cut_surfaces/{name}")
                continue
            why = (
                ", the richest that serves"
                if failed or cut
                else ", as remembered"
                if self._remembered() == name
                else ""
            )
            self.logger.info("Posts discovered by surface %s%s", name, why)
            return
        if not cut:
            raise SurfaceError("no_surface", "no surface serves: " + "; ".join(failed))
        for message in dict.fromkeys(cut):
            run.problem(f"the list of posts is not complete: {message}")
        await self._owe()

    def _widen_to_what_is_owed(self) -> None:
        """A listing of an earlier run was cut: this one begins where that one did."""
        owed = self._memory.owed_since
        if owed and self.arguments.since is None and self.window.since is not None and owed < self.window.since:
            self.widen(owed)

    async def _owe(self) -> None:
        """The next run asks again for what this one's lists did not show."""
        from newscrawl.ledger.scopes import save_memory

        if self.arguments.since is None and self.arguments.until is None and self.window.since is not None:
            memory = dataclasses.replace(self._memory, owed_since=self.window.since)
            await self.run.write(save_memory, self.run.entry.scope.id, memory)

    def _surfaces(self) -> list[str]:
        """The surfaces to try, in order: the one asked for, or all from the richest down, the remembered one first."""
        if self.arguments.surface != "auto":
            return [self.arguments.surface]
        order = list(names_for(self._request))
        remembered = self._remembered()
        if remembered in order:
            order.remove(remembered)
            order.insert(0, remembered)
        return order

    def _remembered(self) -> str:
        """The surface that `auto` took within the last day, if it did."""
        memory = self._memory
        fresh = memory.surface_epoch is not None and 0 <= epoch() - memory.surface_epoch < SURFACE_TTL
        return memory.surface or "" if fresh and self.arguments.surface == "auto" else ""

    def _usable_validators(self) -> dict[str, list[str | None]]:
        """Validators kept from listings that reached at least as far back as this one: others prove too little."""
        since = self.window.since or ""
        return {
            url: found[:2]
            for url, found in self._memory.validators.items()
            if len(found) > 2 and found[2] is not None and found[2] <= since
        }

    def _validators_to_keep(self) -> dict[str, list[str | None]]:
        """What answers carried, and from when on this run listed; what was used unchanged keeps what it had."""
        since, before = self.window.since or "", self._memory.validators
        return {
            url: before[url] if url in before and before[url][:2] == found else [*found, since]
            for url, found in self._fetcher.validators.items()
        }

    async def _discover_by(self, name: str) -> End:
        """List by one surface. Raises :class:`SurfaceError` where it does not serve, also in the middle."""
        from newscrawl.ledger.pages import reopen_pages
        from newscrawl.surfaces.rest import RestSurface

        request = dataclasses.replace(self._request, kept=self._memory.surfaces.get(name) or {})
        surface = self._open(name, request)
        self._fetcher.cut.clear()
        if isinstance(surface, RestSurface):
            if self.arguments.refresh is not None:
                await self._sweep(surface, force=self.arguments.refresh == "originals")
            if await self._follow_changes(surface):
                return End()
        elif self.arguments.refresh is not None:
            host = host_of(self.arguments.site)
            await self.run.write(reopen_pages, self.window, self.ledger_site, host)
        return await self._walk(surface)

    async def _list_other_languages(self, name: str) -> End:
        """Enter the posts of the site's other languages (WPML, Polylang), where surface *name* shows one at a time."""
        from newscrawl.aggregators.languages import LISTED_BY, request_in
        from newscrawl.ledger.scopes import save_memory

        arguments = self.arguments
        if name not in LISTED_BY or arguments.categories or arguments.query:
            return End()
        if arguments.limit is not None and not await self.listing_may_go_on():
            return End()
        asked = [(one, request_in(self._request, one, name)) for one in await self._languages()]
        if not any(request for _, request in asked):
            return End()
        # The first language's list has moved the mark: a run that ends before the others are listed leaves this note.
        await self._owe()
        reasons: list[str] = []
        for language, request in asked:
            if request is None:
                continue
            try:
                end = await self._enter_all(self._open(name, request))
                if end is None:
                    return End()
            except SurfaceError as error:
                if error.reason not in NO_LIST:
                    reasons.append(str(error))
                self.logger.info("No posts of language %s: %s", language.code, escape_controls(error))
                continue
            reasons += end.cut
        if not reasons:
            await self.run.write(save_memory, self.run.entry.scope.id, self._memory)
        return End(tuple(reasons))

    async def _enter_all(self, surface: Surface) -> End | None:
        """Enter what *surface* lists, as posts of this site; ``None`` where the run stops listing before the end."""
        end: End | None = None
        async for page in surface.pages(None):
            posts = [dataclasses.replace(copy, site=self.arguments.site) for copy in page.posts]
            await self.enter(surface.name, dataclasses.replace(page, posts=posts), cursor=None)
            end = page.end
            if not await self.listing_may_go_on():
                return None
        return end or End(("the list stopped without saying that it is over",))

    async def _languages(self) -> list[Language]:
        """The site's other languages, looked up once a day."""
        from newscrawl.aggregators.languages import languages_of, remembered_languages, to_memory
        from newscrawl.ledger.scopes import save_memory

        known = remembered_languages(self._memory.surfaces.get("languages"))
        if known is not None:
            return known
        found = await languages_of(self._fetcher, self.arguments.site)
        if found is None:
            return []
        self._memory = dataclasses.replace(
            self._memory, surfaces={**self._memory.surfaces, "languages": to_memory(found)}
        )
        await self.run.write(save_memory, self.run.entry.scope.id, self._memory)
        return found

    def _open(self, name: str, request: SurfaceRequest) -> Surface:
        return open_surface(name, self._fetcher, request)

    async def _surface_request(self) -> SurfaceRequest:
        arguments = self.arguments
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        return SurfaceRequest(
            site=arguments.site,
            since=self.window.since,
            until=self.window.until,
            categories=arguments.categories,
            query=arguments.query,
            changed_since=self.window.since if self.window.changed_too else None,
            post_types=arguments.post_types,
            sitemaps=tuple(await robots.sitemaps_for(f"{arguments.site}/")) if robots is not None else (),
        )

    async def _follow_changes(self, surface: RestSurface) -> bool:
        """Ask for what changed since the last complete listing; whether that is all that needs to be asked.

        A scheduled post is published without being modified: now and then the
        newest posts are listed by date all the same.
        """
        from newscrawl.surfaces.rest import IgnoresModifiedAfter

        memory, arguments = self._memory, self.arguments
        if arguments.since is not None or arguments.until is not None or arguments.limit is not None:
            return False
        if memory.modified_water is None or memory.ignores_modified_after or self.run.entry.scope_row["cursor"]:
            return False
        since = format_time(parse_time(memory.modified_water) - MODIFIED_OVERLAP)
        water = memory.modified_water
        newest = ""
        shown = 0
        try:
            async for page in surface.changes(since):
                shown += len(page.posts)
                await self.enter(surface.name, await self._of_interest(page), cursor=None)
                water, newest = latest(water, page, "modified_at"), latest(newest, page, "published_at")
        except IgnoresModifiedAfter:
            self.logger.info("The site ignores modified_after (WordPress before 5.7): changes show by date alone")
            await self._remember(dataclasses.replace(memory, ignores_modified_after=True), "")
            return False
        await self._remember(dataclasses.replace(memory, modified_water=water), newest)
        # The post that changed last is asked for again and shows; an answer without it is not trusted.
        return shown > 0 and memory.owed_since is None and 0 <= epoch() - (memory.listed_epoch or 0.0) < LIST_EVERY

    async def _of_interest(self, page: Answer) -> Answer:
        """*page* without changed posts that lie outside the window and are not known: no run would read them."""
        from newscrawl.ledger.discovery import known_posts
        from newscrawl.surfaces.accept import accept

        outside = {
            id(copy): found.id
            for copy in page.posts
            if not self.holds(copy.published_at, copy.published_precision)
            and isinstance(found := accept(copy), Discovered)
        }
        if not outside:
            return page
        numbers = [copy.remote_id for copy in page.posts if id(copy) in outside and copy.remote_id]
        ids, known = await self.run.write(known_posts, self.ledger_site, list(outside.values()), numbers)
        kept = [
            copy
            for copy in page.posts
            if id(copy) not in outside or outside[id(copy)] in ids or (copy.remote_id and copy.remote_id in known)
        ]
        return dataclasses.replace(page, posts=kept)

    async def _remember(self, memory: Memory, mark: str) -> None:
        """Keep *memory*, and raise the high-water mark to *mark*."""
        from newscrawl.ledger.scopes import save_listing_end, save_memory

        self._memory = memory
        scope_id = self.run.entry.scope.id

        def step(connection: Connection) -> None:
            save_memory(connection, scope_id, memory)
            save_listing_end(connection, scope_id, mark)

        await self.run.write(step)

    async def _walk(self, surface: Surface) -> End:
        """Enter what *surface* lists by date, page by page; where it is over move the scope's high-water mark."""
        from newscrawl.ledger.scopes import save_cursor

        newest, water = "", self._memory.modified_water or ""
        entered = 0
        total: int | None = None
        end: End | None = None
        told = began = time.monotonic()
        async for page in surface.pages(self.run.entry.scope_row["cursor"]):
            await self.enter(surface.name, page, cursor=page.cursor)
            end = page.end
            newest, water = latest(newest, page, "published_at"), latest(water, page, "modified_at")
            if page.newest is not None:
                newest = max(newest, min(page.newest, now_text()))
            entered += len(page.posts)
            total = total or page.total
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                self._tell_progress(entered, total, told - began)
            if not await self.listing_may_go_on():
                return End()  # a run with a limit has all that it takes
        end = end or End(("the list stopped without saying that it is over",))
        if self._fetcher.cut or not end.over:
            # The listing has not reached its end: nothing may be remembered that lets a later run skip the rest.
            return End((*end.cut, *self._fetcher.cut.values()))
        if self.arguments.until is not None or self.arguments.limit is not None:
            scope_id = self.run.entry.scope.id
            await self.run.write(save_cursor, scope_id, None)
            return end
        memory = dataclasses.replace(
            self._memory,
            # Other surfaces do not show all that changed up to then: the API is to be asked from where it was.
            modified_water=(water or None) if surface.name == "rest" else self._memory.modified_water,
            listed_epoch=epoch(),
            validators=self._validators_to_keep(),
            owed_since=None if self.arguments.since is None else self._memory.owed_since,
            surfaces={**self._memory.surfaces, surface.name: dict(surface.kept)},
        )
        if self.arguments.surface == "auto" and self._remembered() != surface.name:
            # Where the one that was read so far was refused just now, the next run tries it once more.
            fell = self._memory.surface in self.run.refused
            memory = dataclasses.replace(memory, surface=None if fell else surface.name, surface_epoch=epoch())
        await self._remember(memory, newest)
        return end

    def _tell_progress(self, entered: int, total: int | None, seconds: float) -> None:
        done = self.run.counts["new"] + self.run.counts["changed"]
        if not total:
            self.logger.info("Listed %s posts, %s records made", entered, done)
            return
        left = seconds * max(0, total - entered) / max(1, entered)
        self.logger.info(
            "Listed %s of %s posts (%.0f %%), %s records made, listing ends in about %.0f min",
            entered, total, 100 * entered / total, done, left / 60,
        )  # fmt: skip

    async def _sweep(self, surface: RestSurface, *, force: bool) -> None:
        """Ask for the known posts of the window again, 100 at a time; two misses in a row mean that a post is gone."""
        from newscrawl.ledger.upkeep import note_sweep, to_sweep

        run, after = self.run, ""
        while True:
            known = await run.write(to_sweep, self.window, self.ledger_site, after, surface.per_page)
            if not known:
                return
            after = known[-1].id
            page = await surface.by_numbers([one.remote_id for one in known])
            await self.enter(surface.name, page, cursor=run.entry.scope_row["cursor"], force=force)
            found = {copy.remote_id for copy in page.posts}
            there = [one.id for one in known if one.remote_id in found]
            changed = await run.write(note_sweep, [one.id for one in known], there, run.id)
            run.counts["changed"] += len(changed)
            self.deliver_again(changed)
