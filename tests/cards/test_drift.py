"""What a report shows of two tables that are compared."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import roadworthy as rw
from roadworthy.policy.pack import load_policy

JENSEN = "Jensen-Shannon distance"


def rows(seed: int, moved: float) -> pa.Table:
    """People, of whom some have moved."""
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "sex": rng.choice(["F", "M"], 600),
            "age": rng.normal(40 + moved, 12, 600),
            "y": rng.integers(0, 2, 600),
            "took": rng.lognormal(3, 1, 600),
        }
    )


def quality(page: str) -> str:
    """The section on data quality."""
    return re.search(r'<section[^>]*id="quality".*?</section>', page, re.DOTALL).group()


@pytest.fixture(scope="module")
def assessed():
    """An assessment of rows that moved, with nothing asked."""
    return rw.assess(
        rows(0, 15),
        label="y",
        prediction="y",
        reference=rows(1, 0),
        metrics=["took"],
        checks=["drift", "latency"],
    )


def test_one_picture_tells_each_story(assessed) -> None:
    """Measures that say the same as another are listed, not drawn."""
    section = quality(assessed.report_html())
    drawn = re.findall(r"<svg.*?</svg>", section, re.DOTALL)
    assert any("Population stability index" in item for item in drawn)
    assert any("Wasserstein distance, standardized" in item for item in drawn)
    assert not any(JENSEN in item for item in drawn)
    assert re.search(rf"{JENSEN}[^<]*: \d measurements", section)


def test_the_worst_column_is_named(assessed) -> None:
    """The table as a whole shows the column that drifted most, and says which it is."""
    section = quality(assessed.report_html())
    ((note, name),) = re.findall(r'title="([^"]*)">Population stability index \((.*?)\)<', section)
    assert name == "age"
    assert note.endswith("Of 3 columns, this one is the worst.")
    assert "New categories (sex)" in section


def test_what_is_limited_is_drawn(assessed) -> None:
    """A measure with a limit has its picture, whatever others say the same."""
    policy = load_policy(
        """
name: drift
version: "1"
tier: limited
description: No column may move far.
requirements:
  - id: still
    measure: jensen-shannon-distance
    slice: column=age
    at_most: 0.2
    why: The model was made for people as they were.
    remedy: Train it again.
""",
        "drift.yaml",
    )
    judged = replace(assessed, policy=policy, decision=assessed.judge(policy))
    drawn = re.findall(r"<svg.*?</svg>", quality(judged.report_html()), re.DOTALL)
    assert any(JENSEN in item for item in drawn)


def test_metrics_have_the_unit_of_their_column(assessed) -> None:
    """Response times stand among the performance of everybody, and gaps in it do not."""
    page = assessed.report_html()
    assert "Latency, 95th percentile" in page
    alone = rw.assess(rows(0, 0), label="y", prediction="y", checks=["drift", "latency"])
    section = alone.report_html()
    assert "Latency, 95th percentile" not in section
