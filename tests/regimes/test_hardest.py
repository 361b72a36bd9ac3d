"""Prompts of which little was kept are filled up with real rows; others are left alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as cl
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.types import REAL, Pool

N = 80
PROMPT = [0.5, 0.25, 0.25]
MODEL = cl.Conditional([[0.5, 0.5]] * 3, PROMPT)
LABELS = cl.Conditional([[1.0, 0.0]] * 3, PROMPT)  # the truth: answer 0 alone


def absorbed(regime, sampler, kept):
    """(3, 2) items of each answer to each prompt that the pool counts for, and of them the real
    ones, where the judge kept the share ``kept`` of each prompt's answers."""
    batch = sampler.real(jax.random.key(1), MODEL, N, N)
    mass = batch.mass * (N if batch.exact else 1)
    weight = jnp.asarray(kept)[batch.rows[:, 0]]
    zero = jnp.zeros(len(mass), jnp.int32)
    fresh = Pool(batch.rows, mass, weight, 0 * mass, zero, zero, {}, batch.kind)
    regime = replace(regime, n=N)
    args = (None, fresh, LABELS, sampler, jnp.array(1), MODEL)
    pool = regime.absorb(jax.random.key(2), *args)
    table = np.zeros((2, 3, 2))
    real = np.asarray(pool.source) == REAL
    np.add.at(table[0], tuple(np.asarray(pool.rows).T), np.asarray(pool.count))
    np.add.at(table[1], tuple(np.asarray(pool.rows)[real].T), np.asarray(pool.count)[real])
    return table


def test_hard_prompts_are_filled_up_exactly():
    """Of the prompts 30, 50 and 80 % were kept: the first alone is below 40 %."""
    every, _ = absorbed(cl.FillHardest(0.4), cl.Support(), [0.3, 0.5, 0.8])
    np.testing.assert_allclose(every, [[6 + 28, 6], [5, 5], [8, 8]], rtol=1e-5)
    every, _ = absorbed(cl.FillHardest(1.0), cl.Support(), [0.3, 0.5, 0.8])
    np.testing.assert_allclose(every.sum(1), [40, 20, 20], rtol=1e-5)


@pytest.mark.slow
def test_items_are_filled_up_with_real_rows_of_their_prompt():
    """Whatever number of labels of a prompt was drawn, they count for what is missing."""
    every, real = absorbed(cl.FillHardest(0.4), cl.Plain(), [0.1, 0.9, 0.9])
    np.testing.assert_allclose(every.sum(1)[0], 40, rtol=1e-5)
    assert real[1:].sum() == real[:, 1].sum() == 0
    assert 30 < real[0, 0] < 40  # a tenth of some 40 rows was kept


@pytest.mark.slow
@pytest.mark.parametrize("sampler", [cl.Plain(), cl.Support()])
def test_a_run_keeps_the_pool_in_its_slots(sampler):
    """The first generation trains on real rows; nothing kept at all is the labels alone."""
    arm = cl.Arm(
        truth=LABELS, model=MODEL, judge=cl.RandomFraction(0.25), regime=cl.FillHardest(0.5),
        sampler=sampler, measures=(cl.PromptDiversity(),), n=N, candidates=N, generations=3,
    )  # fmt: skip
    entropy = run_arm(jax.random.key(0), arm, 2)["curves"]["per_prompt_entropy"]
    np.testing.assert_allclose(entropy[:, 1:], 0, atol=1e-6)


def test_bad_input_is_refused():
    with pytest.raises(cl.UserError, match=r"below must lie in \(0, 1\], not 0"):
        cl.prepare(cl.Arm(truth=MODEL, regime=cl.FillHardest(0.0)))
    with pytest.raises(cl.UserError, match="for models with prompts, such as Conditional"):
        cl.prepare(cl.Arm(truth=cl.zipf(5), regime=cl.FillHardest(0.5)))
