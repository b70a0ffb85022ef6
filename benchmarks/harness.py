"""What every benchmark shares: cases in processes of their own, in turn, and a Markdown table.

A case makes something to measure from the paths of its data; making it (importing, loading a frame)
is not timed. It is called once to warm up and then again for some seconds; a case whose first call
takes longer than that is not called again, and its first call counts. Peers run in environments of
their own, made with pip in the work folder.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PEERS = {
    "aif360": ["aif360", "pandas", "pyarrow"],
    "evidently": ["evidently", "pandas<3", "pyarrow"],
    "fairlearn": ["fairlearn", "pandas", "pyarrow"],
    "nannyml": ["nannyml", "statsmodels", "pandas<3", "pyarrow"],
    "scipy": ["scipy", "pandas", "pyarrow"],
}
"""What each environment of peers is made of: what works with today's releases."""

QUIET = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}
"""Keeps the peers from reporting their use."""

MOST_CALLS = 9


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured.

    Attributes:
        make: gives, from the paths of the data, the function to be timed.
        peers: the environment that it runs in; empty for the Python that runs the benchmark.
    """

    make: Callable[..., Callable[[], object]]
    peers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Cases on the same data: one table.

    Attributes:
        title: of the table.
        paths: of the data, made already.
        names: of the cases.
        unit: gives, for a case, the case whose CPU time is 1.
        discard: delete the data afterwards.
    """

    title: str
    paths: tuple[str, ...]
    names: tuple[str, ...]
    unit: Callable[[str], str]
    discard: bool = False


def run(
    script: str,
    about: str,
    cases: Mapping[str, Case],
    jobs: Callable[[Path, Sequence[int]], Iterable[Job]],
    *,
    rows: Sequence[int],
) -> None:
    """Make the data, run the cases and print the tables; or run one case, in its own process.

    Args:
        script: the benchmark's file.
        about: its description.
        cases: all cases, by name.
        jobs: makes the data in a folder, for numbers of rows, and says what to run on them.
        rows: how many rows, unless told otherwise.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"))
    parser.add_argument("--rows", type=int, nargs="+", default=list(rows))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="spent on warm calls of a case")
    parser.add_argument("--without", nargs="+", default=[], help="environments of peers to skip")
    parser.add_argument("--case", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.case:
        name, *paths = asked.case
        print(json.dumps(measured(cases[name].make(*paths), asked.seconds)))
        return
    asked.work.mkdir(parents=True, exist_ok=True)
    used: dict[str, str] = {}
    for job in jobs(asked.work, asked.rows):
        names = [name for name in job.names if cases[name].peers not in asked.without]
        for peers in {cases[name].peers for name in names} - {""} - used.keys():
            used[peers] = peer_python(asked.work / peers, PEERS[peers])
        results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(asked.rounds):
            for name in names:
                python = used.get(cases[name].peers, sys.executable)
                command = [python, script, "--seconds", str(asked.seconds), "--case", name]
                results[name].append(in_its_own_process([*command, *job.paths]))
        print(table(job, results), flush=True)
        if job.discard:
            for path in job.paths:
                Path(path).unlink()
    print(versions(used))


def measured(measure: Callable[[], object], seconds: float) -> dict[str, float]:
    """Median wall and CPU time of warm calls, CPU time of the first, and peak memory in MiB."""
    first = timed(measure)
    calls = []
    until = time.perf_counter() + seconds
    while first[0] < seconds and (
        not calls or (len(calls) < MOST_CALLS and time.perf_counter() < until)
    ):
        gc.collect()
        calls.append(timed(measure))
    wall, cpu = (statistics.median(each) for each in zip(*(calls or [first]), strict=True))
    return {"wall": wall, "cpu": cpu, "first": first[1], "peak": peak_mib()}


def timed(measure: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of one call."""
    started, worked = time.perf_counter(), cpu_seconds()
    measure()
    return time.perf_counter() - started, cpu_seconds() - worked


def cpu_seconds() -> float:
    """What this process has worked, and those that it has started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def peak_mib() -> float:
    """The most memory that this process has held, or one that it started and that ended, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def in_its_own_process(command: Sequence[str]) -> dict[str, float]:
    """What a case printed last."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=os.environ | QUIET
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def peer_python(folder: Path, packages: Sequence[str]) -> str:
    """The Python of an environment with these packages, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return str(python)


def table(job: Job, results: Mapping[str, list[dict[str, float]]]) -> str:
    """The results as Markdown: medians of the rounds, and CPU time as a multiple of the unit's."""
    middle = {
        name: {key: statistics.median(item[key] for item in found) for key in found[0]}
        for name, found in results.items()
    }
    lines = [
        f"\n### {job.title}\n",
        "| case | wall, s | CPU, s | CPU of the first call, s | peak, MiB | CPU, times |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, found in middle.items():
        unit = middle[job.unit(name)]["cpu"]
        times = found["cpu"] / unit if unit else float("nan")
        lines.append(
            f"| {name} | {found['wall']:.3f} | {found['cpu']:.3f} | {found['first']:.3f} "
            f"| {found['peak']:,.0f} | {times:{'.1f' if times < MOST_CALLS else ',.0f'}} |"
        )
    return "\n".join(lines)


def versions(peers: Mapping[str, str]) -> str:
    """The versions of everything that was measured."""
    code = (
        "import sys;from importlib.metadata import version as v;"
        "print(', '.join(f'{n} {v(n)}' for n in sys.argv[1:]))"
    )
    theirs = []
    for name, python in sorted(peers.items()):
        named = [name, *("pandas", "numpy") * (name != "numpy")]
        done = subprocess.run([python, "-c", code, *named], check=True, capture_output=True)
        theirs.append(f"({done.stdout.decode().strip()})")
    ours = ", ".join(f"{n} {version(n)}" for n in ("roadworthy", "duckdb", "pyarrow", "numpy"))
    beside = f"; peers: {', '.join(theirs)}" if theirs else ""
    return f"\n{ours}{beside}; Python {platform.python_version()}, {os.cpu_count()} cores"
