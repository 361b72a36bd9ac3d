"""Measures of modes, by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.measures.modes import MixtureDistance, ModeCoverage, Spread
from collapse.models.distributions.gaussian import Gaussian
from collapse.models.distributions.mixture import GaussianMixture
from collapse.models.truths.shapes import TwoMoons, eight_gaussians
from collapse.types import Batch, View

TRUTH = GaussianMixture(
    np.array([0.25, 0.25, 0.5, 0.0]),
    np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [5.0, 5.0]]),
    np.stack([np.eye(2), np.diag([4.0, 0.25]), np.eye(2), np.eye(2)]),
)


def measured(measure, rows, mass=None, truth=TRUTH, model=None):
    rows = jnp.asarray(rows, float)
    mass = jnp.ones(len(rows)) if mass is None else jnp.asarray(mass, float)
    batch = Batch(rows, mass, jnp.zeros(len(rows), jnp.int32))
    view = View(batch, model or truth, None, truth, jnp.array(1), len(rows))
    found = run(jax.tree.map(jnp.asarray, measure), view)
    return {k: float(v) for k, v in found.items()}


@eqx.filter_jit
def draw(model):
    return model.sample(jax.random.key(0), 4000)


@eqx.filter_jit
def run(measure, view):
    return measure.measure(jax.random.key(0), view)


ROWS = [
    [0.0, 0.0],
    [2.9, 0.0],  # within 3 sd of the first mode
    [3.1, 0.0],  # of none
    [15.0, 0.0],  # 2.5 sd of the second, wide along this axis
    [10.0, 2.0],  # 4 sd of the second, narrow along this one
    [5.0, 5.0],  # a mode of weight 0 is no mode
    [0.0, 11.0],
    [1.0, 10.0],
]


def test_coverage_by_hand():
    """Held: 2, 1 and 2 of 8 items, where 2, 2 and 4 are due."""
    found = measured(ModeCoverage(0.1), ROWS)
    assert found["mode_coverage"] == 1
    assert found["near_modes"] == pytest.approx(5 / 8)
    assert found["mode_diversity"] == pytest.approx(1 - (4 + 1 + 4) / 25)
    assert measured(ModeCoverage(0.5), ROWS)["mode_coverage"] == 1  # the bound itself is enough
    assert measured(ModeCoverage(0.51), ROWS)["mode_coverage"] == pytest.approx(1 / 3)
    assert measured(ModeCoverage(0.1, within=2.0), ROWS)["mode_coverage"] == pytest.approx(2 / 3)
    assert measured(ModeCoverage(0.1, within=4.5), ROWS)["near_modes"] == pytest.approx(7 / 8)


def test_rows_without_mass_are_not_there():
    mass = np.array([1, 1, 1, 0, 1, 1, 0, 0])
    found = measured(ModeCoverage(0.0), ROWS, mass)
    assert found["mode_coverage"] == pytest.approx(1 / 3)
    assert found["near_modes"] == pytest.approx(2 / 5)
    assert found["mode_diversity"] == 0


def test_output_near_no_mode():
    found = measured(ModeCoverage(), [[100.0, 100.0], [50.0, 0.0]])
    assert found == {"mode_coverage": 0, "near_modes": 0, "mode_diversity": 0}


def test_the_truth_covers_itself():
    truth = eight_gaussians()
    rows = draw(truth)
    found = measured(ModeCoverage(0.5), rows, truth=truth)
    assert found["mode_coverage"] == 1
    inside = 1 - np.exp(-4.5)  # of a normal in the plane within 3 sd
    assert abs(found["near_modes"] - inside) < 4.5 * np.sqrt(inside * (1 - inside) / 4000)
    assert found["mode_diversity"] == pytest.approx(7 / 8, abs=0.005)
    model = eight_gaussians()
    lost = GaussianMixture(jnp.array([0.5, 0.5] + 6 * [0.0]), model.means, model.covs)
    found = measured(ModeCoverage(0.5), draw(lost), truth=truth)
    assert found["mode_coverage"] == 0.25


def test_spread_by_hand():
    rows, mass = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]]), [1, 1, 2]
    found = measured(Spread(), rows, mass, truth=Gaussian(np.array([0.5, 2.0]), 2 * np.eye(2)))
    assert found["spread"] == pytest.approx((0.75 + 4) / 4)
    assert found["mean_gap"] == pytest.approx(0, abs=1e-6)
    moons = TwoMoons()
    rows = draw(moons)
    assert measured(Spread(), rows, truth=moons)["spread"] == pytest.approx(1, abs=0.05)


@pytest.mark.slow
def test_distance_is_that_of_model_and_truth():
    model = GaussianMixture(TRUTH.weights, TRUTH.means + 1, TRUTH.covs)
    found = measured(MixtureDistance(), ROWS, model=model)["l2_distance"]
    assert found == pytest.approx(float(model.l2_distance(TRUTH)))
    assert measured(MixtureDistance(), ROWS)["l2_distance"] < 1e-3


def test_parts_without_modes_are_told():
    arm = Arm(truth=Gaussian(), model=TRUTH, judge=None, regime=None, learner=None, sampler=None)
    for measure in (ModeCoverage(), MixtureDistance()):
        with pytest.raises(UserError, match="needs a GaussianMixture, not a Gaussian"):
            measure.bind(arm)
    assert Spread().bind(arm) == Spread()
    assert len(ModeCoverage(2.0, within=0.0).validate()) == 2
    assert ModeCoverage().validate() == []
