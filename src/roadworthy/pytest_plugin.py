"""The gate, offered to a team's own test suite; without its options it does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options, in a group of their own."""
    group = parser.getgroup("roadworthy", "prove a model fit to go into service")
    group.addoption(
        "--roadworthy-assessment",
        metavar="PATH",
        help="judge this saved assessment: one test for each finding",
    )
    group.addoption(
        "--roadworthy-policy",
        metavar="POLICY",
        help="judge by this policy file or tier (minimal, limited, high, critical)",
    )
