"""Drift of 40 columns between two Parquet files: the whole check, and the cost of reading.

    python benchmarks/drift.py --work build/benchmark --rows 100000 1000000 --rounds 3

Run it with the Python that has Roadworthy. It makes the data in the work folder, runs every case in
a fresh process, one after the other, round by round, and prints a Markdown table. Everything
starts from the Parquet files. The data have 30 columns of numbers (normal, exponential and whole
ones, a third of the normal ones shifted) and 10 of text with 3 to 200 values.
"""
# ruff: noqa: PLC0415 - each case runs in an environment that may lack the libraries of the others

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from group_rates import peak_mib

NUMBERS = [f"f{place:02d}" for place in range(30)]
TEXTS = [f"c{place}" for place in range(10)]
ROW_GROUP = 131_072


# --- the cases ------------------------------------------------------------------------------------


def roadworthy_drift(reference: str, current: str) -> Callable[[], object]:
    """Every measure of drift of every column, with intervals."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.checks.check import Subject
    from roadworthy.checks.quality.drift import DRIFT
    from roadworthy.records.versions import ColumnRoles
    from roadworthy.stats.tally import TallyPlan

    engine = DuckDBEngine()

    def measure() -> object:
        subject = Subject(
            table=engine.open(current),
            reference=engine.open(reference),
            engine=engine,
            roles=ColumnRoles(),
            dataset="sha256:0",
            producer="benchmark",
            at=datetime(2026, 1, 1, tzinfo=UTC),
            plan=TallyPlan(),
        )
        return list(DRIFT.measure(subject))

    return measure


def read_only(reference: str, current: str) -> Callable[[], object]:
    """The limit: DuckDB reads the columns of both files and adds them up."""
    import duckdb

    connection = duckdb.connect()
    sums = [f"sum({name})" for name in NUMBERS] + [f"sum(strlen({name}))" for name in TEXTS]
    listed = ", ".join(sums)
    return lambda: [
        connection.execute(f"SELECT {listed} FROM read_parquet('{path}')").fetchall()
        for path in (reference, current)
    ]


CASES: dict[str, Callable[[str, str], Callable[[], object]]] = {
    "Roadworthy, the whole check": roadworthy_drift,
    "limit: read and add": read_only,
}


def run_case(measure: Callable[[], object], seconds: float) -> None:
    """Print what warm calls of a case take: medians of wall and CPU time, and peak memory."""
    measure()
    wall, cpu = [], []
    until = time.perf_counter() + seconds
    while not wall or (len(wall) < 9 and time.perf_counter() < until):
        gc.collect()
        started, worked = time.perf_counter(), time.process_time()
        measure()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    result = {"wall": statistics.median(wall), "cpu": statistics.median(cpu), "peak": peak_mib()}
    print(json.dumps(result))


# --- the data -------------------------------------------------------------------------------------


def write_features(path: Path, rows: int, *, shifted: bool) -> None:
    """Write the 40 columns; `shifted` is the current table, in which some have moved."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1007 if shifted else 7)
    columns: dict[str, object] = {}
    for place, name in enumerate(NUMBERS):
        moved = 0.02 * (place + 1) if shifted and place % 3 == 0 else 0.0
        columns[name] = (
            rng.normal(moved, 1 + moved / 4, rows),
            rng.exponential(1, rows),
            rng.integers(0, 10 + 10 * place, rows).astype(float),
        )[place % 3]
    for place, (name, size) in enumerate(
        zip(TEXTS, (3, 4, 5, 8, 10, 15, 20, 50, 100, 200), strict=True)
    ):
        steeper = 0.02 * place if shifted and place % 2 == 0 else 0.0
        weights = 1 / np.arange(1, size + 1) ** (0.5 + steeper)
        codes = rng.choice(size, rows, p=weights / weights.sum()).astype("int32")
        values = pa.array([f"v{code:03d}" for code in range(size)])
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), values)
    pq.write_table(pa.table(columns), path, row_group_size=ROW_GROUP)


def data(work: Path, rows: int) -> tuple[str, str]:
    """The reference and the current file, made if they are not there."""
    paths = [work / f"{name}_{rows}.parquet" for name in ("reference", "current")]
    for path, shifted in zip(paths, (False, True), strict=True):
        if not path.exists():
            write_features(path, rows, shifted=shifted)
    return str(paths[0]), str(paths[1])


# --- all cases ------------------------------------------------------------------------------------


def main() -> None:
    """Make what is needed, run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"))
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="spent on warm calls of a case")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        name, *paths = arguments.case
        run_case(CASES[name](*paths), arguments.seconds)
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    for rows in arguments.rows:
        results = run_all(data(arguments.work, rows), arguments.rounds, arguments.seconds)
        print(table(rows, results), flush=True)
    ours = ", ".join(f"{name} {version(name)}" for name in ("roadworthy", "duckdb", "pyarrow"))
    print(f"\n{ours}; Python {platform.python_version()}")


def run_all(
    paths: tuple[str, str], rounds: int, seconds: float
) -> dict[str, list[dict[str, float]]]:
    """Every case, one after the other, round by round."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name in CASES:
            command = [sys.executable, __file__, "--seconds", str(seconds), "--case", name, *paths]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    return results


def table(rows: int, results: dict[str, list[dict[str, float]]]) -> str:
    """The results as Markdown, each with its CPU time as a multiple of reading alone."""
    lines = [
        f"\n### {rows:,} and {rows:,} rows, 40 columns\n",
        "| case | wall, s | CPU, s | peak, MiB | CPU, reading = 1 |",
        "|---|---:|---:|---:|---:|",
    ]

    def middle(name: str, key: str) -> float:
        return statistics.median(item[key] for item in results[name])

    for name in results:
        wall, cpu, peak = (middle(name, key) for key in ("wall", "cpu", "peak"))
        ratio = cpu / middle("limit: read and add", "cpu")
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:,.0f} | {ratio:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
