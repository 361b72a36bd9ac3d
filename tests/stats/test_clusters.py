"""Intervals of rows in clusters: coverage, other ways to the same numbers, and clusters ignored."""

import numpy as np
import pytest
from scipy import stats

from collapse.stats.clusters import jackknife, numbered, totals
from collapse.stats.proportions import (
    area,
    clustered_area,
    clustered_sd,
    pooled_sd,
    residual_sd,
    share,
)

TIMES = 600
LIMIT = 4.0


def grouped(random, groups, each, correlation):
    """Gaussian rows, of each pair in a cluster so correlated."""
    shared = random.normal(size=(groups, 1)) * np.sqrt(correlation)
    return (shared + random.normal(size=(groups, each)) * np.sqrt(1 - correlation)).ravel()


def covers(found, true):
    """How far the coverage of intervals is from 0.95, in its standard errors."""
    held = np.mean([e.low <= true <= e.high for e in found])
    return (held - 0.95) / np.sqrt(0.95 * 0.05 / len(found))


@pytest.mark.parametrize("groups", [12, 40])
@pytest.mark.parametrize("p", [0.5, 0.15])
def test_shares_cover(groups, p):
    random = np.random.default_rng(0)
    cluster = np.repeat(np.arange(groups), 6)
    cut = stats.norm.ppf(p)
    hits = [(grouped(random, groups, 6, 0.4) < cut).astype(float) for _ in range(TIMES)]
    assert -LIMIT < covers([share(h, cluster) for h in hits], p) < LIMIT
    assert covers([share(h) for h in hits], p) < -LIMIT  # clusters ignored


def test_shares_of_single_rows_are_those_of_wilson():
    hits = (np.arange(40) < 13).astype(float)
    alone, of_one = share(hits), share(hits, np.zeros(40, int))
    own = share(hits, np.arange(40))
    assert (alone.low, alone.high) == (own.low, own.high) == (of_one.low, of_one.high)
    oracle = stats.binomtest(13, 40).proportion_ci(method="wilson")
    assert (alone.low, alone.high) == pytest.approx(tuple(oracle))


def test_rows_that_agree_within_clusters_count_as_one():
    """Each row ten times: the interval is that of the clusters, but for t and G / (G - 1)."""
    hits = (np.arange(400) < 150).astype(float)
    once = share(hits)
    often = share(np.repeat(hits, 10), np.repeat(np.arange(400), 10))
    assert often.n == 400
    assert often.low == pytest.approx(once.low, abs=1e-3)
    assert often.high == pytest.approx(once.high, abs=1e-3)
    alike = share(np.ones(40), np.repeat(np.arange(4), 10))
    assert alike.low < 0.5  # four clusters, not forty rows


def test_the_jackknife_of_a_mean_is_students_t():
    values = np.random.default_rng(1).normal(3, 2, 25)
    sums = np.stack([values, np.ones(25)], 1)
    found = jackknife(sums, lambda s: s[..., 0] / s[..., 1])
    half = stats.t(24).ppf(0.975) * values.std(ddof=1) / 5
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))
    one = jackknife(sums[:1], lambda s: s[..., 0] / s[..., 1])
    assert one.reason == "there is one question only"
    same = jackknife(np.ones((9, 2)), lambda s: s[..., 0] / s[..., 1])
    assert (same.value, same.known) == (1, True)
    assert np.isnan([same.low, same.high]).all()


def test_totals_and_numbers():
    assert numbered(["x", None, "x", 3]).tolist() == [0, 1, 0, 2]
    found = totals(np.arange(8.0).reshape(4, 2), np.array([7, 2, 7, 2]))
    assert found.tolist() == [[8, 10], [4, 6]]


def test_areas_cover():
    random, found, naive = np.random.default_rng(2), [], []
    cluster = np.repeat(np.arange(30), 6)
    label = np.tile([1.0, 0.0], 90)
    for _ in range(TIMES):
        # Each cluster differs in how far its right ones stand above.
        gap = np.repeat(random.normal(1, 1, 30), 6)
        score = random.normal(size=180) + gap * label
        found.append(clustered_area(score, label, cluster))
        naive.append(area(score, label))
    true = float(stats.norm.cdf(1 / np.sqrt(3)))
    assert abs(covers(found, true)) < LIMIT
    assert covers(naive, true) < -LIMIT
    assert found[0].value == naive[0].value


@pytest.mark.parametrize("groups", [10, 50])
def test_standard_deviations_cover(groups):
    random, found, naive = np.random.default_rng(3), [], []
    cluster = np.repeat(np.arange(groups), 5)
    for _ in range(TIMES):
        rest = grouped(random, groups, 5, 0.6)
        rest = rest - rest.mean()
        found.append(clustered_sd(rest, len(rest) - 1, cluster, ""))
        naive.append(residual_sd(float(rest @ rest), len(rest) - 1, "", len(rest)))
    # The mean is of the clusters, so that its square takes a part of the variance with it.
    assert abs(covers(found, 1.0)) < LIMIT
    assert covers(naive, 1.0) < -LIMIT


def test_noise_that_differs_between_clusters_is_covered():
    """Repeats of 60 questions, three verdicts each: with the same noise in all both intervals hold
    the truth, with other noise in each only that of the jackknife does."""
    random, times, held = np.random.default_rng(8), 400, {}
    for spread in (0.0, 0.5):
        true, hits = np.exp(spread**2), np.zeros(2)
        for _ in range(times):
            sd = np.exp(random.normal(0, spread, 60))
            squares, dfs = sd**2 * random.chisquare(2, 60), np.full(60, 2)
            both = (
                pooled_sd(squares, dfs, "", "question"),
                residual_sd(float(squares.sum()), int(dfs.sum()), "", 60),
            )
            assert both[0].value == pytest.approx(both[1].value)
            hits += [one.low <= true <= one.high for one in both]
        held[spread] = hits / times
    slack = 3 * np.sqrt(0.95 * 0.05 / times)
    assert (np.abs(held[0.0] - 0.95) < slack).all()
    assert held[0.5][0] > held[0.5][1] + 0.1
    none = pooled_sd(np.zeros(5), np.full(5, 2), "", "question")
    assert (none.value, none.low, none.high) == (0, 0, 0)
