"""Networks in double precision, in which checks are made: the same training, fewer roundings."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.settle import unjudged
from collapse.types import Batch
from tests.scenarios.writing import gru, stirred, transformer

ROW = [1, 2, 0]


def trained(net, model):
    """Eight steps on copies of one row, so that no draw of a minibatch matters: losses, network."""
    rows = jnp.asarray([ROW] * 8, jnp.int32)
    pool = unjudged(Batch(rows, jnp.ones(8), jnp.zeros(8, jnp.int32)), 8, {})
    training = c.Training(steps=8, batch=4, start="warm", learning_rate=1e-2, schedule="constant")
    model = eqx.tree_at(lambda m: m.training, model.with_params(net), training)
    fit = eqx.filter_jit(model.fit)(jax.random.key(0), pool)
    return fit.fitted.losses, fit.net


@pytest.mark.slow
@pytest.mark.parametrize("make", [gru, transformer])
def test_training_in_double_is_training_in_single_with_fewer_roundings(make):
    model = stirred(make())
    single, net = trained(model.net, model)
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda x: jnp.asarray(np.asarray(x), jnp.float64), model.net)
        double, wide_net = trained(wide, model)
        assert {x.dtype for x in jax.tree.leaves((double, wide_net))} == {jnp.dtype("float64")}
        double = np.asarray(double)
    assert {x.dtype for x in jax.tree.leaves((single, net))} == {jnp.dtype("float32")}
    np.testing.assert_allclose(single, double, rtol=2e-5)
    assert (np.asarray(single, float) != double).any()
    assert double[0] - double[-1] > 100 * np.abs(single - double).max()  # it did train
