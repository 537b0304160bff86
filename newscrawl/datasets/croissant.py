"""``croissant.json``: the data set as machines find and load it (https://docs.mlcommons.org/croissant/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newscrawl import __version__
from newscrawl.datasets.files import Form
from newscrawl.datasets.schema import record_shape
from newscrawl.items import SCHEMA_VERSION

__all__ = ["croissant"]

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_MEDIA = {"jsonl": "application/jsonlines", "csv": "text/csv", "parquet": "application/x-parquet"}
_TYPES = {
    "string": "sc:Text",
    "time": "sc:DateTime",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
}


def croissant(files: Sequence[Mapping[str, Any]], form: Form, as_of: str | None) -> dict[str, Any]:
    """The description of the data set of *files*. Its fields are the plain columns; nested ones are left to readers."""
    media = {"gzip": "application/gzip", "zstd": "application/zstd"}.get(form.packing, _MEDIA[form.format])
    data = [one for one in files if str(one["path"]).endswith(form.ending)]
    source = {"fileObject": {"@id": str(data[0]["path"])}} if len(data) == 1 else {"fileSet": {"@id": "records"}}
    distribution: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": str(one["path"]),
            "name": str(one["path"]),
            "contentUrl": str(one["path"]),
            "encodingFormat": media,
            "contentSize": f"{one['bytes']} B",
            "sha256": one["sha256"],
        }
        for one in data
    ]
    if len(data) != 1:
        distribution.append(
            {
                "@type": "cr:FileSet",
                "@id": "records",
                "name": "records",
                "encodingFormat": media,
                "includes": f"**/records*{form.ending}",
            }
        )
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "newscrawl-records",
        "description": "News articles joined with the posts of aggregators that republished them.",
        "license": "https://schema.org/copyrightHolder",
        "url": "https://example.org/newscrawl-records",
        "version": f"{SCHEMA_VERSION}.0.0",
        "creator": {"@type": "sc:Organization", "name": f"newscrawl {__version__}"},
        **({"datePublished": as_of} if as_of else {}),
        "distribution": distribution,
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "record",
                "name": "record",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"record/{name}",
                        "name": name,
                        "dataType": _TYPES[shape.kind],
                        "source": {**source, "extract": {"column": name}},
                    }
                    for name, shape in record_shape().fields.items()
                    if shape.kind in _TYPES
                ],
            }
        ],
    }
