"""Five rates by group: Roadworthy beside Fairlearn, pandas by hand, and the cost of reading.

    python benchmarks/group_rates.py --work /tmp/benchmark --rows 100000 1000000 --rounds 1

Run it with the Python that has Roadworthy. It makes the data and an environment for the peers in
the work folder, runs every case in a fresh process, one after the other, round by round, and prints
a Markdown table. Peers start from a frame that is already loaded; Roadworthy and the limit start
from the Parquet file.
"""
# ruff: noqa: PLC0415 - each case runs in an environment that lacks the libraries of the others

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

SEX = ["sex"]
SIXTY = ["sex", "race", "age_band"]
PEERS = ["fairlearn", "pandas", "pyarrow"]
RATES = (
    "selection-rate",
    "accuracy",
    "true-positive-rate",
    "false-positive-rate",
    "positive-predictive-value",
)


# --- the cases ------------------------------------------------------------------------------------


def roadworthy_rates(path: str, by: list[str]) -> Callable[[], object]:
    """Rates with Wilson intervals of the population and of every group."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.rates import RATES as KNOWN
    from roadworthy.stats.rates import estimate
    from roadworthy.stats.tally import TallyPlan

    engine = DuckDBEngine()
    plan = TallyPlan(attributes=tuple(by), label="y_true", prediction="y_pred")

    def measure() -> object:
        slices = engine.open(path).tally(plan).slices([(), tuple(by)])
        found = [estimate(slices, KNOWN[name]) for name in RATES]
        return [(item.value, item.bounds(0.95)) for item in found]

    return measure


def roadworthy_everything(path: str, by: list[str]) -> Callable[[], object]:
    """The tally with score histograms of every slice to depth 3."""
    from roadworthy.adapters.duckdb import DuckDBEngine
    from roadworthy.stats.tally import TallyPlan, plan_families

    engine = DuckDBEngine()
    plan = TallyPlan(attributes=tuple(by), label="y_true", prediction="y_pred", score="score")
    return lambda: engine.open(path).tally(plan).slices(plan_families(by, 3))


def fairlearn_rates(path: str, by: list[str]) -> Callable[[], object]:
    """`MetricFrame` with five metrics, on a loaded frame; no intervals."""
    from fairlearn.metrics import (
        MetricFrame,
        false_positive_rate,
        selection_rate,
        true_positive_rate,
    )
    from pandas import read_parquet
    from sklearn.metrics import accuracy_score, precision_score

    frame = read_parquet(path)
    metrics = {
        "selection-rate": selection_rate,
        "accuracy": accuracy_score,
        "true-positive-rate": true_positive_rate,
        "false-positive-rate": false_positive_rate,
        "positive-predictive-value": precision_score,
    }

    def measure() -> object:
        found = MetricFrame(
            metrics=metrics,
            y_true=frame["y_true"],
            y_pred=frame["y_pred"],
            sensitive_features=frame[by],
        )
        return found.overall, found.by_group

    return measure


def pandas_rates(path: str, by: list[str]) -> Callable[[], object]:
    """The same rates written by hand, on a loaded frame; no intervals."""
    from pandas import read_parquet

    frame = read_parquet(path)

    def measure() -> object:
        keys = [*by, "y_true", "y_pred"]
        rows = frame.groupby(keys, observed=True).size()
        counts = rows.unstack(["y_true", "y_pred"]).fillna(0)  # noqa: PD010 - as people write it
        tp, fp, fn, tn = counts[1, 1], counts[0, 1], counts[1, 0], counts[0, 0]
        total, selected = tp + fp + fn + tn, tp + fp
        return selected / total, (tp + tn) / total, tp / (tp + fn), fp / (fp + tn), tp / selected

    return measure


def read_only(path: str, by: list[str]) -> Callable[[], object]:
    """The limit: DuckDB reads the columns that the rates need and adds them up."""
    import duckdb

    connection = duckdb.connect()
    counts = ", ".join(f"count({name})" for name in by)
    sql = f"SELECT sum(y_true), sum(y_pred), {counts} FROM read_parquet('{path}')"
    return lambda: connection.execute(sql).fetchall()


CASES: dict[str, tuple[Callable[[str, list[str]], Callable[[], object]], list[str], bool]] = {
    "Roadworthy, by sex": (roadworthy_rates, SEX, False),
    "Roadworthy, 60 groups": (roadworthy_rates, SIXTY, False),
    "Roadworthy, 126 slices with score histograms": (roadworthy_everything, SIXTY, False),
    "Fairlearn MetricFrame, by sex": (fairlearn_rates, SEX, True),
    "Fairlearn MetricFrame, 60 groups": (fairlearn_rates, SIXTY, True),
    "pandas by hand, by sex": (pandas_rates, SEX, True),
    "pandas by hand, 60 groups": (pandas_rates, SIXTY, True),
    "limit: read and add, by sex": (read_only, SEX, False),
    "limit: read and add, 60 groups": (read_only, SIXTY, False),
}


# --- one case, in a process of its own ------------------------------------------------------------


def run_case(name: str, path: str, seconds: float) -> None:
    """Print what warm calls of a case take: medians of wall and CPU time, and peak memory."""
    make, by, _ = CASES[name]
    measure = make(path, by)
    measure()
    wall, cpu = [], []
    until = time.perf_counter() + seconds
    while not wall or (len(wall) < 9 and time.perf_counter() < until):
        gc.collect()
        started, worked = time.perf_counter(), time.process_time()
        measure()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    result = {"wall": statistics.median(wall), "cpu": statistics.median(cpu), "peak": peak_mib()}
    print(json.dumps(result))


def peak_mib() -> float:
    """The most memory this process has held, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


# --- all cases ------------------------------------------------------------------------------------


def main() -> None:
    """Make what is needed, run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"))
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="spent on warm calls of a case")
    parser.add_argument("--case", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        run_case(*arguments.case, arguments.seconds)
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    peers = peer_python(arguments.work / "peers")
    for rows in arguments.rows:
        results = run_all(data(arguments.work, rows), arguments.rounds, arguments.seconds, peers)
        print(table(rows, results), flush=True)
    print(versions(peers))


def peer_python(folder: Path) -> str:
    """The Python of an environment with the peers, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return str(python)


def data(work: Path, rows: int) -> str:
    """The data file, made if it is not there."""
    from prediction_log import write_prediction_log

    path = work / f"log_{rows}.parquet"
    if not path.exists():
        write_prediction_log(path, rows)
    return str(path)


def run_all(
    path: str, rounds: int, seconds: float, peers: str
) -> dict[str, list[dict[str, float]]]:
    """Every case, one after the other, round by round."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, (_, _, is_peer) in CASES.items():
            command = [peers if is_peer else sys.executable, __file__, "--seconds", str(seconds)]
            done = subprocess.run(
                [*command, "--case", name, path], check=True, capture_output=True, text=True
            )
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    return results


def table(rows: int, results: dict[str, list[dict[str, float]]]) -> str:
    """The results as Markdown, each with its CPU time as a multiple of Roadworthy's."""
    lines = [
        f"\n### {rows:,} rows\n",
        "| case | wall, s | CPU, s | peak, MiB | CPU, Roadworthy = 1 |",
        "|---|---:|---:|---:|---:|",
    ]

    def middle(name: str, key: str) -> float:
        return statistics.median(item[key] for item in results[name])

    for name in results:
        own = "Roadworthy, by sex" if "by sex" in name else "Roadworthy, 60 groups"
        wall, cpu, peak = (middle(name, key) for key in ("wall", "cpu", "peak"))
        ratio = cpu / middle(own, "cpu")
        times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"
        lines.append(f"| {name} | {wall:.3f} | {cpu:.3f} | {peak:,.0f} | {times} |")
    return "\n".join(lines)


def versions(peers: str) -> str:
    """The versions of everything that was measured."""
    code = (
        "from importlib.metadata import version as v;"
        "print(', '.join(f'{n} {v(n)}' for n in ('fairlearn', 'pandas', 'scikit-learn', 'numpy')))"
    )
    theirs = subprocess.run([peers, "-c", code], check=True, capture_output=True, text=True).stdout
    ours = ", ".join(f"{name} {version(name)}" for name in ("roadworthy", "duckdb", "numpy"))
    return f"\n{ours}; peers: {theirs.strip()}; Python {platform.python_version()}"


if __name__ == "__main__":
    main()
