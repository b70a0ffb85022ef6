"""From values to places: linear scales whose ends and ticks are round numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Maps `low`..`high` to `start`..`end`, linearly."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value; beyond the ends it stays at the end."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def ticks(self, most: int = 5) -> tuple[float, ...]:
        """Round numbers between the ends, `most` of them or fewer."""
        return round_ticks(self.low, self.high, most)


def round_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50, ... (and their tenths) that divides into `most` steps.

    >>> round_step(1.0, 5), round_step(0.07, 5), round_step(1300, 5)
    (0.2, 0.02, 500)
    """
    exponent = floor(log10(span / most))
    for power in (exponent, exponent + 1):
        for lead in (1, 2, 5):
            step = _ten(lead, power)
            if span / step <= most + 1e-9:
                return step
    return _ten(1, exponent + 2)


def round_ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Multiples of a round step from `low` to `high`.

    >>> round_ticks(0.0, 1.0), round_ticks(-0.03, 0.05)
    ((0.0, 0.2, 0.4, 0.6, 0.8, 1.0), (-0.02, 0.0, 0.02, 0.04))
    """
    step = round_step(high - low, most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(round(index * step, 12) + 0.0 for index in range(first, last + 1))


def round_domain(
    values: Iterable[float],
    *,
    floor_at: float | None = None,
    ceiling_at: float | None = None,
    most: int = 5,
) -> tuple[float, float]:
    """The ends of an axis that holds all the values, at round numbers and inside natural bounds.

    >>> round_domain([0.42, 0.67], floor_at=0.0, ceiling_at=1.0)
    (0.4, 0.7)
    """
    found = list(values) or [0.0, 1.0]
    low, high = min(found), max(found)
    if high - low < 1e-9 * max(1.0, abs(high)):
        pad = abs(high) * 0.1 if abs(high) > 1e-6 else 0.05  # noqa: PLR2004 - as good as zero
        low, high = low - pad, high + pad
    step = round_step(high - low, most)
    low, high = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    low = low if floor_at is None else max(low, floor_at)
    high = high if ceiling_at is None else min(high, ceiling_at)
    if high <= low:
        low, high = low - step, low + step
    return round(low, 12) + 0.0, round(high, 12) + 0.0


def _ten(lead: int, power: int) -> float:
    """`lead` times ten to the `power`, as the float nearest to the decimal number."""
    return float(f"{lead}e{power}") if power < 0 else lead * 10**power
