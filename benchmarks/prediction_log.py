"""A log of predictions as a service might keep it: the data of the benchmarks, seed 7."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUPS = {
    "sex": (["F", "M"], [0.5, 0.5]),
    "race": (["asian", "black", "hispanic", "other", "white"], [0.08, 0.14, 0.18, 0.05, 0.55]),
    "age_band": (["18-24", "25-34", "35-44", "45-54", "55-64", "65+"], [1 / 6] * 6),
    "region": ([f"R{i:02d}" for i in range(50)], None),
}


MORE_GROUPS = {
    f"c{i}": ([f"v{j:03d}" for j in range(size)], None) for i, size in enumerate((8, 10, 15, 20), 3)
}
"""Four further attributes, so that there are eight to slice by."""

ROW_GROUP = 131_072


def write_prediction_log(path: Path, rows: int, *, wide: bool = False) -> None:
    """Label, score, prediction (score >= 0.5) and four attributes, eight if `wide`, as Parquet."""
    rng = np.random.default_rng(7)
    groups = GROUPS | MORE_GROUPS if wide else GROUPS
    aside = path.with_suffix(".part")
    writer = None
    for start in range(0, rows, 8 * ROW_GROUP):
        table = _some_rows(rng, min(8 * ROW_GROUP, rows - start), groups)
        writer = writer or pq.ParquetWriter(aside, table.schema)
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()
        aside.rename(path)


def _some_rows(
    rng: np.random.Generator, rows: int, groups: dict[str, tuple[list[str], list[float] | None]]
) -> pa.Table:
    codes, columns = {}, {}
    for name, (values, shares) in groups.items():
        codes[name] = rng.choice(len(values), rows, p=shares).astype(np.int8)
        columns[name] = pa.DictionaryArray.from_arrays(codes[name], values)
    bias = 0.25 * codes["sex"] - 0.3 * (codes["race"] == 1) - 0.15 * (codes["race"] == 2)
    logit = rng.normal(0, 1.3, rows) + bias + 0.05 * (codes["age_band"] - 2.5)
    score = 1 / (1 + np.exp(-logit))
    truth = 1 / (1 + np.exp(-0.9 * logit + 0.1 * codes["sex"]))
    columns["y_true"] = pa.array((rng.random(rows) < truth).astype(np.int8))
    columns["score"] = pa.array(score)
    columns["y_pred"] = pa.array((score >= 0.5).astype(np.int8))
    return pa.table(columns)
