"""The one schema of all data sets, made from the record's dataclass: as a tree, as Arrow, JSON Schema, HF features.

Every delivery obeys it, so any two files load together: each has all columns with their types, also where a column is
null in each of its rows. ``docs/data-sets.md`` describes it; `SCHEMA_VERSION` in :mod:`newscrawl.items` is its version.

Times are strings in JSON Lines and CSV (``2026-01-31T09:05:00Z``) and timestamps in UTC, to the second, in Parquet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from newscrawl.items import SCHEMA_VERSION, Record, field_types
from newscrawl.net.rights import SIGNALS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "TOMBSTONE",
    "Shape",
    "arrow_schema",
    "complete",
    "complete_columns",
    "features",
    "json_schema",
    "record_shape",
    "spark_schema",
]


@dataclass(frozen=True, slots=True)
class Shape:
    """One value: *kind* is ``string``, ``time``, ``integer``, ``number``, ``boolean``, ``list`` or ``object``.

    A name of an object that is not in a value counts as null (*open*: JSON Lines leave it out).
    """

    kind: str
    nullable: bool = True
    of: Shape | None = None
    fields: dict[str, Shape] = field(default_factory=dict)
    open: bool = False


_TEXT = Shape("string")
_SIGNAL = Shape("object", fields={"value": Shape("string", nullable=False), "at": _TEXT, "source": _TEXT}, open=True)
#: Objects whose names are no fields of a dataclass: which names they may have.
_NAMED: dict[tuple[type, str], Shape] = {
    (Record, "sources"): Shape("object", False, fields={one.name: _TEXT for one in field_types(Record)}, open=True),
    (Record, "archive"): Shape(
        "list",
        False,
        Shape(
            "object",
            False,
            fields={"file": _TEXT, "offset": Shape("integer"), "length": Shape("integer"), "id": _TEXT},
            open=True,
        ),
    ),
}
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


@cache
def record_shape() -> Shape:
    """The shape of a record."""
    return _shape_of(Record, nullable=False)


def _shape_of(part: Any, *, nullable: bool) -> Shape:
    return Shape("object", nullable, fields={one.name: _field_shape(part, one) for one in field_types(part)})


def _field_shape(part: type, one: Any) -> Shape:
    named = _NAMED.get((part, one.name))
    if named is not None:
        return named
    if is_dataclass(one.base):
        return _shape_of(one.base, nullable=one.nullable)
    if one.base is list:
        return Shape("list", one.nullable, Shape(_PLAIN[one.arguments[0]], nullable=False))
    if one.base is dict:
        # The signals of Rights: each dated, or (the stricter of both) its bare value.
        value = _SIGNAL if one.arguments[1] is not str else _TEXT
        return Shape("object", one.nullable, fields=dict.fromkeys(SIGNALS, value), open=True)
    kind = "time" if one.base is str and one.name.endswith("_at") else _PLAIN[one.base]
    return Shape(kind, one.nullable)


#: A line on a record that is to be deleted from what was delivered before.
TOMBSTONE = Shape(
    "object",
    False,
    fields={"id": Shape("string", False), "why": Shape("string", False), "at": Shape("time")},
)


def complete(plain: Mapping[str, Any], dropped: Counter[str] | None = None) -> dict[str, Any]:
    """*plain* (a record as JSON types) with every field of the schema, in its order; what is missing is null or empty.

    Names that the schema does not have (of a record that an older or newer version stored) are left out, and counted
    in *dropped*.
    """
    made: dict[str, Any] = _record_completer()(plain, Counter() if dropped is None else dropped)
    return made


def complete_columns(columns: Mapping[str, Sequence[Any]], dropped: Counter[str]) -> dict[str, list[Any]]:
    """Records as :func:`complete` makes them, given and returned by the values of each of their fields.

    An object that several records share is completed once, and they share what it becomes.
    """
    return {
        name: list(columns[name]) if run is None else _completed_once(run, columns[name], dropped)
        for name, run in _column_completers()
    }


@cache
def _column_completers() -> tuple[tuple[str, _Completer | None], ...]:
    return tuple((name, _completer(one)) for name, one in record_shape().fields.items())


def _completed_once(run: _Completer, values: Sequence[Any], dropped: Counter[str]) -> list[Any]:
    made: dict[int, Any] = {}
    times = Counter(map(id, values))
    for one in values:
        key = id(one)  # all of them live while this runs
        if key not in made:
            left_out: Counter[str] = Counter()
            made[key] = run(one, left_out)
            for name, number in left_out.items():
                dropped[name] += number * times[key]
    return [made[id(one)] for one in values]


#: Takes a value and the count of what was left out; gives the value as its shape wants it.
_Completer = Callable[[Any, Counter[str]], Any]


@cache
def _record_completer() -> _Completer:
    completer = _completer(record_shape())
    assert completer is not None
    return completer


def _completer(shape: Shape) -> _Completer | None:
    """What completes a value of *shape*, ``None`` where any value is complete.

    Made once for each shape: an export calls them some forty times for each record.
    """
    if shape.kind == "list":
        assert shape.of is not None
        return _list_completer(shape, _completer(shape.of))
    if shape.kind == "object":
        return _open_completer(shape) if shape.open else _closed_completer(shape)
    if shape.nullable:
        return None
    empty = _EMPTY[shape.kind]()
    return lambda value, dropped: empty if value is None else value


def _list_completer(shape: Shape, inner: _Completer | None) -> _Completer:
    def run(value: Any, dropped: Counter[str]) -> Any:
        if value is None:
            return None if shape.nullable else []
        return value if inner is None or not value else [inner(one, dropped) for one in value]

    return run


def _closed_completer(shape: Shape) -> _Completer:
    """Of an object that has all of its names: one pass that runs in C where a value has just these."""
    names = tuple(shape.fields)
    all_of = itemgetter(*names) if len(names) > 1 else lambda value: (value[names[0]],)
    inner = [(name, one) for name, of in shape.fields.items() if (one := _completer(of)) is not None]

    def run(value: Any, dropped: Counter[str]) -> Any:
        if value is None:
            if shape.nullable:
                return None
            value = {}
        if len(value) == len(names) and value.keys() <= shape.fields.keys():
            made = dict(zip(names, all_of(value), strict=True))
        else:
            dropped.update(value.keys() - shape.fields.keys())
            made = {name: value.get(name) for name in names}
        for name, one in inner:
            made[name] = one(made[name], dropped)
        return made

    return run


def _open_completer(shape: Shape) -> _Completer:
    """Of an object that lacks the names that say nothing: absent names stay absent, and what is empty is absent."""
    place = {name: number for number, name in enumerate(shape.fields)}
    inner = {name: _completer(one) for name, one in shape.fields.items()}

    def run(value: Any, dropped: Counter[str]) -> Any:
        if not value:
            return None if value is None and shape.nullable else {}
        if not value.keys() <= place.keys():
            dropped.update(value.keys() - place.keys())
        made = {}
        for name in sorted(value.keys() & place.keys(), key=place.__getitem__):
            one, complete_it = value[name], inner[name]
            if one is not None and one != "":
                made[name] = one if complete_it is None else complete_it(one, dropped)
        return made

    return run


#: What stands for a value that may not be null and is missing.
_EMPTY: dict[str, Callable[[], Any]] = {"string": str, "time": str, "boolean": bool, "integer": int, "number": float}


# --- Arrow ---------------------------------------------------------------------------------------------------


def arrow_type(shape: Shape) -> pa.DataType:
    """The Arrow type of *shape*."""
    import pyarrow as pa

    if shape.kind == "list":
        assert shape.of is not None
        return pa.list_(pa.field("element", arrow_type(shape.of), nullable=True))
    if shape.kind == "object":
        return pa.struct([pa.field(name, arrow_type(one)) for name, one in shape.fields.items()])
    return {
        "string": pa.string(),
        "time": pa.timestamp("ms", tz="UTC"),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }[shape.kind]


@cache
def arrow_schema() -> pa.Schema:
    """The schema as Arrow's. Its metadata holds the version, as ``newscrawl.schema_version``."""
    import pyarrow as pa

    columns = [pa.field(name, arrow_type(one), nullable=one.nullable) for name, one in record_shape().fields.items()]
    return pa.schema(columns, metadata={"newscrawl.schema_version": str(SCHEMA_VERSION)})


# --- JSON Schema -----------------------------------------------------------------------------------------------


def json_schema() -> dict[str, Any]:
    """The schema of one JSON Lines record, by JSON Schema 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:newscrawl:record:{SCHEMA_VERSION}",
        "title": "newscrawl record",
        **_json_of(record_shape()),
    }


def _json_of(shape: Shape) -> dict[str, Any]:
    kind: str = {"time": "string"}.get(shape.kind, {"list": "array"}.get(shape.kind, shape.kind))
    made: dict[str, Any] = {"type": [kind, "null"] if shape.nullable else kind}
    if shape.kind == "time":
        made |= {"format": "date-time", "pattern": "Z$"}
    if shape.of is not None:
        made["items"] = _json_of(shape.of)
    if shape.kind == "object":
        made["properties"] = {name: _json_of(one) for name, one in shape.fields.items()}
        made["additionalProperties"] = False
        if not shape.open:
            made["required"] = list(shape.fields)
    return made


# --- Spark ------------------------------------------------------------------------------------------------------


def spark_schema() -> dict[str, Any]:
    """The schema as Spark's ``StructType.fromJson`` takes it, for ``spark.read.schema(...)``; times are timestamps."""
    made: dict[str, Any] = _spark_type(record_shape())
    return made


def _spark_type(shape: Shape) -> Any:
    if shape.kind == "list":
        assert shape.of is not None
        return {"type": "array", "elementType": _spark_type(shape.of), "containsNull": True}
    if shape.kind == "object":
        # All nullable, as Spark makes them when it reads: a file without a value must not stop it.
        fields = [
            {"name": name, "type": _spark_type(one), "nullable": True, "metadata": {}}
            for name, one in shape.fields.items()
        ]
        return {"type": "struct", "fields": fields}
    return {"time": "timestamp", "integer": "long", "number": "double"}.get(shape.kind, shape.kind)


# --- Hugging Face ------------------------------------------------------------------------------------------------


def features() -> list[dict[str, Any]]:
    """The features as they stand in the head of a data set card (``dataset_info: features:``)."""
    return [{"name": name, **_feature(one)} for name, one in record_shape().fields.items()]


def _feature(shape: Shape) -> dict[str, Any]:
    if shape.kind == "list":
        assert shape.of is not None
        if shape.of.kind == "object":
            return {"list": [{"name": name, **_feature(one)} for name, one in shape.of.fields.items()]}
        return {"list": _feature(shape.of)["dtype"]}
    if shape.kind == "object":
        return {"struct": [{"name": name, **_feature(one)} for name, one in shape.fields.items()]}
    words = {"time": "timestamp[ms, tz=UTC]", "integer": "int64", "number": "float64", "boolean": "bool"}
    return {"dtype": words.get(shape.kind, "string")}
