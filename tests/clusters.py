"""A real Dask scheduler and worker processes over loopback, for tests of ``--executor``."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.shared import ROOT


@contextmanager
def cluster(place: Path, *limits: str | None) -> Iterator[str]:
    """The address of a scheduler with a worker for each of ``limits``, such as "500MB" (None:
    without a limit). The workers stand in a folder of their own in ``place``."""
    place.mkdir(exist_ok=True)
    told, log = place / "scheduler.json", (place / "log").open("w")
    more = {"cwd": place, "stdout": log, "stderr": log, "start_new_session": True}
    more["env"] = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    begin = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    begin += ["--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    processes = [subprocess.Popen(begin, **more)]
    try:
        for limit in limits:
            begin = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-dashboard"]
            begin += ["--scheduler-file", str(told), "--nthreads", "1"]
            begin += ["--local-directory", str(place)]
            begin += ["--memory-limit", limit or "0"]
            processes.append(subprocess.Popen(begin, **more))
        until = time.monotonic() + 60
        while not told.is_file():
            assert time.monotonic() < until, (place / "log").read_text()
            time.sleep(0.1)
        import distributed

        with distributed.Client(scheduler_file=str(told), timeout=60) as client:
            client.wait_for_workers(len(limits), timeout=120)
            address = client.scheduler.address
        yield address
    finally:
        for process in processes:  # with what they started
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()
