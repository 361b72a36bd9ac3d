"""Truncated cross-entropy, against its gradient written out and against a refit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import Categorical, MaximumLikelihood, Truncated
from collapse.types import Pool

P, DATA = np.array([0.6, 0.25, 0.1, 0.05]), np.array([0.5, 0.2, 0.2, 0.1])


def learned(learner):
    one, zero = jnp.ones(4), jnp.zeros(4, jnp.int32)
    data = Pool(jnp.arange(4), jnp.asarray(100 * DATA), one, one, zero, zero, {}, "support")
    model, _ = learner.learn(jax.random.key(0), Categorical(P), data, None)
    return np.asarray(model.p, float)


@pytest.mark.parametrize("threshold", [1.0, 0.5, 0.2])
def test_one_step_follows_the_items_that_count(threshold):
    """The slope by logit: what of the data counts, less the model's share of all that counts."""
    counts = DATA * (threshold >= P)
    expected = P * np.exp(0.7 * (counts - P * counts.sum()))
    found = learned(Truncated(threshold, learning_rate=0.7, steps=1))
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-5)


def test_without_a_threshold_it_ends_at_the_refit():
    refit = learned(MaximumLikelihood())
    np.testing.assert_allclose(learned(Truncated(1.0, steps=400)), refit, rtol=1e-3)
    assert np.abs(learned(Truncated(0.3, steps=400)) - refit).max() > 0.05


def test_numbers_out_of_range_are_refused():
    assert len(Truncated(0.0, steps=0, learning_rate=-1.0).validate()) == 3
