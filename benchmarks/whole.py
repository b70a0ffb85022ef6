"""A whole assessment in a cold process: fairness, performance and calibration with intervals.

    python benchmarks/whole.py --work build/benchmark --rows 1000000 --rounds 3

Run it with the Python that has Roadworthy. Each case is a process of its own from its start to its
end, imports included.
"""
# ruff: noqa: PLC0415 - what is imported is what is measured

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness import Case, Job, run

ASSESS = """
import sys, roadworthy
roadworthy.assess(
    sys.argv[1], label="y_true", score="score", protected=["sex", "race", "age_band"],
    checks=["fairness", "performance"],
)
"""
IMPORTS = """
import roadworthy.api.tables, roadworthy.adapters.duckdb, roadworthy.checks.catalogue
import roadworthy.adapters.dense
"""
READ = """
import sys, duckdb
columns = "sum(y_true), sum(score), count(sex), count(race), count(age_band)"
duckdb.sql(f"SELECT {columns} FROM read_parquet('{sys.argv[1]}')").fetchall()
"""


def process(code: str) -> Callable[[str], Callable[[], object]]:
    """A Python process that runs this code with the data's path."""
    return lambda path: lambda: subprocess.run([sys.executable, "-c", code, path], check=True)


CASES = {
    "rw.assess: fairness, performance, calibration": Case(process(ASSESS)),
    "of which importing": Case(process(IMPORTS)),
    "of which DuckDB's start and reading the columns": Case(process(READ)),
    "python -c pass": Case(process("pass")),
}


def jobs(work: Path, rows: Sequence[int]) -> Iterator[Job]:
    """One table for each number of rows."""
    from prediction_log import write_prediction_log

    for number in rows:
        path = work / f"log_{number}.parquet"
        if not path.exists():
            write_prediction_log(path, number)
        yield Job(
            title=f"A whole assessment in a cold process, {number:,} rows",
            paths=(str(path),),
            names=tuple(CASES),
            unit=lambda _: next(iter(CASES)),
        )


if __name__ == "__main__":
    run(__file__, __doc__, CASES, jobs, rows=(1_000_000,))
