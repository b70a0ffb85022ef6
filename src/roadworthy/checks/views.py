"""The names of a subject's views: what else is counted about the same rows.

Of several classes: whether the likeliest class is right, how likely the true class was, half the
squared distance of the probabilities from the truth, and at which place the true class came. Of
several labels: whether all of them are right, and the share that is wrong.
"""

from __future__ import annotations

TOP_LABEL, TRUE_CLASS, SQUARES, RANK = "top-label", "true-class", "squares", "rank"
ALL_RIGHT, SHARE_WRONG = "all-right", "share-wrong"
