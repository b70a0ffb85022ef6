"""A classifier finds what no column shows alone, and finds nothing where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from roadworthy.adapters.boosting import BoostedTrees, boosted_trees
from roadworthy.checks.quality.domain import AREA, DOMAIN, NO_LEARNER

RNG = np.random.default_rng(2)
N = 1500


@pytest.fixture
def told(make_subject, answers):
    """A function that tells two tables apart."""

    def tell(now: dict, before: dict | None, **given):
        subject = replace(make_subject(now, reference=before), learner=BoostedTrees(), **given)
        return answers(DOMAIN, subject)[AREA.slug, "all"]

    return tell


def table(correlation: float) -> dict:
    """Two normal columns with this correlation, a third one, text, codes and gaps."""
    x, noise = RNG.normal(size=(2, N))
    return {
        "x": x,
        "y": correlation * x + np.sqrt(1 - correlation**2) * noise,
        "z": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
        "text": RNG.choice(["a", "b", "c"], N),
        "flag": RNG.random(N) < 0.5,
    }


def test_columns_that_part_company_are_found(told) -> None:
    """Columns that look alike one by one but belong together differently are told apart."""
    found = told(table(0.9), table(-0.9))
    assert found.outcome.low > 0.8
    assert set(list(found.parameters["told_apart_by"])[:2]) == {"x", "y"}
    assert found.outcome.method == "delong-logit"
    assert found.outcome.rows == 2 * N
    assert found.parameters["reference_rows"] == N
    assert "60 trees" in found.parameters["classifier"]


def test_nothing_is_found_where_nothing_is(told) -> None:
    """Of two samples of one population, the interval holds one half."""
    found = told(table(0.3), table(0.3))
    assert found.outcome.low <= 0.5 <= found.outcome.high
    assert abs(found.outcome.value - 0.5) < 0.05


def test_text_gives_a_row_away(told) -> None:
    """A new category is found among text, and the same seed finds the same."""
    now, before = table(0.0), table(0.0)
    now["text"] = np.where(RNG.random(N) < 0.5, "new", now["text"])
    first, again = told(now, before), told(now, before)
    assert first.outcome == again.outcome
    assert first.outcome.low > 0.6
    assert next(iter(first.parameters["told_apart_by"])) == "text"


def test_what_cannot_be_told_apart_is_unknown(told, make_subject, answers) -> None:
    """No reference, no library, nothing in common, few rows: each has a reason."""
    few = {"x": [1.0] * 150}
    assert told(few, None).outcome.reason == "no reference table was given"
    assert told(few, few).outcome.reason == "one of the tables has fewer than 200 rows"
    assert told(few, {"y": [1.0]}).outcome.reason == "the tables share no plain column"
    alone = answers(DOMAIN, make_subject(few, reference=few))[AREA.slug, "all"]
    assert alone.outcome.reason == NO_LEARNER
    assert "roadworthy[sklearn]" in NO_LEARNER
    assert boosted_trees() is not None
