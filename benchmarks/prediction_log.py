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


def write_prediction_log(path: Path, rows: int) -> None:
    """Label, score, prediction (score >= 0.5) and four attributes, as Parquet."""
    rng = np.random.default_rng(7)
    codes, columns = {}, {}
    for name, (values, shares) in GROUPS.items():
        codes[name] = rng.choice(len(values), rows, p=shares).astype(np.int8)
        columns[name] = pa.DictionaryArray.from_arrays(codes[name], values)
    bias = 0.25 * codes["sex"] - 0.3 * (codes["race"] == 1) - 0.15 * (codes["race"] == 2)
    logit = rng.normal(0, 1.3, rows) + bias + 0.05 * (codes["age_band"] - 2.5)
    score = 1 / (1 + np.exp(-logit))
    truth = 1 / (1 + np.exp(-0.9 * logit + 0.1 * codes["sex"]))
    columns["y_true"] = pa.array((rng.random(rows) < truth).astype(np.int8))
    columns["score"] = pa.array(score)
    columns["y_pred"] = pa.array((score >= 0.5).astype(np.int8))
    pq.write_table(pa.table(columns), path, row_group_size=131_072)
