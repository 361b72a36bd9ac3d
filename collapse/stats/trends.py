"""Questions about a curve, answered for every seed: slopes, waiting times, jumps, half-lives."""

import math

import numpy as np

from collapse.stats.estimate import Estimate
from collapse.stats.intervals import median_interval


def half_life(curve: np.ndarray) -> float:
    """Generations until a curve (T + 1,) is down to half its value at generation 0, the real data;
    between generations interpolated in its logarithm. Infinite if it never is; NaN if the curve is
    NaN at an earlier generation."""
    target = curve[0] / 2
    below = np.flatnonzero(curve <= target)
    if np.isnan(curve[: below[0] if len(below) else None]).any():
        return math.nan
    if not len(below) or not target > 0:
        return math.inf
    t = int(below[0])
    if t == 0 or curve[t] <= 0:
        return float(t)
    before, after = np.log(curve[t - 1]), np.log(curve[t])
    return t - 1 + float((before - np.log(target)) / (before - after))


def median_half_life(curves: np.ndarray) -> Estimate:
    """The half-life of curves (S, T + 1): the median over seeds and its interval."""
    return median_interval(np.array([half_life(seed) for seed in curves]))


def slopes(curves: np.ndarray) -> np.ndarray:
    """(S,) slope of the least-squares line through each curve (S, T), per generation."""
    t = np.arange(curves.shape[1]) - (curves.shape[1] - 1) / 2
    return curves @ t / (t @ t)


def waits(curves: np.ndarray, level: float, falling: bool = True) -> np.ndarray:
    """(S,) first generation at which each curve (S, T + 1) is at or below ``level`` (at or above
    it, if not ``falling``); infinite if it never is."""
    reached = curves <= level if falling else curves >= level
    return np.where(reached.any(1), reached.argmax(1), np.inf)


def jumps(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best split of each curve (S, T + 1) into two levels (Page 1955; least squares).

    Returns:
        The first generation after the split (S,), and the share of the squared error of a straight
        line that two levels remove (S,): negative for a drift, 0 for an exactly straight line.
    """
    count = curves.shape[1]
    after = np.arange(1, count)
    sums, squares = np.cumsum(curves, 1), np.cumsum(curves**2, 1)
    # Squared errors of two levels, for a split after each generation but the last.
    before = squares[:, :-1] - sums[:, :-1] ** 2 / after
    rest, rest_squares = sums[:, -1:] - sums[:, :-1], squares[:, -1:] - squares[:, :-1]
    error = before + rest_squares - rest**2 / (count - after)
    centred = curves - curves.mean(1, keepdims=True)
    t = np.arange(count) - (count - 1) / 2
    line_error = ((centred - slopes(curves)[:, None] * t) ** 2).sum(1)
    least = np.maximum(error.min(1), 0)
    bent = line_error > 1e-12 * (1e-300 + squares[:, -1])  # more than by rounding
    removed = np.where(bent, 1 - least / np.where(bent, line_error, 1), 0)
    return after[error.argmin(1)].astype(float), removed


def steps(curves: np.ndarray, when: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The change of level of each curve (S, T + 1) at generation ``when`` (S,).

    Returns:
        The mean after ``when`` less the mean before it (S,), and the share of that change which
        comes in the one generation (S,): near 1 for a jump, small for a curve that bends over many
        generations.
    """
    late = np.arange(curves.shape[1]) >= when[:, None]
    before, after = ((curves * side).sum(1) / side.sum(1) for side in (~late, late))
    rows, at = np.arange(len(curves)), when.astype(int)
    once = curves[rows, at] - curves[rows, at - 1]
    height = after - before
    return height, once / np.where(height == 0, np.inf, height)
