"""Weak slices among 20 features to depth 3: how long, how much memory, and are they found?

    python benchmarks/slice_search.py --work /tmp/benchmark --rows 1000000

It makes a Parquet file of 12 numbers and 8 categories with three slices in which errors were
planted, runs every case in a fresh process, and prints a Markdown table and the slices found.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NUMBERS, CATEGORIES = 12, 8
PLANTED = (
    "number_0 is from 40 to below 60 and category_0 is c",
    "number_3 is below 10 and number_7 is below 30",
    "category_2 is a and category_5 is b and number_9 is 80 or more",
)


def write_answers(path: Path, rows: int, *, seed: int = 0, weak: bool = True) -> None:
    """A table of labels, answers and 20 features; one answer in ten is wrong, more where planted.

    Without `weak`, errors are pure chance.
    """
    rng = np.random.default_rng(seed)
    numbers = [rng.random(rows) * 100 for _ in range(NUMBERS)]
    letters = np.array(list("abcdefghijklmnopqrst"))
    categories = [
        letters[np.minimum(rng.geometric(0.25, rows) - 1, 5 + 2 * place)]
        for place in range(CATEGORIES)
    ]
    chance = np.full(rows, 0.10)
    if weak:
        chance[(numbers[0] >= 40) & (numbers[0] < 60) & (categories[0] == "c")] = 0.30
        chance[(numbers[3] < 10) & (numbers[7] < 30)] = 0.25
        three = (categories[2] == "a") & (categories[5] == "b") & (numbers[9] >= 80)
        chance[three] = 0.35
    label = rng.random(rows) < 0.4
    wrong = rng.random(rows) < chance
    columns = {f"number_{place}": values for place, values in enumerate(numbers)}
    columns |= {f"category_{place}": pa.array(values) for place, values in enumerate(categories)}
    amount = rng.gamma(2.0, 10.0, rows)
    noise = rng.standard_normal(rows) * (1.0 + 10.0 * (chance - 0.10))
    pq.write_table(
        pa.table(
            {
                **columns,
                "label": label.astype(np.int8),
                "prediction": (label ^ wrong).astype(np.int8),
                "amount": amount,
                "predicted_amount": amount + noise,
            }
        ),
        path,
    )


def search_errors(path: str) -> object:
    """Slices with the highest error rate, depth 3."""
    import roadworthy as rw  # noqa: PLC0415 - what is measured includes nothing else

    return rw.find_slices(
        path, label="label", prediction="prediction", leave_out=["amount", "predicted_amount"]
    )


def search_distances(path: str) -> object:
    """Slices with the largest absolute error of a predicted number, depth 3."""
    import roadworthy as rw  # noqa: PLC0415

    return rw.find_slices(
        path, label="amount", prediction="predicted_amount", leave_out=["label", "prediction"]
    )


CASES = {
    "error rate, 20 features, depth 3": search_errors,
    "absolute error, 20 features, depth 3": search_distances,
}


def run_case(name: str, path: str) -> dict[str, object]:
    """What one search takes in this process, the reading of the file included."""
    started, worked = time.perf_counter(), time.process_time()
    found = CASES[name](path)
    return {
        "wall": time.perf_counter() - started,
        "cpu": time.process_time() - worked,
        "peak": peak_mib(),
        "text": repr(found),
    }


def peak_mib() -> float:
    """The most memory this process has held, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Make the data, run the cases and print what they took and found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"))
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--case", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(run_case(*arguments.case)))
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} cores; planted: " + "; ".join(PLANTED))
    print("\n| case | rows | wall, s | CPU, s | peak, MiB |\n|---|---:|---:|---:|---:|")
    texts = []
    for rows in arguments.rows:
        path = arguments.work / f"answers_{rows}.parquet"
        if not path.exists():
            write_answers(path, rows)
        for name in CASES:
            command = [sys.executable, __file__, "--case", name, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            result = json.loads(done.stdout.splitlines()[-1])
            texts.append(result["text"])
            print(
                f"| {name} | {rows:,} | {result['wall']:.1f} | {result['cpu']:.1f} | "
                f"{result['peak']:,.0f} |",
                flush=True,
            )
    print("\n" + "\n\n".join(texts))


if __name__ == "__main__":
    main()
