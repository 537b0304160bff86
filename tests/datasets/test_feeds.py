"""Feeds: judged before the crawl, filled with the fields that were asked for, under the policy on rights."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scrapy.settings import Settings

from newscrawl.datasets.arrow import plain_rows
from newscrawl.datasets.exporters import RecordCsvExporter, RecordLinesExporter, RecordParquetExporter
from newscrawl.datasets.feeds import ZstdPlugin, check_feeds
from newscrawl.datasets.rights import released, withhold
from newscrawl.datasets.schema import complete
from newscrawl.errors import UserError
from newscrawl.items import as_dict
from newscrawl.settings import FEED_EXPORTERS
from tests.datasets.test_exporters import read_csv
from tests.storage.test_records import full


def settings(feeds: dict[str, Any], **others: Any) -> Settings:
    return Settings({"FEEDS": feeds, "FEED_EXPORTERS": FEED_EXPORTERS, **others})


@pytest.mark.parametrize(
    ("feeds", "others", "words"),
    [
        ({"x.jsonl": {"format": "jsonlz"}}, {}, "unknown format 'jsonlz'"),
        ({"x.csv": {"format": "csv", "fields": ["id", "titel"]}}, {}, "no field 'titel'"),
        ({"x.csv": {"format": "csv"}}, {"FEED_EXPORT_FIELDS": "id,titel"}, "no field 'titel'"),
        ({"x.jsonl": {"format": "jsonl", "fields": {"nothing": "id"}}}, {}, "no field 'nothing'"),
        ({"x.jsonl": {"format": "jsonl", "uri_params": "no.such.function"}}, {}, "uri_params .* cannot be loaded"),
        ({"gopher://x/y.jsonl": {"format": "jsonl"}}, {}, "unknown kind of storage"),
        ({"x.jsonl": "jsonl"}, {}, "no object"),
    ],
)
def test_what_cannot_be_written_is_refused(feeds: dict[str, Any], others: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_feeds(settings(feeds, **others))


def test_a_storage_whose_library_is_missing_is_refused() -> None:
    try:
        import botocore  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        with pytest.raises(UserError, match="needs a library"):
            check_feeds(settings({"s3://bucket/x.jsonl": {"format": "jsonl"}}))
    else:
        pytest.skip("botocore is installed")


def test_replacing_a_feed_warns(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    feeds = {str(path): {"format": "jsonl", "overwrite": True}}
    assert check_feeds(settings(feeds)) == []
    path.write_text("{}\n")
    (warning,) = check_feeds(settings(feeds))
    assert "replaces what is in it" in warning
    assert "-o" in warning
    assert check_feeds(settings(feeds), again=True) == []
    assert check_feeds(settings({str(path): {"format": "jsonl"}})) == []


def test_a_feed_is_packed_as_its_name_says() -> None:
    given = settings({"x.jsonl.zst": {"format": "jsonl"}, "y.jsonl": {"format": "jsonl"}})
    check_feeds(given)
    feeds = given.getdict("FEEDS")
    assert feeds["x.jsonl.zst"]["postprocessing"] == ["newscrawl.datasets.feeds.ZstdPlugin"]
    assert "postprocessing" not in feeds["y.jsonl"]


def test_packing_can_be_undone() -> None:
    file = io.BytesIO()
    plugin = ZstdPlugin(file, {})
    for _ in range(3):
        plugin.write(b"line\n")
    plugin.close()
    assert pa.CompressedInputStream(pa.BufferReader(file.getvalue()), "zstd").read() == b"line\n" * 3
    assert not file.closed


def written(exporter: type[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    made = exporter(file, **options)
    made.start_exporting()
    made.export_item(full())
    made.finish_exporting()
    return file.getvalue()


def test_fields_are_those_that_were_asked_for() -> None:
    made = full()
    assert json.loads(written(RecordLinesExporter, fields_to_export=["id", "post.url", "publisher"])) == {
        "id": made.id, "post.url": made.post and made.post.url, "publisher": as_dict(made.publisher),
    }  # fmt: skip
    assert json.loads(written(RecordLinesExporter, fields_to_export={"title": "headline"})) == {"headline": made.title}
    (row,) = read_csv(written(RecordCsvExporter, fields_to_export=["title", "id"]))
    assert row == {"title": made.title, "id": made.id}
    (row,) = read_csv(written(RecordCsvExporter, fields_to_export={"id": "number", "publisher": "house"}))
    assert list(row) == ["number", "house.name", "house.domain", "house.url"]


def test_items_of_other_spiders_are_written_as_scrapy_does() -> None:
    for exporter in (RecordLinesExporter, RecordCsvExporter):
        file = io.BytesIO()
        made = exporter(file)
        made.export_item({"name": "x", "price": 3})
        made.finish_exporting()
        assert b"price" in file.getvalue()
        assert b"published_at" not in file.getvalue()


def test_a_parquet_feed_holds_what_lines_hold() -> None:
    table = pq.read_table(pa.BufferReader(written(RecordParquetExporter)))
    assert plain_rows(table) == [complete(json.loads(written(RecordLinesExporter)))]


@pytest.mark.parametrize(("rights", "text"), [("all", True), ("no-optout", False), ("open", None)])
def test_what_opted_out_is_withheld(rights: str, text: bool | None) -> None:
    made = full()
    made.rights.effective = {"tdm": "reserved"}
    free = released(made, rights)
    plain = withhold(as_dict(made), rights)
    assert plain == (None if free is None else as_dict(free))
    assert (None if free is None else free.text is not None) == text
    assert made.text is not None  # what the database has is left alone
    if text is False:
        assert free is not None
        assert free.sources["text"].startswith("withheld: ")
