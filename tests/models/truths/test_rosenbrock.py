"""The Rosenbrock density against its integral, and its draws against its moments."""

import jax
import numpy as np
import pytest

from collapse import Rosenbrock, UserError, prepare
from collapse.loop.arm import Arm

BENT = Rosenbrock(centre=0.5, steep=4.0, temperature=2.0)


def test_the_density_is_the_function_and_integrates_to_one():
    """exp(-(4 (y - x^2)^2 + (0.5 - x)^2) / 2), by the sum over a fine grid."""
    x, y = np.linspace(-5.5, 6.5, 801), np.linspace(-4, 46, 2001)
    points = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)
    plain = np.exp(-(4 * (points[:, 1] - points[:, 0] ** 2) ** 2 + (0.5 - points[:, 0]) ** 2) / 2)
    found = np.exp(np.asarray(BENT.log_prob(points), float))
    inside = plain > 1e-20
    ratio = found[inside] / plain[inside]
    np.testing.assert_allclose(ratio, ratio[0], rtol=2e-3)
    assert found.sum() * (x[1] - x[0]) * (y[1] - y[0]) == pytest.approx(1, rel=1e-4)


def test_draws_have_its_moments():
    rows = np.asarray(BENT.sample(jax.random.key(0), 200_000), float)
    mean, cov = np.asarray(BENT.mean), np.asarray(BENT.covariance)
    centred = rows - mean
    products = np.stack([centred[:, i] * centred[:, j] for i, j in ((0, 0), (0, 1), (1, 1))], 1)
    for sample, law in ((rows, mean), (products, cov[[0, 0, 1], [0, 1, 1]])):
        error = sample.std(0, ddof=1) / np.sqrt(len(sample))
        assert (np.abs(sample.mean(0) - law) < 4.5 * error).all()


def test_a_flat_or_inverted_ridge_is_refused():
    with pytest.raises(UserError, match="Rosenbrock steep must be above 0"):
        prepare(Arm(truth=Rosenbrock(steep=0.0)))
