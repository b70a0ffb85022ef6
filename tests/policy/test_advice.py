"""Tests of the advice on fairness measures."""

from __future__ import annotations

from itertools import product

import pytest

from roadworthy.checks.catalogue import measures
from roadworthy.errors import UsageError
from roadworthy.policy.advice import QUESTIONS, advise, policy_lines
from roadworthy.policy.pack import load_policy

ANSWERS = {
    "answer": "decision",
    "labels": "yes",
    "shares": "no",
    "error": "missed",
    "score": "decision",
}


def slugs(**answers: str) -> list[str]:
    """The measures recommended."""
    return [item.measure for item in advise({**ANSWERS, **answers}).recommendations]


def test_every_way_through_leads_to_measures_that_exist() -> None:
    """Whatever is answered, there is advice, and a policy can ask for it."""
    known = measures()
    for chosen in product(*(question.answers for question in QUESTIONS)):
        keys = [question.key for question in QUESTIONS]
        found = advise(dict(zip(keys, chosen, strict=True)))
        assert found.recommendations
        assert found.cautions
        assert {item.measure for item in found.recommendations} <= set(known)
        text = f"name: advice\nversion: '1'\n{policy_lines(found)}\n"
        policy = load_policy(text, "advice.yaml", known_measures=known)
        assert len(policy.requirements) == len(found.recommendations)


def test_the_worse_error_decides() -> None:
    """Where labels are trusted, the error that harms more is what must be equal."""
    assert slugs() == ["equal-opportunity-difference"]
    assert slugs(error="both") == ["equalized-odds-difference"]
    assert "false-positive-rate-parity-difference" in slugs(error="alarm")
    assert "expected-calibration-error-difference" in slugs(score="score")


def test_doubtful_labels_leave_equal_shares() -> None:
    """Where labels cannot be trusted, no measure that uses them is recommended."""
    assert slugs(labels="no") == ["demographic-parity-difference"]
    assert slugs(labels="no", shares="explained") == ["conditional-demographic-parity-difference"]


def test_wrong_answers_are_refused() -> None:
    """An unknown question or answer is named, with what was expected."""
    with pytest.raises(UsageError, match="Expected labels to be one of yes, no; found 'maybe'"):
        advise({**ANSWERS, "labels": "maybe"})
    with pytest.raises(UsageError, match="found no answer"):
        advise({})
    with pytest.raises(UsageError, match="no question is called 'colour'"):
        advise({**ANSWERS, "colour": "blue"})
