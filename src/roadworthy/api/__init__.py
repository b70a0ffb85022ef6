"""The Python face: the verbs as functions. Each one wires, calls one workflow and hands back.

A verb is imported when it is first used: assessing a table needs nothing of what releases need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "assess": "roadworthy.api.tables",
    "find_slices": "roadworthy.api.slices",
    "judge": "roadworthy.policy.judge",
    "load": "roadworthy.api.tables",
    "load_policy": "roadworthy.api.tables",
}
"""Where a verb lives; one that is not listed lives in `roadworthy.api.projects`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'roadworthy.api' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "roadworthy.api.projects")), name)


def __dir__() -> list[str]:
    return list(__all__)
