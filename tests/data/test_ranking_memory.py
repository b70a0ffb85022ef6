"""Counting rankings stays within its memory, however many lists there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COUNT = """
import sys
from pathlib import Path
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.data.ranking import count_lists
from roadworthy.records.versions import ColumnRoles

roles = ColumnRoles(label="y", score="s", query="q", protected=("sex",))
table = DuckDBEngine(memory_limit="250MB", threads=1).open(sys.argv[1])
found = count_lists(table, roles, roles.protected, [(), ("sex",)])
status = Path("/proc/self/status").read_text().splitlines()
print(found.queries, next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def counted(path: Path, lists: int) -> tuple[int, float]:
    """The lists found, and the most memory in MiB of a process that counts so many of them."""
    rng = np.random.default_rng(0)
    rows = lists * 10
    table = pa.table(
        {
            "q": rng.permutation(rows) % lists,
            "s": rng.random(rows),
            "y": rng.integers(0, 3, rows),
            "sex": pa.array(["F", "M"]).take(pa.array(rng.integers(0, 2, rows))),
        }
    )
    pq.write_table(table, path)
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(path)], check=True, capture_output=True, text=True
    )
    found, peak = map(int, done.stdout.split())
    return found, peak / 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_memory_does_not_grow_with_rows_or_lists(tmp_path: Path) -> None:
    """Four million rows in 400,000 lists, under an engine limit of 250 MB.

    Sorting them in memory takes several times that; one half of the lists may take almost as much.
    """
    half, whole = (counted(tmp_path / f"{n}.parquet", n) for n in (200_000, 400_000))
    assert (half[0], whole[0]) == (200_000, 400_000)
    assert whole[1] < 650
    assert whole[1] - half[1] < 150
