"""`RegressionPlan`: what a tally of errors counts, and in which units; and what can be summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.stats.fixed_sums import FixedPoint, Scale
from roadworthy.stats.number_grid import NumberGrid


class Population(StrEnum):
    """The rows that a sum speaks of.

    - `known`: with every one of label and prediction that the plan names.
    - `predicted`: with a prediction.
    - `bounded`: with a label and both limits of a predicted interval.
    """

    KNOWN = "known"
    PREDICTED = "predicted"
    BOUNDED = "bounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """A sum of products: how often each factor occurs, and over which rows.

    `error` is prediction minus label; `value` is the label, or in the population `predicted` the
    prediction, minus the plan's centre; `width` is that of the predicted interval and `score` its
    interval score. `absolute` makes one of the factors `error` absolute.
    """

    population: Population
    error: int = 0
    value: int = 0
    width: int = 0
    score: int = 0
    absolute: bool = False


_KNOWN, _PREDICTED, _BOUNDED = Population.KNOWN, Population.PREDICTED, Population.BOUNDED

OF_ERRORS: Mapping[str, Power] = {
    "error": Power(population=_KNOWN, error=1),
    "error_absolute": Power(population=_KNOWN, error=1, absolute=True),
    "error_square": Power(population=_KNOWN, error=2),
    "error_signed_square": Power(population=_KNOWN, error=2, absolute=True),
    "error_cube": Power(population=_KNOWN, error=3),
    "error_fourth": Power(population=_KNOWN, error=4),
    "error_value": Power(population=_KNOWN, error=1, value=1),
    "error_value_square": Power(population=_KNOWN, error=1, value=2),
    "error_square_value": Power(population=_KNOWN, error=2, value=1),
    "error_square_value_square": Power(population=_KNOWN, error=2, value=2),
}
OF_LABELS: Mapping[str, Power] = {
    "value": Power(population=_KNOWN, value=1),
    "value_square": Power(population=_KNOWN, value=2),
    "value_cube": Power(population=_KNOWN, value=3),
    "value_fourth": Power(population=_KNOWN, value=4),
}
OF_PREDICTIONS: Mapping[str, Power] = {
    "prediction": Power(population=_PREDICTED, value=1),
    "prediction_square": Power(population=_PREDICTED, value=2),
}
OF_INTERVALS: Mapping[str, Power] = {
    "width": Power(population=_BOUNDED, width=1),
    "width_square": Power(population=_BOUNDED, width=2),
}
OF_INTERVAL_SCORES: Mapping[str, Power] = {
    "score": Power(population=_BOUNDED, score=1),
    "score_square": Power(population=_BOUNDED, score=2),
}
POWERS: Mapping[str, Power] = {
    **OF_ERRORS, **OF_LABELS, **OF_PREDICTIONS, **OF_INTERVALS, **OF_INTERVAL_SCORES,
}  # fmt: skip
"""Every sum that a tally of errors may hold, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionPlan:
    """The columns a tally of errors reads, and the units it counts in; tallies of one plan merge.

    Attributes:
        attributes: columns whose values make groups.
        label: the column of true numbers, if there is one.
        prediction: the column of predicted numbers, if there is one.
        interval: the columns of the lower and the upper predicted limit, or nothing.
        confidence: how often a predicted interval should hold the truth, if that is known.
        weight: the column of row weights, if there is one.
        weight_exponent: weights are counted in units of 2**weight_exponent.
        center: what is subtracted from labels and predictions before they are multiplied, so that
            the spread of large numbers that lie close together is not lost.
        value: the sizes of labels and predictions, less the centre.
        error: the sizes of errors.
        width: the sizes of predicted intervals.
        score: the sizes of interval scores.
        max_categories: more values than these in an attribute are an error.
    """

    attributes: tuple[str, ...] = ()
    label: str | None = None
    prediction: str | None = None
    interval: tuple[str, ...] = ()
    confidence: float | None = None
    weight: str | None = None
    weight_exponent: int = 0
    center: float = 0.0
    value: Scale = field(default_factory=Scale)
    error: Scale = field(default_factory=Scale)
    width: Scale = field(default_factory=Scale)
    score: Scale = field(default_factory=Scale)
    max_categories: int = 1000

    @property
    def has_errors(self) -> bool:
        """True if there are labels and predictions to compare."""
        return self.label is not None and self.prediction is not None

    @property
    def has_intervals(self) -> bool:
        """True if there are labels and predicted intervals to compare."""
        return self.label is not None and bool(self.interval)

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns the plan reads, each with the role that an error names."""
        named = {"label": self.label, "prediction": self.prediction, "weight": self.weight}
        roles = {column: role for role, column in named.items() if column is not None}
        roles |= dict.fromkeys(self.interval, "interval")
        return roles | dict.fromkeys(self.attributes, "protected")

    @property
    def powers(self) -> Mapping[str, Power]:
        """The sums that these columns allow, by name."""
        parts = (
            (self.has_errors, OF_ERRORS),
            (self.label is not None, OF_LABELS),
            (self.prediction is not None, OF_PREDICTIONS),
            (self.has_intervals, OF_INTERVALS),
            (self.has_intervals and self.confidence is not None, OF_INTERVAL_SCORES),
        )
        return {name: power for wanted, part in parts if wanted for name, power in part.items()}

    @property
    def populations(self) -> tuple[Population, ...]:
        """The populations that these columns allow."""
        parts = (
            (self.label is not None, _KNOWN),
            (self.prediction is not None, _PREDICTED),
            (self.has_intervals, _BOUNDED),
        )
        return tuple(population for wanted, population in parts if wanted)

    def cut(self, name: str) -> FixedPoint:
        """The units and limbs of a sum."""
        power = POWERS[name]
        return FixedPoint.product(
            [self.error] * power.error
            + [self.value] * power.value
            + [self.width] * power.width
            + [self.score] * power.score
        )

    @property
    def error_grid(self) -> NumberGrid:
        """The bins of errors: narrowest around zero, each within 0.4 % of its distance from it."""
        return _grid(self.error, center=0.0)

    @property
    def value_grid(self) -> NumberGrid:
        """The bins of predictions: narrowest around the centre."""
        return _grid(self.value, center=self.center)


_FINEST, _PER_OCTAVE, _LEAST_OCTAVES = 4, 256, 8


def _grid(scale: Scale, *, center: float) -> NumberGrid:
    """Bins whose unit is a sixteenth of the usual size, and which reach the largest."""
    unit = scale.low - _FINEST
    return NumberGrid(
        center=center,
        scale=2.0**-unit,
        octaves=max(scale.high - unit + 1, _LEAST_OCTAVES),
        per_octave=_PER_OCTAVE,
    )
