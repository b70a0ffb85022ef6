"""Rankings: the system answers with an order of the rows of each query."""

from __future__ import annotations

from roadworthy.data.engine import Table
from roadworthy.data.ranking import check_lists
from roadworthy.errors import UsageError
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.prepared import Prepared


def prepare_ranking(table: Table, roles: ColumnRoles) -> Prepared:
    """Check what orders the rows, and how relevant they are.

    Raises:
        DataError: a label, score, rank or weight is no number or is missing everywhere, a label is
            negative, or a weight is missing or negative.
        UsageError: not exactly one column orders the rows, or the roles are those of another task.
    """
    orders = {"rank": roles.rank, "score": roles.score, "prediction": roles.prediction}
    named = [f"{role} {name!r}" for role, name in orders.items() if name is not None]
    if len(named) != 1:
        raise UsageError(
            f"a ranking needs one column that orders the rows: a score (highest first) or a rank "
            f"(1 is the top); found {' and '.join(named) or 'none'}"
        )
    if roles.positive is not None:
        raise UsageError("a ranking has no positive value; every relevance above 0 is relevant")
    check_lists(table, roles)
    attributes = tuple(dict.fromkeys([*roles.protected, *roles.condition]))
    return Prepared(table=table, roles=roles, plan=TallyPlan(attributes=attributes))
