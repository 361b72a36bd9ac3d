"""A straight line by least squares, with intervals of its mean and of new values."""

import math
from typing import NamedTuple

import numpy as np

from collapse.stats.estimate import LEVEL, Estimate
from collapse.stats.intervals import t_quantile


class Line(NamedTuple):
    """y = intercept + slope x + noise of standard deviation ``sd``, from ``n`` points whose x has
    the mean ``centre`` and the sum of squares ``spread`` about it."""

    intercept: float
    slope: float
    sd: float
    n: int
    centre: float
    spread: float

    def value(self, x):
        """y on the line at x, a number or an array."""
        return self.intercept + self.slope * np.asarray(x, float)

    def mean(self, x: float) -> Estimate:
        """The mean of y at x, with its interval."""
        return self._at(x, 1 / self.n + (x - self.centre) ** 2 / self.spread)

    def new(self, x: float) -> Estimate:
        """A new value of y at x, with the interval that holds 95 % of them."""
        return self._at(x, 1 + 1 / self.n + (x - self.centre) ** 2 / self.spread)

    def slope_estimate(self) -> Estimate:
        """The slope, with its interval."""
        half = self._quantile() * self.sd / math.sqrt(self.spread)
        ends = self.slope - half, self.slope + half
        return Estimate(self.slope, *ends, LEVEL, "least squares, t", self.n)

    def _at(self, x: float, variance: float) -> Estimate:
        y, half = float(self.value(x)), self._quantile() * self.sd * math.sqrt(variance)
        return Estimate(y, y - half, y + half, LEVEL, "least squares, t", self.n)

    def _quantile(self) -> float:
        return t_quantile(self.n - 2)


def line(x: np.ndarray, y: np.ndarray) -> Line | None:
    """The line through points x (n,) and y (n,); None for fewer than 3, or if all x are equal."""
    n = len(x)
    if n < 3 or np.ptp(x) <= 1e-9 * max(1.0, float(np.abs(x).max())):
        return None
    centre = float(x.mean())
    spread = float(((x - centre) ** 2).sum())
    slope = float(((x - centre) * (y - y.mean())).sum() / spread)
    intercept = float(y.mean()) - slope * centre
    squares = float(((y - intercept - slope * x) ** 2).sum())
    return Line(intercept, slope, math.sqrt(squares / (n - 2)), n, centre, spread)
