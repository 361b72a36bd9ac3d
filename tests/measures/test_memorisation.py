"""Distance to the training data and their entropy: by brute force, by hand, and in a loop."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.special import digamma

import collapse as c
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.measures.memorisation import NearestTraining, entropy
from collapse.types import Batch, Pool, View

RNG = np.random.default_rng(2)


def measured(output, data, weight):
    """The two curves "nearest_training" and "training_entropy"."""
    output, data = (jnp.asarray(x, jnp.float32) for x in (output, data))
    batch = Batch(output, jnp.ones(len(output)), jnp.zeros(len(output), jnp.int32))
    one = jnp.ones(len(data))
    pool = Pool(data, one, jnp.asarray(weight), one, one, one, {})
    view = View(batch, None, None, None, jnp.array(1), len(output), data=pool)
    found = eqx.filter_jit(NearestTraining().measure)(jax.random.key(0), view)
    return float(found["nearest_training"]), float(found["training_entropy"])


def test_against_a_tree():
    """Empty slots do not count, though the output lies on them."""
    data = RNG.normal(size=(70, 3))
    output = np.concatenate([RNG.normal(size=(30, 3)), data[50:]])
    near, found = measured(output, data, np.arange(70) < 50)
    kept = cKDTree(data[:50])
    assert near == pytest.approx(kept.query(output)[0].mean(), rel=1e-5)
    own = kept.query(data[:50], k=2)[0][:, 1]
    law = digamma(50) - digamma(1) + np.log(4 / 3 * np.pi) + 3 * np.log(own).mean()
    assert found == pytest.approx(law, rel=1e-5)


def test_copies():
    data = RNG.normal(size=(20, 2))
    assert measured(data[:5], data, np.ones(20))[0] == 0
    assert measured(data, np.tile(data, (2, 1)), np.ones(40))[1] == -np.inf
    assert np.isnan(measured(data, data, np.zeros(20))).all()


def test_entropy_of_a_normal_distribution():
    """ln(2 pi e) of two standard normal numbers."""
    rows = jnp.asarray(RNG.normal(size=(100, 400, 2)), jnp.float32)
    each = np.asarray(jax.jit(jax.vmap(entropy, (0, None)))(rows, jnp.ones(400, bool)))
    assert abs(each.mean() - np.log(2 * np.pi * np.e)) < 4 * each.std() / 10 + 0.02


def arm_of(*measures, bandwidth=0.0, regime=None, **fields):
    truth = c.Gaussian(np.zeros(2), np.eye(2))
    return c.Arm(
        truth=truth, model=c.KDE(bandwidth), regime=regime, measures=measures, n=60, generations=3,
        **fields,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("regime", [c.Replace(), c.AccumulateSubsample()])
def test_a_model_that_copies_is_at_distance_0_of_its_own_data(regime):
    """Those that its regime selected in its generation, and no others: a copy of other rows of the
    pool would be at a distance. The curves of other measures are the same bits without it."""
    both = run_arm(jax.random.key(0), arm_of(c.Spread(), NearestTraining(), regime=regime), 2)
    near = both["curves"]["nearest_training"]
    assert np.isnan(near[:, 0]).all()
    np.testing.assert_array_equal(near[:, 1:], 0)
    alone = run_arm(jax.random.key(0), arm_of(c.Spread(), regime=regime), 2)
    np.testing.assert_array_equal(both["curves"]["spread"], alone["curves"]["spread"])


@pytest.mark.slow
def test_a_kernel_is_at_its_width():
    """A narrow kernel about rows that are far apart: the mean of |h z| in the plane."""
    near = run_arm(jax.random.key(0), arm_of(NearestTraining(), bandwidth=1e-3), 8)
    found = near["curves"]["nearest_training"][:, 1]
    error = found.std() / np.sqrt(8)
    assert abs(found.mean() - 1e-3 * np.sqrt(np.pi / 2)) < 5 * error


def test_exact_mode_is_refused():
    truth = c.zipf(5)
    with pytest.raises(c.UserError, match="NearestTraining"):
        prepare(c.Arm(truth=truth, sampler=c.Support(), measures=(NearestTraining(),)))
