"""Distances against scipy, sums over all pairs and closed forms; what orders them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import linalg, stats
from scipy.spatial.distance import jensenshannon

from collapse.metrics import distances

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 10_000)


def two_shares(seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.full(5, 0.5), 2)
    p[0] = 0
    return p / p.sum(), q


@FEW
@given(SEEDS)
def test_divergences_are_scipys(seed):
    p, q = two_shares(seed)
    assert distances.kl_sample_reference(p, q) == pytest.approx(stats.entropy(p, q))
    assert distances.kl_reference_sample(p, q) == math.inf  # an outcome is lost
    assert distances.kl_reference_sample(q, p) == pytest.approx(stats.entropy(p, q))
    assert distances.jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q) ** 2)
    affinity = np.sqrt(p * q).sum()
    assert distances.hellinger(p, q) == pytest.approx(math.sqrt(1 - affinity))


@FEW
@given(SEEDS)
def test_divergences_keep_their_inequalities(seed):
    """Pinsker; Le Cam; Lin's bound of JS by TV; symmetry; merging outcomes never adds distance."""
    p, q = two_shares(seed)
    varied, hellinger = distances.total_variation(p, q), distances.hellinger(p, q)
    assert varied <= math.sqrt(distances.kl_sample_reference(p, q) / 2) + 1e-12
    assert hellinger**2 - 1e-12 <= varied <= math.sqrt(2) * hellinger + 1e-12
    assert distances.jensen_shannon(p, q) <= varied * math.log(2) + 1e-12
    merge = lambda x: np.array([x[0] + x[1], *x[2:]])  # noqa: E731
    for name in ("kl_sample_reference", "jensen_shannon", "total_variation", "hellinger"):
        measure = getattr(distances, name)
        assert 0 <= measure(merge(p), merge(q)) <= measure(p, q) + 1e-12
        assert measure(p, p) == pytest.approx(0, abs=1e-8)
        if not name.startswith("kl"):
            assert measure(p, q) == pytest.approx(measure(q, p))


def test_divergences_of_strangers_and_of_a_coin():
    apart = ([1, 0], [0, 1])
    assert distances.jensen_shannon(*apart) == pytest.approx(math.log(2))
    assert distances.total_variation(*apart) == distances.hellinger(*apart) == 1
    coin = ([0.5, 0.5], [0.25, 0.75])
    assert distances.kl_sample_reference(*coin) == pytest.approx(math.log(4 / 3) / 2)
    assert distances.kl_reference_sample(*coin) == pytest.approx(
        0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    )


@FEW
@given(SEEDS)
def test_wasserstein_is_scipys_and_that_of_repeated_items(seed):
    """Sizes 6 and 10, which share no step: the same as 30 each, item by item."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=6), rng.normal(0.5, 2, 10)
    assert distances.wasserstein(x, y) == pytest.approx(stats.wasserstein_distance(x, y))
    gap = np.sort(np.repeat(x, 5)) - np.sort(np.repeat(y, 3))
    assert distances.wasserstein(x, y, 2) == pytest.approx(math.sqrt((gap**2).mean()))
    assert distances.wasserstein(x, x + 3, 2) == pytest.approx(3)
    assert distances.wasserstein(x, y) <= distances.wasserstein(x, y, 2) + 1e-12
    assert distances.energy_distance(x, y) == pytest.approx(stats.energy_distance(x, y))


@pytest.mark.parametrize("m", [40, 55])
def test_sliced_wasserstein_is_the_mean_over_directions(m):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(0.4, 1, (m, 3))
    along = np.random.default_rng(distances.SEED).normal(size=(128, 3))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    each = [distances.wasserstein(x @ a, y @ a, 2) ** 2 for a in along]
    assert distances.sliced_wasserstein(x, y) == pytest.approx(math.sqrt(np.mean(each)))
    moved = distances.sliced_wasserstein(x, x + [3, 0, 0], 20_000)
    assert moved == pytest.approx(3 / math.sqrt(3), rel=0.02)  # E (a . shift)^2 = |shift|^2 / d


@pytest.mark.parametrize("d", [1, 3])
def test_energy_distance_is_the_mean_over_pairs(d):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, d)), rng.normal(0.4, 1, (45, d))
    mean = lambda a, b: np.linalg.norm(a[:, None] - b, axis=2).mean()  # noqa: E731
    expected = math.sqrt(2 * mean(x, y) - mean(x, x) - mean(y, y))
    assert distances.energy_distance(x, y) == pytest.approx(expected)
    assert distances.energy_distance(x, x) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(("n", "d"), [(40, 1), (60, 4), (5, 8)])
def test_frechet_is_that_of_scipys_matrix_root(n, d):
    """Singular covariances too (5 items in 8 dimensions)."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)), rng.normal(0.5, 1, (n + 3, d))
    a, b = np.atleast_2d(np.cov(x.T)), np.atleast_2d(np.cov(y.T))
    ridge = np.eye(d) * 1e-13  # scipy's root warns of an exactly singular matrix
    root = linalg.sqrtm((a + ridge) @ (b + ridge)).real
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a + b - 2 * root)
    assert distances.frechet(x, y) == pytest.approx(expected, rel=1e-4)
    assert distances.frechet(x, 2 * x + 1) == pytest.approx(
        ((x.mean(0) + 1) ** 2).sum() + np.trace(a)  # commuting: tr(a + 4a - 4a)
    )


def test_sets_that_shrink_or_lose_a_mode_are_farther():
    rng = np.random.default_rng(3)
    modes = np.repeat([[-4.0, 0.0], [4.0, 0.0]], 200, 0)
    real, alike = modes + rng.normal(size=(400, 2)), modes + rng.normal(size=(400, 2))
    for measure in (distances.energy_distance, distances.sliced_wasserstein, distances.frechet):
        near = measure(alike, real)
        assert measure(alike[:200], real) > 3 * near
        assert measure(alike / 2, real) > 3 * near
    for measure in (distances.wasserstein, distances.energy_distance):
        near = measure(alike[:, 0], real[:, 0])
        assert measure(alike[:, 0] / 2, real[:, 0]) > 3 * near


def test_modes_within_three_spreads_are_covered():
    modes = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    rng = np.random.default_rng(4)
    sample = np.repeat(modes, 800, 0) + 0.5 * rng.normal(size=(3200, 2))  # more than one block
    assert distances.mode_coverage(sample, modes, 0.5) == 1
    assert distances.mode_coverage(sample[:1600], modes, 0.5) == 0.5
    assert distances.mode_coverage([[0.0, 1.5], [5, 5]], modes, 0.5) == 0.25
    assert distances.mode_coverage([[0.0, 1.6], [5, 5]], modes, 0.5) == 0


def test_tail_mass_is_the_share_of_one_source_and_falls_when_the_tail_goes():
    rng = np.random.default_rng(5)
    score = lambda x: stats.norm.logpdf(x)  # noqa: E731
    reference = score(rng.normal(size=50_000))
    found = distances.tail_mass(score(rng.normal(size=20_000)), reference)
    assert abs(found - 0.1) < 4 * math.sqrt(0.09 / 20_000)
    beyond = 2 * stats.norm.sf(1.6449 / 0.5)  # of half the spread, outside the middle 90 %
    assert distances.tail_mass(score(rng.normal(0, 0.5, 20_000)), reference) == pytest.approx(
        beyond, abs=1e-3
    )
    assert distances.tail_mass([1, 2, 3], np.arange(10), 0.3) == pytest.approx(2 / 3)
