"""How probable collapse is: against scipy, chains in plain NumPy and each other."""

import numpy as np
import pytest
from scipy import stats

from collapse.laws import gaussian, gaussian_tails
from tests.laws.gaussian_chains import LIMIT, SEEDS, T, worst


def test_tails_in_one_generation():
    """Chi-squares by scipy; known and unknown mean."""
    for n in (2, 5, 100):
        for level in (0.05, 0.5, 1.3):
            found = gaussian_tails.replace_below(level, 1, n, 1)
            assert found == pytest.approx(stats.chi2.cdf(level * (n - 1), n - 1), abs=1e-9)
            found = gaussian_tails.known_mean_below(level, 1, n)
            assert found == pytest.approx(stats.chi2.cdf(level * n, n), abs=1e-9)


def test_known_mean_has_the_reference_values():
    """100 items, level 0.05, generations 100, 300, 500 (Xu et al. 2025, fig. 3)."""
    t = np.array([100, 300, 500])
    normal = gaussian_tails.known_mean_log_normal_below(0.05, t, 100)
    np.testing.assert_allclose(normal, [0.0805, 0.502, 0.738], atol=6e-4)
    exact = gaussian_tails.known_mean_below(0.05, t, 100)
    np.testing.assert_allclose(exact, normal, atol=3e-3)
    assert np.abs(exact - normal).max() > 1e-4
    assert float(gaussian_tails.known_mean_risk(500, 100)) == pytest.approx(19955.6, rel=1e-5)


def test_known_mean_chains():
    rng, n = np.random.default_rng(7), 12
    variances = np.cumprod(rng.chisquare(n, size=(SEEDS, 5)) / n, 1)
    assert worst((variances - 1) ** 2, gaussian_tails.known_mean_risk(T, n)) < LIMIT
    assert worst((variances - 1) ** 2, gaussian_tails.known_mean_risk(T, n - 1)) > LIMIT
    mean, spread = gaussian_tails.known_mean_log_variance(T, n)
    assert worst(np.log(variances), mean) < LIMIT
    assert worst((np.log(variances) - mean) ** 2, spread) < LIMIT
    assert worst(variances <= 0.5, gaussian_tails.known_mean_below(0.5, T, n)) < LIMIT
    assert worst(variances <= 0.5, gaussian_tails.replace_below(0.5, T, n, 1)) > LIMIT


def test_bounds_hold():
    t = np.array([1, 5, 20, 100, 300])
    for n in (3, 10, 50):
        for level in (0.1, 0.7, 2.0):
            exact = 1 - gaussian_tails.replace_below(level**2, t, n, 1)
            sharp = gaussian_tails.deviation_above_sharp_bound(level, t, n)
            simple = gaussian_tails.deviation_above_bound(level, t, n)
            assert (exact <= sharp + 1e-9).all()
            assert (sharp <= np.minimum(simple, 1) + 1e-9).all()


def test_log_normal_approximation_improves():
    """Its error falls like 1 / sqrt(n t)."""
    errors = []
    for t in (4, 16, 64):
        mean, variance = gaussian.replace_log_variance(t, 10)
        level = float(np.exp(mean - 0.5 * np.sqrt(variance)))
        exact = gaussian_tails.replace_below(level, t, 10)
        errors.append(abs(float(exact - gaussian_tails.replace_log_normal_below(level, t, 10))))
    ratios = np.divide(errors[:-1], errors[1:])
    np.testing.assert_allclose(ratios, 2, rtol=0.15)
