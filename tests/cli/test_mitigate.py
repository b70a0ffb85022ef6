"""`roadworthy mitigate`: what it prints for people and for machines."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from roadworthy.cli.mitigate import print_tradeoff
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.records.tradeoff import Candidate, TradeOff


def measured(value, half=0.01):
    """A number with a symmetric interval."""
    return Measured(value=value, low=value - half, high=value + half, rows=9, method="wilson")


TRADEOFF = TradeOff(
    objective="meet the most requirements, then the best balanced accuracy (all)",
    x_measure="balanced-accuracy",
    y_measure="equal-opportunity-difference",
    y_slice="sex",
    limit=0.05,
    candidates=(
        Candidate(
            name="as trained",
            method="none",
            x=measured(0.786),
            y=measured(0.074, 0.025),
            failing=2,
            unknown=1,
            reason="fails 2 findings",
        ),
        Candidate(
            name="thresholds by sex [strange]",
            method="group thresholds",
            x=measured(0.753),
            y=Unmeasured(reason="no rows"),
            failing=0,
            unknown=0,
            chosen=True,
            reason="meets every requirement",
        ),
    ),
)


def test_the_table_shows_both_measures_and_the_choice():
    """Values with half-intervals, a dash where unmeasured, and the choice with its reason."""
    console = Console(width=120, record=True, file=StringIO())
    print_tradeoff(console, TRADEOFF)
    text = console.export_text()
    assert "0.786 ± 0.010" in text
    assert "0.074 ± 0.025" in text
    assert "equal opportunity difference" in text
    chosen = next(line for line in text.splitlines() if "→" in line)
    assert "thresholds by sex [strange]" in chosen
    assert "–" in chosen
    assert "chosen: thresholds by sex [strange]: meets every requirement" in text
