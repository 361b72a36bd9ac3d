"""The laws themselves: against reference values, each other, and chains written in plain NumPy."""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from collapse.laws.categorical import (
    accumulate_heterozygosity,
    replace_heterozygosity,
    replace_support,
)
from collapse.laws.gaussian import (
    accumulate_variance,
    replace_log_variance,
    replace_variance,
    replace_w2_squared,
)

LIMIT = 4.5


def z_of_mean(sample, law):
    gap = np.asarray(sample, float) - law
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


# Reference values


def test_reference_values_of_w2_squared():
    found = replace_w2_squared(np.array([1, 5, 20]), 50)
    np.testing.assert_allclose(found, [0.030177, 0.150372, 0.594002], atol=5e-7)


def test_reference_values_of_accumulation():
    """And its limit, by Euler's product of the sine."""
    found = accumulate_variance(np.array([0, 1, 5, 20]), 10)
    np.testing.assert_allclose(found, [1, 0.9, 0.858877, 0.847560], atol=5e-7)
    limit = np.sin(np.pi / np.sqrt(10)) / (np.pi / np.sqrt(10))
    assert limit == pytest.approx(0.843436, abs=5e-7)
    assert accumulate_variance(np.array([200_000]), 10)[0] == pytest.approx(limit, rel=1e-6)


def test_reference_values_of_the_log_variance():
    """100 degrees of freedom, 100 generations, scatter over its degrees of freedom (ddof = 1)."""
    mean, variance = replace_log_variance(100, 101, 1)
    assert float(mean) == pytest.approx(-1.00333, abs=5e-6)
    assert float(variance) == pytest.approx(2.02013, abs=5e-6)


def test_reference_values_of_the_support():
    p = 1 / np.arange(1, 51)
    found = replace_support(p / p.sum(), 100, 30)
    np.testing.assert_allclose(found[[0, 1, 5, 30]], [50, 31.767, 16.838, 5.394], atol=5e-4)


# Laws against each other


@pytest.mark.parametrize("n", [2, 10, 101])
def test_gaussian_laws_agree(n):
    """Jensen: E ln < ln E; W2 from its parts; the first generation is the same in both regimes."""
    t = np.arange(1, 30)
    for ddof in (0, 1):
        mean, _ = replace_log_variance(t, n, ddof)
        assert (mean < np.log(replace_variance(t, n, ddof))).all()
    shift = replace_log_variance(t, n, 0)[0] - replace_log_variance(t, n, 1)[0]
    np.testing.assert_allclose(shift, t * np.log((n - 1) / n))
    assert accumulate_variance(t, n)[0] == replace_variance(1, n, 0)
    assert (accumulate_variance(t, n)[1:] > replace_variance(t, n, 0)[1:]).all()
    np.testing.assert_allclose(replace_variance(t, n, 1), 1)


@pytest.mark.parametrize("n", [5, 50])
def test_moments_of_one_step_by_integration(n):
    """E[ln], E[sqrt] and E of chi^2_{n-1} / (n - ddof) by quadrature of its density."""
    law = stats.chi2(n - 1)

    def expect(function):
        return integrate.quad(lambda x: function(x) * law.pdf(x), 0, np.inf, limit=200)[0]

    for ddof in (0, 1):
        mean, variance = replace_log_variance(1, n, ddof)
        first = expect(lambda x, ddof=ddof: np.log(x / (n - ddof)))
        second = expect(lambda x, ddof=ddof: np.log(x / (n - ddof)) ** 2)
        assert float(mean) == pytest.approx(first, rel=1e-6)
        assert float(variance) == pytest.approx(second - first**2, rel=1e-5)
        ratio = expect(lambda x, ddof=ddof: x / (n - ddof))
        assert float(replace_variance(1, n, ddof)) == pytest.approx(ratio)
    sd = expect(lambda x: np.sqrt(x / (n - 1)))
    assert float(replace_w2_squared(1, n)) == pytest.approx(1 / n + 2 * (1 - sd), rel=1e-6)


def test_w2_squared_starts_as_in_the_paper():
    """Shumailov et al. (2024), eq. 4: (3/2) t / n to leading order."""
    assert float(replace_w2_squared(1, 10**4)) == pytest.approx(1.5e-4, rel=1e-3)


def test_heterozygosity_and_variance_have_the_same_factors():
    t = np.array([0, 1, 2, 7, 40])
    for n in (2, 10, 100):
        both = accumulate_heterozygosity(t, n, 0.7), 0.7 * accumulate_variance(t, n)
        np.testing.assert_allclose(*both)
        both = replace_heterozygosity(t, n, 0.7), 0.7 * replace_variance(t, n, 0)
        np.testing.assert_allclose(*both)


def test_support_in_its_simplest_cases():
    """The first generation by the binomial, two outcomes by heterozygosity, and the end: one."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    law = replace_support(p, 20, 400)
    assert law[0] == 4
    assert law[1] == pytest.approx((1 - (1 - p) ** 20).sum())
    assert (np.diff(law) < 0).all()
    assert law[-1] == pytest.approx(1, abs=1e-6)
    # Two items of two outcomes: both are left exactly where the two differ, H = 1/2.
    two = replace_support(np.array([0.4, 0.6]), 2, 6)
    heterozygosity = replace_heterozygosity(np.arange(1, 7), 2, 0.48)
    np.testing.assert_allclose(two[1:], 1 + 2 * heterozygosity)
    assert replace_support(np.array([1.0, 0.0]), 5, 3).tolist() == pytest.approx([1, 1, 1, 1])


def test_support_by_enumeration():
    """Three outcomes, three items, three generations: all 27^3 histories, by brute force."""
    p = np.array([0.5, 0.3, 0.2])
    histories = {tuple(p): 1.0}
    law = [3.0]
    for _ in range(3):
        following: dict = {}
        for q, chance in histories.items():
            for draw in itertools.product(range(3), repeat=3):
                probability = chance * np.prod([q[i] for i in draw])
                new = tuple(np.bincount(draw, minlength=3) / 3)
                following[new] = following.get(new, 0) + probability
        histories = following
        law.append(sum(sum(x > 0 for x in q) * chance for q, chance in histories.items()))
    np.testing.assert_allclose(replace_support(p, 3, 3), law)
    gini = sum((1 - sum(x * x for x in q)) * chance for q, chance in histories.items())
    assert replace_heterozygosity(3, 3, 0.62) == pytest.approx(gini)


# Laws against chains in plain NumPy


def test_gaussian_laws_against_numpy_chains():
    """20,000 chains of 8 items; each check also fails one generation off."""
    rng = np.random.default_rng(0)
    n, seeds, last = 8, 20_000, 4
    for ddof in (0, 1):
        mean, sd, variances, distances = np.zeros(seeds), np.ones(seeds), [], []
        for _ in range(last):
            rows = mean[:, None] + sd[:, None] * rng.normal(size=(seeds, n))
            mean, sd = rows.mean(1), rows.std(1, ddof=ddof)
            variances.append(sd**2)
            distances.append(mean**2 + (sd - 1) ** 2)
        variances, distances, t = np.stack(variances, 1), np.stack(distances, 1), np.arange(1, 5)
        logs = np.log(variances)
        expected, spread = replace_log_variance(t, n, ddof)
        assert np.abs(z_of_mean(variances, replace_variance(t, n, ddof))).max() < LIMIT
        assert np.abs(z_of_mean(logs, expected)).max() < LIMIT
        assert np.abs(z_of_mean((logs - expected) ** 2, spread)).max() < LIMIT
        late, wide = replace_log_variance(t + 1, n, ddof)
        assert np.abs(z_of_mean(logs, late)).min() > LIMIT
        assert np.abs(z_of_mean((logs - expected) ** 2, wide)).min() > LIMIT
        if ddof == 1:
            assert np.abs(z_of_mean(distances, replace_w2_squared(t, n))).max() < LIMIT
            assert np.abs(z_of_mean(distances, replace_w2_squared(t + 1, n))).min() > LIMIT
        else:
            assert np.abs(z_of_mean(distances, replace_w2_squared(t, n))).max() > LIMIT


def test_accumulation_law_against_numpy_chains():
    """Pools of 5 items a generation; told from replace."""
    rng = np.random.default_rng(1)
    n, seeds = 5, 20_000
    pool, found = rng.normal(size=(seeds, n)), []
    for _ in range(4):
        found.append(pool.var(1))
        new = pool.mean(1)[:, None] + pool.std(1)[:, None] * rng.normal(size=(seeds, n))
        pool = np.concatenate([pool, new], 1)
    found, t = np.stack(found, 1), np.arange(1, 5)
    assert np.abs(z_of_mean(found, accumulate_variance(t, n))).max() < LIMIT
    assert np.abs(z_of_mean(found, replace_variance(t, n, 0)))[1:].min() > LIMIT
    assert np.abs(z_of_mean(found, accumulate_variance(t - 1, n)))[:2].min() > LIMIT


def test_categorical_laws_against_numpy_chains():
    """Heterozygosity and support of 8,000 multinomial chains of 12 items."""
    rng = np.random.default_rng(2)
    p = 1 / np.arange(1, 9)
    p /= p.sum()
    n, seeds, t = 12, 8_000, np.arange(1, 6)
    h0, state, spread, left = 1 - (p**2).sum(), np.tile(p, (seeds, 1)), [], []
    for _ in t:
        state = rng.multinomial(n, state) / n
        spread.append(1 - (state**2).sum(1))
        left.append((state > 0).sum(1))
    spread, left = np.stack(spread, 1), np.stack(left, 1)
    assert np.abs(z_of_mean(spread, replace_heterozygosity(t, n, h0))).max() < LIMIT
    assert np.abs(z_of_mean(spread, replace_heterozygosity(t + 1, n, h0))).min() > LIMIT
    law = replace_support(p, n, 6)
    assert np.abs(z_of_mean(left, law[t])).max() < LIMIT
    assert np.abs(z_of_mean(left, law[t + 1])).min() > LIMIT
