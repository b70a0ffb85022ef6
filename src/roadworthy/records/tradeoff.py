"""`TradeOff`: the candidates of a repair, what each costs and gains, and which one was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Record):
    """One model that was tried, and where it stands on the two measures of the trade-off.

    `method` says how it was made (`as trained`, `reweighing`, `group thresholds`, ...); `model` is
    the digest of its model version, or None if it was never stored. `failing` and `unknown` count
    the findings of the policy. `reason` says why it was chosen, or why it was not.
    """

    name: str
    method: str
    model: str | None = None
    x: Measured | Unmeasured
    y: Measured | Unmeasured
    failing: int
    unknown: int
    chosen: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff(Record):
    """What was tried, on one pair of measures, and what the policy's objective chose.

    `x_measure` on `x_slice` is what people fear to lose (accuracy, say); `y_measure` on `y_slice`
    is the gap to be closed. `limit` is the policy's bound on the gap, if it has one. `objective` is
    the policy's rule of choice, in words.
    """

    schema: ClassVar[str] = "roadworthy/trade-off/1"

    objective: str
    x_measure: str
    x_slice: str = "all"
    y_measure: str
    y_slice: str
    limit: float | None = None
    candidates: tuple[Candidate, ...]

    def __post_init__(self) -> None:
        if sum(candidate.chosen for candidate in self.candidates) > 1:
            raise ValueError("at most one candidate can be chosen")

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was chosen, or None if none was."""
        return next((candidate for candidate in self.candidates if candidate.chosen), None)
