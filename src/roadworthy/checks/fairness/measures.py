"""What the measures of fairness are, for policies, pictures and lay readers."""

from __future__ import annotations

from roadworthy.records.evidence import Direction, MeasureSpec

PILLAR = "fairness"
HARDT = "Hardt, Price and Srebro (2016), Equality of opportunity in supervised learning"
CHOULDECHOVA = "Chouldechova (2017), Fair prediction with disparate impact"
BERK = "Berk et al. (2021), Fairness in criminal justice risk assessments"
DWORK = "Dwork et al. (2012), Fairness through awareness"
FOUR_FIFTHS = "US Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D (1978)"
FAWCETT = "Fawcett (2006), An introduction to ROC analysis"
INDEPENDENT = "rows are drawn independently"
LABELLED = f"{INDEPENDENT}; labels are correct, and equally so in every group"


def _share(
    slug: str, title: str, plain: str, direction: Direction, *, labelled: bool = True
) -> MeasureSpec:
    """A rate of a group."""
    best = {Direction.HIGHER: 1.0, Direction.LOWER: 0.0}.get(direction)
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=direction,
        low=0,
        high=1,
        best=best,
        assumptions=LABELLED if labelled else INDEPENDENT,
        source=FAWCETT,
    )


def _gap(
    slug: str, title: str, plain: str, source: str, *, high: float | None = 1, labelled: bool = True
) -> MeasureSpec:
    """The largest difference between two groups: 0 if all are alike."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        high=high,
        best=0,
        assumptions=LABELLED if labelled else INDEPENDENT,
        source=source,
    )


def _ratio(slug: str, title: str, plain: str, source: str, *, labelled: bool = True) -> MeasureSpec:
    """The smallest ratio between two groups: 1 if all are alike."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.HIGHER,
        low=0,
        high=1,
        best=1,
        assumptions=LABELLED if labelled else INDEPENDENT,
        source=source,
    )


def _signed(
    slug: str, title: str, plain: str, source: str, *, labelled: bool = True
) -> MeasureSpec:
    """A group's rate minus that of its reference group: 0 if they are alike."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.NEITHER,
        low=-1,
        high=1,
        best=0,
        assumptions=LABELLED if labelled else INDEPENDENT,
        source=source,
    )


# --- of one group --------------------------------------------------------------------------------

SELECTION_RATE = _share(
    "selection-rate",
    "Selection rate",
    "Of all cases in the group, the share that the system picks.",
    Direction.NEITHER,
    labelled=False,
)
TRUE_POSITIVE_RATE = _share(
    "true-positive-rate",
    "True positive rate",
    "Of the group's truly positive cases, the share that the system finds.",
    Direction.HIGHER,
)
FALSE_POSITIVE_RATE = _share(
    "false-positive-rate",
    "False positive rate",
    "Of the group's truly negative cases, the share that the system picks by mistake.",
    Direction.LOWER,
)
TRUE_NEGATIVE_RATE = _share(
    "true-negative-rate",
    "True negative rate",
    "Of the group's truly negative cases, the share that the system leaves alone.",
    Direction.HIGHER,
)
FALSE_NEGATIVE_RATE = _share(
    "false-negative-rate",
    "False negative rate",
    "Of the group's truly positive cases, the share that the system misses.",
    Direction.LOWER,
)
POSITIVE_PREDICTIVE_VALUE = _share(
    "positive-predictive-value",
    "Positive predictive value",
    "Of the group's cases that the system picks, the share that are truly positive.",
    Direction.HIGHER,
)
NEGATIVE_PREDICTIVE_VALUE = _share(
    "negative-predictive-value",
    "Negative predictive value",
    "Of the group's cases that the system leaves alone, the share that are truly negative.",
    Direction.HIGHER,
)
TREATMENT_RATIO = MeasureSpec(
    slug="treatment-ratio",
    pillar=PILLAR,
    title="Misses for each false alarm",
    plain="How many of the group's cases the system misses for each one that it picks by mistake.",
    direction=Direction.NEITHER,
    low=0,
    unit="misses for each false alarm",
    assumptions=LABELLED,
    source=BERK,
)

# --- of a group, against a reference group -------------------------------------------------------

SELECTION_RATE_DIFFERENCE = _signed(
    "selection-rate-difference",
    "Selection rate against the reference group",
    "How much more often (or, below 0, less often) the system picks this group than the "
    "reference group.",
    DWORK,
    labelled=False,
)
SELECTION_RATE_RATIO = MeasureSpec(
    slug="selection-rate-ratio",
    pillar=PILLAR,
    title="Selection rate as a multiple of the reference group's",
    plain="How many times as often the system picks this group as the reference group.",
    direction=Direction.NEITHER,
    low=0,
    best=1,
    assumptions=INDEPENDENT,
    source=FOUR_FIFTHS,
)
TRUE_POSITIVE_RATE_DIFFERENCE = _signed(
    "true-positive-rate-difference",
    "True positive rate against the reference group",
    "How much more (or, below 0, less) of this group's truly positive cases the system finds, "
    "compared with the reference group.",
    HARDT,
)
FALSE_POSITIVE_RATE_DIFFERENCE = _signed(
    "false-positive-rate-difference",
    "False positive rate against the reference group",
    "How much more (or, below 0, less) of this group's truly negative cases the system picks by "
    "mistake, compared with the reference group.",
    HARDT,
)

# --- across groups -------------------------------------------------------------------------------

BASE_RATE_DIFFERENCE = _gap(
    "base-rate-difference",
    "Difference in base rate",
    "How much more often the positive class is true of one group than of another: a fact about "
    "the data, not about the system.",
    "Kamiran and Calders (2012), Data preprocessing techniques for classification",
)
BASE_RATE_RATIO = _ratio(
    "base-rate-ratio",
    "Ratio of base rates",
    "How often the positive class is true of one group, as a share of another group's: a fact "
    "about the data, not about the system.",
    "Feldman et al. (2015), Certifying and removing disparate impact",
)
DEMOGRAPHIC_PARITY_DIFFERENCE = _gap(
    "demographic-parity-difference",
    "Demographic parity difference",
    "How much more often the system picks one group than another.",
    DWORK,
    labelled=False,
)
DEMOGRAPHIC_PARITY_RATIO = _ratio(
    "demographic-parity-ratio",
    "Demographic parity ratio",
    "How often the system picks the least picked group, as a share of the most picked group's; "
    "below 0.8 breaks the four-fifths rule.",
    FOUR_FIFTHS,
    labelled=False,
)
EQUAL_OPPORTUNITY_DIFFERENCE = _gap(
    "equal-opportunity-difference",
    "Equal opportunity difference",
    "How much more of one group's truly positive cases the system finds than of another's.",
    HARDT,
)
FALSE_POSITIVE_RATE_PARITY = _gap(
    "false-positive-rate-parity-difference",
    "Difference in false positive rate",
    "How much more of one group's truly negative cases the system picks by mistake than of "
    "another's.",
    CHOULDECHOVA,
)
FALSE_NEGATIVE_RATE_PARITY = _gap(
    "false-negative-rate-parity-difference",
    "Difference in false negative rate",
    "How much more of one group's truly positive cases the system misses than of another's.",
    CHOULDECHOVA,
)
EQUALIZED_ODDS_DIFFERENCE = _gap(
    "equalized-odds-difference",
    "Equalised odds difference",
    "How differently the system treats groups among cases that are truly alike, positive or "
    "negative, whichever is worse.",
    HARDT,
)
EQUALIZED_ODDS_RATIO = _ratio(
    "equalized-odds-ratio",
    "Equalised odds ratio",
    "How often one group is picked as a share of another's, among cases that are truly alike, "
    "positive or negative, whichever is worse.",
    HARDT,
)
PREDICTIVE_PARITY_DIFFERENCE = _gap(
    "predictive-parity-difference",
    "Predictive parity difference",
    "How much more a positive decision can be trusted for one group than for another.",
    CHOULDECHOVA,
)
TREATMENT_EQUALITY_DIFFERENCE = _gap(
    "treatment-equality-difference",
    "Treatment equality difference",
    "How differently the system's mistakes fall between misses and false alarms from group to "
    "group.",
    BERK,
    high=None,
)
ACCURACY_PARITY_DIFFERENCE = _gap(
    "accuracy-parity-difference",
    "Accuracy parity difference",
    "How much more often the system is right about one group than about another.",
    BERK,
)
CONFUSION_RATE_DIFFERENCE = _gap(
    "confusion-rate-difference",
    "Difference in confusions",
    "How much more often one group's cases of a class are taken for another class than another "
    "group's, for the two classes where that is worst.",
    "Putzel and Lee (2022), Blackbox post-processing for multiclass fairness",
)
HAMMING_LOSS_DIFFERENCE = _gap(
    "hamming-loss-difference",
    "Difference in labels wrong",
    "How much larger the share of wrong labels is for one group than for another.",
    BERK,
)
CONDITIONAL_DEMOGRAPHIC_PARITY = _gap(
    "conditional-demographic-parity-difference",
    "Conditional demographic parity difference",
    "How much more often the system picks one group than another among cases that are alike in "
    "what may legitimately matter, where that is worst.",
    "Kamiran, Zliobaite and Calders (2013); Corbett-Davies et al. (2017), Algorithmic decision "
    "making and the cost of fairness",
    labelled=False,
)
