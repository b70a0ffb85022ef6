"""Five rates by group, and their intervals: beside Fairlearn, AIF360, pandas and reading.

    python benchmarks/group_rates.py --work build/benchmark --rows 1000000 --rounds 1

Run it with the Python that has Roadworthy. Peers start from a frame that is already loaded;
Roadworthy and the limit start from the Parquet file. The second table, of 100,000 rows, asks for
intervals too.
"""
# ruff: noqa: PLC0415 - each case runs in an environment that lacks the libraries of the others

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness import Case, Job, run

SEX = ["sex"]
SIXTY = ["sex", "race", "age_band"]
FOUR = ["sex", "race", "age_band", "region"]
RATES = (
    "selection-rate",
    "accuracy",
    "true-positive-rate",
    "false-positive-rate",
    "positive-predictive-value",
)


# --- the cases ------------------------------------------------------------------------------------


def roadworthy_rates(path: str, by: list[str]) -> Callable[[], object]:
    """Rates with intervals of the population and of every group."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.rates import RATES as KNOWN
    from roadworthy.stats.rates import estimate
    from roadworthy.stats.tally import TallyPlan

    engine = DuckDBEngine()
    plan = TallyPlan(attributes=tuple(by), label="y_true", prediction="y_pred")

    def measure() -> object:
        slices = engine.open(path).tally(plan).slices([(), tuple(by)])
        found = [estimate(slices, KNOWN[name]) for name in RATES]
        return [(item.value, item.bounds(0.95)) for item in found]

    return measure


def roadworthy_everything(path: str, by: list[str]) -> Callable[[], object]:
    """The tally with score histograms of every slice to depth 3."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.tally import TallyPlan, plan_families

    engine = DuckDBEngine()
    plan = TallyPlan(attributes=tuple(by), label="y_true", prediction="y_pred", score="score")
    return lambda: engine.open(path).tally(plan).slices(plan_families(by, 3))


def roadworthy_intervals(path: str, by: list[str]) -> Callable[[], object]:
    """Rates with intervals of every slice to depth 3."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.rates import RATES as KNOWN
    from roadworthy.stats.rates import estimate
    from roadworthy.stats.tally import TallyPlan, plan_families

    engine = DuckDBEngine()
    plan = TallyPlan(attributes=tuple(by), label="y_true", prediction="y_pred")

    def measure() -> object:
        slices = engine.open(path).tally(plan).slices(plan_families(by, 3))
        return [estimate(slices, KNOWN[name]).bounds(0.95) for name in RATES]

    return measure


def roadworthy_bootstrap(path: str, by: list[str]) -> Callable[[], object]:
    """Four rates of every slice to depth 3, from 1,000 joint replicates of the cells."""
    import numpy as np

    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats import bootstrap
    from roadworthy.stats.tally import TallyPlan, plan_families

    engine = DuckDBEngine()
    plan = TallyPlan(attributes=tuple(by), label="y_true", prediction="y_pred")

    def rates(counts: Any) -> Any:
        true_negative, false_positive, false_negative, true_positive = counts
        positive, negative = true_positive + false_negative, true_negative + false_positive
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack(
                [
                    (true_positive + false_positive) / (positive + negative),
                    (true_positive + true_negative) / (positive + negative),
                    true_positive / positive,
                    false_positive / negative,
                ]
            )

    def measure() -> object:
        tally = engine.open(path).tally(plan)
        combinations, row = np.unique(tally.codes, axis=0, return_inverse=True)
        cells = np.zeros((len(combinations), 4), np.int64)
        np.add.at(cells, (row, 2 * tally.label + tally.predicted), tally.rows)
        families = [
            np.unique(
                combinations[:, [by.index(name) for name in family]], axis=0, return_inverse=1
            )[1]
            for family in plan_families(by, 3)
        ]
        generator = np.random.default_rng(1)
        found = bootstrap.joint(cells, families, rates, generator=generator)
        return bootstrap.spread(found, 0.95)

    return measure


def fairlearn_rates(
    path: str, by: list[str], *, bypass: bool = False, replicates: int | None = None
) -> Callable[[], object]:
    """`MetricFrame` with five metrics, on a loaded frame.

    Args:
        path: of the data.
        by: the attributes.
        bypass: leave out the `np.stack` of each column, which makes an object of every element.
        replicates: of its bootstrap, which gives intervals.
    """
    import numpy as np
    from fairlearn.metrics import (
        MetricFrame,
        _annotated_metric_function,
        false_positive_rate,
        selection_rate,
        true_positive_rate,
    )
    from pandas import read_parquet
    from sklearn.metrics import accuracy_score, precision_score

    class Numpy:
        """numpy, whose `stack` leaves plain columns as they are."""

        def __getattr__(self, name: str) -> object:
            return getattr(np, name)

        @staticmethod
        def stack(values: Any, *rest: Any, **more: Any) -> Any:
            plain = isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype != object
            return values if plain else np.stack(values, *rest, **more)

    if bypass:
        _annotated_metric_function.np = Numpy()
    frame = read_parquet(path)
    metrics = {
        "selection-rate": selection_rate,
        "accuracy": accuracy_score,
        "true-positive-rate": true_positive_rate,
        "false-positive-rate": false_positive_rate,
        "positive-predictive-value": precision_score,
    }
    sampled: dict[str, Any] = {}
    if replicates:
        sampled = {"n_boot": replicates, "ci_quantiles": [0.025, 0.975], "random_state": 1}

    def measure() -> object:
        found = MetricFrame(
            metrics=metrics,
            y_true=frame["y_true"],
            y_pred=frame["y_pred"],
            sensitive_features=frame[by],
            **sampled,
        )
        return found.overall, found.by_group

    return measure


def aif360_rates(path: str, by: list[str]) -> Callable[[], object]:
    """`ClassificationMetric` for each group against the others, on a loaded frame."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric
    from pandas import read_parquet

    frame = read_parquet(path, columns=["y_true", "y_pred", *by])
    for name in by:
        frame[name] = frame[name].astype("category").cat.codes
    frame = frame.astype(float)
    groups = [
        dict(zip(by, row, strict=True)) for row in frame[by].drop_duplicates().to_numpy().tolist()
    ]

    def measure() -> object:
        truth = BinaryLabelDataset(
            df=frame.drop(columns="y_pred"),
            label_names=["y_true"],
            protected_attribute_names=by,
        )
        said = truth.copy()
        said.labels = frame[["y_pred"]].to_numpy()
        found = []
        for group in groups:
            rest = [other for other in groups if other != group]
            metric = ClassificationMetric(
                truth, said, unprivileged_groups=[group], privileged_groups=rest
            )
            rates = (
                metric.selection_rate,
                metric.accuracy,
                metric.true_positive_rate,
                metric.false_positive_rate,
                metric.positive_predictive_value,
            )
            found.append([rate(privileged=False) for rate in rates])
        return found

    return measure


def pandas_rates(path: str, by: list[str]) -> Callable[[], object]:
    """The same rates written by hand, on a loaded frame; no intervals."""
    from pandas import read_parquet

    frame = read_parquet(path)

    def measure() -> object:
        keys = [*by, "y_true", "y_pred"]
        rows = frame.groupby(keys, observed=True).size()
        counts = rows.unstack(["y_true", "y_pred"]).fillna(0)  # noqa: PD010 - as people write it
        tp, fp, fn, tn = counts[1, 1], counts[0, 1], counts[1, 0], counts[0, 0]
        total, selected = tp + fp + fn + tn, tp + fp
        return selected / total, (tp + tn) / total, tp / (tp + fn), fp / (fp + tn), tp / selected

    return measure


def read_only(path: str, by: list[str]) -> Callable[[], object]:
    """The limit: DuckDB reads the columns that the rates need and adds them up."""
    import duckdb

    connection = duckdb.connect()
    counts = ", ".join(f"count({name})" for name in by)
    sql = f"SELECT sum(y_true), sum(y_pred), {counts} FROM read_parquet('{path}')"
    return lambda: connection.execute(sql).fetchall()


CASES = {
    "Roadworthy, by sex": Case(lambda path: roadworthy_rates(path, SEX)),
    "Fairlearn MetricFrame, by sex": Case(lambda path: fairlearn_rates(path, SEX), "fairlearn"),
    "Fairlearn, `np.stack` bypassed, by sex": Case(
        lambda path: fairlearn_rates(path, SEX, bypass=True), "fairlearn"
    ),
    "pandas by hand, by sex": Case(lambda path: pandas_rates(path, SEX), "fairlearn"),
    "limit: read and add, by sex": Case(lambda path: read_only(path, SEX)),
    "Roadworthy, 60 groups": Case(lambda path: roadworthy_rates(path, SIXTY)),
    "Fairlearn MetricFrame, 60 groups": Case(
        lambda path: fairlearn_rates(path, SIXTY), "fairlearn"
    ),
    "AIF360, 60 groups": Case(lambda path: aif360_rates(path, SIXTY), "aif360"),
    "pandas by hand, 60 groups": Case(lambda path: pandas_rates(path, SIXTY), "fairlearn"),
    "limit: read and add, 60 groups": Case(lambda path: read_only(path, SIXTY)),
    "Roadworthy, 126 slices with score histograms, 60 groups": Case(
        lambda path: roadworthy_everything(path, SIXTY)
    ),
}
CLOSED = "Roadworthy, closed form, 3,426 slices"
INTERVALS = {
    CLOSED: Case(lambda path: roadworthy_intervals(path, FOUR)),
    "Roadworthy, joint bootstrap, 1,000 replicates, 3,426 slices": Case(
        lambda path: roadworthy_bootstrap(path, FOUR)
    ),
    "Fairlearn, 100 replicates, 2 groups": Case(
        lambda path: fairlearn_rates(path, SEX, replicates=100), "fairlearn"
    ),
}
INTERVAL_ROWS = 100_000


def jobs(work: Path, rows: Sequence[int]) -> Iterator[Job]:
    """One table for each number of rows, and one with intervals."""
    for number in rows:
        yield Job(
            title=f"Five rates, {number:,} rows",
            paths=(data(work, number),),
            names=tuple(CASES),
            unit=lambda name: f"Roadworthy, {'by sex' if 'by sex' in name else '60 groups'}",
        )
    yield Job(
        title=f"Five rates with intervals, {INTERVAL_ROWS:,} rows",
        paths=(data(work, INTERVAL_ROWS),),
        names=tuple(INTERVALS),
        unit=lambda _: CLOSED,
    )


def data(work: Path, rows: int) -> str:
    """The data file, made if it is not there."""
    from prediction_log import write_prediction_log

    path = work / f"log_{rows}.parquet"
    if not path.exists():
        write_prediction_log(path, rows)
    return str(path)


if __name__ == "__main__":
    run(__file__, __doc__, CASES | INTERVALS, jobs, rows=(1_000_000,))
