"""Seeds over several devices and processes: the record of one device."""

import os
import socket
import subprocess
import sys

import jax
import numpy as np
import pytest

import collapse as c
from collapse.loop.simulate import run_arm, shares
from collapse.numerics.device import over_devices
from collapse.numerics.pytree import seed_keys
from tests.shared import ROOT

RUN = """
import sys
import jax
import numpy as np
import collapse as c
from collapse.loop import simulate
from tests.loop.test_devices import arms

if sys.argv[2] != "alone":
    jax.distributed.initialize(sys.argv[2], 2, int(sys.argv[3]))
held, every = [], simulate._all_generations
def told(arm, keys, seeds, *more):
    held.append([len(keys), len(keys.devices())])
    return every(arm, keys, seeds, *more)
simulate._all_generations = told
found = {}
for name, arm in arms().items():
    record = simulate.run_arm(0, arm, 6)
    found |= {f"{name}/{k}": x for k, x in record["curves"].items()}
    found[f"{name}/items"] = record["items"]
np.savez(sys.argv[1], held=held, **found)
"""


def arms():
    """One of items with a judge, and one of sufficient statistics."""
    normal = c.Gaussian()
    parts = {"n": 50, "generations": 20}
    return {
        "items": c.Arm(truth=c.zipf(20), judge=c.RandomFraction(0.5), **parts),
        "statistics": c.Arm(truth=normal, regime=c.FreshMix(0.1), **parts),
    }


def ran(place, devices, *words):
    flags = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(place), *words],
        env=os.environ | {"PYTHONPATH": str(ROOT), "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process, place):
    _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    with np.load(place) as found:
        return dict(found)


def close(found, expected):
    """To 1e-4 relative, as between all layouts of seeds."""
    assert found.keys() == expected.keys()
    for name in found.keys() - {"held"}:
        np.testing.assert_allclose(found[name], expected[name], 1e-4, 1e-6, err_msg=name)


@pytest.mark.slow
def test_with_one_device_nothing_is_changed():
    keys = seed_keys(jax.random.key(0), range(3))
    assert over_devices(keys) is keys
    mine, padded = shares(arms()["items"], range(3))
    assert list(mine) == list(padded) == [0, 1, 2]
    assert run_arm(0, arms()["statistics"], range(4, 6))["items"].shape[0] == 2


@pytest.mark.slow
def test_four_devices_and_two_processes_give_the_record_of_one(tmp_path):
    """Six seeds: two for each of four devices with two to fill them up, and three for a process."""
    one = ended(ran(tmp_path / "one.npz", 1, "alone"), tmp_path / "one.npz")
    assert one["held"].tolist() == [[6, 1], [6, 1]]
    four = ended(ran(tmp_path / "four.npz", 4, "alone"), tmp_path / "four.npz")
    assert four["held"].tolist() == [[8, 4], [8, 4]]
    close(four, one)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
    places = [tmp_path / f"{i}.npz" for i in range(2)]
    both = [ran(place, 1, where, str(i)) for i, place in enumerate(places)]
    for process, place in zip(both, places, strict=True):
        found = ended(process, place)
        assert found["held"].tolist() == [[3, 1], [3, 1]]
        close(found, one)
