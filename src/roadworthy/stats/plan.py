"""`TallyPlan`: what is to be counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roadworthy.errors import UsageError
from roadworthy.stats.classes import check_classes
from roadworthy.stats.grid import ScoreGrid


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyPlan:
    """What is counted.

    Attributes:
        attributes: the columns whose values make groups.
        label: the column of true classes, if there is one.
        classes: the class values as text, in order; for a binary system: negative, positive.
        prediction: the column of predicted classes (class values, or 0 and 1), if there is one.
        score: the column of the positive class's probability, if there is one.
        weight: the column of row weights, if there is one.
        grid: the score bins; `threshold` becomes one of its edges if it decides.
        threshold: without `prediction`, a score from here on predicts the positive class.
        max_categories: more values than these in an attribute are an error.
        weight_exponent: weights are counted in units of 2**weight_exponent. None lets the engine
            choose it from the median weight; tallies merge only if they chose the same.
        conditions: those of the attributes that only tell like cases apart: sets with one of them
            are asked for without score histograms.
        score_sums: whether to add up scores and their squares; measures of calibration need it.
    """

    attributes: tuple[str, ...] = ()
    label: str | None = None
    classes: tuple[str, ...] = ("0", "1")
    prediction: str | None = None
    score: str | None = None
    weight: str | None = None
    grid: ScoreGrid = field(default_factory=ScoreGrid)
    threshold: float = 0.5
    max_categories: int = 1000
    weight_exponent: int | None = None
    conditions: tuple[str, ...] = ()
    score_sums: bool = True

    def __post_init__(self) -> None:
        check_classes(self.classes)
        if len(set(self.attributes)) < len(self.attributes):
            raise UsageError(f"each attribute is named once, found {list(self.attributes)}")
        strangers = sorted(set(self.conditions) - set(self.attributes))
        if strangers:
            raise UsageError(f"conditions {strangers} are not among {list(self.attributes)}")
        if self.decides_by_score:
            if len(self.classes) != 2:  # noqa: PLR2004 - a score speaks of two classes
                raise UsageError(
                    f"a score decides between two classes, found {len(self.classes)}; "
                    "name a prediction column"
                )
            if 0 <= self.threshold <= 1:
                object.__setattr__(self, "grid", self.grid.with_thresholds((self.threshold,)))

    @property
    def decides_by_score(self) -> bool:
        """True if the predicted class is made from the score and the threshold."""
        return self.score is not None and self.prediction is None

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns the plan reads, each with the role that an error names."""
        named = {"label": self.label, "prediction": self.prediction}
        named |= {"score": self.score, "weight": self.weight}
        roles = {column: role for role, column in named.items() if column is not None}
        return roles | dict.fromkeys(self.attributes, "protected")

    @property
    def sums(self) -> tuple[str, ...]:
        """The sums that the plan asks for, in order: `rows`, then those of weights and scores."""
        weights = ("weight", "weight_squared") if self.weight is not None else ()
        scores = ("score_sum", "score_square_sum") if self._adds_scores else ()
        return ("rows", *weights, *scores)

    @property
    def _adds_scores(self) -> bool:
        return self.score is not None and self.score_sums

    def decide(self, cell: NDArray[np.integer]) -> NDArray[np.int32]:
        """The class that a score cell predicts; K for what is no score, shape of `cell`."""
        decided = (cell >= self.grid.position(self.threshold)).astype(np.int32)
        return np.where(cell < self.grid.bins, decided, np.int32(len(self.classes)))
