"""The Python face: the verbs as functions. Each one wires, calls one workflow and hands back."""

from __future__ import annotations

from roadworthy.api.projects import (
    assess_project,
    compare_datasets,
    datasheet,
    describe_dataset,
    gate,
    mitigate,
    read,
    register_model,
    release,
    show,
    snapshot,
    verify,
    write_model_card,
    write_report,
)
from roadworthy.api.slices import find_slices
from roadworthy.api.tables import assess, load, load_policy
from roadworthy.policy.judge import judge

__all__ = [
    "assess",
    "assess_project",
    "compare_datasets",
    "datasheet",
    "describe_dataset",
    "find_slices",
    "gate",
    "judge",
    "load",
    "load_policy",
    "mitigate",
    "read",
    "register_model",
    "release",
    "show",
    "snapshot",
    "verify",
    "write_model_card",
    "write_report",
]
