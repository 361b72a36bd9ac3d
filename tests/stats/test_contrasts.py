"""Differences of means: their intervals and p values are those of the textbook, and the size that a
difference needs gives the power that it says."""

import numpy as np
import pytest
from scipy import stats

from collapse.stats import contrasts

LIMIT = 3.5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_t_tests_are_those_of_scipy(rng):
    a, b = rng.normal(0, 1, 12), rng.normal(0.5, 3, 12)
    pairs = contrasts.paired(b - a)
    assert pairs.p == pytest.approx(stats.ttest_rel(b, a).pvalue)
    welch = contrasts.unpaired(a[:7], b)
    expected = stats.ttest_ind(b, a[:7], equal_var=False)
    assert welch.p == pytest.approx(expected.pvalue)
    ends = expected.confidence_interval(0.95)
    found = welch.interval()
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))


def test_no_spread_is_certain_and_rounding_is_no_difference():
    assert contrasts.paired(np.full(9, 0.3)).p == 0
    assert contrasts.paired(np.zeros(9)).p == 1
    assert contrasts.paired(np.full(9, 0.1) * 3 - 0.3).p == 1


def test_holm_by_hand():
    """Holm 1979: the smallest of four times 4, the next times 3, and never less than one before."""
    adjusted = contrasts.holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert contrasts.holm(np.array([0.9, 0.8])).max() == 1


def test_holm_keeps_the_chance_of_any_false_alarm(rng):
    """Six true hypotheses, independent or nearly the same."""
    for shared in (0.0, 0.95):
        z = np.sqrt(1 - shared) * rng.normal(size=(4000, 6))
        z += np.sqrt(shared) * rng.normal(size=(4000, 1))
        p = 2 * stats.norm.sf(np.abs(z))
        alarms = np.mean([(contrasts.holm(row) <= 0.05).any() for row in p])
        assert alarms <= 0.05 + LIMIT * np.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize(("delta", "sd", "alpha"), [(0.5, 1.0, 0.05), (0.2, 0.5, 0.05 / 6)])
def test_the_size_needed_has_the_power_that_it_says(rng, delta, sd, alpha):
    n = contrasts.size_needed(delta, sd, lambda n: n - 1, alpha)
    sets = 20_000
    x = rng.normal(delta, sd, (sets, n))
    t = x.mean(1) / (x.std(1, ddof=1) / np.sqrt(n))
    found = np.mean(2 * stats.t.sf(np.abs(t), n - 1) <= alpha)
    error = np.sqrt(0.8 * 0.2 / sets)
    assert found >= 0.8 - LIMIT * error
    less = contrasts.power_of(delta, sd / np.sqrt(n - 1), n - 2, alpha)
    assert less < 0.8 <= contrasts.power_of(delta, sd / np.sqrt(n), n - 1, alpha)
    assert contrasts.power_of(delta, sd / np.sqrt(n), n - 1, alpha) == pytest.approx(
        found, abs=LIMIT * error
    )


def test_sizes_at_the_ends():
    assert contrasts.size_needed(1.0, 0.0, lambda n: n - 1) == 5
    assert contrasts.size_needed(1e-9, 1.0, lambda n: 19) is None
    least = contrasts.detectable(0.1, 30)
    assert contrasts.power_of(least, 0.1, 30, 0.05) == pytest.approx(0.8, abs=1e-6)
    assert contrasts.detectable(0.0, 30) == 0
