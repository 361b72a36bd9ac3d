"""CouplingFlow: its density by change of variables, its inverse, and a fit of known entropy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import CouplingFlow, CovarianceScale, Training
from collapse.models.truths.shapes import TwoMoons
from collapse.numerics.pytree import replace
from tests.models.networks.pools import fitted, gaussian_rows, half_hidden, pool_of, started

MEAN, COV = np.array([1.0, -2.0]), np.array([[1.0, 0.8], [0.8, 1.0]])


@pytest.mark.slow
@pytest.mark.parametrize("d", [2, 5])
def test_log_prob_is_the_change_of_variables(d):
    """Against the determinant of the whole Jacobian, which knows nothing of couplings; and back."""
    with jax.enable_x64(True):
        flow = started(CouplingFlow(d, layers=4, hidden=8, centre=0.3, scale=np.full(d, 1.7)))
        rows = jax.random.normal(jax.random.key(5), (20, d), float)

        @jax.jit
        def law(rows):
            noise = lambda row: flow.forward(flow.net, row[None])[0][0]  # noqa: E731
            slope = jax.vmap(jax.jacfwd(noise))(rows)
            log_normal = jax.scipy.stats.norm.logpdf(jax.vmap(noise)(rows)).sum(1)
            noises = flow.forward(flow.net, rows)[0]
            wrong = replace(flow, scale=np.full(d, 1.6)).log_prob(rows)
            law = log_normal + jnp.linalg.slogdet(slope)[1]
            return law, slope, noises, flow.inverse(flow.net, noises), flow.log_prob(rows), wrong

        want, slope, noise, back, found, wrong = law(rows)
        np.testing.assert_allclose(found, want, atol=1e-9)
        np.testing.assert_allclose(back, rows, atol=1e-9)
        assert np.abs(noise - rows).max() > 1  # it is not the identity
        # Every coordinate moves with every other.
        assert ((np.abs(slope).max(0) > 1e-6) | np.eye(d, dtype=bool)).all()
        assert np.abs(wrong - want).min() > 1e-3


@pytest.mark.slow
def test_density_integrates_to_one():
    flow = started(CouplingFlow(2, layers=4, hidden=8))
    side = np.linspace(-40, 40, 801)
    grid = jnp.asarray(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2))
    density = eqx.filter_jit(lambda model: jnp.exp(model.log_prob(grid)).sum() * 0.1**2)
    for model in (flow, flow.reshaped(CovarianceScale(0.5))):
        assert float(density(model)) == pytest.approx(1, abs=2e-3)
    scaled = replace(flow, net=flow.net | {"log_scale": flow.net["log_scale"] + 0.1})
    assert float(density(scaled)) == pytest.approx(1, abs=2e-3)
    assert float(density(scaled)) * np.exp(0.2) > 1.1  # its share of the determinant left out


@pytest.mark.slow
def test_fits_a_correlated_gaussian_to_its_entropy():
    """On fresh rows the mean log-density is at most minus the entropy, and within 0.03 nats; half
    the rows of the pool weigh nothing and are never seen."""
    rows = gaussian_rows(4000, MEAN, COV)
    model = CouplingFlow(2, layers=4, training=Training(steps=1200, batch=256, learning_rate=5e-3))
    flow = fitted(model, half_hidden(rows))
    assert not flow.diverged()
    fresh = gaussian_rows(20_000, MEAN, COV, seed=1)
    law = stats.multivariate_normal(MEAN, COV)
    gap = law.logpdf(fresh) - np.asarray(flow.log_prob(fresh), float)
    error = gap.std() / len(gap) ** 0.5
    assert -4 * error < gap.mean() < 0.03
    independent = stats.norm.logpdf(fresh, MEAN, 1).sum(1)
    assert (law.logpdf(fresh) - independent).mean() > 0.3  # what missing the correlation costs
    # CovarianceScale multiplies the covariance where the flow is (nearly) affine.
    narrow = flow.reshaped(CovarianceScale(0.5)).sample(jax.random.key(3), 20_000)
    np.testing.assert_allclose(np.cov(np.asarray(narrow).T), 0.5 * COV, atol=0.05)
    np.testing.assert_allclose(narrow.mean(0), MEAN, atol=0.05)


@pytest.mark.slow
def test_bends_where_a_gaussian_cannot():
    """Two moons of noise 0.1: within 0.3 nats of the entropy, where a normal stays 0.9 off."""
    truth = TwoMoons(0.1)
    rows = truth.sample(jax.random.key(0), 5000)
    fresh = truth.sample(jax.random.key(1), 5000)
    model = CouplingFlow(2, layers=6, training=Training(steps=1600, batch=256, learning_rate=5e-3))
    flow = fitted(model, pool_of(rows))
    best = float(truth.log_prob(fresh).mean())
    normal = stats.multivariate_normal(rows.mean(0), np.cov(np.asarray(rows).T))
    assert best - normal.logpdf(fresh).mean() > 0.9
    assert best - float(flow.log_prob(fresh).mean()) < 0.3


def test_mistakes_are_sentences():
    wrong = CouplingFlow(1, layers=1, bound=0.0, scale=0.0, centre=np.zeros(3)).validate()
    assert len(wrong) == 5
    assert CouplingFlow(2).validate() == []
