"""Differences of two means: their interval, p values of several together, and the size needed."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from collapse.stats.estimate import LEVEL, Estimate
from collapse.stats.intervals import t_quantile

POWER = 0.8  # probability that a difference of the given size is significant
ROUNDING = 1e-13  # differences and errors of less are 0
MOST = 10**9  # units; above it, no number is given


class Contrast(NamedTuple):
    """A difference, its standard error and the degrees of freedom of its t test."""

    value: float
    error: float
    df: float
    n: int  # independent units of the smaller sample

    def interval(self, level: float = LEVEL, method: str = "t") -> Estimate:
        """Student's t interval."""
        half = t_quantile(self.df, level) * self.error
        return Estimate(self.value, self.value - half, self.value + half, level, method, self.n)

    @property
    def p(self) -> float:
        """The two-sided p value of no difference."""
        if self.error == 0:
            return float(self.value == 0)
        return float(2 * special.stdtr(self.df, -abs(self.value) / self.error))


def paired(difference: np.ndarray, value: float | None = None) -> Contrast:
    """The mean of differences (n,) of pairs; ``value`` instead of the mean, if it is given."""
    n = len(difference)
    error = float(difference.std(ddof=1)) / math.sqrt(n)
    gap = float(difference.mean()) if value is None else value
    return Contrast(_zero(gap), _zero(error), n - 1, n)


def unpaired(a: np.ndarray, b: np.ndarray, value: float | None = None) -> Contrast:
    """The mean of ``b`` (m,) less that of ``a`` (n,), independent, by Welch (1947)."""
    each = np.array([x.var(ddof=1) / len(x) for x in (a, b)])
    df = each.sum() ** 2 / max((each**2 / [len(a) - 1, len(b) - 1]).sum(), 1e-300)
    gap = float(b.mean() - a.mean()) if value is None else value
    return Contrast(_zero(gap), _zero(math.sqrt(each.sum())), max(df, 1.0), min(len(a), len(b)))


def _zero(value: float) -> float:
    """The value, or 0 if it is rounding only."""
    return 0.0 if abs(value) < ROUNDING else value


def holm(p: np.ndarray) -> np.ndarray:
    """p values (K,) adjusted for K tests (Holm 1979): those up to 0.05 keep the chance of any false
    alarm at 5 % or less, whatever the dependence between the tests."""
    order = np.argsort(p)
    steps = np.minimum(p[order] * (len(p) - np.arange(len(p))), 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def power_of(delta: float, error: float, df: float, alpha: float) -> float:
    """The probability that a true difference ``delta`` is significant in a two-sided t test at
    ``alpha``, for a standard ``error`` (noncentral t)."""
    if error == 0:
        return 1.0
    critical = special.stdtrit(df, 1 - alpha / 2)
    shift = abs(delta) / error
    if shift > 30:
        return 1.0
    return float(stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift))


def size_needed(
    delta: float, sd: float, df: Callable[[int], float], alpha: float = 1 - LEVEL, least: int = 5
) -> int | None:
    """The smallest number n of units for a power of ``POWER``, where the standard error is ``sd`` /
    sqrt(n) and the test has ``df(n)`` degrees of freedom; None above ``MOST``."""

    def enough(n: int) -> bool:
        return power_of(delta, sd / math.sqrt(n), df(n), alpha) >= POWER

    high = least
    while not enough(high):
        high *= 2
        if high > MOST:
            return None
    low = max(high // 2, least - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def detectable(error: float, df: float, alpha: float = 1 - LEVEL) -> float:
    """The difference that is significant with a probability of ``POWER``, for a standard
    ``error``."""
    if error == 0:
        return 0.0
    low, high = 0.0, 30 * error
    for _ in range(60):
        middle = (low + high) / 2
        if power_of(middle, error, df, alpha) < POWER:
            low = middle
        else:
            high = middle
    return high
