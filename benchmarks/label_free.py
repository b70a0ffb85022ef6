"""Performance without labels, beside NannyML's CBPE.

    python benchmarks/label_free.py --work build/benchmark --rows 1000000 --rounds 1

Run it with the Python that has Roadworthy, which starts from two Parquet files and estimates 12
measures with intervals for everybody; NannyML starts from loaded frames and estimates two, in 10
chunks.
"""
# ruff: noqa: PLC0415 - each case runs in an environment that may lack the libraries of the others

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness import Case, Job, run


def roadworthy(reference: str, current: str) -> Callable[[], object]:
    """The check, on a table whose labels are not looked at."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.checks.check import Subject
    from roadworthy.checks.performance.label_free import LABEL_FREE
    from roadworthy.records.versions import ColumnRoles
    from roadworthy.stats.tally import TallyPlan

    engine = DuckDBEngine()

    def measure() -> object:
        subject = Subject(
            table=engine.open(current),
            reference=engine.open(reference),
            reference_plan=TallyPlan(label="y_true", score="score"),
            engine=engine,
            roles=ColumnRoles(score="score"),
            dataset="sha256:0",
            producer="benchmark",
            at=datetime(2026, 1, 1, tzinfo=UTC),
            plan=TallyPlan(score="score"),
        )
        return list(LABEL_FREE.measure(subject))

    return measure


def nannyml_cbpe(reference: str, current: str) -> Callable[[], object]:
    """Confidence-based performance estimation of two measures."""
    import nannyml
    from pandas import read_parquet

    columns = ["y_true", "y_pred", "score"]
    before, now = (
        read_parquet(path, columns=columns).astype({"y_true": int, "y_pred": int})
        for path in (reference, current)
    )
    now = now.drop(columns="y_true")

    def measure() -> object:
        estimator = nannyml.CBPE(
            y_pred_proba="score",
            y_pred="y_pred",
            y_true="y_true",
            metrics=["roc_auc", "f1"],
            problem_type="classification_binary",
            chunk_number=10,
        )
        return estimator.fit(before).estimate(now).to_df()

    return measure


OURS = "Roadworthy: 12 measures with intervals"
CASES = {
    OURS: Case(roadworthy),
    "NannyML CBPE: 2 measures, 10 chunks": Case(nannyml_cbpe, "nannyml"),
}


def jobs(work: Path, rows: Sequence[int]) -> Iterator[Job]:
    """One table for each number of rows; one log is the reference and, unlabelled, the rest."""
    from prediction_log import write_prediction_log

    for number in rows:
        path = work / f"log_{number}.parquet"
        if not path.exists():
            write_prediction_log(path, number)
        yield Job(
            title=f"Performance without labels, {number:,} rows and as many of reference",
            paths=(str(path), str(path)),
            names=tuple(CASES),
            unit=lambda _: OURS,
        )


if __name__ == "__main__":
    run(__file__, __doc__, CASES, jobs, rows=(1_000_000,))
