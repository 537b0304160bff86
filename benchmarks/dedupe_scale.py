"""What a record costs among many: time of its look-up and insert, memory, bytes, on both engines.

The bulk is synthetic: texts with a random signature and as many passages as an article of 500 words has, and 20,000
real texts that share a footer. Into 10,000, 100,000 and 1,000,000 of them, records with texts of their own are stored
as a crawl does, 50 to a transaction: ones that are like nothing, ones that end with the footer, edits of the one
before. Part of ``python -m benchmarks.dedupe``; alone: ``python -m benchmarks.dedupe_scale [records]``.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection, Engine, make_url

from benchmarks.common import ROOT
from newscrawl.dedupe import fingerprint
from newscrawl.items import PostPart, Record
from newscrawl.storage import duplicates, records
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.records import store_record, text_key

__all__ = ["SIZES", "measure_scale"]

SIZES = (10_000, 100_000, 1_000_000)
HOT = 20_000
PASSAGES = 15
MEASURED = 400
GROUP = 50
SEED = 15


class Writer:
    """Makes texts of words that follow the frequencies of a language."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        source = random.Random(1)
        letters = "etaoinshrdlucmfwypvbgk"
        self.words = ["".join(source.choice(letters) for _ in range(source.randint(2, 10))) for _ in range(40_000)]
        self.weights = [1 / (rank + 10) for rank in range(len(self.words))]
        footer = random.Random(2)
        self.footer = " ".join(footer.choices(self.words, k=90))

    def text(self, number: int = 500) -> str:
        words = self.random.choices(self.words, self.weights, k=number)
        return "\n\n".join(" ".join(words[start : start + 50]) for start in range(0, number, 50))

    def edit(self, body: str, share: float = 0.03) -> str:
        return " ".join(self.random.choice(self.words) if self.random.random() < share else w for w in body.split(" "))


def _record(number: int, body: str) -> Record:
    url = f"https://measured.test/{number}/"
    return Record(
        id=f"f{number:031x}", url=url, title="T", text=body, text_source="post", outcome="post_only",
        reason="no_attribution", post=PostPart(site="https://measured.test", url=url),
        published_at="2026-01-01T00:00:00Z", published_precision="second",
    )  # fmt: skip


def _bulk(engine: Engine, first: int, last: int, writer: Writer) -> None:
    """Texts number *first* to *last*, with a record for each."""
    source = np.random.default_rng(first)
    keys: list[np.ndarray[Any, Any]] = []
    refs: list[int] = []
    counts: list[int] = []
    hot = {0: HOT // 4, SIZES[0]: HOT - HOT // 4}.get(first, 0)
    with engine.begin() as connection:
        rows: list[dict[str, Any]] = []
        for number in range(first, last):
            body = f"{writer.text(200)}\n\n{writer.footer}" if number - first < hot else None
            if body is not None:
                text_hash = text_key(body) or ""
                sketch = fingerprint(body).sketch
                assert sketch is not None
                minima, passages = sketch.to_bytes()
                own = np.array(sketch.keys(), np.int64)
            else:
                text_hash, minima = source.bytes(32).hex(), source.bytes(192)
                own = source.integers(-(2**63), 2**63 - 1, 16 + PASSAGES, dtype=np.int64)
                passages = np.sort(own[16:]).tobytes()
            keys.append(own)
            refs.append(duplicates.text_number(text_hash))
            counts.append(len(own))
            rows.append(
                {"id": f"{number:032x}", "ref": refs[-1], "hash": text_hash, "minima": minima, "passages": passages,
                 "body": body}
            )  # fmt: skip
            if len(rows) == 10_000:
                _insert(connection, rows)
                rows = []
        _insert(connection, rows)
        every = np.concatenate(keys)
        owners = np.repeat(np.array(refs, np.int64), counts)
        order = np.lexsort((owners, every))
        _insert_keys(connection, every[order], owners[order])
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    at = "2025-12-01T00:00:00Z"
    for part in [rows] if rows else []:
        connection.execute(
            text(
                "INSERT INTO records (id, url, text, authors, tags, published_at, outcome, version, rights, sources,"
                " archive, schema_version, text_hash, cluster_id) VALUES (:id, 'https://b.test/', :body, '[]', '[]',"
                f" '{at}', 'post_only', 1, '{{}}', '{{}}', '[]', 1, :hash, :id)"
            ),
            part,
        )
        connection.execute(
            text(
                "INSERT INTO texts (ref, text_hash, shingles, left_out, minima, passages, first_at, first_id,"
                " component, lead_at, lead_id) VALUES (:ref, :hash, 497, 0, :minima, :passages,"
                f" '{at}', :id, :ref, '{at}', :id)"
            ),
            part,
        )


def _insert_keys(connection: Connection, keys: Any, refs: Any) -> None:
    driver: Any = connection.connection.driver_connection
    pieces = ((start, min(len(keys), start + 100_000)) for start in range(0, len(keys), 100_000))
    parts = (list(zip(keys[a:b].tolist(), refs[a:b].tolist(), strict=True)) for a, b in pieces)
    if connection.dialect.name == "sqlite":
        for part in parts:
            driver.executemany("INSERT INTO text_keys (key, ref) VALUES (?, ?)", part)
        return
    with driver.cursor() as cursor, cursor.copy("COPY text_keys (key, ref) FROM STDIN") as copy:
        for part in parts:
            copy.write("".join(f"{key}\t{ref}\n" for key, ref in part))


def _rss() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _server_cpu(connection: Connection) -> float | None:
    """Seconds of CPU that the server's process of this connection took; ``None`` without a server."""
    if connection.dialect.name == "sqlite":
        return None
    # The pool hands out one connection after another, and there is but one.
    pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Clock:
    """Times every settling beside the whole of storing.

    By the wall's clock alone: in a virtual machine a question for a thread's CPU time may itself take half a
    millisecond.
    """

    def __init__(self) -> None:
        self.settling: list[float] = []
        self._settle = records.settle
        records.settle = self._timed

    def _timed(self, *arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return self._settle(*arguments, **named)
        finally:
            self.settling.append((time.perf_counter() - started) * 1000)

    def stop(self) -> None:
        records.settle = self._settle


def _measure(engine: Engine, start: int, make: Callable[[], str]) -> dict[str, float | None]:
    bodies = [make() for _ in range(MEASURED)]
    with engine.connect() as connection:
        before = _server_cpu(connection)
    server = before
    clock = Clock()
    whole: list[float] = []
    commits: list[float] = []
    for first in range(0, MEASURED, GROUP):
        with engine.connect() as connection:
            transaction = connection.begin()
            for number, body in enumerate(bodies[first : first + GROUP]):
                fingerprint(body)  # the pipeline's part, measured by itself
                started = time.perf_counter()
                store_record(connection, _record(start + first + number, body), "r")
                whole.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            transaction.commit()
            commits.append((time.perf_counter() - started) * 1000 / GROUP)
        with engine.connect() as connection:
            server = _server_cpu(connection)
    clock.stop()
    return {
        "server_cpu_mean_ms": None if server is None else round((server - (before or 0)) * 1000 / MEASURED, 3),
        "settle_median_ms": round(statistics.median(clock.settling), 3),
        "settle_p95_ms": round(sorted(clock.settling)[int(MEASURED * 0.95)], 3),
        "store_median_ms": round(statistics.median(whole), 3),
        "commit_share_ms": round(statistics.median(commits), 3),
    }


def _bytes(engine: Engine, number: int) -> dict[str, float]:
    tables = ("texts", "text_keys", "text_pairs")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            sizes = {
                name: connection.execute(text("SELECT pg_total_relation_size(CAST(:n AS regclass))"), {"n": name})
                for name in tables
            }
            return {name: round(int(size.scalar() or 0) / number, 1) for name, size in sizes.items()}
        try:
            found = connection.execute(text("SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name")).all()
        except Exception:  # dbstat is not compiled in
            return {}
        return {row.name: round(row.size / number, 1) for row in found if row.name.removesuffix("_component") in tables}


def _child(url: URL, sizes: list[int]) -> dict[str, Any]:
    engine = open_engine(url)
    ensure_schema(engine)
    figures: dict[str, Any] = {}
    have, stored = 0, 0
    for size in sizes:
        # In a process of its own: what the bulk takes must not hide what the records take.
        subprocess.run(
            [sys.executable, "-m", __spec__.name, "--bulk", url.render_as_string(False), str(have), str(size)],
            cwd=ROOT, check=True,
        )  # fmt: skip
        have = size
        writer = Writer(SEED + size)
        _measure(engine, 10_000_000 + stored, writer.text)  # what is loaded the first time
        before = _rss()
        last = [writer.text()]

        def edited(writer: Writer = writer, last: list[str] = last) -> str:
            last[0] = writer.edit(last[0])
            return last[0]

        kinds: dict[str, Callable[[], str]] = {
            "unlike": writer.text,
            "footer": lambda writer=writer: f"{writer.text(200)}\n\n{writer.footer}",  # type: ignore[misc]
            "edits": edited,
        }
        found: dict[str, Any] = {}
        for kind, make in kinds.items():
            stored += MEASURED
            found[kind] = _measure(engine, stored, make)
        found["rss_growth_mb"] = round(_rss() - before, 1)
        found["bytes_a_record"] = _bytes(engine, size)
        figures[str(size)] = found
        print(f"{engine.dialect.name} {size}: {json.dumps(found)}", flush=True)
    engine.dispose()
    return figures


def measure_scale(sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """The figures of both engines; PostgreSQL only where its programs are."""
    from tests.postgres import Cluster, Missing

    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="newscrawl-dedupe-") as folder:
        figures["sqlite"] = _child(URL.create("sqlite", database=f"{folder}/scale.db"), list(sizes))
    try:
        cluster = Cluster(shared_buffers="128MB")  # as a server has it that nobody has tuned
    except Missing as why:
        print(f"no PostgreSQL: {why}", file=sys.stderr)
        return figures
    try:
        figures["postgresql"] = _child(cluster.create(), list(sizes))
    finally:
        cluster.stop()
    return figures


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bulk"]:
        target = open_engine(make_url(sys.argv[2]))
        _bulk(target, int(sys.argv[3]), int(sys.argv[4]), Writer(SEED + int(sys.argv[3])))
        target.dispose()
    else:
        most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
        print(json.dumps(measure_scale(tuple(size for size in SIZES if size <= most)), indent=2))
