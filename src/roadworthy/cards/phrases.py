"""What each measure means in everyday words, as the pieces that sentences are made of.

A gap says what happens more often, the preposition before a group, and which of the named groups
(`low`est, `high`est or `worst`) it happens to. `{among}` and `{about}` name the group, and are
nothing for the whole population.
"""

from __future__ import annotations

WANTED = "of the people it should find"

GAPS: dict[str, tuple[str, str, str]] = {
    "equal-opportunity-difference": (f"miss {{gap}} more {WANTED}", "among", "low"),
    "false-negative-rate-parity-difference": (f"miss {{gap}} more {WANTED}", "among", "high"),
    "demographic-parity-difference": ("select {gap} more people", "among", "high"),
    "conditional-demographic-parity-difference": (
        "select {gap} more people, comparing like with like,", "among", "high",
    ),
    "false-positive-rate-parity-difference": ("wrongly flag {gap} more people", "among", "high"),
    "equalized-odds-difference": (
        "err {gap} more often, by a miss or a wrong flag,", "for", "worst",
    ),
    "predictive-parity-difference": (
        "be wrong {gap} more often when it selects somebody", "from", "low",
    ),
    "accuracy-parity-difference": ("be wrong {gap} more often", "for", "low"),
    "expected-calibration-error-difference": (
        "be {gap} further off in its probabilities", "for", "high",
    ),
    "mean-absolute-error-gap": ("be off by {gap} more, on average,", "for", "high"),
    "root-mean-squared-error-gap": ("err by {gap} more, typically,", "for", "high"),
    "mean-error-gap": ("predict {gap} more above the truth, on average,", "for", "high"),
    "mean-prediction-gap": ("predict {gap} more, on average,", "for", "high"),
    "conditional-mean-prediction-gap": (
        "predict {gap} more, comparing like with like,", "for", "high",
    ),
    "interval-coverage-difference": (
        "leave {gap} more of the truth outside its predicted intervals", "for", "low",
    ),
}  # fmt: skip

SIGNED = {
    "true-positive-rate-difference": (f"find {{gap}} {{side}} {WANTED} among {{slice}}"),
    "false-positive-rate-difference": "wrongly flag {gap} {side} people among {slice}",
    "selection-rate-difference": "select {gap} {side} people among {slice}",
}

PLAIN = {
    "true-positive-rate": f"find {{value}} {WANTED}{{among}}",
    "recall": f"find {{value}} {WANTED}{{among}}",
    "false-negative-rate": f"miss {{value}} {WANTED}{{among}}",
    "false-positive-rate": "wrongly flag {value} of those it should leave alone{among}",
    "selection-rate": "select {value} of {slice}",
    "accuracy": "be right in {value} of cases{about}",
    "balanced-accuracy": "be right in {value} of cases{about}, both classes counting alike",
    "precision": "be right in {value} of its selections{among}",
    "positive-predictive-value": "be right in {value} of its selections{among}",
    "roc-auc": "tell the two classes apart with a ROC AUC of {value}{about}",
    "expected-calibration-error": "be off by {value} on average in its probabilities{about}",
    "ndcg-at-10": "order the top ten with an NDCG of {value}{about}",
    "mean-absolute-error": "be off by {value} on average{about}",
    "root-mean-squared-error": "err by {value}, typically{about}",
    "mean-prediction": "predict {value} on average{about}",
    "r-squared": "reach an R² of {value}{about}",
    "interval-coverage": "hold {value} of the truth in its predicted intervals{about}",
    "demographic-parity-ratio": (
        "select the least selected group only {value} times as often as the most selected, {slice}"
    ),
    "worst-slice-error-rate": "be wrong in {value} of cases where it errs most",
    "worst-slice-absolute-error": "be off by {value} on average where it is furthest off",
    "worst-slice-error-ratio": "err {value} times as much where it is worst as for everyone",
    "weak-slices": "be surely worse than elsewhere in {value} parts of the population",
    "weak-slices-error-share": "make {value} of all its errors where it was found to be weak",
    "accuracy-drop": "lose {value} of accuracy under {slice}",
    "roc-auc-drop": "lose {value} of ROC AUC under {slice}",
    "selection-rate-shift": "select a share that is {value} different under {slice}",
}

OF_DATA = {
    "missing-rate": "{value} of the values of {slice} are missing",
    "duplicate-rows-rate": "{value} of the rows repeat an earlier row",
    "train-overlap-rate": "{value} of the rows were also used in training",
    "conflicting-labels-rate": "{value} of the rows are contradicted by an identical row",
    "schema-mismatches": "{value} columns are not as recorded",
}
