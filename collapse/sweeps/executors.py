"""Where work runs beside this process: any executor of ``concurrent.futures``, or Dask by name.

local:K             K processes on this machine
tcp://ADDRESS       a Dask scheduler that runs
slurm:PROFILE.toml  workers as jobs of SLURM, by the settings of the file; pbs:PROFILE.toml
"""

import os
import tomllib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collapse.errors import UserError

KINDS = "local:K, tcp://ADDRESS, slurm:PROFILE.toml or pbs:PROFILE.toml"
FAILURES = 2  # workers that may die of a task before it is given up
LOST = "600s"  # until a worker that died and did not come back is given up
WAIT = 30  # seconds for a scheduler to answer
PRELOAD = "import sys; sys.stdout = sys.stderr"  # what scenarios print is no result
QUEUES = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}


@contextmanager
def executor_of(text: str | None) -> Iterator[Executor | None]:
    """The executor that ``--executor`` names, until the block ends; None if it names none. Raises
    ``UserError``."""
    if text is None:
        yield None
        return
    kind, _, rest = text.partition(":")
    if kind not in ("local", "tcp", "tls", *QUEUES) or not rest:
        raise UserError(f"--executor is {KINDS}, not {text!r}.")
    try:
        import distributed
    except ImportError:
        raise UserError("--executor needs Dask: pip install 'collapse[cluster]'.") from None
    import dask

    settings = {
        "distributed.scheduler.allowed-failures": FAILURES,
        "distributed.deploy.lost-worker-timeout": LOST,
    }
    with dask.config.set(settings), _cluster(kind, rest, text) as (where, more):
        try:
            client = distributed.Client(where, timeout=WAIT)
        except (OSError, TimeoutError) as error:
            raise UserError(f"No scheduler answers at {text} ({error}).") from None
        with client:
            if more:
                client.wait_for_workers(1, timeout=more)
            yield client.get_executor(pure=False)


@contextmanager
def _cluster(kind: str, rest: str, text: str) -> Iterator[tuple[Any, float]]:
    """What a client connects to, and for how many seconds it waits for a first worker."""
    if kind in ("tcp", "tls"):
        yield text, 0
    elif kind == "local":
        import distributed

        if not rest.isdecimal() or not 1 <= int(rest) <= 1024:
            raise UserError(f"--executor {text}: K must be a number of processes, 1 or more.")
        more = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
        more |= {"processes": True, "preload": [PRELOAD]}
        with safe_path(), distributed.LocalCluster(n_workers=int(rest), **more) as cluster:
            yield cluster, WAIT
    else:
        profile = profile_of(Path(rest), text)
        jobs, wait = profile.pop("jobs", 1), profile.pop("wait", 3600.0)
        with _queue(kind, profile) as cluster:
            cluster.scale(jobs=jobs)
            yield cluster, wait


@contextmanager
def safe_path() -> Iterator[None]:
    """Processes get the path of this one. Without this they would first import what they need to
    get it from whatever file of the current folder has the name of a module."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        os.environ.pop("PYTHONSAFEPATH")
        os.environ |= {} if before is None else {"PYTHONSAFEPATH": before}


def profile_of(path: Path, text: str) -> dict[str, Any]:
    """The settings of a cluster's queue in a TOML file. Raises ``UserError``."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError, RecursionError) as error:  # TOML that is broken, or no UTF-8
        raise UserError(f"--executor {text}: {path} cannot be read ({error}).") from None


def _queue(kind: str, profile: dict[str, Any]):
    try:
        import dask_jobqueue
    except ImportError:
        raise UserError(
            "--executor needs dask-jobqueue: pip install 'collapse[cluster]'."
        ) from None
    try:
        return getattr(dask_jobqueue, QUEUES[kind])(**profile)
    except (TypeError, ValueError) as error:
        raise UserError(f"--executor {kind}: the profile does not fit ({error}).") from None


def workers_of(executor: Executor) -> int:
    """How many tasks an executor runs at once, as far as it says."""
    client = getattr(executor, "_client", None)
    if client is not None:
        return max(1, sum(client.ncores().values()))
    return getattr(executor, "_max_workers", None) or os.cpu_count() or 1
