"""A line by least squares is that of scipy, and its intervals hold what they say."""

import numpy as np
import pytest
from scipy import stats

from collapse.stats.lines import line


def test_the_line_is_that_of_scipy():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=12), rng.normal(size=12)
    found, expected = line(x, y), stats.linregress(x, y)
    assert (found.slope, found.intercept) == pytest.approx((expected.slope, expected.intercept))
    half = stats.t.ppf(0.975, 10) * expected.stderr
    assert found.slope_estimate().high == pytest.approx(expected.slope + half)
    half = stats.t.ppf(0.975, 10) * expected.intercept_stderr
    assert found.mean(0).low == pytest.approx(expected.intercept - half)


def test_intervals_hold_the_mean_and_new_values():
    """4,000 sets of ten points: 95 % of the intervals, far outside the points too."""
    rng, sets = np.random.default_rng(1), 4000
    x = np.linspace(2, 4, 10)
    held = np.zeros(2)
    for y in 1 - 0.3 * x + rng.normal(0, 0.1, (sets, 10)):
        found, new = line(x, y), 1 - 0.3 + rng.normal(0, 0.1)
        mean, one = found.mean(1), found.new(1)
        held += [mean.low <= 0.7 <= mean.high, one.low <= new <= one.high]
    assert held / sets == pytest.approx(0.95, abs=3.5 * np.sqrt(0.95 * 0.05 / sets))


def test_no_line_through_two_points_or_through_one_x():
    assert line(np.array([1.0, 2.0]), np.array([1.0, 2.0])) is None
    assert line(np.full(5, 2.0), np.arange(5.0)) is None
