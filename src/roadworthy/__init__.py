"""Roadworthy proves that a machine-learning model is fit to go into service, and keeps it so.

A check measures a subject and produces evidence; a policy chosen by the system's risk judges the
evidence into a decision; a release binds data, model, evidence and decision; cards show all of it.

Importing this package loads no numerical library: the names below are imported when first used.
"""

from __future__ import annotations

__version__ = "0.1.0"
