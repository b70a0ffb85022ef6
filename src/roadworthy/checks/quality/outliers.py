"""Are there values far outside the bulk of their column?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import PILLAR, data_columns, is_candidate
from roadworthy.checks.quality.rates import share
from roadworthy.data.bins import FEW
from roadworthy.data.expression import Expression, count, count_if
from roadworthy.data.profile import NUMBERS, present
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.versions import Column

REACH = 3.0
"""How many interquartile ranges beyond the quartiles the fences stand: Tukey's outer fences."""

RATE = MeasureSpec(
    slug="outlier-rate",
    pillar=PILLAR,
    title="Outliers",
    plain="The share of a column's values that lie far outside the middle half of them.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=(
        "Far means beyond three interquartile ranges from the quartiles, which come from a sample "
        "of rows. A long tail is no error by itself. Numbers with few distinct values are codes."
    ),
    source="Tukey (1977), Exploratory Data Analysis, outer fences",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutliersCheck:
    """Counts values beyond the outer fences, all columns in one pass."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One rate for each numeric column."""
        numeric = [
            item
            for item in data_columns(subject)
            if item.type in NUMBERS and is_candidate(subject, item)
        ]
        if not numeric:
            yield subject.evidence(RATE, ALL, Unmeasured(reason="there is no numeric column"))
            return
        fences = {item.name: _fences(subject, item) for item in numeric}
        select: dict[str, Expression] = {}
        for at, item in enumerate(numeric):
            found = fences[item.name]
            if not isinstance(found, str):
                value = present(item)
                select[f"known-{at}"] = count(value)
                select[f"below-{at}"] = count_if(value < found[0])
                select[f"above-{at}"] = count_if(value > found[1])
        counts = subject.table.aggregate(select).to_pylist()[0] if select else {}
        for at, item in enumerate(numeric):
            where, fence = Slice.of({"column": item.name}), fences[item.name]
            if isinstance(fence, str):
                yield subject.evidence(RATE, where, Unmeasured(reason=fence))
                continue
            below, above = (int(counts[f"{side}-{at}"] or 0) for side in ("below", "above"))
            yield subject.evidence(
                RATE,
                where,
                share(below + above, int(counts[f"known-{at}"]), subject.confidence, of="value"),
                lower_fence=fence[0],
                upper_fence=fence[1],
                below=below,
                above=above,
                quartiles_from_rows=subject.sample.num_rows,
                seed=subject.seed,
            )


def _fences(subject: Subject, item: Column) -> tuple[float, float] | str:
    """The outer fences, or why there are none."""
    values = subject.sample[item.name].to_numpy(zero_copy_only=False).astype(np.float64)
    known = values[np.isfinite(values)]
    if not len(known):
        return "the column holds no number"
    if len(np.unique(known)) <= FEW:
        return f"the column has at most {FEW} distinct values, which are taken for codes"
    low, high = np.quantile(known, [0.25, 0.75], method="inverted_cdf")
    if low == high:
        return "half of the values are equal, so that every other one would be an outlier"
    reach = REACH * (high - low)
    return float(low - reach), float(high + reach)


OUTLIERS = OutliersCheck(
    spec=CheckSpec(
        slug="outliers",
        version=1,
        pillar=PILLAR,
        title="Outliers",
        assumptions=RATE.assumptions,
        source=RATE.source,
        measures=(RATE,),
    )
)
