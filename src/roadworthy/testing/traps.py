"""Plans and expressions that engines get wrong, one for each trap that was ever met."""

from __future__ import annotations

import math
from typing import Any

from roadworthy.data import expression as ex
from roadworthy.data.cells import score_cell
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import TallyPlan

ATTRIBUTES = ("sex", "race", "band", "member", "year")
GRID = ScoreGrid(octaves=6, per_octave=8, thresholds=(0.5, 0.3, 1 / 3, 1.0))

PLANS = {
    "label and prediction": TallyPlan(
        attributes=ATTRIBUTES, label="label", prediction="prediction", grid=GRID
    ),
    "score alone decides": TallyPlan(
        attributes=("sex",), label="label", score="score", grid=GRID, threshold=0.3
    ),
    "weights": TallyPlan(
        attributes=("race", "sex"),
        label="label",
        prediction="prediction",
        score="score",
        weight="weight",
        weight_exponent=-1,
        grid=GRID,
    ),
    "classes by name": TallyPlan(
        attributes=("member",),
        label="outcome",
        classes=("no", "yes"),
        prediction="prediction",
        score="score",
        grid=GRID,
    ),
    "three classes": TallyPlan(
        attributes=("sex",), label="year", classes=("2018", "2019", "2020"), prediction="year"
    ),
    "no label": TallyPlan(attributes=("sex",), prediction="prediction"),
    "nothing but attributes": TallyPlan(attributes=("band", "race")),
    "nothing at all": TallyPlan(),
}
"""One plan for each way to tally."""

SCORE, YEAR, RACE = ex.column("score"), ex.column("year"), ex.column("race")

ROW_EXPRESSIONS: dict[str, ex.Expression] = {
    "comparison with NaN": SCORE >= 0.5,  # noqa: PLR2004 - any number serves
    "equality with null": RACE.eq("alone"),
    "difference": RACE.ne("it's"),
    "integer comparison": YEAR <= 2019,  # noqa: PLR2004 - any number serves
    "three-valued and": (SCORE > 0.5) & RACE.eq("a"),  # noqa: PLR2004 - any number serves
    "three-valued or": (SCORE < 0.5) | RACE.eq("a"),  # noqa: PLR2004 - any number serves
    "not": ~RACE.eq("a"),
    "is null": ex.is_null(SCORE),
    "is NaN": ex.is_nan(SCORE),
    "arithmetic": YEAR * 3 - 1 + ex.cast(YEAR, "real"),
    "quotient": YEAR / ex.column("label"),
    "quotient by zero": SCORE / ex.column("band"),
    "vanishing quotient": SCORE / 2.0**1000 / (YEAR * 1.0),
    "one of": ex.one_of(RACE, ["a", 'say "hi"', None]),
    "no conditions": ex.all_of([]),
    "case": ex.case((YEAR > 2019, "late"), (ex.is_null(YEAR), "never"), otherwise="early"),  # noqa: PLR2004 - any number serves
    "text": ex.cast(ex.column("band"), "text"),
    "integer as text": ex.cast(YEAR, "text"),
    "boolean as text": ex.cast(ex.column("member"), "text"),
    "floor": ex.floor(ex.column("band") * -1.5),
    "fixed point": ex.case(
        ((SCORE >= 0.0) & (SCORE <= 1.0), ex.fixed_point(SCORE)), otherwise=None
    ),
    "vanishing product": SCORE * SCORE * ex.column("weight"),
    "vanishing multiple": SCORE * 2.0**-600,
    "truth as a number": ex.cast(ex.column("member"), "real") * 0.5,
    "uneven real as text": ex.cast(ex.column("weight"), "text"),
    "score cell": score_cell(GRID, "score"),
    "quoted literal": ex.literal('it\'s -- "quoted"; DROP TABLE t'),
}
"""One expression for each trap, about one row."""

AGGREGATES: dict[str, ex.Expression] = {
    "rows": ex.count(),
    "present": ex.count(SCORE),
    "where": ex.count_if(RACE.eq("a")),
    "values": ex.count_distinct(ex.column("band")),
    "total": ex.total(YEAR),
    "fixed": ex.total(ROW_EXPRESSIONS["fixed point"]),
    "smallest": ex.minimum(RACE),
    "largest": ex.maximum(ex.column("band")),
    "all": ex.minimum(ex.column("member")),
    "any": ex.maximum(ex.column("member")),
    "median": ex.quantile(SCORE, 0.5),
    "first": ex.quantile(YEAR, 0.0),
    "last": ex.quantile(SCORE, 1.0),
}
"""Every aggregate."""


def plain(value: Any) -> Any:
    """Something that compares: NaN equals NaN, and 1 is not true."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    return ("boolean", value) if isinstance(value, bool) else value


def plain_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as something that compares."""
    return [{name: plain(value) for name, value in row.items()} for row in rows]
