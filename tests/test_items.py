"""The record's shape is the one that is promised, and it is closed."""

from __future__ import annotations

from dataclasses import fields

import orjson
import pytest

from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record, Rights, as_dict
from newscrawl.storage.tables import records

FIELDS = """
id url title summary text text_source authors tags published_at published_precision modified_at section language
image_url word_count publisher post attribution original outcome reason content_hash duplicate_of contained_in
cluster_id version gone_at rights sources archive spider run_id crawled_at schema_version
""".split()
PARTS = {
    Publisher: "name domain url",
    PostPart: "site url title author published_at modified_at categories tags image_url displayed_shares "
    "displayed_views word_count surface",
    AttributionPart: "original_url original_title publisher_name publisher_url phrase language confidence resolved_by",
    OriginalPart: "url canonical_url http_status fetched_at rendered paywalled word_count similarity posts posts_total",
    Rights: "post original effective",
}


def test_the_fields() -> None:
    """Fields that people script against stay, in their order; others may be added between them."""
    for part, names in {Record: FIELDS, **{part: names.split() for part, names in PARTS.items()}}.items():
        assert [field.name for field in fields(part) if field.name in names] == names


def test_the_database_has_a_column_for_each() -> None:
    names = [field.name for field in fields(Record)]
    columns = [column.name for column in records.columns]
    assert columns[: len(names)] == names
    assert columns[len(names) :] == ["text_hash", "stored_run", "changed_at"]


@pytest.mark.parametrize("part", [Record, *PARTS])
def test_no_extras(part: type) -> None:
    made = part(**{name: "x" for name in ("id", "url", "site") if name in {field.name for field in fields(part)}})
    with pytest.raises(AttributeError):
        made.extra = 1
    with pytest.raises(TypeError):
        part(extra=1)


def test_as_plain_json() -> None:
    made = Record(
        id="0" * 32, url="https://a.test/", post=PostPart(site="https://a.test", url="https://a.test/", tags=["x"])
    )
    plain = as_dict(made)
    assert list(plain) == [field.name for field in fields(Record)]
    assert plain["post"]["tags"] == ["x"]
    assert plain["publisher"] is None
    assert plain["authors"] == []
    assert orjson.loads(orjson.dumps(plain)) == plain
    # A copy: what is done to it does not reach the record.
    plain["post"]["tags"].append("y")
    assert made.post is not None
    assert made.post.tags == ["x"]
    assert as_dict(plain) == plain
