"""On an accelerator everything runs side by side: the same runs, in another order of work."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop import generation, memory
from collapse.loop.limits import block_size, blocks_at_once
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.loop.start import begin
from collapse.numerics.device import accelerated, compiled, side_by_side
from collapse.numerics.pytree import seed_keys
from tests.shared import slots

TRUTH = c.Empirical.of([[1, 2, 0], [2, 1, 0], [1, 1, 2], [2, 2, 0]], 3)
TRAINING = c.Training(steps=40, batch=16)
MODELS = {
    "n-gram": c.NGram(3, order=2),
    "transformer": c.Transformer(3, 3, layers=1, width=8, heads=2, training=TRAINING),
    "GRU": c.GRU(3, 3, width=8, training=TRAINING),
}


def arm_of(model) -> c.Arm:
    parts = c.KeepAll(), c.Replace(), c.MaximumLikelihood(), c.Plain()
    measures = c.ItemDiversity(), c.Perplexity(TRUTH.rows)
    return c.Arm(**slots(TRUTH, model, *parts), measures=measures, n=60, generations=3)


@pytest.fixture
def accelerator(monkeypatch):
    """Programs traced as they would be for an accelerator."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    jax.clear_caches()
    yield
    jax.clear_caches()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["n-gram", "transformer"])
def test_side_by_side_gives_what_seeds_in_turn_give(name, request):
    """Where there is an accelerator: what it gives, and what a CPU gives."""
    arm = arm_of(MODELS[name])
    with jax.default_device("cpu"):
        assert not side_by_side(arm.model)
        in_turn = run_arm(jax.random.key(0), arm, 3)["curves"]
    request.getfixturevalue("accelerator")
    assert side_by_side(arm.model)
    together = run_arm(jax.random.key(0), arm, 3)["curves"]
    assert in_turn.keys() == together.keys()
    for curve, values in in_turn.items():
        np.testing.assert_allclose(together[curve], values, rtol=2e-5, atol=1e-6, err_msg=curve)
    other = run_arm(jax.random.key(1), arm, 3)["curves"]
    assert any(not np.allclose(other[k], in_turn[k], rtol=1e-3) for k in in_turn)


def test_work_is_not_cut_to_fit_a_cache(accelerator):
    large = c.Transformer(65, 256, layers=4, width=128)
    assert large.piece is None
    assert c.GRU(65, 64).at_once == 4096
    on_chip = large.at_once
    with jax.default_device("cpu"):
        assert not accelerated()
        assert large.piece == 2
        assert large.at_once < on_chip


def test_single_precision_is_asked_of_every_device():
    x = jnp.ones((4, 4))
    square = lambda x: x @ x  # noqa: E731
    with jax.default_matmul_precision("default"):  # whatever the command line has set
        assert "HIGHEST" in compiled(square).lower(x).as_text()
        assert "HIGHEST" not in eqx.filter_jit(square).lower(x).as_text()


@pytest.mark.slow
def test_every_product_of_a_run_is_in_full():
    arm = prepare(arm_of(MODELS["transformer"]))
    keys = seed_keys(jax.random.key(0), range(2))
    given = (*generation.shared(arm), keys, jnp.int32(1), jnp.int32(1))
    program = generation._advance.lower(given, begin(arm, keys)[0])
    products = [line for line in program.as_text().splitlines() if "dot_general" in line]
    assert len(products) > 10
    assert not [line for line in products if "HIGHEST, HIGHEST" not in line]


def test_memory_is_that_of_the_accelerator(monkeypatch):
    class Chip:
        def memory_stats(self):
            return {"bytes_limit": 80e9, "bytes_in_use": 2e9}

    assert 0 < memory.free_megabytes() < 10e6
    monkeypatch.setattr(jax, "local_devices", lambda: [Chip()])
    assert memory.free_megabytes() == 78e3


@pytest.mark.slow
def test_seeds_side_by_side_are_counted_in_memory(accelerator):
    arm = prepare(arm_of(MODELS["transformer"]))
    scenario = c.Scenario("one", "One", {"one": arm}, "none", ("entropy",), seeds=64)
    plan = memory.estimate(scenario, 64)
    together = plan["arms"]["one"]["megabytes"]
    assert plan["megabytes"] == together  # of the accelerator, which has one block at a time
    with jax.default_device("cpu"):
        plan = memory.estimate(scenario, 64)
        assert plan["arms"]["one"]["megabytes"] < together
        assert plan["megabytes"] > memory.BASE / 1e6  # of the process


def test_blocks_of_networks_are_not_filled_up_with_more_seeds_than_there_are(accelerator):
    network, table = MODELS["transformer"], c.Categorical([0.5, 0.5])
    for seeds, size in ((3, 3), (100, 32)):
        assert block_size(arm_of(network), None, seeds) == size
        assert block_size(arm_of(table), None, seeds) == 32
        assert block_size(arm_of(network), 8, seeds) == 8
    assert blocks_at_once() == len(jax.local_devices())
    with jax.default_device("cpu"):
        assert block_size(arm_of(network), None, 3) == 1
