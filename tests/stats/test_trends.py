"""Slopes, waiting times, jumps and half-lives of curves, by hand and against NumPy."""

import numpy as np
import pytest

from collapse.stats.trends import half_life, jumps, median_half_life, slopes, waits


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


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
    assert jumps(np.array([t / 20, 0.0 * t]))[1].tolist() == [0, 0]  # nothing that a level removes
    for curve, found in zip(drift, jumps(drift)[0], strict=True):
        split = [np.var(curve[:k]) * k + np.var(curve[k:]) * (21 - k) for k in range(1, 21)]
        assert found == 1 + np.argmin(split)


def test_half_life_is_interpolated_in_the_logarithm():
    assert half_life(np.array([8.0, 8.0, 2.0])) == pytest.approx(1.5)
    assert half_life(np.array([8.0, 7.0, 5.0])) == np.inf
    assert half_life(np.array([8.0, 4.0])) == 1
    assert np.isnan(half_life(np.array([8.0, 7.0, np.nan])))  # a run that is not there yet
    assert half_life(np.array([8.0, 4.0, np.nan])) == 1


def test_the_half_life_of_seeds_is_their_median():
    """Two seeds: least and greatest, which cover the median half of the time."""
    life = median_half_life(np.array([[8.0, 4, 1], [8, 8, 4]]))
    assert (life.value, life.low, life.high, life.level, life.n) == (1.5, 1, 2, 0.5, 2)
