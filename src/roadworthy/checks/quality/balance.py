"""Is every class of the label frequent enough to be learnt and judged?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_LABEL, PILLAR
from roadworthy.checks.quality.rates import share
from roadworthy.data.expression import CastType, cast, count
from roadworthy.data.profile import present
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Task
from roadworthy.stats.classes import encode_classes

MINORITY = MeasureSpec(
    slug="minority-class-share",
    pillar=PILLAR,
    title="Share of the rarest class",
    plain="Among the rows whose label is known, the share of those in the rarest class.",
    direction=Direction.HIGHER,
    low=0,
    high=1,
    assumptions="Rows without a label are left out. A class without any row has the share 0.",
    source="He and Garcia (2009), Learning from Imbalanced Data",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBalanceCheck:
    """Counts the classes of the label."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One share, with the rows of every class."""
        name = subject.roles.label
        if name is None:
            yield subject.evidence(MINORITY, ALL, Unmeasured(reason=NO_LABEL))
            return
        column = next(item for item in subject.table.columns if item.name == name)
        found = subject.table.aggregate(
            {"rows": count()}, by={"class": cast(present(column), CastType.TEXT)}
        )
        texts = found["class"].to_pylist()
        rows = [int(n or 0) for n in found["rows"].to_pylist()]
        classes = subject.plan.classes
        codes = encode_classes(texts, rows, classes, column=name)
        counts = np.bincount(codes, weights=rows, minlength=len(classes) + 1).astype(np.int64)
        known = counts[:-1]
        rarest = int(known.argmin())
        yield subject.evidence(
            MINORITY,
            ALL,
            share(int(known[rarest]), int(known.sum()), subject.confidence, of="row with a label"),
            minority_class=classes[rarest],
            class_rows={label: int(n) for label, n in zip(classes, known, strict=True)},
            without_label=int(counts[-1]),
        )


CLASS_BALANCE = ClassBalanceCheck(
    spec=CheckSpec(
        slug="class-balance",
        version=1,
        pillar=PILLAR,
        title="Class balance",
        assumptions=MINORITY.assumptions,
        source=MINORITY.source,
        measures=(MINORITY,),
        tasks=(Task.BINARY, Task.MULTICLASS, Task.MULTILABEL),
    )
)
