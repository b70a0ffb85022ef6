"""Drift of 40 columns between two Parquet files, beside Evidently, NannyML, SciPy and reading.

    python benchmarks/drift.py --work build/benchmark --rows 1000000 --rounds 1

Run it with the Python that has Roadworthy. Roadworthy and the limit start from the Parquet files,
the peers from frames that are already loaded. The data have 30 columns of numbers (normal,
exponential and whole ones, a third of the normal ones shifted) and 10 of text with 3 to 200 values.
"""
# ruff: noqa: PLC0415 - each case runs in an environment that may lack the libraries of the others

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import Case, Job, run

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


def frames(reference: str, current: str) -> list[Any]:
    """Both files as pandas frames, text as text."""
    from pandas import read_parquet

    found = [read_parquet(path) for path in (reference, current)]
    return [frame.astype(dict.fromkeys(TEXTS, str)) for frame in found]


def evidently_drift(reference: str, current: str) -> Callable[[], object]:
    """The preset for drift of all columns: one distance and its threshold for each."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    before, now = frames(reference, current)
    columns = DataDefinition(numerical_columns=NUMBERS, categorical_columns=TEXTS)

    def measure() -> object:
        tables = [Dataset.from_pandas(f, data_definition=columns) for f in (now, before)]
        return Report([DataDriftPreset()]).run(*tables).dict()

    return measure


def nannyml_drift(reference: str, current: str) -> Callable[[], object]:
    """Three distances of numbers and two of text, in 10 chunks of each table."""
    import nannyml

    before, now = frames(reference, current)

    def measure() -> object:
        calculator = nannyml.UnivariateDriftCalculator(
            column_names=[*NUMBERS, *TEXTS],
            treat_as_categorical=TEXTS,
            continuous_methods=["kolmogorov_smirnov", "jensen_shannon", "wasserstein"],
            categorical_methods=["jensen_shannon", "chi2"],
            chunk_number=10,
        )
        return calculator.fit(before).calculate(now).to_df()

    return measure


def scipy_drift(reference: str, current: str) -> Callable[[], object]:
    """By hand: exact Kolmogorov-Smirnov and Wasserstein of numbers, chi-squared of text."""
    from pandas import concat
    from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

    before, now = frames(reference, current)

    def measure() -> object:
        found: list[object] = []
        for name in NUMBERS:
            left, right = before[name].to_numpy(), now[name].to_numpy()
            found.append(ks_2samp(left, right, method="asymp"))
            found.append(wasserstein_distance(left, right))
        for name in TEXTS:
            counts = concat([before[name].value_counts(), now[name].value_counts()], axis=1)
            found.append(chi2_contingency(counts.fillna(0).to_numpy()))
        return found

    return measure


OURS = "Roadworthy: 12 measures with intervals"
CASES = {
    OURS: Case(roadworthy_drift),
    "limit: read and add": Case(read_only),
    "SciPy by hand": Case(scipy_drift, "scipy"),
    "NannyML, 5 methods on 10 chunks": Case(nannyml_drift, "nannyml"),
    "Evidently, DataDriftPreset": Case(evidently_drift, "evidently"),
}


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


def jobs(work: Path, rows: Sequence[int]) -> Iterator[Job]:
    """One table for each number of rows."""
    for number in rows:
        title = f"Drift of 40 columns, {number:,} and {number:,} rows"
        names = tuple(CASES)
        yield Job(title=title, paths=data(work, number), names=names, unit=lambda _: OURS)


if __name__ == "__main__":
    run(__file__, __doc__, CASES, jobs, rows=(1_000_000,))
