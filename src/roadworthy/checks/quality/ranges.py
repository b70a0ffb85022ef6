"""Are there values that cannot be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import PILLAR
from roadworthy.checks.quality.rates import share
from roadworthy.data.expression import Expression, count, count_if
from roadworthy.data.profile import NUMBERS, present
from roadworthy.errors import DataError
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL, Slice

RATE = MeasureSpec(
    slug="impossible-values-rate",
    pillar=PILLAR,
    title="Impossible values",
    plain="The share of a column's values that lie outside the range it was declared to have.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions="The declared range includes both ends. Missing values are counted elsewhere.",
    source="own definition",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpossibleValuesCheck:
    """Counts values outside declared ranges, all columns in one pass."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One rate for each column with a declared range."""
        if not subject.ranges:
            reason = "no range of possible values was declared for any column"
            yield subject.evidence(RATE, ALL, Unmeasured(reason=reason))
            return
        types = {item.name: item for item in subject.table.columns}
        select: dict[str, Expression] = {}
        for at, (name, (low, high)) in enumerate(sorted(subject.ranges.items())):
            if name not in types:
                raise DataError.from_missing_column(name, types, role="range:")
            if types[name].type in NUMBERS:
                value = present(types[name])
                select |= {
                    f"known-{at}": count(value),
                    f"below-{at}": count_if(value < low),
                    f"above-{at}": count_if(value > high),
                }
        found = subject.table.aggregate(select).to_pylist()[0] if select else {}
        for at, (name, (low, high)) in enumerate(sorted(subject.ranges.items())):
            where = Slice.of({"column": name})
            if types[name].type not in NUMBERS:
                reason = f"the column holds {types[name].type}, and a range is about numbers"
                yield subject.evidence(RATE, where, Unmeasured(reason=reason))
                continue
            below, above = (int(found[f"{side}-{at}"] or 0) for side in ("below", "above"))
            known = int(found[f"known-{at}"])
            yield subject.evidence(
                RATE,
                where,
                share(below + above, known, subject.confidence, of="value in this column"),
                lowest=low,
                highest=high,
                below=below,
                above=above,
            )


IMPOSSIBLE_VALUES = ImpossibleValuesCheck(
    spec=CheckSpec(
        slug="impossible-values",
        version=1,
        pillar=PILLAR,
        title="Impossible values",
        assumptions=RATE.assumptions,
        source=RATE.source,
        measures=(RATE,),
    )
)
