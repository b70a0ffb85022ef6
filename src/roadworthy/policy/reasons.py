"""One sentence for each finding: the number, its interval, the rows behind it and the limit."""

from __future__ import annotations

from math import ceil, floor, log10

from roadworthy.policy.scopes import Target
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.policy import Requirement

BIG = 1000

_BEYOND = 1e12
"""More rows than anybody can collect."""

EXACT = "exact"
"""The method of a quantity that has no uncertainty: a count of this very table, say."""

MEASURE_IT = "Assess again with the check that measures it, on data that holds the groups named."
"""What to do where nobody measured anything."""

SIMULTANEOUS = "simultaneous"
"""The last word of the method of an interval that holds together with others of its family."""


def title_of(measure: str, specs: dict[str, MeasureSpec]) -> str:
    """A measure's name in running text.

    >>> title_of("roc-auc", {})
    'roc auc'
    """
    spec = specs.get(measure)
    if spec is None:
        return measure.replace("-", " ")
    title = spec.title
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def figure(value: float, *apart: float) -> str:
    """A number as people read it, with enough digits to tell it from the numbers it is not.

    >>> figure(0.0831), figure(0.05), figure(12901.0), figure(-0.0004)
    ('0.083', '0.05', '12,901', '-0.0004')
    >>> figure(0.05003, 0.05)
    '0.05003'
    """
    value = float(value) + 0.0  # a whole number may come as an int, and zero with a sign
    if abs(value) >= BIG:
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"
    for digits in range(3, 13):
        text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
        shown = float(text or 0)
        if all((shown > x) == (value > x) and (shown < x) == (value < x) for x in (0.0, *apart)):
            return text
    return repr(value)


def bounds(requirement: Requirement) -> str:
    """The limits in words.

    >>> bounds(Requirement(id="x", measure="m", at_least=0.8, at_most=1.25))
    'between 0.8 and 1.25'
    """
    low, high = requirement.at_least, requirement.at_most
    if low is None or high is None:
        words = [("at least", low), ("at most", high)]
        return "".join(f"{word} {figure(limit)}" for word, limit in words if limit is not None)
    return f"between {figure(low)} and {figure(high)}"


def measured(target: Target, title: str, outcome: Measured, requirement: Requirement) -> str:
    """`sex: equal opportunity difference 0.083 (95 % 0.061 to 0.105, n 12,901)`."""
    apart = [b for b in (requirement.at_least, requirement.at_most) if b is not None]
    value = figure(outcome.value, *apart)
    if outcome.method == EXACT:
        interval = "exact"
    else:
        together = f"{SIMULTANEOUS} " if outcome.method.endswith(SIMULTANEOUS) else ""
        low, high = figure(outcome.low, *apart), figure(outcome.high, *apart)
        interval = f"{together}{100 * outcome.confidence:g} % {low} to {high}"
    return f"{target.slice}: {title} {value} ({interval}, n {outcome.rows:,})"


def unmeasured(target: Target, title: str, outcome: Unmeasured) -> str:
    """The reason that the check gave."""
    return f"{target.slice}: {title} could not be measured: {outcome.reason}"


def unasked(target: Target, title: str) -> str:
    """Nobody measured it, or nobody could ask."""
    if target.obstacle:
        return f"{target.slice}: {title} is unknown: {target.obstacle}"
    return f"{target.slice}: {title} is unknown: nobody measured it"


def side(outcome: Measured, requirement: Requirement) -> str:
    """On which side of the limits the value lies: `is above 0.05`, `is at least 0.8`."""
    low, high = requirement.at_least, requirement.at_most
    if high is not None and outcome.value > high:
        return f"is above {figure(high)}"
    if low is not None and outcome.value < low:
        return f"is below {figure(low)}"
    words = bounds(requirement)
    return f"lies {words}" if words.startswith("between") else f"is {words}"


def undecided(outcome: Measured, requirement: Requirement, rows_needed: int | None) -> str:
    """The interval straddles a limit."""
    needs = f"; about {rows_needed:,} rows would settle it" if rows_needed else ""
    return f"{side(outcome, requirement)}, but its interval crosses the limit: undecided{needs}"


def groups_named(evidence: Evidence) -> str:
    """`; lowest sex=Female, highest sex=Male`, as far as the evidence names them.

    Of several classes or labels, the one where the comparison is worst comes first. Of the worst
    slice that a search found, it is said who is in it; of the column that drifted most, its name,
    and how many columns could not be compared.
    """
    named = [
        f"{word} {evidence.parameters[key]}"
        for word, key in (
            ("in class", "worst_class"),
            ("in label", "worst_label"),
            ("lowest", "lowest_group"),
            ("highest", "highest_group"),
            ("where", "worst_slice"),
            ("in column", "column"),
        )
        if isinstance(evidence.parameters.get(key), str)
    ]
    lost = evidence.parameters.get("not_compared")
    if isinstance(lost, list):
        named.append(
            f"{len(lost)} columns not compared" if len(lost) > 1 else "1 column not compared"
        )
    return f"; {', '.join(named)}" if named else ""


def too_small(target: Target, requirement: Requirement, outcome: Measured | Unmeasured) -> str:
    """Which slices are too small to judge."""
    minimum = requirement.minimum_rows
    parts = [(where, size) for where, size in target.parts if size < minimum]
    if not parts:
        rows = outcome.rows if target.rows is None else target.rows
        return f"its {rows:,} rows are fewer than the {minimum:,} that the policy asks"
    shown = ", ".join(f"{where} ({size:,})" for where, size in parts[:3])
    more = f" and {len(parts) - 3} more" if len(parts) > 3 else ""  # noqa: PLR2004 - what fits a line
    return f"it compares groups of fewer than {minimum:,} rows, {shown}{more}"


def rows_to_settle(outcome: Measured, requirement: Requirement) -> int | None:
    """About how many rows would bring a straddling interval to one side of its limits.

    An interval shrinks with the square root of the rows, so the rows grow with the square of the
    ratio between the interval's reach and the distance to the limit. None if the value stands on
    the limit, or the answer is beyond what anybody can collect.

    >>> outcome = Measured(value=0.04, low=0.02, high=0.06, rows=1000, method="newcombe")
    >>> rows_to_settle(outcome, Requirement(id="gap", measure="gap", at_most=0.05))
    4000
    """
    ratio = 0.0
    for limit in (requirement.at_least, requirement.at_most):
        if limit is None or not outcome.low <= limit <= outcome.high:
            continue
        distance = abs(limit - outcome.value)
        reach = (outcome.high if limit >= outcome.value else outcome.low) - outcome.value
        if distance == 0:
            return None
        ratio = max(ratio, abs(reach) / distance)
    rows = outcome.rows * min(ratio, _BEYOND) ** 2
    if not 0 < rows < _BEYOND:
        return None
    step = 10 ** max(0, floor(log10(rows)) - 1)
    return int(ceil(round(rows / step, 6)) * step)
