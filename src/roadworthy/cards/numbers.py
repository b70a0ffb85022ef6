"""Numbers as people read them: per cent, points, ratios and counts, never with false precision."""

from __future__ import annotations

from enum import StrEnum
from math import floor, log10

from roadworthy.records.evidence import EXPECTED, Measured

SPACE = "\u00a0"
"""The space inside a number; it does not break."""

_MOST_DIGITS, _MOST_FIGURES = 4, 6
_NO_WIDTH = 1e-6


class Display(StrEnum):
    """How the values of a measure are written; a quantity has the unit of the data."""

    PERCENT = "percent"
    POINTS = "points"
    RATIO = "ratio"
    COUNT = "count"
    NUMBER = "number"
    QUANTITY = "quantity"


_HUNDREDFOLD = frozenset({Display.PERCENT, Display.POINTS})
_DIGITS = {
    Display.PERCENT: 1,
    Display.POINTS: 1,
    Display.RATIO: 2,
    Display.COUNT: 0,
    Display.NUMBER: 3,
    Display.QUANTITY: 3,
}
_PERCENT = frozenset(
    {
        "accuracy",
        "balanced-accuracy",
        "precision",
        "recall",
        "specificity",
        "group-representation",
        "hamming-loss",
        "interval-coverage",
        "macro-precision",
        "macro-recall",
        "micro-precision",
        "micro-recall",
        "precision-at-10",
        "recall-at-10",
        "new-categories",
        "subset-accuracy",
        "top-2-accuracy",
        "top-3-accuracy",
        "top-5-accuracy",
        "total-variation-distance",
        "vanished-categories",
        "weighted-precision",
        "weighted-recall",
    }
)
_COUNTED = ("rows", "-slices", "-columns", "-groups", "-mismatches")
_NUMBER = frozenset(
    {"roc-auc-drop", "treatment-equality-difference", "treatment-ratio", "single-feature-auc"}
)
_POINTS = frozenset(
    {
        "class-wise-calibration-error",
        "expected-calibration-error",
        "accuracy-drop",
        "selection-rate-shift",
        "interval-coverage-error",
        "missing-rate-change",
        "top-label-calibration-error",
    }
)


_QUANTITIES = frozenset(
    {
        "max-error",
        "mean-absolute-error",
        "mean-error",
        "mean-interval-score",
        "mean-interval-width",
        "mean-label",
        "mean-prediction",
        "mean-squared-error",
        "prediction-wasserstein",
        "root-mean-squared-error",
        "wasserstein-distance",
        "worst-group-absolute-error",
        "worst-group-squared-error",
        "worst-slice-absolute-error",
    }
)
_QUANTITY_KINDS = ("absolute-error-p", "error-p", "latency-", "pinball-loss-")


def display_of(measure: str) -> Display:
    """How a measure is written, by its slug.

    >>> display_of("selection-rate").value, display_of("equal-opportunity-difference").value
    ('percent', 'points')
    >>> display_of("demographic-parity-ratio").value, display_of("roc-auc").value
    ('ratio', 'number')
    """
    if measure not in _POINTS and measure.startswith(EXPECTED):
        return display_of(measure.removeprefix(EXPECTED))
    if measure in _NUMBER:
        return Display.NUMBER
    if measure in _QUANTITIES or measure.endswith("-gap") or measure.startswith(_QUANTITY_KINDS):
        return Display.QUANTITY
    if measure.endswith(_COUNTED):
        return Display.COUNT
    if measure in _POINTS or measure.endswith("-difference"):
        return Display.POINTS
    if measure in _PERCENT or measure.endswith(("-rate", "-share", "-predictive-value")):
        return Display.PERCENT
    return Display.RATIO if measure.endswith("-ratio") else Display.NUMBER


def bare(value: float, display: Display, digits: int | None = None, *, signed: bool = False) -> str:
    """The number without its unit.

    >>> bare(0.0412, Display.POINTS), bare(-0.0, Display.NUMBER), bare(14210, Display.COUNT)
    ('4.1', '0.000', '14,210')
    """
    if digits is None:
        digits = _digits(value) if display is Display.QUANTITY else _DIGITS[display]
    scaled = value * 100 if display in _HUNDREDFOLD else value
    text = f"{scaled:+,.{digits}f}" if signed else f"{scaled:,.{digits}f}"
    if not any(c in "123456789" for c in text):
        text = text.lstrip("+-")
    return text.replace("-", "\N{MINUS SIGN}")


def amount(
    value: float, display: Display, digits: int | None = None, *, signed: bool = False
) -> str:
    """The number with its unit.

    >>> amount(0.0412, Display.POINTS).replace(SPACE, " ")
    '4.1 points'
    """
    return bare(value, display, digits, signed=signed) + _UNITS[display]


_UNITS = {
    Display.PERCENT: f"{SPACE}%",
    Display.POINTS: f"{SPACE}points",
    Display.RATIO: "",
    Display.COUNT: "",
    Display.NUMBER: "",
    Display.QUANTITY: "",
}


def unit(display: Display) -> str:
    """What stands behind the number; empty for ratios, counts and plain numbers."""
    return _UNITS[display].strip(SPACE)


def count(value: int) -> str:
    """A number of rows.

    >>> count(14210)
    '14,210'
    """
    return f"{value:,}"


def digits_for(outcome: Measured, display: Display) -> int:
    """Enough digits that the ends differ and that a little is not nothing; four at most."""
    digits = _DIGITS[display]
    if display is Display.QUANTITY:
        digits = _digits(max(abs(outcome.low), abs(outcome.high), abs(outcome.value)))
        if outcome.high - outcome.low < _NO_WIDTH * abs(outcome.value):
            return digits
    while digits < _MOST_DIGITS and _blurred(outcome, display, digits):
        digits += 1
    return digits


def _digits(size: float) -> int:
    """Digits after the point that show four figures of a number, six at most.

    >>> _digits(3460.9), _digits(0.0472), _digits(0.0)
    (0, 5, 3)
    """
    if size == 0:
        return _DIGITS[Display.QUANTITY]
    return min(max(3 - floor(log10(abs(size))), 0), _MOST_FIGURES)


def _blurred(outcome: Measured, display: Display, digits: int) -> bool:
    """True if so few digits hide the width of the interval, or that the value is not zero."""
    low, high = bare(outcome.low, display, digits), bare(outcome.high, display, digits)
    hidden = outcome.value != 0 and not any(
        c in "123456789" for c in bare(outcome.value, display, digits)
    )
    return hidden or (outcome.low != outcome.high and low == high)


def digits_apart(value: float, bound: float, display: Display) -> int:
    """Enough digits that a value does not read as its bound unless it is, up to four.

    >>> digits_apart(0.0302, 0.03, Display.POINTS)
    2
    """
    digits = _digits(bound) if display is Display.QUANTITY else _DIGITS[display]
    if value == bound:
        return digits
    while digits < _MOST_DIGITS and bare(value, display, digits) == bare(bound, display, digits):
        digits += 1
    return digits


def digits_of_bound(bound: float, display: Display) -> int:
    """As many digits as it takes to say a bound exactly, up to four.

    >>> digits_of_bound(0.0125, Display.POINTS), digits_of_bound(0.05, Display.POINTS)
    (2, 1)
    """
    if display is Display.QUANTITY:
        digits = 0
    else:
        digits = 1 if display is Display.NUMBER else _DIGITS[display]
    scaled = bound * 100 if display in _HUNDREDFOLD else bound
    while digits < _MOST_DIGITS and abs(round(scaled, digits) - scaled) > 1e-9:  # noqa: PLR2004 - rounding noise
        digits += 1
    return digits


def interval(outcome: Measured, display: Display, digits: int | None = None) -> str:
    """The interval in words, without its unit; empty for an exact quantity.

    >>> gap = Measured(value=0.041, low=0.022, high=0.06, rows=14210, method="newcombe")
    >>> interval(gap, Display.POINTS)
    '2.2 to 6.0'
    """
    if outcome.method == "exact":
        return ""
    digits = digits_for(outcome, display) if digits is None else digits
    return f"{bare(outcome.low, display, digits)} to {bare(outcome.high, display, digits)}"


def value_of(outcome: Measured, display: Display, *, signed: bool = False) -> str:
    """The measured value with its unit, to as many digits as its interval needs."""
    return amount(outcome.value, display, digits_for(outcome, display), signed=signed)


def confidence(outcome: Measured) -> str:
    """How sure the interval is.

    >>> confidence(Measured(value=0, low=0, high=0, rows=1, method="wilson")).replace(SPACE, " ")
    '95 %'
    """
    return f"{outcome.confidence * 100:.4g}{SPACE}%"


def tick_text(value: float, display: Display) -> str:
    """A tick label: as few digits as tell it from its neighbours, with `%` but without `points`.

    >>> tick_text(0.2, Display.PERCENT).replace(SPACE, " "), tick_text(0.05, Display.POINTS)
    ('20 %', '5')
    >>> tick_text(0.0, Display.NUMBER), tick_text(20000, Display.COUNT)
    ('0', '20,000')
    """
    scaled = value * 100 if display in _HUNDREDFOLD else value
    text = f"{scaled:,.6f}".rstrip("0").rstrip(".")
    text = "0" if text in ("-0", "") else text.replace("-", "\N{MINUS SIGN}")
    return text + (f"{SPACE}%" if display is Display.PERCENT else "")
