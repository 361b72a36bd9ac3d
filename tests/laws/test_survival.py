"""Survival laws against exact chains, branching processes and plain NumPy."""

import numpy as np
import pytest

from collapse.laws import survival as law
from collapse.laws.categorical import survival as exact_survival

LIMIT = 4.5


def test_reference_values():
    expected = [1, 0.632121, 0.468536, 0.374082, 0.312080]
    expected += [0.268077, 0.235151, 0.209548, 0.189050, 0.172255]
    np.testing.assert_allclose(law.survival_rates(10)[1:], expected, atol=1e-6)
    t = np.array([10, 100, 1000])
    np.testing.assert_allclose(t * law.survival_rate(t), [1.72, 1.954, 1.994], atol=3e-3)
    assert law.poisson_survival(10, 10, 1.0) == pytest.approx(0.8214, abs=5e-5)
    found = law.distinct_documents([10, 50, 200], 1000)
    np.testing.assert_allclose(found, [158.2, 37.65, 9.82], atol=0.05)
    rate = law.survival_rate(np.array([1, 2]) + 50)
    assert law.distinct_documents(50, 1000) == pytest.approx(1000 * rate[0])


def test_rates_lie_between_their_bounds():
    t = np.arange(1, 2000)
    rate = law.survival_rate(t)
    assert (rate >= 1 / t).all()
    assert (rate <= 3 / t).all()
    assert law.survival_rate(0) == np.inf


def test_rates_are_those_of_a_branching_process():
    """Poisson(1) children, 200,000 founders, one each."""
    rng = np.random.default_rng(0)
    size, alive = np.ones(200_000, int), []
    for _ in range(5):
        size = rng.poisson(size)
        alive.append((size > 0).mean())
    expected = -np.expm1(-law.survival_rates(5)[1:])
    error = np.sqrt(expected * (1 - expected) / 200_000)
    assert (np.abs(alive - expected) < LIMIT * error).all()
    assert (np.abs(alive - law.survival_rates(5)[1:]) > LIMIT * error).all()


def test_poisson_chains_against_numpy():
    """Survival, mean and variance of 10 counts a generation; fails one generation off."""
    rng, n, rate, seeds = np.random.default_rng(1), 10, 0.4, 40_000
    now, found = np.full(seeds, rate), []
    for _ in range(8):
        now = rng.poisson(now[:, None], (seeds, n)).mean(1)
        found.append(now)
    found, t = np.stack(found, 1), np.arange(1, 9)
    expected = law.poisson_survival(t, n, rate)
    error = np.sqrt(expected * (1 - expected) / seeds)
    assert (np.abs((found > 0).mean(0) - expected) < LIMIT * error).all()
    wrong = law.poisson_survival(t + 1, n, rate)
    assert (np.abs((found > 0).mean(0) - wrong) > LIMIT * error).all()
    mean, variance = law.poisson_moments(t, n, rate)
    assert (np.abs(found.mean(0) - mean) < LIMIT * np.sqrt(variance / seeds)).all()
    assert found.var(0) == pytest.approx(variance, rel=0.1)
    assert law.poisson_survival(0, n, rate) == 1


@pytest.mark.parametrize("n", [5, 40, 200])
def test_token_bounds_hold_the_exact_chain(n):
    """Both bounds, and they close where n p^2 and t p vanish."""
    p, t = np.array([0, 1e-6, 1e-4, 0.001, 0.01, 0.1, 0.5, 1]), np.arange(41)
    exact = exact_survival(p, n, 40)
    lower, upper = law.token_survival(t, n, p), law.token_survival_bound(t, n, p)
    assert (lower <= exact + 1e-9).all()
    assert (exact <= upper + 1e-9).all()
    np.testing.assert_allclose(lower[1:, 1], upper[1:, 1], atol=2e-4)
    low, high = law.distinct_tokens(t, n, p)
    assert (low <= exact.sum(1) + 1e-9).all()
    assert (exact.sum(1) <= high + 1e-9).all()
    # One generation off, the lower bound is none.
    assert (law.token_survival(t - (t > 1), n, p)[2:5, 3] > exact[2:5, 3]).all()


@pytest.mark.parametrize("n", [2, 10, 100])
def test_bounds_on_being_undecided(n):
    for p in (0.02, 0.3):
        t = np.arange(1, 31)
        both = exact_survival(np.array([p, 1 - p]), n, 30)[1:]
        undecided = both.sum(1) - 1
        lower, upper = law.undecided_bounds(t, n, p)
        assert (lower <= undecided + 1e-9).all()
        assert (undecided <= upper + 1e-9).all()
        assert (upper <= 2 * n * p * (1 - p) * (1 - 1 / n) ** t + 1e-12).all()
