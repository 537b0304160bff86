"""Options of `export` and `forget`, read in this process: each mistake is one line that names the option."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from scrapy.settings import Settings
from sqlalchemy.engine import URL

from newscrawl.commands import export, forget
from newscrawl.errors import UserError
from newscrawl.storage.engine import open_engine
from tests.datasets.world import fill


def run(command: export.Command | forget.Command, database: URL, *words: str) -> None:
    """The command as Scrapy runs it."""
    command.settings = Settings({"NEWSCRAWL_DATABASE": str(database), "DOWNLOAD_DELAY": 1.0, "CONCURRENT_REQUESTS": 32})
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    command.execute([], parser.parse_args(list(words)))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["-o", "x.csv", "--format", "jsonl"], "its name says .csv"),
        (["-o", "x.parquet", "--compress", "gzip"], "its name says .parquet"),
        (["-o", "x.csv", "--partition", "month"], "need a folder"),
        (["-o", "-", "--since-export", "y"], "need a folder"),
        (["-o", "x", "--format", "parquet", "--compress", "gzip"], "always packed by zstd"),
        (["-o", "x", "--shard-size", "big"], "--shard-size"),
        (["-o", "x", "--shard-size", "0"], "--shard-size"),
        (["-o", "x", "--partition", "day"], "--partition"),
        (["-o", "x", "--outcome", "original,fine"], "--outcome 'fine'"),
        (["-o", "x", "--duplicates", "some"], "--duplicates"),
        (["-o", "x", "--changed-since", "soon"], "--changed-since"),
        (["-o", "x", "--since-export", "x"], "name another folder"),
        (["-o", "x", "--since-export", "y", "--changed-since", "2026-01-01"], "give one of them"),
    ],
)
def test_a_mistake_names_its_option(sqlite_only_url: URL, words: list[str], named: str) -> None:
    with pytest.raises(UserError) as raised:
        run(export.Command(), sqlite_only_url, *words)
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("words", [[], ["--id", "abc"], ["--url", "ftp://x/"], ["--publisher", "no domain"]])
def test_forget_needs_to_know_what(sqlite_only_url: URL, words: list[str]) -> None:
    with pytest.raises(UserError):
        run(forget.Command(), sqlite_only_url, *words)


def test_forget_tells_what_it_took_down(
    sqlite_only_url: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(sqlite_only_url)
    with engine.begin() as connection:
        fill(connection, range(8))
    engine.dispose()
    run(forget.Command(), sqlite_only_url, "--publisher", "q.test", "--dry-run")
    would = capsys.readouterr().out
    assert "would be taken down" in would
    run(forget.Command(), sqlite_only_url, "--publisher", "q.test")
    assert capsys.readouterr().out.splitlines()[1:3] == would.splitlines()[1:3]
    run(export.Command(), sqlite_only_url, "-o", str(tmp_path / "left.jsonl"), "--publisher", "q.test")
    assert "0 records" in capsys.readouterr().out
    assert (tmp_path / "left.jsonl").read_bytes() == b""
