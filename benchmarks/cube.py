"""The cube: all 1-, 2- and 3-way slices by label and 256 score bins, beside the cost of reading.

    python benchmarks/cube.py --work /tmp/benchmark --rows 1000000 10000000 --rounds 3

Run it with the Python that has Roadworthy. It makes the data in the work folder (100 million rows
take 1.2 GB; `--discard` deletes each file after its cases), runs every case in a fresh process, one
after the other, round by round, and prints a Markdown table. Every case starts from the Parquet
file.
"""
# ruff: noqa: PLC0415 - each case imports what it measures

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
from importlib.metadata import version
from pathlib import Path

from prediction_log import GROUPS, MORE_GROUPS, write_prediction_log

Case = Callable[[str], Callable[[], object]]

FOUR = tuple(GROUPS)
EIGHT = (*FOUR, *MORE_GROUPS)
WIDE_ROWS = 1_000_000


# --- the cases ------------------------------------------------------------------------------------


def cube(path: str, by: tuple[str, ...], *, score_sums: bool = False) -> Callable[[], object]:
    """Counts of every set of up to three attributes, by label and 256 score bins."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.grid import ScoreGrid
    from roadworthy.stats.tally import TallyPlan, plan_families

    plan = TallyPlan(
        attributes=by,
        label="y_true",
        score="score",
        grid=ScoreGrid(octaves=7, per_octave=16),
        score_sums=score_sums,
    )
    families = plan_families(by, 3)
    table = DuckDBEngine().open(path)
    return lambda: table.tally(plan, families)


def cube_and_slices(path: str, by: tuple[str, ...], *, depth: int = 3) -> Callable[[], object]:
    """The same, and the table of slices of every family, one family at a time.

    Score histograms come with families of up to `depth` attributes.
    """
    make = cube(path, by)

    def measure() -> object:
        counted = make()
        return sum(
            len(counted.slices([family], histogram=len(family) <= depth).slices)
            for family in counted.families
        )

    return measure


def finest_cells(path: str, by: tuple[str, ...]) -> Callable[[], object]:
    """One grouped query for the finest cells, the other way to count."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.grid import ScoreGrid
    from roadworthy.stats.tally import TallyPlan

    grid = ScoreGrid(octaves=7, per_octave=16)
    plan = TallyPlan(attributes=by, label="y_true", score="score", grid=grid, score_sums=False)
    table = DuckDBEngine().open(path)
    return lambda: table.tally(plan)


def read_and_add(path: str, by: tuple[str, ...]) -> Callable[[], object]:
    """The limit: DuckDB reads the same columns and adds them up."""
    import duckdb

    connection = duckdb.connect()
    lengths = ", ".join(f"sum(strlen({name}))" for name in by)
    sql = f"SELECT sum(y_true), sum(score), {lengths} FROM read_parquet('{path}')"
    return lambda: connection.execute(sql).fetchall()


CASES: dict[str, Case] = {
    "limit: read and add, 4 columns": lambda path: read_and_add(path, FOUR),
    "cube, 4 columns (3,426 slices)": lambda path: cube(path, FOUR),
    "cube, 4 columns, with sums of scores": lambda path: cube(path, FOUR, score_sums=True),
    "cube, 4 columns, all tables of slices": lambda path: cube_and_slices(path, FOUR),
    "finest cells, 4 columns": lambda path: finest_cells(path, FOUR),
}
"""Cases for a file of any size."""

WIDE_CASES: dict[str, Case] = {
    "limit: read and add, 8 columns": lambda path: read_and_add(path, EIGHT),
    "cube, 8 columns (116,863 slices)": lambda path: cube(path, EIGHT),
    "cube, 8 columns, all slices, histograms to depth 2": lambda path: cube_and_slices(
        path, EIGHT, depth=2
    ),
    "finest cells, 8 columns": lambda path: finest_cells(path, EIGHT),
}
"""Cases for a file with eight attributes."""

LARGE = ("limit: read and add, 4 columns", "cube, 4 columns (3,426 slices)")
"""Cases that are run on more than 10 million rows."""


# --- one case, in a process of its own ------------------------------------------------------------


def run_case(name: str, path: str, seconds: float) -> None:
    """Print what a case takes: the first call, medians of warm ones, and peak memory."""
    measure = (CASES | WIDE_CASES)[name](path)
    wall, cpu = [], []
    until = time.perf_counter() + seconds
    while len(wall) < 2 or (len(wall) < 10 and time.perf_counter() < until):
        gc.collect()
        started, worked = time.perf_counter(), time.process_time()
        measure()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    found = {"wall": statistics.median(wall[1:]), "cpu": statistics.median(cpu[1:])}
    print(json.dumps({**found, "first": cpu[0], "peak": peak_mib()}))


def peak_mib() -> float:
    """The most memory this process has held, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


# --- all cases ------------------------------------------------------------------------------------


def main() -> None:
    """Make the data, run the cases and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"))
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="spent on warm calls of a case")
    parser.add_argument("--discard", action="store_true", help="delete each file after its cases")
    parser.add_argument("--case", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        run_case(*arguments.case, arguments.seconds)
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    jobs = [(rows, False) for rows in arguments.rows] + [(WIDE_ROWS, True)]
    for rows, wide in jobs:
        path = data(arguments.work, rows, wide=wide)
        names = [*WIDE_CASES] if wide else [*CASES] if rows <= 10_000_000 else [*LARGE]
        results = run_all(names, path, arguments.rounds, arguments.seconds)
        print(table(rows, results), flush=True)
        if arguments.discard:
            Path(path).unlink()
    ours = ", ".join(f"{n} {version(n)}" for n in ("roadworthy", "duckdb", "pyarrow", "numpy"))
    print(f"\n{ours}; Python {platform.python_version()}")


def data(work: Path, rows: int, *, wide: bool) -> str:
    """The data file, made if it is not there."""
    path = work / f"log_{rows}{'_wide' if wide else ''}.parquet"
    if not path.exists():
        write_prediction_log(path, rows, wide=wide)
    return str(path)


def run_all(
    names: list[str], path: str, rounds: int, seconds: float
) -> dict[str, list[dict[str, float]]]:
    """Every case, one after the other, round by round."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            command = [sys.executable, __file__, "--seconds", str(seconds), "--case", name, path]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    return results


def table(rows: int, results: dict[str, list[dict[str, float]]]) -> str:
    """The results as Markdown, each with its CPU time as a multiple of reading's."""
    lines = [
        f"\n### {rows:,} rows\n",
        "| case | wall, s | CPU, s | CPU of the first call, s | peak, MiB | CPU, reading = 1 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    middle = {
        name: {key: statistics.median(item[key] for item in found) for key in found[0]}
        for name, found in results.items()
    }
    limit = next(found["cpu"] for name, found in middle.items() if name.startswith("limit"))
    for name, found in middle.items():
        lines.append(
            f"| {name} | {found['wall']:.3f} | {found['cpu']:.3f} | {found['first']:.3f} "
            f"| {found['peak']:,.0f} | {found['cpu'] / limit:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
