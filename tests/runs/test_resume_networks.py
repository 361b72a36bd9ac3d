"""A run of networks killed at any moment, and gone on with: the same curves, bit for bit."""

import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest

from collapse import UserError
from collapse.loop import memory
from collapse.loop.simulate import run_arm
from collapse.runs import blocks
from collapse.runs.directory import run_scenario
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario

FILE = '''
"""A tiny writer"""
from collapse import *

def scenario():
    truth = Empirical.of([[1, 2, 0], [2, 1, 0], [1, 1, 2], [2, 2, 0]], 3)
    model = GRU(3, 3, width=8, training=Training(steps=160, batch=16))
    def arm(regime):
        return Arm(truth=truth, model=model, judge=KeepAll(), regime=regime,
                   learner=MaximumLikelihood(), sampler=Plain(), measures=(ItemDiversity(),),
                   n=60, generations=12)
    return Scenario(name="writer", title="A tiny writer", source="none", seeds=2,
                    arms={"replace": arm(Replace()), "accumulate": arm(Accumulate())},
                    headline=("entropy",))
'''


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("writer") / "writer.py"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def unbroken(file, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken") / "run"
    return run_scenario(prepare_scenario(build(str(file))), out)


def saved_generations(out) -> int:
    """Generations in the checkpoints of a run, over all blocks."""
    done = 0
    for path in out.rglob("*.npz"):
        with np.load(path) as arrays:
            done += int(arrays["done"]) if "done" in arrays else 0
    return done


@pytest.mark.slow
def test_killed_and_resumed_is_as_if_never_killed(file, unbroken, tmp_path):
    """SIGKILL leaves no time to tidy up: it comes as soon as three generations are on disk."""
    out = tmp_path / "run"
    code = (
        "import sys; from collapse.runs import blocks; from collapse.scenario.load import build\n"
        "from collapse.runs.directory import run_scenario\n"
        "from collapse.scenario.prepare import prepare_scenario\n"
        "blocks.SECONDS_PER_SAVE, blocks.SECONDS_PER_CALL = 0, 0.01\n"
        "blocks.SHARE_OF_SAVES = 1e9\n"
        "run_scenario(prepare_scenario(build(sys.argv[1])), sys.argv[2])"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(file), str(out)])
    until = time.monotonic() + 300
    while time.monotonic() < until and child.poll() is None:
        if saved_generations(out) >= 3:
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert 0 < saved_generations(out) < 2 * 2 * 12  # of two arms and two seeds
    resumed = run_scenario(prepare_scenario(build(str(file))), out)
    for arm in ("replace", "accumulate"):
        for curve in ("entropy", "effective_number", "diverged"):
            np.testing.assert_array_equal(resumed.curve(arm, curve), unbroken.curve(arm, curve))
    other = run_scenario(prepare_scenario(build(str(file))), tmp_path / "other", key=1)
    assert (other.curve("replace", "entropy") != unbroken.curve("replace", "entropy")).any()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("learner", "start", "done", "fits"),
    [
        ("MaximumLikelihood()", "scratch", 2, "learn_part"),
        ("Pretrained()", "warm", 0, "begin_part"),
    ],
)
def test_killed_within_a_fit_it_goes_on_from_the_part_it_was_in(
    learner, start, done, fits, tmp_path, monkeypatch
):
    """SIGKILL after three of the eight parts of a fit are on disk, of the third generation or of
    the one before the first, and they are not done again: the same curves as never killed, bit for
    bit."""
    file = tmp_path / "writer.py"
    text = FILE.replace("batch=16)", f"batch=16, in_parts=True, start='{start}')")
    text = text.replace("MaximumLikelihood()", learner).replace("=12)", "=3)")
    file.write_text(text.replace(', "accumulate": arm(Accumulate())', ""))
    unbroken = run_scenario(prepare_scenario(build(str(file))), tmp_path / "unbroken")
    code = (
        "import os, signal, sys; from collapse.runs import blocks\n"
        "from collapse.runs.directory import run_scenario\n"
        "from collapse.scenario.prepare import prepare_scenario\n"
        "from collapse.scenario.load import build\n"
        "blocks.SECONDS_PER_SAVE, blocks.SHARE_OF_SAVES = 0, 1e9\n"
        "save = blocks.Block.save\n"
        "def and_die(self):\n"
        "    save(self)\n"
        f"    if (self.done, self.parts) == ({done}, 3): os.kill(os.getpid(), signal.SIGKILL)\n"
        "blocks.Block.save = and_die\n"
        "run_scenario(prepare_scenario(build(sys.argv[1])), sys.argv[2])"
    )
    out = tmp_path / "run"
    child = subprocess.run([sys.executable, "-c", code, str(file), str(out)], check=False)
    assert child.returncode == -signal.SIGKILL
    assert any(int(np.load(path)["parts"]) == 3 for path in out.rglob("*.npz") if has_parts(path))
    parts, one_part = [], getattr(blocks, fits)

    def counted(*given):
        if fits == "begin_part" or int(given[3]) == done + 1:
            parts.append(1)
        return one_part(*given)

    monkeypatch.setattr(blocks, fits, counted)
    resumed = run_scenario(prepare_scenario(build(str(file))), out)
    assert 7 <= len(parts) < 2 * 7  # of two seeds: some were there
    for curve in ("entropy", "effective_number", "diverged"):
        found, wanted = (run.curve("replace", curve) for run in (resumed, unbroken))
        np.testing.assert_array_equal(found, wanted)
    alone = run_arm(jax.random.key(0), build(str(file)).arms["replace"], 2)["curves"]
    np.testing.assert_array_equal(alone["entropy"], unbroken.curve("replace", "entropy"))


def has_parts(path) -> bool:
    with np.load(path) as arrays:
        return "parts" in arrays


@pytest.mark.slow
def test_a_run_that_needs_more_memory_than_there_is_is_refused(file):
    """Before it starts, with the number of seeds side by side that would fit."""
    scenario = prepare_scenario(build(str(file)))
    memory.check(scenario, 64)
    needs = memory.estimate(scenario, 64)["megabytes"]
    with pytest.raises(
        UserError, match=r"needs about .* GB, and .* GB are free: use --batch-seeds"
    ) as said:
        memory.check(scenario, 64, free=needs - 0.5)
    size = int(str(said.value).split("--batch-seeds ")[1].split(".")[0])
    assert memory.estimate(scenario, size)["megabytes"] <= needs - 0.5
    with pytest.raises(UserError, match="lower n"):
        memory.check(scenario, 64, free=1.0)
