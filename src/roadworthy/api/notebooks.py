"""Notebooks draw what verbs hand back; a record cannot draw itself, for it knows no cards."""

from __future__ import annotations

import sys

from roadworthy.records.decision import Decision


def draw_decisions() -> None:
    """Let the notebook that this runs in, if there is one, draw decisions as it draws frames.

    Without one, nothing is imported for it: IPython is there already, or this is no notebook.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None:
        from roadworthy.cards.notebook import render_decision  # noqa: PLC0415 - see above

        shell.display_formatter.formatters["text/html"].for_type(Decision, render_decision)
