"""Genealogies and new kinds, against enumeration and chains in plain NumPy."""

import numpy as np
import pytest

from collapse.laws import alleles
from collapse.laws.survival import distinct_documents

LIMIT = 4.5


def z_of_mean(sample, expected):
    gap = np.asarray(sample, float) - expected
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def test_reference_values():
    """200 items, 1 % new a generation: theta = 4."""
    identity = alleles.infinite_alleles_identity(200, 0.01)
    assert 1 / 200 + (1 - 1 / 200) * identity == pytest.approx(0.2016, abs=5e-5)
    assert alleles.ewens_kinds(30, 4)[0] == pytest.approx(9.02, abs=5e-3)
    assert alleles.ewens_kinds(200, 4)[0] == pytest.approx(16.24, abs=5e-3)
    exact = alleles.infinite_alleles_kinds(200, 0.01)
    assert exact[200] == pytest.approx(16.76, abs=5e-3)  # Ewens needs s << n
    assert exact[[0, 1]] == pytest.approx([0, 1])


def test_ancestors_against_numpy():
    """30 documents copied at random: those left, and the time until one is."""
    rng, n, seeds = np.random.default_rng(0), 30, 4_000
    names, left = np.tile(np.arange(n), (seeds, 1)), []
    ended = np.zeros(seeds)
    for t in range(1, 401):
        names = np.take_along_axis(names, rng.integers(0, n, (seeds, n)), 1)
        ended += (names.min(1) < names.max(1)) & (t < 400)
        if t <= 20:
            left.append([len(set(row)) for row in names])
    left, t = np.array(left).T, np.arange(1, 21)
    assert np.abs(z_of_mean(left, alleles.ancestors(t, n))).max() < LIMIT
    assert np.abs(z_of_mean(left, alleles.ancestors(t + 1, n))).min() > LIMIT
    assert abs(z_of_mean(ended + 1, alleles.distinct_time(n))) < LIMIT
    assert abs(z_of_mean(ended, alleles.distinct_time(n))) > 1
    assert alleles.ancestors(0, n) == n


def test_the_coalescent_is_the_limit():
    for left in (1, 3):
        exact = [alleles.distinct_time(n, left) for n in (50, 400)]
        limit = [alleles.distinct_time_coalescent(n, left) for n in (50, 400)]
        short = 1 - np.array(exact) / limit
        assert short[0] > 3 * short[1] > 0
    gap = alleles.ancestors([10, 50, 200], 400) - distinct_documents([10, 50, 200], 400)
    assert (gap > 0).all()
    assert (gap < 0.5).all()


def test_infinite_alleles_against_numpy():
    """20 items, 5 % new: kinds and sum of squares, from a stationary start on."""
    rng, n, u, seeds = np.random.default_rng(1), 20, 0.05, 4_000
    names, fresh = np.zeros((seeds, n), int), 1
    found = []
    for _ in range(150):
        names = np.take_along_axis(names, rng.integers(0, n, (seeds, n)), 1)
        new = rng.random((seeds, n)) < u
        names = np.where(new, fresh + np.arange(n), names)
        fresh += n
        found.append((names[:, :, None] == names[:, None]).mean((1, 2)))
    t = np.array([1, 3, 10, 150])
    same = np.stack(found, 1)[:, t - 1]
    assert np.abs(z_of_mean(same, alleles.infinite_alleles_collision(t, n, u, 1.0))).max() < LIMIT
    late = alleles.infinite_alleles_collision(t + 1, n, u, 1.0)
    assert np.abs(z_of_mean(same, late))[:2].min() > LIMIT
    exact = alleles.infinite_alleles_kinds(n, u)
    for s in (5, 20):
        kinds = np.array([len(set(row[:s])) for row in names])
        assert abs(z_of_mean(kinds, exact[s])) < LIMIT
    assert abs(z_of_mean(kinds, alleles.ewens_kinds(20, 2 * n * u)[0])) > LIMIT
    identity = alleles.infinite_alleles_identity(n, u)
    limit = alleles.infinite_alleles_collision(10**4, n, u, 1.0)
    assert float(limit) == pytest.approx(1 / n + (1 - 1 / n) * identity)
    assert alleles.infinite_alleles_collision(5, n, 0, 1.0) == pytest.approx(1)


def partitions(s, largest=None):
    largest = s if largest is None else largest
    if s == 0:
        yield []
    for part in range(min(s, largest), 0, -1):
        for rest in partitions(s - part, part):
            yield [part, *rest]


def test_the_sampling_formula_is_a_law_of_partitions():
    """Sums to 1, and gives the number of kinds its law, mean and variance."""
    for theta in (0.5, 4.0):
        kinds = np.zeros(9)
        for parts in partitions(8):
            spectrum = np.bincount(parts, minlength=9)[1:]
            kinds[len(parts)] += alleles.ewens_probability(spectrum, theta)
        assert kinds.sum() == pytest.approx(1)
        np.testing.assert_allclose(kinds, alleles.ewens_kinds_law(8, theta), atol=1e-12)
        mean, variance = alleles.ewens_kinds(8, theta)
        k = np.arange(9)
        assert kinds @ k == pytest.approx(mean)
        assert kinds @ (k - mean) ** 2 == pytest.approx(variance)


def test_ewens_against_an_urn():
    """Hoppe's urn: the chance of 3 items of one kind is 2 / ((theta + 1)(theta + 2))."""
    theta = 1.7
    expected = 2 / ((theta + 1) * (theta + 2))
    assert alleles.ewens_probability([0, 0, 1], theta) == pytest.approx(expected)
    assert alleles.ewens_probability([0, 0, 1], theta + 0.1) != pytest.approx(expected, rel=1e-3)
