"""A ridge in every fit of a Gaussian: on the diagonal of the fit, and the laws of its chains."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import Arm, Gaussian, KeepAll, MaximumLikelihood, Moments, Plain, Replace, UserError
from collapse.laws.gaussian import replace_variance, ridge_mean_error, ridge_variance
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from tests.models.distributions.test_gaussian import LIMIT, pool, z_of_mean
from tests.shared import slots

N, RIDGE, T = 8, 0.05, 10


def arm(statistics, start=1.0, **settings):
    truth = Gaussian(0.0, start)
    parts = (KeepAll(), Replace(), MaximumLikelihood(), Plain(), (Moments(),))
    model = Gaussian(0.0, start, **settings)
    return Arm(**slots(truth, model, *parts), n=N, generations=T, statistics=statistics)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("shape", ["full", "diagonal"])
def test_the_diagonal_of_a_fit_has_the_ridge(d, shape):
    rows, weight = np.random.default_rng(d).normal(size=(7, d)), np.linspace(0.2, 1, 7)
    fit = Gaussian(np.zeros(d), np.eye(d), shape=shape, ridge=0.3).fit(None, pool(rows, weight))
    apart = rows - weight @ rows / weight.sum()
    cov = (weight[:, None] * apart).T @ apart / weight.sum()
    cov = np.diag(np.diag(cov)) if shape == "diagonal" else cov
    np.testing.assert_allclose(fit.covariance, cov + 0.3 * np.eye(d), rtol=2e-6, atol=1e-7)
    assert float(fit.ridge) == pytest.approx(0.3)


@pytest.mark.slow
@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("ddof", [0, 1])
def test_chains_follow_the_recursion(ddof, statistics):
    """By summaries and by items: the mean variance and the error of the mean, up to n ridge where
    the recursion with ddof = 0 has its fixed point; not the laws without a ridge. Twice the size,
    twice the units."""
    t = np.array([1, 2, 5, T])
    made = arm(statistics, 4.0, ddof=ddof, ridge=4 * RIDGE)
    curves = run_arm(jax.random.key(2 + ddof), made, 8000)["curves"]
    variance, shift = (np.asarray(curves[k], float)[:, t] for k in ("variance", "mean_shift"))
    assert np.abs(z_of_mean(variance / 4, ridge_variance(t, N, RIDGE, ddof))).max() < LIMIT
    assert np.abs(z_of_mean(shift**2 / 4, ridge_mean_error(t, N, RIDGE, ddof))).max() < LIMIT
    assert np.abs(z_of_mean(variance / 4, replace_variance(t, N, ddof))).max() > LIMIT
    if ddof == 0:
        assert ridge_variance(200, N, RIDGE) == pytest.approx(N * RIDGE)


@pytest.mark.slow
@pytest.mark.parametrize("statistics", [True, False])
def test_no_ridge_is_a_ridge_of_zero(statistics):
    """Bit for bit."""
    none, zero = (
        run_arm(jax.random.key(0), arm(statistics, ridge=ridge), 8) for ridge in (None, 0.0)
    )
    for name, curve in none["curves"].items():
        np.testing.assert_array_equal(curve, zero["curves"][name])


def test_a_ridge_keeps_a_point_mass_from_being_one():
    rows = jnp.ones((4, 2))
    fit = Gaussian(np.zeros(2), np.eye(2), ridge=1e-6).fit(None, pool(rows, np.ones(4)))
    assert np.isfinite(fit.log_prob(rows)).all()
    np.testing.assert_allclose(fit.covariance, 1e-6 * np.eye(2), rtol=1e-5)


def test_a_ridge_below_zero_is_a_mistake():
    with pytest.raises(UserError, match="ridge must lie in .0, inf., not -1"):
        prepare(arm(None, ridge=-1.0))
