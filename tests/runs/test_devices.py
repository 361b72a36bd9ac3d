"""Several devices: the same run, bit for bit, with blocks of seeds that take turns on them."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.shared import ROOT

RUN = """
import json, sys
import jax
from collapse.runs.blocks import Block
from collapse.runs.directory import run_scenario
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario

used, step = set(), Block.step
def told(self, steps):
    step(self, steps)
    used.add(next(iter(self.state.pool.weight.devices())).id)
Block.step = told
scenario = build(sys.argv[1])
run_scenario(prepare_scenario(scenario), sys.argv[2])
print(json.dumps({"there": len(jax.local_devices()), "used": sorted(used)}))
"""


TABLE = "collapse.NGram(corpus.tokenizer.vocab_size)"
NETWORK = (
    "collapse.GRU(corpus.tokenizer.vocab_size, corpus.rows.shape[1], width=8, "
    "training=collapse.Training(steps=16, batch=8))"
)


def done(tmp_path, devices: int, model: str) -> tuple[dict, dict]:
    """The run's curves, and on which devices its blocks ended."""
    scenario = (ROOT / "tests" / "tiny.py").read_text()
    assert TABLE in scenario
    scenario = scenario.replace("seeds=2", "seeds=4, block=2").replace(TABLE, model)
    (tmp_path / "tiny.py").write_text(scenario)
    flags = f"--xla_force_host_platform_device_count={devices}"
    found = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "tiny.py"), str(tmp_path / f"run{devices}")],
        env=os.environ | {"XLA_FLAGS": flags},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    with np.load(tmp_path / f"run{devices}" / "curves.npz") as curves:
        return dict(curves), json.loads(found.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("model", [TABLE, NETWORK], ids=["n-gram", "GRU"])
def test_two_devices_give_the_curves_of_one(model, tmp_path):
    one, alone = done(tmp_path, 1, model)
    two, both = done(tmp_path, 2, model)
    assert (alone, both) == ({"there": 1, "used": [0]}, {"there": 2, "used": [0, 1]})
    assert one.keys() == two.keys()
    for name, curve in one.items():
        np.testing.assert_array_equal(curve, two[name], err_msg=name)
