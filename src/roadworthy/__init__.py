"""Roadworthy proves that a machine-learning model is fit to go into service, and keeps it so.

A check measures a subject and produces evidence; a policy chosen by the system's risk judges the
evidence into a decision; a release binds data, model, evidence and decision; cards show all of it.

Importing this package loads no numerical library: the names below are imported when first used.

    >>> import roadworthy as rw
    >>> sorted(rw.__all__)[:3]
    ['Assessment', 'Decision', 'Evidence']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roadworthy.api import (
        assess,
        find_slices,
        judge,
        load,
        load_policy,
        mitigate,
        register_model,
        release,
        snapshot,
        verify,
    )
    from roadworthy.errors import RoadworthyError
    from roadworthy.records.decision import Decision, Verdict
    from roadworthy.records.evidence import Evidence, Measured, Unmeasured
    from roadworthy.records.policy import Policy
    from roadworthy.records.slices import Slice
    from roadworthy.workflows.assessment import Assessment

__version__ = "0.1.0"

__all__ = [
    "Assessment",
    "Decision",
    "Evidence",
    "Measured",
    "Policy",
    "RoadworthyError",
    "Slice",
    "Unmeasured",
    "Verdict",
    "assess",
    "find_slices",
    "judge",
    "load",
    "load_policy",
    "mitigate",
    "register_model",
    "release",
    "snapshot",
    "verify",
]

_HOMES = {
    "Assessment": "roadworthy.workflows.assessment",
    "Decision": "roadworthy.records.decision",
    "Evidence": "roadworthy.records.evidence",
    "Measured": "roadworthy.records.evidence",
    "Policy": "roadworthy.records.policy",
    "RoadworthyError": "roadworthy.errors",
    "Slice": "roadworthy.records.slices",
    "Unmeasured": "roadworthy.records.evidence",
    "Verdict": "roadworthy.records.decision",
}
"""Where a public name lives; a name that is not listed is a verb and lives in `roadworthy.api`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'roadworthy' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "roadworthy.api")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
