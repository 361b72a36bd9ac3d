"""Rows that people begin and a model completes: the beginning is human, the rest the model's."""

import jax
import numpy as np
import pytest

import collapse as c
from collapse.loop.generation import advance
from collapse.loop.prepare import prepare
from collapse.loop.start import begin
from collapse.numerics.pytree import seed_keys

HUMAN = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]])  # always 1
MODEL = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])  # always 2


def pool_after(share):
    """The pool after generation 1 of a chain of people who write 1, begun by a model that writes
    2."""
    truth, model = c.TokenTable(HUMAN * 1.0, 8), c.TokenTable(MODEL * 1.0, 8)
    regime = c.Completions(share, real_start=False)
    arm = prepare(c.Arm(truth=truth, model=model, regime=regime, n=10, generations=2))
    keys = seed_keys(jax.random.key(0), [0])
    state, _ = begin(arm, keys)
    state, _ = advance(arm, state, keys, np.int32(1), np.int32(1))
    return jax.tree.map(lambda x: np.asarray(x)[0], state.pool)


@pytest.mark.slow
def test_the_first_part_is_human_and_the_last_the_models():
    for share, kept in ((0.5, 4), (0.25, 6), (1.0, 0)):
        pool = pool_after(share)
        assert (pool.rows[:, :kept] == 1).all()
        assert (pool.rows[:, kept:] == 2).all()
        assert (pool.weight == 1).all()
        assert (pool.source == 0).all()
