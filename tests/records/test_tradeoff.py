"""The trade-off record."""

from __future__ import annotations

import pytest

from roadworthy.records import canonical
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.tradeoff import Candidate, TradeOff


def _candidate(name: str, *, chosen: bool = False) -> Candidate:
    return Candidate(
        name=name,
        method="reweighing",
        x=Measured(value=0.8, low=0.78, high=0.82, rows=900, method="wilson"),
        y=Unmeasured(reason="group 'race=Other' has no positive rows"),
        failing=1,
        unknown=2,
        chosen=chosen,
    )


def _tradeoff(*candidates: Candidate) -> TradeOff:
    return TradeOff(
        objective="maximise balanced-accuracy",
        x_measure="accuracy",
        y_measure="equal-opportunity-difference",
        y_slice="sex",
        limit=0.05,
        candidates=candidates,
    )


def test_a_trade_off_survives_writing_and_reading() -> None:
    """Bytes to record to bytes changes nothing, unmeasured candidates included."""
    record = _tradeoff(_candidate("a"), _candidate("b", chosen=True))
    data = canonical.to_bytes(record)
    assert canonical.from_bytes(TradeOff, data) == record
    assert canonical.to_bytes(canonical.from_bytes(TradeOff, data)) == data


def test_the_chosen_candidate_is_found() -> None:
    """`chosen` is the one candidate that was chosen, or None."""
    assert _tradeoff(_candidate("a"), _candidate("b", chosen=True)).chosen == _candidate(
        "b", chosen=True
    )
    assert _tradeoff(_candidate("a")).chosen is None


def test_two_choices_are_refused() -> None:
    """A trade-off has one answer."""
    with pytest.raises(ValueError, match="at most one candidate"):
        _tradeoff(_candidate("a", chosen=True), _candidate("b", chosen=True))
