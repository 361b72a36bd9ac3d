"""Heat death: the closed form against the repeated map, its limits, and urns in plain NumPy."""

import numpy as np
import pytest
from scipy import integrate, stats

from collapse.laws import temperature as law
from collapse.laws.categorical import accumulate_heterozygosity

P = np.array([0.4, 0.3, 0.2, 0.1, 0.0])


@pytest.mark.parametrize(("temperature", "power"), [(1.3, 1.0), (0.8, 1.0), (1.5, 2.0), (2.0, 2.0)])
def test_the_closed_form_is_the_repeated_map(temperature, power):
    q = P
    for t in range(1, 9):
        found = law.tempered(P, t, temperature, power)
        np.testing.assert_allclose(found, q, rtol=1e-10)
        assert law.tempered_entropy(P, t, temperature, power) == pytest.approx(stats.entropy(q))
        q = q ** (power / temperature)
        q /= q.sum()
        if temperature != power:
            assert not np.allclose(found, q, rtol=1e-3)
    both = law.tempered(P, np.array([0, 1]), temperature, power)
    np.testing.assert_allclose(both, [P, P], rtol=1e-12)


def test_limits():
    """Uniform on what is left, the likeliest outcome (ties shared), or no change at T = power."""
    late = 200
    hot, cold = law.tempered(P, late, 1.5), law.tempered(P, late, 0.7)
    np.testing.assert_allclose(hot, law.tempered_limit(P, 1.5), atol=1e-12)
    np.testing.assert_allclose(hot, [0.25, 0.25, 0.25, 0.25, 0], atol=1e-12)
    np.testing.assert_allclose(cold, [1, 0, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(law.tempered(P, late, 2.0, 2.0), P)
    np.testing.assert_array_equal(law.tempered_limit(P, 2.0, 2.0), P)
    tied = np.array([0.4, 0.4, 0.2])
    np.testing.assert_allclose(law.tempered(tied, late, 0.7), law.tempered_limit(tied, 0.7))
    assert law.tempered_limit(tied, 0.7).tolist() == [0.5, 0.5, 0]


def test_powers_compound():
    """Sampling from p^2 three times over is p^8: not p^6."""
    np.testing.assert_allclose(law.tempered(P, 4, power=2.0), P**8 / (P**8).sum())
    assert law.tempered_exponent(4, power=2.0) == 8


def test_entropy_is_monotone():
    t = np.arange(1, 30)
    assert (np.diff(law.tempered_entropy(P, t, 1.2)) > 0).all()
    assert (np.diff(law.tempered_entropy(P, t, 0.9)) < 0).all()


def test_gaussian_variance_by_quadrature():
    """The power 1 / T of a standard normal density has variance T."""
    power = 1 / 1.7
    mass = integrate.quad(lambda x: stats.norm.pdf(x) ** power, -30, 30)[0]
    second = integrate.quad(lambda x: x * x * stats.norm.pdf(x) ** power, -30, 30)[0]
    assert law.tempered_variance(2, 1.7) == pytest.approx(second / mass)
    assert law.tempered_variance(3, 1.7) == pytest.approx((second / mass) ** 2)


def test_one_sample_at_a_time_against_numpy():
    """A corpus of 5 rows, 2 of them ones, that grows by a sample of itself."""
    rng, seeds, rows = np.random.default_rng(0), 40_000, 5
    ones, found = np.full(seeds, 2.0), []
    for size in range(rows, rows + 12):
        found.append(((ones / size - 0.4) ** 2) / 0.24)
        ones = ones + (rng.random(seeds) < ones / size)
    found, t = np.stack(found, 1), np.arange(1, 13)
    expected = law.append_one_variance(t, rows)
    error = found.std(0) / np.sqrt(seeds)
    assert (np.abs(found.mean(0) - expected)[1:] < 4.5 * error[1:]).all()
    wrong = law.append_one_variance(t + 1, rows)
    assert (np.abs(found.mean(0) - wrong)[1:4] > 4.5 * error[1:4]).all()
    assert expected[0] == found[0, 0] == 0
    loss = 1 - accumulate_heterozygosity(t, rows, 1.0, 1) / (1 - 1 / rows)
    np.testing.assert_allclose(expected, loss, atol=1e-12)
    assert law.append_one_variance(10**9, rows) == pytest.approx(1 / 6)
