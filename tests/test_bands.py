"""Intervals over seeds: against scipy and by how often they hold the truth."""

import numpy as np
import pytest
from scipy import stats

from collapse.bands import bootstrap_band, jumps, median_band, skewed, slopes, t_band, waits
from collapse.comparing.pairs import welch
from collapse.summary import interval

SETS, LIMIT = 4000, 4.0


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def test_t_is_scipys_and_that_of_the_figures(rng):
    values = rng.normal(2, 3, 9)
    band = t_band(np.r_[values, np.nan])
    low, high = stats.t.interval(0.95, 8, values.mean(), stats.sem(values))
    np.testing.assert_allclose([band.low, band.high], [low, high], rtol=1e-12)
    np.testing.assert_allclose(interval(values), [band.centre, band.low, band.high], rtol=1e-12)
    assert (band.seeds, band.covers) == (9, 0.95)
    assert np.isnan(t_band(np.array([1.0])).low)


def test_welch_is_scipys(rng):
    a, b = rng.normal(0, 1, 7), rng.normal(1, 4, 12)
    band = welch(a, b)
    low, high = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose([band.low, band.high], [low, high], rtol=1e-10)


@pytest.mark.parametrize("seeds", [3, 5, 6, 8, 16, 50])
def test_the_median_is_held_as_often_as_the_band_says(rng, seeds):
    """Log-normal with sigma 2, exactly by the binomial; a band of one step less is told."""
    values = np.exp(2 * rng.normal(size=(SETS, seeds)))
    bands = [median_band(row) for row in values]
    covers = bands[0].covers
    error = LIMIT * np.sqrt(covers * (1 - covers) / SETS)
    assert abs(np.mean([b.low <= 1 <= b.high for b in bands]) - covers) < error
    assert covers >= 0.95 or seeds < 6
    ordered = np.sort(values, 1)
    k = int(np.flatnonzero(ordered[0] == bands[0].low)[0])
    if seeds > 3:
        inner = np.mean((ordered[:, k + 1] <= 1) & (ordered[:, -k - 2] >= 1))
        assert inner < min(covers, 0.95) - error


def test_the_median_of_waits_may_be_infinite():
    band = median_band(np.array([3.0, np.inf, np.inf, 5.0, np.inf, np.inf, np.inf]))
    assert (band.centre, band.low, band.high) == (np.inf, 3.0, np.inf)
    assert median_band(np.array([1.0, 2.0])).centre == 1.5
    assert np.isnan(median_band(np.array([np.nan])).centre)


@pytest.mark.parametrize(("seeds", "covers"), [(5, (0.80, 0.90)), (16, (0.91, 0.945))])
def test_the_bootstrap_is_too_narrow_for_few_seeds(rng, seeds, covers):
    """As docs/statistics.md says; t holds the mean of the same sets in 95 of 100."""
    values = rng.normal(size=(1500, seeds))
    held = lambda band: band.low <= 0 <= band.high  # noqa: E731
    boot = np.mean([held(bootstrap_band(row)) for row in values])
    assert covers[0] < boot < covers[1]
    t = np.mean([held(t_band(row)) for row in values])
    assert abs(t - 0.95) < LIMIT * np.sqrt(0.95 * 0.05 / len(values))


def test_skewed_seeds_are_told(rng):
    assert skewed(np.exp(2 * rng.normal(size=200)))
    assert not skewed(rng.normal(size=200))
    assert not skewed(np.ones(5))


def test_slopes_are_least_squares(rng):
    curves = rng.normal(size=(4, 9)) + 0.7 * np.arange(9)
    expected = [np.polyfit(np.arange(9), curve, 1)[0] for curve in curves]
    np.testing.assert_allclose(slopes(curves), expected, rtol=1e-10)


def test_waits_are_the_first_generation_past_a_level():
    curves = np.array([[5, 4, 2, 3, 1], [5, 5, 5, 5, 5], [1, 9, 9, 9, 9]])
    np.testing.assert_array_equal(waits(curves, 2), [2, np.inf, 0])
    np.testing.assert_array_equal(waits(curves, 9, falling=False), [np.inf, np.inf, 1])


def test_a_jump_is_found_and_a_drift_is_not(rng):
    """Against every split tried by hand; two levels beat a line where there are two levels."""
    t = np.arange(21)
    noise = 0.1 * rng.normal(size=(30, 21))
    steps, drift = 1.0 * (t >= 13) + noise, t / 20 + noise
    when, better = jumps(steps)
    assert (when == 13).all()
    assert (better > 0.5).all()
    assert (jumps(drift)[1] < 0).all()
    for curve, found in zip(drift, jumps(drift)[0], strict=True):
        split = [np.var(curve[:k]) * k + np.var(curve[k:]) * (21 - k) for k in range(1, 21)]
        assert found == 1 + np.argmin(split)
