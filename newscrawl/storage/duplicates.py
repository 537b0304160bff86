"""Which records are duplicates, kept in the database as they are stored.

A *text* is what all records with one ``text_hash`` share, so a text that a thousand records hold is compared once. A
text is found by the keys of its sketch (`text_keys`), compared with what was found (`text_pairs`), and belongs to a
component: the texts that are connected by being alike. The records of a component are a cluster.

The end is the same whatever the order in which records came, changed and went:

* whether two texts are related depends on these two alone (:func:`newscrawl.dedupe.relate`);
* whether they are compared depends on which texts there are, not on when they came: texts are neighbours under a key
  when at most `WINDOW - 1` others stand between them there, in the order of their numbers. A text that comes between
  parts neighbours, and what is then found under no key any more is taken back; a text that goes joins them again;
* components are what the remaining pairs connect, and the least (``published_at``, ``id``) leads each.

So the cost of a record is bounded by the number of its keys, however many texts share one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, FromClause, case, func, literal
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.outcomes import Outcome
from newscrawl.storage.prepared import execute_text

if TYPE_CHECKING:
    from newscrawl.dedupe import Relation, Shingles, Sketch

__all__ = [
    "REPRESENTATIVES",
    "UNDATED",
    "WINDOW",
    "Held",
    "Marks",
    "Place",
    "begin_settling",
    "settle",
    "standing",
    "text_number",
]

#: Texts are compared under a key with so many on either side.
WINDOW = 4
#: A text that stands within more texts than this is boilerplate: it is said to stand within none.
MOST_HOLDERS = 16
#: Sorts behind every date: an undated copy is no evidence of being first.
UNDATED = "9999"
#: The same as a time.
LAST_MOMENT = "9999-12-31T23:59:59Z"

#: Key of the advisory lock under which duplicates are settled: the bytes "newsdupe".
_LOCK = 0x6E65777364757065
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1

#: (``published_at`` or UNDATED, ``id``): what records are ordered by.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A text as a record holds it: its hash, and when the record was published."""

    text_hash: str
    published_at: str | None


@dataclass(frozen=True, slots=True)
class Marks:
    """What a record is told of its duplicates."""

    duplicate_of: str | None
    cluster_id: str
    contained_in: str | None


@dataclass(frozen=True, slots=True)
class _Text:
    ref: int
    text_hash: str
    first: Place
    component: int
    #: The first record of its component, where that is known.
    lead: Place | None = None
    #: Whether it may stand within another.
    within: bool = True


@dataclass(frozen=True, slots=True)
class _Sized:
    """A text's sketch and its number of shingles."""

    sketch: Sketch
    size: int

    @classmethod
    def of(cls, row: Any) -> _Sized:
        from newscrawl.dedupe import Sketch

        return cls(Sketch.from_bytes(bytes(row.minima), bytes(row.passages)), row.shingles)


#: Which record stands for its cluster: the first whose original was had in full, the first, the longest.
REPRESENTATIVES = ("original", "first", "longest")


def standing(table: FromClause, which: str) -> tuple[ColumnElement[Any], ...]:
    """By what the records of a cluster are ordered: the least of them stands for it. Ties go to the first.

    Args:
        table: ``records``, or an alias of it.
        which: one of :data:`REPRESENTATIVES`.

    Raises:
        ValueError: *which* is none of them.
    """
    last = literal(LAST_MOMENT, table.c.published_at.type)
    first = (func.coalesce(table.c.published_at, last), table.c.id)
    orders: dict[str, tuple[ColumnElement[Any], ...]] = {
        "original": (case((table.c.outcome == Outcome.ORIGINAL.value, 0), else_=1), *first),
        "first": first,
        "longest": (-func.coalesce(table.c.word_count, 0), *first),
    }
    if which not in orders:
        raise ValueError(f"{which!r} is none of {', '.join(REPRESENTATIVES)}")
    return orders[which]


def text_number(text_hash: str) -> int:
    """The number of a text: the first 64 bits of its hash, signed."""
    return int(text_hash[:16], 16) + _LEAST


def begin_settling(connection: Connection) -> None:
    """Keep other workers out until this transaction ends: each must see what the other stored.

    SQLite's transactions exclude each other by themselves.
    """
    if connection.dialect.name == "postgresql":
        _run(connection, "SELECT pg_advisory_xact_lock(:lock)", lock=_LOCK)


def settle(
    connection: Connection,
    record_id: str,
    before: Held | None,
    after: Held | None,
    body: str | None,
    run_id: str | None = None,
) -> Marks:
    """Take the record's old text away, bring its new one in, and change the marks of all records that this concerns.

    Call :func:`begin_settling` first in the transaction. The record's own row is left to the caller.

    Args:
        before, after: what the record held and holds, ``None`` for no text.
        body: the text that *after* names.
        run_id: for the note on clusters that join.
    """
    work = _Settling(connection, record_id, run_id)
    if before is not None and before != after:
        work.leave(before, again=after is not None and before.text_hash == after.text_hash)
    if after is None or body is None:
        return Marks(None, record_id, None)
    return work.enter(after, body)


# --- SQL ---------------------------------------------------------------------------------------------------

_LOOK = """
    SELECT texts.ref, texts.first_at, texts.first_id, texts.component, least.at, least.id
    FROM (SELECT 1 AS one) AS always
    LEFT JOIN texts ON texts.ref = :ref
    LEFT JOIN (SELECT {at} AS at, id FROM records WHERE text_hash = :text_hash AND id <> :own
               ORDER BY published_at NULLS LAST, id LIMIT 1) AS least ON true"""
#: A time of `records` as a string, which it is already on SQLite.
_AT = {
    "sqlite": "published_at",
    "postgresql": """to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""",
}
_NEIGHBOURS = {
    "sqlite": """
        SELECT t.key, t.ref, texts.shingles, texts.minima, texts.passages FROM (
            SELECT k.value AS key,
                coalesce((SELECT ref FROM text_keys WHERE key = k.value AND ref < :ref
                          ORDER BY ref DESC LIMIT 1 OFFSET :offset), :least) AS low,
                coalesce((SELECT ref FROM text_keys WHERE key = k.value AND ref > :ref
                          ORDER BY ref LIMIT 1 OFFSET :offset), :most) AS high
            FROM json_each(:keys) AS k) AS bounds
        CROSS JOIN text_keys AS t CROSS JOIN texts
        WHERE texts.ref = t.ref AND t.key = bounds.key AND t.ref BETWEEN bounds.low AND bounds.high AND t.ref <> :ref
        ORDER BY t.key, t.ref""",
    "postgresql": """
        SELECT k.key, t.ref, texts.shingles, texts.minima, texts.passages
        FROM unnest(CAST(:keys AS bigint[])) AS k(key) CROSS JOIN LATERAL (
            (SELECT ref FROM text_keys WHERE key = k.key AND ref < :ref AND ref >= :least
             ORDER BY ref DESC LIMIT :offset + 1)
            UNION ALL
            (SELECT ref FROM text_keys WHERE key = k.key AND ref > :ref AND ref <= :most
             ORDER BY ref LIMIT :offset + 1)) AS t
        JOIN texts ON texts.ref = t.ref
        ORDER BY k.key, t.ref""",
}
_ADD_TEXT = """INSERT INTO texts (ref, text_hash, shingles, left_out, minima, passages, first_at, first_id, component,
    lead_at, lead_id) VALUES (:ref, :text_hash, :shingles, :left_out, :minima, :passages, :at, :id, :ref, :at, :id)"""
#: What enters a text with its keys, and at last tells its neighbours. On a server it is one way there and back; the
#: neighbours are read as of before.
_ENTER = {
    "sqlite": (
        _ADD_TEXT,
        "INSERT INTO text_keys (key, ref) SELECT value, :ref FROM json_each(:keys)",
        _NEIGHBOURS["sqlite"],
    ),
    "postgresql": (
        f"""WITH added AS ({_ADD_TEXT}),
        keyed AS (INSERT INTO text_keys (key, ref) SELECT unnest(CAST(:keys AS bigint[])), :ref)
        {_NEIGHBOURS["postgresql"]}""",
    ),
}
#: Whether another text has one of a new text's keys. Most have none of them in common with any.
_IS_SHARED = "SELECT 1 FROM json_each(:keys) AS k CROSS JOIN text_keys AS t WHERE t.key = k.value LIMIT 1"
_ADD_PAIR = (
    "INSERT INTO text_pairs (one, other, shared, similarity, near, within, why_not)"
    " VALUES (:one, :other, :shared, :similarity, :near, :within, :why_not)"
)
_AMONG = {
    "sqlite": "IN (SELECT value FROM json_each({name}))",
    "postgresql": "= ANY(CAST({name} AS bigint[]))",
}
#: Of pairs and the keys that both texts have, one row each: the pairs that are neighbours under one of theirs.
_NEAR_UNDER = {
    "sqlite": """
        SELECT DISTINCT low, high FROM (
            SELECT json_extract(value, '$[0]') AS low, json_extract(value, '$[1]') AS high,
                json_extract(value, '$[2]') AS key FROM json_each(:rows)) AS pairs
        WHERE (SELECT count(*) FROM (
            SELECT 1 FROM text_keys WHERE text_keys.key = pairs.key AND ref > low AND ref < high LIMIT :window
            )) < :window""",
    "postgresql": """
        SELECT DISTINCT low, high
        FROM unnest(CAST(:lows AS bigint[]), CAST(:highs AS bigint[]), CAST(:keys AS bigint[])) AS pairs(low, high, key)
        WHERE (SELECT count(*) FROM (
            SELECT 1 FROM text_keys WHERE text_keys.key = pairs.key AND ref > low AND ref < high LIMIT :window
            ) AS between_them) < :window""",
}


_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


@lru_cache(maxsize=256)
def _native(dialect: str, sql: str) -> str:
    """*sql* with the parameters as the driver writes them: given past SQLAlchemy, a statement takes half the time."""
    return _PARAMETER.sub(r"%(\1)s", sql) if dialect == "postgresql" else sql


def _run(connection: Connection, sql: str, **values: Any) -> Any:
    return execute_text(connection, _native(connection.dialect.name, sql), values)


@lru_cache(maxsize=64)
def _with_lists(dialect: str, sql: str, names: tuple[str, ...]) -> str:
    return sql.format(**{name: _AMONG[dialect].format(name=f":{name}") for name in names})


def _numbers(connection: Connection, values: Iterable[int]) -> Any:
    listed = list(values)
    return orjson.dumps(listed).decode("ascii") if connection.dialect.name == "sqlite" else listed


def _run_among(connection: Connection, sql: str, lists: Mapping[str, Iterable[int]], **values: Any) -> Any:
    """Run *sql*, in which ``{name}`` stands for "is one of the list of this name"."""
    made = {name: _numbers(connection, one) for name, one in lists.items()}
    return _run(connection, _with_lists(connection.dialect.name, sql, tuple(lists)), **made, **values)


# --- one record --------------------------------------------------------------------------------------------


class _Settling:
    """The settling of one record. A transaction's other changes are seen; the record's own row is not looked at."""

    def __init__(self, connection: Connection, record_id: str, run_id: str | None) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._own = record_id
        self._run_id = run_id

    # --- the record and its text ---

    def leave(self, held: Held, *, again: bool) -> None:
        """The record no longer holds this text, or (*again*) holds it with another date."""
        known, place = self._look(held.text_hash)
        if known is None:
            if place is None:
                return
            # Stored before there was an index: it has one from now on.
            known = self._index(held.text_hash, self._body_of(place[1]), place)
        if place is None:
            if not again:
                self._remove(known)
        elif known.first[1] == self._own:
            self._set_first(known, place)

    def enter(self, held: Held, body: str) -> Marks:
        """The record holds this text."""
        own: Place = (held.published_at or UNDATED, self._own)
        known, other = self._look(held.text_hash)
        if known is None:
            known = self._index(held.text_hash, body, own if other is None else min(own, other))
            if other is not None:
                self._tell_duplicates(known)
        elif own < known.first or known.first[1] == self._own:
            known = self._set_first(known, own)
        first = known.first[1]
        lead = known.lead or self._lead(known.component)
        holder = self._holder(known.ref) if known.within else None
        return Marks(None if first == self._own else first, lead[1], holder)

    def _look(self, text_hash: str) -> tuple[_Text | None, Place | None]:
        """A text as it is known, and the least place of the other records that hold it."""
        row = _run(
            self._connection,
            _LOOK.format(at=_AT[self._connection.dialect.name]),
            text_hash=text_hash,
            ref=text_number(text_hash),
            own=self._own,
        ).one()
        known = None
        if row.ref is not None:
            known = _Text(row.ref, text_hash, (row.first_at, row.first_id), row.component)
        return known, None if row.id is None else (row.at or UNDATED, row.id)

    def _body_of(self, record_id: str) -> str:
        found = _run(self._connection, "SELECT text FROM records WHERE id = :id", id=record_id).scalar()
        return str(found or "")

    def _set_first(self, known: _Text, first: Place) -> _Text:
        """Another record is the first to hold a text."""
        _run(
            self._connection,
            "UPDATE texts SET first_at = :at, first_id = :id WHERE ref = :ref",
            at=first[0],
            id=first[1],
            ref=known.ref,
        )
        changed = _Text(known.ref, known.text_hash, first, known.component)
        self._tell_duplicates(changed)
        for inner in self._inside(known.ref):
            self._tell_holder(inner)
        lead = self._lead(known.component)
        if first < lead:
            self._set_lead(known.component, first)
        elif lead[1] == known.first[1]:
            self._set_lead(known.component, self._least_of(known.component))
        return changed

    def _tell_duplicates(self, known: _Text) -> None:
        first = known.first[1]
        _run(
            self._connection,
            "UPDATE records SET changed_at = :now, duplicate_of = CASE WHEN id = :first THEN NULL ELSE :first END"
            " WHERE text_hash = :text_hash"
            " AND (id = :first AND duplicate_of IS NOT NULL"
            "  OR id <> :first AND (duplicate_of IS NULL OR duplicate_of <> :first))",
            now=now_text(),
            first=first,
            text_hash=known.text_hash,
        )

    # --- the index ---

    def _index(self, text_hash: str, body: str, first: Place) -> _Text:
        """Bring a text in: its keys, its pairs, its component."""
        # Imported where texts are compared: `status` and others that only read do without numpy.
        from newscrawl.dedupe import fingerprint

        ref = text_number(text_hash)
        made = fingerprint(body)
        minima, passages = made.sketch.to_bytes() if made.sketch is not None else (None, None)
        row = {
            "ref": ref,
            "text_hash": text_hash,
            "shingles": len(made.shingles.unique),
            "left_out": made.passages_left_out,
            "minima": minima,
            "passages": passages,
            "at": first[0],
            "id": first[1],
        }
        if made.sketch is None:
            _run(self._connection, _ADD_TEXT, **row)
            return _Text(ref, text_hash, first, ref, lead=first, within=False)
        keys = made.sketch.keys()
        statements = _ENTER[self._dialect]
        numbers = _numbers(self._connection, keys)
        if self._dialect == "sqlite" and _run(self._connection, _IS_SHARED, keys=numbers).first() is None:
            statements = statements[:-1]  # it has no neighbours
        beside, found = self._neighbours(numbers, statements, row)
        related = self._compare(ref, made.shingles, made.sketch, found) if found else []
        component, lead = ref, first
        if any(near for near, _ in related):
            component, lead = self._join(ref, first)
        within = any(within for _, within in related)
        if self._part({pair for sides in beside for pair in _parted(*sides)}, found):
            component = self._components([ref]).pop()
            return _Text(ref, text_hash, first, component, within=within)
        return _Text(ref, text_hash, first, component, lead, within)

    def _remove(self, known: _Text) -> None:
        """Take a text out, and compare those that it stood between."""
        sized = self._sketches([known.ref]).get(known.ref)
        inside = self._inside(known.ref)
        partners = {"others": self._partners(known.ref)}
        _run_among(
            self._connection, "DELETE FROM text_pairs WHERE one {others} AND other = :ref", partners, ref=known.ref
        )
        _run(self._connection, "DELETE FROM text_pairs WHERE one = :ref", ref=known.ref)
        _run(self._connection, "DELETE FROM texts WHERE ref = :ref", ref=known.ref)
        components = {known.component}
        if sized is not None:
            keys = sized.sketch.keys()
            _run_among(
                self._connection, "DELETE FROM text_keys WHERE key {keys} AND ref = :ref", {"keys": keys}, ref=known.ref
            )
            numbers = _numbers(self._connection, keys)
            beside, _ = self._neighbours(numbers, (_NEIGHBOURS[self._dialect],), {"ref": known.ref})
            pairs = {pair for sides in beside for pair in _parted(*sides)}
            components |= self._compare_pairs(pairs - self._stored(pairs))
        for inner in inside:
            self._tell_holder(inner)
        self._regroup(components)

    def _neighbours(
        self, keys: Any, statements: Sequence[str], text: Mapping[str, Any]
    ) -> tuple[list[tuple[list[int], list[int]]], dict[int, _Sized]]:
        """Under each key that others have: who stands below (the nearest first) and above, at most WINDOW each.

        And the sketches of all of them. The last of *statements* tells them. *keys*: as `_numbers` makes them. *text*:
        its row, or its ``ref`` alone.
        """
        values = {
            **text,
            "keys": keys,
            "offset": WINDOW - 1,
            "least": _LEAST,
            "most": _MOST,
        }
        for statement in statements:
            rows = _run(self._connection, statement, **values)
        ref = text["ref"]
        sides: dict[int, tuple[list[int], list[int]]] = {}
        found: dict[int, _Sized] = {}
        for row in rows:
            below, above = sides.setdefault(row.key, ([], []))
            (below if row.ref < ref else above).append(row.ref)
            if row.ref not in found:
                found[row.ref] = _Sized.of(row)
        for below, _ in sides.values():
            below.reverse()
        return list(sides.values()), found

    def _sketches(self, refs: Iterable[int]) -> dict[int, _Sized]:
        rows = _run_among(
            self._connection,
            "SELECT ref, shingles, minima, passages FROM texts WHERE ref {refs} AND minima IS NOT NULL",
            {"refs": refs},
        )
        return {row.ref: _Sized.of(row) for row in rows}

    def _shingles(self, refs: Iterable[int]) -> dict[int, Shingles]:
        from newscrawl.dedupe import fingerprint

        rows = _run_among(
            self._connection,
            "SELECT texts.ref, records.text FROM texts JOIN records ON records.id = texts.first_id"
            " WHERE texts.ref {refs}",
            {"refs": refs},
        )
        return {row.ref: fingerprint(row.text).shingles for row in rows}

    def _compare(self, ref: int, own: Shingles, sketch: Sketch, found: Mapping[int, _Sized]) -> list[tuple[bool, bool]]:
        """Compare a new text with those *found*; of each that is related: whether it is alike, and holds the text."""
        from newscrawl.dedupe.relation import may_be_related

        size = len(own.unique)
        likely = [other for other, one in found.items() if may_be_related(sketch, one.sketch, (size, one.size))]
        others = self._shingles(likely) if likely else {}
        noted = self._note([(ref, own, other, others[other]) for other in sorted(others)])
        return [(relation.near, relation.one_within) for _, _, relation in noted]

    def _compare_pairs(self, pairs: Iterable[tuple[int, int]]) -> set[int]:
        """Compare *pairs* of texts that are there; the components of those that are alike."""
        from newscrawl.dedupe.relation import may_be_related

        pairs = sorted(pairs)
        if not pairs:
            return set()
        sized = self._sketches({ref for pair in pairs for ref in pair})
        likely = [
            (one, other)
            for one, other in pairs
            if may_be_related(sized[one].sketch, sized[other].sketch, (sized[one].size, sized[other].size))
        ]
        shingles = self._shingles({ref for pair in likely for ref in pair}) if likely else {}
        noted = self._note([(one, shingles[one], other, shingles[other]) for one, other in likely])
        return self._components({ref for one, other, relation in noted if relation.near for ref in (one, other)})

    def _note(self, compared: Iterable[tuple[int, Shingles, int, Shingles]]) -> list[tuple[int, int, Relation]]:
        """Store how texts are related, where they are; those pairs."""
        from newscrawl.dedupe import relate

        rows: list[dict[str, Any]] = []
        noted: list[tuple[int, int, Relation]] = []
        for one, here, other, there in compared:
            relation = relate(here, there)
            if not (relation.near or relation.why_not or relation.one_within or relation.other_within):
                continue
            row = {
                "shared": relation.shared,
                "similarity": relation.similarity,
                "near": relation.near,
                "why_not": relation.why_not,
            }
            rows.append({"one": one, "other": other, "within": relation.one_within, **row})
            rows.append({"one": other, "other": one, "within": relation.other_within, **row})
            noted.append((one, other, relation))
        if rows:
            self._connection.exec_driver_sql(_native(self._dialect, _ADD_PAIR), rows)
        for inner in sorted({row["one"] for row in rows if row["within"]}):
            self._tell_holder(inner)
        return noted

    def _stored(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        """Those of *pairs* (the lesser number first) that are related."""
        wanted = set(pairs)
        if not wanted:
            return set()
        rows = _run_among(
            self._connection,
            "SELECT one, other FROM text_pairs WHERE one {ones} AND other {others}",
            {"ones": {one for one, _ in wanted}, "others": {other for _, other in wanted}},
        )
        return {(row.one, row.other) for row in rows} & wanted

    def _part(self, pairs: Iterable[tuple[int, int]], sized: Mapping[int, _Sized]) -> bool:
        """Take back what is related, and found under no key any more since a text came between; whether any was."""
        stored = self._stored(pairs)
        if not stored:
            return False
        keys = {ref: {*sized[ref].sketch.keys()} for ref in {ref for pair in stored for ref in pair}}
        found = self._found([(one, other, key) for one, other in stored for key in keys[one] & keys[other]])
        lost = sorted(stored - found)
        for one, other in lost:
            _run(
                self._connection,
                "DELETE FROM text_pairs WHERE one = :one AND other = :other OR one = :other AND other = :one",
                one=one,
                other=other,
            )
        if lost:
            parted = {ref for pair in lost for ref in pair}
            for ref in sorted(parted):
                self._tell_holder(ref)
            self._regroup(self._components(parted))
        return bool(lost)

    def _found(self, rows: Sequence[tuple[int, int, int]]) -> set[tuple[int, int]]:
        """The pairs that are neighbours under a key. *rows*: pairs, the lesser number first, and each of their keys."""
        if self._dialect == "sqlite":
            lists: dict[str, Any] = {"rows": orjson.dumps(rows).decode("ascii")}
        else:
            lists = {name: [row[place] for row in rows] for place, name in enumerate(("lows", "highs", "keys"))}
        found = _run(self._connection, _NEAR_UNDER[self._dialect], **lists, window=WINDOW)
        return {(row.low, row.high) for row in found}

    # --- components and clusters ---

    def _components(self, refs: Iterable[int]) -> set[int]:
        rows = _run_among(
            self._connection, "SELECT DISTINCT component FROM texts WHERE ref {refs}", {"refs": sorted(refs)}
        )
        return {row.component for row in rows}

    def _lead(self, component: int) -> Place:
        row = _run(self._connection, "SELECT lead_at, lead_id FROM texts WHERE ref = :ref", ref=component).one()
        return row.lead_at, row.lead_id

    def _least_of(self, component: int) -> Place:
        row = _run(
            self._connection,
            "SELECT first_at, first_id FROM texts WHERE component = :component ORDER BY 1, 2 LIMIT 1",
            component=component,
        ).one()
        return row.first_at, row.first_id

    def _set_lead(self, component: int, lead: Place) -> None:
        _run(
            self._connection,
            "UPDATE texts SET lead_at = :at, lead_id = :id WHERE ref = :ref",
            at=lead[0],
            id=lead[1],
            ref=component,
        )
        self._tell_cluster(component, lead[1])

    def _tell_cluster(self, component: int, lead_id: str) -> None:
        _run(
            self._connection,
            "UPDATE records SET changed_at = :now, cluster_id = :lead WHERE text_hash IN"
            " (SELECT text_hash FROM texts WHERE component = :component)"
            " AND (cluster_id IS NULL OR cluster_id <> :lead)",
            now=now_text(),
            lead=lead_id,
            component=component,
        )

    def _join(self, ref: int, own: Place) -> tuple[int, Place]:
        """Join a new text's component with those of the texts that it is like; the component's name and first record.

        *own*: the text's first record, which leads its component so far.
        """
        rows = _run(
            self._connection,
            "SELECT DISTINCT leads.ref, leads.lead_at, leads.lead_id FROM text_pairs"
            " JOIN texts ON texts.ref = text_pairs.other JOIN texts AS leads ON leads.ref = texts.component"
            " WHERE text_pairs.one = :ref AND text_pairs.near",
            ref=ref,
        ).all()
        leads: dict[int, Place] = {row.ref: (row.lead_at, row.lead_id) for row in rows}
        joined = {**leads, ref: own}
        name, lead = min(joined), min(joined.values())
        _run_among(
            self._connection,
            "UPDATE texts SET component = :name, lead_at = CASE WHEN ref = :name THEN :at END,"
            " lead_id = CASE WHEN ref = :name THEN :id END WHERE component {components}",
            {"components": [one for one in joined if one != name]},
            name=name,
            at=lead[0],
            id=lead[1],
        )
        if joined[name] != lead:
            _run(
                self._connection,
                "UPDATE texts SET lead_at = :at, lead_id = :id WHERE ref = :ref",
                at=lead[0],
                id=lead[1],
                ref=name,
            )
        for old in sorted(one for one in leads.values() if one != lead):
            self._note_join(old[1], lead[1])
        if any(one != lead for one in leads.values()):
            self._tell_cluster(name, lead[1])
        return name, lead

    def _note_join(self, old: str, new: str) -> None:
        _run(
            self._connection,
            "INSERT INTO cluster_joins (at, run_id, record_id, from_cluster, into_cluster)"
            " VALUES (:at, :run_id, :record_id, :old, :new)",
            at=now_text(),
            run_id=self._run_id,
            record_id=self._own,
            old=old,
            new=new,
        )

    def _regroup(self, components: set[int]) -> None:
        """Find out anew what is connected among the texts of *components*."""
        members: dict[int, Place] = {
            row.ref: (row.first_at, row.first_id)
            for row in _run_among(
                self._connection,
                "SELECT ref, first_at, first_id FROM texts WHERE component {components}",
                {"components": components},
            )
        }
        pairs = _run_among(
            self._connection,
            "SELECT text_pairs.one, text_pairs.other FROM text_pairs JOIN texts ON texts.ref = text_pairs.one"
            " WHERE texts.component {components} AND text_pairs.near",
            {"components": components},
        ).all()
        for group in _connected(members, ((row.one, row.other) for row in pairs)):
            name, lead = min(group), min(members[ref] for ref in group)
            _run_among(
                self._connection,
                "UPDATE texts SET component = :name, lead_at = CASE WHEN ref = :name THEN :at END,"
                " lead_id = CASE WHEN ref = :name THEN :id END WHERE ref {refs}",
                {"refs": group},
                name=name,
                at=lead[0],
                id=lead[1],
            )
            self._tell_cluster(name, lead[1])

    # --- texts within texts ---

    def _inside(self, ref: int) -> list[int]:
        """The texts that stand within this one."""
        partners = self._partners(ref)
        if not partners:
            return []
        inner = _run_among(
            self._connection,
            "SELECT one FROM text_pairs WHERE one {ones} AND other = :ref AND within",
            {"ones": partners},
            ref=ref,
        )
        return sorted(row.one for row in inner)

    def _partners(self, ref: int) -> list[int]:
        """The texts that this one is related with."""
        rows = _run(self._connection, "SELECT other FROM text_pairs WHERE one = :ref", ref=ref)
        return [row.other for row in rows]

    def _holder(self, ref: int) -> str | None:
        """The first record whose text holds this one; ``None`` where there is none, or far too many."""
        rows = _run(
            self._connection,
            "SELECT texts.first_at, texts.first_id FROM text_pairs JOIN texts ON texts.ref = text_pairs.other"
            " WHERE text_pairs.one = :ref AND text_pairs.within",
            ref=ref,
        ).all()
        if not rows or len(rows) > MOST_HOLDERS:
            return None
        return str(min((row.first_at, row.first_id) for row in rows)[1])

    def _tell_holder(self, ref: int) -> None:
        _run(
            self._connection,
            "UPDATE records SET changed_at = :now, contained_in = :holder"
            " WHERE text_hash = (SELECT text_hash FROM texts WHERE ref = :ref)"
            " AND coalesce(contained_in, '') <> coalesce(:holder, '')",
            now=now_text(),
            holder=self._holder(ref),
            ref=ref,
        )


def _parted(below: Sequence[int], above: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The pairs, one from each side, that are neighbours without the text between them and are not with it."""
    for distance, one in enumerate(below):
        across = WINDOW - 1 - distance
        if across < len(above):
            yield one, above[across]


def _connected(members: Iterable[int], pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The groups of *members* that *pairs* connect, each sorted."""
    parent = {ref: ref for ref in members}

    def find(ref: int) -> int:
        while parent[ref] != ref:
            parent[ref] = ref = parent[parent[ref]]
        return ref

    for one, other in pairs:
        if one in parent and other in parent:
            parent[find(one)] = find(other)
    groups: dict[int, list[int]] = {}
    for ref in sorted(parent):
        groups.setdefault(find(ref), []).append(ref)
    return list(groups.values())
