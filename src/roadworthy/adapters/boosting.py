"""Boosted trees of scikit-learn as a `Learner`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from roadworthy.adapters.threads import one_thread

_CATEGORIES = 254
"""Values of a column that trees can tell apart; rarer ones are treated as missing."""

_TREES, _LEAVES = 60, 15

_Values: TypeAlias = "pa.ChunkedArray[Any]"


class BoostedTrees:
    """Histogram-based gradient boosting: gaps and categories need no preparation."""

    @property
    def name(self) -> str:
        """The kind of classifier and its settings."""
        return f"HistGradientBoostingClassifier, {_TREES} trees of {_LEAVES} leaves"

    def fit(
        self, rows: pa.Table, label: NDArray[np.int8], *, seed: int
    ) -> Callable[[pa.Table], NDArray[np.float64]]:
        """Trees that tell rows of kind 1 from rows of kind 0, fitted on one thread."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        known = {
            name: _frequent(rows[name])
            for name in rows.column_names
            if not _is_number(rows[name].type)
        }
        trees = HistGradientBoostingClassifier(
            max_iter=_TREES,
            max_leaf_nodes=_LEAVES,
            early_stopping=False,
            categorical_features=[name in known for name in rows.column_names],
            random_state=seed,
        )
        with one_thread():
            trees.fit(_matrix(rows, known), label)

        def score(others: pa.Table) -> NDArray[np.float64]:
            with one_thread():
                return np.asarray(trees.predict_proba(_matrix(others, known))[:, 1])

        return score


def boosted_trees() -> BoostedTrees | None:
    """The learner, if scikit-learn is installed."""
    try:
        found = find_spec("sklearn")
    except ModuleNotFoundError:  # an import hook may refuse it
        return None
    return None if found is None else BoostedTrees()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _frequent(values: _Values) -> pa.Array[Any]:
    """The most frequent values as text, in a fixed order."""
    counts = pc.value_counts(values.cast(pa.string()).drop_null())
    rows = np.asarray(counts.field("counts").to_numpy(), dtype=np.int64).tolist()
    pairs = zip(counts.field("values").to_pylist(), rows, strict=True)
    order = sorted(pairs, key=lambda pair: (-pair[1], str(pair[0])))
    return pa.array([value for value, _ in order[:_CATEGORIES]], pa.string())


def _matrix(rows: pa.Table, known: Mapping[str, pa.Array[Any]]) -> NDArray[np.float64]:
    """Numbers as they are, categories by their place among the known ones, NaN for the rest."""
    columns = [
        pc.index_in(rows[name].cast(pa.string()), value_set=known[name])
        if name in known
        else rows[name]
        for name in rows.column_names
    ]
    return np.stack(
        [
            np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
            for column in columns
        ],
        axis=1,
    )
