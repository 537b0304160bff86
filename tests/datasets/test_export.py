"""Data sets: the same in every form, twice the same bytes, whole or not there, and what changed since."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update
from sqlalchemy.engine import URL, Connection

from newscrawl.datasets.arrow import plain_rows
from newscrawl.datasets.export import Layout, export_file, export_folder, export_url
from newscrawl.datasets.files import Form, form_of
from newscrawl.datasets.query import Query
from newscrawl.errors import OperationError, UserError
from newscrawl.storage.engine import open_engine
from newscrawl.storage.forget import Forgotten, note, records_of, take_down
from newscrawl.storage.pages import iter_records
from newscrawl.storage.records import store_record
from newscrawl.storage.tables import records
from tests.datasets.histories import lines, run_history
from tests.datasets.kills import kill_exports, tree
from tests.datasets.test_exporters import read_csv
from tests.datasets.world import RUN, fill, made

ALL = Query(rights="all")


def test_every_form_holds_the_same(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(30))
    fill(connection, range(30, 34), rich=False)
    for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.parquet"):
        form = form_of(name)
        assert form is not None
        assert export_file(connection, tmp_path / name, form, ALL).records == 34
    plain = lines(tmp_path / "a.jsonl")
    assert len(plain) == 34
    assert [one["published_at"] for one in plain][-4:] == [None] * 4
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == (tmp_path / "a.jsonl").read_bytes()
    with pa.CompressedInputStream(str(tmp_path / "a.jsonl.zst"), "zstd") as file:
        assert file.read() == (tmp_path / "a.jsonl").read_bytes()
    assert plain_rows(pq.read_table(tmp_path / "a.parquet")) == plain
    rows = read_csv((tmp_path / "a.csv").read_bytes())
    assert [row["id"] for row in rows] == [one["id"] for one in plain]
    assert [json.loads(row["authors"]) for row in rows] == [one["authors"] for one in plain]
    assert [row["original.similarity"] for row in rows] == [
        "" if one["original"] is None else str(one["original"]["similarity"]) for one in plain
    ]


def test_a_data_set_of_nothing_has_its_schema(connection: Connection, tmp_path: Path) -> None:
    export_folder(connection, tmp_path / "e", Layout(form=Form("parquet")), ALL)
    table = pq.read_table(tmp_path / "e" / "records.parquet")
    assert table.num_rows == 0
    assert {"id", "post", "rights"} <= set(table.column_names)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layout",
    [
        Layout(form=Form("jsonl")),
        Layout(form=Form("parquet"), partition="month"),
        Layout(form=Form("jsonl", "zstd"), partition="publisher", shard=500, croissant=True),
        Layout(form=Form("csv", "gzip"), partition="language"),
    ],
    ids=["lines", "months", "shards", "languages"],
)
def test_twice_the_same_bytes(connection: Connection, tmp_path: Path, layout: Layout) -> None:
    fill(connection, range(60))
    for name in "ab":
        export_folder(connection, tmp_path / name, layout, ALL)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert sum(one["rows"] for one in manifest["files"]) == manifest["records"] == 60
    for one in manifest["files"]:
        data = (tmp_path / "a" / one["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one["bytes"], one["sha256"])
    if layout.partition:
        assert len(manifest["files"]) > 1
    # Once more over it, laid out otherwise: nothing of the one before is left.
    export_folder(connection, tmp_path / "a", Layout(form=Form("jsonl")), ALL)
    export_folder(connection, tmp_path / "c", Layout(form=Form("jsonl")), ALL)
    left = tree(tmp_path / "a")
    left.pop("croissant.json", None)
    assert left == tree(tmp_path / "c")


def test_what_is_asked_for(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(80))
    everything = {one.id: one for one in iter_records(connection)}

    def found(**query: Any) -> list[dict[str, Any]]:
        export_file(connection, tmp_path / "q.jsonl", Form("jsonl"), Query(rights="all", **query))
        return lines(tmp_path / "q.jsonl")

    english = found(languages=("en",))
    assert {one["language"] for one in english} == {"en", "en-GB"}
    assert len(english) == sum((one.language or "").startswith("en") for one in everything.values())
    assert {one["publisher"]["domain"] for one in found(publishers=("q.test",))} == {"q.test"}
    assert found(outcomes=("post_only",)) == []
    assert len(found(sites=("https://aggregator.test",))) == 80
    assert found(sites=("https://other.test",)) == []
    since = found(since="2026-03-01T00:00:00Z", until="2026-04-01T00:00:00Z")
    assert {one["published_at"][:7] for one in since} == {"2026-03"}
    one = next(iter(everything.values()))
    assert [row["id"] for row in found(clusters=(one.cluster_id or "",))] == [one.id]


def test_what_changed_since(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(5))
    connection.execute(update(records).values(changed_at="2026-01-01T00:00:00Z"))
    again = made(3, random.Random("1/3"))
    store_record(connection, again, "later")
    query = Query(rights="all", changed_since="2026-02-01T00:00:00Z")
    export_file(connection, tmp_path / "none.jsonl", Form("jsonl"), query)
    assert lines(tmp_path / "none.jsonl") == []  # made again and the same as before
    again = made(3, random.Random("1/3"))
    again.section = "Another"
    store_record(connection, again, "later")
    take_down(connection, [made(1, random.Random("1/1")).id])
    done = export_folder(connection, tmp_path / "new", Layout(form=Form("jsonl")), query)
    assert [one["id"] for one in lines(tmp_path / "new" / "records.jsonl")] == [again.id]
    assert done.deleted == 1
    (stone,) = lines(tmp_path / "new" / "tombstones.jsonl")
    assert (stone["id"], stone["why"]) == (made(1, random.Random("1/1")).id, "taken_down")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_base_and_its_increments_are_a_full_export(connection: Connection, tmp_path: Path, seed: int) -> None:
    """`python -m benchmarks.datasets histories` runs 50 of them on each engine."""
    run_history(connection, tmp_path, seed)


def test_an_increment_of_another_query_is_refused(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(3))
    export_folder(connection, tmp_path / "a", Layout(form=Form("jsonl")), ALL)
    with pytest.raises(UserError, match="other options"):
        export_folder(connection, tmp_path / "b", Layout(form=Form("jsonl")), Query(), base=tmp_path / "a")
    with pytest.raises(UserError, match="no data set"):
        export_folder(connection, tmp_path / "b", Layout(form=Form("jsonl")), ALL, base=tmp_path / "none")


def test_to_an_address_that_fsspec_knows(connection: Connection) -> None:
    import fsspec

    fill(connection, range(3))
    done = export_url(connection, "memory://sets/one", Layout(form=Form("parquet"), partition="month"), ALL)
    assert done.records == 3
    system = fsspec.filesystem("memory")
    manifest = json.loads(system.cat("/sets/one/manifest.json"))
    assert all(system.exists(f"/sets/one/{one['path']}") for one in manifest["files"])
    with pytest.raises(UserError):
        export_url(connection, "nowhere://x", Layout(form=Form("jsonl")), ALL)


def test_a_folder_that_cannot_be_written(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OperationError, match="cannot write"):
        export_folder(connection, tmp_path / "file" / "x", Layout(form=Form("jsonl")), ALL)


def test_what_is_taken_down_leaves_and_stays_away(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(6))
    victim = made(2, random.Random("1/2"))
    edited = made(2, random.Random("1/2"))
    edited.text = f"{edited.text} edited"
    store_record(connection, edited, RUN)  # there is a version with the text before
    for wish in (
        Forgotten("id", victim.id),
        Forgotten("url", "https://aggregator.test/3/"),
        Forgotten("url", "https://p.test/4"),
    ):
        note(connection, wish)
        take_down(connection, records_of(connection, wish))
    export_file(connection, tmp_path / "x.jsonl", Form("jsonl"), ALL)
    left = {one["id"] for one in lines(tmp_path / "x.jsonl")}
    assert victim.id not in left
    assert made(3, random.Random("1/3")).id not in left
    for table in ("records", "versions", "texts", "posts", "originals"):
        rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        assert (victim.text or "") not in str(rows), table
    # A later crawl meets it again.
    again = made(2, random.Random("1/2"))
    store_record(connection, again, "later")
    assert (again.text, again.title, again.reason) == (None, None, "taken_down")
    note(connection, Forgotten("publisher", "q.test"))
    drawn = (made(n, random.Random(n)) for n in range(100, 200))
    new = next(one for one in drawn if one.publisher and one.publisher.domain == "q.test")
    store_record(connection, new, "later")
    assert (new.text, new.outcome) == (None, "failed")


@pytest.mark.slow
def test_killed_anywhere_and_run_again_it_is_the_same(sqlite_only_url: URL, tmp_path: Path) -> None:
    """`python -m benchmarks.datasets kills` kills 30 times, on each engine."""
    engine = open_engine(sqlite_only_url)
    with engine.begin() as connection:
        fill(connection, range(300))
    engine.dispose()
    kill_exports(sqlite_only_url, tmp_path, kills=2, seed=4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # of mlcroissant's own
@pytest.mark.parametrize("partition", [None, "month"])
def test_the_description_for_machines_is_valid(sqlite_only_url: URL, tmp_path: Path, partition: str | None) -> None:
    mlcroissant: Any = pytest.importorskip("mlcroissant")
    engine = open_engine(sqlite_only_url)
    with engine.begin() as connection:
        fill(connection, range(20))
        layout = Layout(form=Form("parquet"), partition=partition, croissant=True)
        export_folder(connection, tmp_path / "x", layout, ALL)
    engine.dispose()
    made_of = mlcroissant.Dataset(jsonld=str(tmp_path / "x" / "croissant.json"))
    assert not made_of.metadata.ctx.issues.errors


def test_all_versions_of_a_record_leave_together(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(6))
    one = made(2, random.Random("1/2"))
    for text in ("second", "third"):
        edited = made(2, random.Random("1/2"))
        edited.text = f"{one.text} {text}"
        edited.content_hash = text
        store_record(connection, edited, RUN)
    query = Query(rights="all", versions="all")
    for form in ("jsonl", "parquet"):
        export_folder(connection, tmp_path / form, Layout(form=Form(form)), query)
    plain = lines(tmp_path / "jsonl" / "records.jsonl")
    assert plain_rows(pq.read_table(tmp_path / "parquet" / "records.parquet")) == plain
    assert len(plain) == 8
    place = next(number for number, row in enumerate(plain) if row["id"] == one.id)
    found = plain[place : place + 3]
    assert [(row["version"], row["text"]) for row in found] == [
        (1, one.text), (2, f"{one.text} second"), (3, f"{one.text} third"),
    ]  # fmt: skip
    # One new version: all of the record come again, and nothing else does.
    edited.content_hash, edited.text = "fourth", "fourth"
    store_record(connection, edited, RUN)
    export_folder(connection, tmp_path / "next", Layout(form=Form("jsonl")), query, base=tmp_path / "jsonl")
    assert [row["version"] for row in lines(tmp_path / "next" / "records.jsonl")] == [1, 2, 3, 4]
    # What it signals now governs its older versions.
    edited.rights.effective = {"tdm": "reserved"}
    store_record(connection, edited, RUN)
    export_file(connection, tmp_path / "x.jsonl", Form("jsonl"), Query(versions="all"))
    assert {row["text"] for row in lines(tmp_path / "x.jsonl") if row["id"] == one.id} == {None}
