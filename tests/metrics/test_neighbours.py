"""Neighbours against all distances one by one, trees and products alike; entropies of densities."""

import math

import numpy as np
import pytest
from scipy import special, stats

from collapse.metrics import balls, neighbours
from collapse.metrics.neighbours import density, knn_coverage, nearest_entropy, precision, recall


def by_hand(sample, reference, k):
    """The four by every distance, edges included."""
    square = lambda a, b: ((a[:, None] - b) ** 2).sum(2)  # noqa: E731
    own, theirs, across = (
        square(sample, sample),
        square(reference, reference),
        square(sample, reference),
    )
    for far in (own, theirs):
        np.fill_diagonal(far, np.inf)
    own, theirs = np.sort(own, 1)[:, k - 1], np.sort(theirs, 1)[:, k - 1]
    edge = 1 + 1e-12
    return (
        (across <= theirs * edge).any(1).mean(),
        (across <= own[:, None] * edge).any(0).mean(),
        (across <= theirs * edge).sum() / (k * len(sample)),
        (across <= theirs * edge).any(0).mean(),
    )


def four(sample, reference, k):
    return tuple(f(sample, reference, k) for f in (precision, recall, density, knn_coverage))


def sets(kind, d, rng):
    reference, sample = rng.normal(size=(220, d)), rng.normal(0.3, 0.7, (150, d))
    if kind == "lattice":  # ties of every kind
        return np.round(sample), np.round(reference)
    if kind == "copies":
        return np.concatenate([reference[:5]] * 30), np.concatenate([reference[:110]] * 2)
    if kind == "two scales":  # neighbours that single precision cannot tell apart
        sides = 1e4 * (np.arange(220) % 2)[:, None]
        return sample * 1e-3 + sides[:150], reference * 1e-3 + sides
    if kind == "far away":
        return sample * 1e-3 + 1e3, reference * 1e-3 + 1e3
    return sample, reference


@pytest.mark.parametrize("d", [1, 2, 5, 12, 64])
@pytest.mark.parametrize("kind", ["scattered", "lattice", "copies", "far away", "two scales"])
def test_all_four_are_those_of_every_distance(kind, d):
    """By trees up to 8 dimensions and by products beyond; ties and copies, exactly."""
    sample, reference = sets(kind, d, np.random.default_rng(d))
    for k in (1, 5):
        assert four(sample, reference, k) == pytest.approx(by_hand(sample, reference, k), abs=1e-15)


@pytest.mark.parametrize("d", [2, 12])
def test_the_same_items_are_covered_entirely(d):
    """Where radii are 0 and edges are left out, as in the package prdc, all four would be 0."""
    rows = np.repeat(np.random.default_rng(0).normal(size=(6, d)), 8, axis=0)
    assert four(rows, rows, 5) == pytest.approx((1, 1, 8 / 5, 1))
    alike = np.ones((30, d))
    assert four(alike, alike, 5) == pytest.approx((1, 1, 6, 1))


def test_expected_coverage_of_one_source():
    """1 - (n-1)...(n-k) / (2n-1)...(2n-k) of two samples of size n (Naeem et al. 2020, lemma 2);
    the mean of 60, to 4 standard errors."""
    rng = np.random.default_rng(1)
    n, k, j = 100, 3, np.arange(1, 4)
    found = [knn_coverage(*rng.normal(size=(2, n, 2)), k) for _ in range(60)]
    expected = 1 - np.prod((n - j) / (2 * n - j))
    assert abs(np.mean(found) - expected) < 4 * np.std(found) / math.sqrt(60)


@pytest.mark.parametrize("d", [2, 12])
def test_a_lost_mode_and_a_shrunk_spread_are_seen(d):
    rng = np.random.default_rng(2)
    modes = np.repeat([[0.0], [50.0]], 200, 0)
    reference, sample = modes + rng.normal(size=(400, d)), modes + rng.normal(size=(400, d))
    lost = sample[:200]
    for measure in (recall, knn_coverage):
        assert measure(lost, reference) <= 0.5 < 0.85 < measure(sample, reference)
        assert measure(sample / 4, reference) < 0.5 * measure(sample, reference)
    assert precision(sample + 200, reference) == 0
    assert density(np.repeat(reference[:1], 400, 0), reference) > 0.9


def test_tiles_smaller_than_the_data(monkeypatch):
    """Products and pairs cut in pieces that do not divide the data."""
    monkeypatch.setattr(balls, "PRODUCT", 64 * 150)
    monkeypatch.setattr(balls, "PAIRS", 100)
    monkeypatch.setattr(balls, "BALLS", 7)
    for d in (2, 12):
        sample, reference = sets("scattered", d, np.random.default_rng(3))
        assert four(sample, reference, 4) == pytest.approx(by_hand(sample, reference, 4), abs=1e-15)


@pytest.mark.parametrize("d", [1, 3])
def test_nearest_entropy_is_its_formula(d):
    rows = np.random.default_rng(4).normal(size=(80, d))
    far = np.sort(np.linalg.norm(rows[:, None] - rows, axis=2), 1)[:, 3]
    ball = math.pi ** (d / 2) / special.gamma(d / 2 + 1)
    expected = special.digamma(80) - special.digamma(3) + math.log(ball) + d * np.log(far).mean()
    assert nearest_entropy(rows) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("measure", [nearest_entropy, neighbours.gaussian_entropy])
def test_entropies_of_a_gaussian(measure):
    """ln det(2 pi e S) / 2, on average over 40 samples of 400; halving loses exactly d ln 2."""
    rng = np.random.default_rng(5)
    spread = np.array([[2.0, 0.6], [0.6, 1.0]])
    found = [measure(rng.multivariate_normal([1, 2], spread, 400)) for _ in range(40)]
    expected = stats.multivariate_normal([1, 2], spread).entropy()
    bias = 0.02 if measure is nearest_entropy else 2 * 3 / (4 * 400)
    assert abs(np.mean(found) - expected) < bias + 4 * np.std(found) / math.sqrt(40)
    rows = rng.normal(size=(100, 2))
    assert measure(rows) - measure(rows / 2) == pytest.approx(2 * math.log(2))


def test_gaussian_entropy_is_that_of_the_sample_covariance():
    rows = np.random.default_rng(6).normal(size=(50, 3)) @ [[1, 2, 0], [0, 1e-3, 0], [1, 1, 3]]
    expected = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * np.cov(rows.T))[1]
    assert neighbours.gaussian_entropy(rows) == pytest.approx(expected)


def test_spacing_entropy_is_scipys():
    numbers = np.random.default_rng(7).uniform(0, 4, 2000)
    assert neighbours.spacing_entropy(numbers) == stats.differential_entropy(numbers)
    assert neighbours.spacing_entropy(numbers) == pytest.approx(math.log(4), abs=0.05)
    halved = neighbours.spacing_entropy(numbers / 2)
    assert neighbours.spacing_entropy(numbers) - halved == pytest.approx(math.log(2))
