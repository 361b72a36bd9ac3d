"""The work of training, counted from the program, against what it is by hand."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest

import collapse as c
from collapse.loop import memory
from collapse.loop.flops import program_flops, training_flops
from collapse.loop.prepare import prepare
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario
from tests.benchmarks.accelerator import work
from tests.benchmarks.texts import BATCH, CONTEXT, SIZE, model_of
from tests.shared import slots


def operations(function, *shapes) -> float:
    given = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    return program_flops(jax.make_jaxpr(function)(*given).jaxpr)


def test_products_and_convolutions():
    assert operations(jnp.matmul, (5, 3), (3, 7)) == 2 * 5 * 3 * 7
    assert operations(jax.jit(jnp.matmul), (4, 5, 3), (4, 3, 7)) == 4 * 2 * 5 * 3 * 7
    assert operations(jnp.add, (5, 3), (5, 3)) == 0
    slide = lambda x, w: jax.lax.conv(x, w, (1, 1), "VALID")  # noqa: E731
    assert operations(slide, (2, 3, 8, 8), (5, 3, 3, 3)) == 2 * (2 * 5 * 6 * 6) * (3 * 3 * 3)


def test_what_gives_nothing_costs_nothing():
    def told(x, w):
        jax.debug.print("{}", x[0, 0])
        return x @ w

    assert operations(told, (5, 3), (3, 7)) == 2 * 5 * 3 * 7


def test_a_loop_is_as_many_times_its_body():
    def loop(x, w):
        return jax.lax.scan(lambda x, _: (x @ w, None), x, length=9)[0]

    assert operations(loop, (5, 4), (4, 4)) == 9 * 2 * 5 * 4 * 4


def arm_of(model, regime, generations=3, learner=None, **more):
    truth = c.Empirical(jnp.ones((50, CONTEXT), jnp.int32), jnp.arange(1.0, 51), SIZE)
    parts = c.KeepAll(), regime, learner or c.MaximumLikelihood(), c.Plain()
    sizes = {"n": 50, "generations": generations} | more
    return prepare(c.Arm(**slots(truth, model, *parts), measures=(c.ItemDiversity(),), **sizes))


def shapes_of(arm):
    keys = jax.random.split(jax.random.key(0), 2)
    return jax.eval_shape(lambda keys: c.begin(arm, keys)[0], keys)


@pytest.mark.slow
def test_a_transformer_by_hand():
    """Two operations for each weight and place forwards, twice as many backwards, but for the
    tokens that go in: they have no gradient."""
    arm = arm_of(model_of(2, 64, steps=40), c.Replace())
    step = BATCH * CONTEXT * (work(2, 64) - 2 * SIZE * 64)
    assert training_flops(arm, shapes_of(arm)) == pytest.approx(3 * 40 * step, rel=1e-6)


@pytest.mark.slow
def test_a_fit_before_the_first_generation_is_one_more():
    model = c.GRU(SIZE, CONTEXT, width=8, training=c.Training(start="warm"))
    alone = arm_of(model, c.Replace())
    one = training_flops(alone, shapes_of(alone)) / 3
    for learner, more, fits in (
        (c.Pretrained(), {}, 4),
        (None, {"keep_reference": True}, 4),
        (c.PolicyGradient(), {}, 1),  # its own steps are not counted
    ):
        arm = arm_of(model, c.Replace(), learner=learner, **more)
        assert training_flops(arm, shapes_of(arm)) == pytest.approx(fits * one)


@pytest.mark.slow
def test_passes_over_data_that_pile_up_are_longer():
    training = c.Training(batch=10, epochs=2.0)
    model = c.GRU(SIZE, CONTEXT, width=8, training=training)
    found = {}
    for regime in (c.Replace(), c.Accumulate(), c.AccumulateSubsample()):
        arm = arm_of(model, regime)
        found[type(regime).__name__] = training_flops(arm, shapes_of(arm))
    assert found["Accumulate"] == 2 * found["Replace"] == 2 * found["AccumulateSubsample"] > 0


NETWORKS = (
    "expressions",
    "mad-digits",
    "mad-points",
    "text-decoding",
    "text-diversity",
    "text-regimes",
    "vae-digits",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_published_sizes_can_be_built_and_say_what_they_need(name):
    scenario = build(name, size="paper")
    scenario = prepare_scenario(
        replace(scenario, arms=dict([*scenario.arms.items()][:1]), claims=())
    )
    plan = memory.estimate(scenario, None)
    assert plan["training_operations"] > 1e13
    assert 1e3 < plan["megabytes"] < 1e5


def test_closed_forms_train_nothing():
    plan = memory.estimate(prepare_scenario(build("gaussian-replace")), None)
    assert plan["training_operations"] == 0
