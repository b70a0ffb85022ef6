"""What the drift check measures: distances of distributions, tests, gaps and categories."""

from __future__ import annotations

from functools import partial

from roadworthy.checks.quality.columns import PILLAR
from roadworthy.records.evidence import Direction, MeasureSpec

LOOK = 20_000
"""The first rows of the reference, from which it is chosen how each column is counted."""

_BINS = (
    "Numbers are counted in fine bins around the middle of the reference's first "
    f"{LOOK:,} rows (`grid_center`, `grid_unit`; wider with the distance, so that no outlier hides "
    "the rest), or by value if those rows have few. The fine bins are merged into about ten that "
    "hold a tenth of the reference each; a frequent value has a bin of its own. Text and codes get "
    "a bin for each of the 20 most frequent values of both tables together (those of one table "
    "would look rarer in the other by chance alone) and for each that moved by more than chance "
    "makes, and one for all others; missing values have a bin too. All rows of both tables are "
    "counted. For `all`: the worst column, whose lower limit allows for having looked at all."
)
_CHANCE = (
    "The interval allows for the distance that chance alone makes between two samples, which "
    "`expected_by_chance` states."
)
_BINNING = (
    "Missing values are left out. `binning` is by how much the value can be off because values are "
    "known only by their bins; the interval contains it. Its limits hold for any distribution and "
    "are rather too wide than too narrow."
)
_distance = partial(MeasureSpec, pillar=PILLAR, direction=Direction.LOWER, low=0, best=0)

INDEX = _distance(
    slug="population-stability-index",
    title="Population stability index",
    plain="How far the column's distribution has moved from the reference: 0 is not at all.",
    unit="nats",
    assumptions=f"{_BINS} {_CHANCE}",
    source="Siddiqi (2006), Credit Risk Scorecards",
)
JENSEN_SHANNON = _distance(
    slug="jensen-shannon-distance",
    title="Jensen-Shannon distance",
    plain="How different the column's two distributions are: 0 is equal, 1 has nothing in common.",
    high=1,
    assumptions=f"Logarithm to base 2. {_BINS} {_CHANCE}",
    source="Lin (1991); Endres and Schindelin (2003)",
)
HELLINGER = _distance(
    slug="hellinger-distance",
    title="Hellinger distance",
    plain="How different the column's two distributions are: 0 is equal, 1 has nothing in common.",
    high=1,
    assumptions=f"{_BINS} {_CHANCE}",
    source="Hellinger (1909)",
)
TOTAL_VARIATION = _distance(
    slug="total-variation-distance",
    title="Total variation distance",
    plain="The share of rows that would have to change bins to look like the reference.",
    high=1,
    assumptions=f"{_BINS} The interval's lower limit is 0 where chance explains the distance.",
    source="Levin and Peres (2017), Markov Chains and Mixing Times",
)
KOLMOGOROV_SMIRNOV = _distance(
    slug="kolmogorov-smirnov-distance",
    title="Kolmogorov-Smirnov distance",
    plain="The largest gap between the shares of rows below any one value, now and before.",
    high=1,
    assumptions=_BINNING,
    source="Kolmogorov (1933); Smirnov (1939); Massart (1990) for the limits",
)
WASSERSTEIN = _distance(
    slug="wasserstein-distance",
    title="Wasserstein distance",
    plain="How far, on average, a row's value would have to move to look like the reference.",
    unit="the column's",
    assumptions=f"In the unit of the column. {_BINNING}",
    source="Vaserstein (1969); Villani (2009), Optimal Transport",
)
STANDARDIZED_WASSERSTEIN = _distance(
    slug="standardized-wasserstein-distance",
    title="Wasserstein distance, standardized",
    plain="How far, on average, a row's value would have to move, in the usual spread of the"
    " reference.",
    unit="standard deviations",
    assumptions="In standard deviations of the reference, which are taken as known; "
    f"`in_interquartile_ranges` resists outliers. {_BINNING}",
    source=WASSERSTEIN.source,
)
_test = partial(
    MeasureSpec, pillar=PILLAR, direction=Direction.HIGHER, low=0, high=1, unit="probability"
)
_TESTED = (
    "Missing values are left out and the rarest categories pooled until each is expected five "
    "times in either table. The value is adjusted for the number of columns tested (Benjamini and "
    "Hochberg); `p_value` is not. With many rows, a difference that matters to nobody is "
    "significant: judge by a distance."
)
CHI_SQUARED = _test(
    slug="chi-squared-p-value",
    title="Chi-squared test, adjusted p-value",
    plain="How often chance alone would make categories differ this much if nothing had changed.",
    assumptions=_TESTED,
    source="Pearson (1900); Benjamini and Hochberg (1995)",
)
G_TEST = _test(
    slug="g-test-p-value",
    title="G-test, adjusted p-value",
    plain="The same as the chi-squared test, by the ratio of likelihoods.",
    assumptions=_TESTED,
    source="Sokal and Rohlf (1981), Biometry; Benjamini and Hochberg (1995)",
)
_share = partial(MeasureSpec, pillar=PILLAR, direction=Direction.LOWER, low=0, high=1, best=0)

NEW = _share(
    slug="new-categories",
    title="New categories",
    plain="The share of rows whose value the reference never had.",
    assumptions="Of the rows where the value is known. Given the values that the reference has.",
    source="Breck et al. (2019), Data Validation for Machine Learning",
)
VANISHED = _share(
    slug="vanished-categories",
    title="Vanished categories",
    plain="The share of the reference's rows whose value no row has any more.",
    assumptions="Of the reference's rows where the value is known. Given the values that remain.",
    source=NEW.source,
)
MISSING_CHANGE = MeasureSpec(
    slug="missing-rate-change",
    pillar=PILLAR,
    title="Change of missing values",
    plain="The share of values that are missing now, less the share in the reference.",
    direction=Direction.NEITHER,
    low=-1,
    high=1,
    best=0,
    assumptions="Null and NaN are missing. The rows of both tables are independent samples. For "
    "`all`: the size of the largest change, be it a rise or a fall.",
    source="Newcombe (1998)",
)

SHAPES = (INDEX, JENSEN_SHANNON, HELLINGER, TOTAL_VARIATION)
"""Distances of the bins of any column."""

MEASURES = (
    *SHAPES, KOLMOGOROV_SMIRNOV, WASSERSTEIN, STANDARDIZED_WASSERSTEIN, CHI_SQUARED, G_TEST, NEW,
    VANISHED, MISSING_CHANGE,
)  # fmt: skip
