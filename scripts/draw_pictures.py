"""Draws the pictures of docs/measures from real computations; `--check` only compares.

Each picture is a function in `PICTURES` that measures something on seeded data and draws it with
the same code that draws the report.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import resources
from math import comb
from pathlib import Path

import measure_pictures
import numpy as np
import pyarrow as pa

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.interval_plot import Frame, interval_plot
from roadworthy.cards.svg.line_chart import Series, line_chart
from roadworthy.cards.svg.rows import Line, Row
from roadworthy.checks.check import Subject
from roadworthy.checks.quality.drift import DRIFT
from roadworthy.records.evidence import Evidence, Measured, Point
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.intervals import wilson
from roadworthy.stats.proportions import proportion
from roadworthy.stats.tally import TallyPlan

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "measures" / "pictures"


def drift_cumulative() -> str:
    """Cumulative shares of two tables: the largest gap, and the area between them."""
    before, now = _ages(0, 4000, 0.0), _ages(1, 4000, 6.0)
    found = _drift(before, now)
    gap, area = found["kolmogorov-smirnov-distance"], found["wasserstein-distance"]
    series = [
        Series(name=name, points=tuple(Point(x=x, y=float((values < x).mean())) for x in AXIS))
        for name, values in (("reference", before), ("now", now))
    ]
    axes = Axes(x="age, years", y="share of rows below", show_x=_whole, show_y=_percent, dots=False)
    return line_chart(
        series,
        axes,
        title="Two distributions by their cumulative shares",
        desc=f"The curve of now lies to the right of the reference. The largest vertical gap is "
        f"{gap.value:.3f}; the area between the curves is {area.value:.2f} years.",
    )


def drift_by_chance() -> str:
    """The index of two samples of one population, for more and more rows."""
    rows = []
    for size in (200, 2_000, 20_000):
        found = _drift(_ages(2, size, 0.0), _ages(3, size, 0.0))["population-stability-index"]
        rows.append(
            Row(
                label=f"{size:,} rows each", value=found.value, low=found.low, high=found.high,
                text=f"{found.value:.4f}",
            )
        )  # fmt: skip
    frame = Frame(
        axis="population stability index, nothing has changed",
        show=lambda value: f"{value:g}",
        zero=True,
        references=(Line(value=0.1, name="0.1, the usual alarm"),),
    )
    return interval_plot(
        rows,
        frame,
        title="The index that chance makes",
        desc="Two samples of one population, and the index: "
        + "; ".join(f"{row.label}, {row.text}" for row in rows),
    )


def interval_coverage() -> str:
    """How often three intervals of a rate hold the truth, in a hundred rows, by enumeration."""
    rates = np.linspace(0.01, 0.3, 100)
    found = np.arange(101)
    ways = np.log([float(comb(100, hits)) for hits in range(101)])
    logs = ways + found * np.log(rates[:, None]) + (100 - found) * np.log1p(-rates[:, None])
    chance = np.exp(logs)
    place = np.arange(1, 100)
    at = np.exp(
        ways[:, None] + found[:, None] * np.log(place / 100)
        + (100 - found[:, None]) * np.log1p(-place / 100)
    ).cumsum(axis=0)  # fmt: skip
    low, high = (
        np.array([0, *(np.searchsorted(at[:, i], level) for i in range(99)), 100]) / 100
        for level in (0.025, 0.975)
    )
    methods = {
        "Roadworthy": proportion(found / 100, 100, 0.95),
        "Wilson": wilson(found / 100, 100, 0.95),
        "percentile bootstrap": (low, high),
    }
    series = []
    for name, (bottom, top) in methods.items():
        held = (chance * ((bottom <= rates[:, None]) & (rates[:, None] <= top))).sum(axis=1)
        points = tuple(
            Point(x=float(x), y=max(float(y), 0.8)) for x, y in zip(rates, held, strict=True)
        )
        series.append(Series(name=name, points=points))
    axes = Axes(
        x="true rate", y="samples whose interval holds it",
        show_x=_percent, show_y=_percent, dots=False,
    )  # fmt: skip
    return line_chart(
        series,
        axes,
        title="What a 95 % interval of a rate holds, in 100 rows",
        desc="The interval that is used stays above 94 %. Wilson's dips to 92 % for a rate of one "
        "in a hundred. The percentile bootstrap holds rates below 2 % less often than 80 %, where "
        "its curve is cut off.",
    )


PICTURES: Mapping[str, Callable[[], str]] = {
    **measure_pictures.PICTURES,
    "drift-by-chance": drift_by_chance,
    "drift-cumulative": drift_cumulative,
    "interval-coverage": interval_coverage,
}
AXIS = [float(age) for age in range(0, 96, 4)]


def _ages(seed: int, rows: int, older: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(42 + older, 12, rows)


def _drift(before: np.ndarray, now: np.ndarray) -> dict[str, Measured]:
    """Every measure of drift of one column."""
    engine = DuckDBEngine(threads=1)
    subject = Subject(
        table=engine.open(pa.table({"age": now})),
        reference=engine.open(pa.table({"age": before})),
        engine=engine,
        roles=ColumnRoles(),
        dataset="sha256:0",
        producer="docs",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        plan=TallyPlan(),
    )
    found = [item for item in DRIFT.measure(subject) if isinstance(item, Evidence)]
    return {item.measure: item.outcome for item in found if isinstance(item.outcome, Measured)}


def _whole(value: float) -> str:
    return f"{value:g}"


def _percent(value: float) -> str:
    return f"{value * 100:g} %"


# --- files ----------------------------------------------------------------------------------------


def standalone(drawing: str) -> str:
    """A drawing as a file of its own: in the report's style, on white paper in every setting."""
    style = resources.files("roadworthy.cards.templates").joinpath("chart.css").read_text("utf-8")
    light = re.sub(r"(?ms)^@media \(prefers-color-scheme: dark\) \{.*?^\}\n", "", style)
    alone = f"{light}svg {{ background: var(--paper); }} text {{ font-family: sans-serif; }}"
    return re.sub(r"(<svg[^>]*>)", rf"\1<style>{_escaped(alone)}</style>", str(drawing), count=1)


def _escaped(style: str) -> str:
    return style.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\").strip()


def main() -> int:
    """Draw every picture, or say which differ from what would be drawn."""
    drawn = {f"{name}.svg": standalone(draw()) + "\n" for name, draw in PICTURES.items()}
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.svg")}
    stale = sorted(
        name for name in drawn.keys() | there.keys() if drawn.get(name) != there.get(name)
    )
    if "--check" in sys.argv:
        if stale:
            print(f"out of date, run scripts/draw_pictures.py: {stale}")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in drawn:
            (FOLDER / name).write_text(drawn[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
