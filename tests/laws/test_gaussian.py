"""Gaussian laws against chains in plain NumPy and each other; wrong ones must fail."""

import numpy as np
import pytest

from collapse.laws import gaussian, gaussian_tails
from tests.laws.gaussian_chains import LIMIT, T, chain, draw, worst, z_of_mean


@pytest.mark.parametrize("ddof", [0, 1])
def test_replace_and_its_mean(ddof):
    n = 6
    means, variances = chain(lambda rng, t, m, v, _: draw(rng, m, v, n), ddof, first=n)
    assert worst(means**2, gaussian.replace_mean_error(T, n, ddof)) < LIMIT
    assert worst(means**2, gaussian.replace_mean_error(T, n, 1 - ddof)) > LIMIT
    assert worst(means**2, gaussian.replace_mean_error(T - 1, n, ddof)) > LIMIT
    roots = np.sqrt(variances)
    assert worst(roots, gaussian.replace_standard_deviation(T, n, ddof)) < LIMIT
    assert worst(roots, gaussian.replace_standard_deviation(T, n, 1 - ddof)) > LIMIT
    below = gaussian_tails.replace_below(0.3, T, n, ddof)
    assert worst(variances <= 0.3, below) < LIMIT
    assert worst(variances <= 0.3, gaussian_tails.replace_below(0.3, T, n, 1 - ddof)) > LIMIT
    assert worst(variances <= 0.3, gaussian_tails.replace_below(0.3, T + 1, n, ddof)) > LIMIT


def test_standard_deviation_has_the_reference_values():
    """c4 of 10 and of 100 items."""
    found = [float(gaussian.replace_standard_deviation(1, n)) for n in (10, 100)]
    np.testing.assert_allclose(found, [0.972659, 0.997478], atol=5e-7)


@pytest.mark.parametrize("ddof", [0, 1])
def test_biased_sampling(ddof):
    """The first fit is of data nobody narrowed: powers of the bias are t - 1."""
    n, bias = 8, 0.7
    means, variances = chain(lambda rng, t, m, v, _: draw(rng, m, bias * v, n), ddof, first=n)
    assert worst(variances, gaussian.biased_variance(T, n, bias, ddof)) < LIMIT
    assert worst(variances, gaussian.biased_variance(T + 1, n, bias, ddof)) > LIMIT
    assert worst(variances, gaussian.biased_variance(T, n, bias, 1 - ddof)) > LIMIT
    assert worst(means**2, gaussian.biased_mean_error(T, n, bias, ddof)) < LIMIT
    assert worst(means**2, gaussian.replace_mean_error(T, n, ddof)) > LIMIT
    logs, (mean, spread) = np.log(variances), gaussian.biased_log_variance(T, n, bias, ddof)
    assert worst(logs, mean) < LIMIT
    assert worst((logs - mean) ** 2, spread) < LIMIT
    assert worst(logs, mean + np.log(bias)) > LIMIT


def test_without_bias_the_laws_are_those_of_replace():
    t = np.arange(9)
    for ddof in (0, 1):
        both = gaussian.biased_variance(t, 7, 1, ddof), gaussian.replace_variance(t, 7, ddof)
        np.testing.assert_allclose(*both)
        both = gaussian.biased_mean_error(t, 7, 1, ddof), gaussian.replace_mean_error(t, 7, ddof)
        np.testing.assert_allclose(*both, atol=1e-15)


@pytest.mark.parametrize("ddof", [0, 1])
def test_changing_sizes(ddof):
    sizes = np.array([4, 9, 5, 12, 20])
    means, variances = chain(
        lambda rng, t, m, v, _: draw(rng, m, v, sizes[t - 1]), ddof, first=sizes[0]
    )
    variance, error = gaussian.sizes_moments(sizes, ddof)
    assert worst(variances, variance[1:]) < LIMIT
    assert worst(means**2, error[1:]) < LIMIT
    distances = means**2 + (np.sqrt(variances) - 1) ** 2
    assert worst(distances, gaussian.sizes_w2_squared(sizes, ddof)[1:]) < LIMIT
    assert worst(distances, gaussian.sizes_w2_squared(sizes[::-1], ddof)[1:]) > LIMIT
    assert worst(distances, gaussian.sizes_w2_squared(sizes, 1 - ddof)[1:]) > LIMIT


def test_constant_sizes_are_replace():
    t = np.arange(7)
    np.testing.assert_allclose(
        gaussian.sizes_w2_squared(np.full(6, 50)), gaussian.replace_w2_squared(t, 50), atol=1e-15
    )
    for ddof in (0, 1):
        variance, error = gaussian.sizes_moments(np.full(6, 9), ddof)
        np.testing.assert_allclose(variance, gaussian.replace_variance(t, 9, ddof))
        np.testing.assert_allclose(error, gaussian.replace_mean_error(t, 9, ddof), atol=1e-15)


@pytest.mark.parametrize("ddof", [0, 1])
def test_replace_multiple(ddof):
    """t n items in generation t, in closed form and as a product."""
    n, t = 5, np.arange(9)
    variance, error = gaussian.sizes_moments(n * np.arange(1, 9), ddof)
    np.testing.assert_allclose(gaussian.replace_multiple_variance(t, n, ddof), variance)
    found = gaussian.replace_multiple_mean_error(t, n, ddof)
    np.testing.assert_allclose(found, error, atol=1e-14)
    single = gaussian.replace_multiple_variance(np.array([0, 1, 2]), 1, ddof)
    assert single.tolist() == ([1, 0, 0] if ddof == 0 else [1, 1, 1])


def test_variance_of_the_risk_and_the_printed_one():
    """50 items: the law against chains, and Shumailov et al. (2024), eq. 5, which fails."""
    n, t = 50, np.array([1, 5])
    means, variances = chain(lambda rng, t, m, v, _: draw(rng, m, v, n), 1, first=n, seeds=20_000)
    risk = (means**2 + (np.sqrt(variances) - 1) ** 2)[:, t - 1]
    squares = (risk - gaussian.replace_w2_squared(t, n)) ** 2
    law = gaussian.replace_w2_squared_variance(t, n)
    np.testing.assert_allclose(law, [1.01e-3, 2.9e-2], rtol=0.03)
    assert worst(squares, law) < LIMIT
    printed = 0.5 * (3 * t / n**2 + 4 * t * (t - 1) / n**2)
    assert np.abs(z_of_mean(squares, printed)).min() > LIMIT


def test_variance_of_the_risk_to_leading_order():
    """(5/2) (t / n)^2, and the first generation from its own moments."""
    t = np.array([1, 3, 10])
    law = gaussian.replace_w2_squared_variance(t, 20_000)
    np.testing.assert_allclose(law, 2.5 * (t / 20_000) ** 2, rtol=2e-3)
    n, nu = 12, 11
    root = float(gaussian.replace_standard_deviation(1, n))
    first = 2 / n**2 + 2 / nu + 4 * (1 - root**2) - 4 * root / nu
    assert gaussian.replace_w2_squared_variance(1, n) == pytest.approx(first)


@pytest.mark.parametrize("ddof", [0, 1])
def test_determinants(ddof):
    rng, n, d, seeds = np.random.default_rng(3), 7, 3, 20_000
    root, found = np.tile(np.eye(d), (seeds, 1, 1)), []
    for _ in range(3):
        rows = rng.normal(size=(seeds, n, d)) @ np.swapaxes(root, 1, 2)
        apart = rows - rows.mean(1, keepdims=True)
        cov = np.swapaxes(apart, 1, 2) @ apart / (n - ddof)
        root = np.linalg.cholesky(cov)
        found.append(np.linalg.det(cov))
    found, t = np.stack(found, 1), np.array([1, 2, 3])
    assert worst(found, gaussian.replace_determinant(t, n, d, ddof)) < LIMIT
    assert worst(found, gaussian.replace_determinant(t, n, d, 1 - ddof)) > LIMIT
    mean, spread = gaussian.replace_log_determinant(t, n, d, ddof)
    assert worst(np.log(found), mean) < LIMIT
    assert worst((np.log(found) - mean) ** 2, spread) < LIMIT
    assert worst(np.log(found), gaussian.replace_log_determinant(t, n + 1, d, ddof)[0]) > LIMIT
    assert gaussian.replace_determinant(np.array([0, 1]), 3, 3).tolist() == [1, 0]


def test_accumulation_with_its_limit():
    for n, value in ((10, 0.843436), (32, 0.949383), (100, 0.983632), (1000, 0.998356)):
        assert gaussian.accumulate_limit(n) == pytest.approx(value, abs=5e-7)
        far = gaussian.accumulate_variance(np.array([100_000]), n)[0]
        assert far == pytest.approx(gaussian.accumulate_limit(n), rel=1e-5)


def test_accumulation_of_the_mean():
    n = 5

    def train(rng, t, mean, variance, data):
        return np.concatenate([data[-1], draw(rng, mean, variance, n)], 1)

    means, variances = chain(train, first=n)
    assert worst(means**2, gaussian.accumulate_mean_error(T, n)) < LIMIT
    assert worst(means**2, gaussian.replace_mean_error(T, n)) > LIMIT
    assert worst(variances, gaussian.accumulate_variance(T, n)) < LIMIT
