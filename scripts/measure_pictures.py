"""The pictures of the pages on measures that are drawn from whole assessments of seeded data."""

# ruff: noqa: PLR2004 - the data of a picture are made of numbers

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pyarrow as pa

import roadworthy as rw
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.interval_plot import Frame, interval_plot
from roadworthy.cards.svg.line_chart import Series, line_chart
from roadworthy.cards.svg.rows import Row
from roadworthy.records.evidence import Measured, Point
from roadworthy.records.slices import Slice
from roadworthy.workflows.assessment import Assessment


def percent(value: float) -> str:
    """A share in per cent."""
    return f"{value * 100:g} %"


def plain(value: float) -> str:
    """A number as it is."""
    return f"{value:g}"


def applicants(rows: int, seed: int, *, shift: float = 0.0) -> pa.Table:
    """Applicants of three age bands, with scores that are too extreme for the youngest."""
    rng = np.random.default_rng(seed)
    age = rng.choice(["18-29", "30-59", "60 and over"], rows, p=[0.25, 0.55, 0.2])
    odds = rng.normal(-0.4 + shift, 1.4, rows)
    repaid = rng.random(rows) < 1 / (1 + np.exp(-odds))
    said = np.where(age == "18-29", 1.8 * odds - 0.6, odds)
    return pa.table({"repaid": repaid.astype(int), "score": 1 / (1 + np.exp(-said)), "age": age})


@cache
def lending() -> Assessment:
    """The applicants, assessed."""
    return rw.assess(
        applicants(6_000, 1), label="repaid", score="score", protected=["age"],
        checks=["performance", "fairness"],
    )  # fmt: skip


def groups(found: Assessment, measure: str, title: str, axis: str) -> str:
    """A measure of every group, with its interval."""
    rows = []
    for item in found.record.evidence:
        if item.measure == measure and len(item.slice.terms) == 1 and not item.slice.is_comparison:
            value = item.outcome
            assert isinstance(value, Measured)
            rows.append(row(str(item.slice.terms[0].value), value))
    return drawn(rows, title, axis)


def row(label: str, value: Measured) -> Row:
    """A value with its interval."""
    return Row(
        label=label, value=value.value, low=value.low, high=value.high, text=f"{value.value:.3f}"
    )


def drawn(rows: list[Row], title: str, axis: str) -> str:
    """Values with their intervals, one below the other."""
    told = "; ".join(f"{item.label}: {item.text}" for item in rows)
    return interval_plot(rows, Frame(axis=axis, show=plain), title=title, desc=told)


def curve(found: Assessment, slug: str, where: Slice, name: str) -> Series:
    """A curve that an assessment holds."""
    item = next(c for c in found.record.curves if c.slug == slug and c.slice == where)
    return Series(name=name, points=item.points)


def performance() -> str:
    """The ROC curve of everybody, and that of chance."""
    series = [
        curve(lending(), "roc", Slice(), "the system"),
        Series(name="chance", points=(Point(x=0.0, y=0.0), Point(x=1.0, y=1.0))),
    ]
    axes = Axes(
        x="negatives picked by mistake", y="positives found", show_x=percent, show_y=percent,
        dots=False,
    )  # fmt: skip
    area = lending().find("roc-auc").outcome
    assert isinstance(area, Measured)
    return line_chart(
        series, axes, title="What is found, and what it costs",
        desc=f"The curve lies above the line of chance; the area below it is {area.value:.3f}.",
    )  # fmt: skip


def calibration() -> str:
    """Observed rates against mean scores, of two groups."""
    series = [
        curve(lending(), "calibration", Slice.of({"age": name}), name)
        for name in ("18-29", "30-59")
    ]
    axes = Axes(x="mean score", y="share that repaid", show_x=plain, show_y=percent)
    return line_chart(
        series, axes, title="Whether scores can be taken at their word",
        desc="Of those of 30 to 59, as many repay as the score says. Of those of 18 to 29, fewer "
        "do where the score is high, and more where it is low.",
    )  # fmt: skip


def fairness() -> str:
    """True positive rates of three groups."""
    return groups(
        lending(), "true-positive-rate", "Who is found among those who repay",
        "true positive rate, 95 % interval",
    )  # fmt: skip


def without_labels() -> str:
    """What was expected before labels, and what labels then showed."""
    later = applicants(4_000, 2, shift=0.5)
    reference = applicants(8_000, 3)
    arguments = {"label": "repaid", "score": "score", "checks": ["performance"]}
    expected = rw.assess(later.drop_columns(["repaid"]), reference=reference, **arguments)
    shown = rw.assess(later, **arguments)
    rows = []
    for measure in ("recall", "precision", "accuracy"):
        for name, found in ((f"expected-{measure}", expected), (measure, shown)):
            value = found.find(name).outcome
            assert isinstance(value, Measured)
            label = f"{measure}, {'expected' if found is expected else 'shown later'}"
            rows.append(row(label, value))
    return drawn(rows, "Expected before labels, and shown by them", "share, 95 % interval")


def slices() -> str:
    """The error rate in the slices that were found, and elsewhere."""
    rng = np.random.default_rng(5)
    size = 20_000
    job = rng.choice(["clerk", "nurse", "driver", "cook"], size)
    age = rng.integers(18, 70, size)
    weak = (job == "driver") & (age < 30)
    wrong = rng.random(size) < np.where(weak, 0.35, 0.1)
    label = rng.random(size) < 0.4
    table = pa.table(
        {"job": job, "age": age, "y": label.astype(int), "said": (label ^ wrong).astype(int)}
    )
    found = rw.find_slices(table, label="y", prediction="said", seed=1)
    rows = [row(str(item), item.outcome) for item in found.slices]
    rows += [row("all others", found.slices[-1].rest)]
    return drawn(rows, "Where answers are wrong", "error rate, 95 % interval")


def salaries() -> Assessment:
    """Predicted salaries, too low for one group."""
    rng = np.random.default_rng(6)
    size = 3_000
    grade = rng.choice(["junior", "senior", "lead"], size, p=[0.5, 0.35, 0.15])
    truth = 30 + 12 * (grade == "senior") + 25 * (grade == "lead") + rng.normal(0, 5, size)
    said = truth + rng.normal(0, 4, size) - 3 * (grade == "lead")
    table = pa.table({"salary": truth, "said": said, "grade": grade})
    return rw.assess(
        table, task="regression", label="salary", prediction="said", protected=["grade"],
        checks=["performance", "fairness"],
    )  # fmt: skip


def regression() -> str:
    """Mean error of each group."""
    return groups(
        salaries(), "mean-error", "Who is underestimated",
        "mean error in thousands: prediction less truth, 95 % interval",
    )  # fmt: skip


def classes() -> str:
    """Recall of each class."""
    rng = np.random.default_rng(7)
    truth = rng.choice(["cat", "dog", "fox"], 3_000, p=[0.5, 0.4, 0.1])
    hit = rng.random(3_000) < np.where(truth == "fox", 0.6, 0.9)
    said = np.where(hit, truth, rng.choice(["cat", "dog", "fox"], 3_000))
    table = pa.table({"animal": truth, "said": said})
    found = rw.assess(
        table, task="multiclass", label="animal", prediction="said", checks=["performance"]
    )
    return groups(found, "recall", "Which class is missed", "recall, 95 % interval")


def ranking() -> str:
    """How much each place of a list is seen."""
    points = tuple(Point(x=float(k), y=float(1 / np.log2(1 + k))) for k in range(1, 21))
    axes = Axes(x="place in the list", y="exposure", show_x=plain, show_y=plain)
    return line_chart(
        [Series(name="exposure", points=points)], axes, title="How much a place is seen",
        desc="The first place counts 1, the second 0.63, the tenth 0.29 and the twentieth 0.23.",
    )  # fmt: skip


def inequality() -> str:
    """Generalised entropy as more people are missed."""
    series = []
    for name, picked in (("misses only", 0.0), ("misses and as many false alarms", 1.0)):
        points = []
        for share in np.linspace(0, 0.4, 21):
            benefits = np.array([0.0, 1.0, 2.0])
            weights = np.array([share, 1 - share * (1 + picked), share * picked])
            mean = float(weights @ benefits)
            value = float((weights @ ((benefits / mean) ** 2) - 1) / 2)
            points.append(Point(x=float(share), y=value))
        series.append(Series(name=name, points=tuple(points)))
    axes = Axes(
        x="share of people who are missed", y="generalised entropy", show_x=percent, show_y=plain,
        dots=False,
    )  # fmt: skip
    return line_chart(
        series, axes, title="Errors that fall on few people",
        desc="Missing people raises the index; false alarms on top of it, whose benefit is 2, "
        "change the mean too.",
    )  # fmt: skip


PICTURES: Mapping[str, Callable[[], str]] = {
    "calibration": calibration,
    "classes": classes,
    "fairness": fairness,
    "inequality": inequality,
    "performance": performance,
    "ranking": ranking,
    "regression": regression,
    "slices": slices,
    "without-labels": without_labels,
}
