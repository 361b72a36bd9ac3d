"""Laws of curation against enumeration, quadrature, and chains in plain NumPy."""

import itertools

import numpy as np
import pytest
from scipy import integrate, special, stats

from collapse.laws.choice import (
    best_of,
    best_of_kl,
    central_fraction_factor,
    choice,
    choice_limit,
    kl,
    kl_bound_with_real,
    linear_tilt,
    log_choice_factor,
    quadratic_tilt,
    reward_gain,
    reward_gain_with_real,
    sampled_top_moments,
    top_fraction_moments,
    two_type_choice,
)

LIMIT = 4.5
P = np.array([0.1, 0.3, 0.2, 0.25, 0.15])
R = np.array([2.0, 1.0, 1.0, 3.0, 0.0])


def enumerated(p, reward, k, strength=1.0):
    """p after one round: every group of k, its probability and its softmax."""
    new = np.zeros(len(p))
    for group in itertools.product(range(len(p)), repeat=k):
        group = list(group)
        odds = np.exp(strength * (reward[group] - reward[group].max()))
        np.add.at(new, group, p[group].prod() * odds / odds.sum())
    return new


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_factor_by_enumeration(k, strength):
    found = P * np.exp(log_choice_factor(P, R, k, strength))
    np.testing.assert_allclose(found, enumerated(P, R, k, strength), rtol=1e-13)
    if k > 1 and strength < 30:
        assert not np.allclose(found, enumerated(P, R, k, 1.001 * strength), rtol=1e-7)


@pytest.mark.parametrize(("k", "strength"), [(64, 30.0), (1000, 2.0)])
def test_factor_of_many_by_adaptive_quadrature(k, strength):
    """The same race by scipy's own quadrature over the ring of the outcome's own clock."""
    a = np.exp(strength * (R - R.max()))
    for i, rate in enumerate(a):

        def density(log_u, rate=rate):
            u = np.exp(log_u)
            return u * np.exp(-u) * (P @ np.exp(-a / rate * u)) ** (k - 1)

        peak = np.linspace(-110, 4, 1141)[
            np.argmax([density(x) for x in np.linspace(-110, 4, 1141)])
        ]
        whole = integrate.quad(density, peak - 60, 5, points=[peak], epsabs=0, limit=400)[0]
        found = np.exp(log_choice_factor(P, R, k, strength)[i])
        assert found == pytest.approx(k * whole, rel=1e-7)


def test_rare_and_hopeless_outcomes_in_logarithms():
    """Factors of e^-300: the ratio of two hopeless outcomes stays exact."""
    factor = log_choice_factor([0.998, 0.001, 0.001], [0.0, -300.0, -303.0], 64)
    assert factor[1] - factor[2] == pytest.approx(3, rel=1e-12)
    assert factor[0] == pytest.approx(np.log((1 - 0.002**64) / 0.998), abs=1e-12)


def test_two_types_are_the_same_map():
    for k, odds in ((2, 3.0), (5, 8.0), (40, 1.2)):
        share = np.array([0.01, 0.3, 0.9])
        found = two_type_choice(share, odds, k)
        law = [choice([x, 1 - x], [np.log(odds), 0], k)[1, 0] for x in share]
        np.testing.assert_allclose(found, law, rtol=1e-12)
    pair = share + share * (1 - share) * (3 - 1) / (3 + 1)
    np.testing.assert_allclose(two_type_choice(share, 3.0, 2), pair, rtol=1e-12)
    np.testing.assert_allclose(two_type_choice(share, np.inf, 4), 1 - (1 - share) ** 4, rtol=1e-12)


def test_a_chain_of_draws_follows_the_map():
    """2 million candidates drawn, one of every 4 chosen by Gumbel's trick, refitted; two rounds."""
    rng, p, groups = np.random.default_rng(0), P, 500_000
    for law in choice(P, R, 4, rounds=2)[1:]:
        drawn = rng.choice(5, (groups, 4), p=p)
        best = (R[drawn] + rng.gumbel(size=drawn.shape)).argmax(1)
        new = np.bincount(drawn[np.arange(groups), best], minlength=5) / groups
        step = p * np.exp(log_choice_factor(p, R, 4))
        assert np.abs((new - step) / np.sqrt(step * (1 - step) / groups)).max() < LIMIT
        assert np.abs(new - law).max() < 0.01
        p = new


def test_many_candidates_are_the_limit():
    """One round of K tends to p e^r at rate 1 / K; rounds add up in the exponent."""
    limit = choice_limit(P, R, 1)
    gaps = [np.abs(choice(P, R, k)[1] - limit).max() for k in (100, 1000, 10_000)]
    np.testing.assert_allclose(np.divide(gaps[:-1], gaps[1:]), 10, rtol=0.03)
    np.testing.assert_allclose(choice_limit(limit, R, 4), choice_limit(P, R, 5), rtol=1e-12)
    assert choice_limit(P, R, np.arange(4)).shape == (4, 5)
    np.testing.assert_allclose(choice_limit(P, R, 0), P, rtol=1e-12)
    # As the regularised optimum: no other distribution does better.
    rng, p = np.random.default_rng(0), choice_limit(P, R, 3)
    best = p @ R - kl(p, P) / 3
    assert all(q @ R - kl(q, P) / 3 < best for q in rng.dirichlet(40 * p, 200))


def test_expected_odds_rise_by_at_least_the_bound():
    """Every round of 40, K = 2, 3 and 16; a quarter more would fail."""
    for k in (2, 3, 16):
        chain, odds = choice(P, R, k, rounds=40), np.exp(R)
        for p, new in itertools.pairwise(chain):
            assert new @ odds - p @ odds >= reward_gain(p, R, k) - 1e-12
    gain = choice([0.999, 0.001], [1.0, 0.0], 2)[1] - [0.999, 0.001]
    assert gain @ np.exp([1.0, 0.0]) < 1.5 * reward_gain([0.999, 0.001], [1.0, 0.0], 2)


def test_bounds_with_real_data():
    """KL below, reward above, in every round; and the bound on KL ends where it should."""
    k, weight, odds = 3, 0.45, np.exp(R)
    p = P
    for rounds in range(1, 60):
        new = P + weight * choice(p, R, k)[1]
        p = new / (1 + weight)
        assert kl(p, P) <= kl_bound_with_real(k, weight)
        assert p @ odds - P @ odds >= reward_gain_with_real(rounds, P, R, k, weight)
    assert p @ odds - P @ odds < 6 * reward_gain_with_real(60, P, R, k, weight)
    assert kl_bound_with_real(3, 0.5) == np.inf
    assert kl_bound_with_real(2, 0.5) == pytest.approx(np.log(2))


def test_best_of_by_enumeration():
    """Ties broken at random; the limit of strong choice; n may be a power."""
    for n in (1, 2, 3, 4):
        new = np.zeros(5)
        for group in itertools.product(range(5), repeat=n):
            group = list(group)
            best = R[group] == R[group].max()
            np.add.at(new, group, P[group].prod() * best / best.sum())
        np.testing.assert_allclose(best_of(P, R, n), new, rtol=1e-12)
        np.testing.assert_allclose(best_of(P, R, n), choice(P, R, n, 60.0)[1], rtol=1e-12)
    np.testing.assert_allclose(best_of(best_of(P, R, 3), R, 3), best_of(P, R, 9), rtol=1e-12)


def test_kl_of_best_of_n():
    """A million equally likely outcomes stand for the continuous case; with ties it is a bound."""
    known = {2: 0.1931, 4: 0.6363, 16: 1.8351, 64: 3.1745, 60_000: 10.0021}
    np.testing.assert_allclose([best_of_kl(n) for n in known], list(known.values()), atol=5e-5)
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    for n, rounds in ((2, 1), (4, 1), (4, 3), (64, 1)):
        size = n**rounds
        density = size * u ** (size - 1)
        continuous = special.xlogy(density, density).mean()
        assert best_of_kl(n, rounds) == pytest.approx(continuous, rel=1e-4)
        assert kl(best_of(P, R, size), P) < best_of_kl(n, rounds)
    assert best_of_kl(4, 3) == pytest.approx(3 * np.log(4) - 1 + 4**-3)


def test_selection_of_a_gaussian():
    """Truncated normal moments, by scipy's and by a million draws."""
    x = np.sort(np.random.default_rng(1).normal(size=1_000_000))
    for q in (0.5, 0.25, 0.1):
        mean, factor = top_fraction_moments(q)
        law = stats.truncnorm(stats.norm.isf(q), np.inf)
        np.testing.assert_allclose([mean, factor], [law.mean(), law.var()], rtol=1e-9)
        assert x[int((1 - q) * len(x)) :].var() == pytest.approx(factor, rel=0.02)
    for c in (0.9, 0.75, 0.5):
        z = stats.norm.ppf((1 + c) / 2)
        assert central_fraction_factor(c) == pytest.approx(stats.truncnorm(-z, z).var(), rel=1e-9)
    np.testing.assert_allclose(
        [*top_fraction_moments(0.5), central_fraction_factor(0.5)], [0.798, 0.363, 0.143], atol=5e-4
    )


@pytest.mark.parametrize(("kept", "candidates"), [(5, 10), (2, 20), (9, 10)])
def test_the_upper_few_of_a_sample(kept, candidates):
    """In plain NumPy, and in the limit of many; another number of candidates is told."""
    drawn = np.random.default_rng(kept).normal(size=(100_000, candidates))
    top = np.sort(drawn, axis=1)[:, -kept:]
    mean, spread, within = sampled_top_moments(kept, candidates)
    other = sampled_top_moments(kept, candidates + 1)
    for i, seen in enumerate((top.mean(1), (top.mean(1) - mean) ** 2, top.var(1, ddof=1))):
        error = seen.std() / np.sqrt(len(seen))
        assert abs(seen.mean() - (mean, spread, within)[i]) < LIMIT * error
        assert i or abs(seen.mean() - other[i]) > LIMIT * error
    assert sampled_top_moments(3, 3) == (0.0, 1 / 3, 1.0)
    many = sampled_top_moments(2000, 10_000)
    np.testing.assert_allclose([many[0], many[2]], top_fraction_moments(0.2), rtol=1e-3)
    assert sampled_top_moments(1, 2)[0] == pytest.approx(1 / np.sqrt(np.pi), rel=1e-9)


def test_tilts_of_a_gaussian():
    """Three rounds of reweighting on a fine grid."""
    x = np.linspace(-12, 12, 100_001)
    for log_weight, law in (
        (-((x - 1.5) ** 2) / (2 * 0.7**2), quadratic_tilt(np.arange(4), 0.3, 2.0, 1.5, 0.7)),
        (0.4 * x, linear_tilt(np.arange(4), 0.3, 2.0, 0.4)),
    ):
        density = stats.norm.pdf(x, 0.3, np.sqrt(2))
        for mean, variance in zip(*law, strict=True):
            density = density / density.sum()
            assert density @ x == pytest.approx(mean, rel=1e-8)
            assert density @ (x - mean) ** 2 == pytest.approx(variance, rel=1e-8)
            density = density * np.exp(log_weight)
