"""The cube: all 1-, 2- and 3-way slices by label and 256 score bins, beside the cost of reading.

    python benchmarks/cube.py --work /tmp/benchmark --rows 1000000 10000000 --rounds 3

Run it with the Python that has Roadworthy. Every case starts from the Parquet file; 100 million
rows take 1.2 GB, which are deleted after their cases.
"""
# ruff: noqa: PLC0415 - each case imports what it measures

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness import Case, Job, run
from prediction_log import GROUPS, MORE_GROUPS, write_prediction_log

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


CASES = {
    "limit: read and add, 4 columns": Case(lambda path: read_and_add(path, FOUR)),
    "cube, 4 columns (3,426 slices)": Case(lambda path: cube(path, FOUR)),
    "cube, 4 columns, with sums of scores": Case(lambda path: cube(path, FOUR, score_sums=True)),
    "cube, 4 columns, all tables of slices": Case(lambda path: cube_and_slices(path, FOUR)),
    "finest cells, 4 columns": Case(lambda path: finest_cells(path, FOUR)),
}
"""Cases for a file of any size."""

WIDE_CASES = {
    "limit: read and add, 8 columns": Case(lambda path: read_and_add(path, EIGHT)),
    "cube, 8 columns (116,863 slices)": Case(lambda path: cube(path, EIGHT)),
    "cube, 8 columns, all slices, histograms to depth 2": Case(
        lambda path: cube_and_slices(path, EIGHT, depth=2)
    ),
    "finest cells, 8 columns": Case(lambda path: finest_cells(path, EIGHT)),
}
"""Cases for a file with eight attributes."""

LARGE = ("limit: read and add, 4 columns", "cube, 4 columns (3,426 slices)")
"""Cases that are run on more than 10 million rows."""

LARGE_ROWS = 10_000_000


def jobs(work: Path, rows: Sequence[int]) -> Iterator[Job]:
    """One table for each number of rows, and one with eight attributes; large data are deleted."""
    for number in rows:
        large = number > LARGE_ROWS
        yield Job(
            title=f"Cube of 4 columns, {number:,} rows",
            paths=(data(work, number, wide=False),),
            names=LARGE if large else tuple(CASES),
            unit=lambda _: LARGE[0],
            discard=large,
        )
    yield Job(
        title=f"Cube of 8 columns, {WIDE_ROWS:,} rows",
        paths=(data(work, WIDE_ROWS, wide=True),),
        names=tuple(WIDE_CASES),
        unit=lambda _: "limit: read and add, 8 columns",
    )


def data(work: Path, rows: int, *, wide: bool) -> str:
    """The data file, made if it is not there."""
    path = work / f"log_{rows}{'_wide' if wide else ''}.parquet"
    if not path.exists():
        write_prediction_log(path, rows, wide=wide)
    return str(path)


if __name__ == "__main__":
    run(__file__, __doc__, CASES | WIDE_CASES, jobs, rows=(1_000_000, 10_000_000))
