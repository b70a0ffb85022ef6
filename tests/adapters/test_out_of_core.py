"""Counting stays within its memory, however large the table is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.stats.cube import Cube
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import Tally, TallyPlan, plan_families
from roadworthy.testing.oracle import differences

GROUP_ROWS = 100_000
PLAN = TallyPlan(
    attributes=("g", "h"),
    label="label",
    score="score",
    grid=ScoreGrid(octaves=7, per_octave=16),
)

COUNT = """
import sys
from dataclasses import replace
from pathlib import Path
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.expression import column
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import TallyPlan, plan_families

plan = TallyPlan(
    attributes=("g", "h"), label="label", score="score", grid=ScoreGrid(octaves=7, per_octave=16)
)

def peak():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(line.split()[1] for line in status if line.startswith("VmHWM"))

table = DuckDBEngine(memory_limit="200MB", threads=1).open(sys.argv[1])
if sys.argv[2] == "computed":
    table = table.derive({"less": column("score") * 0.5})
    plan = replace(plan, score="less")
opened = peak()
print(type(table.tally(plan, plan_families(plan.attributes, 2))).__name__)
print(opened, peak())
"""


def write(path: Path, groups: int) -> None:
    """So many row groups of random rows whose scores do not compress."""
    rng = np.random.default_rng(0)
    words = [f"v{i}" for i in range(20)]
    writer = None
    for _ in range(groups):
        score = rng.random(GROUP_ROWS)
        columns = {name: rng.integers(0, 20, GROUP_ROWS).astype(np.int32) for name in ("g", "h")}
        table = pa.table(
            {name: pa.DictionaryArray.from_arrays(codes, words) for name, codes in columns.items()}
            | {"label": (rng.random(GROUP_ROWS) < score).astype(np.int8), "score": score}
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def peak_mib(path: Path, kind: str = "plain") -> tuple[float, float]:
    """The most memory of a process that opens the file, and after it has counted it.

    Plain rows are counted densely, computed ones by finest cells.
    """
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(path), kind], check=True, capture_output=True, text=True
    )
    counted, *peaks = done.stdout.split()
    assert counted == {"plain": "Cube", "computed": "Tally"}[kind]
    opened, after = (int(peak) / 1024 for peak in peaks)
    return opened, after


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """A file of 8 million rows is counted in the memory of one sixteenth of it, but for a little.

    Its columns take 144 MiB decoded; the two peaks may differ by a quarter of that.
    """
    write(tmp_path / "small.parquet", 5)
    write(tmp_path / "large.parquet", 80)
    assert peak_mib(tmp_path / "large.parquet")[1] - peak_mib(tmp_path / "small.parquet")[1] < 36


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("kind", ["plain", "computed"])
def test_counting_keeps_the_limit(kind: str, tmp_path: Path) -> None:
    """Beside what Python and the libraries take, counting takes no more than the engine may."""
    write(tmp_path / "rows.parquet", 40)
    opened, counted = peak_mib(tmp_path / "rows.parquet", kind)
    assert counted - opened < 200


@pytest.mark.slow
def test_both_ways_work_under_a_low_limit(tmp_path: Path) -> None:
    """With less memory than the rows take, grouping and dense counting give the same slices."""
    write(tmp_path / "rows.parquet", 40)
    table = DuckDBEngine(memory_limit="64MB", threads=2, spill=tmp_path).open(
        tmp_path / "rows.parquet"
    )
    families = plan_families(PLAN.attributes, 2)
    dense, finest = table.tally(PLAN, families), table.tally(PLAN)
    assert isinstance(dense, Cube)
    assert isinstance(finest, Tally)
    assert differences(dense.slices(families), finest.slices(families)) == []
