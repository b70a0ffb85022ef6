"""What the measures of several classes or several labels are, for policies and lay readers."""

from __future__ import annotations

from roadworthy.checks.performance.measures import INDEPENDENT, PILLAR
from roadworthy.records.evidence import Direction, MeasureSpec

SOKOLOVA = (
    "Sokolova and Lapalme (2009), A systematic analysis of performance measures for "
    "classification tasks"
)
EVERY_CLASS = f"{INDEPENDENT}; every class occurs in the slice"
GUO = "Guo et al. (2017), On calibration of modern neural networks"


def _good(
    slug: str, title: str, plain: str, source: str = SOKOLOVA, *, assumptions: str = EVERY_CLASS
) -> MeasureSpec:
    """A share or an average of shares: 1 is best."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.HIGHER,
        low=0,
        high=1,
        best=1,
        assumptions=assumptions,
        source=source,
    )


def _bad(
    slug: str,
    title: str,
    plain: str,
    source: str,
    *,
    high: float = 1,
    assumptions: str = INDEPENDENT,
) -> MeasureSpec:
    """An error: 0 is best."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        high=high,
        best=0,
        assumptions=assumptions,
        source=source,
    )


# --- decisions -----------------------------------------------------------------------------------

MACRO_PRECISION = _good(
    "macro-precision",
    "Precision, mean over classes",
    "How often the system is right when it names a class, every class counting the same.",
)
MACRO_RECALL = _good(
    "macro-recall",
    "Recall, mean over labels",
    "How much of what is truly there the system finds, every label counting the same.",
)
MACRO_F1 = _good(
    "macro-f1",
    "F1 score, mean over classes",
    "One number for finding each class and naming it rightly, every class counting the same.",
)
WEIGHTED_PRECISION = _good(
    "weighted-precision",
    "Precision, weighted by class size",
    "How often the system is right when it names a class, frequent classes counting more.",
)
WEIGHTED_RECALL = _good(
    "weighted-recall",
    "Recall, weighted by label frequency",
    "How much of what is truly there the system finds, frequent labels counting more.",
)
WEIGHTED_F1 = _good(
    "weighted-f1",
    "F1 score, weighted by class size",
    "One number for finding each class and naming it rightly, frequent classes counting more; rare "
    "classes hardly show.",
    assumptions=INDEPENDENT,
)
MICRO_PRECISION = _good(
    "micro-precision",
    "Precision over all labels together",
    "Of all labels that the system gives, the share that are right.",
    assumptions=INDEPENDENT,
)
MICRO_RECALL = _good(
    "micro-recall",
    "Recall over all labels together",
    "Of all labels that are truly there, the share that the system gives.",
    assumptions=INDEPENDENT,
)
MICRO_F1 = _good(
    "micro-f1",
    "F1 score over all labels together",
    "One number for giving the labels that are there and no others, all labels counted together.",
    assumptions=INDEPENDENT,
)
COHEN_KAPPA = MeasureSpec(
    slug="cohen-kappa",
    pillar=PILLAR,
    title="Cohen's kappa",
    plain="How much more often the system is right than by chance, as a share of what is possible: "
    "1 is always right, 0 is chance.",
    direction=Direction.HIGHER,
    low=-1,
    high=1,
    best=1,
    assumptions=f"{INDEPENDENT}; chance keeps how often each class is true and is predicted",
    source="Cohen (1960), A coefficient of agreement for nominal scales",
)
SUBSET_ACCURACY = _good(
    "subset-accuracy",
    "All labels right",
    "Of all cases, the share of which the system gets every label right.",
    assumptions=INDEPENDENT,
)
HAMMING_LOSS = _bad(
    "hamming-loss",
    "Share of labels wrong",
    "Of a case's labels, the share that the system gets wrong, on average.",
    "Schapire and Singer (2000), BoosTexter",
)

# --- scores --------------------------------------------------------------------------------------

MACRO_ROC_AUC = _good(
    "macro-roc-auc",
    "Area under the ROC curve, mean over classes",
    "How often a case of a class gets a higher probability of it than a case of another class, "
    "every class counting the same; chance gets 0.5.",
    "Hand and Till (2001); Provost and Domingos (2003), class against the rest",
)
WEIGHTED_ROC_AUC = _good(
    "weighted-roc-auc",
    "Area under the ROC curve, weighted by class size",
    "How often a case of a class gets a higher probability of it than a case of another class, "
    "frequent classes counting more; chance gets 0.5.",
    "Provost and Domingos (2003), Tree induction for probability-based ranking",
)
BRIER_OF_CLASSES = _bad(
    "multiclass-brier-score",
    "Brier score over all classes",
    "How far the probabilities of all classes are from what happened, squared and added up; always "
    "sure and always wrong gets 2.",
    "Brier (1950), Verification of forecasts expressed in terms of probability",
    high=2,
)
TOP_LABEL_CALIBRATION_ERROR = _bad(
    "top-label-calibration-error",
    "Calibration error of the likeliest class",
    "How far the probability of the class that the system finds likeliest is from how often that "
    "class is right.",
    GUO,
    assumptions=f"{INDEPENDENT}; 16 groups of equal width; estimated too high in small samples",
)
CLASS_WISE_CALIBRATION_ERROR = _bad(
    "class-wise-calibration-error",
    "Calibration error, mean over classes",
    "How far the probability of a class is from how often it is true, every class counting the "
    "same.",
    "Kull et al. (2019), Beyond temperature scaling",
    assumptions=f"{INDEPENDENT}; 16 groups of equal width; estimated too high in small samples",
)


def _top(k: int) -> MeasureSpec:
    return _good(
        f"top-{k}-accuracy",
        f"True class among the {k} likeliest",
        f"Of all cases, the share whose true class is one of the {k} that the system finds "
        f"likeliest.",
        "Russakovsky et al. (2015), ImageNet large scale visual recognition challenge",
        assumptions=f"{INDEPENDENT}; of equally likely classes the earlier one comes first",
    )


TOP_K = {k: _top(k) for k in (2, 3, 5)}
"""The share of cases whose true class is among the k likeliest, by k."""
