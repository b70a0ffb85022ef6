"""A real Spark cluster for the tests that need one: a master and two workers, each a process.

The cluster is started from the installed pyspark, on loopback only, the first time that a test asks
for it, and ended by process id. Where there is no Java, those tests skip and say what to install.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = "127.0.0.1"
PATIENCE = 180.0
"""Seconds that a process of the cluster may take to start on a busy machine."""

GUARD = """
import os, signal, sys
for pid in [int(line) for line in sys.stdin]:
    try:
        os.killpg(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
"""
"""Ends process groups when its own input ends."""

JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Code that runs for seconds is not worth optimising, nor its memory worth collecting at once."""

SETTINGS = {
    "spark.driver.extraJavaOptions": JAVA,
    "spark.executor.extraJavaOptions": JAVA,
    "spark.cores.max": "2",  # else the first application takes all, and the next waits for ever
    "spark.executor.cores": "1",
    "spark.executor.memory": "512m",
    "spark.driver.memory": "768m",
    "spark.driver.host": HERE,
    "spark.driver.bindAddress": HERE,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than so few rows
    "spark.default.parallelism": "2",
    "spark.log.level": "ERROR",
}


@dataclass
class SparkCluster:
    """Processes of a standalone cluster, by what they are, with their logs in one folder."""

    folder: Path
    home: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    url: str = ""
    """Where the master listens, such as `spark://127.0.0.1:7077`."""
    guard: subprocess.Popen[bytes] = field(init=False)
    """Ends the others if this process is killed before it can."""

    def __post_init__(self) -> None:
        self.guard = subprocess.Popen(
            [sys.executable, "-c", GUARD], stdin=subprocess.PIPE, start_new_session=True
        )

    def start(self) -> None:
        """Start the master and two workers, and wait until both have registered."""
        port = free_port()
        self.url = f"spark://{HERE}:{port}"
        daemon = "org.apache.spark.deploy"
        web = ("--host", HERE, "--webui-port", "0")
        self._run("master", "spark-class", f"{daemon}.master.Master", *web, "--port", str(port))
        self._await("master", "I have been elected leader")
        for name in ("worker-1", "worker-2"):
            offers = ("--cores", "2", "--memory", "2g", "--work-dir", str(self.folder / name))
            self._run(name, "spark-class", f"{daemon}.worker.Worker", *web, *offers, self.url)
        for name in ("worker-1", "worker-2"):
            self._await(name, "Successfully registered with master")

    def start_connect(self) -> str:
        """Start a Spark Connect server on the cluster; gives its address."""
        port = free_port()
        settings = SETTINGS | {
            "spark.master": self.url,
            "spark.cores.max": "1",  # one process fewer than the classic session has
            "spark.connect.grpc.binding.address": HERE,
            "spark.connect.grpc.binding.port": str(port),
        }
        options = [part for pair in settings.items() for part in ("--conf", "=".join(pair))]
        server = "org.apache.spark.sql.connect.service.SparkConnectServer"
        self._run("connect", "spark-submit", "--class", server, *options, "spark-internal")
        deadline = time.monotonic() + PATIENCE
        while not listens(port):
            self._check("connect", deadline)
        return f"sc://{HERE}:{port}"

    def stop(self) -> None:
        """End every process, the last one first; with a worker go its executors."""
        for process in reversed(self.processes.values()):
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        assert self.guard.stdin is not None
        self.guard.kill()
        self.guard.wait()
        self.guard.stdin.close()

    def log(self, name: str) -> str:
        """What a process has printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _run(self, name: str, program: str, *arguments: str) -> None:
        environment = os.environ | {
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": HERE,
            "SPARK_DAEMON_MEMORY": "512m",
            "SPARK_DAEMON_JAVA_OPTS": JAVA,
            "SPARK_LOG_DIR": str(self.folder),
            "SPARK_PID_DIR": str(self.folder),
            "PYSPARK_PYTHON": sys.executable,
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [self.home / "bin" / program, *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert self.guard.stdin is not None
        self.guard.stdin.write(f"{self.processes[name].pid}\n".encode())
        self.guard.stdin.flush()

    def _await(self, name: str, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while words not in self.log(name):
            self._check(name, deadline)

    def _check(self, name: str, deadline: float) -> None:
        """Wait a moment, unless the process ended or took too long."""
        if self.processes[name].poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"Spark's {name} did not start:\n{self.log(name)[-2000:]}")
        time.sleep(0.1)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """True if somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex((HERE, port)) == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep pyspark's own warnings out of the tests that need the cluster."""
    ours = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning")
    for item in items:
        if "spark_cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(ours)


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    """A running cluster of a master and two workers."""
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java") and not (home and Path(home, "bin", "java").exists()):
        pytest.skip("Spark needs Java 17 or later; on Debian: apt-get install default-jre-headless")
    pyspark = pytest.importorskip("pyspark")
    cluster = SparkCluster(tmp_path_factory.mktemp("spark"), Path(pyspark.__file__).parent)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def spark(spark_cluster: SparkCluster) -> Iterator[Any]:
    """A session of the classic kind: its driver is a Java process beside this one."""
    from pyspark import SparkContext  # noqa: PLC0415 - only where Spark is tested
    from pyspark.sql import SparkSession  # noqa: PLC0415 - the same

    builder = SparkSession.builder.master(spark_cluster.url).appName("roadworthy tests")
    places = {
        "spark.sql.warehouse.dir": str(spark_cluster.folder / "warehouse"),
        "spark.local.dir": str(spark_cluster.folder / "local"),
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYSPARK_PYTHON", sys.executable)  # a setting of that name is not heeded
        session = builder.config(map=SETTINGS | places).getOrCreate()
    yield session
    session.stop()
    gateway = SparkContext._gateway
    gateway.shutdown()
    gateway.proc.stdin.close()  # tells the Java process to end
    gateway.proc.wait(20)
    SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture(scope="session")
def spark_connect(spark_cluster: SparkCluster) -> Iterator[Any]:
    """A session of Spark Connect: this process holds no Java, only a connection to a server."""
    from pyspark.sql.connect.session import (  # noqa: PLC0415 - only where Spark is tested
        SparkSession,
    )

    session = SparkSession.builder.remote(spark_cluster.start_connect()).create()
    yield session
    session.stop()
