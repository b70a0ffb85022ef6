"""What people read of a search for slices: as text, and as a piece of HTML for a notebook."""

from __future__ import annotations

from roadworthy.cards.numbers import SPACE
from roadworthy.cards.page import environment, style
from roadworthy.cards.views.weak_slices import (
    conclusion,
    everyone,
    slice_lines,
    slices_table,
    title,
)
from roadworthy.records.weak_slices import SliceSearch


def search_text(record: SliceSearch) -> str:
    """A search as lines of text: what is worst, how sure that is, and what was looked at."""
    lines = [title(record), everyone(record), ""]
    for place, item in enumerate(record.slices, start=1):
        lead, *more = list(slice_lines(record, item))
        lines += [f"{place}. {lead}", *(f"   {line}" for line in more), ""]
    return "\n".join([*lines, *conclusion(record)]).replace(SPACE, " ")


def render_search(record: SliceSearch) -> str:
    """A search as a piece of HTML: light, without script, in its own colours."""
    css = style("chart.css", "notebook.css").replace(":root,.rw", ".rw")
    return (
        environment()
        .get_template("weak_slices.html.j2")
        .render(
            css=css.replace(":root, .rw", ".rw"),
            title=title(record),
            lead=everyone(record),
            table=slices_table(record) if record.slices else None,
            notes=conclusion(record),
        )
    )
