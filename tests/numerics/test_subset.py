"""Every subset of filled slots has the same chance, whichever way it is drawn."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse.numerics.subset import random_subset

TIMES = 6000
SLOTS = 60


def drawn(filled, begun, size):
    """(TIMES, size) subsets, sorted, with one key each."""
    one = jax.jit(partial(random_subset, size=size))
    keys = jax.random.split(jax.random.key(0), TIMES)
    return np.sort(jax.vmap(one, (0, None, None))(keys, filled, begun))


def evenness(found, filled, size):
    """The p-value of equal chances for all subsets of the filled slots."""
    every = list(itertools.combinations(np.flatnonzero(filled).tolist(), size))
    counts = {subset: 0 for subset in every}
    for subset in map(tuple, found.tolist()):
        counts[subset] += 1  # fails for a subset with the same slot twice, or an empty one
    return stats.chisquare(list(counts.values())).pvalue


@pytest.mark.parametrize(
    ("taken", "begun", "size"),
    [
        ((0, 1, 2, 3, 4), 5, 2),  # enough draws in nearly every case
        ((0, 1, 3, 4), 5, 3),  # with an empty slot among them
        ((3, 17, 31, 44), 50, 2),  # few of them: often every slot has to be looked at
        ((0, 1, 2), 3, 3),
    ],
)
def test_all_subsets_are_equally_likely(taken, begun, size):
    filled = jnp.zeros(SLOTS, bool).at[jnp.array(taken)].set(True)
    found = drawn(filled, begun, size)
    if len(taken) == size:
        assert (found == np.array(taken)).all()
    else:
        assert evenness(found, filled, size) > 1e-3


def test_the_check_notices_a_slot_that_is_never_drawn():
    filled = jnp.arange(SLOTS) < 5
    assert evenness(drawn(filled, 4, 2), filled, 2) < 1e-9


def test_all_filled_slots_if_there_are_too_few():
    filled = jnp.zeros(SLOTS, bool).at[jnp.array([2, 5])].set(True)
    chosen = random_subset(jax.random.key(1), filled, 10, 4)
    assert sorted(chosen.tolist()) == [2, 5, SLOTS, SLOTS]


def test_a_large_subset_has_no_slot_twice():
    filled = jnp.arange(5000) < 4000
    for seed in range(5):
        chosen = np.asarray(random_subset(jax.random.key(seed), filled, 4000, 2000))
        assert len(set(chosen.tolist())) == 2000
        assert chosen.max() < 4000
