"""Points that need more memory than there is: told, recorded as failed, and the others go on."""

import os
import subprocess
import sys

import numpy as np
import pytest

import collapse as c
from collapse.loop.prepare import NO_MEMORY
from collapse.numerics.device import free_megabytes, memory_bound
from collapse.scenario.load import load_judge
from collapse.sweeps import work
from collapse.sweeps.executors import executor_of
from tests.clusters import cluster
from tests.shared import ROOT
from tests.sweeps.test_remote import arm


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("RESOURCE_EXHAUSTED: Out of ...")])
def test_a_point_without_memory_is_told_and_the_others_are_run(monkeypatch, error):
    together = work._together

    def out_of_memory(key, arms, seeds):
        if any(one.n == 30 for one in arms):
            raise error
        return together(key, arms, seeds)

    monkeypatch.setattr(work, "_together", out_of_memory)
    found = c.sweep(arm(), {"n": [20, 30]}, seeds=2)
    assert list(found.failed.values()) == [NO_MEMORY]
    assert list(np.isnan(found.values())) == [False, True]


def test_a_bound_of_the_process_bounds_the_free_memory():
    free = free_megabytes()
    with memory_bound(1000.0):
        assert free_megabytes() < 1000.0
    assert free_megabytes() > free / 2


LOCAL = """
import resource
import numpy as np
import collapse as c
from collapse.sweeps import work
from tests.sweeps.test_remote import arm

items = arm(c.RandomFraction(0.5))  # not summarised
c.sweep(items, {"n": [20]}, seeds=2)
work.check_room = lambda *_: None  # the estimate would refuse it before
pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + 3 * 10**9
resource.setrlimit(resource.RLIMIT_AS, (most, most))
found = c.sweep(items, {"n": [20, 10**9, 40]}, seeds=2)
print(np.isnan(found.values()).tolist(), *found.failed.values())
"""


@pytest.mark.slow
def test_memory_that_runs_out_in_this_process():
    """In a process of its own, whose address space is bounded."""
    done = subprocess.run(
        [sys.executable, "-c", LOCAL],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert f"[False, True, False] {NO_MEMORY}" in done.stdout, done.stderr


HUNGRY = """
import time
import equinox as eqx
import jax.numpy as jnp
import numpy as np
import collapse as c


class Hungry(c.Judge):
    \"\"\"Uses 2 GB while it is traced in another process.\"\"\"

    caller: int = eqx.field(static=True, default=0)

    def weigh(self, key, view, reward):
        import os

        if os.getpid() != self.caller:
            held = np.ones(250_000_000)
            time.sleep(5)
            assert held[0]
        return jnp.ones(view.items.shape[0])
"""


@pytest.mark.slow
def test_a_worker_with_less_memory(tmp_path):
    """What is known to need more than the worker's limit is refused; what takes more is ended by
    Dask; both are failed points with a sentence."""
    pytest.importorskip("distributed")
    file = tmp_path / "hungry.py"
    file.write_text(HUNGRY)
    hungry = type(load_judge(f"{file}:Hungry"))(caller=os.getpid())
    items = arm(c.RandomFraction(0.5))  # not summarised
    with cluster(tmp_path / "elsewhere", "1GB") as address, executor_of(address) as executor:
        sizes = c.sweep(items, {"n": [20, 20_000_000, 40]}, seeds=2, executor=executor)
        judges = [c.KeepAll(), hungry]
        judged = c.sweep(arm(), {"judge": judges}, seeds=2, executor=executor)
    assert list(np.isnan(sizes.values())) == [False, True, False]
    assert " GB" in sizes.estimates[1]["arm"].reason
    assert list(np.isnan(judged.values())) == [False, True]
    assert "needed more than its memory limit" in judged.estimates[1]["arm"].reason
